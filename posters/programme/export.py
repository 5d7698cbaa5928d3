"""Models → records → files: a programme written out again, as an import reads it.

An export holds the conference's own facts and all that hangs on its posters and sessions; of pictures it has the
addresses, which an import leaves aside. Not part of a programme, and so not in it: announcements, people without a
poster, the change log, and everything of attendees.
"""

import datetime as dt
import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import QuerySet

from posters.latex import to_text
from posters.models import (
    Authorship,
    Board,
    Conference,
    FormerAuthor,
    Link,
    Poster,
    PosterTopic,
    Presentation,
    split_keywords,
)
from posters.pictures import picture_named
from posters.programme.identity import name_key
from posters.programme.readers import programme_json
from posters.programme.records import (
    AuthorRecord,
    BoardRecord,
    ConferenceRecord,
    FormerAuthorRecord,
    LinkRecord,
    PosterRecord,
    PresentationRecord,
    ProgrammeRecord,
    SessionRecord,
    TopicRecord,
)
from posters.programme.table import to_csv, to_xlsx

READINGS = 3
"""How often at most a programme is read while others write to it."""


class UnknownFormat(ValueError):
    """There is no such format. `str()` is one clear sentence that names those there are."""


@dataclass(frozen=True)
class ExportFormat:
    """A format to write. `name` is also its files' ending; `write` gives a file piece by piece."""

    name: str
    title: str
    content_type: str
    write: Callable[[ProgrammeRecord], Iterable[bytes]]
    is_text: bool = True
    is_table: bool = True


FORMATS = {
    entry.name: entry
    for entry in (
        ExportFormat(
            "json",
            "JSON",
            "application/json; charset=utf-8",
            lambda record: (piece.encode() for piece in programme_json.write(record)),
            is_table=False,
        ),
        ExportFormat("csv", "CSV", "text/csv; charset=utf-8", lambda record: [to_csv(record).encode()]),
        ExportFormat(
            "xlsx",
            "XLSX",
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            lambda record: [to_xlsx(record)],
            is_text=False,
        ),
    )
}
"""By name. To add one, write the function and add it here: command, admin and addresses have it then."""


def format_named(name: str) -> ExportFormat:
    """Raises UnknownFormat if there is none."""
    if name not in FORMATS:
        raise UnknownFormat(f"There is no format “{name}” to export: choose one of {', '.join(FORMATS)}.")
    return FORMATS[name]


def file_name(conference: Conference, chosen: ExportFormat) -> str:
    """What a downloaded file is called: made of slugs."""
    return f"{conference.slug}-programme.{chosen.name}"


def whole_programme(*, conference: Conference) -> ProgrammeRecord:
    """All that the organisers have, drafts included."""

    def read() -> ProgrammeRecord:
        formers = tuple(_former_authors(conference))
        return replace(_programme_of(conference, conference.posters.all()), former_authors=formers)

    return _at_one_revision(conference, read)


def public_programme(*, conference: Conference) -> ProgrammeRecord:
    """What visitors may see: no drafts, withdrawn posters marked so, no key that is an e-mail address, and not who
    was taken for another.
    """
    record = _at_one_revision(conference, lambda: _programme_of(conference, conference.posters.public()))
    return replace(record, posters=tuple(map(_for_visitors, record.posters)))


def readable(record: ProgrammeRecord) -> ProgrammeRecord:
    """The same with LaTeX read as Unicode, for those who open a table and do not import it (DESIGN.md, rule 7)."""
    return replace(
        record,
        posters=tuple(
            replace(poster, title=to_text(poster.title), abstract=to_text(poster.abstract)) for poster in record.posters
        ),
    )


