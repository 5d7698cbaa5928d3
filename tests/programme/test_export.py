"""A programme written out and read in again is the same programme."""

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings

from posters.models import Author, Change, Conference, Decision, Poster
from posters.programme.export import whole_programme
from posters.programme.readers import programme_json, read_programme
from posters.programme.records import ProgrammeRecord
from posters.programme.source import Source, SourceFile
from posters.programme.upsert import upsert_programme
from tests.programme.strategies import programmes
from tests.programme.test_import_properties import TakenBack


def read_back(record: ProgrammeRecord) -> ProgrammeRecord:
    """What a reader makes of the record's file."""
    content = "".join(programme_json.write(record)).encode()
    return read_programme(Source((SourceFile("programme.json", content),)))


def exported(slug: str) -> ProgrammeRecord:
    return whole_programme(conference=Conference.objects.get(slug=slug))


def writes_nothing(execute, sql, *rest):
    """SQLite's UPDATE … of nothing included."""
    assert not sql.startswith(("INSERT", "UPDATE", "DELETE")), sql
    return execute(sql, *rest)


def edit_by_hand(conference: Conference) -> None:
    """What organisers do: correct a title, a name and keywords, add a poster, a decision."""
    poster = conference.posters.order_by("number").first()
    if poster is not None:
        poster.title, poster.keywords = "Corrected", "by hand;apart ;  "
        poster.save()
    Author.objects.filter(conference=conference, slug="simic").update(name="Dana  Šimić")
    Poster.objects.create(conference=conference, number=2_000, title="By Hand")
    Decision.objects.create(conference=conference, name="Best poster", slug="best", rank=9)


@pytest.mark.django_db
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(record=programmes())
def test_what_is_exported_imports_as_the_same(record: ProgrammeRecord) -> None:
    try:
        with transaction.atomic():
            upsert_programme(record=record, conference_slug="example-2030")
            edit_by_hand(Conference.objects.get())
            programme = exported("example-2030")
            assert read_back(programme) == programme
            before = (Conference.objects.get().revision, Change.objects.count())
            with connection.execute_wrapper(writes_nothing):
                report = upsert_programme(record=read_back(programme), conference_slug="example-2030")
            assert not report.has_written
            assert (Conference.objects.get().revision, Change.objects.count()) == before
            upsert_programme(record=read_back(programme), conference_slug="copy")
            assert exported("copy") == programme
            raise TakenBack
    except TakenBack:
        pass
