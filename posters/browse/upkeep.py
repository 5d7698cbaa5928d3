"""What browsing keeps beside the programme, brought up to it at the end of each change and inside its transaction."""

from collections.abc import Collection
from contextlib import ExitStack
from typing import Any

from posters.browse.places import keep_places
from posters.browse.search_index import index_change
from posters.browse.similar import similar_posters_kept
from posters.models import Poster, PosterTopic, Topic
from posters.models.base import ROW, programme_changed

COMPARED = frozenset({ROW, "conference_id", "number", "status", "title", "abstract", "keywords"})
"""What a poster is likened to others by."""


def listen() -> None:
    """Hear of every change. A signal, because the programme's door may not know who reads it."""
    programme_changed.connect(_on_change, dispatch_uid="browse-upkeep")


def _on_change(
    sender: Any,
    touched: dict[type, Collection[Any]],
    columns: dict[type, set[str]],
    posters: set[int],
    conferences: set[int],
    **_: Any,
) -> None:
    with ExitStack() as stack:
        begun = [
            stack.enter_context(similar_posters_kept(conference=conference, posters=compared))
            for conference in conferences
            if (compared := _compared(touched, columns, posters))
        ]
        index_change(touched, columns, posters)
        for similar in begun:
            if changed := similar.bring_up():
                keep_places(conference=similar.conference, changed=changed, layout=similar.layout)


def _compared(touched: dict[type, Collection[Any]], columns: dict[type, set[str]], posters: set[int]) -> set[int]:
    """The posters by whose texts a change may have made others alike."""
    if not {PosterTopic, Topic} & touched.keys() and COMPARED.isdisjoint(columns.get(Poster, ())):
        return set()
    of_topics = PosterTopic.objects.filter(topic__in=touched.get(Topic, ())).values_list("poster", flat=True)
    return posters.union(of_topics if Topic in touched else ())
