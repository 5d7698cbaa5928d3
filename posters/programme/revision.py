"""The one door for changes: raises the revision, writes the change log, keeps calendar sequences.

Every write to the programme is announced by the models inside its own transaction (`models.base`).
Outside a `programme_change` block each write raises the revision by itself; inside one, all of them
together raise it once. Either way the revision is committed with the write or not at all, so a page
made from the old revision is never served after the change (DESIGN.md, rule 1).
"""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.signals import post_save
from django.utils import timezone

from posters.models import Board, Change, Conference, Poster, Presentation, Room, Session
from posters.models.base import ProgrammeModel, Write, programme_written

LOGGED_AS_WHOLE = (Session, Poster, Presentation)
"""What is told as added or removed. Of the rest (an authorship, a topic) only changes are told."""

SHOWN_IN_CALENDARS = {
    Session: {"title", "kind", "room_id", "starts_at", "ends_at", "description"},
    Presentation: {"session_id", "board_id", "format", "presenter_starts_at", "presenter_ends_at"},
    Poster: {"title", "status", "number"},
    Board: {"label", "room_id"},
    Room: {"name"},
}
"""The columns whose change a calendar client must hear of (RFC 5545 §3.8.7.4)."""


@dataclass
class ProgrammeChange:
    """What one change of the programme has written so far."""

    source: str
    actor: User | None
    writes: list[Write] = field(default_factory=list)


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
    if change is None:
        _record(ProgrammeChange(source=Change.Source.SHELL, actor=None, writes=writes))
    else:
        change.writes += writes


def _on_raw_save(sender: type[models.Model], instance: models.Model, raw: bool, **_: Any) -> None:
    if raw and isinstance(instance, ProgrammeModel):
        write = Write(type(instance), instance.pk, instance.conference_key(), None, {})
        _on_writes(type(instance), [write])


def _record(change: ProgrammeChange) -> None:
    """Raise the revision of every conference concerned, log the writes, raise calendar sequences."""
    if not change.writes:
        return
    now = timezone.now()
    # Straight querysets: what the door writes must not announce itself.
    conferences: models.QuerySet[Conference] = models.QuerySet(Conference)
    if not any(write.model is Conference for write in change.writes):
        conferences = conferences.filter(pk__in={write.conference_id for write in change.writes})
    # Else every conference's pages change: the yearly menu is on all of them.
    conferences.update(revision=F("revision") + 1)
    revisions = dict(conferences.values_list("pk", "revision"))
    _raise_sequences(change.writes, now)
    entries = [
        Change(
            conference_id=write.conference_id,
            revision=revisions[write.conference_id],
            changed_at=now,
            source=change.source,
            actor=change.actor,
            model=write.model.__name__.lower(),
            object_key=write.pk,
            **facts,
        )
        for write in change.writes
        if write.conference_id in revisions
        for facts in _facts(write)
    ]
    Change.objects.bulk_create(entries, batch_size=2_000)


def _facts(write: Write) -> Iterator[dict[str, Any]]:
    """The log's entries about one written row: one for each changed field, or one for the row as a whole."""
    if write.before is not None and write.after is not None:
        for name, value in write.before.items():
            yield {
                "action": Change.Action.CHANGED,
                "field": write.model._meta.get_field(name).name,
                "before": _plain(value),
                "after": _plain(write.after[name]),
            }
    elif write.model in LOGGED_AS_WHOLE:
        action = Change.Action.ADDED if write.before is None else Change.Action.REMOVED
        columns = {name: _plain(value) for name, value in (write.before or {}).items()}
        yield {"action": action, "before": columns or None}


def _plain(value: Any) -> Any:
    """A column's value as JSON can hold it: times as ISO 8601."""
    if isinstance(value, dt.datetime | dt.date):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID) else value


def _raise_sequences(writes: Iterable[Write], now: dt.datetime) -> None:
    """Calendar events made from what was written get a higher SEQUENCE and a new LAST-MODIFIED."""
    touched: dict[type[ProgrammeModel], set[Any]] = defaultdict(set)
    for write in writes:
        if write.model is Presentation:
            # The session it came to and the session it left list their posters anew.
            touched[Session] |= {
                columns["session_id"] for columns in (write.before, write.after) if columns and "session_id" in columns
            }
        columns = SHOWN_IN_CALENDARS.get(write.model, set())
        if write.before is not None and write.after is not None and columns & write.before.keys():
            touched[write.model].add(write.pk)
    if not touched:
        return
    sessions = Q(pk__in=touched[Session]) | Q(room__in=touched[Room])
    presentations = (
        Q(pk__in=touched[Presentation])
        | Q(session__in=touched[Session])
        | Q(session__room__in=touched[Room])
        | Q(poster__in=touched[Poster])
        | Q(board__in=touched[Board])
        | Q(board__room__in=touched[Room])
    )
    for model, condition in ((Session, sessions), (Presentation, presentations)):
        keys = list(models.QuerySet(model).filter(condition).values_list("pk", flat=True))
        for start in range(0, len(keys), 5_000):
            models.QuerySet(model).filter(pk__in=keys[start : start + 5_000]).update(
                sequence=F("sequence") + 1, changed_at=now
            )
