"""Search, filter and sort a conference's posters by the address alone: it can be kept and shared."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import django_filters
from django import forms
from django.db.models import Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Lower
from django.http import QueryDict

from posters.browse.did_you_mean import did_you_mean
from posters.browse.search import MOST_WORDS, SearchQuery, found_by, nearest_first, read_query
from posters.models import Author, Authorship, Conference, Poster, PosterTopic, Presentation, Topic
from posters.models.base import PosterStatus

FILTERS = ("q", "session", "decision", "format", "topic", "author")
PARAMETERS = (*FILTERS, "sort", "view", "page")
"""Every query parameter the list of posters knows."""

SORTS = {
    "relevance": "Relevance",
    "number": "Number",
    "board": "Session and board",
    "time": "Time",
    "title": "Title",
    "decision": "Decision",
}
VIEWS = {"list": "Titles", "abstracts": "With abstracts"}
UNDECIDED = "none"
MOST_AUTHORS = 20


@dataclass(frozen=True)
class Choice:
    """One choice of a filter. `poster_count` is None where nobody counted."""

    value: str
    label: str
    poster_count: int | None = None
    is_chosen: bool = False


@dataclass(frozen=True)
class ActiveFilter:
    """One value that narrows the list, and the query string without it."""

    name: str
    label: str
    query: str


@dataclass(frozen=True)
class Menu:
    """A filter with what it has to choose from."""

    name: str
    label: str
    choices: list[Choice]

    @property
    def chosen_count(self) -> int:
        return sum(choice.is_chosen for choice in self.choices)


class KnownChoicesField(forms.MultipleChoiceField):
    """Several choices. Values that are none of them are left out, not refused: old links keep working."""

    def clean(self, value: Any) -> list[str]:
        return [given for given in dict.fromkeys(self.to_python(value)) if self.valid_value(given)]


class KnownChoices(django_filters.MultipleChoiceFilter):
    field_class = KnownChoicesField


class SearchField(forms.CharField):
    """Any text at all: what cannot be searched for is not a word."""

    default_validators: list[Any] = []

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators = []


class SearchText(django_filters.CharFilter):
    field_class = SearchField


class PosterFilter(django_filters.FilterSet):
    """The filters of the list of posters. `ignored` names what the address asks for in vain."""

    q = SearchText(label="Search")
    session = KnownChoices(label="Session")
    decision = KnownChoices(label="Decision")
    format = KnownChoices(label="Format", choices=Presentation.Format.choices)
    topic = KnownChoices(label="Topic")
    author = KnownChoices(label="Author")

    class Meta:
        model = Poster
        fields: list[str] = []

    def __init__(self, data: QueryDict, *, conference: Conference) -> None:
        super().__init__(data, queryset=Poster.objects.public().filter(conference=conference))
        self.conference = conference
        self.filters["session"].extra["choices"] = list(
            conference.sessions.in_time_order()
            .filter(Exists(Presentation.objects.public().filter(session=OuterRef("pk"))))
            .values_list("slug", "title")
        )
        self.filters["decision"].extra["choices"] = [(c.value, c.label) for c in self._decisions]
        named = self._topics_and_authors()
        self.filters["topic"].extra["choices"] = [(slug, name) for kind, slug, name in named if kind == "topic"]
        self.filters["author"].extra["choices"] = [(slug, name) for kind, slug, name in named if kind == "author"]

    @cached_property
    def _decisions(self) -> list[Choice]:
        """The decisions with their numbers of posters: together, all posters."""
        counted = (
            self.queryset.order_by()
            .values_list("decision__slug", "decision__name", "decision__rank")
            .annotate(poster_count=Count("pk"))
            .order_by(F("decision__rank").desc(nulls_last=True), "decision__name")
        )
        return [
            Choice(slug or UNDECIDED, name or "No decision", poster_count) for slug, name, _, poster_count in counted
        ]

    def _topics_and_authors(self) -> list[tuple[str, str, str]]:
        """All topics, and of 30,000 authors those that the address names. One query."""
        shown = PosterTopic.objects.filter(topic=OuterRef("pk")).exclude(poster__status=PosterStatus.DRAFT)
        topics = Topic.objects.order_by().filter(Exists(shown), conference=self.conference)
        slugs = [slug for slug in self.data.getlist("author") if "\0" not in slug][:MOST_AUTHORS]
        authors = Author.objects.public().order_by().filter(conference=self.conference, slug__in=slugs)
        columns = ("kind", "slug", "name")
        found = topics.annotate(kind=Value("topic")).values_list(*columns)
        return list(found.union(authors.annotate(kind=Value("author")).values_list(*columns)).order_by("name"))

    @cached_property
    def total_count(self) -> int:
        """How many posters there are without any filter."""
        return sum(choice.poster_count or 0 for choice in self._decisions)

    @cached_property
    def found_count(self) -> int:
        """How many posters pass."""
        return self.qs.count() if self.values else self.total_count

    @cached_property
    def values(self) -> dict[str, Any]:
        """What each filter is set to, without those that are not set."""
        self.form.is_valid()
        values = {name: self.form.cleaned_data.get(name) for name in FILTERS}
        values["q"] = self.search.text
        return {name: value for name, value in values.items() if value}

    @cached_property
    def search(self) -> SearchQuery:
        """What the search text asks for."""
        return read_query(self.data.get("q", ""))

    def filter_queryset(self, queryset: QuerySet[Poster]) -> QuerySet[Poster]:
        return queryset.filter(self.condition(self.values))

    def condition(self, values: dict[str, Any]) -> Q:
        """Posters that pass all of these filters. Session and format speak of the same presentation."""
        condition = Q()
        if "q" in values:
            condition &= found_by(self.search)
        shown = {"session": "session__slug__in", "format": "format__in"}
        presentation = {lookup: values[name] for name, lookup in shown.items() if name in values}
        if presentation:
            of_conference = Presentation.objects.filter(session__conference=self.conference)
            condition &= Q(pk__in=of_conference.filter(**presentation).values("poster"))
        if "decision" in values:
            undecided = Q(decision=None) if UNDECIDED in values["decision"] else Q()
            condition &= Q(decision__slug__in=values["decision"]) | undecided
        if "topic" in values:
            condition &= Q(pk__in=PosterTopic.objects.filter(**self._of("topic", values)).values("poster"))
        if "author" in values:
            written = Authorship.objects.filter(**self._of("author", values))
            condition &= Q(pk__in=written.values("poster"))
        return condition

    def _of(self, name: str, values: dict[str, Any]) -> dict[str, Any]:
        return {f"{name}__conference": self.conference, f"{name}__slug__in": values[name]}

    @property
    def sorts(self) -> dict[str, str]:
        """The orders there are: by relevance where words were searched for, and then it is the first choice."""
        return {name: label for name, label in SORTS.items() if name != "relevance" or self.search.wanted}

    @property
    def sort(self) -> str:
        given = self.data.get("sort", "")
        return given if given in self.sorts else next(iter(self.sorts))

    @property
    def view(self) -> str:
        given = self.data.get("view", "")
        return given if given in VIEWS else "list"

    def sorted(self) -> QuerySet[Poster]:
        """The posters that pass, in the order asked for."""
        if self.sort == "relevance":
            posters = self.queryset.filter(self.condition(self._values_but("q")))
            return nearest_first(posters, query=self.search, conference=self.conference)
        posters = self.qs
        if self.sort == "title":
            return posters.order_by(Lower("title"), "number")
        if self.sort == "decision":
            return posters.order_by(F("decision__rank").desc(nulls_last=True), "number")
        if self.sort in {"time", "board"}:
            return self._in_place_order(posters)
        return posters.order_by("number")

    def _in_place_order(self, posters: QuerySet[Poster]) -> QuerySet[Poster]:
        """By each poster's first presentation, among those of the sessions chosen."""
        presentations = Presentation.objects.filter(poster=OuterRef("pk")).in_walking_order()
        if "session" in self.values:
            presentations = presentations.filter(session__slug__in=self.values["session"])
        order = [F("place_starts_at").asc(nulls_last=True)]
        posters = posters.annotate(place_starts_at=Subquery(presentations.values("session__starts_at")[:1]))
        if self.sort == "board":
            for name in ("session__title", "board__room__name", "board__position", "board__label"):
                posters = posters.annotate(**{f"place_{name}": Subquery(presentations.values(name)[:1])})
                order.append(F(f"place_{name}").asc(nulls_last=True))
        return posters.order_by(*order, "number")

    @cached_property
    def did_you_mean(self) -> SearchQuery | None:
        """What was meant, where nothing is found and other words would find something."""
        if self.found_count or not self.search.wanted:
            return None
        posters = self.queryset.filter(self.condition(self._values_but("q")))
        return did_you_mean(self.search, posters=posters, conference=self.conference)

    def meant(self) -> QuerySet[Poster]:
        """The posters that the corrected words find, the most likely ones first."""
        posters = self.queryset.filter(self.condition(self._values_but("q")))
        return nearest_first(posters, query=self.did_you_mean or SearchQuery(), conference=self.conference)

    @property
    def query_meant(self) -> str:
        """The query string with the corrected words."""
        query = self.data.copy()
        query.pop("page", None)
        query["q"] = self.did_you_mean.text if self.did_you_mean else ""
        return f"?{query.urlencode()}"

    @cached_property
    def active(self) -> list[ActiveFilter]:
        """Each value that narrows the list, with the address that leaves it out."""
        active = []
        for name, value in self.values.items():
            labels = {"q": f"“{value}”"} if name == "q" else dict(self.filters[name].extra["choices"])
            for given in [value] if name == "q" else value:
                label = labels["q"] if name == "q" else labels[given]
                active.append(ActiveFilter(name, label, self.query_without(name, given)))
        return active

    @cached_property
    def ignored(self) -> list[str]:
        """What the address asks for and this conference does not have, in words."""
        ignored = [
            f"{self.filters[name].label} “{given[:60]}”"
            for name in FILTERS[1:]
            for given in dict.fromkeys(self.data.getlist(name))
            if given not in self.values.get(name, [])
        ]
        if self.data.get("q", "").strip() and not self.search:
            ignored.append("Search text without a letter or digit")
        if self.search.is_cut:
            ignored.append(f"Words after the first {MOST_WORDS}")
        return ignored

    @cached_property
    def menus(self) -> list[Menu]:
        """The filters that have something to choose."""
        counts = {choice.value: choice.poster_count for choice in self._decisions}
        menus = []
        for name in FILTERS[1:]:
            chosen = self.values.get(name, [])
            choices = [
                Choice(value, label, counts.get(value) if name == "decision" else None, value in chosen)
                for value, label in self.filters[name].extra["choices"]
            ]
            if len(choices) > 1 or chosen:
                menus.append(Menu(name, self.filters[name].label, choices))
        return menus

    def query_without(self, name: str, given: str) -> str:
        """The query string without one value, from the first page."""
        query = self.data.copy()
        query.pop("page", None)
        query.setlist(name, [value for value in query.getlist(name) if name != "q" and value != given])
        return f"?{query.urlencode()}" if query else "?"

    def ways_out(self) -> list[tuple[ActiveFilter, int]]:
        """For an empty list: each filter that, dropped alone, gives posters, and how many. One query."""
        if len(self.values) == 1:
            return [(self._without(*self.values), self.total_count)] if self.total_count else []
        counts = {
            f"without_{name}": Count(Case(When(self.condition(self._values_but(name)), then="pk")))
            for name in self.values
        }
        found = self.queryset.order_by().aggregate(**counts)
        return [(self._without(name), found[f"without_{name}"]) for name in self.values if found[f"without_{name}"]]

    def _values_but(self, name: str) -> dict[str, Any]:
        return {other: value for other, value in self.values.items() if other != name}

    def _without(self, name: str) -> ActiveFilter:
        """All values of one filter, and the query string without them."""
        query = self.data.copy()
        query.pop("page", None)
        query.pop(name, None)
        labels = ", ".join(active.label for active in self.active if active.name == name)
        return ActiveFilter(name, labels, f"?{query.urlencode()}")
