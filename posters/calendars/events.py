"""Programme and itinerary → iCalendar (RFC 5545, RFC 7986).

All instants are in UTC: our events do not recur, and so need no VTIMEZONE, which some clients misread.
DTSTAMP is the last change, not “now”: without a METHOD it means just that (RFC 5545 §3.8.7.2), and two
downloads with nothing changed in between are the same bytes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from posters.itinerary.outline import Block, Outline, VisitRow
from posters.latex import to_text
from posters.models import Authorship, Conference, Poster, Presentation, Session

if TYPE_CHECKING:
    from icalendar import Calendar, Event

FIRST_SECOND = datetime(2020, 1, 1, tzinfo=UTC)
"""From here an itinerary's event counts its SEQUENCE, in seconds: it never falls back."""


def session_calendar(session: Session) -> bytes:
    """One session as an event. The session's times must be known."""
    event = _event(
        uid=session.uid,
        conference=session.conference,
        summary=session.title,
        session=session,
        changed_at=session.changed_at,
        sequence=session.sequence,
        path=reverse("session", args=[session.conference.slug, session.slug]),
    )
    event.add(
        "description",
        _lines(session.description, _hours(session.conference, session.starts_at, session.ends_at)),
    )
    return _calendar(session.conference, session.title, [event])


def poster_calendar(poster: Poster, presentations: Iterable[Presentation]) -> bytes:
    """A poster: one event per presentation whose time is known, each with a UID of its own.

    With one UID for several times Google Calendar shows only one of them.
    """
    conference = poster.conference
    events = []
    for presentation in presentations:
        session = presentation.session
        event = _event(
            uid=presentation.uid,
            conference=conference,
            summary=to_text(poster.display_title),
            session=session,
            board=presentation.board.label if presentation.board else None,
            room=presentation.board.room.name if presentation.board else None,
            changed_at=presentation.changed_at,
            sequence=presentation.sequence,
            path=reverse("poster", args=[conference.slug, poster.number]),
        )
        event.add(
            "description",
            _lines(
                authors_lines([poster.pk]).get(poster.pk, ""),
                f"{session.title} · {presentation.get_format_display()}",
                _hours(conference, session.starts_at, session.ends_at),
            ),
        )
        if poster.is_withdrawn:
            event["status"] = "CANCELLED"
        events.append(event)
    return _calendar(conference, to_text(poster.display_title), events)


def itinerary_calendar(conference: Conference, outline: Outline | None, *, layout: str) -> bytes:
    """An itinerary: by `layout` one event per session, visits listed in walking order, or one per visit.

    With visits as events, a session planned without any visit is an event too.
    """
    blocks = outline.timed_blocks if outline else []
    if layout == "visits":
        authors = authors_lines([visit.poster_key for block in blocks for visit in block.visits])
        visits = [(block.session, visit) for block in blocks for visit in block.visits]
        events = [_visit_event(conference, *visit, authors) for visit in visits]
        events += [_block_event(block, conference) for block in blocks if not block.visits]
    else:
        events = [_block_event(block, conference) for block in blocks]
    return _calendar(conference, f"My itinerary: {conference.name}", events)


def authors_lines(posters: Collection[int]) -> dict[int, str]:
    """The authors of posters by their keys: in order, separated as printed."""
    names: defaultdict[int, list[str]] = defaultdict(list)
    authorships = Authorship.objects.filter(poster__in=posters).order_by("poster", "position")
    for poster, name in authorships.values_list("poster", "author__name"):
        names[poster].append(to_text(name))
    return {poster: " · ".join(printed) for poster, printed in names.items()}


def _block_event(block: Block, conference: Conference) -> Event:
    session = block.session
    event = _event(
        uid=block.uid,
        conference=conference,
        summary=session.title,
        session=session,
        changed_at=block.changed_at,
        sequence=int((block.changed_at - FIRST_SECOND).total_seconds()),
        path=reverse("session", args=[conference.slug, session.slug]),
    )
    stops = [
        f"{_clock(conference, visit.starts_at)} {_place_on_walk(visit)} {to_text(visit.display_title)}"
        for visit in block.visits
    ]
    event.add("description", _lines(*stops, _hours(conference, session.starts_at, session.ends_at)))
    return event


def _visit_event(conference: Conference, session: Session, visit: VisitRow, authors: dict[int, str]) -> Event:
    event = _event(
        uid=visit.uid,
        conference=conference,
        summary=to_text(visit.display_title),
        session=session,
        board=visit.board,
        room=visit.room,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        changed_at=visit.changed_at,
        sequence=visit.sequence,
        path=reverse("poster", args=[conference.slug, visit.number]),
    )
    hours = _hours(conference, visit.starts_at, visit.ends_at)
    event.add("description", _lines(authors.get(visit.poster_key, ""), session.title, visit.note, hours))
    return event


def _event(
    *,
    uid: UUID,
    conference: Conference,
    summary: str,
    session: Session,
    changed_at: datetime,
    sequence: int,
    path: str,
    board: str | None = None,
    room: str | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Event:
    """What every event has; room and times default to the session's."""
    # Imported where used: 0.2 s and 10 MB that most processes' first requests do not need.
    from icalendar import Event

    event = Event()
    event.add("uid", str(uid))
    event.add("summary", summary)
    for name, instant in (("dtstart", starts_at or session.starts_at), ("dtend", ends_at or session.ends_at)):
        if instant is None:
            raise ValueError(f"{session} has no {name}: its time is to be announced.")
        event.add(name, instant.astimezone(UTC))
    event.add("dtstamp", changed_at.astimezone(UTC))
    event.add("last-modified", changed_at.astimezone(UTC))
    event.add("sequence", sequence)
    event.add("status", "CONFIRMED")
    event.add("categories", [session.get_kind_display()])
    event.add("url", settings.SITE_URL + path)
    room = room or (session.room.name if session.room else None)
    place = ", ".join(filter(None, (board and f"Board {board}", room, conference.venue)))
    if place:
        event.add("location", place)
    return event


def _calendar(conference: Conference, name: str, events: Iterable[Event]) -> bytes:
    from icalendar import Calendar  # As above.

    calendar: Calendar = Calendar()
    calendar.add("prodid", "-//Boardwalk//Poster programme//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", conference.time_zone)
    for event in events:
        calendar.add_component(event)
    return calendar.to_ical()


def _place_on_walk(visit: VisitRow) -> str:
    return f"Board {visit.board}:" if visit.board else f"Poster {visit.number}:"


def _clock(conference: Conference, instant: datetime) -> str:
    return timezone.localtime(instant, conference.zone).strftime("%H:%M")


def _hours(conference: Conference, starts_at: datetime | None, ends_at: datetime | None) -> str:
    if starts_at is None or ends_at is None:
        return ""
    day = timezone.localtime(starts_at, conference.zone)
    return (
        f"{day:%A} {day.day} {day:%B %Y}, {_clock(conference, starts_at)}–{_clock(conference, ends_at)} "
        f"({conference.time_zone})"
    )


def _lines(*parts: str) -> str:
    return "\n".join(part for part in parts if part)
