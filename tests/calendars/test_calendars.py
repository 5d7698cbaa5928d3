"""Every calendar, read back by three independent parsers, and held against RFC 5545 and 7986."""

import datetime as dt
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from posters.models import Board, Poster, Presentation, Session
from tests.calendars.parsers import Facts, events_of

pytestmark = pytest.mark.django_db

SESSION = "/example-2030/sessions/poster-session-1.ics"
POSTER = "/example-2030/posters/1.ics"
ITINERARY = "/example-2030/itinerary.ics"
VISITS = "/example-2030/itinerary.ics?layout=visits"

FEEDS = {
    "session": SESSION,
    "poster": POSTER,
    "author": "/example-2030/authors/ada-muller.ics",
    "topic": "/example-2030/topics/theory.ics",
    "programme": "/example-2030/programme.ics",
    "programme by posters": "/example-2030/programme.ics?layout=posters",
    "itinerary": ITINERARY,
    "itinerary by visits": VISITS,
    "itinerary with everything": f"{VISITS}&alarm=15&unplanned=1&language=de",
}


def read(client: Client, path: str) -> list[Facts]:
    """The events of a calendar, the same for all parsers."""
    response = client.get(path)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert b"None" not in response.content
    return events_of(response.content)


def star(client: Client, *numbers: int, interest: str = "interested") -> None:
    for number in numbers:
        client.post(f"/example-2030/posters/{number}/favourite/", {"interest": interest})


def utc(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2030, 6, day, hour, minute, tzinfo=dt.UTC)


@pytest.mark.parametrize("path", [ITINERARY, VISITS])
def test_a_download_says_when_its_newest_event_was_changed_and_is_known_by_its_tag(client, conference, path):
    star(client, 1, 2)
    response = client.get(path)
    newest = max(event["changed_at"] for event in events_of(response.content))
    assert parsedate_to_datetime(response["Last-Modified"]) == newest
    assert client.get(path, headers={"if-none-match": response["ETag"]}).status_code == 304
    star(client, 1, interest="none")
    assert client.get(path, headers={"if-none-match": response["ETag"]}).status_code == 200


def test_a_session_is_an_event(client, conference, poster_session):
    (event,) = read(client, SESSION)
    assert event == {
        "changed_at": poster_session.changed_at.replace(microsecond=0),
        "stamped_at": poster_session.changed_at.replace(microsecond=0),
        "status": "CONFIRMED",
        "transparency": "OPAQUE",
        "categories": ["Poster session"],
        "contact": "",
        "online": [],
        "alarms": [],
        "uid": str(poster_session.uid),
        "summary": "Poster Session 1",
        "starts_at": utc(3, 8),
        "ends_at": utc(3, 10),
        "sequence": poster_session.sequence,
        "location": "Hall A, Example Centre, Kigali",
        "description": "Monday 3 June 2030, 10:00–12:00 (Africa/Kigali)",
        "url": "http://127.0.0.1:8000/example-2030/sessions/poster-session-1/",
    }
    assert (
        client.get(SESSION).headers["Content-Disposition"] == 'attachment; filename="example-2030-poster-session-1.ics"'
    )


def test_a_poster_shown_twice_is_two_events_with_uids_of_their_own(client, poster):
    events = {event["starts_at"]: event for event in read(client, POSTER)}
    assert {start: (e["uid"], e["summary"], e["location"]) for start, e in events.items()} == {
        utc(3, 8): (
            str(poster.presentations.get(session__slug="poster-session-1").uid),
            "Schrödinger Bridges & Their ℓ_∞ Norms",
            "Board A3, Hall A, Example Centre, Kigali",
        ),
        utc(4, 7): (
            str(poster.presentations.get(session__slug="oral-session").uid),
            "Schrödinger Bridges & Their ℓ_∞ Norms",
            "Auditorium, Example Centre, Kigali",
        ),
    }


