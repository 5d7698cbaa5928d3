"""Handing over, sharing, and what changed: personal pages, some of them reached by a secret in the address."""

from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.db.models.functions import Greatest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from posters.itinerary.answers import way_back
from posters.itinerary.attendees import (
    cookie_attendee,
    find_attendee,
    find_or_create_attendee,
    remember_attendee,
    remember_hand_over,
)
from posters.itinerary.favourites import itinerary_of
from posters.itinerary.hand_over import HandOverSpent, devices_of, offer_hand_over, open_hand_over, take_up
from posters.itinerary.outline import outline_of
from posters.itinerary.secret_pages import keeps_its_address_secret
from posters.itinerary.sharing import (
    address_of,
    copy_favourites,
    links_of,
    share_itinerary,
    shared_itinerary,
    shared_posters,
)
from posters.models import Conference, HandOver, Itinerary, Share
from posters.qr_code import qr_svg

LARGEST_REVISION = 2**63 - 1


class ShareForm(forms.Form):
    """What whoever opens the link is told of who shares it."""

    shown_name = forms.CharField(max_length=40, required=False)


class SeenForm(forms.Form):
    """Up to where the attendee has seen what changed."""

    revision = forms.IntegerField(min_value=0, max_value=LARGEST_REVISION)


@keeps_its_address_secret
@require_http_methods(["GET", "HEAD", "POST"])
def hand_over(request: HttpRequest, conference: str) -> HttpResponse:
    """GET: what a hand-over does, and the devices that have one. POST: makes one, shown as QR and link."""
    edition = get_object_or_404(Conference.objects.public(), slug=conference)
    attendee = find_attendee(request)
    address = ""
    if request.method == "POST" and attendee is not None:
        token = offer_hand_over(attendee=attendee, now=timezone.now())
        address = settings.SITE_URL + reverse("hand-over-open", args=[edition.slug, token])
    context = {
        "conference": edition,
        "attendee": attendee,
        "address": address,
        "qr": qr_svg(address) if address else "",
        "devices": devices_of(attendee) if attendee else [],
    }
    return render(request, "itinerary/hand_over.html", context)


@never_cache
@require_POST
def hand_over_end(request: HttpRequest, conference: str, uid: UUID) -> HttpResponse:
    """Take a hand-over back: that device reaches the itinerary no longer."""
    attendee = find_attendee(request)
    get_object_or_404(HandOver, uid=uid, attendee=attendee).delete()
    messages.success(request, "That device reaches this itinerary no longer.")
    return redirect("hand-over", conference)


@keeps_its_address_secret
@require_http_methods(["GET", "HEAD", "POST"])
def hand_over_open(request: HttpRequest, conference: str, token: str) -> HttpResponse:
    """GET: one button, for previewers and prefetchers open links too. POST: this device has the itinerary."""
    edition = get_object_or_404(Conference.objects.public(), slug=conference)
    now = timezone.now()
    try:
        offer = open_hand_over(token=token, now=now)
    except HandOverSpent:
        return _hand_over_page(request, edition, "spent", status=404)
    if find_attendee(request) == offer.attendee:
        return _hand_over_page(request, edition, "here-already")
    if request.user.is_authenticated:
        return _hand_over_page(request, edition, "signed-in", status=409)
    if request.method != "POST":
        return _hand_over_page(request, edition, "open")
    try:
        taken = take_up(token=token, own=cookie_attendee(request), now=now)
    except HandOverSpent:
        return _hand_over_page(request, edition, "spent", status=404)
    response = redirect("itinerary", edition.slug)
    remember_hand_over(response, taken)
    return response


def _hand_over_page(request: HttpRequest, edition: Conference, state: str, *, status: int = 200) -> HttpResponse:
    context = {"conference": edition, "state": state, "has_own": cookie_attendee(request) is not None}
    return render(request, "itinerary/hand_over_open.html", context, status=status)


@keeps_its_address_secret
@require_http_methods(["GET", "HEAD", "POST"])
def share(request: HttpRequest, conference: str) -> HttpResponse:
    """GET: the links that lead to this itinerary. POST: makes another, and goes back to where that was asked for."""
    edition = get_object_or_404(Conference.objects.public(), slug=conference)
    attendee = find_attendee(request)
    form = ShareForm(request.POST if request.method == "POST" else None)
    made, links = None, []
    if attendee is not None:
        itinerary = itinerary_of(attendee=attendee, conference=edition)
        if form.is_valid():
            made = share_itinerary(itinerary=itinerary, shown_name=form.cleaned_data["shown_name"], now=timezone.now())
            if page := way_back(request):
                messages.success(request, "The link is made: the pages you print carry its QR code.")
                return redirect(page)
        links = [(link, address_of(link)) for link in links_of(itinerary)]
    context = {
        "conference": edition,
        "attendee": attendee,
        "form": form,
        "made": made,
        "links": links,
    }
    return render(request, "itinerary/share.html", context, status=400 if form.errors else 200)


@never_cache
@require_POST
def share_revoke(request: HttpRequest, conference: str, key: int) -> HttpResponse:
    """Take a link back: from now on it leads nowhere."""
    attendee = find_attendee(request)
    get_object_or_404(Share, pk=key, itinerary__attendee=attendee, itinerary__conference__slug=conference).delete()
    messages.success(request, "The link is revoked: it leads nowhere any more.")
    return redirect("share", conference)


@keeps_its_address_secret
@require_http_methods(["GET", "HEAD", "POST"])
def shared(request: HttpRequest, conference: str, token: str) -> HttpResponse:
    """GET: an itinerary that its owner shares, to read. POST: copy its favourites, all or those chosen."""
    found = shared_itinerary(token=token, conference_slug=conference)
    if found is None:
        return render(request, "itinerary/shared_gone.html", status=404)
    if request.method == "POST":
        return _copy(request, found)
    outline = outline_of(itinerary=found.itinerary, now=timezone.now())
    visited = {visit.poster_key for block in outline.blocks for visit in block.visits}
    context = {
        "conference": found.itinerary.conference,
        "share": found,
        "outline": outline,
        "others": shared_posters(share=found).exclude(poster__in=visited).select_related("poster"),
        "is_own": find_attendee(request) == found.itinerary.attendee,
    }
    return render(request, "itinerary/shared.html", context)


def _copy(request: HttpRequest, found: Share) -> HttpResponse:
    numbers = {int(number) for number in request.POST.getlist("poster") if number.isdecimal() and len(number) < 10}
    is_all = request.POST.get("copy") == "all"
    if not is_all and not numbers:
        messages.error(request, "Choose at least one poster, or copy all of them.")
        return redirect(request.path)
    attendee = find_or_create_attendee(request)
    copied = copy_favourites(share=found, attendee=attendee, chosen=None if is_all else numbers, now=timezone.now())
    messages.success(request, str(copied))
    response = redirect("favourites", found.itinerary.conference.slug)
    remember_attendee(request, response, attendee)
    return response


@never_cache
@require_POST
def changes_seen(request: HttpRequest, conference: str) -> HttpResponse:
    """What changed up to the revision that was shown is seen; what came after is still news."""
    edition = get_object_or_404(Conference.objects.public(), slug=conference)
    form = SeenForm(request.POST)
    attendee = find_attendee(request)
    if not form.is_valid():
        return render(request, "itinerary/refusal.html", {"reason": "“revision” must be a number."}, status=400)
    if attendee is not None:
        Itinerary.objects.filter(attendee=attendee, conference=edition).update(
            seen_revision=Greatest("seen_revision", min(form.cleaned_data["revision"], edition.revision))
        )
    return redirect("itinerary", edition.slug)
