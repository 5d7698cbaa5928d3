"""An itinerary's calendar over HTTP: made when something has changed that it is made from, and kept.

Private, and to be asked for again. A feed's tag is a digest of its bytes: where the programme changed and they did
not, nothing is sent. The feed remembers the state of the itinerary that they were made from; while that stays, it is
known before anything is planned or written that they do, too.
"""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.http import http_date

from posters.browse.programme_page import KEPT_SECONDS, is_unmodified, names_tag, release, unpacked
from posters.calendars.events import CalendarOptions, ItineraryCalendar, ShownEvent, itinerary_calendar
from posters.calendars.feeds import FoundFeed, itinerary_state
from posters.calendars.removals import keep_fallen
from posters.itinerary.outline import read_outline
from posters.itinerary.planner import bring_up_to_date
from posters.models import CalendarFeed, Itinerary

SHOWN_FACTS = 6
READINGS = 3
"""How often at most an itinerary is read while it or the programme changes."""


@dataclass(frozen=True)
class MadeCalendar:
    """A calendar as it is sent: compressed, its tag, and since when it is so, where that is known."""

    body: bytes
    tag: str
    changed_at: datetime | None = None


def kept_feed(feed: FoundFeed) -> MadeCalendar | None:
    """The feed as it was last made, if nothing has changed since and it is kept."""
    body = cache.get(_cache_key(feed.digest)) if feed.is_unchanged else None
    return MadeCalendar(body, feed.digest, feed.changed_at) if body else None


def make_feed(found: FoundFeed, *, now: datetime) -> MadeCalendar:
    """Plan, write and keep it. What it showed and shows no longer is kept as removed, and told with the rest."""
    feeds = CalendarFeed.objects.select_related("itinerary__conference", "itinerary__attendee")
    feed = feeds.get(pk=found.key)
    # What was kept before it had a digest has nothing to compare.
    shown = {uid: event for uid, event in feed.shown.items() if len(event) == SHOWN_FACTS}
    calendar, state = _read(feed.itinerary, found.options, now, shown)
    if keep_fallen(feed=feed, events=calendar.events, now=now):
        calendar, state = _read(feed.itinerary, found.options, now, shown)
    digest = _digest(calendar.content)
    if (feed.made_from, feed.digest) != (state, digest):
        feed.changed_at = feed.changed_at if feed.digest == digest else now
        feed.made_from, feed.digest, feed.shown = state, digest, calendar.shown
        feed.save(update_fields=["made_from", "digest", "changed_at", "shown"])
    made = MadeCalendar(_packed(calendar.content), digest, feed.changed_at)
    cache.set(_cache_key(digest), made.body, KEPT_SECONDS)
    return made


def download(request: HttpRequest, itinerary: Itinerary, options: CalendarOptions, file_name: str) -> HttpResponse:
    """The calendar as a file, which nobody polls: it is not kept.

    Its Last-Modified is the newest event's. The tag alone tells whether the client has it: when an event has left, the
    newest is an older one.
    """
    calendar, _ = _read(itinerary, options, timezone.now())
    response = calendar_response(request, MadeCalendar(_packed(calendar.content), _digest(calendar.content)), file_name)
    if calendar.events:
        response.headers["Last-Modified"] = http_date(max(event.changed_at for event in calendar.events).timestamp())
    return response


def _read(
    itinerary: Itinerary, options: CalendarOptions, now: datetime, shown: Mapping[str, ShownEvent] | None = None
) -> tuple[ItineraryCalendar, str]:
    """An itinerary's calendar, planned anew where that is due, and the state that it is made from.

    Read again where the state is another afterwards.
    """
    for _ in range(READINGS):
        planned_from = itinerary.planned_from
        state = itinerary_state(itinerary, release=release(), now=now)
        bring_up_to_date(itinerary=itinerary, now=now)
        if itinerary.planned_from != planned_from:
            state = itinerary_state(itinerary, release=release(), now=now)
            bring_up_to_date(itinerary=itinerary, now=now)
        outline = read_outline(itinerary)
        calendar = itinerary_calendar(itinerary.conference, outline, options=options, now=now, shown=shown)
        if itinerary_state(itinerary, release=release(), now=now) == state:
            break
        itinerary = Itinerary.objects.select_related("conference", "attendee").get(pk=itinerary.pk)
    return calendar, state


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]


def _packed(content: bytes) -> bytes:
    return gzip.compress(content, compresslevel=5, mtime=0)


def is_known(request: HttpRequest, tag: str, changed_at: datetime | None) -> bool:
    """Whether the client has this calendar already."""
    modified = http_date(changed_at.timestamp()) if changed_at else None
    return names_tag(request.headers.get("If-None-Match", ""), tag) or is_unmodified(request, modified)


def not_modified(tag: str, changed_at: datetime | None) -> HttpResponse:
    return _with_headers(HttpResponseNotModified(), tag, changed_at)


def calendar_response(request: HttpRequest, made: MadeCalendar, file_name: str) -> HttpResponse:
    """The calendar, as compressed as the client takes it; nothing of it where the client has it already."""
    if is_known(request, made.tag, made.changed_at):
        return not_modified(made.tag, made.changed_at)
    return _with_headers(unpacked(request, made.body, file_headers(file_name)), made.tag, made.changed_at)


def file_headers(file_name: str) -> dict[str, str]:
    """What a calendar is, and what to call it; `file_name` is made of slugs."""
    return {
        "Content-Type": "text/calendar; charset=utf-8",
        "Content-Disposition": f'attachment; filename="{file_name}"',
    }


def _with_headers(response: HttpResponse, tag: str, changed_at: datetime | None) -> HttpResponse:
    response.headers["ETag"] = f'W/"{tag}"'
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["X-Robots-Tag"] = "noindex"
    if changed_at:
        response.headers["Last-Modified"] = http_date(changed_at.timestamp())
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def _cache_key(tag: str) -> str:
    return f"calendar:{tag}"