def write_file(*, path: Path, content: Iterable[bytes]) -> None:
    """Write a file as a whole or not at all. Raises OSError, and whatever making the content raises."""
    path = path.resolve()
    if path.exists() and not path.is_file():  # a pipe or a terminal, which stays one
        with path.open("wb") as stream:
            stream.writelines(content)
        return
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as stream:
            stream.writelines(content)
        if path.exists():
            shutil.copymode(path, part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _for_visitors(poster: PosterRecord) -> PosterRecord:
    """OpenReview knows people without a profile by their e-mail address, and a hash tells who once was an author."""
    authors = poster.authors
    if any("@" in author.source_id for author in authors):
        authors = tuple(replace(author, source_id=_public_key(author.source_id)) for author in authors)
    return replace(poster, source_id=_public_key(poster.source_id), source_key=None, authors=authors)


def _public_key(source_id: str) -> str:
    return "" if "@" in source_id else source_id


def _at_one_revision(conference: Conference, read: Callable[[], ProgrammeRecord]) -> ProgrammeRecord:
    """What is read, again where somebody has written meanwhile: its parts come from several queries."""
    revisions = Conference.objects.filter(pk=conference.pk).values_list("revision", flat=True)
    revision = revisions.first()
    for _ in range(READINGS):
        record = read()
        before, revision = revision, revisions.first()
        if revision == before:
            break
    return record


def _programme_of(conference: Conference, posters: QuerySet[Poster]) -> ProgrammeRecord:
    """The records, in an order that depends on what they say alone: a copy's export is the same.

    Rows instead of objects: there may be 45,000 authorships.
    """
    facts = Conference.objects.values(*(item.name for item in fields(ConferenceRecord))).get(pk=conference.pk)
    decisions = conference.decisions.values_list("rank", "name")
    topics = conference.topics.values_list("name", "parent__name")
    boards = Board.objects.filter(room__conference=conference)
    board_columns = ("room__name", "label", "position", "x_metres", "y_metres")
    links = _links(conference)
    sessions = list(_sessions(conference, ZoneInfo(facts["time_zone"]), links))
    return ProgrammeRecord(
        conference=ConferenceRecord(**facts),
        decisions=tuple(name for _, name in sorted(decisions)),
        topics=tuple(TopicRecord(name, parent or "") for name, parent in sorted(topics, key=lambda row: row[0])),
        rooms=tuple(sorted(conference.rooms.values_list("name", flat=True))),
        boards=tuple(
            sorted(
                (BoardRecord(*row) for row in boards.values_list(*board_columns)),
                key=lambda board: (board.room, board.position, board.label),
            )
        ),
        sessions=tuple(sessions),
        posters=tuple(_posters(conference, posters, ZoneInfo(facts["time_zone"]), sessions, links)),
    )


Owned = dict[tuple[str, int], list[LinkRecord]]
"""Links, by the kind of their owner and its key."""


def _links(conference: Conference) -> Owned:
    links: Owned = defaultdict(list)
    rows = Link.objects.filter(conference=conference).order_by("kind", "pk")
    for poster, session, *facts in rows.values_list("poster", "session", "kind", "url", "label").iterator():
        links[("poster", poster) if poster else ("session", session)].append(LinkRecord(*facts))
    return links


def _sessions(conference: Conference, zone: ZoneInfo, links: Owned) -> Iterator[SessionRecord]:
    """In the order of time, those without one last."""
    columns = ("pk", "title", "slug", "kind", "room__name", "starts_at", "ends_at", "description")
    rows = list(conference.sessions.values_list(*columns))
    far = dt.datetime.max.replace(tzinfo=dt.UTC)
    for pk, title, slug, kind, room, starts_at, ends_at, text in sorted(rows, key=lambda row: (row[5] or far, row[2])):
        yield SessionRecord(
            title=title,
            slug=slug,
            kind=kind,
            room=room or "",
            starts_at=_in_zone(starts_at, zone),
            ends_at=_in_zone(ends_at, zone),
            description=text,
            links=tuple(links.get(("session", pk), ())),
        )


def _posters(
    conference: Conference, posters: QuerySet[Poster], zone: ZoneInfo, sessions: list[SessionRecord], links: Owned
) -> Iterator[PosterRecord]:
    """By number."""
    authors = _authors(conference)
    topics: defaultdict[int, list[str]] = defaultdict(list)
    rows = PosterTopic.objects.filter(poster__conference=conference).values_list("poster", "topic__name")
    for poster, name in rows.iterator():
        topics[poster].append(name)
    presentations = _presentations(conference, zone, sessions)
    columns = (
        *("pk", "number", "title", "abstract", "keywords", "decision__name", "status", "withdrawal_reason"),
        *("source_id", "source_key", "image"),
    )
    for place, row in enumerate(posters.order_by("number").values_list(*columns).iterator(), start=1):
        pk, number, title, abstract, keywords, decision, status, reason, source_id, source_key, image = row
        yield PosterRecord(
            place=f"record {place}",
            title=title,
            authors=tuple(authors.pop(pk, ())),
            abstract=abstract,
            decision=decision or "",
            source_id=source_id,
            number=number,
            keywords=split_keywords(keywords),
            topics=tuple(sorted(topics.get(pk, ()))),
            links=tuple(links.get(("poster", pk), ())),
            presentations=tuple(presentations.pop(pk, ())),
            status=status,
            withdrawal_reason=reason if status == Poster.Status.WITHDRAWN else "",
            source_key=source_key,
            image=settings.SITE_URL + picture.address if (picture := picture_named(image)) else "",
        )


def _former_authors(conference: Conference) -> Iterator[FormerAuthorRecord]:
    """Those merged into somebody who is on a poster, as all people here are."""
    printed = Authorship.objects.filter(poster__conference=conference).values("author")
    formers = FormerAuthor.objects.filter(conference=conference, author__in=printed)
    for slug, name, former, source_id in sorted(set(formers.values_list("author__slug", "name", "slug", "source_id"))):
        yield FormerAuthorRecord(slug, name, former, source_id)


def _authors(conference: Conference) -> dict[int, list[AuthorRecord]]:
    """Each poster's authors in their order. One record serves all posters on which the same is printed."""
    authors: defaultdict[int, list[AuthorRecord]] = defaultdict(list)
    known: dict[tuple[str, str, bool], AuthorRecord] = {}
    rows = Authorship.objects.filter(poster__conference=conference).order_by("poster", "position")
    columns = ("poster", "author__slug", "affiliation", "is_presenter", "author__name", "author__source_id")
    for poster, slug, affiliation, is_presenter, name, source_id in rows.values_list(*columns).iterator():
        printed = (slug, affiliation, is_presenter)
        if printed not in known:
            known[printed] = AuthorRecord(name_key(name), affiliation, source_id, slug, is_presenter)
        authors[poster].append(known[printed])
    return authors


def _presentations(
    conference: Conference, zone: ZoneInfo, sessions: list[SessionRecord]
) -> dict[int, list[PresentationRecord]]:
    """Each poster's presentations, in the order of the sessions."""
    places = {session.slug: place for place, session in enumerate(sessions)}
    shown: defaultdict[int, list[PresentationRecord]] = defaultdict(list)
    columns = (
        "poster",
        "session__slug",
        "format",
        "board__room__name",
        "board__label",
        "presenter_starts_at",
        "presenter_ends_at",
        "position",
    )
    rows = Presentation.objects.filter(session__conference=conference).values_list(*columns)
    for poster, session, kind, room, board, starts_at, ends_at, position in rows.iterator():
        shown[poster].append(
            PresentationRecord(
                session=session,
                format=kind,
                room=room or "",
                board=board or "",
                presenter_starts_at=_in_zone(starts_at, zone),
                presenter_ends_at=_in_zone(ends_at, zone),
                position=position,
            )
        )
    for presentations in shown.values():
        presentations.sort(key=lambda record: places.get(record.session, 0))
    return shown


def _in_zone(moment: dt.datetime | None, zone: ZoneInfo) -> dt.datetime | None:
    """On the conference's clocks, with their offset as it is then, as ISO 8601 has it.

    A time in the zone itself would differ from the same time with its offset in the hour that the clocks turn back
    (PEP 495), and with it a programme from its own copy.
    """
    if moment is None:
        return None
    local = moment.astimezone(zone)
    return local.replace(tzinfo=dt.timezone(local.utcoffset() or dt.timedelta()))
