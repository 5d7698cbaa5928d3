"""Spreadsheets: columns guessed and corrected, each row accounted for, and files that are broken or dangerous."""

import csv
import datetime as dt
import json
import re
import zipfile
from collections import Counter
from io import BytesIO, StringIO
from pathlib import Path

import openpyxl
import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from posters.models import Author, Authorship, Conference, Poster, Presentation, Session
from posters.programme.readers import (
    READERS,
    iclr_page,
    mini_conf,
    openreview,
    programme_json,
    read_programme,
    spreadsheet,
    virtual_site,
)
from posters.programme.readers.tables.columns import FIELDS, KNOWN, field_of, header_key
from posters.programme.records import AuthorRecord, LinkRecord, PresentationRecord, ProgrammeRecord, UnreadableProgramme
from posters.programme.source import Source, SourceFile
from posters.programme.table import to_csv, to_xlsx
from tests.conftest import EXAMPLE

NAIVE_START, NAIVE_END = dt.datetime(2030, 6, 3, 16, 30), dt.datetime(2030, 6, 3, 18, 30)  # noqa: DTZ001


def source(content: str | bytes, name: str = "posters.csv", **columns: str) -> Source:
    raw = content if isinstance(content, bytes) else content.encode()
    return Source((SourceFile(name, raw),), columns)


def read(content: str | bytes, name: str = "posters.csv", **columns: str) -> ProgrammeRecord:
    return spreadsheet.read(source(content, name, **columns))


def table(*rows: dict[str, object]) -> str:
    """CSV with the first row's columns."""
    text = StringIO()
    writer = csv.DictWriter(text, list(rows[0]), restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def workbook(*rows: list[object], title: str = "Sheet") -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    return book


def packed(book: openpyxl.Workbook) -> bytes:
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def with_part(content: bytes, name: str, change: "re.Pattern[bytes] | bytes", new: bytes) -> bytes:
    """The archive with one part changed."""
    result = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(content)) as old,
        zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
    ):
        for part in old.namelist():
            text = old.read(part)
            archive.writestr(part, re.sub(change, lambda _: new, text, count=1) if part == name else text)
    return result.getvalue()


def run(path: Path, *options: str) -> str:
    out = StringIO()
    call_command("import_programme", str(path), "--conference", "example-2030", *options, stdout=out)
    return out.getvalue()


def refusal(content: str | bytes, name: str = "posters.csv", **columns: str) -> str:
    with pytest.raises(UnreadableProgramme) as error:
        read(content, name, **columns)
    assert "\n" not in str(error.value)
    return str(error.value)


ROWS = (
    {
        "Poster #": "7",
        "Paper title": "Walking Robots",
        "Author(s)": "Ada Lovelace*; Bo Li",
        "Affiliations": "Example; ",
        "Decision": "Accept (poster)",
        "Session": "Posters 1",
        "Session start": "2030-06-03T16:30+02:00",
        "Session end": "2030-06-03T18:30+02:00",
        "Room": "Hall A",
        "Board #": "12",
        "Presentation mode": "Virtual",
        "Favourite colour": "red",
    },
    {
        "Poster #": "8",
        "Paper title": "=HYPERLINK(x)",
        "Author(s)": "Bo Li",
        "Decision": "Accept: notable-top-25%",
        "Session": "Posters 1",
        "Room": "Hall A",
        "Board #": "13",
    },
)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["csv", "tsv", "semicolon.csv", "pipe.txt", "xlsx"])
def test_a_table_is_imported_and_a_second_time_writes_nothing(tmp_path, kind):
    path = tmp_path / f"posters.{kind}"
    delimiter = {"tsv": "\t", "semicolon.csv": ";", "pipe.txt": "|"}.get(kind, ",")
    if kind == "xlsx":
        rows = [[row.get(header, "") for header in ROWS[0]] for row in ROWS]
        book = workbook(list(ROWS[0]), *rows)
        book.active["B3"].data_type = "s"
        path.write_bytes(packed(book))
    else:
        text = StringIO()
        writer = csv.writer(text, delimiter=delimiter)
        writer.writerows([list(ROWS[0]), *([row.get(header, "") for header in ROWS[0]] for row in ROWS)])
        path.write_text(text.getvalue(), "utf-8")
    preview = run(path, "--dry-run", "--time-zone", "Africa/Kigali")
    assert preview.splitlines()[0] == (
        "Columns: “Poster #” as number; “Paper title” as title; “Author(s)” as authors; “Affiliations” as "
        "affiliations; “Decision” as decision; “Session” as session; “Session start” as session_start; “Session end” "
        "as session_end; “Room” as room; “Board #” as board; “Presentation mode” as format; “Favourite colour” as "
        "nothing."
    )
    assert not Conference.objects.exists()
    assert "Posters: 2 added, 0 changed, 0 unchanged, 0 refused." in run(path, "--time-zone", "Africa/Kigali")
    assert list(Poster.objects.order_by("number").values_list("number", "title", "decision__name")) == [
        (7, "Walking Robots", "Poster accept"),
        (8, "=HYPERLINK(x)", "Top 25%"),
    ]
    assert list(Authorship.objects.values_list("author__name", "affiliation", "is_presenter")) == [
        ("Ada Lovelace", "Example", True),
        ("Bo Li", "", False),
        ("Bo Li", "", False),
    ]
    assert Author.objects.count() == 2
    session = Session.objects.get()
    assert (session.title, session.slug, session.kind, session.room.name) == (
        "Posters 1",
        "posters-1",
        "poster",
        "Hall A",
    )
    assert session.starts_at == dt.datetime(2030, 6, 3, 14, 30, tzinfo=dt.UTC)
    shown = Presentation.objects.order_by("poster__number").values_list("format", "board__label", "board__room__name")
    assert list(shown) == [("virtual", "12", "Hall A"), ("in-person", "13", "Hall A")]
    revision = Conference.objects.get().revision
    assert "Nothing has changed." in run(path)
    assert Conference.objects.get().revision == revision


