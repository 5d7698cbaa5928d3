"""The frame of an import: the conference, its rooms and boards, its sessions, its decisions and topics."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from django.utils.text import slugify

from posters.models import Board, Conference, Decision, Link, Poster, Room, Session, Topic
from posters.programme.hand_edits import HandEdits
from posters.programme.identity import session_key, slug_from, unique_slug, word_key
from posters.programme.readers.values import is_web_address
from posters.programme.records import (
    BoardRecord,
    LinkRecord,
    PresentationRecord,
    ProgrammeRecord,
    SessionRecord,
    TopicRecord,
    UnreadableProgramme,
)
from posters.programme.refusals import longest
from posters.programme.report import FieldChange, ImportReport, Outcome, Result
from posters.programme.survey import Survey

HALL = "Poster hall"
"""The room of boards that come without one."""
BATCH = 1_000
"""Rows in one INSERT."""
LINK_KINDS = frozenset(Link.Kind.values)
LINK_COLUMNS = ("conference_id", "poster_id", "session_id", "kind", "url", "label")


@dataclass
class Frame:
    """What the posters of an import are put into. In a dry run its new rows are never written."""

    conference: Conference
    edits: HandEdits
    report: ImportReport
    is_dry_run: bool
    rooms: dict[str, Room] = field(default_factory=dict)
    boards: dict[tuple[str, str], Board] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    """By slug."""
    named_sessions: dict[str, Session] = field(default_factory=dict)
    """By what the source calls them."""
    titled_sessions: defaultdict[str, dict[str, Session]] = field(default_factory=lambda: defaultdict(dict))
    """By title, then slug."""
    decisions: "Vocabulary" = field(init=False)
    topics: "Vocabulary" = field(init=False)
    _places: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    """Of boards, each kept once however many posters hang there."""

    def session_of(self, record: PresentationRecord) -> Session | None:
        """The session a presentation names; None where neither the source nor the conference has it."""
        return (
            self.named_sessions.get(record.session)
            or self.sessions.get(record.session)
            or self.sessions.get(slug_from(record.session))
        )

    def place_of(self, record: PresentationRecord) -> tuple[str, str] | None:
        """Room and label of a presentation's board: where it names no room, the session's."""
        if not record.board:
            return None
        place = (self.room_of(record), record.board)
        return self._places.setdefault(place, place)

    def room_of(self, record: PresentationRecord) -> str:
        """The room a presentation names, else its session's."""
        session = self.session_of(record)
        return record.room or (session.room.name if session and session.room else HALL)

    def write(self, obj: models.Model) -> None:
        """Save one row, unless nothing is to be written."""
        if not self.is_dry_run:
            obj.save()

    def write_all(self, objects: Iterable[Any]) -> None:
        """Insert rows of one model, unless nothing is to be written."""
        rows = list(objects)
        if rows and not self.is_dry_run:
            type(rows[0]).objects.add_all(rows)

    def write_rows(self, model: Any, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Sequence[int]:
        """Insert rows of a model, as values, unless nothing is to be written. Returns their keys."""
        return (
            () if self.is_dry_run else model.objects.add_rows(conference=self.conference.pk, columns=columns, rows=rows)
        )

    def tell(self, place: str, name: str, *, is_new: bool, changes: Iterable[FieldChange]) -> None:
        """Report what became of one row of the frame."""
        told = () if is_new else tuple(changes)
        is_changed = any(not change.kept for change in told)
        result = Result.ADDED if is_new else Result.CHANGED if is_changed else Result.UNCHANGED
        self.report.frame.append(Outcome(place, name, result, changes=told))


class Vocabulary:
    """Decisions or topics by name. One that was renamed here is still found by its slug."""

    def __init__(self, rows: Iterable[Any], edits: HandEdits) -> None:
        self.rows: dict[str, Any] = {}
        self.slugs: set[str] = set()
        for row in rows:
            self.rows[word_key(row.name)] = row
            self.slugs.add(row.slug)
            if (row._meta.model_name, row.pk, "name") in edits.edited:
                self.rows.setdefault(f"slug {row.slug}", row)
        self.by_key = {row.pk: row for row in self.rows.values()}

    def find(self, name: str) -> Any:
        """The row of that name; None if there is none."""
        return self.rows.get(word_key(name)) or self.rows.get(f"slug {slugify(name)}")

    def add(self, row: Any) -> Any:
        """Take in a new row and give it a slug."""
        row.slug = unique_slug(row.name, self.slugs, fallback=row._meta.model_name)
        self.slugs.add(row.slug)
        self.rows[word_key(row.name)] = row
        return row


def open_conference(slug: str) -> Conference:
    """The conference of that slug, a new and unsaved one if there is none."""
    slug = slugify(slug)
    if not slug:
        raise UnreadableProgramme("The conference needs a short name for its address, such as iclr-2023.")
    conference = Conference.objects.filter(slug=slug).first()
    if conference is None:
        year = re.search(r"\d{4}", slug)
        words = (word.upper() if len(word) <= 5 else word.capitalize() for word in slug.split("-"))
        conference = Conference(
            slug=slug,
            name=" ".join(words),
            year=int(year[0]) if year else timezone.now().year,
            is_published=True,
        )
    return conference


def write_conference(frame: Frame, record: ProgrammeRecord) -> None:
    """The conference's own facts. Everything after it belongs to a saved one, but in a dry run."""
    conference = frame.conference
    is_new = conference.pk is None
    values = {item.name: getattr(record.conference, item.name) for item in fields(record.conference)}
    _save_row(frame, conference, "conference", is_new=is_new, changes=frame.edits.assign(conference, values))


def write_frame(frame: Frame, record: ProgrammeRecord, survey: Survey) -> None:
    """Rooms with their boards, sessions, decisions and topics: all that posters refer to.

    Raises UnreadableProgramme for what cannot be written, such as a session that ends before it starts.
    """
    conference = frame.conference
    frame.rooms = {room.name: room for room in Room.objects.filter(conference_id=conference.pk)}
    frame.boards = {
        (board.room.name, board.label): board
        for board in Board.objects.filter(room__conference_id=conference.pk).select_related("room")
    }
    stored = Session.objects.filter(conference_id=conference.pk).select_related("room")
    for session in stored:
        frame.sessions[session.slug] = frame.titled_sessions[session.title][session.slug] = session
    frame.decisions = Vocabulary(Decision.objects.filter(conference_id=conference.pk), frame.edits)
    frame.topics = Vocabulary(Topic.objects.filter(conference_id=conference.pk), frame.edits)
    for name in record.rooms:
        _room(frame, name)
    for told in record.sessions:
        _write_session(frame, told)
    _write_boards(frame, record.boards)
    _write_boards_on_the_way(frame, survey)
    _write_decisions(frame, record, survey)
    _write_topics(frame, record, survey)


def _write_decisions(frame: Frame, record: ProgrammeRecord, survey: Survey) -> None:
    ranks = {word_key(name): rank for rank, name in enumerate(record.decisions, start=1)}
    names = dict.fromkeys([*record.decisions, *survey.decisions])
    frame.write_all(
        frame.decisions.add(Decision(conference=frame.conference, name=name, rank=ranks.get(word_key(name), 0)))
        for name in names
        if _fits(Decision, name) and frame.decisions.find(name) is None
    )


def _write_topics(frame: Frame, record: ProgrammeRecord, survey: Survey) -> None:
    named = (name for topic in record.topics for name in (topic.parent, topic.name) if name)
    names = dict.fromkeys([*named, *survey.topics])
    frame.write_all(
        frame.topics.add(Topic(conference=frame.conference, name=name))
        for name in names
        if _fits(Topic, name) and frame.topics.find(name) is None
    )
    for told in record.topics:
        _write_parent(frame, told)


def _write_parent(frame: Frame, record: TopicRecord) -> None:
    topic, parent = frame.topics.find(record.name), frame.topics.find(record.parent)
    if topic is None or parent is None or topic is parent or topic.parent == parent:
        return
    changes = [FieldChange("parent", topic.parent.name if topic.parent else "", parent.name)]
    if kept := frame.edits.keep("topic", topic.pk, "parent"):
        changes = [FieldChange("parent", changes[0].before, changes[0].after, kept=str(kept))]
    else:
        topic.parent = parent
        frame.write(topic)
    frame.tell("topic", topic.name, is_new=False, changes=changes)


def _fits(model: type[models.Model], name: str) -> bool:
    """Whether it can be such a row's name; records with a longer one are refused."""
    return len(name) <= longest(model, "name")


def _room(frame: Frame, name: str) -> Room:
    if name not in frame.rooms:
        if not _fits(Room, name):
            raise UnreadableProgramme(f"The room “{name[:60]}…” has {len(name)} characters, 100 are possible.")
        frame.rooms[name] = Room(conference=frame.conference, name=name)
        frame.write(frame.rooms[name])
    return frame.rooms[name]


def _write_boards(frame: Frame, records: Iterable[BoardRecord]) -> None:
    added, changed = [], []
    for record in records:
        if not record.label or len(record.label) > 20:
            raise UnreadableProgramme(
                f"A board in “{record.room}” is called “{record.label[:60]}”: 1 to 20 characters."
            )
        board = frame.boards.get((record.room, record.label))
        if board is None:
            board = Board(room=_room(frame, record.room), label=record.label)
            frame.boards[record.room, record.label] = board
            added.append(board)
        values = {"position": record.position, "x_metres": record.x_metres, "y_metres": record.y_metres}
        changes = frame.edits.assign(board, values)
        if any(not change.kept for change in changes):
            changed.append(board)
        if changes:
            frame.tell(f"board in {record.room}", board.label, is_new=False, changes=changes)
    frame.write_all(added)
    if not frame.is_dry_run:
        Board.objects.bulk_update(changed, ["position", "x_metres", "y_metres"], batch_size=BATCH)


def _write_boards_on_the_way(frame: Frame, survey: Survey) -> None:
    """Boards that only presentations name, hung after those known, A9 before A10."""
    places = {
        (frame.room_of(PresentationRecord(session, room=room)), board)
        for (session, room), boards in survey.boards.items()
        for board in boards
    }
    last: defaultdict[str, int] = defaultdict(int)
    for (room, _), board in frame.boards.items():
        last[room] = max(last[room], board.position)
    added = []
    for place in sorted(places - frame.boards.keys(), key=_along_a_walk):
        room, label = place
        if len(label) > longest(Board, "label") or not _fits(Room, room):
            continue  # Its poster's record is refused.
        last[room] += 1
        frame.boards[place] = Board(room=_room(frame, room), label=label, position=last[room])
        added.append(frame.boards[place])
    frame.write_all(added)


def _along_a_walk(place: tuple[str, str]) -> tuple[str, list[tuple[int, str]]]:
    room, label = place
    parts = [part for part in re.split(r"([0-9]+)", label) if part]
    return room, [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def _write_session(frame: Frame, record: SessionRecord) -> None:
    if record.starts_at and record.ends_at and record.ends_at <= record.starts_at:
        raise UnreadableProgramme(f"Session “{record.title}” ends before it starts.")
    if (record.starts_at is None) != (record.ends_at is None):
        raise UnreadableProgramme(f"Session “{record.title}” needs a start and an end, or neither.")
    session = _known_session(frame, record)
    is_new = session is None
    if session is None:
        session = Session(conference=frame.conference, slug=session_key(record))
        frame.sessions[session.slug] = session
    frame.named_sessions[record.slug or record.title] = session
    values = {
        "title": record.title,
        "kind": record.kind,
        "room": _room(frame, record.room) if record.room else None,
        "starts_at": record.starts_at,
        "ends_at": record.ends_at,
        "description": record.description,
    }
    frame.titled_sessions[session.title].pop(session.slug, None)
    changes = frame.edits.assign(session, values)
    frame.titled_sessions[session.title][session.slug] = session
    links = usable_links(record.links, f"session “{record.title}”", frame.report)
    stored = [] if is_new else list(session.links.order_by("pk"))
    _save_row(frame, session, "session", is_new=is_new, changes=[*changes, *write_links(frame, session, links, stored)])
    if is_new:
        frame.write_rows(Link, LINK_COLUMNS, new_links(session, links))


def _known_session(frame: Frame, record: SessionRecord) -> Session | None:
    """By its slug; where the source gives none, also by a title that only one session has."""
    session = frame.sessions.get(session_key(record))
    if session is None and not record.slug:
        same = frame.titled_sessions[record.title]
        session = next(iter(same.values())) if len(same) == 1 else None
    return session


def usable_links(records: Iterable[LinkRecord], place: str, report: ImportReport) -> list[LinkRecord]:
    """The links that can be written, each once; the others are told."""
    links: list[LinkRecord] = []
    for record in dict.fromkeys(records):
        if not is_web_address(record.url):
            report.remarks.append(f"{place}: “{record.url[:60]}” is not a web address and was left out.")
        elif record.kind not in LINK_KINDS:
            report.remarks.append(f"{place}: “{record.kind[:60]}” is no kind of link; it was left out.")
        elif len(record.label) > longest(Link, "label"):
            report.remarks.append(f"{place}: the link “{record.label[:60]}…” has too long a label; it was left out.")
        elif all((record.kind, record.url) != (other.kind, other.url) for other in links):
            links.append(record)
    return links


def new_links(owner: Any, records: Iterable[LinkRecord]) -> list[tuple[Any, ...]]:
    """Links of a poster or a session, as the values of LINK_COLUMNS."""
    owners = (owner.pk, None) if isinstance(owner, Poster) else (None, owner.pk)
    return [(owner.conference_id, *owners, record.kind, record.url, record.label) for record in records]


def write_links(frame: Frame, owner: Any, records: list[LinkRecord], stored: list[Link]) -> list[FieldChange]:
    """Bring the links of a stored poster or session to what the source says.

    It decides about the kinds of links it has; a video added here stays beside the source's papers. What an
    organiser edited stays as a whole.
    """
    kinds = {record.kind for record in records}
    before = {(link.kind, link.url): link for link in stored if link.kind in kinds}
    wanted = {(record.kind, record.url): record for record in records}
    relabelled = [link for key, link in before.items() if key in wanted and link.label != wanted[key].label]
    if owner.pk is None or (before.keys() == wanted.keys() and not relabelled):
        return []
    kept = frame.edits.keep(owner._meta.model_name, owner.pk, "links")
    change = FieldChange("links", _addresses(before.values()), _addresses(records), kept=str(kept or ""))
    if kept is None and not frame.is_dry_run:
        gone = [link.pk for key, link in before.items() if key not in wanted]
        if gone:
            Link.objects.filter(pk__in=gone).delete()
        for link in relabelled:
            link.label = wanted[link.kind, link.url].label
            link.save()
        added = [record for key, record in wanted.items() if key not in before]
        frame.write_rows(Link, LINK_COLUMNS, new_links(owner, added))
    return [change]


def _addresses(links: Iterable[Link | LinkRecord]) -> str:
    return ", ".join(f"{link.url} ({link.label})" if link.label else link.url for link in links)


def _save_row(frame: Frame, obj: Any, place: str, *, is_new: bool, changes: list[FieldChange]) -> None:
    """Save the conference or a session if it is new or changed, and report it."""
    if is_new or any(not change.kept for change in changes):
        try:
            # What belongs together here is right, and in a dry run has no keys to look up. Slugs were looked up, and
            # a session's times; asking the database again takes most of the time of 10,000 sessions.
            is_conference = obj is frame.conference
            obj.full_clean(exclude={"conference", "room"}, validate_unique=False, validate_constraints=is_conference)
        except ValidationError as error:
            problems = "; ".join(f"{name}: {', '.join(texts)}" for name, texts in error.message_dict.items())
            raise UnreadableProgramme(f"The {place} “{str(obj)[:80]}” cannot be written: {problems}") from error
        frame.write(obj)
    frame.tell(place, str(obj), is_new=is_new, changes=changes)
