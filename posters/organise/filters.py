"""List filters that stay short: those of one conference when a conference is chosen, never thousands."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.db import models
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest

from posters.models import Author, Conference, Decision, Presentation, Room, Session
from posters.organise.attention import lacking, needs
from posters.organise.choices import choice_label, conference_lookup

LONGEST_FILTER = 100
"""Choices beside a list. Of more, only the one is shown that a link has chosen."""


def is_key(text: str) -> bool:
    """Whether a text from an address can be a row's key; longer numbers fit in no column."""
    return text.isdecimal() and len(text) < 19


def once(
    request: HttpRequest, spec: SimpleListFilter, choices: Callable[[], Iterable[tuple[str, str]]]
) -> list[tuple[str, str]]:
    """A filter's choices, looked up once: to show counts, Django makes each filter anew for every other."""
    kept: dict[str | None, list[tuple[str, str]]] = request.__dict__.setdefault("filter_choices", {})
    if spec.parameter_name not in kept:
        kept[spec.parameter_name] = list(choices())
    return kept[spec.parameter_name]


class ConferenceFilter(SimpleListFilter):
    """One edition's rows."""

    title = "conference"
    parameter_name = "conference"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        self.lookup = conference_lookup(model_admin.model)
        conferences: Any = model_admin.admin_site.get_model_admin(Conference)
        return once(request, self, lambda: conferences.get_choices(request).values_list("slug", "name"))

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(**{f"{self.lookup}__slug": self.value()}) if self.value() else queryset


class WithinConferenceFilter(SimpleListFilter):
    """By something that each conference has its own of."""

    model: ClassVar[type[models.Model]]
    lookup: ClassVar[str]

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        its_admin: Any = model_admin.admin_site.get_model_admin(self.model)
        choices = its_admin.get_choices(request)
        return once(request, self, lambda: self.choices_within(choices, request.GET.get("conference")))

    def choices_within(self, choices: QuerySet, slug: str | None) -> list[tuple[str, str]]:
        """The choices of one conference, or of all with their conferences' names."""
        if slug:
            choices = choices.filter(conference__slug=slug)
        order = ("-conference__year", "conference", *(self.model._meta.ordering or ()))
        rows = list(choices.order_by(*order)[: LONGEST_FILTER + 1])
        if len(rows) > LONGEST_FILTER:
            rows = list(choices.filter(pk=self.value())) if is_key(self.value() or "") else []
        return [(str(row.pk), self.label(row) if slug else f"{row.conference}: {self.label(row)}") for row in rows]

    def label(self, row: Any) -> str:
        return choice_label(row)

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        value = self.value()
        if value is None:
            return queryset
        return queryset.filter(**{self.lookup: value}) if is_key(value) else queryset.none()


class DecisionFilter(WithinConferenceFilter):
    title = "decision"
    parameter_name = "decision"
    model = Decision
    lookup = "decision"


class SessionFilter(WithinConferenceFilter):
    title = "session"
    parameter_name = "session"
    model = Session
    lookup = "presentations__session"

    def label(self, row: Any) -> str:
        return row.title


class RoomFilter(WithinConferenceFilter):
    title = "room"
    parameter_name = "room"
    model = Room
    lookup = "room"


class NeedsFilter(SimpleListFilter):
    """Posters that an organiser must look at."""

    title = "needs attention"
    parameter_name = "needs"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        return [("any", "anything missing"), *((need.key, need.label) for need in needs())]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        value = self.value()
        return lacking(queryset, value) if value else queryset


class FormatFilter(SimpleListFilter):
    title = "format"
    parameter_name = "format"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        return Presentation.Format.choices

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() is None:
            return queryset
        shown = Presentation.objects.filter(poster=OuterRef("pk"), format=self.value()).order_by()
        return queryset.filter(Exists(shown))


class HomonymFilter(SimpleListFilter):
    """Names that stand more than once in one conference: one person twice, or two persons."""

    title = "name"
    parameter_name = "name"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        return [("shared", "same name more than once"), ("posterless", "on no poster")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "shared":
            namesakes = Author.objects.filter(conference=OuterRef("conference"), name=OuterRef("name")).order_by()
            return queryset.filter(Exists(namesakes.exclude(pk=OuterRef("pk"))))
        return queryset.filter(authorships=None) if self.value() == "posterless" else queryset
