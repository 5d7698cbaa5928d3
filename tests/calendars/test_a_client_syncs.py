"""Real calendar clients stay in step: vdirsyncer subscribes over HTTP, khal imports the same feed again and again."""

import subprocess
import sys
import urllib.request
from pathlib import Path

import icalendar
import pytest
from django.test import Client

from posters.models import Board, CalendarFeed, Poster, Presentation
from tests.calendars.conftest import star, subscribe, undelivered

pytestmark = pytest.mark.django_db(transaction=True)

VDIRSYNCER = """
[general]
status_path = "{folder}/status/"

[pair itinerary]
a = "feed"
b = "copy"
collections = null
conflict_resolution = "a wins"

[storage feed]
type = "http"
url = "{address}"

[storage copy]
type = "filesystem"
path = "{folder}/copy/"
fileext = ".ics"
"""
KHAL = """
[calendars]
[[itinerary]]
path = {folder}/khal/
type = calendar

[locale]
local_timezone = Africa/Kigali
default_timezone = Africa/Kigali
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M

[default]
default_calendar = itinerary

[sqlite]
path = {folder}/khal.db
"""


def run(program: str, *arguments: str | Path) -> str:
    """What one of the environment's own programs prints."""
    command = [Path(sys.executable).with_name(program), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def sync(live_server, tmp_path):
    """Subscribes vdirsyncer to a path of the served site, and syncs: its copy's events, by the address they lead to.

    Not by UID: for subscriptions vdirsyncer makes its own out of what an event says.
    """
    (tmp_path / "copy").mkdir()
    configuration = tmp_path / "vdirsyncer"

    def synced(path: str) -> dict[str, icalendar.Event]:
        if not configuration.exists():
            configuration.write_text(VDIRSYNCER.format(folder=tmp_path, address=live_server.url + path), "utf-8")
            run("vdirsyncer", "-c", configuration, "discover")
        run("vdirsyncer", "-c", configuration, "sync")
        calendars = [icalendar.Calendar.from_ical(file.read_bytes()) for file in (tmp_path / "copy").glob("*.ics")]
        events = [event for calendar in calendars for event in calendar.walk("VEVENT")]
        by_address = {str(event["url"]): event for event in events}
        assert len(calendars) == len(events) == len(by_address)
        return by_address

    return synced


@pytest.fixture
def take_in(live_server, tmp_path):
    """Fetches a path of the served site over HTTP and imports it into khal: the lines of khal's agenda."""
    (tmp_path / "khal").mkdir()
    configuration, file = tmp_path / "khal.conf", tmp_path / "fetched.ics"
    configuration.write_text(KHAL.format(folder=tmp_path), "utf-8")

    def taken_in(path: str) -> list[str]:
        with urllib.request.urlopen(live_server.url + path, timeout=30) as response:  # noqa: S310 - our own server
            file.write_bytes(response.read())
        run("khal", "-c", configuration, "import", "--batch", file)
        form = "{start-time} {title} | {location} | {status}"
        agenda = run(
            "khal", "-c", configuration, "list", "--day-format", "{date}", "--format", form, "2030-06-01", "7d"
        )
        return agenda.splitlines()

    return taken_in


def test_vdirsyncer_sees_one_event_updated_and_none_double(conference, sync):
    client = Client()
    star(client, 2, 3, 6)
    feed = subscribe(client, layout="visits")
    before = sync(feed)
    assert len(before) == 3
    Presentation.objects.filter(poster__number=2).update(board=Board.objects.get(label="A9"))
    after = sync(feed)
    assert after.keys() == before.keys()
    (moved,) = [address for address in after if after[address]["location"] != before[address]["location"]]
    assert moved.endswith("/posters/2/")
    assert (str(before[moved]["location"]), str(after[moved]["location"])) == (
        "Board A1, Hall A, Example Centre, Kigali",
        "Board A9, Hall A, Example Centre, Kigali",
    )
    assert int(after[moved]["sequence"]) > int(before[moved]["sequence"])
    assert undelivered(client) == [[]]
    assert CalendarFeed.objects.get().last_client == "vdirsyncer"
    unchanged = sync(feed)
    assert {address: event.to_ical() for address, event in unchanged.items()} == {
        address: event.to_ical() for address, event in after.items()
    }
    Poster.objects.filter(number=6).update(status="withdrawn")
    withdrawn = sync(feed)
    assert withdrawn.keys() == before.keys()
    assert sorted(str(event["status"]) for event in withdrawn.values()) == ["CANCELLED", "CONFIRMED", "CONFIRMED"]


def test_khal_updates_an_event_in_place_by_its_uid(conference, take_in):
    client = Client()
    star(client, 2, 6)
    feed = subscribe(client, layout="visits")
    hall = "Hall A, Example Centre, Kigali"
    assert take_in(feed) == [
        "2030-06-03",
        f"10:00 Walking Robots Learn to Rest | Board A1, {hall} | CONFIRMED ",
        "2030-06-04",
        f"14:00 Second Day, Second Chance | Board A4, {hall} | CONFIRMED ",
    ]
    Presentation.objects.filter(poster__number=2).update(board=Board.objects.get(label="A9"))
    Poster.objects.filter(number=2).update(title="Walking Robots, Rested")
    Poster.objects.filter(number=6).update(status="withdrawn")
    updated = [
        "2030-06-03",
        f"10:00 Walking Robots, Rested | Board A9, {hall} | CONFIRMED ",
        "2030-06-04",
        f"14:00 Cancelled: Second Day, Second Chance | Board A4, {hall} | CANCELLED ",
    ]
    assert [take_in(feed), take_in(feed)] == [updated, updated]
