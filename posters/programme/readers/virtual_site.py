"""The JSON feed of the virtual sites of ICLR, NeurIPS, ICML, CVPR and ECCV (`…-orals-posters.json`).

An object whose `results` are events. A paper often has several, as Poster and as Oral: those with one `uid`, or
linked by `related_events_ids`, make one poster with a presentation each. Abstracts may stand in a second file,
`…-abstracts.json`, an object from event id to text. Of a topic's path, “A->B”, the last part is its name.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from posters.programme.readers.decisions import decision_of, order_of
from posters.programme.readers.link_kinds import link_kind
from posters.programme.readers.values import (
    LONGEST_PERSON_ID,
    TYPES,
    Remarks,
    Values,
    Window,
    check_count,
    load_json,
    session_slug,
)
from posters.programme.records import (
    AuthorRecord,
    BoardRecord,
    LinkRecord,
    PosterRecord,
    PresentationRecord,
    ProgrammeRecord,
    SessionRecord,
    UnreadableProgramme,
)
from posters.programme.source import Source, SourceFile

NAME = "virtual-site"
TITLE = "Feed of an ICLR, NeurIPS or ICML virtual site"
SIDECAR = "abstracts.json"
LONGEST_BOARD = 20
LONGEST_LABEL = 100
SESSION_TYPES = {
    "poster session": "poster",
    "oral session": "oral",
    "invited talk": "keynote",
    "keynote": "keynote",
    "workshop": "workshop",
    "tutorial": "workshop",
    "social": "social",
    "break": "break",
}
"""Events that are sessions of their own and no papers."""
READ_FIELDS = {
    *("id", "uid", "name", "authors", "abstract", "topic", "keywords", "decision", "session", "visible"),
    *("eventtype", "event_type", "room_name", "poster_position", "starttime", "endtime", "starttime2", "endtime2"),
    *("virtualsite_url", "url", "paper_url", "paper_pdf_url", "eventmedia", "related_events_ids"),
}
UNREAD_FIELDS = {
    *("sourceid", "sourceurl", "diversity_event", "children", "children_ids", "children_url", "parent1", "parent2"),
    *("parent2_id", "show_in_schedule_overview", "schedule_html", "latitude", "longitude", "related_events"),
}
"""How the site shows an event; any other field that is not read is told."""


def recognises(source: Source) -> bool:
    """Whether one of the files has results that are events."""
    return any(_is_feed(file) for file in source.files)


def _is_feed(file: SourceFile) -> bool:
    start = file.start.lstrip()
    if not start.startswith("{") or file.name.lower().endswith(SIDECAR):
        return False
    names = ('"eventtype"', '"event_type"', '"virtualsite_url"', '"count"', '"next"')
    return '"results"' in start and any(name in start for name in names)


def read(source: Source) -> ProgrammeRecord:
    """The feed's posters, in its order, with their sessions and boards.

    Raises UnreadableProgramme for broken JSON and for values of a wrong type.
    """
    remarks = Remarks()
    sidecars = source.ending(SIDECAR)
    feeds = [file for file in source.files if _is_feed(file)]
    feeds = feeds or [file for file in source.files if file not in sidecars][:1] or [source.main]
    events = [event for file in feeds for event in _events(file, remarks, is_alone=len(feeds) == 1)]
    abstracts = _abstracts(sidecars, events, remarks)
    public = [event for event in events if event.is_public]
    papers = _papers([event for event in public if not event.session_kind])
    timetable = _Timetable(public)
    posters = tuple(_poster(paper, timetable, abstracts) for paper in papers)
    return ProgrammeRecord(
        decisions=order_of({poster.decision for poster in posters}),
        boards=_boards(posters),
        sessions=timetable.records(remarks),
        posters=posters,
        left_out=tuple(remarks.left_out),
        remarks=remarks.lines(),
    )


@dataclass(frozen=True)
class _Event:
    """One result of the feed."""

    values: Values

    @cached_property
    def id(self) -> str:
        return self.values.line("id")

    @cached_property
    def uid(self) -> str:
        return self.values.line("uid")

    @cached_property
    def title(self) -> str:
        return self.values.line("name")

    @cached_property
    def type(self) -> str:
        return self.values.line("event_type") or self.values.line("eventtype")

    @property
    def session_kind(self) -> str:
        """The kind of session it is; empty for a paper."""
        return SESSION_TYPES.get(self.type.casefold(), "")

    @property
    def kind(self) -> str:
        """The kind of session it belongs to."""
        words = self.type.casefold()
        is_talk = "poster" not in words and any(word in words for word in ("oral", "spotlight", "talk"))
        return self.session_kind or ("oral" if is_talk else "poster")

    @property
    def is_public(self) -> bool:
        return self.values.content.get("visible") is not False

    @cached_property
    def format(self) -> str:
        places = (self.type, self.values.line("eventtype"), self.room)
        return "virtual" if any("virtual" in place.casefold() for place in places) else "in-person"

    @cached_property
    def room(self) -> str:
        return self.values.line("room_name")

    @cached_property
    def window(self) -> Window | None:
        return self.values.window("starttime", "endtime")

    @cached_property
    def second_window(self) -> Window | None:
        window = self.values.window("starttime2", "endtime2")
        return None if window == self.window else window

    @cached_property
    def session(self) -> str:
        """Its session's title, made from its time where the feed names none; empty where that is missing, too."""
        title = self.title if self.session_kind else self.values.line("session")
        if not title and self.window:
            title = f"{self.type or 'Poster'} session, {self.window.starts_at:%Y-%m-%d %H:%M}"
            self.values.remark(f"“session” is empty; it comes in “{title}”.")
        elif not title:
            self.values.remark("neither “session” nor a time: it has no place in the programme.")
        return title

    @cached_property
    def board(self) -> tuple[str, str]:
        """Room and label: “Hall A #12” is board 12 in Hall A; both empty where there is none."""
        position = self.values.line("poster_position")
        before, mark, after = position.partition("#")
        is_marked = bool(mark and after)
        room = (before.rstrip(" ,:-") if is_marked else "") or self.room
        label = after.lstrip() if is_marked else position
        if len(label) > LONGEST_BOARD:
            self.values.remark(f"“{position[:60]}” is too long for a board and was left out.")
            return "", ""
        return (room, label) if label else ("", "")


