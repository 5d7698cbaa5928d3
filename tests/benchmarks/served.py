"""Figures taken over HTTP from a running server: cached pages against the floor, many wishes at once,
the weight of a first visit, the memory of a worker at the end.
"""

import gzip
import json
import random
import threading
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from posters.models import Attendee, Conference, Favourite
from tests.benchmarks.content import SEED
from tests.benchmarks.figures import Figure, percentile
from tests.benchmarks.load import Connection, Target, by_turns, get, post
from tests.benchmarks.measures import search_queries
from tests.benchmarks.pages import poster_sessions, programme_pages
from tests.benchmarks.server import Server
from tests.benchmarks.weight import first_visit

LEAST_SHARE = 0.7
NOISE = 0.05
"""Two equal targets measured by turns differ by this much."""
CLIENTS, WISHES_EACH = 200, 6
MOST_KILOBYTES, MOST_MEGABYTES = 70, 180


def served_figures(server: Server, conference: Conference, *, rounds: int, seconds: float, walk: int) -> list[Figure]:
    """All that needs a server, the memory last."""
    session = poster_sessions(conference)[0]
    at = [conference.slug]
    pages = [
        ("browse page", reverse("poster-list", args=at)),
        ("poster page", reverse("poster", args=[*at, 1])),
        (
            f"session page, {session.presentations.count():,} posters",
            reverse("session", args=[*at, session.slug]),
        ),
    ]
    figures = []
    for what, path in pages:
        figures += cached_figures(server, what, path, rounds=rounds, seconds=seconds)
    figures += [
        wishes_at_once(server, conference),
        weight_figure(server, reverse("poster-list", args=at)),
    ]
    walk_through(server, conference, posters=walk)
    return [*figures, memory_figure(server)]


def cached_figures(server: Server, what: str, path: str, *, rounds: int, seconds: float) -> list[Figure]:
    """A page from the cache, and its 304, against a constant body of the same compressed size."""
    with Connection(server.port) as connection:
        answer = connection.send(get(path))
    size = len(answer.body)
    floor = Target("floor", get(f"/benchmark/floor/{size}"))
    page = Target("page", get(path))
    unchanged = Target("304", get(path, if_none_match=answer.headers["etag"]), status=304)
    by_turns(server.port, [floor, page, unchanged], rounds=rounds, seconds=seconds)
    errors = floor.errors + page.errors + unchanged.errors
    rates = {target.name: target.rate for target in (floor, page, unchanged)} | {
        "errors": errors,
        "bytes": size,
    }
    share, share_unchanged = page.rate / floor.rate, unchanged.rate / floor.rate
    return [
        Figure(
            f"{what} from cache, {size / 1_000:.1f} kB",
            f"{share:.2f} of the floor ({page.rate:.0f} of {floor.rate:.0f} req/s, {errors} errors)",
            f"{LEAST_SHARE} of the floor",
            share >= LEAST_SHARE and not errors,
            rates | {"share": share},
        ),
        Figure(
            f"{what}: 304",
            f"{share_unchanged:.2f} of the floor ({unchanged.rate:.0f} req/s)",
            f"as fast as the floor (within {NOISE:.0%})",
            share_unchanged >= 1 - NOISE,
            rates | {"share": share_unchanged},
        ),
    ]


@dataclass
class _Client:
    """A visitor without account who stars posters: what was answered, and how it ended."""

    port: int
    conference: str
    wishes: list[tuple[int, str]]
    """Number and interest, in order; a later one for the same number takes the earlier one's place."""
    cookies: dict[str, str] = field(default_factory=dict)
    taken: list[float] = field(default_factory=list)
    """Milliseconds of each wish."""
    error: str = ""

    def run(self, ready: threading.Barrier) -> None:
        """Wait for everyone, then wish as fast as the server answers."""
        try:
            with Connection(self.port) as connection:
                token = self.overlay(connection)["csrf_token"]
                ready.wait(timeout=120)
                for number, interest in self.wishes:
                    self.wish(connection, number, interest, token)
        except (OSError, threading.BrokenBarrierError, ValueError) as error:
            self.error = repr(error)

    def wish(self, connection: Connection, number: int, interest: str, token: str) -> None:
        request = post(
            f"/{self.conference}/posters/{number}/favourite/",
            urlencode({"interest": interest}).encode(),
            accept="application/json",
            x_csrftoken=token,
            cookie=_cookie(self.cookies),
        )
        started = perf_counter()
        answer = connection.send(request)
        self.taken.append((perf_counter() - started) * 1_000)
        self.cookies |= answer.cookies
        if answer.status != 200 or _json(answer.body) != {"number": number, "interest": interest}:
            raise ValueError(f"{answer.status} {answer.body[:200]!r}")

    def overlay(self, connection: Connection) -> dict[str, Any]:
        answer = connection.send(get(f"/me/{self.conference}.json", cookie=_cookie(self.cookies)))
        self.cookies |= answer.cookies
        return _json(answer.body)

    @property
    def wanted(self) -> dict[str, str]:
        """The favourites that the overlay must show afterwards."""
        return {str(number): interest for number, interest in dict(self.wishes).items() if interest != "none"}


