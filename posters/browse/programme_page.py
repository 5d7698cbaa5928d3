"""Programme pages: the same bytes for everyone, kept until the programme changes (DESIGN.md, rule 1).

The ETag is made before anything is rendered, from the conference's revision, the address and the
release of the code. So a changed programme shows on the very next request, and an unchanged page
costs one query.
"""

import gzip
import hashlib
import time
from collections.abc import Callable, Iterator
from functools import cache, wraps
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache as page_cache
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseNotModified,
    QueryDict,
)
from django.utils.cache import patch_vary_headers

from posters.models import Conference

KEPT_SECONDS = 24 * 3600
LONGEST_ADDRESS = 2_000
"""Characters of a query string; longer ones are answered and not kept."""


def programme_page(
    *parameters: str, minutes_fresh: int | None = None
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """A view that shows a published conference's programme, as `view(request, conference, …)`.

    `parameters` are the query parameters the page depends on; all others are taken out of request.GET, so
    that they neither split the cache nor reach the page. `minutes_fresh` is for pages that depend
    on the time of day. Raises Http404 for a conference that does not exist or is not published.
    """

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def answer(request: HttpRequest, conference: str, **kwargs: Any) -> HttpResponse:
            if request.method not in {"GET", "HEAD"}:
                return HttpResponseNotAllowed(["GET", "HEAD"])
            edition = Conference.objects.public().filter(slug=conference).first()
            if edition is None:
                raise Http404("No such conference.")
            request.GET = known_parameters(request.GET, parameters)  # type: ignore[assignment]
            period = int(time.time() // (minutes_fresh * 60)) if minutes_fresh else 0
            address = f"{request.path}?{request.GET.urlencode()}"
            state = f"{edition.pk} {edition.revision} {period} {release()} {address}"
            tag = hashlib.sha256(state.encode()).hexdigest()[:32]
            if names_tag(request.headers.get("If-None-Match", ""), tag):
                return with_headers(HttpResponseNotModified(), tag)
            kept = page_cache.get(f"page:{tag}")
            if kept is None:
                response = view(request, edition, **kwargs)
                if response.status_code != 200:
                    return response
                if response.has_header("Set-Cookie") or response.cookies:
                    raise RuntimeError(f"The programme page {request.path} sets a cookie.")
                headers = dict(response.headers)
                kept = (gzip.compress(response.content, compresslevel=5, mtime=0), headers)
                if len(address) <= LONGEST_ADDRESS:
                    page_cache.set(f"page:{tag}", kept, KEPT_SECONDS)
            return with_headers(unpacked(request, *kept), tag)

        answer.is_programme_page = True  # type: ignore[attr-defined]  # tests hold every such view to rule 1
        return answer

    return decorate


def known_parameters(given: QueryDict, names: tuple[str, ...]) -> QueryDict:
    """The known parameters that say something, in a fixed order."""
    known = QueryDict(mutable=True)
    for name in sorted(names):
        values = [value for value in given.getlist(name) if value.strip()]
        if values:
            known.setlist(name, values)
    known._mutable = False
    return known


def names_tag(if_none_match: str, tag: str) -> bool:
    """Whether an If-None-Match names our tag (RFC 9110 §13.1.2: compared weakly).

    Proxies mark a tag as weak or append “-gzip” when they compress, and some clients lose the quotes.
    """
    for candidate in if_none_match.split(","):
        plain = candidate.strip().removeprefix("W/").strip('"')
        for coding in ("-gzip", ";gzip", "-br", ";br"):
            plain = plain.removesuffix(coding)
        if plain in {tag, "*"}:
            return True
    return False


def unpacked(request: HttpRequest, body: bytes, headers: dict[str, str]) -> HttpResponse:
    """The kept page, as compressed as the client takes it."""
    response = HttpResponse(headers=headers)
    if "gzip" in request.headers.get("Accept-Encoding", ""):
        response.content = body
        response.headers["Content-Encoding"] = "gzip"
    else:
        response.content = gzip.decompress(body)
    response.headers["Content-Length"] = str(len(response.content))
    return response


def with_headers(response: HttpResponse, tag: str) -> HttpResponse:
    """Anyone may keep the page who asks before showing it. Its tag is weak: one for every coding."""
    response.headers["ETag"] = f'W/"{tag}"'
    response.headers["Cache-Control"] = "public, no-cache"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def release() -> str:
    """A fingerprint of the code and templates: a new release makes new pages."""
    return _newest_template() if settings.DEBUG else _release()


@cache
def _release() -> str:
    digest = hashlib.sha256()
    for path in _sources():
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _newest_template() -> str:
    """While developing, templates change under a running server; code restarts it."""
    return _release() + str(max(path.stat().st_mtime_ns for path in (settings.BASE_DIR / "templates").rglob("*.html")))


def _sources() -> Iterator[Path]:
    for folder in ("conference", "posters", "templates", "static"):
        for path in sorted((settings.BASE_DIR / folder).rglob("*")):
            if path.suffix in {".py", ".html", ".css", ".js", ".svg"}:
                yield path
