"""What RFC 5545 and 7986 have a place for is in its place."""

import datetime as dt
import gzip

import icalendar
import pytest
import time_machine
from django.test import Client
from django.utils.http import http_date

from posters.models import Conference, Link, Poster, Presentation, Session
from tests.calendars.conftest import attend, star, subscribe
from tests.calendars.parsers import ask_ical_js, events_of

pytestmark = pytest.mark.django_db

PROGRAMME = "/example-2030/programme.ics"
PUBLIC = [
    PROGRAMME,
    f"{PROGRAMME}?layout=posters",
    "/example-2030/sessions/keynote.ics",
    "/example-2030/posters/1.ics",
    "/example-2030/authors/ada-muller.ics",
    "/example-2030/topics/theory.ics",
]


def calendar_at(path: str, client: Client | None = None) -> icalendar.Calendar:
    return icalendar.Calendar.from_ical((client or Client()).get(path).content)


def test_the_calendar_tells_of_itself(conference):
    Conference.objects.update(website_url="https://example.org/2030?a=1&b=2", latitude=-1.95, longitude=30.06)
    calendar = calendar_at(PROGRAMME)
    assert {name: value.to_ical().decode() for name, value in calendar.items()} == {
        "VERSION": "2.0",
        "PRODID": "-//Boardwalk//Poster programme//EN",
        "CALSCALE": "GREGORIAN",
        "NAME": "Example Conference 2030",
        "X-WR-CALNAME": "Example Conference 2030",
        "DESCRIPTION": "Times in words are in the conference’s zone\\, Africa/Kigali.",
        "X-WR-CALDESC": "Times in words are in the conference’s zone\\, Africa/Kigali.",
        "X-WR-TIMEZONE": "Africa/Kigali",
        "LAST-MODIFIED": calendar["last-modified"].to_ical().decode(),
        "URL": "http://127.0.0.1:8000/example-2030/",
        "COLOR": "teal",
        "IMAGE": "http://127.0.0.1:8000/static/icons/icon.svg",
        "SOURCE": "http://127.0.0.1:8000/example-2030/programme.ics",
        "REFRESH-INTERVAL": "PT1H",
        "X-PUBLISHED-TTL": "PT1H",
    }
    newest = max(event["last-modified"].dt for event in calendar.walk("VEVENT"))
    assert calendar["last-modified"].dt == newest
    for event in calendar.walk("VEVENT"):
        assert event["geo"].to_ical() == "-1.95;30.06"
        assert (str(event["contact"]), event["contact"].params["altrep"]) == (
            "Example Conference 2030",
            "https://example.org/2030?a=1&b=2",
        )


def test_without_a_place_there_is_no_geo(conference):
    Conference.objects.update(latitude=-1.95)
    assert not any("geo" in event for event in calendar_at(PROGRAMME).walk("VEVENT"))


def test_a_secret_feed_does_not_name_its_address(client, feed):
    content = Client().get(feed).content
    assert b"/calendar/" not in content.replace(b"\r\n ", b"")
    assert b"SOURCE" not in content


def test_streams_and_chats_are_places_to_take_part(client, conference):
    Link.objects.create(poster=Poster.objects.get(number=1), kind="stream", url="https://live.example.org/1?a=b;c&d")
    Link.objects.create(poster=Poster.objects.get(number=1), kind="video", url="https://video.example.org/1")
    (poster, oral) = events_of(client.get("/example-2030/posters/1.ics").content)
    stream = ["VIDEO", "Live stream", "https://live.example.org/1?a=b;c&d"]
    assert poster["online"] == [stream]
    assert oral["online"] == [stream, ["CHAT", "Chat", "https://chat.example.org/orals"]]
    assert "Live stream: https://live.example.org/1?a=b;c&d" in oral["description"].split("\n")
    (session,) = events_of(client.get("/example-2030/sessions/oral-session.ics").content)
    assert session["online"] == [["CHAT", "Chat", "https://chat.example.org/orals"]]


def test_what_one_plans_takes_time_and_what_one_may_see_does_not(client, conference):
    Session.objects.filter(slug="keynote").update(kind="break")
    assert {event["transparency"] for event in events_of(client.get(PROGRAMME).content)} == {"TRANSPARENT"}
    (pause,) = events_of(client.get("/example-2030/sessions/keynote.ics").content)
    (session,) = events_of(client.get("/example-2030/sessions/oral-session.ics").content)
    assert (pause["transparency"], session["transparency"]) == ("TRANSPARENT", "OPAQUE")
    star(client, 1)
    assert {e["transparency"] for e in events_of(client.get("/example-2030/itinerary.ics").content)} == {"OPAQUE"}


