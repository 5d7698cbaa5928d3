"""What each poster has, as sets of bits: every choice of every filter is counted without asking the database.

Bit n of a set stands for the n-th poster by number. Of 10,000 posters a set takes 1,250 bytes, and what two sets
share is known in a microsecond. A conference's sets are read once for each of its revisions and kept in this process.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, lru_cache
from sys import intern
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Aggregate, F, TextField, Value
from django.db.models.functions import Cast, Concat
from django.utils.dateformat import format as written

from posters.models import Conference, Link, Poster, Presentation, Topic, title_or_number
from posters.models.base import PosterStatus

UNDECIDED = "none"
KEPT_TABLES = 8
"""Tables kept at once, at most 2.5 MB each at 10,000 posters: the oldest goes first."""
HAS = (Link.Kind.PAPER, Link.Kind.VIDEO, Link.Kind.CODE)

PosterSet = int
"""Posters as bits. `&` is what two sets share, `|` what either has, `.bit_count()` how many."""


class Keys(Aggregate):
    """A group's keys in one text, with commas between: 20 rows to fetch and not 20,000."""

    function = "GROUP_CONCAT"
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="STRING_AGG((%(expressions)s)::text, ',')", **context)


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
        bits = bytearray(len(self.keys) // 8 + 1)
        for key in keys:
            place = self.places.get(key)
            if place is not None:
                bits[place >> 3] |= 1 << (place & 7)
        return int.from_bytes(bits, "little")

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


def places_in(posters: PosterSet) -> list[int]:
    """The places of a set's posters, lowest number first."""
    return [place for place, bit in enumerate(bin(posters)[:1:-1]) if bit == "1"]


def facet_table(conference: Conference) -> FacetTable:
    """The conference's table as of its revision."""
    return table_at(conference.pk, conference.revision, conference.time_zone)


@lru_cache(maxsize=KEPT_TABLES)
def table_at(conference_key: int, revision: int, time_zone: str) -> FacetTable:
    """A table, read in four queries when a revision is first asked for. Every change makes another revision."""
    blank, statuses, decisions = _statuses_and_decisions(conference_key)
    showings, sessions, days = _showings(blank, ZoneInfo(time_zone))
    return FacetTable(
        conference_key,
        blank.keys,
        withdrawn=statuses.get(PosterStatus.WITHDRAWN, 0),
        decisions=decisions,
        topics=_topics(blank),
        links=_links(blank),
        showings=showings,
        sessions=sessions,
        days=days,
    )


def _read(table: FacetTable, keys: str | None) -> PosterSet:
    return table.set_of(map(int, keys.split(","))) if keys else 0


def _statuses_and_decisions(conference_key: int) -> tuple[FacetTable, dict[str, PosterSet], list[Facet]]:
    """A table of the conference's posters alone, and which of them have which status and decision."""
    statuses: dict[str, PosterSet] = {}
    decisions: dict[str, Facet] = {}
    columns = ("status", "decision__slug", "decision__name", "decision__rank")
    shown = Poster.objects.public().filter(conference=conference_key).order_by().values(*columns)
    number_and_key = Concat(Cast("number", TextField()), Value(" ", TextField()), Cast("pk", TextField()))
    groups = shown.annotate(keys=Keys(number_and_key)).order_by(
        F("decision__rank").desc(nulls_last=True), "decision__name"
    )
    read = [
        (status, slug, name, [tuple(map(int, pair.split())) for pair in pairs.split(",")])
        for status, slug, name, _, pairs in groups.values_list(*columns, "keys")
    ]
    table = FacetTable(conference_key, [key for _, key in sorted(pair for *_, pairs in read for pair in pairs)])
    for status, slug, name, pairs in read:
        posters = table.set_of(key for _, key in pairs)
        statuses[status] = statuses.get(status, 0) | posters
        known = decisions.get(slug or UNDECIDED)
        both = posters | known.posters if known else posters
        decisions[slug or UNDECIDED] = Facet(slug or UNDECIDED, name or "No decision", both)
    return table, statuses, list(decisions.values())


def _topics(table: FacetTable) -> list[TopicFacet]:
    """Topics that have posters, or whose narrower ones have."""
    topics = Topic.objects.filter(conference=table.conference_key).order_by("name", "slug")
    rows = list(topics.annotate(keys=Keys("poster_topics__poster")).values_list("pk", "parent", "slug", "name", "keys"))
    parents = {key: parent for key, parent, *_ in rows}
    found = dict.fromkeys(parents, 0)
    for key, *_, keys in rows:
        posters = _read(table, keys)
        for broader in _and_broader(key, parents):
            found[broader] |= posters
    slugs: dict[int | None, str] = {key: slug for key, _, slug, *_ in rows}
    return [
        TopicFacet(slug, name, found[key], "" if key in _and_broader(parent, parents) else slugs.get(parent, ""))
        for key, parent, slug, name, _ in rows
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


def _links(table: FacetTable) -> list[Facet]:
    links = Link.objects.filter(conference=table.conference_key, kind__in=HAS, poster__isnull=False).order_by()
    found = dict(links.values("kind").annotate(keys=Keys("poster")).values_list("kind", "keys"))
    return [Facet(kind.value, str(kind.label), _read(table, found.get(kind))) for kind in HAS]


def _showings(table: FacetTable, zone: ZoneInfo) -> tuple[list[Showing], dict[str, str], dict[str, str]]:
    columns = ("session__slug", "session__title", "session__starts_at", "format")
    # Drafts are in no set: asking for what is public would join every poster for nothing.
    every = Presentation.objects.filter(session__conference=table.conference_key)
    groups = every.order_by().values(*columns).annotate(keys=Keys("poster"))
    in_order = groups.order_by(
        F("session__starts_at").asc(nulls_last=True), "session__title", "session__slug", "format"
    )
    showings, sessions, days = [], {}, {}
    for slug, title, starts_at, form, keys in in_order.values_list(*columns, "keys"):
        posters = _read(table, keys)
        if not posters:
            continue
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
