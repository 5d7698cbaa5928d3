"""Every calendar, read back by two independent parsers, and held against RFC 5545."""

import datetime as dt
import re
from collections.abc import Iterator

import icalendar
import pytest
import vobject
from django.test import Client

from posters.models import Board, Poster, Presentation, Session

pytestmark = pytest.mark.django_db

SESSION = "/example-2030/sessions/poster-session-1.ics"
POSTER = "/example-2030/posters/1.ics"
ITINERARY = "/example-2030/itinerary.ics"
VISITS = "/example-2030/itinerary.ics?layout=visits"

Facts = dict[str, object]


def by_icalendar(content: bytes) -> list[Facts]:
    return [
        {
            "uid": str(event["uid"]),
            "summary": str(event["summary"]),
            "starts_at": event["dtstart"].dt,
            "ends_at": event["dtend"].dt,
            "sequence": int(event["sequence"]),
            "location": str(event.get("location", "")),
            "description": str(event.get("description", "")),
            "url": str(event["url"]),
        }
        for event in icalendar.Calendar.from_ical(content).walk("VEVENT")
    ]


def by_vobject(content: bytes) -> list[Facts]:
    calendar = vobject.readOne(content.decode())
    return [
        {
            "uid": event.uid.value,
            "summary": event.summary.value,
            "starts_at": event.dtstart.value,
            "ends_at": event.dtend.value,
            "sequence": int(event.sequence.value),
            "location": event.location.value if hasattr(event, "location") else "",
            "description": event.description.value if hasattr(event, "description") else "",
            "url": event.url.value,
        }
        for event in calendar.contents.get("vevent", [])
    ]


def read(client: Client, path: str) -> list[Facts]:
    """The events of a calendar, the same for both parsers, after the checks that hold for every calendar."""
    response = client.get(path)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    check_form(response.content)
    events = by_icalendar(response.content)
    if events:
        assert by_vobject(response.content) == events
    uids = [event["uid"] for event in events]
    assert len(uids) == len(set(uids))
    return events


def check_form(content: bytes) -> None:
    """RFC 5545 §3.1: CRLF, at most 75 octets a line, UTF-8 characters whole; UTC instants only."""
    assert content.startswith(b"BEGIN:VCALENDAR\r\n")
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    for line in content.split(b"\r\n"):
        assert len(line) <= 75
        line.decode("utf-8")
    text = content.decode().replace("\r\n ", "")
    assert "VTIMEZONE" not in text
    for name in ("DTSTART", "DTEND", "DTSTAMP", "LAST-MODIFIED"):
        values = re.findall(rf"^{name}(.*)$", text, re.MULTILINE)
        assert all(re.fullmatch(r":\d{8}T\d{6}Z\r?", value) for value in values)
    assert "None" not in text


def star(client: Client, *numbers: int, interest: str = "interested") -> None:
    for number in numbers:
        client.post(f"/example-2030/posters/{number}/favourite/", {"interest": interest})


def utc(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime(2030, 6, day, hour, minute, tzinfo=dt.UTC)


def test_a_session_is_an_event(client, conference, poster_session):
    (event,) = read(client, SESSION)
    assert event == {
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
    calendar = icalendar.Calendar.from_ical(client.get("/example-2030/posters/5.ics").content)
    assert [str(event["status"]) for event in calendar.walk("VEVENT")] == ["CANCELLED"]


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


@pytest.mark.parametrize("path", [SESSION, POSTER, ITINERARY, VISITS])
def test_two_downloads_with_nothing_changed_are_the_same_bytes(client, conference, path):
    star(client, 1, 2)
    assert client.get(path).content == client.get(path).content


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
    import time_machine

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
