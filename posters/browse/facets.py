"""What each poster has, as sets of bits: every choice of every filter is counted without asking the database.

Bit n of a set stands for the n-th poster by number. Of 10,000 posters a set takes 1,250 bytes, and what two sets
share is known in a microsecond. A conference's sets are read once for each of its revisions and kept in this process.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property, lru_cache, reduce
from itertools import compress, repeat
from operator import or_
from sys import intern
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.utils.dateformat import format as written

from posters.models import Conference, Link, Poster, Presentation, title_or_number
from posters.models.rows import read_rows

UNDECIDED = "none"
KEPT_TABLES = 8
"""Tables kept at once, at most 2.5 MB each at 10,000 posters: the oldest goes first."""
HAS = (Link.Kind.PAPER, Link.Kind.VIDEO, Link.Kind.CODE)

WITHDRAWN = "-"
"""Stands before a poster's decision where it is withdrawn."""
ZERO, ONE = b"01"
_BITS = bytes.maketrans(b"01", b"\0\1")

PosterSet = int
"""Posters as bits. `&` is what two sets share, `|` what either has, `.bit_count()` how many."""


@dataclass(frozen=True)
class Facet:
    """One choice of a filter, and the posters that have it."""

    slug: str
    label: str
    posters: PosterSet


@dataclass(frozen=True)
class TopicFacet(Facet):
    """A topic. `parent` is the slug of the one above it; empty without one, and where a circle has no top."""

    parent: str


@dataclass(frozen=True)
class Showing:
    """Posters presented in one session in one format. `day` is the session's in the conference's zone, or empty."""

    session: str
    day: str
    format: str
    starts_at: datetime | None
    posters: PosterSet


@dataclass(frozen=True)
class FacetTable:
    """The visible posters of a conference and all that they can be filtered by, in the order shown."""

    conference_key: int
    keys: Sequence[int]
    """Primary keys, by number."""
    withdrawn: PosterSet = 0
    decisions: list[Facet] = field(default_factory=list)
    topics: list[TopicFacet] = field(default_factory=list)
    """By name; a topic has the posters of the topics under it, too."""
    links: list[Facet] = field(default_factory=list)
    showings: list[Showing] = field(default_factory=list)
    """By time, those without one last."""
    sessions: dict[str, str] = field(default_factory=dict)
    """Slug and title of those with posters, by time."""
    days: dict[str, str] = field(default_factory=dict)

    @property
    def everything(self) -> PosterSet:
        return (1 << len(self.keys)) - 1

    @cached_property
    def places(self) -> dict[int, int]:
        """Where each primary key stands."""
        return {key: place for place, key in enumerate(self.keys)}

    def set_of(self, keys: Iterable[int]) -> PosterSet:
        """The set of these primary keys; those of no visible poster are left out."""
        size = len(self.keys)
        return _set_at(map(self.places.get, keys, repeat(size)), size)

    def keys_of(self, posters: PosterSet) -> list[int]:
        """The primary keys of a set's posters, lowest number first."""
        return list(compress(self.keys, _bits(posters)))

    @cached_property
    def by_title(self) -> list[int]:
        """All places by title, as it is read: without regard to case, accents and leading signs."""
        shown = Poster.objects.public().filter(conference=self.conference_key)
        titles = shown.order_by().values_list("pk", "title", "number")
        read = {key: _as_read(title_or_number(title, number)) for key, title, number in titles}
        return sorted(range(len(self.keys)), key=lambda place: (read.get(self.keys[place], ""), place))

    @cached_property
    def along_the_boards(self) -> list[tuple[int, str]]:
        """Every presentation in walking order: place of its poster, session."""
        walk = Presentation.objects.public().filter(session__conference=self.conference_key).in_walking_order()
        slugs = walk.values_list("poster", "session__slug")
        return [(self.places[key], intern(slug)) for key, slug in slugs if key in self.places]


def united(sets: Iterable[PosterSet]) -> PosterSet:
    """What is in any of the sets."""
    return reduce(or_, sets, 0)


def places_in(posters: PosterSet) -> list[int]:
    """The places of a set's posters, lowest number first."""
    bits = _bits(posters)
    return list(compress(range(len(bits)), bits))


