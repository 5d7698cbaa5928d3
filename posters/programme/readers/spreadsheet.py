"""A programme as a table: CSV, TSV or XLSX, a row for each poster or presentation.

The first line in which a cell heads the titles is the header; tables/columns.py has what the columns may be
called, in any order and case, and `Source.columns` what a person says they are. Rows of the same number or key and
the same title are one poster, shown in several sessions. A row's session is known by its key, else by its title
and, where that comes on several days, its day. Our own tables (posters/programme/table.py) are read as written.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from posters.programme.readers.decisions import decision_of, order_of
from posters.programme.readers.tables.cells import COMMAS, addresses, split
from posters.programme.readers.tables.columns import FIELDS as FIELDS
from posters.programme.readers.tables.columns import LINK_KINDS
from posters.programme.readers.tables.delimited import delimiter_of, first_rows
from posters.programme.readers.tables.mapping import RANK_OF_TITLE, rank
from posters.programme.readers.tables.people import Cells, authors_of
from posters.programme.readers.tables.rows import HEADER_WITHIN, STATUSES, Row, Table, sheet_grid, text_grid
from posters.programme.readers.tables.sessions import Sessions, moment, window
from posters.programme.readers.values import Remarks
from posters.programme.records import (
    LinkRecord,
    PosterRecord,
    PresentationRecord,
    ProgrammeRecord,
    UnreadableProgramme,
)
from posters.programme.source import Source
from posters.programme.spool import Spool

NAME = "spreadsheet"
TITLE = "Spreadsheet: CSV, TSV or XLSX"
FORMATS = {
    **dict.fromkeys(("in-person", "in person", "inperson", "onsite", "on-site", "on site", "physical"), "in-person"),
    **dict.fromkeys(("virtual", "online", "remote"), "virtual"),
}

LONGEST_TOTAL = 80

_mail = re.compile(r"([^\s;,|]+@[^\s;,|*]+)\*?")
_total = re.compile(r"(grand )?(total|sum|count)s?\W*[\d\s.,]*", re.IGNORECASE)


def recognises(source: Source) -> bool:
    """Whether it is a workbook or has the name of a table, or text with a header that heads titles."""
    file = source.main
    if file.is_binary or file.suffix in (".csv", ".tsv"):
        return True
    text = file.start.lstrip("\ufeff")
    if text.lstrip().startswith(("{", "[", "<")):
        return False
    ranked = partial(rank, corrections=source.columns)
    first = first_rows(text, delimiter_of(text, ranked, rows=HEADER_WITHIN), HEADER_WITHIN)
    return any(ranked(cells) > RANK_OF_TITLE + 1 for _, cells in first)


def read(source: Source) -> ProgrammeRecord:
    """The posters in the table's order; every row becomes one, joins one, or is left out with a reason.

    Raises UnreadableProgramme with the line, for a table without titles with the columns it has.
    """
    if len(source.files) > 1:
        names = ", ".join(file.name for file in source.files)
        raise UnreadableProgramme(f"A spreadsheet is one file, and here are {len(source.files)}: {names}. Name one.")
    remarks = Remarks()
    grid = (sheet_grid if source.main.is_binary else text_grid)(source, remarks)
    table = Table.of(grid, source.columns, remarks)
    table.rows.leave_out(lambda row: _is_left_out(row, table))
    sessions = Sessions(table, remarks)
    posters = _joined((row, _poster(row, table, sessions)) for row in table.rows)
    return ProgrammeRecord(
        decisions=order_of({poster.decision for poster in posters}),
        sessions=tuple(sessions.records),
        posters=posters,
        left_out=tuple(remarks.left_out),
        remarks=remarks.lines(),
        columns=table.columns,
    )


def _is_left_out(row: Row, table: Table) -> bool:
    """Whether a row is no poster of the programme; then it is told."""
    if table.is_ours:
        return False
    title = row.line("title")
    verdict = next((text for name in ("decision", "status") if "reject" in (text := row.line(name)).casefold()), "")
    if verdict:
        row.values.leave_out(title, f"not accepted: “{verdict[:60]}”")
        return True
    texts = (text.strip() for text in row.values.content.values() if len(text) <= LONGEST_TOTAL)
    total = next(filter(_total.fullmatch, texts), "")
    if total and not row.line("authors"):
        row.values.leave_out(title or total, "a row of totals")
        return True
    return False


def _poster(row: Row, table: Table, sessions: Sessions) -> PosterRecord:
    title = row.line("title")
    authors = authors_of(
        _people(row, table), is_family_first=table.is_family_first, place=row.place, remarks=row.values.remarks
    )
    if not title:
        names = ", ".join(author.name for author in authors)
        row.values.remark(f"the title is empty; its authors are {names or 'missing'}.")
    decision, status = row.line("decision"), _status(row)
    if not table.is_ours:
        decision = decision_of(decision)
        if "withdr" in decision.casefold():
            decision, status = "", "withdrawn"
    return PosterRecord(
        place=row.place,
        title=title,
        authors=authors,
        abstract=row.text("abstract"),
        decision=decision,
        source_id=row.line("source_id"),
        number=row.number("number", 1),
        keywords=_items(row, "keywords", COMMAS),
        topics=_items(row, "topics", None),
        links=tuple(dict.fromkeys(_links(row))),
        presentations=_presentations(row, table, sessions),
        status=status,
        withdrawal_reason=_withdrawal_reason(row, status),
        source_key=row.line("source_key") or None,
    )


def _people(row: Row, table: Table) -> Cells:
    ids = row.text("author_ids")
    if not table.is_ours:  # An address is the same in any case; others mark one of them by a star.
        ids = _mail.sub(lambda match: match[1].lower(), ids)
    return Cells(
        names=row.text("authors"),
        affiliations=row.text("affiliations") if row.has("affiliations") else None,
        presenters=row.text("presenters") if row.has("presenters") else None,
        ids=ids,
        keys=row.text("author_keys"),
    )


def _status(row: Row) -> str:
    text = row.line("status")
    if not text or text.casefold() in STATUSES:
        return text.casefold()
    row.values.remark(f"“{text[:60]}” in “{row.header('status')}” is none of {', '.join(STATUSES)} and was left out.")
    return ""


def _withdrawal_reason(row: Row, status: str) -> str:
    reason = row.line("withdrawal_reason")
    if reason and status != "withdrawn":
        row.values.remark(f"“{reason[:60]}” in “{row.header('withdrawal_reason')}” was left out: it is not withdrawn.")
        return ""
    return reason


def _items(row: Row, name: str, weak: re.Pattern[str] | None) -> tuple[str, ...]:
    """A list's items, each once, from all its columns."""
    items = (item.text for _, text in row.texts(name) for item in split(text, weak))
    return tuple(dict.fromkeys(item for item in items if item))


