"""The attendee's calendar page: subscribe, download, and how each subscription is doing."""

from typing import Any
from urllib.parse import quote, urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from posters.calendars import feeds
from posters.calendars.forms import CalendarOptionsForm
from posters.itinerary.attendees import find_attendee, find_or_create_attendee, remember_attendee
from posters.itinerary.changes import changes_after
from posters.itinerary.favourites import itinerary_of
from posters.itinerary.secret_pages import keeps_its_address_secret
from posters.models import Attendee, CalendarFeed, Conference
from posters.qr_code import qr_svg


@keeps_its_address_secret
@require_http_methods(["GET", "HEAD", "POST"])
def dialogue(request: HttpRequest, conference: str) -> HttpResponse:
    """GET: what there is. POST: a new subscription, whose address is shown in the answer and never again."""
    edition = get_object_or_404(Conference.objects.public(), slug=conference)
    if request.method == "POST":
        return _subscribe(request, edition)
    return _page(request, edition, find_attendee(request), CalendarOptionsForm())


@never_cache
@require_POST
def revoke(request: HttpRequest, conference: str, key: int) -> HttpResponse:
    """End one of the attendee's own subscriptions."""
    edition = get_object_or_404(Conference.objects.public(), slug=conference)
    attendee = find_attendee(request)
    if attendee is None:
        raise Http404("No subscription of this visitor.")
    feed = get_object_or_404(CalendarFeed, pk=key, itinerary__attendee=attendee, itinerary__conference=edition)
    feeds.revoke_feed(feed=feed, now=timezone.now())
    return HttpResponseRedirect(reverse("calendar-dialogue", args=[edition.slug]))


def _subscribe(request: HttpRequest, edition: Conference) -> HttpResponse:
    form = CalendarOptionsForm(request.POST)
    if not form.is_valid():
        return _page(request, edition, find_attendee(request), form, status=400)
    attendee = find_or_create_attendee(request)
    itinerary = itinerary_of(attendee=attendee, conference=edition)
    try:
        feed, token = feeds.create_feed(itinerary=itinerary, options=form.options, now=timezone.now())
    except feeds.TooManyFeeds:
        context = {"too_many": feeds.MOST_FEEDS}
        return _page(request, edition, attendee, form, status=409, **context)
    response = _page(request, edition, attendee, form, fresh=feed, addresses=_addresses(edition, token))
    remember_attendee(request, response, attendee)
    return response


def _addresses(conference: Conference, token: str) -> dict[str, str]:
    """The secret address, and the links by which calendars are told of it."""
    address = settings.SITE_URL + reverse("subscription", args=[token])
    webcal = "webcal:" + address.partition(":")[2]
    named = urlencode({"url": address, "name": f"My itinerary: {conference.name}"}, quote_via=quote)
    return {
        "https": address,
        "webcal": webcal,
        "google": f"https://calendar.google.com/calendar/r?{urlencode({'cid': webcal})}",
        "outlook": f"https://outlook.live.com/calendar/0/addfromweb?{named}",
        "office": f"https://outlook.office.com/calendar/0/addfromweb?{named}",
        "qr_code": qr_svg(webcal),
    }


def _page(
    request: HttpRequest,
    conference: Conference,
    attendee: Attendee | None,
    form: CalendarOptionsForm,
    *,
    status: int = 200,
    **context: Any,
) -> HttpResponse:
    known = CalendarFeed.objects.filter(itinerary__attendee=attendee, itinerary__conference=conference, revoked_at=None)
    subscriptions = list(known.select_related("itinerary__conference").order_by("pk")) if attendee else []
    # Before the first fetch there is nothing to tell: it brings everything as it is then.
    delivered = {feed.delivered_revision for feed in subscriptions if feed.delivered_revision is not None}
    undelivered = changes_after(itinerary=subscriptions[0].itinerary, revisions=delivered) if delivered else {}
    context |= {
        "conference": conference,
        "form": form,
        "subscriptions": [(feed, undelivered.get(feed.delivered_revision or 0)) for feed in subscriptions],
        "is_local": settings.SITE_URL.startswith("http://"),
    }
    return render(request, "calendars/dialogue.html", context, status=status)
