"""What a deletion takes along, counted and not listed: below a conference lie tens of thousands of rows."""

from collections import defaultdict
from collections.abc import Iterator

from django.db import models
from django.db.models import Q, QuerySet

from posters.models import Attendance, Favourite, Likeness, MapPlace, MapRegion, TermWeights, Visit

PERSONAL = (Favourite, Visit, Attendance)
"""What attendees lose with the programme."""
COMPUTED = (Likeness, MapPlace, MapRegion, TermWeights)
"""What is made from the programme, and made anew: nobody loses it."""


def taken_along(model: type[models.Model], keys: QuerySet | list[int]) -> dict[type[models.Model], int]:
    """How many rows of which models are deleted with these rows of `model`, themselves not counted.

    One query for each model below it, whatever the number of rows.
    """
    paths: dict[type[models.Model], list[str]] = defaultdict(list)
    for below, path in _paths_below(model):
        paths[below].append(path)
    counts = {}
    for below, ways in paths.items():
        any_way = Q()
        for way in ways:
            any_way |= Q(**{f"{way}__in": keys})
        count = below._base_manager.filter(any_way).count()
        if count:
            counts[below] = count
    return counts


def _paths_below(model: type[models.Model], above: str = "") -> Iterator[tuple[type[models.Model], str]]:
    """Each model whose rows fall with the given one's, and the lookup that leads up from it."""
    for relation in model._meta.related_objects:
        below = relation.related_model
        if relation.on_delete is not models.CASCADE or below is model or below in COMPUTED:
            continue
        path = f"{relation.field.name}__{above}" if above else relation.field.name
        yield below, path
        yield from _paths_below(below, path)
