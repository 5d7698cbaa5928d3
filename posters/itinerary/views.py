"""The attendee's own pages and data: private, never kept by anything shared (DESIGN.md, rule 1)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from posters.browse.filters import VIEWS, HeadedRows, PosterFilter
from posters.browse.listing import list_posters
from posters.browse.marking import marker_of
from posters.itinerary.answers import refusal, wants_json, way_back
from posters.itinerary.attendees import (
    find_attendee,
    find_or_create_attendee,
    name_for_device,
    remember_attendee,
)
from posters.itinerary.changes import unseen_changes
from posters.itinerary.edits import attend
from posters.itinerary.favourites import (
    Interest,
    PosterWithdrawn,
    itinerary_of,
    next_interests,
    set_favourite,
)
from posters.itinerary.intents import UNREADABLE_TIME, UnreadableTime, wished_at
from posters.itinerary.on_the_way import stops_on_the_way
from posters.itinerary.outline import Outline, outline_for
from posters.itinerary.page import itinerary_context
from posters.itinerary.suggestions import suggest_posters
from posters.models import Announcement, Attendance, Attendee, Conference, Favourite, Poster, Session
from posters.programme.announcements import announcements_shown


@never_cache
@require_safe
def overlay(request: HttpRequest, conference: str) -> JsonResponse:
    """What paints the attendee's stars on programme pages, and the token that presses them."""
    edition = get_object_or_404(Conference.objects.public(), slug=conference)
    attendee, now = find_attendee(request), timezone.now()
    outline = outline_for(attendee, conference=edition, now=now)
    return JsonResponse(
        {
            "csrf_token": get_token(request),
            "signed_in": request.user.is_authenticated,
            "attendee": name_for_device(request, attendee),
            "now": now,
            "favourites": _interests(outline),
            "attendances": [block.session.slug for block in outline.blocks if block.is_attended] if outline else [],
            "visits": [
                {
                    "number": visit.number,
                    "session": block.session.slug,
                    "starts_at": visit.starts_at,
                    "ends_at": visit.ends_at,
                }
                for block in (outline.blocks if outline else [])
                for visit in block.visits
            ],
        }
    )


@never_cache
def favourite(request: HttpRequest, conference: str, number: int) -> HttpResponse:
    """GET: a small page with the form, where a star leads without JavaScript. POST: the latest wish."""
    poster = get_object_or_404(
        Poster.objects.public().select_related("conference"), conference__slug=conference, number=number
    )
    if request.method == "POST":
        return _record_favourite(request, poster)
    attendee = find_attendee(request)
    wish = Favourite.objects.filter(attendee=attendee, poster=poster).first() if attendee else None
    interest = wish.interest if wish else Interest.NONE
    context = {
        "conference": poster.conference,
        "poster": poster,
        "interest": interest,
        "choices": [Interest.NONE] if poster.is_withdrawn else next_interests(interest),
        "next": way_back(request),
    }
    return render(request, "itinerary/favourite.html", context)


def _record_favourite(request: HttpRequest, poster: Poster) -> HttpResponse:
    given = request.POST.get("interest", "")
    if given not in Interest.values:
        return refusal(request, f"“interest” must be one of {', '.join(Interest.values)}.", status=400)
    try:
        moment = wished_at(request.POST.get("wished_at", ""), now=timezone.now())
    except UnreadableTime:
        return refusal(request, UNREADABLE_TIME, status=400)
    attendee = find_or_create_attendee(request) if given != Interest.NONE else find_attendee(request)
    if attendee is not None:
        try:
            given = set_favourite(attendee=attendee, poster=poster, interest=Interest(given), now=moment).interest
        except PosterWithdrawn:
            return refusal(request, "This poster was withdrawn: it cannot become a favourite.", status=409)
    page = reverse("poster", args=[poster.conference.slug, poster.number])
    return _done(request, attendee, {"number": poster.number, "interest": given}, page)


@never_cache
def attendance(request: HttpRequest, conference: str, slug: str) -> HttpResponse:
    """GET: a small page with the form. POST: plan to be in a session, or no longer."""
    session = get_object_or_404(
        Session.objects.public().select_related("conference", "room"), conference__slug=conference, slug=slug
    )
    if request.method == "POST":
        return _record_attendance(request, session)
    attendee = find_attendee(request)
    is_attending = (
        attendee is not None and Attendance.objects.filter(itinerary__attendee=attendee, session=session).exists()
    )
    context = {
        "conference": session.conference,
        "session": session,
        "is_attending": is_attending,
        "next": way_back(request),
    }
    return render(request, "itinerary/attendance.html", context)


