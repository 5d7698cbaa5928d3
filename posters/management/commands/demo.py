"""`manage.py demo`: a full site on a laptop, with the conference that ships with Boardwalk."""

import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from posters.models import Change
from posters.programme.demo import DEMO_CONFERENCE, demo_programme
from posters.programme.revision import EditionArchived
from posters.programme.upsert import upsert_programme


class Command(BaseCommand):
    help = "Migrate, load the bundled conference, make the account “organiser” and serve the site on this machine."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--no-serve", action="store_true", help="stop when everything is loaded")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo is for a laptop: on a deployed site import a programme instead.")
        call_command("migrate", verbosity=0)
        try:
            report = upsert_programme(
                record=demo_programme(), conference_slug=DEMO_CONFERENCE, source=Change.Source.COMMAND
            )
        except EditionArchived as error:
            raise CommandError(str(error)) from error
        posters = report.totals["posters"]
        self.stdout.write(f"{posters} posters in {report.totals['sessions']} sessions are loaded.")
        password = _new_organiser_password()
        address = f"http://127.0.0.1:{options['port']}/"
        self.stdout.write(WELCOME.format(address=address, conference=DEMO_CONFERENCE, password=password))
        if not options["no_serve"]:
            call_command("runserver", f"127.0.0.1:{options['port']}", use_reloader=False)


WELCOME = """
  The site      {address}
  Organisers    {address}admin/   organiser / {password}

What to try first:
  1. Open {address}{conference}/posters/?q=diffusion and star three posters: no account needed.
  2. Open {address}{conference}/itinerary/ : your visits, in walking order, with what overlaps.
  3. Download {address}{conference}/itinerary.ics and open it in your calendar.
  4. Sign in to the admin, give the untitled poster a title, and reload its page.
"""


def _new_organiser_password() -> str:
    """Make the account, or give it a new password: the one printed last is the one that works."""
    organiser, _ = User.objects.get_or_create(username="organiser")
    password = secrets.token_urlsafe(9)
    organiser.is_staff = organiser.is_superuser = organiser.is_active = True
    organiser.set_password(password)
    organiser.save()
    return password
