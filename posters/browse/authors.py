"""Authors from A to Z, and who writes with whom."""

import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Substr

from posters.models import Author, Authorship, Conference
from posters.models.base import PosterStatus
from posters.models.poster import AuthorQuerySet


@dataclass
class Letter:
    """One letter of the index: Å, á and a are under A; what is no Latin letter is under #."""

    letter: str
    author_count: int = 0
    initials: list[str] = field(default_factory=list)
    """First characters of names, as written."""


def letters_of(conference: Conference) -> list[Letter]:
    """The letters under which there is somebody, in order, # last."""
    initials = (
        conference.authors.public()
        .order_by()
        .annotate(initial=Substr("name", 1, 1))
        .values_list("initial")
        .annotate(author_count=Count("pk"))
    )
    letters: dict[str, Letter] = {}
    for initial, author_count in initials:
        name = letter_of(initial)
        letter = letters.setdefault(name, Letter(name))
        letter.author_count += author_count
        letter.initials.append(initial)
    return sorted(letters.values(), key=lambda letter: (letter.letter == "#", letter.letter))


def letter_of(initial: str) -> str:
    """The letter of the index for a name's first character."""
    plain = unicodedata.normalize("NFKD", initial)[:1].upper()
    plain = {"Ø": "O", "Ł": "L", "Đ": "D", "Æ": "A", "Œ": "O", "Þ": "T", "ẞ": "S"}.get(plain, plain)
    return plain if "A" <= plain <= "Z" else "#"


def authors_under(letter: Letter | None, *, conference: Conference) -> AuthorQuerySet:
    """Authors by name, those of one letter or all, with `poster_count`."""
    authors = conference.authors.public().order_by("name", "slug")
    if letter is not None:
        authors = authors.annotate(initial=Substr("name", 1, 1)).filter(initial__in=letter.initials)
    # A subquery, not a join: it runs for the rows of one page, and not for all 30,000.
    shown = Authorship.objects.filter(author=OuterRef("pk")).exclude(poster__status=PosterStatus.DRAFT)
    counted = shown.order_by().values("author").annotate(poster_count=Count("pk")).values("poster_count")
    return authors.annotate(poster_count=Subquery(counted))


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
    return sorted(found, key=lambda other: (-other.poster_count, other.name))


@dataclass(frozen=True)
class Namesake:
    """Somebody of the same name in another edition. `has_same_key`: the sources call both by one key."""

    slug: str
    poster_count: int
    conference_name: str
    conference_slug: str
    has_same_key: bool


def namesakes_elsewhere(author: Author) -> list[Namesake]:
    """People of this name in the other published conferences, newest first. A name is not a person.

    A key of the source counts only beside the name: two sources can give two people one key.
    """
    shown = Count("authorships", filter=~Q(authorships__poster__status=PosterStatus.DRAFT))
    others = Author.objects.public().filter(name=author.name).exclude(conference=author.conference_id)
    rows = others.annotate(poster_count=shown).order_by("-conference__year", "conference__name", "slug")
    return [
        Namesake(slug, poster_count, name, conference_slug, bool(source_id) and source_id == author.source_id)
        for slug, source_id, poster_count, name, conference_slug in rows.values_list(
            "slug", "source_id", "poster_count", "conference__name", "conference__slug"
        )
    ]
