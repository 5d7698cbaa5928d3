"""Schedules of pretalx and frab, as JSON and as XML: what is a poster, what a session, and what is broken."""

import datetime as dt
import json
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from posters.models import Author, Conference, Link, Poster, Presentation, Session
from posters.programme.readers import reader_of, schedule_json, schedule_xml
from posters.programme.readers.plain_text import plain_text
from posters.programme.records import (
    AuthorRecord,
    ConferenceRecord,
    LinkRecord,
    PresentationRecord,
    ProgrammeRecord,
    UnreadableProgramme,
)
from posters.programme.source import Source, SourceFile, open_source

ADA = {"guid": "a0000000-0000-4000-8000-000000000001", "code": "ADALOV", "id": 1, "name": "Ada Lovelace"}
BO = {"guid": "a0000000-0000-4000-8000-000000000002", "code": "BOLI77", "id": 2, "name": "Bo Li"}
CONFERENCE = {
    "acronym": "walks2030",
    "title": "Walks 2030",
    "start": "2030-06-03",
    "end": "2030-06-04",
    "timeslot_duration": "00:05",
    "time_zone_name": "Europe/Vienna",
    "url": "https://walks.example.org/",
    "colors": {"primary": "#3aa57c"},
}


def at(time: str, day: int = 3) -> dt.datetime:
    return dt.datetime.fromisoformat(f"2030-06-{day:02}T{time}:00+02:00")


def event(number: int = 1, time: str = "16:30", duration: str = "02:00", **fields: Any) -> dict[str, Any]:
    """A poster in Hall A on Monday, unless the fields say otherwise. None leaves a field out."""
    day = fields.get("day", 3)
    content = {
        "guid": f"e0000000-0000-4000-8000-{number:012}",
        "code": f"CODE{number:02}",
        "id": number,
        "date": f"2030-06-{day:02}T{time}:00+02:00",
        "start": time,
        "duration": duration,
        "room": "Hall A",
        "title": f"Title {number}",
        "subtitle": "",
        "track": "Theory",
        "type": "Poster",
        "abstract": f"Abstract {number}.",
        "persons": [ADA],
    } | fields
    return {name: value for name, value in content.items() if value is not None}


def talk(number: int, time: str, duration: str = "00:20", **fields: Any) -> dict[str, Any]:
    return event(number, time, duration, **{"type": "Talk", "room": "Auditorium"} | fields)


def days_of(events: list[Any]) -> dict[int, dict[str, list[Any]]]:
    """By day and room, in the order in which they come."""
    days: dict[int, dict[str, list[Any]]] = {}
    for each in events:
        fields = each if isinstance(each, dict) else {}
        room = fields.get("room")
        day = days.setdefault(fields.get("day", 3), {})
        day.setdefault(room if isinstance(room, str) else "", []).append(each)
    return days


def without_day(each: Any) -> Any:
    return {name: value for name, value in each.items() if name != "day"} if isinstance(each, dict) else each


def as_json(*events: Any, conference: dict[str, Any] | None = None) -> bytes:
    days = [
        {
            "index": index,
            "date": f"2030-06-{day:02}",
            "day_start": f"2030-06-{day:02}T04:00:00+02:00",
            "day_end": f"2030-06-{day + 1:02}T03:59:00+02:00",
            "rooms": {room: [without_day(each) for each in listed] for room, listed in rooms.items()},
        }
        for index, (day, rooms) in enumerate(days_of(list(events)).items(), start=1)
    ]
    fields = CONFERENCE | (conference or {}) | {"daysCount": len(days), "days": days}
    schedule = {"version": "1.2", "base_url": "https://pretalx.example.org", "conference": fields}
    document = {"generator": {"name": "pretalx", "version": "2025.2.2"}, "schedule": schedule}
    return json.dumps(document, indent=1).encode()


def as_xml(*events: dict[str, Any], conference: dict[str, Any] | None = None) -> bytes:
    root = ElementTree.Element("schedule")
    ElementTree.SubElement(root, "generator", name="pretalx", version="2025.2.2")
    ElementTree.SubElement(root, "version").text = "1.2"
    top = ElementTree.SubElement(root, "conference")
    days = days_of(list(events))
    facts = CONFERENCE | (conference or {}) | {"days": len(days), "base_url": "https://pretalx.example.org"}
    for name, value in facts.items():
        if name == "colors":
            ElementTree.SubElement(top, "color", **value)
        else:
            ElementTree.SubElement(top, name).text = str(value)
    for index, (day, rooms) in enumerate(days.items(), start=1):
        date = f"2030-06-{day:02}"
        attributes = {"index": str(index), "date": date, "start": f"{date}T04:00:00+02:00"}
        day_element = ElementTree.SubElement(root, "day", attributes, end=f"2030-06-{day + 1:02}T03:59:00+02:00")
        for room, listed in rooms.items():
            room_element = ElementTree.SubElement(day_element, "room", name=room)
            for each in listed:
                room_element.append(event_element(each))
    ElementTree.indent(root)
    return b"<?xml version='1.0' encoding='utf-8' ?>\n<!-- Made by a test. -->\n" + ElementTree.tostring(root)


