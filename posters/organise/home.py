"""An edition's home in the admin: its state, what needs attention, what happened, who is expected where."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Max
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.text import capfirst
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from posters.models import Author, Board, Change, Conference, Presentation, Room, Session
from posters.models.base import PosterStatus
from posters.organise.attention import Concern, are_at_hand, concerns, is_small
from posters.organise.base import on_clocks
from posters.organise.charts import Chart, Point, columns, lines
from posters.organise.choices import printed_time, printed_window
from posters.organise.demand import Demand, Period, demand_of, is_demand_kept
from posters.organise.demand_pages import KINDS, demand_address, demand_page, may_see
from posters.organise.figures import BusyHour, SessionCrowd, Totals, busy_hours, crowds_of, totals_of
from posters.organise.frame import public_address
from posters.organise.roles import VIEW_HISTORY

LATEST_CHANGES = 8


def pages(admin_view: Any) -> list[URLPattern]:
    """The addresses of the editions' homes."""
    return [
        path("conference/<slug:slug>/", admin_view(conference_home), name="conference_home"),
        path("conference/<slug:slug>/attention/", admin_view(attention_page), name="conference_attention"),
        path("conference/<slug:slug>/wishes/", admin_view(wishes_page), name="conference_wishes"),
        path("conference/<slug:slug>/demand/", admin_view(demand_page), name="conference_demand"),
    ]


@require_safe
@never_cache
def conference_home(request: HttpRequest, slug: str) -> HttpResponse:
    """One edition at a glance. What takes a while in a large one comes after the page, which asks for it."""
    if not request.user.has_perm("posters.view_conference"):
        raise PermissionDenied
    conference = get_object_or_404(Conference, slug=slug)
    context = {
        **admin.site.each_context(request),
        "title": conference.name,
        "conference": conference,
        "page_on_site": public_address("home", conference),
        "concerns": concerns_of(request, conference) if are_at_hand(conference) else None,
        "attention_address": reverse("admin:conference_attention", args=[slug]),
        "totals": [
            figure if request.user.has_perm(figure.permission) else replace(figure, address="")
            for figure in totals(conference, totals_of(conference))
        ],
        "changes": latest_changes(conference) if request.user.has_perm(VIEW_HISTORY) else [],
        "wishes_address": reverse("admin:conference_wishes", args=[slug]),
        **(wishes_of(request, conference) if is_demand_kept(conference) or is_small(conference) else {"demand": None}),
    }
    return TemplateResponse(request, "admin/conference_home.html", context)


@require_safe
@never_cache
def attention_page(request: HttpRequest, slug: str) -> HttpResponse:
    """What needs attention in an edition, however long it takes to find."""
    if not request.user.has_perms(("posters.view_conference", "posters.view_poster")):
        raise PermissionDenied
    conference = get_object_or_404(Conference, slug=slug)
    context = {"concerns": concerns_of(request, conference)}
    return part_page(request, conference, "admin/home/attention.html", "Needs attention", context)


@require_safe
@never_cache
def wishes_page(request: HttpRequest, slug: str) -> HttpResponse:
    """What attendees want of an edition, however long it takes to count."""
    if not request.user.has_perm("posters.view_conference"):
        raise PermissionDenied
    conference = get_object_or_404(Conference, slug=slug)
    return part_page(
        request, conference, "admin/home/wishes.html", "What attendees want", wishes_of(request, conference)
    )


def part_page(
    request: HttpRequest, conference: Conference, part: str, title: str, context: dict[str, Any]
) -> HttpResponse:
    """A part of the home as a page of its own: scripts put it where it belongs, without them one comes here."""
    shared = {
        **admin.site.each_context(request),
        "title": f"{title}: {conference.name}",
        "part_title": title,
        "part": part,
        "conference": conference,
    }
    return TemplateResponse(request, "admin/home/part.html", shared | context)


def concerns_of(request: HttpRequest, conference: Conference) -> list[Concern]:
    """What needs attention names posters and people: not all see it."""
    may_look = request.user.has_perm("posters.view_poster")
    return concerns(conference, may=request.user.has_perms) if may_look else []


