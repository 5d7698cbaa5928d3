"""Programme and itinerary → events, and the calendars that hold them.

Rows instead of objects: an itinerary of 200 visits may take 25 ms, and a programme has 10,000 posters.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from operator import attrgetter
from uuid import UUID, uuid5

from django.conf import settings
from django.db import connection
from django.db.models import Max, Q, QuerySet
from django.templatetags.static import static
from django.urls import reverse

from posters.calendars.calendar import Calendar, Event, OnlinePlace, said_by, write_calendar
from posters.calendars.colour_names import nearest_name
from posters.calendars.wording import ENGLISH, WORDINGS, Wording
from posters.itinerary.outline import Block, Outline, VisitRow
from posters.latex import to_text
from posters.models import (
    Author,
    CalendarFeed,
    Change,
    Conference,
    Favourite,
    Link,
    Poster,
    Presentation,
    RemovedEvent,
    Session,
    title_or_number,
)
from posters.models.attendee import RemovedEventQuerySet
from posters.models.rows import parts, read_rows
from posters.pictures import picture_named

FIRST_SECOND = datetime(2020, 1, 1, tzinfo=UTC)
"""From here an itinerary's event counts its SEQUENCE, in seconds: it never falls back."""
CANCELLED_SHOWN = timedelta(days=30)
"""How long a calendar shows what was withdrawn or removed, as cancelled; then it is gone from it."""
FEATURES: dict[str, str] = {Link.Kind.STREAM: "VIDEO", Link.Kind.CHAT: "CHAT"}


@dataclass(frozen=True)
class CalendarOptions:
    """How an itinerary's calendar is made."""

    layout: str = CalendarFeed.Layout.SESSIONS
    alarm_minutes: int = 0
    shows_unplanned: bool = False
    language: str = CalendarFeed.Language.BRITISH_ENGLISH


ShownEvent = tuple[str, str, str, int, str, str]
"""What is kept of an event that stood in a feed: title, start and end in ISO 8601, SEQUENCE, LAST-MODIFIED in ISO 8601,
and a digest of all that it said but these two."""


@dataclass(frozen=True)
class ItineraryCalendar:
    """An itinerary's calendar: the file, and the events in it."""

    content: bytes
    events: list[Event]
    words: Wording

    @property
    def shown(self) -> dict[str, ShownEvent]:
        """What a feed keeps of the events that stand, by UID."""
        return {str(event.uid): _shown(event, self.words) for event in self.events if event.stands}


@dataclass(frozen=True, slots=True)
class Showing:
    """A presentation as an event shows it."""

    uid: UUID
    sequence: int
    changed_at: datetime
    format: str
    presenter_starts_at: datetime | None
    presenter_ends_at: datetime | None
    session_key: int
    board: str | None
    room: str | None
    poster_key: int
    number: int
    title: str
    status: str
    image: str

    @property
    def is_published(self) -> bool:
        return self.status == Poster.Status.PUBLISHED


SHOWING_COLUMNS = (
    *("uid", "sequence", "changed_at", "format", "presenter_starts_at", "presenter_ends_at", "session"),
    *("board__label", "board__room__name", "poster", "poster__number", "poster__title", "poster__status"),
    "poster__image",
)
"""The columns of a Showing, in its order."""


def session_calendar(session: Session, *, now: datetime) -> bytes | None:
    """One session as an event. While its times are not known: that they were called off lately, or nothing."""
    writer = EventWriter(session.conference)
    path = reverse("session-ics", args=[session.conference.slug, session.slug])
    if session.starts_at is None:
        removed = removed_from_all(session.conference).filter(uid=session.uid)
        gone = _not_standing(shown_removed(removed, now=now), ())
        return writer.calendar(session.title, list(writer.removed(gone)), path=path) if gone else None
    writer.learn(sessions=[session])
    return writer.calendar(session.title, [writer.of_session(session)], path=path)