def _events(file: SourceFile, remarks: Remarks, *, is_alone: bool) -> Iterator[_Event]:
    content = load_json(file)
    if not isinstance(content, dict) or not isinstance(content.get("results"), list):
        raise UnreadableProgramme(f"{file.name}, line 1: not the feed of a virtual site: no list “results”.")
    results, unknown = content["results"], set()
    check_count(len(results), file.name)
    for number, result in enumerate(results, start=1):
        place = f"record {number}" if is_alone else f"{file.name}, record {number}"
        if not isinstance(result, dict):
            found = TYPES.get(type(result), "a number")
            raise UnreadableProgramme(f"{file.name}, record {number}: must be an object, not {found}.")
        event = _Event(Values(place, result, remarks))
        if not (event.id or event.uid or event.title or result.get("authors")):
            raise UnreadableProgramme(f"{file.name}, record {number}: it has no id, no name and no authors.")
        if not event.is_public:
            event.values.leave_out(event.title, "not public (“visible” is false)")
        unknown |= result.keys() - READ_FIELDS - UNREAD_FIELDS
        yield event
    if content.get("next"):
        remarks.add(file.name, f"the feed goes on at “{str(content['next'])[:200]}”; this is one page of it.")
    elif isinstance(content.get("count"), int) and content["count"] != len(results):
        remarks.add(file.name, f"“count” is {content['count']}, but it holds {len(results)} results.")
    if unknown:
        remarks.add(file.name, f"fields that are not read: {', '.join(sorted(unknown))}.")


def _abstracts(files: Iterable[SourceFile], events: list[_Event], remarks: Remarks) -> dict[str, str]:
    """From event id to text."""
    abstracts: dict[str, str] = {}
    known = {event.id for event in events}
    for file in files:
        content = load_json(file)
        if not isinstance(content, dict):
            raise UnreadableProgramme(f"{file.name}, line 1: must be an object from event id to abstract.")
        values = Values(file.name, content, remarks)
        abstracts |= {key: values.text(key) for key in content}
        strangers = sorted(content.keys() - known)
        if strangers:
            values.remark(f"abstracts of events that the feed lacks: {', '.join(strangers)}.")
    return abstracts


