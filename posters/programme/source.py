"""What an organiser hands in: one file or several that belong together, as bytes and, piece by piece, as text."""

import codecs
import io
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from posters.programme.records import UnreadableProgramme

LARGEST_FILE = 120_000_000
"""Bytes; a programme of 30,000 posters has about 60 MB."""
MOST_LINES = 10_000_000
SUFFIXES = {".json", ".jsonl", ".csv", ".tsv", ".txt", ".xlsx", ".xml", ".yml", ".yaml"}
ZIP_MARK = b"PK\x03\x04"
OLE_MARK = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""What Excel wrote before 2007, and writes around a workbook with a password."""
LONGEST_LINE = 20_000_000
"""Characters; of lists in which a poster is a line, none has a thousandth."""
PIECE = 1 << 19
"""Bytes that are read at once."""
LOOKED_AT = 20_000
"""Bytes by which a format, and UTF-16 without its mark, are recognised."""
GUESSED = {"latin-1": "Latin-1", "cp1252": "Windows-1252 (Western European)"}
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

_windows_letter = re.compile(rb"[\x80-\x9f]")
"""In Latin-1 these are control characters."""


@dataclass(frozen=True)
class SourceFile:
    """One file: its bytes, or where they lie. `name` is its name without a folder.

    Nothing of it is kept in memory but its start.
    """

    name: str
    content: bytes | Path

    def open(self) -> BinaryIO:
        """Its bytes from the start. Raises UnreadableProgramme where it is gone."""
        if isinstance(self.content, bytes):
            return io.BytesIO(self.content)
        try:
            return self.content.open("rb")
        except OSError as error:
            raise UnreadableProgramme(f"{self.name} cannot be opened: {error.strerror}.") from error

    @property
    def suffix(self) -> str:
        """Its ending, in small letters, with the dot."""
        return Path(self.name).suffix.lower()

    @property
    def is_binary(self) -> bool:
        """Whether it is a container, as workbooks are, and no text."""
        return self._first_bytes.startswith((ZIP_MARK, OLE_MARK))

    @cached_property
    def encoding(self) -> str:
        """By its byte-order mark; else UTF-8 where it is that; else UTF-16 where every second byte is null, as in
        Latin letters; else Windows-1252 where its own letters occur, such as curly quotes; else Latin-1, in which
        any byte is a letter.
        """
        start = self._first_bytes
        for mark, name in MARKS:
            if start.startswith(mark):
                return name
        for name, nulls, letters in (("utf-16-le", start[1::2], start[::2]), ("utf-16-be", start[::2], start[1::2])):
            if nulls.count(0) > len(nulls) * 3 / 4 and letters.count(0) == 0:
                return name
        if self._is("utf-8"):
            return "utf-8"
        has_windows_letters = any(_windows_letter.search(piece) for piece in self._pieces())
        return "cp1252" if has_windows_letters and self._is("cp1252") else "latin-1"

    def _is(self, encoding: str) -> bool:
        decoder = codecs.getincrementaldecoder(encoding)()
        with suppress(UnicodeDecodeError):
            for piece in self._pieces():
                decoder.decode(piece, final=not piece)
            return True
        return False

    def _pieces(self) -> Iterator[bytes]:
        """The bytes piece by piece, an empty one at the end."""
        with self.open() as file:
            while piece := file.read(PIECE):
                yield piece
        yield b""

    def pieces(self) -> Iterator[str]:
        """The text piece by piece, line ends as \\n. Raises UnreadableProgramme with the line of what is no text."""
        if self.is_binary:
            raise UnreadableProgramme(f"{self.name}, line 1: this is a workbook or an archive, not a text file.")
        decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(self.encoding)(), translate=True)
        line = 1
        for count, piece in enumerate(self._pieces()):
            try:
                text = decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                line += error.object.count(b"\n", 0, error.start)
                raise UnreadableProgramme(f"{self.name}, line {line}: broken {self.encoding} text.") from error
            # Others, such as \x02 for a lost ×, do stand in real abstracts.
            if "\0" in text:
                line += text.count("\n", 0, text.index("\0"))
                raise UnreadableProgramme(f"{self.name}, line {line}: a control character; this is not a text file.")
            line += text.count("\n")
            if line > MOST_LINES:
                raise UnreadableProgramme(f"{self.name}: more than {MOST_LINES:,} lines; no programme has so many.")
            yield text if count else text.removeprefix("\ufeff")

    def lines(self) -> Iterator[str]:
        """The text line by line, with their ends. Raises UnreadableProgramme as `pieces`, and for endless ones."""
        number, length = 1, 0
        begun: list[str] = []
        for piece in self.pieces():
            first, *more = piece.split("\n")
            begun.append(first)
            length += len(first)
            if length > LONGEST_LINE:
                raise UnreadableProgramme(f"{self.name}, line {number}: it has more than {LONGEST_LINE:,} characters.")
            if more:
                yield "".join(begun) + "\n"
                yield from (f"{line}\n" for line in more[:-1])
                number += len(more)
                begun, length = [more[-1]], len(more[-1])
        if length:
            yield "".join(begun)

    @property
    def text(self) -> str:
        """The whole text, for formats that cannot be read piece by piece; raises as `pieces`."""
        return "".join(self.pieces())

    @property
    def start(self) -> str:
        """Enough of the text to recognise a format by; empty for what is no text."""
        if self.is_binary:
            return ""
        return self._first_bytes.decode(self.encoding, "ignore")

    @cached_property
    def _first_bytes(self) -> bytes:
        with self.open() as file:
            return file.read(LOOKED_AT)


@dataclass(frozen=True)
class Source:
    """Files that make up one programme; the first is the one that was named."""

    files: tuple[SourceFile, ...]
    columns: Mapping[str, str] = field(default_factory=dict)
    """A table's headers with the fields a person says they are; those not named are guessed."""

    @property
    def main(self) -> SourceFile:
        return self.files[0]

    def ending(self, *endings: str) -> list[SourceFile]:
        """The files whose names end so, such as "papers.csv"; letters' case does not count."""
        return [file for file in self.files if file.name.lower().endswith(endings)]

    @property
    def remarks(self) -> Iterator[str]:
        """What a person should know of how the files were read."""
        for file in self.files:
            if not file.is_binary and file.encoding in GUESSED:
                yield f"{file.name}: not UTF-8, read as {GUESSED[file.encoding]}; look whether names came through."
            elif not file.is_binary and file.encoding.startswith("utf-16"):
                yield f"{file.name}: read as UTF-16."