def posters_calendar(
    conference: Conference,
    name: str,
    posters: QuerySet[Poster],
    removed: RemovedEventQuerySet,
    *,
    path: str,
    now: datetime,
    is_busy: bool,
) -> bytes:
    """Posters: one event per presentation whose time is known, each with a UID of its own; and what was `removed`.

    With one UID for several times Google Calendar shows only one of them.
    """
    writer = EventWriter(conference)
    presentations = Presentation.objects.filter(poster__in=posters, session__starts_at__isnull=False)
    showings = _showings(presentations.in_time_order())
    writer.learn(sessions=_sessions_of(showings), posters={showing.poster_key for showing in showings})
    withdrawn = _withdrawn_since(showing.poster_key for showing in showings if not showing.is_published)
    events = [
        writer.of_showing(showing, is_busy=is_busy)
        for showing in showings
        if showing.is_published or withdrawn[showing.poster_key] > now - CANCELLED_SHOWN
    ]
    gone = _not_standing(shown_removed(removed, now=now), {showing.uid for showing in showings})
    return writer.calendar(name, [*events, *writer.removed(gone)], path=path)


def shown_removed(removed: RemovedEventQuerySet, *, now: datetime) -> RemovedEventQuerySet:
    """What public calendars show of it still, in the order in which it left."""
    shown = removed.filter(itinerary=None, removed_at__gt=now - CANCELLED_SHOWN)
    return shown.with_posters().order_by("removed_at", "sequence", "pk")


def _not_standing(removed: Iterable[RemovedEvent], standing: Collection[UUID]) -> list[RemovedEvent]:
    """Of what is there again, by the log's undo or an organiser's second thought, nothing; of the rest the latest.

    That has the highest SEQUENCE. The day's order comes after: what left twice may have been moved in between.
    """
    latest = {event.uid: event for event in removed if event.uid not in standing}
    return sorted(latest.values(), key=attrgetter("starts_at", "pk"))


def removed_from_all(conference: Conference) -> RemovedEventQuerySet:
    """What left all of the programme's calendars."""
    return RemovedEvent.objects.filter(conference=conference, author=None, topic=None)


def removed_from_poster(poster: Poster) -> RemovedEventQuerySet:
    """What left a poster's calendar."""
    return removed_from_all(poster.conference).filter(poster=poster)


def removed_from_author(author: Author, posters: QuerySet[Poster]) -> RemovedEventQuerySet:
    """What left an author's calendar, alone, or with the others of these posters: those that can be seen.

    Whose a draft is now, only the organisers know: of those that were it when it became one a row says so.
    """
    return RemovedEvent.objects.filter(Q(author=author) | _of_all(posters))


def removed_from_topics(topics: Collection[int], posters: QuerySet[Poster]) -> RemovedEventQuerySet:
    """What left the calendars of these topics, alone, or with the others of these posters: those that can be seen."""
    return RemovedEvent.objects.filter(Q(topic__in=topics) | _of_all(posters))


def _of_all(posters: QuerySet[Poster]) -> Q:
    return Q(author=None, topic=None, poster__in=posters)


def programme_calendar(conference: Conference, *, path: str, now: datetime) -> bytes:
    """All sessions of the programme whose time is known."""
    writer = EventWriter(conference)
    sessions = conference.sessions.select_related("room").filter(starts_at__isnull=False).in_time_order()
    writer.learn(sessions=sessions)
    events = [replace(writer.of_session(session), is_busy=False) for session in sessions]
    removed = shown_removed(removed_from_all(conference).filter(is_session=True), now=now)
    gone = _not_standing(removed, {event.uid for event in events})
    return writer.calendar(conference.name, [*events, *writer.removed(gone)], path=path)


def itinerary_calendar(
    conference: Conference,
    outline: Outline | None,
    *,
    options: CalendarOptions,
    now: datetime,
    shown: Mapping[str, ShownEvent] | None = None,
) -> ItineraryCalendar:
    """An itinerary: by the layout one event per session, visits listed in walking order, or one per visit.

    With visits as events, a session planned without any visit is an event too. `shown` is what a feed showed last.
    """
    writer = EventWriter(conference, WORDINGS[options.language], alarm_minutes=options.alarm_minutes)
    words = writer.words
    name = words.itinerary.format(conference.name)
    path = reverse("itinerary", args=[conference.slug])
    if outline is None:
        dialogue = settings.SITE_URL + reverse("calendar-dialogue", args=[conference.slug])
        content = writer.calendar(name, [], path=path, empty=words.no_attendee.format(dialogue))
        return ItineraryCalendar(content, [], words)
    events = list(_itinerary_events(writer, outline, options, now))
    if shown:
        events = [
            _since_shown(event, shown[uid], now) if (uid := str(event.uid)) in shown else event for event in events
        ]
    notes = [
        *([words.without_time.format(", ".join(waiting))] if (waiting := _without_time(outline)) else ()),
        *([words.without_visit.format(count)] if (count := outline.unplanned_count) else ()),
    ]
    content = writer.calendar(name, events, path=path, notes=notes, empty=" ".join([words.empty, *notes]))
    return ItineraryCalendar(content, events, words)


