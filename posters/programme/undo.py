"""Taking back what the change log tells: a whole revision, or one field of one thing.

What a revision changed and nobody has changed since goes back to what it was, as a new revision, which can be taken
back in turn. What cannot go back is told with the reason, and stays whole: a row goes back with all its fields or none.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.contrib.auth.models import User
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import IntegrityError, models

from posters.models import Change, Conference, FormerAuthor, Poster, PosterTopic, Presentation, Revision, Topic, Visit
from posters.models.base import ProgrammeModel, every_row
from posters.programme.many_rows import write_rows
from posters.programme.revision import plain, programme_change

TOPICS = "topics"
TOLD_BY_ROWS = "sessions"
"""The list of a poster's sessions: its presentations have entries of their own."""


ADDITIONS = (
    "It was added: delete it where it is, if it must go.",
    "It was deleted with all that hung on it, of which the log does not hold enough.",
)
MERGES = (
    "Two people were merged: split them again on the author's page.",
    "Two people were split: merge them again on the author's page.",
)
"""Why what was added or deleted stays so: what to do instead."""


class UndoRefused(Exception):
    """This cannot be taken back, and why."""


@dataclass(frozen=True)
class Kept:
    """An entry that is not taken back, and why."""

    change: Change
    reason: str


@dataclass
class UndoPlan:
    """What taking a revision back would do."""

    title: str
    restored: list[Change] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    rows: dict[type[ProgrammeModel], list[Any]] = field(default_factory=lambda: defaultdict(list))
    """Stored rows with their earlier values."""
    fields: dict[type[ProgrammeModel], set[str]] = field(default_factory=lambda: defaultdict(set))
    removed: list[int] = field(default_factory=list)
    """Presentations that the revision added."""
    recreated: list[Presentation] = field(default_factory=list)
    topics_added: list[PosterTopic] = field(default_factory=list)
    topics_removed: list[int] = field(default_factory=list)

    def keep(self, entries: Iterable[Change], reason: str) -> None:
        """These entries stay as they are."""
        self.kept += [Kept(change, reason) for change in entries]


def plan_undo(*, conference: Conference, revision: int) -> UndoPlan:
    """What taking back a revision would restore, and what it would have to leave."""
    named = Revision.objects.filter(conference=conference, revision=revision).exclude(title="").first()
    plan = UndoPlan(f"Undid {f'“{named.title}”' if named else f'revision {revision}'}")
    rows: dict[str, dict[int, list[Change]]] = defaultdict(lambda: defaultdict(list))
    lists: dict[int, list[Change]] = defaultdict(list)
    for change in Change.objects.filter(conference=conference, revision=revision).order_by("pk"):
        if change.field == TOPICS and change.action == Change.Action.CHANGED:
            lists[change.object_key].append(change)
        elif change.field != TOLD_BY_ROWS:
            rows[change.model][change.object_key].append(change)
    for name, entries in rows.items():
        _plan_rows(plan, model_named(name), entries, conference)
    _plan_topics(plan, lists, conference)
    return plan


def carry_out_undo(*, plan: UndoPlan, actor: User | None) -> None:
    """Write the plan as one change of the programme. Raises UndoRefused where it fits no more: then roll all back."""
    try:
        with programme_change(source=Change.Source.ADMIN, actor=actor) as change:
            if plan.restored:
                change.title = plan.title
            if plan.removed:
                Presentation.objects.filter(pk__in=plan.removed).delete()
            if plan.topics_removed:
                PosterTopic.objects.filter(pk__in=plan.topics_removed).delete()
            for model, rows in plan.rows.items():
                write_rows(model, rows, plan.fields[model])
            Presentation.objects.bulk_create(plan.recreated)
            PosterTopic.objects.bulk_create(plan.topics_added)
    except IntegrityError as error:
        raise UndoRefused(
            "What it was no longer fits with what has been changed since. Restore single fields instead."
        ) from error


def restore_field(*, change: Change, actor: User | None) -> None:
    """Give one field the value it had before a change, whatever happened to it since. Raises UndoRefused."""
    model = model_named(change.model)
    if not is_restorable(change) or model is None:
        raise UndoRefused("The log does not hold enough to restore this.")
    row = every_row(model, None).filter(pk=change.object_key).first()
    if row is None:
        raise UndoRefused("It is gone since.")
    with programme_change(source=Change.Source.ADMIN, actor=actor):
        if change.field == TOPICS:
            plan = UndoPlan("")
            _plan_topics(plan, {row.pk: [change]}, change.conference, is_as_logged=lambda *_: True)
            if plan.kept:
                raise UndoRefused(plan.kept[0].reason)
            carry_out_undo(plan=plan, actor=actor)
            return
        its = concrete_field(change)
        setattr(row, its.attname, _stored(its, change.before))
        try:
            row.clean_fields(exclude={each.name for each in model._meta.fields} - {its.name})
            row.validate_unique()
            row.validate_constraints()
        except ValidationError as error:
            raise UndoRefused(" ".join(error.messages)) from error
        row.save()


