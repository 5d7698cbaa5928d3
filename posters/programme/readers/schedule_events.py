"""The events of a schedule in the form of frab and pretalx, whatever file they came in → records.

A schedule has days, rooms and events, and no poster sessions: each poster and each talk is an event of its own.

- An event of a kind such as break, social, keynote or workshop is a session by itself; so is one without persons,
  unless its type says that it is a poster.
- Every other event is a contribution: a poster, shown in a session that `schedule_sessions` makes.
- Events with one guid or code, or with one id and title, are the slots of one poster.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import urljoin
from zoneinfo import ZoneInfo, available_timezones

from posters.programme.readers.link_kinds import link_kind
from posters.programme.readers.plain_text import plain_text
from posters.programme.readers.schedule_sessions import Sessions, Showing
from posters.programme.readers.values import (
    LONGEST_PERSON_ID,
    TYPES,
    YEARS,
    Remarks,
    Values,
    Window,
)
from posters.programme.records import (
    AuthorRecord,
    ConferenceRecord,
    LinkRecord,
    PosterRecord,
    PresentationRecord,
    ProgrammeRecord,
    UnreadableProgramme,
)

LONGEST_LABEL = 100
KINDS = (
    ("poster", re.compile(r"poster")),
    ("keynote", re.compile(r"\b(keynote|plenary|invited|opening|closing|award)")),
    ("workshop", re.compile(r"\b(workshop|tutorial|hands-on|training)")),
    ("social", re.compile(r"\b(social|reception|party|dinner|meeting|meetup|meet-up|birds of a feather|excursion)")),
    ("social", re.compile(r"\b(registration|game$)")),
    ("break", re.compile(r"\b(break|lunch|coffee|pause)")),
    ("oral", re.compile(r"\b(oral|panel|discussion|round ?table|lightning|spotlight|talks\b)")),
)
"""The first kind of which a word stands in an event's type, else in its title, is its kind."""
TALKS_OF_MANY = re.compile(r"\b(panel|discussion|round ?table)")
CONTRIBUTION = re.compile(r"\b(poster|paper)")
WITHDRAWN = re.compile(r"cancel|withdrawn")
VIRTUAL = re.compile(r"\b(virtual|online)\b", re.IGNORECASE)
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
TEXTS = ("title", "subtitle", "type", "track", "abstract", "description")
"""Fields that may hold a translation each: an object from language to text."""

_colour = re.compile(r"#[0-9a-fA-F]{6}")
_day = re.compile(r"\d{4}-\d\d-\d\d")
_duration = re.compile(r"(?:(?P<days>\d{1,2}):)?(?P<hours>\d{1,3}):(?P<minutes>\d{2})")


@dataclass(frozen=True)
class Day:
    """A day of the schedule: its `date`, and `day_start`, from which on times are that day's."""

    values: Values

    @cached_property
    def date(self) -> dt.date | None:
        return _date(self.values, "date")

    @cached_property
    def starts(self) -> str:
        """The time of day, “04:00”; empty where it is not said."""
        time = re.search(r"T(\d\d:\d\d)", self.values.line("day_start"))
        return time[1] if time else ""

    def date_of(self, start: str) -> str:
        """The calendar's date of a time of day: after midnight, the next one's."""
        if self.date is None:
            return ""
        return (self.date + dt.timedelta(days=start < self.starts)).isoformat()


@dataclass(frozen=True)
class Schedule:
    """The conference as the file describes it; `base_url` is what paths in the file belong to."""

    values: Values
    base_url: str = ""

    @cached_property
    def zone(self) -> ZoneInfo | None:
        """The conference's zone; None, with a remark, where the file names none."""
        name = self.values.line("time_zone_name")
        if name and name not in available_timezones():
            self.values.remark(f"“{name[:60]}” in “time_zone_name” is not a time zone and was left out.")
            return None
        return ZoneInfo(name) if name else None

    @cached_property
    def record(self) -> ConferenceRecord:
        values = self.values
        starts_on = _date(values, "start")
        colours = values.content.get("colors") or {}
        if not isinstance(colours, dict):
            values.refuse("colors", "an object", colours)
        colour = Values(values.place, colours, values.remarks).line("primary")
        if colour and not _colour.fullmatch(colour):
            values.remark(f"“{colour[:60]}” in “colors” is not # and six hexadecimal digits and was left out.")
            colour = ""
        return ConferenceRecord(
            name=values.line("title"),
            year=starts_on.year if starts_on else None,
            time_zone=self.zone.key if self.zone else "",
            venue=", ".join(filter(None, (values.line("venue"), values.line("city")))),
            starts_on=starts_on,
            ends_on=_date(values, "end"),
            description=plain_text(values.text("description")),
            website_url=values.address("url"),
            accent_colour=colour,
        )


