"""More like this, and because you favourited …: what is recommended, why, and when it is worked out."""

import os
import shutil
import sys
from multiprocessing import spawn

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from posters.browse import comparison, similar
from posters.browse.neighbours import NEIGHBOURS, Neighbour, Neighbourhood
from posters.browse.terms import PosterText, Vocabulary, stem, terms_of
from posters.models import Board, Conference, Likeness, MapPlace, Poster, PosterTopic, Presentation, TermWeights, Topic
from posters.programme.records import (
    ConferenceRecord,
    PosterRecord,
    PresentationRecord,
    ProgrammeRecord,
    SessionRecord,
)
from posters.programme.upsert import upsert_programme
from tests.browse.conftest import Page, numbers

TITLES = (
    "Score Matching for Diffusion Bridges",
    "Diffusion Bridges without Score Matching",
    "Score Matching in Protein Folding",
    "Protein Folding with Attention",
    "Attention Heads in Protein Models",
    "Coral Reefs Seen from Orbit",
    "Orbit Determination by Radar",
    "Silent Poster",
)


def programme_of(*titles: str) -> ProgrammeRecord:
    return ProgrammeRecord(
        conference=ConferenceRecord(name="Kin 2031", year=2031, time_zone="UTC"),
        sessions=(SessionRecord("Posters", "posters", "poster", "Hall"),),
        posters=tuple(
            PosterRecord(
                f"record {number}",
                title,
                (),
                source_id=f"p{number}",
                number=number,
                presentations=(PresentationRecord("posters", room="Hall", board=str(number)),),
            )
            for number, title in enumerate(titles, start=1)
        ),
    )


@pytest.fixture
def kin(db) -> Conference:
    """Eight posters: 1 to 3 share score matching, 3 to 5 proteins, 6 and 7 an orbit; 8 is like no other."""
    upsert_programme(record=programme_of(*TITLES), conference_slug="kin")
    return Conference.objects.get(slug="kin")


def lists() -> dict[int, list[int]]:
    """The stored neighbours of each poster, by number."""
    of = dict(Poster.objects.values_list("pk", "number"))
    stored = Likeness.objects.order_by("poster__number").values_list("poster", "neighbours")
    return {of[key]: [of[other] for other, *_ in neighbours] for key, neighbours in stored}


@pytest.mark.parametrize(
    "words",
    [
        "generative generation generator generate generating",
        "optimisation optimization optimise optimizing optimizer",
        "networks network",
        "planning plan plans",
        "theories theory",
        "supervised supervision supervising",
        "learning learned learner learn",
    ],
)
def test_forms_of_a_word_have_one_stem(words):
    assert len({stem(word) for word in words.split()}) == 1


def test_what_is_read_of_a_poster():
    text = PosterText(
        r"Schr\"{o}dinger Bridges: the Norms",
        "We show that self-supervised norms, at https://example.org/norms, cost $norms$.",
        ("Optimal transport",),
        ("Theory",),
    )
    assert terms_of(text) == {
        "schroding": 3,
        "bridg": 3,
        "schroding bridg": 3,
        "norm": 4,
        "selfsupervis": 1,
        "supervis": 1,
        "cost": 1,
        "optim": 2,
        "transport": 2,
        "optim transport": 2,
        "theor": 2,
    }


def test_the_page_shows_what_is_alike_and_what_they_share(kin, read):
    page = read("/kin/posters/1/")
    assert "More like this" in page.words
    assert numbers(page)[1:] == [2, 3]
    assert "Shares: Diffusion Bridges, Score Matching" in page.words
    assert numbers(read("/kin/posters/5/"))[1:] == [4, 3]
    assert "More like this" not in read("/kin/posters/8/").words


def test_withdrawn_posters_and_drafts_are_not_recommended(kin, client):
    Poster.objects.filter(number=2).update(status="withdrawn")
    Poster.objects.filter(number=4).update(status="draft")
    assert lists() == {1: [3], 2: [1, 3], 3: [1, 5], 5: [3], 6: [7], 7: [6], 8: []}
    Poster.objects.filter(number__in=[2, 4]).update(status="published")
    assert lists() == {1: [2, 3], 2: [1, 3], 3: [4, 1, 2, 5], 4: [3, 5], 5: [4, 3], 6: [7], 7: [6], 8: []}