def _json(body: bytes) -> dict[str, Any]:
    return json.loads(gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body)


def _cookie(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def wishes_at_once(server: Server, conference: Conference) -> Figure:
    """200 new visitors star the same few dozen posters at once; every wish must be there afterwards."""
    clients = _clients(server, conference)
    began = timezone.now()
    ready = threading.Barrier(CLIENTS + 1)
    threads = [threading.Thread(target=client.run, args=(ready,)) for client in clients]
    for thread in threads:
        thread.start()
    ready.wait(timeout=120)
    started = perf_counter()
    for thread in threads:
        thread.join()
    seconds = perf_counter() - started
    with Connection(server.port) as connection:
        lost = sum(client.overlay(connection)["favourites"] != client.wanted for client in clients)
    errors = [client.error for client in clients if client.error]
    taken = [ms for client in clients for ms in client.taken]
    numbers = {
        "errors": len(errors),
        "first_error": errors[0] if errors else "",
        "clients_with_a_lost_write": lost,
        "requests_per_second": len(taken) / seconds,
        "p50_ms": percentile(taken, 50),
        "p99_ms": percentile(taken, 99),
        "attendees": Attendee.objects.filter(created_at__gte=began).count(),
        "favourites_wanted": sum(len(client.wanted) for client in clients),
        "favourites_stored": Favourite.objects.wished().filter(attendee__created_at__gte=began).count(),
    }
    return Figure(
        f"{CLIENTS} clients set favourites at once",
        f"{len(errors)} errors, {lost} with a lost write, {numbers['requests_per_second']:.0f} wishes/s, "
        f"p99 {numbers['p99_ms']:.0f} ms",
        "no error, no lost write",
        not errors
        and not lost
        and numbers["attendees"] == CLIENTS
        and numbers["favourites_stored"] == numbers["favourites_wanted"],
        numbers,
    )


def _clients(server: Server, conference: Conference) -> list[_Client]:
    """Each wishes for one certain poster first, which gives it a cookie; then on, changed and off."""
    rng = random.Random(SEED)
    popular = list(conference.posters.order_by("number").values_list("number", flat=True)[:40])
    return [
        _Client(
            server.port,
            conference.slug,
            [
                (popular[0], "must-see"),
                *(
                    (rng.choice(popular), rng.choice(["must-see", "interested", "none"]))
                    for _ in range(WISHES_EACH - 1)
                ),
            ],
        )
        for _ in range(CLIENTS)
    ]


def weight_figure(server: Server, path: str) -> Figure:
    """What a browser that has never been here loads for a browse page."""
    loaded = first_visit(server.port, path)
    total = sum(loaded.values()) / 1_000
    return Figure(
        f"first visit to a browse page: {len(loaded)} files",
        f"{total:.1f} kB compressed",
        f"{MOST_KILOBYTES} kB",
        total <= MOST_KILOBYTES,
        {"kilobytes": total, "files": loaded},
    )


def walk_through(server: Server, conference: Conference, *, posters: int) -> None:
    """Many different pages, so that the workers' caches and allocators are as full as on a busy day."""
    at = [conference.slug]
    paths = [page.path for page in programme_pages(conference)]
    paths += [reverse("session", args=[*at, session.slug]) for session in conference.sessions.all()]
    paths += [reverse("topic", args=[*at, topic.slug]) for topic in conference.topics.all()]
    paths += [f"{reverse('poster-list', args=at)}?{query}" for query in search_queries(conference)[:20]]
    numbers = conference.posters.order_by("number").values_list("number", flat=True)[:posters]
    paths += [reverse("poster", args=[*at, number]) for number in numbers]
    with Connection(server.port) as first, Connection(server.port) as second:
        for path in paths:
            for connection in (first, second):
                status = connection.send(get(path)).status
                if status != 200:
                    raise RuntimeError(f"{path} answers {status}.")


def memory_figure(server: Server) -> Figure:
    megabytes = server.worker_megabytes()
    return Figure(
        "a worker's memory after all this",
        " and ".join(f"{each:.0f}" for each in megabytes) + " MB",
        f"{MOST_MEGABYTES} MB",
        max(megabytes) <= MOST_MEGABYTES,
        {"megabytes": megabytes},
    )
