"""Text search: which posters a visitor's words mean, and which of them first.

The only module that knows how they are matched. Words must all be there, in whatever field; “words in quotes” stand
one after the other; -word must not be there; the last word may be just begun. Everything else is just a character.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Case, F, IntegerField, Q, QuerySet, When

from posters.browse.words import WRITTEN_WORD, stem, words_of
from posters.latex import to_text
from posters.models import Conference, Poster, PosterText, Presentation
from posters.models.search import Distance, Match, Term

MOST_WORDS = 12
"""Words looked for; the rest of a longer text is left out, and the page says so."""
LONGEST_TEXT = 10_000
"""Characters of a query that are read at all."""
SHORTEST_BEGINNING = 2
"""Letters; with one, nearly every poster would do."""
LONGEST_IDENTIFIER = 200
LONGEST_NUMBER = 9

FIRST_FIELDS = ("title", "authors")
"""Where words count most: what has them there comes before what has them elsewhere."""

_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»", '"'))
_PIECE = re.compile(r'(?<!\S)(?P<minus>-?)"(?P<quoted>[^"]*)"|(?P<bare>\S+)')


@dataclass(frozen=True)
class Piece:
    """Words of a query as they are written: bare, in quotes, or with a minus."""

    written: tuple[str, ...]
    is_quoted: bool = False
    is_excluded: bool = False

    @cached_property
    def words(self) -> list[str]:
        return [word for written in self.written for word in words_of(written)]

    @property
    def text(self) -> str:
        """In its normal form."""
        words = " ".join(self.written)
        if self.is_quoted or (self.is_excluded and len(self.written) > 1):
            words = f'"{words}"'
        return f"-{words}" if self.is_excluded else words


@dataclass(frozen=True)
class SearchQuery:
    """What a visitor asks for."""

    pieces: tuple[Piece, ...] = ()
    is_cut: bool = False
    """Whether it had more than MOST_WORDS words."""
    identifier: str = ""
    """The whole of it, where it may be a poster's number, its board or its key in the source."""

    def __bool__(self) -> bool:
        return bool(self.pieces)

    @property
    def text(self) -> str:
        """The query in its normal form, which means the same."""
        return " ".join(piece.text for piece in self.pieces)

    @cached_property
    def wanted(self) -> list[Piece]:
        return [piece for piece in self.pieces if not piece.is_excluded]

    @cached_property
    def words(self) -> list[str]:
        """The folded words that a poster must have."""
        return [word for piece in self.wanted for word in piece.words]

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        terms: list[Term] = []
        for piece in self.wanted:
            stems = list(map(stem, piece.words))
            terms += [Term(tuple(stems))] if piece.is_quoted else [Term((one,)) for one in stems]
        last = self.pieces[-1]
        if not (last.is_quoted or last.is_excluded):
            word = last.words[-1]
            terms[-1] = Term(terms[-1].stems, beginning=word if len(word) >= SHORTEST_BEGINNING else "")
        return tuple(terms)


def read_query(text: str) -> SearchQuery:
    """The words of a text and what is asked of them. No text raises: what is no word means nothing."""
    printable = "".join(character if character.isprintable() else " " for character in text[:LONGEST_TEXT])
    pieces: list[Piece] = []
    room = MOST_WORDS
    for found in _PIECE.finditer(to_text(printable).translate(_QUOTES)):
        bare = found["bare"] or ""
        is_quoted = not bare
        is_excluded = bool(found["minus"]) or (bare.startswith("-") and not bare.startswith("--"))
        written = [word for word in WRITTEN_WORD.findall(found["quoted"] if is_quoted else bare) if words_of(word)]
        pieces += _pieces(tuple(written[:room]), is_quoted=is_quoted, is_excluded=is_excluded)
        room -= len(written)
        if room < 0:
            break
    identifier = printable.strip().removeprefix("#")
    is_identifier = len(pieces) > 0 and len(identifier) <= LONGEST_IDENTIFIER and not re.search(r"\s", identifier)
    return SearchQuery(tuple(pieces), is_cut=room < 0, identifier=identifier if is_identifier else "")


def _pieces(written: tuple[str, ...], *, is_quoted: bool, is_excluded: bool) -> Iterator[Piece]:
    """One piece for what belongs together, else one for each word."""
    if written and (is_quoted or is_excluded):
        yield Piece(written, is_quoted=is_quoted, is_excluded=is_excluded)
    elif written:
        yield from (Piece((word,)) for word in written)


def found_by(query: SearchQuery) -> Q:
    """Posters that have what a query wants and nothing that it excludes, in whatever conference."""
    condition = _has(Match(query.terms)) if query.wanted else Q()
    return condition & _not_excluded(query)


def _not_excluded(query: SearchQuery) -> Q:
    condition = Q()
    for piece in query.pieces:
        if piece.is_excluded:
            condition &= ~_has(Match((Term(tuple(map(stem, piece.words))),)))
    return condition


def nearest_first(posters: QuerySet[Poster], *, query: SearchQuery, conference: Conference) -> QuerySet[Poster]:
    """Those of the posters that a query finds, the most likely ones first.

    Before all, the poster whose number, board or key it is; then those with all its words in this order in the title
    or in an author's name; then those with all of them somewhere there; then the others. Among equals, by how often
    and in which fields the words stand, and how rare they are.
    """
    match = Match(query.terms)
    ranks = [When(_has(Match((Term(tuple(map(stem, query.words))),), FIRST_FIELDS)), then=1)]
    if query.identifier:
        ranks.insert(0, When(_is_called(query.identifier, conference=conference), then=0))
    if len(query.words) > 1:
        ranks.append(When(_has(Match(query.terms, FIRST_FIELDS)), then=2))
    return (
        # The match by a join, and not found_by(), for the distance is the matching row's.
        posters.filter(_not_excluded(query), text__document__matches=match)
        .alias(rank=Case(*ranks, default=3, output_field=IntegerField()))
        .alias(distance=Distance(F("text__document"), match))
        .order_by("rank", "distance", "number")
    )


def _has(match: Match) -> Q:
    return Q(pk__in=PosterText.objects.filter(document__matches=match).values("poster"))


def _is_called(identifier: str, *, conference: Conference) -> Q:
    """Posters of that number, on that board or with that key in the source."""
    boards = Presentation.objects.filter(session__conference=conference, board__label__iexact=identifier)
    condition = Q(source_id__iexact=identifier) | Q(pk__in=boards.values("poster"))
    if identifier.isdecimal() and len(identifier) <= LONGEST_NUMBER:
        condition |= Q(number=int(identifier))
    return condition
