"""What an import did, in words and as data: every record accounted for."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from itertools import chain, groupby
from typing import Any

from posters.programme.records import ColumnRecord
from posters.programme.spool import Spool

_numbered = re.compile(r"(?P<kind>.*\D)(?P<number>\d+)")


class Result(StrEnum):
    """What became of one record."""

    ADDED = "added"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    JOINED = "joined"
    """To another record of the source, with which it makes one poster."""
    LEFT_OUT = "left out"
    REFUSED = "refused"
    MISSING = "missing"
    """From the source: the poster is here and stays."""
    WITHDRAWN = "withdrawn"


OF_RECORDS = (Result.ADDED, Result.CHANGED, Result.UNCHANGED, Result.JOINED, Result.LEFT_OUT, Result.REFUSED)
"""What can become of a record that was read."""


NAMESAKES_TOLD = FRAME_TOLD = 10
"""In words; the JSON report has all."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field, old → new. A kept one was edited here and stays; `after` is what the source says.

    `kept` names the edit that keeps it: that is what can be released.
    """

    field: str
    before: str
    after: str
    kept: str = ""


@dataclass(frozen=True, slots=True)
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
    outcomes: Spool[Outcome] = field(default_factory=Spool)
    """Of the records, in the source's order; added by `tell`."""
    counts: Counter[str] = field(default_factory=Counter)
    """How many of the source's records came to what. Their sum is the number of records read."""
    frame: list[Outcome] = field(default_factory=list)
    """The conference, its sessions and what else comes besides the posters' records."""
    missing: list[Outcome] = field(default_factory=list)
    """Posters here that the source no longer has."""
    columns: tuple[ColumnRecord, ...] = ()
    """How a table was read."""
    revision: int = 0
    """The conference's revision that the source was compared with; 0 for a new conference."""
    totals: dict[str, int] = field(default_factory=dict)
    """What was read: records, posters, sessions, authorships, authors, then each decision and format."""
    namesakes: dict[str, list[str]] = field(default_factory=dict)
    """Names that may be several people's, with the places where they stand."""
    remarks: list[str] = field(default_factory=list)

    def tell(self, outcome: Outcome) -> None:
        """Account for one more of the source's records."""
        self.outcomes.append(outcome)
        self.counts[outcome.result.value] += 1

    @property
    def counts_missing(self) -> Counter[str]:
        """How many of the posters that the source lacks stay, and how many are withdrawn."""
        return Counter(outcome.result.value for outcome in self.missing)

    @property
    def told(self) -> list[Result]:
        """The results to name in a summary: the rare ones only where they occur."""
        usual = (Result.ADDED, Result.CHANGED, Result.UNCHANGED, Result.REFUSED)
        return [result for result in OF_RECORDS if result in usual or self.counts[result.value]]

    @property
    def has_written(self) -> bool:
        """Whether the programme is another than before."""
        written = (Result.ADDED, Result.CHANGED, Result.WITHDRAWN)
        is_beside = any(outcome.result in written for outcome in (*self.frame, *self.missing))
        return is_beside or any(self.counts[result.value] for result in written)

    def as_json(self) -> dict[str, Any]:
        """The report for other programs."""
        return {
            "conference": self.conference,
            "dry_run": self.is_dry_run,
            "totals": self.totals,
            "counts": {result.name.lower(): self.counts[result.value] for result in OF_RECORDS},
            "columns": [asdict(column) for column in self.columns],
            "frame": [_as_json(outcome) for outcome in self.frame],
            "posters": [_as_json(outcome) for outcome in self.outcomes],
            "missing": [_as_json(outcome) for outcome in self.missing],
            "namesakes": self.namesakes,
            "remarks": self.remarks,
        }

    def lines(self) -> Iterator[str]:
        """The report in words."""
        if self.columns:
            yield "Columns: " + "; ".join(f"“{c.header}” as {c.field or 'nothing'}" for c in self.columns) + "."
        yield "Read: " + ", ".join(f"{count} {name}" for name, count in self.totals.items()) + "."
        aside: dict[Result, dict[str, list[str]]] = {Result.JOINED: {}, Result.LEFT_OUT: {}}
        for outcome in chain(self.frame, self.outcomes):
            if outcome.result in aside:
                aside[outcome.result].setdefault(outcome.reason, []).append(outcome.place)
            if outcome.result is Result.REFUSED:
                yield f"Refused, {outcome.place}: “{outcome.name}”: {outcome.reason}"
            elif outcome.result is Result.CHANGED or any(change.kept for change in outcome.changes):
                yield f"{outcome.result.capitalize()}, {outcome.place}: “{outcome.name}”"
                yield from (_in_words(change) for change in outcome.changes)
        yield from (f"{outcome.result.capitalize()}: {outcome.place} “{outcome.name}”" for outcome in self.missing)
        for result, reasons in aside.items():
            for reason, places in reasons.items():
                yield f"{result.capitalize()}, {joined_places(places)}: {reason}"
        yield from (f"Look at {remark}" for remark in self.remarks)
        if self.namesakes:
            shown = [f"{name} ({joined_places(at)})" for name, at in list(self.namesakes.items())[:NAMESAKES_TOLD]]
            more = len(self.namesakes) - len(shown)
            yield (
                "Look at names that stand on several posters with neither a co-author nor an affiliation in common, "
                f"perhaps several people: {'; '.join(shown)}{f'; and {more} more' if more else ''}."
            )
        added = [f"{o.place} “{o.name}”" for o in self.frame if o.result is Result.ADDED]
        if added:
            more = len(added) - FRAME_TOLD
            yield f"Added: {', '.join(added[:FRAME_TOLD])}{f' and {more} more' if more > 0 else ''}."
        summary = ", ".join(f"{self.counts[result.value]} {result.value}" for result in self.told)
        yield f"Posters: {summary}."
        if self.counts_missing[Result.MISSING]:
            yield (
                f"{self.counts_missing[Result.MISSING]} posters are gone from the source and stay here as they are; "
                "--withdraw-missing marks them withdrawn."
            )
        if not self.has_written:
            yield "Nothing has changed."
        if self.is_dry_run:
            yield "This was a dry run: nothing was written."


def joined_places(places: Iterable[str]) -> str:
    """“records 1–4 and 9”, where all are of one kind and numbered."""
    unique = list(dict.fromkeys(places))
    matches = [match for place in unique if (match := _numbered.fullmatch(place))]
    kinds = {match["kind"] for match in matches}
    if len(unique) == 1 or len(matches) < len(unique) or len(kinds) > 1:
        return "; ".join(unique)
    numbers = sorted(int(match["number"]) for match in matches)
    runs = []
    for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        members = [number for _, number in run]
        runs.append(str(members[0]) if len(members) == 1 else f"{members[0]}–{members[-1]}")
    return f"{kinds.pop().rstrip()}s {_listed(runs)}"


def _listed(items: Iterable[str]) -> str:
    """“a, b and c”."""
    *most, last = items
    return f"{', '.join(most)} and {last}" if most else last


def _in_words(change: FieldChange) -> str:
    before, after = _short(change.before), _short(change.after)
    if change.kept:
        return f"    {change.field}: kept “{before}”, edited here; the source says “{after}”"
    return f"    {change.field}: “{before}” → “{after}”"


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:79] + "…"


def _as_json(outcome: Outcome) -> dict[str, Any]:
    return {
        "place": outcome.place,
        "name": outcome.name,
        "result": outcome.result.name.lower(),
        "reason": outcome.reason,
        "changes": [{"field": c.field, "before": c.before, "after": c.after, "kept": c.kept} for c in outcome.changes],
    }
