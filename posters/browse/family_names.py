"""Under which name a person stands in an index: the family name, as far as a printed name tells."""

import re

from posters.browse.words import fold

PARTICLES = {
    "af", "al", "av", "bin", "d", "da", "dal", "de", "degli", "dei", "del", "della", "delle", "den", "der",
    "des", "di", "do", "dos", "du", "el", "ibn", "la", "las", "le", "lo", "los", "ten", "ter", "van", "vom",
    "von", "y", "zu", "zum", "zur",
}  # fmt: skip
"""Words that belong to the family name after them, in small letters or large: “van der Maaten”, “De Sa”."""
SUFFIXES = {"jr", "sr", "ii", "iii", "iv"}
_ASIDE = re.compile(r"\([^()]*\)")
_EAST_ASIAN = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")


def index_key(name: str) -> str:
    """What a name is sorted by, folded: the family name, then what stands before it.

    The family name is the last word with the particles before it, or what stands before a comma. A name of one word,
    and one in Chinese, Japanese or Korean letters, is taken as printed.
    """
    printed = " ".join(_ASIDE.sub(" ", name).split()) or name
    if _EAST_ASIAN.match(printed):
        return fold(printed)
    family, comma, given = printed.partition(",")
    if comma and fold(given).strip(" .") not in SUFFIXES:
        return fold(" ".join(f"{family} {given}".split()))
    words = printed.replace(",", " ").split()
    end = len(words)
    while end > 1 and fold(words[end - 1]).strip(".") in SUFFIXES:
        end -= 1
    start = end - 1
    while start > 1 and fold(words[start - 1]) in PARTICLES:
        start -= 1
    return fold(" ".join([*words[start:end], *words[:start], *words[end:]])) if start > 0 else fold(printed)


def letter_of(text: str) -> str:
    """The letter of an index for a text: Å, á and a are under A, Ø under O; what is no Latin letter is under #."""
    initial = fold(text[:1])[:1].upper()
    return initial if "A" <= initial <= "Z" else "#"
