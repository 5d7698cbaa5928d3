"""Digests: one e-mail for each release of changes, to attendees who said yes.

Whom a message is for is marked as told, and committed, before it is sent: a run that breaks off sends nobody the
same twice, and a second run at the same time neither. Where the mail server refuses, the mark is taken back.
What a message told stays on the itinerary's page until it is seen there.
"""

import smtplib
from contextlib import closing
from dataclasses import dataclass, field

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.template.loader import render_to_string
from django.urls import reverse

from posters.calendars.feeds import delivered_revision
from posters.itinerary.changes import ItineraryChanges, changes_for
from posters.models import Attendee, Conference, Itinerary

_signer = signing.Signer(salt="posters.itinerary.digest")


@dataclass
class DigestReport:
    """What became of the digests of one run."""

    sent: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    """Address and the server's reason. The next run tries again."""
    unchanged_count: int = 0
    """Those who said yes and of whose itinerary nothing changed that they were not told."""


class NoMailServer(Exception):
    """The mail server cannot be reached. `report` holds what became of those before."""

    def __init__(self, reason: str, report: DigestReport) -> None:
        super().__init__(f"The mail server cannot be reached: {reason}")
        self.report = report


def send_digests(*, conference: Conference, is_dry_run: bool = False) -> DigestReport:
    """Send each attendee who wants it what changed in their itinerary since the last digest.

    What they have seen on the page, or one of their calendars has fetched, is not repeated. Raises NoMailServer.
    """
    report = DigestReport()
    waiting = Itinerary.objects.filter(
        conference=conference, attendee__wants_digest=True, attendee__user__is_active=True
    ).exclude(attendee__user__email="")
    with closing(get_connection()) as connection:
        for itinerary in waiting.select_related("attendee__user", "conference").order_by("pk"):
            fetched = delivered_revision(itinerary) or 0
            since = max(itinerary.seen_revision, itinerary.digested_revision, fetched)
            changes = changes_for(itinerary=itinerary, since=since)
            email = itinerary.attendee.user.email if itinerary.attendee.user else ""
            if not changes.news:
                report.unchanged_count += 1
            elif is_dry_run:
                report.sent.append(email)
            else:
                _send(itinerary, changes, email, connection, report)
    return report


def _send(
    itinerary: Itinerary, changes: ItineraryChanges, email: str, connection: BaseEmailBackend, report: DigestReport
) -> None:
    try:
        connection.open()
    except OSError as error:
        raise NoMailServer(str(error), report) from error
    message = digest_message(itinerary=itinerary, changes=changes, email=email)
    told = Itinerary.objects.filter(pk=itinerary.pk, digested_revision=itinerary.digested_revision)
    if not told.update(digested_revision=changes.revision):
        report.unchanged_count += 1  # Another run at the same time was first.
        return
    try:
        connection.send_messages([message])
    except OSError as error:  # Which every error of smtplib is.
        Itinerary.objects.filter(pk=itinerary.pk).update(digested_revision=itinerary.digested_revision)
        report.refused.append((email, _reason(error)))
        connection.close()  # What state it is in is not known.
    else:
        report.sent.append(email)


def digest_message(*, itinerary: Itinerary, changes: ItineraryChanges, email: str) -> EmailMultiAlternatives:
    """The message, with the one-click unsubscription of RFC 8058."""
    count = len(changes.news)
    name = " ".join(itinerary.conference.name.split())
    unsubscribe = settings.SITE_URL + reverse("digest-unsubscribe", args=[unsubscribe_token(itinerary.attendee)])
    context = {
        "conference": itinerary.conference,
        "news": changes.news,
        "site": settings.SITE_URL,
        "page": settings.SITE_URL + reverse("itinerary", args=[itinerary.conference.slug]),
        "unsubscribe": unsubscribe,
    }
    message = EmailMultiAlternatives(
        subject=f"{name}: {count} change{'' if count == 1 else 's'} in your itinerary",
        body=render_to_string("itinerary/mail/digest.txt", context),
        to=[email],
        headers={
            "List-Unsubscribe": f"<{unsubscribe}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )
    message.attach_alternative(render_to_string("itinerary/mail/digest.html", context), "text/html")
    return message


def unsubscribe_token(attendee: Attendee) -> str:
    """What an unsubscription's address names the attendee by."""
    return _signer.sign(str(attendee.pk))


def unsubscribe(*, token: str) -> bool:
    """No more digests for the attendee a token names. False where it names nobody, or nobody any more."""
    attendee = digest_reader(token=token)
    return attendee is not None and bool(Attendee.objects.filter(pk=attendee.pk).update(wants_digest=False))


def digest_reader(*, token: str) -> Attendee | None:
    """The attendee a token names."""
    try:
        return Attendee.objects.filter(pk=_signer.unsign(token)).first()
    except signing.BadSignature:
        return None


def _reason(error: OSError) -> str:
    """What the server said, in one line."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        return f"{code} {text.decode(errors='replace')}"
    return " ".join(str(error).split())
