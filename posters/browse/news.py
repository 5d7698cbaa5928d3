"""The change log in words: what became of posters, sessions and rooms, for those who go there.

The log holds fields, before and after. Here they are put together: all of one poster, net from the first to the last of
the entries given, as sentences. Drafts are never spoken of, neither those of today nor what was done to a poster
while it was one.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.urls import reverse

from posters.latex import to_text
from posters.models import Board, Change, Conference, Poster, Presentation, Room, Session, title_or_number
from posters.templatetags.programme import short_day

TOLD_FIELDS = {
    "poster": ("title", "status"),
    "presentation": ("session", "board", "format", "presenter_starts_at", "presenter_ends_at"),
    "session": ("title", "starts_at", "ends_at", "room"),
    "board": ("label", "room"),
    "room": ("name",),
}
"""Whose change of what is news to visitors. Abstracts, authors and topics are read on the page itself."""
TOLD_AS_WHOLE = ("poster", "presentation", "session")

DRAFT, WITHDRAWN = Poster.Status.DRAFT, Poster.Status.WITHDRAWN


class Thing(NamedTuple):
    """A row of the programme, as the log names it."""

    model: str
    key: int


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that happened, to follow its poster's or session's name: “moved from board A1 to A7”."""

    text: str
    title: str = ""
    """An earlier title, which ends the sentence; LaTeX as in the source."""

    def __str__(self) -> str:
        return f"{self.text} “{to_text(self.title)}”" if self.title else self.text


@dataclass(frozen=True, slots=True)
class News:
    """All that happened to one poster, session or room."""

    title: str
    """LaTeX as in the source."""
    address: str
    """Of its page, from the site's root; empty where it has none any more."""
    happenings: tuple[Happening, ...]
    revision: int
    changed_at: datetime
    """When the last of it happened."""

    def __str__(self) -> str:
        return f"{to_text(self.title)} {'; '.join(map(str, self.happenings))}"


def told_changes(conference: Conference) -> QuerySet[Change]:
    """The entries of a conference's log that are news to visitors, from first to last."""
    told = Q(action__in=(Change.Action.ADDED, Change.Action.REMOVED), model__in=TOLD_AS_WHOLE)
    for model, fields in TOLD_FIELDS.items():
        told |= Q(action=Change.Action.CHANGED, model=model, field__in=fields)
    return Change.objects.filter(told, conference=conference).order_by("pk")


@dataclass
class _Story:
    """What a set of entries says of one thing."""

    fields: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    is_new: bool = False
    columns: dict[str, Any] | None = None
    """What it held when it was removed."""
    revision: int = 0
    changed_at: datetime = datetime.min  # noqa: DTZ901 - every story begins with an entry

    def take(self, change: Change) -> None:
        self.revision, self.changed_at = change.revision, change.changed_at
        if change.action == Change.Action.ADDED:
            self.is_new = True
        elif change.action == Change.Action.REMOVED:
            self.columns = change.before or {}
        else:
            first = self.fields.get(change.field, (change.before,))[0]
            self.fields[change.field] = (first, change.after)

    @property
    def changed(self) -> dict[str, tuple[Any, Any]]:
        """The fields that differ in the end."""
        return {name: pair for name, pair in self.fields.items() if pair[0] != pair[1]}


