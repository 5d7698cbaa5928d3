"""By what an import recognises what it brought before (DESIGN.md, rule 6): identity is not a name."""

import hashlib
import unicodedata
from collections import ChainMap, Counter, defaultdict
from collections.abc import Collection, Container, Iterable, Sequence
from itertools import combinations
from typing import NamedTuple

from django.core.validators import slug_re
from django.utils.text import slugify

from posters.latex import to_text
from posters.models import Author, Conference, FormerAuthor
from posters.programme.records import AuthorRecord, PosterRecord, SessionRecord
from posters.programme.slugs import free_slug

LONGEST_SESSION_SLUG = 100
LONGEST_PERSON_SLUG = 120
MOST_COMPARED = 20
"""Posters of one name."""
STROKED = str.maketrans(
    {
        "ø": "o",
        "Ø": "O",
        "ł": "l",
        "Ł": "L",
        "đ": "d",
        "Đ": "D",
        "ß": "ss",
        "æ": "ae",
        "Æ": "AE",
        "œ": "oe",
        "ı": "i",
    }
)
"""Letters that no Unicode decomposition takes apart."""


def name_key(name: str) -> str:
    """A person's name as compared: composed letters, single spaces."""
    key = " ".join(unicodedata.normalize("NFC", name).split())
    return name if key == name else key  # of 60,000 names, not two copies each


def title_key(title: str) -> str:
    """A title as compared: LaTeX read, case and spaces ignored."""
    return " ".join(unicodedata.normalize("NFKC", to_text(title)).casefold().split())


def word_key(name: str) -> str:
    """A topic's or decision's name as compared: case and spaces ignored."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def source_key(record: PosterRecord) -> str:
    """Title and authors as the source gave them: it holds when an organiser edits either here."""
    authors = "\n".join(name_key(author.name).casefold() for author in record.authors)
    return hashlib.sha256(f"{title_key(record.title)}\n{authors}".encode()).hexdigest()


def unique_slug(text: str, taken: Container[str], *, fallback: str, longest: int = 90) -> str:
    """A slug for a text that no other has."""
    return free_slug(slugify(text.translate(STROKED))[:longest].strip("-") or fallback, taken)


def is_free_slug(text: str, taken: Container[str], *, longest: int) -> bool:
    """Whether a slug that the source gives can stay as it is, underscores and capitals too."""
    return text not in taken and len(text) <= longest and slug_re.match(text) is not None


def session_key(record: SessionRecord) -> str:
    """A session's slug: the one the source gives where it is one, else made of that or of its title."""
    is_slug = is_free_slug(record.slug, (), longest=LONGEST_SESSION_SLUG)
    return record.slug if is_slug else slug_from(record.slug or record.title)


def slug_from(text: str) -> str:
    """A session's slug from what a source calls it, the same each time."""
    slug = slugify(text.translate(STROKED))[:LONGEST_SESSION_SLUG].strip("-")
    return slug or f"session-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


