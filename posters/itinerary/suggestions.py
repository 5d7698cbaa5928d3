"""Because you favourited …: the posters most like an attendee's favourites, and why each is there."""

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import islice

from posters.browse.listing import PosterRow, list_posters
from posters.browse.neighbours import Neighbour
from posters.models import Attendee, Conference, Favourite, Likeness, Poster
from posters.models.base import PosterStatus

MOST = 10
WEIGHED = 100
"""Of the posters found, those looked at: more than enough where some have been withdrawn."""


@dataclass(frozen=True)
class Likely:
    """A poster like the favourites: how much, the favourite it is most like, and what the two share, as printed."""

    score: int
    because: str
    shares: str


def likely_posters(*, attendee: Attendee, conference: Conference) -> dict[int, Likely]:
    """The posters that are most like the favourites, the most alike first, their likenesses to all of these added up.

    None is withdrawn, a favourite already, or one that was taken back.
    """
    wishes = Favourite.objects.filter(attendee=attendee, poster__conference=conference)
    decided = set(wishes.values_list("poster", flat=True))
    scores: defaultdict[int, int] = defaultdict(int)
    reasons: dict[int, tuple[int, str, str]] = {}
    likenesses = Likeness.objects.filter(poster__in=wishes.wished().values("poster")).select_related("poster")
    for likeness in likenesses.order_by("poster__number"):
        for neighbour in (Neighbour(*stored) for stored in likeness.neighbours):
            if neighbour.key not in decided:
                scores[neighbour.key] += neighbour.score
                if neighbour.score > reasons.get(neighbour.key, (0,))[0]:
                    title = likeness.poster.display_title
                    reasons[neighbour.key] = (neighbour.score, title, neighbour.shares)
    best = sorted(scores, key=lambda key: (-scores[key], key))[:WEIGHED]
    shown = Poster.objects.public().filter(pk__in=best, status=PosterStatus.PUBLISHED)
    standing = set(shown.values_list("pk", flat=True))
    return {key: Likely(scores[key], *reasons[key][1:]) for key in best if key in standing}


def suggest_posters(*, attendee: Attendee, conference: Conference) -> list[PosterRow]:
    """Rows of the posters most like the favourites, each explained by the favourite that it is most like."""
    likely = dict(islice(likely_posters(attendee=attendee, conference=conference).items(), MOST))
    return [
        replace(row, because=reason.because, shares=reason.shares)
        for row, reason in zip(list_posters(list(likely)), likely.values(), strict=True)
    ]