def wishes_of(request: HttpRequest, conference: Conference) -> dict[str, Any]:
    """What attendees want; figures lead to what they are made of where this user may see it."""
    kinds = {kind for kind in KINDS if may_see(request, kind)}
    return told_demand(conference, now=timezone.now(), kinds=kinds)


def told_demand(conference: Conference, *, now: dt.datetime, kinds: Collection[str]) -> dict[str, Any]:
    """What the page tells of attendees’ wishes. Of these kinds the figures lead to what they are made of."""
    demand = demand_of(conference, now=now)
    crowds = crowds_of(conference, demand)

    def part(kind: str, count: int, label: str = "", **of: Any) -> Figure:
        return Figure(label, count, demand_address(kind, conference, **of) if kind in kinds else "")

    told = [told_crowd(crowd, conference, part) for crowd in crowds]
    hours = busy_hours(crowds, demand)
    return {
        "demand": demand,
        "sums": [
            part("people", demand.attendee_count, "attendee"),
            part("favourites", sum(demand.favourites.values()), "favourite"),
            part("visits", sum(demand.visits.values()), "planned visit"),
        ],
        "counted_at": on_clocks(printed_time(demand.counted_at, conference), conference),
        "crowds": told,
        "has_rows": any(crowd.chart for crowd in told),
        "crowd_chart": crowd_chart(crowds),
        "days": [
            part("favourites", period.count, day_named(period, conference), period=period)
            for period in demand.favourites_over_time
        ],
        "days_chart": days_chart(demand, conference),
        "hours": [
            (
                hour_named(hour.hour, conference),
                part("on-show", hour.favourite_count, period=hour.hour),
                part("visits", hour.hour.count, period=hour.hour),
            )
            for hour in hours
        ],
        "hours_charts": hours_charts(hours, conference),
    }


def list_of(model_name: str, conference: Conference, **filters: Any) -> str:
    """The address of a list of the conference's things."""
    query = urlencode({"conference": conference.slug, **filters})
    return f"{reverse(f'admin:posters_{model_name}_changelist')}?{query}"


@dataclass(frozen=True)
class Figure:
    """A number, the list it counts, and the permission to see that; without an address it leads nowhere."""

    label: str
    count: int
    address: str
    permission: str = "posters.view_poster"


def totals(conference: Conference, counted: Totals) -> list[Figure]:
    """How much of everything there is, each with its list."""
    figures = [Figure("posters", counted.poster_count, list_of("poster", conference))]
    figures += [
        Figure(status.label.lower(), counted.by_status[status], list_of("poster", conference, status__exact=status))
        for status in PosterStatus
        if status in counted.by_status
    ]
    figures += [
        Figure(form.label.lower(), counted.by_format[form], list_of("poster", conference, format=form))
        for form in Presentation.Format
        if form in counted.by_format
    ]
    frame = ((Session, counted.session_count), (Author, counted.author_count), (Room, counted.room_count))
    for model, count in (*frame, (Board, counted.board_count)):
        name = str(model._meta.verbose_name_plural)
        kind = str(model._meta.model_name)
        figures.append(Figure(name, count, list_of(kind, conference), f"posters.view_{kind}"))
    return figures


@dataclass(frozen=True)
class LatestChange:
    """One revision of the programme: when, by whom, and how much it changed."""

    when: str
    who: str
    source: str
    entry_count: int
    models: str
    address: str


def latest_changes(conference: Conference) -> list[LatestChange]:
    """The last revisions that the log tells of, in two queries."""
    log = Change.objects.filter(conference=conference)
    latest = list(log.order_by("-revision").values_list("revision", flat=True).distinct()[:LATEST_CHANGES])
    columns_read = ("revision", "source", "actor__username", "model")
    told = log.filter(revision__in=latest).order_by("-revision", "model").values_list(*columns_read)
    by_revision: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for row in told.annotate(count=Count("pk"), at=Max("changed_at")):
        by_revision[row[0]].append(row)
    return [
        LatestChange(
            when=on_clocks(printed_time(max(row[-1] for row in rows), conference), conference),
            who=rows[0][2] or "–",
            source=Change.Source(rows[0][1]).label,
            entry_count=sum(row[-2] for row in rows),
            models=", ".join(kind_named(model) for model in dict.fromkeys(row[3] for row in rows)),
            address=list_of("change", conference, revision=revision),
        )
        for revision, rows in by_revision.items()
    ]


