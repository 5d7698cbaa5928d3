"""Records that cannot be written are refused one by one, with a reason; the rest is imported."""

import pytest

from posters.models import Author, Poster
from posters.programme.records import AuthorRecord, PosterRecord, ProgrammeRecord
from posters.programme.report import ImportReport, Result
from posters.programme.upsert import upsert_programme

pytestmark = pytest.mark.django_db


def imported(*posters: PosterRecord) -> ImportReport:
    return upsert_programme(record=ProgrammeRecord(posters=posters), conference_slug="refusals")


def test_a_person_listed_twice_on_one_poster_is_refused() -> None:
    ada = AuthorRecord("Ada Müller", source_id="person-1")
    report = imported(
        PosterRecord("record 1", "Twice", (ada, ada)),
        PosterRecord("record 2", "Once", (ada,)),
    )
    assert [(outcome.result, outcome.reason) for outcome in report.outcomes] == [
        (Result.REFUSED, "it lists the person “person-1” twice"),
        (Result.ADDED, ""),
    ]
    assert list(Poster.objects.values_list("title", flat=True)) == ["Once"]


def test_two_persons_of_one_name_on_one_poster_are_two_authors() -> None:
    imported(PosterRecord("record 1", "Namesakes", (AuthorRecord("Wei Li"), AuthorRecord("Wei Li"))))
    assert Author.objects.filter(name="Wei Li").count() == 2


@pytest.mark.parametrize("run", ["first", "again"])
def test_of_two_records_with_one_key_the_second_is_refused(run: str) -> None:
    records = (
        PosterRecord("record 1", "First", (AuthorRecord("Ada Müller"),), source_id="key-1"),
        PosterRecord("record 2", "Second", (AuthorRecord("Bo Li"),), source_id="key-1"),
    )
    if run == "again":
        imported(*records)
    report = imported(*records)
    assert (report.outcomes[1].result, report.outcomes[1].reason) == (
        Result.REFUSED,
        "record 1 has the same key, “key-1”",
    )
    assert list(Poster.objects.values_list("title", flat=True)) == ["First"]
