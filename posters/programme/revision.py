"""The one door for changes: raises the revision, writes the change log, keeps calendar sequences.

Every write to the programme is announced by the models inside its own transaction (`models.base`).
Outside a `programme_change` block each write raises the revision by itself; inside one, all of them
together raise it once. Either way the revision is committed with the write or not at all, so a page
made from the old revision is never served after the change (DESIGN.md, rule 1).
"""

import datetime as dt
import json
import uuid
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, models, transaction
from django.db.models import F, Q
from django.db.models.signals import post_save
from django.utils import timezone
from django.utils.text import Truncator

from posters.models import (
    Author,
    Authorship,
    Board,
    Change,
    Conference,
    FormerAuthor,
    Link,
    Poster,
    PosterTopic,
    Presentation,
    Revision,
    Room,
    Session,
    Topic,
)
from posters.models.base import ROW, Additions, ProgrammeModel, Write, addition, programme_changed, programme_written
from posters.models.conference import narrower_topics
from posters.models.rows import insert_rows, parts

LOGGED_AS_WHOLE = (Session, Poster, Presentation, FormerAuthor)
"""What is told as added or removed. Of the rest (an authorship, a topic) only changes are told."""

LISTS = {PosterTopic: ("topics", "topic__name"), Link: ("links", "url"), Presentation: ("sessions", "session__title")}
"""What hangs on a poster or session: the list it is part of there, and what names it. An organiser's change of
one is told of the list as a whole: by this entry an import knows that the list was edited here."""

SHOWN_IN_CALENDARS = {
    Conference: {"name", "slug", "time_zone", "venue", "website_url", "latitude", "longitude"},
    Session: {"title", "slug", "kind", "room_id", "starts_at", "ends_at", "description"},
    Presentation: {"session_id", "board_id", "format", "presenter_starts_at", "presenter_ends_at"},
    Poster: {"title", "status", "number", "image"},
    Board: {"label", "room_id"},
    Room: {"name"},
    Author: {"name"},
    Authorship: {"author_id", "position"},
    PosterTopic: {"topic_id"},
    Topic: {"parent_id"},
}
"""The columns whose change a calendar client must hear of (RFC 5545 §3.8.7.4). By its topics a poster comes into
calendars and leaves them."""

OWNER_COLUMNS = {Authorship: "author_id", PosterTopic: "topic_id"}

LONGEST_TITLE = 200
LOG_COLUMNS = (
    *("conference_id", "revision", "changed_at", "source", "actor_id", "action", "model", "object_key"),
    *("field", "before", "after"),
)

HANGS_ON: dict[type[ProgrammeModel], tuple[tuple[type[ProgrammeModel], str], ...]] = {
    Session: ((Session, "pk"), (Room, "room"), (Conference, "conference")),
    Presentation: (
        (Presentation, "pk"),
        (Session, "session"),
        (Room, "session__room"),
        (Conference, "session__conference"),
        (Poster, "poster"),
        (Author, "poster__authors"),
        (Authorship, "poster__authorships"),
        (PosterTopic, "poster__poster_topics"),
        (Topic, "poster__poster_topics__topic"),
        (Board, "board"),
        (Room, "board__room"),
    ),
}
"""What an event is made of, and the way from the event's row to it."""


class EditionArchived(Exception):
    """A write to an edition that is over. `str()` is one clear sentence; `slug` is the edition's."""

    def __init__(self, name: str, slug: str) -> None:
        super().__init__(f"“{name}” is archived: nothing in it changes until an organiser reopens it, in its settings.")
        self.slug = slug


