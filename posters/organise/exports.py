"""The programme as files for its organisers: everything, drafts included."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.html import format_html, format_html_join
from django.views.decorators.http import require_safe

from posters.models import Conference
from posters.organise.roles import EXPORT
from posters.programme.export import FORMATS, UnknownFormat, file_name, format_named, whole_programme
from posters.programme.table import TooLongForTable


class ExportAdmin(admin.ModelAdmin):
    """Mixed into the conference's admin: its programme in each format."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(download)
        address = path("<int:conference_key>/export/<slug:format_name>/", view, name="export_programme")
        return [address, *super().get_urls()]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = list(super().get_fieldsets(request, obj))
        return [*fieldsets, ("Export", {"fields": ("exports",)})] if obj and may_export(request) else fieldsets

    @admin.display(description="the programme as")
    def exports(self, conference: Conference) -> str:
        """Links to its files."""
        links = format_html_join(
            " · ",
            '<a href="{}">{}</a>',
            (
                (reverse("admin:export_programme", args=[conference.pk, entry.name]), entry.title)
                for entry in FORMATS.values()
            ),
        )
        return format_html("{}<br>With drafts. An import reads the JSON back without loss.", links)


def may_export(request: HttpRequest) -> bool:
    """Whether this user takes the whole programme along, drafts included."""
    return request.user.has_perm(EXPORT)


@require_safe
def download(request: HttpRequest, conference_key: int, format_name: str) -> HttpResponse:
    """The whole programme as a file."""
    if not may_export(request):
        raise PermissionDenied
    conference = get_object_or_404(Conference, pk=conference_key)
    try:
        chosen = format_named(format_name)
        content = b"".join(chosen.write(whole_programme(conference=conference)))
    except UnknownFormat as error:
        raise Http404(str(error)) from error
    except TooLongForTable as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("admin:posters_conference_change", args=[conference.pk]))
    name = file_name(conference, chosen)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=chosen.content_type, headers=headers)