def kind_named(model: str) -> str:
    """What an organiser calls a kind of thing in the log."""
    known = apps.all_models["posters"].get(model)
    return capfirst(str(known._meta.verbose_name_plural)) if known else model


@dataclass(frozen=True)
class ToldCrowd:
    """A session's crowd with its words and addresses."""

    crowd: SessionCrowd
    when: str
    posters: str
    figures: list[Figure]
    """People, favourites, visits and attendances."""
    rows: list[tuple[Figure, str]]
    """By row: its name and its favourites, and the list of its posters in this session."""
    chart: Chart | None


def told_crowd(crowd: SessionCrowd, conference: Conference, part: Callable[..., Figure]) -> ToldCrowd:
    """A session's crowd, told. `part` makes a figure that leads to what it is made of."""
    session = crowd.session
    rows = [
        (
            part(
                "favourites",
                row.favourite_count,
                f"{row.row.room}, {row.row.name}",
                session=session,
                row=row.row.key,
            ),
            list_of("poster", conference, session=session.pk, row=row.row.key),
        )
        for row in crowd.rows
    ]
    return ToldCrowd(
        crowd=crowd,
        when=printed_window(session.starts_at, session.ends_at, conference),
        posters=list_of("poster", conference, session=session.pk),
        figures=[
            part("people", crowd.people_count, session=session),
            part("favourites", crowd.favourite_count, session=session),
            part("visits", crowd.visit_count, session=session),
            part("attendances", crowd.attendance_count, session=session),
        ],
        rows=rows,
        chart=lines(f"Favourites along the rows in {session.title}", [Point(row.label, row.count) for row, _ in rows]),
    )


def crowd_chart(crowds: list[SessionCrowd]) -> Chart | None:
    """The people with a favourite in each session that shows posters."""
    points = [Point(crowd.session.title, crowd.people_count) for crowd in crowds if crowd.poster_count]
    return lines("People with a favourite in each session", points)


def days_chart(demand: Demand, conference: Conference) -> Chart | None:
    """The favourites over time."""
    points = [
        Point(day_named(period, conference), period.count, f"{local.day} {local:%b}")
        for period in demand.favourites_over_time
        for local in [period.starts_at.astimezone(conference.zone)]
    ]
    return columns("Favourites by the day on which they were set", points)


def hours_charts(hours: list[BusyHour], conference: Conference) -> list[Chart]:
    """What is on show in each hour, and the visits planned to begin in it."""
    shown, planned = [], []
    starts = [hour.hour.starts_at.astimezone(conference.zone) for hour in hours]
    first_of_day = {start.date(): start for start in reversed(starts)}
    for hour, local in zip(hours, starts, strict=True):
        if len(first_of_day) == 1:
            tick = f"{local:%H:%M}"
        else:
            tick = f"{local:%a} {local.day} {local:%b}" if first_of_day[local.date()] == local else ""
        label = hour_named(hour.hour, conference)
        shown.append(Point(label, hour.favourite_count, tick))
        planned.append(Point(label, hour.hour.count, tick))
    charts = (columns("Favourites on show in each hour", shown), columns("Visits planned in each hour", planned))
    return [chart for chart in charts if chart]


def day_named(period: Period, conference: Conference) -> str:
    """A period's days."""
    first = period.starts_at.astimezone(conference.zone)
    last = period.ends_at.astimezone(conference.zone) - dt.timedelta(days=1)
    days = (f"{day.day} {day:%b %Y}" for day in (first, last))
    return " – ".join(dict.fromkeys(days))


def hour_named(period: Period, conference: Conference) -> str:
    """An hour on the conference's clocks."""
    return printed_time(period.starts_at, conference)
