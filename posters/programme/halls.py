"""Halls: boards laid out in rows and columns, and moved, without losing one that a poster hangs on."""

import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from django.db import models, transaction
from django.db.models import Exists, OuterRef

from posters.models import Board, Presentation, Room

MOST_BOARDS = 2_000
"""That one hall takes."""


class Labelling(models.TextChoices):
    """How boards are called."""

    LETTERS = "letters", "A letter for each row, a number for each column: A1, A2 … B1"
    NUMBERS = "numbers", "Numbers along the walk: 1, 2, 3 …"


@dataclass(frozen=True)
class HallShape:
    """Boards in rows, from the front wall back, and columns, from the left wall on.

    An aisle is added to the spacing after each row and column named in `row_aisles` and `column_aisles`.
    """

    rows: int
    columns: int
    row_metres: float = 3.0
    column_metres: float = 2.0
    row_aisles: frozenset[int] = frozenset()
    column_aisles: frozenset[int] = frozenset()
    aisle_metres: float = 2.0
    front_metres: float = 2.0
    left_metres: float = 2.0
    labelling: str = Labelling.LETTERS
    label_prefix: str = ""
    first_number: int = 1
    is_serpentine: bool = False
    """Whether one walks each second row backwards."""


class PlannedPlace(NamedTuple):
    """A board as it is to be; `position` is its place on the walk, from 1."""

    label: str
    position: int
    x_metres: float
    y_metres: float


Spot = tuple[int, float | None, float | None]
"""A board's place on the walk, and its metres where they are known."""


@dataclass(frozen=True)
class HallChange:
    """What a layout does to a room."""

    places: list[PlannedPlace]
    added: list[str]
    moved: list[str]
    unchanged: list[str]
    staying: list[Board]
    """Not in the layout, but posters hang there: they stay where they are, last on the walk."""
    removed: list[Board]
    """Not in the layout, and nothing hangs there."""


def row_letters(number: int) -> str:
    """The letters of a row from 1 on, as spreadsheets count: A … Z, AA, AB …"""
    letters = ""
    while number > 0:
        number, place = divmod(number - 1, len(string.ascii_uppercase))
        letters = string.ascii_uppercase[place] + letters
    return letters


def planned_places(shape: HallShape) -> list[PlannedPlace]:
    """The boards of a shape, in walking order."""
    downs = _stops(shape.rows, shape.front_metres, shape.row_metres, shape.row_aisles, shape.aisle_metres)
    rights = _stops(shape.columns, shape.left_metres, shape.column_metres, shape.column_aisles, shape.aisle_metres)
    places: list[PlannedPlace] = []
    for row, down in enumerate(downs, start=1):
        walk = list(enumerate(rights))
        if shape.is_serpentine and row % 2 == 0:
            walk.reverse()
        for column, right in walk:
            if shape.labelling == Labelling.LETTERS:
                name = f"{row_letters(row)}{shape.first_number + column}"
            else:
                name = str(shape.first_number + len(places))
            places.append(PlannedPlace(shape.label_prefix + name, len(places) + 1, right, down))
    return places


def _stops(count: int, first: float, spacing: float, aisles: frozenset[int], aisle: float) -> list[float]:
    """Where each of a line's boards stands, in whole centimetres."""
    stops, at = [], first
    for number in range(1, count + 1):
        stops.append(round(at, 2))
        at += spacing + (aisle if number in aisles else 0)
    return stops


def compare_hall(*, room: Room, shape: HallShape) -> HallChange:
    """What laying the room out so would do."""
    return _compare(_boards(room), shape)


@transaction.atomic
def lay_out_hall(*, room: Room, shape: HallShape) -> HallChange:
    """Give the room the boards of this shape; those of the same label are kept and moved. Returns what was done."""
    # Nobody hangs a poster meanwhile on a board that is about to go.
    list(Board.objects.select_for_update().filter(room=room).values_list("pk"))
    boards = _boards(room)
    change = _compare(boards, shape)
    Board.objects.filter(pk__in=[board.pk for board in change.removed]).delete()
    keys = {board.label: board.pk for board in boards}
    places = {place.label: place for place in change.places}
    moved: dict[int, Spot] = {keys[label]: places[label][1:] for label in change.moved}
    for position, board in enumerate(change.staying, start=len(places) + 1):
        moved[board.pk] = (position, board.x_metres, board.y_metres)
    _write(boards, moved)
    Board.objects.bulk_create(Board(room=room, **places[label]._asdict()) for label in change.added)
    return change


@transaction.atomic
def move_boards(*, room: Room, places: Mapping[int, tuple[float | None, float | None]]) -> int:
    """Put boards, by key, where they are asked for, in metres from left and front. Returns how many moved."""
    boards = list(Board.objects.select_for_update().filter(room=room, pk__in=places))
    wanted: dict[int, Spot] = {
        board.pk: (board.position, *places[board.pk])
        for board in boards
        if places[board.pk] != (board.x_metres, board.y_metres)
    }
    _write(boards, wanted)
    return len(wanted)


def _boards(room: Room) -> list[Board]:
    """The room's boards in walking order, each with `is_used`: whether a poster hangs there in any session."""
    used = Exists(Presentation.objects.filter(board=OuterRef("pk")).order_by())
    return list(Board.objects.filter(room=room).annotate(is_used=used).order_by("position", "label"))


def _compare(boards: list[Board], shape: HallShape) -> HallChange:
    places = planned_places(shape)
    known = {board.label: (board.position, board.x_metres, board.y_metres) for board in boards}
    labels = {place.label for place in places}
    other = [board for board in boards if board.label not in labels]
    return HallChange(
        places,
        added=[place.label for place in places if place.label not in known],
        moved=[place.label for place in places if place.label in known and known[place.label] != place[1:]],
        unchanged=[place.label for place in places if known.get(place.label) == place[1:]],
        staying=[board for board in other if board.is_used],  # type: ignore[attr-defined]  # annotated
        removed=[board for board in other if not board.is_used],  # type: ignore[attr-defined]
    )


def _write(boards: list[Board], spots: Mapping[int, Spot]) -> None:
    """Write the boards whose place is another one, and announce each."""
    changed = [board for board in boards if board.pk in spots]
    for board in changed:
        board.position, board.x_metres, board.y_metres = spots[board.pk]
    Board.objects.bulk_update(changed, ["position", "x_metres", "y_metres"], batch_size=500)