def event_element(each: dict[str, Any]) -> ElementTree.Element:
    keys = {name: str(each[name]) for name in ("guid", "id", "code") if name in each}
    element = ElementTree.Element("event", keys)
    for name, value in each.items():
        if name == "persons":
            persons = ElementTree.SubElement(element, "persons")
            for person in value:
                attributes = {name: str(person[name]) for name in ("id", "guid", "code") if name in person}
                ElementTree.SubElement(persons, "person", attributes).text = person["name"]
        elif name in ("links", "attachments"):
            links = ElementTree.SubElement(element, name)
            for link in value:
                attributes = {"href": link["url"], "type": link.get("type", "")}
                ElementTree.SubElement(links, name[:-1], attributes).text = link.get("title", "")
        elif name == "do_not_record":
            recording = ElementTree.SubElement(element, "recording")
            ElementTree.SubElement(recording, "license")
            ElementTree.SubElement(recording, "optout").text = "true" if value else "false"
        elif name not in (*keys, "day"):
            ElementTree.SubElement(element, name).text = str(value)
    return element


def read_json(content: bytes) -> ProgrammeRecord:
    return schedule_json.read(Source((SourceFile("schedule.json", content),)))


def read_xml(content: bytes) -> ProgrammeRecord:
    return schedule_xml.read(Source((SourceFile("schedule.xml", content),)))


def read(*events: Any, **conference: Any) -> ProgrammeRecord:
    """The programme as JSON gives it; XML must give the same but for the file's name in remarks."""
    programme = read_json(as_json(*events, conference=conference))
    other = read_xml(as_xml(*events, conference=conference))
    remarks = tuple(remark.replace("schedule.xml", "schedule.json") for remark in other.remarks)
    assert [*remarks] == [*programme.remarks]
    for name in ProgrammeRecord.__slots__:
        assert name == "remarks" or getattr(other, name) == getattr(programme, name)
    return programme


def shown(programme: ProgrammeRecord) -> list[tuple[str, str]]:
    """Each presentation: the poster's title and the session's slug."""
    return [(poster.title, each.session) for poster in programme.posters for each in poster.presentations]


WHOLE = (
    event(1, "09:00", "01:00", type="Keynote", room="Auditorium", title="On Engines", subtitle="A talk", track=None),
    talk(2, "10:00"),
    talk(3, "10:25"),
    talk(4, "11:30"),
    event(5, "10:45", "00:45", type="Break", room="Foyer", title="Coffee", persons=[], track=None),
    event(6, persons=[ADA, BO], abstract="<p>One &amp; all.</p>", links=[{"url": "https://arxiv.org/abs/1"}]),
    event(7, persons=[BO]),
    event(8, "16:30", "02:00", day=4),
    event(6, day=4, guid="e0000000-0000-4000-8000-000000000099", persons=[ADA, BO], abstract=""),
)


