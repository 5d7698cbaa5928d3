"""What changed in an attendee's plans and their calendar does not show yet."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from posters.latex import to_text
from posters.models import CalendarFeed, Change, Poster, Presentation, Session, title_or_number
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
    if feed.delivered_revision is None or feed.last_fetched_at is None:
        return []
    itinerary = feed.itinerary
    visited = list(itinerary.visits.values_list("presentation", "presentation__poster", "presentation__session"))
    presentations = {presentation: poster for presentation, poster, _ in visited}
    sessions = {session for *_, session in visited} | set(itinerary.attendances.values_list("session", flat=True))
    changes = Change.objects.filter(
        _of(Session, sessions) | _of(Presentation, presentations) | _of(Poster, presentations.values()),
        conference=itinerary.conference_id,
        revision__gt=feed.delivered_revision,
        action=Change.Action.CHANGED,
    )
    session_names = dict(Session.objects.filter(pk__in=sessions).values_list("pk", "title"))
    posters = Poster.objects.filter(pk__in=set(presentations.values())).values_list("pk", "title", "number")
    poster_names = {key: to_text(title_or_number(title, number)) for key, title, number in posters}
    aspects: dict[str, dict[str, None]] = {}
    latest: dict[str, datetime] = {}
    for change in changes.order_by("-revision", "pk"):
        key = presentations.get(change.object_key, 0) if change.model == "presentation" else change.object_key
        what = session_names.get(key, "") if change.model == "session" else poster_names.get(key, "")
        aspects.setdefault(what, {})[ASPECTS[change.field]] = None
        latest.setdefault(what, change.changed_at)
    removed = itinerary.removed_events.filter(removed_at__gt=feed.last_fetched_at)
    for title, removed_at in removed.values_list("title", "removed_at"):
        aspects.setdefault(to_text(title), {})["removed"] = None
        latest[to_text(title)] = removed_at
    told = [UndeliveredChange(what, tuple(fields), latest[what]) for what, fields in aspects.items()]
    return sorted(told, key=lambda change: change.changed_at, reverse=True)


def _of(model: type[Session | Presentation | Poster], keys: Iterable[int]) -> Q:
    """Changes of these rows that calendars show."""
    fields = [model._meta.get_field(column).name for column in SHOWN_IN_CALENDARS[model]]
    return Q(model=model.__name__.lower(), object_key__in=set(keys), field__in=fields)