def test_any_door_that_changes_a_text_changes_the_lists(kin):
    Poster.objects.get(number=8).delete()
    poster = Poster.objects.create(conference=kin, number=9, title="Radar")
    assert lists()[7] == [9, 6]
    poster.title = "Corals"
    poster.save()
    assert (lists()[7], lists()[6]) == ([6], [7, 9])
    topic = Topic.objects.create(conference=kin, name="Attention", slug="attention")
    PosterTopic.objects.create(poster=poster, topic=topic)
    assert lists()[9] == [4, 5, 6]
    topic.name = "Proteins"
    topic.save()
    assert lists()[9] == [3, 4, 5, 6]
    poster.delete()
    assert lists()[6] == [7]


def test_what_leaves_the_texts_alone_compares_nothing(kin):
    before = list(Likeness.objects.values())
    with CaptureQueriesContext(connection) as queries:
        Presentation.objects.filter(poster__number=1).update(board=None)
        Board.objects.filter(label="1").update(label="A1")
        Poster.objects.filter(number=1).update(source_key="another")
        upsert_programme(record=programme_of(*TITLES), conference_slug="kin")
    writes = [query["sql"] for query in queries if not query["sql"].startswith("SELECT")]
    assert [sql for sql in writes if "likeness" in sql or "termweights" in sql or "mapplace" in sql] == []
    assert list(Likeness.objects.values()) == before


def test_one_change_of_a_large_conference_gives_the_lists_of_a_whole_comparison(kin, monkeypatch):
    words = ["coral", "reef", "orbit", "radar", "protein", "attention", "bridge", "score", "folding", "diffusion"]
    titles = [f"{words[n % 10]} {words[n // 10 % 10]} {words[(n * 7) % 10]} {words[(n * 3) % 10]}" for n in range(100)]
    upsert_programme(record=programme_of(*titles), conference_slug="large")
    large = Conference.objects.get(slug="large")
    monkeypatch.setattr(similar, "SMALL", 0)
    Poster.objects.filter(conference=large, number=17).update(title="Radar Orbits of Score Bridges")
    Poster.objects.get(conference=large, number=23).delete()
    Poster.objects.filter(conference=large, number=31).update(status="withdrawn")
    weights = TermWeights.objects.get(conference=large)
    assert weights.changed_count == 3
    rows = Likeness.objects.filter(poster__conference=large).order_by("poster__number")
    stored = dict(rows.values_list("poster", "neighbours"))
    whole = Neighbourhood(
        {key: tuple(filter(None, terms.split(","))) for key, terms in rows.values_list("poster", "terms")},
        candidates=set(rows.filter(poster__status="published").values_list("poster", flat=True)),
        vocabulary=Vocabulary(weights.levels, weights.printed),
    )
    assert stored == {key: [list(neighbour) for neighbour in whole.neighbours(key)] for key in stored}
    for number in (1, 2):
        Poster.objects.filter(conference=large, number=number).update(title="Corals")
    assert TermWeights.objects.get(conference=large).changed_count == 0


TERMS = [f"term{number}" for number in range(12)]
WEIGHED = Vocabulary({term: 1 + number % 7 for number, term in enumerate(TERMS)}, {term: term for term in TERMS})
key_terms = st.lists(st.sampled_from(TERMS), max_size=6, unique=True).map(tuple)
programmes = st.dictionaries(st.integers(1, 40), key_terms, max_size=30)


def neighbourhood(terms: dict[int, tuple[str, ...]], withdrawn: set[int]) -> Neighbourhood:
    ordered = {key: terms[key] for key in sorted(terms)}
    return Neighbourhood(ordered, candidates=ordered.keys() - withdrawn, vocabulary=WEIGHED)


def made() -> tuple[list[tuple], list[tuple]]:
    """The lists and the map as they are stored, by number."""
    lists = Likeness.objects.order_by("poster__number").values_list("poster__number", "terms", "neighbours")
    places = MapPlace.objects.order_by("poster__number").values_list("poster__number", "region__name", "x", "y")
    of = dict(Poster.objects.values_list("pk", "number"))
    return [(*row, [(of[key], *rest) for key, *rest in its]) for *row, its in lists], list(places)


