"""Scratch databases: made for one run, gone after it."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

POSTGRES_URL = os.environ.get("BENCHMARK_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")


class DatabaseUnreachable(Exception):
    """There is no such server here."""


@contextmanager
def scratch_database(kind: str, *, folder: Path) -> Iterator[str]:
    """The DATABASE_URL of an empty database; `kind` is sqlite or postgresql. Raises DatabaseUnreachable."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'benchmark.sqlite3'}"
        return
    import psycopg  # an extra: a run on SQLite alone does without
    from psycopg import sql

    try:
        server = psycopg.connect(POSTGRES_URL, autocommit=True, connect_timeout=5)
    except psycopg.OperationalError as error:
        raise DatabaseUnreachable(str(error).splitlines()[0]) from error
    name = f"boardwalk_benchmark_{secrets.token_hex(4)}"
    with server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        yield urlunsplit(urlsplit(POSTGRES_URL)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(POSTGRES_URL, autocommit=True) as server:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
