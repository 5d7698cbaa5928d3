"""What changed in an attendee's itinerary: the conference's news, of what they wish, plan and present."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet, Value

from posters.browse.news import News, Teller, Thing, told_changes
from posters.models import Change, Favourite, Itinerary, Presentation, Session

CLOCKS_DIFFER_BY = timedelta(minutes=1)
"""Of the hosts that write the log."""


@dataclass(frozen=True, slots=True)
class ItineraryChanges:
    """The news of an itinerary, and the revision up to which they tell."""

    news: list[News]
    revision: int


def changes_for(*, itinerary: Itinerary, since: int) -> ItineraryChanges:
    """What moved, was withdrawn or renamed after the revision `since`: three queries where nothing was, else a dozen.

    Nothing that happened before the attendee wished for it: the page they starred it on told them. A session that
    was removed is told to everybody who plans something, for nobody's plan holds it any more.
    """
    return changes_after(itinerary=itinerary, revisions=[since])[since]


def changes_after(*, itinerary: Itinerary, revisions: Collection[int]) -> dict[int, ItineraryChanges]:
    """The same after each of several revisions, for as many queries as after one."""
    wished_at = _wished_at(itinerary) if revisions else {}
    first = min(wished_at.values(), default=None)
    if first is None:
        return {since: ItineraryChanges([], since) for since in revisions}
    recent = told_changes(itinerary.conference).filter(
        _spoken_of(itinerary), revision__gt=min(revisions) or _revision_before(itinerary, first), changed_at__gt=first
    )
    own = []
    if entries := list(recent):
        concerned_since = _concerned_since(itinerary, wished_at)
        for change in entries:
            moment = first if _is_removed_session(change) else concerned_since.get(_subject(change))
            if moment is not None and change.changed_at > moment:
                own.append(change)
    teller = Teller(itinerary.conference, own)
    return {since: _told_after(teller, since) for since in revisions}


def _told_after(teller: Teller, since: int) -> ItineraryChanges:
    changes = [change for change in teller.changes if change.revision > since]
    news = teller.tell(changes) if changes else []
    return ItineraryChanges(news, max((change.revision for change in changes), default=since))


def _revision_before(itinerary: Itinerary, moment: datetime) -> int:
    """A revision from before a moment, found from the newest on: the log of a large import is not searched for news."""
    older = Change.objects.filter(conference=itinerary.conference_id, changed_at__lt=moment - CLOCKS_DIFFER_BY)
    return older.order_by("-revision").values_list("revision", flat=True).first() or 0


def unseen_changes(itinerary: Itinerary) -> ItineraryChanges:
    """What changed since the attendee last said that they had seen it."""
    return changes_for(itinerary=itinerary, since=itinerary.seen_revision)


def _wished_at(itinerary: Itinerary) -> dict[Thing, datetime]:
    """Since when they wish for each poster, present it, or plan to be in a session: one query."""
    wishes = _wishes(itinerary).values_list(Value("poster"), "poster", "wished_at")
    duties = itinerary.duties.values_list(Value("poster"), "poster", "taken_at")
    attendances = itinerary.attendances.values_list(Value("session"), "session", "planned_at")
    return _earliest((Thing(model, key), moment) for model, key, moment in wishes.union(duties, attendances))


def _concerned_since(itinerary: Itinerary, wished_at: Mapping[Thing, datetime]) -> dict[Thing, datetime]:
    """The same, and for what a poster or session hangs on: its presentations, their sessions, boards and rooms."""
    return _earliest([*wished_at.items(), *_concerns(itinerary, wished_at)])


def _concerns(itinerary: Itinerary, wished_at: Mapping[Thing, datetime]) -> Iterator[tuple[Thing, datetime]]:
    columns = ("poster", "pk", "session", "board", "session__room", "board__room")
    models = ("presentation", "session", "board", "room", "room")
    for poster, *keys in _presentations(itinerary).values_list(*columns):
        for model, key in zip(models, keys, strict=True):
            if key is not None:
                yield Thing(model, key), wished_at[Thing("poster", poster)]
    attended = Session.objects.filter(pk__in=itinerary.attendances.values("session")).exclude(room=None)
    for session, room in attended.values_list("pk", "room"):
        yield Thing("room", room), wished_at[Thing("session", session)]


def _earliest(moments: Iterable[tuple[Thing, datetime]]) -> dict[Thing, datetime]:
    found: dict[Thing, datetime] = {}
    for thing, moment in moments:
        found[thing] = min(found.get(thing, moment), moment)
    return found


def _wishes(itinerary: Itinerary) -> QuerySet[Favourite]:
    wishes = Favourite.objects.filter(attendee=itinerary.attendee_id, poster__conference=itinerary.conference_id)
    return wishes.exclude(interest=Favourite.Interest.NONE)


def _presentations(itinerary: Itinerary) -> QuerySet[Presentation]:
    duties = Q(poster__in=itinerary.duties.values("poster"))
    return Presentation.objects.filter(Q(poster__in=_wishes(itinerary).values("poster")) | duties)


def _spoken_of(itinerary: Itinerary) -> Q:
    """Entries of what concerns the attendee, and of rooms and of what is gone, which are few.

    As subqueries: a list of all their keys could be longer than SQLite takes.
    """
    presentations = _presentations(itinerary)
    own: dict[str, list[QuerySet]] = {
        "poster": [_wishes(itinerary).values("poster"), itinerary.duties.values("poster")],
        "presentation": [presentations.values("pk")],
        "session": [presentations.values("session"), itinerary.attendances.values("session")],
        "board": [presentations.exclude(board=None).values("board")],
    }
    condition = Q(model="room") | Q(action=Change.Action.REMOVED, model__in=("presentation", "session"))
    for model, keys in own.items():
        for among in keys:
            condition |= Q(model=model, object_key__in=among)
    return condition


def _is_removed_session(change: Change) -> bool:
    return change.model == "session" and change.action == Change.Action.REMOVED


def _subject(change: Change) -> Thing:
    """What an entry is about; of a presentation that is gone, its poster."""
    if change.model == "presentation" and isinstance(change.before, dict):
        return Thing("poster", change.before["poster_id"])
    return Thing(change.model, change.object_key)
