"""What organisers take away and what falls out of a plan, calendars must hear of: it is kept as a RemovedEvent.

Of deletions by a signal, because rows fall by many doors and with what they hang on; Django sends it before any of
them is gone. Of what leaves public calendars and is still there (a poster made a draft, taken from an author or a
topic, or without a time any more) by the programme's own signals, which every write and change sends. Of plans when a
feed is made again, for what no feed has shown need not be taken back.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar
from uuid import UUID, uuid5

from django.db.models import Model, QuerySet
from django.db.models.signals import pre_delete
from django.utils import timezone

from posters.calendars.calendar import Event
from posters.calendars.events import CANCELLED_SHOWN, FIRST_SECOND, ShownEvent, window_of
from posters.models import (
    Author,
    Authorship,
    CalendarFeed,
    Conference,
    Itinerary,
    Poster,
    PosterTopic,
    Presentation,
    RemovedEvent,
    Session,
    Topic,
    title_or_number,
)
from posters.models.base import Write, programme_changed, programme_written
from posters.models.conference import narrower_topics
from posters.models.rows import parts

LONGEST_TITLE = 500
TOLD = (Poster, Presentation, Session)
"""What is deleted by itself; with a whole conference, its calendars are gone, too."""
PUBLIC = (Poster.Status.PUBLISHED, Poster.Status.WITHDRAWN)
OWNERS: dict[type[Model], tuple[str, type[Model]]] = {
    Authorship: ("author_id", Author),
    PosterTopic: ("topic_id", Topic),
}
"""By what rows and column of theirs a poster is in another's calendar, and whose."""
Row = TypeVar("Row")


def listen() -> None:
    """Hear of sessions and presentations before they are deleted, and of what else leaves calendars."""
    pre_delete.connect(_before_topic, sender=Topic, dispatch_uid="calendar-removed-topic")
    pre_delete.connect(_before_poster, sender=Poster, dispatch_uid="calendar-removed-poster")
    pre_delete.connect(_before_presentation, sender=Presentation, dispatch_uid="calendar-removed-presentation")
    pre_delete.connect(_before_session, sender=Session, dispatch_uid="calendar-removed-session")
    for model in LEAVINGS:
        programme_written.connect(_on_writes, sender=model, dispatch_uid=f"calendar-left-{model.__name__}")
    programme_changed.connect(_on_change, dispatch_uid="calendar-disowned")


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


def _before_topic(sender: type[Model], instance: Topic, origin: Any, **_: Any) -> None:
    """The narrower ones are parted from it first: the database does it without a word."""
    if _deleted_model(origin) is Topic:
        instance.children.update(parent=None)


def _before_poster(sender: type[Model], instance: Poster, origin: Any, **_: Any) -> None:
    """What calendars tell of a draft goes on without it, and without its title."""
    if _deleted_model(origin) in TOLD and instance.status == Poster.Status.DRAFT:
        instance.removed_events.update(title=title_or_number("", instance.number))


def _before_presentation(sender: type[Model], instance: Presentation, origin: Any, **_: Any) -> None:
    deleted = _deleted_model(origin)
    session, poster = instance.session, instance.poster
    if deleted not in TOLD or poster.status == Poster.Status.DRAFT or not (session.starts_at and session.ends_at):
        return
    now = timezone.now()
    left = [_left(instance, now)]
    if deleted is Poster:
        # Its authors and topics are there still, and do not know any more that it was theirs.
        left += _of_their_owners(left)
        for event in left:
            event.poster = None
    visits = list(instance.visits.filter(cancelled_at=None).select_related("itinerary"))
    stops = [
        RemovedEvent(
            conference_id=session.conference_id,
            itinerary=visit.itinerary,
            poster_id=left[0].poster_id,
            is_session=False,
            uid=visit.uid,
            title=left[0].title,
            starts_at=visit.starts_at,
            ends_at=visit.ends_at,
            sequence=visit.sequence + 1,
            removed_at=now,
        )
        for visit in visits
    ]
    _keep([*left, *stops, *_blocks(session, [visit.itinerary for visit in visits], now)])


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
    now = timezone.now()
    left = LEAVINGS[sender](changed, now) if changed else []
    _keep(left)
    if left or (sender in TOLD and any(write.after is None for write in writes)):
        # An itinerary's are kept: what comes back to a plan must be later than its cancellation.
        RemovedEvent.objects.filter(itinerary=None, removed_at__lte=now - CANCELLED_SHOWN).delete()


