"""Text search: which posters a visitor's words mean, and which of them first.

The only module that knows how they are matched. Words must all be there, in whatever field; “words in quotes” stand
one after the other; -word must not be there; the last word may be just begun. Everything else is just a character.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

from django.db import connection
from django.db.models import Q

from posters.browse.words import WRITTEN_WORD, stem, words_of
from posters.latex import to_text
from posters.models import Conference, Poster, PosterText, Presentation
from posters.models.search import LABEL_WEIGHTS, WEIGHTS, Match, Term

MOST_WORDS = 12
"""Words looked for; the rest of a longer text is left out, and the page says so."""
LONGEST_TEXT = 10_000
"""Characters of a query that are read at all."""
SHORTEST_BEGINNING = 2
"""Letters; with one, nearly every poster would do."""
LONGEST_IDENTIFIER = 200
LONGEST_NUMBER = 9

FEW = 3_000
"""Posters of which the distance is asked for these alone; of more, it takes less time to ask for all."""

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
    for exclusion in _exclusions(query):
        condition &= ~_has(exclusion)
    return condition


def _has(match: Match) -> Q:
    return Q(pk__in=PosterText.objects.filter(document__matches=match).values("poster"))


def keys_found(query: SearchQuery) -> tuple[list[int] | None, list[int]]:
    """The same, as primary keys: of posters that have what is wanted, and of those that have what is excluded.

    None is all of them: nothing is wanted. One query without joins: any word at all is answered in two milliseconds.
    """
    wanted = [Match(query.terms)] if query.wanted else []
    matches = [*wanted, *_exclusions(query)]
    if not matches:
        return None, []
    found = _answers([DIALECTS[connection.vendor].keys_having(place) for place in range(len(matches))], matches)
    return found[0] if wanted else None, list(chain.from_iterable(found[len(wanted) :]))


def nearest_first(keys: Sequence[int], *, query: SearchQuery, conference: Conference) -> list[int]:
    """Those of the posters that a query finds, the most likely ones first.

    Before all, the poster whose number, board or key it is; then those with all its words in this order in the title
    or in an author's name; then those with all of them somewhere there; then the others. Among equals, by how often
    and in which fields the words stand, and how rare they are; then by primary key.
    """
    dialect, among = DIALECTS[connection.vendor], keys if len(keys) <= FEW else None
    phrase = (Term(tuple(map(stem, query.words))),)
    matches = [
        Match(query.terms),
        Match(phrase, FIRST_FIELDS),
        Match(query.terms, FIRST_FIELDS),
        Match(phrase, ("identifiers",)),
        *_exclusions(query),
    ]
    sets = (dialect.keys_having(place, among) for place in range(1, len(matches)))
    answers = _answers([dialect.nearest_keys(among), *sets], matches, among)
    nearest, in_order, together, likely_called, *excluded = answers
    ranks = dict.fromkeys(together, 2) | dict.fromkeys(in_order, 1)
    if query.identifier and likely_called:
        called = Poster.objects.filter(_is_called(query.identifier, conference=conference), pk__in=likely_called)
        ranks |= dict.fromkeys(called.values_list("pk", flat=True), 0)
    found = set(keys).difference(*excluded)
    return sorted([key for key in nearest if key in found], key=lambda key: ranks.get(key, 3))


def _exclusions(query: SearchQuery) -> list[Match]:
    """What no poster may have that it finds."""
    return [Match((Term(tuple(map(stem, piece.words))),)) for piece in query.pieces if piece.is_excluded]


def _answers(selects: Sequence[str], matches: Sequence[Match], among: Sequence[int] | None = None) -> list[list[int]]:
    """The primary keys of each of the selects, in one query.

    Not by the ORM, for what takes its time is to fetch 10,000 rows: here each answer is one text.
    """
    is_sqlite = connection.vendor == "sqlite"
    expressions = [match.fts5() if is_sqlite else match.tsquery() for match in matches]
    parameters = {f"match_{place}": expression for place, expression in enumerate(expressions)}
    if among is not None:
        parameters["among"] = json.dumps(list(among))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(selects)}", parameters)
        return [list(map(int, keys.split(","))) if keys else [] for keys in cursor.fetchone()]


@dataclass(frozen=True)
class Dialect:
    """How a database is asked for posters by their texts: an answer is all their keys in one text."""

    keys: str
    keys_by_distance: str
    """From the rows of a select by distance."""
    matches: str
    """Whether a document has a match."""
    among: str
    """Whether it is one of the keys in the parameter `among`."""
    distance: str
    """How far it is from the first match, by words and weights; the nearest have the smallest."""

    def keys_having(self, place: int, among: Sequence[int] | None = None) -> str:
        """Who has the match at that place."""
        return f"(SELECT {self.keys} {self._rows(place, among)})"

    def nearest_keys(self, among: Sequence[int] | None) -> str:
        """Who has the first match, the nearest first."""
        rows = f"SELECT rowid, {self.distance} AS distance {self._rows(0, among)} ORDER BY distance, rowid"
        return f"(SELECT {self.keys_by_distance} FROM ({rows}) AS nearest)"  # noqa: S608 - constants

    def _rows(self, place: int, among: Sequence[int] | None) -> str:
        condition = self.matches.format(f"match_{place}")
        return f"FROM posters_search WHERE {condition}{'' if among is None else f' AND {self.among}'}"


DIALECTS = {
    "sqlite": Dialect(
        keys="group_concat(rowid)",
        # SQLite takes care to keep the order of a select's rows for this function (SF_OrderByReqd in its select.c).
        keys_by_distance="group_concat(rowid)",
        matches="posters_search MATCH %({})s",
        # With a plus: else SQLite would look for the words anew for every key.
        among="+rowid IN (SELECT value FROM json_each(%(among)s))",
        distance=f"bm25(posters_search, {', '.join(map(str, WEIGHTS.values()))})",
    ),
    "postgresql": Dialect(
        keys="string_agg(rowid::text, ',')",
        keys_by_distance="string_agg(rowid::text, ',' ORDER BY distance, rowid)",
        matches="posters_search @@ %({})s::tsquery",
        among="rowid IN (SELECT value::bigint FROM json_array_elements_text(%(among)s::json))",
        distance=f"-ts_rank('{LABEL_WEIGHTS}', posters_search, %(match_0)s::tsquery, 1)",
    ),
}


def _is_called(identifier: str, *, conference: Conference) -> Q:
    """Posters of that number, on that board or with that key in the source."""
    boards = Presentation.objects.filter(session__conference=conference, board__label__iexact=identifier)
    condition = Q(source_id__iexact=identifier) | Q(pk__in=boards.values("poster"))
    if identifier.isdecimal() and len(identifier) <= LONGEST_NUMBER:
        condition |= Q(number=int(identifier))
    return condition
