"""Session times as sources give them: with an offset, without one, and when the clocks change."""

import datetime as dt

import pytest

from posters.models import Presentation, Session
from posters.programme.records import (
    AuthorRecord,
    ConferenceRecord,
    PosterRecord,
    PresentationRecord,
    ProgrammeRecord,
    SessionRecord,
)
from posters.programme.report import ImportReport
from posters.programme.session_options import SessionOptions
from posters.programme.upsert import ImportOptions, upsert_programme

pytestmark = pytest.mark.django_db


def imported(
    starts_at: str, ends_at: str, *, zone: str = "Europe/Vienna", presenter: tuple[str, str] | None = None
) -> ImportReport:
    times = [dt.datetime.fromisoformat(text) for text in presenter] if presenter else [None, None]
    record = ProgrammeRecord(
        conference=ConferenceRecord(name="Times 2031", time_zone=zone),
        sessions=(
            SessionRecord(
                "Posters",
                "posters",
                starts_at=dt.datetime.fromisoformat(starts_at),
                ends_at=dt.datetime.fromisoformat(ends_at),
            ),
        ),
        posters=(
            PosterRecord(
                "record 1",
                "On Time",
                (AuthorRecord("Ada"),),
                presentations=(
                    PresentationRecord("posters", presenter_starts_at=times[0], presenter_ends_at=times[1]),
                ),
            ),
        ),
    )
    return upsert_programme(record=record, conference_slug="times-2031")


def utc(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%H:%M")


def test_times_without_an_offset_are_the_conference_s_and_said_to_be() -> None:
    report = imported("2031-05-02T16:30", "2031-05-02T18:30", presenter=("2031-05-02T17:00", "2031-05-02T18:00"))
    session, shown = Session.objects.get(), Presentation.objects.get()
    assert (utc(session.starts_at), utc(session.ends_at)) == ("14:30", "16:30")
    assert (utc(shown.presenter_starts_at), utc(shown.presenter_ends_at)) == ("15:00", "16:00")
    assert report.remarks == [
        "sessions without an offset from UTC, taken as in the conference's zone, Europe/Vienna: “Posters”. "
        "If that is not their zone, say which: --time-zone, or the conference's page in the admin."
    ]


def test_times_with_an_offset_keep_it_and_are_not_remarked() -> None:
    report = imported("2031-05-02T16:30+05:30", "2031-05-02T18:30+05:30")
    assert utc(Session.objects.get().starts_at) == "11:00"
    assert report.remarks == []


@pytest.mark.parametrize(
    ("starts_at", "ends_at", "remark"),
    [
        ("2031-10-26T02:30", "2031-10-26T05:00", "2031-10-26 02:30"),  # there twice
        ("2031-03-30T02:30", "2031-03-30T05:00", "2031-03-30 02:30"),  # never there
    ],
)
def test_a_time_at_which_the_clocks_change_is_named(starts_at: str, ends_at: str, remark: str) -> None:
    report = imported(starts_at, ends_at)
    assert len(report.remarks) == 2
    assert f"the clocks change at {remark} in Europe/Vienna" in report.remarks[1]


def test_a_session_across_the_change_of_clocks_is_as_long_as_it_is() -> None:
    imported("2031-10-25T22:00", "2031-10-26T06:00")
    session = Session.objects.get()
    assert session.ends_at - session.starts_at == dt.timedelta(hours=9)


def test_the_second_import_of_naive_times_changes_nothing() -> None:
    imported("2031-05-02T16:30", "2031-05-02T18:30")
    assert not imported("2031-05-02T16:30", "2031-05-02T18:30").has_written


def test_a_time_said_by_the_importing_person_is_not_remarked() -> None:
    record = ProgrammeRecord(
        conference=ConferenceRecord(time_zone="Asia/Kathmandu"), sessions=(SessionRecord("Posters", "posters"),)
    )
    options = ImportOptions(
        session=SessionOptions("evening", dt.datetime(2031, 5, 2, 18), dt.datetime(2031, 5, 2, 20))  # noqa: DTZ001
    )
    report = upsert_programme(record=record, conference_slug="times-2031", options=options)
    session = Session.objects.get()
    assert (session.slug, utc(session.starts_at)) == ("evening", "12:15")
    assert report.remarks == []
