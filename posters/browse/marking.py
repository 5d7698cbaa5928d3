"""Marks what a search found in titles and abstracts, and cuts the piece of an abstract that shows it.

Both work on what `latex.segments` reads, so that formulas stay whole; escaping is the templates' filters' work.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from posters.browse.search import SearchQuery
from posters.browse.words import WRITTEN_WORD, stem, words_of
from posters.latex import Maths, Text, segments

LENGTH = 200
"""Characters of a snippet, or a few more."""
BEFORE = 50
"""Characters of it before the first word found."""


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
    """The part of an abstract with most of what was searched for, cut at blanks; empty if there is nothing."""
    pieces = segments(abstract)
    text = "".join([piece.text for piece in pieces])
    hits = [(word.start(), found) for word in WRITTEN_WORD.finditer(text) if (found := marker.finds(word[0]))]
    if not hits:
        return []
    place = max(hits, key=lambda hit: (len(_near(hits, hit[0])), -hit[0]))[0]
    start = text.rfind(" ", 0, max(0, min(place - BEFORE, len(text) - LENGTH))) + 1
    end = text.find(" ", start + LENGTH)
    end = len(text) if end < 0 else end
    before, after = [Text("… ")] if start else [], [Text(" …")] if end < len(text) else []
    return [*before, *_between(pieces, start, end), *after]


def _near(hits: Sequence[tuple[int, str]], place: int) -> set[str]:
    """All that is found in a snippet that begins shortly before the place."""
    return {found for start, found in hits if place <= start < place + LENGTH - BEFORE}


def _between(pieces: Sequence[Text | Maths], start: int, end: int) -> Iterator[Text | Maths]:
    """What of the pieces is in a part of their text; formulas are not cut."""
    offset = 0
    for piece in pieces:
        length = len(piece.text)
        if offset < end and offset + length > start:
            is_text = isinstance(piece, Text)
            yield Text(piece.text[max(0, start - offset) : end - offset]) if is_text else piece
        offset += length
