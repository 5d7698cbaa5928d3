"""`python -m tests.benchmarks`: measures the budgets of DESIGN.md on scratch databases.

Nothing of the machine's own databases, caches and static files is touched. Figures depend on the
machine and on who else uses it: rates are compared with a floor measured by turns in the same
run, everything else is as the clock says, and the load at the start is printed beside it.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tests.benchmarks.databases import DatabaseUnreachable, scratch_database
from tests.benchmarks.figures import Figure, as_json, print_figures
from tests.benchmarks.server import free_port, running_server

PROJECT = Path(__file__).resolve().parents[2]
MANAGE = PROJECT / "manage.py"
GROWTH = (1_000, 3_000, 10_000, 30_000)
DATABASES = ("sqlite", "postgresql")
DATA = PROJECT.parent / "shared" / "data"
PARTS = {
    "quality": "quality: what search finds in the real programmes",
    "planning": "planning: how good plans are, and how long one takes",
    "subscribers": "subscribers: what calendars that poll cost",
}
WORK = {"sqlite": "steps", "postgresql": "rows read"}


@dataclass(frozen=True)
class Scale:
    """How much of everything."""

    posters: int
    attendees: int
    rounds: int
    seconds: float
    cold_runs: int
    walk: int
    growth: tuple[int, ...]
    subscribers: int
    polling_seconds: float


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--posters", type=int, help="10,000 unless told otherwise")
    parser.add_argument("--attendees", type=int, help="with favourites; a quarter of the posters")
    parser.add_argument("--database", choices=[*DATABASES, "both"], default="both")
    parser.add_argument("--quick", action="store_true", help="300 posters, few requests: does it run at all?")
    parser.add_argument("--only", choices=[*PARTS], help="; ".join(PARTS.values()))
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    if options.database == "both":
        results = _one_process_each(sys.argv[1:])
    else:
        results = {options.database: _measured(options.database, _scale(options), only=options.only)}
    if options.json:
        report = {"machine": _machine(), "databases": results}
        options.json.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", "utf-8")


def _scale(options: argparse.Namespace) -> Scale:
    posters = options.posters or (300 if options.quick else 10_000)
    attendees = posters // 4 if options.attendees is None else options.attendees
    if options.quick:
        return Scale(posters, attendees, 3, 0.3, 5, walk=50, growth=(100, 200, 300), subscribers=300, polling_seconds=2)
    return Scale(posters, attendees, 9, 1.0, 20, walk=700, growth=GROWTH, subscribers=20_000, polling_seconds=60)


def _one_process_each(arguments: list[str]) -> dict[str, Any]:
    """Django speaks to one database in its life: each gets a process."""
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for database in DATABASES:
            report = Path(folder) / f"{database}.json"
            command = [sys.executable, "-m", "tests.benchmarks", *arguments]
            command += ["--database", database, "--json", str(report)]
            subprocess.run(command, check=True)
            results |= json.loads(report.read_text("utf-8"))["databases"]
    return results


def _measured(database: str, scale: Scale, *, only: str | None) -> dict[str, Any]:
    """Everything, or one part, on one database."""
    with tempfile.TemporaryDirectory(prefix="boardwalk-benchmark-") as name:
        folder = Path(name)
        try:
            with scratch_database(database, folder=folder) as url:
                _prepare(url, port := free_port(), folder)
                if only == "subscribers":
                    return _subscribers(port, database, scale, folder)
                if only is not None:
                    return _part(database, only)
                return _measured_at(port, database, scale, folder)
        except DatabaseUnreachable as error:
            print(f"\n{database}: skipped, there is no such server here ({error}).")
            return {"skipped": str(error)}


def _part(database: str, only: str) -> dict[str, Any]:
    """One part alone."""
    from tests.benchmarks import planning, quality

    figures = planning.planning_figures() if only == "planning" else quality.quality_figures(DATA)
    print_figures(f"{database}: {PARTS[only]}", figures)
    return {"figures": as_json(figures)}


def _subscribers(port: int, database: str, scale: Scale, folder: Path) -> dict[str, Any]:
    """What polling calendars cost, on a synthetic programme and nothing else."""
    from django.core.management import call_command

    from posters.models import Conference
    from tests.benchmarks import content

    call_command("make_programme", conference=content.LARGE, posters=scale.posters, seed=content.SEED, verbosity=0)
    figures = _subscriber_figures(Conference.objects.get(slug=content.LARGE), port, scale, folder)
    print_figures(f"{database}: {scale.posters:,} posters, {scale.subscribers:,} subscribers", figures)
    return {"figures": as_json(figures)}


def _subscriber_figures(conference: Any, port: int, scale: Scale, folder: Path) -> list[Figure]:
    from tests.benchmarks import subscribers

    polling = subscribers.make_subscribers(conference, count=scale.subscribers)
    figures = subscribers.polling_figures(conference, polling)
    with running_server(port=port, log=folder / "polled.log") as server:
        return [*figures, subscribers.served_polling_figure(server, polling, seconds=scale.polling_seconds)]


def _prepare(url: str, port: int, folder: Path) -> None:
    """The database's tables, the static files, and Django in this process."""
    _set_environment(url, port=port, folder=folder)
    for command in (["migrate"], ["collectstatic", "--no-input"]):
        subprocess.run(
            [sys.executable, str(MANAGE), *command, "--verbosity", "0"],
            check=True,
            env=os.environ,
        )
    import django

    # From here on models can be imported, and not before.
    django.setup()


