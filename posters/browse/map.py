"""What the map shows: dots, their colours by session, topic or decision, the regions, and the hall's boards."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import F

from posters.browse.layout import CELL
from posters.latex import to_text
from posters.models import Board, Conference, MapPlace, PosterTopic, Presentation, Session, title_or_number
from posters.models.base import PosterStatus

COLOURS = 9
"""That can be told apart, by colour-blind eyes too; the largest groups have them."""
LABELLED = 14
"""Regions named on the picture; all are in the table."""
MARGIN = 3 * CELL
LEAST_MARK, LARGEST_MARK = 30, 200
"""Of a board in a hall's plan, in centimetres."""
MARK_PIXELS = 28

COLOURINGS = {"topic": "Topic", "session": "Session", "decision": "Decision"}


@dataclass(frozen=True, slots=True)
class Dot:
    """A poster on the map, its title as in the source.

    `groups` is its colour in each colouring, 0 for all that have none of their own.
    """

    number: int
    title: str
    x: int
    y: int
    groups: dict[str, int]


@dataclass(frozen=True, slots=True)
class Group:
    """What one colour stands for."""

    colour: int
    label: str
    poster_count: int


@dataclass(frozen=True, slots=True)
class RegionRow:
    """A region, in the table and, where it is one of the largest, named on the picture."""

    number: int
    name: str
    is_labelled: bool
    x: int
    y: int
    poster_count: int

    @property
    def short_name(self) -> str:
        """What it is about first of all."""
        return self.name.split(",")[0]


