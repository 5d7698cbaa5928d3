"""Search, filter and sort a conference's posters by the address alone: it can be kept and shared."""

import hashlib
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Any

import django_filters
from django import forms
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.text import Truncator

from posters.browse.chosen import MOST_CHOSEN, Chosen, read_chosen
from posters.browse.did_you_mean import corrections
from posters.browse.facets import Facet, PosterSet, Showing, facet_table, places_in, united
from posters.browse.listing import PosterRow, list_posters
from posters.browse.search import MOST_WORDS, Answer, SearchQuery, answers, nearest_first, read_query
from posters.models import Authorship, Conference, Poster, Presentation
from posters.models.base import PosterStatus

MENUS = ("day", "session", "topic", "decision", "format", "has", "author", "withdrawn")
FILTERS = ("q", "number", *MENUS)
PARAMETERS = (*FILTERS, "sort", "seed", "view", "page")
"""Every query parameter the list of posters knows."""
OF_A_SHOWING = ("session", "day", "format")
"""Filters that speak of a presentation: chosen together, they mean the same one."""

SORTS = {
    "relevance": "Relevance",
    "number": "Number",
    "board": "Board",
    "time": "Time",
    "title": "Title",
    "decision": "Decision",
    "shuffle": "Shuffled",
}
VIEWS = {"list": "Titles", "compact": "Compact", "abstracts": "With abstracts", "topics": "By topic"}
SHOW_WITHDRAWN = "show"
MOST_AUTHORS = 20
LONGEST_SEED = 40
LONGEST_LABEL = 60
"""Characters of a search text that are said again."""
CHOICES_AT_ONCE = 10
"""Choices of a filter that are shown; of more, the largest, and the others folded."""


@dataclass(frozen=True)
class Choice:
    """One choice of a filter, and how many posters there are with it and all other filters."""

    value: str
    label: str
    poster_count: int
    is_chosen: bool = False


@dataclass(frozen=True)
class ActiveFilter:
    """One value that the address sets, and the query string without it."""

    name: str
    label: str
    query: str


@dataclass(frozen=True)
class Menu:
    """A filter with what it has to choose from. `folded` holds the smaller ones of many choices."""

    name: str
    label: str
    choices: list[Choice]
    folded: list[Choice] = field(default_factory=list)

    @property
    def chosen_count(self) -> int:
        return sum(choice.is_chosen for choice in self.choices)