def _measured_at(port: int, database: str, scale: Scale, folder: Path) -> dict[str, Any]:
    from django.db import connections

    from posters.models import Conference
    from tests.benchmarks import content, growth, measures, pages, planning, quality, served

    programme = folder / "programme.json"
    content.write_programme(programme, posters=scale.posters)
    figures: list[Figure] = content.import_figures(programme)
    content.fill(attendees=scale.attendees)
    small, large = (Conference.objects.get(slug=slug) for slug in (content.SMALL, content.LARGE))
    page_figures = pages.page_figures(small, large, times=scale.cold_runs)
    figures += pages.constancy_figures(page_figures)
    figures += measures.in_process_figures(large)
    with running_server(port=port, log=folder / "server.log") as server:
        figures += served.served_figures(server, large, rounds=scale.rounds, seconds=scale.seconds, walk=scale.walk)
    figures += _subscriber_figures(large, port, scale, folder)
    figures += quality.quality_figures(DATA)
    figures += planning.planning_figures()
    connections.close_all()
    figures += growth.growth_figures(database, folder=folder / "growth", sizes=scale.growth, manage=MANAGE)
    machine = _machine()
    print(f"\n{machine['python']}, {machine['cores']} cores, load {machine['load']} (it includes this run).")
    print_figures(f"{database}: {scale.posters:,} posters, {scale.attendees:,} attendees", figures)
    sizes = (content.SMALL_POSTERS, scale.posters)
    pages.print_pages(
        f"{database}: programme pages, cold (median of {scale.cold_runs}, in this process, through all"
        " middleware, compressed)",
        page_figures,
        posters=sizes,
        work=WORK[database],
    )
    return {"scale": vars(scale), "figures": as_json(figures), "pages": page_figures}


def _set_environment(url: str, *, port: int, folder: Path) -> None:
    """The environment of a deployed site, of this process and of all it starts."""
    os.chdir(PROJECT)
    # Compiled modules are kept, as on any site: compiling them is two seconds of each command.
    for name in ("CACHE_URL", "EMAIL_URL", "PYTHONDONTWRITEBYTECODE"):
        os.environ.pop(name, None)
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "tests.benchmarks.settings",
        "DATABASE_URL": url,
        "DEBUG": "0",
        "SECRET_KEY": "benchmark-" * 6,
        "ALLOWED_HOSTS": "127.0.0.1",
        "SITE_URL": f"http://127.0.0.1:{port}",
        "MEDIA_ROOT": str(folder / "media"),
        "BENCHMARK_STATIC_ROOT": str(folder / "static"),
    }


def _machine() -> dict[str, Any]:
    return {
        "python": f"Python {platform.python_version()}",
        "packages": {name: version(name) for name in ("Django", "gunicorn", "psycopg")},
        "cores": os.cpu_count(),
        "load": " ".join(f"{load:.1f}" for load in os.getloadavg()),
    }


if __name__ == "__main__":
    main()