@pytest.mark.django_db
def test_a_column_can_be_corrected_and_left_out(tmp_path):
    path = tmp_path / "posters.csv"
    path.write_text("Titel,Wer,Thema,Notes\nWege,Ada,Robots,secret\n", "utf-8")
    with pytest.raises(CommandError) as refused:
        run(path)
    assert str(refused.value) == (
        "posters.csv, line 1: no column is the title; the columns are “Titel”, “Wer”, “Thema”, “Notes”. "
        'Say which it is: --column "HEADER=title".'
    )
    corrections = ("--column", "Titel=title", "--column", "wer=authors", "--column", "Thema=topics")
    report = tmp_path / "report.json"
    run(path, *corrections, "--column", "Notes=", "--report", str(report))
    assert json.loads(report.read_text())["columns"] == [
        {"header": "Titel", "field": "title", "sample": "Wege"},
        {"header": "Wer", "field": "authors", "sample": "Ada"},
        {"header": "Thema", "field": "topics", "sample": "Robots"},
        {"header": "Notes", "field": "", "sample": "secret"},
    ]
    poster = Poster.objects.get()
    assert (poster.title, poster.authors.get().name, poster.topics.get().name) == ("Wege", "Ada", "Robots")


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({"Titel": "title"}, "posters.csv: there is no column “Titel”; the columns are “Title”, “Who”."),
        ({"Who": "author"}, "posters.csv: “author” is no field of a table; choose one of number, title, authors, "),
        ({"Who": "title", "title": "title"}, "posters.csv: “Who” and “title” cannot both be the title."),
        ({"Title": ""}, "posters.csv, line 1: no column is the title; the columns are “Title”, “Who”."),
    ],
)
def test_a_wrong_correction_lists_what_is_possible(columns, sentence):
    assert refusal("Title,Who\nA,B\n", **columns).startswith(sentence)


def test_a_correction_beats_the_guess_and_only_tables_take_one():
    programme = read("Title,Paper title\nShort,Long\n", **{"Paper title": "title"})
    assert [(column.header, column.field) for column in programme.columns] == [("Title", ""), ("Paper title", "title")]
    assert programme.posters[0].title == "Long"
    with pytest.raises(UnreadableProgramme, match="was taken for Mini-Conf site data, whose columns are known"):
        read_programme(source("UID,title,authors\n1,A,B\n", title="title"))
    forced = read_programme(source("UID,title,authors\n1,A,B\n", title="title"), format_name="spreadsheet")
    assert [(poster.source_id, poster.title) for poster in forced.posters] == [("1", "A")]


def test_every_name_of_a_column_means_one_field():
    names = [(header_key(name), field) for field in FIELDS for name in (field.header, *field.others)]
    assert len(names) == len(KNOWN)
    assert all(KNOWN[key] is field for key, field in names)


@pytest.mark.parametrize(
    ("headers", "fields"),
    [
        ("Paper ID,Paper Title,Abstract,Primary Subject Area,Secondary Subject Areas,Author Names,Author Emails,Status",
         "source_id title abstract topics topics authors author_ids status"),  # CMT
        ("#,Title,Authors,Keywords,Decision,Track name", "number title authors keywords decision topics"),  # EasyChair
        ("ID,Title,Authors,Abstract,Decision", "source_id title authors abstract decision"),  # HotCRP
        ("paperID,title,authors,organisations,acceptance,session_title,session_start,session_end,session_room",
         "source_id title authors affiliations decision session session_start session_end session_room"),  # ConfTool
        ("BOARD NO.,poster title,presenting_author,E-Mail(s),Date,Time,Video,PDF,GitHub",
         "board title presenters author_ids date time video paper code"),
    ],
)  # fmt: skip
def test_columns_are_guessed_as_others_call_them(headers, fields):
    assert [known.name if (known := field_of(header)) else "" for header in headers.split(",")] == fields.split()


