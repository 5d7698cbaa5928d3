"""Words to all attendees: which are shown where, and when; and what organisers say of a change."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

from django.contrib.auth.models import User
from django.core.cache import cache
from django.db.models import Max

from posters.models import Announcement, Change, Conference, Revision
from posters.programme.revision import programme_change

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
    edited = _last_edits(conference, "announcement", "text", [one.pk for one in made])
    return [Announced(one, max(one.shown_from, edited.get(one.pk, one.shown_from))) for one in made]


@dataclass(frozen=True, slots=True)
class Note:
    """What organisers say of one change of the programme, and when they last wrote it. Taken back, it is empty."""

    text: str
    written_at: dt.datetime | None


def write_note(*, conference: Conference, revision: int, text: str, actor: User) -> None:
    """Say something of one revision, or with an empty text nothing any more."""
    with programme_change(source=Change.Source.ADMIN, actor=actor):
        named, _ = Revision.objects.get_or_create(conference=conference, revision=revision)
        # By itself: the log tells of a row's fields when they change, and from it feeds know when it was written.
        named.note = text
        named.save(update_fields=["note"])


def notes_on(*, conference: Conference, revisions: Collection[int]) -> dict[int, Note]:
    """The notes by revision, of those that ever had one or a title."""
    named = list(conference.revisions.filter(revision__in=revisions).values_list("pk", "revision", "note"))
    written = _last_edits(conference, "revision", "note", [key for key, *_ in named]) if named else {}
    return {revision: Note(note, written.get(key)) for key, revision, note in named}


def _last_edits(conference: Conference, model: str, field: str, keys: Collection[int]) -> dict[int, dt.datetime]:
    """When a field was last changed, by the row's key."""
    edits = Change.objects.filter(conference=conference, model=model, object_key__in=keys, field=field)
    return dict(edits.order_by().values_list("object_key").annotate(Max("changed_at")))
