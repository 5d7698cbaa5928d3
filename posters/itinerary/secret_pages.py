"""Pages that hold a secret, in the address or in the content: the one who has it reads an itinerary."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache

View = Callable[..., HttpResponse]


def keeps_its_address_secret(view: View) -> View:
    """A page whose address, or whose content, opens somebody's itinerary: kept, indexed and passed on by nobody.

    Its template extends itinerary/secret.html, so that its forms work nevertheless.
    """

    @wraps(view)
    @never_cache
    def answer(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return answer
