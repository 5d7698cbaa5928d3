"""`manage.py place_posters`: draw a conference's map of posters anew."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from posters.browse.places import place_posters
from posters.models import Conference


class Command(BaseCommand):
    help = "Draw the map of posters anew. Imports do it by themselves; this is for after many single edits."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--conference", required=True, metavar="SLUG")

    def handle(self, *args: Any, **options: Any) -> None:
        conference = Conference.objects.filter(slug=options["conference"]).first()
        if conference is None:
            raise CommandError(f"There is no conference {options['conference']}.")
        count = place_posters(conference=conference.pk)
        self.stdout.write(f"{count:,} posters are on the map.")