class Teller:
    """Tells a conference's changes. All names it needs are asked for at once: nine queries, however many changes."""

    def __init__(self, conference: Conference, changes: Iterable[Change]) -> None:
        self.conference = conference
        self.zone: ZoneInfo = conference.zone
        self.changes = list(changes)

    def tell(self, changes: Iterable[Change]) -> list[News]:
        """Some of the teller's changes as news, the latest first; sessions and rooms before posters."""
        stories: dict[Thing, _Story] = defaultdict(_Story)
        for change in changes:
            stories[Thing(change.model, change.object_key)].take(change)
        news = [*self._of_rooms(stories), *self._of_sessions(stories)]
        news.sort(key=lambda one: -one.revision)
        return news + sorted(self._of_posters(stories), key=lambda one: -one.revision)

    # Rooms and sessions

    def _of_rooms(self, stories: dict[Thing, _Story]) -> Iterator[News]:
        for thing, story in stories.items():
            if thing.model == "room" and thing.key in self.rooms and "name" in story.changed:
                happening = Happening(f"is the new name of {story.changed['name'][0]}")
                yield News(self.rooms[thing.key], "", (happening,), story.revision, story.changed_at)

    def _of_sessions(self, stories: dict[Thing, _Story]) -> Iterator[News]:
        for thing, story in stories.items():
            if thing.model != "session":
                continue
            session = self.sessions.get(thing.key)
            if story.columns is not None:
                if not story.is_new:
                    gone = (Happening("was taken out of the programme"),)
                    yield News(story.columns["title"], "", gone, story.revision, story.changed_at)
            elif session is not None and (happenings := tuple(self._session_happenings(thing, story))):
                address = reverse("session", args=[self.conference.slug, session["slug"]])
                yield News(session["title"], address, happenings, story.revision, story.changed_at)

    def _session_happenings(self, thing: Thing, story: _Story) -> Iterator[Happening]:
        changed = story.changed
        if story.is_new:
            yield Happening("is new in the programme")
            return
        if "title" in changed:
            yield Happening("is the new title of", changed["title"][0])
        if "starts_at" in changed or "ends_at" in changed:
            starts_at, ends_at = (self._pair(thing, story, name) for name in ("starts_at", "ends_at"))
            yield _moved(self._window(starts_at[0], ends_at[0]), self._window(starts_at[1], ends_at[1]), "a time")
        if "room" in changed:
            before, after = (self.rooms.get(key, "another room") if key else "" for key in changed["room"])
            yield _moved(before, after, "a room")

    # Posters

    def _of_posters(self, stories: dict[Thing, _Story]) -> Iterator[News]:
        for key, parts in self._by_poster(stories).items():
            whole = parts.get(Thing("poster", key), _Story())
            latest = max(parts.values(), key=lambda story: story.revision)
            if whole.columns is not None:
                if not whole.is_new and whole.columns["status"] != DRAFT:
                    name = title_or_number(whole.columns["title"], whole.columns["number"])
                    gone = (Happening("was taken out of the programme"),)
                    yield News(name, "", gone, whole.revision, whole.changed_at)
                continue
            poster = self.posters.get(key)
            if poster is None:
                continue
            happenings = tuple(self._poster_happenings(key, poster, parts, latest.revision))
            if happenings:
                is_public = poster["status"] != DRAFT
                name = title_or_number(poster["title"], poster["number"]) if is_public else f"Poster {poster['number']}"
                address = reverse("poster", args=[self.conference.slug, poster["number"]]) if is_public else ""
                yield News(name, address, happenings, latest.revision, latest.changed_at)

    def _by_poster(self, stories: dict[Thing, _Story]) -> dict[int, dict[Thing, _Story]]:
        """Each poster's own story, and those of its presentations and their boards."""
        found: dict[int, dict[Thing, _Story]] = defaultdict(dict)
        for thing, story in stories.items():
            if thing.model == "poster":
                found[thing.key][thing] = story
            elif thing.model == "presentation":
                poster = (story.columns or self.presentations.get(thing.key) or {}).get("poster_id")
                if poster is not None:
                    found[poster][thing] = story
            elif thing.model == "board":
                for poster in self.posters_on_board[thing.key]:
                    found[poster][thing] = story
        return found

    def _poster_happenings(
        self, key: int, poster: dict[str, Any], parts: dict[Thing, _Story], revision: int
    ) -> Iterator[Happening]:
        thing = Thing("poster", key)
        whole = parts.get(thing, _Story())
        before, after = whole.changed.get("status", (None, None))
        if DRAFT in (poster["status"], self._value(thing, "status", revision)):
            if before is not None and poster["status"] == DRAFT:
                yield Happening("was taken out of the programme")
            return
        if whole.is_new or before == DRAFT:
            yield Happening("is new in the programme")
            return
        if after is not None:
            yield Happening("was withdrawn" if after == WITHDRAWN else "is in the programme again")
        if "title" in whole.changed:
            yield Happening("is the new title of", title_or_number(whole.changed["title"][0], poster["number"]))
        for part, story in parts.items():
            if part.model == "presentation":
                yield from self._presentation_happenings(part, story)
            elif part.model == "board":
                yield from self._board_happenings(part, story)

    def _presentation_happenings(self, thing: Thing, story: _Story) -> Iterator[Happening]:
        changed = story.changed
        if story.columns is not None:
            if not story.is_new:
                yield Happening(f"is no longer shown in {self._session(story.columns['session_id'])}")
            return
        session, board = self._pair(thing, story, "session"), self._pair(thing, story, "board")
        if story.is_new:
            yield Happening(f"is now shown in {self._place(session[1], board[1])}")
            return
        if "session" in changed:
            yield Happening(f"moved from {self._place(session[0], board[0])} to {self._place(session[1], board[1])}")
        elif "board" in changed:
            old, new = self._board(board[0], beside=board[1]), self._board(board[1], beside=board[0])
            where = self._session(session[1])
            if not old or not new:
                yield Happening(f"now hangs at {new} in {where}" if new else f"has no board in {where} any more")
            else:
                yield Happening(f"moved from {old} to {new} in {where}")
        if "format" in changed:
            old, new = (Presentation.Format(value).label.lower() for value in changed["format"])
            yield Happening(f"is now {new}, not {old}, in {self._session(session[1])}")
        if "presenter_starts_at" in changed or "presenter_ends_at" in changed:
            start, end = (self._pair(thing, story, name) for name in ("presenter_starts_at", "presenter_ends_at"))
            hours = self._window(start[1], end[1]) or f"all of {self._session(session[1])}"
            yield Happening(f"has its presenter at the board {hours}")

    def _board_happenings(self, thing: Thing, story: _Story) -> Iterator[Happening]:
        board = self.boards.get(thing.key)
        if board is None:
            return
        if "label" in story.changed:
            yield Happening(f"hangs at board {board['label']}, which was {story.changed['label'][0]} before")
        if "room" in story.changed:
            rooms = [self.rooms.get(key, "another room") for key in story.changed["room"]]
            yield Happening(f"moved with its board {board['label']} from {rooms[0]} to {rooms[1]}")

    # Names

    def _place(self, session: int, board: int | None) -> str:
        return ", ".join(name for name in (self._session(session), self._board(board)) if name)

    def _session(self, key: int) -> str:
        session = self.sessions.get(key)
        return to_text(session["title"]) if session else "a session that is gone"

    def _board(self, key: int | None, *, beside: int | None = None) -> str:
        """“board A1”; with its room, where the one it is told beside is in another."""
        if key is None:
            return ""
        board, other = self.boards.get(key), self.boards.get(beside)
        if board is None:
            return "another board"
        is_elsewhere = other is not None and other["room_id"] != board["room_id"]
        where = f" ({self.rooms.get(board['room_id'], '')})" if is_elsewhere else ""
        return f"board {board['label']}{where}"

    def _window(self, starts_at: str | None, ends_at: str | None) -> str:
        """“Mon 3 Jun, 10:00–12:00” in the conference's zone, from times as the log holds them."""
        if not starts_at or not ends_at:
            return ""
        start, end = (datetime.fromisoformat(text).astimezone(self.zone) for text in (starts_at, ends_at))
        until = f"{end:%H:%M}" if start.date() == end.date() else f"{short_day(end)}, {end:%H:%M}"
        return f"{short_day(start)}, {start:%H:%M}–{until}"

    # What was when

    def _pair(self, thing: Thing, story: _Story, name: str) -> tuple[Any, Any]:
        """A field before and after; one that did not change in the story, as it was at the time."""
        value = story.fields.get(name)
        return value if value else (self._value(thing, name, story.revision),) * 2

    def _value(self, thing: Thing, name: str, revision: int) -> Any:
        """A field as it was after a revision: what the next change found, else what it is now."""
        for changed_in, before in self._later.get((*thing, name), ()):
            if changed_in > revision:
                return before
        row = getattr(self, f"{thing.model}s").get(thing.key, {})
        value = row.get(name, row.get(f"{name}_id"))
        return value.isoformat() if isinstance(value, datetime) else value

    @cached_property
    def _later(self) -> dict[tuple[str, int, str], list[tuple[int, Any]]]:
        """Every change of these things since the first that is told, in order."""
        keys = self._keys | {"poster": set(self.posters)}
        things = Q(pk=None)
        for model in ("poster", "presentation", "session"):
            things |= Q(model=model, object_key__in=keys[model], field__in=TOLD_FIELDS[model])
        first = min((change.revision for change in self.changes), default=0)
        entries = Change.objects.filter(
            things, conference=self.conference, action=Change.Action.CHANGED, revision__gte=first
        )
        found: dict[tuple[str, int, str], list[tuple[int, Any]]] = defaultdict(list)
        for model, key, name, revision, before in entries.order_by("pk").values_list(
            "model", "object_key", "field", "revision", "before"
        ):
            found[model, key, name].append((revision, before))
        return found

    @cached_property
    def _keys(self) -> dict[str, set[int]]:
        """What the changes speak of, by model: of themselves, and before and after."""
        keys: dict[str, set[int]] = defaultdict(set)
        for change in self.changes:
            keys[change.model].add(change.object_key)
            if change.field in ("session", "board", "room"):
                keys[change.field] |= {key for key in (change.before, change.after) if key}
            elif change.model == "presentation" and isinstance(change.before, dict):  # Removed: all that it was.
                keys["session"].add(change.before["session_id"])
                keys["poster"].add(change.before["poster_id"])
        return keys

    @cached_property
    def presentations(self) -> dict[int, dict[str, Any]]:
        """The presentations spoken of, and those on boards spoken of."""
        spoken_of = Q(pk__in=self._keys["presentation"])
        if "board" in {change.model for change in self.changes}:
            spoken_of |= Q(board__in=[change.object_key for change in self.changes if change.model == "board"])
        columns = ("poster_id", "session_id", "board_id", "format", "presenter_starts_at", "presenter_ends_at")
        return {row["pk"]: row for row in Presentation.objects.filter(spoken_of).values("pk", *columns)}

    @cached_property
    def posters(self) -> dict[int, dict[str, Any]]:
        """The posters spoken of, and those whose presentations are."""
        keys = self._keys["poster"] | {row["poster_id"] for row in self.presentations.values()}
        rows = Poster.objects.filter(pk__in=keys).values("pk", "number", "title", "status")
        return {row["pk"]: dict(row) for row in rows}

    @cached_property
    def posters_on_board(self) -> dict[int, list[int]]:
        """The posters that hang on a board now."""
        found: dict[int, list[int]] = defaultdict(list)
        for row in self.presentations.values():
            found[row["board_id"]].append(row["poster_id"])
        return found

    @cached_property
    def sessions(self) -> dict[int, dict[str, Any]]:
        """The sessions spoken of, and those of presentations spoken of."""
        keys = self._keys["session"] | {row["session_id"] for row in self.presentations.values()}
        columns = ("title", "slug", "starts_at", "ends_at", "room_id")
        found = {row["pk"]: row for row in Session.objects.filter(pk__in=keys).values("pk", *columns)}
        removals = Change.objects.filter(
            conference=self.conference, model="session", action=Change.Action.REMOVED, object_key__in=keys - set(found)
        )
        return found | dict(removals.values_list("object_key", "before"))

    @cached_property
    def boards(self) -> dict[int | None, dict[str, Any]]:
        """The boards spoken of, and those of presentations spoken of."""
        keys = self._keys["board"] | {row["board_id"] for row in self.presentations.values()}
        return {row["pk"]: dict(row) for row in Board.objects.filter(pk__in=keys).values("pk", "label", "room_id")}

    @cached_property
    def rooms(self) -> dict[int, str]:
        """The conference's rooms by name."""
        return dict(Room.objects.filter(conference=self.conference).values_list("pk", "name"))


def _moved(before: str, after: str, what: str) -> Happening:
    if not before:
        return Happening(f"now has {what}: {after}")
    return Happening(f"moved from {before} to {after}" if after else f"has lost {what}, which was {before}")
