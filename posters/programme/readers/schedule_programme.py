"""The events of a schedule in the form of frab and pretalx, whatever file they came in → records.

A schedule has days, rooms and events, and no poster sessions: each poster and each talk is an event of its own.

- An event of a kind such as break, social, keynote or workshop is a session by itself; so is one without persons,
  unless its type says that it is a poster.
- Every other event is a contribution: a poster, shown in a session that `schedule_sessions` makes.
- Events with one guid or code, or with one id and title, are the slots of one poster.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from posters.programme.readers.schedule_events import Day, Event, Schedule, objects_in, translated
from posters.programme.readers.schedule_sessions import Sessions
from posters.programme.readers.values import TYPES, Remarks, Values, check_count
from posters.programme.records import (
    LinkRecord,
    PosterRecord,
    PresentationRecord,
    ProgrammeRecord,
    UnreadableProgramme,
)

READ_FIELDS = {
    *("guid", "code", "id", "slug", "title", "subtitle", "type", "track", "room", "abstract", "description", "date"),
    *("start", "end", "duration", "persons", "links", "attachments", "url", "origin_url", "feedback_url", "status"),
    *("state", "video_download_url", "recording_url"),
}
READ_FIELDS_OF_PERSONS = {"guid", "code", "id", "name", "public_name", "full_public_name"}
READ_FIELDS_OF_ROOMS = {"guid", "id", "slug", "name", "position"}
READ_FIELDS_OF_CONFERENCE = {
    *("acronym", "title", "description", "venue", "city", "start", "end", "time_zone_name", "url", "base_url"),
    *("colors", "rooms", "tracks", "days", "daysCount", "timeslot_duration", "day_change"),
}
"""What is read, and what only says again how the file is built; any other field is told."""


@dataclass(frozen=True)
class ListedEvent:
    """An event as the file has it, with the day and the room under which it stands there."""

    content: Any
    day: Day
    room: str


def programme_of(
    *, schedule: Schedule, rooms: Iterable[str], events: Iterable[ListedEvent], file_name: str
) -> ProgrammeRecord:
    """The whole programme, in the file's order.

    Raises UnreadableProgramme with the number of the event that has a value of a wrong type.
    """
    remarks = schedule.values.remarks
    conference = schedule.record
    events = list(events)
    check_count(len(events), file_name)
    read = [_event(number, listed, schedule, file_name) for number, listed in enumerate(events, start=1)]
    sessions = Sessions()
    for event in read:
        if event.session_kind:
            _add_session(event, sessions)
    posters = _slots_by_poster([event for event in read if not event.session_kind])
    sessions.place(showing for slots in posters for event in _shown(slots) if (showing := event.showing))
    records = tuple(
        replace(_poster(slots, sessions.presentations), source_id=source_id)
        for slots, source_id in zip(posters, _source_ids(posters), strict=True)
    )
    _tell_unread(read, schedule, remarks, file_name)
    return ProgrammeRecord(
        conference=conference,
        rooms=tuple(dict.fromkeys(name for room in rooms if (name := " ".join(room.split())))),
        sessions=sessions.records,
        posters=records,
        left_out=tuple(remarks.left_out),
        remarks=remarks.lines(),
    )


def _event(number: int, listed: ListedEvent, schedule: Schedule, file_name: str) -> Event:
    if not isinstance(listed.content, dict):
        found = TYPES.get(type(listed.content), "a number")
        raise UnreadableProgramme(f"{file_name}, event {number}: must be an object, not {found}.")
    values = Values(f"event {number}", translated(listed.content), schedule.values.remarks)
    return Event(values, schedule, listed.day, listed.room)


def _add_session(event: Event, sessions: Sessions) -> None:
    """Make an event a session by itself. Its persons come into the description, as a session has none."""
    values = event.values
    title = event.title or "Untitled"
    if event.track:
        values.remark("a session has no track here; “track” was left out.")
    sessions.add(
        key=next(iter(event.keys.values()), title),
        # It stays where people planned it; its title says that it is off.
        title=f"Cancelled: {title}" if event.is_withdrawn else title,
        kind=event.session_kind,
        room=event.room,
        window=event.window,
        description="\n\n".join(
            filter(None, (event.subtitle, ", ".join(author.name for author in event.authors), event.text))
        ),
        links=event.links,
        # One without persons is what others are shown in.
        is_host=not event.authors and (event.session_kind in ("poster", "oral") or event.schedule.is_ours),
        own_slug=event.own_slug,
    )
    values.leave_out(title, f"no poster, a session by itself ({event.session_kind})")


def _slots_by_poster(events: list[Event]) -> list[list[Event]]:
    """The contributions, all slots of one poster together, in the order of their first."""
    posters: list[list[Event]] = []
    known: dict[tuple[str, ...], list[Event]] = {}
    for event in events:
        slots = next((known[key] for key in event.slot_keys if key in known), None)
        if slots is None:
            slots = []
            posters.append(slots)
        else:
            event.values.leave_out(event.title, f"another slot of {slots[0].values.place}", is_joined=True)
        slots.append(event)
        for key in event.slot_keys:
            known.setdefault(key, slots)
    return posters


def _shown(slots: list[Event]) -> list[Event]:
    """The slots that take place; all of them for a poster that is withdrawn as a whole."""
    return [event for event in slots if not event.is_withdrawn] or slots


def _poster(slots: list[Event], shown: Mapping[str, PresentationRecord]) -> PosterRecord:
    """A poster, told by its first slot. `shown` has the presentations by the places of events."""
    leading = slots[0]
    values = leading.values
    authors = next((event.authors for event in slots if event.authors), ())
    printed = (": ".join(filter(None, (event.title, event.subtitle))) for event in slots)
    titles = list(dict.fromkeys(filter(None, printed)))
    if not titles:
        values.remark(f"the title is empty; its authors are {', '.join(a.name for a in authors) or 'missing'}.")
    elif len(titles) > 1:
        values.remark(f"its slots have other titles, “{'”, “'.join(titles[1:])}”; it comes as “{titles[0]}”.")
    if not authors:
        values.remark("it has no persons, so the poster has no authors.")
    presentations: dict[str, PresentationRecord] = {}
    links: dict[str, LinkRecord] = {}
    for event in slots:
        presentation = shown.get(event.values.place)
        if presentation and presentation.session in presentations:
            event.values.remark("it is in this session already; it comes there once.")
        elif presentation:
            presentations[presentation.session] = presentation
        for link in event.links:
            links.setdefault(link.url, link)
    return PosterRecord(
        place=values.place,
        title=titles[0] if titles else "",
        authors=authors,
        abstract=next((event.text for event in slots if event.text), ""),
        topics=tuple(dict.fromkeys(event.track for event in slots if event.track)),
        links=tuple(links.values()),
        presentations=tuple(presentations.values()),
        status="withdrawn" if all(event.is_withdrawn for event in slots) else "",
        number=min((event.own_number for event in slots if event.own_number is not None), default=None),
    )


def _source_ids(posters: list[list[Event]]) -> Iterator[str]:
    """The first of each poster's keys that is no other's; empty, with a remark, where it has none."""
    if posters and posters[0][0].schedule.is_ours:
        yield from ("" for _ in posters)  # Our own tell a poster's number; its key in its source they do not.
        return
    count = Counter(key for slots in posters for key in slots[0].keys.items())
    for slots in posters:
        source_id = next((key for name, key in slots[0].keys.items() if count[name, key] == 1), "")
        if not source_id:
            slots[0].values.remark("it has no id of its own and is known by its title.")
        yield source_id


def _tell_unread(events: list[Event], schedule: Schedule, remarks: Remarks, file_name: str) -> None:
    """Name once each field that holds something and is not read."""
    persons = [person for event in events for person in objects_in(event.values, "persons", "name")]
    for what, read, objects in (
        ("the conference", READ_FIELDS_OF_CONFERENCE, [schedule.values]),
        ("rooms", READ_FIELDS_OF_ROOMS, objects_in(schedule.values, "rooms", "name")),
        ("events", READ_FIELDS, [event.values for event in events]),
        ("persons", READ_FIELDS_OF_PERSONS, persons),
    ):
        unread = {
            name
            for values in objects
            for name, value in values.content.items()
            if name not in read and (value.strip() if isinstance(value, str) else value)
        }
        if unread:
            remarks.add(file_name, f"fields of {what} that are not read: {', '.join(sorted(unread))}.")