@dataclass(frozen=True)
class Event:
    """One event, in a slot of the schedule; `is_in` names the room under which the file lists it."""

    values: Values
    schedule: Schedule
    day: Day
    is_in: str

    @cached_property
    def title(self) -> str:
        return self.values.line("title")

    @cached_property
    def subtitle(self) -> str:
        return self.values.line("subtitle")

    @cached_property
    def type(self) -> str:
        return self.values.line("type")

    @cached_property
    def track(self) -> str:
        return self.values.line("track")

    @cached_property
    def room(self) -> str:
        return self.values.line("room") or " ".join(self.is_in.split())

    @cached_property
    def keys(self) -> dict[str, str]:
        """What the source knows it by, the most stable first.

        pretalx gives a slot another guid once its talk has a second slot, and no code in XML; the id stays.
        """
        keys = {name: self.values.line(name) for name in ("id", "code", "guid")}
        return {name: key for name, key in keys.items() if key}

    @property
    def slot_keys(self) -> list[tuple[str, ...]]:
        """What another slot of the same poster shares with it, one of them at least."""
        return [(*key, self.title.casefold()) if key[0] == "id" else key for key in self.keys.items()]

    @cached_property
    def is_withdrawn(self) -> bool:
        words = f"{self.values.line('status')} {self.values.line('state')}"
        return bool(WITHDRAWN.search(words.casefold()))

    @cached_property
    def session_kind(self) -> str:
        """The kind of session it is by itself; empty for a contribution."""
        words = self.type.casefold()
        if self.authors:
            kind = "" if CONTRIBUTION.search(words) else _kind(words)
            return "" if kind == "oral" and not TALKS_OF_MANY.search(words) else kind
        if "poster" in words and "session" not in f"{words} {self.title.casefold()}":
            return ""
        return _kind(words) or _kind(self.title.casefold()) or "social"

    @cached_property
    def window(self) -> Window | None:
        """From `date`, else from the day and `start`, to `end`, else for `duration`."""
        written = {"date": self._placed(self._starts()), "end": self._placed(self.values.line("end"))}
        times = replace(self.values, content=written)
        if not written["date"]:
            times.remark("“date” is missing: it has no time.")
            return None
        starts_at = times.moment("date")
        if starts_at is None:
            return None
        ends_at = times.moment("end")
        if ends_at is None:
            duration = self._duration()
            ends_at = starts_at + duration if duration is not None else None
        if ends_at is None:
            times.remark(f"neither “end” nor “duration” to “{starts_at.isoformat()}”, which was left out.")
            return None
        if ends_at <= starts_at:
            times.remark("it ends no later than it starts; both times were left out.")
            return None
        return Window(starts_at, ends_at)

    @cached_property
    def authors(self) -> tuple[AuthorRecord, ...]:
        """Its persons, each once."""
        records: list[AuthorRecord] = []
        for person in _objects(self.values, "persons", "name"):
            names = (person.line(name) for name in ("name", "public_name", "full_public_name"))
            name = next(filter(None, names), "")
            source_id = next((key for field in ("code", "guid", "id") if (key := person.line(field))), "")
            if len(source_id) > LONGEST_PERSON_ID or not source_id.strip("0"):
                source_id = ""
            if not name:
                self.values.remark(f"a person without a name (id “{source_id}”) was left out.")
            elif source_id and any(known.source_id == source_id for known in records):
                self.values.remark(f"“{name}” (id {source_id}) stands twice among its persons and comes once.")
            else:
                records.append(AuthorRecord(name=name, source_id=source_id))
        return tuple(records)

    @cached_property
    def text(self) -> str:
        """Abstract and description."""
        texts = (plain_text(self.values.text(name)) for name in ("abstract", "description"))
        return "\n\n".join(dict.fromkeys(filter(None, texts)))

    @cached_property
    def links(self) -> tuple[LinkRecord, ...]:
        """Each address once."""
        links: dict[str, LinkRecord] = {}
        for link in self._links():
            links.setdefault(link.url, link)
        return tuple(links.values())

    @property
    def showing(self) -> Showing | None:
        """When and where it is a contribution; None without a time."""
        if self.window is None:
            return None
        return Showing(
            place=self.values.place,
            window=self.window,
            day=self.day.date or self.window.starts_at.date(),
            room=self.room,
            type=self.type,
            track=self.track,
            is_virtual=bool(VIRTUAL.search(f"{self.type} {self.room}")),
        )

    def _starts(self) -> str:
        """The start, as written or put together; empty where nothing says it."""
        date, start = self.values.line("date"), self.values.line("start").zfill(5)
        if date and not _day.fullmatch(date):
            return date
        day = date or self.day.date_of(start)
        return f"{day}T{start}" if day and self.values.line("start") else ""

    def _placed(self, text: str) -> str:
        """A time with the conference's offset where it has none itself, and the zone is known."""
        zone = self.schedule.zone
        try:
            moment = dt.datetime.fromisoformat(text)
        except ValueError:
            return text
        if zone is None or moment.utcoffset() is not None or moment.year not in YEARS:
            return text
        self.values.remark(f"its time has no offset from UTC and was taken as in the conference's zone, {zone.key}.")
        placed = moment.replace(tzinfo=zone)
        if placed.utcoffset() != placed.replace(fold=1).utcoffset():
            self.values.remark(f"the clocks change at {text} in {zone.key}: that time is there twice or not at all.")
        return placed.isoformat()

    def _duration(self) -> dt.timedelta | None:
        """“00:30”, or “1:02:30” with days; None, with a remark, for what is none."""
        text = self.values.line("duration")
        match = _duration.fullmatch(text)
        if match is None:
            if text:
                self.values.remark(f"“{text[:60]}” in “duration” is not hours and minutes and was left out.")
            return None
        days, hours, minutes = (int(part or 0) for part in match.groups())
        return dt.timedelta(days=days, hours=hours, minutes=minutes)

    def _links(self) -> Iterator[LinkRecord]:
        for field in ("links", "attachments"):
            for link in _objects(self.values, field, "url"):
                label = link.line("title")
                url = link.line("url")
                if url.startswith("/") and self.schedule.base_url:
                    url = urljoin(self.schedule.base_url, url)
                if url := self.values.checked_address(url, field):
                    kind = link_kind(f"{label} {link.line('type')}")
                    yield LinkRecord(kind if kind != "other" else link_kind(url), url, label[:LONGEST_LABEL])
        for field, kind, label in (
            ("recording_url", "video", ""),
            ("video_download_url", "video", ""),
            ("url", "other", ""),
            ("origin_url", "other", ""),
            ("feedback_url", "other", "Feedback"),
        ):
            if url := self.values.address(field):
                yield LinkRecord(kind, url, label)


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


