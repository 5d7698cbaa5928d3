"""More like this: kept when the programme changes, read when a page is made.

The lists are those of the posters' present texts. Up to SMALL posters, each change compares all of them anew. In a
larger conference a change of few posters compares these, and makes anew the lists they stood in or should stand in;
terms are then weighed as when all were last compared, which happens again once a twentieth of the posters has
changed. With the same weights the lists are the same, whether made at once or step by step.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice

from posters.browse.comparison import ComparedPoster, ComparisonUnderWay, SimilarPosters, compare
from posters.browse.layout import Layout
from posters.browse.listing import PosterRow, list_posters
from posters.browse.neighbours import Neighbour, Neighbourhood
from posters.browse.terms import PosterText, Vocabulary, terms_of
from posters.models import Likeness, Poster, PosterTopic, TermWeights
from posters.models.base import PosterStatus
from posters.models.rows import insert_rows

SMALL = 500
"""Posters that are all compared in a fifth of a second."""
MANY = 1_000
"""Posters in one change for which it is worth while to start a process."""
OFTEN = 20
"""All are compared again once one of so many has changed."""
BATCH = 1_000


@contextmanager
def similar_posters_kept(*, conference: int, posters: Collection[int]) -> Iterator["KeptSimilar"]:
    """For a change that may have changed the texts of these posters: begins at once what takes long.

    Where many are to be compared, the process that does so works until `bring_up` asks for what it has found.
    """
    count = Likeness.objects.filter(poster__conference=conference).count()
    kept = KeptSimilar(conference, posters, count)
    if len(posters) <= max(MANY, count // OFTEN):
        yield kept
        return
    with ComparisonUnderWay(_compared(conference)) as kept.under_way:
        yield kept


@dataclass
class KeptSimilar:
    """A conference's lists, to be brought up to its posters' texts, of which only these may have changed."""

    conference: int
    posters: Collection[int]
    count: int
    """Of the lists there are."""
    under_way: ComparisonUnderWay | None = None
    layout: Layout | None = None
    """The map, where it has been drawn on the way."""

    def bring_up(self) -> set[int]:
        """Write the lists that are to be others now.

        Returns the posters whose text did change, those that are gone among them. Nothing is written where none did.
        """
        if not self.count:
            return self._compare_all()
        present = {poster.key: poster for poster in _compared(self.conference, self.posters)}
        known: dict[int, str] = {}
        standing: set[int] = set()
        for part in _parts(self.posters):
            known |= dict(Likeness.objects.filter(poster__in=part).values_list("poster", "fingerprint"))
            standing |= {*Poster.objects.filter(pk__in=part).values_list("pk", flat=True)}
        fingerprints = {key: poster.fingerprint for key, poster in present.items()}
        changed = {key for key in self.posters if key not in standing or known.get(key) != fingerprints.get(key)}
        if changed:
            weights = TermWeights.objects.get(pk=self.conference)
            if self.count <= SMALL or weights.changed_count + len(changed) > self.count // OFTEN:
                self._compare_all()
            else:
                _compare_some({key: present.get(key) for key in changed}, weights)
        return changed

    def _compare_all(self) -> set[int]:
        """Weigh all terms and make all lists anew. Returns the posters there are."""
        result = self.under_way.result() if self.under_way else None
        comparison = result or compare(_compared(self.conference))
        compared: set[int] = set()
        stale = Likeness.objects.filter(poster__conference=self.conference)
        stale.filter(poster__status=PosterStatus.DRAFT).delete()
        lists = iter(comparison.lists)
        while part := list(islice(lists, BATCH)):
            _write(part)
            compared.update(similar.key for similar in part)
        self.layout = comparison.layout()
        if not compared:
            stale.delete()
            return compared
        TermWeights.objects.update_or_create(
            conference_id=self.conference,
            defaults={
                "levels": comparison.vocabulary.levels,
                "printed": comparison.vocabulary.printed,
                "changed_count": 0,
            },
        )
        return compared


def _compare_some(changed: Mapping[int, ComparedPoster | None], weights: TermWeights) -> None:
    """Make anew what changes with these posters; None is one that is gone, or a draft now."""
    vocabulary = Vocabulary(weights.levels, weights.printed)
    Likeness.objects.filter(poster__in=[key for key, poster in changed.items() if poster is None]).delete()
    rows = Likeness.objects.filter(poster__conference=weights.conference_id)
    stored = {
        key: (number, status, terms, neighbours)
        for key, number, status, terms, neighbours in rows.values_list(
            "poster", "poster__number", "poster__status", "terms", "neighbours"
        )
    }
    terms = {key: tuple(filter(None, joined.split(","))) for key, (_, _, joined, _) in stored.items()}
    numbers = {key: number for key, (number, *_) in stored.items()}
    withdrawn = {key for key, (_, status, *_) in stored.items() if status == PosterStatus.WITHDRAWN}
    for key, poster in changed.items():
        if poster is not None:
            terms[key] = vocabulary.key_terms(terms_of(poster.text).items())
            numbers[key] = poster.number
            withdrawn -= {key}
            withdrawn |= {key} if poster.status == PosterStatus.WITHDRAWN else set()
    hood = Neighbourhood(
        {key: terms[key] for key in sorted(terms, key=numbers.__getitem__)},
        candidates=terms.keys() - withdrawn,
        vocabulary=vocabulary,
    )
    affected = hood.outdated({key: neighbours for key, (*_, neighbours) in stored.items()}, set(changed))
    fingerprints = {key: poster.fingerprint for key, poster in changed.items() if poster is not None}
    for part in _parts(sorted(affected)):
        _write([SimilarPosters(key, fingerprints.get(key, ""), hood.terms[key], hood.neighbours(key)) for key in part])
    weights.changed_count += len(changed)
    weights.save(update_fields=["changed_count"])


def _write(lists: Sequence[SimilarPosters]) -> None:
    """Write the posters' lists where they are not as stored. Without a fingerprint it stays the one it was."""
    columns = ("poster_id", "fingerprint", "terms", "neighbours")
    known = Likeness.objects.filter(poster__in=[similar.key for similar in lists])
    stored = {key: columns for key, *columns in known.values_list(*columns)}
    written = {}
    for key, fingerprint, terms, neighbours in lists:
        before = stored.get(key, ["", "", []])
        made = [fingerprint or before[0], ",".join(terms), [list(neighbour) for neighbour in neighbours]]
        if key not in stored or made != before:
            written[key] = made
    Likeness.objects.filter(poster__in=written.keys() & stored.keys()).delete()
    rows = ((key, fingerprint, terms, json.dumps(its)) for key, (fingerprint, terms, its) in written.items())
    insert_rows(Likeness._meta.db_table, columns, rows)


