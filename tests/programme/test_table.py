"""A programme written as a table and read back: the same, whatever the texts hold."""

import csv
import datetime as dt
import io
from dataclasses import replace
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from posters.programme.readers import read_programme, reader_of, spreadsheet
from posters.programme.readers.tables.columns import WRITTEN
from posters.programme.records import (
    AuthorRecord,
    LinkRecord,
    PosterRecord,
    PresentationRecord,
    ProgrammeRecord,
    SessionRecord,
)
from posters.programme.source import Source, SourceFile
from posters.programme.table import LONGEST_CELL, TooLongForTable, to_csv, to_xlsx
from tests.conftest import EXAMPLE

WORDS = ["Ada", "walks", "and", "&", ",", ";", "|", "·", '"', '""', "(", ")", "(MIT)", "*", "'", "=1+1", "-", "@x"]
WORDS += ["\\&", "博弈", "é", "1:", "2", "<b>", "King, Jr.", "Total", "_x000D_", "x005F_", "+", "#N", "\u2028"]
LINK_KINDS = ["paper", "video", "slides", "code", "chat", "stream", "other"]
lines = (
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=4)
    .map(" ".join)
    .map(lambda text: " ".join(text.split()))
    .filter(bool)
)
texts = st.just("") | lines
paragraphs = st.lists(lines, max_size=3).map("\n\n".join)
ids = st.sampled_from(["", "~Ada1", "a@example.org", "Bo@Example.org", "x,y", "z;1"])
moments = st.datetimes(dt.datetime(2030, 6, 1), dt.datetime(2030, 6, 9)).map(  # noqa: DTZ001
    lambda moment: moment.replace(tzinfo=dt.timezone(dt.timedelta(hours=2)))
)
windows = st.none() | st.tuples(moments, moments).map(sorted).filter(lambda pair: pair[0] < pair[1])
authors = st.builds(AuthorRecord, lines, texts, st.just(""), st.sampled_from(["", "ada", "ada-2"]), st.booleans())


def unique(items: st.SearchStrategy[str], size: int = 3) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(items, max_size=size, unique=True).map(tuple)


@st.composite
def sessions(draw: st.DrawFn) -> tuple[SessionRecord, ...]:
    kinds = st.sampled_from(["poster", "oral", "keynote", "workshop", "social", "break"])
    times = [draw(windows) or (None, None) for _ in range(2)]
    return tuple(
        SessionRecord(draw(lines), f"session-{n}", draw(kinds), draw(texts), *times[n]) for n in range(len(times))
    )


@st.composite
def posters(draw: st.DrawFn, number: int, slugs: list[str]) -> PosterRecord:
    people = draw(st.lists(authors, max_size=3))
    known = draw(st.lists(ids.filter(bool), min_size=len(people), max_size=len(people), unique=True))
    people = [replace(one, source_id=draw(st.sampled_from(["", key]))) for one, key in zip(people, known, strict=True)]
    shown = [
        PresentationRecord(
            slug,
            draw(st.sampled_from(["in-person", "virtual"])),
            draw(texts),
            draw(texts),
            *(draw(windows) or (None, None)),
            position=draw(st.none() | st.integers(0, 99)),
        )
        for slug in draw(unique(st.sampled_from(slugs), 2))
    ]
    links = draw(
        st.lists(
            st.builds(
                LinkRecord,
                st.sampled_from(LINK_KINDS),
                st.sampled_from(["https://example.org/1", "https://example.org/a;b,c)'", "http://example.org/?q=&x=|"]),
                texts,
            ),
            max_size=3,
            unique=True,
        )
    )
    status = draw(st.sampled_from(["", "draft", "published", "withdrawn"]))
    return PosterRecord(
        place="",
        title=draw(texts),
        authors=tuple(people),
        abstract=draw(paragraphs),
        decision=draw(texts),
        source_id=draw(st.sampled_from(["", f"paper{number}"])),
        number=number,
        keywords=draw(unique(lines)),
        topics=draw(unique(lines)),
        links=tuple(sorted(links, key=lambda link: LINK_KINDS.index(link.kind))),
        presentations=tuple(shown),
        status=status,
        withdrawal_reason=draw(texts) if status == "withdrawn" else "",
    )


