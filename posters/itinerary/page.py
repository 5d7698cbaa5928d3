"""What the itinerary page shows beside the outline itself."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.safestring import SafeString

from posters.itinerary.edits import LONGEST_NOTE
from posters.itinerary.now import lines_of
from posters.itinerary.outline import Block, Day, Outline
from posters.itinerary.progress import Progress, progress_of
from posters.itinerary.sharing import address_of, links_of
from posters.itinerary.timeline import Timeline, timeline_of
from posters.itinerary.ways_out import clashes_of, unplanned_of
from posters.models import Itinerary, Session
from posters.qr_code import qr_svg

FRESH = timedelta(minutes=2)
"""How long the last edit stays in sight, to be taken back at once."""


@dataclass(frozen=True)
class ShownBlock:
    """A session of the itinerary, and how far the attendee has come in it."""

    block: Block
    progress: Progress


@dataclass(frozen=True)
class ShownDay:
    """A day with its picture."""

    day: Day
    timeline: Timeline | None
    blocks: list[ShownBlock]
    is_today: bool


def itinerary_context(outline: Outline, *, now: datetime) -> dict[str, Any]:
    """All that itinerary.html needs but the outline and the conference."""
    conference = outline.itinerary.conference
    today = now.astimezone(conference.zone).date()
    days = [
        ShownDay(
            day=day,
            timeline=timeline_of(day, zone=conference.zone, now=now),
            blocks=[
                ShownBlock(block, progress_of(block.visits, interests=outline.interests, now=now))
                for block in day.blocks
            ],
            is_today=day.date == today,
        )
        for day in outline.days
    ]
    return {
        "days": days,
        "lines": lines_of(outline, now=now),
        "progress": progress_of(outline.visits, interests=outline.interests, now=now),
        "clashes": clashes_of(outline),
        "unplanned": unplanned_of(outline),
        "must_see": {key for key, interest in outline.interests.items() if interest == "must-see"},
        "is_on_today": any(day.is_today for day in days),
        "other_sessions": sessions_to_add(outline),
        "dwell_minutes": outline.itinerary.attendee.dwell_minutes,
        "longest_note": LONGEST_NOTE,
        **last_edit_context(outline.itinerary, now=now),
        "address": settings.SITE_URL + reverse("itinerary", args=[conference.slug]),
        "paper_code": paper_code(outline.itinerary),
    }


def paper_code(itinerary: Itinerary) -> SafeString | None:
    """What is printed to open the itinerary online: its newest link, for paper is lost and seen by others.

    None without a link: the itinerary's own address opens an empty one on any other device.
    """
    addresses = filter(None, map(address_of, links_of(itinerary)))
    address = next(addresses, None)
    return qr_svg(address) if address else None


def sessions_to_add(outline: Outline) -> list[Session]:
    """What the attendee could plan to attend, in time order; breaks are for everyone."""
    attended = [block.session.pk for block in outline.blocks if block.is_attended]
    sessions = Session.objects.filter(conference=outline.itinerary.conference).exclude(pk__in=attended)
    return list(sessions.exclude(kind=Session.Kind.BREAK).in_time_order())


def last_edit_context(itinerary: Itinerary, *, now: datetime) -> dict[str, Any]:
    """The edit that can be taken back, and whether it was made just now."""
    edit = itinerary.edits.order_by("-pk").first()
    return {"last_edit": edit, "is_edit_fresh": edit is not None and now - edit.made_at < FRESH}
