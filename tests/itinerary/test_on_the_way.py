"""Stops on the way: what is offered, why, and what is not."""

import datetime as dt

import pytest
from django.test import Client

from posters.itinerary.on_the_way import StopOnTheWay, stops_on_the_way
from posters.models import Conference, Itinerary, Poster, Visit
from posters.programme.records import (
    BoardRecord,
    ConferenceRecord,
    PosterRecord,
    PresentationRecord,
    ProgrammeRecord,
    SessionRecord,
)
from posters.programme.upsert import upsert_programme

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
TITLES = {
    1: "Score Matching for Diffusion Bridges",
    5: "Diffusion Bridges without Score Matching",
    10: "Score Matching for Protein Bridges",
    60: "Score Matching for Diffusion in Proteins",
    7: "Coral Reefs Seen from Orbit",
    8: "Coral Reefs in Warm Water",
}


def programme(minutes: int) -> ProgrammeRecord:
    starts_at = dt.datetime(2031, 5, 1, 9, tzinfo=dt.UTC)
    ends_at = starts_at + dt.timedelta(minutes=minutes)
    return ProgrammeRecord(
        conference=ConferenceRecord(name="Kin 2031", year=2031, time_zone="UTC"),
        boards=tuple(BoardRecord("Hall", f"B{number}", position=number) for number in TITLES),
        sessions=(SessionRecord("Posters", "posters", "poster", "Hall", starts_at, ends_at),),
        posters=tuple(
            PosterRecord(
                f"record {number}",
                title,
                (),
                source_id=f"p{number}",
                number=number,
                presentations=(PresentationRecord("posters", room="Hall", board=f"B{number}"),),
            )
            for number, title in TITLES.items()
        ),
    )


@pytest.fixture
def kin(db) -> Conference:
    """An hour; 1, 5, 10 and 60 are alike, 60 hangs far off; 7 and 8 are about something else."""
    upsert_programme(record=programme(60), conference_slug="kin")
    return Conference.objects.get()


def star(client: Client, *numbers: int, interest: str = "interested") -> None:
    for number in numbers:
        client.post(f"/kin/posters/{number}/favourite/", {"interest": interest})
    client.get("/me/kin.json")


def offered() -> list[StopOnTheWay]:
    return stops_on_the_way(itinerary=Itinerary.objects.order_by("pk").first(), now=NOW)


def test_what_hangs_between_two_visits_and_is_alike_is_offered(client, kin):
    star(client, 1, 10)
    (stop,) = offered()
    assert (stop.number, stop.board, stop.after, stop.before, stop.minutes) == (5, "B5", "B1", "B10", 8)
    assert stop.in_words == "Board B5 is on your way from board B1 to board B10."
    assert (stop.because, stop.shares) == (TITLES[1], "Diffusion Bridges")


def test_what_is_near_the_end_of_the_walk_is_offered_with_the_way_round(client, kin):
    star(client, 1)
    stops = [(stop.number, stop.after, stop.before, stop.minutes) for stop in offered()]
    assert stops == [(5, "B1", None, 9), (10, "B1", None, 9)]


def test_offers_are_planned_by_nobody_else(client, kin):
    star(client, 1, 10)
    before = list(Visit.objects.values())
    offered()
    assert list(Visit.objects.values()) == before


def test_nothing_is_offered_that_would_cost_a_visit(client, kin):
    upsert_programme(record=programme(17), conference_slug="kin")
    star(client, 1, 10)
    assert Visit.objects.planned().count() == 2
    assert offered() == []


@pytest.mark.parametrize("why", ["withdrawn", "taken back", "a favourite", "one's own"])
def test_what_is_decided_already_is_not_offered(client, kin, why):
    star(client, 1, 10)
    if why == "withdrawn":
        Poster.objects.filter(number=5).update(status=Poster.Status.WITHDRAWN)
    elif why == "one's own":
        Itinerary.objects.get().duties.create(poster=Poster.objects.get(number=5))
    else:
        star(client, 5)
        if why == "taken back":
            star(client, 5, interest="none")
    assert offered() == []


def test_what_many_have_starred_is_found_without_help(client, kin):
    star(client, 1)
    for _ in range(3):
        star(Client(), 5)
    assert [stop.number for stop in offered()] == [10]


def test_it_costs_as_many_queries_for_many_as_for_few(client, kin, django_assert_num_queries):
    star(client, 1)
    with django_assert_num_queries(12):
        offered()
    star(client, 5, 7, 10)
    with django_assert_num_queries(12):
        offered()


def test_the_page_offers_them_and_puts_one_into_the_plan(kin, client):
    star(client, 1, 10)
    link = '<a href="/kin/itinerary/on-the-way/" data-sheet>'
    assert link in client.get("/kin/itinerary/").content.decode()
    page = client.get("/kin/itinerary/on-the-way/")
    assert page.headers["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
    assert [stop.number for stop in page.context["stops"]] == [5]
    html = page.content.decode()
    assert page.context["stops"][0].in_words in html
    assert 'action="/kin/posters/5/favourite/"' in html
    client.post("/kin/posters/5/favourite/", {"interest": "interested", "next": "/kin/itinerary/"})
    visits = client.get("/me/kin.json").json()["visits"]
    assert {visit["number"] for visit in visits} == {1, 5, 10}
    assert client.get("/kin/itinerary/on-the-way/").context["stops"] == []


def test_the_page_says_when_there_is_nothing_to_offer(kin, client):
    assert "Nothing on your way at present" in client.get("/kin/itinerary/on-the-way/").content.decode()
