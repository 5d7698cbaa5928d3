"""Many rows written at once and announced as one change each."""

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
        for start in range(0, len(keys), 5_000):
            unannounced.filter(pk__in=keys[start : start + 5_000]).update(**{name: LEAVING[model][name]})
    unannounced.bulk_update(rows, fields, batch_size=BATCH)
    announce_changes(model, before, stored.values_of(keys))
