"""A small real conference for all tests: two days, a clash, a shared author, homonyms, LaTeX."""

import datetime as dt
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import hypothesis
import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client, override_settings

from posters.browse.authors import index_at
from posters.browse.facets import table_at
from posters.models import Conference, Poster, RemovedEvent, Session
from posters.models.rows import insert_rows
from posters.models.search import PosterText
from posters.programme.records import (
    AuthorRecord,
    BoardRecord,
    ConferenceRecord,
    LinkRecord,
    PosterRecord,
    PresentationRecord,
    ProgrammeRecord,
    SessionRecord,
)
from posters.programme.upsert import upsert_programme

IS_CI = bool(os.environ.get("CI"))

# How long an example takes is the machine's matter: tests assert no times.
hypothesis.settings.register_profile("ours", deadline=None, max_examples=100 if IS_CI else 25)
hypothesis.settings.load_profile("ours")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the slow tests to CI and to whoever asks for them. Skipped, for deselected ones xdist does not tell of."""
    if not IS_CI and "slow" not in config.option.markexpr:
        for item in items:
            if item.get_closest_marker("slow"):
                item.add_marker(pytest.mark.skip(reason="slow: CI runs it, and pytest -m slow"))


PASSWORD = "correct-horse-battery"
KIGALI = ZoneInfo("Africa/Kigali")
SHARED_DATA = Path(settings.BASE_DIR).parent / "shared" / "data"
DECISIONS = ("Poster accept", "Top 25%", "Top 5%")


def at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    """A time in the example conference's zone; it is held on 3 and 4 June 2030."""
    return dt.datetime(2030, 6, day, hour, minute, tzinfo=KIGALI)


def sign_in(client: Client, user: User) -> None:
    """Through the admin's own form, so that the browser's cookies are there as in life."""
    User.objects.filter(pk=user.pk).update(is_staff=True)
    response = client.post("/admin/login/", {"username": user.username, "password": PASSWORD})
    assert response.status_code == 302


def shown(session: str, board: str = "", **facts: str) -> PresentationRecord:
    return PresentationRecord(session=session, room="Hall A" if board else "", board=board, **facts)


