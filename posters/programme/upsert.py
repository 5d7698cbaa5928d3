"""Records → database: adds what is new, changes what differs, leaves the rest alone, and says so.

One import is one transaction and one change of the programme. What the source does not say stays;
what an organiser edited here stays too, and is reported.
"""

import datetime as dt
import gc
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils import timezone
from django.utils.text import slugify

from posters.latex import to_text
from posters.models import (
    Author,
    Authorship,
    Board,
    Change,
    Conference,
    Decision,
    Link,
    Poster,
    PosterTopic,
    Presentation,
    Room,
    Session,
    Topic,
)
from posters.programme.identity import KnownAuthors, KnownPosters, name_key, source_key
from posters.programme.records import (
    BoardRecord,
    LeftOutRecord,
    LinkRecord,
    PosterRecord,
    ProgrammeRecord,
    SessionRecord,
    UnreadableProgramme,
)
from posters.programme.report import FieldChange, ImportReport, Outcome, Result
from posters.programme.revision import programme_change

POSTER_FIELDS = ["title", "abstract", "keywords", "decision", "status", "source_id", "source_key"]
BATCH = 1_000
"""Rows in one INSERT."""

_slug = lru_cache(maxsize=1_000)(slugify)
"""For names that thousands of records repeat: sessions, decisions, topics."""


@dataclass(frozen=True)
class SessionOptions:
    """What the importing person says of a source's one session. Naive times are in the conference's zone."""

    slug: str = ""
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None


@dataclass
class _Run:
    """One import under way: what is known, what is to be written, what is to be told."""

    conference: Conference
    report: ImportReport
    edited: set[tuple[str, int, str]]
    """Model, key and field of everything edited in the admin."""
    decision_order: tuple[str, ...] = ()
    decisions: dict[str, Decision] = field(default_factory=dict)
    topics: dict[str, Topic] = field(default_factory=dict)
    rooms: dict[str, Room] = field(default_factory=dict)
    boards: dict[tuple[str, str], Board] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)


def upsert_programme(
    *,
    record: ProgrammeRecord,
    conference_slug: str,
    time_zone: str = "",
    session_options: SessionOptions = SessionOptions(),
    is_dry_run: bool = False,
    source: str = Change.Source.IMPORT,
    actor: User | None = None,
) -> ImportReport:
    """Bring the conference's programme to what the record says; creates the conference if there is none.

    A dry run does everything and takes it back. Raises UnreadableProgramme, with nothing written, for
    what cannot be a programme: session options for a source of several sessions, an end before its start.
    """
    if time_zone:
        record = replace(record, conference=replace(record.conference, time_zone=time_zone))
    with _no_garbage_collection(), transaction.atomic():
        with programme_change(source=source, actor=actor):
            run = _begin(record, conference_slug)
            run.report.is_dry_run = is_dry_run
            run.report.remarks += record.remarks
            _write_frame(run, _with_options(record, session_options, run.conference), record.boards)
            _write_posters(run, _posters_of(record, session_options))
            run.report.outcomes += [_left_out(aside) for aside in record.left_out]
            run.report.totals = _totals(record)
        if is_dry_run:
            transaction.set_rollback(True)
    return run.report


@contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Spare an import the search for reference cycles.

    It makes a million objects that all stay until it ends, and looking through them again and again took
    a third of its time. Memory was the same.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _begin(record: ProgrammeRecord, slug: str) -> _Run:
    """Find or create the conference."""
    slug = slugify(slug)
    if not slug:
        raise UnreadableProgramme("The conference needs a short name for its address, such as iclr-2023.")
    conference = Conference.objects.filter(slug=slug).first()
    is_new = conference is None
    if conference is None:
        year = re.search(r"\d{4}", slug)
        words = (word.upper() if len(word) <= 5 else word.capitalize() for word in slug.split("-"))
        conference = Conference(
            slug=slug,
            name=" ".join(words),
            year=int(year[0]) if year else timezone.now().year,
            is_published=True,
        )
    edited = set() if is_new else _edited_here(conference)
    report = ImportReport(conference=slug)
    run = _Run(conference, report, edited, record.decisions)
    values = {item.name: getattr(record.conference, item.name) for item in fields(record.conference)}
    changes = _assign(run, conference, values)
    _save_frame(run, conference, "conference", is_new=is_new, changes=changes)
    return run


def _edited_here(conference: Conference) -> set[tuple[str, int, str]]:
    edits = Change.objects.filter(conference=conference, source=Change.Source.ADMIN, action=Change.Action.CHANGED)
    return set(edits.values_list("model", "object_key", "field"))


