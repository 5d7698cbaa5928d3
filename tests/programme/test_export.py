"""A programme written out and read in again is the same programme."""

import datetime as dt
import json
from io import BytesIO, StringIO, TextIOWrapper

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from openpyxl import load_workbook

from posters.models import Author, Change, Conference, Decision, FormerAuthor, Poster, Session
from posters.programme.export import public_programme, whole_programme, write_file
from posters.programme.people import merge_authors
from posters.programme.readers import programme_json, read_programme
from posters.programme.records import (
    AuthorRecord,
    FormerAuthorRecord,
    PosterRecord,
    ProgrammeRecord,
    UnreadableProgramme,
)
from posters.programme.source import Source, SourceFile
from posters.programme.upsert import upsert_programme
from tests.programme.strategies import programmes
from tests.programme.test_import_properties import TakenBack


def read_back(record: ProgrammeRecord) -> ProgrammeRecord:
    """What a reader makes of the record's file."""
    content = "".join(programme_json.write(record)).encode()
    return read_programme(Source((SourceFile("programme.json", content),)))


def read_json(content: dict[str, object]) -> ProgrammeRecord:
    text = json.dumps({"format": "boardwalk-programme", "version": 1} | content)
    return programme_json.read(Source((SourceFile("programme.json", text.encode()),)))


def exported(slug: str) -> ProgrammeRecord:
    return whole_programme(conference=Conference.objects.get(slug=slug))


def run(slug: str, name: str, **options: object) -> str:
    out = StringIO()
    call_command("export_programme", conference=slug, format=name, stdout=out, **options)
    return out.getvalue()


def run_import(path, slug: str) -> str:
    out = StringIO()
    call_command("import_programme", str(path), conference=slug, stdout=out)
    return out.getvalue()


def writes_nothing(execute, sql, *rest):
    """SQLite's UPDATE … of nothing included."""
    assert not sql.startswith(("INSERT", "UPDATE", "DELETE")), sql
    return execute(sql, *rest)


def edit_by_hand(conference: Conference) -> None:
    """What organisers do: correct a title, a name and keywords, add a poster, a decision, merge two people."""
    poster = conference.posters.order_by("number").first()
    if poster is not None:
        poster.title, poster.keywords = "Corrected", "by hand;apart ;  "
        poster.save()
    Author.objects.filter(conference=conference, slug="simic").update(name="Dana  Šimić")
    Poster.objects.create(conference=conference, number=2_000, title="By Hand")
    Decision.objects.create(conference=conference, name="Best poster", slug="best", rank=9)
    people = list(conference.authors.order_by("slug")[:2])
    if len(people) == 2:
        merge_authors(kept=people[0], others=people[1:])


@pytest.mark.django_db
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
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


@pytest.mark.django_db
@pytest.mark.parametrize(
    "name",
    [
        "iclr-2023-poster-session-4.txt",
        "virtual-site-feed/orals-posters.json",
        "openreview-v2/notes.jsonl",
        "mini-conf-iclr-2020",
        pytest.param("emnlp-2020", marks=pytest.mark.slow),
    ],
)
def test_a_real_programme_s_export_changes_nothing(shared_data, tmp_path, name) -> None:
    call_command("import_programme", str(shared_data / name), conference="real", stdout=StringIO())
    before = (Conference.objects.get().revision, Change.objects.count())
    copy = tmp_path / "programme.json"
    run("real", "json", output=copy)
    with connection.execute_wrapper(writes_nothing):
        report = run_import(copy, "real")
    assert report.endswith("Nothing has changed.\n")
    assert (Conference.objects.get().revision, Change.objects.count()) == before


def test_the_source_before_the_export_is_known_again_in_the_copy(db, tmp_path) -> None:
    """However an organiser has corrected its titles meanwhile."""
    source = ProgrammeRecord(posters=(PosterRecord("record 1", "Wlaks", (AuthorRecord("Ada"),)),))
    upsert_programme(record=source, conference_slug="first")
    Poster.objects.update(title="Walks")
    copy = tmp_path / "programme.json"
    run("first", "json", output=copy)
    for slug in ("first", "copy"):
        run_import(copy, slug)
        report = upsert_programme(record=source, conference_slug=slug)
        assert report.counts == {"changed": 1}
        assert Poster.objects.filter(conference__slug=slug).count() == 1


def test_the_command_writes_all_that_organisers_have(conference) -> None:
    Conference.objects.update(is_published=False)
    programme = json.loads(run("example-2030", "json"))
    assert programme["conference"]["name"] == "Example Conference 2030"
    assert [(poster["number"], poster["status"]) for poster in programme["posters"]] == [
        *((number, "published") for number in range(1, 5)),
        (5, "withdrawn"),
        (6, "published"),
        (7, "published"),
        (8, "draft"),
    ]
    assert {name: value for name, value in programme["posters"][2].items() if name != "source_key"} == {
        "title": "Is This a Question?",
        "authors": [
            {"name": "Bo Li", "affiliation": "Institute Two", "source_id": "person-2", "slug": "bo-li-2"},
        ],
        "decision": "Poster accept",
        "number": 3,
        "topics": ["Theory"],
        "presentations": [
            {"session": "poster-session-1", "format": "virtual", "room": "Hall A", "board": "A2", "position": 3}
        ],
        "status": "published",
    }
    assert programme["sessions"][0] == {
        "title": "Poster Session 1",
        "slug": "poster-session-1",
        "room": "Hall A",
        "starts_at": "2030-06-03T10:00:00+02:00",
        "ends_at": "2030-06-03T12:00:00+02:00",
    }


