"""Admin pages of posters: who wrote them, where they hang, what they still lack."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db.models import F, OuterRef, Prefetch, QuerySet, Subquery
from django.forms.widgets import Script
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.html import format_html, format_html_join

from posters.latex import to_text
from posters.models import Authorship, Link, Poster, Presentation
from posters.models.base import PosterStatus
from posters.organise.base import ProgrammeAdmin, ProgrammeInline
from posters.organise.bulk_forms import PublishForm
from posters.organise.bulk_pages import ACTIONS, bulk_address, work_address
from posters.organise.choices import count_of
from posters.organise.filters import (
    ConferenceFilter,
    DecisionFilter,
    FormatFilter,
    NeedsFilter,
    RowFilter,
    SessionFilter,
)
from posters.organise.forms import AuthorshipForm, AuthorshipFormSet, PosterForm, PresentationForm
from posters.organise.frame import page_link, public_address
from posters.organise.roles import own_sessions
from posters.organise.side_by_side import side_by_side_address
from posters.programme.checks.gaps import needs, with_needs


class AuthorshipInline(ProgrammeInline):
    model = Authorship
    form = AuthorshipForm
    formset = AuthorshipFormSet
    fields = ("position", "author", "affiliation", "is_presenter")
    autocomplete_fields = ("author",)
    ordering = ("position",)
    texts = ("affiliation",)
    session_lookup = "poster__presentations__session"
    is_for_chairs = True
    verbose_name = "author"
    verbose_name_plural = "authors, in printed order"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("author")


class PresentationInline(ProgrammeInline):
    model = Presentation
    form = PresentationForm
    fields = ("session", "board", "format", "position", "presenter_starts_at", "presenter_ends_at")
    autocomplete_fields = ("session", "board")
    plain_choices = ("session", "board")
    arranged = ("board", "format", "position")
    session_lookup = "session"
    is_for_chairs = True
    ordering = (F("session__starts_at").asc(nulls_last=True), "session__title", "pk")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("session", "poster", "board")


class PosterLinkInline(ProgrammeInline):
    model = Link
    fk_name = "poster"
    fields = ("kind", "url", "label")
    verbose_name = "link"


FIRST_AUTHOR = Subquery(
    Authorship.objects.filter(poster=OuterRef("pk")).order_by("position").values("author__name")[:1]
)


class PosterList(ChangeList):
    """One page of posters. What its columns tell is looked up for that page alone, not for what it skips."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        keys = list(self.result_list.values_list("pk", flat=True))
        presentations: Any = self.model_admin
        shown = presentations.presentations_shown(request)
        posters = with_needs(Poster.objects.filter(pk__in=keys)).annotate(
            first_author=FIRST_AUTHOR, author_count=count_of(Authorship, "poster")
        )
        told = posters.select_related("conference", "decision").defer("abstract")
        rows = {poster.pk: poster for poster in told.prefetch_related(Prefetch("presentations", shown))}
        self.result_list = [rows[key] for key in keys]


