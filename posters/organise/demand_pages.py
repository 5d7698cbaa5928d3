"""What a figure of attendees’ wishes is made of: counts by poster, by session or by people's number of favourites.

Counted when asked, from sums alone: no page names an attendee.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from posters.latex import to_text
from posters.models import Conference, Session, title_or_number
from posters.organise.base import on_clocks
from posters.organise.board_rows import row_of
from posters.organise.choices import printed_time
from posters.organise.demand import Period, attendances_of, favourites_of, visits_of
from posters.organise.filters import is_key

PER_PAGE = 100
SEES_POSTERS = "posters.view_poster"


@dataclass(frozen=True)
class Row:
    """What is counted, where that leads, and how many."""

    name: str
    count: int
    address: str = ""


@dataclass(frozen=True)
class Asked:
    """Of which session, row of boards and stretch of time the figure is."""

    conference: Conference
    session: Session | None = None
    boards: tuple[int, ...] | None = None
    row_name: str = ""
    window: tuple[dt.datetime, dt.datetime] | None = None

    def at(self, rows: QuerySet[Any], presentation: str) -> QuerySet[Any]:
        """Of these rows the ones in the session and on the row of boards, in one join."""
        places: dict[str, Any] = {}
        if self.session is not None:
            places[f"{presentation}session"] = self.session
        if self.boards is not None:
            places[f"{presentation}board__in"] = self.boards
        return rows.filter(**places) if places else rows

    def within(self, rows: QuerySet[Any], column: str) -> QuerySet[Any]:
        """Of these rows the ones whose moment is in the stretch of time."""
        if self.window is None:
            return rows
        return rows.filter(**{f"{column}__gte": self.window[0], f"{column}__lt": self.window[1]})


def favourites(asked: Asked) -> list[Row]:
    """The favourites by poster; with a stretch of time, those set in it."""
    wished = asked.at(favourites_of(asked.conference), "poster__presentations__")
    return _by_poster(asked.within(wished, "wished_at"), "poster")


def on_show(asked: Asked) -> list[Row]:
    """The favourites by poster of the sessions in a stretch of time."""
    wished = favourites_of(asked.conference)
    if asked.window is not None:
        session = "poster__presentations__session"
        wished = wished.filter(
            **{f"{session}__starts_at__lt": asked.window[1], f"{session}__ends_at__gt": asked.window[0]}
        )
    return _by_poster(wished, "poster")


def visits(asked: Asked) -> list[Row]:
    """The visits planned, by poster; with a stretch of time, those that begin in it."""
    planned = asked.at(visits_of(asked.conference), "presentation__")
    return _by_poster(asked.within(planned, "starts_at"), "presentation__poster")


def attendances(asked: Asked) -> list[Row]:
    """Who plans to be in a session, by session."""
    planned = attendances_of(asked.conference)
    if asked.session is not None:
        planned = planned.filter(session=asked.session)
    rows = planned.values_list("session", "session__title").annotate(count=Count("pk"))
    return [
        Row(title, count, reverse("admin:posters_session_change", args=[key]))
        for key, title, count in rows.order_by(F("session__starts_at").asc(nulls_last=True), "session__title")
    ]


def people(asked: Asked) -> list[Row]:
    """The attendees with a favourite, by how many they have."""
    wished = asked.at(favourites_of(asked.conference), "poster__presentations__")
    each = wished.values_list("attendee").annotate(count=Count("pk")).values_list("count", flat=True)
    return [
        Row(f"{number:,} favourite" if number == 1 else f"{number:,} favourites", count)
        for number, count in sorted(Counter(each.iterator()).items())
    ]


def _by_poster(rows: QuerySet[Any], poster: str) -> list[Row]:
    counted = rows.values_list(poster, f"{poster}__number", f"{poster}__title").annotate(count=Count("pk"))
    return [
        Row(
            f"{number} · {to_text(title_or_number(title, number))}",
            count,
            reverse("admin:posters_poster_change", args=[key]),
        )
        for key, number, title, count in counted.order_by("-count", f"{poster}__number")
    ]


@dataclass(frozen=True)
class Kind:
    """A kind of figure: its title, what its rows and counts are, what counts it, who may see the rows."""

    title: str
    of_row: str
    of_count: str
    rows: Callable[[Asked], list[Row]]
    permissions: tuple[str, ...] = (SEES_POSTERS,)


KINDS = {
    "favourites": Kind("Favourites", "Poster", "Favourites", favourites),
    "on-show": Kind("Favourites on show", "Poster", "Favourites", on_show),
    "visits": Kind("Planned visits", "Poster", "Visits", visits),
    "attendances": Kind("Planned attendance", "Session", "Attendees", attendances, ()),
    "people": Kind("People with a favourite", "They have", "People", people, ()),
}


def demand_address(
    kind: str,
    conference: Conference,
    *,
    session: Session | None = None,
    row: int | None = None,
    period: Period | None = None,
) -> str:
    """Where a figure is told in its parts."""
    query: dict[str, Any] = {"of": kind}
    if session is not None:
        query["session"] = session.pk
    if row is not None:
        query["row"] = row
    if period is not None:
        query |= {"from": period.starts_at.isoformat(), "until": period.ends_at.isoformat()}
    return f"{reverse('admin:conference_demand', args=[conference.slug])}?{urlencode(query)}"


def may_see(request: HttpRequest, kind: str) -> bool:
    """Whether this user may see a kind of figure in its parts."""
    return request.user.has_perms(KINDS[kind].permissions)


@require_safe
@never_cache
def demand_page(request: HttpRequest, slug: str) -> HttpResponse:
    """One figure in its parts."""
    kind = KINDS.get(request.GET.get("of", ""))
    if kind is None:
        raise Http404("No such figure.")
    if not request.user.has_perms(("posters.view_conference", *kind.permissions)):
        raise PermissionDenied
    conference = get_object_or_404(Conference, slug=slug)
    asked = asked_for(conference, request.GET)
    rows = kind.rows(asked)
    context = {
        **admin.site.each_context(request),
        "title": f"{kind.title}: {conference.name}",
        "conference": conference,
        "kind": kind,
        "told": list(_told(asked)),
        "total": sum(row.count for row in rows),
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "query": urlencode({name: str(value) for name, value in request.GET.items() if name != "page"}),
    }
    return TemplateResponse(request, "admin/home/demand.html", context)


def asked_for(conference: Conference, query: QueryDict) -> Asked:
    """What an address asks for. Raises Http404 for what there is not."""
    asked = Asked(conference)
    if "session" in query:
        key = str(query["session"])
        asked = replace(asked, session=get_object_or_404(conference.sessions, pk=key if is_key(key) else 0))
    if "row" in query:
        key = str(query["row"])
        row = row_of(int(key)) if is_key(key) else None
        if row is None:
            raise Http404("No such row of boards.")
        asked = replace(asked, boards=row.boards, row_name=f"{row.room}, {row.name}")
    if "from" in query or "until" in query:
        asked = replace(asked, window=(_moment(query.get("from", "")), _moment(query.get("until", ""))))
    return asked


def _moment(text: str) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(text).astimezone(dt.UTC)
    except (ValueError, OverflowError) as error:
        raise Http404("No such time.") from error


def _told(asked: Asked) -> Iterable[str]:
    """In words, of what part of the conference the figure is."""
    if asked.session is not None:
        yield asked.session.title
    if asked.row_name:
        yield asked.row_name
    if asked.window is not None:
        start, end = (printed_time(moment, asked.conference) for moment in asked.window)
        yield on_clocks(f"{start} – {end}", asked.conference)