def test_when_the_presenter_is_there_is_said(conference):
    with_presenter = Presentation.objects.filter(poster__number=2)
    with_presenter.update(
        presenter_starts_at=dt.datetime(2030, 6, 3, 8, 30, tzinfo=dt.UTC),
        presenter_ends_at=dt.datetime(2030, 6, 3, 9, tzinfo=dt.UTC),
    )
    (event,) = events_of(Client().get("/example-2030/authors/chidi-okafor.ics").content)[:1]
    assert event["description"].split("\n") == [
        "Ada Müller · Chidi Okafor",
        "Poster Session 1 · In person",
        "Presenter at the poster 10:30–11:00",
        "Monday 3 June 2030, 10:00–12:00 (Africa/Kigali)",
    ]


# Public calendars as programme pages


def test_public_calendars_hold_what_they_should(conference):
    summaries = {path: [event["summary"] for event in events_of(Client().get(path).content)] for path in PUBLIC}
    schrödinger, robots, question = (
        "Schrödinger Bridges & Their ℓ_∞ Norms",
        "Walking Robots Learn to Rest",
        "Is This a Question?",
    )
    first_day = [schrödinger, robots, question]
    assert summaries == {
        PROGRAMME: ["Poster Session 1", "Opening Keynote", "Oral Session", "Poster Session 2"],
        f"{PROGRAMME}?layout=posters": [
            *first_day,
            schrödinger,
            "Untitled poster 4",
            "Withdrawn: Withdrawn but Remembered",
            "Second Day, Second Chance",
        ],
        "/example-2030/sessions/keynote.ics": ["Opening Keynote"],
        "/example-2030/posters/1.ics": [schrödinger, schrödinger],
        "/example-2030/authors/ada-muller.ics": [schrödinger, robots, schrödinger],
        "/example-2030/topics/theory.ics": [schrödinger, question, schrödinger],
    }
    assert Client().get(f"{PROGRAMME}?layout=months").status_code == 400


def test_a_topic_holds_the_narrower_ones(conference):
    theory, robots = (conference.topics.get(slug=slug) for slug in ("theory", "robots"))
    robots.parent = theory
    robots.save()
    theory.parent = robots  # A circle must not turn for ever.
    theory.save()
    assert len(events_of(Client().get("/example-2030/topics/theory.ics").content)) == 5


@pytest.mark.parametrize("path", PUBLIC)
def test_public_calendars_answer_conditionally(conference, path):
    first = Client().get(path)
    modified = http_date(Conference.objects.get().changed_at.timestamp())
    assert first["Last-Modified"] == modified
    for headers in ({"if-none-match": first["ETag"]}, {"if-modified-since": modified}):
        response = Client().get(path, headers=headers)
        assert (response.status_code, response.content) == (304, b"")
    packed = Client().get(path, headers={"accept-encoding": "gzip"})
    assert gzip.decompress(packed.content) == first.content
    head = Client().head(path)
    assert (head.status_code, head.content, head["Content-Length"]) == (200, b"", first["Content-Length"])
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=1)):
        Poster.objects.filter(number=1).update(title="New")
        Client().get(path)
        assert Client().get(path, headers={"if-modified-since": modified}).status_code == 200


@pytest.mark.parametrize("path", PUBLIC)
def test_what_is_not_there_has_no_calendar(conference, path):
    assert Client().get(path).status_code == 200
    Conference.objects.update(is_published=False)
    assert Client().get(path).status_code == 404
    assert Client().get("/example-2030/authors/nobody.ics").status_code == 404
    assert Client().get("/example-2030/topics/nothing.ics").status_code == 404


@pytest.mark.parametrize("count", [10, 300])
def test_the_number_of_queries_is_constant(many_posters, django_assert_max_num_queries, count):
    many_posters(count)
    for path in ("programme.ics", "programme.ics?layout=posters", "posters/1.ics", "topics/topic-1.ics"):
        with django_assert_max_num_queries(9):
            assert Client().get(f"/many/{path}").status_code == 200


# Options of an itinerary's calendar


