"""How good plans are, and how long one takes.

Days small enough to be solved exactly, drawn by seed: every order of every choice of posters is weighed, by dynamic
programming over the set seen and the place stood at, with all pairs of (time, metres) that none beats in both.
"""

import datetime as dt
import random
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from django.db import connection
from django.test.utils import CaptureQueriesContext

from posters.itinerary.distances import Place, walking_metres
from posters.itinerary.planner import bring_up_to_date
from posters.itinerary.planning import APART, Plan, plan
from posters.itinerary.timetable import Engagement, FixedVisit, Showing, Timetable, Wish, slots_of
from posters.models import Attendee, Conference, Favourite, Itinerary, Poster
from posters.programme.synthetic import synthetic_programme
from posters.programme.upsert import upsert_programme
from tests.benchmarks.content import SEED
from tests.benchmarks.figures import Figure, timed

DAYS_A_KIND = 12
WISHES = 9
MUST_SEE, INTERESTED = 10, 1
"""What they count. A must-see outweighs all others of these small days together, as it does for the planner."""
VALUE_AIM, WALK_AIM = 0.98, 1.10
MINUTE, HOUR = 60, 3600
HALL, ANNEXE, AUDITORIUM = 1, 2, 3
TEN = 10 * HOUR


def planning_figures() -> list[Figure]:
    """Quality and time."""
    return [*quality_figures(), *time_figures()]


def quality_figures() -> list[Figure]:
    """Value reached / best possible, and walk / shortest walk for the same posters, of each kind of day."""
    figures, values, walks = [], [], []
    for what, draw in DAYS.items():
        rng = random.Random(f"{SEED} {what}")
        results = [_measured(draw(rng)) for _ in range(DAYS_A_KIND)]
        value = [reached / best for reached, best, _, _ in results if best]
        walk = [walked / shortest for _, _, walked, shortest in results if shortest]
        figures.append(_figure(f"plans, {what}", value, walk, has_aim=False))
        values += value
        walks += walk
    return [*figures, _figure("plans, all of these days", values, walks, has_aim=True)]


def _figure(what: str, values: list[float], walks: list[float], *, has_aim: bool) -> Figure:
    value, walk = statistics.mean(values), statistics.mean(walks)
    return Figure(
        what,
        f"value {value:.3f} (worst {min(values):.3f}), walk {walk:.3f} (worst {max(walks):.3f})",
        f"{VALUE_AIM}, {WALK_AIM:.2f}" if has_aim else "",
        value >= VALUE_AIM and walk <= WALK_AIM if has_aim else None,
        {"value": value, "walk": walk, "days": len(values)},
    )


# The time


FAVOURITES, SESSIONS, PLAN_MS = 100, 6, 200
NOW = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)


def time_figures() -> list[Figure]:
    """A hundred favourites in six sessions, from the database and into it: at first, and after one more."""
    upsert_programme(record=synthetic_programme(posters=2_000, seed=SEED), conference_slug="planned")
    conference = Conference.objects.get(slug="planned")
    attendee = Attendee.objects.create()
    itinerary = Itinerary.objects.create(attendee=attendee, conference=conference)
    *posters, another = _posters_of_six_sessions(conference, count=FAVOURITES + 1)
    rng = random.Random(SEED)
    for poster in posters:
        interest = Favourite.Interest.MUST_SEE if rng.random() < 0.2 else Favourite.Interest.INTERESTED
        Favourite.objects.create(attendee=attendee, poster=poster, interest=interest)

    def forget() -> None:
        itinerary.visits.all().delete()
        itinerary.planned_from = ""
        itinerary.save()

    def one_more_or_less() -> None:
        if not Favourite.objects.filter(attendee=attendee, poster=another).delete()[0]:
            Favourite.objects.create(attendee=attendee, poster=another)

    def bring() -> None:
        bring_up_to_date(itinerary=itinerary, now=NOW)

    figures = []
    for what, before in (("at first", forget), ("after one more or less", one_more_or_less)):
        timing = timed(bring, times=11, before=before)
        before()
        with CaptureQueriesContext(connection) as captured:
            bring()
        planned, left = itinerary.visits.planned().count(), itinerary.left_out.count()
        figures.append(
            Figure(
                f"{FAVOURITES} favourites in {SESSIONS} sessions planned, {what}",
                f"{timing}, {len(captured)} queries, {planned} visits, {left} left out",
                f"{PLAN_MS} ms",
                timing.ms <= PLAN_MS,
                {"ms": timing.ms, "cpu_ms": timing.cpu_ms, "queries": len(captured)},
            )
        )
    return figures


