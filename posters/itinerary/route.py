"""The walk through one stretch of time: who is seen in which order, and what another stop would cost.

A route is kept to the second: `starts` is as early as each stop can be, `latest_ready` as late as the attendee may be
done with the stop before. So that a further stop is tried in constant time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import NamedTuple

from posters.itinerary.distances import Place, walking_metres

NOWHERE = -1
"""The last row and column of every Walks: no place in particular, no walking."""
LATER_RANK = 10_000
"""Metres that a showing worse by a rank counts as: no walk is so long."""
LONG_AGO, NEVER = -(10**12), 10**12


@dataclass(frozen=True, slots=True, eq=False)
class Stop:
    """A wish at one of its showings, or something fixed, to be started between `opens` and `latest`."""

    wish: int | None
    """None for what is no visit."""
    showing: int | None
    is_must_see: bool
    dwell: int
    opens: int
    latest: int
    place: int
    """In the route's Walks."""
    rank: int = 0
    is_fixed: bool = False
    """It stays whatever is before and after it."""

    def at_most(self, dwell: int) -> "Stop":
        """The same, for so long at most."""
        if self.is_fixed or self.dwell <= dwell:
            return self
        return replace(self, dwell=dwell, latest=self.latest + self.dwell - dwell)


class Walks:
    """Seconds from each place of a stretch to each other; the places in the order of their boards."""

    def __init__(self, places: Iterable[Place]) -> None:
        places = sorted(places, key=lambda place: (place.room, place.position or 0, place.point or ()))
        self.places = {place: index for index, place in enumerate(places)}
        self.seconds = [[*(walking_metres(one, other) for other in places), 0] for one in places]
        self.seconds.append([0] * (len(places) + 1))

    def index(self, place: Place | None) -> int:
        """The place's row; NOWHERE for None."""
        return NOWHERE if place is None else self.places[place]


class Insertion(NamedTuple):
    """Where another stop goes, and what it costs there: seconds of walk and time."""

    cost: int
    place: int
    stop: Stop


class Gap(NamedTuple):
    """A place in a route for another stop: before the first, between two, after the last."""

    ready: int
    """When the attendee is done with the stop before."""
    walks: list[int]
    """From where they are then."""
    goal: int
    """Where the next stop with a place is."""
    direct: int
    """The walk to it from here."""
    is_goal_next: bool
    latest_ready: int
    """When they must set out, at the latest, so that all that follows can be kept."""
    idle_until: int | None
    """When they need to set out as it is; None after the last stop."""


