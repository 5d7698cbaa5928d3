"""`manage.py export_programme`: write a conference's programme out again."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from posters.models import Conference
from posters.programme.export import FORMATS, ExportFormat, UnknownFormat, format_named, whole_programme, write_file
from posters.programme.table import TooLongForTable


class Command(BaseCommand):
    help = (
        "Write the whole programme, drafts included. Import reads json back without loss, and tables as far as they go."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--conference", required=True, metavar="SLUG")
        parser.add_argument("--format", required=True, metavar="NAME", help=f"one of {', '.join(FORMATS)}")
        parser.add_argument("--output", type=Path, metavar="FILE", help="replaced when all is written; else printed")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            chosen = format_named(options["format"])
            content = chosen.write(whole_programme(conference=_conference(options["conference"])))
            if options["output"]:
                write_file(path=options["output"], content=content)
            else:
                self.print_file(chosen, content)
        except (UnknownFormat, TooLongForTable) as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{options['output']} cannot be written: {error.strerror}.") from error

    def print_file(self, chosen: ExportFormat, content: Iterable[bytes]) -> None:
        """To the standard output, in UTF-8 whatever the terminal's own encoding is."""
        stream = getattr(self.stdout, "buffer", None)
        if not chosen.is_text and (stream is None or self.stdout.isatty()):
            raise CommandError(f"{chosen.title} is not text to print: name a file with --output.")
        for piece in content:
            if stream is None:
                self.stdout.write(piece.decode(), ending="")
            else:
                stream.write(piece)


def _conference(slug: str) -> Conference:
    conference = Conference.objects.filter(slug=slug).first()
    if conference is None:
        known = ", ".join(Conference.objects.newest_first().values_list("slug", flat=True))
        raise CommandError(f"There is no conference “{slug}”: choose one of {known or 'none yet'}.")
    return conference
