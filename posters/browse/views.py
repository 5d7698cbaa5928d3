"""Programme pages. Their templates get no request: what they show is the same for everyone."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.core.paginator import Page, Paginator
from django.db.models import Prefetch, QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
    HttpResponseRedirect,
    QueryDict,
)
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from posters.browse.authors import author_index, authors_at, co_authors, namesakes_elsewhere
from posters.browse.colour import dark_palette, light_palette
from posters.browse.facets import facet_table
from posters.browse.filters import PARAMETERS, VIEWS, PosterFilter
from posters.browse.listing import by_session, list_posters
from posters.browse.marking import marker_of
from posters.browse.programme_page import programme_page
from posters.browse.schedule import days_of, now_and_next
from posters.browse.similar import more_like
from posters.browse.topics import topic_entries, topic_letters
from posters.browse.walk import presentations_on_the_walk
from posters.models import Announcement, Authorship, Conference, Link, Presentation, split_keywords
from posters.pictures import picture_named

ROWS = 50
SIMILAR = 5
AUTHORS = 200


@require_safe
def current_conference(request: HttpRequest) -> HttpResponse:
    """To the edition a visitor most likely means."""
    conference = Conference.objects.current(today=timezone.now().date())
    if conference is None:
        return HttpResponse(render_to_string("browse/no_conference.html"))
    response = HttpResponseRedirect(reverse("home", args=[conference.slug]))
    response.headers["Cache-Control"] = "no-cache"
    return response


@programme_page()
def theme(request: HttpRequest, conference: Conference) -> HttpResponse:
    """The conference's accent as custom properties: a file, for the policy allows no inline style."""
    context = {
        "light": light_palette(conference.accent_colour),
        "dark": dark_palette(conference.accent_colour),
    }
    return HttpResponse(render_to_string("browse/theme.css", context), content_type="text/css; charset=utf-8")


@programme_page(minutes_fresh=1, part=Announcement.Part.HOME)
def home(request: HttpRequest, conference: Conference) -> HttpResponse:
    """What this conference is, what is on now and next, and its days at a glance."""
    now = datetime.now(UTC)
    sessions = list(conference.sessions.with_schedule().in_time_order())
    context = {
        "days": days_of(sessions, zone=conference.zone),
        "now_and_next": now_and_next(sessions, now=now),
        "session_count": len(sessions),
        "poster_count": conference.posters.public().count(),
        "author_count": conference.authors.public().count(),
    }
    return programme_response("browse/home.html", conference, context)


@programme_page(part=Announcement.Part.SCHEDULE)
def schedule(request: HttpRequest, conference: Conference) -> HttpResponse:
    """All sessions, day by day."""
    sessions = conference.sessions.with_schedule().in_time_order()
    context = {"days": days_of(sessions, zone=conference.zone)}
    return programme_response("browse/schedule.html", conference, context)


@programme_page(part=Announcement.Part.SCHEDULE)
def session(request: HttpRequest, conference: Conference, slug: str) -> HttpResponse:
    """One session with all its posters, in walking order."""
    session = get_object_or_404(conference.sessions.select_related("room").prefetch_related("links"), slug=slug)
    shown = Presentation.objects.public().filter(session=session).in_walking_order()
    links = list(session.links.all())
    context = {
        "session": session,
        "rows": list_posters(list(shown.values_list("poster", flat=True)), session=session),
        "chat_links": [link for link in links if link.kind == Link.Kind.CHAT],
        "other_links": [link for link in links if link.kind != Link.Kind.CHAT],
    }
    return programme_response("browse/session.html", conference, context)


@programme_page(*PARAMETERS)
def poster_list(request: HttpRequest, conference: Conference) -> HttpResponse:
    """Search, filter, sort: fifty rows at a time."""
    filters = PosterFilter(request.GET, conference=conference)
    if filters.sort == "shuffle" and not filters.seed:
        return _shuffled_for_today(request, conference)
    page = page_of(filters.keys, request, size=ROWS, count=filters.found_count)
    context = {
        "filters": filters,
        "page": page,
        "groups": filters.grouped(list(page.object_list) or filters.meant_keys[:ROWS]),
        "views": VIEWS,
        "marker": marker_of(filters.did_you_mean or filters.search),
        "query": query_to_add_to(request.GET, without=("page",)),
    }
    return programme_response("browse/poster_list.html", conference, context)


def _shuffled_for_today(request: HttpRequest, conference: Conference) -> HttpResponse:
    """To the order drawn from today's date. It stands in the address: a kept page does not turn wrong at midnight."""
    query = request.GET.copy()
    query["seed"] = str(datetime.now(conference.zone).date())
    response = HttpResponseRedirect(f"?{query.urlencode()}")
    response.headers["Cache-Control"] = "no-store"
    return response