@pytest.mark.parametrize(
    ("cell", "names"),
    [
        ("Ada Lovelace; Bo Li;Chidi", ["Ada Lovelace", "Bo Li", "Chidi"]),
        ("Ada Lovelace · Bo Li", ["Ada Lovelace", "Bo Li"]),
        ("Ada Lovelace|Bo Li", ["Ada Lovelace", "Bo Li"]),
        ("Ada Lovelace\n\nBo  Li", ["Ada Lovelace", "Bo Li"]),
        ("Ada Lovelace, Bo Li and Chidi Okafor", ["Ada Lovelace", "Bo Li", "Chidi Okafor"]),
        ("Ada Lovelace & Bo Li", ["Ada Lovelace", "Bo Li"]),
        ("Lovelace, Ada; Li, Bo", ["Ada Lovelace", "Bo Li"]),
        ("Lovelace, Ada", ["Ada Lovelace"]),
        ("Martin King, Jr., Ada Lovelace", ["Martin King, Jr.", "Ada Lovelace"]),
        ("Ada Lovelace, Example University; Bo Li, Institute One",
         ["Ada Lovelace, Example University", "Bo Li, Institute One"]),
        ('"Band; The"; Bo', ["Band; The", "Bo"]),
        ("Alexandra; Leander", ["Alexandra", "Leander"]),
        ("", []),
    ],
)  # fmt: skip
def test_authors_are_taken_apart_in_their_order(cell, names):
    programme = read(table({"Title": "T", "Authors": cell}))
    assert [author.name for author in programme.posters[0].authors] == names


@pytest.mark.parametrize(
    ("cells", "authors"),
    [
        ({"Authors": "Ada (MIT, USA)*; Bo (Two (East); Three)"},
         [("Ada", "MIT, USA", "", True), ("Bo", "Two (East); Three", "", False)]),
        ({"Authors": "Ada (One), Bo (Two, Berlin)"}, [("Ada", "One", "", False), ("Bo", "Two, Berlin", "", False)]),
        ({"Authors": "Ada Ng; Bo Li", "Affiliations": "One; Two", "Presenter": "bo li"},
         [("Ada Ng", "One", "", False), ("Bo Li", "Two", "", True)]),
        ({"Authors": "Ada (1); Bo (1,2)", "Organisations": "1: One; 2: Two"},
         [("Ada", "One", "", False), ("Bo", "One; Two", "", False)]),
        ({"Authors": "Bo Li (李博)", "Affiliation": "One"}, [("Bo Li (李博)", "One", "", False)]),
        ({"Authors": "Ada; Bo", "Emails": "Ada@Example.org*, bo@example.org"},
         [("Ada", "", "ada@example.org", False), ("Bo", "", "bo@example.org", False)]),
        ({"Authors": "Wei Li; Wei Li", "Presenters": "2"}, [("Wei Li", "", "", False), ("Wei Li", "", "", True)]),
    ],
)  # fmt: skip
def test_what_belongs_to_authors_finds_them(cells, authors):
    programme = read(table({"Title": "T", **cells}))
    assert programme.posters[0].authors == tuple(AuthorRecord(*facts[:3], "", facts[3]) for facts in authors)
    assert programme.remarks == ()


@pytest.mark.parametrize(
    ("cells", "remark"),
    [
        ({"Affiliations": "One; Two; Three"},
         "3 affiliations for 2 authors were left out: there must be one for each."),
        ({"Affiliations": "One"}, "1 affiliations for 2 authors were left out: there must be one for each."),
        ({"Emails": "a@x.org; a@x.org"}, "“a@x.org” stands for two of its authors; they are known by name."),
        ({"Presenter": "Nobody"}, "the presenter “Nobody” is none of its authors."),
    ],
)  # fmt: skip
def test_what_belongs_to_no_author_is_told(cells, remark):
    programme = read(table({"Title": "T", "Authors": "Ada; Bo", **cells}))
    assert programme.posters[0].authors == (AuthorRecord("Ada"), AuthorRecord("Bo"))
    assert programme.remarks == (f"line 2: {remark}",)


WINDOW = (NAIVE_START, NAIVE_END)
IN_ZONE = tuple(moment.replace(tzinfo=dt.timezone(dt.timedelta(hours=2))) for moment in WINDOW)


