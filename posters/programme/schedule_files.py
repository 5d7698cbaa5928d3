"""The public programme as schedule.json and schedule.xml, the forms of frab and pentabarf that conference apps read.

Such a schedule has days, rooms and events: each session is an event, and each presentation of a poster is one, in its
session's room, for as long as its presenter is there or else for the session. Ours are told by their `generator`, and
our own readers take back all that is in them: the board from the subtitle, the session's slug from the event's.

What the form has no place for is not in it: sessions and posters without a time, withdrawn posters, decisions,
keywords, affiliations, topics but the first, the venue, the places of boards.
"""

import datetime as dt
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5
from xml.etree import ElementTree

from django.conf import settings
from django.urls import reverse

from posters.models import Conference, Link, Presentation, Session
from posters.programme.export import public_programme, readable
from posters.programme.readers.schedule_events import GENERATOR, OWN_LINKS, SESSION_TYPES, board_subtitle
from posters.programme.records import LinkRecord, PosterRecord, PresentationRecord, ProgrammeRecord, SessionRecord

REFERENCES = {
    Link.Kind.PAPER: "paper",
    Link.Kind.SLIDES: "slides",
    Link.Kind.VIDEO: "media",
    Link.Kind.STREAM: "media",
    Link.Kind.CODE: "related",
}
"""The schema's types of links; the others are plain web."""
FIRST_DERIVED_ID = 1_000_000_000
"""From here on are the ids of events that have no number of their own."""
TYPES = {kind: name for name, kind in SESSION_TYPES.items()}

_not_in_xml = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")


@dataclass(frozen=True)
class Entry:
    """One event of the schedule, with what both files say of it."""

    day: dt.date
    room: str
    starts_at: dt.datetime
    fields: dict[str, Any]
    """As schedule.json has them."""


def schedule_json(*, conference: Conference) -> bytes:
    """The file, valid against the public JSON Schema."""
    days, tracks, rooms = _days(conference)
    slug = acronym(conference)
    zone = conference.zone
    content = {
        "generator": {"name": GENERATOR, "url": settings.SITE_URL},
        "schedule": {
            "version": str(conference.revision),
            "base_url": _page(conference),
            "conference": {
                **_facts(conference, days),
                "acronym": slug,
                "daysCount": len(days),
                **({"description": conference.description} if conference.description else {}),
                "colors": {"primary": conference.accent_colour},
                "tracks": [{"name": name} for name in tracks],
                "rooms": [{"name": name, "guid": str(_guid(conference, "room", name))} for name in rooms],
                "days": [
                    {
                        "index": index,
                        "date": day.isoformat(),
                        "day_start": _midnight(day, zone).isoformat(),
                        "day_end": _midnight(day + dt.timedelta(days=1), zone).isoformat(),
                        "rooms": {room: [entry.fields for entry in entries] for room, entries in by_room.items()},
                    }
                    for index, (day, by_room) in enumerate(days.items(), start=1)
                ],
            },
        },
    }
    return json.dumps(content, ensure_ascii=False).encode()


def schedule_xml(*, conference: Conference) -> bytes:
    """The file, valid against the public XSD."""
    days, tracks, _ = _days(conference)
    zone = conference.zone
    root = ElementTree.Element("schedule")
    ElementTree.SubElement(root, "generator", name=GENERATOR, system=settings.SITE_URL)
    _text(root, "url", settings.SITE_URL + reverse("schedule-xml", args=[conference.slug]))
    _text(root, "version", str(conference.revision))
    head = ElementTree.SubElement(root, "conference")
    _text(head, "acronym", acronym(conference))
    for name, value in _facts(conference, days).items():
        _text(head, name, value)
    _text(head, "days", str(len(days)))
    _text(head, "base_url", _page(conference))
    ElementTree.SubElement(head, "color", primary=conference.accent_colour)
    for name in tracks:
        ElementTree.SubElement(head, "track", name=_clean(name))
    for index, (day, by_room) in enumerate(days.items(), start=1):
        facts = {"index": str(index), "date": day.isoformat(), "start": _midnight(day, zone).isoformat()}
        facts["end"] = _midnight(day + dt.timedelta(days=1), zone).isoformat()
        element = ElementTree.SubElement(root, "day", facts)
        for name, entries in by_room.items():
            room = ElementTree.SubElement(element, "room", name=_clean(name))
            for entry in entries:
                _event_element(room, entry.fields)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)


