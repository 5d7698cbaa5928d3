"""What was measured, beside what it may be; printed as a table, kept as JSON."""

import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from time import perf_counter, process_time
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One line of the table. `is_met` is None where there is no budget."""

    what: str
    figure: str
    budget: str = ""
    is_met: bool | None = None
    numbers: dict[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        return {True: "yes", False: "NO", None: ""}[self.is_met]


@dataclass(frozen=True)
class Timing:
    """How long each of several runs took in milliseconds: by the clock, and on this process's CPU.

    On a busy machine the clock counts the waiting, too; where both agree, the clock can be believed.
    """

    clock: list[float]
    cpu: list[float]

    @property
    def ms(self) -> float:
        """The median by the clock."""
        return statistics.median(self.clock)

    @property
    def cpu_ms(self) -> float:
        return statistics.median(self.cpu)

    def __str__(self) -> str:
        return f"{self.ms:.1f} ms (CPU {self.cpu_ms:.1f})"


def timed(action: Callable[[], Any], *, times: int, before: Callable[[], Any] | None = None) -> Timing:
    """Run it several times; `before` runs before each and is not counted."""
    timing = Timing([], [])
    for _ in range(times):
        if before:
            before()
        started, cpu = perf_counter(), process_time()
        action()
        timing.cpu.append((process_time() - cpu) * 1_000)
        timing.clock.append((perf_counter() - started) * 1_000)
    return timing


def percentile(values: Sequence[float], percent: int) -> float:
    """The smallest value that `percent` of all values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def print_table(title: str, headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Columns as wide as they need to be; the first is flush left, the others too."""
    lines = [list(headings), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    print(f"\n{title}")
    for number, line in enumerate(lines):
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
        if number == 0:
            print("  " + "  ".join("-" * width for width in widths))


def print_figures(title: str, figures: Iterable[Figure]) -> None:
    rows = [(figure.what, figure.figure, figure.budget, figure.verdict) for figure in figures]
    print_table(title, ("what", "figure", "budget", "met?"), rows)


def as_json(figures: Iterable[Figure]) -> list[dict[str, Any]]:
    return [asdict(figure) for figure in figures]