@pytest.mark.parametrize(
    ("cells", "times"),
    [
        ({"Start": "2030-06-03 16:30", "End": "2030-06-03T18:30:00"}, WINDOW),
        ({"Start": "2030-06-03 16:30+02:00", "End": "18:30"}, IN_ZONE),
        ({"Date": "2030-06-03", "Time": "16:30–18:30"}, WINDOW),
        ({"Date": "3 June 2030", "Time": "4:30 pm - 6:30 PM"}, WINDOW),
        ({"Date": "Mon, June 3rd, 2030", "Start": "16.30", "End": "18h30"}, WINDOW),
        ({"Date": "03.06.2030", "Time": "16:30 to 18:30"}, WINDOW),
        ({"Start": "3 Jun 2030, 16:30", "End": "3-Jun-2030 18:30"}, WINDOW),
        ({"Date": "47637", "Start": "0.6875", "End": "0.770833333333333"}, WINDOW),
        ({"Start": "47637.6875", "End": "47637.7708333333"}, WINDOW),
        ({"Start": "6/3/2030 4:30 PM", "End": "6/3/2030 6:30 PM", "Date": "6/13/2030"}, WINDOW),
        ({"Date": "2030-06-03 14:30 UTC", "End": "16:30"}, tuple(moment.astimezone(dt.UTC) for moment in IN_ZONE)),
    ],
)
def test_dates_and_times_are_read_as_people_write_them(cells, times):
    session = read(table({"Title": "T", "Session": "S", **cells})).sessions[0]
    assert (session.starts_at, session.ends_at) == times
    assert session.starts_at.tzinfo == times[0].tzinfo


@pytest.mark.parametrize(
    ("cells", "remark"),
    [
        ({"Start": "5/2/2030 16:30", "End": ""}, "“5/2/2030 16:30” in “Start” may be day or month first; it was left"),
        ({"Start": "2030-06-03 16:30", "End": ""}, "a time without its end, 2030-06-03 16:30:00, was left out."),
        (
            {"Start": "2030-06-03 16:30", "End": "15:30"},
            "“End” (2030-06-03 15:30:00) is not after “Start” (2030",
        ),
        ({"Start": "16:30", "End": ""}, "“16:30” in “Start” has no date; it was left out."),
        ({"Start": "2030-06-03", "End": ""}, "“2030-06-03” in “Start” has no time of day; it was left out."),
        ({"Start": "31 June 2030 10:00", "End": ""}, "“31 June 2030 10:00” in “Start” is not a date; it was left out."),
        ({"Date": "2030-06-03", "Time": "2:30–4:00 pm"}, "“2:30–4:00 pm” in “Time” says am or pm only once; it was"),
        ({"Start": "3030-06-03 10:00", "End": ""}, "“3030-06-03 10:00” in “Start” lies outside all calendars here;"),
        ({"Start": "soon", "End": ""}, "“soon” in “Start” is not a date; it was left out."),
        ({"Start": "x" * 5000, "End": ""}, f"“{'x' * 60}” in “Start” is not a date; it was left out."),
    ],
)
def test_what_is_no_time_is_told_and_left_out(cells, remark):
    programme = read(table({"Title": "T", "Session": "S", **cells}))
    assert (programme.sessions[0].starts_at, programme.sessions[0].ends_at) == (None, None)
    assert [line.startswith(f"line 2: {remark}") for line in programme.remarks] == [True]


def test_rows_of_one_poster_are_joined_and_sessions_put_together():
    start, end, later = (f"2030-06-03 {hour}:00+00:00" for hour in (10, 11, 12))
    programme = read(
        table(
            {"ID": "a", "Title": "One", "Session": "Posters", "Start": start, "End": end, "Room": "Hall", "Video": ""},
            {
                "ID": "b",
                "Title": "Two",
                "Session": "Posters",
                "Start": start,
                "End": later,
                "Room": "Hall",
            },
            {"ID": "a", "Title": "one", "Session": "Oral Session", "Room": "Aula", "Video": "https://example.org/v"},
            {"ID": "b", "Title": "Two", "Session": "Posters"},
            {"ID": "b", "Title": "Another Two", "Session": ""},
        )
    )
    assert [
        (poster.place, poster.title, [shown.session for shown in poster.presentations]) for poster in programme.posters
    ] == [
        ("line 2", "One", ["posters", "oral-session"]),
        ("line 3", "Two", ["posters"]),
        ("line 6", "Another Two", []),
    ]
    assert programme.posters[0].links == (LinkRecord("video", "https://example.org/v"),)
    assert [(session.title, session.kind, session.room, session.ends_at) for session in programme.sessions] == [
        ("Posters", "poster", "Hall", dt.datetime(2030, 6, 3, 11, tzinfo=dt.UTC)),
        ("Oral Session", "oral", "Aula", None),
    ]
    assert [(aside.place, aside.reason, aside.is_joined) for aside in programme.left_out] == [
        ("line 4", "more of a poster in an earlier row", True),
        ("line 5", "the same as line 3, which has all it says", False),
    ]
    assert programme.remarks == (
        "line 3: “Posters” is at another time in an earlier row, which stands: 2030-06-03 10:00:00+00:00 to "
        "2030-06-03 11:00:00+00:00.",
    )


