"""What browsing keeps beside the programme, brought up to it at the end of each change and inside its transaction."""

from typing import Any

from posters.browse.places import keep_places
from posters.browse.similar import keep_similar
from posters.models import Poster, PosterTopic, Topic
from posters.models.base import ROW, programme_changed

COMPARED = frozenset({ROW, "conference_id", "number", "status", "title", "abstract", "keywords"})
"""What a poster is likened to others by."""


def listen() -> None:
    """Hear of every change. A signal, because the programme's door may not know who reads it."""
    programme_changed.connect(_on_change, dispatch_uid="browse-upkeep")


def _on_change(
    sender: Any,
    touched: dict[type, set[Any]],
    columns: dict[type, set[str]],
    posters: set[int],
    conferences: set[int],
    **_: Any,
) -> None:
    if not {PosterTopic, Topic} & touched.keys() and COMPARED.isdisjoint(columns.get(Poster, ())):
        return
    concerned = set(posters)
    if Topic in touched:
        concerned |= {*PosterTopic.objects.filter(topic__in=touched[Topic]).values_list("poster", flat=True)}
    for conference in conferences if concerned else ():
        if changed := keep_similar(conference=conference, posters=concerned):
            keep_places(conference=conference, changed=changed)