def test_a_table_has_a_row_for_each_presentation(conference, tmp_path) -> None:
    path = tmp_path / "programme.xlsx"
    run("example-2030", "xlsx", output=path)
    rows = list(load_workbook(BytesIO(path.read_bytes()), read_only=True).active.values)
    assert (rows[0][0], [row[0] for row in rows[1:]]) == ("Number", [1, 1, 2, 3, 4, 5, 6, 7, 8])
    assert run("example-2030", "csv").startswith("\ufeffNumber,Title,Authors,")


def test_without_a_file_it_prints_utf_8_whatever_the_terminal_is(conference) -> None:
    terminal = TextIOWrapper(BytesIO(), encoding="ascii")
    call_command("export_programme", conference="example-2030", format="json", stdout=terminal)
    programme = json.loads(terminal.buffer.getvalue().decode("utf-8"))
    assert programme["posters"][0]["authors"][0]["name"] == "Ada Müller"


@pytest.mark.parametrize(
    ("slug", "name", "message"),
    [
        ("nowhere", "json", "There is no conference “nowhere”: choose one of example-2030."),
        ("example-2030", "pdf", "There is no format “pdf” to export: choose one of json, csv, xlsx."),
        ("example-2030", "xlsx", "XLSX is not text to print: name a file with --output."),
    ],
)
def test_what_cannot_be_exported_is_said(conference, slug, name, message) -> None:
    with pytest.raises(CommandError) as refusal:
        run(slug, name)
    assert str(refusal.value) == message


