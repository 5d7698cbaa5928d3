"""The organiser with a broken file, and the attacker: a clear sentence, nothing written."""

import csv
import json
import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from posters.models import Author, Conference
from posters.programme.readers import READERS, read_programme
from posters.programme.records import AuthorRecord, PosterRecord, ProgrammeRecord
from posters.programme.report import Result
from posters.programme.source import LARGEST_FILE, Source, SourceFile
from posters.programme.upsert import upsert_programme

pytestmark = pytest.mark.django_db

NOTE = json.dumps({"id": "n1", "invitations": ["x"], "content": {"title": {"value": "A Title"}}})
FEED = json.dumps({"count": 1, "results": [{"id": 1, "name": "A Title", "event_type": "Poster"}]})
OWN = json.dumps({"format": "boardwalk-programme", "version": 1, "posters": [{"title": "A Title"}]})
SCHEDULE = json.dumps({"schedule": {"version": "1", "conference": {"title": "Example", "days": []}}})
PAGE = "Poster Session\n\nIn-Person Poster presentation / poster accept\nA Title\n\nAda Lovelace\n\nAn abstract.\n"
SOURCES = {
    "own.json": OWN,
    "orals-posters.json": FEED,
    "notes.json": f"[{NOTE}]",
    "notes.jsonl": f"{NOTE}\n{NOTE}",
    "schedule.json": SCHEDULE,
    "main_calendar.json": '[{"title": "Talk", "start": "2030-06-03T10:00:00Z", "end": "2030-06-03T11:00:00Z"}]',
}


def refusal(path: Path, *options: str) -> str:
    """What the import says of a file that it refuses; nothing may be written."""
    with pytest.raises(CommandError) as error:
        call_command("import_programme", str(path), "--conference", "hostile", *options, stdout=StringIO())
    assert not Conference.objects.exists()
    return str(error.value)


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("cut", [1, 5])
def test_json_that_stops_half_way_is_refused_with_its_line(tmp_path: Path, name: str, cut: int) -> None:
    path = tmp_path / name
    path.write_text(SOURCES[name][:-cut], "utf-8")
    assert re.search(r"\b[Ll]ine [12]: ", refusal(path))


@pytest.mark.parametrize("content", ["[]", "42", '"text"', "null", "{}", "[[]]", "[1, 2]", '{"posters": 3}'])
@pytest.mark.parametrize("name", [*READERS, ""])
def test_json_of_another_shape_is_refused_by_every_reader(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / "programme.json"
    path.write_text(content, "utf-8")
    sentence = refusal(path, *(["--format", name] if name else []))
    assert sentence.endswith(".")
    assert "Traceback" not in sentence


@pytest.mark.parametrize("name", [*READERS, ""])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0" * 4_000,
        bytes(range(256)) * 64,
        b"\xff\xfe" + b"\xd8\x00" * 999,
        b"PK\x03\x04 no archive",
        b"[" * 99_999,
    ],
    ids=["empty", "nulls", "every byte", "half a pair", "no archive", "deep"],
)
def test_bytes_that_are_no_programme_are_refused_by_every_reader(tmp_path: Path, name: str, content: bytes) -> None:
    for ending in (".json", ".csv", ".xlsx", ".xml", ".txt"):
        path = tmp_path / f"programme{ending}"
        path.write_bytes(content)
        assert refusal(path, *(["--format", name] if name else [])).endswith(".")


def test_a_null_byte_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "page.txt"
    path.write_text(PAGE.replace("An abstract", "An abs\0tract"), "utf-8")
    assert refusal(path) == "page.txt, line 8: a control character; this is not a text file."


def test_a_file_too_large_to_be_a_programme_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "garbage.json"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    assert refusal(path) == f"garbage.json is larger than {LARGEST_FILE // 1_000_000} MB."


def test_what_never_ends_is_refused() -> None:
    assert refusal(Path("/dev/zero")) == f"zero is larger than {LARGEST_FILE // 1_000_000} MB."


LONG = 100_000
"""Of one character: what is looked through again from each of them takes minutes."""