def test_alarms_ring_before_what_stands(client, conference):
    star(client, 2, 7)
    attend(client, "keynote")
    for minutes in (5, 60):
        events = events_of(client.get(f"/example-2030/itinerary.ics?layout=visits&alarm={minutes}").content)
        assert [event["alarms"] for event in events] == [[-minutes]] * 2
    assert {tuple(e["alarms"]) for e in events_of(client.get("/example-2030/itinerary.ics").content)} == {()}


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("layout=months", "layout must be sessions or visits."),
        ("alarm=7", "alarm must be 0, 5, 10, 15, 30 or 60 (minutes before)."),
        ("alarm=%00", "alarm must be 0, 5, 10, 15, 30 or 60 (minutes before)."),
        ("unplanned=maybe", "unplanned must be 1 or left out."),
        ("language=tlh", "language must be en-GB, de or fr."),
    ],
)
def test_unknown_options_are_refused(client, conference, query, reason):
    response = client.get(f"/example-2030/itinerary.ics?{query}")
    assert (response.status_code, response.content.decode()) == (400, f"{reason}\n")


def test_the_words_around_come_in_the_chosen_language(client, conference):
    star(client, 2)
    given = {}
    for language in ("en-GB", "de", "fr"):
        content = client.get(f"/example-2030/itinerary.ics?layout=visits&language={language}").content
        (event,) = events_of(content)
        answer = ask_ical_js(content)
        given[language] = (answer["name"], event["location"].split(",")[0], event["categories"], event["description"])
        assert f"DESCRIPTION;LANGUAGE={language}:".encode() in content
    robots = "Ada Müller · Chidi Okafor\nPoster Session 1\n"
    assert given == {
        "en-GB": (
            "My itinerary: Example Conference 2030",
            "Board A1",
            ["Poster session"],
            robots + "Monday 3 June 2030, 10:00–10:08 (Africa/Kigali)",
        ),
        "de": (
            "Mein Rundgang: Example Conference 2030",
            "Tafel A1",
            ["Postersitzung"],
            robots + "Montag, 3. Juni 2030, 10:00–10:08 (Africa/Kigali)",
        ),
        "fr": (
            "Mon parcours : Example Conference 2030",
            "Panneau A1",
            ["Session de posters"],
            robots + "lundi 3 juin 2030, 10:00–10:08 (Africa/Kigali)",
        ),
    }


def test_favourites_without_a_visit_are_counted_and_shown_on_demand(client, conference, monkeypatch):
    star(client, 2, 3, 7)
    plain = client.get("/example-2030/itinerary.ics").content
    assert "Favourites without a visit: 1." in ask_ical_js(plain)["description"]
    # What the plan leaves out, whatever its reason: here, by the attendee's own doing.
    from posters.models import Visit

    Visit.objects.filter(presentation__poster__number=3).update(cancelled_at=dt.datetime.now(dt.UTC))
    for layout in ("sessions", "visits"):
        path = f"/example-2030/itinerary.ics?layout={layout}&unplanned=1"
        events = events_of(client.get(path).content)
        told = [event for event in events if "Not planned: " in event["summary"] + event["description"]]
        (event,) = told
        if layout == "visits":
            assert (event["summary"], event["status"], event["transparency"]) == (
                "Not planned: Is This a Question?",
                "TENTATIVE",
                "TRANSPARENT",
            )
        else:
            assert event["description"].split("\n")[:2] == [
                "10:00 Board A1: Walking Robots Learn to Rest",
                "Not planned: Board A2: Is This a Question?",
            ]


# Nothing comes out empty in silence


def test_an_itinerary_with_nothing_in_it_says_so(client, conference):
    star(client, 7)
    answer = ask_ical_js(client.get("/example-2030/itinerary.ics").content)
    assert (answer["events"], answer["notes"]) == ([], 1)
    assert answer["description"].split("\n")[0] == (
        "Nothing is planned yet: this calendar fills as you star posters and plan sessions. "
        "Favourites without a visit: 1."
    )
    feed = subscribe(client)
    assert ask_ical_js(Client().get(feed).content)["description"] == answer["description"]


def test_whoever_has_no_itinerary_is_told_where_to_subscribe(conference):
    answer = ask_ical_js(Client().get("/example-2030/itinerary.ics").content)
    assert (answer["events"], answer["notes"]) == ([], 1)
    assert answer["description"].split("\n")[0] == (
        "This address shows the itinerary of the browser that opens it, and this one has none here. For a calendar "
        "application, subscribe on http://127.0.0.1:8000/example-2030/itinerary/calendar/"
    )