def _papers(events: list[_Event]) -> list[list[_Event]]:
    """The events, those of one paper together, in the order of their first."""
    leader = list(range(len(events)))

    def first(index: int) -> int:
        while leader[index] != index:
            leader[index] = leader[leader[index]]
            index = leader[index]
        return index

    def join(index: int, other: int) -> None:
        low, high = sorted((first(index), first(other)))
        leader[high] = low

    by_id = {event.id: index for index, event in enumerate(events) if event.id}
    by_key: dict[str, int] = {}
    for index, event in enumerate(events):
        if event.uid or event.id:
            join(index, by_key.setdefault(event.uid or event.id, index))
        for related in event.values.texts("related_events_ids"):
            other = by_id.get(related)
            if other is not None and _is_same_paper(event, events[other]):
                join(index, other)
    papers: defaultdict[int, list[_Event]] = defaultdict(list)
    for index, event in enumerate(events):
        papers[first(index)].append(event)
    for paper in papers.values():
        for event in paper[1:]:
            event.values.leave_out(event.title, f"the same paper as {paper[0].values.place}", is_joined=True)
    return list(papers.values())


def _is_same_paper(event: _Event, other: _Event) -> bool:
    """Whether related events are one paper: of one name, or one its poster and one its talk."""
    return event.title.casefold() == other.title.casefold() or event.kind != other.kind


class _Timetable:
    """The sessions that events name. One name on two days is two sessions; an event without a time is in the first."""

    def __init__(self, events: Iterable[_Event]) -> None:
        events = list(events)
        self._titles = {(event.window, event.kind): event.session for event in events if event.window}
        members: defaultdict[str, list[tuple[_Event, Window | None]]] = defaultdict(list)
        for event in events:
            for title, window in self._showings(event):
                members[title].append((event, window))
        self._first_day: dict[str, str] = {}
        self._members: dict[tuple[str, str], list[tuple[_Event, Window | None]]] = {}
        self._slugs: dict[tuple[str, str], str] = {}
        taken: set[str] = set()
        for title, showings in members.items():
            days = list(dict.fromkeys(_day(window) for _, window in showings if window)) or [""]
            self._first_day[title] = days[0]
            for day in days:
                self._members[title, day] = []
                self._slugs[title, day] = session_slug(f"{title[:60]} {day}" if len(days) > 1 else title, taken)
            for event, window in showings:
                self._members[self._key(title, window)].append((event, window))
        self._windows = {key: _whole(window for _, window in showings) for key, showings in self._members.items()}

    def presentations(self, event: _Event) -> Iterator[PresentationRecord]:
        """Where and when the event is shown; the presenter's time where it is a part of the session's."""
        room, board = event.board if event.kind == "poster" else ("", "")
        for title, window in self._showings(event):
            key = self._key(title, window)
            whole = self._windows[key]
            is_part = window is not None and window != whole
            yield PresentationRecord(
                session=self._slugs[key],
                format=event.format,
                room=room or event.room,
                board=board,
                presenter_starts_at=window.starts_at if window and is_part else None,
                presenter_ends_at=window.ends_at if window and is_part else None,
            )

    def records(self, remarks: Remarks) -> tuple[SessionRecord, ...]:
        """The sessions, in the feed's order."""
        records = []
        for (title, day), slug in self._slugs.items():
            events = [event for event, _ in self._members[title, day]]
            kinds = {event.kind for event in events}
            rooms = sorted({event.room for event in events if event.room})
            if len(rooms) > 1:
                remarks.add(f"session “{title}”", f"in several rooms ({', '.join(rooms)}), so it has none itself.")
            window = self._windows[title, day]
            records.append(
                SessionRecord(
                    title=title,
                    slug=slug,
                    kind="poster" if "poster" in kinds else kinds.pop(),
                    room=rooms[0] if len(rooms) == 1 else "",
                    starts_at=window.starts_at if window else None,
                    ends_at=window.ends_at if window else None,
                )
            )
        return tuple(records)

    def _showings(self, event: _Event) -> Iterator[tuple[str, Window | None]]:
        """Titles and times; a second time is another session's, or else a session of its own."""
        if not event.session:
            return
        yield event.session, event.window
        if event.second_window:
            again = self._titles.get((event.second_window, event.kind)) or f"{event.session}, second time"
            yield again, event.second_window

    def _key(self, title: str, window: Window | None) -> tuple[str, str]:
        return title, _day(window) if window else self._first_day[title]


def _day(window: Window) -> str:
    """The day on which it starts, where the event is."""
    return window.starts_at.date().isoformat()


