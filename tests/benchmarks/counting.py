"""Counts what a piece of code asks of the database: statements, rows that came back, work done inside.

Work is what shows a scan that returns one row: on SQLite the steps of its virtual machine, on
PostgreSQL the rows its scans and indexes brought up (pg_stat_xact_user_tables).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

NOT_QUERIES = ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")
STEPS_A_CALL = 100


@dataclass
class Tally:
    """What was asked, and how many rows were written."""

    queries: int = 0
    rows: int = 0
    rows_written: int = 0
    work: int = 0

    def see(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        """Django's execute wrapper."""
        result = execute(sql, params, many, context)
        word = sql.lstrip(" (").partition(" ")[0].upper()
        if word not in NOT_QUERIES:
            self.queries += 1
        return result


class CountingCursor(CursorWrapper):
    """A cursor that counts the rows taken from it."""

    def __init__(self, cursor: Any, db: Any, tally: Tally) -> None:
        super().__init__(cursor, db)
        self.tally = tally

    def fetchone(self) -> Any:
        row = self.cursor.fetchone()
        self.tally.rows += row is not None
        return row

    def fetchmany(self, *args: Any, **kwargs: Any) -> Any:
        rows = self.cursor.fetchmany(*args, **kwargs)
        self.tally.rows += len(rows)
        return rows

    def fetchall(self) -> Any:
        rows = self.cursor.fetchall()
        self.tally.rows += len(rows)
        return rows

    def __iter__(self) -> Iterator[Any]:
        for row in self.cursor:
            self.tally.rows += 1
            yield row


@contextmanager
def counted() -> Iterator[Tally]:
    """Counts all that happens inside, on the default connection. SQLite is a little slower meanwhile."""
    tally = Tally()
    connection.ensure_connection()
    connection.make_cursor = lambda cursor: CountingCursor(cursor, connection, tally)
    try:
        with _work_counted(tally), connection.execute_wrapper(tally.see):
            yield tally
    finally:
        del connection.make_cursor


@contextmanager
def _work_counted(tally: Tally) -> Iterator[None]:
    if connection.vendor == "sqlite":

        def stepped() -> int:
            tally.work += STEPS_A_CALL
            return 0

        sqlite = connection.connection
        changes = sqlite.total_changes
        sqlite.set_progress_handler(stepped, STEPS_A_CALL)
        try:
            yield
        finally:
            sqlite.set_progress_handler(None, 0)
            # Not from cursors: SQLite knows the rows of INSERT … RETURNING only when they are fetched.
            tally.rows_written += sqlite.total_changes - changes
        return
    with transaction.atomic():
        before = _rows_touched()
        yield
        work, written = (int(now) - int(then) for now, then in zip(_rows_touched(), before, strict=True))
        tally.work += work
        tally.rows_written += written


def _rows_touched() -> tuple[int, int]:
    """Rows brought up, and rows written by whatever statement, in this transaction so far."""
    # The driver's own cursor: what measures is not measured.
    with connection.connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)), 0),"
            " coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_xact_user_tables"
        )
        return cursor.fetchone()