class KnownPosters:
    """The posters of a conference, findable by what a record says of itself. Keys only: there may be 30,000."""

    def __init__(self, conference: Conference, records: Sequence[PosterRecord], source_ids: set[str]) -> None:
        """`source_ids` are all those of the records."""
        self.by_source_id: dict[str, int] = {}
        self.by_source_key: defaultdict[str, list[int]] = defaultdict(list)
        self.by_title: defaultdict[str, list[int]] = defaultdict(list)
        self.numbers: dict[int, int] = {}
        """By key."""
        self.imported: set[int] = set()
        """Those that came by an import, not by hand."""
        self.withdrawn: set[int] = set()
        self.found: set[int] = set()
        self.title_counts: Counter[str] = Counter()
        posters = conference.posters if conference.pk else None
        columns = ("pk", "number", "source_id", "source_key", "status")
        for pk, number, source_id, key, status in posters.values_list(*columns).iterator() if posters else ():
            self.numbers[pk] = number
            if source_id:
                self.by_source_id[source_id] = pk
            if key:
                self.by_source_key[key].append(pk)
            if source_id or key:
                self.imported.add(pk)
            if status == "withdrawn":
                self.withdrawn.add(pk)
        self.with_source_id = set(self.by_source_id.values())
        self.named = {pk for source_id, pk in self.by_source_id.items() if source_id in source_ids}
        """Those that the source names by their key there: nobody else's."""
        if posters and len(self.named) < len(records):
            # Else nobody asks for titles, and reading the LaTeX of 20,000 takes a while.
            for pk, title in posters.values_list("pk", "title").iterator():
                self.by_title[title_key(title)].append(pk)
            self.title_counts.update(title_key(record.title) for record in records)

    def find(self, record: PosterRecord, key: str) -> int | None:
        """The key of the poster a record speaks of; each is found once. `key` is the record's `source_key`.

        By source id; else by title and authors as last imported, even by another source with ids of its own; else by
        a title that only one poster and one record have, or that a poster of the same number has.
        """
        if record.source_id in self.by_source_id:
            pk: int | None = self.by_source_id[record.source_id]
        else:
            same = self._free(self.by_source_key.get(key, ()))
            if not record.authors:  # A title alone, such as “To be announced”, is not enough against two ids.
                same = [candidate for candidate in same if not self._has_another_id(candidate, record)]
            pk = self._numbered(same, record) or (same[0] if same else self._by_title(record))
        if pk is None or pk in self.found:
            return None
        self.found.add(pk)
        return pk

    def _by_title(self, record: PosterRecord) -> int | None:
        if not self.by_title:
            return None
        key = title_key(record.title)
        candidates = self.by_title.get(key, [])
        free = [pk for pk in self._free(candidates) if not self._has_another_id(pk, record)]
        if numbered := self._numbered(free, record):
            return numbered
        is_alone = key and len(candidates) == 1 and self.title_counts[key] == 1
        return free[0] if free and is_alone else None

    def alike(self, record: PosterRecord) -> int | None:
        """The number of a poster that only its id in another source keeps from being the record's."""
        if not self.by_title or not record.title or not record.source_id:
            return None
        candidates = self.by_title.get(title_key(record.title), ())
        return next((self.numbers[pk] for pk in candidates if pk in self.with_source_id and self._is_free(pk)), None)

    def _free(self, candidates: Iterable[int]) -> list[int]:
        """Those that are not found yet, and that the source does not name by their id."""
        return [pk for pk in candidates if self._is_free(pk)]

    def _is_free(self, pk: int) -> bool:
        return pk not in self.found and pk not in self.named

    def _has_another_id(self, pk: int, record: PosterRecord) -> bool:
        return bool(record.source_id) and pk in self.with_source_id

    def _numbered(self, candidates: Iterable[int], record: PosterRecord) -> int | None:
        return next((pk for pk in candidates if self.numbers[pk] == record.number), None)


class Person:
    """An author, light enough to hold all of a conference's. `pk` is None until written.

    `is_claimed` is whether the source was found to mean them by a slug it gives: no other slug is theirs.
    `former` is the key of the FormerAuthor that this is: an organiser has merged them into the one of that `pk`.
    """

    __slots__ = ("former", "is_claimed", "name", "pk", "slug", "source_id")

    def __init__(self, pk: int | None, name: str, slug: str, source_id: str, former: int | None = None) -> None:
        self.pk, self.name, self.slug, self.source_id = pk, name, slug, source_id
        self.former = former
        self.is_claimed = False

    def is_same_as(self, other: "Person") -> bool:
        """Whether both are one author, under whatever name."""
        return self is other or (self.pk is not None and self.pk == other.pk)