def _links(row: Row) -> Iterator[LinkRecord]:
    for kind in LINK_KINDS:
        for header, text in row.texts(kind):
            for address in addresses(text):
                if url := row.values.checked_address(address.url, header):
                    yield LinkRecord(kind, url, address.label)


def _presentations(row: Row, table: Table, sessions: Sessions) -> tuple[PresentationRecord, ...]:
    """The row's one presentation, if it tells of any."""
    session = sessions.of_row.get(row.place)
    if session is None:
        return ()
    printed = row.line("format")
    if printed and printed.casefold() not in FORMATS:
        row.values.remark(
            f"“{printed[:60]}” in “{row.header('format')}” is neither in person nor virtual; taken as in person."
        )
    day = session.starts_at.date() if session.starts_at else None
    times = window(
        row,
        "presenter_start",
        "presenter_end",
        *(moment(row, table, name, row.line(name), day) for name in ("presenter_start", "presenter_end")),
    )
    starts_at, ends_at = times or (None, None)
    return (
        PresentationRecord(
            session=session.slug or session.title,
            format=FORMATS.get(printed.casefold(), "in-person"),
            room=row.line("room"),
            board=row.line("board"),
            presenter_starts_at=starts_at,
            presenter_ends_at=ends_at,
            position=row.number("position", 0),
        ),
    )


def _joined(posters: Iterable[tuple[Row, PosterRecord]]) -> Spool[PosterRecord]:
    """Each poster once, with the presentations of all its rows; the rows that add to it are accounted for."""
    found: Spool[PosterRecord] = Spool()
    known: dict[tuple[object, ...], int] = {}
    numbers: dict[int, str] = {}
    for row, poster in posters:
        key = _identity(poster)
        if key in known:
            first = found[known[key]]
            whole = _with(first, poster, row)
            if whole == first:
                row.values.leave_out(poster.title, f"the same as {first.place}, which has all it says")
            else:
                found[known[key]] = whole
                row.values.leave_out(poster.title, "more of a poster in an earlier row", is_joined=True)
            continue
        known[key] = len(found)
        found.append(poster)
        if poster.number is not None and numbers.setdefault(poster.number, poster.place) != poster.place:
            row.values.remark(f"its number, {poster.number}, is that of {numbers[poster.number]}, too.")
    return found


def _identity(poster: PosterRecord) -> tuple[object, ...]:
    """Rows that have it in common are one poster: the key or else the number, or else the authors, and the title."""
    title = " ".join(poster.title.casefold().split())
    if poster.source_id:
        return "key", poster.source_id, title
    if poster.number is not None:
        return "number", poster.number, title
    if title and poster.authors:
        return "authors", tuple(author.name.casefold() for author in poster.authors), title
    return "place", poster.place


def _with(first: PosterRecord, other: PosterRecord, row: Row) -> PosterRecord:
    """A poster with what another of its rows adds; where they differ the first row stands, and it is told."""
    sessions = {shown.session for shown in first.presentations}
    added = [shown for shown in other.presentations if shown.session not in sessions]
    values: dict[str, Any] = {
        "presentations": (*first.presentations, *added),
        "links": tuple(dict.fromkeys((*first.links, *other.links))),
    }
    for name in ("number", "authors", "abstract", "decision", "keywords", "topics", "status", "withdrawal_reason"):
        before, after = getattr(first, name), getattr(other, name)
        if after and not before:
            values[name] = after
        elif after and after != before:
            row.values.remark(
                f"its {name.replace('_', ' ')} is not that of an earlier row of the same poster, which stands."
            )
    return replace(first, **values)
