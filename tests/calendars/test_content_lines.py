"""The writer of content lines: whatever text goes in, three parsers get it out again."""

import datetime as dt
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from posters.calendars.calendar import Calendar, Event, OnlinePlace, write_calendar
from posters.calendars.colour_names import NAMES, nearest_name
from posters.calendars.content_lines import LONGEST_LINE, address, folded, parameter, text
from tests.calendars.parsers import ask_ical_js, by_icalendar, by_vobject, check_form, events_of

CALENDAR = Calendar(
    name="Name",
    description="Description",
    language="en-GB",
    time_zone="Africa/Kigali",
    url="https://posters.example.org/c/",
    colour="teal",
    image="https://posters.example.org/icon.svg",
)
NOON = dt.datetime(2030, 6, 3, 12, tzinfo=dt.UTC)
characters = st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029") | st.sampled_from(
    '\n\\;,:"\t🦜漢e\u0301 ^'
)
printed = st.text(characters, min_size=1, max_size=400)


def event(**facts: object) -> Event:
    facts = {"summary": "Summary", "ends_at": NOON + dt.timedelta(hours=1), **facts}
    return Event(uid=UUID(int=7), sequence=1, changed_at=NOON, starts_at=NOON, **facts)


@given(printed, printed)
@example("\\n is not a line break", "\\" * 200)
@example("x" * 66 + "\\n", "é" * 37 + "\n" * 80)
@example(" leading and trailing ", "a" * 59 + " " * 200 + "b")
@example("🏳️‍🌈" * 30, "漢字かな交じり文" * 40)
def test_no_text_is_lost(summary, description):
    content = write_calendar(CALENDAR, [event(summary=summary, description=description, location=summary)])
    (found,) = events_of(content)
    assert (found["summary"], found["description"], found["location"]) == (summary, description, summary)


@pytest.mark.parametrize("line_break", ["\r\n", "\r", "\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
def test_every_kind_of_line_break_is_one(line_break):
    (found,) = events_of(write_calendar(CALENDAR, [event(description=f"one{line_break}two")]))
    assert found["description"] == "one\ntwo"


def test_control_characters_are_left_out():
    everything = "".join(map(chr, [*range(9), *range(14, 32), 127]))
    (found,) = events_of(write_calendar(CALENDAR, [event(summary=f"a{everything}b")]))
    assert found["summary"] == "ab"


@given(st.text(characters, max_size=300))
def test_folding_keeps_characters_and_escapes_whole_and_comes_apart_again(value):
    line = f"DESCRIPTION:{text(value)}"
    pieces = folded(line).split("\r\n ")
    assert "".join(pieces) == line
    assert all(len(piece.encode()) <= LONGEST_LINE - (number > 0) for number, piece in enumerate(pieces))
    assert all((len(piece) - len(piece.rstrip("\\"))) % 2 == 0 for piece in pieces)


def test_lines_are_as_long_as_they_may_be():
    first, *rest = folded("x" * 500).split("\r\n")
    assert {len(first), *(len(line) for line in rest[:-1])} == {LONGEST_LINE}


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029"), max_size=60))
@example('say "hello", world; ^n')
def test_parameters_come_back(label):
    place = OnlinePlace("CHAT", f"Chat {label}", "https://chat.example.org/1")
    content = write_calendar(CALENDAR, [event(online=(place,))])
    check_form(content)
    (found,) = by_icalendar(content)
    assert found["online"] == [["CHAT", f"Chat {label}", "https://chat.example.org/1"]]
    (found,) = ask_ical_js(content)["events"]
    assert found["online"] == [["CHAT", f"Chat {label}", "https://chat.example.org/1"]]
    # vobject knows no RFC 6868: it shows ^' as it is written.
    (found,) = by_vobject(content)
    assert found["online"] == [["CHAT", f"Chat {label}".replace("^", "^^").replace('"', "^'"), place.url]]


def test_no_parameter_can_begin_a_line_or_a_value():
    assert parameter("a\r\nATTACH:b") == '"a^nATTACH:b"'
    assert parameter('x";VALUE=') == '"x^\';VALUE="'


def test_no_address_can_begin_a_line():
    hostile = 'https://example.org/a b\r\nATTACH:file\x00<">'
    assert address(hostile) == "https://example.org/a%20b%0D%0AATTACH:file%00%3C%22%3E"


def test_an_empty_calendar_says_why():
    content = write_calendar(CALENDAR, [])
    assert events_of(content) == []
    answer = ask_ical_js(content)
    assert (answer["name"], answer["description"], answer["notes"]) == ("Name", "Description", 1)


@pytest.mark.parametrize(
    ("colour", "name"), [("#0b6b5e", "teal"), ("#ff0000", "red"), ("#000000", "black"), ("#fefefe", "white")]
)
def test_the_nearest_colour_has_a_name(colour, name):
    assert nearest_name(colour) == name
    assert len(NAMES) == len(set(NAMES.values())) == 138


@pytest.mark.slow
def test_five_thousand_events_are_read_by_all():
    events = [
        Event(
            uid=UUID(int=number),
            sequence=number,
            changed_at=NOON,
            starts_at=NOON + dt.timedelta(minutes=number),
            ends_at=NOON + dt.timedelta(minutes=number + 10),
            summary=f"Poster {number}; with “ℓ₂”, and more",
        )
        for number in range(5_000)
    ]
    found = events_of(write_calendar(CALENDAR, events))
    assert [entry["sequence"] for entry in found] == list(range(5_000))
