"""A table's rows by field: out of text or a workbook, from the header on."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain, islice

from posters.programme.readers.tables.cells import unguarded
from posters.programme.readers.tables.columns import BY_NAME, has_aside
from posters.programme.readers.tables.delimited import delimiter_of, first_rows, rows_of
from posters.programme.readers.tables.mapping import (
    LONGEST_SAMPLE,
    RANK_OF_TITLE,
    fields_of,
    header_names,
    is_ours,
    rank,
    sample_of,
)
from posters.programme.readers.tables.moments import is_day_first
from posters.programme.readers.tables.people import are_family_first
from posters.programme.readers.tables.workbook import MOST_COLUMNS, MOST_ROWS, Workbook
from posters.programme.readers.values import Remarks, Values
from posters.programme.records import ColumnRecord, UnreadableProgramme
from posters.programme.source import Source
from posters.programme.spool import Spool

HEADER_WITHIN = 10
"""Rows; titles and notes may stand above the header."""
LARGEST_NUMBER = 2**31 - 1
STATUSES = ("draft", "published", "withdrawn")
TIME_FIELDS = ("session_start", "session_end", "time", "date", "presenter_start", "presenter_end")


@dataclass
class Grid:
    """Rows of text, from the header on. `unit` is what their numbers count, `name` is for messages."""

    name: str
    unit: str
    header: tuple[int, list[str]]
    rows: Iterable[tuple[int, list[str]]]

    @property
    def place(self) -> str:
        """Where the header stands."""
        return f"{self.unit} {self.header[0]}"


def text_grid(source: Source, remarks: Remarks) -> Grid:
    file = source.main
    start = next(file.pieces())
    delimiter = delimiter_of(start, partial(rank, corrections=source.columns), rows=HEADER_WITHIN)
    first = first_rows(start, delimiter, HEADER_WITHIN)
    return _from_header(file.name, "line", first, rows_of(file.lines(), delimiter, file.name), source.columns, remarks)


def sheet_grid(source: Source, remarks: Remarks) -> Grid:
    """The first sheet with a column for titles."""
    file = source.main
    book = Workbook(file, remarks)
    ranked = partial(rank, corrections=source.columns)
    first = {title: book.first_rows(title, HEADER_WITHIN) for title in book.titles}
    filled = [title for title in book.titles if first[title]]
    chosen = next(
        (title for title in filled if any(ranked(cells) >= RANK_OF_TITLE for _, cells in first[title])),
        filled[0] if filled else "",
    )
    if not chosen:
        raise UnreadableProgramme(f"{file.name}: no sheet has anything in it.")
    others = [title for title in filled if title != chosen]
    if others:
        remarks.add(file.name, f"the sheet “{chosen}” was read, and not “{'”, “'.join(others)}”.")
    name = f"{file.name}, sheet “{chosen}”"
    return _from_header(name, "row", first[chosen], book.rows(chosen), source.columns, remarks)


def _from_header(
    name: str,
    unit: str,
    first: Sequence[tuple[int, list[str]]],
    rows: Iterable[tuple[int, list[str]]],
    corrections: Mapping[str, str],
    remarks: Remarks,
) -> Grid:
    """The rows from the header on: of the `first` ones that with a title, else the one that is most like a header."""
    rest = iter(rows)
    if not first:
        next(rest, None)  # Says what is broken, where something is.
        raise UnreadableProgramme(f"{name}: there is no row in it.")
    ranks = [rank(cells, corrections) for _, cells in first]
    titled = [index for index, each in enumerate(ranks) if each >= RANK_OF_TITLE]
    index = titled[0] if titled else max(range(len(first)), key=lambda row: (ranks[row], len(first[row][1])))
    for number, _ in islice(rest, index):
        remarks.add(f"{unit} {number}", "it stands above the header and was not read.")
    return Grid(name, unit, next(rest), rest)


@dataclass(frozen=True)
class Row:
    """One row by field. `headers` are those of each field's columns."""

    values: Values
    headers: Mapping[str, Sequence[str]]

    @property
    def place(self) -> str:
        return self.values.place

    def has(self, name: str) -> bool:
        return name in self.headers

    def header(self, name: str) -> str:
        """What the column of a field is called in this table."""
        return self.headers[name][0] if name in self.headers else BY_NAME[name].header

    def text(self, name: str) -> str:
        return self.values.text(self.header(name)) if self.has(name) else ""

    def line(self, name: str) -> str:
        return self.values.line(self.header(name)) if self.has(name) else ""

    def texts(self, name: str) -> Iterator[tuple[str, str]]:
        """Header and text of each of a field's columns."""
        for header in self.headers.get(name, ()):
            yield header, self.values.text(header)

    def number(self, name: str, lowest: int) -> int | None:
        text = self.line(name)
        if not text:
            return None
        if text.isascii() and text.isdecimal() and len(text) <= 10 and lowest <= int(text) <= LARGEST_NUMBER:
            return int(text)
        self.values.remark(f"“{text[:60]}” in “{self.header(name)}” is not a number and was left out.")
        return None


