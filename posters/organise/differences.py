"""Old → new as an organiser reads it: what is the same is cut short, what differs is marked."""

import re
from dataclasses import dataclass

AROUND = 60
"""Characters shown of what is the same, before and after what differs."""
LONGEST = 600
"""Characters shown of what differs."""

_piece = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True)
class Difference:
    """Both texts are `start`, their own part, `end`."""

    start: str
    old: str
    new: str
    end: str


def difference(before: str, after: str) -> Difference:
    """Where two texts differ, by whole words; takes time linear in their length."""
    old, new = _piece.findall(before), _piece.findall(after)
    first = _same_at_start(old, new)
    last = _same_at_start(old[first:][::-1], new[first:][::-1])
    end = old[len(old) - last :]
    return Difference(
        start=_shortened_start("".join(old[:first])),
        old=_shortened("".join(old[first : len(old) - last]), LONGEST),
        new=_shortened("".join(new[first : len(new) - last]), LONGEST),
        end=_shortened("".join(end), AROUND),
    )


def _same_at_start(old: list[str], new: list[str]) -> int:
    count = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        count += 1
    return count


def _shortened(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _shortened_start(text: str) -> str:
    return text if len(text) <= AROUND else f"…{text[1 - AROUND :]}"
