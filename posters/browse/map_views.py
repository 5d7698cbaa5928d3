"""The map's pages: the same for everyone, as all programme pages. Own favourites are painted by the script."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from posters.browse.chosen import read_chosen
from posters.browse.listing import list_posters
from posters.browse.map import COLOURINGS, poster_map, walls
from posters.browse.programme_page import programme_page
from posters.browse.views import ROWS, page_of, programme_response, query_to_add_to, query_with
from posters.models import Conference, Poster, Session
from posters.models.base import PosterStatus


@programme_page("colour", "session", "region", "number", "view", "page")
def map_page(request: HttpRequest, conference: Conference) -> HttpResponse:
    """The posters as a picture, by likeness or by board, and the regions as a table."""
    sessions = list(conference.sessions.with_schedule().in_time_order().filter(poster_count__gt=0))
    session = next((session for session in sessions if session.slug == request.GET.get("session")), None)
    picture = poster_map(conference=conference, session=session)
    telling = [name for name, groups in picture.legends.items() if len(groups) > 1]
    colouring = request.GET.get("colour", "")
    if colouring not in picture.legends:
        colouring = next(iter([*telling, *picture.legends]), "")
    context: dict[str, Any] = {
        "picture": picture,
        "paths": picture.paths(colouring),
        "colouring": colouring,
        "colourings": [(name, COLOURINGS[name], query_with(request.GET, colour=name)) for name in picture.legends],
        "sessions": sessions,
        "session": session,
        "data_url": reverse("map-json", args=[conference.slug]) + (f"?session={session.slug}" if session else ""),
        "posters_url": reverse("poster-list", args=[conference.slug]),
        "legend": picture.legends.get(colouring, []),
        "plain_query": query_with(request.GET, region="", page=""),
        "region_query": query_to_add_to(request.GET, without=("region", "number", "page")),
        "boards_query": query_with(request.GET, view="boards", region="", number="", page=""),
        "likeness_query": query_with(request.GET, view="", region="", page=""),
        "query": query_to_add_to(request.GET, without=("page",)),
    }
    if request.GET.get("view") == "boards":
        return programme_response("browse/map_boards.html", conference, context | boards_of(context))
    context |= selection_of(request, conference) or region_of(request, conference, context)
    return programme_response("browse/map.html", conference, context)


def region_of(request: HttpRequest, conference: Conference, context: dict[str, Any]) -> dict[str, Any]:
    """The posters of the region that the address names, fifty at a time."""
    regions = context["picture"].regions
    region = next((region for region in regions if str(region.number) == request.GET.get("region")), None)
    if region is None:
        return {}
    posters = Poster.objects.filter(
        conference=conference, status=PosterStatus.PUBLISHED, map_place__region__number=region.number
    )
    if context["session"]:
        posters = posters.filter(presentations__session=context["session"])
    keys = posters.order_by("number").values_list("pk", flat=True)
    page = page_of(keys, request, size=ROWS, count=region.poster_count)
    return {"region": region, "page": page, "rows": list_posters(list(page.object_list))}


def selection_of(request: HttpRequest, conference: Conference) -> dict[str, Any]:
    """The dots that the address names one by one: how many, the first fifty as rows, and the list of all of them."""
    chosen = read_chosen(" ".join(request.GET.getlist("number")))
    posters = Poster.objects.filter(
        conference=conference, status=PosterStatus.PUBLISHED, map_place__isnull=False, number__in=chosen.numbers
    )
    keys = list(posters.order_by("number").values_list("pk", flat=True)) if chosen.numbers else []
    if not keys:
        return {}
    return {
        "selected": len(keys),
        "selected_rows": list_posters(keys[:ROWS]),
        "selected_query": f"?number={chosen.text}",
        "unselected_query": query_with(request.GET, number="", region="", page=""),
    }


def boards_of(context: dict[str, Any]) -> dict[str, Any]:
    """What hangs where in the session that the address names, else in the first one."""
    session: Session | None = context["session"] or next(iter(context["sessions"]), None)
    colours = {dot.number: dot.groups[context["colouring"]] for dot in context["picture"].dots if dot.groups}
    return {"session": session, "walls": walls(session=session, colours=colours) if session else []}


@programme_page("session")
def map_json(request: HttpRequest, conference: Conference) -> HttpResponse:
    """The dots as numbers, for the script that draws them."""
    session = conference.sessions.filter(slug=request.GET.get("session", "")).first()
    content = poster_map(conference=conference, session=session).as_json()
    return HttpResponse(json.dumps(content, ensure_ascii=False, separators=(",", ":")), content_type="application/json")
