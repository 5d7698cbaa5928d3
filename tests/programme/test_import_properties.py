"""Whatever two programmes say one after the other: the second run of the second writes nothing."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posters.models import Change, Conference, Presentation
from posters.programme.records import (
    AuthorRecord,
    LinkRecord,
    PosterRecord,
    PresentationRecord,
    ProgrammeRecord,
    SessionRecord,
    TopicRecord,
)
from posters.programme.report import ImportReport
from posters.programme.upsert import ImportOptions, upsert_programme

# Small pools, so that records meet: one title, one board, one name twice.
TITLES = ["", "Walks", "walks ", "$\\ell_2$ Walks", "Talks", "博弈"]
NAMES = ["Ada Müller", "Wei Li", "Bo  Li", "Šimić"]
SESSIONS = [
    SessionRecord("Posters 1", "posters-1", room="Hall"),
    SessionRecord(
        "Posters 2",
        "posters-2",
        starts_at=dt.datetime(2030, 6, 3, 9, tzinfo=dt.UTC),
        ends_at=dt.datetime(2030, 6, 3, 11, tzinfo=dt.UTC),
    ),
    SessionRecord("口头报告", kind="oral"),
]
PEOPLE = [
    AuthorRecord("Ada Müller", slug="ada-muller", source_id="p1"),
    AuthorRecord("Wei Li", slug="wei-li", source_id="p2"),
    AuthorRecord("Wei Li", slug="wei-li-2", source_id="p3"),
    AuthorRecord("Bo  Li", slug="bo-li"),
    AuthorRecord("Šimić", slug="simic", source_id="p5"),
]
SOURCES = [("name",), ("name", "source_id"), ("name", "slug"), ("name", "slug", "source_id")]
"""What a source may tell of people: our own export all of it, a page their names alone."""
links = st.builds(
    LinkRecord,
    kind=st.sampled_from(["paper", "video", "nonsense"]),
    url=st.sampled_from(["https://example.org/1", "https://example.org/2", "javascript:x"]),
    label=st.sampled_from(["", "PDF"]),
)
presentations = st.builds(
    PresentationRecord,
    session=st.sampled_from(["posters-1", "posters-2", "口头报告", "nowhere"]),
    format=st.sampled_from(["in-person", "virtual"]),
    room=st.sampled_from(["", "Hall", "Annex"]),
    board=st.sampled_from(["", "1", "2", "10"]),
)
posters = st.builds(
    PosterRecord,
    place=st.just("record"),
    title=st.sampled_from(TITLES),
    authors=st.lists(
        st.builds(
            replace,
            st.sampled_from(PEOPLE),
            affiliation=st.sampled_from(["", "Example"]),
            is_presenter=st.booleans(),
        ),
        max_size=3,
    ).map(tuple),
    abstract=st.sampled_from(["", "One.", "Two."]),
    decision=st.sampled_from(["", "Poster accept", "Top 5%"]),
    source_id=st.sampled_from(["", "", "a", "b", "c"]),
    number=st.sampled_from([None, None, 1, 2, 2**40]),
    topics=st.lists(st.sampled_from(["C", "C++", "机器学习", "Theory"]), max_size=2, unique=True).map(tuple),
    links=st.lists(links, max_size=2).map(tuple),
    presentations=st.lists(presentations, max_size=2).map(tuple),
    status=st.sampled_from(["", "", "withdrawn", "draft"]),
)


@st.composite
def programmes(draw: st.DrawFn) -> ProgrammeRecord:
    return ProgrammeRecord(
        decisions=("Poster accept", "Top 5%"),
        topics=draw(st.sampled_from([(), (TopicRecord("C++", "C"), TopicRecord("Theory"))])),
        rooms=draw(st.sampled_from([(), ("Foyer",)])),
        sessions=tuple(draw(st.lists(st.sampled_from(SESSIONS), max_size=3, unique=True))),
        posters=tuple(told_by(draw(st.sampled_from(SOURCES)), draw(st.lists(posters, max_size=5)))),
    )


def told_by(facts: tuple[str, ...], records: list[PosterRecord]) -> Iterator[PosterRecord]:
    """The posters with what their source tells of people."""
    silent = {name: "" for name in ("slug", "source_id") if name not in facts}
    for record in records:
        yield replace(record, authors=tuple(replace(author, **silent) for author in record.authors))


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
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
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
