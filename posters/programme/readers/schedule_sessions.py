"""The sessions of a schedule that lists each poster and each talk as an event of its own.

- Contributions of one day, room and type with the same window are one poster session.
- Talks that follow one another there, of one track, are one oral session, each presenter with a part of it. A few
  minutes between two talks, to change over, are no gap. What says poster and follows another is one poster session.
- Where the schedule has a session for them, without persons, in the same room and around their time, they are in that.

A session that the schedule lists itself is known by that event's key. One that is made here is known by type, track,
room and day, and by its place among such sessions of the day: talks may be renamed, moved, added at either end or
dropped there, and it stays the same session with the same address.
"""

import datetime as dt
from bisect import bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from posters.programme.readers.values import Window, session_slug
from posters.programme.records import LinkRecord, PresentationRecord, SessionRecord

CHANGEOVER = dt.timedelta(minutes=5)
"""The longest time without a talk inside a session."""
LONGEST_NAME = 50
"""Characters of a type, track or room in a title made here."""
LONGEST_KEY = 20
"""Characters of each in an address."""


@dataclass(frozen=True)
class Showing:
    """A contribution in its slot: the event at `place` in the file.

    `day` is the schedule's, on which a late evening goes on after midnight.
    """

    place: str
    window: Window
    day: dt.date
    room: str
    type: str
    track: str
    is_virtual: bool
    board: tuple[str, str] = ("", "")
    """Its board's label and room, where they are known."""

    @property
    def is_poster(self) -> bool:
        """Whether its type says so."""
        return "poster" in self.type.casefold()

    @property
    def session_track(self) -> str:
        """The track of its session where it is a talk; posters of all tracks hang side by side."""
        return "" if self.is_poster else self.track


@dataclass(frozen=True)
class _Host:
    """A session of the schedule that may hold contributions."""

    slug: str
    window: Window


@dataclass
class Sessions:
    """The sessions found so far; contributions are added all at once."""

    _records: list[SessionRecord] = field(default_factory=list)
    _taken: set[str] = field(default_factory=set)
    _hosts: defaultdict[str, list[_Host]] = field(default_factory=lambda: defaultdict(list))
    presentations: dict[str, PresentationRecord] = field(default_factory=dict)
    """By the place of the event; for every contribution that was placed."""
    _made: Counter[tuple[str, ...]] = field(default_factory=Counter)

    @property
    def records(self) -> tuple[SessionRecord, ...]:
        """Those of the schedule first."""
        return tuple(self._records)

    def add(
        self,
        *,
        key: str,
        title: str,
        kind: str,
        room: str,
        window: Window | None,
        description: str,
        links: tuple[LinkRecord, ...],
        is_host: bool,
        own_slug: str = "",
    ) -> None:
        """Add a session that the schedule lists itself; a host holds the contributions in its room and time."""
        slug = session_slug(own_slug, self._taken) if own_slug else self._slug("event", key)[0]
        starts_at, ends_at = window or (None, None)
        self._records.append(
            SessionRecord(
                title=title,
                slug=slug,
                kind=kind,
                room=room,
                starts_at=starts_at,
                ends_at=ends_at,
                description=description,
                links=links,
            )
        )
        if is_host and window:
            insort(self._hosts[room], _Host(slug, window), key=lambda host: host.window.starts_at)

    def place(self, showings: Iterable[Showing]) -> None:
        """Give each contribution its session."""
        hosted: defaultdict[_Host, list[Showing]] = defaultdict(list)
        rest: defaultdict[tuple[dt.date, str, str], list[Showing]] = defaultdict(list)
        for showing in showings:
            host = self._host_of(showing)
            if host is not None:
                hosted[host].append(showing)
            else:
                rest[showing.day, showing.room, showing.type.casefold()].append(showing)
        for host, members in hosted.items():
            self._show(members, host.slug, host.window)
        for alike in rest.values():
            for members in _sessions_of(alike):
                self._make(members)

    def _host_of(self, showing: Showing) -> _Host | None:
        """The last to start of the sessions in its room that hold its time."""
        hosts = self._hosts.get(showing.room, [])
        index = bisect_right(hosts, showing.window.starts_at, key=lambda host: host.window.starts_at) - 1
        is_inside = index >= 0 and showing.window.ends_at <= hosts[index].window.ends_at
        return hosts[index] if is_inside else None

    def _slug(self, *key: str) -> tuple[str, str]:
        """An address, and the number in it: empty for the first session of a key, “ 2” for the second."""
        self._made[key] += 1
        number = f" {self._made[key]}" if self._made[key] > 1 else ""
        return session_slug(" ".join(part[:LONGEST_KEY] for part in key) + number, self._taken), number

    def _make(self, members: list[Showing]) -> None:
        """Add a session that the schedule does not list."""
        first = members[0]
        whole = _whole(members)
        is_shared = len(members) > 1 and all(member.window == whole for member in members)
        kind = "poster" if is_shared or first.is_poster else "oral"
        name = first.type or kind.capitalize()
        track = "" if is_shared else first.session_track
        slug, number = self._slug(name, track, first.room, first.day.isoformat())
        words = "" if "session" in name.casefold() else " session"
        title = (
            track[:LONGEST_NAME],
            f"{name[:LONGEST_NAME]}{words}{number}",
            first.room[:LONGEST_NAME],
            f"{first.day:%A} {first.day.day} {first.day:%B}",
        )
        self._records.append(
            SessionRecord(
                title=", ".join(filter(None, title)),
                slug=slug,
                kind=kind,
                room=first.room,
                starts_at=whole.starts_at,
                ends_at=whole.ends_at,
            )
        )
        self._show(members, slug, whole)

    def _show(self, members: list[Showing], slug: str, whole: Window) -> None:
        """Present contributions in a session; where they take turns, in that order."""
        members = sorted(members, key=lambda member: member.window)
        takes_turns = any(member.window != whole for member in members)
        for position, member in enumerate(members, start=1):
            is_part = member.window != whole
            label, room = member.board
            self.presentations[member.place] = PresentationRecord(
                session=slug,
                room=room,
                board=label,
                format="virtual" if member.is_virtual else "in-person",
                presenter_starts_at=member.window.starts_at if is_part else None,
                presenter_ends_at=member.window.ends_at if is_part else None,
                position=position if takes_turns else None,
            )


def _sessions_of(alike: list[Showing]) -> list[list[Showing]]:
    """Contributions of one day, room and type, by session, the earliest first."""
    by_window: defaultdict[Window, list[Showing]] = defaultdict(list)
    for showing in alike:
        by_window[showing.window].append(showing)
    sessions = [members for members in by_window.values() if len(members) > 1]
    alone = [members[0] for members in by_window.values() if len(members) == 1]
    turns: list[list[Showing]] = []
    ends_at = dt.datetime.min.replace(tzinfo=dt.UTC)
    for showing in sorted(alone, key=lambda showing: showing.window):
        starts_at = showing.window.starts_at
        if turns and showing.session_track == turns[-1][0].session_track and starts_at - ends_at <= CHANGEOVER:
            turns[-1].append(showing)
            ends_at = max(ends_at, showing.window.ends_at)
        else:
            turns.append([showing])
            ends_at = showing.window.ends_at
    return sorted([*sessions, *turns], key=lambda members: members[0].window)


def _whole(members: list[Showing]) -> Window:
    """From the first start to the last end."""
    windows = [member.window for member in members]
    return Window(min(window.starts_at for window in windows), max(window.ends_at for window in windows))
