"""Wishes and a timetable → a plan. Pure: the same timetable gives the same plan.

What is best: as many must-sees as can be, then as many of the others, then the shortest walk, for which a showing
worse by a rank counts as a long one and a visit that is moved as `MOVED_METRES` more, then an early end.

It is looked for stretch of time by stretch of time: as the visits stand, with what is new put where it makes the walk
the shortest; the same with later visits pushed back; and afresh. The best of these is taken, so that a change moves no
visit of another stretch, and none without a gain.
"""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from posters.itinerary.route import LATER_RANK, Insertion, Route, Stop, Walks
from posters.itinerary.timetable import MINUTE, Engagement, FixedVisit, Slot, Timetable, Visited, Wish, slots_of

MOVED_METRES = 10
"""A visit is moved where that spares the attendee a longer walk than this."""
APART = 30 * MINUTE
"""Times further from each other are planned apart: nobody walks that long."""
LONGEST_SHAKE = 3
ATTEMPTS = 8
"""Orders to try where the attendee has to be at places at given times: then more than one walk looks the best."""
PASSES = 4
"""Enough: hardly any plan needs three."""

Worth = tuple[int, ...]


@dataclass(frozen=True)
class Plan:
    """Visits in the order of their times, and the wishes that have none."""

    visits: tuple[Visited, ...]
    left_out: tuple[int, ...]


def plan(timetable: Timetable) -> Plan:
    """The plan; planned again from itself, it is the same."""
    return Planning(timetable).plan()


class Stretch:
    """A time in which visits depend on each other."""

    def __init__(self, slots: Sequence[Slot], fixed: Iterable[Engagement | FixedVisit]) -> None:
        fixed = sorted(fixed, key=lambda taken: (taken.starts, taken.ends, repr(taken.place)))
        places = dict.fromkeys(slot.showing.place for slot in slots)
        places |= dict.fromkeys(taken.place for taken in fixed)
        self.walks = Walks([place for place in places if place is not None])
        self.fixed = [self._fixed_stop(taken) for taken in fixed]
        self.stops: dict[int, list[Stop]] = {}
        for slot in slots:
            self.stops.setdefault(slot.wish.key, []).append(self._stop(slot))

    def _stop(self, slot: Slot) -> Stop:
        wish = slot.wish
        return Stop(
            wish.key,
            slot.showing.key,
            wish.is_must_see,
            wish.dwell,
            slot.opens,
            slot.closes - wish.dwell,
            self.walks.index(slot.showing.place),
            slot.showing.rank,
        )

    def whole(self, stop: Stop) -> Stop:
        """A stop of a route with all the time that it may be at."""
        (whole,) = (
            whole
            for whole in self.stops[stop.wish or 0]
            if whole.showing == stop.showing and whole.opens <= stop.opens and stop.latest <= whole.latest
        )
        return whole

    def pushable(self, stop: Stop) -> Stop:
        """A stop that stands, free to be as late as it may be."""
        return replace(self.whole(stop), opens=stop.opens)

    def _fixed_stop(self, taken: Engagement | FixedVisit) -> Stop:
        return Stop(
            None,
            None,
            False,
            taken.ends - taken.starts,
            taken.starts,
            taken.starts,
            self.walks.index(taken.place),
            is_fixed=True,
        )


