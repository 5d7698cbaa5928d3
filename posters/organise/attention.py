"""What a poster still lacks before visitors should see it."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, Value, When
from django.db.models.fields import BooleanField

from posters.models import Authorship, Presentation, Session
from posters.models.base import PosterStatus

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
    conditions = [Q(need.condition) for need in needs() if key in {need.key, "any"}]
    if not conditions:
        return posters
    any_of = conditions[0]
    for condition in conditions[1:]:
        any_of |= condition
    return posters.exclude(status=PosterStatus.WITHDRAWN).filter(any_of)


def with_needs(posters: QuerySet) -> QuerySet:
    """Annotated with one `lacks_…` for each need."""
    flags = {
        f"lacks_{need.key}": Case(
            When(need.condition, then=Value(True)), default=Value(False), output_field=BooleanField()
        )
        for need in needs()
    }
    return posters.annotate(**flags)