def test_a_whole_programme_has_its_posters_sessions_and_conference():
    programme = read(*WHOLE)
    assert programme.conference == ConferenceRecord(
        name="Walks 2030",
        year=2030,
        time_zone="Europe/Vienna",
        starts_on=dt.date(2030, 6, 3),
        ends_on=dt.date(2030, 6, 4),
        website_url="https://walks.example.org/",
        accent_colour="#3aa57c",
    )
    assert programme.rooms == ("Auditorium", "Foyer", "Hall A")
    assert [(s.title, s.slug, s.kind, s.room, s.starts_at, s.ends_at) for s in programme.sessions] == [
        ("On Engines", "event-1", "keynote", "Auditorium", at("09:00"), at("10:00")),
        ("Coffee", "event-5", "break", "Foyer", at("10:45"), at("11:30")),
        (
            "Theory, Talk session, Auditorium, Monday 3 June",
            "talk-theory-auditorium-2030-06-03",
            "oral",
            "Auditorium",
            at("10:00"),
            at("10:45"),
        ),
        (
            "Theory, Talk session 2, Auditorium, Monday 3 June",
            "talk-theory-auditorium-2030-06-03-2",
            "oral",
            "Auditorium",
            at("11:30"),
            at("11:50"),
        ),
        (
            "Poster session, Hall A, Monday 3 June",
            "poster-hall-a-2030-06-03",
            "poster",
            "Hall A",
            at("16:30"),
            at("18:30"),
        ),
        (
            "Poster session, Hall A, Tuesday 4 June",
            "poster-hall-a-2030-06-04",
            "poster",
            "Hall A",
            at("16:30", 4),
            at("18:30", 4),
        ),
    ]
    assert programme.sessions[0].description == "A talk\n\nAda Lovelace\n\nAbstract 1."
    assert [(p.place, p.title, p.source_id, p.topics) for p in programme.posters] == [
        ("event 2", "Title 2", "2", ("Theory",)),
        ("event 3", "Title 3", "3", ("Theory",)),
        ("event 4", "Title 4", "4", ("Theory",)),
        ("event 6", "Title 6", "6", ("Theory",)),
        ("event 7", "Title 7", "7", ("Theory",)),
        ("event 8", "Title 8", "8", ("Theory",)),
    ]
    assert programme.posters[0].presentations == (
        PresentationRecord(
            "talk-theory-auditorium-2030-06-03",
            presenter_starts_at=at("10:00"),
            presenter_ends_at=at("10:20"),
            position=1,
        ),
    )
    assert programme.posters[3].presentations == (
        PresentationRecord("poster-hall-a-2030-06-03"),
        PresentationRecord("poster-hall-a-2030-06-04"),
    )
    assert programme.posters[3].abstract == "One & all."
    assert programme.posters[3].authors == (
        AuthorRecord("Ada Lovelace", source_id="ADALOV"),
        AuthorRecord("Bo Li", source_id="BOLI77"),
    )
    assert programme.posters[3].links == (LinkRecord("paper", "https://arxiv.org/abs/1"),)
    assert [(left.place, left.name, left.reason, left.is_joined) for left in programme.left_out] == [
        ("event 1", "On Engines", "no poster, a session by itself (keynote)", False),
        ("event 5", "Coffee", "no poster, a session by itself (break)", False),
        ("event 9", "Title 6", "another slot of event 6", True),
    ]
    assert programme.remarks == ()


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "write"), [("schedule.json", as_json), ("schedule.xml", as_xml)])
def test_it_is_recognised_imported_and_a_second_run_writes_nothing(tmp_path, name, write):
    path = tmp_path / name
    path.write_bytes(write(*WHOLE))
    report = run(path)
    assert "Posters: 6 added, 0 changed, 0 unchanged, 1 joined, 2 left out, 0 refused." in report
    assert (Conference.objects.get().name, Conference.objects.get().time_zone) == ("Walks 2030", "Europe/Vienna")
    counts = [model.objects.count() for model in (Poster, Author, Presentation, Session, Link)]
    assert counts == [6, 2, 7, 6, 1]
    revision = Conference.objects.get().revision
    assert "Nothing has changed." in run(path)
    assert Conference.objects.get().revision == revision


@pytest.mark.django_db
def test_the_other_format_of_the_same_programme_changes_nothing(tmp_path):
    (tmp_path / "schedule.json").write_bytes(as_json(*WHOLE))
    (tmp_path / "schedule.xml").write_bytes(as_xml(*WHOLE))
    run(tmp_path / "schedule.json")
    assert "Nothing has changed." in run(tmp_path / "schedule.xml")


@pytest.mark.django_db
def test_a_renamed_talk_and_one_more_stay_in_the_session_that_was_there(tmp_path):
    path = tmp_path / "schedule.json"
    path.write_bytes(as_json(talk(2, "10:00"), talk(3, "10:20")))
    run(path)
    session = Session.objects.get()
    path.write_bytes(as_json(talk(9, "09:40"), talk(2, "10:00", title="Another Title"), talk(3, "10:20")))
    run(path)
    again = Session.objects.get()
    assert (again.pk, again.slug, again.title) == (session.pk, session.slug, session.title)
    assert again.starts_at == at("09:40")
    listed = again.presentations.order_by("position").values_list("poster__title", flat=True)
    assert list(listed) == ["Title 9", "Another Title", "Title 3"]


