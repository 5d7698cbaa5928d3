"""`manage.py import_programme`: bring a programme file into a conference."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from posters.programme.readers import READERS, read_programme
from posters.programme.records import UnreadableProgramme
from posters.programme.source import open_source
from posters.programme.upsert import SessionOptions, upsert_programme


class Command(BaseCommand):
    help = "Read a programme and bring the conference up to it. Running it again changes only what differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", metavar="SOURCE", type=Path)
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
        parser.add_argument("--dry-run", action="store_true", help="report, and write nothing")
        parser.add_argument("--report", type=Path, metavar="FILE.json", help="write the report as JSON, too")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = upsert_programme(
                record=read_programme(open_source(options["source"]), format_name=options["format"]),
                conference_slug=options["conference"],
                time_zone=options["time_zone"],
                session_options=SessionOptions(options["session"], options["starts"], options["ends"]),
                is_dry_run=options["dry_run"],
            )
        except UnreadableProgramme as error:
            raise CommandError(str(error)) from error
        for line in report.lines():
            self.stdout.write(line)
        if options["report"]:
            options["report"].write_text(json.dumps(report.as_json(), ensure_ascii=False, indent=2) + "\n", "utf-8")


def _moment(text: str) -> dt.datetime:
    """A time, with or without an offset. Raises ValueError, which the parser turns into its own message."""
    return dt.datetime.fromisoformat(text)