class PosterAdmin(ProgrammeAdmin):
    form = PosterForm
    inlines = (AuthorshipInline, PresentationInline, PosterLinkInline)
    list_display = (
        "number",
        "shown_title",
        "by",
        "decision",
        "shown_at",
        "format",
        "status",
        "lacks",
        "page",
    )
    list_display_links = ("number", "shown_title")
    list_filter = (ConferenceFilter, NeedsFilter, SessionFilter, RowFilter, DecisionFilter, FormatFilter, "status")
    search_fields = ("=number", "title", "keywords", "source_id", "authors__name")
    search_help_text = "Number, title, keywords, source id or author."
    ordering = ("-conference_id", "number")
    autocomplete_fields = ("decision",)
    readonly_fields = ("conference",)
    actions = ACTIONS
    texts = ("title", "abstract", "keywords", "topic_choice", "image")
    arranged = ("presentations",)
    session_lookup = "presentations__session"
    is_for_chairs = True
    fieldsets = (
        (
            None,
            {"fields": ("conference", "number", "title", "status", "withdrawal_reason", "decision", "topic_choice")},
        ),
        ("Text", {"fields": ("abstract", "keywords")}),
        ("Picture", {"fields": ("image",)}),
        ("Source", {"fields": ("source_id",), "classes": ("collapse",)}),
    )

    class Media:
        js = (Script("js/author-order.js", type="module"),)

    def get_urls(self) -> list[Any]:
        return [bulk_address(self), side_by_side_address(self), *super().get_urls()]

    def save_model(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        # Saved as a draft: it is published where the difference is shown.
        is_draft = not change or form.initial.get("status") == PosterStatus.DRAFT
        obj.is_to_publish = is_draft and obj.status == PosterStatus.PUBLISHED
        if obj.is_to_publish:
            obj.status = PosterStatus.DRAFT
        super().save_model(request, obj, form, change)

    def response_add(self, request: HttpRequest, obj: Poster, post_url_continue: str | None = None) -> HttpResponse:
        return self.shown_first(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Poster) -> HttpResponse:
        return self.shown_first(request, obj) or super().response_change(request, obj)

    def shown_first(self, request: HttpRequest, poster: Any) -> HttpResponse | None:
        """To what visitors would see, where the form asks to publish."""
        if not poster.is_to_publish:
            return None
        messages.info(request, "Saved, and not published yet: look at what visitors would see, and confirm.")
        return HttpResponseRedirect(work_address(PublishForm, poster))

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return PosterList

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        # Found by key: to tell rows apart that authors multiply, a database would compare whole abstracts.
        found, _ = super().get_search_results(request, Poster.objects.order_by(), search_term)
        return (queryset.filter(pk__in=found.values("pk")) if search_term else queryset), False

    def presentations_shown(self, request: HttpRequest) -> QuerySet:
        """Where the list says that posters hang: a chair's in their own sessions."""
        shown = Presentation.objects.with_place().in_time_order()
        return shown if self.sees_all(request) else shown.filter(session__in=own_sessions(request))

    @admin.display(description="topics")
    def topic_choice(self, poster: Poster) -> str:
        """Its topics for who may not choose them."""
        return ", ".join(poster.topics.values_list("name", flat=True)) or "–"

    def view_on_site(self, poster: Poster) -> str | None:
        if poster.status == PosterStatus.DRAFT:
            return None
        return public_address("poster", poster.conference, number=poster.number)

    def loss_to_attendees(self) -> str:
        return (
            "Attendees have it in their favourites or itineraries, and would lose it without a word. "
            "Set its status to “Withdrawn” instead: then they see that it was withdrawn."
        )

    @admin.display(description="title", ordering="title")
    def shown_title(self, poster: Poster) -> str:
        if not poster.title:
            return format_html('<strong class="untitled">{}</strong>', poster.display_title)
        return to_text(poster.title)

    @admin.display(description="authors", ordering=FIRST_AUTHOR)
    def by(self, poster: Any) -> str:
        if not poster.author_count:
            return "–"
        return f"{poster.first_author} et al." if poster.author_count > 1 else poster.first_author

    @admin.display(description="session · board")
    def shown_at(self, poster: Poster) -> str:
        places = []
        for presentation in poster.presentations.all():
            board = f" · {presentation.board.label}" if presentation.board else ""
            places.append((f"{presentation.session.title}{board}",))
        return format_html_join("; ", "{}", places) or "–"

    @admin.display(description="format")
    def format(self, poster: Poster) -> str:
        formats = (presentation.get_format_display() for presentation in poster.presentations.all())
        return ", ".join(dict.fromkeys(formats)) or "–"

    @admin.display(description="needs")
    def lacks(self, poster: Poster) -> str:
        if poster.is_withdrawn:
            return "–"
        missing = [(need.label,) for need in needs() if getattr(poster, f"lacks_{need.key}")]
        return format_html_join(" ", '<span class="lacks">{}</span>', missing) or "–"

    @admin.display(description="page")
    def page(self, poster: Poster) -> str:
        return page_link(self.view_on_site(poster))
