"""Publishing a conference: what visitors will see, before they do."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from posters.models import Change, Conference, Poster
from posters.models.base import PosterStatus
from posters.organise.base import filtered_list
from posters.programme.bulk import counted
from posters.programme.checks.gaps import needs, with_needs
from posters.programme.revision import programme_change


def publishing_address(model_admin: Any) -> URLPattern:
    """The page that publishes a conference, for who may change it."""

    def page(request: HttpRequest, key: int) -> HttpResponse:
        if not model_admin.changes_all(request):
            raise PermissionDenied
        return publishing_page(model_admin, request, key)

    return path("<int:key>/publish/", model_admin.admin_site.admin_view(page), name="posters_conference_publish")


def publishing_page(model_admin: Any, request: HttpRequest, key: int) -> HttpResponse:
    """What becomes visible and what it lacks. POST: publish what was shown."""
    is_sent = request.method == "POST"
    conferences = Conference.objects.select_for_update() if is_sent else Conference.objects.all()
    conference = get_object_or_404(conferences, pk=key)
    address = reverse("admin:posters_conference_change", args=[key])
    if conference.is_published:
        messages.info(request, f"{conference} is published.")
        return HttpResponseRedirect(address)
    has_moved_on = is_sent and request.POST.get("sight") != str(conference.revision)
    if is_sent and not has_moved_on:
        with programme_change(source=Change.Source.ADMIN) as change:
            change.title = f"Published {conference}"
            conference.is_published = True
            conference.save()
        messages.success(request, f"{conference} is published.")
        return HttpResponseRedirect(address)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": f"Publish {conference}?",
        "opts": model_admin.opts,
        "conference": conference,
        "figures": figures_of(conference),
        "warnings": lacks_of(conference),
        "sight": conference.revision,
        "has_moved_on": has_moved_on,
    }
    return TemplateResponse(request, "admin/publishing.html", context)


def figures_of(conference: Conference) -> list[str]:
    """What visitors will see, and what they will not, in figures that lead to what they count."""
    totals = conference.posters.aggregate(
        **{status.value: Count("pk", filter=Q(status=status)) for status in PosterStatus}
    )
    sessions = counted(conference.sessions.count(), "session")
    words = {
        PosterStatus.PUBLISHED: "to be seen",
        PosterStatus.WITHDRAWN: "to be seen as withdrawn",
        PosterStatus.DRAFT: "to stay hidden, as drafts",
    }
    lists = [
        filtered_list(
            Poster, f"{counted(totals[status])} {told}", conference=conference.slug, status__exact=status.value
        )
        for status, told in words.items()
        if totals[status]
    ]
    return [filtered_list(conference.sessions.model, sessions, conference=conference.slug), *lists]


def lacks_of(conference: Conference) -> list[str]:
    """What the posters that will be seen still lack, in figures that lead to them."""
    seen = with_needs(conference.posters.filter(status=PosterStatus.PUBLISHED))
    totals = seen.aggregate(**{need.key: Count("pk", filter=Q(**{f"lacks_{need.key}": True})) for need in needs()})
    return [
        filtered_list(
            Poster,
            f"{counted(totals[need.key])} with {need.label}",
            conference=conference.slug,
            status__exact=PosterStatus.PUBLISHED.value,
            needs=need.key,
        )
        for need in needs()
        if totals[need.key]
    ]