def test_a_title_on_several_days_means_a_session_a_day():
    programme = read(
        table(
            {"Title": "One", "Session": "Posters", "Date": "2030-06-03", "Time": "10:00-11:00"},
            {"Title": "Two", "Session": "Posters", "Date": "2030-06-04", "Time": "10:00-11:00"},
        )
    )
    assert [session.slug for session in programme.sessions] == ["posters-2030-06-03", "posters-2030-06-04"]
    assert [poster.presentations[0].session for poster in programme.posters] == [
        "posters-2030-06-03",
        "posters-2030-06-04",
    ]


def test_boards_without_a_session_belong_to_one():
    programme = read(table({"Title": "One", "Board": "A1", "Mode": "hybrid"}))
    assert [session.title for session in programme.sessions] == ["Posters"]
    assert programme.posters[0].presentations == (PresentationRecord("posters", board="A1"),)
    assert programme.remarks == (
        "line 2: it names no session; it was put in “Posters”.",
        "line 2: “hybrid” in “Mode” is neither in person nor virtual; taken as in person.",
    )


def test_every_row_is_accounted_for():
    programme = read(
        "Posters of 2030,,\n\nTitle,Authors,Decision\n"
        "One,Ada,Accept\n,,\nTwo,Bo,Reject\nThree, Cy and Di, Accept, surplus\nFour,Ada\n"
        "Five,Withdrawn Wim,Desk withdrawn\nTotal: 5,,\n"
    )
    assert [(poster.place, poster.title, poster.decision, poster.status) for poster in programme.posters] == [
        ("line 4", "One", "Accept", ""),
        ("line 8", "Four", "", ""),
        ("line 9", "Five", "", "withdrawn"),
    ]
    assert [(aside.place, aside.name, aside.reason) for aside in programme.left_out] == [
        ("line 7", "Three", "it has 4 cells, the header 3: perhaps one with a comma lacks its quotes"),
        ("line 6", "Two", "not accepted: “Reject”"),
        ("line 10", "Total: 5", "a row of totals"),
    ]
    assert programme.remarks == (
        "line 1: it stands above the header and was not read.",
        "line 8: fewer cells than the header's 3 columns; the last ones are empty.",
    )


def test_columns_that_are_doubled_unknown_or_without_a_header_are_told():
    programme = read("Title,Paper title,title,,,Start (CET)\nA,B,C,D,,\n")
    assert [(column.header, column.field) for column in programme.columns] == [
        ("Title", "title"),
        ("Paper title", ""),
        ("title", ""),
        ("column 4", ""),
        ("Start (CET)", "session_start"),
    ]
    assert programme.remarks == (
        "line 1: “Paper title” was not read: “Title” is the title already.",
        "line 1: “title” heads two columns; only the first is read.",
        "line 1: what stands in brackets in “Start (CET)” was not read; a zone belongs to each time.",
    )


def test_a_status_that_is_a_decision_is_read_as_one():
    programme = read("Title,Status\nA,Accept (oral)\n")
    assert (programme.posters[0].decision, programme.posters[0].status) == ("Accept (oral)", "")
    assert [column.field for column in programme.columns] == ["title", "decision"]
    programme = read("Title,Status\nA,Draft\nB,nonsense\n")
    assert [(poster.decision, poster.status) for poster in programme.posters] == [("", "draft"), ("", "")]
    assert programme.remarks == (
        "line 3: “nonsense” in “Status” is none of draft, published, withdrawn and was left out.",
    )


def test_links_lists_and_markup_are_kept_as_text():
    programme = read(
        table(
            {
                "Title": "<script>alert(1)</script>",
                "Abstract": "<b>Bold</b>\n\nand = 1",
                "Keywords": "one, two; three",
                "Tags": "four, five",
                "Track": "Vision, Language",
                "Paper": "https://example.org/1.pdf, https://example.org/2.pdf",
                "Links": "The code <https://example.org/code>\njavascript:alert(1)",
                "Number": "P-12",
            }
        )
    )
    poster = programme.posters[0]
    assert (poster.title, poster.abstract) == ("<script>alert(1)</script>", "<b>Bold</b>\n\nand = 1")
    assert poster.keywords == ("one, two", "three", "four", "five")
    assert poster.topics == ("Vision, Language",)
    assert poster.links == (
        LinkRecord("paper", "https://example.org/1.pdf"),
        LinkRecord("paper", "https://example.org/2.pdf"),
        LinkRecord("other", "https://example.org/code", "The code"),
    )
    assert programme.remarks == (
        "line 2: “P-12” in “Number” is not a number and was left out.",
        "line 2: “javascript:alert(1)” in “Links” is not a web address and was left out.",
    )


