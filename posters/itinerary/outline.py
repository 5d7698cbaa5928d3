"""An itinerary as it is shown: days, in them sessions, in them visits."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from itertools import groupby
from typing import NamedTuple
from uuid import UUID, uuid5

from django.db import connection
from django.db.models.functions import Coalesce

from posters.itinerary.clashes import Clash, clashes_in
from posters.itinerary.favourites import itinerary_of
from posters.itinerary.planner import Unplanned, bring_up_to_date, unplanned_count, unplanned_favourites
from posters.models import Attendee, Conference, Favourite, Itinerary, Presentation, Session, title_or_number
from posters.models.base import PosterStatus
from posters.models.rows import moment_of, read_rows


class VisitRow(NamedTuple):
    """A visit as it is shown: plain data, because an itinerary of 200 as objects takes 100 ms to read."""

    uid: UUID
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime
    cancelled_at: datetime | None
    visited_at: datetime | None
    is_pinned: bool
    is_declined: bool
    note: str
    sequence: int
    version: int
    key: int
    format: str
    session_key: int
    board: str | None
    room: str | None
    poster_key: int
    number: int
    title: str
    poster_status: str

    @property
    def is_withdrawn(self) -> bool:
        return self.poster_status == PosterStatus.WITHDRAWN

    @property
    def display_title(self) -> str:
        """As Poster.display_title."""
        return title_or_number(self.title, self.number)


VISITS_SQL = """
    SELECT v.uid, v.starts_at, v.ends_at, v.changed_at, v.cancelled_at, v.visited_at,
           v.is_pinned, v.is_declined, v.note, v.sequence, v.version, v.id,
           s.format, s.session_id, b.label, r.name, p.id, p.number, p.title, p.status
      FROM posters_visit v
      JOIN posters_presentation s ON s.id = v.presentation_id
      JOIN posters_poster p ON p.id = s.poster_id
      LEFT JOIN posters_board b ON b.id = s.board_id
      LEFT JOIN posters_room r ON r.id = b.room_id
     WHERE v.itinerary_id = %s
     ORDER BY v.starts_at, v.id
"""
"""The columns of a VisitRow, in its order. Without the ORM, which takes thrice the time to read 200."""


@dataclass(frozen=True, slots=True)
class DutyRow:
    """A presentation at which the attendee stands themselves; times are empty while its session's are."""

    session_key: int
    starts_at: datetime | None
    ends_at: datetime | None
    board: str | None
    room: str | None
    number: int
    title: str

    @property
    def display_title(self) -> str:
        """As Poster.display_title."""
        return title_or_number(self.title, self.number)


@dataclass
class Block:
    """One session of the itinerary, with its visits in walking order."""

    session: Session
    uid: UUID
    """The block's own, in every calendar made from this itinerary."""
    changed_at: datetime
    """The last change of anything shown here: visits that fell away count, so it never goes back."""
    is_attended: bool = False
    visits: list[VisitRow] = field(default_factory=list)
    duties: list[DutyRow] = field(default_factory=list)
    fallen: list[VisitRow] = field(default_factory=list)
    """The visits that fell away: calendars must hear of some."""

    def take(self, visit: VisitRow) -> None:
        """Add a visit; one that fell away counts for the time of the last change, too."""
        self.changed_at = max(self.changed_at, visit.changed_at)
        (self.visits if visit.cancelled_at is None else self.fallen).append(visit)


@dataclass(frozen=True)
class Day:
    """A day in the conference's zone; None holds the sessions whose time is to be announced."""

    date: date | None
    blocks: list[Block]