def _compared(conference: int, keys: Collection[int] | None = None) -> Iterator[ComparedPoster]:
    """The conference's posters, or these of them, in their order. Drafts are not compared."""
    for part in [None] if keys is None else _parts(keys):
        posters = Poster.objects.filter(conference=conference).exclude(status=PosterStatus.DRAFT)
        links = PosterTopic.objects.filter(poster__conference=conference)
        if part is not None:
            posters, links = posters.filter(pk__in=part), links.filter(poster__in=part)
        topics: defaultdict[int, tuple[str, ...]] = defaultdict(tuple)
        for key, name in links.order_by("topic__name").values_list("poster", "topic__name"):
            topics[key] += (name,)
        columns = ("pk", "number", "status", "title", "abstract", "keywords")
        for key, number, status, title, abstract, keywords in (
            posters.order_by("number").values_list(*columns).iterator()
        ):
            subjects = tuple(keyword.strip() for keyword in keywords.split(";") if keyword.strip())
            text = PosterText(title, abstract, subjects, topics[key])
            yield ComparedPoster(key, status != PosterStatus.WITHDRAWN, number, status, text)


def _parts(keys: Iterable[int]) -> Iterator[list[int]]:
    """Keys a thousand at a time."""
    listed = list(keys)
    for start in range(0, len(listed), BATCH):
        yield listed[start : start + BATCH]


def more_like(poster: Poster, *, most: int) -> list[PosterRow]:
    """Rows of the posters most like one, each with what they share."""
    likeness: Likeness | None = getattr(poster, "likeness", None)  # a draft has none
    neighbours = [Neighbour(*neighbour) for neighbour in likeness.neighbours[:most]] if likeness else []
    rows = list_posters([neighbour.key for neighbour in neighbours])
    return [replace(row, shares=neighbour.shares) for row, neighbour in zip(rows, neighbours, strict=True)]
