"""The columns of a programme's table: what they are called here, what others call them.

Both the spreadsheet reader and the writer of our own tables take the names from here.
"""

import re
import unicodedata
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """What a column can be. `name` is for corrections, `header` heads it in our tables, `others` in theirs.

    `is_many`: several columns may be it, such as the primary and the secondary subject area.
    """

    name: str
    header: str
    others: tuple[str, ...] = ()
    is_many: bool = False


FIELDS = (
    Field("number", "Number", ("Poster number",)),
    Field("title", "Title", ("Poster title", "Paper title", "Contribution title", "Submission title")),
    Field("authors", "Authors", ("Author names", "Author list", "All authors")),
    Field(
        "affiliations",
        "Affiliations",
        ("Author affiliations", "Institutions", "Organisations", "Organizations", "Author institutions"),
    ),
    Field("presenters", "Presenters", ("Presenting author", "Presenter name", "Speakers", "Speaker name")),
    Field("author_ids", "Author IDs", ("Author emails", "Emails", "E-mails", "Email addresses", "ORCID", "Person IDs")),
    Field("author_keys", "Author keys"),
    Field("abstract", "Abstract", ("Abstract text", "Paper abstract", "Summary", "Description")),
    Field("decision", "Decision", ("Acceptance", "Acceptance status", "Decision status", "Final decision", "Outcome")),
    Field("status", "Status", ("Poster status",)),
    Field("withdrawal_reason", "Withdrawal reason", ("Reason for withdrawal", "Withdrawn because")),
    Field("keywords", "Keywords", ("Key words", "Author keywords", "Tags"), is_many=True),
    Field(
        "topics",
        "Topics",
        ("Subject areas", "Primary subject area", "Secondary subject areas", "Track", "Track name", "Area", "Theme"),
        is_many=True,
    ),
    Field("session", "Session", ("Session title", "Session name", "Poster session")),
    Field("session_key", "Session key", ("Session slug", "Session ID")),
    Field("session_kind", "Session kind", ("Session type",)),
    Field(
        "session_start",
        "Session start",
        ("Start", "Start time", "Starts at", "Session start time", "Begin", "From"),
    ),
    Field("session_end", "Session end", ("End", "End time", "Ends at", "Session end time", "Until", "To")),
    Field("session_room", "Session room", ("Session location", "Session hall")),
    Field("date", "Date", ("Day", "Start date", "Session date", "Presentation date", "Poster date")),
    Field("time", "Time", ("Session time", "Time slot", "Slot", "Presentation time", "Poster time")),
    Field("room", "Room", ("Location", "Hall", "Poster room", "Board room", "Poster hall")),
    Field("board", "Board", ("Board number", "Poster board", "Poster position", "Panel", "Stand")),
    Field("format", "Format", ("Presentation mode", "Mode", "Presentation format", "Attendance", "Attendance mode")),
    Field("presenter_start", "Presenter from"),
    Field("presenter_end", "Presenter until"),
    Field("position", "List position"),
    Field("paper", "Paper", ("PDF", "Paper URL", "PDF URL", "Paper link", "PDF link"), is_many=True),
    Field("video", "Video", ("Video URL", "Video link", "Recording", "YouTube"), is_many=True),
    Field("slides", "Slides", ("Slides URL", "Slides link", "Slides PDF"), is_many=True),
    Field("code", "Code", ("Code URL", "Code link", "GitHub", "Repository"), is_many=True),
    Field("chat", "Chat", ("Chat URL", "Chat link", "Slack", "Discord"), is_many=True),
    Field("stream", "Stream", ("Live stream", "Stream URL", "Zoom", "Zoom link"), is_many=True),
    Field("other", "Links", ("URL", "Website", "Web page", "Project page", "Supplement"), is_many=True),
    Field(
        "source_id",
        "Source ID",
        (
            "ID",
            "UID",
            "Paper ID",
            "Poster ID",
            "Submission ID",
            "Submission",
            "Submission number",
            "Paper number",
            "Key",
        ),
    ),
    Field("source_key", "Source key"),
)
LINK_KINDS = ("paper", "video", "slides", "code", "chat", "stream", "other")
"""The fields that hold links, each named after their kind."""
ONLY_READ = ("date", "time")
WRITTEN = tuple(field for field in FIELDS if field.name not in ONLY_READ)
"""The columns of our own tables; a session's date and time stand in its start and end."""
BY_NAME = {field.name: field for field in FIELDS}

_camel = re.compile(r"(?<=[a-z])(?=[A-Z])")
_aside = re.compile(r"[(\[].*?[)\]]")


LONGEST_HEADER = 200
"""Characters looked at; what a line of garbage holds would be looked at again from each of its brackets."""


def header_key(header: str) -> str:
    """A header as compared: case, plurals, marks and what stands in brackets do not count.

    “Author(s)” is “Authors”, “paperID” is “Paper ID”, “Board #” and “Board No.” are “Board number”.
    """
    text = _camel.sub(" ", unicodedata.normalize("NFKC", header[:LONGEST_HEADER])).casefold().replace("#", " number ")
    words = re.sub(r"[^\w]+|_+", " ", _aside.sub(" ", text.replace("(s)", "s"))).split()
    return " ".join(_word(word) for word in words)


def _word(word: str) -> str:
    return "number" if word in ("no", "nr", "num", "nummer") else word.rstrip("s")


KNOWN = {header_key(name): field for field in FIELDS for name in (field.header, *field.others)}
"""Which field a header names, by its key."""


def field_of(header: str) -> Field | None:
    """What a column so headed is; None if nobody calls a field so."""
    return KNOWN.get(header_key(header))


def has_aside(header: str) -> bool:
    """Whether something stands in brackets in it, such as a zone."""
    return _aside.search(header[:LONGEST_HEADER]) is not None
