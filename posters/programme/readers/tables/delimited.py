"""CSV, TSV and their kin as rows of text: the delimiter is found out, rows keep their lines' numbers."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import islice

from posters.programme.readers.mini_conf import LONGEST_CELL
from posters.programme.records import UnreadableProgramme

DELIMITERS = ",;\t|"
MOST_DELIMITERS = 20_000
"""In one line; more are garbage, and each would become an object in memory."""
LOOKED_AT = 100_000
"""Characters by which the delimiter is found."""

Row = tuple[int, list[str]]
"""The number of the line it begins in, from 1, and its cells."""


def delimiter_of(text: str, rank: Callable[[list[str]], int], *, rows: int) -> str:
    """The delimiter by which one of the first `rows` ranks highest; of equals the one that makes more cells."""

    def best(delimiter: str) -> tuple[int, int]:
        first = first_rows(text, delimiter, rows)
        return max(((rank(cells), len(cells)) for _, cells in first), default=(0, 0))

    return max(DELIMITERS, key=best)


def first_rows(text: str, delimiter: str, count: int) -> list[Row]:
    """The first rows that are not blank, as far as they can be read."""
    rows: list[Row] = []
    with suppress(UnreadableProgramme):  # What is broken is told when the whole is read.
        rows.extend(islice(rows_of(io.StringIO(text[:LOOKED_AT], newline="\n"), delimiter, ""), count))
    return rows


def rows_of(lines: Iterable[str], delimiter: str, name: str) -> Iterator[Row]:
    """All rows that are not blank. Raises UnreadableProgramme with the line of broken quotes or too long cells."""
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(_checked(lines, delimiter, name), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise UnreadableProgramme(f"{name}, line {line}: broken CSV: {error}.") from error


def _checked(lines: Iterable[str], delimiter: str, name: str) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        if line.count(delimiter) > MOST_DELIMITERS:
            raise UnreadableProgramme(f"{name}, line {number}: more than {MOST_DELIMITERS:,} cells; this is no table.")
        yield line
