"""What a poster is about: its words, stemmed, weighed by how much they tell it from the others.

A term is a stem, or two neighbouring ones where title, keywords or topics have them side by side. Whole
abstracts in pairs of words would take ten times the memory and tell little more.
"""

import re
import unicodedata
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise
from math import log2
from typing import NamedTuple

from posters.browse.words import shown
from posters.latex import to_text

KEY_TERMS = 24
"""Terms by which a poster is compared."""
CORE_TERMS = 8
"""The first of them: what it is about most of all. Core terms of both posters count three times."""
HIGHEST_LEVEL = 7
"""Of a term's weight: so that a word only two posters have does not outweigh all they really share."""
TITLE_WEIGHT = 3
SUBJECT_WEIGHT = 2
"""Keywords and topics."""
MOST_CHARACTERS = 20_000
"""Of one text; an abstract has 1,500."""

_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_NO_WORDS = re.compile(r"\$[^$]{1,200}\$|https?://\S+")
"""Formulas and addresses in an abstract. Reading the formulas would take most of the time."""
_NO_TOKEN = {code: " " for code in range(128) if not chr(code).isalnum() and chr(code) != "-"}
_BREAK = re.compile(r"[^\w\s-]+")
_ADVERB = re.compile(r"(?:[^o]ally|[tvs]ely|ously|[ae]ntly|[cds]tly|[hk]ly|ularly|edly|ingly)$")
"""How something is done, never what: `anomaly` and `assembly` are none."""
_STROKED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i"})
_VOWELS = frozenset("aeiouy")

_OF_ENGLISH = """
a able about above across after again against al all almost alone along also although always am among an and another
any are around art as at based be became because become been before behind being below between both but by can cannot
co common could did do does doing done down due during each effective effectively eg either else enough et etc even
ever every few first for from further get give given had has have having he hence her here high his how however ie if
in indeed instead inter into is it its itself just large last least less let like low made mainly make makes many may
me might more moreover most much multi must my namely near need neither never nevertheless new next no non nor not
nothing now of off often on once one only onto or other others otherwise our out over own per perhaps please pre quite
rather re same second see seem self several she should since small so some state state-of-the-art still sub such take
than that the their them then there thereby therefore these they this those though three through throughout thus tie
ties title to together too toward towards two under unless until up upon us use used useful uses using various very
via vs want was we well were what when where whereas whether which while who whole whose why will with within without
would yet you your
"""
_OF_ABSTRACTS = """
ability accept achieve aim approach compare consider demonstrate different exist experiment find improve introduce
known method novel obtain outperform paper par perform performance poster present previous problem propose provide
recent require result show significant simple study technique work
"""
STOP_WORDS = frozenset(_OF_ENGLISH.split())
"""Words that tell nothing, as they are written: `new` is one, `news` is not."""

_ENDINGS = {
    "izations": "is", "isations": "is", "ization": "is", "isation": "is", "izing": "is", "ising": "is", "ized": "is",
    "ised": "is", "izer": "is", "iser": "is", "ize": "is", "ise": "is", "ational": "", "ations": "", "ation": "",
    "atively": "", "ative": "", "ators": "", "ator": "", "ating": "", "ated": "", "ates": "", "ate": "", "ional": "",
    "ically": "", "ical": "", "ics": "", "ic": "", "ially": "", "ial": "", "ally": "", "al": "", "ively": "",
    "ive": "", "ions": "", "ion": "", "ments": "", "ment": "", "ness": "", "ities": "", "ity": "", "ility": "",
    "able": "", "ible": "", "ously": "", "ous": "", "ings": "", "ing": "", "ers": "", "er": "", "ors": "", "or": "",
    "edly": "", "ed": "", "ly": "", "es": "", "e": "", "y": "",
}  # fmt: skip
_LONGEST_ENDING = max(map(len, _ENDINGS))