def test_a_failure_leaves_the_old_file(conference, tmp_path) -> None:
    path = tmp_path / "programme.xlsx"
    path.write_bytes(b"old")
    Poster.objects.filter(number=2).update(abstract="x" * 40_000)
    with pytest.raises(CommandError, match="Poster 2: “Abstract” has 40,000 characters"):
        run("example-2030", "xlsx", output=path)
    with pytest.raises(ZeroDivisionError):
        write_file(path=path, content=(bytes([1 // count]) for count in (1, 0)))
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("programme.xlsx", b"old")]
    with pytest.raises(CommandError, match="cannot be written: Not a directory"):
        run("example-2030", "json", output=path / "below")


def test_a_file_keeps_its_rights_and_a_link_its_target(tmp_path) -> None:
    path, link = tmp_path / "kept.json", tmp_path / "link.json"
    path.write_bytes(b"old")
    path.chmod(0o600)
    link.symlink_to(path)
    write_file(path=link, content=[b"n", b"ew"])
    assert (path.read_bytes(), path.stat().st_mode & 0o777, link.is_symlink()) == (b"new", 0o600, True)


def test_visitors_get_neither_drafts_nor_keys_that_are_addresses(conference) -> None:
    for number in (2, 8):
        poster = Poster.objects.get(number=number)
        poster.links.create(kind="paper", url=f"https://example.org/{number}.pdf")
        poster.topics.first() or poster.topics.create(conference=conference, name="Secrets", slug="secrets")
    Author.objects.filter(name="Chidi Okafor").update(source_id="chidi@example.org")
    Poster.objects.filter(number=2).update(source_id="2@example.org")
    programme = public_programme(conference=conference)
    assert [poster.number for poster in programme.posters] == [1, 2, 3, 4, 5, 6, 7]
    assert [poster.number for poster in programme.posters if poster.status != "published"] == [5]
    assert {poster.source_key for poster in programme.posters} == {None}
    keys = {author.source_id for poster in programme.posters for author in poster.authors}
    assert (keys, programme.posters[1].source_id) == ({"", "person-2"}, "")
    text = "".join(programme_json.write(programme))
    for word in ("Secret Draft", "Gil Hidden", "8.pdf", "@example.org"):
        assert word not in text
        assert word in "".join(programme_json.write(whole_programme(conference=conference)))


@pytest.mark.parametrize("count", [10, 1_000])
def test_the_number_of_queries_is_constant(many_posters, django_assert_num_queries, count) -> None:
    conference = many_posters(count)
    with django_assert_num_queries(14):
        assert len(whole_programme(conference=conference).posters) == count


def test_all_of_an_export_is_of_one_revision(conference) -> None:
    """Although somebody writes between two of its queries."""

    def interrupt(execute, sql, *rest):
        if 'FROM "posters_presentation"' in sql and not interrupt.done:
            interrupt.done = True
            Poster.objects.filter(number=2).update(title="Moved on")
            Session.objects.filter(slug="keynote").update(title="Moved on")
        return execute(sql, *rest)

    interrupt.done = False
    with connection.execute_wrapper(interrupt):
        programme = whole_programme(conference=conference)
    assert interrupt.done
    titles = [session.title for session in programme.sessions if session.slug == "keynote"]
    assert [*titles, programme.posters[1].title] == ["Moved on", "Moved on"]


def test_a_time_in_the_hour_that_comes_twice_is_exact(conference) -> None:
    Conference.objects.update(time_zone="Europe/Vienna")
    for hour in (0, 1):
        start = dt.datetime(2030, 10, 27, hour, 30, tzinfo=dt.UTC)
        Session.objects.update(starts_at=start, ends_at=start + dt.timedelta(minutes=5))
        programme = exported("example-2030")
        assert read_back(programme) == programme
        assert programme.sessions[0].starts_at == start


@pytest.mark.parametrize(
    ("poster", "message"),
    [
        ({"title": 5}, "Record 2: “title” must be text, not a number."),
        ({}, "Record 2: “title” is missing."),
        ([], "Record 2: it must be an object, not a list."),
        ({"title": "A", "tittle": "B"}, "Record 2: “tittle” is no field of this format."),
        (
            {"title": "A", "authors": [{"name": "B"}, {"name": None}]},
            "Record 2: “authors[1].name” must be text, not nothing.",
        ),
        ({"title": "A", "authors": {"name": "B"}}, "Record 2: “authors” must be a list, not an object."),
        ({"title": "A\0"}, "Record 2: “title” holds U+0000, which no database keeps."),
        ({"title": "A\ud800"}, "Record 2: “title” holds U+D800, which no database keeps."),
        ({"title": "A", "number": 2**31}, "Record 2: “number” must be from 0 to 2147483647."),
        ({"title": "A", "number": True}, "Record 2: “number” must be a whole number, not true or false."),
    ],
)
def test_the_reader_names_the_record_and_the_field(poster, message) -> None:
    with pytest.raises(UnreadableProgramme) as refusal:
        read_json({"posters": [{"title": "First"}, poster]})
    assert str(refusal.value) == message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"sessions": [{"title": "A", "starts_at": "soon"}]}, "“sessions[0].starts_at” must be a time such as "),
        (
            {"sessions": [{"title": "A", "starts_at": "2030-06-03T09:00"}]},
            "“sessions[0].starts_at” must have an offset from UTC: “2030-06-03T09:00” has none.",
        ),
        (
            {"sessions": [{"title": "A", "ends_at": "0001-01-01T00:00+02:00"}]},
            "“sessions[0].ends_at” lies outside all calendars here: “0001-01-01T00:00+02:00”.",
        ),
        (
            {"conference": {"starts_on": "soon"}},
            "“conference.starts_on” must be a date such as 2030-06-03, not “soon”.",
        ),
        ({"boards": [{"room": "A", "label": "1", "x_metres": 1e999}]}, "“boards[0].x_metres” is no length in metres."),
        ({"posters": {}}, "“posters” must be a list, not an object."),
        ({"version": 2}, "“version” must be 1."),
        ({"format": "other"}, "not an object with “format”: “boardwalk-programme”."),
    ],
)
def test_the_reader_names_other_fields_with_the_file(content, message) -> None:
    with pytest.raises(UnreadableProgramme) as refusal:
        read_json(content)
    assert str(refusal.value).startswith("programme.json")
    assert message in str(refusal.value)


def test_old_addresses_lead_on_in_the_copy_and_are_not_public(conference, client, tmp_path) -> None:
    kept, other = conference.authors.filter(name="Bo Li").order_by("pk")
    merge_authors(kept=kept, others=[other])
    copy = tmp_path / "programme.json"
    run("example-2030", "json", output=copy)
    run_import(copy, "copy")
    answer = client.get(f"/copy/authors/{other.slug}/")
    assert (answer.status_code, answer["Location"]) == (301, f"/copy/authors/{kept.slug}/")
    assert public_programme(conference=conference).former_authors == ()
    with connection.execute_wrapper(writes_nothing):
        assert run_import(copy, "copy").endswith("Nothing has changed.\n")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("former", "why"),
    [
        (FormerAuthorRecord("nobody", "Ada", "ada-2"), "nobody here has its author’s"),
        (FormerAuthorRecord("ada", "Bo", "bo"), "somebody else has it"),
        (FormerAuthorRecord("ada", "Ada", "a" * 121), "its slug has 121 characters, 120 are possible"),
        (FormerAuthorRecord("ada", "Ada", "a/b"), "it is no part of an address"),
    ],
)
def test_an_old_address_that_cannot_be_kept_is_told(former: FormerAuthorRecord, why: str) -> None:
    authors = (AuthorRecord("Ada", slug="ada"), AuthorRecord("Bo", slug="bo"))
    posters = (PosterRecord("record 1", "Walks", authors),)
    report = upsert_programme(
        record=ProgrammeRecord(posters=posters, former_authors=(former,)), conference_slug="example-2030"
    )
    told = f"The old address “{former.slug[:60]}” of {former.name} was left out: {why}."
    assert [remark for remark in report.remarks if "old address" in remark] == [told]
    assert not FormerAuthor.objects.exists()
