"""Marks what a search found in titles and abstracts, and cuts the piece of an abstract that shows it.

Both work on what `latex.segments` reads, so that formulas stay whole; escaping is the templates' filters' work.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from posters.browse.search import SearchQuery
from posters.browse.words import WRITTEN_WORD, stem, words_of
from posters.latex import Maths, Text, segments

SNIPPET_WORDS = 28
WORDS_BEFORE = 6
"""Words of a snippet before the first one found."""

_WORDS = re.compile(r"\s*\S+")


@dataclass(frozen=True, slots=True)
class Found(Text):
    """A word that was searched for."""


@dataclass(frozen=True, slots=True)
class Marker:
    """What a search looked for, as words are recognised by it."""

    stems: frozenset[str]
    beginning: str = ""

    def finds(self, written: str) -> str:
        """What of the search the word stands for; empty if it was not looked for."""
        for word, word_stem in _forms(written):
            if word_stem in self.stems:
                return word_stem
            if self.beginning and word.startswith(self.beginning):
                return self.beginning
        return ""

    def marked(self, pieces: Sequence[Text | Maths]) -> Iterator[Text | Maths]:
        """The pieces with the words found cut out of their texts."""
        for piece in pieces:
            if isinstance(piece, Maths):
                yield piece
                continue
            end = 0
            for word in WRITTEN_WORD.finditer(piece.text):
                if self.finds(word[0]):
                    yield Text(piece.text[end : word.start()])
                    yield Found(word[0])
                    end = word.end()
            yield Text(piece.text[end:])


def marker_of(query: SearchQuery) -> Marker | None:
    """The marker of what a query wants; None if it wants nothing."""
    if not query.wanted:
        return None
    return Marker(frozenset(map(stem, query.words)), query.terms[-1].beginning)


@lru_cache(maxsize=50_000)
def _forms(written: str) -> tuple[tuple[str, str], ...]:
    """A written word, folded, and its stem; several where folding takes it apart."""
    return tuple((word, stem(word)) for word in words_of(written))


def snippet(abstract: str, marker: Marker) -> list[Text | Maths]:
    """The part of an abstract with most of what was searched for, cut between words; empty if there is nothing."""
    units: list[Text | Maths] = []
    for piece in segments(abstract):
        units += [piece] if isinstance(piece, Maths) else [Text(word) for word in _WORDS.findall(piece.text)]
    found = {place: words for place, unit in enumerate(units) if (words := _found_in(unit, marker))}
    if not found:
        return []
    first = max(found, key=lambda place: (len(_within(found, place)), -place))
    start = max(0, min(first - WORDS_BEFORE, len(units) - SNIPPET_WORDS))
    end = start + SNIPPET_WORDS
    before, after = [Text("… ")] if start else [], [Text(" …")] if end < len(units) else []
    return [*before, *units[start:end], *after]


def _found_in(unit: Text | Maths, marker: Marker) -> set[str]:
    return {found for word in WRITTEN_WORD.findall(unit.text) if (found := marker.finds(word))}


def _within(found: dict[int, set[str]], first: int) -> set[str]:
    """All that is found in a snippet that shows the place."""
    return set().union(*(found.get(place, ()) for place in range(first, first + SNIPPET_WORDS - WORDS_BEFORE)))
