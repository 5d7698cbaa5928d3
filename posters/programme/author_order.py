"""A poster's authors, set as a whole: positions are always 1 to n, in the order asked for."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db import models, transaction
from django.db.models import F

from posters.models import Author, Authorship, Poster
from posters.models.base import Write, announce, announce_changes

OUT_OF_THE_WAY = 1_000_000
"""Added to positions while they change: the database knows each position of a poster once at every moment."""


@dataclass(frozen=True)
class AuthorPlace:
    """An author as an organiser wants them on a poster.

    `position` is what was written, None for “at the end”; `was` is the position before, None for someone new.
    """

    author: Author
    affiliation: str
    is_presenter: bool
    position: int | None
    was: int | None


def in_wanted_order(places: Sequence[AuthorPlace]) -> list[AuthorPlace]:
    """By written position; one changed number is enough to move one author.

    Where two share a position, who was moved up or is new comes before who was there already, and who was
    moved down comes after.
    """

    def key(place: AuthorPlace) -> tuple[bool, int, int, int]:
        position, was = place.position, place.was
        if position is None:
            return (True, 0, 0, was or 0)
        moved_to = 0 if was is None or position < was else 1 if position == was else 2
        return (False, position, moved_to, was or 0)

    return sorted(places, key=key)


@transaction.atomic
def set_authors(*, poster: Poster, places: Sequence[AuthorPlace], removed: Collection[int] = ()) -> dict[int, int]:
    """Give the poster these authors in their wanted order. Returns everyone's position by their key.

    `removed` are the keys of authors taken off, unless they are wanted after all; authors that are in neither
    (someone else added them meanwhile) stay, at the end. Each author keeps their own authorship wherever they
    move. The number of queries does not depend on the number of authors.
    """
    stored = {row.author_id: row for row in poster.authorships.select_related("author").order_by("position")}
    before = _printed(stored.values())
    wanted = {place.author.pk: place for place in in_wanted_order(places)}
    gone = [row.pk for key, row in stored.items() if key in removed and key not in wanted]
    if gone:
        Authorship.objects.filter(pk__in=gone).delete()
    order = [*wanted, *(key for key in stored if key not in wanted and key not in removed)]
    kept: list[Authorship] = []
    added: list[Authorship] = []
    for position, key in enumerate(order, start=1):
        row = stored.get(key) or Authorship(poster=poster, author=wanted[key].author)
        row.position = position
        if key in wanted:
            row.affiliation, row.is_presenter = wanted[key].affiliation, wanted[key].is_presenter
        (kept if key in stored else added).append(row)
    rewrite(kept)
    Authorship.objects.bulk_create(added)
    _tell_authors(poster, before, _printed(sorted((*kept, *added), key=lambda row: row.position)))
    return {key: position for position, key in enumerate(order, start=1)}


def _printed(rows: Iterable[Authorship]) -> list[str]:
    """Each author as one line: name, affiliation, whether presenting."""
    return [
        " · ".join(filter(None, (row.author.name, row.affiliation, "presenter" if row.is_presenter else "")))
        for row in rows
    ]


def _tell_authors(poster: Poster, before: list[str], after: list[str]) -> None:
    """Log the list as a whole: by this entry an import knows that the authors were edited here."""
    if before != after:
        announce([Write(Poster, poster.pk, poster.conference_id, {"authors": before}, {"authors": after})])


def rewrite(rows: Sequence[Authorship]) -> None:
    """Write the rows' new values, and announce one change of each: the way there is nobody's business."""
    keys = [row.pk for row in rows]
    before = Authorship.objects.values_of(keys)
    changed = [
        row for row in rows if any(before[row.pk][name] != getattr(row, name) for name in Authorship.logged_columns())
    ]
    if not changed:
        return
    unannounced: models.QuerySet[Authorship] = models.QuerySet(Authorship)
    unannounced.filter(pk__in=[row.pk for row in changed]).update(position=F("position") + OUT_OF_THE_WAY)
    unannounced.bulk_update(changed, ["position", "affiliation", "is_presenter"])
    announce_changes(Authorship, before, Authorship.objects.values_of(keys))
