"""How far it is from one place to another, and how long that takes in a crowd."""

from dataclasses import dataclass
from math import ceil, dist

BOARD_METRES = 2
"""From one board to the next, where nobody measured them."""
OTHER_ROOM_METRES = 120
"""To any place in another room: rooms are on no map."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a room: a board's, or, with nothing but the room, some place in it."""

    room: int
    position: int | None = None
    """Its number on a walk through the room."""
    point: tuple[float, float] | None = None
    """Metres from two walls of the room, where somebody measured them."""


def walking_metres(one: Place | None, other: Place | None) -> int:
    """Whole metres, rounded up; the seconds it takes as well: a metre a second, as people walk in a crowded hall.

    What has no place, such as a virtual presentation, takes no walking, and neither does a place unknown within
    the same room.
    """
    if one is None or other is None:
        return 0
    if one.room != other.room:
        return OTHER_ROOM_METRES
    if one.point and other.point:
        return ceil(dist(one.point, other.point))
    if one.position is None or other.position is None:
        return 0
    return BOARD_METRES * abs(one.position - other.position)
