"""`manage.py check_programme`: what an organiser should put right, and whether something blocks publishing."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from posters.models import Conference
from posters.programme.checks import Result, Severity, run_checks


class Command(BaseCommand):
    help = "List what should be put right in a programme. Exits with 1 where something blocks publishing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--conference", required=True, metavar="SLUG")
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        conference = Conference.objects.filter(slug=options["conference"]).first()
        if conference is None:
            known = ", ".join(Conference.objects.newest_first().values_list("slug", flat=True))
            raise CommandError(
                f"There is no conference “{options['conference']}”: choose one of {known or 'none yet'}.", returncode=2
            )
        results = run_checks(conference=conference)
        counts = Counter(finding.severity for result in results for finding in result.findings)
        if options["json"]:
            self.stdout.write(json.dumps(as_json(conference, results, counts), ensure_ascii=False, indent=2))
        else:
            self.print_results(results, counts)
        if counts[Severity.BLOCKS]:
            raise CommandError(f"{counts[Severity.BLOCKS]:,} of them block publishing.", returncode=1)

    def print_results(self, results: Sequence[Result], counts: Counter[Severity]) -> None:
        """For people: grouped by check, each finding with the page of the admin where it is put right."""
        for result in results:
            self.stdout.write(f"{result.check.label} ({len(result.findings):,})")
            for finding in result.findings:
                self.stdout.write(f"  {finding.severity}: {finding.message} {finding.fix.address}")
        told = ", ".join(f"{counts[severity]:,} {severity.label.lower()}" for severity in Severity if counts[severity])
        self.stdout.write(f"{sum(counts.values()):,} findings: {told}." if told else "Nothing to put right.")


def as_json(conference: Conference, results: Sequence[Result], counts: Counter[Severity]) -> dict[str, Any]:
    """The whole run as data."""
    return {
        "conference": conference.slug,
        "revision": conference.revision,
        "counts": {severity.value: counts[severity] for severity in Severity},
        "findings": [
            {"check": result.check.key, **finding.as_json()} for result in results for finding in result.findings
        ],
    }
