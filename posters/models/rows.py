"""Rows straight into a table and out of it: a third of the time that objects of a model take.

Into it what is made from the programme and announces nothing (the log, the search index, likenesses, the map), and for
`ProgrammeQuerySet.add_rows`, which announces what it inserts.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from django.db import connection


def insert_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert rows of values as the database takes them: JSON as text, times as its adapter gives them.

    The rows may not ask the database for anything: PostgreSQL takes each in while the next is made.
    """
    names = ", ".join(map(connection.ops.quote_name, columns))
    # What Django does for its own statements, and not for COPY.
    with connection.cursor() as cursor, connection.wrap_database_errors:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {connection.ops.quote_name(table)} ({names}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            places = ", ".join(["%s"] * len(columns))
            statement = f"INSERT INTO {connection.ops.quote_name(table)} ({names}) VALUES ({places})"  # noqa: S608 - names of columns
            cursor.executemany(statement, rows)  # type: ignore[arg-type]  # one by one: Django hands them on


def read_rows(statement: str, parameters: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a query that is asked again and again, as the driver gives them.

    Prepared, which Django's cursor cannot: PostgreSQL plans it once for a connection.
    """
    is_watched = connection.queries_logged or connection.execute_wrappers
    if connection.vendor == "postgresql" and not is_watched:
        connection.ensure_connection()
        with connection.wrap_database_errors:
            prepared = connection.Database.Cursor(connection.connection)  # type: ignore[attr-defined]  # not in the stubs
            return list(prepared.execute(statement, parameters).fetchall())
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def moment_of(value: datetime | str | None) -> datetime | None:
    """A time as the database's driver gives it: SQLite's without its zone, and an expression's as text."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value.replace(tzinfo=UTC) if value and value.tzinfo is None else value


def reserved_keys(table: str, count: int) -> "array[int] | range":
    """Keys for so many new rows of a table, that nobody else is given. Inside the transaction that inserts them."""
    name = connection.ops.quote_name(table)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sequence = "nextval(pg_get_serial_sequence(%s, 'id'))"
            cursor.execute(f"SELECT {sequence} FROM generate_series(1, %s)", [name, count])  # noqa: S608 - a constant
            return array("q", (key for (key,) in cursor.fetchall()))
        # One at a time writes to SQLite; it counts on from what is inserted, and gives no key twice.
        cursor.execute(
            f"SELECT max(coalesce((SELECT max(id) FROM {name}), 0),"  # noqa: S608 - a table's name
            " coalesce((SELECT seq FROM sqlite_sequence WHERE name = %s), 0))",
            [table],
        )
        (last,) = cursor.fetchone()
    return range(last + 1, last + count + 1)


def parts(keys: Iterable[Any]) -> Iterator[list[Any]]:
    """Keys in parts: SQLite takes 32,766 variables at most."""
    rest = iter(keys)
    while part := list(islice(rest, 5_000)):
        yield part
