"""Authors from A to Z, and who writes with whom."""

from array import array
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from django.db.models import Count, OuterRef, Q, Subquery

from posters.browse.family_names import index_key, letter_of
from posters.models import Author, Authorship, Conference, Presentation, title_or_number
from posters.models.base import PosterStatus

KEPT_INDEXES = 8
"""Indexes kept at once, 240 kB each at 30,000 authors: the oldest goes first."""


@dataclass(frozen=True)
class Letter:
    """One letter of the index, and where its authors stand in it. What is no Latin letter is under #."""

    letter: str
    start: int
    end: int

    @property
    def author_count(self) -> int:
        return self.end - self.start


@dataclass(frozen=True)
class AuthorIndex:
    """The authors of public posters by family name: primary keys, and the letters in order, # last."""

    keys: Sequence[int]
    letters: list[Letter]


def author_index(conference: Conference) -> AuthorIndex:
    """The conference's index as of its revision."""
    return index_at(conference.pk, conference.revision)


@lru_cache(maxsize=KEPT_INDEXES)
def index_at(conference_key: int, revision: int) -> AuthorIndex:
    """An index, read in one query when a revision is first asked for. Every change makes another revision."""
    authors = Author.objects.public().filter(conference=conference_key).order_by()
    under: defaultdict[str, list[tuple[str, str, str, int]]] = defaultdict(list)
    for key, name, slug in authors.values_list("pk", "name", "slug").iterator():
        sorted_by = index_key(name)
        under[letter_of(sorted_by)].append((sorted_by, name, slug, key))
    keys = array("Q")
    letters = []
    for letter in sorted(under, key=lambda letter: (letter == "#", letter)):
        start = len(keys)
        keys.extend(key for *_, key in sorted(under[letter]))
        letters.append(Letter(letter, start, len(keys)))
    return AuthorIndex(keys, letters)


def authors_at(keys: Sequence[int]) -> list[Author]:
    """Authors by primary key, in the keys' order, each with `poster_count`."""
    # A subquery, not a join: it runs for the rows of one page, and not for all 30,000.
    shown = Authorship.objects.filter(author=OuterRef("pk")).exclude(poster__status=PosterStatus.DRAFT)
    counted = shown.order_by().values("author").annotate(poster_count=Count("pk")).values("poster_count")
    authors = Author.objects.annotate(poster_count=Subquery(counted)).in_bulk(keys)
    return [authors[key] for key in keys if key in authors]


@dataclass(frozen=True)
class CoAuthor:
    name: str
    slug: str
    poster_count: int


def co_authors(author: Author) -> list[CoAuthor]:
    """Who wrote posters with this author, and how many; the most frequent first."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    posters = author.posters.public().values("pk")
    others = Author.objects.filter(authorships__poster__in=posters).exclude(pk=author.pk)
    for name, slug in others.values_list("name", "slug"):
        counts[name, slug] += 1
    found = [CoAuthor(name, slug, count) for (name, slug), count in counts.items()]
    return sorted(found, key=lambda other: (-other.poster_count, index_key(other.name)))


@dataclass(frozen=True)
class EditionPoster:
    """A poster of another edition, as much as a line about it says. `session` is its first one, or empty."""

    number: int
    title: str
    is_withdrawn: bool
    session: str = ""


@dataclass(frozen=True)
class Namesake:
    """Somebody of the same name in another edition. `has_same_key`: the sources call both by one key.

    `posters` are told of those only: they are the same person's, as far as can be known.
    """

    slug: str
    poster_count: int
    conference_name: str
    conference_slug: str
    has_same_key: bool
    posters: list[EditionPoster] = field(default_factory=list)


def namesakes_elsewhere(author: Author) -> list[Namesake]:
    """People of this name in the other published conferences, newest first. A name is not a person.

    A key of the source counts only beside the name: two sources can give two people one key.
    """
    shown = Count("authorships", filter=~Q(authorships__poster__status=PosterStatus.DRAFT))
    others = Author.objects.public().filter(name=author.name).exclude(conference=author.conference_id)
    rows = others.annotate(poster_count=shown).order_by("-conference__year", "conference__name", "slug")
    found = {
        key: Namesake(slug, count, name, conference_slug, bool(source_id) and source_id == author.source_id)
        for key, slug, source_id, count, name, conference_slug in rows.values_list(
            "pk", "slug", "source_id", "poster_count", "conference__name", "conference__slug"
        )
    }
    same = [key for key, other in found.items() if other.has_same_key]
    if same:
        session = Presentation.objects.filter(poster=OuterRef("poster")).in_time_order().values("session__title")
        written = Authorship.objects.filter(author__in=same).exclude(poster__status=PosterStatus.DRAFT)
        written = written.annotate(session=Subquery(session[:1])).order_by("poster__number")
        columns = ("author", "poster__number", "poster__title", "poster__status", "session")
        for key, number, title, status, first_session in written.values_list(*columns):
            poster = EditionPoster(
                number, title_or_number(title, number), status == PosterStatus.WITHDRAWN, first_session or ""
            )
            found[key].posters.append(poster)
    return list(found.values())
