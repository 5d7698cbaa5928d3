"""Who: presenters that cannot be everywhere, and names that are not persons (DESIGN.md, rule 6)."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from django.db.models import Q

from posters.browse.family_names import index_key
from posters.models import Author, Authorship, Conference, Poster
from posters.models.base import PosterStatus
from posters.programme.checks.finding import Finding, Severity, form_of, list_of, merge_of
from posters.programme.checks.overlaps import overlapping
from posters.programme.checks.places import presentations_standing
from posters.programme.identity import Company, have_nothing_in_common

COMPARED = 20
"""People of one name that are compared with each other; nobody has more namesakes whom one could tell apart here."""


@dataclass(frozen=True, slots=True)
class Duty:
    """A time at which somebody has to stand at a poster."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    poster: int
    number: int
    session: str
    is_marked: bool


def presenters_in_two_places(conference: Conference) -> Iterator[Finding]:
    """People who would have to stand at two places at once: the only presenter marked, else the first author.

    A poster with several presenters can do with any of them.
    """
    presenters = _only_presenters(conference)
    timed = presentations_standing(conference).exclude(session__starts_at=None)
    columns = ("poster", "poster__number", "session__title", "session__starts_at", "session__ends_at")
    duties: defaultdict[tuple[int, str], list[Duty]] = defaultdict(list)
    rows = timed.values_list(*columns, "presenter_starts_at", "presenter_ends_at")
    for poster, number, title, starts_at, ends_at, stands_from, stands_until in rows.iterator():
        if poster in presenters:
            author, name, is_marked = presenters[poster]
            duty = Duty(stands_from or starts_at, stands_until or ends_at, poster, number, title, is_marked)
            duties[author, name].append(duty)
    for (_, name), its in duties.items():
        for group in overlapping(its):
            yield _in_two_places(conference, name, group)


def _only_presenters(conference: Conference) -> dict[int, tuple[int, str, bool]]:
    """By poster: who alone can stand there, their name, and whether they are marked as presenter."""
    candidates = Authorship.objects.filter(Q(is_presenter=True) | Q(position=1), poster__conference=conference)
    marked: defaultdict[int, list[tuple[int, str, bool]]] = defaultdict(list)
    first: dict[int, tuple[int, str, bool]] = {}
    rows = candidates.order_by("poster", "position").values_list("poster", "author", "author__name", "is_presenter")
    for poster, author, name, is_presenter in rows.iterator():
        if is_presenter:
            marked[poster].append((author, name, True))
        else:
            first[poster] = (author, name, False)
    alone = {poster: people[0] for poster, people in marked.items() if len(people) == 1}
    return {poster: person for poster, person in first.items() if poster not in marked} | alone


def _in_two_places(conference: Conference, name: str, duties: Sequence[Duty]) -> Finding:
    keys = tuple(dict.fromkeys(duty.poster for duty in duties))
    places = " and ".join(f"poster {duty.number} in “{duty.session}”" for duty in duties)
    if all(duty.is_marked for duty in duties):
        severity, message = Severity.WARNS, f"{name} presents {places} at the same time."
    else:
        severity = Severity.HINT
        message = f"{name} would have to be at {places} at the same time, unless another author presents."
    return Finding(severity, message, "poster", keys, list_of(Poster, conference, keys))


@dataclass(slots=True)
class Person:
    """An author with the company they are printed in."""

    key: int
    name: str
    sorted_by: str
    source_id: str
    posters: list[int] = field(default_factory=list)
    companies: list[Company] = field(default_factory=list)

    def meets(self, other: "Person") -> bool:
        """Whether both are printed beside the same people or with the same affiliation."""
        pairs = ((one, two) for one in self.companies[:COMPARED] for two in other.companies[:COMPARED])
        return any(one.has_in_common(two, self.sorted_by) for one, two in pairs)


def _people(conference: Conference, *, are_namesakes: bool) -> list[Person]:
    """The authors of posters that stand, all or those who share their name, each with their company, in two queries."""
    authors = Author.objects.filter(conference=conference).order_by("name", "pk").values_list("pk", "name", "source_id")
    people = {key: Person(key, name, index_key(name), source_id) for key, name, source_id in authors.iterator()}
    counts = Counter(person.sorted_by for person in people.values())
    wanted = {key for key, person in people.items() if not are_namesakes or counts[person.sorted_by] > 1}
    printed = Authorship.objects.filter(poster__conference=conference).exclude(poster__status=PosterStatus.WITHDRAWN)
    on_posters: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    for poster, author, affiliation in printed.order_by().values_list("poster", "author", "affiliation").iterator():
        on_posters[poster].append((author, affiliation))
    for poster, authors_there in on_posters.items():
        if wanted.isdisjoint(author for author, _ in authors_there):
            continue
        names = frozenset(people[author].sorted_by for author, _ in authors_there)
        for author, affiliation in authors_there:
            people[author].posters.append(poster)
            people[author].companies.append(Company(names, affiliation.casefold()))
    return [person for key, person in people.items() if key in wanted and person.posters]


def one_person_twice(conference: Conference) -> Iterator[Finding]:
    """Names that stand more than once, accents and order of the parts apart.

    Two people whom the source tells apart by ids are only taken for one where they meet in a co-author or
    affiliation, and two on one poster never.
    """
    by_name: defaultdict[str, list[Person]] = defaultdict(list)
    for person in _people(conference, are_namesakes=True):
        by_name[person.sorted_by].append(person)
    for namesakes in by_name.values():
        by_key = {person.key: person for person in namesakes}
        doubtful: dict[int, str] = {}
        do_meet = False
        for one, other in combinations(namesakes[:COMPARED], 2):
            if set(one.posters) & set(other.posters):
                continue
            meet = one.meets(other)
            if meet or not (one.source_id and other.source_id):
                doubtful |= {one.key: one.name, other.key: other.name}
                do_meet = do_meet or meet
        if doubtful:
            names = list(dict.fromkeys(doubtful.values()))
            told = " and ".join(f"“{name}”" for name in names)
            stands = f"{told} stands {len(doubtful)} times" if len(names) == 1 else f"{told} stand"
            why = ", with a co-author or an affiliation in common" if do_meet else ""
            message = f"{stands} among the authors{why}: perhaps one person."
            keys = tuple(doubtful)
            severity = Severity.WARNS if do_meet else Severity.HINT
            # Who has most posters stays, as where an organiser chooses them in the list.
            kept = max(keys, key=lambda key: (len(by_key[key].posters), -key))
            fix = merge_of(kept, (key for key in keys if key != kept))
            yield Finding(severity, message, "author", keys, fix)


def two_persons_in_one(conference: Conference) -> Iterator[Finding]:
    """Authors whose posters have nothing else in common. Whom the source knows by an id is one person."""
    if not conference.authors.filter(source_id="").exists():
        return
    for person in _people(conference, are_namesakes=False):
        if not person.source_id and have_nothing_in_common(person.companies, person.sorted_by):
            count = len(person.posters)
            message = f"“{person.name}” has {count} posters with no co-author or affiliation in common: two persons?"
            yield Finding(Severity.HINT, message, "author", (person.key,), form_of(Author, person.key))
