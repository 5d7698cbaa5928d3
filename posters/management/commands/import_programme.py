"""`manage.py import_programme`: bring a programme file into a conference."""

import datetime as dt
import json
from argparse import ArgumentTypeError
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError

from posters.programme.readers import READERS, read_programme
from posters.programme.records import ProgrammeRecord, UnreadableProgramme
from posters.programme.report import ImportReport
from posters.programme.revision import EditionArchived
from posters.programme.session_options import SessionOptions
from posters.programme.source import open_source
from posters.programme.upsert import ImportOptions, upsert_programme

BAR = 40
"""Characters of a full progress bar."""


class Command(BaseCommand):
    help = "Read a programme and bring the conference up to it. Running it again changes only what differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "source", metavar="SOURCE", type=Path, help="a file, or a folder of files that belong together"
        )
        parser.add_argument("--conference", required=True, metavar="SLUG", help="created if there is none")
        parser.add_argument(
            "--format", default="", metavar="NAME", help=f"recognised when not named: {', '.join(READERS)}"
        )
        parser.add_argument("--session", default="", metavar="SLUG", help="the session a one-session source goes to")
        parser.add_argument(
            "--starts",
            type=_moment,
            metavar="TIME",
            help="when its session starts: 2023-05-02T16:30, conference's zone",
        )
        parser.add_argument("--ends", type=_moment, metavar="TIME", help="when its session ends")
        parser.add_argument(
            "--time-zone", default="", metavar="ZONE", help="the conference's zone, such as Africa/Kigali"
        )
        parser.add_argument(
            "--column",
            action="append",
            default=[],
            type=_column,
            metavar="HEADER=FIELD",
            help="what a table's column is, where the guess is wrong; nothing after = leaves it out",
        )
        parser.add_argument(
            "--withdraw-missing", action="store_true", help="mark posters withdrawn that the source no longer has"
        )
        parser.add_argument(
            "--release",
            nargs="+",
            default=[],
            metavar="FIELD",
            help="take the source's values again where these fields were edited here, such as title; all: every field",
        )
        parser.add_argument("--dry-run", action="store_true", help="report, and write nothing")
        parser.add_argument("--report", type=Path, metavar="FILE.json", help="write the report as JSON, too")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = self.imported(options)
        except UnreadableProgramme as error:
            hint = ' Say which it is: --column "HEADER=title".' if error.columns else ""
            raise CommandError(f"{error}{hint}") from error
        except EditionArchived as error:
            raise CommandError(str(error)) from error
        except DatabaseError as error:
            raise CommandError(f"The database refused, and nothing was written: {error}".strip()) from error
        for line in report.lines():
            self.stdout.write(line)
        if options["report"]:
            options["report"].write_text(json.dumps(report.as_json(), ensure_ascii=False, indent=2) + "\n", "utf-8")

    def imported(self, options: dict[str, Any]) -> ImportReport:
        """Read and import, as the options say."""
        released = set(options["release"])
        return upsert_programme(
            record=self.read(options),
            conference_slug=options["conference"],
            time_zone=options["time_zone"],
            options=ImportOptions(
                withdraw_missing=options["withdraw_missing"],
                releases=lambda edit: bool(released & {edit.field, "all"}),
                session=SessionOptions(options["session"], options["starts"], options["ends"]),
            ),
            is_dry_run=options["dry_run"],
            progress=self.show_progress,
        )

    def read(self, options: dict[str, Any]) -> ProgrammeRecord:
        """The programme in the source, whose files are let go of before it is imported."""
        source = replace(open_source(options["source"]), columns=dict(options["column"]))
        return read_programme(source, format_name=options["format"])

    def show_progress(self, done: int, total: int) -> None:
        """A bar for whoever watches; nothing in a file or a pipe."""
        if self.stderr.isatty():
            filled = BAR * done // total
            end = "\n" if done == total else ""
            self.stderr.write(f"\r{'█' * filled}{'·' * (BAR - filled)} {done:,} of {total:,}", ending=end)


def _moment(text: str) -> dt.datetime:
    """A time, with or without an offset. Raises ValueError, which the parser turns into its own message."""
    return dt.datetime.fromisoformat(text)


def _column(text: str) -> tuple[str, str]:
    header, equals, field = text.rpartition("=")
    if not equals:
        raise ArgumentTypeError(f"“{text}” is not HEADER=FIELD")
    return header, field
