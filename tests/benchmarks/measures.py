"""Figures taken in this process: pages rendered cold, search, calendar, the price of a wish."""

import gzip
import random
from collections.abc import Callable
from dataclasses import asdict
from itertools import cycle
from time import perf_counter
from urllib.parse import urlencode

from django.core.cache import cache
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from posters.browse.filters import PosterFilter
from posters.browse.views import ROWS
from posters.models import Author, Conference, Poster
from tests.benchmarks.content import SEED
from tests.benchmarks.counting import counted
from tests.benchmarks.figures import Figure, Timing, percentile, timed
from tests.benchmarks.pages import BROWSER, cold, forget_everything, poster_sessions

VISITS = 200
SEARCHES, SEARCH_SECONDS = 120, 60


def in_process_figures(conference: Conference) -> list[Figure]:
    """All that needs no server."""
    return [
        *cold_figures(conference),
        *search_figures(conference),
        *calendar_figures(conference),
        *wish_figures(conference),
    ]


def cold_figures(conference: Conference) -> list[Figure]:
    session = poster_sessions(conference)[0]
    size = session.presentations.count()
    posters = reverse("poster-list", args=[conference.slug])
    pages = [
        ("browse page cold, 50 rows", posters, 40, cache.clear),
        ("browse page, first after a change", posters, 40, forget_everything),
        (
            f"session page cold, {size:,} posters",
            reverse("session", args=[conference.slug, session.slug]),
            400,
            cache.clear,
        ),
    ]
    figures = []
    for what, path, budget, forget in pages:
        found = cold(path, forget=forget)
        figures.append(
            Figure(
                what,
                f"{found.ms:.1f} ms (CPU {found.cpu_ms:.1f}), {found.queries} queries, {found.rows:,} rows",
                f"{budget} ms, 10 queries",
                found.ms <= budget and found.queries <= 10,
                asdict(found),
            )
        )
    return figures


def search_figures(conference: Conference) -> list[Figure]:
    """Searches with a filter on: matching, counting and ordering; the same for beginnings; then whole pages."""
    queries, beginnings = search_queries(conference), typed_queries(conference)
    matching = _until(SEARCH_SECONDS, queries, lambda query: _search(conference, query))
    typed = _until(SEARCH_SECONDS, beginnings, lambda query: _search(conference, query))
    client = Client(**BROWSER)
    address = reverse("poster-list", args=[conference.slug])
    cache.clear()
    pages = _until(SEARCH_SECONDS, queries, lambda query: client.get(f"{address}?{query}"))
    typed_pages = _until(SEARCH_SECONDS, beginnings, lambda query: client.get(f"{address}?{query}"))
    return [
        _search_figure("search with filters: which posters", matching, budget=30),
        _search_figure("search with filters: the page, cold", pages),
        _search_figure("search as you type, no filters: which posters", typed, budget=15),
        _search_figure("search as you type, no filters: the page, cold", typed_pages),
    ]


def _search_figure(what: str, timing: Timing, *, budget: int | None = None) -> Figure:
    p50, p99 = (percentile(timing.clock, percent) for percent in (50, 99))
    cpu_p50, cpu_p99 = (percentile(timing.cpu, percent) for percent in (50, 99))
    return Figure(
        f"{what} ({len(timing.clock)} searches)",
        f"p50 {p50:.1f} ms, p99 {p99:.1f} ms (CPU {cpu_p50:.1f}, {cpu_p99:.1f})",
        f"p99 {budget} ms" if budget else "",
        p99 <= budget if budget else None,
        {"p50_ms": p50, "p99_ms": p99, "cpu_p50_ms": cpu_p50, "cpu_p99_ms": cpu_p99},
    )


def search_queries(conference: Conference) -> list[str]:
    """Query strings: words of titles, names, beginnings, common words, words nobody uses; each filtered."""
    rng = random.Random(SEED)
    titles = list(Poster.objects.filter(conference=conference).order_by("number").values_list("title", flat=True))
    names = list(Author.objects.filter(conference=conference).order_by("slug").values_list("name", flat=True))
    filters = cycle(
        [
            *(f"session={session.slug}" for session in poster_sessions(conference)),
            "decision=top-25",
            "format=virtual",
            *(f"topic={slug}" for slug in conference.topics.order_by("slug").values_list("slug", flat=True)[:4]),
        ]
    )
    kinds = cycle(
        [
            lambda: " ".join(rng.sample(rng.choice(titles).split(), k=3)),
            lambda: rng.choice(names).split()[-1],
            lambda: rng.choice(rng.choice(titles).split())[:3],
            lambda: rng.choice(["diffusion", "a", "learning", "in", "sparse sampling", "the"]),
            lambda: rng.choice(["zzyzx", "qwertz uiop", 'a"b OR *', "o'brien-ølgaard"]),
        ]
    )
    queries = []
    for _ in range(SEARCHES):
        query = QueryDict(next(filters), mutable=True)
        query["q"] = next(kinds)()
        queries.append(query.urlencode())
    return queries


