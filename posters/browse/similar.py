"""More like this: kept when the programme changes, read when a page is made.

The lists are those of the posters' present texts. Up to SMALL posters, each change compares all of them anew. In a
larger conference a change of few posters compares these, and makes anew the lists they stood in or should stand in;
terms are then weighed as when all were last compared, which happens again once a twentieth of the posters has
changed. With the same weights the lists are the same, whether made at once or step by step.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from posters.browse.listing import PosterRow, list_posters
from posters.browse.neighbours import Neighbour, Neighbourhood
from posters.browse.terms import Corpus, PosterText, Vocabulary, terms_of
from posters.models import Likeness, Poster, PosterTopic, TermWeights
from posters.models.base import PosterStatus
from posters.models.rows import insert_rows

SMALL = 500
"""Posters that are all compared in a fifth of a second."""
BATCH = 1_000


class ComparedPoster(NamedTuple):
    """A poster as it is compared."""

    key: int
    number: int
    """In this order equals are listed."""
    status: str
    text: PosterText

    @property
    def fingerprint(self) -> str:
        """Another one where anything that the lists depend on is another."""
        return hashlib.blake2b(json.dumps(self[1:]).encode(), digest_size=16).hexdigest()


def keep_similar(*, conference: int, posters: Collection[int]) -> set[int]:
    """Bring a conference's lists up to its posters' texts, of which only these may have changed.

    Returns the posters whose text did change, those that are gone among them. Nothing is written where none did.
    """
    count = Likeness.objects.filter(poster__conference=conference).count()
    if not count:
        return _compare_all(conference)
    present = {poster.key: poster for poster in _compared(conference, posters)}
    known: dict[int, str] = {}
    standing: set[int] = set()
    for part in _parts(posters):
        known |= dict(Likeness.objects.filter(poster__in=part).values_list("poster", "fingerprint"))
        standing |= {*Poster.objects.filter(pk__in=part).values_list("pk", flat=True)}
    fingerprints = {key: poster.fingerprint for key, poster in present.items()}
    changed = {key for key in posters if key not in standing or known.get(key) != fingerprints.get(key)}
    if changed:
        weights = TermWeights.objects.get(pk=conference)
        if count <= SMALL or weights.changed_count + len(changed) > count // 20:
            _compare_all(conference)
        else:
            _compare_some({key: present.get(key) for key in changed}, weights)
    return changed


def _compare_all(conference: int) -> set[int]:
    """Weigh all terms and make all lists anew. Returns the posters there are."""
    hood, fingerprints = _weighed(conference)
    stale = Likeness.objects.filter(poster__conference=conference)
    if not fingerprints:
        stale.delete()
        return set()
    stale.filter(poster__status=PosterStatus.DRAFT).delete()
    for part in _parts(fingerprints):
        _write(part, hood, fingerprints)
    TermWeights.objects.update_or_create(
        conference_id=conference,
        defaults={"levels": hood.vocabulary.levels, "printed": hood.vocabulary.printed, "changed_count": 0},
    )
    return set(fingerprints)


def _weighed(conference: int) -> tuple[Neighbourhood, dict[int, str]]:
    """All posters by their key terms, and their fingerprints. The texts' other terms are held no longer than this."""
    corpus = Corpus()
    withdrawn: set[int] = set()
    fingerprints: dict[int, str] = {}
    for poster in _compared(conference):
        corpus.add(poster.key, poster.text)
        fingerprints[poster.key] = poster.fingerprint
        if poster.status == PosterStatus.WITHDRAWN:
            withdrawn.add(poster.key)
    vocabulary = corpus.vocabulary()
    terms = dict(corpus.key_terms(vocabulary))
    return Neighbourhood(terms, candidates=terms.keys() - withdrawn, vocabulary=vocabulary), fingerprints


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
        _write(part, hood, fingerprints)
    weights.changed_count += len(changed)
    weights.save(update_fields=["changed_count"])


def _write(keys: Sequence[int], hood: Neighbourhood, fingerprints: Mapping[int, str]) -> None:
    """Write the posters' lists where they are not as stored."""
    columns = ("poster_id", "fingerprint", "terms", "neighbours")
    stored = {key: columns for key, *columns in Likeness.objects.filter(poster__in=keys).values_list(*columns)}
    written = {}
    for key in keys:
        before = stored.get(key, ["", "", []])
        neighbours = [list(neighbour) for neighbour in hood.neighbours(key)]
        made = [fingerprints.get(key, before[0]), ",".join(hood.terms[key]), neighbours]
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
            yield ComparedPoster(key, number, status, PosterText(title, abstract, subjects, topics[key]))


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
