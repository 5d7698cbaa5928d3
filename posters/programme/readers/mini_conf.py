"""Site data of Mini-Conf (ICLR 2020) and of its descendants (EMNLP 2020, …): a folder, or one of its files.

- `papers.csv`, `main_papers.csv`, … or `.json`: UID, title, authors and keywords joined by “|”, abstract, sessions
- `main_calendar.json`, `overall_calendar.yml`: entries with title, start, end
- `paper_sessions.yml`: from a session's key to its names, times and the UIDs of its papers
- `speakers.csv`: the talks of invited speakers, who meet their audience in the calendar's entry that links to them

These sites were made for virtual conferences: every presentation is virtual.
"""

import csv
import html
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from posters.programme.readers.decisions import decision_of, order_of
from posters.programme.readers.values import Remarks, Values, Window, check_count, load_json, session_slug
from posters.programme.records import (
    AuthorRecord,
    LinkRecord,
    PosterRecord,
    PresentationRecord,
    ProgrammeRecord,
    SessionRecord,
    UnreadableProgramme,
)
from posters.programme.source import Source, SourceFile

NAME = "mini-conf"
TITLE = "Mini-Conf site data"
LONGEST_CELL = 1_000_000
MOST_COLUMNS = 200
PAPER_LINKS = {
    "pdf_url": "paper",
    "paper_url": "paper",
    "pdf": "paper",
    "code_url": "code",
    "video_url": "video",
    "slides_url": "slides",
    "demo_url": "other",
}
READ_COLUMNS = {
    *("UID", "id", "forum", "title", "authors", "abstract", "keywords", "sessions", "session", "track", "topic"),
    *("decision", "material", "content", *PAPER_LINKS),
}
KINDS = (
    ("poster", ("poster", "gather session")),
    ("keynote", ("keynote", "plenary", "invited", "speaker", "talk")),
    ("workshop", ("workshop", "tutorial")),
    ("social", ("social", "sponsor", "mentor", "meet", "town", "birds of a feather", "reception")),
    ("break", ("break", "lunch", "coffee")),
    ("oral", ("oral", "zoom", "q&a", "paper", "qa")),
)
"""The first kind of which a word stands in an entry's type, else in its title, is its kind."""

_tag = re.compile(r"<[^<>]*>")
_markdown_link = re.compile(r"\[(?P<label>[^\[\]]*)\]\((?P<url>[^()\s]*)\)")
_speaker_page = re.compile(r"speaker_(\w+)\.html")


def recognises(source: Source) -> bool:
    """Whether one of the files is a paper file, a calendar or a file of paper sessions."""
    return any(_looks_right(file) for file in source.files)


def _looks_right(file: SourceFile) -> bool:
    start = file.start.lstrip("\ufeff \n")
    if file.suffix == ".csv":
        header = _cells(start.partition("\n")[0])
        return {"UID", "title", "authors"} <= header or {"UID", "title", "speaker"} <= header
    if file.suffix == ".json" and start.startswith("["):
        names = ('"UID"', '"title"', '"authors"'), ('"title"', '"start"', '"end"'), ('"forum"', '"content"', '"title"')
        return any(all(name in start for name in group) for group in names)
    if file.suffix in (".yml", ".yaml"):
        return all(f"{name}:" in start for name in ("start_time", "papers")) or bool(
            re.search(r"^-\s+title:", start, re.MULTILINE) and re.search(r"^\s+start:", start, re.MULTILINE)
        )
    return False


def _cells(line: str) -> set[str]:
    try:
        return {cell.strip() for cell in next(csv.reader([line]), [])}
    except csv.Error:
        return set()


@dataclass
class _Site:
    """What the files hold, entry by entry."""

    remarks: Remarks = field(default_factory=Remarks)
    papers: list[Values] = field(default_factory=list)
    entries: list[Values] = field(default_factory=list)
    paper_sessions: list[tuple[str, Values]] = field(default_factory=list)
    speakers: list[Values] = field(default_factory=list)


def read(source: Source) -> ProgrammeRecord:
    """Papers in the files' order; sessions of papers first, then the calendar's others.

    Raises UnreadableProgramme with file and line for what cannot be read.
    """
    site = _Site()
    for file in source.files:
        _take(site, file, is_alone=len(source.files) == 1)
    if not (site.papers or site.entries or site.paper_sessions or site.speakers):
        raise UnreadableProgramme(f"{source.main.name}: no papers, calendar or paper sessions of a Mini-Conf site.")
    programme = _Programme(site.remarks)
    for key, values in site.paper_sessions:
        programme.add_paper_session(key, values)
    programme.add_calendar(_once(site.entries, site.remarks), site.speakers)
    posters = tuple(_posters(site.papers, programme))
    programme.report_unplaced({poster.source_id for poster in posters})
    return ProgrammeRecord(
        decisions=order_of({poster.decision for poster in posters}),
        sessions=tuple(programme.sessions),
        posters=posters,
        left_out=tuple(site.remarks.left_out),
        remarks=site.remarks.lines(),
    )