def _on_change(
    sender: type[Model],
    touched: dict[type[Model], Collection[int]],
    disowned: dict[type[Model], dict[int, set[int]]],
    **_: Any,
) -> None:
    """Keep the posters that authors or topics have lost. Known at the end: a list may be written anew.

    By now SEQUENCE is raised.
    """
    now = timezone.now()
    for model, lost in disowned.items():
        column, owner = OWNERS[model]
        gone = {key for keys in lost.values() for key in keys}.intersection(touched.get(owner, ()))
        gone -= {*_in_parts(owner._default_manager.values_list("pk", flat=True), "pk", gone)}
        losers = {poster: keys - gone for poster, keys in lost.items() if keys - gone}
        for poster, key in _in_parts(model._default_manager.values_list("poster", column), "poster", losers):
            losers[poster].discard(key)
        _keep(
            _left(presentation, now, sequence=presentation.sequence, **{column: key})
            for presentation in _timed("poster", [poster for poster, keys in losers.items() if keys])
            for key in losers[presentation.poster_id]
        )


class Altered(NamedTuple):
    """A row changed or removed, with the columns it had and has."""

    write: Write
    before: dict[str, Any]
    after: dict[str, Any]


def _of_topics(changed: Sequence[Altered], now: datetime) -> list[RemovedEvent]:
    """The posters of topics that are no longer under a broader one, and are not there by another of their topics."""
    moved = [altered for altered in changed if altered.before.get("parent_id")]
    parents = dict(Topic.objects.values_list("pk", "parent")) if moved else {}
    left = []
    for write, before, _ in moved:
        broader, key = set(), before.get("parent_id")
        while key is not None and key not in broader:
            broader.add(key)
            key = parents.get(key)
        if broader:
            below = set(write.posters) if write.pk not in parents else _posters_under(write.pk, parents)
            for topic in broader & parents.keys():
                lost = below - _posters_under(topic, parents)
                left += [_left(presentation, now, topic_id=topic) for presentation in _timed("poster", lost)]
    return left


def _posters_under(topic: int, parents: dict[int, int | None]) -> set[int]:
    topics = narrower_topics(topic, parents)
    return set(PosterTopic.objects.filter(topic__in=topics).values_list("poster", flat=True))


def _of_posters(changed: Sequence[Altered], now: datetime) -> list[RemovedEvent]:
    """Posters that are drafts now: their titles are the organisers' alone.

    With what left before: whose they are now, nobody is told any more.
    """
    hidden = {
        write.pk
        for write, before, after in changed
        if before.get("status") in PUBLIC and after.get("status") == Poster.Status.DRAFT
    }
    left = []
    for presentation in _timed("poster", hidden, status=Poster.Status.DRAFT):
        presentation.poster.title = ""
        left.append(_left(presentation, now))
    everywhere = RemovedEvent.objects.filter(
        itinerary=None, author=None, topic=None, removed_at__gt=now - CANCELLED_SHOWN
    )
    return [*left, *_of_their_owners([*left, *_in_parts(everywhere, "poster", hidden)])]


def _of_presentations(changed: Sequence[Altered], now: datetime) -> list[RemovedEvent]:
    """Those moved from a session with a time to one without."""
    moved = {write.pk: before["session_id"] for write, before, after in changed if "session_id" in after}
    waiting = Presentation.objects.filter(session__starts_at=None, poster__status=Poster.Status.PUBLISHED)
    presentations = list(_in_parts(waiting.select_related("session", "poster"), "pk", moved))
    sessions = Session.objects.in_bulk({moved[presentation.pk] for presentation in presentations})
    for presentation in presentations:
        presentation.session = sessions[moved[presentation.pk]]
    return [_left(presentation, now) for presentation in presentations if presentation.session.starts_at]