def _posters_of_six_sessions(conference: Conference, *, count: int) -> list[Poster]:
    """The same number of each, drawn by seed."""
    rng = random.Random(SEED)
    sessions = conference.sessions.filter(kind="poster").order_by("starts_at")[:SESSIONS]
    drawn = [
        rng.sample(list(Poster.objects.filter(presentations__session=session).order_by("number")), k=count)
        for session in sessions
    ]
    return [posters[number] for number in range(count) for posters in drawn][:count]


# The days


def _board(rng: random.Random, hall: int = HALL) -> Place:
    """In rows of twenty, a metre and a half apart, as a hall has them; or known by its number alone."""
    number = rng.randrange(300)
    row, column = divmod(number, 20)
    return Place(hall, number, (2 + 1.5 * (19 - column if row % 2 else column), 3 + 4.0 * row))


def _wishes(rng: random.Random, count: int, showings: Callable[[int], tuple[Showing, ...]], dwell: int) -> list[Wish]:
    dwells = (dwell, dwell, dwell, dwell + 5, dwell * 2)
    return [Wish(key, rng.random() < 0.3, rng.choice(dwells) * MINUTE, showings(key)) for key in range(1, count + 1)]


def _one_hall(rng: random.Random, *, minutes: int = 60, dwell: int = 8) -> Timetable:
    window = TEN, TEN + minutes * MINUTE
    return Timetable(_wishes(rng, WISHES, lambda key: (Showing(key, 1, *window, _board(rng)),), dwell))


def _numbered_boards(rng: random.Random) -> Timetable:
    return Timetable(
        _wishes(rng, WISHES, lambda key: (Showing(key, 1, TEN, TEN + HOUR, Place(HALL, rng.randrange(300))),), 6)
    )


def _presenters(rng: random.Random) -> Timetable:
    """Odd boards in the first half, even ones in the second."""

    def showing(key: int) -> tuple[Showing, ...]:
        opens = TEN + 45 * MINUTE * (key % 2)
        return (Showing(key, 1, opens, opens + 45 * MINUTE, _board(rng)),)

    return Timetable(_wishes(rng, WISHES, showing, 8))


def _two_halls(rng: random.Random) -> Timetable:
    return Timetable(
        _wishes(
            rng,
            WISHES,
            lambda key: (Showing(key, 1, TEN, TEN + 75 * MINUTE, _board(rng, rng.choice((HALL, ANNEXE)))),),
            8,
        )
    )


def _keynote(rng: random.Random) -> Timetable:
    """Two sessions after each other, one keynote in the midst, and posters shown in both."""
    keynote = Engagement(TEN + 40 * MINUTE, TEN + 80 * MINUTE, Place(AUDITORIUM), attended_session=9)

    def showings(key: int) -> tuple[Showing, ...]:
        sessions = rng.choice(((1,), (2,), (1, 2)))
        return tuple(
            Showing(10 * key + s, s, TEN + (s - 1) * HOUR, TEN + s * HOUR, _board(rng), rank=s - sessions[0])
            for s in sessions
        )

    return Timetable(_wishes(rng, WISHES, showings, 8), engagements=(keynote,))


def _duty(rng: random.Random) -> Timetable:
    day = _one_hall(rng, minutes=100)
    starts = TEN + rng.randrange(0, 60, 5) * MINUTE
    return Timetable(day.wishes, engagements=(Engagement(starts, starts + 40 * MINUTE, _board(rng)),))


def _pins(rng: random.Random) -> Timetable:
    day = _one_hall(rng, minutes=80)
    starts = [TEN + minute * MINUTE for minute in (rng.randrange(5, 35), rng.randrange(45, 70))]
    fixed = [FixedVisit(100 + n, 100 + n, at, at + 8 * MINUTE, _board(rng)) for n, at in enumerate(starts)]
    return Timetable(day.wishes, fixed=fixed)


def _late(rng: random.Random) -> Timetable:
    """Planned again in the midst, from a board."""
    return Timetable(_one_hall(rng).wishes, start=Engagement(-(10**12), TEN + 25 * MINUTE, _board(rng)))


