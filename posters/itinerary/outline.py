"""An itinerary as it is shown: days, in them sessions, in them visits."""

from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from uuid import UUID, uuid5

from posters.itinerary.clashes import Clash, Stop, find_clashes
from posters.itinerary.favourites import itinerary_of
from posters.itinerary.planner import Unplanned, bring_up_to_date, unplanned_favourites
from posters.models import Attendee, Conference, Itinerary, Session, Visit


@dataclass
class Block:
    """One session of the itinerary, with its visits in walking order."""

    session: Session
    uid: UUID
    """The block's own, in every calendar made from this itinerary."""
    changed_at: datetime
    """The last change of anything shown here: visits that fell away count, so it never goes back."""
    is_attended: bool = False
    visits: list[Visit] = field(default_factory=list)

    def take(self, visit: Visit) -> None:
        """Add a visit that stands; one that fell away leaves only the time of its change."""
        self.changed_at = max(self.changed_at, visit.changed_at)
        if visit.cancelled_at is None:
            self.visits.append(visit)


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
    unplanned: list[Unplanned]

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
    blocks: dict[int, Block] = {}
    for attendance in itinerary.attendances.select_related("session__room"):
        session = attendance.session
        block = blocks[session.pk] = _block(itinerary, session)
        block.is_attended = True
        block.changed_at = max(session.changed_at, attendance.planned_at)
    for visit in itinerary.visits.with_presentations().order_by("starts_at", "pk"):
        session = visit.presentation.session
        blocks.setdefault(session.pk, _block(itinerary, session)).take(visit)
    in_order = sorted(
        (block for block in blocks.values() if block.is_attended or block.visits),
        key=lambda b: (b.session.starts_at is None, b.session.starts_at, b.session.pk),
    )
    return Outline(
        itinerary=itinerary,
        blocks=in_order,
        clashes=find_clashes(stop for block in in_order for stop in _stops(block)),
        unplanned=unplanned_favourites(itinerary),
    )


def _block(itinerary: Itinerary, session: Session) -> Block:
    return Block(session, uid=uuid5(itinerary.uid, str(session.uid)), changed_at=session.changed_at)


def _stops(block: Block) -> list[Stop]:
    """A session attended is a stop as a whole, and its visits are part of it; else each visit is one."""
    session = block.session
    if block.is_attended and session.starts_at and session.ends_at:
        return [Stop(session, session.starts_at, session.ends_at, is_visit=False)]
    return [Stop(session, visit.starts_at, visit.ends_at, is_visit=True) for visit in block.visits]