@pytest.mark.django_db
def test_a_poster_that_gets_a_second_slot_stays_the_same_poster(tmp_path):
    path = tmp_path / "schedule.json"
    path.write_bytes(as_json(event(1)))
    run(path)
    poster = Poster.objects.get()
    first, second = event(1, guid=ADA["guid"]), event(1, guid=BO["guid"], day=4)
    path.write_bytes(as_json(first, second))
    run(path)
    assert Poster.objects.get().pk == poster.pk
    assert Presentation.objects.filter(poster=poster).count() == 2


def run(source: Path, *options: str) -> str:
    out = StringIO()
    call_command("import_programme", str(source), "--conference", "walks-2030", *options, stdout=out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "reader"),
    [
        ("a.json", as_json(event()), schedule_json),
        ("a.json", json.dumps({"conference": {"acronym": "x", "days": []}, "version": "1"}).encode(), schedule_json),
        ("a.xml", as_xml(event()), schedule_xml),
        ("a.xml", b"<!-- <a> -->\n<schedule><conference/></schedule>", schedule_xml),
        ("a.xml", as_xml(event()).decode().replace("utf-8", "utf-16").encode("utf-16"), schedule_xml),
        ("a.xml", b"\xef\xbb\xbf" + as_xml(event()), schedule_xml),
    ],
)
def test_schedules_are_recognised_by_their_content(name, content, reader):
    source = Source((SourceFile(name, content),))
    assert reader_of(source) is reader
    assert reader.read(source).remarks == ()


@pytest.mark.parametrize(
    "content", [b'{"results": [], "conference": "x"}', b"<html><schedule/></html>", b"<rss/>", b"<!--", b"<"]
)
def test_other_files_are_not_taken_for_schedules(content):
    source = Source((SourceFile("x", content),))
    assert not schedule_json.recognises(source)
    assert not schedule_xml.recognises(source)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"type": "Keynote"}, "keynote"),
        ({"type": "Invited talk"}, "keynote"),
        ({"type": "Workshop"}, "workshop"),
        ({"type": "Tutorial (90 min)"}, "workshop"),
        ({"type": "Social event"}, "social"),
        ({"type": "Panel"}, "oral"),
        ({"type": "Lightning talks", "persons": []}, "oral"),
        ({"type": "Talk", "persons": [], "title": "Lunch"}, "break"),
        ({"type": "Talk", "persons": [], "title": "Opening"}, "keynote"),
        ({"type": "Poster session", "persons": [], "title": "Posters & coffee"}, "poster"),
        ({"type": "Talk", "persons": [], "title": "Group photo"}, "social"),
    ],
)
def test_what_is_no_contribution_is_a_session_of_its_kind(fields, kind):
    programme = read(event(1, **fields))
    assert [session.kind for session in programme.sessions] == [kind]
    assert programme.posters == ()
    assert len(programme.left_out) == 1


@pytest.mark.parametrize("type_name", ["Poster", "Talk", "Oral", "Workshop paper", "Keynote poster", "", "Vortrag"])
def test_any_other_event_with_persons_is_a_contribution(type_name):
    programme = read(event(1, type=type_name))
    assert [poster.title for poster in programme.posters] == ["Title 1"]
    assert programme.left_out == ()


def test_a_poster_whose_persons_are_missing_is_a_poster():
    programme = read(event(1, persons=[]), event(2))
    assert shown(programme) == [("Title 1", "poster-hall-a-2030-06-03"), ("Title 2", "poster-hall-a-2030-06-03")]
    assert programme.remarks == ("event 1: it has no persons, so the poster has no authors.",)


def test_contributions_come_into_the_session_that_the_schedule_has_for_them():
    host = event(9, "16:00", "03:00", type="Poster session", title="Posters I", persons=[], track=None)
    programme = read(host, event(1), event(2), event(3, "19:00", "01:00"))
    assert [session.title for session in programme.sessions] == ["Posters I", "Poster session, Hall A, Monday 3 June"]
    assert shown(programme) == [
        ("Title 1", "event-9"),
        ("Title 2", "event-9"),
        ("Title 3", "poster-hall-a-2030-06-03"),
    ]
    assert programme.posters[0].presentations[0].presenter_starts_at == at("16:30")


def test_a_gap_another_room_or_another_track_ends_an_oral_session():
    programme = read(
        talk(1, "10:00"),
        talk(2, "10:20"),
        talk(3, "10:46"),
        talk(5, "11:06", track="Practice"),
        talk(4, "10:20", room="Room 2"),
    )
    assert shown(programme) == [
        ("Title 1", "talk-theory-auditorium-2030-06-03"),
        ("Title 2", "talk-theory-auditorium-2030-06-03"),
        ("Title 3", "talk-theory-auditorium-2030-06-03-2"),
        ("Title 5", "talk-practice-auditorium-2030-06-03"),
        ("Title 4", "talk-theory-room-2-2030-06-03"),
    ]