def _with_options(
    record: ProgrammeRecord, options: SessionOptions, conference: Conference
) -> tuple[SessionRecord, ...]:
    """The record's sessions, the only one of them as the options say."""
    if options == SessionOptions():
        return record.sessions
    if len(record.sessions) != 1:
        raise UnreadableProgramme(f"Session options need a source of one session; this one has {len(record.sessions)}.")
    session = record.sessions[0]
    starts_at, ends_at = (
        moment.replace(tzinfo=conference.zone) if moment and moment.tzinfo is None else moment
        for moment in (options.starts_at or session.starts_at, options.ends_at or session.ends_at)
    )
    return (replace(session, slug=options.slug or session.slug, starts_at=starts_at, ends_at=ends_at),)


def _posters_of(record: ProgrammeRecord, options: SessionOptions) -> tuple[PosterRecord, ...]:
    """The record's posters, presented in the session that the options name."""
    if not options.slug:
        return record.posters
    return tuple(
        replace(
            poster,
            presentations=tuple(replace(shown, session=options.slug) for shown in poster.presentations),
        )
        for poster in record.posters
    )


def _write_frame(run: _Run, sessions: Iterable[SessionRecord], boards: Iterable[BoardRecord]) -> None:
    """Rooms with their boards, and sessions; and what of the vocabularies is there already."""
    conference = run.conference
    run.rooms = {room.name: room for room in conference.rooms.all()}
    run.boards = {
        (board.room.name, board.label): board
        for board in Board.objects.filter(room__conference=conference).select_related("room")
    }
    run.decisions = {decision.slug: decision for decision in conference.decisions.all()}
    run.topics = {topic.slug: topic for topic in conference.topics.all()}
    run.sessions = {session.slug: session for session in conference.sessions.all()}
    _write_boards(run, boards)
    for record in sessions:
        _write_session(run, record)


def _write_boards(run: _Run, records: Iterable[BoardRecord]) -> None:
    added, changed = [], []
    for record in records:
        board = run.boards.get((record.room, record.label))
        if board is None:
            board = Board(room=_room(run, record.room), label=record.label)
            run.boards[record.room, record.label] = board
            added.append(board)
        values = {"position": record.position, "x_metres": record.x_metres, "y_metres": record.y_metres}
        if any(not change.is_kept for change in _assign(run, board, values)) and board.pk:
            changed.append(board)
    Board.objects.bulk_create(added, batch_size=BATCH)
    Board.objects.bulk_update(changed, ["position", "x_metres", "y_metres"], batch_size=BATCH)


def _write_session(run: _Run, record: SessionRecord) -> Session:
    slug = slugify(record.slug or record.title)
    if record.starts_at and record.ends_at and record.ends_at <= record.starts_at:
        raise UnreadableProgramme(f"Session “{record.title}” ends before it starts.")
    if (record.starts_at is None) != (record.ends_at is None):
        raise UnreadableProgramme(f"Session “{record.title}” needs a start and an end, or neither.")
    session = run.sessions.get(slug)
    is_new = session is None
    if session is None:
        session = Session(conference=run.conference, slug=slug)
        run.sessions[slug] = session
    values = {
        "title": record.title,
        "kind": record.kind,
        "room": _room(run, record.room) if record.room else None,
        "starts_at": record.starts_at,
        "ends_at": record.ends_at,
        "description": record.description,
    }
    changes = _assign(run, session, values)
    _save_frame(run, session, "session", is_new=is_new, changes=changes)
    known = set(session.links.values_list("kind", "url"))
    Link.objects.bulk_create(_new_links(run, record.links, known, session=session))
    return session


def _save_frame(run: _Run, obj: Any, place: str, *, is_new: bool, changes: list[FieldChange]) -> None:
    """Save the conference or a session if it is new or changed, and report it."""
    written = [change for change in changes if not change.is_kept]
    if is_new or written:
        try:
            obj.full_clean()
        except ValidationError as error:
            problems = "; ".join(f"{name}: {', '.join(texts)}" for name, texts in error.message_dict.items())
            raise UnreadableProgramme(f"The {place} “{obj}” cannot be written: {problems}") from error
        obj.save()
    result = Result.ADDED if is_new else Result.CHANGED if written else Result.UNCHANGED
    run.report.frame.append(Outcome(place, str(obj), result, changes=() if is_new else tuple(changes)))


