"""The text of a poster session's page on the ICLR virtual site, as copied from a browser.

A header (skip links, the session's title, the state of its chat), then per poster: a line
“format / decision”, the title, a blank, the authors joined by “ · ”, a blank, the abstract.
"""

import re
from collections.abc import Iterator

from posters.programme.readers.values import check_count
from posters.programme.records import (
    AuthorRecord,
    PosterRecord,
    PresentationRecord,
    ProgrammeRecord,
    SessionRecord,
    UnreadableProgramme,
)
from posters.programme.source import Source

NAME = "iclr-page"
TITLE = "Text of an ICLR poster session’s page"
DECISIONS = ("Poster accept", "Top 25%", "Top 5%")
LONGEST_AUTHORLESS_NAME = 200
"""Characters; a longer paragraph without a separator, where the authors should stand, is the abstract."""

_poster_line = re.compile(r"(?P<format>in-person|virtual)\b.*\bpresentation\s*/\s*(?P<decision>\S.*)", re.IGNORECASE)


def recognises(source: Source) -> bool:
    """Whether a “format / decision” line stands near the top."""
    return any(_poster_line.fullmatch(line.strip()) for line in source.main.start.splitlines()[:200])


def read(source: Source) -> ProgrammeRecord:
    """The page's one session and its posters, in the page's order.

    Raises UnreadableProgramme where the page has no poster, no session title, or an unknown decision.
    """
    lines = [line.strip() for line in source.main.text.split("\n")]
    starts = [number for number, line in enumerate(lines) if _poster_line.fullmatch(line)]
    if not starts:
        first = next((number for number, line in enumerate(lines) if line), 0)
        raise UnreadableProgramme(
            f"Line {first + 1}: not the page of an ICLR poster session: no line such as "
            f"“In-Person Poster presentation / poster accept” follows “{lines[first][:60]}”."
        )
    check_count(len(starts), source.main.name)
    title = _session_title(lines[: starts[0]], starts[0])
    remarks: list[str] = []
    posters = tuple(
        _poster(lines, start, end, title, remarks) for start, end in zip(starts, [*starts[1:], len(lines)], strict=True)
    )
    return ProgrammeRecord(
        decisions=DECISIONS,
        sessions=(SessionRecord(title=title),),
        posters=posters,
        remarks=tuple(remarks),
    )


def _session_title(header: list[str], first_poster: int) -> str:
    """The header's line that is neither a skip link nor about the chat."""
    titles = [line for line in header if line and not line.startswith("Skip to") and not line.startswith("Chat is")]
    if not titles:
        raise UnreadableProgramme(f"Line {first_poster + 1}: the session's title is missing before the first poster.")
    return titles[0]


def _poster(lines: list[str], start: int, end: int, session: str, remarks: list[str]) -> PosterRecord:
    """The record whose “format / decision” line has the index `start`."""
    place = f"line {start + 1}"
    match = _poster_line.fullmatch(lines[start])
    assert match is not None  # noqa: S101 - `start` was found by this very pattern
    paragraphs = list(_paragraphs(lines[start + 1 : end]))
    title = paragraphs.pop(0) if start + 1 < end and lines[start + 1] else ""
    authors = _authors(paragraphs[0]) if paragraphs else ()
    if not title:
        remarks.append(
            f"{place}: the title is empty; its authors are {', '.join(a.name for a in authors) or 'missing'}."
        )
    if not authors:
        remarks.append(f"{place}: “{title}” has no authors.")
    return PosterRecord(
        place=place,
        title=title,
        authors=authors,
        abstract="\n\n".join(paragraphs[1 if authors else 0 :]),
        decision=_decision(match["decision"], place),
        presentations=(
            PresentationRecord(
                session=session, format="virtual" if match["format"].lower() == "virtual" else "in-person"
            ),
        ),
    )


def _paragraphs(lines: list[str]) -> Iterator[str]:
    paragraph: list[str] = []
    for line in [*lines, ""]:
        if line:
            paragraph.append(line)
        elif paragraph:
            yield " ".join(paragraph)
            paragraph = []


def _authors(paragraph: str) -> tuple[AuthorRecord, ...]:
    if "·" not in paragraph and len(paragraph) > LONGEST_AUTHORLESS_NAME:
        return ()
    names = (" ".join(name.split()) for name in paragraph.split("·"))
    return tuple(AuthorRecord(name=name) for name in names if name)


def _decision(text: str, place: str) -> str:
    """“top 25% paper” → “Top 25%”."""
    name = re.sub(r"\s*paper$", "", " ".join(text.split()), flags=re.IGNORECASE)
    for decision in DECISIONS:
        if decision.lower() == name.lower():
            return decision
    raise UnreadableProgramme(f"{place.capitalize()}: “{text}” is none of the decisions {', '.join(DECISIONS)}.")
