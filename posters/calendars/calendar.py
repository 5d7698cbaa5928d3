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

from posters.calendars.content_lines import address, parameter, text, texts, utc, written

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
    status: str = "CONFIRMED"
    """CONFIRMED, TENTATIVE or CANCELLED."""
    is_busy: bool = True


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


def write_calendar(calendar: Calendar, events: Sequence[Event]) -> bytes:
    """The file."""
    return written(_lines(calendar, events))


def _lines(calendar: Calendar, events: Sequence[Event]) -> Iterator[str]:
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
    shared = list(_lines_of_every_event(calendar))
    for event in events:
        yield from _event_lines(event, calendar, shared)
    if not events:
        # A calendar without a component is none (RFC 5545 §3.6); applications show no journals among events.
        yield from _note_lines(calendar)
    yield "END:VCALENDAR"


def _lines_of_every_event(calendar: Calendar) -> Iterator[str]:
    """What does not differ from event to event."""
    if calendar.geo:
        north, east = calendar.geo
        yield f"GEO:{north:.6f};{east:.6f}"
    if calendar.contact:
        way = f";ALTREP={parameter(address(calendar.contact_url))}" if calendar.contact_url else ""
        yield f"CONTACT{way}:{text(calendar.contact)}"


def _event_lines(event: Event, calendar: Calendar, shared: list[str]) -> Iterator[str]:
    changed_at = utc(event.changed_at)
    yield "BEGIN:VEVENT"
    yield f"UID:{event.uid}"
    yield f"DTSTAMP:{changed_at}"
    yield f"LAST-MODIFIED:{changed_at}"
    yield f"SEQUENCE:{event.sequence}"
    yield f"DTSTART:{utc(event.starts_at)}"
    yield f"DTEND:{utc(event.ends_at)}"
    yield f"SUMMARY:{text(event.summary)}"
    if event.description:
        yield f"DESCRIPTION;LANGUAGE={calendar.language}:{text(event.description)}"
    if event.location:
        yield f"LOCATION:{text(event.location)}"
    yield from shared
    if event.url:
        yield f"URL:{address(event.url)}"
    for place in event.online:
        yield (
            f"CONFERENCE;VALUE=URI;FEATURE={place.feature};LABEL={parameter(place.label)};"
            f"LANGUAGE={calendar.language}:{address(place.url)}"
        )
    if event.category:
        yield f"CATEGORIES;LANGUAGE={calendar.language}:{texts([event.category])}"
    yield f"STATUS:{event.status}"
    yield "TRANSP:OPAQUE" if event.is_busy and event.status != "CANCELLED" else "TRANSP:TRANSPARENT"
    if calendar.alarm_minutes and event.status == "CONFIRMED":
        yield "BEGIN:VALARM"
        yield "ACTION:DISPLAY"
        yield f"DESCRIPTION:{text(event.summary)}"
        yield f"TRIGGER:-PT{calendar.alarm_minutes}M"
        yield "END:VALARM"
    yield "END:VEVENT"


def _note_lines(calendar: Calendar) -> Iterator[str]:
    stamp = utc(BEFORE_ALL)
    yield "BEGIN:VJOURNAL"
    yield f"UID:{uuid5(NAMESPACE_OID, urlsplit(calendar.url).path)}"
    yield f"DTSTAMP:{stamp}"
    yield f"SUMMARY:{text(calendar.name)}"
    yield f"DESCRIPTION;LANGUAGE={calendar.language}:{text(calendar.empty)}"
    yield "END:VJOURNAL"
