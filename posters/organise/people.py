"""Admin pages of authors."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from posters.models import Author
from posters.organise.base import ProgrammeAdmin
from posters.organise.choices import choices_of
from posters.organise.filters import ConferenceFilter, HomonymFilter, NeedsFilter
from posters.organise.forms import AuthorForm
from posters.organise.frame import page_link, public_address


class AuthorAdmin(ProgrammeAdmin):
    form = AuthorForm
    list_display = ("name", "poster_figure", "printed_affiliation", "slug", "conference", "page")
    list_filter = (ConferenceFilter, NeedsFilter, HomonymFilter)
    list_select_related = ("conference",)
    search_fields = ("name", "slug", "source_id")
    ordering = ("name", "slug")
    readonly_fields = ("conference",)
    fields = ("conference", "name", "slug", "source_id")
    texts = ("name",)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return self.within_reach(request, choices_of(Author).order_by(*self.ordering))

    def view_on_site(self, author: Author) -> str | None:
        return public_address("author", author.conference, slug=author.slug)

    @admin.display(description="posters", ordering="poster_count")
    def poster_figure(self, author: Any) -> int:
        return author.poster_count

    @admin.display(description="affiliation")
    def printed_affiliation(self, author: Any) -> str:
        return author.affiliation or "–"

    @admin.display(description="page")
    def page(self, author: Any) -> str:
        return page_link(self.view_on_site(author) if author.poster_count else None)
