"""From favourites to visits: the laws a plan keeps, whatever the wishes."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from posters.models import Poster, Session, Visit


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
    assert [q["sql"] for q in captured.captured_queries if not q["sql"].startswith("SELECT")] == []


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
    assert max(counts[1]) <= 15


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
        (2, "09:02", "09:10"),
        (1, "09:10", "09:18"),
        (3, "09:18", "09:26"),
    ]
    assert client.get("/example-2030/itinerary/").context["outline"].clashes == []
