"""Why a record cannot become a poster: it is refused with a reason, and the rest is imported."""

from collections import Counter
from collections.abc import Iterator
from functools import cache

from django.core.validators import slug_re
from django.db import models

from posters.models import Author, Authorship, Board, Decision, FormerAuthor, Poster, Presentation, Room, Topic
from posters.programme.records import FormerAuthorRecord, PosterRecord

STATUSES = tuple(Poster.Status.values)
MOST_AUTHORS = 10_000
"""The longest lists in print, of physicists, have half as many."""
MOST_NAMESAKES = 50
"""On one poster: more are a column of something else."""
FORMATS = tuple(Presentation.Format.values)


def reason_to_refuse(record: PosterRecord) -> str:
    """Why a record cannot be a poster; empty if it can."""
    for name, text, limit in _limited(record):
        if len(text) > limit:
            return f"its {name} has {len(text)} characters, {limit} are possible"
    if len(record.authors) > MOST_AUTHORS:
        return f"it has {len(record.authors):,} authors, {MOST_AUTHORS:,} are possible"
    for author in record.authors:
        if not author.name.strip() or len(author.name) > longest(Author, "name"):
            return f"“{author.name[:60]}” cannot be an author's name"
    for persons in ([author.source_id for author in record.authors], [author.slug for author in record.authors]):
        twice = [key for key, count in Counter(filter(None, persons)).items() if count > 1]
        if twice:
            return f"it lists the person “{twice[0]}” twice"
    names = Counter(author.name for author in record.authors if not author.source_id)
    name, count = names.most_common(1)[0] if names else ("", 0)
    if count > MOST_NAMESAKES:
        return f"it lists the name “{name[:60]}” {count:,} times"
    if record.status and record.status not in STATUSES:
        return f"its status “{record.status[:60]}” is none of {', '.join(STATUSES)}"
    for shown in record.presentations:
        if shown.format not in FORMATS:
            return f"its format “{shown.format[:60]}” is none of {', '.join(FORMATS)}"
    if not record.title and not record.authors:
        return "it has neither title nor authors"
    return ""


def reason_to_refuse_former(record: FormerAuthorRecord) -> str:
    """Why nobody can have been this author; empty if somebody can."""
    for name, text in (("name", record.name), ("slug", record.slug), ("source_id", record.source_id)):
        if len(text) > longest(FormerAuthor, name):
            return f"its {name} has {len(text)} characters, {longest(FormerAuthor, name)} are possible"
    return "" if slug_re.match(record.slug) else "it is no part of an address"


def _limited(record: PosterRecord) -> Iterator[tuple[str, str, int]]:
    """Texts with what they are called and how many characters their columns hold."""
    yield "title", record.title, longest(Poster, "title")
    yield "withdrawal reason", record.withdrawal_reason, longest(Poster, "withdrawal_reason")
    yield "source_id", record.source_id, longest(Poster, "source_id")
    yield "source_key", record.source_key or "", longest(Poster, "source_key")
    yield "keywords", "; ".join(record.keywords), longest(Poster, "keywords")
    yield "decision", record.decision, longest(Decision, "name")
    for topic in record.topics:
        yield f"topic “{topic[:40]}…”", topic, longest(Topic, "name")
    for shown in record.presentations:
        yield "board", shown.board, longest(Board, "label")
        yield "room", shown.room, longest(Room, "name")
    for author in record.authors:
        yield f"affiliation of {author.name[:40]}", author.affiliation, longest(Authorship, "affiliation")
        yield f"key of {author.name[:40]}", author.source_id, longest(Author, "source_id")


@cache
def longest(model: type[models.Model], name: str) -> int:
    """How many characters a column holds."""
    return getattr(model._meta.get_field(name), "max_length", None) or 0
