"""Posters chosen one by one, as an address holds them: `3.7.12-15`."""

import re
from dataclasses import dataclass, field

MOST_CHOSEN = 400
"""Numbers that an address holds: of four digits each, what every browser, proxy and cache takes."""
LARGEST_NUMBER = 2**31 - 1
"""That the databases take."""
_PART = re.compile(r"([0-9]{1,10})(?:-([0-9]{1,10}))?")


@dataclass(frozen=True)
class Chosen:
    """Poster numbers in order, each once. `unread` are the parts that name none, `is_cut` says that there were more."""

    numbers: list[int]
    unread: list[str] = field(default_factory=list)
    is_cut: bool = False

    @property
    def text(self) -> str:
        """As an address holds them; static/js/map.js writes the same."""
        return ".".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ".".join(map(str, run)) for run in _runs(self))


def read_chosen(text: str) -> Chosen:
    """The numbers that an address names, with stops, commas or blanks between. No text is too hostile."""
    numbers: set[int] = set()
    unread = []
    for part in filter(None, re.split(r"[.,\s]+", text)):
        found = _PART.fullmatch(part)
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
        if first <= last <= LARGEST_NUMBER:
            # One more than are taken is enough to know that there are more.
            numbers.update(range(first, min(last, first + MOST_CHOSEN) + 1))
        else:
            unread.append(part)
    ordered = sorted(numbers)
    return Chosen(ordered[:MOST_CHOSEN], unread, len(ordered) > MOST_CHOSEN)


def _runs(chosen: Chosen) -> list[list[int]]:
    """The numbers, those that follow one another together."""
    runs: list[list[int]] = []
    for number in chosen.numbers:
        if runs and runs[-1][-1] + 1 == number:
            runs[-1].append(number)
        else:
            runs.append([number])
    return runs
