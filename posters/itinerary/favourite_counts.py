"""How many have starred a poster: told only where the organiser says so, and never so few that one could be found."""

from django.db.models import Count

from posters.models import Conference, Favourite

LEAST_TOLD = 5


def favourite_counts(*, conference: Conference) -> dict[int, int]:
    """The number of favourites by poster's number, from five up; empty where the conference does not show them."""
    if not conference.shows_favourite_counts:
        return {}
    wishes = Favourite.objects.wished().filter(poster__conference=conference)
    counts = wishes.order_by("poster__number").values("poster__number").annotate(count=Count("pk"))
    return dict(counts.filter(count__gte=LEAST_TOLD).values_list("poster__number", "count"))
