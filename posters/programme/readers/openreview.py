"""Notes of OpenReview's API v2: a JSON list, `{"notes": [...]}`, or one JSON object a line.

Values stand in `content.X.value`; those of API v1, plain in `content.X`, are read, too. People are known by their
profile (`~Ada_Lovelace1`) or e-mail address; any other id, such as a search at DBLP, only names them.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any

from posters.programme.readers.decisions import decision_of, order_of
from posters.programme.readers.json_stream import JsonStream
from posters.programme.readers.values import (
    LONGEST_PERSON_ID,
    TYPES,
    Remarks,
    Values,
    check_count,
    opening,
    parse_json,
)
from posters.programme.records import (
    AuthorRecord,
    LinkRecord,
    PosterRecord,
    ProgrammeRecord,
    UnreadableProgramme,
)
from posters.programme.source import Source, SourceFile
from posters.programme.spool import Spool

NAME = "openreview"
TITLE = "OpenReview notes (API v2)"
SITE = "https://openreview.net"
LINKS = {"pdf": "paper", "code": "code", "video": "video", "slides": "slides"}
TOPICS = ("primary_area", "topic", "topics", "subject_areas")
LARGEST_NUMBER = 2**31 - 1
LEFT_OUT = {"desk_reject": "desk-rejected", "reject": "rejected"}

_venue_name = re.compile(r".*?\b(19|20)\d\d\b\W*(conference\b\s*)?", re.IGNORECASE)
_person_id = re.compile(r"~\S+|[^@\s/]+@[^@\s/]+")


def recognises(source: Source) -> bool:
    """Whether it is JSON of objects with a content and what only OpenReview calls so."""
    start = source.main.start.lstrip()
    return (
        start.startswith(("[", "{"))
        and '"content"' in start
        and any(name in start for name in ('"invitation"', '"invitations"', '"authorids"'))
    )


def read(source: Source) -> ProgrammeRecord:
    """The submissions among the notes, in the file's order.

    Raises UnreadableProgramme with the line of broken JSON, or the record that is no note.
    """
    remarks = Remarks()
    posters: Spool[PosterRecord] = Spool()
    decisions: set[str] = set()
    places: dict[str, str] = {}
    for note in _notes(source.main, remarks):
        values = _contents(note)
        reason = _reason_to_leave_out(note, values)
        source_id = note.line("id")
        if not reason and source_id in places:
            reason = f"the same id as {places[source_id]}"
        if reason:
            note.leave_out(values.line("title"), reason)
            continue
        if source_id:
            places[source_id] = note.place
        posters.append(poster := _poster(note, values, source_id))
        decisions.add(poster.decision)
    for file in source.files[1:]:
        remarks.add(file.name, "not read: notes come in one file.")
    return ProgrammeRecord(
        decisions=order_of(decisions),
        posters=posters,
        left_out=tuple(remarks.left_out),
        remarks=remarks.lines(),
    )


def _notes(file: SourceFile, remarks: Remarks) -> Iterator[Values]:
    for count, (place, note) in enumerate(_objects(file), start=1):
        check_count(count, file.name)
        if not isinstance(note, dict) or not isinstance(note.get("content"), dict):
            found = "“content” is missing" if isinstance(note, dict) else f"it is {TYPES.get(type(note), 'a number')}"
            raise UnreadableProgramme(f"{opening(place)}: not a note of OpenReview: {found}.")
        yield Values(place, note, remarks)


def _objects(file: SourceFile) -> Iterator[tuple[str, Any]]:
    """What should be notes, each with its place."""
    if _is_json_lines(file):
        for number, line in enumerate(file.lines(), start=1):
            if line.strip():
                yield f"line {number}", parse_json(line.removesuffix("\n"), file.name, first_line=number)
        return
    stream = JsonStream(file)
    if stream.next_mark() == "[":
        yield from _numbered(stream)
    elif stream.next_mark() == "{":
        yield from _of_object(stream, file.name)
    else:
        stream.value()
        raise _no_notes(file.name)
    stream.end()


def _of_object(stream: JsonStream, file_name: str) -> Iterator[tuple[str, Any]]:
    """The notes in an object, which may be one itself."""
    has_notes = False
    note: dict[str, Any] = {}
    for name in stream.members():
        if name == "notes":
            if stream.next_mark() != "[":
                raise _no_notes(file_name)
            has_notes = True
            yield from _numbered(stream)
        else:
            note[name] = stream.value()
    if not has_notes:
        yield "record 1", note


def _numbered(stream: JsonStream) -> Iterator[tuple[str, Any]]:
    return ((f"record {number}", item) for number, item in enumerate(stream.items(), start=1))


def _no_notes(file_name: str) -> UnreadableProgramme:
    return UnreadableProgramme(f"{file_name}, line 1: not notes of OpenReview: neither a list nor “notes”.")


def _is_json_lines(file: SourceFile) -> bool:
    """By its name, or by a first line that is a whole object with more to come."""
    if file.suffix == ".jsonl":
        return True
    with suppress(ValueError):  # There is one line, or none; what is broken is told when the whole is read.
        first, second = islice(filter(None, map(str.strip, file.lines())), 2)
        return first.startswith("{") and first.endswith("}") and second.startswith("{")
    return False


def _contents(note: Values) -> Values:
    """The note's content, of either version of the API, as plain values."""
    content = {
        name: value["value"] if isinstance(value, dict) and "value" in value else value
        for name, value in note.content["content"].items()
    }
    return Values(note.place, content, note.remarks)


