"""What a check gives: plain data, which a command prints and the admin shows."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.db.models import TextChoices
from django.urls import reverse

from posters.models import Conference
from posters.models.base import ProgrammeModel


class Severity(TextChoices):
    """How much it matters, the gravest first."""

    BLOCKS = "blocks", "Blocks publishing"
    WARNS = "warns", "Should be put right"
    HINT = "hint", "Worth a look"


@dataclass(frozen=True, slots=True)
class Fix:
    """Where an organiser puts it right: a page of the admin by its name, with its arguments and filters."""

    page: str
    args: tuple[int, ...] = ()
    query: dict[str, str | list[int]] = field(default_factory=dict)
    permissions: tuple[str, ...] = ()
    """What one must be allowed to open it."""

    @property
    def address(self) -> str:
        """The page's address within the site."""
        address = reverse(self.page, args=self.args)
        return f"{address}?{urlencode(self.query, doseq=True, safe=',')}" if self.query else address


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at: in words, and which rows of which model it is about."""

    severity: Severity
    message: str
    model: str
    keys: tuple[int, ...]
    fix: Fix

    def as_json(self) -> dict[str, Any]:
        """As `check_programme --json` prints it."""
        return {
            "severity": self.severity.value,
            "message": self.message,
            "subject": {"model": self.model, "keys": list(self.keys)},
            "fix": self.fix.address,
        }


@dataclass(frozen=True)
class Check:
    """One rule: its key in addresses, its words, the models it can find fault with, and the function that looks."""

    key: str
    label: str
    models: tuple[str, ...]
    find: Callable[[Conference], Iterable[Finding]]


@dataclass(frozen=True)
class Result:
    """What one check found, in one run."""

    check: Check
    findings: tuple[Finding, ...]

    @property
    def severity(self) -> Severity:
        """The gravest of its findings’."""
        found = {finding.severity for finding in self.findings}
        return next(severity for severity in Severity if severity in found)


def form_of(model: type[ProgrammeModel], key: int) -> Fix:
    """The form of one row."""
    return Fix(f"admin:posters_{model._meta.model_name}_change", (key,))


def merge_of(kept: int, others: Iterable[int]) -> Fix:
    """The page that merges these authors into one, them chosen already."""
    permissions = ("posters.change_author", "posters.delete_author")
    return Fix("admin:posters_author_merge", (kept,), {"other": [*others]}, permissions)


def side_by_side(keys: Iterable[int]) -> Fix:
    """The page that shows these posters beside each other."""
    return Fix("admin:posters_poster_side_by_side", query={"posters": ",".join(map(str, keys))})


def list_of(model: type[ProgrammeModel], conference: Conference, keys: Iterable[int]) -> Fix:
    """The list of these rows."""
    query: dict[str, str | list[int]] = {"conference": conference.slug, "id__in": ",".join(map(str, keys))}
    return Fix(f"admin:posters_{model._meta.model_name}_changelist", query=query)