@dataclass
class ProgrammeChange:
    """What one change of the programme has written so far."""

    source: str
    actor: User | None
    title: str = ""
    """What it was as a whole, where it is told as one thing."""
    conferences: set[int] = field(default_factory=set)
    """Whose revision it raises."""
    touched: defaultdict[type[ProgrammeModel], "array[int]"] = field(
        default_factory=lambda: defaultdict(lambda: array("q"))
    )
    """The key of every row it wrote; of 300,000 a set would take ten times the memory while they are written."""
    columns: defaultdict[type[ProgrammeModel], set[str]] = field(default_factory=lambda: defaultdict(set))
    """What it changed in them, by model; ROW where a row came or went."""
    posters: set[int] = field(default_factory=set)
    """The posters these rows are, hang on or took something from."""
    writes: list[Write | Additions] = field(default_factory=list)
    """What is told of it, in its order; the 45,000 authorships of a large import are not."""
    regrouped: set[int] = field(default_factory=set)
    """The posters that got or lost an author or a topic, or lost their board."""
    disowned: dict[type[ProgrammeModel], dict[int, set[int]]] = field(default_factory=dict)
    """The authors and the topics that posters have lost, perhaps to get them back, by Authorship and PosterTopic."""
    has_lost_rooms: set[int] = field(default_factory=set)
    """The conferences whose sessions may have lost their room."""
    released: list[tuple[int, str, int, str]] = field(default_factory=list)
    """Conference, model, key and field of what was edited by hand and is the source's again."""
    open_editions: set[int] = field(default_factory=set)
    """Those it may write to."""

    def hear(self, writes: Sequence[Write | Additions]) -> None:
        """Take note of writes. Raises EditionArchived, and their transaction fails."""
        self._check_open(writes)
        for write in writes:
            self.conferences.add(write.conference_id)
            self.posters.update(write.posters)
            self.touched[write.model].extend(write.pks)
            is_change = write.before is not None and write.after is not None
            self.columns[write.model].update(write.before or () if is_change else (ROW,))
            if write.before and (column := OWNER_COLUMNS.get(write.model)) in write.before:
                for poster in write.posters:
                    self.disowned.setdefault(write.model, {}).setdefault(poster, set()).add(write.before[column])
            if write.model in (Author, Authorship, PosterTopic, Topic, Board, Room) and not is_change:
                self.regrouped.update(write.posters)
                if write.model is Room and write.after is None:
                    self.has_lost_rooms.add(write.conference_id)
            is_by_hand = self.source == Change.Source.ADMIN and write.model in LISTS
            if is_change or is_by_hand or write.model in (Conference, Link, *LOGGED_AS_WHOLE):
                self.writes.append(write)

    def _check_open(self, writes: Sequence[Write | Additions]) -> None:
        """An edition is asked for as it is now: a write that reopens it has reopened it already."""
        for write in writes:
            if write.model is Conference and (write.before is None or "is_archived" in write.before):
                if write.before and write.after is None and write.before["is_archived"]:
                    raise EditionArchived(write.before["name"], write.before["slug"])
                # Added or archived by this very write.
                self.open_editions.add(write.conference_id)
        asked = {write.conference_id for write in writes} - self.open_editions
        if asked:
            editions: models.QuerySet[Conference] = models.QuerySet(Conference)
            for conference in editions.filter(pk__in=asked, is_archived=True):
                check_open(conference)
            self.open_editions |= asked


def check_open(conference: Conference) -> None:
    """Raises EditionArchived for an edition in which nothing changes any more."""
    if conference.is_archived:
        raise EditionArchived(conference.name, conference.slug)


_open_change: ContextVar[ProgrammeChange | None] = ContextVar("open_change", default=None)


@contextmanager
def programme_change(*, source: str, actor: User | None = None) -> Iterator[ProgrammeChange]:
    """All writes inside are one change: one transaction, one revision, one origin in the log.

    `source` is one of Change.Source. A block inside a block belongs to the outer one.
    """
    outer = _open_change.get()
    if outer is not None:
        yield outer
        return
    change = ProgrammeChange(source=source, actor=actor)
    with transaction.atomic():
        token = _open_change.set(change)
        try:
            yield change
        finally:
            _open_change.reset(token)
        _record(change)


def listen() -> None:
    """Hear of every write. A signal, because models may not import rooms; post_save for `loaddata`,
    which saves past Model.save().
    """
    programme_written.connect(_on_writes, dispatch_uid="programme-revision")
    post_save.connect(_on_raw_save, dispatch_uid="programme-revision-raw")


def _on_writes(sender: type[ProgrammeModel], writes: list[Write], **_: Any) -> None:
    change = _open_change.get()
    is_alone = change is None
    change = change or ProgrammeChange(source=Change.Source.SHELL, actor=None)
    change.hear(writes)
    if is_alone:
        _record(change)


def _on_raw_save(sender: type[models.Model], instance: models.Model, raw: bool, **_: Any) -> None:
    if raw and isinstance(instance, ProgrammeModel):
        # What is restored from a dump is as it was, archived editions too.
        restored = ProgrammeChange(source=Change.Source.SHELL, actor=None, open_editions={instance.conference_key()})
        restored.hear([addition(instance)])
        _record(restored)


