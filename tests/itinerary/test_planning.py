"""The laws a plan keeps, whatever is wished for."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from posters.itinerary.distances import Place, walking_metres
from posters.itinerary.planning import Plan, plan
from posters.itinerary.timetable import Engagement, FixedVisit, Showing, Timetable, Wish

MINUTE = 60
TEN = 10 * 3600

places = st.one_of(
    st.none(),
    st.builds(Place, st.integers(1, 2)),
    st.builds(Place, st.integers(1, 2), st.integers(0, 100)),
    st.builds(Place, st.integers(1, 2), st.integers(0, 100), st.tuples(st.floats(0, 60), st.floats(0, 40))),
)


@st.composite
def showings(draw: st.DrawFn, key: int) -> Showing:
    session = draw(st.integers(1, 4))
    opens = TEN + (session - 1) * 45 * MINUTE
    half = draw(st.sampled_from(("all", "all", "first", "second")))
    length = draw(st.sampled_from((10, 60, 60, 90))) * MINUTE
    begins, ends = {"all": (0, length), "first": (0, length // 2), "second": (length // 2, length)}[half]
    return Showing(key, session, opens + begins, opens + ends, draw(places), draw(st.integers(0, 3)))


@st.composite
def timetables(draw: st.DrawFn) -> Timetable:
    """A few hours of sessions that touch and overlap, with all that can take an attendee's time."""
    wishes = []
    for key in range(1, draw(st.integers(0, 9)) + 1):
        dwell = draw(st.sampled_from((1, 5, 8, 8, 8, 20, 45))) * MINUTE
        shown = tuple(draw(showings(10 * key + n)) for n in range(draw(st.sampled_from((0, 1, 1, 1, 2, 3)))))
        wishes.append(Wish(key, draw(st.booleans()), dwell, shown))
    moments = st.integers(TEN, TEN + 12_000)
    engagements = []
    for session in draw(st.lists(st.sampled_from((None, 1, 2, 9)), max_size=2)):
        starts = draw(moments)
        engagements.append(Engagement(starts, starts + draw(st.integers(1, 4_000)), draw(places), session))
    fixed = []
    for key in range(100, 100 + draw(st.integers(0, 2))):
        starts = draw(moments)
        fixed.append(FixedVisit(key, key, starts, starts + draw(st.integers(60, 1_800)), draw(places)))
    start = None
    if draw(st.sampled_from((False, False, True))):
        start = Engagement(-(10**12), draw(st.integers(TEN // MINUTE, TEN // MINUTE + 100)) * MINUTE, draw(places))
    return Timetable(wishes, tuple(engagements), tuple(fixed), start=start)


def standing(made: Plan) -> dict[int, tuple[int, int]]:
    return {visit.wish: (visit.showing, visit.told_at) for visit in made.visits}


def told(made: Plan) -> list[tuple[int, int, int]]:
    return sorted((visit.wish, visit.showing, visit.told_at) for visit in made.visits)


def showing_of(timetable: Timetable, key: int) -> Showing:
    return next(showing for wish in timetable.wishes for showing in wish.showings if showing.key == key)


def check_laws(timetable: Timetable, made: Plan) -> None:
    """Everything accounted for, inside windows, no overlap, every walk possible."""
    assert sorted([visit.wish for visit in made.visits] + list(made.left_out)) == sorted(
        wish.key for wish in timetable.wishes
    )
    dwell = {wish.key: wish.dwell for wish in timetable.wishes}
    stops = []
    for visit in made.visits:
        showing = showing_of(timetable, visit.showing)
        assert showing in next(wish for wish in timetable.wishes if wish.key == visit.wish).showings
        assert visit.ends - visit.starts == dwell[visit.wish]
        assert showing.opens <= visit.told_at <= visit.starts
        assert visit.ends <= showing.closes
        stops.append((visit.starts, visit.ends, showing.place))
        for taken in (*timetable.engagements, *timetable.fixed, *([timetable.start] if timetable.start else [])):
            if getattr(taken, "attended_session", None) != showing.session or isinstance(taken, FixedVisit):
                walk = walking_metres(showing.place, taken.place)
                assert visit.ends + walk <= taken.starts or taken.ends + walk <= visit.starts
                assert visit.ends <= taken.starts or taken.ends <= visit.told_at
    stops.sort(key=lambda stop: stop[:2])
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(stops))
    here, free = None, 0
    for (_, ends, place), (starts, _, next_place) in pairwise(stops):
        here, free = (place, 0) if place else (here, free)
        free += starts - ends
        assert next_place is None or walking_metres(here, next_place) <= free


@given(timetables())
def test_a_plan_can_be_walked_and_leaves_nothing_unaccounted_for(timetable):
    check_laws(timetable, plan(timetable))


@given(timetables())
def test_the_same_wishes_give_the_same_plan_in_whatever_order(timetable):
    turned = replace(
        timetable, wishes=list(reversed(timetable.wishes)), engagements=tuple(reversed(timetable.engagements))
    )
    assert told(plan(turned)) == told(plan(timetable))


@given(timetables())
def test_planned_again_from_itself_a_plan_stays_as_it_is(timetable):
    made = plan(timetable)
    assert told(plan(replace(timetable, standing=standing(made)))) == told(made)


@given(timetables(), st.data())
def test_another_favourite_takes_no_must_see_its_visit(timetable, data):
    made = plan(timetable)
    new = Wish(99, data.draw(st.booleans()), 8 * MINUTE, (data.draw(showings(990)),))
    again_from = replace(timetable, wishes=[*timetable.wishes, new], standing=standing(made))
    again = plan(again_from)
    check_laws(again_from, again)
    must_see = {wish.key for wish in timetable.wishes if wish.is_must_see}
    seen, seen_again = ({visit.wish for visit in one.visits} for one in (made, again))
    assert seen & must_see <= seen_again
    assert len(seen_again) >= len(seen) or new.is_must_see


@given(timetables())
def test_no_must_see_is_left_out_where_it_could_take_the_place_of_another(timetable):
    made = plan(timetable)
    is_must_see = {wish.key: wish.is_must_see for wish in timetable.wishes}
    for visit in made.visits:
        if is_must_see[visit.wish]:
            continue
        for key in made.left_out:
            if is_must_see[key]:
                rest = replace(made, visits=tuple(other for other in made.visits if other is not visit))
                kept = [wish for wish in timetable.wishes if wish.key == key]
                instead = plan(
                    replace(
                        timetable,
                        wishes=kept,
                        fixed=(*timetable.fixed, *as_fixed(timetable, rest)),
                    )
                )
                assert instead.visits == ()


def as_fixed(timetable: Timetable, made: Plan) -> list[FixedVisit]:
    return [
        FixedVisit(visit.wish, visit.showing, visit.starts, visit.ends, showing_of(timetable, visit.showing).place)
        for visit in made.visits
    ]


@given(timetables(), st.data())
def test_without_a_wish_no_other_visit_moves_unless_there_is_something_to_gain(timetable, data):
    made = plan(timetable)
    if not made.visits or made.left_out:
        return
    gone = data.draw(st.sampled_from(made.visits)).wish
    rest = replace(timetable, wishes=[w for w in timetable.wishes if w.key != gone], standing=standing(made))
    assert told(plan(rest)) == [visit for visit in told(made) if visit[0] != gone]


def test_the_walk_begins_where_the_attendee_stood():
    """A visit at the very minute was put before the start, from which the next one then was no walk away."""
    far, near = Showing(10, 1, TEN, TEN + 600, Place(1, 81)), Showing(20, 1, TEN, TEN + 600, Place(1, 0))
    timetable = Timetable(
        [Wish(1, False, MINUTE, (far,)), Wish(2, False, MINUTE, (near,))],
        standing={1: (10, TEN + MINUTE), 2: (20, TEN + 2 * MINUTE)},
        start=Engagement(-(10**12), TEN + MINUTE, Place(1)),
    )
    check_laws(timetable, plan(timetable))


def test_what_is_new_goes_where_the_walk_is_shortest_if_nothing_has_to_move_for_it():
    """At the end, beside the last board, rather than early and twice through the hall."""

    def wish(key: int, position: int) -> Wish:
        return Wish(key, False, 8 * MINUTE, (Showing(key, 1, TEN, TEN + 120 * MINUTE, Place(1, position)),))

    stood = {1: (1, TEN + 20 * MINUTE), 2: (2, TEN + 30 * MINUTE)}
    made = plan(Timetable([wish(1, 10), wish(2, 0), wish(3, 1)], standing=stood))
    assert [visit.wish for visit in made.visits] == [1, 2, 3]
    assert {key: place for key, place in standing(made).items() if key != 3} == stood


@given(timetables())
def test_a_new_wish_moves_no_other_visit_and_no_place_without_a_move_is_a_shorter_walk(timetable: Timetable):
    """In one hall, with nothing fixed: every place for it between the visits that stand is weighed."""
    hall = [
        replace(
            wish, is_must_see=False, showings=(replace(showing, session=1, rank=0, opens=TEN, closes=TEN + 10_800),)
        )
        for wish in timetable.wishes
        for showing in wish.showings[:1]
    ]
    assume(len(hall) > 1)
    *old, new = hall
    first = plan(Timetable(old))
    stood = standing(first)
    made = plan(Timetable(hall, standing=stood))
    stands = standing(made)
    assume(stood.items() <= stands.items() and new.key in stands)
    places = {wish.key: wish.showings[0].place for wish in hall}
    dwells = {wish.key: wish.dwell for wish in hall}

    def metres(order: list[int]) -> int:
        """As people walk: what has no place takes no walking."""
        walked = [places[key] for key in order if places[key] is not None]
        return sum(walking_metres(one, other) for one, other in pairwise(walked))

    def can_be_kept(order: list[int]) -> bool:
        moment, here = TEN, None
        for key in order:
            moment += walking_metres(here, places[key])
            here = places[key] or here
            told_at = stood[key][1] if key in stood else moment
            moment = max(moment, told_at)
            if moment >= told_at + MINUTE or moment + dwells[key] > TEN + 10_800:
                return False
            moment += dwells[key]
        return True

    in_order = [visit.wish for visit in first.visits]
    tried = [[*in_order[:place], new.key, *in_order[place:]] for place in range(len(in_order) + 1)]
    shortest = min(metres(order) for order in tried if can_be_kept(order))
    assert metres([visit.wish for visit in made.visits]) <= shortest