@dataclass(frozen=True)
class HeadedRows:
    """Rows under one heading, and how many there are of it on all pages. Without a label they need no heading."""

    label: str
    poster_count: int
    rows: list[PosterRow]


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
    """The filters of a list of posters. `ignored` names what the address asks for in vain.

    Values of one filter are alternatives, but for `has`: a poster must have all that is asked for. Withdrawn posters
    are hidden unless asked for. Which posters pass is known from the conference's facet table, not by a query;
    only search and authors ask the database.
    """

    q = SearchText(label="Search")
    session = KnownChoices(label="Session")
    day = KnownChoices(label="Day")
    topic = KnownChoices(label="Topic")
    decision = KnownChoices(label="Decision")
    format = KnownChoices(label="Format", choices=Presentation.Format.choices)
    has = KnownChoices(label="Has")
    author = KnownChoices(label="Author")
    withdrawn = KnownChoices(label="Withdrawn", choices=[(SHOW_WITHDRAWN, "Show withdrawn")])

    class Meta:
        model = Poster
        fields: list[str] = []

    def __init__(self, data: QueryDict, *, conference: Conference, among: Iterable[int] | None = None) -> None:
        """`among` leaves out all but these primary keys, and hides none of them: they are somebody's own choice."""
        super().__init__(data, queryset=Poster.objects.public().filter(conference=conference))
        self.conference = conference
        self.table = facet_table(conference)
        self.universe = self.table.everything if among is None else self.table.set_of(among)
        self.hidden = self.table.withdrawn if among is None else 0
        self.facets: dict[str, Sequence[Facet]] = {
            "topic": self.table.topics,
            "decision": self.table.decisions,
            "has": self.table.links,
            "author": self._named_authors(),
        }
        choices = {name: [(facet.slug, facet.label) for facet in facets] for name, facets in self.facets.items()}
        choices |= {"session": list(self.table.sessions.items()), "day": list(self.table.days.items())}
        for name, known in choices.items():
            self.filters[name].extra["choices"] = known

    def _named_authors(self) -> list[Facet]:
        """Of 30,000 authors those that the address names, by name."""
        slugs = [slug for slug in self.data.getlist("author") if "\0" not in slug][:MOST_AUTHORS]
        if not slugs:
            return []
        written = Authorship.objects.filter(author__conference=self.conference, author__slug__in=slugs)
        written = written.exclude(poster__status=PosterStatus.DRAFT).order_by("author__name", "author__slug")
        keys: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
        for slug, name, key in written.values_list("author__slug", "author__name", "poster"):
            keys[slug, name].append(key)
        return [Facet(slug, name, self.table.set_of(found)) for (slug, name), found in keys.items()]

    # Which posters pass

    @cached_property
    def values(self) -> dict[str, Any]:
        """What each filter is set to, without those that are not set."""
        if not self.data:
            return {}  # The list that everybody opens first: no form is made to read nothing.
        self.form.is_valid()
        values = {name: self.form.cleaned_data.get(name) for name in FILTERS}
        values |= {"q": self.search.text, "number": self.chosen.text}
        return {name: value for name, value in values.items() if value}

    @cached_property
    def search(self) -> SearchQuery:
        """What the search text asks for."""
        return read_query(self.data.get("q", ""))

    @cached_property
    def chosen(self) -> Chosen:
        """The posters that the address names one by one."""
        return read_chosen(" ".join(self.data.getlist("number")))

    @cached_property
    def _keys_chosen(self) -> dict[int, int]:
        """Their primary keys, by number; without those that are not there."""
        return dict(self.queryset.filter(number__in=self.chosen.numbers).values_list("number", "pk"))

    @cached_property
    def _answer(self) -> Answer:
        return answers([self.search])[0]

    def _finding(self, answer: Answer) -> PosterSet:
        """Posters in which the words are found."""
        found = self.table.everything if answer.wanted is None else self.table.set_of(answer.wanted)
        return found & ~self.table.set_of(answer.excluded)

    @cached_property
    def _matching(self) -> PosterSet:
        return self._finding(self._answer)

    def _nearest_first(self, posters: PosterSet, answer: Answer) -> list[int]:
        """Primary keys of the posters, which the answer finds, the likeliest first."""
        return nearest_first(self.table.keys_of(posters), answer=answer, conference=self.conference)

    def _passing(self, values: dict[str, Any]) -> PosterSet:
        """Posters that pass all of these filters."""
        passing = self.universe
        if "withdrawn" not in values:
            passing &= ~self.hidden
        if "q" in values:
            passing &= self._matching
        if "number" in values:
            passing &= self.table.set_of(self._keys_chosen.values())
        for name in ("topic", "decision", "author"):
            if name in values:
                passing &= united(facet.posters for facet in self.facets[name] if facet.slug in values[name])
        for facet in self.facets["has"]:
            if facet.slug in values.get("has", []):
                passing &= facet.posters
        if any(name in values for name in OF_A_SHOWING):
            passing &= united(showing.posters for showing in self._showings(values))
        return passing

    def _showings(self, values: dict[str, Any]) -> Iterator[Showing]:
        """Presentations that are what the filters of a showing ask for, in time order."""
        asked = [name for name in OF_A_SHOWING if name in values]
        return (
            showing for showing in self.table.showings if all(getattr(showing, name) in values[name] for name in asked)
        )

    @cached_property
    def found(self) -> PosterSet:
        return self._passing(self.values)

    @cached_property
    def found_count(self) -> int:
        """How many posters pass."""
        return self.found.bit_count()

    @cached_property
    def total_count(self) -> int:
        """How many there are with no filter but the choice to see withdrawn ones."""
        return self._passing({name: value for name, value in self.values.items() if name == "withdrawn"}).bit_count()

    def filter_queryset(self, queryset: QuerySet[Poster]) -> QuerySet[Poster]:
        return queryset.filter(pk__in=self.keys)

    # In which order, and how they are shown

    @property
    def sorts(self) -> dict[str, str]:
        """The orders there are, the one without being asked first: by relevance where words are searched for."""
        return {name: label for name, label in SORTS.items() if name != "relevance" or self.search.wanted}

    @property
    def sort(self) -> str:
        given = self.data.get("sort", "")
        return given if given in self.sorts else next(iter(self.sorts))

    @property
    def view(self) -> str:
        given = self.data.get("view", "")
        return given if given in VIEWS else "list"

    @property
    def seed(self) -> str:
        """What the shuffled order is drawn from."""
        return self.data.get("seed", "")[:LONGEST_SEED]

    @cached_property
    def keys(self) -> list[int]:
        """The primary keys of the posters that pass, in the order asked for."""
        if self.sort == "relevance":
            keys = self._nearest_first(self.found, self._answer)
        elif self.sort == "number":
            keys = self.table.keys_of(self.found)
        else:
            keys = [self.table.keys[place] for place in self._in_order()]
        if self.view == "topics":
            unnamed = len(self.table.topics)
            keys.sort(key=lambda key: self._headings.get(self.table.places[key], unnamed))
        return keys

    def _in_order(self) -> list[int]:
        """The places of the posters that pass, by anything but number and relevance."""
        if self.sort == "title":
            found = set(places_in(self.found))
            return [place for place in self.table.by_title if place in found]
        if self.sort == "decision":
            return self._one_after_another(facet.posters for facet in self.table.decisions)
        if self.sort == "time":
            return self._one_after_another(_by_time(self._showings(self.values)))
        if self.sort == "board":
            return self._along_the_boards()
        drawn = array("Q", hashlib.shake_128(self.seed.encode()).digest(8 * len(self.table.keys)))
        return sorted(places_in(self.found), key=drawn.__getitem__)

    def _one_after_another(self, sets: Iterable[PosterSet]) -> list[int]:
        """What was found of each set that was in none before; then the rest."""
        places: list[int] = []
        left = self.found
        for posters in (*sets, left):
            places += places_in(left & posters)
            left &= ~posters
        return places

    def _along_the_boards(self) -> list[int]:
        """By each poster's first presentation, among those of the sessions that the filters leave."""
        sessions = {showing.session for showing in self._showings(self.values)}
        found = places_in(self.found)
        left = set(found)
        walked = dict.fromkeys(p for p, session in self.table.along_the_boards if session in sessions and p in left)
        return [*walked, *(place for place in found if place not in walked)]

    @cached_property
    def _heading_topics(self) -> list[Facet]:
        """Under which topics the view by topic puts posters: those chosen first, then by name."""
        chosen = self.values.get("topic", [])
        return sorted(self.table.topics, key=lambda facet: facet.slug not in chosen)

    @cached_property
    def _headings(self) -> dict[int, int]:
        """For each poster found, the first of these topics that it has."""
        headings: dict[int, int] = {}
        left = self.found
        for heading, facet in enumerate(self._heading_topics):
            headings |= dict.fromkeys(places_in(left & facet.posters), heading)
            left &= ~facet.posters
        return headings

    def grouped(self, keys: Sequence[int]) -> list[HeadedRows]:
        """A page's rows; in the view by topic under their topics, each once, under the first it has."""
        rows = list_posters(keys)
        if self.view != "topics" or not self.found:
            return [HeadedRows("", len(rows), rows)] if rows else []
        unnamed = len(self._heading_topics)
        sizes = Counter(self._headings.values())
        sizes[unnamed] = self.found_count - len(self._headings)
        groups: dict[int, list[PosterRow]] = {}
        for row in rows:
            groups.setdefault(self._headings.get(self.table.places[row.key], unnamed), []).append(row)
        names = [*(facet.label for facet in self._heading_topics), "No topic"]
        return [HeadedRows(names[heading], sizes[heading], found) for heading, found in groups.items()]

    # What was meant, where nothing is found

    @cached_property
    def did_you_mean(self) -> SearchQuery | None:
        """Other words that would find something with all other filters, where these find nothing."""
        return self._meant[0]

    @property
    def meant_keys(self) -> list[int]:
        """The primary keys of what they would find, the likeliest first."""
        return self._meant[1]

    @cached_property
    def _meant(self) -> tuple[SearchQuery | None, list[int]]:
        if self.found_count or not self.search.wanted:
            return None, []
        meant = (answer for answer in corrections(self.search, conference=self.conference) if self._finding(answer))
        for answer in islice(meant, 1):
            if found := self._passing(self._values_but("q")) & self._finding(answer):
                return answer.query, self._nearest_first(found, answer)
        return None, []

    @property
    def query_meant(self) -> str:
        """The query string with those words."""
        return self._query("q", self.did_you_mean.text if self.did_you_mean else "")

    # What the form shows

    @cached_property
    def menus(self) -> list[Menu]:
        """The filters that have something to choose, each choice with its count."""
        menus = []
        for name in MENUS:
            counts = self._counts(name)
            chosen = self.values.get(name, [])
            labels = self.filters[name].extra["choices"]
            choices = [
                Choice(value, label, counts[value], value in chosen)
                for value, label in labels
                if counts[value] or value in chosen
            ]
            if chosen or (choices and (len(labels) > 1 or name == "withdrawn")):
                menus.append(_menu(name, self.filters[name].label, choices))
        return menus

    def _counts(self, name: str) -> dict[str, int]:
        """For each choice of a filter, how many posters pass with it and all other filters."""
        others = self._values_but(name)
        found: defaultdict[str, PosterSet] = defaultdict(int)
        if name == "withdrawn":
            found[SHOW_WITHDRAWN] = self._passing({**others, name: [SHOW_WITHDRAWN]}) & self.hidden
        elif name == "has":
            found |= {facet.slug: self.found & facet.posters for facet in self.facets[name]}
        elif name in OF_A_SHOWING:
            passing = self._passing({other: others[other] for other in others if other not in OF_A_SHOWING})
            for showing in self._showings(others):
                found[getattr(showing, name)] |= showing.posters & passing
        else:
            passing = self._passing(others)
            found |= {facet.slug: facet.posters & passing for facet in self.facets[name]}
        return defaultdict(int, {value: posters.bit_count() for value, posters in found.items()})

    @property
    def chosen_count(self) -> int:
        """How many choices are set besides the search."""
        return sum(active.name != "q" for active in self.active)

    @cached_property
    def active(self) -> list[ActiveFilter]:
        """Each value that the address sets, with the address that leaves it out."""
        active = []
        for name, value in self.values.items():
            if name in MENUS:
                labels = dict(self.filters[name].extra["choices"])
                active += [ActiveFilter(name, labels[given], self.query_without(name, given)) for given in value]
            else:
                active.append(ActiveFilter(name, self._label_of_text(name), self._query(name)))
        return active

    def _label_of_text(self, name: str) -> str:
        """What a filter that is no menu is set to, in words."""
        if name == "q":
            return f"“{Truncator(self.search.text).chars(LONGEST_LABEL)}”"
        count = len(self.chosen.numbers)
        return f"{count} chosen posters" if count > 1 else f"Poster {self.chosen.text}"

    @cached_property
    def ignored(self) -> list[str]:
        """What the address asks for and this conference does not have, in words."""
        ignored = [
            f"{self.filters[name].label} “{given[:60]}”"
            for name in MENUS
            for given in dict.fromkeys(self.data.getlist(name))
            if given not in self.values.get(name, [])
        ]
        if self.data.get("q", "").strip() and not self.search:
            ignored.append("Search text without a letter or digit")
        if self.search.is_cut:
            ignored.append(f"Words after the first {MOST_WORDS}")
        if self.chosen.unread:
            ignored.append(f"Number “{' '.join(self.chosen.unread)[:60]}”")
        if missing := [str(number) for number in self.chosen.numbers if number not in self._keys_chosen]:
            ignored.append(f"Number {', '.join(missing[:5])}{f' and {len(missing) - 5} more' if missing[5:] else ''}")
        if self.chosen.is_cut:
            ignored.append(f"Numbers after the first {MOST_CHOSEN}")
        return ignored

    @property
    def query(self) -> str:
        """The query string, from the first page."""
        return self._query("page")

    @property
    def query_without_filters(self) -> str:
        """The query string that keeps order and view, and what else is chosen is gone."""
        return self._query_only("")

    def query_without(self, name: str, given: str) -> str:
        """The query string without one value, from the first page."""
        query = self.data.copy()
        query.pop("page", None)
        query.setlist(name, [value for value in query.getlist(name) if value != given])
        return f"?{query.urlencode()}"

    @cached_property
    def ways_out(self) -> list[tuple[str, str, int]]:
        """For an empty list: what to change so that there are posters, the address, and how many.

        Where no single change does it, what is found by each filter alone.
        """
        ways = [
            (f"Without {self._labels(name)}", self._query(name), self._passing(self._values_but(name)).bit_count())
            for name in self.values
            if name != "withdrawn"
        ]
        if "withdrawn" not in self.values:
            shown = self._passing({**self.values, "withdrawn": [SHOW_WITHDRAWN]})
            ways.append(("With withdrawn posters", self._query("withdrawn", SHOW_WITHDRAWN), shown.bit_count()))
        alone = [
            (f"Only {self._labels(name)}", self._query_only(name), self._passing({name: value}).bit_count())
            for name, value in self.values.items()
            if name != "withdrawn"
        ]
        return [way for way in ways if way[2]] or [way for way in alone if way[2]]

    def _values_but(self, name: str) -> dict[str, Any]:
        return {other: value for other, value in self.values.items() if other != name}

    def _labels(self, name: str) -> str:
        return ", ".join(active.label for active in self.active if active.name == name)

    def _query_only(self, kept: str) -> str:
        """The query string that keeps order, view and one filter."""
        query = self.data.copy()
        for name in (*FILTERS, "page"):
            if name != kept:
                query.pop(name, None)
        return f"?{query.urlencode()}"

    def _query(self, name: str, *values: str) -> str:
        """The query string with these values of one filter and no others, from the first page."""
        query = self.data.copy()
        query.pop("page", None)
        query.setlist(name, list(values))
        return f"?{query.urlencode()}"


def _by_time(showings: Iterable[Showing]) -> Iterator[PosterSet]:
    """Posters that are shown at the same time, time by time."""
    at_once: dict[Any, PosterSet] = {}
    for showing in showings:
        at_once[showing.starts_at] = at_once.get(showing.starts_at, 0) | showing.posters
    return iter(at_once.values())


def _menu(name: str, label: str, choices: list[Choice]) -> Menu:
    """The largest choices and the chosen ones to be seen at once, in their order."""
    largest = sorted(choices, key=lambda choice: (not choice.is_chosen, -choice.poster_count))[:CHOICES_AT_ONCE]
    seen = {choice.value for choice in largest} | {choice.value for choice in choices if choice.is_chosen}
    return Menu(
        name,
        label,
        [choice for choice in choices if choice.value in seen],
        [choice for choice in choices if choice.value not in seen],
    )
