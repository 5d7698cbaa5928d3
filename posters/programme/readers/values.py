"""Values out of foreign files, checked: what the readers of JSON, YAML and tables share.

A value of a wrong type is an error that names its place. A time or an address that is none is left out, with a remark.
"""

import datetime as dt
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn
from urllib.parse import urlsplit

from django.utils.text import slugify

from posters.programme.records import LeftOutRecord, UnreadableProgramme
from posters.programme.report import joined_places
from posters.programme.slugs import free_slug
from posters.programme.source import SourceFile

YEARS = range(1900, 2200)
"""A time outside is a slip; at the ends of the calendar it could not be turned to UTC."""
LONGEST_ADDRESS = 500
LONGEST_PERSON_ID = 100
LONGEST_SLUG = 80
MOST_VALUES = 6_000_000
"""In one JSON text, as its commas and brackets count them: a programme of 30,000 posters has about 2 million."""
MOST_RECORDS = 100_000
"""In one file; each makes several objects."""
TYPES = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "nothing"}

_control_characters = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Window(NamedTuple):
    """From when to when; both with a zone, the end after the start."""

    starts_at: dt.datetime
    ends_at: dt.datetime


class Remarks:
    """What a reader notices. The same about many records is told once, with all their places."""

    def __init__(self) -> None:
        self._places: dict[str, list[str]] = {}
        self.left_out: list[LeftOutRecord] = []

    def add(self, place: str, text: str) -> None:
        self._places.setdefault(text, []).append(place)

    def lines(self) -> tuple[str, ...]:
        """“records 1–4 and 9: …”, in the order in which they were first noticed."""
        return tuple(f"{joined_places(places)}: {text}" for text, places in self._places.items())


@dataclass(frozen=True)
class Values:
    """One foreign object, row or entry, with its place in the source."""

    place: str
    content: Mapping[str, Any]
    remarks: Remarks

    def remark(self, text: str) -> None:
        self.remarks.add(self.place, text)

    def leave_out(self, name: str, reason: str, *, is_joined: bool = False) -> None:
        """Account for a record that makes no poster of its own."""
        self.remarks.left_out.append(LeftOutRecord(self.place, name, reason, is_joined))

    def text(self, name: str) -> str:
        """A text as written, without control characters; a number is its digits; empty where there is none."""
        return self._text(self.content.get(name), name)

    def line(self, name: str) -> str:
        """A text in one line."""
        return " ".join(self.text(name).split())

    def texts(self, name: str, separators: str = ";") -> tuple[str, ...]:
        """Several lines of text: a list, or one text in which one of the characters separates them."""
        value = self.content.get(name)
        if not isinstance(value, list):
            value = re.split(f"[{re.escape(separators)}]", self.text(name))
        lines = (" ".join(self._text(item, name).split()) for item in value)
        return tuple(dict.fromkeys(line for line in lines if line))

    def entries(self, name: str) -> list["Values"]:
        """The objects in a list, with this one's place."""
        value = self.content.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            self.refuse(name, "a list", value)
        for item in value:
            if not isinstance(item, dict):
                self.refuse(name, "a list of objects", item)
        return [Values(self.place, item, self.remarks) for item in value]

    def moment(self, name: str) -> dt.datetime | None:
        """A time with a zone; None, with a remark, for what is none."""
        text = self.line(name)
        if not text:
            return None
        try:
            moment = dt.datetime.fromisoformat(text)
        except ValueError:
            self.remark(f"“{text[:60]}” in “{name}” is not a time and was left out.")
            return None
        if moment.utcoffset() is None:
            self.remark(f"“{text}” in “{name}” has no offset from UTC and was left out.")
            return None
        if moment.year not in YEARS:
            self.remark(f"“{text}” in “{name}” lies outside all calendars here and was left out.")
            return None
        return moment

    def window(self, start: str, end: str) -> Window | None:
        """Both times, or None, with a remark where the source gives half a window or one that ends too early."""
        starts_at, ends_at = self.moment(start), self.moment(end)
        if starts_at is None or ends_at is None:
            for moment, missing in ((starts_at, end), (ends_at, start)):
                if moment is not None:
                    self.remark(f"there is no “{missing}” to “{moment.isoformat()}”, which was left out.")
            return None
        if ends_at <= starts_at:
            self.remark(f"“{end}” is not after “{start}”; both were left out.")
            return None
        return Window(starts_at, ends_at)

    def address(self, name: str) -> str:
        """A web address; empty, with a remark, for what is none."""
        return self.checked_address(self.line(name), name)

    def checked_address(self, text: str, name: str) -> str:
        """The address, if it is one on the web; else empty, with a remark."""
        if not text or is_web_address(text):
            return text
        if text.startswith("/") and not text.startswith("//"):
            self.remark(f"“{name}” is a path without its site and was left out.")
        else:
            self.remark(f"“{text[:60]}” in “{name}” is not a web address and was left out.")
        return ""

    def refuse(self, name: str, wanted: str, value: Any) -> NoReturn:
        """Say that a value is of a wrong type."""
        found = TYPES.get(type(value), "a number")
        raise UnreadableProgramme(f"{opening(self.place)}: “{name}” must be {wanted}, not {found}.")

    def _text(self, value: Any, name: str) -> str:
        if value is None or value == "":
            return ""
        if type(value) is str and value.isprintable():  # nearly all of them, and quick
            return value.strip()
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            self.refuse(name, "text", value)
        text = str(value)
        if _control_characters.search(text):
            self.remark(f"control characters were left out of “{name}”.")
            text = _control_characters.sub("", text)
        return text.strip()


