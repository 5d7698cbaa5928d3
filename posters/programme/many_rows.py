"""Many rows written at once and announced as one change each."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any

from django.db import models
from django.db.models import F

from posters.models import Authorship, Presentation
from posters.models.base import ProgrammeModel, announce_changes, every_row

BATCH = 500
LEAVING: dict[Any, dict[str, Any]] = {
    Presentation: {"board": None},
    Authorship: {"position": F("position") + 1_000_000},
}
"""Fields of which no two rows may have the same value, and what they have while they change it."""


def _set(rows: models.QuerySet, keys: Sequence[Any], values: dict[str, Any]) -> None:
    """Give all of them the same values; in parts, for SQLite takes 32,766 variables at most."""
    for start in range(0, len(keys), 5_000):
        rows.filter(pk__in=keys[start : start + 5_000]).update(**values)


def write_rows(model: type[ProgrammeModel], rows: Sequence[Any], fields: Collection[str]) -> None:
    """Write these fields of stored rows. What only one can have, all leave before any arrives: two may swap."""
    if not rows:
        return
    keys = [row.pk for row in rows]
    stored = every_row(model, None)
    before = stored.values_of(keys)
    # Straight querysets: each step would announce itself.
    unannounced: models.QuerySet = models.QuerySet(model)
    for name in set(fields) & LEAVING.get(model, {}).keys():
        _set(unannounced, keys, {name: LEAVING[model][name]})
    alike: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
    columns = [model._meta.get_field(name).attname for name in fields]  # type: ignore[union-attr]  # own columns
    for row in rows:
        alike[tuple(getattr(row, column) for column in columns)].append(row.pk)
    if len(alike) <= len(rows) // BATCH + 1:
        for values, its in alike.items():
            _set(unannounced, its, dict(zip(columns, values, strict=True)))
    else:
        unannounced.bulk_update(rows, fields, batch_size=BATCH)
    announce_changes(model, before, stored.values_of(keys))
