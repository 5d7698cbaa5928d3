"""The public history of a programme: its changes, one release for all that one edit or import changed together."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, F, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber

from posters.browse.news import News, Teller, told_changes
from posters.models import Change, Conference, Poster
from posters.programme.announcements import Note, notes_on

MOST_ENTRIES = 60
"""Of one release are told: an import may change ten thousand posters at once."""


@dataclass(frozen=True, slots=True)
class Release:
    """What one change of the programme brought, for everybody to read."""

    revision: int
    changed_at: datetime
    told_at: datetime
    """When it was last told otherwise: a note may be written, or taken back, days later."""
    news: list[News]
    note: str
    """What the organisers say of it, if anything."""
    is_cut: bool
    """More has changed than is told."""


def public_revisions(conference: Conference) -> list[int]:
    """The revisions that changed something since visitors see the programme, the latest first."""
    revisions = _public_changes(conference).order_by("-revision").values_list("revision", flat=True)
    return list(revisions.distinct())


def releases(conference: Conference, revisions: Sequence[int]) -> list[Release]:
    """These releases, the latest first, without those that only drafts were changed in.

    What was added is told after what was changed, and drafts of today are left out even where they were public once.
    """
    is_addition = Case(When(action=Change.Action.ADDED, then=Value(1)), default=Value(0))
    place = Window(RowNumber(), partition_by=F("revision"), order_by=[is_addition, F("pk")])
    entries: dict[int, list[Change]] = defaultdict(list)
    told = _public_changes(conference).filter(revision__in=revisions)
    drafts = Poster.objects.filter(conference=conference, status=Poster.Status.DRAFT)
    told = told.exclude(model="poster", object_key__in=drafts.values("pk"))
    for change in told.annotate(place=place).filter(place__lte=MOST_ENTRIES + 1).order_by("pk"):
        entries[change.revision].append(change)
    notes = notes_on(conference=conference, revisions=entries)
    teller = Teller(conference, [change for part in entries.values() for change in part])
    found = []
    for revision in sorted(entries, reverse=True):
        part = entries[revision]
        if news := teller.tell(part):
            is_cut = len(part) > MOST_ENTRIES
            changed_at = part[0].changed_at
            note = notes.get(revision, Note("", None))
            found.append(Release(revision, changed_at, note.written_at or changed_at, news, note.text, is_cut))
    return found


def _public_changes(conference: Conference) -> QuerySet[Change]:
    published = Change.objects.filter(
        conference=conference, model="conference", field="is_published", after=True
    ).order_by("-revision")
    first = published.values_list("revision", flat=True).first() or 0
    return told_changes(conference).filter(revision__gt=first)
