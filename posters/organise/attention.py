"""What the checks find, remembered for as long as the programme stays as it is."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.core.cache import cache
from django.db import connection
from django.db.models.expressions import RawSQL
from django.urls import reverse
from django.utils.http import urlencode

from posters.browse.programme_page import KEPT_SECONDS, release
from posters.models import Conference
from posters.programme.checks import CHECKS, Check, Finding, Result, Severity

KEYS_IN_JSON = {
    "sqlite": "SELECT value FROM json_each(%s)",
    "postgresql": "SELECT value::bigint FROM json_array_elements_text(%s::json)",
}
AT_ONCE = 1_000
"""Posters up to which everything is looked for when it is asked for: of more it takes a second."""
SHOWN_FIRST = 5
"""Findings of a check that the conference's home tells in words."""


@dataclass(frozen=True)
class Found:
    """What one check found: how much, in which rows, and the first findings in words."""

    key: str
    severity: Severity
    finding_count: int
    rows: dict[str, tuple[int, ...]]
    """Keys of the rows it is about, by model, each once."""
    first: tuple[Finding, ...]


def found_by(checks: Sequence[Check], conference: Conference) -> list[Found]:
    """What these checks find in the conference as of its revision; those left out that find nothing."""
    names = _names(checks, conference)
    kept = cache.get_many(names.values())
    new = {names[check.key]: _found(check, conference) for check in checks if names[check.key] not in kept}
    cache.set_many(new, KEPT_SECONDS)
    known = kept | new
    return [known[name] for name in names.values() if known[name].finding_count]


def are_at_hand(conference: Conference) -> bool:
    """Whether a page need not wait for what the checks find: it is known, or the edition is small."""
    names = _names(CHECKS, conference)
    return len(cache.get_many(names.values())) == len(names) or is_small(conference)


def is_small(conference: Conference) -> bool:
    """Whether to look at all of an edition takes no time that anybody notices."""
    return conference.posters.count() <= AT_ONCE


def _names(checks: Sequence[Check], conference: Conference) -> dict[str, str]:
    """Under what is kept what each check found, by its key."""
    state = f"{conference.pk}:{conference.revision}:{release()}"
    return {check.key: f"found:{check.key}:{state}" for check in checks}


def _found(check: Check, conference: Conference) -> Found:
    result = Result(check, tuple(check.find(conference)))
    rows: dict[str, dict[int, None]] = {}
    for finding in result.findings:
        if finding.keys:
            rows.setdefault(finding.model, {}).update(dict.fromkeys(finding.keys))
    return Found(
        check.key,
        result.severity if result.findings else Severity.HINT,
        len(result.findings),
        {model: tuple(keys) for model, keys in rows.items()},
        result.findings[:SHOWN_FIRST],
    )


def rows_found(*, check_key: str, model: str, conference: Conference) -> RawSQL | None:
    """The keys of the rows of a model that a check finds fault with, to filter by; None for no such check.

    They travel as one value: 10,000 would be more variables than some databases take.
    """
    checks = checks_of(model, check_key)
    if not checks:
        return None
    keys = [key for found in found_by(checks, conference) for key in found.rows.get(model, ())]
    return RawSQL(KEYS_IN_JSON[connection.vendor], [json.dumps(keys)])  # noqa: S611 - nothing of the request is in it


def checks_of(model: str, *keys: str) -> list[Check]:
    """The checks that find fault with rows of a model: all, or those named."""
    return [check for check in CHECKS if model in check.models and (not keys or check.key in keys)]


@dataclass(frozen=True)
class Concern:
    """A line of the conference's home: a check's words, its figures with the lists they count, its first findings."""

    label: str
    severity: Severity
    figures: tuple[tuple[str, str], ...]
    """“3 posters” and the address of their list."""
    finding_count: int
    first: tuple[tuple[str, str], ...]
    """In words, each with where it is put right; empty for who may not do that."""

    @property
    def untold_count(self) -> int:
        """Findings that are only in the list."""
        return self.finding_count - len(self.first)


def concerns(conference: Conference, *, may: Callable[[Iterable[str]], bool]) -> list[Concern]:
    """All that needs attention, the gravest first. `may` says who has permissions."""
    labels = {check.key: check.label for check in CHECKS}
    order = list(Severity)
    found = sorted(found_by(CHECKS, conference), key=lambda found: order.index(found.severity))
    return [
        Concern(
            labels[one.key],
            one.severity,
            tuple(_figures(one, conference)),
            one.finding_count,
            tuple(
                (finding.message, finding.fix.address if may(finding.fix.permissions) else "") for finding in one.first
            ),
        )
        for one in found
    ]


def _figures(found: Found, conference: Conference) -> Iterable[tuple[str, str]]:
    for model, keys in found.rows.items():
        text = f"{len(keys):,} {model}" if len(keys) == 1 else f"{len(keys):,} {model}s"
        if model == "conference":
            yield "the conference itself", reverse("admin:posters_conference_change", args=[conference.pk])
        else:
            query = urlencode({"conference": conference.slug, "needs": found.key})
            yield text, f"{reverse(f'admin:posters_{model}_changelist')}?{query}"
