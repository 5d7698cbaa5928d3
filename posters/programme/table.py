"""A programme as a table, CSV or XLSX: one row for each presentation, one for a poster that has none.

What it holds, the spreadsheet reader reads back the same. It holds posters and the sessions they are shown in. It
does not hold: the conference, sessions without posters, sessions' descriptions and links, the order of decisions,
topics above topics, the places of boards, and rooms and topics that no poster names. Importing it again leaves all
these as they are. Links come kind by kind, texts without control characters, lines of a list with single spaces.
"""

import csv
import datetime as dt
import io
import re
import shutil
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

from posters.programme.readers.tables.cells import BETWEEN_NAMES, COMMAS, Address, guarded, joined, joined_addresses
from posters.programme.readers.tables.columns import LINK_KINDS, WRITTEN
from posters.programme.records import PosterRecord, PresentationRecord, ProgrammeRecord, SessionRecord

LONGEST_CELL = 32_767
"""Characters that a cell of XLSX can hold."""
LONG_AGO = dt.datetime(1980, 1, 1)  # noqa: DTZ001 - a ZIP file's times have no zone; it can hold none before this

_control_characters = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_line_ends = re.compile(r"\r\n?")


class TooLongForTable(ValueError):
    """A text is longer than a cell of XLSX can hold. `str()` is one sentence that says which."""


def to_csv(record: ProgrammeRecord) -> str:
    """CSV with commas. It begins with a byte-order mark: without one, Excel does not read it as UTF-8."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([field.header for field in WRITTEN])
    writer.writerows(_rows(record))
    return "\ufeff" + text.getvalue()


def to_xlsx(record: ProgrammeRecord) -> bytes:
    """A workbook of one sheet in which every cell but the numbers is text. Raises TooLongForTable."""
    # Imported here because only exports of workbooks need it, and it takes a third of a second.
    from openpyxl import Workbook

    rows = list(_rows(record))
    # First, for a workbook that is given up leaves its temporary file behind.
    for row in rows:
        for field, text in zip(WRITTEN, row, strict=True):
            if len(text) > LONGEST_CELL:
                raise TooLongForTable(
                    f"Poster {row[0]}: “{field.header}” has {len(text):,} characters; a cell of XLSX holds "
                    f"{LONGEST_CELL:,}. CSV holds it."
                )
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Posters")
    sheet.freeze_panes = "C2"
    sheet.append([field.header for field in WRITTEN])
    for number, *texts in rows:
        sheet.append([int(number) if number else None, *(_text_cell(sheet, text) for text in texts)])
    return _archived(workbook)


def _archived(workbook: Any) -> bytes:
    """The workbook's file, without the time at which it was made: the same programme, the same bytes."""
    from openpyxl.writer.excel import ExcelWriter  # for the same reason

    workbook.properties.created = workbook.properties.modified = LONG_AGO
    made, content = io.BytesIO(), io.BytesIO()
    ExcelWriter(workbook, zipfile.ZipFile(made, "w")).save()
    with zipfile.ZipFile(made) as parts, zipfile.ZipFile(content, "w") as archive:
        for name in parts.namelist():
            entry = zipfile.ZipInfo(name, LONG_AGO.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            with parts.open(name) as part, archive.open(entry, "w") as kept:
                shutil.copyfileobj(part, kept)
    return content.getvalue()


def _text_cell(sheet: Any, text: str) -> Any:
    """A cell that holds the text as text, whatever it looks like."""
    from openpyxl.cell import WriteOnlyCell  # for the same reason

    cell = WriteOnlyCell(sheet, text or None)
    if text:
        cell.data_type = "s"
    return cell


def _rows(record: ProgrammeRecord) -> Iterator[list[str]]:
    """The cells of each row, in the order of the columns."""
    sessions = {session.slug or session.title: session for session in record.sessions}
    for poster in record.posters:
        facts = _of_poster(poster)
        for shown in poster.presentations or [None]:
            cells = facts | (_of_presentation(shown, sessions) if shown else {})
            yield [_cell(cells.get(field.name, "")) for field in WRITTEN]


def _cell(text: str) -> str:
    return guarded(_control_characters.sub("", _line_ends.sub("\n", text)))


def _of_poster(poster: PosterRecord) -> dict[str, str]:
    """A poster's cells, by field."""
    return {
        "number": "" if poster.number is None else str(poster.number),
        "title": poster.title,
        "authors": joined((author.name for author in poster.authors), BETWEEN_NAMES, marks="()*"),
        "affiliations": _parallel(author.affiliation for author in poster.authors),
        "presenters": _presenters(poster),
        "author_ids": _parallel((author.source_id for author in poster.authors), COMMAS),
        "author_keys": _parallel(author.slug for author in poster.authors),
        "abstract": poster.abstract,
        "decision": poster.decision,
        "status": poster.status,
        "withdrawal_reason": poster.withdrawal_reason,
        "keywords": joined(poster.keywords, COMMAS),
        "topics": joined(poster.topics),
        "source_id": poster.source_id,
        "source_key": poster.source_key or "",
        **{
            kind: joined_addresses(Address(link.url, link.label) for link in poster.links if link.kind == kind)
            for kind in LINK_KINDS
        },
    }


def _parallel(texts: Iterable[str], weak: re.Pattern[str] | None = None) -> str:
    """One text for each author, empty ones kept; empty if all are."""
    items = list(texts)
    return joined(items, weak).strip() if any(items) else ""


def _presenters(poster: PosterRecord) -> str:
    """Their names; their places among the authors where names do not tell."""
    names = [author.name for author in poster.authors]
    presenting = [place for place, author in enumerate(poster.authors) if author.is_presenter]
    if len(set(map(str.casefold, names))) < len(names):
        return "; ".join(str(place + 1) for place in presenting)
    return joined((names[place] for place in presenting), BETWEEN_NAMES, marks="()*0123456789")


def _of_presentation(shown: PresentationRecord, sessions: dict[str, SessionRecord]) -> dict[str, str]:
    """A presentation's cells, by field."""
    session = sessions.get(shown.session) or SessionRecord(title=shown.session)
    return {
        "session": session.title,
        "session_key": session.slug,
        "session_kind": session.kind,
        "session_start": _moment(session.starts_at),
        "session_end": _moment(session.ends_at),
        "session_room": session.room,
        "room": shown.room,
        "board": shown.board,
        "format": shown.format,
        "presenter_start": _moment(shown.presenter_starts_at),
        "presenter_end": _moment(shown.presenter_ends_at),
        "position": "" if shown.position is None else str(shown.position),
    }


def _moment(moment: dt.datetime | None) -> str:
    return moment.isoformat(" ") if moment else ""
