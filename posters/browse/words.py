"""Text → words, for the index, for queries and for marking: folded, cut and stemmed in this one place.

Both databases are given words that are ready, and so find the same.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from posters.latex import may_hold_latex, to_text

LONGEST_WORD = 60
"""Characters; a longer one is cut into pieces."""

GAP = "\ue000"
"""A word that nobody writes: it stands between two names, so that no phrase is found across them."""

_APOSTROPHES = "'’‘ʼ′`´"
_ACCENTS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
_PLAIN = {
    "ø": "o", "đ": "d", "ł": "l", "ı": "i", "ħ": "h", "ŧ": "t", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ŋ": "n",
}  # fmt: skip
"""Letters that Unicode does not take apart."""
_FOLDED_AWAY = re.compile(f"[{_ACCENTS}{_APOSTROPHES}{''.join(_PLAIN)}]")
_WORD = re.compile(rf"[^\W_]{{1,{LONGEST_WORD}}}|{GAP}")
_OF_ASCII = {
    code: None if sign in _APOSTROPHES else sign.lower() if sign.isalnum() else " "
    for code, sign in enumerate(map(chr, range(128)))
}
"""What folding and cutting make of each: most texts are of these alone, and this takes a quarter of the time."""
_LATEX = re.compile(r"[\\$`{}]|--")

WRITTEN_WORD = re.compile(rf"[^\W_](?:[^\W_]|[{_ACCENTS}{_APOSTROPHES}])*")
"""A word as it stands in a text, accents and apostrophes included."""


def fold(text: str) -> str:
    """Small letters without accents and apostrophes: `Łukasz O’Brien` → `lukasz obrien`, `ℓ₂` → `l2`."""
    if text.isascii():
        return text.lower().replace("'", "").replace("`", "")
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return _FOLDED_AWAY.sub(lambda found: _PLAIN.get(found[0], ""), decomposed)


def words_of(text: str) -> list[str]:
    """The folded words of a plain text, in order; one that is too long comes in pieces."""
    if text.isascii():
        words = text.translate(_OF_ASCII).split()
        if len(text) <= LONGEST_WORD or max(map(len, words), default=0) <= LONGEST_WORD:
            return words
    return _WORD.findall(fold(text))


def words_shown(texts: Iterable[str]) -> list[str]:
    """The folded words of texts that may hold LaTeX, as they are shown, with a GAP between any two."""
    words: list[str] = []
    for place, text in enumerate(texts):
        if place:
            words.append(GAP)
        words += words_of(shown(text))
    return words


def shown(source: str) -> str:
    """The text with its LaTeX read: only from the first command's word to the last one's, for it takes its time."""
    if not may_hold_latex(source):
        return source
    marks = [found.start() for found in _LATEX.finditer(source)]
    start, end = source.rfind(" ", 0, marks[0]) + 1, source.find(" ", marks[-1])
    end = len(source) if end < 0 else end
    return f"{source[:start]}{to_text(source[start:end])}{source[end:]}"


# -- stems: M. F. Porter, “An algorithm for suffix stripping”, Program 14 (1980) no. 3 -------------------------

_STEP_2 = {
    "ational": "ate", "tional": "tion", "enci": "ence", "anci": "ance", "izer": "ize", "bli": "ble", "alli": "al",
    "entli": "ent", "eli": "e", "ousli": "ous", "ization": "ize", "ation": "ate", "ator": "ate", "alism": "al",
    "iveness": "ive", "fulness": "ful", "ousness": "ous", "aliti": "al", "iviti": "ive", "biliti": "ble",
    "logi": "log",
}  # fmt: skip
_STEP_3 = {"icate": "ic", "ative": "", "alize": "al", "iciti": "ic", "ical": "ic", "ful": "", "ness": ""}
_STEP_4 = {
    "al": "", "ance": "", "ence": "", "er": "", "ic": "", "able": "", "ible": "", "ant": "", "ement": "", "ment": "",
    "ent": "", "sion": "s", "tion": "t", "ou": "", "ism": "", "ate": "", "iti": "", "ous": "", "ive": "", "ize": "",
}  # fmt: skip


def _ending(endings: dict[str, str]) -> re.Pattern[str]:
    """The longest of these endings that a word has."""
    return re.compile(f"(?:{'|'.join(sorted(endings, key=len, reverse=True))})$")


_STEPS = [(_ending(endings), endings, least) for endings, least in ((_STEP_2, 1), (_STEP_3, 1), (_STEP_4, 2))]
_DOUBLED = re.compile(r"([^aeiouylsz])\1$")


def _shape(word: str) -> str:
    """Its vowels and consonants: `trying` → `ccvvcc` is how `y` counts."""
    shape = ""
    for letter in word:
        is_vowel = letter in "aeiou" or (letter == "y" and shape.endswith("c"))
        shape += "v" if is_vowel else "c"
    return shape


def _measure(word: str) -> int:
    """How often a consonant follows a vowel: the paper's m."""
    return _shape(word).count("vc")


def _ends_short(word: str) -> bool:
    """The paper's *o: consonant, vowel, consonant, the last none of w, x and y."""
    return _shape(word).endswith("cvc") and word[-1] not in "wxy"


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """What the forms of an English word have in common: `learning`, `learned`, `learns` → `learn`.

    Words of other letters, with digits, or shorter than three letters stay as they are.
    """
    if len(word) < 3 or not (word.isascii() and word.isalpha()):
        return word
    word = _without_endings_of_verbs(_singular(word))
    if word[-1] == "y" and "v" in _shape(word[:-1]):
        word = f"{word[:-1]}i"
    for pattern, endings, least in _STEPS:
        found = pattern.search(word)
        if found:
            rest, ending = word[: found.start()], endings[found[0]]
            if _measure(rest + ending if ending in ("s", "t") else rest) >= least:
                word = rest + ending
    if word[-1] == "e":
        rest = word[:-1]
        if _measure(rest) > 1 or (_measure(rest) == 1 and not _ends_short(rest)):
            word = rest
    return word[:-1] if word.endswith("ll") and _measure(word) > 1 else word


class Stems(dict[str, str]):
    """The stems of the words asked for so far, for work on many texts: a look-up takes half of `stem`'s time."""

    def __missing__(self, word: str) -> str:
        self[word] = stem.__wrapped__(word)  # not kept twice
        return self[word]


def _singular(word: str) -> str:
    if word.endswith(("sses", "ies")):
        return word[:-2]
    return word[:-1] if word[-1] == "s" and word[-2] != "s" else word


def _without_endings_of_verbs(word: str) -> str:
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) else word
    rest = word.removesuffix("ed") if word.endswith("ed") else word.removesuffix("ing")
    if rest == word or "v" not in _shape(rest):
        return word
    if rest.endswith(("at", "bl", "iz")):
        return f"{rest}e"
    if _DOUBLED.search(rest):
        return rest[:-1]
    return f"{rest}e" if _measure(rest) == 1 and _ends_short(rest) else rest
