"""20,000 calendars polling hourly: 6 requests a second. What the polls cost when nothing has changed.

An hour of it is shortened: some of the subscribers poll in this process, where queries can be counted, and a stretch
of it goes over HTTP at that rate. Renderings are told by their queries: one takes a dozen.
"""

import gzip
import hashlib
import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import perf_counter

from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from posters.models import Attendee, CalendarFeed, Conference, Itinerary, Session
from posters.programme.synthetic import make_attendees
from tests.benchmarks.content import SEED
from tests.benchmarks.counting import Tally, counted
from tests.benchmarks.figures import Figure, Timing, percentile, timed
from tests.benchmarks.load import Connection, get
from tests.benchmarks.pages import BROWSER
from tests.benchmarks.server import Server

REQUESTS_A_SECOND = 6
SUBSCRIBERS = 20_000
MOST_QUERIES = 2
SAMPLE = 300
"""Subscribers that poll in this process: as many as one worker's own memory keeps calendars of."""
CLIENTS = (
    ("Google-Calendar-Importer", False, 5),
    ("iOS/18.1 (22B83) dataaccessd/1.0", True, 4),
    ("Microsoft.Exchange/15.20 (Outlook)", False, 2),
    ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.0", True, 1),
)
"""User-Agent, whether it asks conditionally, and how many of twelve use it: a guess, on the dear side."""


@dataclass
class Subscriber:
    """A calendar application with its feed's address and what it had last."""

    token: str
    user_agent: str
    is_conditional: bool
    tag: str = ""

    @property
    def path(self) -> str:
        return reverse("subscription", args=[self.token])

    @property
    def headers(self) -> dict[str, str]:
        known = {"if-none-match": self.tag} if self.is_conditional and self.tag else {}
        return {"user-agent": self.user_agent, **known}


def make_subscribers(conference: Conference, *, count: int) -> list[Subscriber]:
    """Attendees with wishes, and a feed for each. The tokens are not random: a seed gives the same ones again."""
    known = set(Attendee.objects.values_list("pk", flat=True))
    make_attendees(conference=conference, count=count, seed=SEED + 1)
    attendees = [key for key in Attendee.objects.order_by("pk").values_list("pk", flat=True) if key not in known]
    itineraries = Itinerary.objects.bulk_create(
        [Itinerary(attendee_id=key, conference=conference) for key in attendees], batch_size=2_000
    )
    rng = random.Random(SEED)
    weights = [weight for *_, weight in CLIENTS]
    subscribers = [
        Subscriber(f"{number:043}", user_agent, is_conditional)
        for number, (user_agent, is_conditional, _) in enumerate(rng.choices(CLIENTS, weights, k=len(itineraries)))
    ]
    CalendarFeed.objects.bulk_create(
        [
            CalendarFeed(
                itinerary=itinerary,
                token_sha256=hashlib.sha256(subscriber.token.encode()).hexdigest(),
                layout=rng.choice(CalendarFeed.Layout.values),
            )
            for itinerary, subscriber in zip(itineraries, subscribers, strict=True)
        ],
        batch_size=2_000,
    )
    return subscribers


def polling_figures(conference: Conference, subscribers: list[Subscriber]) -> list[Figure]:
    """Polls of a sample an hour apart: the first, with nothing changed, after a change elsewhere, after a change."""
    sample = random.Random(SEED).sample(subscribers, k=min(SAMPLE, len(subscribers)))
    cache.clear()
    first = _polled(sample)
    _an_hour_later()
    unchanged = _polled(sample)
    _an_hour_later()
    poster = conference.posters.earliest("pk")
    poster.abstract += " Revised."
    poster.save()
    elsewhere = _polled(sample)
    _an_hour_later()
    session = Session.objects.filter(conference=conference, starts_at__isnull=False).earliest("pk")
    session.title += " (moved)"
    session.save()
    changed = _polled(sample)
    again = Client(**BROWSER)
    one = next(subscriber for subscriber in sample if subscriber.is_conditional)
    not_modified = timed(lambda: again.get(one.path, headers=one.headers), times=200)
    most = max(tally.queries for tally in unchanged.tallies)
    rendered = sum(tally.queries > MOST_QUERIES for tally in unchanged.tallies)
    return [
        first.figure("feed, first poll: planned and rendered"),
        Figure(
            f"feed, unchanged an hour later, {unchanged.told_statuses}",
            f"{unchanged.told}, {rendered} rendered, {most} queries at most",
            f"none rendered, {MOST_QUERIES} queries",
            rendered == 0 and most <= MOST_QUERIES,
            unchanged.numbers | {"rendered": rendered, "queries": most},
        ),
        elsewhere.figure("feed, first poll after a change that no calendar shows"),
        changed.figure("feed, first poll after a change of the programme"),
        Figure(
            "unchanged calendar feed: 304",
            f"{not_modified}",
            "3 ms",
            not_modified.ms <= 3,
            {"ms": not_modified.ms, "cpu_ms": not_modified.cpu_ms},
        ),
    ]


