"""Bulk work in the list of posters: choose → form and preview on one page → confirm."""

import hashlib
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods

from posters.models import Conference, Poster
from posters.organise.bulk_forms import FORMS, BulkForm, PublishForm
from posters.organise.filters import is_key
from posters.programme.bulk import BulkPlan, BulkRefused, carry_out, chosen_posters, conference_of, counted
from posters.programme.checks.gaps import needs, with_needs

SHOWN = 200
"""Posters that a preview names one by one."""


def bulk_action(form_class: type[BulkForm]) -> Callable[..., HttpResponse]:
    """The list's action that opens the page of one kind of work."""

    @admin.action(description=form_class.label, permissions=["whole"])
    def open_page(model_admin: Any, request: HttpRequest, queryset: QuerySet) -> HttpResponse:
        # A search by author joins: a poster can be there twice.
        keys = dict.fromkeys(queryset.order_by("number", "pk").values_list("pk", flat=True))
        return bulk_page(model_admin, request, form_class, ",".join(map(str, keys)), request.GET.urlencode())

    open_page.__name__ = f"bulk_{form_class.key.replace('-', '_')}"
    return open_page


ACTIONS = tuple(bulk_action(form_class) for form_class in FORMS)


def bulk_address(model_admin: Any) -> URLPattern:
    """Where the page of each kind of work is sent to, and where few posters are looked at first."""

    @require_http_methods(["GET", "POST"])
    def page(request: HttpRequest, key: str) -> HttpResponse:
        form_class = next((form for form in FORMS if form.key == key), None)
        if form_class is None:
            raise Http404("No such bulk work.")
        if not model_admin.changes_all(request):
            raise PermissionDenied
        asked = request.POST if request.method == "POST" else request.GET
        return bulk_page(model_admin, request, form_class, asked.get("posters", ""), asked.get("list", ""))

    return path("bulk/<slug:key>/", model_admin.admin_site.admin_view(page), name="posters_poster_bulk")


def work_address(form_class: type[BulkForm], poster: Poster) -> str:
    """The page that shows what one kind of work would do with one poster."""
    query: dict[str, Any] = {"posters": poster.pk, "list": urlencode({"conference": poster.conference.slug})}
    return f"{reverse('admin:posters_poster_bulk', args=[form_class.key])}?{urlencode(query)}"


def bulk_page(
    model_admin: Any, request: HttpRequest, form_class: type[BulkForm], keys: str, list_query: str
) -> HttpResponse:
    """The form; with it filled in, what it would do; confirmed, does it and goes back to the list.

    What is carried out is what was shown: where the form or the programme has changed since, it is shown anew.
    """
    way_back = f"{reverse('admin:posters_poster_changelist')}?{list_query}"
    chosen = [int(key) for key in keys.split(",") if is_key(key)]
    try:
        posters = chosen_posters(chosen)
        conference = conference_of(posters)
    except BulkRefused as refusal:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(way_back)
    is_asked = "preview" in request.POST or "confirm" in request.POST or not form_class.base_fields
    form = form_class(request.POST if is_asked else None, conference=conference)
    plan = None
    if is_asked and form.is_valid():
        # Held until this change is written: nobody changes the programme between the plan and its writing.
        held = Conference.objects.select_for_update() if request.method == "POST" else Conference.objects.all()
        revision = held.values_list("revision", flat=True).get(pk=conference.pk)
        plan = planned(form, posters)
        sight = sight_of(form, revision, keys)
        if plan and "confirm" in request.POST and request.POST.get("sight") == sight:
            carry_out(plan=plan, actor=request.user)  # type: ignore[arg-type]  # the admin is for users
            messages.success(request, done(plan))
            return HttpResponseRedirect(way_back)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": f"{form_class.label}: {counted(len(chosen))}",
        "opts": model_admin.opts,
        "form": form,
        "conference": conference,
        "keys": keys,
        "list_query": list_query,
        "way_back": way_back,
        "missing": len(chosen) - posters.count(),
        "plan": plan,
        "steps": plan.steps[:SHOWN] if plan else [],
        "more_steps": max(len(plan.steps) - SHOWN, 0) if plan else 0,
        "left": plan.left[:SHOWN] if plan else [],
        "more_left": max(len(plan.left) - SHOWN, 0) if plan else 0,
        "sight": sight if plan else "",
        "has_moved_on": "confirm" in request.POST and plan is not None,
    }
    return TemplateResponse(request, "admin/bulk/page.html", context)


def planned(form: BulkForm, posters: QuerySet[Poster]) -> BulkPlan | None:
    """What the form would do; None, with the reason among the form's errors, where it cannot be done."""
    try:
        plan = form.plan(posters)
    except BulkRefused as refusal:
        form.add_error(None, str(refusal))
        return None
    if isinstance(form, PublishForm):
        plan.warnings += lacks_of(plan)
    return plan


def lacks_of(plan: BulkPlan) -> list[str]:
    """What posters that are about to be seen still lack, in figures."""
    asked = with_needs(Poster.objects.filter(pk__in=[step.poster.pk for step in plan.steps]).order_by())
    flags = list(asked.values_list(*(f"lacks_{need.key}" for need in needs())))
    totals = zip(needs(), zip(*flags, strict=True), strict=True) if flags else ()
    return [f"{counted(sum(column))} with {need.label}." for need, column in totals if any(column)]


def sight_of(form: BulkForm, revision: int, keys: str) -> str:
    """What a preview was made from, in short."""
    told = repr((form.key, revision, keys, sorted((name, str(value)) for name, value in form.cleaned_data.items())))
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def done(plan: BulkPlan) -> str:
    """What was done, and the way to undo it."""
    if not plan.steps:
        return "Nothing was to be changed."
    address = f"{reverse('admin:posters_change_changelist')}?conference={plan.conference.slug}"
    return format_html('{}. <a href="{}">It can be undone in the log.</a>', plan.title.rstrip("."), address)