class KnownPeople:
    """The authors of a conference, by person id or else by name.

    New ones collect in `added`, those whose id became known in `adopted`, until they are written.
    """

    def __init__(self, conference: Conference) -> None:
        self.claimed: dict[str, Person | None] = {}
        """Slugs that the source gives to somebody; who that was found to be, perhaps under another slug here."""
        self.printed_ids: dict[str, str] = {}
        """Ids that the source gives to somebody, as keys and values: each is kept once."""
        self._other_names: dict[str, str] = {}
        """By id, of people known by it: the first name in the source that is not theirs here."""
        self._confirmed: set[str] = set()
        """Ids of people whom the source prints under the name they have here, too."""
        self.by_source_id: dict[str, Person] = {}
        self.by_name: defaultdict[str, list[Person]] = defaultdict(list)
        self.by_key: dict[int, Person] = {}
        self.slugs: dict[str, Person | None] = {}
        """What somebody has. Nobody else gets it, nor one that is claimed."""
        self.added: list[Person] = []
        self.adopted: list[Person] = []
        authors = Author.objects.filter(conference_id=conference.pk).order_by("pk")
        for row in authors.values_list("pk", "name", "slug", "source_id").iterator():
            person = Person(*row)
            self.by_key[row[0]] = person
            self._know(person)
        self.formers: defaultdict[int, list[Person]] = defaultdict(list)
        """Whom organisers have merged into an author, by that one's key. They are found as before, and mean the one."""
        formers = FormerAuthor.objects.filter(conference_id=conference.pk).order_by("pk")
        for key, former, name, slug, source_id in formers.values_list("author", "pk", "name", "slug", "source_id"):
            person = Person(key, name, slug, source_id, former)
            self.formers[key].append(person)
            self._know(person)

    def hear(self, record: PosterRecord) -> None:
        """Take note of whom a record names; of all of them, before anybody is looked for."""
        for author in record.authors:
            if author.slug:
                self.claimed.setdefault(author.slug)
            if not author.source_id:
                continue
            self.printed_ids.setdefault(author.source_id, author.source_id)
            if person := self.by_source_id.get(author.source_id):
                name = name_key(author.name)
                if name == name_key(person.name):
                    self._confirmed.add(author.source_id)
                else:
                    self._other_names.setdefault(author.source_id, name)

    def authors_of(self, record: PosterRecord, *, on_poster: Sequence[int]) -> list[Person]:
        """Whom a poster's list names, in order, nobody twice. `on_poster`: keys of those on it so far.

        Two of them are one author `as_now` where an organiser has merged them.
        """
        taken: list[Person] = []
        taken_ids: set[int] = set()
        named = {author.source_id for author in record.authors if author.source_id}
        for author in record.authors:
            person = self._find_or_add(author, on_poster=on_poster, taken=taken_ids, named=named)
            taken.append(person)
            taken_ids.add(id(person))
            if person.pk is not None and person.pk in self.formers and person.pk not in on_poster:
                # By another name alone nobody is taken off a poster on which the organiser has not seen them.
                taken_ids.update(map(id, self._all_of(person.pk)))
        return taken

    def as_now(self, person: Person) -> Person:
        """The author that somebody is since an organiser merged them."""
        return person if person.former is None else self.by_key[person.pk or 0]

    def _all_of(self, key: int) -> list[Person]:
        """An author, and those merged into them."""
        return [self.by_key[key], *self.formers.get(key, ())]

    def _find_or_add(
        self, record: AuthorRecord, *, on_poster: Sequence[int], taken: set[int], named: set[str]
    ) -> Person:
        """The person a poster's author is.

        Those `on_poster` come first where several share the name; `taken` are whom this poster's list has named
        before: the same name again is another person, and so is whoever it names by an id, of which `named` are
        all. A person known by name whose id a source now gives keeps their place; so does one known by an id of
        another source, which this one gives to nobody.
        """
        if record.source_id in self.by_source_id:
            return self.by_source_id[record.source_id]
        if not record.slug:
            return self._named_or_add(record, on_poster=on_poster, taken=taken, named=named)
        person = self.claimed[record.slug]
        if person is None or id(person) in taken:
            person = self._named_or_add(record, on_poster=on_poster, taken=taken, named=named)
            self.claimed[record.slug] = person
            person.is_claimed = True
        return person

    def _named_or_add(
        self, record: AuthorRecord, *, on_poster: Sequence[int], taken: set[int], named: set[str]
    ) -> Person:
        """The person of that slug or name who can be meant, else a new one."""
        same = [
            person
            for person in self._of_name(record, on_poster)
            if id(person) not in taken
            and not (record.source_id and person.source_id and not self._may_change_id(person, on_poster))
            and person.source_id not in named
            and (person.slug == record.slug or person.slug not in self.claimed)
            and not (record.slug and person.is_claimed)
        ]
        best = [person for person in same if record.slug and person.slug == record.slug]
        there = [person for person in same if person.pk in on_poster]
        best += sorted(there, key=lambda person: on_poster.index(person.pk or 0))
        if record.source_id:
            if not best:
                return self._add(record)
            self._adopt(best[0], record.source_id)
            return best[0]
        best += [person for person in same if not person.source_id]
        best += same if all(person.is_same_as(same[0]) for person in same) else []
        return best[0] if best else self._add(record)

    def _of_name(self, record: AuthorRecord, on_poster: Sequence[int]) -> Iterable[Person]:
        """People of that name; by an id alone only those on the poster can be meant, of however many there are."""
        if record.source_id and not record.slug:
            name = name_key(record.name)
            return [person for key in on_poster for person in self._all_of(key) if name_key(person.name) == name]
        return self.by_name.get(name_key(record.name), ())

    def _may_change_id(self, person: Person, on_poster: Sequence[int]) -> bool:
        return person.pk in on_poster and person.source_id not in self.printed_ids

    def _adopt(self, person: Person, source_id: str) -> None:
        """Somebody known by name has a key in the source now."""
        person.source_id = source_id
        self.by_source_id[source_id] = person
        if person.pk is not None:
            self.adopted.append(person)

    def renamed(self) -> list[tuple[Person, str]]:
        """Those whom the source prints by their id, but never under the name they have here, and their new name."""
        return [
            (self.by_source_id[source_id], name)
            for source_id, name in self._other_names.items()
            if source_id not in self._confirmed and self.by_source_id[source_id].former is None
        ]

    def rename(self, person: Person, name: str) -> None:
        """From now on they are found by their new name alone, as in the next import."""
        self.by_name[name_key(person.name)].remove(person)
        person.name = name
        self.by_name[name_key(name)].append(person)
        self.adopted.append(person)

    def _add(self, record: AuthorRecord) -> Person:
        if is_free_slug(record.slug, self.slugs, longest=LONGEST_PERSON_SLUG):
            slug = record.slug
        else:
            taken = ChainMap(self.slugs, self.claimed)
            slug = unique_slug(record.slug or to_text(record.name), taken, fallback="author")
        person = Person(None, name_key(record.name), slug, self.printed_ids.get(record.source_id, ""))
        self.added.append(person)
        self._know(person)
        return person

    def _know(self, person: Person) -> None:
        self.slugs.setdefault(person.slug, person)
        self.by_name[name_key(person.name)].append(person)
        if person.source_id:
            self.by_source_id.setdefault(person.source_id, person)


