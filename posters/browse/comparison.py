"""All posters of a conference compared with each other: pure arithmetic; in a process of its own where they are many.

10,000 posters take seven seconds of an import, in which the search index can be written on the machine's other core.
"""

import hashlib
import json
import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, Self

from posters.browse.layout import Layout, lay_out
from posters.browse.neighbours import Neighbour, Neighbourhood
from posters.browse.terms import Corpus, PosterText, Vocabulary


class ComparedPoster(NamedTuple):
    """A poster as it is compared."""

    key: int
    is_candidate: bool
    """Whether it may stand in others' lists: one that is withdrawn may not."""
    number: int
    """In this order equals are listed."""
    status: str
    text: PosterText

    @property
    def fingerprint(self) -> str:
        """Another one where anything that the lists depend on is another."""
        return hashlib.blake2b(json.dumps(self[2:]).encode(), digest_size=16).hexdigest()


class SimilarPosters(NamedTuple):
    """A poster's key terms and those most like it, as of the text of that fingerprint."""

    key: int
    fingerprint: str
    terms: Sequence[str]
    neighbours: list[Neighbour]


@dataclass(frozen=True)
class Comparison:
    """What came of comparing all: every poster's list, in the posters' order and to be read once."""

    vocabulary: Vocabulary
    lists: Iterable[SimilarPosters]
    layout: Callable[[], Layout | None] = lambda: None
    """Waits for the map, where it is being drawn."""


def compare(posters: Iterable[ComparedPoster]) -> Comparison:
    """Weigh the terms of all posters and list for each those most like it; each list as it is asked for."""
    fingerprints: dict[int, str] = {}
    hood = _weighed(posters, fingerprints)
    return Comparison(hood.vocabulary, _lists(hood, fingerprints))


def _weighed(posters: Iterable[ComparedPoster], fingerprints: dict[int, str]) -> Neighbourhood:
    """The posters by their key terms. The texts' other terms are held no longer than this."""
    corpus = Corpus()
    candidates: set[int] = set()
    for poster in posters:
        corpus.add(poster.key, poster.text)
        fingerprints[poster.key] = poster.fingerprint
        if poster.is_candidate:
            candidates.add(poster.key)
    vocabulary = corpus.vocabulary()
    return Neighbourhood(dict(corpus.key_terms(vocabulary)), candidates=candidates, vocabulary=vocabulary)


def _lists(hood: Neighbourhood, fingerprints: dict[int, str]) -> Iterator[SimilarPosters]:
    for key, terms in hood.terms.items():
        yield SimilarPosters(key, fingerprints[key], terms, hood.neighbours(key))


class ComparisonUnderWay:
    """A comparison, and the map drawn from it, in a process of its own, which gets and gives them in files.

    It knows no database, and ends by itself, even where this process is killed. Leaving the context ends it.
    """

    def __init__(self, posters: Iterable[ComparedPoster]) -> None:
        self._folder = TemporaryDirectory(prefix="boardwalk-")
        _write(Path(self._folder.name, "posters"), posters)
        # Not forked: a copy of this process would share its connections to the database.
        spawn = get_context("spawn")
        self._lists_made, made = spawn.Pipe(duplex=False)
        self._process = spawn.Process(target=_compare_files, args=(self._folder.name, made), daemon=True)
        self._process.start()
        made.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.join()
        self._lists_made.close()
        self._folder.cleanup()

    def result(self) -> Comparison | None:
        """Wait for the lists, not yet for the map; None where that process failed."""
        try:
            self._lists_made.recv()
        except EOFError:
            return None
        (vocabulary,) = _read(Path(self._folder.name, "vocabulary"))
        return Comparison(vocabulary, _read(Path(self._folder.name, "lists")), self._layout)

    def _layout(self) -> Layout | None:
        self._process.join()
        return next(_read(Path(self._folder.name, "layout"))) if self._process.exitcode == 0 else None


def _compare_files(folder: str, lists_made: Connection) -> None:
    comparison = compare(_read(Path(folder, "posters")))
    terms: dict[int, Sequence[str]] = {}
    neighbours: dict[int, tuple[int, ...]] = {}

    def noted() -> Iterator[SimilarPosters]:
        for similar in comparison.lists:
            terms[similar.key] = similar.terms
            neighbours[similar.key] = tuple(neighbour.key for neighbour in similar.neighbours)
            yield similar

    _write(Path(folder, "lists"), noted())
    _write(Path(folder, "vocabulary"), [comparison.vocabulary])
    lists_made.send(None)
    layout = lay_out(terms=terms, neighbours=neighbours, vocabulary=comparison.vocabulary)
    _write(Path(folder, "layout"), [layout])


def _write(path: Path, items: Iterable[object]) -> None:
    with path.open("wb") as file:
        for item in items:
            pickle.dump(item, file, pickle.HIGHEST_PROTOCOL)


def _read(path: Path) -> Iterator:
    """The items of a file that nobody but this process and its child can write."""
    with path.open("rb") as file:
        while file.peek(1):
            yield pickle.load(file)  # noqa: S301
