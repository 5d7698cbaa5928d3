"""An itinerary as it is shown: days, in them sessions, in them visits."""

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from itertools import groupby
from uuid import UUID, uuid5

from posters.itinerary.clashes import Clash, Stop, find_clashes
from posters.itinerary.favourites import itinerary_of
from posters.itinerary.planner import Unplanned, bring_up_to_date, unplanned_favourites
from posters.models import Attendee, Conference, Itinerary, Session, title_or_number


@dataclass(frozen=True, slots=True)
class VisitRow:
    """A visit as it is shown: plain data, because an itinerary of 200 as objects takes 100 ms to read."""

    uid: UUID
    starts_at: datetime
    ends_at: datetime
    note: str
    sequence: int
    changed_at: datetime
    cancelled_at: datetime | None
    format: str
    session_key: int
    board: str | None
    room: str | None
    poster_key: int
    number: int
    title: str
    poster_status: str

    @property
    def display_title(self) -> str:
        """As Poster.display_title."""
        return title_or_number(self.title, self.number)


VISIT_COLUMNS = (
    "uid",
    "starts_at",
    "ends_at",
    "note",
    "sequence",
    "changed_at",
    "cancelled_at",
    "presentation__format",
    "presentation__session",
    "presentation__board__label",
    "presentation__board__room__name",
    "presentation__poster",
    "presentation__poster__number",
    "presentation__poster__title",
    "presentation__poster__status",
)
"""The columns of a VisitRow, in its order."""


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
    clashes: list[Clash]
    fallen: list[Block] = field(default_factory=list)
    """The blocks of which nothing stands any more."""

    @cached_property
    def unplanned(self) -> list[Unplanned]:
        """The favourites without a visit. Only pages show them: a calendar does not ask."""
        planned = {visit.poster_key for block in self.blocks for visit in block.visits}
        return unplanned_favourites(self.itinerary, planned=planned)

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
    attended = dict(itinerary.attendances.values_list("session", "planned_at"))
    columns = itinerary.visits.order_by("starts_at", "pk").values_list(*VISIT_COLUMNS)
    visits = [VisitRow(*row) for row in columns]
    keys = {*attended, *(visit.session_key for visit in visits)}
    blocks = {
        session.pk: _block(itinerary, session, is_attended=session.pk in attended)
        for session in Session.objects.filter(pk__in=keys).select_related("room")
    }
    for visit in visits:
        blocks[visit.session_key].take(visit)
    for block in blocks.values():
        if block.is_attended and not block.visits:
            # Only then is the plan to be there what is shown: taking it back must not set the change back.
            block.changed_at = max(block.changed_at, attended[block.session.pk])
    in_order = sorted(
        (block for block in blocks.values() if block.is_attended or block.visits),
        key=lambda b: (b.session.starts_at is None, b.session.starts_at, b.session.pk),
    )
    return Outline(
        itinerary=itinerary,
        blocks=in_order,
        clashes=find_clashes(stop for block in in_order for stop in _stops(block)),
        fallen=[block for block in blocks.values() if not (block.is_attended or block.visits)],
    )


def _block(itinerary: Itinerary, session: Session, *, is_attended: bool) -> Block:
    uid = uuid5(itinerary.uid, str(session.uid))
    return Block(session, uid=uid, changed_at=session.changed_at, is_attended=is_attended)


def _stops(block: Block) -> list[Stop]:
    """A session attended is a stop as a whole, and its visits are part of it; else each visit is one."""
    session = block.session
    if block.is_attended and session.starts_at and session.ends_at:
        return [Stop(session, session.starts_at, session.ends_at, is_visit=False)]
    return [Stop(session, visit.starts_at, visit.ends_at, is_visit=True) for visit in block.visits]
