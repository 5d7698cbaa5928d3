"""Sessions as days, and what is on now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from zoneinfo import ZoneInfo

from posters.models import Session

MOST_NEXT = 4


@dataclass(frozen=True)
class ScheduleDay:
    """The sessions that start on one day; None holds those whose time is to be announced."""

    date: date | None
    sessions: list[Session]


@dataclass(frozen=True)
class NowAndNext:
    """What is on, what comes, and whether all is over."""

    now: list[Session]
    next: list[Session]
    is_over: bool


def days_of(sessions: Iterable[Session], *, zone: ZoneInfo) -> list[ScheduleDay]:
    """Sessions in time order, by the day on which they start in this zone."""
    by_day = groupby(sessions, key=lambda s: s.starts_at.astimezone(zone).date() if s.starts_at else None)
    return [ScheduleDay(day, list(of_day)) for day, of_day in by_day]


def now_and_next(sessions: Iterable[Session], *, now: datetime) -> NowAndNext:
    """Sessions in time order → those that run, and those that start next."""
    timed = [(s.starts_at, s.ends_at, s) for s in sessions if s.starts_at and s.ends_at]
    running = [session for starts_at, ends_at, session in timed if starts_at <= now < ends_at]
    coming = [session for starts_at, _, session in timed if starts_at > now]
    soonest = [session for session in coming if session.starts_at == coming[0].starts_at]
    return NowAndNext(now=running, next=soonest[:MOST_NEXT], is_over=bool(timed) and not running and not coming)