def test_events_of_one_guid_code_or_id_and_title_are_slots_of_one_poster():
    plain = {"code": None, "guid": None}
    programme = read(
        event(1),
        event(1, day=4, code=None, id=77),
        event(2, guid=ADA["guid"]),
        event(2, day=4, guid=BO["guid"], id=78),
        event(3, **plain),
        event(3, day=4, **plain),
        event(3, title="Another with its id", code=None),
    )
    assert [(poster.title, poster.source_id, len(poster.presentations)) for poster in programme.posters] == [
        ("Title 1", "1", 2),
        ("Title 2", "2", 2),
        ("Title 3", "", 2),
        ("Another with its id", "e0000000-0000-4000-8000-000000000003", 1),
    ]
    assert programme.remarks == ("event 3: it has no id of its own and is known by its title.",)


def test_two_slots_in_one_session_come_once():
    programme = read(talk(1, "10:00"), talk(1, "10:20"))
    assert len(programme.posters[0].presentations) == 1
    assert programme.remarks == ("event 2: it is in this session already; it comes there once.",)


def test_what_is_cancelled_is_withdrawn_and_stays_in_its_session():
    programme = read(
        event(1, status="canceled"),
        event(2),
        event(2, day=4, status="cancelled"),
        event(3, type="Keynote", status="cancelled", track=None),
    )
    assert [(poster.status, len(poster.presentations)) for poster in programme.posters] == [("withdrawn", 1), ("", 1)]
    assert programme.sessions[0].title == "Cancelled: Title 3"


@pytest.mark.parametrize(
    ("fields", "window"),
    [
        ({"duration": "1:02:30"}, (at("16:30"), at("19:00", 4))),
        ({"duration": "36:00"}, (at("16:30"), at("04:30", 5))),
        ({"time": "23:30", "duration": "01:00"}, (at("23:30"), at("00:30", 4))),
        ({"end": "2030-06-03T17:00:00+02:00"}, (at("16:30"), at("17:00"))),
        ({"date": None}, (at("16:30"), at("18:30"))),
        ({"date": None, "start": "00:30"}, (at("00:30", 4), at("02:30", 4))),
        ({"date": "2030-06-04"}, (at("16:30", 4), at("18:30", 4))),
        ({"date": "2030-06-03T14:30:00Z"}, (at("16:30"), at("18:30"))),
        ({"date": "2030-06-03T16:30:00"}, (at("16:30"), at("18:30"))),
    ],
)
def test_times_are_read_in_all_their_forms(fields, window):
    session = read(event(1, **fields)).sessions[0]
    assert (session.starts_at, session.ends_at) == window
    assert session.slug == "poster-hall-a-2030-06-03"


def test_a_time_without_an_offset_is_the_conference_s_and_told():
    programme = read(event(1, date="2030-06-03T16:30:00"), event(2, date=None))
    assert programme.remarks == (
        "events 1–2: its time has no offset from UTC and was taken as in the conference's zone, Europe/Vienna.",
    )


def test_a_duration_counts_across_a_change_of_the_clocks():
    programme = read(
        event(1, date="2030-10-27T00:30:00", duration="03:00"),
        event(2, date="2030-10-27T02:30:00", duration="03:00", room="Hall B"),
    )
    first, second = programme.sessions
    assert (first.starts_at, first.ends_at) == tuple(
        dt.datetime.fromisoformat(f"2030-10-{time}+00:00") for time in ("26T22:30", "27T01:30")
    )
    assert second.starts_at == dt.datetime.fromisoformat("2030-10-27T00:30+00:00")
    assert programme.remarks[1] == (
        "event 2: the clocks change at 2030-10-27T02:30:00 in Europe/Vienna: that time is there twice or not at all."
    )


