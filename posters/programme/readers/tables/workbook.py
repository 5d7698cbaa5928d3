"""The sheets of an XLSX workbook as rows of text, within bounds.

A workbook is a ZIP archive of XML, and a small one can unpack to more than any memory holds. So it is unpacked
once to nowhere, and counted, before openpyxl sees it; openpyxl parses through defusedxml. Formulas are never
evaluated: a cell has the value that was stored with it.
"""

import datetime as dt
import re
import warnings
import weakref
import zlib
from collections.abc import Iterator
from typing import Any
from zipfile import BadZipFile, ZipFile

from defusedxml import DefusedXmlException

from posters.programme.readers.values import Remarks
from posters.programme.records import UnreadableProgramme
from posters.programme.source import LARGEST_FILE, OLE_MARK, SourceFile

MOST_PARTS = 5_000
MOST_TAGS = 5_000_000
"""Of XML, in all sheets and their texts; 30,000 posters have about 4 million. Each may cost 100 bytes of memory."""
MOST_ATTRIBUTES = 3_000_000
"""Likewise. Each may cost 250 bytes."""
MOST_TAGS_BESIDES = 300_000
"""In any other part, which openpyxl reads as a whole."""
MOST_SHEETS = 100
CHUNK = 1_000_000
"""Bytes unpacked at once."""
MOST_CELLS_IN_ROW = 50_000
"""A sheet has 16,384 columns."""
MOST_ROWS = 100_000
HEADER_BEFORE = 1_000
"""Rows of a sheet, blank ones included, among which its header is looked for."""
MOST_COLUMNS = 200
STREAMED = ("xl/worksheets/", "xl/sharedStrings")
"""Where the parts are that openpyxl reads piece by piece."""
LAST_ROW = 1_048_576
"""Of any sheet of XLSX."""
ERRORS = frozenset({"#N/A", "#VALUE!", "#REF!", "#DIV/0!", "#NUM!", "#NAME?", "#NULL!", "#SPILL!", "#CALC!"})
BROKEN = (
    *(BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RecursionError),
    *(KeyError, IndexError, ValueError, TypeError, AttributeError, SyntaxError, AssertionError),
)
"""What openpyxl and what is below it raise for an archive or XML that is no workbook's; refused entities, too."""

WITHOUT_VALUE = (
    "the formula in column {} was saved without its value and was left out: open the file in a spreadsheet program "
    "and save it there."
)

Row = tuple[int, list[str]]
"""Its number in the sheet, from 1, and its cells up to the last that is not empty."""

_password = "EncryptedPackage".encode("utf-16-le")
_cell = re.compile(rb"<(?:\w+:)?c[ />]")
_row = re.compile(rb"<(?:\w+:)?row\b")
_sheet = re.compile(rb"<(?:\w+:)?sheet\s")
LISTED = (b"mergeCell", b"hyperlink", b"dataValidation", b"conditionalFormatting", b"cfRule", b"brk", b"tablePart")
"""What openpyxl keeps of a sheet besides its cells, each as an object."""

_hidden = re.compile(rb"<!--.*?(?:-->|$)|<!\[CDATA\[.*?(?:\]\]>|$)|<\?.*?(?:\?>|$)", re.DOTALL)
_formula = re.compile(rb"<(?:\w+:)?f[ />]")