def stem(word: str) -> str:
    """A folded word without its ending: `generative`, `generation` and `generators` are one.

    Lighter than Porter's, and enough: what is joined wrongly is still weighed by how rare it is.
    """
    if word.endswith("s") and len(word) > 3 and word[-2] not in "sui":
        word = f"{word[:-3]}y" if word.endswith("ies") and len(word) > 4 else word[:-1]
    for length in range(min(_LONGEST_ENDING, len(word) - 3), 0, -1):
        replacement = _ENDINGS.get(word[-length:])
        rest = word[:-length]
        if replacement is not None and not _VOWELS.isdisjoint(rest):
            is_doubled = len(rest) > 3 and rest[-1] == rest[-2] and rest[-1] not in "lsz" and not replacement
            return rest[:-1] if is_doubled else rest + replacement
    return word


STOP_STEMS = frozenset(map(stem, _OF_ABSTRACTS.split()))
"""What every abstract does, in whatever form of the word."""


class PosterText(NamedTuple):
    """What is read of a poster, LaTeX as in the source."""

    title: str
    abstract: str
    keywords: tuple[str, ...]
    topics: tuple[str, ...]


@lru_cache(maxsize=60_000)
def words_in(token: str) -> tuple[str, ...]:
    """What a token says: nothing, a word, or a joined word and its parts (`self-supervised`), as printed."""
    parts = token.split("-") if "-" in token else []
    return tuple(word for word in (token, *parts) if _tells(folded(word)))


def _tells(word: str) -> bool:
    return (
        len(word) > 1
        and word not in STOP_WORDS
        and stem(word) not in STOP_STEMS
        and not word.replace("-", "").isdigit()
        and not _ADVERB.search(word)
    )


@lru_cache(maxsize=60_000)
def stems_in(token: str) -> tuple[str, ...]:
    """The stems of what a token says."""
    return tuple(stem(folded(word).replace("-", "")) for word in words_in(token))


def folded(word: str) -> str:
    """Without case and accents."""
    word = word.lower()
    if word.isascii():
        return word
    decomposed = unicodedata.normalize("NFKD", word.translate(_STROKED))
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def terms_of(text: PosterText, tokens_seen: Counter[str] | None = None) -> dict[str, int]:
    """How often each term is said, with what stands in the title and among the subjects counted more.

    `tokens_seen` takes note of the words as printed.
    """
    counts: defaultdict[str, int] = defaultdict(int)
    abstract = text.abstract[:MOST_CHARACTERS]
    if "$" in abstract or "://" in abstract:
        abstract = _NO_WORDS.sub(" ", abstract)
    all_tokens = _tokens_of(shown(abstract) if "\\" in abstract else abstract)
    for token, count in Counter(all_tokens).items():
        for term in stems_in(token):
            counts[term] += count
    for weight, tokens in _phrases(text):
        all_tokens += tokens
        for term in chain.from_iterable(map(stems_in, tokens)):
            counts[term] += weight
        for pair, _ in _pairs(tokens):
            counts[pair] += weight
    if tokens_seen is not None:
        tokens_seen.update(all_tokens)
    return counts


def _tokens_of(text: str) -> list[str]:
    """The words as printed, joined ones whole. Of plain ASCII in half the time."""
    if text.isascii():
        spaced = f" {text.translate(_NO_TOKEN)} "
        if " -" not in spaced and "- " not in spaced and "--" not in spaced:
            return spaced.split()
    return _WORD.findall(text)


def _phrases(text: PosterText) -> Iterator[tuple[int, list[str]]]:
    """The parts of the title and the subjects, each as its tokens, and what they weigh."""
    for part in _BREAK.split(to_text(text.title[:MOST_CHARACTERS])):
        yield TITLE_WEIGHT, _WORD.findall(part)
    for subject in (*text.keywords, *text.topics):
        yield SUBJECT_WEIGHT, _WORD.findall(to_text(subject))