@dataclass
class _Entry:
    """A record and the poster it speaks of; `changes` grows as its parts are compared."""

    record: PosterRecord
    poster: Poster
    is_new: bool
    changes: list[FieldChange]

    @property
    def is_changed(self) -> bool:
        return not self.is_new and any(not change.is_kept for change in self.changes)

    @property
    def outcome(self) -> Outcome:
        result = Result.ADDED if self.is_new else Result.CHANGED if self.is_changed else Result.UNCHANGED
        return Outcome(
            self.record.place, _name(self.record), result, changes=() if self.is_new else tuple(self.changes)
        )


class _Numbers:
    """The poster numbers of a conference: the one a source gives where it is free, else the next."""

    def __init__(self, taken: Iterable[int]) -> None:
        self.taken = set(taken)
        self.highest = max(self.taken, default=0)

    def take(self, wanted: int | None) -> int:
        number = wanted if wanted and wanted not in self.taken else self.highest + 1
        self.taken.add(number)
        self.highest = max(self.highest, number)
        return number


class _Stored:
    """What hangs on a conference's posters before the import, by poster key, each kind in one query.

    Plain rows where they are only compared: 45,000 authorships as objects would take most of the time and
    memory of an import that changes nothing.
    """

    def __init__(self, run: _Run) -> None:
        conference = run.conference
        self.authorships: defaultdict[int, list[tuple[int, str, bool]]] = defaultdict(list)
        self.topics: defaultdict[int, set[int]] = defaultdict(set)
        self.links: defaultdict[int, set[tuple[str, str]]] = defaultdict(set)
        self.presentations: defaultdict[int, dict[int, Presentation]] = defaultdict(dict)
        columns = ("poster", "author", "affiliation", "is_presenter")
        authorships = Authorship.objects.filter(poster__conference=conference).order_by("poster", "position")
        for poster, *printed in authorships.values_list(*columns).iterator():
            self.authorships[poster].append(tuple(printed))
        topics = PosterTopic.objects.filter(poster__conference=conference)
        for poster, topic in topics.values_list("poster", "topic").iterator():
            self.topics[poster].add(topic)
        links = Link.objects.filter(poster__conference=conference).order_by()
        for poster, kind, url in links.values_list("poster", "kind", "url").iterator():
            self.links[poster].add((kind, url))
        sessions = {session.pk: session for session in run.sessions.values()}
        boards: dict[int | None, Board] = {board.pk: board for board in run.boards.values()}
        for shown in Presentation.objects.filter(poster__conference=conference).order_by("pk"):
            # Known ones instead of a query each; `or` is for what another conference lent.
            shown.session = sessions.get(shown.session_id) or shown.session
            shown.board = boards.get(shown.board_id) or shown.board
            self.presentations[shown.poster_id][shown.session_id] = shown


