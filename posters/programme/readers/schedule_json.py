"""The schedule.json of frab, pretalx and others (voc/schedule's JSON schema).

`schedule` holds `conference`, which holds `days`; a day's `rooms` is an object from a room's name to its events.
Without the outer `schedule`, it is read, too.
"""

import re
from collections.abc import Iterator
from typing import Any

from posters.programme.readers.schedule_events import GENERATOR, Day, Schedule, translated
from posters.programme.readers.schedule_programme import ListedEvent, programme_of
from posters.programme.readers.values import Remarks, Values, load_json
from posters.programme.records import ProgrammeRecord, UnreadableProgramme
from posters.programme.source import Source

NAME = "schedule-json"
TITLE = "schedule.json of pretalx or frab"

_conference = re.compile(r'"conference"\s*:\s*\{')
_schedule = re.compile(r'"schedule"\s*:\s*\{|"(acronym|timeslot_duration|daysCount|days)"\s*:')


def recognises(source: Source) -> bool:
    """Whether it is a JSON object with a conference, in a schedule or with what only a schedule says of it."""
    start = source.main.start
    return start.lstrip().startswith("{") and bool(_conference.search(start) and _schedule.search(start))


def read(source: Source) -> ProgrammeRecord:
    """The programme. Raises UnreadableProgramme with the line of broken JSON or the number of a wrong event."""
    file = source.main
    content = load_json(file)
    schedule = content.get("schedule", content) if isinstance(content, dict) else None
    conference = schedule.get("conference") if isinstance(schedule, dict) else None
    if not isinstance(schedule, dict) or not isinstance(conference, dict):
        raise UnreadableProgramme(f"{file.name}, line 1: not a schedule: no object “conference”.")
    remarks = Remarks()
    for other in source.files[1:]:
        remarks.add(other.name, "not read: a schedule comes in one file.")
    values = Values(file.name, translated(conference), remarks)
    days = [
        Day(Values(f"day {number}", day.content, remarks)) for number, day in enumerate(values.entries("days"), start=1)
    ]
    listed = [room for day in days for room in _rooms(day)]
    named = [room.line("name") for room in values.entries("rooms")]
    top = Values(file.name, schedule, remarks)
    return programme_of(
        schedule=Schedule(
            values,
            base_url=top.address("base_url") or values.address("base_url"),
            is_ours=_generator(content) == GENERATOR,
        ),
        rooms=[*named, *(name for _, name, _ in listed)],
        events=(ListedEvent(event, day, name) for day, name, events in listed for event in events),
        file_name=file.name,
    )


def _generator(content: dict[str, Any]) -> Any:
    generator = content.get("generator")
    return generator.get("name") if isinstance(generator, dict) else None


def _rooms(day: Day) -> Iterator[tuple[Day, str, list[Any]]]:
    """A day's rooms, each with its events. Raises UnreadableProgramme for what is neither."""
    rooms = day.values.content.get("rooms")
    if rooms is None:
        return
    if not isinstance(rooms, dict):
        day.values.refuse("rooms", "an object from room to events", rooms)
    for name, events in rooms.items():
        if not isinstance(events, list):
            day.values.refuse(name[:60], "a list of events", events)
        yield day, name, events