class Workbook:
    """An open workbook. Every method raises UnreadableProgramme for a broken one."""

    def __init__(self, file: SourceFile, remarks: Remarks) -> None:
        self.file = file
        self.remarks = remarks
        self._has_formulas = _check(file)
        self._book = self._open(data_only=True)
        self.titles: list[str] = [sheet.title for sheet in self._book.worksheets]

    def first_rows(self, title: str, count: int) -> list[Row]:
        """The first of a sheet's rows that are not blank. What is odd in them is told when the sheet is read."""
        rows: list[Row] = []
        try:
            with _without_warnings():
                for number, values in self._numbered(self._book, title, values_only=True):
                    if cells := self._texts(number, values, Remarks()):
                        rows.append((number, cells))
                    if len(rows) == count or number == HEADER_BEFORE:
                        break
        except BROKEN as error:
            raise self._broken(error) from error
        return rows

    def rows(self, title: str) -> Iterator[Row]:
        """A sheet's rows that are not blank. Formulas without the value they had when it was saved are told."""
        length = count = 0
        try:
            for number, values, cells_of_formulas in self._with_formulas(title):
                cells = self._texts(number, values, self.remarks)
                for index, cell in enumerate(cells_of_formulas):
                    if cell.data_type == "f" and not "".join(cells[index : index + 1]):
                        self.remarks.add(f"row {number}", WITHOUT_VALUE.format(cell.column_letter))
                length += sum(map(len, cells))
                count += bool(cells)
                if len(cells) > MOST_COLUMNS:
                    raise self._refusal(f"row {number} of “{title}” has more than {MOST_COLUMNS} columns")
                if count > MOST_ROWS or length > LARGEST_FILE:
                    raise self._refusal(
                        f"“{title}” has more than {MOST_ROWS:,} rows or {LARGEST_FILE // 1_000_000} MB of text"
                    )
                if cells:
                    yield number, cells
        except UnreadableProgramme:
            raise
        except BROKEN as error:
            raise self._broken(error) from error

    def _with_formulas(self, title: str) -> Iterator[tuple[int, Any, Any]]:
        """Each row's number and values and, where the workbook has formulas, its cells as they were written."""
        rows = self._numbered(self._book, title, values_only=True)
        if not self._has_formulas:
            yield from ((number, values, ()) for number, values in _quietly(rows))
            return
        written = _quietly(self._numbered(self._open(data_only=False), title, values_only=False))
        for (number, values), (_, cells) in zip(_quietly(rows), written, strict=True):
            yield number, values, cells

    def _open(self, *, data_only: bool) -> Any:
        # Imported here because most imports are of other formats, and it takes a third of a second.
        from openpyxl import load_workbook

        stream = self.file.open()
        weakref.finalize(self, stream.close)
        try:
            with _without_warnings():
                return load_workbook(stream, read_only=True, data_only=data_only, keep_links=False)
        except BROKEN as error:
            raise self._broken(error) from error

    def _numbered(self, book: Any, title: str, *, values_only: bool) -> Iterator[tuple[int, Any]]:
        """A sheet's rows, whatever size it says it has; one column more than may be, to see that there is one."""
        rows = book[title].iter_rows(
            min_row=1, max_row=LAST_ROW, min_col=1, max_col=MOST_COLUMNS + 1, values_only=values_only
        )
        return enumerate(rows, start=1)

    def _texts(self, number: int, values: tuple[Any, ...], remarks: Remarks) -> list[str]:
        """A row's cells as text, up to the last that is not empty."""
        if values.count(None) == len(values):
            return []
        cells = [_text(number, value, remarks) for value in values]
        while cells and not cells[-1].strip():
            cells.pop()
        return cells

    def _refusal(self, reason: str) -> UnreadableProgramme:
        return UnreadableProgramme(f"{self.file.name}: {reason}.")

    def _broken(self, error: BaseException) -> UnreadableProgramme:
        reason = str(error).strip().partition("\n")[0][:200].rstrip(".") or type(error).__name__
        if isinstance(error.__context__, DefusedXmlException) or isinstance(error, DefusedXmlException):
            reason = "its XML declares entities, which may be anything"
        return self._refusal(f"a broken workbook: {reason}. Save it again as .xlsx, or as CSV")


def _text(number: int, value: Any, remarks: Remarks) -> str:
    """A cell's value as a person sees it."""
    if isinstance(value, str):
        if value in ERRORS:
            remarks.add(f"row {number}", f"“{value}” is the error of a formula and was left out.")
            return ""
        return value
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dt.datetime):
        value = (value + dt.timedelta(milliseconds=500)).replace(microsecond=0)
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
    return str(value)


def _without_warnings() -> warnings.catch_warnings:
    """openpyxl warns of what it does not keep, such as drop-down lists; nothing of that is read here."""
    return warnings.catch_warnings(action="ignore")


def _quietly(rows: Iterator[Any]) -> Iterator[Any]:
    """The rows; warnings are off only while one is read."""
    while True:
        with _without_warnings():
            row = next(rows, None)
        if row is None:
            return
        yield row