@dataclass(frozen=True)
class Outline:
    """All of an itinerary that a page or a calendar shows."""

    itinerary: Itinerary
    blocks: list[Block]
    declined: list[VisitRow]
    """The visits that the attendee took out, of whatever is no longer planned elsewhere."""
    fallen: list[Block] = field(default_factory=list)
    """The blocks of which nothing stands any more."""

    @property
    def visits(self) -> list[VisitRow]:
        """All that stand, in the order of the days."""
        return [visit for block in self.blocks for visit in block.visits]

    @cached_property
    def interests(self) -> dict[int, str]:
        """The attendee's wishes by the posters' keys."""
        wishes = Favourite.objects.wished().filter(
            attendee=self.itinerary.attendee_id, poster__conference=self.itinerary.conference_id
        )
        return dict(wishes.values_list("poster", "interest"))

    @cached_property
    def taken_out(self) -> list[VisitRow]:
        """The favourites' visits that the attendee took out: they can be brought back."""
        return [visit for visit in self.declined if visit.poster_key in self.interests]

    @cached_property
    def unplanned(self) -> list[Unplanned]:
        """The favourites without a visit that none was taken out of. Only pages show them: a calendar counts."""
        return unplanned_favourites(self.itinerary, planned=self._accounted)

    @property
    def unplanned_count(self) -> int:
        """How many these are."""
        return unplanned_count(self.itinerary, planned=self._accounted)

    @property
    def _accounted(self) -> set[int]:
        return {visit.poster_key for visit in (*self.visits, *self.declined)}

    @cached_property
    def clashes(self) -> list[Clash]:
        """What cannot be kept together. Only pages show it."""
        return clashes_in(self.itinerary)

    @property
    def timed_blocks(self) -> list[Block]:
        """The blocks of sessions whose time is known."""
        return [block for block in self.blocks if block.session.starts_at]

    @property
    def days(self) -> list[Day]:
        """The blocks by the day on which they start in the conference's zone."""
        zone = self.itinerary.conference.zone
        by_day = groupby(self.blocks, key=lambda b: b.session.starts_at and b.session.starts_at.astimezone(zone).date())
        return [Day(day, list(blocks)) for day, blocks in by_day]


def outline_for(attendee: Attendee | None, *, conference: Conference, now: datetime) -> Outline | None:
    """The attendee's outline; None for a visitor without wishes."""
    if attendee is None:
        return None
    return outline_of(itinerary=itinerary_of(attendee=attendee, conference=conference), now=now)


def outline_of(*, itinerary: Itinerary, now: datetime) -> Outline:
    """The itinerary, planned anew where wishes or programme have changed since."""
    bring_up_to_date(itinerary=itinerary, now=now)
    return read_outline(itinerary)


def read_outline(itinerary: Itinerary) -> Outline:
    """The itinerary as it was last planned."""
    attended = dict(itinerary.attendances.values_list("session", "planned_at"))
    visits = _visits_of(itinerary)
    duties = duties_of(itinerary)
    keys = {*attended, *(visit.session_key for visit in visits), *(duty.session_key for duty in duties)}
    blocks = {
        session.pk: _block(itinerary, session, is_attended=session.pk in attended)
        for session in Session.objects.filter(pk__in=keys).select_related("room")
    }
    for visit in visits:
        blocks[visit.session_key].take(visit)
    for duty in duties:
        blocks[duty.session_key].duties.append(duty)
    for block in blocks.values():
        if block.is_attended and not block.visits:
            # Only then is the plan to be there what is shown: taking it back must not set the change back.
            block.changed_at = max(block.changed_at, attended[block.session.pk])
    in_order = sorted(
        (block for block in blocks.values() if block.is_attended or block.visits or block.duties),
        key=lambda b: (b.session.starts_at is None, b.session.starts_at, b.session.pk),
    )
    return Outline(
        itinerary=itinerary,
        blocks=in_order,
        declined=_declined(visits),
        fallen=[block for block in blocks.values() if not (block.is_attended or block.visits or block.duties)],
    )


def _visits_of(itinerary: Itinerary) -> list[VisitRow]:
    """All visits, those that fell away too, in the order of the days."""
    rows = read_rows(VISITS_SQL, [itinerary.pk])
    if connection.vendor == "sqlite":
        # It knows neither UUIDs nor zones.
        rows = [(UUID(row[0]), *map(moment_of, row[1:6]), *row[6:]) for row in rows]
    return [VisitRow._make(row) for row in rows]


def duties_of(itinerary: Itinerary) -> list[DutyRow]:
    """Where the attendee presents: during the presenter's hours, else the whole session."""
    shown = Presentation.objects.filter(
        poster__duties__itinerary=itinerary, poster__status=PosterStatus.PUBLISHED
    ).in_time_order()
    columns = shown.values_list(
        "session",
        Coalesce("presenter_starts_at", "session__starts_at"),
        Coalesce("presenter_ends_at", "session__ends_at"),
        "board__label",
        "board__room__name",
        "poster__number",
        "poster__title",
    )
    return [DutyRow(*row) for row in columns]


def _declined(visits: Iterable[VisitRow]) -> list[VisitRow]:
    """One for each poster that was taken out and stands nowhere else."""
    standing = {visit.poster_key for visit in visits if visit.cancelled_at is None}
    taken_out = {visit.poster_key: visit for visit in visits if visit.is_declined}
    return [visit for key, visit in taken_out.items() if key not in standing]


def _block(itinerary: Itinerary, session: Session, *, is_attended: bool) -> Block:
    uid = uuid5(itinerary.uid, str(session.uid))
    return Block(session, uid=uid, changed_at=session.changed_at, is_attended=is_attended)