def _shown(event: Event, words: Wording) -> ShownEvent:
    title = event.summary.removeprefix(words.not_planned.format(""))
    moments = event.starts_at.isoformat(), event.ends_at.isoformat()
    return title, *moments, event.sequence, event.changed_at.isoformat(), _digest(event)


def _since_shown(event: Event, shown: ShownEvent, now: datetime) -> Event:
    """The event, later than it was shown if it says something else, and never earlier.

    Of what a session's event lists, some leaves no later time behind: a star taken off one that was not planned.
    """
    if not event.stands:
        return event
    *_, sequence, changed_at, digest = shown
    if _digest(event) != digest:
        return event if event.sequence > sequence else replace(event, sequence=sequence + 1, changed_at=now)
    return replace(
        event,
        sequence=max(event.sequence, sequence),
        changed_at=max(event.changed_at, datetime.fromisoformat(changed_at)),
    )


def _digest(event: Event) -> str:
    """Of all that an event says but of its changes."""
    return hashlib.sha256("\n".join(said_by(event)).encode()).hexdigest()[:16]


def _itinerary_events(
    writer: "EventWriter", outline: Outline, options: CalendarOptions, now: datetime
) -> Iterator[Event]:
    """What stands, then what does not, each UID once."""
    since = now - CANCELLED_SHOWN
    blocks = outline.timed_blocks
    fallen = [block for block in outline.fallen if _fell_with_its_posters(block, since)]
    unplanned = _unplanned_showings(outline) if options.shows_unplanned else []
    sessions = {block.session.pk: block.session for block in (*blocks, *fallen, *outline.fallen)}
    sessions |= {session.pk: session for session in _sessions_of(unplanned) if session.pk not in sessions}
    by_visit = options.layout == CalendarFeed.Layout.VISITS
    visited = {visit.poster_key for block in blocks for visit in block.visits} if by_visit else set()
    writer.learn(sessions=sessions.values(), posters=visited | {showing.poster_key for showing in unplanned})
    removed = list(outline.itinerary.removed_events.with_posters().order_by("starts_at", "pk"))
    fell = {event.uid: event for event in removed}
    given: set[UUID] = set()
    for event in (
        *_standing_events(writer, outline, blocks, unplanned, sessions, by_visit=by_visit, since=since),
        *_fallen_events(writer, blocks, fallen, by_visit=by_visit, since=since),
    ):
        if event.uid not in given:
            given.add(event.uid)
            yield _after(fell[event.uid], event) if event.uid in fell else event
    lately = [event for event in removed if event.removed_at > since and event.uid not in given]
    yield from writer.removed(_told_removed(lately, by_visit=by_visit))


def _after(removed: RemovedEvent, event: Event) -> Event:
    """An event that was told as cancelled and is there again: later than that."""
    return replace(
        event,
        sequence=max(event.sequence, removed.sequence + 1),
        changed_at=max(event.changed_at, removed.removed_at),
    )


