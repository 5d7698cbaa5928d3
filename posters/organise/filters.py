"""List filters that stay short: those of one conference when a conference is chosen, never thousands."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.contrib.admin.views.main import ChangeList
from django.db import models
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.http import HttpRequest

from posters.models import Author, Authorship, Conference, Decision, Presentation, Room, Session
from posters.organise.attention import are_at_hand, checks_of, found_by, rows_found
from posters.organise.board_rows import row_of
from posters.organise.choices import choice_label, conference_lookup
from posters.programme.checks.gaps import counts_of_needs, lacking, needs

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


class CountedFilter(SimpleListFilter):
    """Counts its choices straight from the list. Django would look for each of its rows among those of each choice."""

    def get_facet_queryset(self, changelist: ChangeList) -> dict[str, int]:
        rows = changelist.get_queryset(self.request, exclude_parameters=self.expected_parameters()).order_by()
        counts = self.counts_of(rows)
        return {f"{place}__c": counts[key] for place, (key, _) in enumerate(self.lookup_choices) if key in counts}

    def counts_of(self, rows: QuerySet) -> dict[str, int]:
        """How many of these rows each choice would leave; the list tells no number of those left out."""
        return {key: self.chosen_rows(rows, key).count() for key, _ in self.lookup_choices}

    def counts_by(self, rows: QuerySet, lookup: str) -> dict[str, int]:
        """The same in one query, where the choices are the values that this leads to."""
        counted = rows.values_list(lookup).annotate(count=Count("pk", distinct=True))
        return {key: 0 for key, _ in self.lookup_choices} | {str(key): count for key, count in counted}

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        value = self.value()
        return queryset if value is None else self.chosen_rows(queryset, value)

    def chosen_rows(self, rows: QuerySet, value: str) -> QuerySet:
        """Those of the rows that a choice, or whatever an address says instead, leaves."""
        raise NotImplementedError


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


class WithinConferenceFilter(CountedFilter):
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

    def counts_of(self, rows: QuerySet) -> dict[str, int]:
        return self.counts_by(rows, self.lookup)

    def chosen_rows(self, rows: QuerySet, value: str) -> QuerySet:
        return rows.filter(**{self.lookup: value}) if is_key(value) else rows.none()


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


class NeedsFilter(CountedFilter):
    """What an organiser must look at, by check.

    What a poster lacks is asked of the database for any conference; the other checks look at one, which is chosen.
    """

    title = "needs attention"
    parameter_name = "needs"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        self.model = str(model_admin.opts.model_name)
        self.conference_slug = request.GET.get("conference")
        lacks = [("any", "anything missing"), *((need.key, need.label) for need in needs())]
        choices = lacks if self.model == "poster" else []
        if self.conference_slug:
            known = dict(choices)
            choices += [(check.key, check.label) for check in checks_of(self.model) if check.key not in known]
        return choices

    def counts_of(self, rows: QuerySet) -> dict[str, int]:
        counts = counts_of_needs(rows) if self.model == "poster" else {}
        conference = self._conference()
        if conference is None or not are_at_hand(conference):
            return counts
        keys = set(rows.values_list("pk", flat=True))
        checks = checks_of(self.model)
        found = {
            found.key: len(keys.intersection(found.rows.get(self.model, ()))) for found in found_by(checks, conference)
        }
        return {check.key: found.get(check.key, 0) for check in checks} | counts

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return self.chosen_rows(queryset, self.value() or "") if self.value() else queryset

    def chosen_rows(self, rows: QuerySet, value: str) -> QuerySet:
        if self.model == "poster" and value in {"any", *(need.key for need in needs())}:
            return lacking(rows, value)
        conference = self._conference()
        found = conference and rows_found(check_key=value, model=self.model, conference=conference)
        return rows.filter(pk__in=found) if found else rows.none()

    def _conference(self) -> Conference | None:
        return Conference.objects.filter(slug=self.conference_slug or "").first()


class RowFilter(SimpleListFilter):
    """Posters on one row of boards, which its first board names; in the session that is chosen beside it."""

    title = "row of boards"
    parameter_name = "row"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        return once(request, self, lambda: self.chosen(request.GET.get(self.parameter_name, "")))

    def chosen(self, key: str) -> list[tuple[str, str]]:
        """The one row that a link has chosen: nobody looks for rows in a list of all."""
        row = row_of(int(key)) if is_key(key) else None
        return [(key, f"{row.room}, {row.name}")] if row else []

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        row = row_of(int(self.value() or 0)) if self.value() else None
        if row is None:
            return queryset
        shown = Presentation.objects.filter(poster=OuterRef("pk"), board__in=row.boards).order_by()
        session = request.GET.get("session", "")
        return queryset.filter(Exists(shown.filter(session=int(session)) if is_key(session) else shown))


class FormatFilter(CountedFilter):
    title = "format"
    parameter_name = "format"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        return Presentation.Format.choices

    def counts_of(self, rows: QuerySet) -> dict[str, int]:
        return self.counts_by(rows, "presentations__format")

    def chosen_rows(self, rows: QuerySet, value: str) -> QuerySet:
        return rows.filter(Exists(Presentation.objects.filter(poster=OuterRef("pk"), format=value).order_by()))


class HomonymFilter(CountedFilter):
    """Names that stand more than once in one conference: one person twice, or two persons."""

    title = "name"
    parameter_name = "name"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        return [("shared", "same name more than once"), ("posterless", "on no poster")]

    def chosen_rows(self, rows: QuerySet, value: str) -> QuerySet:
        if value == "shared":
            namesakes = Author.objects.filter(conference=OuterRef("conference"), name=OuterRef("name")).order_by()
            # Counted and not asked whether there is another: PostgreSQL would compare all names while it has not
            # looked at the table yet, for minutes after an import.
            counts = namesakes.values("name").annotate(count=Count("pk")).values("count")
            return rows.alias(bearers=Subquery(counts)).filter(bearers__gt=1)
        printed = Authorship.objects.filter(author=OuterRef("pk")).order_by()
        return rows.filter(~Exists(printed)) if value == "posterless" else rows
