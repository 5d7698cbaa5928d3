"""What a programme is outside the database: the typed records that every reader gives.

A reader knows its format and nothing of the database; `upsert` knows the database and no format.
Empty strings, empty tuples and None all mean “the source does not say”.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ConferenceRecord:
    """The edition itself. `time_zone` is an IANA name; the venue's place is in degrees north and east."""

    name: str = ""
    year: int | None = None
    time_zone: str = ""
    venue: str = ""
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None
    description: str = ""
    website_url: str = ""
    accent_colour: str = ""
    latitude: float | None = None
    longitude: float | None = None


@dataclass(frozen=True, slots=True)
class BoardRecord:
    """A board in a room; `position` is its place on a walk through the room, places are in metres."""

    room: str
    label: str
    position: int = 0
    x_metres: float | None = None
    y_metres: float | None = None


@dataclass(frozen=True, slots=True)
class LinkRecord:
    """`kind` is one of Link.Kind: paper, video, slides, code, chat, stream, other."""

    kind: str
    url: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A time window. `slug` is its key; made from the title where empty. Times carry a zone."""

    title: str
    slug: str = ""
    kind: str = "poster"
    room: str = ""
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None
    description: str = ""
    links: tuple[LinkRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class AuthorRecord:
    """An author as printed on one poster.

    `source_id` is the person's key, where the source has one; `slug` is the one here, which tells people of one
    name apart in our own exports.
    """

    name: str
    affiliation: str = ""
    source_id: str = ""
    slug: str = ""
    is_presenter: bool = False


@dataclass(frozen=True, slots=True)
class FormerAuthorRecord:
    """Who an author was, too, before an organiser merged two: their old address and key in the source.

    `author` is the slug of the one who is left.
    """

    author: str
    name: str
    slug: str
    source_id: str = ""


@dataclass(frozen=True, slots=True)
class PresentationRecord:
    """The poster in one session: `session` is that session's slug, `format` one of in-person and virtual.

    `position` is its place in the session's list; a new one comes after those before it where that is None.
    """

    session: str
    format: str = "in-person"
    room: str = ""
    board: str = ""
    presenter_starts_at: dt.datetime | None = None
    presenter_ends_at: dt.datetime | None = None
    position: int | None = None


@dataclass(frozen=True, slots=True)
class PosterRecord:
    """One contribution. `place` says where in the source it stands, such as “line 164”.

    `status` is one of draft, published and withdrawn; only a withdrawn one has a reason for it. `source_key` stands
    in our own exports only: by what a source without keys recognises the poster (`identity.source_key`), empty for
    one that was made here by hand. `image` is its picture's address, told by our own exports for who reads them on:
    an import leaves the picture as it is.
    """

    place: str
    title: str
    authors: tuple[AuthorRecord, ...] = ()
    abstract: str = ""
    decision: str = ""
    source_id: str = ""
    number: int | None = None
    keywords: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    links: tuple[LinkRecord, ...] = ()
    presentations: tuple[PresentationRecord, ...] = ()
    status: str = ""
    withdrawal_reason: str = ""
    source_key: str | None = None
    image: str = ""


@dataclass(frozen=True, slots=True)
class LeftOutRecord:
    """A record of the source that makes no poster of its own; `is_joined` where it adds to another record's."""

    place: str
    name: str
    reason: str
    is_joined: bool = False


@dataclass(frozen=True, slots=True)
class ColumnRecord:
    """A table's column and the field it was read as, empty where it was not read; `sample` is its first value."""

    header: str
    field: str
    sample: str = ""


@dataclass(frozen=True, slots=True)
class TopicRecord:
    """A subject; `parent` is the name of the topic above it."""

    name: str
    parent: str = ""


@dataclass(frozen=True, slots=True)
class ProgrammeRecord:
    """A whole programme, in the source's order. `decisions` are ordered from the lowest to the highest.

    `rooms` and `topics` need name only what no board, session or poster names.
    """

    conference: ConferenceRecord = ConferenceRecord()
    decisions: tuple[str, ...] = ()
    topics: tuple[TopicRecord, ...] = ()
    rooms: tuple[str, ...] = ()
    boards: tuple[BoardRecord, ...] = ()
    sessions: tuple[SessionRecord, ...] = ()
    posters: Sequence[PosterRecord] = ()
    """A tuple; from formats that are read piece by piece a `Spool`, which holds them on disk."""
    former_authors: tuple[FormerAuthorRecord, ...] = ()
    left_out: tuple[LeftOutRecord, ...] = ()
    remarks: tuple[str, ...] = ()
    """What the reader noticed and a person should know."""
    columns: tuple[ColumnRecord, ...] = ()
    """How a table was read."""


class UnreadableProgramme(ValueError):
    """The source cannot be read. `str()` is one clear sentence that names the line or record.

    `columns` are a table's, where other fields for them may help.
    """

    def __init__(self, sentence: str, *, columns: tuple[ColumnRecord, ...] = ()) -> None:
        super().__init__(sentence)
        self.columns = columns