def _event_element(room: ElementTree.Element, fields: dict[str, Any]) -> None:
    event = ElementTree.SubElement(room, "event", id=str(fields["id"]), guid=fields["guid"])
    for name in ("room", "title", "subtitle", "type", "date", "start", "duration", "abstract", "slug", "track", "url"):
        _text(event, name, fields[name] or "")
    persons = ElementTree.SubElement(event, "persons")
    for person in fields["persons"]:
        _text(persons, "person", person["name"], guid=person["guid"])
    links = ElementTree.SubElement(event, "links")
    for link in fields["links"]:
        _text(links, "link", link["title"], href=_clean(link["url"]), type=link["type"])


def acronym(conference: Conference) -> str:
    """As both schemas want it: at least four of a–z, 0–9 and _."""
    return re.sub(r"[^a-z0-9_]", "_", conference.slug.lower()).ljust(4, "_")


def _facts(conference: Conference, days: dict[dt.date, Any]) -> dict[str, str]:
    """What both files say of the conference in the same words."""
    zone = conference.time_zone
    return {
        "title": conference.name,
        "start": (conference.starts_on or min(days)).isoformat(),
        "end": (conference.ends_on or max(days)).isoformat(),
        "timeslot_duration": "00:05",
        # The JSON Schema knows zones such as Africa/Kigali and UTC only; times carry their offsets anyway.
        **({"time_zone_name": zone} if re.search(r"^[A-Z][a-z]+/[A-Z][a-z]+|UTC$", zone) else {}),
        **({"url": conference.website_url} if conference.website_url else {}),
    }


Days = dict[dt.date, dict[str, list[Entry]]]


def _days(conference: Conference) -> tuple[Days, list[str], list[str]]:
    """The events by day and room, the tracks and the rooms. There is a day, even if nothing is on it yet."""
    record = readable(public_programme(conference=conference))
    entries = sorted(_entries(conference, record), key=lambda entry: (entry.day, entry.room, entry.starts_at))
    days: Days = {}
    for entry in entries:
        days.setdefault(entry.day, {}).setdefault(entry.room, []).append(entry)
    if not days:
        days[conference.starts_on or dt.date(conference.year, 1, 1)] = {}
    tracks = sorted({entry.fields["track"] for entry in entries if entry.fields["track"]})
    return days, tracks, sorted({entry.room for entry in entries if entry.room})


def _entries(conference: Conference, record: ProgrammeRecord) -> Iterator[Entry]:
    """Each session, then its presentations; a session before those in its room that begin with it."""
    uids = dict(Session.objects.filter(conference=conference).values_list("slug", "uid"))
    shown = Presentation.objects.filter(session__conference=conference)
    numbers = shown.values_list("poster__number", "session__slug", "uid")
    presentation_uids: dict[tuple[int | None, str], UUID] = {(number, slug): uid for number, slug, uid in numbers}
    sessions = {session.slug: session for session in record.sessions if session.starts_at and session.ends_at}
    for session in sessions.values():
        yield _session_entry(conference, session, uids[session.slug])
    for poster in record.posters:
        if poster.status == "withdrawn":
            continue
        timed = [presented for presented in poster.presentations if presented.session in sessions]
        for place, presented in enumerate(sorted(timed, key=lambda item: _window(item, sessions)[0])):
            uid = presentation_uids[poster.number, presented.session]
            yield _poster_entry(conference, poster, presented, sessions[presented.session], uid, is_first=place == 0)


