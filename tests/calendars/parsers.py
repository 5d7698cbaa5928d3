"""Calendars as strangers read them: icalendar, vobject and ical.js, each on its own; and their form, byte by byte."""

import datetime as dt
import json
import os
import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import icalendar
import pytest
import vobject

SCRIPT = Path(__file__).with_name("read_calendars.mjs")

Facts = dict[str, Any]


def events_of(content: bytes) -> list[Facts]:
    """The events of a calendar, the same for all parsers, after the checks that hold for every calendar."""
    check_form(content)
    events = by_icalendar(content)
    assert by_vobject(content) == events
    assert by_ical_js(content) == events
    uids = [event["uid"] for event in events]
    assert len(uids) == len(set(uids))
    return events


def by_icalendar(content: bytes) -> list[Facts]:
    calendar = icalendar.Calendar.from_ical(content)
    assert all(component.errors == [] for component in calendar.walk())
    return [
        {
            "uid": str(event["uid"]),
            "summary": str(event["summary"]),
            "starts_at": event["dtstart"].dt,
            "ends_at": event["dtend"].dt,
            "changed_at": event["last-modified"].dt,
            "stamped_at": event["dtstamp"].dt,
            "sequence": int(event["sequence"]),
            "location": str(event.get("location", "")),
            "description": str(event.get("description", "")),
            "url": str(event.get("url", "")),
            "status": str(event["status"]),
            "transparency": str(event["transp"]),
            "categories": [str(name) for name in event["categories"].cats] if "categories" in event else [],
            "contact": str(event.get("contact", "")),
            "online": [
                [place.params["feature"], place.params["label"], str(place)]
                for place in _each(event.get("conference", []))
            ],
            "alarms": [_minutes(alarm["trigger"].dt) for alarm in event.walk("VALARM")],
        }
        for event in calendar.walk("VEVENT")
    ]


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def by_vobject(content: bytes) -> list[Facts]:
    calendar = vobject.readOne(content.decode())

    def text(event: Any, name: str) -> str:
        return getattr(event, name).value if hasattr(event, name) else ""

    return [
        {
            "uid": event.uid.value,
            "summary": event.summary.value,
            "starts_at": event.dtstart.value,
            "ends_at": event.dtend.value,
            "changed_at": event.last_modified.value,
            "stamped_at": event.dtstamp.value,
            "sequence": int(event.sequence.value),
            "location": text(event, "location"),
            "description": text(event, "description"),
            "url": text(event, "url"),
            "status": event.status.value,
            "transparency": event.transp.value,
            "categories": event.categories.value if hasattr(event, "categories") else [],
            "contact": text(event, "contact"),
            "online": [
                [place.params["FEATURE"][0], place.params["LABEL"][0], place.value]
                for place in event.contents.get("conference", [])
            ],
            "alarms": [_minutes(alarm.trigger.value) for alarm in event.contents.get("valarm", [])],
        }
        for event in calendar.contents.get("vevent", [])
    ]


def _minutes(trigger: dt.timedelta) -> float:
    return trigger.total_seconds() / 60


def by_ical_js(content: bytes) -> list[Facts]:
    answer = ask_ical_js(content)
    for event in answer["events"]:
        for name in ("starts_at", "ends_at", "changed_at", "stamped_at"):
            event[name] = dt.datetime.fromisoformat(event[name])
    return answer["events"]


def ask_ical_js(content: bytes) -> Facts:
    """What ical.js finds under Node, which CI has and a laptop may lack."""
    node = shutil.which("node")
    if node is None:
        if os.environ.get("CI"):
            pytest.fail("Node is missing: ical.js cannot read our calendars.")
        pytest.skip("there is no Node on this machine")
    process = _node(node)
    process.stdin.write(json.dumps(content.decode()) + "\n")
    process.stdin.flush()
    answer = json.loads(process.stdout.readline())
    assert "error" not in answer, answer
    return answer


@cache
def _node(path: str) -> subprocess.Popen[str]:
    """One for all calendars of a test process; it ends with its input."""
    return subprocess.Popen([path, SCRIPT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")


def check_form(content: bytes) -> None:
    """RFC 5545 §3.1, §3.6.1: CRLF, at most 75 octets a line, UTF-8 characters and escapes whole, no BOM, UTC only."""
    assert content.startswith(b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert content.endswith(b"END:VCALENDAR\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b"\r" not in content.replace(b"\r\n", b"")
    for line in content.split(b"\r\n"):
        assert len(line) <= 75
        line.decode("utf-8")
        assert (len(line) - len(line.rstrip(b"\\"))) % 2 == 0
    text = content.decode().replace("\r\n ", "")
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", text)
    assert "VTIMEZONE" not in text
    assert "TZID" not in text
    for name in ("DTSTART", "DTEND", "DTSTAMP", "LAST-MODIFIED"):
        values = re.findall(rf"^{name}(.*)$", text, re.MULTILINE)
        assert all(re.fullmatch(r":\d{8}T\d{6}Z\r?", value) for value in values)
    components = re.findall(r"BEGIN:VEVENT\r\n.*?END:VEVENT\r\n", text, re.DOTALL)
    assert "\r\nDURATION" not in text
    for component in components:
        names = re.findall(r"^([A-Z-]+)[;:]", component.partition("BEGIN:VALARM")[0], re.MULTILINE)
        for once in ("UID", "DTSTAMP", "DTSTART", "DTEND", "SEQUENCE", "SUMMARY", "STATUS", "TRANSP", "LAST-MODIFIED"):
            assert names.count(once) == 1, once
        for at_most_once in ("DESCRIPTION", "LOCATION", "URL", "GEO"):
            assert names.count(at_most_once) <= 1, at_most_once
    assert re.search(r"^BEGIN:V(EVENT|JOURNAL)\r$", text, re.MULTILINE)
    assert not re.search(r"^(X-WR-TIMEZONE|URL|GEO|CONTACT|SEQUENCE|CATEGORIES)[^:]*:None", text, re.MULTILINE)
