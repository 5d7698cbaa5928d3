"""All that is kept of an attendee: to take along, and to delete."""

from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q
from django.db.models.fields.json import KT

from posters.itinerary.passkeys import passkeys_of
from posters.models import Attendance, Attendee, Conference, Favourite, Itinerary

POSTER = {"number": F("poster__number"), "title": F("poster__title")}


def export_of(*, attendee: Attendee | None, account: User | None) -> dict[str, Any]:
    """Everything as plain data, of all conferences. Of secrets only when they were made: they are not kept."""
    return {
        "account": _account(account) if account else None,
        "attendee": _settings(attendee) if attendee else None,
        "conferences": [_conference(attendee, key, slug) for key, slug in _conferences(attendee)] if attendee else [],
    }


def _account(account: User) -> dict[str, Any]:
    return {
        "email": account.email,
        "joined_at": account.date_joined,
        "passkeys": list(passkeys_of(account).values("created_at", "last_used_at", name=KT("data__name"))),
    }


def _settings(attendee: Attendee) -> dict[str, Any]:
    return {
        "id": attendee.pk,
        "created_at": attendee.created_at,
        "dwell_minutes": attendee.dwell_minutes,
        "wants_digest": attendee.wants_digest,
        "hand_overs": list(attendee.hand_overs.order_by("pk").values("created_at", "expires_at", "used_at")),
    }


def _conferences(attendee: Attendee) -> list[tuple[int, str]]:
    """Those of which anything is kept, by key and slug."""
    planned = attendee.itineraries.values("conference")
    wished = attendee.favourites.values("poster__conference")
    kept = Conference.objects.filter(Q(pk__in=planned) | Q(pk__in=wished))
    return list(kept.order_by("slug").values_list("pk", "slug"))


def _conference(attendee: Attendee, key: int, slug: str) -> dict[str, Any]:
    wishes = Favourite.objects.filter(attendee=attendee, poster__conference=key).order_by("poster__number")
    itinerary = Itinerary.objects.filter(attendee=attendee, conference=key).select_related("resumed_board").first()
    favourites = list(wishes.values("interest", "wished_at", "dwell_minutes", **POSTER))
    return {"conference": slug, "favourites": favourites, "itinerary": _itinerary(itinerary) if itinerary else None}


def _itinerary(itinerary: Itinerary) -> dict[str, Any]:
    visits = itinerary.visits.order_by("starts_at", "pk").values(
        "starts_at",
        "ends_at",
        "note",
        "visited_at",
        "cancelled_at",
        "is_pinned",
        "is_declined",
        "changed_at",
        number=F("presentation__poster__number"),
        title=F("presentation__poster__title"),
        session=F("presentation__session__slug"),
    )
    attendances = Attendance.intents.filter(itinerary=itinerary).order_by("session__starts_at", "pk")
    return {
        "resumed_at": itinerary.resumed_at,
        "resumed_board": itinerary.resumed_board and itinerary.resumed_board.label,
        "seen_revision": itinerary.seen_revision,
        "digested_revision": itinerary.digested_revision,
        "visits": list(visits),
        "attendances": list(
            attendances.values("is_planned", "planned_at", slug=F("session__slug"), title=F("session__title"))
        ),
        "left_out": list(itinerary.left_out.order_by("poster__number").values("reason", **POSTER)),
        "edits": list(itinerary.edits.order_by("pk").values("made_at", "said", "changes")),
        "duties": list(itinerary.duties.order_by("poster__number").values("taken_at", **POSTER)),
        "feeds": list(
            itinerary.feeds.order_by("pk").values(
                "created_at",
                "revoked_at",
                "layout",
                "alarm_minutes",
                "shows_unplanned",
                "language",
                "last_fetched_at",
                "last_client",
            )
        ),
        "removed_events": list(itinerary.removed_events.order_by("pk").values("title", "starts_at", "removed_at")),
        "shares": list(itinerary.shares.order_by("pk").values("created_at", "shown_name")),
    }


@transaction.atomic
def delete_all(*, attendee: Attendee | None, account: User | None) -> None:
    """Leave nothing: wishes, plans, notes, feeds, links, devices and the account; subscribed calendars stop.

    An organiser's account stays, for the programme's log names it.
    """
    if attendee is not None:
        attendee.delete()
    if account is not None and not account.is_staff:
        account.delete()