def translated(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields, of texts in several languages the English one, else the first."""
    chosen = {
        name: next((text for text in (texts.get("en"), *texts.values()) if isinstance(text, str)), texts)
        for name in TEXTS
        if isinstance(texts := content.get(name), dict)
    }
    return {**content, **chosen}


def _kind(words: str) -> str:
    return next((kind for kind, pattern in KINDS if pattern.search(words)), "")


def _date(values: Values, name: str) -> dt.date | None:
    """A date, also of a time; None, with a remark, for what is none."""
    text = values.line(name)
    if not text:
        return None
    try:
        date = dt.datetime.fromisoformat(text).date()
    except ValueError:
        date = None
    if date is None or date.year not in YEARS:
        values.remark(f"“{text[:60]}” in “{name}” is not a date and was left out.")
        return None
    return date


def _objects(values: Values, name: str, plain: str) -> list[Values]:
    """The objects in a list; a plain text there is an object's field `plain`."""
    items = values.content.get(name)
    if isinstance(items, list):
        items = [{plain: item} if isinstance(item, str) else item for item in items]
    return replace(values, content={name: items}).entries(name)


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
        is_host=not event.authors and event.session_kind in ("poster", "oral"),
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
    )


def _source_ids(posters: list[list[Event]]) -> Iterator[str]:
    """The first of each poster's keys that is no other's; empty, with a remark, where it has none."""
    count = Counter(key for slots in posters for key in slots[0].keys.items())
    for slots in posters:
        source_id = next((key for name, key in slots[0].keys.items() if count[name, key] == 1), "")
        if not source_id:
            slots[0].values.remark("it has no id of its own and is known by its title.")
        yield source_id


def _tell_unread(events: list[Event], schedule: Schedule, remarks: Remarks, file_name: str) -> None:
    """Name once each field that holds something and is not read."""
    persons = [person for event in events for person in _objects(event.values, "persons", "name")]
    for what, read, objects in (
        ("the conference", READ_FIELDS_OF_CONFERENCE, [schedule.values]),
        ("rooms", READ_FIELDS_OF_ROOMS, _objects(schedule.values, "rooms", "name")),
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