@pytest.mark.parametrize(
    ("fields", "conference", "remark"),
    [
        ({"date": None, "start": None}, {}, "event 1: “date” is missing: it has no time."),
        ({"date": "soon"}, {}, "event 1: “soon” in “date” is not a time and was left out."),
        (
            {"date": "2030-06-03T16:30:00"},
            {"time_zone_name": ""},
            "event 1: “2030-06-03T16:30:00” in “date” has no offset from UTC and was left out.",
        ),
        ({"date": "9999-12-31T16:30:00"}, {"time_zone_name": ""}, "event 1: “9999-12-31T16:30:00” in “date” has no"),
        ({"date": "0001-01-01T00:00:00"}, {}, "event 1: “0001-01-01T00:00:00” in “date” has no offset"),
        (
            {"duration": "two hours"},
            {},
            "event 1: “two hours” in “duration” is not hours and minutes and was left out.",
        ),
        ({"duration": None}, {}, "event 1: neither “end” nor “duration” to “2030-06-03T16:30:00+02:00”, which was"),
        ({"duration": "00:00"}, {}, "event 1: it ends no later than it starts; both times were left out."),
        ({"end": "2030-06-03T16:00:00+02:00"}, {}, "event 1: it ends no later than it starts; both times were left"),
    ],
)
def test_an_event_without_a_time_is_a_poster_without_a_session_and_told(fields, conference, remark):
    programme = read(event(1, **fields), **conference)
    assert [poster.presentations for poster in programme.posters] == [()]
    assert programme.sessions == ()
    assert any(told.startswith(remark) for told in programme.remarks), programme.remarks


@pytest.mark.parametrize(
    ("fields", "remark"),
    [
        ({"time_zone_name": "Mars/Base"}, "“Mars/Base” in “time_zone_name” is not a time zone and was left out."),
        ({"start": "3 June"}, "“3 June” in “start” is not a date and was left out."),
        ({"url": "walks.example.org"}, "“walks.example.org” in “url” is not a web address and was left out."),
        ({"colors": {"primary": "green"}}, "“green” in “colors” is not # and six hexadecimal digits and was left out."),
        ({"logo": "https://example.org/l.png"}, "fields of the conference that are not read: logo."),
    ],
)
def test_facts_of_the_conference_that_are_none_are_left_out_and_told(fields, remark):
    assert read(event(), **fields).remarks == (f"schedule.json: {remark}",)


def test_links_take_their_kind_from_their_words_or_their_address():
    programme = read(
        event(
            links=[
                {"url": "https://github.com/a/b", "title": "Where it lives", "type": "related"},
                {"url": "https://example.org/1", "title": "Recording", "type": "related"},
                {"url": "https://example.org/2", "type": "paper"},
                {"url": "javascript:alert(1)", "title": "Trap"},
            ],
            attachments=[
                {"url": "/media/walks/slides.pdf", "title": "Slides", "type": "related"},
                {"url": "//[no", "title": "Trap"},
            ],
            url="https://pretalx.example.org/walks/talk/CODE01/",
            origin_url="https://pretalx.example.org/walks/talk/CODE01/",
            feedback_url="https://pretalx.example.org/walks/talk/CODE01/feedback/",
        )
    )
    assert programme.posters[0].links == (
        LinkRecord("code", "https://github.com/a/b", "Where it lives"),
        LinkRecord("video", "https://example.org/1", "Recording"),
        LinkRecord("paper", "https://example.org/2"),
        LinkRecord("slides", "https://pretalx.example.org/media/walks/slides.pdf", "Slides"),
        LinkRecord("other", "https://pretalx.example.org/walks/talk/CODE01/"),
        LinkRecord("other", "https://pretalx.example.org/walks/talk/CODE01/feedback/", "Feedback"),
    )
    assert programme.remarks == (
        "event 1: “javascript:alert(1)” in “links” is not a web address and was left out.",
        "event 1: “//[no” in “attachments” is not a web address and was left out.",
    )


def test_fields_that_are_not_read_are_told_once():
    programme = read(event(1, language="en", do_not_record=True), event(2, language="de", logo=""))
    assert programme.remarks == ("schedule.json: fields of events that are not read: do_not_record, language.",)
    answers = [{"question": "Board", "answer": "12"}]
    persons = [ADA | {"biography": "Born in London.", "avatar": None}]
    programme = read_json(as_json(event(answers=answers, persons=persons), conference={"rooms": [{"capacity": 7}]}))
    assert programme.remarks == (
        "schedule.json: fields of rooms that are not read: capacity.",
        "schedule.json: fields of events that are not read: answers.",
        "schedule.json: fields of persons that are not read: biography.",
    )


