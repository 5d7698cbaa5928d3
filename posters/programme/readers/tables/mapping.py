"""Which of a table's columns is which field: guessed from the headers, corrected by a person."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest

from posters.programme.readers.tables.cells import unguarded
from posters.programme.readers.tables.columns import BY_NAME, WRITTEN, field_of, header_key
from posters.programme.readers.values import Remarks
from posters.programme.records import ColumnRecord, UnreadableProgramme

LONGEST_SAMPLE = 80
RANK_OF_TITLE = 1_000_000
"""More than any row has cells."""


def sample_of(text: str) -> str:
    """As much of a cell as shows what the column holds."""
    return " ".join(text[: 2 * LONGEST_SAMPLE].split())[:LONGEST_SAMPLE]


def header_names(cells: Sequence[str]) -> list[str]:
    """The headers, each in one line; a column without one is called by its place."""
    names = (" ".join(unguarded(cell).split()) for cell in cells)
    return [name or f"column {place}" for place, name in enumerate(names, start=1)]


def rank(cells: Sequence[str], corrections: Mapping[str, str]) -> int:
    """How much a row looks like the header; below RANK_OF_TITLE where no cell heads the titles."""
    fields = _fields(header_names(cells), corrections)
    return sum(map(bool, fields)) + (RANK_OF_TITLE if "title" in fields else 0)


def is_ours(headers: Iterable[str]) -> bool:
    """Whether it has every column of the tables that are written here."""
    return {field.header for field in WRITTEN} <= set(headers)


def fields_of(
    headers: Sequence[str],
    corrections: Mapping[str, str],
    *,
    first_row: Sequence[str],
    name: str,
    place: str,
    remarks: Remarks,
) -> list[str]:
    """The field of each column, empty for one that is not read; at least one is the title.

    A header that heads two columns means the first. Raises UnreadableProgramme for corrections that name no
    column or field, and for a table without titles.
    """
    _check_corrections(headers, corrections, name)
    fields = _fields(headers, corrections)
    if "title" not in fields:
        raise UnreadableProgramme(
            f"{name}, {place}: no column is the title; the columns are {_listed(headers)}.",
            columns=tuple(
                ColumnRecord(header, field, sample_of(text))
                for header, field, text in zip_longest(headers, fields, first_row[: len(headers)], fillvalue="")
            ),
        )
    guessed = [known.name if (known := field_of(header)) else "" for header in headers]
    seen: set[str] = set()
    for index, header in enumerate(headers):
        if header.casefold() in seen:
            remarks.add(place, f"“{header}” heads two columns; only the first is read.")
        elif guessed[index] and not fields[index] and corrections.get(header) is None:
            reader = headers[fields.index(guessed[index])]
            remarks.add(place, f"“{header}” was not read: “{reader}” is the {guessed[index]} already.")
        seen.add(header.casefold())
    return fields


def _fields(headers: Sequence[str], corrections: Mapping[str, str]) -> list[str]:
    """Corrections first, then columns headed as ours, then what others call them, from left to right."""
    corrected = {header.casefold(): name for header, name in corrections.items()}
    places = {header.casefold(): index for index, header in reversed(list(enumerate(headers)))}
    names = [""] * len(headers)
    for header, name in corrected.items():
        if header in places:
            names[places[header]] = name
    guesses = [
        (index, field)
        for header, index in sorted(places.items(), key=lambda place: place[1])
        if header not in corrected and (field := field_of(headers[index]))
    ]
    for index, field in sorted(guesses, key=lambda guess: header_key(guess[1].header) != header_key(headers[guess[0]])):
        if field.is_many or field.name not in names:
            names[index] = field.name
    return names


def _check_corrections(headers: Sequence[str], corrections: Mapping[str, str], name: str) -> None:
    known = {header.casefold() for header in headers}
    taken: dict[str, str] = {}
    for header, field in corrections.items():
        if header.casefold() not in known:
            raise UnreadableProgramme(f"{name}: there is no column “{header}”; the columns are {_listed(headers)}.")
        if field and field not in BY_NAME:
            raise UnreadableProgramme(
                f"{name}: “{field}” is no field of a table; choose one of {', '.join(BY_NAME)}, "
                "or nothing to leave the column out."
            )
        if field and field in taken and not BY_NAME[field].is_many:
            raise UnreadableProgramme(f"{name}: “{taken[field]}” and “{header}” cannot both be the {field}.")
        taken[field] = header


def _listed(headers: Sequence[str]) -> str:
    shown = ", ".join(f"“{header[:60]}”" for header in headers[:60])
    return f"{shown} and {len(headers) - 60} more" if len(headers) > 60 else shown