def _bits(posters: PosterSet) -> bytes:
    """A byte for each place, up to the last poster's."""
    return bin(posters)[:1:-1].encode().translate(_BITS)


def facet_table(conference: Conference) -> FacetTable:
    """The conference's table as of its revision."""
    return table_at(conference.pk, conference.revision, conference.time_zone)


@lru_cache(maxsize=KEPT_TABLES)
def table_at(conference_key: int, revision: int, time_zone: str) -> FacetTable:
    """A table, read in one query when a revision is first asked for. Every change makes another revision."""
    parts = _read_parts(conference_key)
    ((keys, known, *_),) = parts["poster"]
    listed = _Listed(keys.split(",") if keys else [])
    having: defaultdict[str, list[int]] = defaultdict(list)
    for place, what in enumerate(known.split(",") if keys else ()):
        having[what].append(place)
    sets = {what: _set_at(places, len(listed.keys)) for what, places in having.items()}
    showings, sessions, days = _showings(listed, parts["showing"], ZoneInfo(time_zone))
    links = {kind: listed.set_of(keys) for kind, *_, keys in parts["link"]}
    return FacetTable(
        conference_key,
        list(map(int, listed.keys)),
        withdrawn=united(posters for what, posters in sets.items() if what.startswith(WITHDRAWN)),
        decisions=_decisions(parts["decision"], sets),
        topics=_topics(listed, parts["topic"]),
        links=[Facet(kind.value, str(kind.label), links[kind]) for kind in HAS],
        showings=showings,
        sessions=sessions,
        days=days,
    )


class _Listed:
    """The posters' keys in their order, as the database writes them: 60,000 are looked up and none is made a number."""

    def __init__(self, keys: Sequence[str]) -> None:
        self.keys = keys
        self.places = {key: place for place, key in enumerate(keys)}

    def set_of(self, joined: str | None) -> PosterSet:
        """The set of the keys in a text, in any order; those of no visible poster are left out."""
        size = len(self.keys)
        return _set_at(map(self.places.get, joined.split(","), repeat(size)), size) if joined else 0


def _set_at(places: Iterable[int], size: int) -> PosterSet:
    """The posters at these places. `size` itself is nobody's place."""
    digits = bytearray(b"0") * (size + 1)
    for place in places:
        digits[place] = ONE
    digits[size] = ZERO
    return int(digits[::-1], 2)


# Each kind of thing with its keys in one text: 50 rows to fetch and not 60,000. Every part is answered by an index,
# and keys are gathered for one thing after another: PostgreSQL takes twice as long to group what it has joined.
# Drafts are in no set: to leave them out of each would join every poster for nothing.
PARTS = """
SELECT 'poster', 0, {joined}({key}(id), ','),
    {joined}(CASE status WHEN 'withdrawn' THEN '-' ELSE '' END || COALESCE({key}(decision_id), ''), ','),
    NULL, NULL, NULL
FROM (
    SELECT id, status, decision_id FROM posters_poster
    WHERE conference_id = %(conference)s AND status <> 'draft'
        AND (SELECT is_published FROM posters_conference WHERE id = %(conference)s)
    ORDER BY number
) AS shown
UNION ALL
SELECT 'decision', row_number() OVER (ORDER BY rank DESC, name), {key}(id), slug, name, NULL, NULL
FROM posters_decision WHERE conference_id = %(conference)s
UNION ALL
SELECT 'topic', row_number() OVER (ORDER BY name, slug), {key}(id), {key}(parent_id), slug, name,
    (SELECT {joined}({key}(poster_id), ',') FROM posters_postertopic WHERE topic_id = posters_topic.id)
FROM posters_topic WHERE conference_id = %(conference)s
UNION ALL
SELECT 'link', 0, kinds.kind, NULL, NULL, NULL,
    (SELECT {joined}({key}(poster_id), ',') FROM posters_link
    WHERE conference_id = %(conference)s AND posters_link.kind = kinds.kind AND poster_id IS NOT NULL)
FROM ({kinds}) AS kinds
UNION ALL
SELECT 'showing', row_number() OVER (ORDER BY starts_at IS NULL, starts_at, title, slug, format), slug, title, format,
    {seconds},
    (SELECT {joined}({key}(poster_id), ',') FROM posters_presentation
    WHERE session_id = posters_session.id AND posters_presentation.format = formats.format)
FROM posters_session CROSS JOIN ({formats}) AS formats WHERE conference_id = %(conference)s
"""
IN_DIALECT = {
    "sqlite": {"joined": "group_concat", "key": "", "seconds": "strftime('%%s', starts_at)"},
    "postgresql": {"joined": "string_agg", "key": "text", "seconds": "text(extract(epoch FROM starts_at)::bigint)"},
}


