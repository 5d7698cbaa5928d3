"""What a poster still lacks before visitors should see it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.fields import BooleanField

from posters.latex import to_text
from posters.models import Authorship, Conference, Poster, Presentation, Session, title_or_number
from posters.models.base import PosterStatus
from posters.programme.checks.finding import Finding, Severity, form_of

WITHOUT_BOARD = Q(board=None, format=Presentation.Format.IN_PERSON, session__kind=Session.Kind.POSTER)
"""Presentations that need a board and have none: who is virtual, or speaks, needs none."""


@dataclass(frozen=True)
class Need:
    """Something missing: its key in addresses, its words, and which posters lack it."""

    key: str
    label: str
    condition: Any


def needs() -> tuple[Need, ...]:
    """All that is looked for, the gravest first."""
    presentations = Presentation.objects.filter(poster=OuterRef("pk")).order_by()
    return (
        Need("title", "no title", Q(title="")),
        Need("authors", "no authors", ~Exists(Authorship.objects.filter(poster=OuterRef("pk")).order_by())),
        Need("session", "no session", ~Exists(presentations)),
        Need("board", "no board", Exists(presentations.filter(WITHOUT_BOARD))),
        Need("abstract", "no abstract", Q(abstract="")),
    )


def lacking(posters: QuerySet, key: str) -> QuerySet:
    """The posters that lack one thing, or any for “any”. Withdrawn posters need nothing any more."""
    conditions = _conditions()
    return posters.filter(_standing(conditions[key])) if key in conditions else posters


def counts_of_needs(posters: QuerySet) -> dict[str, int]:
    """How many of the posters lack each thing, and any for “any”, in one query."""
    conditions = _conditions()
    counts = {f"lacks_{key}": Count("pk", filter=_standing(condition)) for key, condition in conditions.items()}
    return {key.removeprefix("lacks_"): count for key, count in posters.aggregate(**counts).items()}


def _conditions() -> dict[str, Q]:
    """What posters can lack, by its key, and any of it."""
    conditions = {need.key: Q(need.condition) for need in needs()}
    return conditions | {"any": reduce(or_, conditions.values())}


def _standing(condition: Q) -> Q:
    return ~Q(status=PosterStatus.WITHDRAWN) & condition


def with_needs(posters: QuerySet) -> QuerySet:
    """Annotated with one `lacks_…` for each need."""
    flags = {
        f"lacks_{need.key}": Case(
            When(need.condition, then=Value(True)), default=Value(False), output_field=BooleanField()
        )
        for need in needs()
    }
    return posters.annotate(**flags)


def poster_named(number: int, title: str) -> str:
    """A poster as a sentence speaks of it."""
    return f"Poster {number} “{to_text(title)}”" if title else title_or_number(title, number)


def untitled(conference: Conference) -> Iterator[Finding]:
    """Posters without a title."""
    return _lacking(conference, "title", Severity.BLOCKS, "has no title")


def without_authors(conference: Conference) -> Iterator[Finding]:
    """Posters of nobody."""
    return _lacking(conference, "authors", Severity.BLOCKS, "has no authors")


def without_session(conference: Conference) -> Iterator[Finding]:
    """Posters that are shown nowhere."""
    return _lacking(conference, "session", Severity.WARNS, "is in no session")


def without_board(conference: Conference) -> Iterator[Finding]:
    """Posters shown in person in a poster session, on no board."""
    return _lacking(conference, "board", Severity.WARNS, "is shown in person and has no board")


def without_abstract(conference: Conference) -> Iterator[Finding]:
    """Posters of which one cannot read what they are about."""
    return _lacking(conference, "abstract", Severity.WARNS, "has no abstract")


def without_presenter(conference: Conference) -> Iterator[Finding]:
    """Posters whose presenter nobody marked, where presenters are marked at all."""
    marked = set(
        Authorship.objects.filter(poster__conference=conference, is_presenter=True)
        .order_by()
        .values_list("poster", flat=True)
    )
    posters = standing_posters(conference).values_list("pk", "number", "title")
    if not marked and posters.exists():
        message = "No poster names its presenter: the first author is taken to be it."
        yield Finding(Severity.HINT, message, "poster", (), form_of(Conference, conference.pk))
        return
    for key, number, title in posters.iterator():
        if key not in marked:
            message = f"{poster_named(number, title)} has no presenter marked."
            yield Finding(Severity.HINT, message, "poster", (key,), form_of(Poster, key))


def standing_posters(conference: Conference) -> QuerySet:
    """The conference's posters, drafts included: withdrawn ones need nothing any more."""
    return conference.posters.exclude(status=PosterStatus.WITHDRAWN).order_by("number")


def _lacking(conference: Conference, key: str, severity: Severity, lack: str) -> Iterator[Finding]:
    posters = lacking(conference.posters.order_by("number"), key)
    for pk, number, title in posters.values_list("pk", "number", "title").iterator():
        yield Finding(severity, f"{poster_named(number, title)} {lack}.", "poster", (pk,), form_of(Poster, pk))
