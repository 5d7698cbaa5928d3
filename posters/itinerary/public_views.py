"""The little that everybody may know of what attendees wish."""

from django.http import HttpRequest, JsonResponse

from posters.browse.programme_page import programme_page
from posters.itinerary.favourite_counts import favourite_counts
from posters.models import Conference


@programme_page(minutes_fresh=10)
def counts(request: HttpRequest, conference: Conference) -> JsonResponse:
    """How many have starred each poster. Apart from its page, which stays the same while they change."""
    return JsonResponse({"favourites": favourite_counts(conference=conference)})