EXAMPLE = ProgrammeRecord(
    conference=ConferenceRecord(
        name="Example Conference 2030",
        year=2030,
        time_zone="Africa/Kigali",
        venue="Example Centre, Kigali",
        starts_on=dt.date(2030, 6, 3),
        ends_on=dt.date(2030, 6, 4),
    ),
    decisions=DECISIONS,
    boards=tuple(BoardRecord("Hall A", f"A{number}", position=number) for number in range(1, 13)),
    sessions=(
        SessionRecord("Poster Session 1", "poster-session-1", "poster", "Hall A", at(3, 10), at(3, 12)),
        SessionRecord("Opening Keynote", "keynote", "keynote", "Auditorium", at(3, 11), at(3, 12)),
        SessionRecord("Poster Session 2", "poster-session-2", "poster", "Hall A", at(4, 14), at(4, 16)),
        SessionRecord(
            "Oral Session",
            "oral-session",
            "oral",
            "Auditorium",
            at(4, 9),
            at(4, 10),
            links=(LinkRecord("chat", "https://chat.example.org/orals"),),
        ),
        SessionRecord("Late Posters", "late-posters"),
    ),
    posters=(
        PosterRecord(
            "record 1",
            r"Schr\"{o}dinger Bridges \& Their $\ell_\infty$ Norms",
            (AuthorRecord("Ada Müller", "University of Example"), AuthorRecord("Bo Li", "Institute One")),
            "We cross bridges with $x^2$ steps.",
            "Top 5%",
            number=1,
            keywords=("bridges", "norms"),
            topics=("Theory",),
            links=(LinkRecord("paper", "https://example.org/1.pdf"),),
            presentations=(shown("poster-session-1", "A3"), shown("oral-session")),
        ),
        PosterRecord(
            "record 2",
            "Walking Robots Learn to Rest",
            (AuthorRecord("Ada Müller", "University of Example"), AuthorRecord("Chidi Okafor")),
            "Robots rest when nobody looks.",
            "Poster accept",
            number=2,
            topics=("Robots",),
            presentations=(shown("poster-session-1", "A1"),),
        ),
        PosterRecord(
            "record 3",
            "Is This a Question?",
            (AuthorRecord("Bo Li", "Institute Two", source_id="person-2"),),
            "",
            "Poster accept",
            number=3,
            topics=("Theory",),
            presentations=(shown("poster-session-1", "A2", format="virtual"),),
        ),
        PosterRecord(
            "record 4",
            "",
            (AuthorRecord("Dana Šimić"), AuthorRecord("Eun-ji Park")),
            "An abstract without a title.",
            "Top 25%",
            number=4,
            presentations=(shown("poster-session-2", "A1"),),
        ),
        PosterRecord(
            "record 5",
            "Withdrawn but Remembered",
            (AuthorRecord("Eun-ji Park"),),
            "It was here once.",
            "Poster accept",
            number=5,
            presentations=(shown("poster-session-2", "A2"),),
            status="withdrawn",
        ),
        PosterRecord(
            "record 6",
            "Second Day, Second Chance",
            (AuthorRecord("Chidi Okafor"),),
            "Chances come on the second day.",
            "Poster accept",
            number=6,
            topics=("Robots",),
            presentations=(shown("poster-session-2", "A4"),),
        ),
        PosterRecord(
            "record 7",
            "Nobody Knows When",
            (AuthorRecord("Fatou Ndiaye"),),
            "Its session has no time yet.",
            "Poster accept",
            number=7,
            presentations=(shown("late-posters"),),
        ),
        PosterRecord(
            "record 8",
            "A Secret Draft",
            (AuthorRecord("Gil Hidden"),),
            "Only organisers may read this.",
            "Poster accept",
            number=8,
            presentations=(shown("poster-session-2", "A5"),),
        ),
    ),
)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """On SQLite a file for each worker: in memory, threads share one connection and lock each other's tables.

    It does not wait for the disk. PostgreSQL, where each worker has a database of its own name as ever, deletes where
    Django would truncate, which for few rows takes far longer.
    """
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")
        connection.settings_dict["OPTIONS"]["init_command"] += "PRAGMA synchronous=OFF;"
    else:
        connection.ops.sql_flush = delete_all


def delete_all(style: object, tables: list[str], **_: object) -> list[str]:
    """What empties the tables after a test that commits, in Django's place. Foreign keys are looked at in the end."""
    return [f"DELETE FROM {connection.ops.quote_name(table)};" for table in tables]  # noqa: S608 - names of tables