@programme_page()
def poster(request: HttpRequest, conference: Conference, number: int) -> HttpResponse:
    """One poster: what, who, when, where, and the neighbours on the walk."""
    poster = get_object_or_404(
        conference.posters.public()
        .select_related("decision", "likeness")
        .prefetch_related(
            Prefetch("authorships", Authorship.objects.select_related("author").order_by("position")),
            "topics",
            "links",
        ),
        number=number,
    )
    context = {
        "poster": poster,
        "picture": picture_named(poster.image.name),
        "keywords": split_keywords(poster.keywords),
        "presentations": presentations_on_the_walk(poster),
        "similar": more_like(poster, most=SIMILAR),
        "canonical_url": settings.SITE_URL + reverse("poster", args=[conference.slug, number]),
    }
    return programme_response("browse/poster.html", conference, context)


@programme_page("letter", "page")
def author_list(request: HttpRequest, conference: Conference) -> HttpResponse:
    """Authors from A to Z by family name, with how many posters each has."""
    index = author_index(conference)
    letter = request.GET.get("letter", "").upper()
    chosen = next((entry for entry in index.letters if entry.letter == letter), None)
    keys = index.keys[chosen.start : chosen.end] if chosen else index.keys
    page = page_of(keys, request, size=AUTHORS, count=len(keys))
    context = {
        "letters": index.letters,
        "chosen": chosen,
        "page": page,
        "authors": authors_at(list(page.object_list)),
        "query": query_to_add_to(request.GET, without=("page",)),
    }
    return programme_response("browse/author_list.html", conference, context)


@programme_page(of_all_editions=True)
def author(request: HttpRequest, conference: Conference, slug: str) -> HttpResponse:
    """One author: posters session by session, and who wrote them too."""
    author = conference.authors.public().filter(slug=slug).first()
    if author is None:
        return _to_merged_author(conference, slug)
    posters = conference.posters.public().filter(authorships__author=author).order_by("number")
    authorships = author.authorships.filter(poster__in=posters).exclude(affiliation="")
    elsewhere = namesakes_elsewhere(author)
    context = {
        "author": author,
        "affiliations": list(dict.fromkeys(authorships.values_list("affiliation", flat=True))),
        "groups": by_session(list_posters(list(posters.values_list("pk", flat=True)))),
        "co_authors": co_authors(author),
        "elsewhere": [other for other in elsewhere if other.has_same_key],
        "namesakes": [other for other in elsewhere if not other.has_same_key],
    }
    return programme_response("browse/author.html", conference, context)


def _to_merged_author(conference: Conference, slug: str) -> HttpResponse:
    """From an address that was somebody's to the one they were merged into; Http404 where nobody had it."""
    author = conference.authors.public().formerly(slug)
    if author is None:
        raise Http404("No such author.")
    response = HttpResponsePermanentRedirect(reverse("author", args=[conference.slug, author.slug]))
    # Permanent until an organiser splits the two again.
    response.headers["Cache-Control"] = "no-cache"
    return response


@programme_page()
def topic_list(request: HttpRequest, conference: Conference) -> HttpResponse:
    """The conference's subjects from A to Z, with how many posters each has."""
    return programme_response("browse/topic_list.html", conference, {"letters": topic_letters(facet_table(conference))})


@programme_page("page")
def topic(request: HttpRequest, conference: Conference, slug: str) -> HttpResponse:
    """One subject's posters and those of the narrower ones, fifty at a time."""
    topic = get_object_or_404(conference.topics.select_related("parent"), slug=slug)
    entry = topic_entries(facet_table(conference)).get(slug)
    keys = PosterFilter(QueryDict(f"topic={slug}"), conference=conference).keys if entry else []
    page = page_of(keys, request, size=ROWS, count=len(keys))
    context = {
        "topic": topic,
        "narrower": entry.narrower if entry else [],
        "page": page,
        "rows": list_posters(list(page.object_list)),
        "query": "?",
    }
    return programme_response("browse/topic.html", conference, context)


def programme_response(template: str, conference: Conference, context: dict[str, Any]) -> HttpResponse:
    """A programme page. Rendered without the request, so that nobody's name or token can get into it."""
    return HttpResponse(render_to_string(template, {"conference": conference, **context}))


def page_of(found: QuerySet[Any, Any] | Sequence[Any], request: HttpRequest, *, size: int, count: int) -> Page[Any]:
    """The page asked for; the nearest there is when it does not exist."""
    paginator = Paginator(found, size)
    paginator.count = count  # Known: the paginator would ask the database again.
    return paginator.get_page(request.GET.get("page"))


def query_to_add_to(given: QueryDict, *, without: tuple[str, ...]) -> str:
    """The query string without these parameters, to which another can be added."""
    query = query_with(given, **dict.fromkeys(without, ""))
    return query if query == "?" else f"{query}&"


def query_with(given: QueryDict, **changes: str) -> str:
    """The query string with these parameters changed; an empty one is taken out."""
    query = given.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value:
            query[name] = value
    return f"?{query.urlencode()}"
