"""What every part of a programme has in common: no write passes unnoticed.

Models know no room, so they cannot raise the revision themselves. They announce each write, by
whichever of Django's doors it comes, inside the write's own transaction; `programme.revision` listens.
"""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from operator import attrgetter
from typing import Any, ClassVar

from django.db import connections, models, transaction
from django.dispatch import Signal

from posters.models.rows import insert_rows, reserved_keys

programme_written = Signal()
"""Sent inside the transaction of every write to a ProgrammeModel, with `writes`: a list of Write and Additions."""

programme_changed = Signal()
"""Sent by `programme.revision` once at the end of each change, inside its transaction.

With `touched`: dict[type[ProgrammeModel], Collection[key]] of the rows added, changed or removed; `columns`:
dict[type[ProgrammeModel], set[str]] of what was changed in them, ROW where one came or went; `posters`: set[int] of
the posters whose own row, or whose authorship, topic, presentation or link was among them or fell with one of
them; `conferences`: set of keys; and `disowned`: dict[type[ProgrammeModel], dict[poster, set[author or topic]]] of
what lost the posters, perhaps to get them back. Posters that are gone are among the keys.
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

    @property
    def pks(self) -> tuple[Any, ...]:
        """Its key alone."""
        return (self.pk,)


@dataclass(frozen=True, slots=True)
class Additions:
    """Rows of one model and one conference added together: of 100,000 a Write each would take 30 MB."""

    model: type["ProgrammeModel"]
    pks: "array[int] | range"
    conference_id: int
    posters: "array[int]"
    """Keys of the posters that the rows are or hang on."""
    before: ClassVar[None] = None
    after: ClassVar[dict[str, Any]] = {}


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
            announce(_additions(self.written, objs))
        return created

    def add_rows(
        self, *, conference: int, columns: Sequence[str], rows: Sequence[Sequence[Any]]
    ) -> "array[int] | range":
        """Insert rows of one conference, given as values of all columns but the key. Returns their keys.

        Announced as one. The values are texts, numbers and keys as they are: there is no object that prepares them.
        """
        if not rows:
            return range(0)
        model = self.written
        with transaction.atomic(using=self.db):
            keys = reserved_keys(model._meta.db_table, len(rows))
            insert_rows(
                model._meta.db_table, ["id", *columns], ((key, *row) for key, row in zip(keys, rows, strict=True))
            )
            posters: Iterable[int] = keys if model.poster_column == "pk" else ()
            if model.poster_column in columns:
                place = columns.index(model.poster_column)
                posters = {row[place] for row in rows} - {None}
            announce([Additions(model, keys, conference, array("q", posters))])
        return keys

    def add_all(self, objs: Sequence[Any]) -> None:
        """`add_rows` of objects of one conference, which get their keys; what they refer to has its own already."""
        if not objs:
            return
        fields = [field for field in self.model._meta.concrete_fields if not field.primary_key]
        prepared = {
            field.attname: partial(field.get_db_prep_save, connection=connections[self.db])
            for field in fields
            if isinstance(field, models.UUIDField | models.DateTimeField | models.FileField)
        }
        values_of = attrgetter(*(field.attname for field in fields))
        readings = [prepared.get(field.attname) for field in fields]
        rows = [
            [value if read is None else read(value) for read, value in zip(readings, values_of(obj), strict=True)]
            for obj in objs
        ]
        columns = [field.attname for field in fields]
        keys = self.add_rows(conference=objs[0].conference_key(), columns=columns, rows=rows)
        for obj, key in zip(objs, keys, strict=True):
            obj.pk = key
            obj._state.adding, obj._state.db = False, self.db

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


def _additions(model: type[ProgrammeModel], objs: Iterable[ProgrammeModel]) -> list[Additions]:
    """The rows as newly added, those of each conference together."""
    added: dict[int, tuple[array[int], array[int]]] = {}
    for obj in objs:
        pks, posters = added.setdefault(obj.conference_key(), (array("q"), array("q")))
        pks.append(obj.pk)
        posters.extend(posters_on(model, vars(obj), obj.pk))
    return [Additions(model, pks, conference, posters) for conference, (pks, posters) in added.items()]


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


def announce(writes: Sequence[Write | Additions]) -> None:
    """Tell the revision's keeper. Nothing written, nothing said."""
    if writes:
        programme_written.send(writes[0].model, writes=writes)