def _standing_events(
    writer: "EventWriter",
    outline: Outline,
    blocks: Sequence[Block],
    unplanned: Sequence[Showing],
    sessions: dict[int, Session],
    *,
    by_visit: bool,
    since: datetime,
) -> Iterator[Event]:
    uid = outline.itinerary.uid
    if by_visit:
        for block in blocks:
            for visit in block.visits:
                yield writer.of_visit(block.session, visit)
            if not block.visits:
                yield writer.of_block(block, [], since)
        for showing in unplanned:
            if showing.is_published:
                yield writer.of_unplanned(showing, uid)
        return
    waiting: defaultdict[int, list[Showing]] = defaultdict(list)
    for showing in unplanned:
        waiting[showing.session_key].append(showing)
    for block in blocks:
        yield writer.of_block(block, waiting.pop(block.session.pk, []), since)
    for key, showings in waiting.items():
        if any(showing.is_published for showing in showings):
            yield writer.of_wishes(sessions[key], showings, uid5=uuid5(uid, str(sessions[key].uid)))


def _fallen_events(
    writer: "EventWriter", blocks: Iterable[Block], fallen: Iterable[Block], *, by_visit: bool, since: datetime
) -> Iterator[Event]:
    if by_visit:
        for block in (*blocks, *fallen):
            for visit in block.fallen:
                if _fell_with_its_poster(block, visit, since):
                    yield cancelled(writer.of_visit(block.session, visit), writer.words.cancelled)
        return
    for block in fallen:
        starts_at, ends_at = block.session.starts_at, block.session.ends_at
        first, last = block.fallen[0].starts_at, block.fallen[-1].ends_at
        event = writer.of_block(block, [], since, window=(starts_at or first, ends_at or last))
        yield cancelled(event, writer.words.cancelled)


def _fell_with_its_poster(block: Block, visit: VisitRow, since: datetime) -> bool:
    """Whether the programme took a visit away, and not the attendee, and lately."""
    is_gone = visit.poster_status != Poster.Status.PUBLISHED or block.session.starts_at is None
    return is_gone and not visit.is_declined and visit.cancelled_at is not None and visit.cancelled_at > since


def _fell_with_its_posters(block: Block, since: datetime) -> bool:
    return any(_fell_with_its_poster(block, visit, since) for visit in block.fallen)


def _told_removed(removed: Sequence[RemovedEvent], *, by_visit: bool) -> list[RemovedEvent]:
    """What a layout tells of it: of sessions whose visits are told, not the session, too."""
    visits = [event for event in removed if not event.is_session]
    sessions = [event for event in removed if event.is_session]
    if not by_visit:
        return sessions
    alone = [
        session
        for session in sessions
        if not any(session.starts_at <= visit.starts_at < session.ends_at for visit in visits)
    ]
    return visits + alone


def _without_time(outline: Outline) -> list[str]:
    return [block.session.title for block in outline.blocks if block.session.starts_at is None]


def _unplanned_showings(outline: Outline) -> list[Showing]:
    """Where and when the favourites without a visit are shown, as far as that is known.

    Those of posters no longer to be seen, too: that they are not listed any more is a change of their session.
    """
    planned = {visit.poster_key for block in outline.blocks for visit in block.visits}
    wishes = Favourite.objects.filter(attendee=outline.itinerary.attendee_id).exclude(interest=Favourite.Interest.NONE)
    return _showings(
        Presentation.objects.filter(
            session__conference=outline.itinerary.conference_id,
            session__starts_at__isnull=False,
            poster__in=wishes.values("poster"),
        )
        .exclude(poster__in=planned)
        .order_by("session__starts_at", "session", "poster__number")
    )


def _showings(presentations: QuerySet[Presentation]) -> list[Showing]:
    return [Showing(*row) for row in presentations.values_list(*SHOWING_COLUMNS)]


def _sessions_of(showings: Iterable[Showing]) -> QuerySet[Session]:
    keys = {showing.session_key for showing in showings}
    return Session.objects.filter(pk__in=keys).select_related("room")


def _withdrawn_since(posters: Iterable[int]) -> dict[int, datetime]:
    """When posters were withdrawn, or came as withdrawn. The log tells: a later edit must not bring them back."""
    keys = set(posters)
    changes = Change.objects.filter(model="poster").filter(
        Q(field="status", after=Poster.Status.WITHDRAWN) | Q(action=Change.Action.ADDED)
    )
    latest = changes.order_by().values_list("object_key").annotate(Max("changed_at"))
    logged = dict(row for part in parts(keys) for row in latest.filter(object_key__in=part))
    return {key: logged.get(key, FIRST_SECOND) for key in keys}


