"""What an import did, in words and as data: every record accounted for."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Result(StrEnum):
    """What became of one record."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(frozen=True)
class FieldChange:
    """One field, old → new. A kept one was edited here and stays; `after` is what the source says."""

    field: str
    before: str
    after: str
    is_kept: bool = False


@dataclass(frozen=True)
class Outcome:
    """One record: where it stands in the source, what it is called, what became of it."""

    place: str
    name: str
    result: Result
    reason: str = ""
    changes: tuple[FieldChange, ...] = ()


@dataclass
class ImportReport:
    """Every poster record with its outcome, what else was written, and what a person should look at."""

    conference: str
    is_dry_run: bool = False
    outcomes: list[Outcome] = field(default_factory=list)
    frame: list[Outcome] = field(default_factory=list)
    """The conference and its sessions, whose records come besides the posters'."""
    totals: dict[str, int] = field(default_factory=dict)
    """What was read: posters, sessions, authorships, authors, then each decision and format."""
    remarks: list[str] = field(default_factory=list)

    @property
    def counts(self) -> Counter[str]:
        """How many poster records were added, changed, left unchanged, refused."""
        return Counter(outcome.result.value for outcome in self.outcomes)

    @property
    def has_written(self) -> bool:
        """Whether the programme is another than before."""
        return any(o.result in (Result.ADDED, Result.CHANGED) for o in (*self.frame, *self.outcomes))

    def as_json(self) -> dict[str, Any]:
        """The report for other programs."""
        return {
            "conference": self.conference,
            "dry_run": self.is_dry_run,
            "totals": self.totals,
            "counts": {result.value: self.counts[result.value] for result in Result},
            "frame": [_as_json(outcome) for outcome in self.frame],
            "posters": [_as_json(outcome) for outcome in self.outcomes],
            "remarks": self.remarks,
        }

    def lines(self) -> Iterator[str]:
        """The report in words."""
        yield "Read: " + ", ".join(f"{count} {name}" for name, count in self.totals.items()) + "."
        for outcome in (*self.frame, *self.outcomes):
            if outcome.result is Result.REFUSED:
                yield f"Refused, {outcome.place}: “{outcome.name}”: {outcome.reason}"
            elif outcome.result is Result.CHANGED or any(change.is_kept for change in outcome.changes):
                yield f"{outcome.result.capitalize()}, {outcome.place}: “{outcome.name}”"
                yield from (_in_words(change) for change in outcome.changes)
        yield from (f"Look at {remark}" for remark in self.remarks)
        frame = [f"{o.place} “{o.name}”" for o in self.frame if o.result is Result.ADDED]
        if frame:
            yield f"Added: {', '.join(frame)}."
        summary = ", ".join(f"{self.counts[result.value]} {result.value}" for result in Result)
        yield f"Posters: {summary}."
        if not self.has_written:
            yield "Nothing has changed."
        if self.is_dry_run:
            yield "This was a dry run: nothing was written."


def _in_words(change: FieldChange) -> str:
    before, after = _short(change.before), _short(change.after)
    if change.is_kept:
        return f"    {change.field}: kept “{before}”, edited here; the source says “{after}”"
    return f"    {change.field}: “{before}” → “{after}”"


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"


def _as_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "place": outcome.place,
        "name": outcome.name,
        "result": outcome.result.value,
        "reason": outcome.reason,
        "changes": [
            {"field": c.field, "before": c.before, "after": c.after, "kept": c.is_kept} for c in outcome.changes
        ],
    }