def test_persons_come_under_all_their_names_each_once():
    persons = [
        {"id": 7, "public_name": "Ada Lovelace"},
        {"id": 7, "full_public_name": "A. Lovelace"},
        {"code": "BOLI77", "id": 8, "name": "Bo Li"},
        {"id": 0, "name": "Wei Li"},
        "Emmy Noether",
        {"id": 9},
    ]
    programme = read_json(as_json(event(persons=persons)))
    assert [(author.name, author.source_id) for author in programme.posters[0].authors] == [
        ("Ada Lovelace", "7"),
        ("Bo Li", "BOLI77"),
        ("Wei Li", ""),
        ("Emmy Noether", ""),
    ]
    assert programme.remarks == (
        "event 1: “A. Lovelace” (id 7) stands twice among its persons and comes once.",
        "event 1: a person without a name (id “9”) was left out.",
    )


def test_of_texts_in_several_languages_the_english_one_comes():
    title = {"de": "Gehen", "en": "Walking"}
    programme = read_json(as_json(event(title=title, track={"de": "Theorie"}), conference={"title": title}))
    assert (programme.posters[0].title, programme.posters[0].topics) == ("Walking", ("Theorie",))
    assert programme.conference.name == "Walking"


def test_what_pretalx_writes_beside_the_schema_is_read():
    content = (
        as_xml(event(feedback_url="\n  ", logo=" "))
        .replace(b'<color primary="#3aa57c" />', b'<color>#3aa57c</color><track name="Theory" slug="theory" />')
        .replace(b"<conference>", b"<url>https://pretalx.example.org/walks/schedule.xml</url><conference>")
    )
    programme = read_xml(content)
    assert programme.conference.accent_colour == "#3aa57c"
    assert programme.remarks == ()


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("<p>One <b>bold</b>&nbsp;word.</p>\n<p>Two.</p>", "One bold\u00a0word.\n\nTwo."),
        ("A list:<ul><li>one</li><li>two</li></ul>", "A list:\n\n- one\n\n- two"),
        ("A line<br/>and <a href='https://x.org' target=_blank>a link</a>.", "A line\nand a link."),
        ("<script>alert(1)</script>Text", "alert(1)Text"),
        ("If $a<b$ and c>d, p < 0.05 & q > 3", "If $a<b$ and c>d, p < 0.05 & q > 3"),
        ("# Heading\n\n*Markdown* stays, `x<y>` too", "# Heading\n\n*Markdown* stays, `x<y>` too"),
        ("Q&amp;A, R&D; https://x.org/?a=1&copy=2", "Q&A, R&D; https://x.org/?a=1&copy=2"),
        ("", ""),
    ],
)
def test_html_becomes_plain_text_and_mathematics_stays(written, plain):
    assert plain_text(written) == plain


def test_html_elements_inside_xml_are_read_as_html():
    content = as_xml(event(abstract="X")).replace(b"<abstract>X", b"<abstract><p>One <i>and</i></p><p>two</p>")
    assert read_xml(content).posters[0].abstract == "One and\n\ntwo"


BOMB = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>\n<schedule><title>&b;</title></schedule>'
EXTERNAL = '<?xml version="1.0"?>\n<!DOCTYPE x [\n<!ENTITY a SYSTEM "file:///etc/passwd">]>\n<schedule>&a;</schedule>'


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (BOMB, "x.xml, line 1: a document type or an entity is declared"),
        (EXTERNAL, "x.xml, line 2: a document type or an entity is declared"),
        ('<!DOCTYPE schedule SYSTEM "https://x.org/a.dtd"><schedule/>', "x.xml, line 1: a document type or an entity"),
        ("<schedule>\n<conference>\n<title>Walks", "x.xml, line 3: broken XML: no element found."),
        ("<schedule>\n</conference>", "x.xml, line 2: broken XML: mismatched tag."),
        ("<schedule>\n&nbsp;</schedule>", "x.xml, line 2: broken XML: undefined entity."),
        ("<?xml version='1.0'?>\n<rss/>", "x.xml, line 2: the first element is <rss>, not <schedule>."),
        ("<schedule/>", "x.xml, line 1: not a schedule: no element <conference>."),
        ("<schedule>" * 100_000, "x.xml, line 1: more than 30 elements inside each other."),
        ("<schedule>\n\0</schedule>", "x.xml, line 2: a control character; this is not a text file."),
        ("", "x.xml, line 1: broken XML: no element found."),
    ],
)
def test_dangerous_and_broken_xml_is_refused_with_its_line_and_writes_nothing(tmp_path, content, sentence):
    path = tmp_path / "x.xml"
    path.write_text(content)
    with pytest.raises(CommandError) as refusal:
        run(path, "--format", "schedule-xml")
    assert str(refusal.value).startswith(sentence)
    assert "\n" not in str(refusal.value)
    assert not Conference.objects.exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'{"schedule": {\n"conference"', "schedule.json, line 2: broken JSON: "),
        (b'{"schedule": ' + b"[" * 100_000, "schedule.json, line 1: the JSON is nested too deeply."),
        (b"[]", "schedule.json, line 1: not a schedule: no object “conference”."),
        (b'{"schedule": {"conference": []}}', "schedule.json, line 1: not a schedule: no object “conference”."),
        (b'{"schedule": {"conference": {"days": {}}}}', "schedule.json: “days” must be a list, not an object."),
        (b'{"schedule": {"conference": {"days": [{"rooms": []}]}}}', "Day 1: “rooms” must be an object from room to"),
        (b'{"schedule": {"conference": {"days": [{"rooms": {"A": 1}}]}}}', "Day 1: “A” must be a list of events, not"),
        (as_json("x"), "schedule.json, event 1: must be an object, not text."),
        (as_json(event(), event(2, title=[1])), "Event 2: “title” must be text, not a list."),
        (as_json(event(persons="Ada")), "Event 1: “persons” must be a list, not text."),
        (as_json(event(links=[[1]])), "Event 1: “links” must be a list of objects, not a list."),
        (as_json(conference={"colors": "red"}), "schedule.json: “colors” must be an object, not text."),
    ],
)
def test_broken_json_and_wrong_types_are_refused_with_their_place(content, sentence):
    with pytest.raises(UnreadableProgramme) as refusal:
        read_json(content)
    assert str(refusal.value).startswith(sentence)