DAYS: dict[str, Callable[[random.Random], Timetable]] = {
    "an hour in one hall": _one_hall,
    "time for all": partial(_one_hall, minutes=200),
    "boards known by number": _numbered_boards,
    "presenters by halves": _presenters,
    "two halls": _two_halls,
    "a keynote between": _keynote,
    "a poster of one's own": _duty,
    "two pins": _pins,
    "again from a board": _late,
}


# The best


def _measured(day: Timetable) -> tuple[int, int, int, int]:
    """Value reached, the best; metres walked, the fewest for the same posters."""
    made = plan(day)
    worth = {wish.key: MUST_SEE if wish.is_must_see else INTERESTED for wish in day.wishes}
    fewest = _fewest_metres(day)
    seen = frozenset(visit.wish for visit in made.visits)
    value = {chosen: sum(worth[key] for key in chosen) for chosen in fewest}
    if seen not in fewest:
        raise RuntimeError("The plan is none that could be walked.")
    return value[seen], max(value.values()), _metres(day, made), fewest[seen]


@dataclass(frozen=True)
class _Node:
    """A wish at a time it can be seen, or something fixed."""

    bit: int
    dwell: int
    opens: int
    latest: int
    place: Place | None


def _nodes(day: Timetable) -> Iterator[_Node]:
    for index, wish in enumerate(day.wishes):
        for slot in slots_of(wish, day):
            yield _Node(1 << index, wish.dwell, slot.opens, slot.closes - wish.dwell, slot.showing.place)
    for index, (starts, ends, place) in enumerate(_fixed(day), start=len(day.wishes)):
        yield _Node(1 << index, ends - starts, starts, starts, place)


def _fixed(day: Timetable) -> list[tuple[int, int, Place | None]]:
    """What happens at a place whatever is planned."""
    fixed = [(one.starts, one.ends, one.place) for one in (*day.engagements, *day.fixed) if not _is_attended(one)]
    return [(day.start.ends, day.start.ends, day.start.place), *fixed] if day.start else fixed


def _is_attended(one: Engagement | FixedVisit) -> bool:
    return isinstance(one, Engagement) and one.attended_session is not None


def _fewest_metres(day: Timetable) -> dict[frozenset[int], int]:
    """Of each set of wishes that can be seen: the fewest metres."""
    nodes = list(_nodes(day))
    fixed_bits = sum(1 << index for index in range(len(day.wishes), len(day.wishes) + len(_fixed(day))))
    reached: dict[int, dict[Place | None, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
    reached[0][None] = [(-(10**12), 0)]
    fewest: dict[frozenset[int], int] = {}
    for seen in range(1 << (len(day.wishes) + len(_fixed(day)))):
        states = {place: front for place, front in reached.pop(seen, {}).items() if front}
        if not states:
            continue
        if seen & fixed_bits == fixed_bits:
            keys = frozenset(wish.key for index, wish in enumerate(day.wishes) if seen >> index & 1)
            fewest[keys] = min(metres for front in states.values() for _, metres in front)
        for place, front in states.items():
            for node in nodes:
                if seen & node.bit:
                    continue
                walk = walking_metres(place, node.place)
                there = reached[seen | node.bit][node.place or place]
                for ready, metres in front:
                    start = max(node.opens, ready + walk)
                    if start <= node.latest:
                        _keep(there, (start + node.dwell, metres + (walk if node.opens - ready < APART else 0)))
    return fewest


def _keep(front: list[tuple[int, int]], new: tuple[int, int]) -> None:
    """Add it unless another is as early and as short, and drop those that it beats."""
    if not any(time <= new[0] and metres <= new[1] for time, metres in front):
        front[:] = [old for old in front if not (new[0] <= old[0] and new[1] <= old[1])]
        front.append(new)


def _metres(day: Timetable, made: Plan) -> int:
    places = {showing.key: showing.place for wish in day.wishes for showing in wish.showings}
    stops = [(visit.starts, visit.ends, places[visit.showing]) for visit in made.visits] + _fixed(day)
    total, here, ready = 0, None, 0
    for starts, ends, place in sorted(stops, key=lambda stop: stop[:2]):
        if starts - ready < APART:
            total += walking_metres(here, place)
        here, ready = place or here, ends
    return total
