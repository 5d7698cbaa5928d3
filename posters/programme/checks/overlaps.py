"""What happens at the same time."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, Protocol, TypeVar


class Spanning(Protocol):
    """Something with a start and an end, both known: of a session the model does not promise it."""

    @property
    def starts_at(self) -> Any: ...

    @property
    def ends_at(self) -> Any: ...


Span = TypeVar("Span", bound=Spanning)


def overlapping(spans: Iterable[Span]) -> list[list[Span]]:
    """Those that overlap, together: each group is a chain in which every member overlaps one before it.

    What only touches (one ends when the other starts) does not overlap.
    """
    groups: list[list[Span]] = []
    ends_at: dt.datetime | None = None
    for span in sorted(spans, key=lambda span: (span.starts_at, span.ends_at)):
        if ends_at is None or span.starts_at >= ends_at:
            groups.append([span])
            ends_at = span.ends_at
        else:
            groups[-1].append(span)
            ends_at = max(ends_at, span.ends_at)
    return [group for group in groups if len(group) > 1]
