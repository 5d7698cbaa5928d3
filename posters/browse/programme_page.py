"""Programme pages: the same bytes for everyone, kept until the programme changes (DESIGN.md, rule 1).

The ETag is made before anything is rendered, from the conference's revision, the address and the
release of the code. So a changed programme shows on the very next request, and an unchanged page
costs one query.
"""

import datetime as dt
import gzip
import hashlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache, wraps
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache as page_cache
from django.db import InterfaceError, OperationalError, connection
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseNotAllowed,
    HttpResponseNotModified,
    QueryDict,
)
from django.urls import Resolver404, resolve
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_http_date_safe

from posters.models import Announcement, Conference
from posters.models.rows import read_rows
from posters.programme.announcements import announcements_shown

KEPT_SECONDS = 24 * 3600
BOUNDARIES = """
    SELECT COUNT(CASE WHEN shown_from <= %s THEN 1 END) + COUNT(CASE WHEN shown_until <= %s THEN 1 END)
    FROM posters_announcement WHERE conference_id = posters_conference.id
"""
"""How many beginnings and ends of announcements are past. Between two changes of the programme it only grows, and the
announcements shown are others exactly when it does."""
ITS_REVISION = f"SELECT id, revision, 0, ({BOUNDARIES}) FROM posters_conference WHERE slug = %s AND is_published"  # noqa: S608 - constants
ALL_REVISIONS = f"""
    SELECT id, revision, (SELECT SUM(revision) FROM posters_conference WHERE is_published), ({BOUNDARIES})
    FROM posters_conference WHERE slug = %s AND is_published
"""  # noqa: S608 - constants
LONGEST_ADDRESS = 2_000
"""Characters of a query string; longer ones are answered and not kept."""


@dataclass(frozen=True)
class PageState:
    """What decides a page's bytes, known before anything is rendered."""

    conference_key: int
    revision: int
    asked_at: dt.datetime
    """As of when announcements are shown."""
    boundaries: int
    """How many of their beginnings and ends are past: without one, none is shown."""
    parameters: QueryDict
    address: str
    tag: str

    @property
    def cache_key(self) -> str:
        return f"page:{self.tag}"


class ProgrammePageMiddleware:
    """Answers with what is known already, before sessions, tokens and messages are looked at.

    It stands outside all that is personal: a page that is unchanged or kept costs one query and nothing else.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return known_answer(request) or self.get_response(request)


def known_answer(request: HttpRequest) -> HttpResponse | None:
    """“Not modified”, or the page as kept; None where a view must answer."""
    if request.method not in {"GET", "HEAD"}:
        return None
    try:
        view, conference = view_at(request.path_info, settings.ROOT_URLCONF)
    except Resolver404:
        return None
    state_of = getattr(view, "state_of", None)
    state = state_of(request, conference) if state_of else None
    if state is None:
        return None
    request.page_state = state  # type: ignore[attr-defined]  # the view need not ask again
    request.get_host()  # Raises for a host that is not ours, as it would further in.
    if names_tag(request.headers.get("If-None-Match", ""), state.tag):
        return with_headers(HttpResponseNotModified(), state.tag)
    kept = page_cache.get(state.cache_key)
    if kept is None:
        return None
    body, headers = kept
    if is_unmodified(request, headers.get("Last-Modified")):
        return with_headers(HttpResponseNotModified(), state.tag)
    return with_headers(unpacked(request, body, headers), state.tag)


@lru_cache(maxsize=2_000)
def view_at(path: str, url_configuration: str) -> tuple[Callable[..., HttpResponse], str]:
    """An address's view and conference. To find it takes as long as to read a page from the cache."""
    match = resolve(path, url_configuration)
    return match.func, match.kwargs.get("conference", "")