def is_restorable(change: Change) -> bool:
    """Whether the log holds what a field was."""
    if change.action != Change.Action.CHANGED:
        return False
    return change.before is not None if change.field == TOPICS else concrete_field(change) is not None


def model_named(name: str) -> type[ProgrammeModel] | None:
    """The model of a log entry; None for one that no longer exists."""
    model = apps.all_models["posters"].get(name)
    return model if model and issubclass(model, ProgrammeModel) else None


def concrete_field(change: Change) -> Any:
    """The column an entry speaks of; None for a list, and for one that no longer exists."""
    model = model_named(change.model)
    try:
        its = model._meta.get_field(change.field) if model and change.field else None
    except FieldDoesNotExist:
        return None
    return its if its is not None and its.concrete and not its.many_to_many else None


def _plan_rows(
    plan: UndoPlan, model: type[ProgrammeModel] | None, entries: dict[int, list[Change]], conference: Conference
) -> None:
    """All rows of one kind that the revision touched."""
    stored = dict(_in_bulk(model, list(entries))) if model else {}
    added, gone, changed = [], [], []
    for key, its in entries.items():
        actions = {change.action for change in its}
        if model is None or Change.Action.RELEASED in actions:
            plan.keep(its, "It is no value that could come back.")
        elif Change.Action.REMOVED in actions and Change.Action.ADDED in actions:
            continue
        elif Change.Action.ADDED in actions:
            added.append(key)
        elif Change.Action.REMOVED in actions:
            gone.append(key)
        else:
            changed.append(key)
    if added or gone:
        _plan_presence(plan, model, entries, added, gone, conference)
    if model is not None and changed:
        _plan_values(plan, model, {key: entries[key] for key in changed}, stored)


def _plan_presence(
    plan: UndoPlan,
    model: type[ProgrammeModel] | None,
    entries: dict[int, list[Change]],
    added: Collection[int],
    gone: Collection[int],
    conference: Conference,
) -> None:
    """What was added goes, what was removed comes back: presentations only, of which the log holds all."""
    if model is not Presentation:
        was_added, was_deleted = MERGES if model is FormerAuthor else ADDITIONS
        for key in added:
            plan.keep(entries[key], was_added)
        for key in gone:
            plan.keep(entries[key], was_deleted)
        return
    there = set(Presentation.objects.filter(pk__in=added).values_list("pk", flat=True))
    visited = set(Visit.objects.filter(presentation__in=there).values_list("presentation", flat=True))
    for key in added:
        if key not in there:
            plan.keep(entries[key], "It is gone already.")
        elif key in visited:
            plan.keep(entries[key], "Attendees plan to visit it there: move it instead.")
        else:
            plan.removed.append(key)
            plan.restored += entries[key]
    posters = set(conference.posters.values_list("pk", flat=True)) if gone else set()
    sessions = set(conference.sessions.values_list("pk", flat=True)) if gone else set()
    back = []
    for key in gone:
        columns: dict[str, Any] = {}
        for change in reversed(entries[key]):
            is_whole = change.action == Change.Action.REMOVED
            before: Any = change.before
            columns |= before or {} if is_whole else {change.field: before}
        row = Presentation(pk=key, sequence=conference.revision)  # Higher than calendars have seen it.
        for its in Presentation._meta.concrete_fields:
            value = columns.get(its.name, columns.get(its.attname))
            if its.attname in columns or its.name in columns:
                setattr(row, its.attname, _stored(its, value))
        if row.poster_id in posters and row.session_id in sessions:
            back.append(row)
        else:
            plan.keep(entries[key], "The poster or the session is gone since.")
    for row in _without_clashes(plan, back, entries):
        plan.recreated.append(row)
        plan.restored += entries[row.pk]


