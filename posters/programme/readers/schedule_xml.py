"""The schedule.xml of frab, pentabarf, pretalx and others (voc/schedule's XSD).

`<schedule>` holds `<conference>` and `<day>`s, these `<room>`s, these `<event>`s. It is read as a stream: an event
is turned into the fields that it has in schedule.json, and its elements are let go.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import XMLParser

from posters.programme.readers.schedule_events import GENERATOR, Day, Schedule
from posters.programme.readers.schedule_programme import ListedEvent, programme_of
from posters.programme.readers.values import Remarks, Values, check_count
from posters.programme.records import ProgrammeRecord, UnreadableProgramme
from posters.programme.source import Source, SourceFile

NAME = "schedule-xml"
TITLE = "schedule.xml of pretalx or frab"
MOST_TAGS = 4_000_000
"""And entities: of a schedule of 30,000 events, a hundred for each."""
DEEPEST = 30
"""Elements inside each other; a schedule has 6, more where a description holds HTML."""

_root = re.compile(r"<([A-Za-z_][\w.:-]*)")


def recognises(source: Source) -> bool:
    """Whether it is XML whose first element is a schedule."""
    start = source.main.start.lstrip()
    while start.startswith(("<?", "<!--")):
        _, _, start = start.partition("-->" if start.startswith("<!--") else "?>")
        start = start.lstrip()
    root = _root.search(start)
    return start.startswith("<") and root is not None and root[1].rpartition(":")[2] == "schedule"


def read(source: Source) -> ProgrammeRecord:
    """The programme. Raises UnreadableProgramme with the line of what is no XML, or the number of a wrong event."""
    file = source.main
    remarks = Remarks()
    for other in source.files[1:]:
        remarks.add(other.name, "not read: a schedule comes in one file.")
    document = _Document(file.name, remarks)
    _parse(file, document)
    if not document.has_conference:
        raise UnreadableProgramme(f"{file.name}, line 1: not a schedule: no element <conference>.")
    values = Values(file.name, document.conference, remarks)
    return programme_of(
        schedule=Schedule(values, base_url=values.address("base_url"), is_ours=document.generator == GENERATOR),
        rooms=document.rooms,
        events=document.events,
        file_name=file.name,
    )


def _parse(file: SourceFile, document: "_Document") -> None:
    """Feed the file to the document. Raises UnreadableProgramme with the line at which that ends."""
    text = file.text
    if text.count("<") + text.count("&") > MOST_TAGS:
        raise UnreadableProgramme(f"{file.name}: it holds more than {MOST_TAGS:,} XML tags; no schedule needs that.")
    parser = XMLParser(target=document, forbid_dtd=True)
    expat: Any = parser.parser
    try:
        # All at once: a token that never ends would be looked at again with every chunk.
        parser.feed(text)
        parser.close()
    except ParseError as error:
        line, _ = error.position
        reason = str(error).partition(":")[0]
        raise UnreadableProgramme(f"{file.name}, line {line}: broken XML: {reason}.") from error
    except DefusedXmlException as error:
        raise UnreadableProgramme(
            f"{file.name}, line {expat.CurrentLineNumber}: a document type or an entity is declared, which can hide "
            "other files or endless text; a schedule needs neither: take it out."
        ) from error
    except _NoSchedule as error:
        raise UnreadableProgramme(f"{file.name}, line {expat.CurrentLineNumber}: {error}.") from error


class _NoSchedule(Exception):
    """The XML is well-formed so far, and no schedule."""


@dataclass(slots=True)
class _Element:
    """An element that is still open; `parts` are its texts and closed children, in order."""

    name: str
    attributes: Mapping[str, str]
    parts: list["str | _Element"] = field(default_factory=list)

    @property
    def children(self) -> Iterator["_Element"]:
        return (part for part in self.parts if isinstance(part, _Element))

    @property
    def text(self) -> str:
        """Its text; elements in it are HTML and stand there as tags."""
        texts = (part if isinstance(part, str) else f"<{part.name}>{part.text}</{part.name}>" for part in self.parts)
        return "".join(texts)


class _Document:
    """What the parser tells, as the fields of schedule.json (the interface of xml.etree's TreeBuilder)."""

    def __init__(self, name: str, remarks: Remarks) -> None:
        self._name = name
        self.conference: dict[str, Any] = {}
        self.has_conference = False
        self.generator = ""
        self.rooms: list[str] = []
        self.events: list[ListedEvent] = []
        self._remarks = remarks
        self._open: list[_Element] = []
        self._day = Day(Values("day 1", {}, remarks))
        self._day_count = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        name = tag.rpartition("}")[2]
        if not self._open and name != "schedule":
            raise _NoSchedule(f"the first element is <{name[:60]}>, not <schedule>")
        if len(self._open) == DEEPEST:
            raise _NoSchedule(f"more than {DEEPEST} elements inside each other")
        if name == "day" and len(self._open) == 1:
            self._day_count += 1
            content = {"date": attributes.get("date"), "day_start": attributes.get("start")}
            self._day = Day(Values(f"day {self._day_count}", content, self._remarks))
        elif name == "room" and len(self._open) == 2:
            self.rooms.append(attributes.get("name", ""))
        self._open.append(_Element(name, attributes))

    def data(self, text: str) -> None:
        if len(self._open) > 1:
            self._open[-1].parts.append(text)

    def end(self, tag: str) -> None:
        element = self._open.pop()
        depth = len(self._open)
        if element.name == "event" and [parent.name for parent in self._open[1:]] in (["day", "room"], ["day"]):
            room = self._open[2].attributes.get("name", "") if depth == 3 else ""
            check_count(len(self.events) + 1, self._name)
            self.events.append(ListedEvent(_event(element), self._day, room))
        elif element.name == "conference" and depth == 1:
            self.conference = _conference(element)
            self.has_conference = True
        elif element.name == "generator" and depth == 1:
            self.generator = element.attributes.get("name", "")
        elif depth > 1:
            self._open[-1].parts.append(element)

    def close(self) -> None:
        """Nothing is left to do; the parser asks for it."""


def _conference(element: _Element) -> dict[str, Any]:
    """The conference; its number of days is no list of them."""
    content: dict[str, Any] = {}
    for child in element.children:
        if child.name == "color":
            # The schema says an attribute; pretalx writes a text.
            content["colors"] = {"primary": child.text, **child.attributes}
        elif child.name not in ("days", "track"):
            content[child.name] = child.text
    return content


def _event(element: _Element) -> dict[str, Any]:
    content: dict[str, Any] = dict(element.attributes)
    for child in element.children:
        if child.name == "persons":
            content["persons"] = [{"name": person.text, **person.attributes} for person in child.children]
        elif child.name in ("links", "attachments"):
            content[child.name] = [
                {"title": link.text, "url": link.attributes.get("href", ""), "type": link.attributes.get("type", "")}
                for link in child.children
            ]
        elif child.name == "recording":
            recording = {part.name: part.text for part in child.children}
            content["recording_license"] = recording.get("license", "")
            content["do_not_record"] = recording.get("optout", "").strip() in ("true", "1")
            content["recording_url"] = recording.get("url") or recording.get("link") or ""
        else:
            content[child.name] = child.text
    return content
