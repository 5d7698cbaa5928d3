"""What organisers did by hand, read from the change log: an import leaves it as it is until it is released."""

import datetime as dt
from collections.abc import Callable, Collection
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Q

from posters.models import Change, Conference
from posters.programme.report import FieldChange

PRESENCE = "presence"
"""The field that stands for a poster as a whole: released, a deleted one comes back."""


class Edit(NamedTuple):
    """One field of one row, as the change log names it."""

    model: str
    key: int
    field: str

    def __str__(self) -> str:
        return f"{self.model}:{self.key}:{self.field}"


class HandEdits:
    """The edits of one conference, and what of them this import is to release."""

    def __init__(self, conference: Conference, *, releases: Callable[[Edit], bool]) -> None:
        self.releases = releases
        self.released: set[Edit] = set()
        self.edited: set[Edit] = set()
        self.withdrawn_by_import: set[int] = set()
        """Posters that an import withdrew and nobody touched since."""
        self.deleted: dict[str, Edit] = {}
        """Posters deleted by hand, by each of their keys in the source."""
        log = Change.objects.filter(conference_id=conference.pk).filter(
            Q(source=Change.Source.ADMIN, action__in=(Change.Action.CHANGED, Change.Action.REMOVED))
            | Q(action=Change.Action.RELEASED)
            | Q(model="poster", field="status")
        )
        columns = ("model", "object_key", "field", "action", "source", "before", "after")
        for row in log.order_by("pk").values_list(*columns).iterator():
            self._take(Edit(*row[:3]), *row[3:])

    def _take(self, edit: Edit, action: str, source: str, before: Any, after: Any) -> None:
        if action == Change.Action.RELEASED:
            self.edited.discard(edit)
            self.deleted = {key: deleted for key, deleted in self.deleted.items() if deleted != edit}
        elif action == Change.Action.REMOVED:
            if edit.model == "poster":
                deleted = Edit(edit.model, edit.key, PRESENCE)
                self.deleted |= {before[name]: deleted for name in ("source_id", "source_key") if before.get(name)}
        elif source == Change.Source.ADMIN:
            self.edited.add(edit)
        if edit.model == "poster" and edit.field == "status":
            is_import = source == Change.Source.IMPORT and after == "withdrawn"
            (self.withdrawn_by_import.add if is_import else self.withdrawn_by_import.discard)(edit.key)

    def keep(self, model: str, key: int | None, field: str) -> Edit | None:
        """The edit that keeps a field as it is; None where the source decides."""
        edit = Edit(model, key or 0, field)
        if edit not in self.edited:
            return None
        if self.releases(edit):
            self.released.add(edit)
            return None
        return edit

    def keep_away(self, keys: Collection[str]) -> Edit | None:
        """The deletion that keeps a poster with one of these keys away."""
        edit = next((self.deleted[key] for key in keys if key in self.deleted), None)
        if edit and self.releases(edit):
            self.released.add(edit)
            return None
        return edit

    def assign(self, obj: models.Model, values: dict[str, Any]) -> list[FieldChange]:
        """Set what the source says and differs, but for what is kept. Returns both kinds.

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
            kept = self.keep(obj._meta.model_name or "", obj.pk, name)
            if kept is None:
                setattr(obj, name, value)
            changes.append(FieldChange(name, _printed(before), _printed(value), kept=str(kept or "")))
        return changes


def _printed(value: Any) -> str:
    return "" if value is None else value.isoformat() if isinstance(value, dt.datetime | dt.date) else str(value)
