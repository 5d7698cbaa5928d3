"""A calendar and its events as plain data, and as iCalendar (RFC 5545, RFC 7986).

All instants are in UTC: our events do not recur, and so need no VTIMEZONE, which some clients misread.
DTSTAMP is the last change, not “now”: without a METHOD it means just that (RFC 5545 §3.8.7.2), and two
downloads with nothing changed in between are the same bytes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit
from uuid import NAMESPACE_OID, UUID, uuid5

from posters.calendars.content_lines import address, parameter, text, utc, written

PRODUCT = "-//Boardwalk//Poster programme//EN"
REFRESH = "PT1H"
"""How often we ask clients to come. Few listen; the dialogue says which."""
BEFORE_ALL = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class OnlinePlace:
    """Where one takes part from afar: a stream or a chat. `feature` is one of RFC 7986 §6.3."""

    feature: str
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Event:
    """One VEVENT. Times carry a zone; `category` is in the calendar's language."""

    uid: UUID
    sequence: int
    changed_at: datetime
    starts_at: datetime
    ends_at: datetime
    summary: str
    category: str = ""
    description: str = ""
    location: str = ""
    url: str = ""
    online: tuple[OnlinePlace, ...] = ()
    image: str = ""
    """The address of its picture."""
    image_type: str = ""
    status: str = "CONFIRMED"
    """CONFIRMED, TENTATIVE or CANCELLED."""
    is_busy: bool = True

    @property
    def stands(self) -> bool:
        return self.status != "CANCELLED"


@dataclass(frozen=True, slots=True)
class Calendar:
    """All that stands around the events. `source` is where it can be had again, for those that are no secret."""

    name: str
    description: str
    language: str
    time_zone: str
    url: str
    colour: str
    """A name of CSS 3."""
    image: str
    contact: str = ""
    contact_url: str = ""
    geo: tuple[float, float] | None = None
    """Degrees north and east."""
    alarm_minutes: int = 0
    source: str = ""
    empty: str = ""
    """Why it is empty, if it is."""


BARE = Calendar(name="", description="", language="", time_zone="", url="", colour="", image="")
CHANGES = ("DTSTAMP:", "LAST-MODIFIED:", "SEQUENCE:")


def write_calendar(calendar: Calendar, events: Sequence[Event]) -> bytes:
    """The file."""
    lines = list(_calendar_lines(calendar, events))
    shared = list(_lines_of_every_event(calendar))
    for event in events:
        lines += _event_lines(event, calendar, shared)
    if not events:
        # A calendar without a component is none (RFC 5545 §3.6); applications show no journals among events.
        lines += _note_lines(calendar)
    return written([*lines, "END:VCALENDAR"])


def said_by(event: Event) -> list[str]:
    """Its lines in any calendar, but those that tell of its changes: as written, for a property that an event does not
    have is no change of it."""
    lines = _event_lines(event, BARE, [])
    return [line for line in lines if not line.startswith(CHANGES)]


def _calendar_lines(calendar: Calendar, events: Sequence[Event]) -> Iterator[str]:
    name, description = text(calendar.name), text(calendar.description)
    yield "BEGIN:VCALENDAR"
    yield "VERSION:2.0"
    yield f"PRODID:{PRODUCT}"
    yield "CALSCALE:GREGORIAN"
    yield f"NAME:{name}"
    yield f"X-WR-CALNAME:{name}"
    yield f"DESCRIPTION;LANGUAGE={calendar.language}:{description}"
    yield f"X-WR-CALDESC:{description}"
    yield f"X-WR-TIMEZONE:{text(calendar.time_zone)}"
    yield f"LAST-MODIFIED:{utc(max((event.changed_at for event in events), default=BEFORE_ALL))}"
    yield f"URL:{address(calendar.url)}"
    yield f"COLOR:{calendar.colour}"
    yield f"IMAGE;VALUE=URI;DISPLAY=BADGE;FMTTYPE=image/svg+xml:{address(calendar.image)}"
    if calendar.source:
        yield f"SOURCE;VALUE=URI:{address(calendar.source)}"
    yield f"REFRESH-INTERVAL;VALUE=DURATION:{REFRESH}"
    yield f"X-PUBLISHED-TTL:{REFRESH}"


def _lines_of_every_event(calendar: Calendar) -> Iterator[str]:
    """What does not differ from event to event."""
    if calendar.geo:
        north, east = calendar.geo
        yield f"GEO:{north:.6f};{east:.6f}"
    if calendar.contact:
        way = f";ALTREP={parameter(address(calendar.contact_url))}" if calendar.contact_url else ""
        yield f"CONTACT{way}:{text(calendar.contact)}"


def _event_lines(event: Event, calendar: Calendar, shared: list[str]) -> list[str]:
    changed_at = utc(event.changed_at)
    lines = [
        "BEGIN:VEVENT",
        f"UID:{event.uid}",
        f"DTSTAMP:{changed_at}",
        f"LAST-MODIFIED:{changed_at}",
        f"SEQUENCE:{event.sequence}",
        f"DTSTART:{utc(event.starts_at)}",
        f"DTEND:{utc(event.ends_at)}",
        f"SUMMARY:{text(event.summary)}",
        f"STATUS:{event.status}",
        "TRANSP:OPAQUE" if event.is_busy and event.stands else "TRANSP:TRANSPARENT",
        *shared,
    ]
    if event.description:
        lines.append(f"DESCRIPTION;LANGUAGE={calendar.language}:{text(event.description)}")
    if event.location:
        lines.append(f"LOCATION:{text(event.location)}")
    if event.category:
        lines.append(f"CATEGORIES;LANGUAGE={calendar.language}:{text(event.category)}")
    if event.url:
        lines.append(f"URL:{address(event.url)}")
    if event.image:
        lines.append(f"IMAGE;VALUE=URI;DISPLAY=FULLSIZE;FMTTYPE={event.image_type}:{address(event.image)}")
    for place in event.online:
        named = f"FEATURE={place.feature};LABEL={parameter(place.label)};LANGUAGE={calendar.language}"
        lines.append(f"CONFERENCE;VALUE=URI;{named}:{address(place.url)}")
    if calendar.alarm_minutes and event.status == "CONFIRMED":
        lines += [
            "BEGIN:VALARM",
            "ACTION:DISPLAY",
            f"DESCRIPTION:{text(event.summary)}",
            f"TRIGGER:-PT{calendar.alarm_minutes}M",
            "END:VALARM",
        ]
    lines.append("END:VEVENT")
    return lines


def _note_lines(calendar: Calendar) -> Iterator[str]:
    stamp = utc(BEFORE_ALL)
    yield "BEGIN:VJOURNAL"
    yield f"UID:{uuid5(NAMESPACE_OID, urlsplit(calendar.url).path)}"
    yield f"DTSTAMP:{stamp}"
    yield f"SUMMARY:{text(calendar.name)}"
    yield f"DESCRIPTION;LANGUAGE={calendar.language}:{text(calendar.empty)}"
    yield "END:VJOURNAL"