def test_what_has_no_time_is_no_event(client, conference):
    assert client.get("/example-2030/sessions/late-posters.ics").status_code == 404
    assert client.get("/example-2030/posters/7.ics").status_code == 404
    star(client, 7)
    assert read(client, ITINERARY) == []


def test_a_withdrawn_poster_arrives_as_cancelled(client, conference):
    (event,) = read(client, "/example-2030/posters/5.ics")
    assert (event["status"], event["transparency"], event["summary"]) == (
        "CANCELLED",
        "TRANSPARENT",
        "Withdrawn: Withdrawn but Remembered",
    )


def test_drafts_have_no_calendar(client, conference):
    assert client.get("/example-2030/posters/8.ics").status_code == 404


def test_an_itinerary_is_one_event_per_session_with_its_visits_in_walking_order(client, conference):
    star(client, 1, 2, 3)
    client.post("/example-2030/sessions/keynote/attendance/", {"attending": "yes"})
    events = {event["summary"]: event for event in read(client, ITINERARY)}
    assert set(events) == {"Poster Session 1", "Opening Keynote"}
    assert events["Poster Session 1"]["description"].split("\n") == [
        "10:00 Board A1: Walking Robots Learn to Rest",
        "10:08 Board A2: Is This a Question?",
        "10:16 Board A3: Schrödinger Bridges & Their ℓ_∞ Norms",
        "Monday 3 June 2030, 10:00–12:00 (Africa/Kigali)",
    ]
    assert (events["Poster Session 1"]["starts_at"], events["Poster Session 1"]["ends_at"]) == (
        utc(3, 8),
        utc(3, 10),
    )


def test_an_itinerary_by_visits_is_one_event_per_visit(client, conference):
    star(client, 2, 3)
    events = {event["summary"]: event for event in read(client, VISITS)}
    assert {name: (e["starts_at"], e["ends_at"], e["location"]) for name, e in events.items()} == {
        "Walking Robots Learn to Rest": (
            utc(3, 8),
            utc(3, 8, 8),
            "Board A1, Hall A, Example Centre, Kigali",
        ),
        "Is This a Question?": (utc(3, 8, 8), utc(3, 8, 16), "Board A2, Hall A, Example Centre, Kigali"),
    }


def test_an_unknown_layout_is_refused(client, conference):
    response = client.get("/example-2030/itinerary.ics?layout=months")
    assert (response.status_code, response.content) == (400, b"layout must be sessions or visits.\n")


def test_an_empty_itinerary_is_a_calendar_without_events(client, conference):
    assert read(client, ITINERARY) == []


@pytest.mark.parametrize("path", FEEDS.values(), ids=FEEDS)
def test_made_anew_with_nothing_changed_it_is_the_same_bytes(client, conference, path):
    star(client, 1, 2, 6)
    contents = set()
    client.get(path)
    for hours in (1, 30, 24 * 20):
        cache.clear()
        with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(hours=hours)):
            contents.add(client.get(path).content)
    assert len(contents) == 1


def by_uid(client: Client, path: str) -> dict[object, Facts]:
    return {event["uid"]: event for event in read(client, path)}


def move_session(**times: dt.datetime) -> None:
    Session.objects.filter(slug="poster-session-1").update(**times)