@pytest.mark.parametrize(
    ("encoding", "remarks"),
    [
        ("utf-8", ()),
        ("utf-8-sig", ()),
        ("utf-16", ("posters.csv: read as UTF-16.",)),
        ("utf-16-le", ("posters.csv: read as UTF-16.",)),
        ("utf-16-be", ("posters.csv: read as UTF-16.",)),
        ("latin-1", ("posters.csv: not UTF-8, read as Latin-1; look whether names came through.",)),
    ],
)
def test_encodings_are_found_out_and_said_where_they_are_not_utf_8(encoding, remarks):
    text = 'Title;Authors\n"Brücken;\nund Wege";José Müller\nZwei;Ada\n'
    programme = read_programme(source(text.encode(encoding)))
    assert [(poster.place, poster.title) for poster in programme.posters] == [
        ("line 2", "Brücken; und Wege"),
        ("line 4", "Zwei"),
    ]
    assert programme.posters[0].authors[0].name == "José Müller"
    assert programme.remarks == remarks


def test_curly_quotes_of_windows_are_read_as_such():
    programme = read_programme(source("Title;Authors\n“Brücken” – Wege’s End;José Müller\n".encode("cp1252")))
    assert programme.posters[0].title == "“Brücken” – Wege’s End"
    assert programme.remarks == (
        "posters.csv: not UTF-8, read as Windows-1252 (Western European); look whether names came through.",
    )


def test_real_papers_read_as_a_spreadsheet_have_the_same_counts(shared_data):
    for name, papers, authorships in (("main", 781, 3414), ("findings", 447, 2007), ("demo", 29, 196)):
        path = shared_data / "emnlp-2020" / f"{name}_papers.csv"
        programme = read(path.read_bytes(), path.name)
        assert len(programme.posters) == papers
        assert programme.left_out == ()
        known = mini_conf.read(source(path.read_bytes(), path.name))
        assert [poster.title for poster in programme.posters] == [poster.title for poster in known.posters]
        assert sum(len(poster.authors) for poster in programme.posters) == authorships
        assert [[a.name for a in poster.authors] for poster in programme.posters] == [
            [a.name for a in poster.authors] for poster in known.posters
        ]


@pytest.mark.parametrize(
    ("content", "name", "reader"),
    [
        ("UID,title,authors,abstract,keywords,sessions\n", "papers.csv", mini_conf),
        ("Number,Title,Authors\n1,A,B\n", "posters.csv", spreadsheet),
        ("Title\tAuthors\nA\tB\n", "posters.txt", spreadsheet),
        ("Nonsense,Only\n1,2\n", "posters.csv", spreadsheet),
        (to_csv(EXAMPLE), "programme.csv", spreadsheet),
        (to_xlsx(EXAMPLE), "programme", spreadsheet),
        ('["title", "authors"]', "list.txt", None),
        ("Title of my diary\n", "diary.txt", None),
        ("<p>Title,Authors</p>", "page.txt", None),
    ],
)
def test_a_table_is_recognised_and_others_keep_theirs(content, name, reader):
    found = [each for each in READERS.values() if each.recognises(source(content, name))]
    assert found[:1] == ([reader] if reader else [])
    if reader is spreadsheet:
        others = (programme_json, virtual_site, openreview, mini_conf, iclr_page)
        assert [each for each in others if each.recognises(source(content, name))] == []


def test_two_tables_at_once_are_refused(tmp_path):
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text("Title\nA\n")
    with pytest.raises(CommandError, match=r"^A spreadsheet is one file, and here are 2: a\.csv, b\.csv\. Name one\.$"):
        run(tmp_path)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "posters.csv: there is no row in it."),
        ("\n \n", "posters.csv: there is no row in it."),
        ('Title,Authors\nA,B\n"C,D\nE,F\n', "posters.csv, line 3: broken CSV: unexpected end of data."),
        ('Title,Authors\n"A"B,C\n', "posters.csv, line 2: broken CSV: ',' expected after '\"'."),
        ("Title\nA\n\0\n", "posters.csv, line 3: a control character; this is not a text file."),
        (f"Title\nA\n{'x' * 1_000_001}\n", "posters.csv, line 3: broken CSV: field larger than field limit (1000000)."),
        (f"Title\n{',' * 30_000}\n", "posters.csv, line 2: more than 20,000 cells; this is no table."),
        ("Poster,Author\n1,2\n", "posters.csv, line 1: no column is the title; the columns are “Poster”, “Author”."),
        ("Title" + ",x" * 200 + "\n", "posters.csv: more than 200 columns; this is no programme."),
        ("Title\n" + "A\n" * 100_001, "posters.csv: more than 100,000 rows."),
    ],
)
def test_a_broken_table_is_refused_with_its_line(content, sentence):
    assert refusal(content).startswith(sentence)


