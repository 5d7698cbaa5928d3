"""What an account changes: signing in merges this browser's wishes into it and loses nothing."""

from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.contrib.auth.signals import user_logged_in
from django.http import HttpRequest

from posters.itinerary.attendees import cookie_attendee_id
from posters.itinerary.favourites import merge_attendees
from posters.models import Attendee


def listen() -> None:
    """Hear of every sign-in. A signal, because there are several doors: code, sign-up, the admin's form."""
    user_logged_in.connect(_merge_at_sign_in, dispatch_uid="itinerary-merge")


def _merge_at_sign_in(sender: Any, request: HttpRequest, user: AbstractBaseUser, **_: Any) -> None:
    attendee_id = cookie_attendee_id(request)
    source = Attendee.objects.filter(pk=attendee_id, user=None).first() if attendee_id else None
    if source is None:
        return
    target = Attendee.objects.filter(user_id=user.pk).first()
    if target is None:
        source.user_id = user.pk
        source.save(update_fields=["user"])
    else:
        merge_attendees(source=source, target=target)
