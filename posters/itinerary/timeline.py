"""A day as a picture: hours from top to bottom, what overlaps side by side. The list beside it says it in words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from posters.itinerary.outline import Block, Day, VisitRow

HOUR = 56
"""Height of an hour; all lengths are in the picture's own units, at 320 to the width that a narrow phone has."""
WIDTH = 320
HOURS_WIDTH = 40
GAP = 4
LEAST_HEIGHT = 20
"""Of a session: a line of text."""
LEAST_VISIT = 3
VISITS_FROM = 0.6
"""Of a session's width: visits are drawn at its right."""

Item = TypeVar("Item")


@dataclass(frozen=True)
class Laned(Generic[Item]):
    """Something in one of the lanes that its overlaps need."""

    item: Item
    lane: int
    lane_count: int


@dataclass(frozen=True)
class Box:
    """A rectangle of the picture."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class VisitBox:
    visit: VisitRow
    box: Box


@dataclass(frozen=True)
class SessionBox:
    """A session with the visits in it."""

    block: Block
    box: Box
    visits: list[VisitBox]

    @property
    def title_width(self) -> float:
        """Its title ends where the visits begin."""
        return round(self.box.width * VISITS_FROM, 1) if self.visits else self.box.width


@dataclass(frozen=True)
class Hour:
    at: datetime
    y: float


@dataclass(frozen=True)
class Timeline:
    """A day's picture."""

    height: float
    hours: list[Hour]
    sessions: list[SessionBox]
    now_y: float | None
    """Where the present moment is, within the picture's hours."""


def timeline_of(day: Day, *, zone: ZoneInfo, now: datetime) -> Timeline | None:
    """The day's picture, with the hours of a zone; None where no time is known."""
    spans = [(block, *_span(block)) for block in day.blocks if block.session.starts_at]
    if not spans:
        return None
    first = _whole_hour(min(starts_at for _, starts_at, _ in spans).astimezone(zone))
    last = max(ends_at for _, _, ends_at in spans)

    def y(moment: datetime) -> float:
        return round((moment - first) / timedelta(hours=1) * HOUR, 1)

    sessions = []
    for laned in lanes(spans, starts_at=lambda span: span[1], ends_at=lambda span: span[2]):
        block, starts_at, ends_at = laned.item
        box = _in_lane(laned, Box(HOURS_WIDTH, y(starts_at), WIDTH - HOURS_WIDTH, y(ends_at) - y(starts_at)))
        visits = lanes(block.visits, starts_at=lambda visit: visit.starts_at, ends_at=lambda visit: visit.ends_at)
        sessions.append(SessionBox(block, box, [VisitBox(one.item, _visit_box(one, box, y)) for one in visits]))
    hours = [
        Hour(first + timedelta(hours=n), y(first + timedelta(hours=n)))
        for n in range(int((last - first) / timedelta(hours=1)) + 1)
    ]
    now_y = y(now) if first <= now <= last else None
    bottom = max(session.box.y + session.box.height for session in sessions)
    return Timeline(height=bottom + GAP, hours=hours, sessions=sessions, now_y=now_y)


def lanes(
    items: Sequence[Item], *, starts_at: Callable[[Item], datetime], ends_at: Callable[[Item], datetime]
) -> list[Laned[Item]]:
    """Each item in a lane of its own among those it overlaps with, in the order of their starts.

    Items that only touch do not overlap. A run of items that hang together shares its number of lanes.
    """
    laned: list[Laned[Item]] = []
    run: list[tuple[Item, int]] = []
    free_at: list[datetime] = []

    def close() -> None:
        laned.extend(Laned(item, lane, len(free_at)) for item, lane in run)
        run.clear()
        free_at.clear()

    for item in sorted(items, key=lambda one: (starts_at(one), ends_at(one))):
        if free_at and max(free_at) <= starts_at(item):
            close()
        lane = next((lane for lane, free in enumerate(free_at) if free <= starts_at(item)), len(free_at))
        free_at[lane : lane + 1] = [ends_at(item)]
        run.append((item, lane))
    close()
    return laned


def _span(block: Block) -> tuple[datetime, datetime]:
    """From the first of what the attendee does in a session to the last; all of it where they attend or present."""
    session = block.session
    if session.starts_at and session.ends_at and (block.is_attended or block.duties or not block.visits):
        return session.starts_at, session.ends_at
    return block.visits[0].starts_at, max(visit.ends_at for visit in block.visits)


def _in_lane(laned: Laned[Item], box: Box) -> Box:
    width = (box.width - GAP * (laned.lane_count - 1)) / laned.lane_count
    return Box(
        round(box.x + laned.lane * (width + GAP), 1),
        box.y,
        round(width, 1),
        max(round(box.height - 1, 1), LEAST_HEIGHT),
    )


def _visit_box(laned: Laned[VisitRow], session: Box, y: Callable[[datetime], float]) -> Box:
    """A visit within its session: in the part at the right, where no title stands."""
    left, width = session.width * VISITS_FROM, session.width * (1 - VISITS_FROM) - GAP
    share = width / laned.lane_count
    starts, ends = y(laned.item.starts_at), y(laned.item.ends_at)
    return Box(
        round(session.x + left + laned.lane * share, 1),
        starts,
        round(share - 1, 1),
        max(round(ends - starts - 1, 1), LEAST_VISIT),
    )


def _whole_hour(moment: datetime) -> datetime:
    """The hour that began last on the clocks of the moment's zone; in UTC, for hours to be counted from it."""
    return moment.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