def _record_attendance(request: HttpRequest, session: Session) -> HttpResponse:
    given = request.POST.get("attending", "")
    if given not in {"yes", "no"}:
        return refusal(request, "“attending” must be yes or no.", status=400)
    try:
        moment = wished_at(request.POST.get("wished_at", ""), now=timezone.now())
    except UnreadableTime:
        return refusal(request, UNREADABLE_TIME, status=400)
    is_attending = given == "yes"
    attendee = find_or_create_attendee(request) if is_attending else find_attendee(request)
    if attendee is not None:
        itinerary = itinerary_of(attendee=attendee, conference=session.conference)
        attend(itinerary=itinerary, session=session, is_attending=is_attending, now=moment)
        is_attending = itinerary.attendances.filter(session=session).exists()
    page = reverse("session", args=[session.conference.slug, session.slug])
    return _done(request, attendee, {"session": session.slug, "attending": is_attending}, page)


@never_cache
@require_safe
def favourites(request: HttpRequest, conference: str) -> HttpResponse:
    """The attendee's favourites, must-see first, with the filters of the list of posters."""
    edition = get_object_or_404(Conference.objects.public(), slug=conference)
    _tell(edition, Announcement.Part.ALL)
    attendee = find_attendee(request)
    wishes = Favourite.objects.wished().filter(attendee=attendee, poster__conference=edition)
    interests = dict(wishes.values_list("poster", "interest")) if attendee else {}
    filters = PosterFilter(request.GET, conference=edition, among=interests)
    keys = filters.keys or filters.meant_keys
    context = {
        "conference": edition,
        "filters": filters,
        "groups": filters.grouped(keys) if filters.view == "topics" else _by_interest(keys, interests),
        "views": VIEWS,
        "marker": marker_of(filters.did_you_mean or filters.search),
        "count": len(interests),
        "suggestions": suggest_posters(attendee=attendee, conference=edition) if attendee else [],
    }
    return render(request, "itinerary/favourites.html", context)


def _by_interest(keys: Sequence[int], interests: Mapping[int, str]) -> list[HeadedRows]:
    rows = list_posters(keys)
    wished = {
        interest: [row for row in rows if interests[row.key] == interest]
        for interest in (Interest.MUST_SEE, Interest.INTERESTED)
    }
    return [HeadedRows(interest.label, len(found), found) for interest, found in wished.items() if found]


@never_cache
@require_safe
def itinerary(request: HttpRequest, conference: str) -> HttpResponse:
    """The attendee's days: what is on now, sessions, in them visits, what clashes and what found no place."""
    edition = get_object_or_404(Conference.objects.public(), slug=conference)
    now = timezone.now()
    _tell(edition, Announcement.Part.ITINERARY)
    outline = outline_for(find_attendee(request), conference=edition, now=now)
    context = {"conference": edition, "outline": outline}
    if outline is not None:
        context |= {"changes": unseen_changes(outline.itinerary), **itinerary_context(outline, now=now)}
    return render(request, "itinerary/itinerary.html", context)


@never_cache
@require_safe
def on_the_way(request: HttpRequest, conference: str) -> HttpResponse:
    """Posters that the attendee passes and may like, each with a button that puts it into the plan."""
    edition = get_object_or_404(Conference.objects.public(), slug=conference)
    outline = outline_for(find_attendee(request), conference=edition, now=(now := timezone.now()))
    stops = stops_on_the_way(itinerary=outline.itinerary, now=now) if outline else []
    return render(request, "itinerary/on_the_way.html", {"conference": edition, "stops": stops})


def _tell(conference: Conference, part: Announcement.Part) -> None:
    """Give the page the announcements of its part."""
    conference.announcements_shown = announcements_shown(conference=conference, part=part, now=timezone.now())


def _interests(outline: Outline | None) -> dict[int, str]:
    if outline is None:
        return {}
    wishes = Favourite.objects.wished().filter(
        attendee=outline.itinerary.attendee_id, poster__conference=outline.itinerary.conference_id
    )
    return dict(wishes.order_by("poster__number").values_list("poster__number", "interest"))


def _done(request: HttpRequest, attendee: Attendee | None, facts: dict[str, Any], page: str) -> HttpResponse:
    """The wish as recorded: JSON when asked for, else back to where it came from, else to `page`."""
    response = JsonResponse(facts) if wants_json(request) else HttpResponseRedirect(way_back(request) or page)
    if attendee is not None:
        remember_attendee(request, response, attendee)
    return response
