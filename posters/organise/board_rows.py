"""A room's boards in rows, as one walks along them."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from posters.models import Board

ROW_LENGTH = 20
"""Boards that stand for a row where neither measures nor labels tell."""
_NUMBER = re.compile(r"\d.*$")


@dataclass(frozen=True)
class Row:
    """Boards beside each other, told by the first one's and the last one's label."""

    room: str
    name: str
    boards: tuple[int, ...]

    @property
    def key(self) -> int:
        """Its first board's key, which is the row's in addresses."""
        return self.boards[0]


def rows_of(boards: Iterable[Board]) -> list[Row]:
    """The rows of rooms whose boards are given with their rooms.

    By their distance from the front wall where they are measured; else by what stands before the number on their labels
    (A12, B1), where that differs; else so many at a time.
    """
    in_rooms: defaultdict[str, list[Board]] = defaultdict(list)
    for board in sorted(boards, key=lambda board: (board.room.name, board.position, board.pk)):
        in_rooms[board.room.name].append(board)
    return [row for room, its in in_rooms.items() for row in _rows_in(room, its)]


def _rows_in(room: str, boards: list[Board]) -> list[Row]:
    groups: defaultdict[object, list[Board]] = defaultdict(list)
    are_measured = all(board.y_metres is not None for board in boards)
    prefixes = {_NUMBER.sub("", board.label) for board in boards}
    for index, board in enumerate(boards):
        if are_measured:
            groups[board.y_metres].append(board)
        elif len(prefixes) > 1:
            groups[_NUMBER.sub("", board.label)].append(board)
        else:
            groups[index // ROW_LENGTH].append(board)
    return [
        Row(room, "–".join(dict.fromkeys((row[0].label, row[-1].label))), tuple(board.pk for board in row))
        for row in groups.values()
    ]


def row_of(board_key: int) -> Row | None:
    """The row that a board is the first of."""
    boards = Board.objects.filter(room__boards=board_key).select_related("room")
    return next((row for row in rows_of(boards) if row.key == board_key), None)
