"""`python -m tests.benchmarks.importing FILE SLUG`: one import in a process of its own, and what it took.

Prints one line of JSON. The clock starts before Django does: this is what an organiser waits for.
"""

from time import perf_counter, process_time

STARTED = perf_counter()

import io  # noqa: E402 - the clock runs
import json  # noqa: E402
import re  # noqa: E402
import sys  # noqa: E402
from pathlib import Path  # noqa: E402

import django  # noqa: E402


def main() -> None:
    django.setup()
    from django.core.management import call_command

    from tests.benchmarks.counting import counted

    path, slug = sys.argv[1:]
    with counted() as tally:
        call_command("import_programme", path, conference=slug, stdout=io.StringIO())
    print(
        json.dumps(
            {
                "seconds": perf_counter() - STARTED,
                "cpu_seconds": process_time(),
                "megabytes": peak_megabytes(),
                "rows_written": tally.rows_written,
                "queries": tally.queries,
            }
        )
    )


def peak_megabytes() -> float:
    """The most memory this process has held. Linux's own word: getrusage counts what the parent held, too."""
    status = Path("/proc/self/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) / 1024


if __name__ == "__main__":
    main()