def _record(change: ProgrammeChange) -> None:
    """Raise the revision of every conference concerned, log the writes, raise calendar sequences, tell who listens."""
    if not change.conferences:
        return
    now = timezone.now()
    # Straight querysets: what the door writes must not announce itself.
    conferences: models.QuerySet[Conference] = models.QuerySet(Conference)
    if not any(write.model is Conference for write in change.writes):
        conferences = conferences.filter(pk__in=change.conferences)
    # Else every conference's pages change: the yearly menu is on all of them.
    conferences.update(revision=F("revision") + 1, changed_at=now)
    revisions = dict(conferences.values_list("pk", "revision"))
    _raise_sequences(change, now)
    facts = (fact for write in change.writes for fact in _facts(write))
    when = connection.ops.adapt_datetimefield_value(now)
    entries = (
        (
            *(fact["conference_id"], revisions[fact["conference_id"]], when, change.source),
            *(change.actor and change.actor.pk, fact["action"], fact["model"], fact["object_key"]),
            *(fact.get("field", ""), _as_json(fact.get("before")), _as_json(fact.get("after"))),
        )
        for fact in chain(facts, _facts_of_lists(change), _facts_of_releases(change))
        if fact["conference_id"] in revisions
    )
    while part := list(islice(entries, 2_000)):
        insert_rows(Change._meta.db_table, LOG_COLUMNS, part)
    if change.title:
        names: models.QuerySet[Revision] = models.QuerySet(Revision)
        names.bulk_create(
            Revision(conference_id=key, revision=revisions[key], title=Truncator(change.title).chars(LONGEST_TITLE))
            for key in change.conferences
            if key in revisions
        )
    programme_changed.send(
        ProgrammeChange,
        touched=change.touched,
        columns=change.columns,
        posters=change.posters,
        conferences=change.conferences,
        disowned=change.disowned,
    )


def _facts(write: Write | Additions) -> Iterator[dict[str, Any]]:
    """The log's entries about written rows: one for each changed field, or one for a row as a whole."""
    for key in write.pks:
        yield from _facts_of_row(write, key)


def _facts_of_row(write: Write | Additions, key: int) -> Iterator[dict[str, Any]]:
    row = {"conference_id": write.conference_id, "model": write.model.__name__.lower(), "object_key": key}
    if write.before is not None and write.after is not None:
        for name, value in write.before.items():
            yield row | {
                "action": Change.Action.CHANGED,
                "field": write.model._meta.get_field(name).name,
                "before": plain(value),
                "after": plain(write.after[name]),
            }
    elif write.model in LOGGED_AS_WHOLE:
        action = Change.Action.ADDED if write.before is None else Change.Action.REMOVED
        columns = {name: plain(value) for name, value in (write.before or {}).items()}
        yield row | {"action": action, "before": columns or None}


def _facts_of_lists(change: ProgrammeChange) -> Iterator[dict[str, Any]]:
    """What an organiser added to, took off or changed in the lists of a poster or session, one entry for each list."""
    if change.source != Change.Source.ADMIN:
        return
    for model, (name, label) in LISTS.items():
        writes = {
            key: write for write in change.writes if write.model is model and _is_of_list(write) for key in write.pks
        }
        owners = ("poster_id", "session_id") if model is Link else ("poster_id",)
        touched: dict[str, dict[int, int]] = {owner: {} for owner in owners}
        rows = list(models.QuerySet(model).filter(pk__in=writes).values("pk", *owners))
        gone = [{"pk": key, **write.before} for key, write in writes.items() if write.before and write.after is None]
        labels = _labels_of_gone(model, gone)
        for row in [*rows, *gone]:
            for owner in owners:
                if row[owner]:
                    touched[owner][row[owner]] = writes[row["pk"]].conference_id
        for owner, conferences in touched.items():
            now: dict[int, dict[int, str]] = {key: {} for key in conferences}
            listed: models.QuerySet = models.QuerySet(model).filter(**{f"{owner}__in": conferences})
            for key, pk, text in listed.values_list(owner, "pk", label):
                now[key][pk] = text
            was = {key: dict(_as_before(its, writes, label)) for key, its in now.items()}
            for row in gone:
                if row[owner]:
                    was[row[owner]][row["pk"]] = labels[row["pk"]]
            for key in conferences:
                yield {
                    "conference_id": conferences[key],
                    "model": owner.removesuffix("_id"),
                    "object_key": key,
                    "action": Change.Action.CHANGED,
                    "field": name,
                    "before": [text for _, text in sorted(was[key].items())],
                    "after": [text for _, text in sorted(now[key].items())],
                }