def typed_queries(conference: Conference) -> list[str]:
    """Query strings as they grow while titles are typed: two letters, three, five, and up into the third word."""
    rng = random.Random(SEED)
    titles = list(Poster.objects.filter(conference=conference).order_by("number").values_list("title", flat=True))
    queries = []
    for title in rng.choices(titles, k=SEARCHES // 4):
        words = " ".join(title.split()[:3])
        queries += [urlencode({"q": words[:letters]}) for letters in (2, 3, 5, max(6, len(words) - 2))]
    return queries


def _search(conference: Conference, query: str) -> None:
    found = PosterFilter(QueryDict(query), conference=conference)
    _ = found.keys[:ROWS]
    _ = found.found_count


def _until(seconds: float, queries: list[str], search: Callable[[str], object]) -> Timing:
    """How long each search took, as many as there is time for."""
    timing = Timing([], [])
    deadline = perf_counter() + seconds
    for query in queries:
        once = timed(lambda query=query: search(query), times=1)
        timing.clock.extend(once.clock)
        timing.cpu.extend(once.cpu)
        if perf_counter() > deadline:
            break
    return timing


def calendar_figures(conference: Conference) -> list[Figure]:
    """An itinerary of 200 visits, wished for by the site's own forms."""
    client = Client(**BROWSER)
    shown = [
        number
        for session in poster_sessions(conference)
        for number in session.presentations.order_by("position").values_list("poster__number", flat=True)[: VISITS // 8]
    ]
    for number in shown:
        client.post(reverse("favourite", args=[conference.slug, number]), {"interest": "interested"})
    address = reverse("itinerary-ics", args=[conference.slug])
    first = timed(lambda: client.get(f"{address}?layout=visits"), times=1)
    visits = gzip.decompress(client.get(f"{address}?layout=visits").content).count(b"BEGIN:VEVENT")
    figures = []
    for layout in ("sessions", "visits"):
        timing = timed(lambda layout=layout: client.get(f"{address}?layout={layout}"), times=20, before=cache.clear)
        cache.clear()
        with counted() as tally:
            client.get(f"{address}?layout={layout}")
        figures.append(
            Figure(
                f"itinerary.ics cold, {visits} visits, layout {layout}",
                f"{timing}, {tally.queries} queries, {tally.rows:,} rows",
                "25 ms",
                timing.ms <= 25,
                {
                    "ms": timing.ms,
                    "cpu_ms": timing.cpu_ms,
                    "planning_ms": first.ms,
                    "queries": tally.queries,
                    "visits": visits,
                },
            )
        )
    return figures


def wish_figures(conference: Conference) -> list[Figure]:
    """One favourite on, and off again, by an attendee who has one already."""
    client = Client(**BROWSER)
    first, second = conference.posters.order_by("number").values_list("number", flat=True)[:2]
    client.post(reverse("favourite", args=[conference.slug, first]), {"interest": "must-see"})
    address = reverse("favourite", args=[conference.slug, second])
    figures = []
    for what, interest in (("on", "must-see"), ("off", "none")):
        with counted() as tally:
            answer = client.post(address, {"interest": interest}, headers={"accept": "application/json"})
        if answer.json() != {"number": second, "interest": interest}:
            raise RuntimeError(f"The favourite was not set: {answer.content!r}")
        timing = timed(
            lambda interest=interest: client.post(
                address, {"interest": interest}, headers={"accept": "application/json"}
            ),
            times=20,
        )
        figures.append(
            Figure(
                f"favourite {what}",
                f"{tally.queries} queries, {timing}",
                "5 queries",
                tally.queries <= 5,
                {"queries": tally.queries, "ms": timing.ms, "rows_written": tally.rows_written},
            )
        )
    return figures