def test_another_encoding_is_read_and_broken_text_is_not():
    content = as_xml(event(title="Über Wege")).decode()
    assert read_xml(content.encode("latin-1", "xmlcharrefreplace")).posters[0].title == "Über Wege"
    assert read_xml(content.replace("&#220;", "Ü").encode("latin-1")).posters[0].title == "Über Wege"


def test_a_second_file_is_told(tmp_path):
    (tmp_path / "a.json").write_bytes(as_json(event()))
    (tmp_path / "b.xml").write_bytes(as_xml(event()))
    assert schedule_json.read(open_source(tmp_path)).remarks == ("b.xml: not read: a schedule comes in one file.",)


texts = st.sampled_from(
    [
        "",
        "Poster",
        "Talk",
        "Keynote",
        "Session",
        "cancelled",
        "<p>x",
        "00:30",
        "1:02:30",
        "25:99",
        "10:00",
        "\x01 ",
        "7",
    ]
)
moments = st.sampled_from(["2030-06-03T10:00:00+02:00", "2030-06-03T10:30:00", "2030-06-03", "0001-01-01T00:00", "x"])
oddities = st.sampled_from([None, True, 0, 7, -1.5, 10**30, [], {}, ["x"], [[1]], {"en": "Poster"}, [{"name": "Ada"}]])
anything = st.one_of(texts, moments, oddities)
events = st.dictionaries(
    st.sampled_from(["title", "subtitle", "track", "abstract", "links", "url", "start", "end", "status", "id", "x"]),
    anything,
    max_size=3,
)
sane_events = st.fixed_dictionaries(
    {"title": texts, "type": texts, "persons": st.sampled_from([[], [ADA], [ADA, BO], ["Wei Li"]])},
    optional={
        "guid": texts,
        "code": texts,
        "id": st.integers(0, 3),
        "date": moments,
        "start": texts,
        "duration": texts,
        "room": st.sampled_from(["Hall", "Hall ", ""]),
        "status": texts,
        "url": texts,
    },
)


@given(listed=st.lists(st.one_of(sane_events, st.builds(dict.__or__, sane_events, events), oddities), max_size=6))
def test_every_event_is_accounted_for_or_the_file_is_refused(listed):
    try:
        programme = read_json(as_json(*listed))
    except UnreadableProgramme:
        return
    places = [each.place for each in (*programme.posters, *programme.left_out)]
    assert sorted(places) == [f"event {number}" for number in range(1, len(listed) + 1)]
    slugs = [session.slug for session in programme.sessions]
    assert len(slugs) == len(set(slugs))
    assert {slug for _, slug in shown(programme)} <= set(slugs)


@given(listed=st.lists(sane_events, max_size=6))
def test_both_formats_give_the_same_whatever_the_fields_hold(listed):
    plain = [each | {"persons": [person for person in each["persons"] if isinstance(person, dict)]} for each in listed]
    read(*(json.loads(json.dumps(each).replace("\\u0001", "")) for each in plain))
