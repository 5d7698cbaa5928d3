"""What an import costs as programmes grow: linear is what it must be."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.content import imported, told, write_programme
from tests.benchmarks.databases import scratch_database
from tests.benchmarks.figures import Figure

STEEPEST = 1.5
"""How many times the smallest programme's seconds per poster the largest may take."""


def growth_figures(database: str, *, folder: Path, sizes: Sequence[int], manage: Path) -> list[Figure]:
    """Programmes of each size imported into a scratch database of their own, and again."""
    folder.mkdir()
    with scratch_database(database, folder=folder) as url:
        environment = {**os.environ, "DATABASE_URL": url}
        subprocess.run([sys.executable, str(manage), "migrate", "--verbosity", "0"], check=True, env=environment)
        taken = []
        for size in sizes:
            path = folder / f"{size}.json"
            write_programme(path, posters=size)
            taken += [imported(path, slug=f"grown-{size}", environment=environment) for _ in range(2)]
    figures = [
        Figure(f"import of {size:,} posters{again}", told(numbers), numbers=numbers)
        for (size, again), numbers in zip(
            [(size, again) for size in sizes for again in ("", ", again")], taken, strict=True
        )
    ]
    # Starting Python and Django costs the same at any size: growth is measured between the sizes.
    small, large = (
        (taken[2 * end]["cpu_seconds"] - taken[2 * start]["cpu_seconds"]) / (sizes[end] - sizes[start])
        for start, end in ((0, 1), (len(sizes) - 2, len(sizes) - 1))
    )
    return [
        *figures,
        Figure(
            f"one more poster at {sizes[-1]:,}, compared with one more at {sizes[1]:,}",
            f"{large / small:.2f} times the CPU",
            f"{STEEPEST} times",
            large <= STEEPEST * small,
        ),
    ]