def _whole(windows: Iterable[Window | None]) -> Window | None:
    """From the first start to the last end."""
    known = [window for window in windows if window]
    if not known:
        return None
    return Window(min(window.starts_at for window in known), max(window.ends_at for window in known))


def _poster(paper: list[_Event], timetable: _Timetable, abstracts: dict[str, str]) -> PosterRecord:
    """The paper, told by its Poster event where it has one."""
    events = sorted(paper, key=lambda event: event.kind != "poster")
    leading = events[0]
    values = leading.values
    titles = list(dict.fromkeys(event.title for event in events if event.title))
    authors = next((found for event in events if (found := _authors(event.values))), ())
    if not titles:
        names = ", ".join(author.name for author in authors) or "missing"
        values.remark(f"the title is empty; its authors are {names}.")
    elif len(titles) > 1:
        values.remark(f"its events have other titles, “{'”, “'.join(titles[1:])}”; it comes as “{titles[0]}”.")
    texts = [event.values.text("abstract") or abstracts.get(event.id, "") for event in events]
    printed = next((text for event in events if (text := event.values.line("decision"))), "")
    return PosterRecord(
        place=paper[0].values.place,
        title=titles[0] if titles else "",
        authors=authors,
        abstract=next(filter(None, texts), ""),
        decision=decision_of(printed),
        source_id=next(filter(None, (event.uid for event in events)), "") or leading.id,
        keywords=_united(event.values.texts("keywords", ";,") for event in events),
        topics=_united(map(_topics, events)),
        links=_links(events),
        presentations=tuple(_presentations(events, timetable)),
        status="withdrawn" if "withdrawn" in printed.casefold() else "",
    )


def _united(lists: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item for items in lists for item in items))


def _topics(event: _Event) -> Iterator[str]:
    for path in event.values.texts("topic"):
        name = path.rpartition("->")[2].strip()
        if name:
            yield name


def _authors(values: Values) -> tuple[AuthorRecord, ...]:
    records: list[AuthorRecord] = []
    for author in values.entries("authors"):
        name, source_id = author.line("fullname"), author.line("id")
        if len(source_id) > LONGEST_PERSON_ID:
            source_id = ""
        if not name:
            values.remark(f"an author without a name (id “{source_id}”) was left out.")
        elif source_id and any(known.source_id == source_id for known in records):
            values.remark(f"“{name}” (id {source_id}) stands twice among its authors and comes once.")
        else:
            records.append(AuthorRecord(name=name, affiliation=author.line("institution"), source_id=source_id))
    return tuple(records)


def _links(events: Iterable[_Event]) -> tuple[LinkRecord, ...]:
    """Each address once."""
    links: dict[str, LinkRecord] = {}
    for event in events:
        for link in _links_of(event.values):
            links.setdefault(link.url, link)
    return tuple(links.values())


def _links_of(values: Values) -> Iterator[LinkRecord]:
    for name, kind in (("paper_url", "paper"), ("paper_pdf_url", "paper")):
        if url := values.address(name):
            yield LinkRecord(kind, url, "PDF" if name == "paper_pdf_url" else "")
    for media in values.entries("eventmedia"):
        if media.content.get("visible") is not True:
            continue
        field = "uri" if media.line("uri") else "file"
        if url := media.address(field):
            name = media.line("name")
            kind = link_kind(f"{name} {media.line('type')} {media.line('resourcetype')}")
            yield LinkRecord(kind, url, name[:LONGEST_LABEL])
    for name in ("url", "virtualsite_url"):
        if url := values.address(name):
            yield LinkRecord("other", url)


def _presentations(events: list[_Event], timetable: _Timetable) -> Iterator[PresentationRecord]:
    """One in each session; a second event in the same one is told."""
    sessions: set[str] = set()
    for event in events:
        for record in timetable.presentations(event):
            if record.session in sessions:
                event.values.remark("the paper is in this session already; it comes there once.")
            else:
                sessions.add(record.session)
                yield record


def _boards(posters: Iterable[PosterRecord]) -> tuple[BoardRecord, ...]:
    """The boards along a walk: room by room, by number."""
    places = {(shown.room, shown.board) for poster in posters for shown in poster.presentations if shown.board}
    walk = sorted((place for place in places if place[0]), key=lambda place: (place[0], _natural(place[1])))
    return tuple(BoardRecord(room, label, position) for position, (room, label) in enumerate(walk, start=1))


def _natural(label: str) -> list[tuple[int, str]]:
    """“A9” before “A10”."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", label) if part]
