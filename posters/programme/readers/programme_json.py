"""Boardwalk's own programme.json, read and written: the records as they are, field by field.

The top level is an object with `"format": "boardwalk-programme"` and `"version": 1`; the rest are the
fields of ProgrammeRecord. Dates and times are ISO 8601, times with an offset. Fields left out are what the
source does not say; unknown ones are refused, so that a misspelt one is not lost.
"""

import dataclasses
import datetime as dt
import json
import math
import re
import types
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from posters.programme.readers.json_stream import JsonStream
from posters.programme.readers.values import TYPES, YEARS, check_count
from posters.programme.records import PosterRecord, ProgrammeRecord, UnreadableProgramme
from posters.programme.source import Source
from posters.programme.spool import Spool

NAME = "boardwalk"
TITLE = "Boardwalk’s own programme.json"
FORMAT = "boardwalk-programme"
VERSION = 1
LARGEST_NUMBER = 2**31 - 1
OF_READING = ("left_out", "remarks", "columns")
"""The fields that tell how another source was read; no part of a programme."""

_unstorable = re.compile(r"[\x00\ud800-\udfff]")


def recognises(source: Source) -> bool:
    """Whether it is a JSON object that names our format near the top."""
    start = source.main.start
    return start.lstrip().startswith("{") and f'"{FORMAT}"' in start


def read(source: Source) -> ProgrammeRecord:
    """The programme. Raises UnreadableProgramme with the line of broken JSON, or the record and field that is wrong."""
    file = source.main
    stream = JsonStream(file)
    content: dict[str, Any] = {}
    posters: Sequence[PosterRecord] = ()
    try:
        if stream.next_mark() == "{":
            for name in stream.members():
                if name == "posters" and stream.next_mark() == "[":
                    posters = Spool(_posters(stream, file.name))
                else:
                    content[name] = stream.value()
        else:
            stream.value()
        stream.end()
        if content.pop("format", None) != FORMAT:
            raise UnreadableProgramme(f"{file.name}, line 1: not an object with “format”: “{FORMAT}”.")
        if content.pop("version", None) != VERSION:
            raise UnreadableProgramme(f"{file.name}, line 1: “version” must be {VERSION}.")
        programme: ProgrammeRecord = _reading(ProgrammeRecord)(content)
    except _Misfit as misfit:
        raise UnreadableProgramme(misfit.sentence(file.name)) from misfit
    return dataclasses.replace(programme, posters=posters)


def _posters(stream: JsonStream, name: str) -> Iterator[PosterRecord]:
    """Raises _Misfit."""
    for number, poster in enumerate(stream.items(), start=1):
        check_count(number, name)
        if isinstance(poster, dict):
            poster.setdefault("place", f"record {number}")
        try:
            record: PosterRecord = _reading(PosterRecord)(poster)
        except _Misfit as misfit:
            misfit.steps += [number - 1, "posters"]
            raise
        yield record


def write(record: ProgrammeRecord) -> Iterator[str]:
    """The file, piece by piece: `read` makes the same record of it. Each poster, session and board is a line."""
    yield f'{{"format": "{FORMAT}",\n"version": {VERSION}'
    for name, value in _told(record).items():
        if name in OF_READING:
            continue
        yield f',\n"{name}": '
        if isinstance(value, Sequence) and not isinstance(value, str):
            for number, item in enumerate(value):
                yield ("[\n" if number == 0 else ",\n") + _line(item)
            yield "\n]"
        else:
            yield _line(value)
    yield "\n}\n"


def _line(value: Any) -> str:
    return json.dumps(value, default=_plain, ensure_ascii=False)


def _plain(value: Any) -> Any:
    """A record or a time as JSON can hold it."""
    return value.isoformat() if isinstance(value, dt.date) else _told(value)


def _told(record: Any) -> dict[str, Any]:
    """What a record says: the fields that differ from what a reader takes for granted."""
    values = ((name, getattr(record, name), default) for name, default in _defaults(record.__class__))
    return {name: value for name, value, default in values if value != default}


@cache
def _defaults(kind: Any) -> list[tuple[str, Any]]:
    """A record's fields with their defaults; a poster's place is that in the file."""
    return [(field.name, field.default) for field in dataclasses.fields(kind) if field.name != "place"]


