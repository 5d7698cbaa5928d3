"""What browsing keeps beside the programme, brought up to it at the end of each change and inside its transaction."""

from typing import Any

from posters.browse.places import keep_places
from posters.browse.similar import keep_similar
from posters.models import Poster, PosterTopic, Topic
from posters.models.base import programme_changed


def listen() -> None:
    """Hear of every change. A signal, because the programme's door may not know who reads it."""
    programme_changed.connect(_on_change, dispatch_uid="browse-upkeep")


def _on_change(sender: Any, touched: dict[type, set[Any]], posters: set[int], conferences: set[int], **_: Any) -> None:
    if not {Poster, PosterTopic, Topic} & touched.keys():
        return
    concerned = set(posters)
    if Topic in touched:
        concerned |= {*PosterTopic.objects.filter(topic__in=touched[Topic]).values_list("poster", flat=True)}
    for conference in conferences if concerned else ():
        if changed := keep_similar(conference=conference, posters=concerned):
            keep_places(conference=conference, changed=changed)
