"""An import killed in the middle leaves the old programme whole: it is one transaction."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import asdict, replace
from json import dumps
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection

from posters.programme.synthetic import synthetic_programme

PATIENCE = 60
"""Seconds until an import that writes nothing counts as broken."""
FACTS = """
SELECT (SELECT max(revision) FROM posters_conference), (SELECT count(*) FROM posters_poster),
       (SELECT count(*) FROM posters_poster WHERE title = 'New')
"""


def manage(url: str, *arguments: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments]
    return subprocess.Popen(
        command, env={**os.environ, "DATABASE_URL": url}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def write_programme(path: Path, *, count: int, title: str) -> Path:
    """A programme file; the posters of each size are those of the smaller ones, retitled, and more."""
    record = synthetic_programme(posters=count, seed=1)
    posters = tuple(replace(poster, title=title, source_id=f"s{poster.number}") for poster in record.posters)
    content = {"format": "boardwalk-programme", "version": 1, **asdict(replace(record, posters=posters))}
    path.write_text(dumps(content, default=lambda value: value.isoformat()), "utf-8")
    return path


class SQLiteFile:
    """A database of its own, in which all that is written is the import's."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "killed.sqlite3"
        self.url = f"sqlite:///{self.path}"
        assert manage(self.url, "migrate").wait(PATIENCE) == 0

    def is_in_the_middle(self) -> bool:
        """Whether a transaction has more in the log than it could hold in memory, and is not committed."""
        log = self.path.with_name(f"{self.path.name}-wal")
        return log.exists() and log.stat().st_size > 1_500_000

    def facts(self) -> tuple[int, int, int]:
        with sqlite3.connect(self.path) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            return database.execute(FACTS).fetchone()


class PostgreSQLDatabase:
    """The tests' own database, in which the other process is seen by its transaction."""

    def __init__(self) -> None:
        parameters = connection.get_connection_params()
        host, port = parameters.get("host") or "127.0.0.1", parameters.get("port") or 5432
        password = f":{parameters['password']}" if parameters.get("password") else ""
        self.url = f"postgres://{parameters['user']}{password}@{host}:{port}/{parameters['dbname']}"

    def rows(self, statement: str) -> list[tuple[int, int, int]]:
        with psycopg.connect(self.url, autocommit=True) as server:
            return server.execute(statement).fetchall()

    def is_in_the_middle(self) -> bool:
        """Whether a transaction has written, and is not committed."""
        activity = "FROM pg_stat_activity WHERE datname = current_database() AND backend_xid IS NOT NULL"
        return bool(self.rows(f"SELECT pid, 0, 0 {activity} AND query LIKE '%posters_%'"))

    def facts(self) -> tuple[int, int, int]:
        return self.rows(FACTS)[0]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_killed_import_leaves_the_old_programme_and_can_be_run_again(tmp_path: Path) -> None:
    database = SQLiteFile(tmp_path) if connection.vendor == "sqlite" else PostgreSQLDatabase()
    old = write_programme(tmp_path / "old.json", count=100, title="Old")
    new = write_programme(tmp_path / "new.json", count=1_500, title="New")
    assert manage(database.url, "import_programme", str(old), "--conference", "kill").wait(PATIENCE) == 0
    before = database.facts()
    assert before[1:] == (100, 0)
    arguments = ("import_programme", str(new), "--conference", "kill")
    process = manage(database.url, *arguments)
    deadline = time.monotonic() + PATIENCE
    while not database.is_in_the_middle():
        assert process.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline, "it wrote nothing"
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait(PATIENCE) == -signal.SIGKILL
    assert database.facts() == before
    assert manage(database.url, *arguments).wait(PATIENCE) == 0
    revision, *counts = database.facts()
    assert (revision > before[0], counts) == (True, [1_500, 1_500])
