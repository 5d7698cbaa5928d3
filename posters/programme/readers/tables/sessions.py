"""The sessions that a table's rows tell of: titles, places and times, put together."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from django.utils.text import slugify

from posters.programme.readers.tables.moments import NotAMoment, day_of, moment_of, parts_of
from posters.programme.readers.tables.rows import Row, Table
from posters.programme.readers.values import Remarks, session_slug
from posters.programme.records import SessionRecord

UNNAMED_SESSION = "Posters"
"""Of rows that tell a place or a time, but no session."""
KINDS = ("poster", "oral", "keynote", "workshop", "social", "break")
SESSION_FIELDS = (
    *("session", "session_key", "session_kind", "session_start", "session_end", "session_room"),
    *("date", "time", "room", "board", "format", "presenter_start", "presenter_end", "position"),
)
"""A row that tells none of them is a poster without a presentation."""

Times = tuple[dt.datetime, dt.datetime]
"""From when to when; both with a zone or both without."""


class _Told(NamedTuple):
    """What a row tells of its session; many rows tell the same."""

    title: str
    key: str
    kind: str
    room: str
    times: Times | None


class Sessions:
    """The sessions that rows tell of, put together; where rows differ the first one stands, and it is told."""

    def __init__(self, table: Table, remarks: Remarks) -> None:
        places: defaultdict[_Told, list[str]] = defaultdict(list)
        for row in table.rows:
            if any(row.line(name) for name in SESSION_FIELDS):
                places[_told(row, table)].append(row.place)
        self._days: defaultdict[str, set[dt.date]] = defaultdict(set)
        for each in places:
            if each.times and not each.key:
                self._days[each.title.casefold()].add(each.times[0].date())
        together: defaultdict[str, list[_Told]] = defaultdict(list)
        for each in places:
            together[self._identity(each)].append(each)
        self.records: list[SessionRecord] = []
        self.of_row: dict[str, SessionRecord] = {}
        """From a row's place to its session."""
        taken = {each.key for each in places}
        for group in together.values():
            session = _session(group, has_rooms=table.has("session_room"))
            for each in group:
                for remark in _differences(each, session):
                    for place in places[each]:
                        remarks.add(place, remark)
            name = session.title
            if len(self._days[name.casefold()]) > 1 and session.starts_at:
                name = f"{name[:60]} {session.starts_at:%Y-%m-%d}"
            slug = group[0].key or (session_slug(name, taken) if slugify(name) else "")
            session = replace(session, slug=slug)
            self.records.append(session)
            self.of_row |= {place: session for each in group for place in places[each]}

    def _identity(self, told: _Told) -> str:
        """By its key; else by its title, with the day where the title comes on several."""
        if told.key:
            return f"key {told.key}"
        title = told.title.casefold()
        day = told.times[0].date() if told.times and len(self._days[title]) > 1 else ""
        return f"title {title}, {day}"


def _told(row: Row, table: Table) -> _Told:
    title, key = row.line("session"), row.line("session_key")
    if not title and not key:
        row.values.remark(f"it names no session; it was put in “{UNNAMED_SESSION}”.")
    title = title or key or UNNAMED_SESSION
    room = row.line("session_room") if row.has("session_room") else row.line("room")
    return _Told(title, key, _kind(row, title), room, _times(row, table))


def _kind(row: Row, title: str) -> str:
    """The kind that the row or else the session's title tells; empty where neither does."""
    printed = row.line("session_kind")
    kind = _kind_in(printed)
    if printed and not kind:
        row.values.remark(f"“{printed[:60]}” in “{row.header('session_kind')}” is none of {', '.join(KINDS)}.")
    return kind or _kind_in(title)


def _kind_in(text: str) -> str:
    return next((kind for kind in KINDS if kind in text.casefold()), "")