class Planning:
    """One planning: the stretches of a timetable, and their routes as they grow better."""

    def __init__(self, timetable: Timetable) -> None:
        self.timetable = timetable
        self.wishes: dict[int, Wish] = {wish.key: wish for wish in timetable.wishes}
        self.stretches = [Stretch(slots, fixed) for slots, fixed in self._parts()]
        self.routes: list[Route] = []
        self.left: list[int] = []
        self.standing: Mapping[int, tuple[int, int]] = timetable.standing
        self._found_afresh: dict[tuple[int, frozenset[int]], list[Stop]] = {}

    def _parts(self) -> Iterable[tuple[list[Slot], list[Engagement | FixedVisit]]]:
        slots = [slot for wish in self.timetable.wishes for slot in slots_of(wish, self.timetable)]
        slots.sort(key=lambda slot: (slot.opens, slot.closes, slot.wish.key, slot.showing.key))
        parts: list[list[Slot]] = []
        until = 0
        for slot in slots:
            if not parts or slot.opens > until + APART:
                parts.append([])
            parts[-1].append(slot)
            until = max(until, slot.closes)
        fixed = self._with_places()
        for part in parts:
            opens, closes = part[0].opens - APART, max(slot.closes for slot in part) + APART
            yield part, [taken for taken in fixed if taken.ends > opens and taken.starts < closes]

    def _with_places(self) -> list[Engagement | FixedVisit]:
        """What is fixed at a place. A session attended is anywhere in its room, and visits may be a part of it."""
        fixed = [taken for taken in self.timetable.engagements if taken.attended_session is None]
        start = self.timetable.start
        here = [Engagement(start.ends, start.ends, start.place)] if start else []
        return [*here, *fixed, *self.timetable.fixed]

    def plan(self) -> Plan:
        """Plan everything, and again from what that gave, until it stays the same."""
        for _ in range(PASSES):
            made = self._planned()
            stands = {visit.wish: (visit.showing, visit.told_at) for visit in made.visits}
            if stands == self.standing:
                break
            self.standing = stands
        return made

    def keep_standing(self) -> None:
        """Begin with every visit that can stay where it is."""
        self.routes = [self._as_it_stands(stretch) for stretch in self.stretches]

    def loosened(self) -> list[Route]:
        """The routes, each visit with all the time that it may be at."""
        return [
            route.with_stops([stop if stop.is_fixed else stretch.whole(stop) for stop in route.stops]) or route
            for stretch, route in zip(self.stretches, self.routes, strict=True)
        ]

    def has_room_for(self, key: int) -> bool:
        """Whether a wish fits between the visits as they are."""
        return self._cheapest(key, range(len(self.routes))) is not None

    def _planned(self) -> Plan:
        self.keep_standing()
        self._fill_all()
        for _ in range(PASSES):
            is_better = [self._improve(index) for index in range(len(self.routes))]
            is_better.append(self._exchange())
            if not any(is_better):
                break
        visits = [
            Visited(stop.wish, stop.showing, start, start + stop.dwell)
            for route in self.routes
            for stop, start in route.visits
            if stop.wish is not None and stop.showing is not None
        ]
        visits.sort(key=lambda visit: (visit.starts, visit.wish))
        return Plan(tuple(visits), tuple(self.left))

    # As the visits stand

    def _as_it_stands(self, stretch: Stretch) -> Route:
        """Every visit that can stay where it is."""
        kept = []
        for key, stops in stretch.stops.items():
            showing, told_at = self.standing.get(key, (None, 0))
            for stop in stops:
                opens, latest = max(stop.opens, told_at), min(stop.latest, told_at + MINUTE - 1)
                if stop.showing == showing and opens <= latest:
                    kept.append(replace(stop, opens=opens, latest=latest))
        route = Route(stretch.walks, stretch.fixed)
        for stop in sorted(kept, key=lambda stop: (stop.opens, stop.wish)):
            place = sum(other.opens <= stop.opens for other in route.stops)
            route = route.with_stops([*route.stops[:place], stop, *route.stops[place:]]) or route
        return route

    def _stands(self, stop: Stop, start: int) -> bool:
        return self.standing.get(stop.wish or 0) == (stop.showing, told(start))

    # What is new

    def _fill(self, indices: Iterable[int], wishes: Iterable[int]) -> list[int]:
        """Insert wishes into routes where they cost the least, must-sees first; those that fit nowhere."""
        indices = list(indices)
        left: list[int] = []
        for is_must_see in (True, False):
            open_wishes = [key for key in wishes if self.wishes[key].is_must_see == is_must_see]
            found = {key: self._cheapest(key, indices) for key in open_wishes}
            while fitting := {key: best for key, best in found.items() if best is not None}:
                key = min(fitting, key=lambda key: (fitting[key][0].cost, key))
                insertion, changed = fitting[key]
                self.routes[changed].insert(insertion)
                del found[key]
                for other in fitting:
                    if other != key and other in self.stretches[changed].stops:
                        found[other] = self._cheapest(other, indices)
            left += found
        return left

    def _cheapest(self, key: int, indices: Iterable[int]) -> tuple[Insertion, int] | None:
        best: tuple[Insertion, int] | None = None
        for index in indices:
            for stop in self.stretches[index].stops.get(key, ()):
                insertion = self.routes[index].cheapest(stop)
                if insertion is not None and (best is None or insertion.cost < best[0].cost):
                    best = insertion, index
        return best

    # What is better

    def _improve(self, index: int) -> bool:
        """Make the most of a stretch, with its own wishes and those left out; whether that is another route."""
        stretch, stood = self.stretches[index], self.routes[index]
        waiting = [key for key in self.left if key in stretch.stops]
        if not waiting and all(self._stands(*visit) for visit in stood.visits):
            return False
        # A must-see that has its visit loses it to no other wish.
        protected = {key for key in _wishes_of(stood) if key in self.standing and self.wishes[key].is_must_see}
        pool = [*_wishes_of(stood), *waiting]
        best = self._settled(stood)
        for variant in (self._pushed_back(index, pool), self._afresh(index, pool)):
            if protected <= {*_wishes_of(variant)} and self._worth(variant) > self._worth(best):
                best = variant
        self.routes[index] = best
        if best is stood:
            return False
        self._fill_all()
        return True

    def _settled(self, route: Route) -> Route:
        """The visits that stand, and what is new where it makes the walk the shortest without moving one of them."""
        new = [stop for stop in route.stops if stop.wish is not None and stop.wish not in self.standing]
        for stop in new if self.standing else ():
            rest = [other for other in route.stops if other is not stop]
            tried = (route.with_stops([*rest[:place], stop, *rest[place:]]) for place in range(len(rest) + 1))
            route = max([route, *filter(None, tried)], key=self._worth)
        return route

    def _pushed_back(self, index: int, pool: Iterable[int]) -> Route:
        """The visits that stand in their order, none earlier than now, with what is new between them."""
        stretch, route = self.stretches[index], self.routes[index]
        stops = [
            stop if stop.is_fixed else stretch.pushable(stop)
            for stop, start in zip(route.stops, route.starts, strict=True)
            if stop.is_fixed or self._stands(stop, start)
        ]
        return self._filled(index, Route(stretch.walks, stops), pool)[0]

    def _afresh(self, index: int, pool: Sequence[int]) -> Route:
        """The best that is found without a thought for what stands."""
        stretch = self.stretches[index]
        question = index, frozenset(pool)
        if question not in self._found_afresh:
            best = self._refined(index, [], pool)
            rng = random.Random(ATTEMPTS)  # noqa: S311 - no secret: the same orders every time
            for _ in range(ATTEMPTS if stretch.fixed else 0):
                best = max(best, self._refined(index, rng.sample(sorted(pool), k=len(pool)), pool), key=_worth)
            self._found_afresh[question] = best.stops
        return Route(stretch.walks, self._found_afresh[question])

    def _refined(self, index: int, first: Iterable[int], pool: Iterable[int]) -> Route:
        """A route begun with wishes one by one, then filled, then made better until nothing is."""
        route = Route(self.stretches[index].walks, self.stretches[index].fixed)
        for key in first:
            route, _ = self._filled(index, route, [key])
        route, left = self._filled(index, route, pool)
        while True:
            worth = _worth(route)
            route, left = self._filled(index, route.shortened(), left)
            if left:
                route, left = self._shaken(index, route, left)
            if _worth(route) == worth:
                return route.turned()

    def _filled(self, index: int, route: Route, pool: Iterable[int]) -> tuple[Route, list[int]]:
        """That route of a stretch, with as many of the wishes as fit, and those that do not."""
        kept, self.routes[index] = self.routes[index], route
        has = {*_wishes_of(route)}
        left = self._fill([index], [key for key in pool if key not in has])
        filled, self.routes[index] = self.routes[index], kept
        return filled, left

    def _shaken(self, index: int, route: Route, left: list[int]) -> tuple[Route, list[int]]:
        """Take out one to three neighbours in turn, put in what was left out, then them again; keep what is better."""
        length, place = 1, 0
        while length <= LONGEST_SHAKE:
            part = route.stops[place : place + length]
            if len(part) < length:
                length, place = length + 1, 0
                continue
            place += 1
            rest = route.with_stops([*route.stops[: place - 1], *route.stops[place - 1 + length :]])
            if rest is None or any(stop.is_fixed for stop in part):
                continue
            tried, still_left = self._filled(index, rest, left)
            if len(still_left) == len(left):
                continue
            tried, removed = self._filled(index, tried, [stop.wish for stop in part if stop.wish is not None])
            if _worth(tried) > _worth(route):
                route, left = tried, still_left + removed
        return route, left

    def _exchange(self) -> bool:
        """Give a wish left out the place of another that finds one elsewhere, or that is wished for less."""
        is_better = False
        for key in list(self.left):
            if self._exchanged(key):
                is_better = True
                self._fill_all()
        return is_better

    def _exchanged(self, key: int) -> bool:
        for index, stretch in enumerate(self.stretches):
            for stop in stretch.stops.get(key, ()):
                route = self.routes[index]
                for place, other in enumerate(route.stops):
                    if other.wish is None or not self._may_leave(other.wish, stop, index):
                        continue
                    rest = route.with_stops([*route.stops[:place], *route.stops[place + 1 :]])
                    insertion = rest.cheapest(stop) if rest else None
                    if rest is None or insertion is None:
                        continue
                    rest.insert(insertion)
                    self.routes[index] = rest
                    found = self._cheapest(other.wish, range(len(self.routes)))
                    if found is not None:
                        self.routes[found[1]].insert(found[0])
                    if found is not None or (stop.is_must_see and not other.is_must_see):
                        return True
                    self.routes[index] = route
        return False

    def _may_leave(self, key: int, stop: Stop, index: int) -> bool:
        """Whether it is worth a try: it may find a place elsewhere, or is wished for less."""
        is_lesser = stop.is_must_see and not self.wishes[key].is_must_see
        return is_lesser or any(key in other.stops for place, other in enumerate(self.stretches) if place != index)

    def _worth(self, route: Route) -> Worth:
        """What is best comes first; each visit moved makes it worse."""
        must_see, count, gain, *rest = _worth(route)
        moved = sum(stop.wish in self.standing and not self._stands(stop, start) for stop, start in route.visits)
        return must_see, count, gain - MOVED_METRES * moved, *rest

    def _fill_all(self) -> None:
        planned = {key for route in self.routes for key in _wishes_of(route)}
        self.left = self._fill(range(len(self.routes)), [key for key in self.wishes if key not in planned])


def told(start: int) -> int:
    """The whole minute in which a visit starts: what is told is less than a minute early, walk by walk and in all."""
    return start - start % MINUTE


def _wishes_of(route: Route) -> list[int]:
    return [stop.wish for stop in route.stops if stop.wish is not None]


def _worth(route: Route) -> Worth:
    """What is best comes first."""
    stops = [stop for stop in route.stops if stop.wish is not None]
    must_see = sum(stop.is_must_see for stop in stops)
    cost = route.metres + LATER_RANK * sum(stop.rank for stop in stops)
    return must_see, len(stops), -cost, -(route.is_done_at // MINUTE), route.is_forwards