def _write_posters(run: _Run, records: tuple[PosterRecord, ...]) -> None:
    """Every poster record: matched, compared, written in bulk, reported in the source's order."""
    _write_vocabularies(run, records)
    posters = list(run.conference.posters.all())
    decisions: dict[int | None, Decision] = {decision.pk: decision for decision in run.decisions.values()}
    for poster in posters:
        poster.decision = decisions.get(poster.decision_id) or poster.decision
    known = KnownPosters(posters, records)
    numbers = _Numbers(poster.number for poster in posters)
    entries = [_match(run, record, known, numbers) for record in records]
    taken = [entry for entry in entries if isinstance(entry, _Entry)]
    stored = _Stored(run)
    Poster.objects.bulk_create([entry.poster for entry in taken if entry.is_new], batch_size=BATCH)
    changed = [entry.poster for entry in taken if entry.is_changed]
    Poster.objects.bulk_update(changed, POSTER_FIELDS, batch_size=BATCH // 10)
    _write_authorships(run, taken, stored)
    _write_topics(run, taken, stored)
    _write_presentations(run, taken, stored)
    Link.objects.bulk_create(
        [
            link
            for entry in taken
            for link in _new_links(run, entry.record.links, stored.links[entry.poster.pk], poster=entry.poster)
        ],
        batch_size=BATCH,
    )
    run.report.outcomes += [entry.outcome if isinstance(entry, _Entry) else entry for entry in entries]


def _match(run: _Run, record: PosterRecord, known: KnownPosters, numbers: _Numbers) -> _Entry | Outcome:
    """The record with its poster, new or known, its own fields assigned; an Outcome if it is refused."""
    reason = _reason_to_refuse(record)
    if not reason and record.source_id and record.source_id in known.source_ids_seen:
        reason = f"an earlier record has its key “{record.source_id}”"
    if reason:
        return Outcome(record.place, _name(record), Result.REFUSED, reason)
    known.source_ids_seen.add(record.source_id)
    poster = known.find(record)
    is_new = poster is None
    if poster is None:
        number = numbers.take(record.number)
        poster = Poster(conference=run.conference, number=number)
    values = {
        "title": record.title,
        "abstract": record.abstract,
        "keywords": "; ".join(record.keywords),
        "decision": run.decisions[_slug(record.decision)] if record.decision else None,
        "status": record.status,
        "source_id": record.source_id,
        "source_key": source_key(record),
    }
    return _Entry(record, poster, is_new, _assign(run, poster, values))


def _reason_to_refuse(record: PosterRecord) -> str:
    """Why a record cannot be a poster; empty if it can."""
    longest = {"title": record.title, "source_id": record.source_id, "keywords": "; ".join(record.keywords)}
    for name, text in longest.items():
        limit = _longest(Poster, name)
        if len(text) > limit:
            return f"its {name} has {len(text)} characters, {limit} are possible"
    for author in record.authors:
        if not author.name or len(author.name) > _longest(Author, "name"):
            return f"“{author.name[:60]}” cannot be an author's name"
    persons = Counter(author.source_id for author in record.authors if author.source_id)
    twice = [source_id for source_id, count in persons.items() if count > 1]
    if twice:
        return f"it lists the person “{twice[0]}” twice"
    if not record.title and not record.authors:
        return "it has neither title nor authors"
    return ""


def _longest(model: type[models.Model], name: str) -> int:
    column = model._meta.get_field(name)
    return getattr(column, "max_length", None) or 0


def _write_vocabularies(run: _Run, records: Iterable[PosterRecord]) -> None:
    """Decisions and topics that the records name and the conference lacks."""
    names = {_slug(r.decision): r.decision for r in records if r.decision}
    ranks = {_slug(name): rank for rank, name in enumerate(run.decision_order, start=1)}
    run.decisions |= _added(
        Decision(conference=run.conference, slug=slug, name=name, rank=ranks.get(slug, 0))
        for slug, name in names.items()
        if slug not in run.decisions
    )
    topics = {_slug(name): name for record in records for name in record.topics}
    run.topics |= _added(
        Topic(conference=run.conference, slug=slug, name=name)
        for slug, name in topics.items()
        if slug not in run.topics
    )


def _added(objects: Iterable[Any]) -> dict[str, Any]:
    created = list(objects)
    if created:
        type(created[0]).objects.bulk_create(created)
    return {obj.slug: obj for obj in created}


def _write_authorships(run: _Run, entries: list[_Entry], stored: _Stored) -> None:
    """Authors in the source's order. A list that differs is written anew as a whole."""
    people = {author.pk: author for author in run.conference.authors.all()}
    known = KnownAuthors(run.conference.pk, people.values())
    lists: list[tuple[_Entry, list[Author]]] = []
    for entry in entries:
        before = stored.authorships[entry.poster.pk]
        on_poster = {author for author, *_ in before}
        authors: list[Author] = []
        for record in entry.record.authors:
            authors.append(
                known.find_or_add(record.name, source_id=record.source_id, on_poster=on_poster, taken=authors)
            )
        wanted = [
            (author.pk, record.affiliation, record.is_presenter)
            for author, record in zip(authors, entry.record.authors, strict=True)
        ]
        if not wanted or wanted == before:
            continue
        is_kept = ("poster", entry.poster.pk, "authors") in run.edited
        if not entry.is_new:
            names = (", ".join(people[author].name for author, *_ in before), _names(authors))
            entry.changes.append(FieldChange("authors", *names, is_kept=is_kept))
        if not is_kept:
            lists.append((entry, authors))
    Author.objects.bulk_create(known.added, batch_size=BATCH)
    rewritten = [entry.poster.pk for entry, _ in lists if not entry.is_new]
    for start in range(0, len(rewritten), BATCH):
        Authorship.objects.filter(poster__in=rewritten[start : start + BATCH]).delete()
    Authorship.objects.bulk_create(
        [authorship for entry, authors in lists for authorship in _authorships(entry, authors)],
        batch_size=BATCH,
    )


def _names(authors: Iterable[Author]) -> str:
    return ", ".join(author.name for author in authors)


def _authorships(entry: _Entry, authors: list[Author]) -> Iterator[Authorship]:
    for position, (author, record) in enumerate(zip(authors, entry.record.authors, strict=True), start=1):
        yield Authorship(
            poster=entry.poster,
            author_id=author.pk,
            position=position,
            affiliation=record.affiliation,
            is_presenter=record.is_presenter,
        )


def _write_topics(run: _Run, entries: list[_Entry], stored: _Stored) -> None:
    """Topics are added, never taken away: an organiser may have added some."""
    rows = []
    for entry in entries:
        known = stored.topics[entry.poster.pk]
        for name in dict.fromkeys(entry.record.topics):
            topic = run.topics[_slug(name)]
            if topic.pk not in known:
                known.add(topic.pk)
                rows.append(PosterTopic(poster=entry.poster, topic=topic))
                if not entry.is_new:
                    entry.changes.append(FieldChange("topics", "", topic.name))
    PosterTopic.objects.bulk_create(rows, batch_size=BATCH)


def _write_presentations(run: _Run, entries: list[_Entry], stored: _Stored) -> None:
    """A presentation keeps its identity when its board, or the only session of its poster, changes."""
    added: list[Presentation] = []
    changed: list[Presentation] = []
    positions: Counter[int] = Counter()
    for entry in entries:
        known = stored.presentations[entry.poster.pk]
        for record in entry.record.presentations:
            session = run.sessions.get(_slug(record.session))
            if session is None:
                run.report.remarks.append(f"{entry.record.place}: there is no session “{record.session}”.")
                continue
            positions[session.pk] += 1
            presentation = known.get(session.pk)
            if presentation is None and len(known) == len(entry.record.presentations) == 1:
                presentation = next(iter(known.values()))
            is_new = presentation is None
            if presentation is None:
                presentation = Presentation(poster=entry.poster, session=session)
                added.append(presentation)
            values = {
                "session": session,
                "format": record.format,
                "board": _board(run, record.room, record.board) if record.board else None,
                "position": positions[session.pk],
                "presenter_starts_at": record.presenter_starts_at,
                "presenter_ends_at": record.presenter_ends_at,
            }
            changes = _assign(run, presentation, values)
            if not is_new and any(not change.is_kept for change in changes):
                changed.append(presentation)
            if not entry.is_new:
                entry.changes += [FieldChange("presentation", "", session.title)] if is_new else changes
    Presentation.objects.bulk_update(
        changed,
        ["session", "format", "board", "position", "presenter_starts_at", "presenter_ends_at"],
        batch_size=BATCH // 10,
    )
    Presentation.objects.bulk_create(added, batch_size=BATCH)


def _new_links(
    run: _Run, records: Iterable[LinkRecord], known: set[tuple[str, str]], **owner: Poster | Session
) -> list[Link]:
    return [
        Link(conference=run.conference, kind=record.kind, url=record.url, label=record.label, **owner)
        for record in dict.fromkeys(records)
        if (record.kind, record.url) not in known
    ]


def _room(run: _Run, name: str) -> Room:
    if name not in run.rooms:
        run.rooms[name] = Room.objects.create(conference=run.conference, name=name)
    return run.rooms[name]


def _board(run: _Run, room: str, label: str) -> Board:
    key = (room or "Poster hall", label)
    if key not in run.boards:
        run.boards[key] = Board.objects.create(room=_room(run, key[0]), label=label, position=len(run.boards) + 1)
    return run.boards[key]


def _assign(run: _Run, obj: models.Model, values: dict[str, Any]) -> list[FieldChange]:
    """Set what the source says and differs, but for what was edited here. Returns both kinds.

    Empty values say nothing. What is new has no changes to tell.
    """
    if obj.pk is None:
        for name, value in values.items():
            if value not in ("", None):
                setattr(obj, name, value)
        return []
    changes = []
    for name, value in values.items():
        before = getattr(obj, name)
        if value in ("", None) or before == value:
            continue
        is_kept = (obj._meta.model_name, obj.pk, name) in run.edited
        if not is_kept:
            setattr(obj, name, value)
        changes.append(FieldChange(name, _printed(before), _printed(value), is_kept=is_kept))
    return changes


def _printed(value: Any) -> str:
    return "" if value is None else value.isoformat() if isinstance(value, dt.datetime | dt.date) else str(value)


def _name(record: PosterRecord) -> str:
    return to_text(record.title) or f"(no title) {', '.join(author.name for author in record.authors[:3])}"


def _left_out(record: LeftOutRecord) -> Outcome:
    result = Result.JOINED if record.is_joined else Result.LEFT_OUT
    return Outcome(record.place, to_text(record.name), result, record.reason)


def _totals(record: ProgrammeRecord) -> dict[str, int]:
    """What was read, counted."""
    authors = [author for poster in record.posters for author in poster.authors]
    shown = [presentation for poster in record.posters for presentation in poster.presentations]
    return {
        "posters": len(record.posters),
        "sessions": len(record.sessions),
        "presentations": len(shown),
        "authorships": len(authors),
        "authors": len({author.source_id or name_key(author.name) for author in authors}),
        **Counter(poster.decision for poster in record.posters if poster.decision),
        **Counter(presentation.format for presentation in shown),
    }
