"""Wishes: what an attendee wants to see and where they plan to be."""

from collections.abc import Iterable
from datetime import datetime
from uuid import uuid4

from django.db import transaction

from posters.itinerary.intents import write_latest
from posters.models import Attendance, Attendee, Conference, Duty, Favourite, Itinerary, Poster, Session, Visit

Interest = Favourite.Interest
CYCLE = (Interest.INTERESTED, Interest.MUST_SEE, Interest.NONE)
"""What one press of a star after the other means."""


WISHED_AT = ("note_wished_at", "visited_wished_at", "place_wished_at")
"""When each thing that is said of a visit was last said."""


class PosterWithdrawn(Exception):
    """A withdrawn poster can lose a favourite, not win one."""


def next_interests(interest: str) -> list[Interest]:
    """What a star's next press means, the one after it, and last what it means already."""
    following = CYCLE.index(Interest(interest)) + 1
    return [*CYCLE[following:], *CYCLE[:following]]


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
    itinerary, _ = Itinerary.objects.get_or_create(attendee=attendee, conference=conference)
    itinerary.attendee, itinerary.conference = attendee, conference  # Known: no need to ask for them again.
    return itinerary


@transaction.atomic
def merge_attendees(*, source: Attendee, target: Attendee) -> None:
    """Move all that `source` wished and planned to `target`, and remove `source`. Nothing is lost.

    For a poster both have a wish for, the later one holds, taking back included, and minutes that only one has are
    kept. A visit both have keeps both notes, is visited if either was, and is pinned or taken out as it was last.
    """
    default = Attendee._meta.get_field("dwell_minutes").default
    if target.dwell_minutes == default:
        target.dwell_minutes = source.dwell_minutes
        target.save(update_fields=["dwell_minutes"])
    _merge_wishes(source, target)
    for itinerary in source.itineraries.select_related("conference"):
        _merge_itineraries(itinerary, itinerary_of(attendee=target, conference=itinerary.conference))
    source.delete()


def _merge_wishes(source: Attendee, target: Attendee) -> None:
    known = {wish.poster_id: wish for wish in target.favourites.select_for_update()}
    merged = []
    for wish in source.favourites.all():
        other = known.get(wish.poster_id)
        later, earlier = (wish, other) if other is None or wish.wished_at > other.wished_at else (other, wish)
        merged.append(
            Favourite(
                attendee=target,
                poster_id=wish.poster_id,
                interest=later.interest,
                wished_at=later.wished_at,
                dwell_minutes=later.dwell_minutes or (earlier.dwell_minutes if earlier else None),
                minutes_wished_at=_later(wish.minutes_wished_at, other.minutes_wished_at if other else None),
            )
        )
    _write_wishes(merged, "dwell_minutes", "minutes_wished_at")


def _merge_itineraries(source: Itinerary, target: Itinerary) -> None:
    target = Itinerary.objects.select_for_update().get(pk=target.pk)
    _write_attendances(
        Attendance(itinerary=target, session_id=said.session_id, is_planned=said.is_planned, planned_at=said.planned_at)
        for said in Attendance.intents.filter(itinerary=source)
    )
    Duty.objects.bulk_create(
        [Duty(itinerary=target, poster_id=duty.poster_id, taken_at=duty.taken_at) for duty in source.duties.all()],
        ignore_conflicts=True,
    )
    # Where only the source has subscriptions that go on, what their clients know goes on under its UIDs.
    keeps_uids = source.feeds.filter(revoked_at=None).exists() and not target.feeds.filter(revoked_at=None).exists()
    if keeps_uids:
        source.uid, target.uid = uuid4(), source.uid
        source.save(update_fields=["uid"])
    source.feeds.update(itinerary=target)
    source.removed_events.update(itinerary=target)
    _merge_visits(source, target, keeps_uids=keeps_uids)
    if source.resumed_at and (target.resumed_at is None or source.resumed_at > target.resumed_at):
        target.resumed_at, target.resumed_board_id = source.resumed_at, source.resumed_board_id
    target.planned_from = ""
    target.save(update_fields=["uid", "resumed_at", "resumed_board", "planned_from"])


def _merge_visits(source: Itinerary, target: Itinerary, *, keeps_uids: bool) -> None:
    known = {visit.presentation_id: visit for visit in target.visits.all()}
    changed = []
    for visit in source.visits.exclude(presentation__in=known):
        # Itself, not a copy: feeds that move as well know it by its UID.
        visit.itinerary = target
        visit.version += 1
        changed.append(visit)
    both = list(source.visits.filter(presentation__in=known))
    if keeps_uids:
        source.visits.filter(presentation__in=known).delete()  # Each UID once.
    for visit in both:
        other = known[visit.presentation_id]
        other.visited_at = other.visited_at or visit.visited_at
        other.note = "\n\n".join(dict.fromkeys(note for note in (other.note, visit.note) if note))
        if _is_edited(visit) and (not _is_edited(other) or visit.changed_at > other.changed_at):
            for column in ("starts_at", "ends_at", "cancelled_at", "is_pinned", "is_declined", "changed_at"):
                setattr(other, column, getattr(visit, column))
            other.sequence += 1
        for column in WISHED_AT:
            setattr(other, column, _later(getattr(other, column), getattr(visit, column)))
        if keeps_uids:
            other.uid, other.sequence = visit.uid, max(other.sequence, visit.sequence + 1)
            other.changed_at = max(other.changed_at, visit.changed_at)
        other.version = max(other.version, visit.version) + 1
        changed.append(other)
    columns = ["uid", "itinerary", "starts_at", "ends_at", "cancelled_at", "is_pinned", "is_declined", "changed_at"]
    columns += ["visited_at", "note", *WISHED_AT, "sequence", "version"]
    Visit.objects.bulk_update(changed, columns, batch_size=500)


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((moment for moment in (one, other) if moment), default=None)


def _is_edited(visit: Visit) -> bool:
    """Whether the attendee has said when it is to be, or that it is not to be."""
    return visit.is_pinned or visit.is_declined


def _write_wishes(wishes: Iterable[Favourite], *more_columns: str) -> int:
    said = ("interest", "wished_at", *more_columns)
    return write_latest(wishes, same=("attendee", "poster"), said=said, time="wished_at")


def _write_attendances(attendances: Iterable[Attendance]) -> int:
    return write_latest(
        attendances, same=("itinerary", "session"), said=("is_planned", "planned_at"), time="planned_at"
    )
