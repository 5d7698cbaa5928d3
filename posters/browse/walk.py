"""A poster's place on the walk through its sessions."""

from typing import Any

from django.db.models import F, Min, Window
from django.db.models.functions import Lag, Lead

from posters.models import Poster, Presentation


def presentations_on_the_walk(poster: Poster) -> list[Presentation]:
    """A poster's presentations in time order, each with `number_before` and `number_after`.

    These are the posters beside it in its session's walking order, None at the ends. The database
    finds them: one row read for each presentation, whatever the session's size.
    """
    walk = Presentation.objects.public().filter(session__in=poster.presentations.values("session"))
    order: Any = list(walk.in_walking_order().query.order_by)
    placed = walk.annotate(
        number_before=Window(Lag("poster__number"), partition_by=F("session"), order_by=order),
        number_after=Window(Lead("poster__number"), partition_by=F("session"), order_by=order),
        # A filter on a column would leave the neighbours out of the window; one on a window comes after it.
        shown=Window(Min("poster"), partition_by=F("pk")),
    )
    return list(placed.filter(shown=poster.pk).with_place().in_time_order())
