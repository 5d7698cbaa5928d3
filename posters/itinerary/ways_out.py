"""A clash in words has a button for each way out of it, and so has a favourite that found no time."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from posters.itinerary.clashes import Action, Clash, WayOut
from posters.itinerary.outline import Outline, VisitRow
from posters.itinerary.planner import Unplanned
from posters.latex import to_text
from posters.models import Session


@dataclass(frozen=True)
class Button:
    """What a button says, and what it posts where."""

    label: str
    address: str
    fields: list[tuple[str, str]]


@dataclass(frozen=True)
class ShownClash:
    """A clash with its buttons."""

    clash: Clash
    buttons: list[Button]


@dataclass(frozen=True)
class ShownUnplanned:
    """A favourite without a visit, with a button for each thing that would make room for it."""

    favourite: Unplanned
    buttons: list[Button]


EDITS = {Action.UNPIN_VISIT: "unpin", Action.TAKE_VISIT_OUT: "remove", Action.MOVE_VISIT: "move"}


def clashes_of(outline: Outline) -> list[ShownClash]:
    """The itinerary's clashes."""
    visits = {visit.uid: visit for visit in outline.visits}
    slug = outline.itinerary.conference.slug
    return [ShownClash(clash, list(_buttons(clash.ways_out, visits, slug))) for clash in outline.clashes]


def unplanned_of(outline: Outline) -> list[ShownUnplanned]:
    """The itinerary's favourites without a visit."""
    visits = {visit.number: visit for visit in outline.visits}
    slug = outline.itinerary.conference.slug
    return [ShownUnplanned(left, list(_room_for(left, visits, slug))) for left in outline.unplanned]


def _buttons(ways_out: Iterable[WayOut], visits: dict[UUID, VisitRow], slug: str) -> Iterable[Button]:
    for way in ways_out:
        if way.action == Action.LEAVE_SESSION and way.session:
            yield _leave(way.label, way.session, slug)
        elif way.visit in visits:
            visit = visits[way.visit]
            elsewhere = [("presentation", str(way.presentation))] if way.presentation else []
            yield _edit(way.label, visit, EDITS[way.action], slug, elsewhere)


def _room_for(left: Unplanned, visits: dict[int, VisitRow], slug: str) -> Iterable[Button]:
    if left.session:
        yield _leave(f"Leave {left.session.title} out", left.session, slug)
    if left.instead_of and left.instead_of.number in visits:
        label = f"Take “{to_text(left.instead_of.display_title)}” out"
        yield _edit(label, visits[left.instead_of.number], "remove", slug)
    if left.dwell_minutes:
        address = reverse("itinerary-edit", args=[slug, "minutes"])
        label = f"Plan {left.dwell_minutes} minute{'s' if left.dwell_minutes != 1 else ''} at every poster"
        yield Button(label, address, [("minutes", str(left.dwell_minutes))])


def _leave(label: str, session: Session, slug: str) -> Button:
    address = reverse("itinerary-edit", args=[slug, "sessions"])
    return Button(label, address, [("session", session.slug), ("attending", "no")])


def _edit(label: str, visit: VisitRow, edit: str, slug: str, fields: Iterable[tuple[str, str]] = ()) -> Button:
    address = reverse("visit-edit", args=[slug, visit.key, edit])
    return Button(label, address, [("version", str(visit.version)), *fields])