class Rows:
    """A table's rows, which can be gone through more than once."""

    def __init__(self, contents: "Spool[_Content]", headers: Mapping[str, Sequence[str]], remarks: Remarks) -> None:
        self._contents, self._headers, self._remarks = contents, headers, remarks
        self._left_out: set[int] = set()

    def __iter__(self) -> Iterator[Row]:
        for index, content in enumerate(self._contents):
            if index not in self._left_out:
                yield Row(Values(content.place, content.cells, self._remarks), self._headers)

    def leave_out(self, is_left_out: Callable[[Row], bool]) -> None:
        """Go past some of them from now on."""
        self._left_out |= {index for index, row in enumerate(self) if is_left_out(row)}


@dataclass(frozen=True, slots=True)
class _Content:
    """What a row says, by header, and its place."""

    place: str
    cells: dict[str, str]


@dataclass
class Table:
    """The rows, on disk, and what can only be told from all of them."""

    columns: tuple[ColumnRecord, ...]
    rows: "Rows"
    is_ours: bool
    is_day_first: bool | None
    is_family_first: bool

    def has(self, name: str) -> bool:
        """Whether a column is read as this field."""
        return any(column.field == name for column in self.columns)

    @classmethod
    def of(cls, grid: Grid, corrections: Mapping[str, str], remarks: Remarks) -> "Table":
        if len(grid.header[1]) > MOST_COLUMNS:
            raise UnreadableProgramme(f"{grid.name}: more than {MOST_COLUMNS:,} columns; this is no programme.")
        headers = header_names(grid.header[1])
        rest = iter(grid.rows)
        first = list(islice(rest, 1))
        fields = fields_of(
            headers,
            corrections,
            first_row=first[0][1] if first else (),
            name=grid.name,
            place=grid.place,
            remarks=remarks,
        )
        grid = replace(grid, rows=chain(first, rest))
        samples: dict[int, str] = {}
        contents = Spool(_contents(grid, headers, fields, samples, remarks))
        _read_status_as_decision(headers, fields, samples, corrections)
        by_field: defaultdict[str, list[str]] = defaultdict(list)
        for header, name in zip(headers, fields, strict=True):
            if name:
                by_field[name].append(header)
        rows = Rows(contents, by_field, remarks)
        for header in (header for name in TIME_FIELDS for header in by_field.get(name, ()) if has_aside(header)):
            remarks.add(grid.place, f"what stands in brackets in “{header}” was not read; a zone belongs to each time.")
        is_reversed = are_family_first(row.text("authors") for row in rows)
        if is_reversed:
            remarks.add(grid.place, f"“{by_field['authors'][0]}” has the family names first; they were turned round.")
        return cls(
            columns=tuple(
                ColumnRecord(header, name, samples.get(index, ""))
                for index, (header, name) in enumerate(zip(headers, fields, strict=True))
                if index in samples or grid.header[1][index].strip()
            ),
            rows=rows,
            is_ours=is_ours(headers),
            is_day_first=is_day_first(row.line(name) for row in rows for name in TIME_FIELDS),
            is_family_first=is_reversed,
        )


def _contents(
    grid: Grid, headers: list[str], fields: list[str], samples: dict[int, str], remarks: Remarks
) -> Iterator[_Content]:
    """Each row's cells that are read, by header; `samples` takes the first of each column."""
    wanted = [(index, header) for index, header in enumerate(headers) if fields[index]]
    unsampled = set(range(len(headers)))
    for count, (number, cells) in enumerate(grid.rows, start=1):
        if count > MOST_ROWS:
            raise UnreadableProgramme(f"{grid.name}: more than {MOST_ROWS:,} rows.")
        content = {
            header: unguarded(cells[index]) for index, header in wanted if index < len(cells) and cells[index].strip()
        }
        values = Values(f"{grid.unit} {number}", content, remarks)
        is_longer = any(cell.strip() for cell in cells[len(headers) :])
        if is_longer and grid.unit == "line":
            title = content.get(headers[fields.index("title")], "")
            values.leave_out(
                title[:LONGEST_SAMPLE],
                f"it has {len(cells)} cells, the header {len(headers)}: perhaps one with a comma lacks its quotes",
            )
            continue
        if is_longer:
            values.remark("the cells right of the last header were not read.")
        if len(cells) < len(headers) and grid.unit == "line":
            values.remark(f"fewer cells than the header's {len(headers)} columns; the last ones are empty.")
        for index in [index for index in unsampled if index < len(cells) and cells[index].strip()]:
            samples[index] = sample_of(unguarded(cells[index]))
            unsampled.remove(index)
        yield _Content(values.place, content)


def _read_status_as_decision(
    headers: list[str], fields: list[str], samples: Mapping[int, str], corrections: Mapping[str, str]
) -> None:
    """Others call a decision so; here a status is one of three words."""
    if "status" in fields and "decision" not in fields:
        index = fields.index("status")
        is_guessed = headers[index].casefold() not in map(str.casefold, corrections)
        if is_guessed and samples.get(index, STATUSES[0]).casefold() not in STATUSES:
            fields[index] = "decision"
