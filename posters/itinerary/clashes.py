"""Where an attendee would have to be in two places at once, and the ways out of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from posters.itinerary.distances import Place, walking_metres
from posters.itinerary.inputs import place_of, presenter_hours
from posters.latex import to_text
from posters.models import Itinerary, Presentation, Session
from posters.models.base import PosterStatus

LONGEST_WALK = timedelta(minutes=30)


@dataclass(frozen=True)
class Stop:
    """A stretch of time the attendee means to spend in a session: in all of it, at a visit, or at their own poster."""

    session: Session
    starts_at: datetime
    ends_at: datetime
    is_visit: bool
    poster: int | None = None
    """The key of the poster visited or presented."""
    title: str = ""
    """The poster's, as in the source."""
    visit: UUID | None = None
    place: Place | None = None

    @property
    def is_whole_session(self) -> bool:
        return self.poster is None

    @property
    def name(self) -> str:
        """What it is called in a sentence."""
        return self.session.title if self.is_whole_session else f"‘{to_text(self.title)}’"


class Action(StrEnum):
    """What a way out does."""

    LEAVE_SESSION = "leave-session"
    UNPIN_VISIT = "unpin-visit"
    TAKE_VISIT_OUT = "take-visit-out"
    MOVE_VISIT = "move-visit"


@dataclass(frozen=True)
class WayOut:
    """One thing that would end a clash, as a button says it."""

    label: str
    action: Action
    session: Session | None = None
    """The one to leave out, or to move the visit to."""
    visit: UUID | None = None
    presentation: int | None = None
    """The key of the one to move the visit to."""


@dataclass
class Clash:
    """Two stops that overlap or are too far apart for the time between, and how many of them are visits."""

    first: Session
    second: Session
    starts_at: datetime
    ends_at: datetime
    visit_count: int
    stops: tuple[Stop, Stop]
    in_words: str = ""
    ways_out: list[WayOut] = field(default_factory=list)


def clashes_in(itinerary: Itinerary) -> list[Clash]:
    """The clashes between what the planner does not move, with the ways out: sessions, own posters, pinned visits."""
    clashes = find_clashes([*_sessions(itinerary), *_own_posters(itinerary), *_pinned_visits(itinerary)])
    add_ways_out(clashes)
    return clashes


def _sessions(itinerary: Itinerary) -> Iterable[Stop]:
    for attendance in itinerary.attendances.select_related("session"):
        session = attendance.session
        if session.starts_at and session.ends_at:
            place = Place(session.room_id) if session.room_id else None
            yield Stop(session, session.starts_at, session.ends_at, is_visit=False, place=place)


def _own_posters(itinerary: Itinerary) -> Iterable[Stop]:
    shown = Presentation.objects.filter(poster__duties__itinerary=itinerary, poster__status=PosterStatus.PUBLISHED)
    for presentation in shown.exclude(session__starts_at=None).select_related("session", "board", "poster"):
        yield _at_poster(presentation, *presenter_hours(presentation), visit=None)


def _pinned_visits(itinerary: Itinerary) -> Iterable[Stop]:
    pinned = itinerary.visits.filter(is_pinned=True, cancelled_at=None, visited_at=None)
    for visit in pinned.select_related("presentation__session", "presentation__board", "presentation__poster"):
        yield _at_poster(visit.presentation, visit.starts_at, visit.ends_at, visit=visit.uid)


def _at_poster(presentation: Presentation, starts_at: datetime, ends_at: datetime, *, visit: UUID | None) -> Stop:
    return Stop(
        presentation.session,
        starts_at,
        ends_at,
        is_visit=visit is not None,
        poster=presentation.poster_id,
        title=presentation.poster.display_title,
        visit=visit,
        place=place_of(presentation),
    )


