"""How much an edition has, and how much of it is wanted where and when."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db.models import Count

from posters.models import Board, Conference, Presentation, Session
from posters.organise.board_rows import Row, rows_of
from posters.organise.demand import Demand, Period


@dataclass(frozen=True)
class Totals:
    """How much of everything an edition has."""

    by_status: Mapping[str, int]
    by_format: Mapping[str, int]
    session_count: int
    author_count: int
    room_count: int
    board_count: int

    @property
    def poster_count(self) -> int:
        return sum(self.by_status.values())


def totals_of(conference: Conference) -> Totals:
    """An edition's own totals."""
    presentations = Presentation.objects.filter(session__conference=conference).order_by()
    return Totals(
        by_status=dict(conference.posters.order_by().values_list("status").annotate(count=Count("pk"))),
        by_format=dict(presentations.values_list("format").annotate(count=Count("poster", distinct=True))),
        session_count=conference.sessions.count(),
        author_count=conference.authors.count(),
        room_count=conference.rooms.count(),
        board_count=Board.objects.filter(room__conference=conference).count(),
    )


@dataclass(frozen=True)
class RowCrowd:
    """How much is wanted along one row of boards in one session."""

    row: Row
    poster_count: int
    favourite_count: int


@dataclass
class SessionCrowd:
    """Who means to come to a session."""

    session: Session
    people_count: int
    """Attendees with at least one favourite there."""
    visit_count: int
    attendance_count: int
    poster_count: int = 0
    favourite_count: int = 0
    rows: list[RowCrowd] = field(default_factory=list)


def crowds_of(conference: Conference, demand: Demand) -> list[SessionCrowd]:
    """Every session in time order, with what is wanted there, and along which rows of boards."""
    crowds = {
        session.pk: SessionCrowd(
            session,
            demand.people.get(session.pk, 0),
            demand.visits.get(session.pk, 0),
            demand.attendances.get(session.pk, 0),
        )
        for session in conference.sessions.select_related("room").in_time_order()
    }
    rows = rows_of(Board.objects.filter(room__conference=conference).select_related("room"))
    row_with = {board: row for row in rows for board in row.boards}
    along: defaultdict[int, dict[int, list[int]]] = defaultdict(dict)
    shown = Presentation.objects.filter(session__conference=conference).order_by()
    for session, board, poster in shown.values_list("session", "board", "poster").iterator():
        wishes = demand.favourites.get(poster, 0)
        crowds[session].poster_count += 1
        crowds[session].favourite_count += wishes
        if board in row_with:
            sums = along[session].setdefault(row_with[board].key, [0, 0])
            sums[0] += 1
            sums[1] += wishes
    for key, sums_by_row in along.items():
        crowds[key].rows = [RowCrowd(row, *sums_by_row[row.key]) for row in rows if row.key in sums_by_row]
    return list(crowds.values())


@dataclass(frozen=True)
class BusyHour:
    """An hour with posters: the favourites on show in it, and the visits planned to begin in it."""

    hour: Period
    favourite_count: int


def busy_hours(crowds: Sequence[SessionCrowd], demand: Demand) -> list[BusyHour]:
    """The hours with posters, in order."""
    return [
        BusyHour(hour, sum(crowd.favourite_count for crowd in crowds if _is_on(crowd.session, hour)))
        for hour in demand.visits_by_hour
    ]


def _is_on(session: Session, hour: Period) -> bool:
    if session.starts_at is None or session.ends_at is None:
        return False
    return session.starts_at < hour.ends_at and hour.starts_at < session.ends_at