@pytest.fixture(scope="session", autouse=True)
def _quick_passwords() -> Iterator[None]:
    """To make or check one as a site does takes half a second, on purpose."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """What one test keeps must not answer in the next, whose database is another."""
    cache.clear()
    table_at.cache_clear()
    index_at.cache_clear()


def import_example() -> None:
    upsert_programme(record=EXAMPLE, conference_slug="example-2030")
    Poster.objects.filter(number=8).update(status=Poster.Status.DRAFT)
    RemovedEvent.objects.all().delete()  # It was never published.


@pytest.fixture(scope="session")
def example_rows(django_db_setup: None, django_db_blocker) -> list[tuple[str, list[str], list[tuple]]]:
    """All that importing the example writes: table, columns, rows. To insert it takes a tenth of the time."""
    tables = []
    with django_db_blocker.unblock(), transaction.atomic(), connection.cursor() as cursor:
        import_example()
        for model in apps.get_app_config("posters").get_models():
            table, key = model._meta.db_table, model._meta.pk.column
            # FTS5 tells a row's key only when it is asked for by name.
            described = connection.introspection.get_table_description(cursor, table)
            columns = list(dict.fromkeys([key, *(column.name for column in described)]))
            cursor.execute(f"SELECT {', '.join(columns)} FROM {table}")  # noqa: S608 - names of columns
            tables.append((table, columns, cursor.fetchall()))
        transaction.set_rollback(True)
    return tables


@pytest.fixture
def conference(db: None, example_rows) -> Conference:
    """The example conference, published; poster 8 is a draft, 5 withdrawn, 4 untitled."""
    if Conference.objects.exists() or not connection.in_atomic_block:
        import_example()  # Others may have the same keys, and what follows a commit is to happen.
    else:
        PosterText.objects.all().delete()  # A flush leaves it, for to Django it is no table.
        for table, columns, rows in example_rows:
            insert_rows(table, columns, rows)
    return Conference.objects.get(slug="example-2030")


@pytest.fixture
def poster(conference: Conference) -> Poster:
    """Poster 1: LaTeX in its title, shown as a poster and as an oral."""
    return conference.posters.get(number=1)


@pytest.fixture
def poster_session(conference: Conference) -> Session:
    """Poster Session 1, with posters 1 to 3."""
    return conference.sessions.get(slug="poster-session-1")


@pytest.fixture
def many_posters(db: None) -> Callable[[int], Conference]:
    """Makes a published conference of n posters in two sessions, on boards, with three authors each."""

    def make(count: int, slug: str = "many") -> Conference:
        record = ProgrammeRecord(
            conference=ConferenceRecord(name=f"Many {count}", year=2031, time_zone="Europe/Vienna"),
            decisions=DECISIONS,
            boards=tuple(BoardRecord("Hall", str(n), position=n) for n in range(1, count + 1)),
            sessions=tuple(
                SessionRecord(
                    f"Posters {n}",
                    f"posters-{n}",
                    "poster",
                    "Hall",
                    dt.datetime(2031, 5, n, 9, tzinfo=dt.UTC),
                    dt.datetime(2031, 5, n, 11, tzinfo=dt.UTC),
                )
                for n in (1, 2)
            ),
            posters=tuple(
                PosterRecord(
                    f"record {n}",
                    f"Poster Title {n}",
                    tuple(AuthorRecord(f"Author {(n * 3 + k) % (2 * count)}", "Example") for k in range(3)),
                    f"Abstract of poster {n} on theme{n % 7}.",
                    DECISIONS[n % 3],
                    number=n,
                    topics=(f"Topic {n % 7}", f"Topic {n % 5 + 7}"),
                    presentations=(PresentationRecord(f"posters-{n % 2 + 1}", room="Hall", board=str(n)),),
                )
                for n in range(1, count + 1)
            ),
        )
        upsert_programme(record=record, conference_slug=slug)
        return Conference.objects.get(slug=slug)

    return make


@pytest.fixture
def attendee_client(conference: Conference) -> Client:
    """A signed-in attendee with two favourites and a planned session."""
    client = Client()
    sign_in(client, User.objects.create_user("attendee", "attendee@example.org", PASSWORD))
    client.post("/example-2030/posters/1/favourite/", {"interest": "must-see"})
    client.post("/example-2030/posters/2/favourite/", {"interest": "interested"})
    client.post("/example-2030/sessions/keynote/attendance/", {"attending": "yes"})
    return client


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The real programmes beside the checkout: needed in CI, left out by a clone that stands alone."""
    if not SHARED_DATA.is_dir():
        if IS_CI:
            pytest.fail(f"{SHARED_DATA} is missing.")
        pytest.skip("no ../shared/data beside this clone")
    return SHARED_DATA


@pytest.fixture(scope="session")
def iclr_page(shared_data: Path) -> Path:
    """The text of ICLR 2023's Poster Session 4."""
    return shared_data / "iclr-2023-poster-session-4.txt"