def test_cells_of_a_workbook_are_read_as_they_are_seen():
    book = workbook(
        ["Programme 2030"],
        [],
        ["Number", "Title", "Authors", "Date", "Start", "End", "Board", "Abstract"],
        [1.0, 2030, "Ada", dt.date(2030, 6, 3), dt.time(16, 30), dt.time(18, 30), 12, None],
        [None] * 8,
        [2, "'=1", "Bo", dt.datetime(2030, 6, 3), "4:30 PM", "18:30", 1.5, "#N/A"],  # noqa: DTZ001
        [3, "Three", "Cy", None, None, None, None, None, "a note"],
    )
    programme = read(packed(book), "posters.xlsx")
    assert [(p.place, p.number, p.title, p.presentations and p.presentations[0].board) for p in programme.posters] == [
        ("row 4", 1, "2030", "12"),
        ("row 6", 2, "=1", "1.5"),
        ("row 7", 3, "Three", ()),
    ]
    assert [(session.starts_at, session.ends_at) for session in programme.sessions] == [WINDOW]
    assert programme.remarks == (
        "row 1: it stands above the header and was not read.",
        "row 6: “#N/A” is the error of a formula and was left out.",
        "row 7: the cells right of the last header were not read.",
        "rows 4 and 6: it names no session; it was put in “Posters”.",
    )


def test_the_first_sheet_with_titles_is_read_and_the_others_are_named():
    book = workbook(["Notes"], ["=A1"])
    book.create_sheet("Empty")
    book.create_sheet("Posters").append(["Title"])
    book["Posters"].append(["One"])
    book.create_sheet("Old").append(["Title"])
    programme = read(packed(book), "posters.xlsx")
    assert [poster.title for poster in programme.posters] == ["One"]
    assert programme.remarks == ("posters.xlsx: the sheet “Posters” was read, and not “Sheet”, “Old”.",)
    assert refusal(packed(workbook(["A", "B"])), "posters.xlsx").startswith(
        "posters.xlsx, sheet “Sheet”, row 1: no column is the title; the columns are “A”, “B”."
    )
    assert refusal(packed(workbook()), "posters.xlsx") == "posters.xlsx: no sheet has anything in it."


def test_formulas_are_never_evaluated():
    book = workbook(["Title", "Abstract"], ["One", "=1+1"], ["Two", '=HYPERLINK("https://example.org","x")'])
    programme = read(packed(book), "posters.xlsx")
    assert [(poster.title, poster.abstract) for poster in programme.posters] == [("One", ""), ("Two", "")]
    assert programme.remarks == (
        "rows 2–3: the formula in column B was saved without its value and was left out: open the file in a "
        "spreadsheet program and save it there.",
    )
    stored = with_part(packed(book), "xl/worksheets/sheet1.xml", rb"<f>1\+1</f><v ?/?>(</v>)?", b"<f>1+1</f><v>2</v>")
    assert [poster.abstract for poster in read(stored, "posters.xlsx").posters] == ["2", ""]


SHEET = "xl/worksheets/sheet1.xml"
LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><worksheet'
EXTERNAL = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet'


@pytest.mark.parametrize("entities", [LAUGHS, EXTERNAL])
def test_xml_entities_are_refused(entities):
    assert openpyxl.DEFUSEDXML
    content = with_part(packed(workbook(["Title"], ["One"])), SHEET, b"<worksheet", entities)
    assert refusal(content, "posters.xlsx").startswith(
        "posters.xlsx: a broken workbook: its XML declares entities, which may be anything. Save it again"
    )


