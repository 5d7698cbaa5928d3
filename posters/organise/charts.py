"""Bar charts as SVG, drawn here: a template only writes the numbers down. No style attribute, which CSP refuses."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.text import Truncator

WIDTH = 720
PLOT_HEIGHT = 160
TOP, BOTTOM, LEFT = 14, 24, 66
"""Room for the figures above the plot, the words below it and the scale beside it."""
LINE_HEIGHT = 28
VALUE_WIDTH = 70
LETTER_WIDTH = 7
LONGEST_NAME = 38
FEWEST_PIXELS = 64
"""Between two words below a plot."""


@dataclass(frozen=True)
class Point:
    """What one bar stands for. `tick` is the word at the axis, where there is room."""

    label: str
    value: int
    tick: str = ""


@dataclass(frozen=True)
class Bar:
    """A bar with its place, in pixels; `word` is what stands at the axis."""

    label: str
    value: int
    x: float
    y: float
    width: float
    height: float
    word: str

    @property
    def middle(self) -> float:
        return round(self.x + self.width / 2, 1)

    @property
    def end(self) -> float:
        return round(self.x + self.width + 6, 1)

    @property
    def baseline(self) -> float:
        """Where words beside a lying bar stand."""
        return round(self.y + self.height / 2 + 4, 1)


@dataclass(frozen=True)
class Chart:
    """Bars of one kind, and the lines of the scale: each its place and what it stands for."""

    title: str
    bars: list[Bar]
    width: int
    height: int
    scale: list[tuple[float, int]]


def columns(title: str, points: Sequence[Point]) -> Chart | None:
    """Standing bars, for time. None where there is nothing to show."""
    most = max((point.value for point in points), default=0)
    if not most:
        return None
    top = round_up(most)
    step = (WIDTH - LEFT) / len(points)
    width = min(step * 0.8, 48)
    bars, last_word = [], float(-WIDTH)
    for index, point in enumerate(points):
        height = PLOT_HEIGHT * point.value / top
        x = LEFT + index * step + (step - width) / 2
        has_room = bool(point.tick) and x - last_word >= FEWEST_PIXELS and x < WIDTH - FEWEST_PIXELS / 2
        last_word = x if has_room else last_word
        word = point.tick if has_room else ""
        y = TOP + PLOT_HEIGHT - height
        bars.append(Bar(point.label, point.value, round(x, 1), round(y, 1), round(width, 1), round(height, 1), word))
    scale = [(TOP + PLOT_HEIGHT - PLOT_HEIGHT * part // 2, top * part // 2) for part in (1, 2) if top * part % 2 == 0]
    return Chart(title, bars, WIDTH, TOP + PLOT_HEIGHT + BOTTOM, [(float(y), value) for y, value in scale])


def lines(title: str, points: Sequence[Point]) -> Chart | None:
    """Lying bars, for things with names. None where there is nothing to show."""
    most = max((point.value for point in points), default=0)
    if not most:
        return None
    names = [Truncator(point.label).chars(LONGEST_NAME) for point in points]
    # Marks that combine with their letter are not counted when a name is cut, and take no room.
    name_width = LETTER_WIDTH * min(max(map(len, names)), LONGEST_NAME) + 12
    longest = WIDTH - name_width - VALUE_WIDTH
    bars = [
        Bar(
            point.label,
            point.value,
            name_width,
            index * LINE_HEIGHT + 5,
            round(longest * point.value / most, 1),
            LINE_HEIGHT - 10,
            name,
        )
        for index, (point, name) in enumerate(zip(points, names, strict=True))
    ]
    return Chart(title, bars, WIDTH, LINE_HEIGHT * len(points), [])


def round_up(value: int) -> int:
    """The next 1, 2 or 5 with noughts behind it: what a scale can end at."""
    power = 1
    while True:
        for step in (1, 2, 5):
            if value <= step * power:
                return step * power
        power *= 10