@pytest.mark.parametrize("mark", [",", "[", "(", "<", "$", "{", "\\", '"', ";", "a;"])
def test_long_runs_of_one_mark_are_read_in_one_go(mark: str) -> None:
    run = mark * (LONG // len(mark))
    feed = {"id": 1, "name": "A Title", "event_type": "Poster", "poster_position": run, "decision": run, "topic": run}
    papers, table = StringIO(), StringIO()
    csv.writer(papers).writerows([["UID", "title", "authors", "material"], ["1", "A Title", "Ada", run]])
    csv.writer(table, "excel-tab").writerows([["Title", "Authors", "Keywords", "Video"], ["A Title", "Ada", run, run]])
    for name, text in (
        ("orals-posters.json", json.dumps({"count": 1, "results": [feed]})),
        ("papers.csv", papers.getvalue()),
        ("table.tsv", table.getvalue()),
    ):
        programme = read_programme(Source((SourceFile(name, text.encode()),)))
        assert [poster.title for poster in programme.posters] == ["A Title"]


def test_many_of_one_name_or_of_none_in_latin_letters_are_imported_in_one_go() -> None:
    authors = [AuthorRecord("姓" + chr(0x4E00 + number)) for number in range(9_000)]
    posters = [
        PosterRecord("record 1", "Names", authors=tuple(authors)),
        PosterRecord("record 2", "The Same Name", authors=(AuthorRecord("A"),) * 60_000),
        PosterRecord("record 3", "The Same Name Again", authors=(AuthorRecord("A"),) * 60),
    ]
    report = upsert_programme(record=ProgrammeRecord(posters=tuple(posters)), conference_slug="hostile")
    assert [(outcome.result, outcome.reason) for outcome in report.outcomes] == [
        (Result.ADDED, ""),
        (Result.REFUSED, "it has 60,000 authors, 10,000 are possible"),
        (Result.REFUSED, "it lists the name “A” 60 times"),
    ]
    assert Author.objects.filter(slug="author-9000").count() == 1


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        pytest.param(
            "own.json",
            b'{"format": "boardwalk-programme", "version": 1, "boards": [' + b"[]," * 4_000_000,
            "values",
            marks=pytest.mark.slow,
        ),
        ("own.json", b'{"format": "boardwalk-programme", "posters": [' + b'{"title": "A"},' * 150_000, "records"),
        ("orals-posters.json", b'{"count": 1, "event_type": 1, "results": [' + b"{}," * 150_000 + b"{}]}", "records"),
        ("schedule.xml", b"<schedule><conference>" + b"<a/>" * 5_000_000, "tags"),
        ("page.txt", PAGE.encode() + b"\n" * 12_000_000, "lines"),
        ("page.txt", PAGE.encode() * 100_001, "records"),
        ("papers.csv", b"UID,title,authors" + b",c" * 15_000 + b"\n", "columns"),
        ("paper_sessions.yml", b"a:\n  start_time: 1\n  papers: [" + b"[]," * 600_000, "values"),
    ],
)
def test_millions_of_tiny_things_are_refused_before_they_fill_the_memory(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert re.search(rf"more than [\d,]+ (XML )?{reason}", refusal(path))


def test_scripts_in_a_programme_are_text_on_every_page(tmp_path: Path, client) -> None:
    script = "<script>alert(1)</script>"
    poster = {
        "title": f"Title {script}",
        "abstract": f"{script} <img src=x onerror=alert(1)> $x^2${script}",
        "authors": [{"name": f"Ada {script}", "affiliation": script}],
        "topics": [script],
        "decision": f"Accept {script}",
        "keywords": [script],
        "links": [{"kind": "paper", "url": "https://example.org/<script>"}, {"kind": "paper", "url": "javascript:x"}],
        "presentations": [{"session": "posters"}],
    }
    session = {"title": f"Posters {script}", "slug": "posters", "description": script}
    path = tmp_path / "own.json"
    content = {"format": "boardwalk-programme", "version": 1, "sessions": [session], "posters": [poster]}
    path.write_text(json.dumps(content), "utf-8")
    out = StringIO()
    call_command("import_programme", str(path), "--conference", "hostile", stdout=out)
    assert "“javascript:x” is not a web address and was left out." in out.getvalue()
    for page in ("", "sessions/", "sessions/posters/", "posters/?view=abstracts", "posters/1/", "authors/", "topics/"):
        html = client.get(f"/hostile/{page}").content.decode()
        assert "<script>alert" not in html, page
        assert "<img src=x" not in html, page
        assert "javascript:x" not in html, page
