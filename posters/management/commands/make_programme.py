"""`manage.py make_programme`: a synthetic conference for load and scale tests."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.text import slugify

from posters.models import Change, Conference
from posters.programme.records import UnreadableProgramme
from posters.programme.synthetic import make_attendees, synthetic_programme
from posters.programme.upsert import upsert_programme


class Command(BaseCommand):
    help = "Make a synthetic conference, with attendees and their favourites. Same seed, same content."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--conference", required=True, metavar="SLUG", help="must not exist yet")
        parser.add_argument("--posters", required=True, type=_count, metavar="N")
        parser.add_argument("--attendees", default=0, type=_count, metavar="M")
        parser.add_argument("--seed", default=0, type=int, metavar="S")

    def handle(self, *args: Any, **options: Any) -> None:
        slug = slugify(options["conference"])
        if Conference.objects.filter(slug=slug).exists():
            raise CommandError(
                f"There is a conference {slug} already: synthetic posters would mix with its own. Choose another name."
            )
        record = synthetic_programme(posters=options["posters"], seed=options["seed"])
        with transaction.atomic():
            try:
                report = upsert_programme(record=record, conference_slug=slug, source=Change.Source.COMMAND)
            except UnreadableProgramme as error:
                raise CommandError(str(error)) from error
            conference = Conference.objects.get(slug=report.conference)
            wishes = make_attendees(conference=conference, count=options["attendees"], seed=options["seed"])
        for line in report.lines():
            self.stdout.write(line)
        self.stdout.write(f"Attendees: {options['attendees']}, with {wishes} favourites.")


def _count(text: str) -> int:
    """A number of things, nought or more."""
    count = int(text)
    if count < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return count