def _session(group: Sequence[_Told], *, has_rooms: bool) -> SessionRecord:
    """One session from what its rows tell; `has_rooms` where a column is about the rooms of sessions."""
    kind = next((each.kind for each in group if each.kind), "")
    times = next((each.times for each in group if each.times), None)
    rooms = dict.fromkeys(each.room for each in group if each.room)
    room = next(iter(rooms)) if len(rooms) == 1 or (has_rooms and rooms) else ""
    starts_at, ends_at = times or (None, None)
    return SessionRecord(group[0].title, kind=kind or KINDS[0], room=room, starts_at=starts_at, ends_at=ends_at)


def _differences(told: _Told, session: SessionRecord) -> Iterator[str]:
    """What a row tells otherwise than the rows before it, which stand."""
    title = session.title
    if told.title.casefold() != title.casefold():
        yield f"the session is called otherwise in an earlier row, which stands: “{title}”."
    if told.kind not in ("", session.kind):
        yield f"“{title}” is of another kind in an earlier row, which stands: {session.kind}."
    if told.times not in (None, (session.starts_at, session.ends_at)):
        yield f"“{title}” is at another time in an earlier row, which stands: {session.starts_at} to {session.ends_at}."
    if session.room and told.room not in ("", session.room):
        yield f"“{title}” is in another room in an earlier row, which stands: {session.room}."


def _times(row: Row, table: Table) -> Times | None:
    """When the row's session is; None, with a remark, for half a window or one that ends before it starts."""
    day, starts_at = _day(row, table)
    start, end = row.line("session_start"), row.line("session_end")
    start_name, end_name = ("session_start" if start else "time"), ("session_end" if end else "time")
    if row.line("time"):
        try:
            from_time = parts_of(row.line("time"))
        except NotAMoment as reason:
            _tell_not_a_moment(row, "time", row.line("time"), reason)
        else:
            start, end = start or from_time[0], end or from_time[1]
    if start:
        starts_at = moment(row, table, start_name, start, day)
    ends_at = moment(row, table, end_name, end, starts_at.date() if starts_at else day)
    return window(row, start_name, end_name, starts_at, ends_at)


def _day(row: Row, table: Table) -> tuple[dt.date | None, dt.datetime | None]:
    """The date, and the time too where both stand in its column."""
    text = row.line("date")
    if not text:
        return None, None
    try:
        return day_of(text, day_first=table.is_day_first), None
    except NotAMoment:
        starts_at = moment(row, table, "date", text, None)
        return starts_at.date() if starts_at else None, starts_at


def moment(row: Row, table: Table, name: str, text: str, day: dt.date | None) -> dt.datetime | None:
    if not text:
        return None
    try:
        return moment_of(text, day=day, day_first=table.is_day_first)
    except NotAMoment as reason:
        _tell_not_a_moment(row, name, text, reason)
        return None


def _tell_not_a_moment(row: Row, name: str, text: str, reason: NotAMoment) -> None:
    row.values.remark(f"“{text[:60]}” in “{row.header(name)}” {reason}; it was left out. Write it as 2030-06-03 16:30.")


def window(row: Row, start: str, end: str, starts_at: dt.datetime | None, ends_at: dt.datetime | None) -> Times | None:
    """Both times, in the same zone where only one has one."""
    if starts_at is None or ends_at is None:
        found = starts_at or ends_at
        if found:
            missing = "end" if starts_at else "start"
            row.values.remark(f"a time without its {missing}, {found}, was left out.")
        return None
    if starts_at.tzinfo is None or ends_at.tzinfo is None:
        zone = starts_at.tzinfo or ends_at.tzinfo
        starts_at, ends_at = starts_at.replace(tzinfo=zone), ends_at.replace(tzinfo=zone)
    if ends_at <= starts_at:
        row.values.remark(
            f"“{row.header(end)}” ({ends_at}) is not after “{row.header(start)}” ({starts_at}); both were left out."
        )
        return None
    return starts_at, ends_at
