"""Wishes: what an attendee wants to see and where they plan to be."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from posters.models import Attendance, Attendee, Conference, Favourite, Itinerary, Poster, Session, Visit

Interest = Favourite.Interest


class PosterWithdrawn(Exception):
    """A withdrawn poster can lose a favourite, not win one."""


def set_favourite(*, attendee: Attendee, poster: Poster, interest: Interest, now: datetime) -> Favourite:
    """Record the attendee's latest wish for a poster; Interest.NONE takes it back.

    Safe to repeat and to run at once with others: one statement. Raises PosterWithdrawn for a new wish,
    never for taking one back.
    """
    if interest != Interest.NONE and poster.is_withdrawn:
        raise PosterWithdrawn
    favourite = Favourite(attendee=attendee, poster=poster, interest=interest, wished_at=now)
    _write_wishes([favourite])
    return favourite


def set_attendance(*, attendee: Attendee, session: Session, is_attending: bool, now: datetime) -> None:
    """Plan to be in a session, or no longer. Safe to repeat."""
    itinerary = itinerary_of(attendee=attendee, conference=session.conference)
    if is_attending:
        Attendance.objects.bulk_create(
            [Attendance(itinerary=itinerary, session=session, planned_at=now)], ignore_conflicts=True
        )
    else:
        Attendance.objects.filter(itinerary=itinerary, session=session).delete()


def itinerary_of(*, attendee: Attendee, conference: Conference) -> Itinerary:
    """The attendee's itinerary in a conference, created when first needed."""
    return Itinerary.objects.get_or_create(attendee=attendee, conference=conference)[0]


@transaction.atomic
def merge_attendees(*, source: Attendee, target: Attendee) -> None:
    """Move all that `source` wished and planned to `target`, and remove `source`. Nothing is lost.

    For a poster both have a wish for, the later one holds, taking back included. A visit both have keeps both
    notes, and is visited if either was.
    """
    latest = {wish.poster_id: wish for wish in target.favourites.select_for_update()}
    moved = []
    for wish in source.favourites.all():
        known = latest.get(wish.poster_id)
        if known is None or wish.wished_at > known.wished_at:
            moved.append(
                Favourite(
                    attendee=target,
                    poster_id=wish.poster_id,
                    interest=wish.interest,
                    wished_at=wish.wished_at,
                )
            )
    _write_wishes(moved)
    for itinerary in source.itineraries.select_related("conference"):
        _merge_itineraries(itinerary, itinerary_of(attendee=target, conference=itinerary.conference))
    source.delete()


def _merge_itineraries(source: Itinerary, target: Itinerary) -> None:
    Attendance.objects.bulk_create(
        [
            Attendance(itinerary=target, session_id=planned.session_id, planned_at=planned.planned_at)
            for planned in source.attendances.all()
        ],
        ignore_conflicts=True,
    )
    source.feeds.update(itinerary=target)
    source.removed_events.update(itinerary=target)
    known = {visit.presentation_id: visit for visit in target.visits.all()}
    moved, changed = [], []
    for visit in source.visits.all():
        other = known.get(visit.presentation_id)
        if other is None:
            moved.append(visit.pk)
        else:
            other.visited_at = other.visited_at or visit.visited_at
            other.note = "\n\n".join(dict.fromkeys(note for note in (other.note, visit.note) if note))
            changed.append(other)
    # Moved and not copied: calendars know a visit by its UID, of which there is one.
    for start in range(0, len(moved), 5_000):
        source.visits.filter(pk__in=moved[start : start + 5_000]).update(itinerary=target)
    Visit.objects.bulk_update(changed, ["visited_at", "note"])


def _write_wishes(wishes: Iterable[Favourite]) -> None:
    Favourite.objects.bulk_create(
        wishes,
        update_conflicts=True,
        unique_fields=["attendee", "poster"],
        update_fields=["interest", "wished_at"],
    )
