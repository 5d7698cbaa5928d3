"""What attendees want, added up over all of them: counted anew every few minutes, and never told of one."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.core.cache import cache
from django.db.models import Case, Count, IntegerField, Max, Min, Q, QuerySet, Value, When

from posters.models import Attendance, Conference, Favourite, Visit
from posters.models.base import PosterStatus

KEPT_SECONDS = 300
"""200,000 favourites take a second to count, and an organiser comes back after each edit."""
MOST_COLUMNS = 60
"""Of a picture over time: of a longer time, each column is several days."""
LONGEST_SESSION = dt.timedelta(days=7)
"""Whose hours are told one by one."""
MOST_HOURS = 24 * 7
HOUR = dt.timedelta(hours=1)


@dataclass(frozen=True)
class Period:
    """A stretch of time and how much falls into it."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    count: int


@dataclass(frozen=True)
class Demand:
    """The sums as of a moment. Sessions and posters are told by their keys."""

    counted_at: dt.datetime
    attendee_count: int
    """Those with at least one favourite."""
    favourites: dict[int, int]
    """By poster."""
    people: dict[int, int]
    """Attendees with at least one favourite in a session."""
    visits: dict[int, int]
    """Planned, by session."""
    attendances: dict[int, int]
    favourites_over_time: list[Period]
    """The favourites of today by the day on which they were set."""
    visits_by_hour: list[Period]
    """Visits planned to begin in each hour with a session that shows posters."""


def demand_of(conference: Conference, *, now: dt.datetime) -> Demand:
    """What attendees want of a conference, at most five minutes old."""
    kept: Demand | None = cache.get(_key(conference))
    if kept is None:
        kept = count_demand(conference, now=now)
        cache.set(_key(conference), kept, KEPT_SECONDS)
    return kept


def is_demand_kept(conference: Conference) -> bool:
    """Whether it is known without counting."""
    return _key(conference) in cache


def _key(conference: Conference) -> str:
    return f"demand:{conference.pk}"


def favourites_of(conference: Conference) -> QuerySet[Favourite]:
    """The favourites that draw people: nobody comes for a poster that is withdrawn."""
    wished = Favourite.objects.wished().filter(poster__conference=conference)
    return wished.exclude(poster__status=PosterStatus.WITHDRAWN).order_by()


def visits_of(conference: Conference) -> QuerySet[Visit]:
    """The visits that are planned."""
    visits = Visit.objects.filter(itinerary__conference=conference, cancelled_at=None, is_declined=False)
    return visits.order_by()


def attendances_of(conference: Conference) -> QuerySet[Attendance]:
    """The sessions that are planned, each by each."""
    return Attendance.objects.filter(session__conference=conference).order_by()


def count_demand(conference: Conference, *, now: dt.datetime) -> Demand:
    """The same, counted now, in a number of queries that does not depend on how much there is."""
    wished, visits = favourites_of(conference), visits_of(conference)
    attendances = attendances_of(conference)
    of_poster = list(
        wished.values_list("poster").annotate(count=Count("pk"), first=Min("wished_at"), last=Max("wished_at"))
    )
    session = "poster__presentations__session"
    shown = wished.filter(**{f"{session}__conference": conference})
    days = _days([row[2] for row in of_poster], [row[3] for row in of_poster], conference)
    return Demand(
        counted_at=now,
        attendee_count=wished.aggregate(count=Count("attendee", distinct=True))["count"],
        favourites={poster: count for poster, count, *_ in of_poster},
        people=dict(shown.values_list(session).annotate(count=Count("attendee", distinct=True))),
        visits=dict(visits.values_list("presentation__session").annotate(count=Count("pk"))),
        attendances=dict(attendances.values_list("session").annotate(count=Count("pk"))),
        favourites_over_time=_counted(wished, "wished_at", days),
        visits_by_hour=_counted(visits, "starts_at", _hours(conference)),
    )


def _days(
    first: Sequence[dt.datetime], last: Sequence[dt.datetime], conference: Conference
) -> list[tuple[dt.datetime, dt.datetime]]:
    """The conference's own days from the first moment to the last, together where they are many."""
    if not first:
        return []
    begin, end = (moment.astimezone(conference.zone).date() for moment in (min(first), max(last)))
    day_count = (end - begin).days + 1
    length = -(-day_count // MOST_COLUMNS)
    edges = [begin + dt.timedelta(days=start) for start in range(0, day_count + length, length)]
    return list(pairwise(dt.datetime.combine(day, dt.time(), conference.zone) for day in edges))


def _hours(conference: Conference) -> list[tuple[dt.datetime, dt.datetime]]:
    """The full hours, on the conference's clocks, in which a session shows posters."""
    sessions = conference.sessions.filter(presentations__isnull=False).distinct()
    hours: set[dt.datetime] = set()
    for starts_at, ends_at in sessions.order_by().values_list("starts_at", "ends_at"):
        if starts_at is None or ends_at is None or ends_at - starts_at > LONGEST_SESSION:
            continue
        hour = starts_at.astimezone(conference.zone).replace(minute=0, second=0, microsecond=0).astimezone(dt.UTC)
        while hour < ends_at:
            hours.add(hour)
            hour += HOUR
    return [(hour, hour + HOUR) for hour in sorted(hours)[:MOST_HOURS]]


def _counted(rows: QuerySet[Any], column: str, windows: Sequence[tuple[dt.datetime, dt.datetime]]) -> list[Period]:
    """How many rows fall into each window, in one query.

    The database is told the windows: SQLite would call Python for each of 200,000 times to know its local day.
    """
    if not windows:
        return []
    cases = [
        When(Q(**{f"{column}__gte": starts_at, f"{column}__lt": ends_at}), then=Value(index))
        for index, (starts_at, ends_at) in enumerate(windows)
    ]
    window = Case(*cases, default=Value(-1), output_field=IntegerField())
    counts = dict(rows.annotate(window=window).values_list("window").annotate(count=Count("pk")))
    return [Period(starts_at, ends_at, counts.get(index, 0)) for index, (starts_at, ends_at) in enumerate(windows)]