def find_clashes(stops: Iterable[Stop]) -> list[Clash]:
    """Each two stops that cannot both be kept, in the order of the day.

    Visits and one's own poster are a part of their own session. Stops that only touch (one ends when the other
    starts) do not clash, but where one of the two is at a poster, there must be time to walk.
    """
    clashes = []
    running: list[Stop] = []
    for stop in sorted(stops, key=lambda s: (s.starts_at, s.ends_at, s.session.pk, s.poster or 0)):
        running = [other for other in running if other.ends_at + LONGEST_WALK > stop.starts_at]
        for other in running:
            if _is_part(other, stop):
                continue
            if other.ends_at > stop.starts_at:
                clashes.append(
                    _clash(other, stop, stop.starts_at, min(other.ends_at, stop.ends_at), _overlap(other, stop))
                )
            elif _walk(other, stop) > stop.starts_at - other.ends_at:
                clashes.append(_clash(other, stop, other.ends_at, stop.starts_at, _too_far(other, stop)))
        running.append(stop)
    return clashes


def _is_part(one: Stop, other: Stop) -> bool:
    return one.session.pk == other.session.pk and (one.is_whole_session or other.is_whole_session)


def _walk(one: Stop, other: Stop) -> timedelta:
    """From one to the other. That one session follows another in another room is the programme's matter."""
    if one.is_whole_session and other.is_whole_session:
        return timedelta(0)
    return timedelta(seconds=walking_metres(one.place, other.place))


def _clash(one: Stop, other: Stop, starts_at: datetime, ends_at: datetime, in_words: str) -> Clash:
    first, second = sorted((one.session, other.session), key=lambda session: session.pk)
    visit_count = one.is_visit + other.is_visit
    return Clash(first, second, starts_at, ends_at, visit_count, (one, other), in_words)


def _overlap(one: Stop, other: Stop) -> str:
    if one.is_whole_session and other.is_whole_session:
        return f"{one.name} and {other.name} overlap, and you plan to be in both."
    if one.is_visit and other.is_visit:
        return f"Your visits to {one.name} and to {other.name} overlap."
    if one.is_visit or other.is_visit:
        visit, rest = (one, other) if one.is_visit else (other, one)
        if rest.is_whole_session:
            return f"Your visit to {visit.name} is during {rest.name}, where you plan to be."
        return f"Your visit to {visit.name} is while you present your own poster {rest.name}."
    if one.is_whole_session or other.is_whole_session:
        session, own = (one, other) if one.is_whole_session else (other, one)
        return f"You present your own poster {own.name} during {session.name}, where you plan to be."
    return f"You present {one.name} and {other.name} at the same time."


def _too_far(one: Stop, other: Stop) -> str:
    minutes = -(-_walk(one, other) // timedelta(minutes=1))
    return f"There is no time to walk from {one.name} to {other.name}: it takes about {_minutes(minutes)}."


def _minutes(count: int) -> str:
    return "1 minute" if count == 1 else f"{count} minutes"


def add_ways_out(clashes: list[Clash]) -> None:
    """Tell the ways out of each: one query, and none where nothing clashes."""
    visited = {stop.poster for clash in clashes for stop in clash.stops if stop.is_visit}
    elsewhere: dict[int, list[Presentation]] = {}
    if visited:
        others = Presentation.objects.filter(poster__in=visited, poster__status=PosterStatus.PUBLISHED)
        for other in others.exclude(session__starts_at=None).select_related("session").in_time_order():
            elsewhere.setdefault(other.poster_id, []).append(other)
    for clash in clashes:
        clash.ways_out = [way for stop in clash.stops for way in _ways_out(stop, elsewhere.get(stop.poster or 0, []))]


def _ways_out(stop: Stop, presentations: Iterable[Presentation]) -> Iterable[WayOut]:
    """A poster of one's own has none: there one has to be."""
    if stop.is_whole_session:
        yield WayOut(f"Leave {stop.name} out", Action.LEAVE_SESSION, session=stop.session)
    if not stop.is_visit:
        return
    yield WayOut(f"Unpin {stop.name}", Action.UNPIN_VISIT, visit=stop.visit)
    for other in presentations:
        if other.session_id != stop.session.pk:
            yield WayOut(
                f"Visit {stop.name} in {other.session.title} instead",
                Action.MOVE_VISIT,
                session=other.session,
                visit=stop.visit,
                presentation=other.pk,
            )
    yield WayOut(f"Take {stop.name} out", Action.TAKE_VISIT_OUT, visit=stop.visit)