def _reason_to_leave_out(note: Values, values: Values) -> str:
    """Why a note is no part of the programme; empty if it is."""
    forum, note_id = note.line("forum"), note.line("id")
    if note.line("replyto") or (forum and note_id and forum != note_id):
        return "a reply (review, comment or decision), not a submission"
    status = _status(note, values)
    return next((reason for word, reason in LEFT_OUT.items() if word in status), "")


def _status(note: Values, values: Values) -> str:
    """What tells whether it was withdrawn or rejected: invitations only without a venue, as they keep the past."""
    texts = [values.line("venueid"), values.line("venue")]
    if not any(texts):
        texts = [note.line("invitation"), *note.texts("invitations")]
    return re.sub(r"[-\s]+", "_", " ".join([*texts, values.line("decision")]).casefold())


def _poster(note: Values, values: Values, source_id: str) -> PosterRecord:
    title, authors = values.line("title"), _authors(values)
    if not title:
        names = ", ".join(author.name for author in authors) or "missing"
        values.remark(f"the title is empty; its authors are {names}.")
    if not authors:
        values.remark("it has no authors.")
    if not source_id:
        values.remark("it has no id and is known by its title.")
    number = note.content.get("number")
    return PosterRecord(
        place=note.place,
        title=title,
        authors=authors,
        abstract=values.text("abstract"),
        decision=_decision(values),
        source_id=source_id,
        number=number if type(number) is int and 0 < number <= LARGEST_NUMBER else None,
        keywords=values.texts("keywords", ";,"),
        topics=tuple(dict.fromkeys(topic for name in TOPICS for topic in values.texts(name))),
        links=tuple(_links(values)),
        status="withdrawn" if "withdrawn" in _status(note, values) else "",
    )


def _decision(values: Values) -> str:
    """From `decision`, else from the venue without its name: “ICLR 2023 notable top 25%” → “Top 25%”."""
    if printed := values.line("decision"):
        return decision_of(printed)
    venue = values.line("venue")
    name = _venue_name.match(venue)
    decision = decision_of(venue[name.end() :] if name else venue)
    if venue.casefold().startswith("submitted to"):
        values.remark(f"its venue is “{venue}”: not accepted, or not yet.")
    if "withdrawn" in decision.casefold() or (not name and decision == venue):
        return ""
    return decision


def _authors(values: Values) -> tuple[AuthorRecord, ...]:
    """Names with ids; where the two lists differ in length nobody knows whose id is whose, and names count."""
    printed = values.content.get("authors")
    if isinstance(printed, list) and any(isinstance(author, dict) for author in printed):
        people = [
            (author.line("fullname") or author.line("name"), author.line("username"))
            for author in values.entries("authors")
        ]
    else:
        names, ids = _lines(values, "authors"), _lines(values, "authorids")
        if ids and len(ids) != len(names):
            values.remark(f"{len(names)} authors but {len(ids)} ids; they are known by name.")
            ids = []
        people = list(zip(names, ids or [""] * len(names), strict=True))
    records: list[AuthorRecord] = []
    for name, person_id in people:
        source_id = _known_id(person_id)
        if not name:
            values.remark(f"an author without a name (“{person_id}”) was left out.")
        elif source_id and any(known.source_id == source_id for known in records):
            values.remark(f"“{name}” ({person_id}) stands twice among its authors and comes once.")
        else:
            records.append(AuthorRecord(name=name, source_id=source_id))
    return tuple(records)


def _lines(values: Values, name: str) -> list[str]:
    """A list of lines, repeated and empty ones included: their places count."""
    items = values.content.get(name)
    if items is None:
        return []
    if not isinstance(items, list):
        values.refuse(name, "a list", items)
    return [Values(values.place, {name: item}, values.remarks).line(name) for item in items]


def _known_id(person_id: str) -> str:
    """A profile's id as it is, an e-mail address in small letters; anything else is no key of a person."""
    if len(person_id) > LONGEST_PERSON_ID or not _person_id.fullmatch(person_id):
        return ""
    return person_id if person_id.startswith("~") else person_id.lower()


def _links(values: Values) -> Iterator[LinkRecord]:
    for name, kind in LINKS.items():
        text = values.line(name)
        if text.startswith(("/pdf/", "/attachment")):
            text = SITE + text
        if url := values.checked_address(text, name):
            yield LinkRecord(kind, url)