def _plan_values(
    plan: UndoPlan, model: type[ProgrammeModel], entries: dict[int, list[Change]], stored: dict[int, Any]
) -> None:
    """Changed columns go back where they are as the revision left them."""
    back: list[Any] = []
    related = _related_keys(change for its in entries.values() for change in its)
    for key, its in entries.items():
        first = {change.field: change for change in reversed(its)}
        last = {change.field: change for change in its}
        columns = {name: concrete_field(change) for name, change in first.items()}
        row: Any = stored.get(key)
        reason = ""
        if row is None:
            reason = "It is gone since."
        elif None in columns.values():
            reason = "The log does not hold enough of it."
        elif any(plain(getattr(row, columns[name].attname)) != change.after for name, change in last.items()):
            reason = "It was changed since."
        elif any(
            columns[name].related_model and change.before not in {None, *related[columns[name].related_model]}
            for name, change in first.items()
        ):
            reason = "What it was set to is gone since."
        if reason:
            plan.keep(its, reason)
            continue
        for name, change in first.items():
            setattr(row, columns[name].attname, _stored(columns[name], change.before))
        back.append(row)
    if model is Presentation:
        back = _without_clashes(plan, back, entries)
    for row in back:
        plan.rows[model].append(row)
        plan.fields[model] |= {change.field for change in entries[row.pk]}
        plan.restored += entries[row.pk]


def _without_clashes(plan: UndoPlan, back: list[Presentation], entries: dict[int, list[Change]]) -> list[Presentation]:
    """Those of the presentations whose earlier board and session nobody else has taken."""
    sessions = {row.session_id for row in back}
    others = list(Presentation.objects.filter(session__in=sessions).exclude(pk__in=plan.removed))
    while True:
        returning = {row.pk for row in back}
        taken = {spot for row in others if row.pk not in returning for spot in _spots(row)}
        stuck = [row for row in back if not taken.isdisjoint(_spots(row))]
        if not stuck:
            return back
        for row in stuck:
            plan.keep(entries[row.pk], "Its board or its place in the session is taken since.")
        back = [row for row in back if row not in stuck]


def _spots(row: Presentation) -> set[tuple[str, int, int]]:
    """What only one presentation can have in a session: a board, a poster."""
    spots = {("poster", row.session_id, row.poster_id)}
    return spots | {("board", row.session_id, row.board_id)} if row.board_id else spots


def _plan_topics(
    plan: UndoPlan,
    entries: dict[int, list[Change]],
    conference: Conference,
    *,
    is_as_logged: Callable[[Collection[str], Collection[str]], bool] = lambda now, then: sorted(now) == sorted(then),
) -> None:
    """The lists of topics, by name. `is_as_logged` compares what is there with what the revision left."""
    if not entries:
        return
    topics = dict(Topic.objects.filter(conference=conference).values_list("name", "pk"))
    stored: dict[int, dict[str, int]] = defaultdict(dict)
    rows = PosterTopic.objects.filter(poster__in=entries)
    for pk, poster, name in rows.values_list("pk", "poster", "topic__name"):
        stored[poster][name] = pk
    posters = Poster.objects.in_bulk(list(entries))
    for key, its in entries.items():
        now, before = stored[key], its[0].before
        if key not in posters:
            plan.keep(its, "It is gone since.")
        elif before is None:
            plan.keep(its, "The log does not say which topics it had.")
        elif not is_as_logged(now, its[-1].after or ()):
            plan.keep(its, "Its topics were changed since.")
        elif missing := [name for name in before if name not in topics]:
            plan.keep(its, f"There is no topic “{missing[0]}” any more.")
        else:
            plan.topics_added += [
                PosterTopic(poster=posters[key], topic_id=topics[name]) for name in before if name not in now
            ]
            plan.topics_removed += [pk for name, pk in now.items() if name not in before]
            plan.restored += its


def _related_keys(entries: Iterable[Change]) -> dict[type[models.Model], set[int]]:
    """Of what the entries refer to by key, what still exists."""
    wanted: dict[type[models.Model], set[int]] = defaultdict(set)
    for change in entries:
        its = concrete_field(change)
        if its is not None and its.related_model and change.before is not None:
            wanted[its.related_model].add(change.before)
    return defaultdict(set, {model: {key for key, _ in _in_bulk(model, list(keys))} for model, keys in wanted.items()})


def _in_bulk(model: Any, keys: list[int]) -> Iterator[tuple[int, Any]]:
    """Rows by key, asked for in parts."""
    for start in range(0, len(keys), 5_000):
        yield from models.QuerySet(model).in_bulk(keys[start : start + 5_000]).items()


def _stored(its: Any, value: Any) -> Any:
    """A logged value as its column holds it."""
    return value if its.related_model or value is None else its.to_python(value)
