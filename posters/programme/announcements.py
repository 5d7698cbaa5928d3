"""Words to all attendees: which are shown where, and when."""

import datetime as dt

from django.core.cache import cache
from django.db.models import QuerySet

from posters.models import Announcement, Conference

KEPT_SECONDS = 24 * 3600


def announcements_shown(*, conference: Conference, part: Announcement.Part, now: dt.datetime) -> list[Announcement]:
    """What is shown on the pages of a part of the programme, the newest first; asked once for each revision."""
    key = f"announcements:{conference.pk}:{conference.revision}"
    announcements: list[Announcement] | None = cache.get(key)
    if announcements is None:
        announcements = list(conference.announcements.all())
        cache.set(key, announcements, KEPT_SECONDS)
    return [
        announcement
        for announcement in announcements
        if announcement.shown_on in {Announcement.Part.ALL, part}
        and announcement.shown_from <= now
        and (announcement.shown_until is None or now < announcement.shown_until)
    ]


def announcements_made(*, conference: Conference, now: dt.datetime) -> QuerySet[Announcement]:
    """All that have been shown so far, the newest first, those over too: what a feed tells."""
    return conference.announcements.filter(shown_from__lte=now)
