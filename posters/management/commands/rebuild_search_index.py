"""`manage.py rebuild_search_index`: index the programme anew, for after a restore."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from posters.browse.search_index import rebuild_search_index
from posters.models import Conference


class Command(BaseCommand):
    help = "Index the posters anew. Needed after a restore or loaddata: whatever Boardwalk writes itself is indexed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--conference", default="", metavar="SLUG", help="only this one")

    def handle(self, *args: Any, **options: Any) -> None:
        slug = options["conference"]
        conference = Conference.objects.filter(slug=slug).first() if slug else None
        if slug and conference is None:
            known = ", ".join(Conference.objects.order_by("slug").values_list("slug", flat=True)) or "none"
            raise CommandError(f"There is no conference “{slug}”. There are: {known}.")
        poster_count = rebuild_search_index(conference=conference)
        self.stdout.write(f"Indexed {poster_count:,} posters.")
