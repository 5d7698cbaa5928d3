"""Wishes: what an attendee wants to see and where they plan to be."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from posters.itinerary.intents import write_latest
from posters.models import Attendance, Attendee, Conference, Favourite, Itinerary, Poster, Session, Visit

Interest = Favourite.Interest


class PosterWithdrawn(Exception):
    """A withdrawn poster can lose a favourite, not win one."""


def set_favourite(*, attendee: Attendee, poster: Poster, interest: Interest, now: datetime) -> Favourite:
    """Record what the attendee wished for a poster at `now`; Interest.NONE takes it back. Gives the wish that stands.

    A later one stands against it, whichever arrives first. Safe to repeat and to run at once with others: one
    statement. Raises PosterWithdrawn for a new wish, never for taking one back.
    """
    if interest != Interest.NONE and poster.is_withdrawn:
        raise PosterWithdrawn
    favourite = Favourite(attendee=attendee, poster=poster, interest=interest, wished_at=now)
    return favourite if _write_wishes([favourite]) else Favourite.objects.get(attendee=attendee, poster=poster)


def set_attendance(*, attendee: Attendee, session: Session, is_attending: bool, now: datetime) -> bool:
    """Plan at `now` to be in a session, or no longer to be. Gives what stands: a later intent does against this one.

    Safe to repeat, as a wish is.
    """
    itinerary = itinerary_of(attendee=attendee, conference=session.conference)
    attendance = Attendance(itinerary=itinerary, session=session, is_planned=is_attending, planned_at=now)
    if _write_attendances([attendance]):
        return is_attending
    return Attendance.intents.get(itinerary=itinerary, session=session).is_planned


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
    _write_attendances(
        Attendance(itinerary=target, session_id=said.session_id, is_planned=said.is_planned, planned_at=said.planned_at)
        for said in Attendance.intents.filter(itinerary=source)
    )
    source.feeds.update(itinerary=target)
    known = {visit.presentation_id: visit for visit in target.visits.all()}
    changed = []
    # Moved, not made anew: a visit's UID is its own, and calendars know it by it.
    source.visits.exclude(presentation__in=known).update(itinerary=target)
    for visit in source.visits.all():
        other = known[visit.presentation_id]
        other.visited_at = other.visited_at or visit.visited_at
        other.note = "\n\n".join(dict.fromkeys(note for note in (other.note, visit.note) if note))
        changed.append(other)
    Visit.objects.bulk_update(changed, ["visited_at", "note"])


def _write_wishes(wishes: Iterable[Favourite]) -> int:
    return write_latest(wishes, same=("attendee", "poster"), said=("interest", "wished_at"), time="wished_at")


def _write_attendances(attendances: Iterable[Attendance]) -> int:
    return write_latest(
        attendances, same=("itinerary", "session"), said=("is_planned", "planned_at"), time="planned_at"
    )
