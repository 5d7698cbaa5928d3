"""`manage.py send_digests`: tell attendees by e-mail what changed in their itineraries."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from posters.itinerary.digests import DigestReport, NoMailServer, send_digests
from posters.models import Conference


class Command(BaseCommand):
    help = "Send one e-mail to each attendee who asked for it and in whose itinerary something changed since the last."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--conference", required=True, metavar="SLUG")
        parser.add_argument("--dry-run", action="store_true", help="Only tell whom it would be sent to.")

    def handle(self, *args: Any, **options: Any) -> None:
        conference = Conference.objects.public().filter(slug=options["conference"]).first()
        if conference is None:
            raise CommandError(f"There is no published conference {options['conference']}.")
        try:
            report = send_digests(conference=conference, is_dry_run=options["dry_run"])
        except NoMailServer as error:
            self.tell(error.report, options["dry_run"])
            raise CommandError(str(error)) from error
        self.tell(report, options["dry_run"])
        if report.refused:
            raise CommandError("Not everybody could be told; the next run tries the refused again.")

    def tell(self, report: DigestReport, is_dry_run: bool) -> None:
        """Print what became of each."""
        for email in report.sent:
            self.stdout.write(f"{'would go to' if is_dry_run else 'sent to'} {email}")
        for email, reason in report.refused:
            self.stdout.write(f"refused for {email}: {reason}")
        self.stdout.write(
            f"{len(report.sent)} {'to send' if is_dry_run else 'sent'}, {len(report.refused)} refused, "
            f"{report.unchanged_count} without changes."
        )
