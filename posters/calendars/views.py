"""Calendars over HTTP: public ones are programme pages, the itinerary's is personal."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from posters.browse.programme_page import programme_page
from posters.calendars import events
from posters.itinerary.attendees import find_attendee
from posters.itinerary.outline import outline_for
from posters.models import Conference, Poster


@programme_page()
def session_calendar(request: HttpRequest, conference: Conference, slug: str) -> HttpResponse:
    """A session's event. Raises Http404 while its time is to be announced."""
    session = get_object_or_404(conference.sessions.select_related("conference", "room"), slug=slug)
    if session.starts_at is None:
        raise Http404("The time of this session is to be announced.")
    return calendar_response(events.session_calendar(session), f"{conference.slug}-{slug}.ics")


@programme_page()
def poster_calendar(request: HttpRequest, conference: Conference, number: int) -> HttpResponse:
    """A poster's presentations. Raises Http404 while none has a time."""
    poster = get_object_or_404(Poster.objects.public().filter(conference=conference).with_listing(), number=number)
    presentations = [shown for shown in poster.presentations.all() if shown.session.starts_at]
    if not presentations:
        raise Http404("The time of this poster is to be announced.")
    return calendar_response(events.poster_calendar(poster, presentations), f"{conference.slug}-poster-{number}.ics")


@never_cache
@require_safe
def itinerary_calendar(request: HttpRequest, conference: str) -> HttpResponse:
    """The attendee's own itinerary as a file; `layout` is sessions or visits."""
    edition = get_object_or_404(Conference.objects.public(), slug=conference)
    layout = request.GET.get("layout", "sessions")
    if layout not in {"sessions", "visits"}:
        return HttpResponse(
            "layout must be sessions or visits.\n", status=400, content_type="text/plain; charset=utf-8"
        )
    outline = outline_for(find_attendee(request), conference=edition, now=timezone.now())
    return calendar_response(
        events.itinerary_calendar(edition, outline, layout=layout), f"{edition.slug}-itinerary.ics"
    )


def calendar_response(calendar: bytes, file_name: str) -> HttpResponse:
    """A calendar for download; `file_name` is made of slugs."""
    return HttpResponse(
        calendar,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
    )