def _check(file: SourceFile) -> bool:
    """Whether there are formulas in it. Raises UnreadableProgramme for what is no workbook, or too large a one.

    No more is unpacked than the archive's directory says, and of that no more than LARGEST_FILE.
    """
    with file.open() as stream:
        content = stream.read() if stream.read(len(OLE_MARK)) == OLE_MARK else b""
    if content:
        if _password in content:
            raise UnreadableProgramme(f"{file.name}: it is locked with a password. Save it without, or as CSV.")
        raise UnreadableProgramme(f"{file.name}: a workbook of before 2007 (.xls). Save it as .xlsx, or as CSV.")
    try:
        with file.open() as stream, ZipFile(stream) as archive:
            parts = archive.infolist()
            names = {part.filename for part in parts}
            if "[Content_Types].xml" not in names or "xl/workbook.bin" in names:
                raise UnreadableProgramme(
                    f"{file.name}: an archive but no .xlsx workbook. Save it as .xlsx, or as CSV."
                )
            size = sum(part.file_size for part in parts)
            if len(parts) > MOST_PARTS or size > LARGEST_FILE:
                raise UnreadableProgramme(
                    f"{file.name}: it unpacks to {len(parts):,} parts of together {size // 1_000_000:,} MB; "
                    f"{MOST_PARTS:,} and {LARGEST_FILE // 1_000_000} MB are possible."
                )
            if any(part.flag_bits & 1 for part in parts):
                raise UnreadableProgramme(f"{file.name}: it is locked with a password. Save it without, or as CSV.")
            return _count(file, archive)
    except (BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as error:
        raise UnreadableProgramme(f"{file.name}: a damaged workbook: {error}.") from error


def _count(file: SourceFile, archive: ZipFile) -> bool:
    """Whether there are formulas. Raises UnreadableProgramme for more XML than openpyxl should be given."""
    tags = attributes = sheets = 0
    has_formulas = False
    before = b""
    for part in archive.infolist():
        tags_besides = 0
        with archive.open(part) as stream:
            while chunk := stream.read(CHUNK):
                if len(chunk) == CHUNK and _is_endless(part.filename, chunk):
                    raise _too_much(file, part.filename)
                if part.filename.startswith(STREAMED):
                    tags += chunk.count(b"<")
                    tags_besides += sum(map(chunk.count, LISTED))
                else:
                    tags_besides += chunk.count(b"<")
                    sheets += len(_sheet.findall(chunk))
                attributes += chunk.count(b'="') + chunk.count(b"='")
                has_formulas = has_formulas or _formula.search(before + chunk) is not None
                before = chunk[-50:]  # a tag may begin in one chunk and end in the next
        if tags > MOST_TAGS or attributes > MOST_ATTRIBUTES or tags_besides > MOST_TAGS_BESIDES:
            raise _too_much(file, part.filename)
        most_sheets = min(MOST_SHEETS, len(archive.infolist()))
        if sheets > most_sheets:  # openpyxl looks into each, even where many are one part
            raise UnreadableProgramme(f"{file.name}: it has {sheets:,} sheets; {most_sheets} are possible.")
    return has_formulas


def _too_much(file: SourceFile, part: str) -> UnreadableProgramme:
    return UnreadableProgramme(
        f"{file.name}: “{part}” has more cells, or more formatting, than a programme needs. "
        "Delete the empty rows below the last and save it again, or save it as CSV."
    )


def _is_endless(name: str, chunk: bytes) -> bool:
    """Whether a chunk is the inside of one tag, or of one row: parsers keep these whole, and look at them again."""
    if not name.endswith((".xml", ".rels")):
        return False
    if b"<!" in chunk or b"-->" in chunk or b"<?" in chunk:  # else what a comment says would count
        head, is_ended, rest = chunk.partition(b"-->")
        chunk = _hidden.sub(b"", rest if is_ended and b"<!--" not in head else chunk)
    return b">" not in chunk or (
        name.startswith("xl/worksheets/") and len(_cell.findall(chunk)) > MOST_CELLS_IN_ROW and not _row.search(chunk)
    )