def opening(place: str) -> str:
    """The place as a sentence begins with it; a file's name stays as it is."""
    return place[0].upper() + place[1:] if place.startswith(("record ", "line ", "entry ", "event ", "day ")) else place


def is_web_address(text: str) -> bool:
    """Whether it is an absolute address of the web that a link can hold."""
    if len(text) > LONGEST_ADDRESS or re.search(r"[\s<>\"]", text):
        return False
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def session_slug(text: str, taken: set[str]) -> str:
    """A session's key that no other in the file has; added to `taken`."""
    slug = free_slug(slugify(text)[:LONGEST_SLUG].strip("-") or "session", taken)
    taken.add(slug)
    return slug


def check_count(count: int, name: str) -> None:
    """Raises UnreadableProgramme for more records in a file than any programme has."""
    if count > MOST_RECORDS:
        raise UnreadableProgramme(f"{name}: more than {MOST_RECORDS:,} records; no programme has so many.")


def load_json(file: SourceFile) -> Any:
    """The file's content. Raises UnreadableProgramme with the line at which it stops being JSON."""
    return parse_json(file.text, file.name)


def parse_json(text: str, name: str, first_line: int = 1) -> Any:
    """The content of a JSON text that begins in a file's line `first_line`."""
    check_values(values_in(text), name)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise broken_json(error, name, first_line) from error


def values_in(text: str) -> int:
    """About how many values a JSON text holds, quickly."""
    return sum(map(text.count, ",[{"))


def check_values(count: int, name: str) -> None:
    """A hundred megabytes of "[]," take gigabytes as objects: raises UnreadableProgramme."""
    if count > MOST_VALUES:
        raise UnreadableProgramme(f"{name}: it holds more than {MOST_VALUES:,} values; no programme needs that.")


def broken_json(error: ValueError | RecursionError, name: str, first_line: int) -> UnreadableProgramme:
    """What the parser says of a text that begins in `first_line`, with the line in which it says so."""
    if isinstance(error, RecursionError):
        return UnreadableProgramme(f"{name}, line {first_line}: the JSON is nested too deeply.")
    if not isinstance(error, json.JSONDecodeError):  # Python refuses numbers of thousands of digits
        return UnreadableProgramme(f"{name}, line {first_line}: broken JSON: {error}.")
    line = first_line + error.lineno - 1
    if error.pos >= len(error.doc.rstrip()):
        return UnreadableProgramme(
            f"{name}, line {line}: broken JSON: it stops in the middle, as a download that was cut off does."
        )
    return UnreadableProgramme(f"{name}, line {line}: broken JSON: {error.msg}.")