def _read_parts(conference_key: int) -> dict[str, list[list[Any]]]:
    """The rows of each part, in its order."""
    statement = PARTS.format(
        kinds=_rows_of("kind", HAS), formats=_rows_of("format", Presentation.Format), **IN_DIALECT[connection.vendor]
    )
    rows = sorted(read_rows(statement, {"conference": conference_key}), key=lambda row: row[1])
    parts: dict[str, list[list[Any]]] = {"poster": [], "decision": [], "topic": [], "link": [], "showing": []}
    for part, _, *columns in rows:
        parts[part].append(columns)
    return parts


def _rows_of(name: str, constants: Iterable[str]) -> str:
    """A query of one column that gives our own constants."""
    return " UNION ALL ".join(f"SELECT '{constant}' AS {name}" for constant in constants)


def _decisions(rows: Iterable[list[Any]], sets: Mapping[str, PosterSet]) -> list[Facet]:
    """Decisions that posters have, the highest first, and none at the end."""
    named = [(str(key), slug, name) for key, slug, name, *_ in rows]
    facets = [
        Facet(slug, name, united(posters for what, posters in sets.items() if what.removeprefix(WITHDRAWN) == key))
        for key, slug, name in [*named, ("", UNDECIDED, "No decision")]
    ]
    return [facet for facet in facets if facet.posters]


def _topics(listed: _Listed, rows: list[list[Any]]) -> list[TopicFacet]:
    """Topics that have posters, or whose narrower ones have."""
    topics = [(int(key), parent and int(parent), slug, name, keys) for key, parent, slug, name, keys in rows]
    parents = {key: parent for key, parent, *_ in topics}
    found = dict.fromkeys(parents, 0)
    for key, *_, keys in topics:
        posters = listed.set_of(keys)
        for broader in _and_broader(key, parents):
            found[broader] |= posters
    slugs: dict[int | None, str] = {key: slug for key, _, slug, *_ in topics}
    return [
        TopicFacet(slug, name, found[key], "" if key in _and_broader(parent, parents) else slugs.get(parent, ""))
        for key, parent, slug, name, _ in topics
        if found[key]
    ]


def _and_broader(key: int | None, parents: Mapping[int, int | None]) -> Iterator[int]:
    """A topic and those above it, each once even where an organiser closed a circle."""
    seen: set[int] = set()
    above = key
    while above is not None and above not in seen:
        seen.add(above)
        yield above
        above = parents.get(above)


def _showings(
    listed: _Listed, rows: Iterable[list[Any]], zone: ZoneInfo
) -> tuple[list[Showing], dict[str, str], dict[str, str]]:
    showings, sessions, days = [], {}, {}
    for slug, title, form, seconds, keys in rows:
        posters = listed.set_of(keys)
        if not posters:
            continue
        starts_at = datetime.fromtimestamp(int(seconds), UTC) if seconds else None
        day = starts_at.astimezone(zone).date() if starts_at else None
        showings.append(Showing(slug, str(day or ""), form, starts_at, posters))
        sessions[slug] = title
        if day:
            days[str(day)] = written(day, "D j M")
    return showings, sessions, days


def _as_read(title: str) -> str:
    """What a title is sorted by. “É” stands with “E”, “$k$-means” with “k-means”."""
    plain = title if title.isascii() else unicodedata.normalize("NFKD", title)
    plain = "".join(character for character in plain if character.isalnum() or character.isspace())
    return plain.strip().casefold()
