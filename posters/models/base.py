"""What every part of a programme has in common: no write passes unnoticed.

Models know no room, so they cannot raise the revision themselves. They announce each write, by
whichever of Django's doors it comes, inside the write's own transaction; `programme.revision` listens.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import models, transaction
from django.dispatch import Signal

programme_written = Signal()
"""Sent inside the transaction of every write to a ProgrammeModel, with `writes`: a list of Write."""

programme_changed = Signal()
"""Sent by `programme.revision` once at the end of each change, inside its transaction.

With `touched`: dict[type[ProgrammeModel], set[key]] of the rows added, changed or removed; `columns`:
dict[type[ProgrammeModel], set[str]] of what was changed in them, ROW where one came or went; `posters`: set[int] of
the posters whose own row, or whose authorship, topic, presentation or link was among them or fell with one of
them; and `conferences`: set of keys. Posters that are gone are among the keys.
"""

ROW = "row"
"""Stands among the columns changed for a row that came or went as a whole."""


class PosterStatus(models.TextChoices):
    """Drafts are the organisers' alone; a withdrawn poster stays visible as withdrawn."""

    DRAFT = "draft", "Draft"
    PUBLISHED = "published", "Published"
    WITHDRAWN = "withdrawn", "Withdrawn"


@dataclass(frozen=True, slots=True)
class Write:
    """One row written: added (`before` is None), removed (`after` is None) or changed.

    `before` and `after` hold the column values by attribute name, of the changed columns only.
    """

    model: type["ProgrammeModel"]

    pk: Any
    conference_id: int
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    posters: tuple[int, ...] = ()
    """Keys of the posters that the row is, hangs on, or took something from when it was removed."""


class ProgrammeQuerySet(models.QuerySet):
    """A queryset whose bulk writes are announced like single ones."""

    @property
    def written(self) -> type["ProgrammeModel"]:
        """The model, known to be one that announces."""
        return self.model  # type: ignore[return-value]  # only ProgrammeModels have this queryset

    def column_values(self) -> dict[Any, dict[str, Any]]:
        """The logged columns of each row, and the conference it belongs to, by primary key."""
        rows = self.order_by().values("pk", self.written.conference_path, *self.written.logged_columns())
        return {row["pk"]: row for row in rows}

    def values_of(self, pks: Sequence[Any]) -> dict[Any, dict[str, Any]]:
        """`column_values` of these rows, asked for in parts: SQLite takes 32,766 variables at most."""
        rows: dict[Any, dict[str, Any]] = {}
        for start in range(0, len(pks), 5_000):
            rows |= self.filter(pk__in=pks[start : start + 5_000]).column_values()
        return rows

    def posters_below(self) -> dict[Any, tuple[int, ...]]:
        """The posters that lose something when a row of these is removed, by the row's key."""
        below: dict[Any, tuple[int, ...]] = {}
        if path := self.written.posters_path:
            pairs = self.order_by().filter(**{f"{path}__isnull": False}).values_list("pk", path).distinct()
            for pk, poster in pairs.iterator():
                below[pk] = (*below.get(pk, ()), poster)
        return below

    def update(self, **values: Any) -> int:
        with transaction.atomic(using=self.db):
            before = self.column_values()
            updated = super().update(**values)
            announce_changes(self.written, before, every_row(self.written, self.db).values_of(list(before)))
        return updated

    def bulk_create(self, objs: Iterable[Any], *args: Any, **kwargs: Any) -> list[Any]:
        objs = list(objs)
        with transaction.atomic(using=self.db):
            created = super().bulk_create(objs, *args, **kwargs)
            announce([addition(obj) for obj in objs])
        return created

    def delete(self) -> tuple[int, dict[str, int]]:
        with transaction.atomic(using=self.db):
            before, below = self.column_values(), self.posters_below()
            deleted = super().delete()
            announce_removals(self.written, before, below)
        return deleted


class ProgrammeModel(models.Model):
    """A row of a conference's programme: what visitors see, and what an organiser edits."""

    conference_path: ClassVar[str] = "conference_id"
    """The lookup that leads from a row to its conference's key."""
    door_columns: ClassVar[tuple[str, ...]] = ()
    """Columns that only the programme's own doors write and that nobody is told of: saving an object read earlier
    must not set them back."""
    poster_column: ClassVar[str] = ""
    """The column with the key of the poster that a row is or hangs on."""
    posters_path: ClassVar[str] = ""
    """The lookup that leads to the posters that lose something when a row is removed."""

    objects = ProgrammeQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        with transaction.atomic(using=kwargs.get("using")):
            rows = every_row(type(self), kwargs.get("using")).filter(pk=self.pk)
            before = {} if self._state.adding else rows.column_values()
            if before and self.door_columns and kwargs.get("update_fields") is None:
                kwargs["update_fields"] = self.logged_columns()
            super().save(*args, **kwargs)
            if before:
                announce_changes(type(self), before, rows.column_values())
            else:
                announce([addition(self)])

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        with transaction.atomic(using=kwargs.get("using")):
            rows = every_row(type(self), kwargs.get("using")).filter(pk=self.pk)
            before, below = rows.column_values(), rows.posters_below()
            deleted = super().delete(*args, **kwargs)
            announce_removals(type(self), before, below)
        return deleted

    @classmethod
    def logged_columns(cls) -> list[str]:
        """Every column but the key and what the door itself writes."""
        return [
            field.attname
            for field in cls._meta.concrete_fields
            if not field.primary_key and field.attname not in cls.door_columns
        ]

    def conference_key(self) -> int:
        """The key of the conference this row belongs to."""
        value: Any = self
        for name in self.conference_path.split("__"):
            value = getattr(value, name)
        return value


def every_row(model: type[ProgrammeModel], using: str | None) -> ProgrammeQuerySet:
    """All rows of a model, whatever its default manager leaves out."""
    return ProgrammeQuerySet(model=model, using=using)


def addition(obj: ProgrammeModel) -> Write:
    """The row as newly added."""
    return Write(type(obj), obj.pk, obj.conference_key(), None, {}, posters_on(type(obj), vars(obj), obj.pk))


def posters_on(model: type[ProgrammeModel], row: dict[str, Any], pk: Any) -> tuple[int, ...]:
    """The poster that a row is or hangs on, if any."""
    poster = pk if model.poster_column == "pk" else row.get(model.poster_column)
    return () if poster is None else (poster,)


def announce_removals(
    model: type[ProgrammeModel], before: dict[Any, dict[str, Any]], below: dict[Any, tuple[int, ...]]
) -> None:
    """Announce rows that are gone, each with the columns it had."""
    announce(
        [
            Write(model, pk, row[model.conference_path], row, None, (*posters_on(model, row, pk), *below.get(pk, ())))
            for pk, row in before.items()
        ]
    )


def announce_changes(
    model: type[ProgrammeModel], before: dict[Any, dict[str, Any]], after: dict[Any, dict[str, Any]]
) -> None:
    """Announce the rows whose columns differ, each with its changed columns only."""
    writes = []
    for pk, old in before.items():
        new = after.get(pk, old)
        changed = [name for name in model.logged_columns() if old[name] != new[name]]
        if changed:
            writes.append(
                Write(
                    model,
                    pk,
                    new[model.conference_path],
                    {name: old[name] for name in changed},
                    {name: new[name] for name in changed},
                    (*posters_on(model, old, pk), *posters_on(model, new, pk)),
                )
            )
    announce(writes)


def announce(writes: Sequence[Write]) -> None:
    """Tell the revision's keeper. Nothing written, nothing said."""
    if writes:
        programme_written.send(writes[0].model, writes=writes)
