"""What changed in an attendee's plans and their calendar does not show yet."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from posters.calendars.events import removed_from
from posters.latex import to_text
from posters.models import CalendarFeed, Change, Itinerary, Poster, Presentation, Session, title_or_number
from posters.programme.revision import SHOWN_IN_CALENDARS

ASPECTS = {
    "starts_at": "time",
    "ends_at": "time",
    "presenter_starts_at": "time",
    "presenter_ends_at": "time",
    "session": "session",
    "room": "room",
    "board": "board",
    "title": "title",
    "status": "status",
    "format": "format",
    "kind": "kind",
    "description": "description",
    "number": "number",
    "slug": "address",
}


@dataclass(frozen=True, slots=True)
class UndeliveredChange:
    """What changed, in which respects, and when last."""

    what: str
    aspects: tuple[str, ...]
    changed_at: datetime


def undelivered_changes(feed: CalendarFeed) -> list[UndeliveredChange]:
    """Changes of the sessions and posters in the feed's itinerary since it was last fetched; the latest first.

    Empty before the first fetch, which brings everything as it is then.
    """
    return undelivered_by_feed(itinerary=feed.itinerary, feeds=[feed])[feed.pk]


def undelivered_by_feed(*, itinerary: Itinerary, feeds: Sequence[CalendarFeed]) -> dict[int, list[UndeliveredChange]]:
    """The same for several feeds of one itinerary, by their keys, in a constant number of queries."""
    fetched = [feed for feed in feeds if feed.delivered_revision is not None and feed.last_fetched_at is not None]
    if not fetched:
        return {feed.pk: [] for feed in feeds}
    told = list(_changes(itinerary, min(feed.delivered_revision or 0 for feed in fetched)))
    since = min(feed.last_fetched_at for feed in fetched if feed.last_fetched_at)
    removed = removed_from(itinerary, since=since, by_visit=True)
    by_feed: dict[int, list[UndeliveredChange]] = {feed.pk: [] for feed in feeds}
    for feed in fetched:
        aspects: dict[str, dict[str, None]] = {}
        latest: dict[str, datetime] = {}
        for what, aspect, revision, changed_at in told:
            if revision > (feed.delivered_revision or 0):
                aspects.setdefault(what, {})[aspect] = None
                latest[what] = max(changed_at, latest.get(what, changed_at))
        for event in removed:
            if feed.last_fetched_at and event.removed_at > feed.last_fetched_at:
                aspects.setdefault(to_text(event.title), {})["removed"] = None
                latest[to_text(event.title)] = event.removed_at
        changes = [UndeliveredChange(what, tuple(names), latest[what]) for what, names in aspects.items()]
        by_feed[feed.pk] = sorted(changes, key=lambda change: change.changed_at, reverse=True)
    return by_feed


def _changes(itinerary: Itinerary, revision: int) -> Iterator[tuple[str, str, int, datetime]]:
    """What changed after a revision, in which respect, at which revision and when."""
    visited = list(itinerary.visits.values_list("presentation", "presentation__poster", "presentation__session"))
    presentations = {presentation: poster for presentation, poster, _ in visited}
    sessions = {session for *_, session in visited} | set(itinerary.attendances.values_list("session", flat=True))
    changes = Change.objects.filter(
        _of(Session, sessions) | _of(Presentation, presentations) | _of(Poster, presentations.values()),
        conference=itinerary.conference_id,
        revision__gt=revision,
        action=Change.Action.CHANGED,
    )
    session_names = dict(Session.objects.filter(pk__in=sessions).values_list("pk", "title"))
    posters = Poster.objects.filter(pk__in=set(presentations.values())).values_list("pk", "title", "number")
    poster_names = {key: to_text(title_or_number(title, number)) for key, title, number in posters}
    for change in changes.order_by("-revision", "pk"):
        key = presentations.get(change.object_key, 0) if change.model == "presentation" else change.object_key
        what = session_names.get(key, "") if change.model == "session" else poster_names.get(key, "")
        yield what, ASPECTS[change.field], change.revision, change.changed_at


def _of(model: type[Session | Presentation | Poster], keys: Iterable[int]) -> Q:
    """Changes of these rows that calendars show."""
    fields = [model._meta.get_field(column).name for column in SHOWN_IN_CALENDARS[model]]
    return Q(model=model.__name__.lower(), object_key__in=set(keys), field__in=fields)