def _as_before(members: dict[int, str], writes: dict[int, Write | Additions], label: str) -> Iterator[tuple[int, str]]:
    """The members of a list that were there before, as they were called then."""
    for key, text in members.items():
        write = writes.get(key)
        if write is None:
            yield key, text
        elif write.before is not None:
            yield key, write.before.get(label, text)


def _labels_of_gone(model: Any, rows: Iterable[dict[str, Any]]) -> dict[int, str]:
    """What named the members that a list has lost, by their keys."""
    column, _, path = LISTS[model][1].partition("__")
    if not path:
        return {row["pk"]: row[column] for row in rows}
    related: Any = model._meta.get_field(column).related_model
    known = dict(models.QuerySet(related).filter(pk__in={row[f"{column}_id"] for row in rows}).values_list("pk", path))
    # What it named may be gone with it.
    return {row["pk"]: known.get(row[f"{column}_id"], "deleted") for row in rows}


def _is_of_list(write: Write | Additions) -> bool:
    """Whether the list has another member now. A presentation's own fields are told by themselves."""
    return write.model is not Presentation or write.before is None or write.after is None


def _facts_of_releases(change: ProgrammeChange) -> Iterator[dict[str, Any]]:
    for conference_id, model, key, name in change.released:
        yield {
            "conference_id": conference_id,
            "model": model,
            "object_key": key,
            "action": Change.Action.RELEASED,
            "field": name,
        }


def _as_json(value: Any) -> str | None:
    return None if value is None else json.dumps(value)


def plain(value: Any) -> Any:
    """A column's value as JSON can hold it: times as ISO 8601."""
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID) else value


def _raise_sequences(change: ProgrammeChange, now: dt.datetime) -> None:
    """Calendar events made from what was written get a higher SEQUENCE and a new LAST-MODIFIED."""
    added: defaultdict[type[ProgrammeModel], set[int]] = defaultdict(set)
    for write in change.writes:
        if write.before is None and write.model in (Poster, *HANGS_ON):
            added[write.model].update(write.pks)
    touched: dict[type[ProgrammeModel], set[Any]] = defaultdict(set)
    touched[Poster] = change.regrouped - added[Poster]
    if change.has_lost_rooms:
        # Which sessions were in it nobody can say any more: those without a room are few.
        sessions: models.QuerySet[Session] = models.QuerySet(Session).filter(room=None)
        touched[Session] = set(sessions.filter(conference__in=change.has_lost_rooms).values_list("pk", flat=True))
    for write in change.writes:
        if write.model is Presentation:
            # The session it came to and the session it left list their posters anew.
            touched[Session] |= {
                columns["session_id"] for columns in (write.before, write.after) if columns and "session_id" in columns
            }
        if write.before and write.after and SHOWN_IN_CALENDARS.get(write.model, set()) & write.before.keys():
            touched[write.model].update(write.pks)
    if touched[Topic]:
        parents = dict(models.QuerySet(Topic).values_list("pk", "parent"))
        touched[Topic] = set().union(*(narrower_topics(topic, parents) for topic in touched[Topic]))
    _touch_owners_of_links([write for write in change.writes if write.model is Link], touched)
    for model, sources in HANGS_ON.items():
        shown: set[Any] = set()
        for source, path in sources:
            for part in parts(touched[source]):
                rows: models.QuerySet = models.QuerySet(model).filter(**{f"{path}__in": part})
                shown.update(rows.values_list("pk", flat=True))
        for part in parts(shown - added[model]):
            models.QuerySet(model).filter(pk__in=part).update(sequence=F("sequence") + 1, changed_at=now)


def _touch_owners_of_links(writes: Sequence[Write | Additions], touched: dict[type[ProgrammeModel], set[Any]]) -> None:
    """What showed a link before, and what shows it now. Calendars show only those by which one takes part."""
    was_shown = {key for write in writes if (write.before or {}).get("kind") in Link.TAKING_PART for key in write.pks}
    rows: list[Any] = []
    for part in parts(key for write in writes for key in write.pks):
        is_shown = Q(kind__in=Link.TAKING_PART) | Q(pk__in=was_shown.intersection(part))
        links: models.QuerySet[Link] = models.QuerySet(Link).filter(is_shown, pk__in=part)
        rows += links.values("pk", "session_id", "poster_id")
    shown = was_shown | {row["pk"] for row in rows}
    for owners in [*rows, *(write.before for write in writes if write.before and not shown.isdisjoint(write.pks))]:
        touched[Session] |= {owners.get("session_id")} - {None}
        touched[Poster] |= {owners.get("poster_id")} - {None}