@dataclass(frozen=True, slots=True)
class PosterMap:
    """The posters as a picture, in units from its upper left corner."""

    dots: list[Dot]
    regions: list[RegionRow]
    legends: dict[str, list[Group]]
    width: int
    height: int

    @property
    def view_box(self) -> str:
        """As SVG writes it."""
        return f"{-MARGIN} {-MARGIN} {self.width + 2 * MARGIN} {self.height + 2 * MARGIN}"

    @property
    def label_size(self) -> int:
        """Of the regions' names, in units."""
        return max(self.width, self.height) // 45 + 4

    @property
    def labels(self) -> list[tuple[str, int, int]]:
        """The regions named on the picture: name, and its middle, moved to where all of it is within the picture."""
        left, right = -MARGIN, self.width + MARGIN
        labels = []
        for region in self.regions:
            half = len(region.short_name) * self.label_size * 3 // 10
            if region.is_labelled:
                labels.append((region.short_name, max(left + half, min(region.x, right - half)), region.y))
        return labels

    @property
    def dot_size(self) -> int:
        """Across a dot, in units: what leaves room between two, and less on a small map, which is drawn larger."""
        return max(4, min(7, max(self.width, self.height) // 100))

    def paths(self, colouring: str) -> list[tuple[int, str]]:
        """The dots of each colour as one SVG path: strokes without length, round at their ends.

        10,000 of them in 90 kB, where as many circles take half a megabyte.
        """
        strokes: defaultdict[int, list[str]] = defaultdict(list)
        for dot in self.dots:
            strokes[dot.groups[colouring]].append(f"M{dot.x} {dot.y}h0")
        return [(colour, "".join(strokes[colour])) for colour in sorted(strokes)]

    def as_json(self) -> dict[str, Any]:
        """Column by column: what static/js/map.js draws."""
        return {
            "width": self.width,
            "height": self.height,
            "regions": [
                [region.name.split(",")[0], region.x, region.y, region.poster_count] for region in self.regions
            ],
            "numbers": [dot.number for dot in self.dots],
            "x": [dot.x for dot in self.dots],
            "y": [dot.y for dot in self.dots],
            "groups": {name: [dot.groups[name] for dot in self.dots] for name in self.legends},
            "titles": [_title(dot.title, dot.number) for dot in self.dots],
        }


class _Placed(NamedTuple):
    """A row of the map as it is read."""

    key: int
    number: int
    title: str
    x: int
    y: int
    region: int
    region_name: str
    region_x: int
    region_y: int
    decision: str | None
    rank: int | None


_COLUMNS = (
    *("poster", "poster__number", "poster__title", "x", "y"),
    *("region__number", "region__name", "region__x", "region__y"),
    *("poster__decision__name", "poster__decision__rank"),
)


def poster_map(*, conference: Conference, session: Session | None = None) -> PosterMap:
    """The conference's map, or of a session's posters on it, in three queries."""
    places = MapPlace.objects.filter(poster__conference=conference, poster__status=PosterStatus.PUBLISHED)
    everywhere = [_Placed(*row) for row in places.order_by("y", "x", "poster").values_list(*_COLUMNS)]
    sessions: defaultdict[int, dict[int, str]] = defaultdict(dict)
    shown = Presentation.objects.filter(session__conference=conference).in_time_order()
    for key, session_key, title in shown.values_list("poster", "session", "session__title"):
        sessions[key][session_key] = title
    topics = _main_topics(conference)
    ranks = sorted({(-(row.rank or 0), row.decision) for row in everywhere if row.decision})

    def labels_of(row: _Placed) -> dict[str, str]:
        first_session = next(iter(sessions[row.key].values()), "")
        return {"topic": topics.get(row.key, ""), "session": first_session, "decision": row.decision or ""}

    labels = {row.key: labels_of(row) for row in everywhere}
    colours = {name: _by_size(its[name] for its in labels.values()) for name in COLOURINGS}
    colours["decision"] = {name: colour for colour, (_, name) in enumerate(ranks[:COLOURS], start=1)}
    rows = [row for row in everywhere if session is None or session.pk in sessions[row.key]]
    used = [name for name in COLOURINGS if any(labels[row.key][name] for row in rows)]
    dots = [
        Dot(
            row.number,
            row.title,
            row.x,
            row.y,
            {name: colours[name].get(labels[row.key][name], 0) for name in used},
        )
        for row in rows
    ]
    return PosterMap(
        dots,
        _regions(rows),
        {name: _legend(colours[name], [labels[row.key][name] for row in rows]) for name in used},
        width=max((row.x for row in everywhere), default=0),
        height=max((row.y for row in everywhere), default=0),
    )


def _main_topics(conference: Conference) -> dict[int, str]:
    """Of each poster's topics the one that most posters have: so most dots have a colour."""
    links = PosterTopic.objects.filter(topic__conference=conference).values_list("poster", "topic__name")
    pairs = list(links)
    sizes = Counter(name for _, name in pairs)
    main: dict[int, str] = {}
    for key, name in sorted(pairs, key=lambda pair: (-sizes[pair[1]], pair[1])):
        main.setdefault(key, name)
    return main


def _title(title: str, number: int) -> str:
    return title_or_number(to_text(title), number)


def _by_size(labels: Iterable[str]) -> dict[str, int]:
    """The largest groups and their colours."""
    sizes = Counter(label for label in labels if label)
    ordered = sorted(sizes, key=lambda label: (-sizes[label], label))
    return {label: colour for colour, label in enumerate(ordered[:COLOURS], start=1)}


def _legend(colours: Mapping[str, int], labels: Sequence[str]) -> list[Group]:
    """The groups that are there, and what has no colour of its own."""
    counts = Counter(colours.get(label, 0) for label in labels)
    named = [Group(colour, to_text(label), counts[colour]) for label, colour in colours.items() if counts[colour]]
    others = {label for label in labels if label and label not in colours}
    names = [f"{len(others)} others"] if len(others) > 1 else [to_text(other) for other in others]
    rest = " and ".join([*names, "none"] if "" in labels else names)
    return [*named, Group(0, rest, counts[0])] if counts[0] else named


def _regions(rows: Sequence[_Placed]) -> list[RegionRow]:
    """The regions that have posters here, the largest first; the largest are named on the picture."""
    counts = Counter((row.region, row.region_name, row.region_x, row.region_y) for row in rows)
    ordered = sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
    return [
        RegionRow(number, name, place < LABELLED, x, y, count)
        for place, ((number, name, x, y), count) in enumerate(ordered)
    ]


@dataclass(frozen=True, slots=True)
class BoardCell:
    """A board in a session, the poster on it and its colour."""

    label: str
    number: int
    title: str
    colour: int


@dataclass(frozen=True, slots=True)
class PlannedBoard:
    """A board in a hall's plan, by the middle of its mark, in centimetres. Without `cell` nothing hangs there."""

    label: str
    x: int
    y: int
    cell: BoardCell | None


@dataclass(frozen=True, slots=True)
class Plan:
    """A hall from above, to scale: the boards whose places are known, and how large a mark has room."""

    boards: list[PlannedBoard]
    mark: int
    unmeasured_count: int
    """Boards with a poster whose places are not known: they are in the list alone."""

    @property
    def _frame(self) -> tuple[int, int, int, int]:
        """Left, top, width and height: from the left and front walls to beyond the last boards."""
        rights, downs = [board.x for board in self.boards], [board.y for board in self.boards]
        left, top = min(0, *rights) - self.mark, min(0, *downs) - self.mark
        return left, top, max(rights) + self.mark - left, max(downs) + self.mark - top

    @property
    def view_box(self) -> str:
        """As SVG writes it."""
        return " ".join(map(str, self._frame))

    @property
    def width(self) -> int:
        """In pixels, so that a mark can be read and pressed; a large hall is moved about in its frame."""
        return self._frame[2] * MARK_PIXELS // self.mark

    @property
    def height(self) -> int:
        """In pixels."""
        return self._frame[3] * MARK_PIXELS // self.mark

    @property
    def half(self) -> int:
        """From a mark's middle to its edge."""
        return self.mark // 2

    @property
    def label_size(self) -> int:
        """That leaves room for the longest label within a mark."""
        return max(1, self.mark * 10 // (7 * max(2, *(len(board.label) for board in self.boards))))


@dataclass(frozen=True, slots=True)
class Wall:
    """A room's boards as one walks along them; `plan` where it is known where they stand."""

    room: str
    cells: list[BoardCell]
    plan: Plan | None


def walls(*, session: Session, colours: Mapping[int, int]) -> list[Wall]:
    """The boards of the session's rooms, in walking order, each with what hangs on it. `colours` is by number."""
    hung = (
        Presentation.objects.filter(session=session, poster__status=PosterStatus.PUBLISHED)
        .exclude(board=None)
        .order_by("board__room__name", F("board__position").asc(), "board__label")
        .values_list("board__room__name", "board", "board__label", "poster__number", "poster__title")
    )
    rooms: defaultdict[str, dict[int, BoardCell]] = defaultdict(dict)
    for room, key, label, number, title in hung:
        rooms[room][key] = BoardCell(label, number, _title(title, number), colours.get(number, 0))
    measured = Board.objects.filter(
        room__conference=session.conference_id, room__name__in=rooms, x_metres__isnull=False, y_metres__isnull=False
    )
    standing: defaultdict[str, list[tuple[int, str, float, float]]] = defaultdict(list)
    columns = ("room__name", "pk", "label", "x_metres", "y_metres")
    for room, key, label, x, y in measured.order_by("position", "label").values_list(*columns):
        standing[room].append((key, label, x, y))
    return [Wall(room, list(cells.values()), _plan(standing[room], cells)) for room, cells in rooms.items()]


def _plan(standing: Sequence[tuple[int, str, float, float]], cells: Mapping[int, BoardCell]) -> Plan | None:
    """The plan of a hall, if it is known of any of these boards where it stands."""
    measured = {key for key, *_ in standing}
    if not measured & cells.keys():
        return None
    boards = [PlannedBoard(label, round(100 * x), round(100 * y), cells.get(key)) for key, label, x, y in standing]
    return plan_of(boards, unmeasured_count=len(cells.keys() - measured))


def plan_of(boards: list[PlannedBoard], *, unmeasured_count: int) -> Plan:
    """These boards drawn to scale, with marks as large as there is room for."""
    return Plan(boards, _room_for_marks(boards), unmeasured_count)


def _room_for_marks(boards: Sequence[PlannedBoard]) -> int:
    """How large marks may be without one upon another, from 30 centimetres to 2 metres."""
    least = LARGEST_MARK
    ordered = sorted((board.x, board.y) for board in boards)
    for place, (x, y) in enumerate(ordered):
        for other_x, other_y in ordered[place + 1 :]:
            if other_x - x >= least:
                break
            least = max(min(least, max(other_x - x, abs(other_y - y))), LEAST_MARK)
    return least * 9 // 10
