"""Handing an itinerary over to another device: by a link that works once and for minutes.

The device becomes one more way to the same attendee. Where they have an account it is not signed in to it: it
reaches wishes and plan, not the e-mail address, the settings or the data as a whole.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from posters.itinerary.accounts import join_attendees
from posters.models import Attendee, HandOver
from posters.tokens import new_token, sha256_of

OPEN_FOR = timedelta(minutes=10)


class HandOverSpent(Exception):
    """The link was used, has run out, or never was one."""


@transaction.atomic
def offer_hand_over(*, attendee: Attendee, now: datetime) -> str:
    """The secret of a new offer, to be shown once. An earlier one that nobody took up ends with it."""
    attendee.hand_overs.filter(used_at=None).delete()
    token = new_token()
    HandOver.objects.create(attendee=attendee, token_sha256=sha256_of(token), created_at=now, expires_at=now + OPEN_FOR)
    return token


def open_hand_over(*, token: str, now: datetime) -> HandOver:
    """The offer behind a link, untouched. Raises HandOverSpent."""
    offer = _open(token, now).select_related("attendee").first()
    if offer is None:
        raise HandOverSpent
    return offer


@transaction.atomic
def take_up(*, token: str, own: Attendee | None, now: datetime) -> HandOver:
    """Open the itinerary on the device that asks; `own` is who it was until now, without an account.

    What it wished so far is merged. Raises HandOverSpent: of several who ask at once, one gets it.
    """
    offer = open_hand_over(token=token, now=now)
    if not _open(token, now).update(used_at=now):
        raise HandOverSpent
    if own is not None and own != offer.attendee:
        join_attendees(source=own, target=offer.attendee)
    return offer


def devices_of(attendee: Attendee) -> QuerySet[HandOver]:
    """The hand-overs that were taken up, newest first. Deleting one takes it back."""
    return attendee.hand_overs.filter(used_at__isnull=False).order_by("-used_at")


def _open(token: str, now: datetime) -> QuerySet[HandOver]:
    return HandOver.objects.filter(token_sha256=sha256_of(token), used_at=None, expires_at__gt=now)