def _of_sessions(changed: Sequence[Altered], now: datetime) -> list[RemovedEvent]:
    """Those without a time any more, and all that is shown in them."""
    times = {
        write.pk: (before["starts_at"], before["ends_at"])
        for write, before, after in changed
        if before.get("starts_at") and before.get("ends_at") and not after.get("starts_at", True)
    }
    left = []
    for session in _in_parts(Session.objects.all(), "pk", times):
        session.starts_at, session.ends_at = times[session.pk]
        left.append(_session_left(session, now))
    shown = Presentation.objects.filter(poster__status=Poster.Status.PUBLISHED).select_related("session", "poster")
    for presentation in _in_parts(shown, "session", times):
        presentation.session.starts_at, presentation.session.ends_at = times[presentation.session_id]
        left.append(_left(presentation, now))
    return left


LEAVINGS: dict[type[Model], Callable[[Sequence[Altered], datetime], list[RemovedEvent]]] = {
    Topic: _of_topics,
    Poster: _of_posters,
    Presentation: _of_presentations,
    Session: _of_sessions,
}
"""By what rows things leave public calendars while they are still there."""


def _in_parts(rows: QuerySet[Any, Row], column: str, keys: Iterable[int]) -> Iterator[Row]:
    for part in parts(keys):
        yield from rows.filter(**{f"{column}__in": part})


def _timed(column: str, keys: Iterable[int], status: str = Poster.Status.PUBLISHED) -> Iterator[Presentation]:
    shown = Presentation.objects.filter(poster__status=status, session__starts_at__isnull=False)
    return _in_parts(shown.select_related("session", "poster").defer("poster__abstract"), column, keys)


def _of_their_owners(left: Sequence[RemovedEvent]) -> list[RemovedEvent]:
    """The same for the authors and topics of the posters that left."""
    events: defaultdict[int, list[RemovedEvent]] = defaultdict(list)
    for event in left:
        if event.poster_id is not None:
            events[event.poster_id].append(event)
    return [
        _copied(event, **{column: key})
        for model, (column, _) in OWNERS.items()
        for poster, key in _in_parts(model._default_manager.values_list("poster", column), "poster", events)
        for event in events[poster]
    ]


def _copied(event: RemovedEvent, **whose: int) -> RemovedEvent:
    columns = [field.attname for field in RemovedEvent._meta.concrete_fields if not field.primary_key]
    return RemovedEvent(**{name: getattr(event, name) for name in columns} | whose)


def _left(presentation: Presentation, now: datetime, *, sequence: int | None = None, **whose: int) -> RemovedEvent:
    """A presentation as public calendars showed it, told in those that `whose` names."""
    session, poster = presentation.session, presentation.poster
    starts_at, ends_at = window_of(session)
    return RemovedEvent(
        conference_id=session.conference_id,
        poster=poster,
        is_session=False,
        uid=presentation.uid,
        title=title_or_number(poster.title, poster.number),
        starts_at=starts_at,
        ends_at=ends_at,
        sequence=presentation.sequence + 1 if sequence is None else sequence,
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
    """Of editions that calendars have shown."""
    left = list(events)
    if not left:
        return
    editions = Conference.objects.filter(pk__in={event.conference_id for event in left}, is_published=True)
    published = set(editions.values_list("pk", flat=True))
    RemovedEvent.objects.bulk_create(
        [event for event in left if event.conference_id in published],
        batch_size=1_000,
        update_conflicts=True,
        unique_fields=["conference", "itinerary", "uid"],
        update_fields=["poster", "is_unplanned", "title", "starts_at", "ends_at", "sequence", "removed_at"],
    )


def _deleted_model(origin: Any) -> type[Model] | None:
    return origin.model if isinstance(origin, QuerySet) else type(origin)
