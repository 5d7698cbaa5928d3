"""The latest intent wins, in whatever order intents arrive: a phone without network sends them hours later."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from django.db import connection, models

ROWS_AT_ONCE = 1_000
"""SQLite takes 32,766 values in one statement."""


UNREADABLE_TIME = "“wished_at” must be a time with its offset, such as 2030-06-03T09:00:00Z."


class UnreadableTime(Exception):
    """What should tell when something was wished is no time with an offset from UTC."""


def wished_at(given: str, *, now: datetime) -> datetime:
    """When the attendee wished it, as their device tells in ISO 8601; `now` where it does not.

    Nobody wishes in the future: a clock that is fast cannot make a wish that no other overrules. Raises
    UnreadableTime for anything but a time with an offset.
    """
    if not given:
        return now
    try:
        moment = datetime.fromisoformat(given)
        if moment.tzinfo is None:
            raise UnreadableTime
        return min(moment.astimezone(UTC), now)
    except (ValueError, OverflowError) as error:
        raise UnreadableTime from error


def write_latest(rows: Iterable[models.Model], *, same: Sequence[str], said: Sequence[str], time: str) -> int:
    """Insert rows; where there is one with the `same` fields, what is `said` later, by the field `time`, holds.

    Gives how many rows stand as given. One statement for up to a thousand, so that two at once cannot lose
    the later one; in SQL, for Django's own upsert knows no condition.
    """
    waiting = list(rows)
    return sum(
        _write(waiting[start : start + ROWS_AT_ONCE], same=same, said=said, time=time)
        for start in range(0, len(waiting), ROWS_AT_ONCE)
    )


def _write(rows: Sequence[models.Model], *, same: Sequence[str], said: Sequence[str], time: str) -> int:
    meta = rows[0]._meta
    fields = [field for field in meta.local_concrete_fields if not field.primary_key]
    quote = connection.ops.quote_name
    column = {field.name: quote(str(field.column)) for field in fields}
    table = quote(meta.db_table)
    one_row = f"({', '.join(['%s'] * len(fields))})"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(column.values())}) VALUES {', '.join([one_row] * len(rows))}"  # noqa: S608 - names of our own columns
            f" ON CONFLICT ({', '.join(column[name] for name in same)})"
            f" DO UPDATE SET {', '.join(f'{column[name]} = EXCLUDED.{column[name]}' for name in said)}"
            f" WHERE {table}.{column[time]} <= EXCLUDED.{column[time]}",
            [field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows for field in fields],
        )
        return cursor.rowcount