CHANGES = {
    "session moved": lambda: Session.objects.filter(slug="poster-session-1").update(starts_at=utc(3, 7)),
    "board changed": lambda: Presentation.objects.filter(poster__number=2, session__slug="poster-session-1").update(
        board=Board.objects.get(label="A9")
    ),
    "board renamed": lambda: Board.objects.filter(label="A1").update(label="Z1"),
    "poster retitled": lambda: Poster.objects.filter(number=2).update(title="Robots, Rested"),
    "poster moved": lambda: Presentation.objects.filter(poster__number=2).update(
        session=Session.objects.get(slug="keynote"), board=None
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_updates_the_visit_in_place(client, conference, change):
    star(client, 2)
    before = by_uid(client, VISITS)
    change()
    after = by_uid(client, VISITS)
    assert after.keys() == before.keys()
    assert [e["sequence"] for e in after.values()] == [e["sequence"] + 1 for e in before.values()]
    assert after != before


@pytest.mark.parametrize("change", [CHANGES["session moved"], CHANGES["board renamed"], CHANGES["poster retitled"]])
def test_a_change_updates_the_sessions_event_in_place(client, conference, change):
    star(client, 2)
    before = by_uid(client, ITINERARY)
    with_clock_ahead(change)
    after = by_uid(client, ITINERARY)
    assert after.keys() == before.keys()
    ((uid, event),) = after.items()
    assert event["sequence"] > before[uid]["sequence"]


def with_clock_ahead(change) -> None:
    with time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(minutes=5)):
        change()


def test_only_what_changed_gets_a_new_sequence(client, conference):
    star(client, 2, 3, 6)
    before = by_uid(client, VISITS)
    Poster.objects.filter(number=6).update(title="Third Day")
    after = by_uid(client, VISITS)
    assert {e["summary"] for uid, e in after.items() if e["sequence"] != before[uid]["sequence"]} == {"Third Day"}


def test_addresses_never_come_from_the_requests_host(client, conference, settings):
    settings.ALLOWED_HOSTS = ["*"]
    for host in ("posters.example.org", "evil.example"):
        content = client.get(SESSION, headers={"host": host}).content
        assert b"evil.example" not in content
        assert b"URL:http://127.0.0.1:8000/" in content


AWKWARD = "Comma, semicolon; back\\slash; “quotes”, 漢字かな交じり文, 🦜🦜🦜, and a line\nbreak " + "é🎉" * 60


@pytest.mark.parametrize("title", [AWKWARD, "x" * 200, "\\n is not a line break", "back\\slash,semi;colon:", "Ω" * 199])
def test_texts_come_back_whole(client, conference, poster_session, title):
    Poster.objects.filter(number=2).update(title=title)
    star(client, 2)
    (event,) = read(client, VISITS)
    assert event["summary"] == title
    (event,) = read(client, ITINERARY)
    assert f"Board A1: {title}" in event["description"]


def edge_times() -> Iterator[pytest.param]:
    yield pytest.param(
        "Europe/Vienna",
        dt.datetime(2030, 10, 27, 0, 30, tzinfo=dt.UTC),
        dt.datetime(2030, 10, 27, 1, 30, tzinfo=dt.UTC),
        "Sunday 27 October 2030, 02:30–02:30",
        id="clocks go back",
    )
    yield pytest.param("Asia/Kolkata", utc(3, 3, 30), utc(3, 5), "Monday 3 June 2030, 09:00–10:30", id="half hours")
    yield pytest.param("Etc/GMT+12", utc(3, 3), utc(3, 4), "Sunday 2 June 2030, 15:00–16:00", id="without history")
    yield pytest.param("America/New_York", utc(3, 3, 30), utc(3, 5), "Sunday 2 June 2030, 23:30–01:00", id="midnight")
    yield pytest.param(
        "Europe/Vienna",
        dt.datetime(2030, 3, 31, 0, 30, tzinfo=dt.UTC),
        dt.datetime(2030, 3, 31, 1, 30, tzinfo=dt.UTC),
        "Sunday 31 March 2030, 01:30–03:30",
        id="clocks go forward",
    )
    yield pytest.param(
        "Asia/Kathmandu", utc(3, 3, 15), utc(3, 4), "Monday 3 June 2030, 09:00–09:45", id="quarter hours"
    )


@pytest.mark.parametrize(("zone", "starts_at", "ends_at", "words"), list(edge_times()))
def test_edge_times_are_right_in_utc_and_in_words(client, conference, zone, starts_at, ends_at, words):
    conference.time_zone = zone
    conference.save()
    move_session(starts_at=starts_at, ends_at=ends_at)
    (event,) = read(client, SESSION)
    assert (event["starts_at"], event["ends_at"]) == (starts_at, ends_at)
    assert event["description"] == f"{words} ({zone})"
