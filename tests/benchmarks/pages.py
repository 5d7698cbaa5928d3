"""Every programme page, rendered cold at 145 posters and at many: time, queries, rows, work."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.core.cache import cache
from django.db.models import Count
from django.test import Client
from django.urls import reverse

from posters.browse.authors import index_at
from posters.browse.facets import table_at
from posters.models import Conference, Session
from tests.benchmarks.counting import counted
from tests.benchmarks.figures import Figure, print_table, timed

UP_TO_FIFTY = "matches, up to 50"
BROWSER = {"HTTP_HOST": "127.0.0.1", "HTTP_ACCEPT_ENCODING": "gzip"}


@dataclass(frozen=True)
class ProgrammePage:
    """An address to measure. `grows_with` says what its rows may grow with; empty: nothing.

    A page of fifty is not full where the small conference has fewer matches.
    """

    name: str
    path: str
    grows_with: str = ""


@dataclass(frozen=True)
class ColdFigure:
    """One page rendered without cache: median times, statements, rows that came back, work inside."""

    ms: float
    cpu_ms: float
    queries: int
    rows: int
    work: int
    kilobytes: float


def programme_pages(conference: Conference) -> list[ProgrammePage]:
    """Each kind of programme page once; of authors and topics those with most posters."""
    at = [conference.slug]
    session = poster_sessions(conference)[0]
    poster = conference.posters.order_by("number")[conference.posters.count() // 2]
    author = conference.authors.annotate(size=Count("authorships")).order_by("-size", "pk")[0]
    topic = conference.topics.annotate(size=Count("poster_topics")).order_by("-size", "pk")[0]
    posters = reverse("poster-list", args=at)
    return [
        ProgrammePage("home", reverse("home", args=at)),
        ProgrammePage("schedule", reverse("schedule", args=at)),
        ProgrammePage("session", reverse("session", args=[*at, session.slug]), "its posters"),
        ProgrammePage("session .ics", reverse("session-ics", args=[*at, session.slug])),
        ProgrammePage("browse", posters),
        ProgrammePage("browse, page 3", f"{posters}?page=3"),
        ProgrammePage(
            "browse, session and decision",
            f"{posters}?session={session.slug}&decision=poster-accept",
            UP_TO_FIFTY,
        ),
        ProgrammePage("browse, by board", f"{posters}?sort=board"),
        ProgrammePage("browse, with abstracts", f"{posters}?view=abstracts"),
        ProgrammePage("browse, by topic", f"{posters}?view=topics"),
        ProgrammePage("browse, two words", f"{posters}?q=sparse+sampling", UP_TO_FIFTY),
        ProgrammePage("poster", reverse("poster", args=[*at, poster.number])),
        ProgrammePage("poster .ics", reverse("poster-ics", args=[*at, poster.number])),
        ProgrammePage("authors", reverse("author-list", args=at)),
        ProgrammePage("author", reverse("author", args=[*at, author.slug]), "their posters"),
        ProgrammePage("topics", reverse("topic-list", args=at)),
        ProgrammePage("topic", reverse("topic", args=[*at, topic.slug]), UP_TO_FIFTY),
        ProgrammePage("theme.css", reverse("theme", args=at)),
    ]


def poster_sessions(conference: Conference) -> list[Session]:
    return list(conference.sessions.filter(kind=Session.Kind.POSTER).order_by("starts_at"))


def forget_everything() -> None:
    """As after a change of the programme: no page is kept, no facet table and no index of authors."""
    cache.clear()
    table_at.cache_clear()
    index_at.cache_clear()


def cold(path: str, *, times: int = 20, forget: Callable[[], None] = cache.clear) -> ColdFigure:
    """The page rendered in this process with an empty cache, through all middleware, compressed."""
    client = Client(**BROWSER)
    answers = [client.get(path) for _ in range(2)]  # Templates are compiled, connections open.
    if answers[0].status_code != 200:
        raise RuntimeError(f"{path} answers {answers[0].status_code}.")
    timing = timed(lambda: client.get(path), times=times, before=forget)
    forget()
    with counted() as tally:
        client.get(path)
    kilobytes = len(answers[0].content) / 1_000
    return ColdFigure(timing.ms, timing.cpu_ms, tally.queries, tally.rows, tally.work, kilobytes)


def page_figures(small: Conference, large: Conference, *, times: int) -> list[dict[str, Any]]:
    """Every page in both conferences."""
    return [
        {
            "page": page.name,
            "grows_with": page.grows_with,
            "small": asdict(cold(page.path, times=times)),
            "large": asdict(cold(twin.path, times=times)),
        }
        for page, twin in zip(programme_pages(small), programme_pages(large), strict=True)
    ]


def print_pages(title: str, found: Sequence[dict[str, Any]], *, posters: tuple[int, int], work: str) -> None:
    """Side by side; what grows where nothing should is marked."""
    headings = ["page"]
    for count in posters:
        headings += [f"{count:,}: ms", "CPU", "queries", "rows", work, "kB"]
    rows = []
    for page in found:
        cells = [page["page"]]
        for size in ("small", "large"):
            cold = page[size]
            cells += [
                f"{cold['ms']:.1f}",
                f"{cold['cpu_ms']:.1f}",
                *(f"{cold[name]:,}" for name in ("queries", "rows", "work")),
            ]
            cells.append(f"{cold['kilobytes']:.1f}")
        rows.append([*cells, remark(page)])
    print_table(title, [*headings, "remark"], rows)


def remark(page: dict[str, Any]) -> str:
    """What grew with the number of posters: queries never may, rows only where the page says so."""
    small, large = page["small"], page["large"]
    remarks = []
    if large["queries"] != small["queries"]:
        remarks.append("QUERIES DIFFER")
    if page["grows_with"]:
        remarks.append(f"rows: {page['grows_with']}")
    elif _has_grown(page):
        remarks.append("ROWS GROW")
    if large["work"] > 5 * small["work"] + 5_000:
        remarks.append(f"{large['work'] / max(small['work'], 1):.0f} times the work")
    return ", ".join(remarks)


def _has_grown(page: dict[str, Any]) -> bool:
    """More rows came back than chance explains: other posters have other numbers of authors."""
    return page["large"]["rows"] > 1.2 * page["small"]["rows"] + 20


def constancy_figures(found: Sequence[dict[str, Any]]) -> list[Figure]:
    """The same queries and as many rows at any size, in one line each (STYLE.md: query counts are constant)."""
    more_queries = [page["page"] for page in found if page["large"]["queries"] != page["small"]["queries"]]
    more_rows = [page["page"] for page in found if not page["grows_with"] and _has_grown(page)]
    return [
        Figure(
            f"queries on {len(found)} programme pages, few posters and many",
            f"differ: {', '.join(more_queries)}" if more_queries else "equal",
            "equal",
            not more_queries,
            {"differ": more_queries},
        ),
        Figure(
            "rows that come back for a page of fixed size",
            f"grow: {', '.join(more_rows)}" if more_rows else "constant",
            "constant",
            not more_rows,
            {"grow": more_rows},
        ),
    ]
