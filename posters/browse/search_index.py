"""Keeps the search index as the programme is, in the transaction of each change, by whatever door it comes.

Not by triggers: Django rebuilds tables in SQLite migrations, and a trigger would be lost with the old one.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.apps import AppConfig
from django.apps import apps as installed
from django.apps.registry import Apps
from django.db import connection, models
from django.db.models.signals import post_migrate

from posters.browse.words import GAP, Stems, words_shown
from posters.models import (
    Author,
    Authorship,
    Board,
    Change,
    Conference,
    Link,
    Poster,
    PosterTopic,
    Presentation,
    Topic,
)
from posters.models.base import ROW, PosterStatus, ProgrammeModel
from posters.models.rows import insert_rows
from posters.models.search import LABELS, MARKS, WEIGHTS, PosterText, SearchWord
from posters.programme.revision import programme_change

BATCH = 250
"""Posters indexed together: keeps memory flat however many there are."""
LONGEST_FIELD = 3_000
"""Words of a field that are indexed; PostgreSQL counts places up to 16,383 in all of a document."""
SHORTEST_SUGGESTION = 3
SAID_BY: dict[type[ProgrammeModel], tuple[type[ProgrammeModel], str]] = {
    Author: (Authorship, "author"),
    Topic: (PosterTopic, "topic"),
    Board: (Presentation, "board"),
}
"""Whose rows stand on posters under their name: by which model, and by which of its fields."""
READ: dict[type[ProgrammeModel], frozenset[str]] = {
    Poster: frozenset({"conference_id", "number", "title", "keywords", "abstract", "source_id"}),
    Authorship: frozenset({"poster_id", "author_id", "affiliation"}),
    PosterTopic: frozenset({"poster_id", "topic_id"}),
    Presentation: frozenset({"poster_id", "board_id"}),
    **{model: frozenset({name}) for model, name in ((Author, "name"), (Topic, "name"), (Board, "label"))},
}
"""The columns that documents are made of. Of a poster's status it matters only whether it is a draft."""


@dataclass(frozen=True, slots=True)
class Document:
    """What is known of one poster: the words of each field, with a GAP where no phrase goes on."""

    poster: int
    conference: int
    fields: dict[str, list[str]]

    def vocabulary(self) -> list[str]:
        """Its words that somebody may have meant who wrote another, each once."""
        words = dict.fromkeys(chain.from_iterable(its for name, its in self.fields.items() if name != "identifiers"))
        return [word for word in filter(str.isalpha, words) if len(word) >= SHORTEST_SUGGESTION]


def listen(app: AppConfig) -> None:
    """Hear of migrations."""
    post_migrate.connect(_on_migration, sender=app, dispatch_uid="search-index")


def index_change(
    touched: dict[type[ProgrammeModel], Collection[Any]],
    columns: dict[type[ProgrammeModel], set[str]],
    posters: set[int],
) -> None:
    """Bring the index up to a change that wrote these columns of these rows, which are, or hang on, these posters."""
    if any(_is_read(model, names) for model, names in columns.items()):
        index_posters(sorted(posters.union(*(_posters_under(model, touched.get(model, ())) for model in SAID_BY))))
    elif "status" in columns.get(Poster, ()):
        index_posters(_wrongly_in_or_out(sorted(posters)))


def _is_read(model: type[ProgrammeModel], names: set[str]) -> bool:
    """Whether a change of these columns may be one of documents. With most rows others go; a link is in none."""
    return not READ.get(model, frozenset()).isdisjoint(names) or (ROW in names and model is not Link)


def _wrongly_in_or_out(keys: list[int]) -> list[int]:
    """Those of the posters that became drafts or cease to be: no other text is read again."""
    wrong: set[int] = set()
    for some in _in_parts(keys, 5_000):
        shown = Poster.objects.filter(pk__in=some).exclude(status=PosterStatus.DRAFT)
        wrong.update(
            {*shown.values_list("pk", flat=True)}
            ^ {*PosterText.objects.filter(pk__in=some).values_list("pk", flat=True)}
        )
    return sorted(wrong)


def _on_migration(apps: Apps | None = None, **_: Any) -> None:
    """Fill an index that has just been made for a programme that was here before it. Flushing has no `apps`."""
    if apps is not None and _is_up_to_date(apps) and not PosterText.objects.exists() and Poster.objects.exists():
        rebuild_search_index()


def _is_up_to_date(migrated: Apps) -> bool:
    """Whether the tables have every column that today's models read: not on the way back to an older release."""
    made = migrated.all_models["posters"]
    return all(
        name in made and _column_names(model) <= _column_names(made[name])
        for name, model in installed.all_models["posters"].items()
    )


def _column_names(model: type[models.Model]) -> set[str | None]:
    return {field.column for field in model._meta.local_concrete_fields}


def _posters_under(model: type[ProgrammeModel], keys: Collection[Any]) -> set[int]:
    """The posters on which the model's rows stand."""
    link, name = SAID_BY[model]
    found: set[int] = set()
    for some in _in_parts(sorted(set(keys)), 5_000):
        rows: models.QuerySet[Any] = models.QuerySet(link)
        found.update(rows.filter(**{f"{name}__in": some}).values_list("poster", flat=True).iterator())
    return found


def rebuild_search_index(*, conference: Conference | None = None) -> int:
    """Index a conference, or all of them, anew; returns the number of posters looked at.

    For after a restore, or whatever else wrote past Django. Raises the revision: kept pages may show another list.
    """
    posters = Poster.objects.order_by("pk")
    written, words = PosterText.objects.all(), SearchWord.objects.all()
    if conference is not None:
        posters = posters.filter(conference=conference)
        written = written.filter(conference_key=conference.pk)
        words = words.filter(conference=conference)
    with programme_change(source=Change.Source.COMMAND) as change:
        written.delete()
        words.delete()
        keys = list(posters.values_list("pk", flat=True))
        change.conferences |= set(posters.order_by().values_list("conference", flat=True).distinct())
        index_posters(keys)
    return len(keys)


