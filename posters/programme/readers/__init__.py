"""Formats a programme comes in: one module each, one registry.

A reader module has `NAME`, `TITLE` (for people), `recognises(source) -> bool`, which is cheap and never raises,
and `read(source) -> ProgrammeRecord`, which raises UnreadableProgramme with the line or record. To add a
format, write the module and add it to READERS; the first that recognises a source reads it.
"""

from dataclasses import replace
from types import ModuleType

from posters.programme.readers import (
    iclr_page,
    mini_conf,
    openreview,
    programme_json,
    schedule_json,
    schedule_xml,
    spreadsheet,
    virtual_site,
)
from posters.programme.records import ProgrammeRecord, UnreadableProgramme
from posters.programme.source import Source

READERS: dict[str, ModuleType] = {
    reader.NAME: reader
    for reader in (
        programme_json,
        schedule_json,
        schedule_xml,
        virtual_site,
        openreview,
        mini_conf,
        iclr_page,
        spreadsheet,
    )
}


def reader_of(source: Source, *, format_name: str = "") -> ModuleType:
    """The reader named, else the first that recognises the source. Raises UnreadableProgramme if there is none."""
    known = ", ".join(sorted(READERS))
    if format_name:
        if format_name not in READERS:
            raise UnreadableProgramme(f"There is no format “{format_name}”: choose one of {known}.")
        return READERS[format_name]
    for reader in READERS.values():
        if reader.recognises(source):
            return reader
    first = "".join(filter(str.isprintable, source.main.start.lstrip().partition("\n")[0][:80]))
    raise UnreadableProgramme(f"{source.main.name}, line 1: “{first}” begins none of the formats {known}.")


def read_programme(source: Source, *, format_name: str = "") -> ProgrammeRecord:
    """The programme in a source; its format is recognised from the content when not named.

    Raises UnreadableProgramme with one clear sentence.
    """
    reader = reader_of(source, format_name=format_name)
    if source.columns and reader is not spreadsheet:
        raise UnreadableProgramme(
            f"{source.main.name} was taken for {reader.TITLE}, whose columns are known. "
            f"As format “{spreadsheet.NAME}” they can be chosen."
        )
    record: ProgrammeRecord = reader.read(source)
    if not (record.posters or record.sessions or record.left_out):
        raise UnreadableProgramme(f"{source.main.name} holds neither a poster nor a session.")
    return replace(record, remarks=(*source.remarks, *record.remarks))
