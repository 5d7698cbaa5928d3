"""What an attendee cannot do at once, in words, and each way out."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posters.itinerary.clashes import Action, Clash, Stop, find_clashes
from posters.models import Duty, Itinerary, Poster, Session, Visit

START = dt.datetime(2030, 3, 31, 0, 30, tzinfo=dt.UTC)


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 200), st.integers(1, 100), st.booleans()), max_size=30))
def test_clashes_are_exactly_the_stops_that_overlap(rows):
    stops = [
        Stop(
            Session(pk=session),
            START + dt.timedelta(minutes=begins),
            START + dt.timedelta(minutes=begins + length),
            is_visit,
            poster=number if is_visit else None,
        )
        for number, (session, begins, length, is_visit) in enumerate(rows)
    ]
    expected = {
        frozenset((n, m))
        for n, one in enumerate(stops)
        for m, other in enumerate(stops[:n])
        if (one.session.pk != other.session.pk or (one.is_visit and other.is_visit))
        and one.starts_at < other.ends_at
        and other.starts_at < one.ends_at
    }
    places = {id(stop): number for number, stop in enumerate(stops)}
    found = [frozenset(places[id(stop)] for stop in clash.stops) for clash in find_clashes(stops)]
    assert len(found) == len(set(found))
    assert set(found) == expected


def attend(client, *slugs: str) -> None:
    for slug in slugs:
        client.post(f"/example-2030/sessions/{slug}/attendance/", {"attending": "yes"})


def star(client, *numbers: int) -> None:
    for number in numbers:
        client.post(f"/example-2030/posters/{number}/favourite/", {"interest": "interested"})
    client.get("/me/example-2030.json")


def pin(number: int, hour: int, minute: int = 0, minutes: int = 8) -> None:
    starts_at = dt.datetime(2030, 6, 3, hour, minute, tzinfo=dt.UTC)
    visit = Visit.objects.filter(presentation__poster__number=number, presentation__session__slug="poster-session-1")
    visit.update(is_pinned=True, starts_at=starts_at, ends_at=starts_at + dt.timedelta(minutes=minutes))


def clashes(client) -> list[Clash]:
    return client.get("/example-2030/itinerary/").context["outline"].clashes


def told(found: list[Clash]) -> list[tuple[str, list[tuple[str, Action]]]]:
    return [(clash.in_words, [(way.label, way.action) for way in clash.ways_out]) for clash in found]


@pytest.mark.django_db
def test_two_sessions_at_once_have_two_ways_out(client, conference):
    attend(client, "poster-session-1", "keynote")
    assert told(clashes(client)) == [
        (
            "Poster Session 1 and Opening Keynote overlap, and you plan to be in both.",
            [
                ("Leave Poster Session 1 out", Action.LEAVE_SESSION),
                ("Leave Opening Keynote out", Action.LEAVE_SESSION),
            ],
        )
    ]
    (clash,) = clashes(client)
    assert [way.session.slug for way in clash.ways_out] == ["poster-session-1", "keynote"]


@pytest.mark.django_db
def test_a_pinned_visit_during_a_keynote_can_be_seen_elsewhere(client, conference):
    star(client, 1)
    pin(1, 9, 30)
    attend(client, "keynote")
    (clash,) = clashes(client)
    assert told([clash]) == [
        (
            "Your visit to ‘Schrödinger Bridges & Their ℓ_∞ Norms’ is during Opening Keynote, where you plan to be.",
            [
                ("Leave Opening Keynote out", Action.LEAVE_SESSION),
                ("Unpin ‘Schrödinger Bridges & Their ℓ_∞ Norms’", Action.UNPIN_VISIT),
                ("Visit ‘Schrödinger Bridges & Their ℓ_∞ Norms’ in Oral Session instead", Action.MOVE_VISIT),
                ("Take ‘Schrödinger Bridges & Their ℓ_∞ Norms’ out", Action.TAKE_VISIT_OUT),
            ],
        )
    ]
    visit = Visit.objects.get(is_pinned=True)
    assert [way.visit for way in clash.ways_out] == [None, visit.uid, visit.uid, visit.uid]
    assert visit.starts_at == dt.datetime(2030, 6, 3, 9, 30, tzinfo=dt.UTC)


@pytest.mark.django_db
def test_two_pins_at_once_clash_in_one_session(client, conference):
    star(client, 1, 2)
    pin(1, 8, 0)
    pin(2, 8, 4)
    (clash,) = clashes(client)
    assert clash.in_words == (
        "Your visits to ‘Schrödinger Bridges & Their ℓ_∞ Norms’ and to ‘Walking Robots Learn to Rest’ overlap."
    )
    assert (clash.starts_at.minute, clash.ends_at.minute, clash.visit_count) == (4, 8, 2)


@pytest.mark.django_db
def test_ones_own_poster_clashes_with_a_session_and_has_no_way_out_itself(client, conference):
    attend(client, "keynote")
    Duty.objects.create(itinerary=Itinerary.objects.get(), poster=Poster.objects.get(number=2))
    assert told(clashes(client)) == [
        (
            "You present your own poster ‘Walking Robots Learn to Rest’ during Opening Keynote, where you plan to be.",
            [("Leave Opening Keynote out", Action.LEAVE_SESSION)],
        )
    ]


@pytest.mark.django_db
def test_no_time_to_walk_from_a_pinned_visit_to_the_keynote_is_a_clash(client, conference):
    star(client, 1)
    attend(client, "keynote")
    pin(1, 8, 50)
    assert clashes(client) == []
    pin(1, 8, 51)
    (clash,) = clashes(client)
    assert clash.in_words == (
        "There is no time to walk from ‘Schrödinger Bridges & Their ℓ_∞ Norms’ to Opening Keynote: it takes about "
        "2 minutes."
    )
    assert (clash.starts_at.minute, clash.ends_at.minute) == (59, 0)
