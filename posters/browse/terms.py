"""What a poster is about: its words, stemmed, weighed by how much they tell it from the others.

A term is a stem, or two neighbouring ones where title, keywords or topics have them side by side. Whole
abstracts in pairs of words would take ten times the memory and tell little more.
"""

import re
import unicodedata
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise
from math import log2
from typing import NamedTuple

from posters.latex import to_text

KEY_TERMS = 24
"""Terms by which a poster is compared."""
CORE_TERMS = 8
"""The first of them: what it is about most of all. Shared, they count twice."""
HIGHEST_LEVEL = 15
"""Of a term's weight: so that a word only two posters have does not outweigh all they really share."""
TITLE_WEIGHT = 3
SUBJECT_WEIGHT = 2
"""Keywords and topics."""
MOST_CHARACTERS = 20_000
"""Of one text; an abstract has 1,500."""

_WORD = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
_NO_WORDS = re.compile(r"\$[^$]{1,200}\$|https?://\S+")
"""Formulas and addresses in an abstract. Reading the formulas would take most of the time."""
_BREAK = re.compile(r"[^\w\s-]+")
_STROKED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i"})
_VOWELS = frozenset("aeiouy")

STOP_WORDS = frozenset(
    "a about above across after again against all almost alone along also although always am among an and another"
    " any are around as at be became because become been before behind being below between both but by can cannot"
    " could did do does doing done down due during each either else enough et etc even ever every few first for from"
    " further get give given had has have having he hence her here high his how however if in indeed instead into is"
    " it its itself just large last least less let like low made mainly make makes many may me might more moreover"
    " most much must my namely near need neither never nevertheless new next no nor not nothing now of off often on"
    " once one only onto or other others otherwise our out over own per perhaps please quite rather re same second"
    " see seem several she should show shown shows since small so some still such take than that the their them then"
    " there thereby therefore these they this those though three through throughout thus to together too toward"
    " towards two under unless until up upon us use used useful uses using various very via want was we well were"
    " what when where whereas whether which while who whole whose why will with within without would yet you your"
    " al ie eg vs state art based self non pre multi"
    " ability able accept achieve achieves aim approach approaches common compare compared consider demonstrate"
    " different effective existing experiment experiments find improve improves introduce introduces known method"
    " methods novel obtain outperform outperforms paper perform performance poster posters present presents previous"
    " problem propose proposed proposes provide provides recent recently require result results significant"
    " significantly simple state-of-the-art study studies technique techniques title work works".split()
)
"""Words that tell nothing: of English, and of every abstract."""

_ENDINGS = {
    "izations": "iz", "isations": "iz", "ization": "iz", "isation": "iz", "izing": "iz", "ising": "iz", "ized": "iz",
    "ised": "iz", "izer": "iz", "iser": "iz", "ize": "iz", "ise": "iz", "ational": "", "ations": "", "ation": "",
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


class PosterText(NamedTuple):
    """What is read of a poster, LaTeX as in the source."""

    title: str
    abstract: str
    keywords: tuple[str, ...]
    topics: tuple[str, ...]


class Word(NamedTuple):
    """A stem, and the word as printed that it was made of."""

    stem: str
    printed: str


@lru_cache(maxsize=60_000)
def words_in(token: str) -> tuple[Word, ...]:
    """What a token says: nothing, a word, or a joined word and its parts (`self-supervised`)."""
    parts = token.split("-") if "-" in token else []
    whole = [] if folded(token) in STOP_WORDS else [token]
    return tuple(
        Word(stem(word), printed)
        for printed in (*whole, *parts)
        if (word := folded(printed).replace("-", "")) not in STOP_WORDS and len(word) > 1 and not word.isdigit()
    )


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
    phrases = [(TITLE_WEIGHT, part) for part in _BREAK.split(to_text(text.title[:MOST_CHARACTERS]))]
    phrases += [(SUBJECT_WEIGHT, to_text(subject)) for subject in (*text.keywords, *text.topics)]
    all_tokens = _WORD.findall(to_text(_NO_WORDS.sub(" ", text.abstract[:MOST_CHARACTERS])))
    for token, count in Counter(all_tokens).items():
        for word in words_in(token):
            counts[word.stem] += count
    for weight, phrase in phrases:
        tokens = _WORD.findall(phrase)
        all_tokens += tokens
        read = [words_in(token) for token in tokens]
        for word in chain.from_iterable(read):
            counts[word.stem] += weight
        for first, second in pairwise(read):
            if first and second and first[0].stem != second[0].stem:
                counts[f"{first[0].stem} {second[0].stem}"] += weight
    if tokens_seen is not None:
        tokens_seen.update(all_tokens)
    return counts


@dataclass(frozen=True)
class Vocabulary:
    """The terms that at least two posters of a conference share, and how much each one tells."""

    levels: dict[str, int]
    """1 to HIGHEST_LEVEL, the rarest the highest. Whole numbers: sums of them know no order."""
    printed: dict[str, str]
    """A stem as it is most often printed."""

    def key_terms(self, counts: dict[str, int]) -> tuple[str, ...]:
        """The terms that tell most about a poster, the most telling first."""
        levels = self.levels
        weighed = [(-levels[term] * _emphasis(count), term) for term, count in counts.items() if term in levels]
        return tuple(term for _, term in sorted(weighed)[:KEY_TERMS])

    def readable(self, terms: Iterable[str], *, most: int) -> list[str]:
        """The first few terms as they are printed; a word is not said again."""
        said: set[str] = set()
        chosen: list[str] = []
        for term in terms:
            parts = term.split()
            if said.isdisjoint(parts):
                said.update(parts)
                chosen.append(" ".join([self.printed.get(part, part) for part in parts]))
                if len(chosen) == most:
                    break
        return chosen


@lru_cache(maxsize=1_000)
def _emphasis(count: int) -> int:
    return round(8 * (1 + log2(count)))


def level(*, posters: int, having: int) -> int:
    """How much a term tells that so many of the posters have; 0 where it is not worth counting."""
    return max(0, min(HIGHEST_LEVEL, round(2 * log2(posters / having)) - 2)) if having > 1 else 0


class Corpus:
    """The terms of all posters of a conference, kept small: 10,000 dicts would take 80 MB."""

    def __init__(self) -> None:
        self._index: dict[str, int] = {}
        self._posters: list[tuple[int, array[int], array[int]]] = []
        self._having: Counter[int] = Counter()
        self._tokens: Counter[str] = Counter()

    def add(self, key: int, text: PosterText) -> None:
        counts = terms_of(text, self._tokens)
        index = self._index
        ids = array("I", [index.setdefault(term, len(index)) for term in counts])
        self._having.update(ids)
        self._posters.append((key, ids, array("I", counts.values())))

    def vocabulary(self) -> Vocabulary:
        """What of it at least two posters share."""
        posters = len(self._posters)
        levels = {
            term: found
            for term, number in self._index.items()
            if (found := level(posters=posters, having=self._having[number]))
        }
        stems = {part for term in levels for part in term.split()}
        printed: dict[str, tuple[int, str]] = {}
        for token, count in self._tokens.items():
            for word in words_in(token):
                if word.stem in stems:
                    printed[word.stem] = max(printed.get(word.stem, (0, "")), (count, word.printed))
        return Vocabulary(levels, {term: word for term, (_, word) in printed.items()})

    def key_terms(self, vocabulary: Vocabulary) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Each poster's key and key terms."""
        terms = list(self._index)
        for key, ids, counts in self._posters:
            yield key, vocabulary.key_terms({terms[number]: count for number, count in zip(ids, counts, strict=True)})