def bomb(size: int, *, claimed: int = 0) -> bytes:
    """A workbook with one part of that many zeros; its directory may claim another size."""
    content = BytesIO(packed(workbook(["Title"], ["One"])))
    with (
        zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("xl/bomb.xml", "w") as part,
    ):
        for _ in range(size // 1_000_000):
            part.write(bytes(1_000_000))
    raw = content.getvalue()
    return raw.replace(size.to_bytes(4, "little"), claimed.to_bytes(4, "little")) if claimed else raw


def test_a_zip_bomb_is_refused_before_it_is_unpacked():
    content = bomb(200_000_000)
    assert len(content) < 1_000_000
    assert refusal(content, "posters.xlsx") == (
        "posters.xlsx: it unpacks to 10 parts of together 200 MB; 5,000 and 120 MB are possible."
    )


def test_a_zip_that_lies_about_its_size_is_refused_after_what_it_claims():
    assert refusal(bomb(50_000_000, claimed=1_000), "posters.xlsx") == (
        "posters.xlsx: a damaged workbook: Bad CRC-32 for file 'xl/bomb.xml'."
    )


@pytest.mark.parametrize(
    ("part", "before", "flood"),
    [
        (SHEET, b"<sheetData>", b"<a/>" * 5_000_001),
        (SHEET, b"<sheetData>", b"<a " + b'b="1" ' * 3_000_001 + b"/>"),
        ("xl/styles.xml", b"<fonts", b"<font/>" * 300_001),
    ],
)
def test_a_flood_of_xml_is_refused(part, before, flood):
    content = with_part(packed(workbook(["Title"])), part, before, flood + before)
    assert refusal(content, "posters.xlsx").startswith(f"posters.xlsx: “{part}” has more cells, or more formatting, ")


@pytest.mark.parametrize(
    ("part", "old", "new", "sentence"),
    [
        (
            SHEET,
            b"<sheetData>",
            b"<sheetData><row>" + b"<c/>" * 800_000,
            "“xl/worksheets/sheet1.xml” has more cells",
        ),
        (
            SHEET,
            b"<sheetData>",
            b'<sheetData a="' + b"x" * 3_000_000 + b'">',
            "“xl/worksheets/sheet1.xml” has more cells",
        ),
        (
            SHEET,
            b"<sheetData>",
            b"<sheetData><row>" + (b"<c/>" * 60_000 + b"<!-- <row> --><![CDATA[<row>]]>") * 10,
            "“xl/worksheets/sheet1.xml” has more cells",
        ),
        (
            SHEET,
            b"</worksheet>",
            b"<mergeCells>" + b'<mergeCell ref="A1:A2"/>' * 310_000 + b"</mergeCells></worksheet>",
            "“xl/worksheets/sheet1.xml” has more cells",
        ),
        ("xl/styles.xml", b"<cellXfs", b"<xf/>" * 310_000 + b"<cellXfs", "“xl/styles.xml” has more cells, or more"),
        ("xl/workbook.xml", b"<sheets>", b"<sheets>" + b'<sheet name="x" sheetId="9" r:id="rId1"/>' * 101, "it has 10"),
    ],
)
def test_what_would_be_an_object_each_is_refused_before_it_is_one(part, old, new, sentence):
    content = with_part(packed(workbook(["Title"], ["One"])), part, old, new)
    assert refusal(content, "posters.xlsx").startswith(f"posters.xlsx: {sentence}")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"PK\x03\x04 nonsense", "posters.xlsx: a damaged workbook: File is not a zip file."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "posters.xlsx: a workbook of before 2007 (.xls). Save it"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + "EncryptedPackage".encode("utf-16-le"),
            "posters.xlsx: it is locked with a password. Save it without, or as CSV.",
        ),
    ],
)
def test_what_is_no_workbook_is_refused_in_words(content, sentence):
    assert refusal(content, "posters.xlsx").startswith(sentence)


def test_other_archives_are_no_workbooks():
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    with pytest.raises(UnreadableProgramme, match=r"^posters\.ods: an archive but no \.xlsx workbook\. Save it as "):
        read_programme(source(content.getvalue(), "posters.ods"))
    with pytest.raises(UnreadableProgramme, match="line 1: this is a workbook or an archive, not a text file"):
        read_programme(source(content.getvalue(), "posters.json"), format_name="boardwalk")


WHOLE = to_xlsx(EXAMPLE)
PARTS = [SHEET, "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml", "xl/_rels/workbook.xml.rels"]


@given(data=st.data(), part=st.sampled_from(PARTS))
def test_a_damaged_workbook_is_read_or_refused(data, part):
    with zipfile.ZipFile(BytesIO(WHOLE)) as archive:
        text = archive.read(part)
    at = data.draw(st.integers(0, len(text) - 1))
    new = data.draw(st.sampled_from([b"<", b'"', b"", b"9" * 30, b"\xff", b"-1", b"<a>", b"ZZZZ9"]))
    damaged = text[:at] + new + text[at + data.draw(st.integers(1, 40)) :]
    try:
        programme = read(with_part(WHOLE, part, re.escape(text), damaged), "posters.xlsx")
    except UnreadableProgramme:
        return
    assert len({poster.place for poster in programme.posters}) == len(programme.posters)


cells = st.text(st.sampled_from("ab1 ,;\"\n\t|='éTitle"), max_size=12)


@given(rows=st.lists(st.lists(cells, min_size=3, max_size=3), max_size=4), delimiter=st.sampled_from(",;\t|"))
def test_every_row_is_a_poster_or_left_out(rows, delimiter):
    text = StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    writer.writerow(["Title", "Authors", "Abstract"])
    writer.writerows(rows)
    programme = read(text.getvalue())
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    assert len(programme.posters) + len(programme.left_out) == len(filled)
    places = Counter([*(poster.place for poster in programme.posters), *(aside.place for aside in programme.left_out)])
    assert set(places.values()) <= {1}


def test_the_reason_for_a_withdrawal_is_read_and_told_where_nothing_is_withdrawn():
    programme = read("Title,Status,Withdrawal reason\nA,withdrawn,Shown elsewhere\nB,published,Shown elsewhere\n")
    assert [poster.withdrawal_reason for poster in programme.posters] == ["Shown elsewhere", ""]
    assert "line 3: “Shown elsewhere” in “Withdrawal reason” was left out: it is not withdrawn." in programme.remarks
