"""Sharing an itinerary: a read-only, revocable link, and what whoever opens it may take along.

The link shows sessions, and visits with board and time. It shows no notes, nothing visited, no interest, no duties,
and not who shares it, unless they gave a name. Copying never changes a wish that stands: a must-see stays one. A poster
that the visitor took off stays off when all are copied, and comes back when it is chosen by itself.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse

from posters.itinerary.favourites import Interest
from posters.models import Attendee, Favourite, Itinerary, Poster, Share
from posters.tokens import sha256_of, token_from


@dataclass(frozen=True, slots=True)
class Copied:
    """What became of the posters that were to be copied."""

    added: int
    known: int
    """Favourites already."""
    left_off: int
    """Taken off by the visitor earlier, and not brought back."""
    withdrawn: int

    def __str__(self) -> str:
        parts = [f"{self.added} poster{'' if self.added == 1 else 's'} copied to your favourites."]
        if self.known:
            parts.append(f"{self.known} you had already.")
        if self.left_off:
            parts.append(f"{self.left_off} you had taken off: choose them one by one to bring them back.")
        if self.withdrawn:
            parts.append(f"{self.withdrawn} withdrawn, not copied.")
        return " ".join(parts)


def share_itinerary(*, itinerary: Itinerary, shown_name: str, now: datetime) -> Share:
    """Make a new link."""
    share = Share(itinerary=itinerary, shown_name=shown_name.strip(), created_at=now)
    share.token_sha256 = sha256_of(token_from(share.seed))
    share.save()
    return share


def links_of(itinerary: Itinerary) -> list[Share]:
    """The links that lead to an itinerary, the newest first."""
    return list(itinerary.shares.order_by("-created_at", "-pk"))


def address_of(share: Share) -> str:
    """Where a link leads, with the host. Empty for one whose secret was made in another way: by another SECRET_KEY."""
    token = token_from(share.seed)
    if sha256_of(token) != share.token_sha256:
        return ""
    return settings.SITE_URL + reverse("shared", args=[share.itinerary.conference.slug, token])


def shared_itinerary(*, token: str, conference_slug: str) -> Share | None:
    """The share behind a link; None for one that is revoked or never was."""
    return (
        Share.objects.filter(
            token_sha256=sha256_of(token),
            itinerary__conference__slug=conference_slug,
            itinerary__conference__is_published=True,
        )
        .select_related("itinerary__conference")
        .first()
    )


def shared_posters(*, share: Share) -> QuerySet[Favourite]:
    """The favourites that a link shows, and that can be copied from it."""
    itinerary = share.itinerary
    wished = Favourite.objects.wished()
    return wished.filter(attendee=itinerary.attendee_id, poster__conference=itinerary.conference_id).order_by("poster")


@transaction.atomic
def copy_favourites(*, share: Share, attendee: Attendee, chosen: Collection[int] | None, now: datetime) -> Copied:
    """Make favourites of the shared posters: of those with the numbers `chosen`, or of all.

    Only what the link shows can be copied. Safe to repeat.
    """
    shared = shared_posters(share=share)
    if chosen is not None:
        shared = shared.filter(poster__number__in=chosen)
    statuses = dict(shared.values_list("poster", "poster__status"))
    posters = [key for key, status in statuses.items() if status == Poster.Status.PUBLISHED]
    own = dict(attendee.favourites.filter(poster__in=posters).values_list("poster", "interest"))
    taken_off = [key for key, interest in own.items() if interest == Interest.NONE]
    new = [key for key in posters if key not in own]
    Favourite.objects.bulk_create(
        [Favourite(attendee=attendee, poster_id=key, interest=Interest.INTERESTED, wished_at=now) for key in new],
        ignore_conflicts=True,
    )
    brought_back = 0
    if chosen is not None:
        brought_back = attendee.favourites.filter(poster__in=taken_off, interest=Interest.NONE).update(
            interest=Interest.INTERESTED, wished_at=now
        )
    return Copied(
        added=len(new) + brought_back,
        known=len(own) - len(taken_off),
        left_off=len(taken_off) - brought_back,
        withdrawn=len(statuses) - len(posters),
    )
