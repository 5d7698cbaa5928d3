"""Words to all attendees: which are shown where, and when."""

import datetime as dt
from dataclasses import dataclass

from django.core.cache import cache
from django.db.models import Max

from posters.models import Announcement, Change, Conference

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


@dataclass(frozen=True, slots=True)
class Announced:
    """An announcement, and when its text was last written or, if that is later, first shown."""

    announcement: Announcement
    written_at: dt.datetime


def announcements_made(*, conference: Conference, now: dt.datetime, most: int) -> list[Announced]:
    """What has been shown so far, the newest first, those over too: what a feed tells."""
    made = list(conference.announcements.filter(shown_from__lte=now).select_related("conference")[:most])
    edits = Change.objects.filter(
        conference=conference, model="announcement", object_key__in=[one.pk for one in made], field="text"
    )
    edited = dict(edits.order_by().values_list("object_key").annotate(Max("changed_at")))
    return [Announced(one, max(one.shown_from, edited.get(one.pk, one.shown_from))) for one in made]