@dataclass
class Polls:
    """What polls took and were answered."""

    timing: Timing
    tallies: list[Tally]
    statuses: dict[int, int]

    @property
    def numbers(self) -> dict[str, float]:
        return {"p50_ms": percentile(self.timing.clock, 50), "p99_ms": percentile(self.timing.clock, 99)}

    @property
    def told(self) -> str:
        return f"p50 {self.numbers['p50_ms']:.1f} ms, p99 {self.numbers['p99_ms']:.1f} ms"

    @property
    def told_statuses(self) -> str:
        return ", ".join(f"{count} × {status}" for status, count in sorted(self.statuses.items()))

    def figure(self, what: str) -> Figure:
        queries = sorted(tally.queries for tally in self.tallies)
        told = f"{self.told}, {queries[len(queries) // 2]} queries"
        return Figure(f"{what}, {self.told_statuses}", told, numbers=dict(self.numbers))


def _polled(sample: list[Subscriber]) -> Polls:
    polls = Polls(Timing([], []), [], {})
    client = Client(**BROWSER)
    for subscriber in sample:
        with counted() as tally:
            started, cpu = perf_counter(), time.process_time()
            answer = client.get(subscriber.path, headers=subscriber.headers)
            polls.timing.cpu.append((time.process_time() - cpu) * 1_000)
            polls.timing.clock.append((perf_counter() - started) * 1_000)
        if answer.status_code == 200 and not gzip.decompress(answer.content).startswith(b"BEGIN:VCALENDAR\r\n"):
            raise RuntimeError(f"{subscriber.path} is no calendar.")
        subscriber.tag = answer.headers["ETag"]
        polls.tallies.append(tally)
        polls.statuses[answer.status_code] = polls.statuses.get(answer.status_code, 0) + 1
    return polls


def _an_hour_later() -> None:
    """For all that the feeds know."""
    CalendarFeed.objects.exclude(last_fetched_at=None).update(last_fetched_at=datetime.now(UTC) - timedelta(hours=1))


def served_polling_figure(server: Server, subscribers: list[Subscriber], *, seconds: float) -> Figure:
    """A stretch of the hour over HTTP, at 6 requests a second; each subscriber polls twice, as an hour apart."""
    polls = max(6, int(seconds * REQUESTS_A_SECOND))
    chosen = random.Random(SEED + 2).sample(subscribers, k=min(polls // 2, len(subscribers)))
    taken: list[float] = []
    statuses: dict[int, int] = {}
    with Connection(server.port) as connection:
        begin = perf_counter()
        for number, subscriber in enumerate([*chosen, *chosen]):
            time.sleep(max(0.0, begin + number / REQUESTS_A_SECOND - perf_counter()))
            headers = {name.replace("-", "_"): value for name, value in subscriber.headers.items()}
            started = perf_counter()
            answer = connection.send(get(subscriber.path, **headers))
            taken.append((perf_counter() - started) * 1_000)
            subscriber.tag = answer.headers.get("etag", "")
            statuses[answer.status] = statuses.get(answer.status, 0) + 1
        ended = perf_counter()
    p50, p99 = (percentile(taken, percent) for percent in (50, 99))
    wrong = {status for status in statuses if status not in (200, 304)}
    return Figure(
        f"{len(subscribers):,} feeds, {len(taken)} polls over HTTP: "
        + ", ".join(f"{count} × {status}" for status, count in sorted(statuses.items())),
        f"{len(taken) / (ended - begin):.1f} req/s, p50 {p50:.1f} ms, p99 {p99:.1f} ms",
        f"{REQUESTS_A_SECOND} req/s kept, no error",
        not wrong and ended - begin <= len(taken) / REQUESTS_A_SECOND + 1,
        {"p50_ms": p50, "p99_ms": p99, "statuses": statuses},
    )
