"""Rows straight into a table and out of it: a third of the time that objects of a model take.

Into it only what is made from the programme and announces nothing: the log, the search index, likenesses, the map.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import connection


def insert_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows of values as the database takes them: JSON as text, times as its adapter gives them.

    The rows may not ask the database for anything: PostgreSQL takes each in while the next is made.
    """
    names = ", ".join(map(connection.ops.quote_name, columns))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {connection.ops.quote_name(table)} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            places = ", ".join(["%s"] * len(columns))
            statement = f"INSERT INTO {connection.ops.quote_name(table)} ({names}) VALUES ({places})"  # noqa: S608 - names of columns
            cursor.executemany(statement, rows)  # type: ignore[arg-type]  # one by one: Django hands them on


def moment_of(value: datetime | str | None) -> datetime | None:
    """A time as the database's driver gives it: SQLite's without its zone, and an expression's as text."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value
