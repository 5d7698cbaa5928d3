"""`python -m tests.benchmarks.importing FILE SLUG`: one import in a process of its own, and what it took.

Prints one line of JSON. The clock starts before Django does: this is what an organiser waits for.
"""

from time import perf_counter, process_time

STARTED = perf_counter()

import io  # noqa: E402 - the clock runs
import json  # noqa: E402
import re  # noqa: E402
import resource  # noqa: E402
import sys  # noqa: E402
import threading  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from contextlib import contextmanager, suppress  # noqa: E402
from pathlib import Path  # noqa: E402

import django  # noqa: E402


def main() -> None:
    django.setup()
    from django.core.management import call_command

    from tests.benchmarks.counting import counted

    path, slug = sys.argv[1:]
    with counted() as tally, peak_of_children() as beside:
        call_command("import_programme", path, conference=slug, stdout=io.StringIO())
    of_children = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(
        json.dumps(
            {
                "seconds": perf_counter() - STARTED,
                "cpu_seconds": process_time() + of_children.ru_utime + of_children.ru_stime,
                "megabytes": peak_megabytes("self"),
                "megabytes_beside": max(beside, default=0),
                "rows_written": tally.rows_written,
                "queries": tally.queries,
            }
        )
    )


@contextmanager
def peak_of_children() -> Iterator[list[float]]:
    """The most memory that each process beside this one held, looked at twenty times a second."""
    held: dict[str, float] = {}
    seen: list[float] = []
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.05):
            with suppress(OSError):  # One has ended meanwhile.
                for children in Path("/proc/self/task").glob("*/children"):
                    held.update((pid, peak_megabytes(pid)) for pid in children.read_text().split())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        done.set()
        watcher.join()
        seen += held.values()


def peak_megabytes(pid: str) -> float:
    """The most memory that process has held. Linux's own word: getrusage counts what the parent held, too."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


if __name__ == "__main__":
    main()
