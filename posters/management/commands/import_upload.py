"""`manage.py import_upload`: what the import page starts for an upload; nobody calls it by hand."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandParser

from posters.programme.upload_work import SECONDS, limit_process, work


class Command(BaseCommand):
    help = "Preview or import what was uploaded on the import page, which starts this itself."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("upload", type=UUID, metavar="KEY")
        parser.add_argument("attempt", type=int, metavar="ATTEMPT", help="does nothing if there is a later one")
        parser.add_argument("--seconds", type=int, default=SECONDS, metavar="N", help="what it may take (%(default)s)")

    def handle(self, *args: Any, **options: Any) -> None:
        limit_process(seconds=options["seconds"])
        work(key=options["upload"], attempt=options["attempt"])
