"""By what an import recognises what it brought before (DESIGN.md, rule 6): identity is not a name."""

import hashlib
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from django.utils.text import slugify

from posters.latex import to_text
from posters.models import Author, Poster
from posters.programme.records import PosterRecord

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
    return " ".join(unicodedata.normalize("NFC", name).split())


def title_key(title: str) -> str:
    """A title as compared: LaTeX read, case and spaces ignored."""
    return " ".join(unicodedata.normalize("NFKC", to_text(title)).casefold().split())


def source_key(record: PosterRecord) -> str:
    """Title and authors as the source gave them: it holds when an organiser edits either here."""
    authors = "\n".join(name_key(author.name).casefold() for author in record.authors)
    return hashlib.sha256(f"{title_key(record.title)}\n{authors}".encode()).hexdigest()


def unique_slug(text: str, taken: set[str], *, fallback: str, longest: int = 90) -> str:
    """A slug for a text that no other has; added to `taken`."""
    base = slugify(text.translate(STROKED))[:longest].strip("-") or fallback
    slug, number = base, 2
    while slug in taken:
        slug, number = f"{base}-{number}", number + 1
    taken.add(slug)
    return slug


class KnownPosters:
    """The posters of a conference, findable by what a record says of itself."""

    def __init__(self, posters: Sequence[Poster], records: Sequence[PosterRecord]) -> None:
        self.by_source_id = {poster.source_id: poster for poster in posters if poster.source_id}
        self.by_source_key = {poster.source_key: poster for poster in posters if poster.source_key}
        self.by_title: defaultdict[str, list[Poster]] = defaultdict(list)
        self.title_counts: Counter[str] = Counter()
        self.found: set[int] = set()
        self.source_ids_seen: set[str] = set()
        """Of the records so far."""
        if all(record.source_id in self.by_source_id for record in records):
            return  # Nobody will ask for titles, and reading the LaTeX of 20,000 takes a while.
        for poster in posters:
            self.by_title[title_key(poster.title)].append(poster)
        self.title_counts.update(title_key(record.title) for record in records)

    def find(self, record: PosterRecord) -> Poster | None:
        """The poster a record speaks of; each is found once.

        By source id, else by title and authors as last imported, else by a title that only one poster and
        one record have.
        """
        if record.source_id and record.source_id in self.by_source_id:
            poster: Poster | None = self.by_source_id[record.source_id]
        else:
            poster = self.by_source_key.get(source_key(record)) or self._by_title(record)
            if poster is not None and poster.source_id and record.source_id:
                poster = None
        if poster is None or poster.pk in self.found:
            return None
        self.found.add(poster.pk)
        return poster

    def _by_title(self, record: PosterRecord) -> Poster | None:
        key = title_key(record.title)
        candidates = self.by_title[key]
        return candidates[0] if key and len(candidates) == 1 and self.title_counts[key] == 1 else None


class KnownAuthors:
    """The authors of a conference, by person id or else by name; new ones are collected in `added`."""

    def __init__(self, conference_id: int, authors: Iterable[Author]) -> None:
        self.conference_id = conference_id
        self.by_source_id: dict[str, Author] = {}
        self.by_name: defaultdict[str, list[Author]] = defaultdict(list)
        self.slugs: set[str] = set()
        self.added: list[Author] = []
        for author in authors:
            self._know(author)

    def find_or_add(self, name: str, *, source_id: str, on_poster: set[int], taken: list[Author]) -> Author:
        """The person printed on a poster.

        `on_poster` are the keys of those already on it, who come first where several share the name; `taken`
        are those this poster's list has named before: the same name again is another person.
        """
        if source_id:
            return self.by_source_id.get(source_id) or self._add(name, source_id)
        free = [author for author in self.by_name[name_key(name)] if all(author is not other for other in taken)]
        known = [author for author in free if author.pk in on_poster]
        return known[0] if known else free[0] if free else self._add(name, "")

    def _add(self, name: str, source_id: str) -> Author:
        slug = unique_slug(to_text(name), self.slugs, fallback="author")
        author = Author(conference_id=self.conference_id, name=name_key(name), slug=slug, source_id=source_id)
        self.added.append(author)
        self._know(author)
        return author

    def _know(self, author: Author) -> None:
        self.slugs.add(author.slug)
        if author.source_id:
            self.by_source_id[author.source_id] = author
        else:
            self.by_name[name_key(author.name)].append(author)
