"""What an account changes: signing in merges this browser's wishes into it, signing out leaves nothing behind."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers

from posters.itinerary.attendees import cookie_attendee, forget_attendee, handed_over_attendee
from posters.itinerary.favourites import itinerary_of, merge_attendees
from posters.models import Attendee


def listen() -> None:
    """Hear of every sign-in and sign-out. Signals, because there are several doors: code, sign-up, the admin's form."""
    user_logged_in.connect(_merge_at_sign_in, dispatch_uid="itinerary-merge")
    user_logged_out.connect(_note_sign_out, dispatch_uid="itinerary-forget")


class AccountPrivacyMiddleware:
    """The library's account pages are kept by nobody; after a sign-out, by whichever door, nothing stays here."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path_info.startswith("/account/"):
            add_never_cache_headers(response)
        if getattr(request, "has_signed_out", False):
            forget_attendee(response)
        return response


@transaction.atomic
def join_attendees(*, source: Attendee, target: Attendee) -> None:
    """Merge `source` into `target`, and let all that leads to `source` lead there: devices and shared links.

    What `source` has seen of the changes counts as far as both have.
    """
    source.hand_overs.update(attendee=target)
    known = {itinerary.conference_id: itinerary for itinerary in target.itineraries.all()}
    for itinerary in source.itineraries.select_related("conference"):
        other = known.get(itinerary.conference_id)
        seen = itinerary.seen_revision if other is None else min(itinerary.seen_revision, other.seen_revision)
        other = other or itinerary_of(attendee=target, conference=itinerary.conference)
        other.seen_revision = seen
        other.save(update_fields=["seen_revision"])
        itinerary.shares.update(itinerary=other)
    merge_attendees(source=source, target=target)


def _merge_at_sign_in(sender: Any, request: HttpRequest, user: AbstractBaseUser, **_: Any) -> None:
    source = cookie_attendee(request) or handed_over_attendee(request)
    if source is None or source.user_id is not None:
        return
    target = Attendee.objects.filter(user_id=user.pk).first()
    if target is None:
        source.user_id = user.pk
        source.save(update_fields=["user"])
    else:
        join_attendees(source=source, target=target)


def _note_sign_out(sender: Any, request: HttpRequest, **_: Any) -> None:
    request.has_signed_out = True  # type: ignore[attr-defined]  # read by the middleware above