AUTHORS_SQL = """
    SELECT s.poster_id, a.name FROM posters_authorship s JOIN posters_author a ON a.id = s.author_id
     WHERE s.poster_id {} ORDER BY s.poster_id, s.position
"""
"""Without the ORM: 540 rows take twice the time with it."""
AMONG = {"sqlite": "IN (SELECT value FROM json_each(%s))", "postgresql": "= ANY(%s::bigint[])"}
"""All keys in one parameter: hundreds of places for them take a millisecond to fill."""


def authors_lines(posters: Collection[int]) -> dict[int, str]:
    """The authors of posters by their keys: in order, separated as printed."""
    names: defaultdict[int, list[str]] = defaultdict(list)
    keys = list(posters)
    given = json.dumps(keys) if connection.vendor == "sqlite" else keys
    for poster, name in read_rows(AUTHORS_SQL.format(AMONG[connection.vendor]), [given]):
        names[poster].append(to_text(name))
    return {poster: " · ".join(printed) for poster, printed in names.items()}


class EventWriter:
    """Makes the events of one calendar: its conference and language, and what `learn` has read for them."""

    def __init__(self, conference: Conference, words: Wording = ENGLISH, *, alarm_minutes: int = 0) -> None:
        self.conference = conference
        self.words = words
        self.alarm_minutes = alarm_minutes
        self.zone = conference.zone
        self.sessions: dict[int, Session] = {}
        self.authors: dict[int, str] = {}
        self.online: dict[tuple[str, int], tuple[OnlinePlace, ...]] = {}
        self.sessions_url = settings.SITE_URL + reverse("schedule", args=[conference.slug])
        self.posters_url = settings.SITE_URL + reverse("poster-list", args=[conference.slug])

    def learn(self, *, sessions: Iterable[Session], posters: Collection[int] = ()) -> None:
        """Read, in a constant number of queries, what events of these sessions and posters show besides."""
        self.sessions = {session.pk: session for session in sessions}
        self.authors = authors_lines(posters)
        found: defaultdict[tuple[str, int], list[OnlinePlace]] = defaultdict(list)
        links = Link.objects.filter(conference=self.conference, kind__in=Link.TAKING_PART).order_by("kind", "pk")
        first, *rest = parts(posters) if posters else [[]]
        owners = [Q(session__in=self.sessions) | Q(poster__in=first), *(Q(poster__in=part) for part in rest)]
        rows = (
            row
            for owner in owners
            for row in links.filter(owner).values_list("session", "poster", "kind", "url", "label")
        )
        names: dict[str, str] = {Link.Kind.STREAM: self.words.stream, Link.Kind.CHAT: self.words.chat}
        for session, poster, kind, url, label in rows:
            owner = ("session", session) if session else ("poster", poster)
            found[owner].append(OnlinePlace(FEATURES[kind], label or names[kind], url))
        self.online = {owner: tuple(places) for owner, places in found.items()}

    def calendar(
        self, name: str, events: Sequence[Event], *, path: str, notes: Sequence[str] = (), empty: str = ""
    ) -> bytes:
        """The file with these events. `notes` are told in its description, `empty` where it has no event."""
        conference = self.conference
        is_file = path.endswith(".ics")
        place = (conference.latitude, conference.longitude)
        times = self.words.times.format(conference.time_zone)
        return write_calendar(
            Calendar(
                name=name,
                description="\n".join([*([empty] if empty and not events else notes), times]),
                language=self.words.language,
                time_zone=conference.time_zone,
                url=settings.SITE_URL + (reverse("home", args=[conference.slug]) if is_file else path),
                colour=nearest_name(conference.accent_colour),
                image=settings.SITE_URL + static("icons/icon.svg"),
                contact=conference.name if conference.website_url else "",
                contact_url=conference.website_url,
                geo=None if None in place else place,  # type: ignore[arg-type]  # neither is None
                alarm_minutes=self.alarm_minutes,
                source=settings.SITE_URL + path if is_file else "",
                empty=empty or times,
            ),
            events,
        )

    def of_session(self, session: Session) -> Event:
        """A session by itself."""
        online = self.online.get(("session", session.pk), ())
        starts_at, ends_at = window_of(session)
        return Event(
            uid=session.uid,
            sequence=session.sequence,
            changed_at=session.changed_at,
            starts_at=starts_at,
            ends_at=ends_at,
            summary=session.title,
            category=self.words.kinds[session.kind],
            description=_lines(session.description, *_told(online), self.hours(starts_at, ends_at)),
            location=self.location(session),
            url=f"{self.sessions_url}{session.slug}/",
            online=online,
            is_busy=session.kind != Session.Kind.BREAK,
        )

    def of_showing(self, showing: Showing, *, is_busy: bool) -> Event:
        """A poster's presentation, withdrawn or not."""
        session = self.sessions[showing.session_key]
        starts_at, ends_at = window_of(session)
        online = self.online_of(showing.poster_key, session)
        presenter = ""
        if showing.presenter_starts_at and showing.presenter_ends_at:
            clocks = f"{self.clock(showing.presenter_starts_at)}–{self.clock(showing.presenter_ends_at)}"
            presenter = self.words.presenter.format(clocks)
        picture = picture_named(showing.image)
        event = Event(
            uid=showing.uid,
            sequence=showing.sequence,
            changed_at=showing.changed_at,
            starts_at=starts_at,
            ends_at=ends_at,
            summary=to_text(title_or_number(showing.title, showing.number)),
            category=self.words.kinds[session.kind],
            description=_lines(
                self.authors.get(showing.poster_key, ""),
                f"{session.title} · {self.words.formats[showing.format]}",
                presenter,
                *_told(online),
                self.hours(starts_at, ends_at),
            ),
            location=self.location(session, showing.board, showing.room),
            url=f"{self.posters_url}{showing.number}/",
            online=online,
            image=settings.SITE_URL + picture.address if picture else "",
            image_type=picture.content_type if picture else "",
            is_busy=is_busy,
        )
        return event if showing.is_published else cancelled(event, self.words.withdrawn)

    def of_unplanned(self, showing: Showing, itinerary: UUID) -> Event:
        """A favourite without a visit: when it could be seen."""
        return replace(
            self.of_showing(showing, is_busy=False),
            uid=uuid5(itinerary, str(showing.uid)),
            summary=self.words.not_planned.format(to_text(title_or_number(showing.title, showing.number))),
            status="TENTATIVE",
        )

    def of_visit(self, session: Session, visit: VisitRow) -> Event:
        """A planned stop at one poster."""
        online = self.online_of(visit.poster_key, session)
        return Event(
            uid=visit.uid,
            sequence=visit.sequence,
            changed_at=visit.changed_at,
            starts_at=visit.starts_at,
            ends_at=visit.ends_at,
            summary=_title(visit),
            category=self.words.kinds[session.kind],
            description=_lines(
                self.authors.get(visit.poster_key, ""),
                session.title,
                visit.note,
                *_told(online),
                self.hours(visit.starts_at, visit.ends_at),
            ),
            location=self.location(session, visit.board, visit.room),
            url=f"{self.posters_url}{visit.number}/",
            online=online,
        )

    def of_block(
        self,
        block: Block,
        unplanned: Sequence[Showing],
        since: datetime,
        *,
        window: tuple[datetime, datetime] | None = None,
    ) -> Event:
        """A session of an itinerary, its visits in walking order, what was withdrawn lately after them."""
        session = block.session
        changed_at = max([block.changed_at, *(showing.changed_at for showing in unplanned)])
        starts_at, ends_at = window or window_of(session)
        online = self.online.get(("session", session.pk), ())
        withdrawn = [visit for visit in block.fallen if _fell_with_its_poster(block, visit, since)]
        return Event(
            uid=block.uid,
            sequence=_seconds(changed_at),
            changed_at=changed_at,
            starts_at=starts_at,
            ends_at=ends_at,
            summary=session.title,
            category=self.words.kinds[session.kind],
            description=_lines(
                *(line for visit in block.visits for line in self.stop(visit)),
                *(self.words.withdrawn.format(_title(visit)) for visit in withdrawn),
                *self.wishes(unplanned),
                *_told(online),
                self.hours(starts_at, ends_at),
            ),
            location=self.location(session),
            url=f"{self.sessions_url}{session.slug}/",
            online=online,
        )

    def of_wishes(self, session: Session, unplanned: Sequence[Showing], *, uid5: UUID) -> Event:
        """A session of which nothing is planned, and what of it is wished for."""
        changed_at = max(session.changed_at, *(showing.changed_at for showing in unplanned))
        event = self.of_session(session)
        return replace(
            event,
            uid=uid5,
            sequence=_seconds(changed_at),
            changed_at=changed_at,
            description=_lines(*self.wishes(unplanned), self.hours(event.starts_at, event.ends_at)),
            status="TENTATIVE",
            is_busy=False,
        )

    def removed(self, events: Iterable[RemovedEvent]) -> Iterator[Event]:
        """What is there no more, or not in the plan."""
        for event in events:
            words = self.words.not_planned if event.is_unplanned else self.words.cancelled
            yield cancelled(
                Event(
                    uid=event.uid,
                    sequence=event.sequence,
                    changed_at=event.removed_at,
                    starts_at=event.starts_at,
                    ends_at=event.ends_at,
                    summary=to_text(event.shown_title),
                    description=self.hours(event.starts_at, event.ends_at),
                ),
                words,
            )

    def stop(self, visit: VisitRow) -> Iterator[str]:
        """“10:00 Board A1: Walking Robots Learn to Rest”, and the attendee's note under it."""
        place = self.words.board.format(visit.board) if visit.board else self.words.poster.format(visit.number)
        yield f"{self.clock(visit.starts_at)} {place}: {_title(visit)}"
        if visit.note:
            yield f"  {visit.note}"

    def wishes(self, unplanned: Iterable[Showing]) -> Iterator[str]:
        """“Not planned: Board A1: Walking Robots Learn to Rest”, of each that can be seen."""
        for showing in unplanned:
            if showing.is_published:
                board, number = showing.board, showing.number
                place = self.words.board.format(board) if board else self.words.poster.format(number)
                yield self.words.not_planned.format(f"{place}: {to_text(title_or_number(showing.title, number))}")

    def online_of(self, poster: int, session: Session) -> tuple[OnlinePlace, ...]:
        """The poster's own places, then the session's."""
        return self.online.get(("poster", poster), ()) + self.online.get(("session", session.pk), ())

    def location(self, session: Session, board: str | None = None, room: str | None = None) -> str:
        room = room or (session.room.name if session.room else None)
        return ", ".join(filter(None, (board and self.words.board.format(board), room, self.conference.venue)))

    def clock(self, moment: datetime) -> str:
        local = moment.astimezone(self.zone)
        return f"{local.hour:02}:{local.minute:02}"

    def hours(self, starts_at: datetime, ends_at: datetime) -> str:
        """“Monday 3 June 2030, 10:00–12:00 (Africa/Kigali)”."""
        day = self.words.day(starts_at.astimezone(self.zone).date())
        return f"{day}, {self.clock(starts_at)}–{self.clock(ends_at)} ({self.conference.time_zone})"


def cancelled(event: Event, words: str) -> Event:
    """The event, as one that does not take place: in words too, for clients that do not look at STATUS."""
    return replace(event, summary=words.format(event.summary), status="CANCELLED", is_busy=False)


def window_of(session: Session) -> tuple[datetime, datetime]:
    """Its times, which must be known."""
    if session.starts_at is None or session.ends_at is None:
        raise ValueError(f"{session} has no times: they are to be announced.")
    return session.starts_at, session.ends_at


def _title(visit: VisitRow) -> str:
    """A draft's title is the organisers' alone."""
    is_draft = visit.poster_status == Poster.Status.DRAFT
    return to_text(title_or_number("" if is_draft else visit.title, visit.number))


def _seconds(changed_at: datetime) -> int:
    return max(0, int((changed_at - FIRST_SECOND).total_seconds()))


def _told(online: Iterable[OnlinePlace]) -> Iterator[str]:
    """In words too, for the many clients that do not know CONFERENCE."""
    return (f"{place.label}: {place.url}" for place in online)


def _lines(*parts: str) -> str:
    return "\n".join(part for part in parts if part)