@pytest.mark.parametrize("interpreter", [sys.executable, shutil.which("false")])
def test_many_posters_are_compared_in_a_process_of_its_own_or_here_if_that_fails(
    db, interpreter, monkeypatch, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        upsert_programme(record=programme_of(*TITLES), conference_slug="kin")
    expected = made()
    Conference.objects.all().delete()

    monkeypatch.setattr(similar, "MANY", 5)
    monkeypatch.setattr(spawn, "get_executable", lambda: os.fsencode(interpreter))
    exits = []
    wait = comparison.ComparisonUnderWay.result
    monkeypatch.setattr(
        comparison.ComparisonUnderWay,
        "result",
        lambda its: [its._process.join(), exits.append(its._process.exitcode), wait(its)][-1],
    )
    with django_capture_on_commit_callbacks(execute=True):
        upsert_programme(record=programme_of(*TITLES), conference_slug="kin")
    assert made() == expected
    assert exits == [0 if interpreter == sys.executable else 1]


@given(programmes, st.sets(st.integers(1, 40), max_size=5))
def test_the_lists_are_those_of_comparing_each_with_each(terms, withdrawn):
    hood = neighbourhood(terms, withdrawn)
    keys = sorted(terms)
    for key in keys:
        scores = {other: hood.score(key, other) for other in keys if other != key and other not in withdrawn}
        place = {other: (keys.index(other) - keys.index(key)) % len(keys) for other in scores}
        best = sorted((-score, place[other], other) for other, score in scores.items() if score)[:NEIGHBOURS]
        assert [(-score, other) for score, _, other in best] == [(n.score, n.key) for n in hood.neighbours(key)]


@given(programmes, programmes, st.sets(st.integers(1, 40), max_size=4), st.sets(st.integers(1, 40), max_size=4))
def test_lists_that_are_not_outdated_stay_as_they_are(before, after, withdrawn, withdrawn_after):
    old, new = neighbourhood(before, withdrawn), neighbourhood(after, withdrawn_after)
    changed = {
        key
        for key in before.keys() | after.keys()
        if before.get(key) != after.get(key) or (key in withdrawn) != (key in withdrawn_after)
    }
    listed: dict[int, list[Neighbour]] = {key: old.neighbours(key) for key in before}
    outdated = new.outdated({key: its for key, its in listed.items() if key in after}, changed)
    for key in after.keys() - outdated:
        assert new.neighbours(key) == listed[key]


@pytest.fixture
def attendee(kin) -> Client:
    client = Client()
    client.post("/kin/posters/3/favourite/", {"interest": "must-see"})
    return client


def suggested(client: Client) -> list[int]:
    page = Page(client.get("/kin/favourites/").content.decode())
    assert page.faults == []
    return numbers(page)


def test_because_you_favourited(attendee):
    answer = attendee.get("/kin/favourites/").content.decode()
    assert suggested(attendee) == [3, 1, 2, 4, 5]
    assert "Because you favourited <cite>Score Matching in Protein Folding</cite>. Shares: Protein Folding" in answer
    attendee.post("/kin/posters/2/favourite/", {"interest": "interested"})
    assert suggested(attendee) == [3, 2, 1, 4, 5]
    attendee.post("/kin/posters/1/favourite/", {"interest": "interested"})
    attendee.post("/kin/posters/1/favourite/", {"interest": "none"})
    Poster.objects.filter(number=4).update(status="withdrawn")
    assert suggested(attendee) == [3, 2, 5]


@pytest.mark.parametrize("count", [1, 40])
def test_queries_of_the_favourites_page_do_not_grow(many_posters, client, count):
    many_posters(80)
    for number in range(1, count + 1):
        client.post(f"/many/posters/{number}/favourite/", {"interest": "interested"})
    client.get("/many/favourites/")  # reads the facets of this revision
    cache.clear()
    with CaptureQueriesContext(connection) as queries:
        page = client.get("/many/favourites/").content
    assert b"Because you favourited" in page
    assert len(queries) == 14
