"""Formats a programme comes in: one module each, one registry.

A reader module has `NAME`, `recognises(text)` and `read(text)`, which raises UnreadableProgramme with the
line or record. To add one, write the module and add it to READERS.
"""

from pathlib import Path
from types import ModuleType

from posters.programme.readers import iclr_page, programme_json
from posters.programme.records import ProgrammeRecord, UnreadableProgramme

READERS: dict[str, ModuleType] = {reader.NAME: reader for reader in (iclr_page, programme_json)}
LARGEST_FILE = 200_000_000
"""Bytes; a programme of 30,000 posters has 60 MB."""


def read_programme(path: Path, *, format_name: str = "") -> ProgrammeRecord:
    """Read a programme file; its format is recognised from its content when not named.

    Raises UnreadableProgramme with one clear sentence.
    """
    text = read_text(path)
    if format_name:
        if format_name not in READERS:
            raise UnreadableProgramme(
                f"There is no format “{format_name}”: choose one of {', '.join(sorted(READERS))}."
            )
        return READERS[format_name].read(text)
    for reader in READERS.values():
        if reader.recognises(text):
            return reader.read(text)
    raise UnreadableProgramme(
        f"{path.name}, line 1: “{_first_line(text)}” begins none of the formats {', '.join(sorted(READERS))}."
    )


def read_text(path: Path) -> str:
    """The file as text: UTF-8, with or without a byte-order mark, line ends as \\n."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise UnreadableProgramme(f"{path.name} is larger than {LARGEST_FILE // 1_000_000} MB.")
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableProgramme(f"{path} cannot be opened: {error.strerror}.") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableProgramme(f"{path.name}, line {line}: not UTF-8 text.") from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise UnreadableProgramme(f"{path.name}, line {line}: a null byte; this is not a text file.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _first_line(text: str) -> str:
    return text.lstrip().partition("\n")[0][:80]
