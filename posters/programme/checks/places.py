"""Where and when: boards, rooms and sessions that do not fit each other."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet

from posters.models import Board, Conference, Poster, Presentation, Session
from posters.models.base import PosterStatus
from posters.programme.checks.finding import Finding, Severity, form_of, list_of
from posters.programme.checks.overlaps import overlapping

AROUND = (Session.Kind.BREAK, Session.Kind.SOCIAL)
"""Kinds of sessions that may share a room with others: coffee among the posters is meant."""


@dataclass(frozen=True, slots=True)
class Hanging:
    """A poster on a board for the time of a session."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    poster: int
    number: int
    session: str


def presentations_standing(conference: Conference) -> QuerySet[Presentation]:
    """The presentations that take place: all but those of withdrawn posters."""
    shown = Presentation.objects.filter(session__conference=conference)
    return shown.exclude(poster__status=PosterStatus.WITHDRAWN).order_by("session__starts_at", "poster__number")


def posters_on_one_board(conference: Conference) -> Iterator[Finding]:
    """Posters on one board in sessions that overlap. In one session the database knows each board once."""
    hung = presentations_standing(conference).exclude(board=None).exclude(session__starts_at=None)
    on_boards: defaultdict[tuple[int, str, str], list[Hanging]] = defaultdict(list)
    columns = ("session__starts_at", "session__ends_at", "poster", "poster__number", "session__title")
    for board, label, room, *hanging in hung.values_list("board", "board__label", "board__room__name", *columns):
        on_boards[board, label, room].append(Hanging(*hanging))
    for (_, label, room), hangings in on_boards.items():
        for group in overlapping(hangings):
            keys = tuple(dict.fromkeys(hanging.poster for hanging in group))
            shown = " and ".join(f"poster {hanging.number} in “{hanging.session}”" for hanging in group)
            message = f"Board {label} in {room} holds {shown}, which overlap."
            yield Finding(Severity.BLOCKS, message, "poster", keys, list_of(Poster, conference, keys))


def boards_outside_the_room(conference: Conference) -> Iterator[Finding]:
    """Posters on boards in another room than their session’s, told for each session and room."""
    elsewhere = (
        presentations_standing(conference)
        .exclude(board=None)
        .exclude(session__room=None)
        .exclude(board__room=F("session__room"))
    )
    posters: defaultdict[tuple[int, str, str, str], list[int]] = defaultdict(list)
    columns = ("session", "session__title", "session__room__name", "board__room__name", "poster")
    for *place, poster in elsewhere.values_list(*columns):
        posters[tuple(place)].append(poster)
    for (session, title, room, other_room), keys in posters.items():
        hang = "1 poster hangs" if len(keys) == 1 else f"{len(keys):,} posters hang"
        message = f"“{title}” is in {room}, but {hang} in {other_room}."
        yield Finding(Severity.WARNS, message, "poster", tuple(keys), form_of(Session, session))


def sessions_over_their_boards(conference: Conference) -> Iterator[Finding]:
    """Poster sessions with more posters in person than their room has boards.

    Posters that hang in another room need none here; of a room without any board nothing is known.
    """
    board_counts = dict(
        Board.objects.filter(room__conference=conference).order_by().values_list("room").annotate(count=Count("pk"))
    )
    here = presentations_standing(conference).filter(
        Q(board=None) | Q(board__room=F("session__room")),
        format=Presentation.Format.IN_PERSON,
        session__kind=Session.Kind.POSTER,
    )
    columns = ("session", "session__title", "session__room", "session__room__name")
    counted = here.order_by("session__starts_at", "session").values_list(*columns).annotate(count=Count("pk"))
    for key, title, room, room_name, count in counted:
        boards = board_counts.get(room, 0)
        if 0 < boards < count:
            message = f"“{title}” has {count:,} posters in person, and {room_name} has {boards:,} boards."
            yield Finding(Severity.BLOCKS, message, "session", (key,), form_of(Session, key))


def sessions_outside_the_days(conference: Conference) -> Iterator[Finding]:
    """Sessions before the conference’s first day or after its last, on its own clocks."""
    sessions = list(conference.sessions.exclude(starts_at=None).in_time_order())
    if sessions and not (conference.starts_on and conference.ends_on):
        message = "The conference’s first and last day are not set: no session can be checked against them."
        yield Finding(Severity.WARNS, message, "conference", (conference.pk,), form_of(Conference, conference.pk))
    for session in sessions:
        # Midnight still belongs to the day that it ends.
        first, last = (
            instant.astimezone(conference.zone).date()
            for instant in (session.starts_at, session.ends_at - dt.timedelta(microseconds=1))
        )
        if conference.starts_on and first < conference.starts_on:
            where = f"begins on {printed(first)}, before the first day, {printed(conference.starts_on)}"
        elif conference.ends_on and last > conference.ends_on:
            where = f"lasts until {printed(last)}, after the last day, {printed(conference.ends_on)}"
        else:
            continue
        message = f"“{session.title}” {where} ({conference.time_zone})."
        yield Finding(Severity.BLOCKS, message, "session", (session.pk,), form_of(Session, session.pk))


def sessions_in_one_room(conference: Conference) -> Iterator[Finding]:
    """Sessions in one room at the same time."""
    timed = conference.sessions.exclude(starts_at=None).exclude(room=None).exclude(kind__in=AROUND)
    in_rooms: defaultdict[int, list[Session]] = defaultdict(list)
    for session in timed.select_related("room").in_time_order():
        in_rooms[session.room_id].append(session)
    for sessions in in_rooms.values():
        for group in overlapping(sessions):
            keys = tuple(session.pk for session in group)
            titles = " and ".join(f"“{session.title}”" for session in group)
            message = f"{titles} overlap in {group[0].room}."
            yield Finding(Severity.WARNS, message, "session", keys, list_of(Session, conference, keys))


def printed(day: dt.date) -> str:
    """A day in words."""
    return f"{day.day} {day:%B %Y}"
