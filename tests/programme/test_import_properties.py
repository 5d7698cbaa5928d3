"""Whatever two programmes say one after the other: the second run of the second writes nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posters.models import Change, Conference, Presentation
from posters.programme.records import ProgrammeRecord
from posters.programme.report import ImportReport
from posters.programme.upsert import ImportOptions, upsert_programme
from tests.programme.strategies import programmes


def imported(record: ProgrammeRecord, *, is_dry_run: bool = False, withdraw: bool = False) -> ImportReport:
    options = ImportOptions(withdraw_missing=withdraw)
    return upsert_programme(record=record, conference_slug="example-2030", options=options, is_dry_run=is_dry_run)


def told(report: ImportReport) -> dict[str, object]:
    """What a report says, but for whether it was a preview."""
    return report.as_json() | {"dry_run": None}


def only_reads(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
    """Checking a constraint takes a savepoint inside a transaction, which this test runs in."""
    assert sql.startswith(("SELECT", "SAVEPOINT", "RELEASE")), sql
    return execute(sql, *rest)


class TakenBack(Exception):
    """Ends a transaction."""


@pytest.mark.django_db
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=programmes(), second=programmes(), withdraw=st.booleans())
def test_a_preview_tells_what_the_import_does_and_a_second_run_does_nothing(
    first: ProgrammeRecord, second: ProgrammeRecord, withdraw: bool
) -> None:
    try:
        with transaction.atomic():
            imported(first)
            with connection.execute_wrapper(only_reads):
                preview = imported(second, is_dry_run=True, withdraw=withdraw)
            report = imported(second, withdraw=withdraw)
            assert told(preview) == told(report)
            assert len(report.outcomes) == report.totals["records"] == len(second.posters)
            hanging = [shown for shown in Presentation.objects.values_list("session", "board") if shown[1]]
            assert len(hanging) == len(set(hanging))
            revision, entries = Conference.objects.get().revision, Change.objects.count()
            again = imported(second, withdraw=withdraw)
            assert not again.has_written, list(again.lines())
            assert (Conference.objects.get().revision, Change.objects.count()) == (revision, entries)
            raise TakenBack
    except TakenBack:
        pass