def index_posters(keys: list[int]) -> None:
    """Bring the index to what these posters are now; those that are gone, or drafts, leave it."""
    counts: defaultdict[int, Counter[str]] = defaultdict(Counter)
    stems = Stems()
    for some in _in_parts(keys, BATCH):
        _take_out(some, counts)
        _put_in(_documents(some), counts, stems)
    for conference, counted in counts.items():
        if changes := {word: change for word, change in sorted(counted.items()) if change}:
            _count_words(conference, changes)


def _documents(keys: list[int]) -> Iterator[Document]:
    """What the posters are now, in four queries; only these are made at once, the words as they are asked for.

    The keys are in order.
    """
    people = _by_poster(keys, Authorship, "author__name", "affiliation")
    topics, boards = _by_poster(keys, PosterTopic, "topic__name"), _by_poster(keys, Presentation, "board__label")
    columns = ("pk", "conference", "number", "title", "keywords", "abstract", "source_id")
    posters = Poster.objects.filter(pk__in=keys).exclude(status=PosterStatus.DRAFT).order_by()
    rows = list(posters.values_list(*columns))

    def document(
        key: int, conference: int, number: int, title: str, keywords: str, abstract: str, source_id: str
    ) -> Document:
        texts: dict[str, Iterable[str]] = {
            "title": [title],
            "authors": [name for name, _ in people[key]],
            "subjects": [*keywords.split(";"), *(name for (name,) in topics[key])],
            "affiliations": dict.fromkeys(affiliation for _, affiliation in people[key]),
            "identifiers": [str(number), source_id, *(label for (label,) in boards[key] if label)],
            "abstract": [abstract],
        }
        return Document(key, conference, {name: words_shown(texts[name])[:LONGEST_FIELD] for name in WEIGHTS})

    return (document(*row) for row in rows)


def _by_poster(keys: list[int], model: type[ProgrammeModel], *columns: str) -> defaultdict[int, list[list[str]]]:
    """Columns of what hangs on posters, whose keys are in order."""
    found: defaultdict[int, list[list[str]]] = defaultdict(list)
    rows: models.QuerySet[Any] = models.QuerySet(model)
    # By the list alone, PostgreSQL reads the whole of a table that has just been filled: it knows nothing of it yet.
    rows = rows.filter(poster__gte=keys[0], poster__lte=keys[-1])
    for poster, *texts in rows.filter(poster__in=keys).order_by().values_list("poster", *columns).iterator():
        found[poster].append(texts)
    return found


def _take_out(keys: list[int], counts: defaultdict[int, Counter[str]]) -> None:
    stored = PosterText.objects.filter(pk__in=keys)
    gone = []
    for key, conference, words in stored.values_list("pk", "conference_key", "words").iterator():
        gone.append(key)
        counts[conference].subtract(words.split())
    if gone:
        PosterText.objects.filter(pk__in=gone).delete()


def _put_in(documents: Iterable[Document], counts: defaultdict[int, Counter[str]], stems: Stems) -> None:
    is_sqlite = connection.vendor == "sqlite"
    columns, written = ([*WEIGHTS], _columns) if is_sqlite else (["posters_search"], _tsvector)

    def row(document: Document) -> tuple[int | str, ...]:
        words = document.vocabulary()
        counts[document.conference].update(words)
        return (document.poster, document.conference, " ".join(words), *written(document, stems))

    insert_rows("posters_search", ["rowid", "conference_key", "words", *columns], map(row, documents))


def _columns(document: Document, stems: Stems) -> list[str]:
    """The fields for FTS5: stems; after a gap the words that differ from theirs, for what begins like them."""
    columns = []
    for words in document.fields.values():
        stemmed = list(map(stems.__getitem__, words))
        columns.append(" ".join([*stemmed, GAP, *sorted(set(words).difference(stemmed))]))
    return columns


def _tsvector(document: Document, stems: Stems) -> list[str]:
    """The same for PostgreSQL, where a word stands at its stem's place. It puts together itself what is said twice."""
    tokens = []
    place = 1
    for name, words in document.fields.items():
        label = LABELS[name]
        said = [(word, at) for at, word in enumerate(words, place) if word != GAP]
        said += [(stemmed, at) for word, at in said if (stemmed := stems[word]) != word]
        tokens += [f"{token}:{at}{label}" for token, at in said]
        if mark := MARKS.get(name):
            tokens += [f"{mark}{token}:{at}{label}" for token, at in said]
        place += len(words) + 1
    return [" ".join(tokens)]


def _count_words(conference: int, changes: dict[str, int]) -> None:
    """Add to the counts of a conference's words; words of no poster go."""
    pairs = "json_each(%s)" if connection.vendor == "sqlite" else "json_each_text(%s)"
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO posters_searchword (conference_id, word, poster_count)"  # noqa: S608 - constants
            f" SELECT %s, key, CAST(value AS integer) FROM {pairs} WHERE true"
            " ON CONFLICT (conference_id, word)"
            " DO UPDATE SET poster_count = posters_searchword.poster_count + excluded.poster_count",
            [conference, json.dumps(changes, ensure_ascii=False)],
        )
    for some in _in_parts([word for word, change in changes.items() if change < 0], 5_000):
        SearchWord.objects.filter(conference=conference, word__in=some, poster_count__lte=0).delete()


def _in_parts(keys: list[Any], size: int) -> Iterator[list[Any]]:
    for start in range(0, len(keys), size):
        yield keys[start : start + size]