def open_source(path: Path) -> Source:
    """The file, and the abstracts the virtual site keeps beside it; or all data files of a folder, by name.

    Raises UnreadableProgramme for what cannot be opened, is empty or too large.
    """
    try:
        if path.is_dir():
            paths = sorted(entry for entry in path.iterdir() if entry.suffix.lower() in SUFFIXES and entry.is_file())
        else:
            sidecar = path.with_name(path.name.replace("orals-posters", "abstracts"))
            paths = [path, sidecar] if sidecar != path and sidecar.is_file() else [path]
        files = tuple(_open(entry) for entry in paths)
    except OSError as error:
        raise UnreadableProgramme(f"{path} cannot be opened: {error.strerror}.") from error
    if not files:
        raise UnreadableProgramme(f"{path} holds no file with one of the endings {', '.join(sorted(SUFFIXES))}.")
    return Source(files)


def open_named(files: Iterable[tuple[str, Path]]) -> Source:
    """Files that are kept elsewhere under other names, in this order.

    Raises UnreadableProgramme for what cannot be opened or is too large.
    """
    try:
        return Source(tuple(_open(path, name) for name, path in files))
    except OSError as error:
        raise UnreadableProgramme(f"The files cannot be opened: {error.strerror}.") from error


def _open(path: Path, name: str = "") -> SourceFile:
    name = name or path.name
    with path.open("rb") as file:
        is_on_disk = path.is_file()
        # What is no file, a pipe or a device, has no size and is there only once.
        content = b"" if is_on_disk else file.read(LARGEST_FILE + 1)
        size = file.seek(0, io.SEEK_END) if is_on_disk else len(content)
    if size > LARGEST_FILE:
        raise UnreadableProgramme(f"{name} is larger than {LARGEST_FILE // 1_000_000} MB.")
    return SourceFile(name, path if is_on_disk else content)
