"""What organisers take away and what falls out of a plan, calendars must hear of: it is kept as a RemovedEvent.

Of deletions by a signal, because rows fall by many doors and with what they hang on; Django sends it before any of
them is gone. Of what leaves public calendars and is still there (a poster made a draft, taken from an author or a
topic, or without a time any more) by the programme's own signal, which every write sends. Of plans when a feed is
made again, for what no feed has shown need not be taken back.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from django.db.models import Model, QuerySet
from django.db.models.signals import pre_delete
from django.utils import timezone

from posters.calendars.calendar import Event
from posters.calendars.events import FIRST_SECOND, ShownEvent, window_of
from posters.models import (
    Authorship,
    CalendarFeed,
    Conference,
    Itinerary,
    Poster,
    PosterTopic,
    Presentation,
    RemovedEvent,
    Session,
    title_or_number,
)
from posters.models.base import Write, programme_written

LONGEST_TITLE = 500
TOLD = (Poster, Presentation, Session)
"""What is deleted by itself; with a whole conference, its calendars are gone, too."""


def listen() -> None:
    """Hear of sessions and presentations before they are deleted, and of what else leaves calendars."""
    pre_delete.connect(_before_presentation, sender=Presentation, dispatch_uid="calendar-removed-presentation")
    pre_delete.connect(_before_session, sender=Session, dispatch_uid="calendar-removed-session")
    for model in LEAVINGS:
        programme_written.connect(_on_writes, sender=model, dispatch_uid=f"calendar-left-{model.__name__}")


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
        for uid, (title, starts_at, ends_at, sequence, *_) in fallen.items()
    )
    return True


def _before_presentation(sender: type[Model], instance: Presentation, origin: Any, **_: Any) -> None:
    deleted = _deleted_model(origin)
    session, poster = instance.session, instance.poster
    if deleted not in TOLD or poster.status == Poster.Status.DRAFT or not (session.starts_at and session.ends_at):
        return
    now = timezone.now()
    gone = _left(instance, now, poster=None if deleted is Poster else poster)
    # A poster's authors and topics are there still, and do not know any more that it was theirs.
    owners = [{"author_id": key} for key in poster.authorships.values_list("author", flat=True)]
    owners += [{"topic_id": key} for key in poster.poster_topics.values_list("topic", flat=True)]
    theirs = [_left(instance, now, **owner) for owner in owners] if deleted is Poster else []
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
    _keep([gone, *theirs, *stops, *_blocks(session, [visit.itinerary for visit in visits], now)])


def _before_session(sender: type[Model], instance: Session, origin: Any, **_: Any) -> None:
    if _deleted_model(origin) not in TOLD or not (instance.starts_at and instance.ends_at):
        return
    now = timezone.now()
    gone = _session_left(instance, now)
    planned = instance.attendances.select_related("itinerary")
    _keep([gone, *_blocks(instance, [attendance.itinerary for attendance in planned], now)])


def _on_writes(sender: type[Model], writes: Sequence[Write], **_: Any) -> None:
    """Keep what these writes take out of public calendars. SEQUENCE is raised afterwards, once for all of them."""
    changed = [Altered(write, write.before, write.after or {}) for write in writes if write.before]
    if changed and (left := LEAVINGS[sender](changed, timezone.now())):
        shown = Conference.objects.filter(pk__in={event.conference_id for event in left}, is_published=True)
        published = set(shown.values_list("pk", flat=True))
        _keep(event for event in left if event.conference_id in published)


class Altered(NamedTuple):
    """A row changed or removed, with the columns it had and has."""

    write: Write
    before: dict[str, Any]
    after: dict[str, Any]


def _of_authors(changed: Sequence[Altered], now: datetime) -> list[RemovedEvent]:
    return _of_owners(changed, "author_id", now)


def _of_topics(changed: Sequence[Altered], now: datetime) -> list[RemovedEvent]:
    return _of_owners(changed, "topic_id", now)


def _of_owners(changed: Sequence[Altered], column: str, now: datetime) -> list[RemovedEvent]:
    """Posters that an author or a topic has lost."""
    owners: defaultdict[int, set[int]] = defaultdict(set)
    for write, before, _ in changed:
        if column in before:
            for poster in write.posters:
                owners[poster].add(before[column])
    return [
        _left(presentation, now, **{column: owner})
        for presentation in _timed(Presentation.objects.filter(poster__in=owners))
        for owner in owners[presentation.poster_id]
    ]


def _of_posters(changed: Sequence[Altered], now: datetime) -> list[RemovedEvent]:
    """Posters that are drafts now: their titles are the organisers' alone."""
    hidden = {
        write.pk
        for write, before, after in changed
        if (before.get("status"), after.get("status")) == (Poster.Status.PUBLISHED, Poster.Status.DRAFT)
    }
    left = []
    for presentation in _timed(Presentation.objects.filter(poster__in=hidden), status=Poster.Status.DRAFT):
        presentation.poster.title = ""
        left.append(_left(presentation, now, poster=presentation.poster))
    return left


