"""The site's addresses and the floor: the least this server and this middleware can do."""

import random
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.urls import path

from conference.urls import urlpatterns as site_urls


@cache
def constant_body(size: int) -> bytes:
    """Bytes that are the same in every worker and that nothing can compress further."""
    return random.Random(size).randbytes(size)


def floor(request: HttpRequest, size: int) -> HttpResponse:
    """A constant body of `size` bytes, marked as compressed already like a page from the cache."""
    return HttpResponse(constant_body(size), headers={"Content-Encoding": "gzip", "Content-Length": str(size)})


urlpatterns = [path("benchmark/floor/<int:size>", floor), *site_urls]