class Route:
    """Stops in their order, worked out to the second: each starts as early as it can."""

    __slots__ = ("gaps", "starts", "stops", "walks")

    def __init__(self, walks: Walks, stops: Iterable[Stop] = ()) -> None:
        self.walks = walks.seconds
        self.stops = list(stops)
        self.refresh()

    def refresh(self) -> bool:
        """Work out all times anew; whether every stop can be kept.

        What is fixed and cannot be reached in time is kept all the same: that is a clash, and told as one.
        """
        walks = self.walks
        starts: list[int] = []
        ready, here = LONG_AGO, NOWHERE
        visited_until = LONG_AGO
        before = [(ready, here)]
        for stop in self.stops:
            start = stop.opens
            if stop.is_fixed:
                if start < visited_until or (starts and start < starts[-1]):
                    return False
            else:
                start = max(start, ready + walks[here][stop.place])
                if start > stop.latest:
                    return False
                visited_until = start + stop.dwell
            starts.append(start)
            ready = max(ready, start + stop.dwell)
            if stop.place != NOWHERE:
                here = stop.place
            before.append((ready, here))
        self.starts = starts
        self.gaps = [Gap(ready, walks[here], NOWHERE, 0, True, NEVER, None)]
        goal, latest_ready = NOWHERE, NEVER
        for index in range(len(starts) - 1, -1, -1):
            stop = self.stops[index]
            ready, here = before[index]
            has_place = stop.place != NOWHERE
            if has_place:
                goal = stop.place
            walk = walks[here][stop.place]
            latest = stop.latest if stop.is_fixed else min(stop.latest, latest_ready - stop.dwell)
            latest_ready = latest - walk
            direct = walks[here][goal]
            self.gaps.append(Gap(ready, walks[here], goal, direct, has_place, latest_ready, starts[index] - walk))
        self.gaps.reverse()
        return True

    @property
    def metres(self) -> int:
        """All of the walk."""
        total, here = 0, NOWHERE
        for stop in self.stops:
            if stop.place != NOWHERE:
                total += self.walks[here][stop.place]
                here = stop.place
        return total

    @property
    def visits(self) -> list[tuple[Stop, int]]:
        """The stops that are not fixed, with their starts."""
        return [(stop, start) for stop, start in zip(self.stops, self.starts, strict=True) if not stop.is_fixed]

    def cheapest(self, stop: Stop) -> Insertion | None:
        """Where the stop costs the least walking and time, of equals the latest; None if it fits nowhere."""
        opens, latest, dwell, place = stop.opens, stop.latest, stop.dwell, stop.place
        onwards, best, best_index = self.walks[place], NEVER, -1
        for index, (ready, walks, goal, direct, is_goal_next, latest_ready, idle_until) in enumerate(self.gaps):
            if ready > latest:
                break
            if latest_ready - dwell < opens:
                continue
            there = walks[place]
            start = ready + there
            if start < opens:
                start = opens
            elif start > latest:
                continue
            longer = 0 if place == NOWHERE else onwards[goal] - direct
            done = start + dwell + longer
            if not is_goal_next:
                done = start + dwell
                if longer > 0 and not self._reaches_goal(index, done, onwards):
                    continue
            if done > latest_ready:
                continue
            # After the last stop, time costs no more than itself; before it, what is pushed back.
            cost = there + longer + (dwell + there if idle_until is None else max(0, done - idle_until))
            if cost <= best:
                best, best_index = cost, index
        return None if best_index < 0 else Insertion(best + stop.rank * LATER_RANK, best_index, stop)

    def _reaches_goal(self, index: int, ready: int, onwards: Sequence[int]) -> bool:
        """Whether the next stop with a place is reached in time, past the stops without one that come before it."""
        for stop, gap in zip(self.stops[index:], self.gaps[index:], strict=False):
            if stop.place != NOWHERE:
                return ready + onwards[stop.place] <= gap.latest_ready + gap.direct
            ready = max(ready, stop.opens) + stop.dwell
        return True

    def least_lack(self, stop: Stop) -> int:
        """Seconds that are missing where the fewest are missing; 0 if it fits."""
        lacks = []
        for gap in self.gaps:
            start = max(stop.opens, gap.ready + gap.walks[stop.place])
            longer = 0 if stop.place == NOWHERE else self.walks[stop.place][gap.goal] - gap.direct
            done = start + stop.dwell + (longer if gap.is_goal_next else max(0, longer))
            lacks.append(max(0, start - stop.latest, done - gap.latest_ready))
        return min(lacks)

    def insert(self, insertion: Insertion) -> None:
        """Put a stop where it was found to fit."""
        self.stops.insert(insertion.place, insertion.stop)
        if not self.refresh():
            raise ValueError("It does not fit there.")

    def with_stops(self, stops: list[Stop]) -> "Route | None":
        """A route of these stops; None if they cannot be kept in this order."""
        route = Route.__new__(Route)
        route.walks = self.walks
        route.stops = stops
        return route if route.refresh() else None

    def shortened(self) -> "Route":
        """The same stops in an order that no reversal, no exchange of two and no move of up to three makes shorter."""
        best, metres = self, self.metres
        while True:
            shorter = best._shorter(metres)
            if shorter is None:
                return best
            best, metres = shorter, shorter.metres

    @property
    def is_done_at(self) -> int:
        """When its last visit ends."""
        return max((start + stop.dwell for stop, start in self.visits), default=0)

    @property
    def is_forwards(self) -> bool:
        """Whether it leads from lower boards to higher ones."""
        places = [stop.place for stop in self.stops if stop.place != NOWHERE]
        return not places or places[0] <= places[-1]

    def turned(self) -> "Route":
        """The same walk from the lower boards to the higher ones, if it can be walked both ways."""
        legs = self._legs()
        first = [legs.pop(0)] if legs and legs[0][0].place == NOWHERE else []
        turned = [stop for leg in (*first, *reversed(legs)) for stop in leg]
        route = None if self.is_forwards else self.with_stops(turned)
        if route is None or route.metres > self.metres or route.is_done_at > self.is_done_at:
            return self
        return route

    def _legs(self) -> list[list[Stop]]:
        """What takes no walking goes with the stop before it."""
        legs: list[list[Stop]] = []
        for stop in self.stops:
            if stop.place == NOWHERE and legs:
                legs[-1].append(stop)
            else:
                legs.append([stop])
        return legs

    def _shorter(self, metres: int) -> "Route | None":
        """The first shorter order found."""
        legs = self._legs()
        places = [leg[0].place for leg in legs]
        for order in _better_orders(places, self.walks):
            route = self.with_stops([stop for leg in order for stop in legs[leg]])
            if route is not None and route.metres < metres:
                return route
        return None


def _better_orders(places: Sequence[int], walks: list[list[int]]) -> Iterable[list[int]]:
    """Orders of the places with a shorter walk than the one given: parts reversed, two exchanged, parts moved."""
    count = len(places)
    ends = [NOWHERE, *places, NOWHERE]
    for i, j in combinations(range(count), 2):
        before, first, last, after = ends[i], places[i], places[j], ends[j + 2]
        if walks[before][last] + walks[first][after] < walks[before][first] + walks[last][after]:
            yield [*range(i), *range(j, i - 1, -1), *range(j + 1, count)]
        # Neighbours exchanged are a part reversed.
        if j - i > 1:
            left, right = places[i + 1], places[j - 1]
            old = walks[before][first] + walks[first][left] + walks[right][last] + walks[last][after]
            if walks[before][last] + walks[last][left] + walks[right][first] + walks[first][after] < old:
                yield [*range(i), j, *range(i + 1, j), i, *range(j + 1, count)]
    for length in (1, 2, 3):
        for i in range(count - length + 1):
            first, last = places[i], places[i + length - 1]
            before, after = ends[i], ends[i + length + 1]
            saved = walks[before][first] + walks[last][after] - walks[before][after]
            if saved <= 0:
                continue
            rest = [*range(i), *range(i + length, count)]
            part = range(i, i + length)
            for k in range(len(rest) + 1):
                left = places[rest[k - 1]] if k else NOWHERE
                right = places[rest[k]] if k < len(rest) else NOWHERE
                gap = walks[left][right]
                if walks[left][first] + walks[last][right] - gap < saved:
                    yield [*rest[:k], *part, *rest[k:]]
                if length > 1 and walks[left][last] + walks[first][right] - gap < saved:
                    yield [*rest[:k], *reversed(part), *rest[k:]]
