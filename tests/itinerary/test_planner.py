"""From favourites to visits, through the pages: who is seen when, what stays, and what is told of the rest."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from posters.itinerary.planner import bring_up_to_date
from posters.models import Attendee, Board, Favourite, Itinerary, LeftOut, Poster, Presentation, Session, Visit


def star(client: Client, *numbers: int, interest: str = "interested") -> None:
    for number in numbers:
        client.post(f"/example-2030/posters/{number}/favourite/", {"interest": interest})


def visits(client: Client) -> list[tuple[int, str, str]]:
    return [
        (visit["number"], visit["starts_at"][11:16], visit["ends_at"][11:16])
        for visit in client.get("/me/example-2030.json").json()["visits"]
    ]


@pytest.mark.django_db
def test_visits_follow_the_boards_not_the_order_of_starring(client, conference):
    star(client, 1, 3, 2)
    assert visits(client) == [
        (2, "08:00", "08:08"),
        (3, "08:08", "08:16"),
        (1, "08:16", "08:24"),
    ]


@pytest.mark.django_db
def test_a_change_of_the_programme_moves_the_visit_and_keeps_its_identity(client, conference):
    star(client, 2)
    visits(client)
    before = Visit.objects.get()
    Session.objects.filter(slug="poster-session-1").update(
        starts_at=dt.datetime(2030, 6, 3, 9, tzinfo=dt.UTC),
        ends_at=dt.datetime(2030, 6, 3, 11, tzinfo=dt.UTC),
    )
    assert visits(client) == [(2, "09:00", "09:08")]
    after = Visit.objects.get()
    assert (after.uid, after.sequence) == (before.uid, before.sequence + 1)


@pytest.mark.django_db
def test_a_visit_that_falls_away_is_cancelled_and_comes_back_as_itself(client, conference):
    star(client, 2)
    visits(client)
    before = Visit.objects.get()
    star(client, 2, interest="none")
    assert visits(client) == []
    assert Visit.objects.get().cancelled_at is not None
    star(client, 2)
    assert visits(client) == [(2, "08:00", "08:08")]
    after = Visit.objects.get()
    assert (after.uid, after.cancelled_at, after.sequence) == (before.uid, None, before.sequence + 2)


@pytest.mark.django_db
def test_reading_an_unchanged_itinerary_writes_nothing(client, conference, django_assert_max_num_queries):
    star(client, 1, 2, 3)
    visits(client)
    with django_assert_max_num_queries(30) as captured:
        visits(client)
    assert [
        q["sql"] for q in captured.captured_queries if not q["sql"].lstrip("(\n ").startswith(("SELECT", "WITH"))
    ] == []


@pytest.mark.django_db
def test_the_itinerary_costs_as_many_queries_for_many_as_for_few(many_posters):
    conference = many_posters(60)
    client = Client()
    counts = []
    for numbers in (range(1, 4), range(4, 51)):
        for number in numbers:
            client.post(f"/{conference.slug}/posters/{number}/favourite/", {"interest": "interested"})
        per_page = []
        for path in ("itinerary/", "itinerary.ics", "itinerary.ics?layout=visits", "favourites/"):
            client.get(f"/{conference.slug}/{path}")
            with CaptureQueriesContext(connection) as counted:
                client.get(f"/{conference.slug}/{path}")
            per_page.append(len(counted.captured_queries))
        counts.append(per_page)
    assert counts[0] == counts[1]
    assert max(counts[1]) <= 19


@pytest.mark.django_db
def test_favourites_without_a_visit_are_told_with_the_reason(client, conference):
    star(client, 6, 7)
    Poster.objects.filter(number=6).update(status=Poster.Status.WITHDRAWN)
    html = client.get("/example-2030/itinerary/").content.decode()
    assert "Second Day, Second Chance" in html
    assert "It was withdrawn." in html
    assert "Nobody Knows When" in html
    assert "The time of its session is to be announced." in html


@pytest.mark.django_db
def test_visits_give_way_to_a_planned_session(client, conference):
    star(client, 1, 2, 3)
    Session.objects.filter(slug="keynote").update(
        starts_at=dt.datetime(2030, 6, 3, 8, 5, tzinfo=dt.UTC),
        ends_at=dt.datetime(2030, 6, 3, 9, tzinfo=dt.UTC),
    )
    client.post("/example-2030/sessions/keynote/attendance/", {"attending": "yes"})
    assert visits(client) == [
        (3, "09:00", "09:08"),
        (2, "09:08", "09:16"),
        (1, "09:16", "09:24"),
    ]
    assert client.get("/example-2030/itinerary/").context["outline"].clashes == []


def at(hour: int, minute: int = 0, day: int = 3) -> dt.datetime:
    return dt.datetime(2030, 6, day, hour, minute, tzinfo=dt.UTC)


def visit_of(number: int) -> Visit:
    return Visit.objects.get(presentation__poster__number=number, presentation__session__kind="poster")


def reasons(client: Client) -> dict[int, str]:
    outline = client.get("/example-2030/itinerary/").context["outline"]
    return {left.number: left.reason for left in outline.unplanned}


@pytest.mark.django_db
def test_minutes_are_the_attendees_unless_a_favourite_has_its_own(client, conference):
    star(client, 1, 2)
    Attendee.objects.update(dwell_minutes=12)
    Favourite.objects.filter(poster__number=2).update(dwell_minutes=30)
    assert visits(client) == [(2, "08:00", "08:30"), (1, "08:30", "08:42")]


@pytest.mark.django_db
def test_a_pin_stays_and_the_others_go_round_it(client, conference):
    star(client, 1, 2)
    visits(client)
    Visit.objects.filter(pk=visit_of(1).pk).update(is_pinned=True, starts_at=at(8, 3), ends_at=at(8, 20))
    assert visits(client) == [(1, "08:03", "08:20"), (2, "08:20", "08:28")]


@pytest.mark.django_db
def test_a_pin_does_not_hold_a_visit_outside_a_session_that_moved(client, conference):
    star(client, 2)
    visits(client)
    Visit.objects.filter(pk=visit_of(2).pk).update(is_pinned=True)
    Session.objects.get(slug="poster-session-1").delete()
    assert visits(client) == []
    star(client, 4)
    visits(client)
    Visit.objects.filter(pk=visit_of(4).pk).update(is_pinned=True, starts_at=at(12, 5, 4), ends_at=at(12, 13, 4))
    assert visits(client) == [(4, "12:05", "12:13")]
    session = Session.objects.get(slug="poster-session-2")
    session.starts_at, session.ends_at = at(15, 0, 4), at(16, 0, 4)
    session.save()
    assert visits(client) == [(4, "15:00", "15:08")]
    assert visit_of(4).is_pinned is False


@pytest.mark.django_db
def test_a_visit_taken_out_does_not_come_back_and_says_so(client, conference):
    star(client, 1, 2)
    visits(client)
    Visit.objects.filter(pk=visit_of(2).pk).update(is_declined=True)
    assert [number for number, *_ in visits(client)] == [1]
    star(client, 3)
    assert [number for number, *_ in visits(client)] == [3, 1]
    assert LeftOut.objects.get().reason == "You took its visit out."


@pytest.mark.django_db
def test_a_poster_is_visited_once_and_elsewhere_if_its_poster_session_cannot_be(client, conference):
    star(client, 1)
    assert visits(client) == [(1, "08:00", "08:08")]
    Visit.objects.update(is_declined=True)
    assert visits(client) == [(1, "07:00", "07:08")]


@pytest.mark.django_db
def test_the_attendee_is_at_their_own_poster_and_visits_the_others_before_and_after(client, conference):
    star(client, 1, 2, 3)
    Presentation.objects.filter(poster__number=3).update(
        format="in-person", presenter_starts_at=at(8, 5), presenter_ends_at=at(9, 50)
    )
    visits(client)
    Itinerary.objects.get().duties.create(poster=Poster.objects.get(number=3))
    assert visits(client) == [(2, "09:50", "09:58"), (1, "07:00", "07:08")]
    assert reasons(client) == {3: "You present it yourself."}


@pytest.mark.django_db
def test_a_visit_is_while_the_presenter_is_there(client, conference):
    star(client, 1, 2)
    Presentation.objects.filter(poster__number=2).update(presenter_starts_at=at(9), presenter_ends_at=at(10))
    assert visits(client) == [(1, "08:00", "08:08"), (2, "09:00", "09:08")]


@pytest.mark.django_db
def test_what_found_no_time_is_told_with_what_would_make_room(client, conference):
    Session.objects.filter(slug="poster-session-1").update(ends_at=at(8, 20))
    Presentation.objects.filter(session__slug="oral-session").delete()
    star(client, 1, 2, interest="must-see")
    star(client, 3)
    assert [number for number, *_ in visits(client)] == [2, 1]
    assert reasons(client) == {
        3: "It needs 5 minutes more in Poster Session 1. With at most 6 minutes at each poster there is room for all."
    }
    assert LeftOut.objects.get().dwell_minutes == 6
    star(client, 2)
    assert reasons(client) == {
        3: "It needs 5 minutes more in Poster Session 1. Without ‘Walking Robots Learn to Rest’ (interested) there is "
        "room for it; with at most 6 minutes at each poster there is room for all."
    }
    assert LeftOut.objects.get().instead_of.number == 2


@pytest.mark.django_db
def test_what_a_planned_session_keeps_out_is_told_with_that_session(client, conference):
    star(client, 2)
    Session.objects.filter(slug="keynote").update(starts_at=at(8), ends_at=at(10))
    client.post("/example-2030/sessions/keynote/attendance/", {"attending": "yes"})
    assert visits(client) == []
    assert reasons(client) == {
        2: "You are in Opening Keynote when it can be seen: there is time for it if you leave that session out."
    }
    assert LeftOut.objects.get().session.slug == "keynote"
    client.post("/example-2030/sessions/keynote/attendance/", {"attending": "no"})
    assert visits(client) == [(2, "08:00", "08:08")]
    assert reasons(client) == {}


@pytest.mark.django_db
def test_what_finds_no_time_around_a_planned_session_is_told_with_all_ways(client, conference):
    Presentation.objects.filter(session__slug="oral-session").delete()
    Session.objects.filter(slug="keynote").update(starts_at=at(8, 12), ends_at=at(10))
    star(client, 2, interest="must-see")
    star(client, 1)
    client.post("/example-2030/sessions/keynote/attendance/", {"attending": "yes"})
    assert [number for number, *_ in visits(client)] == [2]
    assert reasons(client) == {
        1: "It needs 7 minutes more in Poster Session 1. With at most 4 minutes at each poster there is room for all. "
        "It also fits if you leave Opening Keynote out."
    }
    left = LeftOut.objects.get()
    assert (left.session.slug, left.dwell_minutes, left.instead_of) == ("keynote", 4, None)


@pytest.mark.django_db
def test_planned_again_from_a_board_what_was_missed_competes_again(client, conference):
    star(client, 1, 2, 3)
    Presentation.objects.filter(poster__number=3).update(format="in-person")
    Presentation.objects.filter(session__slug="oral-session").delete()
    assert visits(client) == [(2, "08:00", "08:08"), (3, "08:08", "08:16"), (1, "08:16", "08:24")]
    Visit.objects.filter(pk=visit_of(2).pk).update(visited_at=at(8, 7))
    board = Board.objects.get(label="A12")
    Itinerary.objects.update(resumed_at=at(9, 30), resumed_board=board)
    assert visits(client) == [(2, "08:00", "08:08"), (1, "09:30", "09:38"), (3, "09:38", "09:46")]
    Itinerary.objects.update(resumed_at=at(9, 45), resumed_board=None)
    assert visits(client) == [(2, "08:00", "08:08"), (1, "09:45", "09:53")]
    Itinerary.objects.update(resumed_at=at(10))
    assert visits(client) == [(2, "08:00", "08:08")]
    assert reasons(client) == {
        1: "Its session was over when you planned again.",
        3: "Its session was over when you planned again.",
    }


@pytest.mark.django_db
def test_while_a_session_runs_nothing_is_planned_in_the_past_and_nothing_begun_moves(client, conference):
    star(client, 1)
    assert visits(client) == [(1, "08:00", "08:08")]
    star(client, 2)
    bring_up_to_date(itinerary=Itinerary.objects.get(), now=at(8, 30))
    assert visits(client) == [(1, "08:00", "08:08"), (2, "08:30", "08:38")]


@pytest.mark.django_db
def test_another_favourite_moves_no_visit_of_another_session(client, conference):
    star(client, 1, 2, 3)
    before = visits(client)
    versions = list(Visit.objects.order_by("pk").values_list("pk", "version", "sequence"))
    star(client, 6)
    assert visits(client) == [*before, (6, "12:00", "12:08")]
    assert list(Visit.objects.order_by("pk").values_list("pk", "version", "sequence"))[: len(versions)] == versions


@pytest.mark.django_db
def test_each_change_of_a_visit_raises_its_version(client, conference):
    star(client, 2)
    visits(client)
    assert visit_of(2).version == 1
    star(client, 2, interest="none")
    visits(client)
    assert visit_of(2).version == 2
    star(client, 2)
    visits(client)
    assert visit_of(2).version == 3


@pytest.mark.django_db
def test_a_visit_made_stays_whatever_becomes_of_the_wish_and_a_draft_is_hidden(client, conference):
    star(client, 2)
    visits(client)
    Visit.objects.update(visited_at=at(8, 5))
    star(client, 2, interest="none")
    assert visits(client) == [(2, "08:00", "08:08")]
    Poster.objects.filter(number=2).update(status=Poster.Status.DRAFT)
    assert visits(client) == []


@pytest.mark.django_db
def test_an_unchanged_itinerary_is_known_by_one_query(client, conference, django_assert_num_queries):
    star(client, 1, 2)
    visits(client)
    itinerary = Itinerary.objects.select_related("conference").get()
    with django_assert_num_queries(1):
        bring_up_to_date(itinerary=itinerary, now=at(7))


@pytest.mark.django_db
def test_a_tab_that_comes_second_plans_nothing_again(client, conference):
    star(client, 1, 2)
    visits(client)
    star(client, 3)
    first, second = Itinerary.objects.get(), Itinerary.objects.get()
    bring_up_to_date(itinerary=first, now=at(7))
    before = list(Visit.objects.order_by("pk").values())
    with CaptureQueriesContext(connection) as captured:
        bring_up_to_date(itinerary=second, now=at(7))
    written = [query for query in captured if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert (list(Visit.objects.order_by("pk").values()), written) == (before, [])
    assert second.planned_from == first.planned_from


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        lambda: Attendee.objects.update(dwell_minutes=9),
        lambda: Favourite.objects.filter(poster__number=1).update(dwell_minutes=9),
        lambda: Favourite.objects.filter(poster__number=1).update(interest="must-see"),
        lambda: Itinerary.objects.get().attendances.create(session=Session.objects.get(slug="keynote")),
        lambda: Itinerary.objects.get().duties.create(poster=Poster.objects.get(number=6)),
        lambda: Visit.objects.filter(presentation__poster__number=1).update(is_pinned=True),
        lambda: Visit.objects.filter(presentation__poster__number=1).update(is_declined=True),
        lambda: Itinerary.objects.update(resumed_at=at(8, 30)),
        lambda: Itinerary.objects.update(resumed_board=Board.objects.first()),
        lambda: Poster.objects.filter(number=1).update(title="Another"),
    ],
)
def test_whatever_is_planned_from_is_noticed(client, conference, change):
    star(client, 1, 2)
    visits(client)
    before = Itinerary.objects.get().planned_from
    change()
    visits(client)
    assert Itinerary.objects.get().planned_from != before