def _session_entry(conference: Conference, session: SessionRecord, uid: UUID) -> Entry:
    return _entry(
        conference,
        session,
        (session.starts_at, session.ends_at),
        uid,
        id=_derived_id(uid),
        title=session.title,
        subtitle="",
        type=TYPES[session.kind],
        track=None,
        abstract=session.description,
        slug=f"{acronym(conference)}-session-{session.slug.lower()}",
        url=f"{_page(conference)}sessions/{session.slug}/",
        persons=[],
        links=[_reference(link) for link in session.links],
    )


def _poster_entry(
    conference: Conference,
    poster: PosterRecord,
    presented: PresentationRecord,
    session: SessionRecord,
    uid: UUID,
    *,
    is_first: bool,
) -> Entry:
    name = "Talk" if session.kind == "oral" else "Poster"
    return _entry(
        conference,
        session,
        _window(presented, {session.slug: session}),
        uid,
        id=poster.number if is_first else _derived_id(uid),
        title=poster.title or f"Untitled poster {poster.number}",
        subtitle=board_subtitle(presented.board, presented.room if presented.room != session.room else ""),
        type=f"{name} (virtual)" if presented.format == "virtual" else name,
        track=poster.topics[0] if poster.topics else None,
        abstract=poster.abstract,
        slug=f"{acronym(conference)}-poster-{poster.number:04}" + ("" if is_first else f"-{session.slug.lower()}"),
        url=f"{_page(conference)}posters/{poster.number}/",
        persons=[
            {"name": author.name, "guid": str(_guid(conference, "author", author.slug))} for author in poster.authors
        ],
        links=[_reference(link) for link in poster.links],
    )


def _entry(
    conference: Conference,
    session: SessionRecord,
    window: tuple[dt.datetime | None, dt.datetime | None],
    uid: UUID,
    **fields: Any,
) -> Entry:
    starts_at, ends_at = window
    if starts_at is None or ends_at is None:
        raise ValueError(f"{session.title} has no times: they are to be announced.")
    hours, minutes = divmod(int((ends_at - starts_at).total_seconds()) // 60, 60)
    local = starts_at.astimezone(conference.zone)
    times = {
        "guid": str(uid),
        "date": local.isoformat(),
        "start": f"{local:%H:%M}",
        "end": ends_at.astimezone(conference.zone).isoformat(),
        "duration": f"{hours:02}:{minutes:02}",
        "room": session.room,
        "language": None,
    }
    slug = fields.pop("slug").rstrip("-_")
    return Entry(local.date(), session.room, starts_at, {**times, **fields, "slug": slug})


def _window(presented: PresentationRecord, sessions: dict[str, SessionRecord]) -> tuple[dt.datetime, dt.datetime]:
    """While the presenter is there, else the session's."""
    session = sessions[presented.session]
    starts_at = presented.presenter_starts_at or session.starts_at
    ends_at = presented.presenter_ends_at or session.ends_at
    if starts_at is None or ends_at is None:
        raise ValueError(f"{session.title} has no times: they are to be announced.")
    return starts_at, ends_at


def _reference(link: LinkRecord) -> dict[str, str]:
    kind = Link.Kind(link.kind)
    name = next(name for name, own in OWN_LINKS.items() if own == kind)
    return {
        "title": f"{name}: {link.label}" if link.label else name,
        "url": link.url,
        "type": REFERENCES.get(kind, "web"),
    }


def _derived_id(uid: UUID) -> int:
    return FIRST_DERIVED_ID + uid.int % FIRST_DERIVED_ID


def _guid(conference: Conference, what: str, name: str) -> UUID:
    """The same in every file, whatever the site's address is."""
    return uuid5(NAMESPACE_URL, f"boardwalk:{conference.slug}:{what}:{name}")


def _page(conference: Conference) -> str:
    return settings.SITE_URL + reverse("home", args=[conference.slug])


def _midnight(day: dt.date, zone: dt.tzinfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), tzinfo=zone)


def _text(parent: ElementTree.Element, name: str, value: str, **attributes: str) -> None:
    ElementTree.SubElement(parent, name, attributes).text = _clean(value)


def _clean(value: str) -> str:
    """Without what XML cannot hold."""
    return _not_in_xml.sub("", value)
