"""Where an attendee would have to be in two places at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from posters.models import Session


@dataclass(frozen=True)
class Stop:
    """A stretch of time the attendee means to spend in a session."""

    session: Session
    starts_at: datetime
    ends_at: datetime
    is_visit: bool


@dataclass
class Clash:
    """Two sessions that overlap, from the first overlap to the last, and how many visits it touches."""

    first: Session
    second: Session
    starts_at: datetime
    ends_at: datetime
    visit_count: int


def find_clashes(stops: Iterable[Stop]) -> list[Clash]:
    """Overlaps between different sessions, one Clash a pair, in the order of the day.

    Stops that only touch (one ends when the other starts) do not clash.
    """
    clashes: dict[tuple[int, int], Clash] = {}
    running: list[Stop] = []
    for stop in sorted(stops, key=lambda s: (s.starts_at, s.ends_at, s.session.pk)):
        running = [other for other in running if other.ends_at > stop.starts_at]
        for other in running:
            if other.session.pk != stop.session.pk:
                _add(clashes, other, stop)
        running.append(stop)
    return list(clashes.values())


def _add(clashes: dict[tuple[int, int], Clash], earlier: Stop, later: Stop) -> None:
    first, second = sorted((earlier.session, later.session), key=lambda session: session.pk)
    ends_at = min(earlier.ends_at, later.ends_at)
    visits = earlier.is_visit + later.is_visit
    known = clashes.get((first.pk, second.pk))
    if known is None:
        clashes[first.pk, second.pk] = Clash(earlier.session, later.session, later.starts_at, ends_at, visits)
    else:
        known.ends_at = max(known.ends_at, ends_at)
        known.visit_count += visits
