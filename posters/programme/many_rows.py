"""Many rows written at once and announced as one change each."""

from collections.abc import Collection, Sequence
from typing import Any

from django.db import models

from posters.models import Presentation
from posters.models.base import ProgrammeModel, announce_changes, every_row

BATCH = 500


def write_rows(model: type[ProgrammeModel], rows: Sequence[Any], fields: Collection[str]) -> None:
    """Write these fields of stored rows. Presentations all leave their boards before any arrives: two may swap."""
    if not rows:
        return
    keys = [row.pk for row in rows]
    stored = every_row(model, None)
    before = stored.values_of(keys)
    # Straight querysets: each step would announce itself.
    unannounced: models.QuerySet = models.QuerySet(model)
    if model is Presentation and "board" in fields:
        for start in range(0, len(keys), 5_000):
            unannounced.filter(pk__in=keys[start : start + 5_000]).update(board=None)
    unannounced.bulk_update(rows, fields, batch_size=BATCH)
    announce_changes(model, before, stored.values_of(keys))
