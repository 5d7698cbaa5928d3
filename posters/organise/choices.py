"""How a thing of the programme is told where an organiser chooses it: enough to tell two of a kind apart."""

import datetime as dt
from functools import singledispatch
from typing import Any

from django.db import models
from django.db.models import F, OuterRef, Q, Subquery

from posters.latex import to_text
from posters.models import Author, Authorship, Board, Conference, Poster, Session, Topic
from posters.models.base import ProgrammeModel


def conference_lookup(model: type[models.Model]) -> str:
    """The lookup that leads from a model's row to its conference: “room__conference” for a board."""
    if issubclass(model, ProgrammeModel) and model is not Conference:
        return model.conference_path.removesuffix("_id")
    return "conference"


def count_of(model: type[models.Model], field: str, only: Q | None = None) -> Subquery:
    """How many rows of `model` point at the outer row in `field`, by subquery: no join multiplies another."""
    rows = model._base_manager.order_by().filter(only or Q(), **{field: OuterRef("pk")})
    counted = rows.annotate(count=models.Func(F("pk"), function="COUNT")).values("count")
    return Subquery(counted, output_field=models.IntegerField())


def choices_of(model: type[models.Model]) -> models.QuerySet:
    """The rows of a model with all that `choice_label` and `conference_key` read, in one query."""
    rows = model._default_manager.all()
    if model is Author:
        printed = Authorship.objects.filter(author=OuterRef("pk")).exclude(affiliation="").order_by("pk")
        return rows.annotate(
            poster_count=count_of(Authorship, "author"),
            affiliation=Subquery(printed.values("affiliation")[:1]),
        )
    named_by: dict[type[models.Model], str] = {Board: "room", Session: "conference", Topic: "parent"}
    related = named_by.get(model)
    return rows.select_related(related) if related else rows


@singledispatch
def choice_label(obj: models.Model) -> str:
    """One line by which an organiser knows the object. Of rows from `choices_of` it needs no query."""
    return str(obj)


@choice_label.register
def _(author: Author) -> str:
    affiliation = getattr(author, "affiliation", "")
    count = getattr(author, "poster_count", None)
    posters = "" if count is None else "1 poster" if count == 1 else f"{count} posters"
    return " · ".join(part for part in (to_text(author.name), affiliation, posters) if part)


@choice_label.register
def _(board: Board) -> str:
    return f"{board.label} · {board.room.name}"


@choice_label.register
def _(session: Session) -> str:
    return f"{session.title} · {printed_window(session.starts_at, session.ends_at, session.conference)}"


@choice_label.register
def _(topic: Topic) -> str:
    return f"{topic.parent.name} → {topic.name}" if topic.parent else topic.name


@choice_label.register
def _(poster: Poster) -> str:
    return f"{poster.number} · {to_text(poster.display_title)}"


def with_conference(obj: models.Model, label: str) -> str:
    """The label for lists that mix conferences."""
    if not isinstance(obj, ProgrammeModel) or isinstance(obj, Conference):
        return label
    conference: Any = obj
    for name in conference_lookup(type(obj)).split("__"):
        conference = getattr(conference, name)
    return f"{label} ({conference})"


def printed_time(instant: dt.datetime, conference: Conference) -> str:
    """An instant as the conference's clocks show it: “Tue 2 May 2023, 15:30”."""
    local = instant.astimezone(conference.zone)
    return f"{local:%a} {local.day} {local:%b %Y, %H:%M}"


def printed_window(starts_at: dt.datetime | None, ends_at: dt.datetime | None, conference: Conference) -> str:
    """A window as the conference's clocks show it; its end has a date only where the day differs."""
    if starts_at is None or ends_at is None:
        return "time to be announced"
    first, last = (instant.astimezone(conference.zone) for instant in (starts_at, ends_at))
    end = f"{last:%H:%M}" if first.date() == last.date() else printed_time(ends_at, conference)
    return f"{printed_time(starts_at, conference)}–{end}"
