"""Boardwalk's own programme.json: the records as they are, field by field.

The top level is an object with `"format": "boardwalk-programme"` and `"version": 1`; the rest are the
fields of ProgrammeRecord. Dates and times are ISO 8601, times with an offset. Fields left out are what the
source does not say; unknown ones are refused, so that a misspelt one is not lost.
"""

import dataclasses
import datetime as dt
import json
import types
from typing import Any, get_args, get_origin, get_type_hints

from posters.programme.records import ProgrammeRecord, UnreadableProgramme
from posters.programme.source import Source

NAME = "boardwalk"
TITLE = "Boardwalk’s own programme.json"
FORMAT = "boardwalk-programme"


def recognises(source: Source) -> bool:
    """Whether it is a JSON object that names our format near the top."""
    start = source.main.start
    return start.lstrip().startswith("{") and f'"{FORMAT}"' in start


def read(source: Source) -> ProgrammeRecord:
    """The programme. Raises UnreadableProgramme with the line of broken JSON or the path of a wrong value."""
    try:
        content = json.loads(source.main.text)
    except json.JSONDecodeError as error:
        raise UnreadableProgramme(f"Line {error.lineno}: broken JSON: {error.msg}.") from error
    except RecursionError as error:
        raise UnreadableProgramme("Line 1: the JSON is nested too deeply.") from error
    if not isinstance(content, dict) or content.pop("format", None) != FORMAT:
        raise UnreadableProgramme(f"Line 1: not an object with “format”: “{FORMAT}”.")
    if content.pop("version", None) != 1:
        raise UnreadableProgramme("Line 1: “version” must be 1.")
    for number, poster in enumerate(content.get("posters") or (), start=1):
        if isinstance(poster, dict):
            poster.setdefault("place", f"record {number}")
    return _record(ProgrammeRecord, content, "programme")


def _record(kind: type[Any], content: Any, path: str) -> Any:
    if not isinstance(content, dict):
        raise UnreadableProgramme(f"{path}: must be an object.")
    hints = get_type_hints(kind)
    unknown = sorted(content.keys() - hints.keys())
    if unknown:
        raise UnreadableProgramme(f"{path}: unknown field “{unknown[0]}”.")
    values = {name: _value(hints[name], value, f"{path}.{name}") for name, value in content.items()}
    missing = [
        field.name
        for field in dataclasses.fields(kind)
        if field.default is dataclasses.MISSING and field.name not in values
    ]
    if missing:
        raise UnreadableProgramme(f"{path}: “{missing[0]}” is missing.")
    return kind(**values)


def _value(hint: Any, value: Any, path: str) -> Any:
    if get_origin(hint) is tuple:
        if not isinstance(value, list):
            raise UnreadableProgramme(f"{path}: must be a list.")
        item = get_args(hint)[0]
        return tuple(_value(item, each, f"{path}[{number}]") for number, each in enumerate(value))
    if isinstance(hint, types.UnionType):
        return None if value is None else _value(get_args(hint)[0], value, path)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return _record(hint, value, path)
    if hint in (dt.datetime, dt.date):
        return _moment(hint, value, path)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not hint:
        raise UnreadableProgramme(f"{path}: must be {hint.__name__}, not {type(value).__name__}.")
    return value


def _moment(hint: type[dt.date], value: Any, path: str) -> dt.date:
    try:
        moment = hint.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise UnreadableProgramme(f"{path}: “{value}” is not ISO 8601.") from error
    if isinstance(moment, dt.datetime) and moment.tzinfo is None:
        raise UnreadableProgramme(f"{path}: “{value}” has no offset from UTC.")
    return moment
