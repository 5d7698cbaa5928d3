"""What a schedule in the form of frab and pretalx says: the conference, a day, an event, whatever file it came in."""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from urllib.parse import urljoin
from zoneinfo import ZoneInfo, available_timezones

from posters.programme.readers.link_kinds import link_kind
from posters.programme.readers.plain_text import plain_text
from posters.programme.readers.schedule_sessions import Showing
from posters.programme.readers.values import LONGEST_PERSON_ID, YEARS, Values, Window
from posters.programme.records import AuthorRecord, ConferenceRecord, LinkRecord

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
TEXTS = ("title", "subtitle", "type", "track", "abstract", "description")
"""Fields that may hold a translation each: an object from language to text."""

GENERATOR = "Boardwalk"
"""By this name in a schedule's `generator` its reader knows our own, which says more than others do."""
SESSION_TYPES = {
    "Poster session": "poster",
    "Oral session": "oral",
    "Keynote": "keynote",
    "Workshop": "workshop",
    "Social event": "social",
    "Break": "break",
}
"""The types of our own sessions' events, and their kinds. Every other event of ours is a contribution."""

OWN_LINKS = {
    "Paper": "paper",
    "Video": "video",
    "Slides": "slides",
    "Code": "code",
    "Chat": "chat",
    "Live stream": "stream",
    "Website": "other",
}
"""What titles of links begin with in our own schedules, and the kinds that are meant."""

_untitled = re.compile(r"Untitled poster \d+")
_board = re.compile(r"Board (?P<label>.+?)(?: · (?P<room>.+))?")
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
    is_ours: bool = False
    """Written by Boardwalk itself."""

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
            description=values.text("description") if self.is_ours else plain_text(values.text("description")),
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
        title = self.values.line("title")
        return "" if self.schedule.is_ours and _untitled.fullmatch(title) else title

    @cached_property
    def subtitle(self) -> str:
        return "" if self.schedule.is_ours else self.values.line("subtitle")

    @cached_property
    def board(self) -> tuple[str, str]:
        """Our own subtitle: the board's label, and its room where that is not the event's."""
        match = _board.fullmatch(self.values.line("subtitle")) if self.schedule.is_ours else None
        return (match["label"], match["room"] or self.room) if match else ("", "")

    @cached_property
    def own_slug(self) -> str:
        """The slug of one of our own sessions."""
        return self.values.line("slug").partition("-session-")[2] if self.schedule.is_ours else ""

    @cached_property
    def own_number(self) -> int | None:
        """The number of one of our own posters; its later slots have ids of their own."""
        return int(self.keys["id"]) if self.schedule.is_ours and self.keys.get("id", "").isdecimal() else None

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
        title = self.title.casefold()
        keys: list[tuple[str, ...]] = [(*key, title) if key[0] == "id" else key for key in self.keys.items()]
        url = self.values.line("url")
        return [*keys, ("url", url, title)] if url else keys

    @cached_property
    def is_withdrawn(self) -> bool:
        words = f"{self.values.line('status')} {self.values.line('state')}"
        return bool(WITHDRAWN.search(words.casefold()))

    @cached_property
    def session_kind(self) -> str:
        """The kind of session it is by itself; empty for a contribution."""
        if self.schedule.is_ours:
            return SESSION_TYPES.get(self.type, "")
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
        for person in objects_in(self.values, "persons", "name"):
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
        if self.schedule.is_ours:
            return self.values.text("abstract")
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
            board=self.board,
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
            for link in objects_in(self.values, field, "url"):
                label = link.line("title")
                url = link.line("url")
                if self.schedule.base_url and url.startswith("/") and not url.startswith("//"):
                    url = urljoin(self.schedule.base_url, url)
                if url := self.values.checked_address(url, field):
                    if self.schedule.is_ours:
                        yield own_link(label, url)
                        continue
                    kind = link_kind(f"{label} {link.line('type')}")
                    yield LinkRecord(kind if kind != "other" else link_kind(url), url, label[:LONGEST_LABEL])
        if self.schedule.is_ours:
            return  # Its address is that of its page here.
        for field, kind, label in (
            ("recording_url", "video", ""),
            ("video_download_url", "video", ""),
            ("url", "other", ""),
            ("origin_url", "other", ""),
            ("feedback_url", "other", "Feedback"),
        ):
            if url := self.values.address(field):
                yield LinkRecord(kind, url, label)


def translated(content: Mapping[str, Any]) -> Mapping[str, Any]:
    """The fields, of texts in several languages the English one, else the first."""
    chosen = {
        name: next((text for text in (texts.get("en"), *texts.values()) if isinstance(text, str)), texts)
        for name in TEXTS
        if isinstance(texts := content.get(name), dict)
    }
    return {**content, **chosen}


def board_subtitle(label: str, room: str) -> str:
    """How our own schedules tell a board, and its room where that is not the event's."""
    return " · ".join(filter(None, (f"Board {label}" if label else "", room if label else "")))


def own_link(title: str, url: str) -> LinkRecord:
    """A link of our own schedules: “Paper”, or “Paper: Camera-ready”."""
    name, _, label = title.partition(": ")
    return LinkRecord(OWN_LINKS.get(name, "other"), url, label)


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


def objects_in(values: Values, name: str, plain: str) -> list[Values]:
    """The objects in a list; a plain text there is an object's field `plain`."""
    items = values.content.get(name)
    if isinstance(items, list):
        items = [{plain: item} if isinstance(item, str) else item for item in items]
    return replace(values, content={name: items}).entries(name)
