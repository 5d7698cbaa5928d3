"""Admin pages of authors: who they are, and one person made of two or two of one."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html

from posters.latex import to_text
from posters.models import Author, FormerAuthor
from posters.organise.base import ProgrammeAdmin
from posters.organise.choices import choice_label, choices_of
from posters.organise.filters import ConferenceFilter, HomonymFilter, NeedsFilter, is_key
from posters.organise.forms import AuthorForm
from posters.organise.frame import page_link, public_address
from posters.programme.people import PeopleRefused, merge_authors, split_author

MOST_OFFERED = 50
"""People that a search offers to merge."""


class SplitForm(forms.Form):
    """Which posters go to whom."""

    name = forms.CharField(max_length=200, label="Name of the new person")
    former = forms.ModelChoiceField(
        FormerAuthor.objects.none(),
        required=False,
        label="Or somebody who was merged into this person",
        empty_label="a new person",
        help_text="They get their address and their key in the source back.",
    )
    posters = forms.TypedMultipleChoiceField(coerce=int, widget=forms.CheckboxSelectMultiple, required=False)

    def __init__(self, *args: Any, author: Author, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].initial = author.name
        former: Any = self.fields["former"]
        former.queryset = author.former.all()
        posters: Any = self.fields["posters"]
        posters.choices = [(poster.pk, choice_label(poster)) for poster in author.posters.order_by("number")]


class AuthorAdmin(ProgrammeAdmin):
    form = AuthorForm
    actions = ("merge_chosen",)
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

    def get_urls(self) -> list[URLPattern]:
        guarded = self.admin_site.admin_view
        return [
            path("<int:key>/merge/", guarded(self.merge_view), name="posters_author_merge"),
            path("<int:key>/split/", guarded(self.split_view), name="posters_author_split"),
            *super().get_urls(),
        ]

    def view_on_site(self, author: Author) -> str | None:
        return public_address("author", author.conference, slug=author.slug)

    def has_merge_permission(self, request: HttpRequest) -> bool:
        """Who merges two takes one away."""
        return self.changes_all(request) and self.has_delete_permission(request)

    def has_split_permission(self, request: HttpRequest) -> bool:
        """Who splits one adds one."""
        return self.changes_all(request) and self.has_add_permission(request)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        context |= {
            "may_merge": self.has_merge_permission(request),
            "may_split": self.has_split_permission(request),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    @admin.action(description="Merge selected authors into one", permissions=["merge"])
    def merge_chosen(self, request: HttpRequest, chosen: QuerySet) -> HttpResponse | None:
        authors = list(chosen.order_by("pk")[: MOST_OFFERED + 1])
        if not 2 <= len(authors) <= MOST_OFFERED:
            self.message_user(request, f"Choose 2 to {MOST_OFFERED} people to merge.", messages.ERROR)
            return None
        kept = max(authors, key=lambda author: (author.poster_count, -author.pk))
        return HttpResponseRedirect(merge_address(kept, [author for author in authors if author != kept]))

    def merge_view(self, request: HttpRequest, key: int) -> HttpResponse:
        """Asks who else this person is; says who stays."""
        if not self.has_merge_permission(request):
            raise PermissionDenied
        author = get_object_or_404(choices_of(Author).select_related("conference"), pk=key)
        others = choices_of(Author).filter(conference=author.conference).exclude(pk=author.pk).order_by("name", "pk")
        keys = {int(text) for text in (request.POST or request.GET).getlist("other") if is_key(text)}
        chosen = list(others.filter(pk__in=keys)) if keys else []
        problem = ""
        if request.method == "POST":
            try:
                if len(chosen) != len(keys):
                    raise PeopleRefused("One of them is gone meanwhile, or is not of this conference.")
                count = merge_authors(kept=author, others=chosen)
            except PeopleRefused as error:
                problem = str(error)
            else:
                names = ", ".join(to_text(other.name) for other in chosen)
                posters = "1 poster" if count == 1 else f"{count} posters"
                self.message_user(
                    request, f"{names} merged into {to_text(author.name)}: {posters} changed. Old addresses lead here."
                )
                return HttpResponseRedirect(reverse("admin:posters_author_change", args=[author.pk]))
        words = request.GET.get("q", "").strip()
        found, _ = self.get_search_results(request, others, words)
        offered = list((found if words else others.filter(name=author.name)).exclude(pk__in=keys)[: MOST_OFFERED + 1])
        context = {
            "problem": problem,
            "chosen": [
                (other, choice_label(other), merge_address(other, _swapped(author, other, chosen))) for other in chosen
            ],
            "offered": [(other, choice_label(other)) for other in offered[:MOST_OFFERED]],
            "has_more": len(offered) > MOST_OFFERED,
            "words": words,
            "label": choice_label(author),
        }
        return self._page(request, "merge", f"Merge into {to_text(author.name)}", author, context)

    def split_view(self, request: HttpRequest, key: int) -> HttpResponse:
        """Asks which posters somebody else wrote."""
        if not self.has_split_permission(request):
            raise PermissionDenied
        author = get_object_or_404(Author.objects.select_related("conference"), pk=key)
        form = SplitForm(request.POST or None, author=author, label_suffix="")
        if form.is_valid():
            values = form.cleaned_data
            former = values["former"]
            try:
                new = split_author(
                    author=author,
                    posters=set(values["posters"]),
                    name=former.name if former else values["name"],
                    former=former,
                )
            except PeopleRefused as error:
                form.add_error("posters", str(error))
            else:
                address = reverse("admin:posters_author_change", args=[new.pk])
                self.message_user(
                    request,
                    format_html(
                        'The posters are <a href="{}">{}</a>’s now ({}). Imports leave their authors as they are.',
                        address,
                        to_text(new.name),
                        new.slug,
                    ),
                )
                return HttpResponseRedirect(reverse("admin:posters_author_change", args=[author.pk]))
        return self._page(request, "split", f"Split {to_text(author.name)}", author, {"form": form})

    def _page(
        self, request: HttpRequest, step: str, title: str, author: Author, context: dict[str, Any]
    ) -> HttpResponse:
        known = {"title": title, "opts": self.opts, "original": author, "conference": author.conference}
        context = {**self.admin_site.each_context(request), **known, **context}
        return TemplateResponse(request, f"admin/people/{step}.html", context)

    @admin.display(description="posters", ordering="poster_count")
    def poster_figure(self, author: Any) -> int:
        return author.poster_count

    @admin.display(description="affiliation")
    def printed_affiliation(self, author: Any) -> str:
        return author.affiliation or "–"

    @admin.display(description="page")
    def page(self, author: Any) -> str:
        return page_link(self.view_on_site(author) if author.poster_count else None)


def merge_address(kept: Author, others: Sequence[Author]) -> str:
    """The page that merges these people into one, them chosen already."""
    query = urlencode([("other", other.pk) for other in others])
    return f"{reverse('admin:posters_author_merge', args=[kept.pk])}?{query}"


def _swapped(kept: Author, other: Author, chosen: Sequence[Author]) -> list[Author]:
    """Who is merged if `other` is to stay instead."""
    return [kept, *(each for each in chosen if each != other)]
