"""What organisers delete and what falls out of a plan, calendars must hear of: it is kept as a RemovedEvent.

Of deletions by a signal, because rows fall by many doors and with what they hang on; Django sends it before any of
them is gone. Of plans when a feed is made again, for what no feed has shown need not be taken back.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from django.db.models import Model, QuerySet
from django.db.models.signals import pre_delete
from django.utils import timezone

from posters.calendars.calendar import Event
from posters.calendars.events import FIRST_SECOND, ShownEvent
from posters.models import CalendarFeed, Itinerary, Poster, Presentation, RemovedEvent, Session, title_or_number

LONGEST_TITLE = 500
TOLD = (Poster, Presentation, Session)
"""What is deleted by itself; with a whole conference, its calendars are gone, too."""


def listen() -> None:
    """Hear of sessions and presentations before they are deleted."""
    pre_delete.connect(_before_presentation, sender=Presentation, dispatch_uid="calendar-removed-presentation")
    pre_delete.connect(_before_session, sender=Session, dispatch_uid="calendar-removed-session")


def keep_fallen(*, feed: CalendarFeed, events: Iterable[Event], now: datetime) -> bool:
    """Keep what stood in the feed and is not even told as cancelled by these events. False where nothing fell out."""
    known = {str(event.uid) for event in events}
    fallen: dict[str, ShownEvent] = {uid: shown for uid, shown in feed.shown.items() if uid not in known}
    if not fallen:
        return False
    itinerary = feed.itinerary
    sessions = Session.objects.filter(conference=itinerary.conference_id).values_list("uid", flat=True)
    blocks = {str(uuid5(itinerary.uid, str(uid))) for uid in sessions}
    _keep(
        RemovedEvent(
            conference_id=itinerary.conference_id,
            itinerary=itinerary,
            is_session=uid in blocks,
            is_unplanned=True,
            uid=UUID(uid),
            title=title[:LONGEST_TITLE],
            starts_at=datetime.fromisoformat(starts_at),
            ends_at=datetime.fromisoformat(ends_at),
            sequence=sequence + 1,
            removed_at=now,
        )
        for uid, (title, starts_at, ends_at, sequence) in fallen.items()
    )
    return True


def _before_presentation(sender: type[Model], instance: Presentation, origin: Any, **_: Any) -> None:
    deleted = _deleted_model(origin)
    session, poster = instance.session, instance.poster
    if deleted not in TOLD or poster.status == Poster.Status.DRAFT or not (session.starts_at and session.ends_at):
        return
    now = timezone.now()
    gone = RemovedEvent(
        conference_id=session.conference_id,
        poster=None if deleted is Poster else poster,
        is_session=False,
        uid=instance.uid,
        title=title_or_number(poster.title, poster.number),
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        sequence=instance.sequence + 1,
        removed_at=now,
    )
    visits = list(instance.visits.filter(cancelled_at=None).select_related("itinerary"))
    stops = [
        RemovedEvent(
            conference_id=session.conference_id,
            itinerary=visit.itinerary,
            is_session=False,
            uid=visit.uid,
            title=gone.title,
            starts_at=visit.starts_at,
            ends_at=visit.ends_at,
            sequence=visit.sequence + 1,
            removed_at=now,
        )
        for visit in visits
    ]
    _keep([gone, *stops, *_blocks(session, [visit.itinerary for visit in visits], now)])


def _before_session(sender: type[Model], instance: Session, origin: Any, **_: Any) -> None:
    if _deleted_model(origin) not in TOLD or not (instance.starts_at and instance.ends_at):
        return
    now = timezone.now()
    gone = RemovedEvent(
        conference_id=instance.conference_id,
        is_session=True,
        uid=instance.uid,
        title=instance.title,
        starts_at=instance.starts_at,
        ends_at=instance.ends_at,
        sequence=instance.sequence + 1,
        removed_at=now,
    )
    planned = instance.attendances.select_related("itinerary")
    _keep([gone, *_blocks(instance, [attendance.itinerary for attendance in planned], now)])


def _blocks(session: Session, itineraries: Iterable[Itinerary], now: datetime) -> Iterator[RemovedEvent]:
    """The session as it is in itineraries. Told only where it does not stand there for something else."""
    if session.starts_at is None or session.ends_at is None:
        return
    for itinerary in itineraries:
        yield RemovedEvent(
            conference_id=session.conference_id,
            itinerary=itinerary,
            is_session=True,
            uid=uuid5(itinerary.uid, str(session.uid)),
            title=session.title,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            sequence=int((now - FIRST_SECOND).total_seconds()),
            removed_at=now,
        )


def _keep(events: Iterable[RemovedEvent]) -> None:
    RemovedEvent.objects.bulk_create(
        events,
        batch_size=1_000,
        update_conflicts=True,
        unique_fields=["conference", "itinerary", "uid"],
        update_fields=["is_unplanned", "title", "starts_at", "ends_at", "sequence", "removed_at"],
    )


def _deleted_model(origin: Any) -> type[Model] | None:
    return origin.model if isinstance(origin, QuerySet) else type(origin)