def programme_page(
    *parameters: str,
    minutes_fresh: int | None = None,
    of_all_editions: bool = False,
    part: Announcement.Part = Announcement.Part.ALL,
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """A view that shows a published conference's programme, as `view(request, conference, …)`.

    `parameters` are the query parameters the page depends on; all others are taken out of request.GET, so
    that they neither split the cache nor reach the page. `minutes_fresh` is for pages that depend
    on the time of day, `of_all_editions` for those that show something of the other conferences. The
    conference comes with the `announcements` that are shown now on the pages of this `part`.
    Raises Http404 for a conference that does not exist or is not published.
    """

    def state_of(request: HttpRequest, slug: str) -> PageState | None:
        """The page's state; None if there is no such conference."""
        now = dt.datetime.now(dt.UTC)
        edition = published_edition(slug, asking=ALL_REVISIONS if of_all_editions else ITS_REVISION, now=now)
        if edition is None:
            return None
        key, revision, revision_of_all, boundaries = edition
        known = known_parameters(request.GET, parameters)
        period = int(time.time() // (minutes_fresh * 60)) if minutes_fresh else 0
        address = f"{request.path}?{known.urlencode()}"
        state = f"{key} {revision} {revision_of_all} {boundaries} {period} {release()} {address}"
        return PageState(
            key, revision, now, boundaries, known, address, hashlib.sha256(state.encode()).hexdigest()[:32]
        )

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def answer(request: HttpRequest, conference: str, **kwargs: Any) -> HttpResponse:
            if request.method not in {"GET", "HEAD"}:
                return HttpResponseNotAllowed(["GET", "HEAD"])
            state = getattr(request, "page_state", None) or state_of(request, conference)
            if state is None:
                raise Http404("No such conference.")
            request.page_state = state  # type: ignore[attr-defined]
            request.GET = state.parameters  # type: ignore[assignment]
            editions = editions_at(state.conference_key, state.revision)
            edition = next((edition for edition in editions if edition.pk == state.conference_key), None)
            if edition is None:
                raise Http404("No such conference any more.")
            if state.boundaries:
                edition.announcements_shown = announcements_shown(conference=edition, part=part, now=state.asked_at)
            response = view(request, edition, **kwargs)
            if response.status_code != 200:
                return response
            if response.cookies:
                raise RuntimeError(f"The programme page {request.path} sets a cookie.")
            kept = (gzip.compress(response.content, compresslevel=5, mtime=0), dict(response.headers))
            if len(state.address) <= LONGEST_ADDRESS:
                page_cache.set(state.cache_key, kept, KEPT_SECONDS)
            return with_headers(unpacked(request, *kept), state.tag)

        # Read by the middleware above, and by the test that holds every such view to rule 1.
        answer.state_of = state_of  # type: ignore[attr-defined]
        return answer

    return decorate


def published_edition(slug: str, *, asking: str, now: dt.datetime) -> tuple[int, int, int, int] | None:
    """Key and revision of a published conference, the sum of all their revisions where that is asked for, and how
    many boundaries of its announcements are past.

    Asked at every request, so without the ORM's 0.2 ms. It is the connection's health check, too: Django's own would
    be a query more. Where the server has dropped the connection, it is made anew.
    """
    connection.health_check_done = True  # type: ignore[attr-defined]  # the stubs do not know it
    moment = connection.ops.adapt_datetimefield_value(now)
    try:
        rows = read_rows(asking, [moment, moment, slug])
    except (InterfaceError, OperationalError):
        if connection.in_atomic_block:
            raise
        connection.close()
        rows = read_rows(asking, [moment, moment, slug])
    return next(iter(rows), None)


def editions_at(conference_key: int, revision: int) -> list[Conference]:
    """All published conferences, newest first, as of one's revision: a change of any raises all of theirs."""
    key = f"editions:{conference_key}:{revision}"
    editions: list[Conference] | None = page_cache.get(key)
    if editions is None:
        editions = list(Conference.objects.public().newest_first())
        page_cache.set(key, editions, KEPT_SECONDS)
    return editions


def known_parameters(given: QueryDict, names: tuple[str, ...]) -> QueryDict:
    """The known parameters that say something, in a fixed order."""
    if not given:
        return given
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
        if plain == tag:
            return True
    return False


def is_unmodified(request: HttpRequest, last_modified: str | None) -> bool:
    """Whether an If-Modified-Since names this time or a later one. A tag counts more (RFC 9110 §13.2)."""
    since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    modified = parse_http_date_safe(last_modified or "")
    if since is None or modified is None or "If-None-Match" in request.headers:
        return False
    return modified <= since


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
