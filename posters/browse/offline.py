"""What a device keeps to do without the network: a light index of the programme, and the site as an app."""

import hashlib
from functools import cache
from typing import Any

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse

from posters.browse.colour import light_palette
from posters.latex import to_text
from posters.models import Authorship, Conference, Poster, Presentation, title_or_number
from posters.models.base import PosterStatus

WORKER_FILES = ("js/outbox.js", "js/service-worker.js")
"""What the service worker is made of."""

KEPT_FILES = (
    "css/boardwalk.css",
    "icons/icon.svg",
    "icons/planks.svg",
    "icons/star-filled.svg",
    "icons/star.svg",
    "icons/tick.svg",
    "js/finder.js",
    "js/maths.js",
    "js/offline-search.js",
    "js/offline.js",
    "js/outbox.js",
    "js/overlay.js",
    "js/remembered.js",
    "js/shortcuts.js",
    "js/zone.js",
)
"""What every page needs, kept from the start. All else is kept as it is used."""


def search_index(conference: Conference) -> dict[str, Any]:
    """Every poster there is to see, with what one searches for in a hall; in four queries.

    Names stand once and posters refer to them by place: it is sent to phones. A poster is its number, title,
    authors, then session and board of each presentation in turn, topics.
    """
    names: dict[str, dict[str, int]] = {"authors": {}, "topics": {}}
    sessions: dict[str, tuple[int, list[Any]]] = {}

    def place_of(kind: str, name: str) -> int:
        return names[kind].setdefault(to_text(name), len(names[kind]))

    shown = Poster.objects.filter(conference=conference, status=PosterStatus.PUBLISHED)
    posters: dict[int, list[Any]] = {
        key: [number, to_text(title_or_number(title, number)), [], [], []]
        for key, number, title in shown.order_by("number").values_list("pk", "number", "title")
    }
    authorships = Authorship.objects.filter(poster__in=shown).order_by("poster__number", "position")
    for key, name in authorships.values_list("poster", "author__name"):
        posters[key][2].append(place_of("authors", name))
    presentations = Presentation.objects.filter(poster__in=shown).in_time_order()
    for key, slug, title, starts_at, board in presentations.values_list(
        "poster", "session__slug", "session__title", "session__starts_at", "board__label"
    ):
        place, _ = sessions.setdefault(slug, (len(sessions), [slug, to_text(title), starts_at]))
        posters[key][3] += [place, board or ""]
    for key, name in (
        shown.filter(topics__isnull=False).order_by("number", "topics__name").values_list("pk", "topics__name")
    ):
        posters[key][4].append(place_of("topics", name))
    return {
        "sessions": [session for _, session in sessions.values()],
        "authors": list(names["authors"]),
        "topics": list(names["topics"]),
        "posters": list(posters.values()),
    }


def manifest(conference: Conference) -> dict[str, Any]:
    """The conference as an app on a phone's home screen (W3C, Web Application Manifest). It opens on the itinerary."""
    return {
        "id": reverse("home", args=[conference.slug]),
        "name": f"{conference.name} posters",
        "short_name": conference.name,
        "lang": "en-GB",
        "start_url": reverse("itinerary", args=[conference.slug]),
        "scope": "/",
        "display": "standalone",
        "theme_color": light_palette(conference.accent_colour).masthead,
        "background_color": "#f6f7f5",
        "icons": [
            {"src": static("icons/icon.svg"), "type": "image/svg+xml", "sizes": "any"},
            {"src": static("icons/icon-192.png"), "type": "image/png", "sizes": "192x192"},
            {"src": static("icons/icon-512.png"), "type": "image/png", "sizes": "512x512"},
            {
                "src": static("icons/icon-maskable-512.png"),
                "type": "image/png",
                "sizes": "512x512",
                "purpose": "maskable",
            },
        ],
    }


def release_of_files() -> dict[str, Any]:
    """What the service worker keeps from the start: addresses, and a version that changes with what is in them."""
    if settings.DEBUG:
        version_of_files.cache_clear()  # While developing, files change under a running server.
    return {"version": version_of_files(), "files": [static(name) for name in KEPT_FILES]}


@cache
def version_of_files() -> str:
    digest = hashlib.sha256()
    for name in sorted({*KEPT_FILES, *WORKER_FILES}):
        digest.update((settings.BASE_DIR / "static" / name).read_bytes())
    return digest.hexdigest()[:16]