class _Misfit(Exception):
    """A value that does not fit its field. The way to it is noted from the inside out."""

    def __init__(self, problem: str, *steps: str | int) -> None:
        super().__init__(problem)
        self.problem = problem
        self.steps: list[str | int] = list(steps)

    def sentence(self, file_name: str) -> str:
        """“Record 12: “authors[2].name” must be text, not a number.”"""
        place, steps = file_name, self.steps[::-1]
        if steps[:1] == ["posters"] and len(steps) > 1:
            place, steps = f"Record {int(steps[1]) + 1}", steps[2:]
        path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps).lstrip(".")
        return f"{place}: {f'“{path}”' if path else 'it'} {self.problem}."


@cache
def _reading(hint: Any) -> Callable[[Any], Any]:
    """How a JSON value becomes what a field with this type holds. What it gives raises _Misfit."""
    if get_origin(hint) in (tuple, Sequence):
        return _tuple_of(_reading(get_args(hint)[0]))
    if isinstance(hint, types.UnionType):
        return _optional(_reading(get_args(hint)[0]))
    if dataclasses.is_dataclass(hint):
        return _record_of(hint)
    readings: dict[Any, Callable[[Any], Any]] = {
        str: _text,
        int: _number,
        float: _measure,
        bool: _truth,
        dt.date: _day,
        dt.datetime: _moment,
    }
    return readings[hint]


def _record_of(kind: Any) -> Callable[[Any], Any]:
    readings = {name: _reading(hint) for name, hint in get_type_hints(kind).items()}
    required = [field.name for field in dataclasses.fields(kind) if field.default is dataclasses.MISSING]

    def read(value: Any) -> Any:
        if type(value) is not dict:
            raise _wrong("an object", value)
        values = {}
        for name, each in value.items():
            if name not in readings:
                raise _Misfit("is no field of this format", name[:60])
            try:
                values[name] = readings[name](each)
            except _Misfit as misfit:
                misfit.steps.append(name)
                raise
        for name in required:
            if name not in values:
                raise _Misfit("is missing", name)
        return kind(**values)

    return read


def _tuple_of(reading: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if type(value) is not list:
            raise _wrong("a list", value)
        items = []
        for number, each in enumerate(value):
            try:
                items.append(reading(each))
            except _Misfit as misfit:
                misfit.steps.append(number)
                raise
        return tuple(items)

    return read


def _optional(reading: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else reading(value)


def _text(value: Any) -> str:
    if type(value) is not str:
        raise _wrong("text", value)
    if not value.isascii() or "\0" in value:
        unstorable = _unstorable.search(value)
        if unstorable:
            raise _Misfit(f"holds U+{ord(unstorable[0]):04X}, which no database keeps")
    return value


def _number(value: Any) -> int:
    if type(value) is not int:
        raise _wrong("a whole number", value)
    if not 0 <= value <= LARGEST_NUMBER:
        raise _Misfit(f"must be from 0 to {LARGEST_NUMBER}")
    return value


def _measure(value: Any) -> float:
    if type(value) not in (int, float):
        raise _wrong("a number", value)
    if abs(value) > LARGEST_NUMBER or math.isnan(value):
        raise _Misfit("is no length in metres")
    return float(value)


def _truth(value: Any) -> bool:
    if type(value) is not bool:
        raise _wrong("true or false", value)
    return value


def _day(value: Any) -> dt.date:
    try:
        return dt.date.fromisoformat(_text(value))
    except ValueError as error:
        raise _Misfit(f"must be a date such as 2030-06-03, not “{value[:60]}”") from error


def _moment(value: Any) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(_text(value))
    except ValueError as error:
        raise _Misfit(f"must be a time such as 2030-06-03T09:00:00+02:00, not “{value[:60]}”") from error
    if moment.tzinfo is None:
        raise _Misfit(f"must have an offset from UTC: “{value}” has none")
    if moment.year not in YEARS:
        raise _Misfit(f"lies outside all calendars here: “{value}”")
    return moment


def _wrong(wanted: str, value: Any) -> _Misfit:
    return _Misfit(f"must be {wanted}, not {TYPES.get(type(value), 'a number')}")
