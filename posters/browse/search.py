"""Text search: which posters a visitor's words mean, and which of them first.

The only module that knows how they are matched. Words must all be there, in whatever field; “words in quotes” stand
one after the other; -word must not be there; the last word may be just begun. Everything else is just a character.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, chain

from django.db import connection
from django.db.models import Q

from posters.browse.words import WRITTEN_WORD, stem, words_of
from posters.latex import to_text
from posters.models import Conference, Poster, Presentation
from posters.models.search import LABEL_WEIGHTS, WEIGHTS, Match, Term

MOST_WORDS = 12
"""Words looked for; the rest of a longer text is left out, and the page says so."""
LONGEST_TEXT = 10_000
"""Characters of a query that are read at all."""
SHORTEST_BEGINNING = 2
"""Letters; with one, nearly every poster would do."""
LONGEST_IDENTIFIER = 200
LONGEST_NUMBER = 9

MOST_RANKED = 1_000
"""Posters that are compared with a query: to do so the database reads each of their texts."""

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
    printable = "".join(map(_printable, text[:LONGEST_TEXT]))
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


def _printable(character: str) -> str:
    """What is no character is no blank either: a minus behind it takes no word away."""
    return character if character.isprintable() else " " if character.isspace() else "·"


def _pieces(written: tuple[str, ...], *, is_quoted: bool, is_excluded: bool) -> Iterator[Piece]:
    """One piece for what belongs together, else one for each word."""
    if written and (is_quoted or is_excluded):
        yield Piece(written, is_quoted=is_quoted, is_excluded=is_excluded)
    elif written:
        yield from (Piece((word,)) for word in written)


@dataclass(frozen=True)
class Answer:
    """The posters a query is about, in whatever conference, as primary keys."""

    query: SearchQuery
    wanted: Sequence[int] | None
    """Those that have all it wants; None where it wants nothing."""
    in_order: Sequence[int]
    """Of these, those that have the words side by side in the title or in an author's name,"""
    together: Sequence[int]
    """those that have them all somewhere there,"""
    called: Sequence[int]
    """and those whose number, board or key they may be."""
    excluded: Sequence[int]
    """Those that have what it excludes."""


def answers(queries: Sequence[SearchQuery]) -> list[Answer]:
    """What each of the queries finds, in one query of the database and without reading a document."""
    matches = [_matches(query) for query in queries]
    if not any(matches):
        return [Answer(query, None, [], [], [], []) for query in queries]
    found = iter(_keys_having(list(chain.from_iterable(matches))))
    return [_answer(query, [next(found) for _ in its]) for query, its in zip(queries, matches, strict=True)]


def _matches(query: SearchQuery) -> list[Match]:
    """What must be known for an answer, in its order."""
    excluded = [Match((Term(tuple(map(stem, piece.words))),)) for piece in query.pieces if piece.is_excluded]
    if not query.wanted:
        return excluded
    phrase = (Term(tuple(map(stem, query.words))),)
    return [
        Match(query.terms),
        Match(phrase, FIRST_FIELDS),
        Match(query.terms, FIRST_FIELDS),
        Match(phrase, ("identifiers",)),
        *excluded,
    ]


def _answer(query: SearchQuery, found: list[list[int]]) -> Answer:
    if not query.wanted:
        return Answer(query, None, [], [], [], list(chain.from_iterable(found)))
    wanted, in_order, together, called, *excluded = found
    return Answer(query, wanted, in_order, together, called, list(chain.from_iterable(excluded)))


def nearest_first(keys: Sequence[int], *, answer: Answer, conference: Conference) -> list[int]:
    """Those posters, found by the answer, with the most likely ones first.

    Before all, the poster whose number, board or key it is; then those with all its words in this order in the title
    or in an author's name; then those with all of them somewhere there; then the others. Among equals, by how often
    and in which fields the words stand, and how rare they are; but where more than MOST_RANKED would have to be
    compared, the words tell nothing, and they stay in the order given.
    """
    ranks = dict.fromkeys(answer.together, 2) | dict.fromkeys(answer.in_order, 1)
    if answer.query.identifier and answer.called:
        called = Poster.objects.filter(_is_called(answer.query.identifier, conference=conference), pk__in=answer.called)
        ranks |= dict.fromkeys(called.values_list("pk", flat=True), 0)
    equals: list[list[int]] = [[], [], [], [key for key in keys if key not in ranks]]
    for key in keys if ranks else ():
        if key in ranks:
            equals[ranks[key]].append(key)
    sizes = accumulate(map(len, equals))
    compared = [key for its, size in zip(equals, sizes, strict=True) if size <= MOST_RANKED for key in its]
    places = {key: place for place, key in enumerate(_by_distance(compared, answer.query) if len(compared) > 1 else [])}
    return [key for its in equals for key in (sorted(its, key=places.__getitem__) if places.keys() >= {*its} else its)]


def _keys_having(matches: Sequence[Match]) -> list[list[int]]:
    """The primary keys of the posters that have each of the matches.

    Not by the ORM, for what takes its time is to fetch 10,000 rows: here each answer is one text.
    """
    is_sqlite = connection.vendor == "sqlite"
    having = (
        "(SELECT group_concat(rowid) FROM posters_search WHERE posters_search MATCH %s)"
        if is_sqlite
        else "posters_search_having(%s::tsquery)"
    )
    expressions = [match.fts5() if is_sqlite else match.tsquery() for match in matches]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join([having] * len(matches))}", expressions)
        return [list(map(int, keys.split(","))) if keys else [] for keys in cursor.fetchone()]


NEAREST = {
    # The plus, because SQLite would else look for the words anew for every key.
    "sqlite": f"""
        SELECT rowid FROM posters_search
        WHERE posters_search MATCH %s AND +rowid IN (SELECT value FROM json_each(%s))
        ORDER BY bm25(posters_search, {", ".join(map(str, WEIGHTS.values()))}), rowid
    """,  # noqa: S608 - constants
    "postgresql": f"""
        WITH wanted AS (SELECT %s::tsquery AS sought)
        SELECT rowid FROM posters_search, wanted
        WHERE rowid IN (SELECT value::bigint FROM json_array_elements_text(%s::json))
        ORDER BY ts_rank('{LABEL_WEIGHTS}', posters_search, sought, 1) DESC, rowid
    """,  # noqa: S608 - constants
}
"""The posters of these keys by how far they are from a match, by words and weights."""


def _by_distance(keys: Sequence[int], query: SearchQuery) -> list[int]:
    match = Match(query.terms)
    expression = match.fts5() if connection.vendor == "sqlite" else match.tsquery()
    with connection.cursor() as cursor:
        cursor.execute(NEAREST[connection.vendor], [expression, json.dumps(list(keys))])
        return [key for (key,) in cursor.fetchall()]


def _is_called(identifier: str, *, conference: Conference) -> Q:
    """Posters of that number, on that board or with that key in the source."""
    boards = Presentation.objects.filter(session__conference=conference, board__label__iexact=identifier)
    condition = Q(source_id__iexact=identifier) | Q(pk__in=boards.values("poster"))
    if identifier.isdecimal() and len(identifier) <= LONGEST_NUMBER:
        condition |= Q(number=int(identifier))
    return condition