def _take(site: _Site, file: SourceFile, *, is_alone: bool) -> None:
    """Add a file's entries to the site's."""
    name = file.name.lower()
    if file.suffix == ".csv" and (is_alone or name.endswith(("papers.csv", "speakers.csv")) or _looks_right(file)):
        for row in _rows(file, site.remarks, is_alone=is_alone):
            (site.speakers if "speaker" in row.content else site.papers).append(row)
    elif file.suffix in (".json", ".yml", ".yaml") and (
        is_alone or any(word in name for word in ("paper", "calendar", "session"))
    ):
        _take_tree(site, file, _tree(file))
    else:
        site.remarks.add(file.name, "not read: neither papers nor a calendar nor paper sessions.")


def _tree(file: SourceFile) -> Any:
    if file.suffix == ".json":
        return load_json(file)
    from posters.programme.readers.yaml_text import load_yaml  # only this format needs YAML

    return load_yaml(file)


def _take_tree(site: _Site, file: SourceFile, tree: Any) -> None:
    if isinstance(tree, dict) and tree and all(_is_paper_session(item) for item in tree.values()):
        site.paper_sessions += [
            (str(key), Values(f"{file.name}, {key}", item, site.remarks)) for key, item in tree.items()
        ]
        return
    if not isinstance(tree, list):
        raise UnreadableProgramme(
            f"{file.name}, line 1: neither a list of papers or calendar entries nor sessions with “papers”."
        )
    check_count(len(tree), file.name)
    for number, item in enumerate(tree, start=1):
        place = f"{file.name}, record {number}"
        if not isinstance(item, dict):
            raise UnreadableProgramme(f"{place}: neither a paper nor a calendar entry.")
        content = item | item["content"] if isinstance(item.get("content"), dict) else item
        values = Values(place, content, site.remarks)
        if "title" in content and "authors" in content:
            site.papers.append(values)
        elif "title" in content and "start" in content:
            site.entries.append(values)
        else:
            raise UnreadableProgramme(f"{place}: neither a paper (title, authors) nor a calendar entry (title, start).")


def _is_paper_session(item: Any) -> bool:
    return isinstance(item, dict) and "papers" in item


