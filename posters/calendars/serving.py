"""An itinerary's calendar over HTTP: made at most once per state of the itinerary and options, and kept.

Private, and to be asked for again: the tag is made from the state, before anything is planned or written.
"""

import gzip
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_vary_headers
from django.utils.http import http_date

from posters.browse.programme_page import KEPT_SECONDS, is_unmodified, names_tag, release, unpacked
from posters.calendars.events import CalendarOptions, itinerary_calendar
from posters.calendars.feeds import calendar_tag, itinerary_state, keep_state
from posters.itinerary.outline import outline_of
from posters.models import Itinerary

READINGS = 3
"""How often at most an itinerary is read while it or the programme changes."""


@dataclass(frozen=True)
class KeptCalendar:
    """A calendar as it was made: compressed, its tag, and since when it is so."""

    body: bytes
    tag: str
    since: datetime | None


def kept_calendar(state: str, options: CalendarOptions, since: datetime | None) -> KeptCalendar | None:
    """The calendar in this state, if it is kept."""
    tag = calendar_tag(state, options)
    body = cache.get(_cache_key(tag))
    return KeptCalendar(body, tag, since) if body else None


def make_calendar(itinerary: Itinerary, options: CalendarOptions, now: datetime) -> KeptCalendar:
    """Plan, write and keep it, under the state that it was made from: again, where that changed meanwhile."""
    for _ in range(READINGS):
        itinerary = Itinerary.objects.select_related("conference", "attendee").get(pk=itinerary.pk)
        planned_from = itinerary.planned_from
        state = itinerary_state(itinerary, release=release(), now=now)
        outline = outline_of(itinerary=itinerary, now=now)
        if itinerary.planned_from != planned_from:
            state = itinerary_state(itinerary, release=release(), now=now)
            outline = outline_of(itinerary=itinerary, now=now)
        content = itinerary_calendar(itinerary.conference, outline, options=options, now=now)
        if itinerary_state(itinerary, release=release(), now=now) == state:
            break
    made = KeptCalendar(
        gzip.compress(content, compresslevel=5, mtime=0),
        calendar_tag(state, options),
        keep_state(itinerary=itinerary, state=state, now=now),
    )
    cache.set(_cache_key(made.tag), made.body, KEPT_SECONDS)
    return made


def is_known(request: HttpRequest, tag: str, since: datetime | None) -> bool:
    """Whether the client has this calendar already."""
    if_none_match = request.headers.get("If-None-Match", "")
    return names_tag(if_none_match, tag) or is_unmodified(request, http_date(since.timestamp()) if since else None)


def not_modified(tag: str, since: datetime | None) -> HttpResponse:
    return _with_headers(HttpResponseNotModified(), tag, since)


def calendar_response(request: HttpRequest, made: KeptCalendar, file_name: str) -> HttpResponse:
    """The calendar for download, as compressed as the client takes it."""
    return _with_headers(unpacked(request, made.body, file_headers(file_name)), made.tag, made.since)


def file_headers(file_name: str) -> dict[str, str]:
    """What a calendar is, and what to call it; `file_name` is made of slugs."""
    return {
        "Content-Type": "text/calendar; charset=utf-8",
        "Content-Disposition": f'attachment; filename="{file_name}"',
    }


def _with_headers(response: HttpResponse, tag: str, since: datetime | None) -> HttpResponse:
    response.headers["ETag"] = f'W/"{tag}"'
    response.headers["Cache-Control"] = "private, no-cache"
    # The address may be the secret itself.
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex"
    if since:
        response.headers["Last-Modified"] = http_date(since.timestamp())
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def _cache_key(tag: str) -> str:
    return f"calendar:{tag}"
