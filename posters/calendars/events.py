"""Programme and itinerary → iCalendar (RFC 5545, RFC 7986).

All instants are in UTC: our events do not recur, and so need no VTIMEZONE, which some clients misread.
DTSTAMP is the last change, not “now”: without a METHOD it means just that (RFC 5545 §3.8.7.2), and two
downloads with nothing changed in between are the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from posters.itinerary.outline import Block, Outline
from posters.latex import to_text
from posters.models import Board, Conference, Poster, Presentation, Room, Session, Visit

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
            board=presentation.board,
            changed_at=presentation.changed_at,
            sequence=presentation.sequence,
            path=reverse("poster", args=[conference.slug, poster.number]),
        )
        event.add(
            "description",
            _lines(
                authors_line(poster),
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
    events = []
    for block in outline.timed_blocks if outline else []:
        if layout == "visits" and block.visits:
            events += [_visit_event(conference, visit) for visit in block.visits]
        else:
            events.append(_block_event(block, conference))
    return _calendar(conference, f"My itinerary: {conference.name}", events)


def authors_line(poster: Poster) -> str:
    """The authors in order, separated as printed."""
    return " · ".join(to_text(authorship.author.name) for authorship in poster.authorships.all())


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
        " ".join(
            (
                _clock(conference, visit.starts_at),
                _place_on_walk(visit),
                to_text(visit.presentation.poster.display_title),
            )
        )
        for visit in block.visits
    ]
    event.add("description", _lines(*stops, _hours(conference, session.starts_at, session.ends_at)))
    return event


def _visit_event(conference: Conference, visit: Visit) -> Event:
    presentation, poster = visit.presentation, visit.presentation.poster
    event = _event(
        uid=visit.uid,
        conference=conference,
        summary=to_text(poster.display_title),
        session=presentation.session,
        board=presentation.board,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        changed_at=visit.changed_at,
        sequence=visit.sequence,
        path=reverse("poster", args=[conference.slug, poster.number]),
    )
    event.add(
        "description",
        _lines(
            authors_line(poster),
            presentation.session.title,
            visit.note,
            _hours(conference, visit.starts_at, visit.ends_at),
        ),
    )
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
    board: Board | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> Event:
    """What every event has; times default to the session's."""
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
    place = _place(conference, board.room if board else session.room, board)
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


def _place(conference: Conference, room: Room | None, board: Board | None) -> str:
    parts = [f"Board {board.label}" if board else "", room.name if room else "", conference.venue]
    return ", ".join(part for part in parts if part)


def _place_on_walk(visit: Visit) -> str:
    board = visit.presentation.board
    return f"Board {board.label}:" if board else f"Poster {visit.presentation.poster.number}:"


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
