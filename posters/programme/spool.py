"""Records on disk instead of in memory: 30,000 posters are a few numbers each here."""

import pickle
import tempfile
import weakref
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from io import BytesIO
from operator import attrgetter
from operator import index as as_index
from typing import Any, TypeVar, overload

from posters.programme.records import UnreadableProgramme

Item = TypeVar("Item")

BUFFER = 1 << 16
"""Bytes: some dozens of records are read at once."""


class Spool(Sequence[Item]):
    """A list whose items lie in a file and are made anew whenever one is asked for.

    The file has no name, so nobody else opens it, and it goes with the spool or the process, however that ends.
    Items are dataclasses of plain values. Raises UnreadableProgramme where the disk is full.
    """

    def __init__(self, items: Iterable[Item] = ()) -> None:
        self._starts, self._lengths = array("Q"), array("L")
        self._end = 0
        try:
            self._file = tempfile.TemporaryFile(buffering=BUFFER)  # noqa: SIM115 - closed with the spool
        except OSError as error:
            raise _cannot_keep(error) from error
        weakref.finalize(self, self._file.close)
        for item in items:
            self.append(item)

    def append(self, item: Item) -> None:
        start, length = self._write(item)
        self._starts.append(start)
        self._lengths.append(length)

    def __setitem__(self, index: int, item: Item) -> None:
        self._starts[index], self._lengths[index] = self._write(item)

    def __len__(self) -> int:
        return len(self._starts)

    @overload
    def __getitem__(self, index: int) -> Item: ...

    @overload
    def __getitem__(self, index: slice) -> list[Item]: ...

    def __getitem__(self, index: int | slice) -> Item | list[Item]:
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(len(self)))]
        self._file.seek(self._starts[as_index(index)])
        # Nobody but this process has written there.
        return pickle.loads(self._file.read(self._lengths[index]))  # noqa: S301

    def __iter__(self) -> Iterator[Item]:
        return (self[index] for index in range(len(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(mine == its for mine, its in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]  # as a list's: it changes

    def __repr__(self) -> str:
        return f"{type(self).__name__}({list(self)!r})"

    def _write(self, item: Item) -> tuple[int, int]:
        """Where it starts and how long it is."""
        pickled = BytesIO()
        _Pickler(pickled, pickle.HIGHEST_PROTOCOL).dump(item)
        start = self._end
        try:
            self._file.seek(start)
            self._end += self._file.write(pickled.getbuffer())
        except OSError as error:
            raise _cannot_keep(error) from error
        return start, self._end - start


class Mapped(Sequence[Item]):
    """Every item of a sequence as a function makes it, when it is asked for."""

    def __init__(self, function: Callable[[Item], Item], items: Sequence[Item]) -> None:
        self._function, self._items = function, items

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, index: int) -> Item: ...

    @overload
    def __getitem__(self, index: slice) -> list[Item]: ...

    def __getitem__(self, index: int | slice) -> Item | list[Item]:
        if isinstance(index, slice):
            return [self._function(item) for item in self._items[index]]
        return self._function(self._items[index])

    def __iter__(self) -> Iterator[Item]:
        return map(self._function, self._items)


class _Pickler(pickle.Pickler):
    """Takes a dataclass by its values: a third of the time of pickle's own way."""

    def reducer_override(self, item: Any) -> Any:
        values_of = _values_of(item.__class__)
        return NotImplemented if values_of is None else (type(item), values_of(item))


@cache
def _values_of(kind: Any) -> Callable[[Any], tuple[Any, ...]] | None:
    names = [field.name for field in fields(kind)] if is_dataclass(kind) else []
    return attrgetter(*names) if len(names) > 1 else None


def _cannot_keep(error: OSError) -> UnreadableProgramme:
    return UnreadableProgramme(f"There is no room on the server for what was read: {error.strerror}.")
