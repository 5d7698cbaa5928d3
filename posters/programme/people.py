"""One person or two: authors merged and split. Imports afterwards leave it so (`identity.KnownPeople`)."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from django.db import transaction

from posters.latex import to_text
from posters.models import Author, Authorship, FormerAuthor, Poster
from posters.models.base import Write, announce
from posters.programme.author_order import rewrite
from posters.programme.identity import unique_slug


class PeopleRefused(Exception):
    """These authors cannot be merged or split so; the message says why."""


@transaction.atomic
def merge_authors(*, kept: Author, others: Collection[Author]) -> int:
    """Make one person of several: all authorships are `kept`'s. Returns on how many posters that changed something.

    Where two of them stand on one poster, the first place stays, with the first affiliation there is, and presents
    if either does; positions stay 1 to n. The others' addresses and keys lead to `kept` from now on. The number of
    queries does not depend on the number of posters. Raises PeopleRefused.
    """
    keys = {author.pk for author in others}
    if not keys:
        raise PeopleRefused("Choose at least one other person to merge into this one.")
    if kept.pk in keys:
        raise PeopleRefused("A person cannot be merged into themselves.")
    # Nobody gives one of them another poster meanwhile, which would be lost.
    people = {author.pk: author for author in Author.objects.select_for_update().filter(pk__in=[kept.pk, *keys])}
    if len(people) != len(keys) + 1:
        raise PeopleRefused("One of them is gone meanwhile.")
    if any(author.conference_id != kept.conference_id for author in people.values()):
        raise PeopleRefused("People of two conferences cannot be merged.")
    standing: defaultdict[int, list[Authorship]] = defaultdict(list)
    for row in Authorship.objects.filter(author__in=people).order_by("poster", "position"):
        standing[row.poster_id].append(row)
    _stand_once([rows for rows in standing.values() if len(rows) > 1])
    moved = [rows[0] for rows in standing.values() if rows[0].author_id != kept.pk]
    Authorship.objects.filter(pk__in=[row.pk for row in moved]).update(author=kept)
    FormerAuthor.objects.filter(author__in=keys).update(author=kept)
    FormerAuthor.objects.bulk_create(
        FormerAuthor(
            conference_id=kept.conference_id,
            author=kept,
            name=author.name,
            slug=author.slug,
            source_id=author.source_id,
        )
        for author in people.values()
        if author.pk != kept.pk
    )
    Author.objects.filter(pk__in=keys).delete()
    return sum(any(row.author_id != kept.pk for row in rows) for rows in standing.values())


def _stand_once(doubles: Sequence[Sequence[Authorship]]) -> None:
    """Of each poster's rows leave the first, with what the others say more, and close the gaps."""
    gone = {row.pk for rows in doubles for row in rows[1:]}
    if not gone:
        return
    Authorship.objects.filter(pk__in=gone).delete()
    firsts = {rows[0].pk: rows for rows in doubles}
    posters = [rows[0].poster_id for rows in doubles]
    left: defaultdict[int, list[Authorship]] = defaultdict(list)
    for row in Authorship.objects.filter(poster__in=posters).order_by("poster", "position"):
        left[row.poster_id].append(row)
        row.position = len(left[row.poster_id])
        if row.pk in firsts:
            rows = firsts[row.pk]
            row.affiliation = next((each.affiliation for each in rows if each.affiliation), "")
            row.is_presenter = any(each.is_presenter for each in rows)
    rewrite([row for rows in left.values() for row in rows])


@transaction.atomic
def split_author(*, author: Author, posters: Collection[int], name: str, former: FormerAuthor | None = None) -> Author:
    """Give these posters of an author, by key, to a new person of that name. Returns the new person.

    With `former`, somebody who was merged into this author is a person of their own again, with their address and
    key. Imports leave these posters' authors as they are until an organiser releases them. Raises PeopleRefused.
    """
    rows = list(Authorship.objects.select_for_update().filter(author=author).order_by("poster"))
    moved = [row for row in rows if row.poster_id in posters]
    if not moved:
        raise PeopleRefused("Choose at least one poster that the new person wrote.")
    if len(moved) == len(rows) and former is None:
        raise PeopleRefused("Leave at least one poster: with all of them it would be the same person.")
    if former is not None and former.author_id != author.pk:
        raise PeopleRefused("That person was not merged into this one.")
    before = _printed_on(moved)
    new = Author.objects.create(
        conference_id=author.conference_id,
        name=name,
        slug=_address(author, name, former),
        source_id=former.source_id if former and not _is_taken(author, former.source_id) else "",
    )
    if former is not None:
        former.delete()
    Authorship.objects.filter(pk__in=[row.pk for row in moved]).update(author=new)
    after = _printed_on(moved)
    # By this entry an import knows that the authors were edited here.
    announce(
        [
            Write(Poster, key, author.conference_id, {"authors": before[key]}, {"authors": after[key]})
            for key in sorted(before)
        ]
    )
    return new


def _address(author: Author, name: str, former: FormerAuthor | None) -> str:
    taken = set(Author.objects.filter(conference=author.conference_id).values_list("slug", flat=True))
    if former is not None and former.slug not in taken:
        return former.slug
    taken |= set(FormerAuthor.objects.filter(conference=author.conference_id).values_list("slug", flat=True))
    return unique_slug(to_text(name), taken, fallback="author")


def _is_taken(author: Author, source_id: str) -> bool:
    return Author.objects.filter(conference=author.conference_id, source_id=source_id).exists()


def _printed_on(rows: Sequence[Authorship]) -> dict[int, list[str]]:
    """Each poster's authors with their addresses: the two may share a name."""
    printed: dict[int, list[str]] = {row.poster_id: [] for row in rows}
    standing = Authorship.objects.filter(poster__in=printed).order_by("poster", "position")
    for key, name, slug in standing.values_list("poster", "author__name", "author__slug"):
        printed[key].append(f"{name} ({slug})")
    return printed
