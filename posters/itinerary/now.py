"""Where to be now, and where next: a line for each moment of the day at which that changes.

All of the day's lines are made at once, so that a page can show the right one minutes later without asking.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from posters.itinerary.outline import Outline
from posters.models import Conference


@dataclass(frozen=True)
class Stop:
    """Somewhere the attendee means to be."""

    starts_at: datetime
    ends_at: datetime
    title: str
    board: str | None
    room: str | None
    session_slug: str
    number: int | None = None
    """Of the poster; None for a session attended."""
    is_duty: bool = False


@dataclass(frozen=True)
class Line:
    """What holds from a moment until the next line's."""

    since: datetime
    now: tuple[Stop, ...]
    next: Stop | None
    is_next_today: bool


def lines_of(outline: Outline, *, now: datetime) -> list[Line]:
    """The line that holds now and those of the rest of its day; empty when nothing is to come."""
    return lines_from(stops_of(outline), now=now, conference=outline.itinerary.conference)


def stops_of(outline: Outline) -> list[Stop]:
    """All that is still to be done: visits not made yet, sessions attended, the attendee's own posters."""
    stops = []
    for block in outline.blocks:
        session = block.session
        room = session.room.name if session.room else None
        for visit in block.visits:
            if not visit.visited_at:
                place = (visit.board, visit.room or room, session.slug, visit.number)
                stops.append(Stop(visit.starts_at, visit.ends_at, visit.display_title, *place))
        if block.is_attended and session.starts_at and session.ends_at:
            stops.append(Stop(session.starts_at, session.ends_at, session.title, None, room, session.slug))
        for duty in block.duties:
            if duty.starts_at and duty.ends_at:
                place = (duty.board, duty.room or room, session.slug, duty.number)
                stops.append(Stop(duty.starts_at, duty.ends_at, duty.display_title, *place, is_duty=True))
    return sorted(stops, key=lambda stop: (stop.starts_at, stop.ends_at))


def lines_from(stops: Iterable[Stop], *, now: datetime, conference: Conference) -> list[Line]:
    """As `lines_of`, from stops in the order of their starts."""
    zone = conference.zone
    today = now.astimezone(zone).date()
    ahead = [stop for stop in stops if stop.ends_at > now]
    turns = {moment for stop in ahead for moment in (stop.starts_at, stop.ends_at) if moment > now}
    moments = [now, *sorted(moment for moment in turns if moment.astimezone(zone).date() == today)]
    lines: list[Line] = []
    for moment in moments if ahead else ():
        running = tuple(stop for stop in ahead if stop.starts_at <= moment < stop.ends_at)
        following = next((stop for stop in ahead if stop.starts_at > moment), None)
        if not lines or (running, following) != (lines[-1].now, lines[-1].next):
            is_today = following is not None and following.starts_at.astimezone(zone).date() == today
            lines.append(Line(moment, running, following, is_today))
    return lines