def _pairs(tokens: Sequence[str]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Each two neighbouring words as a term, and as printed."""
    for first, second in pairwise(tokens):
        one, two = stems_in(first), stems_in(second)
        if one and two and one[0] != two[0]:
            yield f"{one[0]} {two[0]}", (first, second)


@dataclass(frozen=True)
class Vocabulary:
    """The terms that at least two posters of a conference share, and how much each one tells."""

    levels: dict[str, int]
    """1 to HIGHEST_LEVEL, the rarest the highest. Whole numbers: sums of them know no order."""
    printed: dict[str, str]
    """A term as it is most often printed."""

    def key_terms(self, counts: Iterable[tuple[str, int]]) -> tuple[str, ...]:
        """The terms that tell most about a poster, the most telling first."""
        levels = self.levels
        weighed = [(-levels[term] * _emphasis(count), term) for term, count in counts if term in levels]
        return tuple(term for _, term in sorted(weighed)[:KEY_TERMS])

    def readable(self, terms: Sequence[str], *, most: int) -> list[str]:
        """A few of the terms as they are printed, those of several words first; no word is said again."""
        printed = [self.printed[term] for term in terms]
        said: set[str] = set()
        chosen: list[str] = []
        for phrase in sorted(printed, key=str.isalnum):
            if said.isdisjoint(parts := _parts_of(phrase)):
                said.update(parts)
                chosen.append(phrase)
                if len(chosen) == most:
                    break
        return chosen


@lru_cache(maxsize=60_000)
def _parts_of(phrase: str) -> list[str]:
    return phrase.lower().replace("-", " ").split()


@lru_cache(maxsize=1_000)
def _emphasis(count: int) -> int:
    """Of a term said so often: what is said once, in passing, comes after all that is repeated or in the title."""
    return round(8 * log2(count + 0.25))


def level(*, posters: int, having: int) -> int:
    """How much a term tells that so many of the posters have; nothing where one has it, or more than half."""
    if having < 2 or 2 * having > posters:
        return 0
    return max(1, min(HIGHEST_LEVEL, round(log2(posters / having)) - 1))


class Corpus:
    """The terms of all posters of a conference, kept small: 10,000 dicts would take 80 MB."""

    def __init__(self) -> None:
        self._index: dict[str, int] = {}
        self._posters: list[tuple[int, array[int], array[int]]] = []
        self._having: Counter[int] = Counter()
        self._tokens: Counter[str] = Counter()
        self._pairs: dict[str, tuple[str, str]] = {}

    def add(self, key: int, text: PosterText) -> None:
        """Take in a poster."""
        counts = terms_of(text, self._tokens)
        index = self._index
        if any(" " in term and term in index and term not in self._pairs for term in counts):
            # Only of pairs met before: most are met once.
            self._pairs |= {
                pair: printed for _, tokens in _phrases(text) for pair, printed in _pairs(tokens) if pair in index
            }
        ids = array("I", [index.setdefault(term, len(index)) for term in counts])
        self._having.update(ids)
        self._posters.append((key, ids, array("H", counts.values())))

    def vocabulary(self) -> Vocabulary:
        """What of it at least two posters share."""
        posters = len(self._posters)
        levels = {
            term: found
            for term, number in self._index.items()
            if (found := level(posters=posters, having=self._having[number]))
        }
        stems = {part for term in levels for part in term.split()}
        most: dict[str, tuple[int, str]] = {}
        for token, count in self._tokens.items():
            for term, word in zip(stems_in(token), words_in(token), strict=True):
                if term in stems:
                    # A heading's capital is no part of a word that is written small elsewhere.
                    most[term] = max(most.get(term, (0, "")), (count * (4 if word.islower() else 1), word))
        printed = {term: most[term][1] for term in levels if " " not in term}
        for term in levels.keys() - printed.keys():
            words = zip(term.split(), self._pairs[term], strict=True)
            printed[term] = " ".join(word.lower() if most[part][1].islower() else word for part, word in words)
        return Vocabulary(levels, printed)

    def key_terms(self, vocabulary: Vocabulary) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Each poster's key and key terms."""
        terms = list(self._index)
        for key, ids, counts in self._posters:
            yield key, vocabulary.key_terms((terms[number], count) for number, count in zip(ids, counts, strict=True))
