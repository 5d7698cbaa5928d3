"""JSON value by value: of a long list no more is in memory than the item at hand."""

import json
import re
from collections.abc import Iterator
from typing import Any

from posters.programme.readers.values import broken_json, check_values, values_in
from posters.programme.records import UnreadableProgramme
from posters.programme.source import SourceFile

LONGEST_TOKEN = 20
"""Characters, of what is no text and makes no sense when it is cut off, such as “-Infinity”."""

_decode = json.JSONDecoder().raw_decode
_space = re.compile(r"[ \t\n\r]*")


class JsonStream:
    """The JSON text of a file, in any layout. Every method raises UnreadableProgramme with the line that is broken."""

    def __init__(self, file: SourceFile) -> None:
        self._name = file.name
        self._pieces = file.pieces()
        self._text, self._at, self._line = "", 0, 1
        """What is in memory, how much of it is read, and the line in which it begins."""
        self._value_count = 0

    def next_mark(self) -> str:
        """The character with which the next value begins; empty at the end."""
        while True:
            space = _space.match(self._text, self._at)
            self._at = space.end() if space else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._read_on():
                return ""

    def value(self) -> Any:
        """The next value, whole."""
        self.next_mark()
        while True:
            try:
                value, end = _decode(self._text, self._at)
            except json.JSONDecodeError as error:
                is_cut = error.msg.startswith("Unterminated") or error.pos > len(self._text) - LONGEST_TOKEN
                if not is_cut or not self._read_on():
                    raise broken_json(error, self._name, self._line) from error
            except (ValueError, RecursionError) as error:
                line = self._line + self._text.count("\n", 0, self._at)
                raise broken_json(error, self._name, line) from error
            else:
                # A number may go on; “1.” and “1e+” are read as 1 so far.
                is_whole = type(value) not in (int, float) or end < len(self._text) - LONGEST_TOKEN
                if is_whole or not self._read_on():
                    self._at = end
                    return value

    def members(self) -> Iterator[str]:
        """The names in an object. After each, its value is to be read."""
        self._take("{")
        goes_on = not self._is_next("}")
        while goes_on:
            if self.next_mark() != '"':
                raise self._broken("Expecting property name enclosed in double quotes")
            name = self.value()
            self._take(":")
            yield name
            goes_on = not self._is_next("}")
            if goes_on:
                self._take(",")

    def items(self) -> Iterator[Any]:
        """The values in a list."""
        self._take("[")
        goes_on = not self._is_next("]")
        while goes_on:
            yield self.value()
            goes_on = not self._is_next("]")
            if goes_on:
                self._take(",")

    def end(self) -> None:
        """Nothing may follow."""
        if self.next_mark():
            raise self._broken("Extra data")

    def _is_next(self, mark: str) -> bool:
        is_next = self.next_mark() == mark
        self._at += is_next
        return is_next

    def _take(self, mark: str) -> None:
        if not self._is_next(mark):
            raise self._broken(f"Expecting '{mark}' delimiter")

    def _broken(self, message: str) -> UnreadableProgramme:
        return broken_json(json.JSONDecodeError(message, self._text, self._at), self._name, self._line)

    def _read_on(self) -> bool:
        """Take in more, at least as much as is there unread, and let go of what is read. False at the end.

        A value of a hundred pieces is so begun anew seven times and not a hundred.
        """
        more: list[str] = []
        for piece in self._pieces:
            more.append(piece)
            self._value_count += values_in(piece)
            check_values(self._value_count, self._name)
            if sum(map(len, more)) > len(self._text) - self._at:
                break
        else:
            if not any(more):
                return False
        self._line += self._text.count("\n", 0, self._at)
        self._text, self._at = "".join((self._text[self._at :], *more)), 0
        return True