def _of_presentations(changed: Sequence[Altered], now: datetime) -> list[RemovedEvent]:
    """Those moved from a session with a time to one without."""
    moved = {write.pk: before["session_id"] for write, before, after in changed if "session_id" in after}
    waiting = Presentation.objects.filter(pk__in=moved, session__starts_at=None, poster__status=Poster.Status.PUBLISHED)
    presentations = list(waiting.select_related("session", "poster"))
    sessions = Session.objects.in_bulk({moved[presentation.pk] for presentation in presentations})
    for presentation in presentations:
        presentation.session = sessions[moved[presentation.pk]]
    return [_left(it, now, poster=it.poster) for it in presentations if it.session.starts_at]


def _of_sessions(changed: Sequence[Altered], now: datetime) -> list[RemovedEvent]:
    """Those without a time any more, and all that is shown in them."""
    times = {
        write.pk: (before["starts_at"], before["ends_at"])
        for write, before, after in changed
        if before.get("starts_at") and before.get("ends_at") and not after.get("starts_at", True)
    }
    left = []
    for session in Session.objects.filter(pk__in=times):
        session.starts_at, session.ends_at = times[session.pk]
        left.append(_session_left(session, now))
    shown = Presentation.objects.filter(session__in=times, poster__status=Poster.Status.PUBLISHED)
    for presentation in shown.select_related("session", "poster"):
        presentation.session.starts_at, presentation.session.ends_at = times[presentation.session_id]
        left.append(_left(presentation, now, poster=presentation.poster))
    return left


LEAVINGS: dict[type[Model], Callable[[Sequence[Altered], datetime], list[RemovedEvent]]] = {
    Authorship: _of_authors,
    PosterTopic: _of_topics,
    Poster: _of_posters,
    Presentation: _of_presentations,
    Session: _of_sessions,
}
"""By what rows things leave public calendars while they are still there."""


def _timed(presentations: QuerySet[Presentation], status: str = Poster.Status.PUBLISHED) -> Iterable[Presentation]:
    shown = presentations.filter(poster__status=status, session__starts_at__isnull=False)
    return shown.select_related("session", "poster").defer("poster__abstract")


def _left(presentation: Presentation, now: datetime, **whose: Any) -> RemovedEvent:
    """A presentation as public calendars showed it, told in those that `whose` names."""
    session, poster = presentation.session, presentation.poster
    starts_at, ends_at = window_of(session)
    return RemovedEvent(
        conference_id=session.conference_id,
        is_session=False,
        uid=presentation.uid,
        title=title_or_number(poster.title, poster.number),
        starts_at=starts_at,
        ends_at=ends_at,
        sequence=presentation.sequence + 1,
        removed_at=now,
        **whose,
    )


def _session_left(session: Session, now: datetime) -> RemovedEvent:
    """A session as public calendars showed it."""
    starts_at, ends_at = window_of(session)
    return RemovedEvent(
        conference_id=session.conference_id,
        is_session=True,
        uid=session.uid,
        title=session.title,
        starts_at=starts_at,
        ends_at=ends_at,
        sequence=session.sequence + 1,
        removed_at=now,
    )


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
