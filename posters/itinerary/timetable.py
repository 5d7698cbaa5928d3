"""What a plan is made from, as plain data: wishes, where and when each is shown, and what else takes the time.

Times are whole seconds since 1970 in UTC.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from posters.itinerary.distances import Place, walking_metres

MINUTE = 60


@dataclass(frozen=True, slots=True)
class Showing:
    """One presentation of a poster: from when until when, and where, a visit makes sense."""

    key: int
    session: int
    opens: int
    """On a whole minute."""
    closes: int
    place: Place | None
    """None takes no walking."""
    rank: int = 0
    """0 for the presentation to prefer, higher ones if that cannot be."""


@dataclass(frozen=True, slots=True)
class Wish:
    """A poster to visit, once, in one of its showings, for `dwell` seconds, a number of whole minutes."""

    key: int
    is_must_see: bool
    dwell: int
    showings: tuple[Showing, ...]


@dataclass(frozen=True, slots=True)
class Engagement:
    """Time that is taken: a session attended, a poster of one's own, where one stood at the start."""

    starts: int
    ends: int
    place: Place | None
    attended_session: int | None = None
    """Visits in this very session are a part of it."""


@dataclass(frozen=True, slots=True)
class Visited:
    """A visit as planned: to the second, so that walks add up. `told_at` is when it starts for people."""

    wish: int
    showing: int
    starts: int
    ends: int

    @property
    def told_at(self) -> int:
        """The whole minute in which it starts: what is told is never more than a minute early."""
        return self.starts - self.starts % MINUTE


@dataclass(frozen=True, slots=True)
class FixedVisit:
    """A visit that stays where it is: pinned by the attendee, or begun."""

    wish: int
    showing: int
    starts: int
    ends: int
    place: Place | None


@dataclass(frozen=True)
class Timetable:
    """All that a plan is made from."""

    wishes: Sequence[Wish]
    """Without those of the fixed visits."""
    engagements: Sequence[Engagement] = ()
    fixed: Sequence[FixedVisit] = ()
    standing: dict[int, tuple[int, int]] = field(default_factory=dict)
    """Of each wish that has a visit: the showing, and when the visit starts as told."""
    start: Engagement | None = None
    """Where and until when the attendee was when they planned again: nothing is planned earlier."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch of time in which a wish can be visited, walks to and from what is fixed taken off."""

    wish: Wish
    showing: Showing
    opens: int
    closes: int


def slots_of(wish: Wish, timetable: Timetable, *, without: Engagement | FixedVisit | None = None) -> list[Slot]:
    """When a wish can be visited, `without` one of the things that take the time."""
    return [
        Slot(wish, showing, opens, closes)
        for showing in wish.showings
        for opens, closes in _free(showing, _taken(timetable, without))
        if closes - opens >= wish.dwell
    ]


def _taken(timetable: Timetable, without: Engagement | FixedVisit | None) -> Iterable[Engagement | FixedVisit]:
    if timetable.start is not None:
        yield timetable.start
    yield from (engagement for engagement in timetable.engagements if engagement is not without)
    yield from (visit for visit in timetable.fixed if visit is not without)


def _free(showing: Showing, taken: Iterable[Engagement | FixedVisit]) -> list[tuple[int, int]]:
    """The showing's time less what is taken."""
    free = [(showing.opens, showing.closes)]
    for engagement in taken:
        if isinstance(engagement, Engagement) and engagement.attended_session == showing.session:
            continue
        walk = walking_metres(showing.place, engagement.place)
        gone, back = engagement.starts - walk, whole_minute(engagement.ends) + walk
        free = [
            (opens, closes)
            for start, end in free
            for opens, closes in _outside(start, end, gone, back)
            if opens < closes
        ]
    return free


def _outside(opens: int, closes: int, gone: int, back: int) -> tuple[tuple[int, int], ...]:
    if closes <= gone or back <= opens:
        return ((opens, closes),)
    return (opens, gone), (back, closes)


def whole_minute(seconds: int) -> int:
    """The next whole minute, if it is not one."""
    return -(-seconds // MINUTE) * MINUTE
