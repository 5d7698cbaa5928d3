"""What the database holds while it is measured: a large conference by import, a small one, attendees."""

import dataclasses
import datetime as dt
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.benchmarks.figures import Figure

LARGE, SMALL = "bench", "bench-small"
SMALL_POSTERS = 145
SEED = 20_230_502
IMPORT_SECONDS, IMPORT_MEGABYTES, AGAIN_SECONDS = 20, 300, 6


def write_programme(path: Path, *, posters: int) -> None:
    """The synthetic programme in Boardwalk's own JSON."""
    from posters.programme.synthetic import synthetic_programme

    record = dataclasses.asdict(synthetic_programme(posters=posters, seed=SEED))
    content = {"format": "boardwalk-programme", "version": 1} | record
    path.write_text(json.dumps(content, ensure_ascii=False, default=_iso), "utf-8")


def _iso(moment: dt.date) -> str:
    return moment.isoformat()


def import_figures(path: Path) -> list[Figure]:
    """Import the file, and again, each in a process of its own."""
    fresh, again = (imported(path, slug=LARGE, environment=os.environ) for _ in range(2))
    return [
        Figure(
            "import of a new programme: the whole command",
            told(fresh),
            f"{IMPORT_SECONDS} s, {IMPORT_MEGABYTES} MB",
            fresh["seconds"] <= IMPORT_SECONDS and fresh["megabytes"] + fresh["megabytes_beside"] <= IMPORT_MEGABYTES,
            fresh,
        ),
        Figure(
            "the same file again",
            told(again),
            f"{AGAIN_SECONDS} s, 0 rows written",
            again["seconds"] <= AGAIN_SECONDS and again["rows_written"] == 0,
            again,
        ),
    ]


def imported(path: Path, *, slug: str, environment: Mapping[str, str]) -> dict[str, Any]:
    """What an import in a process of its own took."""
    command = [sys.executable, "-m", "tests.benchmarks.importing", str(path), slug]
    run = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if run.returncode:
        raise RuntimeError(f"The import failed:\n{run.stderr}")
    return json.loads(run.stdout)


def told(taken: dict[str, Any]) -> str:
    """In words."""
    return (
        f"{taken['seconds']:.1f} s ({taken['cpu_seconds']:.1f} s of CPU), {_memory(taken)}, "
        f"{taken['rows_written']:,} rows written"
    )


def _memory(taken: dict[str, Any]) -> str:
    beside = f" and {taken['megabytes_beside']:.0f} MB beside" if taken["megabytes_beside"] else ""
    return f"{taken['megabytes']:.0f} MB{beside}"


def fill(*, attendees: int) -> None:
    """The small conference, and attendees with wishes in the large one."""
    from django.core.management import call_command
    from django.db import connection

    from posters.models import Conference
    from posters.programme.synthetic import make_attendees

    call_command("make_programme", conference=SMALL, posters=SMALL_POSTERS, seed=SEED, verbosity=0, stdout=_Silence())
    make_attendees(conference=Conference.objects.get(slug=LARGE), count=attendees, seed=SEED)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")  # What autovacuum does a minute later.


class _Silence:
    def write(self, text: str) -> None:
        """Nowhere."""