def _rows(file: SourceFile, remarks: Remarks, *, is_alone: bool) -> Iterator[Values]:
    """A table's rows by column. Raises UnreadableProgramme with the line of broken quotes or surplus cells."""
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(file.lines(), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        _check_header(file.name, header)
        unread = [name for name in header if name not in READ_COLUMNS and "speaker" not in header]
        if unread:
            remarks.add(file.name, f"columns that are not read: {', '.join(unread)}.")
        line = reader.line_num + 1
        for count, cells in enumerate(reader, start=1):
            check_count(count, file.name)
            place = f"line {line}" if is_alone else f"{file.name}, line {line}"
            if any(cell.strip() for cell in cells[len(header) :]):
                raise UnreadableProgramme(
                    f"{file.name}, line {line}: {len(cells)} cells, but the header has {len(header)} columns."
                )
            if len(cells) < len(header) and cells:
                remarks.add(place, f"fewer cells than the header's {len(header)} columns; the last ones are empty.")
            if any(cell.strip() for cell in cells):
                yield Values(place, dict(zip(header, cells, strict=False)), remarks)
            line = reader.line_num + 1
    except csv.Error as error:
        raise UnreadableProgramme(f"{file.name}, line {reader.line_num}: broken CSV: {error}.") from error


def _check_header(name: str, header: list[str]) -> None:
    if len(header) > MOST_COLUMNS:
        raise UnreadableProgramme(f"{name}, line 1: more than {MOST_COLUMNS} columns; this is no table of papers.")
    columns = ", ".join(header)[:300] or "none"
    if "title" not in header:
        raise UnreadableProgramme(f"{name}, line 1: the column “title” is missing; the columns are {columns}.")
    twice = [column for column, count in Counter(header).items() if count > 1 and column]
    if twice:
        raise UnreadableProgramme(f"{name}, line 1: the column “{twice[0]}” stands twice.")


def _once(entries: list[Values], remarks: Remarks) -> Iterator[Values]:
    """The calendar's entries without what it repeats: the same again, and the week view of what the day view has."""
    days = {_slot(entry) for entry in entries if entry.line("view") == "day"}
    seen: set[tuple[str, ...]] = set()
    for entry in entries:
        title = _plain(entry.text("title"))
        same = (title, *_slot(entry))
        if entry.line("view") == "week" and _slot(entry) in days:
            entry.remark(f"“{title}” is the week view of a session that the day view has, too; it counts once.")
        elif same in seen:
            entry.remark(f"“{title}” stands there already; it counts once.")
        else:
            seen.add(same)
            yield entry


def _slot(entry: Values) -> tuple[str, ...]:
    return tuple(entry.line(name) for name in ("start", "end", "type", "link"))


def _plain(title: str) -> str:
    """A title without its HTML, in one line."""
    return " ".join(html.unescape(_tag.sub(" ", title)).split())


class _Programme:
    """The sessions, findable by what papers call them, and which papers they name."""

    def __init__(self, remarks: Remarks) -> None:
        self.remarks = remarks
        self.sessions: list[SessionRecord] = []
        self.placements: defaultdict[str, list[str]] = defaultdict(list)
        """From a paper's UID to the slugs of its sessions."""
        self._named: list[tuple[Values, list[str]]] = []
        self._by_name: dict[str, str] = {}
        self._starts: set[tuple[str, str]] = set()
        self._taken: set[str] = set()

    def add_paper_session(self, key: str, values: Values) -> None:
        name, long_name = _plain(values.text("name")), _plain(values.text("long_name"))
        window = values.window("start_time", "end_time")
        title = long_name or name or key
        kind = _kind(name, title)
        links = [("stream", values.address("zoom_link")), ("chat", values.address("chat_link"))]
        slug = self._add(
            SessionRecord(
                title=title,
                kind="oral" if kind == "oral" else "poster",
                links=tuple(LinkRecord(kind, url) for kind, url in links if url),
            ),
            key,
            window,
        )
        for known in (key, name, long_name):
            self._by_name.setdefault(known.casefold(), slug)
            self._starts.add((known.casefold(), values.line("start_time")))
        uids = values.content.get("papers")
        if not isinstance(uids, list):
            values.refuse("papers", "a list", uids)
        papers = values.texts("papers")
        if len(papers) < len(uids):
            values.remark("a paper stands twice in this session, or has no UID; it comes once.")
        for uid in papers:
            self.placements[uid].append(slug)
        self._named.append((values, list(papers)))

    def add_calendar(self, entries: Iterator[Values], speakers: list[Values]) -> None:
        """The entries that are no session of papers yet; a speaker's talk describes the entry that links to it."""
        talks = {speaker.line("UID"): speaker for speaker in speakers}
        kept = [(entry, _plain(entry.text("title"))) for entry in entries]
        titles = Counter(title.casefold() for _, title in kept)
        for entry, title in kept:
            if (title.casefold(), entry.line("start")) in self._starts:
                entry.remark(f"“{title}” is a session of papers and counts once.")
            else:
                self._add_entry(entry, title, talks, is_only=titles[title.casefold()] == 1)
        for uid, speaker in talks.items():
            title = speaker.line("title")
            speaker.remark(f"nothing says when {speaker.line('speaker')} speaks of “{title}”; it has no time.")
            self._add(SessionRecord(title=title, kind="keynote", description=_talk(speaker)), f"speaker-{uid}", None)

    def _add_entry(self, entry: Values, title: str, talks: dict[str, Values], *, is_only: bool) -> None:
        link = entry.line("link") or entry.line("location")
        page = _speaker_page.search(link)
        talk = talks.pop(page[1], None) if page else None
        window = entry.window("start", "end")
        name = f"speaker-{page[1]}" if page else _session_in(link)
        if not name and window and not is_only:
            name = f"{title[:60]} {window.starts_at:%Y-%m-%d %H%M}"
        url = _address(entry)
        record = SessionRecord(
            title=title or "Untitled",
            kind="keynote" if page else _kind(entry.line("type"), entry.line("calendarId"), title) or "social",
            room=_room(entry),
            description=_talk(talk) if talk else "",
            links=(LinkRecord("other", url),) if url else (),
        )
        slug = self._add(record, name or title, window)
        for known in (name, title):
            self._by_name.setdefault(known.casefold(), slug)

    def session_named(self, name: str) -> str:
        """The session a paper names; one without a time where neither calendar nor paper sessions know it."""
        if name.casefold() not in self._by_name:
            record = SessionRecord(title=name, kind=_kind(name) or "poster")
            self._by_name[name.casefold()] = self._add(record, name, None)
            self.remarks.add(f"session “{name}”", "papers name it, but nothing says when it is; it has no time.")
        return self._by_name[name.casefold()]

    def report_unplaced(self, uids: set[str]) -> None:
        """Say of each session which of its papers have no row."""
        for values, papers in self._named:
            missing = [uid for uid in papers if uid not in uids]
            if missing:
                count = f"{len(missing)} of its {len(papers)} papers"
                values.remark(f"no row for {count}, which were left out: {', '.join(missing)}.")

    def _add(self, record: SessionRecord, key: str, window: Window | None) -> str:
        """Add a session. Returns its slug, made from the key."""
        slug = session_slug(key, self._taken)
        starts_at, ends_at = window or (None, None)
        self.sessions.append(replace(record, slug=slug, starts_at=starts_at, ends_at=ends_at))
        return slug


def _kind(*texts: str) -> str:
    """The kind that the first text with a known word tells; empty if none does."""
    for text in texts:
        for kind, words in KINDS:
            if any(re.search(rf"\b{word}", text, re.IGNORECASE) for word in words):
                return kind
    return ""


def _session_in(link: str) -> str:
    """“…/papers.html?session=Mon+Session+1” names the session as papers do."""
    try:
        return " ".join(parse_qs(urlsplit(link).query).get("session", [""])[0].split())
    except ValueError:
        return ""


def _address(entry: Values) -> str:
    """The entry's link; the site's own pages, which are gone with it, are left out."""
    link = entry.line("link")
    if re.fullmatch(r"[\w-]+\.html([?#].*)?", link):
        entry.remark("“link” is a page of the old site and was left out.")
        return ""
    return entry.address("link")


def _room(entry: Values) -> str:
    """Where it is; most sites repeat the link there."""
    location = entry.line("location")
    return "" if "/" in location or ".html" in location else location


def _talk(speaker: Values) -> str:
    """A speaker's talk as a session's description."""
    who = ", ".join(filter(None, (speaker.line("speaker"), speaker.line("institution"))))
    return "\n\n".join(filter(None, (speaker.line("title"), who, speaker.text("abstract"))))


def _posters(papers: list[Values], programme: _Programme) -> Iterator[PosterRecord]:
    places: dict[str, str] = {}
    for values in papers:
        uid = values.line("UID") or values.line("id") or values.line("forum")
        if uid and uid in places:
            values.leave_out(values.line("title"), f"the same UID, “{uid}”, as {places[uid]}")
            continue
        if uid:
            places[uid] = values.place
        else:
            values.remark("it has no UID and is known by its title.")
        yield _poster(values, uid, programme)


def _poster(values: Values, uid: str, programme: _Programme) -> PosterRecord:
    title = values.line("title")
    authors = tuple(AuthorRecord(name=name) for name in _names(values))
    if not title:
        values.remark(f"the title is empty; its authors are {', '.join(a.name for a in authors) or 'missing'}.")
    if not authors:
        values.remark(f"“{title}” has no authors.")
    named = [name for column in ("sessions", "session") for name in values.texts(column, "|")]
    slugs = [*programme.placements.get(uid, ()), *(programme.session_named(name) for name in named)]
    return PosterRecord(
        place=values.place,
        title=title,
        authors=authors,
        abstract=values.text("abstract"),
        decision=decision_of(values.line("decision")),
        source_id=uid,
        keywords=values.texts("keywords", "|"),
        topics=tuple(dict.fromkeys(topic for name in ("track", "topic") for topic in values.texts(name, "|"))),
        links=tuple(_links(values)),
        presentations=tuple(PresentationRecord(session=slug, format="virtual") for slug in dict.fromkeys(slugs)),
    )


def _names(values: Values) -> Iterator[str]:
    """The authors as printed; two of one name are two people."""
    printed = values.content.get("authors")
    names = printed if isinstance(printed, list) else values.text("authors").split("|")
    for name in names:
        line = Values(values.place, {"authors": name}, values.remarks).line("authors")
        if line:
            yield line


def _links(values: Values) -> Iterator[LinkRecord]:
    """Addresses in columns of their own, and “[label](address)”s in `material`; each once."""
    links: dict[str, LinkRecord] = {}
    for name, kind in PAPER_LINKS.items():
        if url := values.address(name):
            links.setdefault(url, LinkRecord(kind, url, "Demo" if name == "demo_url" else ""))
    for match in _markdown_link.finditer(values.text("material")):
        if url := values.checked_address(match["url"], "material"):
            links.setdefault(url, LinkRecord(_material_kind(match), url, match["label"].strip()[:100]))
    yield from links.values()


def _material_kind(material: re.Match[str]) -> str:
    label, url = material["label"].casefold(), material["url"].casefold()
    if re.search(r"video|screencast", label) or re.search(r"//(www\.)?(youtu\.?be|vimeo)\b", url):
        return "video"
    return "code" if re.search(r"\bcode|repository", label) or re.search(r"//git(hub|lab)\.com/", url) else "other"