@st.composite
def programmes(draw: st.DrawFn) -> ProgrammeRecord:
    held = draw(sessions())
    slugs = [session.slug for session in held]
    shown = tuple(draw(posters(number, slugs)) for number in draw(st.sampled_from([[1], [7, 3]])))
    used = {each.session for poster in shown for each in poster.presentations}
    return ProgrammeRecord(sessions=tuple(session for session in held if session.slug in used), posters=shown)


def read_back(record: ProgrammeRecord, kind: str) -> ProgrammeRecord:
    content = to_csv(record).encode() if kind == "csv" else to_xlsx(record)
    source = Source((SourceFile(f"posters.{kind}", content),))
    assert reader_of(source) is spreadsheet
    return read_programme(source)


def without_places(record: ProgrammeRecord) -> list[PosterRecord]:
    return [replace(poster, place="") for poster in record.posters]


@given(record=programmes(), kind=st.sampled_from(["csv", "csv", "xlsx"]))
def test_what_is_written_is_read_back_the_same(record, kind):
    again = read_back(record, kind)
    assert without_places(again) == without_places(record)
    assert sorted(again.sessions, key=lambda session: session.slug) == list(record.sessions)
    rows = sum(len(poster.presentations) or 1 for poster in record.posters)
    assert len(again.posters) + len(again.left_out) == rows
    assert all(aside.is_joined for aside in again.left_out)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "'=1", "''+x", "'quoted'", "'", "1 = 1", "#N/A", "#12"])
def test_what_looks_like_a_formula_is_guarded_and_comes_back(text):
    record = ProgrammeRecord(posters=(PosterRecord("", text, (AuthorRecord("Ada"),), number=1),))
    cell = next(csv.DictReader(io.StringIO(to_csv(record).removeprefix("\ufeff"))))["Title"]
    assert cell[0] not in "=+-@\t\r"
    sheet = load_workbook(BytesIO(to_xlsx(record)), rich_text=True).active
    assert {each.data_type for row in sheet.iter_rows(min_row=2) for each in row if each.value is not None} == {
        "n",
        "s",
    }
    assert [without_places(read_back(record, kind))[0].title for kind in ("csv", "xlsx")] == [text, text]


def test_a_row_for_each_presentation_and_one_for_a_poster_without():
    unplaced = PosterRecord("", "Alone", (AuthorRecord("Ada"),), number=99)
    text = to_csv(replace(EXAMPLE, posters=(EXAMPLE.posters[0], unplaced)))
    assert text.startswith("\ufeffNumber,Title,Authors,")
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    wanted = ("Number", "Session", "Session start", "Room", "Board", "Format", "Affiliations")
    people = "University of Example; Institute One"
    assert [tuple(row[header] for header in wanted) for row in rows] == [
        ("1", "Poster Session 1", "2030-06-03 10:00:00+02:00", "Hall A", "A3", "in-person", people),
        ("1", "Oral Session", "2030-06-04 09:00:00+02:00", "", "", "in-person", people),
        ("99", "", "", "", "", "", ""),
    ]


def test_the_example_comes_back_whole_from_csv_and_xlsx():
    for kind in ("csv", "xlsx"):
        again = read_back(EXAMPLE, kind)
        assert without_places(again) == without_places(EXAMPLE)
        told = {session.slug: session for session in EXAMPLE.sessions}
        assert all(session == replace(told[session.slug], links=()) for session in again.sessions)
        assert [column.field for column in again.columns] == [field.name for field in WRITTEN]


def test_what_no_cell_can_hold_is_left_out_or_told():
    record = ProgrammeRecord(
        posters=(PosterRecord("", "A\x07 Bell", (AuthorRecord("Ada"),), "One.\r\nTwo.\rThree.\ud800", number=1),)
    )
    for kind in ("csv", "xlsx"):
        poster = read_back(record, kind).posters[0]
        assert (poster.title, poster.abstract) == ("A Bell", "One.\nTwo.\nThree.")
    long = ProgrammeRecord(posters=(PosterRecord("", "Long", (), "x" * (LONGEST_CELL + 1), number=12),))
    assert read_back(long, "csv").posters[0].abstract == long.posters[0].abstract
    with pytest.raises(TooLongForTable, match=r"^Poster 12: “Abstract” has 32,768 characters; a cell of XLSX holds"):
        to_xlsx(long)