class Namesakes:
    """Names that stand on several posters with nothing else in common, neither a co-author nor an affiliation:
    perhaps two people. People with ids are known.
    """

    def __init__(self) -> None:
        self._shown: dict[str, list[tuple[str, Company]] | None] = {}
        """By name, with the posters' places; None once two of its posters have something in common."""

    def take(self, record: PosterRecord) -> None:
        """Look at the names on one more poster."""
        names = [name_key(author.name) for author in record.authors]
        # A set takes ten times the memory of a few names.
        everybody = tuple(names) if len(names) <= MOST_COMPARED else frozenset(names)
        for author, name in zip(record.authors, names, strict=True):
            if author.source_id or author.slug:
                continue
            shown = self._shown.setdefault(name, [])
            if shown is None:
                continue
            company = Company(everybody, author.affiliation.casefold())
            if len(shown) < MOST_COMPARED and any(other.has_in_common(company, name) for _, other in shown):
                self._shown[name] = None
            else:
                shown.append((record.place, company))

    def worth_a_look(self) -> dict[str, list[str]]:
        """The names, with the places of their posters."""
        return {
            name: [place for place, _ in shown]
            for name, shown in self._shown.items()
            if shown is not None and len(shown) > 1
        }


class Company(NamedTuple):
    """What stands beside a name on one poster; `names` are those of all its authors, as compared."""

    names: Collection[str]
    affiliation: str

    def has_in_common(self, other: "Company", name: str) -> bool:
        """Whether an affiliation or somebody beside that name stands on both."""
        if self.affiliation and self.affiliation == other.affiliation:
            return True
        return any(each != name and each in other.names for each in self.names)


def have_nothing_in_common(companies: Sequence[Company], name: str) -> bool:
    """Whether a name stands on several posters in company that never meets: perhaps two people of that name."""
    return len(companies) > 1 and not any(
        one.has_in_common(other, name) for one, other in combinations(companies[:MOST_COMPARED], 2)
    )
