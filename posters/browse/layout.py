"""A picture of the posters: what is alike lies together. Pure arithmetic, in the standard library, same in, same out.

Posters are gathered into regions of common terms; the regions lie beside those they have most neighbours in; inside
one, each poster goes to where its own neighbours are, and takes a cell of a grid of its own, so that every dot can
be pointed at. 10,000 posters take four seconds; the usual embeddings take minutes without a library of 100 MB.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import atan2, cos, hypot, pi, sin, sqrt
from sys import byteorder

from posters.browse.terms import CORE_TERMS, Vocabulary

CELL = 10
"""Units of the map between two dots."""
FINENESS = 1 << 20
"""Of a term's pull: what KEY_TERMS of the highest weight may add up to stays below 32 bits."""
ROUNDS = 6
"""In which posters choose their region; by then few still change."""
SMOOTHINGS = 8
CENTRE_TERMS = 60
NAME_TERMS = 3
ROOM = 1.5
"""Cells for each poster of a region: with fewer the regions are discs, with more they run together."""
GOLDEN_ANGLE = pi * (3 - sqrt(5))

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Region:
    """Posters about the same things, and the terms that say which."""

    name: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Place:
    """A poster's place on the map, in its region by index."""

    region: int
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The map: its regions, the largest first, and each poster's place."""

    regions: list[Region]
    places: dict[int, Place]


def lay_out(
    *, terms: Mapping[int, Sequence[str]], neighbours: Mapping[int, Sequence[int]], vocabulary: Vocabulary
) -> Layout:
    """Place the posters, given in their order, by their key terms and their neighbours."""
    if not terms:
        return Layout([], {})
    weights = {key: _weights(its, vocabulary) for key, its in terms.items()}
    members = _regions(weights, neighbours)
    region_of = {key: index for index, keys in enumerate(members) for key in keys}
    radii = [sqrt(len(keys) * ROOM / pi) + 1.5 for keys in members]
    centres = _centres(members, radii, region_of, neighbours)
    points = _points(members, radii, centres, region_of, neighbours)
    cells = _cells(points, centres, region_of)
    left, top = min(x for x, _ in cells.values()), min(y for _, y in cells.values())
    names = _names(members, weights, vocabulary)
    return Layout(
        [
            Region(name, round((x - left) * CELL), round((y - top) * CELL))
            for name, (x, y) in zip(names, centres, strict=True)
        ],
        {key: _place(region_of[key], x - left, y - top) for key, (x, y) in cells.items()},
    )


def _weights(terms: Sequence[str], vocabulary: Vocabulary) -> dict[str, int]:
    """What a poster is about, in numbers: core terms count twice."""
    levels = vocabulary.levels
    return {term: levels[term] * (2 if place < CORE_TERMS else 1) for place, term in enumerate(terms)}


def _regions(weights: Mapping[int, Mapping[str, int]], neighbours: Mapping[int, Sequence[int]]) -> list[list[int]]:
    """The posters in groups of common terms, the largest first; those without any at the end.

    How much a term pulls to each group stands in one integer, 32 bits for each: a poster's scores are one sum.
    """
    groups = [[seed] for seed in _seeds(weights, neighbours)]
    told = [key for key, its in weights.items() if its]
    for _ in range(ROUNDS if groups else 0):
        pull: defaultdict[str, int] = defaultdict(int)
        for index, keys in enumerate(groups):
            for term, weight in _centre(keys, weights).items():
                pull[term] |= round(weight * FINENESS) << 32 * index
        chosen: list[list[int]] = [[] for _ in groups]
        for key in told:
            total = sum([weight * pull[term] for term, weight in weights[key].items() if term in pull])
            scores = array("I", total.to_bytes(4 * len(groups), byteorder))
            chosen[scores.index(max(scores))].append(key)
        groups = [keys for keys in chosen if keys]
    silent = [key for key, its in weights.items() if not its]
    return sorted(groups, key=len, reverse=True) + ([silent] if silent else [])


def _seeds(weights: Mapping[int, Mapping[str, int]], neighbours: Mapping[int, Sequence[int]]) -> list[int]:
    """Posters in many others' lists, none near another: what the regions grow from."""
    wanted = max(1, round(sqrt(len(weights) / 3)))
    listed = Counter(other for its in neighbours.values() for other in its)
    seeds: list[int] = []
    taken: set[int] = set()
    for key in sorted(weights, key=lambda key: -listed[key]):
        if len(seeds) == wanted:
            break
        if weights[key] and key not in taken:
            seeds.append(key)
            near = neighbours.get(key, ())
            taken.update(near, *(neighbours.get(other, ()) for other in near))
    return seeds


def _centre(keys: Sequence[int], weights: Mapping[int, Mapping[str, int]]) -> dict[str, float]:
    """What a group of posters is about: its strongest terms, of length one."""
    total: defaultdict[str, int] = defaultdict(int)
    for key in keys:
        for term, weight in weights[key].items():
            total[term] += weight
    strongest = sorted(total.items(), key=lambda entry: (-entry[1], entry[0]))[:CENTRE_TERMS]
    length = sqrt(sum(weight * weight for _, weight in strongest))
    return {term: weight / length for term, weight in strongest}


def _names(members: list[list[int]], weights: Mapping[int, Mapping[str, int]], vocabulary: Vocabulary) -> list[str]:
    """Each region's terms that the others have least; no two regions lead with the same."""
    overall: Counter[str] = Counter(term for its in weights.values() for term in its)
    names: list[str] = []
    leading: set[str] = set()
    for keys in members:
        inside = Counter(term for key in keys for term in weights[key])
        telling = sorted(
            inside,
            key=lambda term: (-inside[term] * inside[term] / overall[term] * (1.5 if " " in term else 1), term),
        )
        first = next((term for term in telling if term not in leading), "")
        leading.update([first, *first.split()])
        readable = vocabulary.readable([first, *telling[: 3 * NAME_TERMS]], most=NAME_TERMS) if first else []
        names.append(", ".join(readable) or "Other posters")
    return names


def _centres(
    members: list[list[int]], radii: list[float], region_of: Mapping[int, int], neighbours: Mapping[int, Sequence[int]]
) -> list[Point]:
    """The regions' centres: near those they share neighbours with, none over another."""
    ties: Counter[tuple[int, int]] = Counter()
    for key, its in neighbours.items():
        for other in its:
            one, two = sorted((region_of[key], region_of[other]))
            if one != two:
                ties[one, two] += 1
    pull = {pair: count / sqrt(len(members[pair[0]]) * len(members[pair[1]])) for pair, count in sorted(ties.items())}
    strongest = max(pull.values(), default=1)
    spread = sum(radii) / len(radii)
    places = [
        [1.8 * spread * sqrt(index) * cos(index * GOLDEN_ANGLE), 1.8 * spread * sqrt(index) * sin(index * GOLDEN_ANGLE)]
        for index in range(len(members))
    ]
    steps = 300
    for step in range(steps):
        heat = 1 - step / steps
        for (one, two), strength in pull.items():
            _move(places, one, two, radii[one] + radii[two], share=0.25 * heat * strength / strongest, is_pull=True)
        for place in places:
            place[0] *= 1 - 0.01 * heat
            place[1] *= 1 - 0.01 * heat
        for one, radius in enumerate(radii):
            for two in range(one + 1, len(radii)):
                if abs(places[two][0] - places[one][0]) < radius + radii[two]:
                    _move(places, one, two, radius + radii[two], share=0.5, is_pull=False)
    return [(x, y) for x, y in places]


def _move(places: list[list[float]], one: int, two: int, apart: float, *, share: float, is_pull: bool) -> None:
    """Bring two regions a share of the way to the distance at which they touch: nearer or further apart."""
    dx, dy = places[two][0] - places[one][0], places[two][1] - places[one][1]
    distance = hypot(dx, dy) or 0.001
    if (distance > apart) == is_pull:
        step = share * (distance - apart) / distance / 2
        places[one][0] += dx * step
        places[one][1] += dy * step
        places[two][0] -= dx * step
        places[two][1] -= dy * step


def _points(
    members: list[list[int]],
    radii: list[float],
    centres: list[Point],
    region_of: Mapping[int, int],
    neighbours: Mapping[int, Sequence[int]],
) -> dict[int, Point]:
    """Each poster where its neighbours are, within its region's circle."""
    points: dict[int, Point] = {}
    for keys, radius, (x, y) in zip(members, radii, centres, strict=True):
        for place, key in enumerate(keys):
            distance, angle = radius * sqrt((place + 0.5) / len(keys)), place * GOLDEN_ANGLE
            points[key] = (x + distance * cos(angle), y + distance * sin(angle))
    for _ in range(SMOOTHINGS):
        moved: dict[int, Point] = {}
        for key, (x, y) in points.items():
            near = [points[other] for other in neighbours.get(key, ())]
            if near:
                x = 0.3 * x + 0.7 * sum([point[0] for point in near]) / len(near)
                y = 0.3 * y + 0.7 * sum([point[1] for point in near]) / len(near)
            moved[key] = (x, y)
        for keys, radius, centre in zip(members, radii, centres, strict=True):
            _spread(keys, radius, centre, moved)
        points = moved
    return points


def _spread(keys: Sequence[int], radius: float, centre: Point, points: dict[int, Point]) -> None:
    """Stretch a region's posters over its circle again: all around, and in the order of their distances."""
    count = len(keys)
    middle_x = sum([points[key][0] for key in keys]) / count
    middle_y = sum([points[key][1] for key in keys]) / count
    polar = sorted((atan2(points[key][1] - middle_y, points[key][0] - middle_x), key) for key in keys)
    # Evenly spaced angles, turned as a whole to where the posters are.
    turns = [angle - 2 * pi * place / count for place, (angle, _) in enumerate(polar)]
    turn = atan2(sum([sin(turn) for turn in turns]), sum([cos(turn) for turn in turns]))
    angles = {key: turn + 2 * pi * place / count for place, (_, key) in enumerate(polar)}
    by_distance = sorted(keys, key=lambda key: (hypot(points[key][0] - middle_x, points[key][1] - middle_y), key))
    for place, key in enumerate(by_distance):
        distance = radius * sqrt((place + 0.5) / count)
        points[key] = (centre[0] + distance * cos(angles[key]), centre[1] + distance * sin(angles[key]))


@cache
def _steps() -> list[tuple[int, int]]:
    """Steps from a cell to those around it, the nearest first."""
    reach = range(-60, 61)
    return sorted(((dx, dy) for dx in reach for dy in reach), key=lambda step: (step[0] ** 2 + step[1] ** 2, step))


def _cells(
    points: Mapping[int, Point], centres: Sequence[Point], region_of: Mapping[int, int]
) -> dict[int, tuple[int, int]]:
    """Each poster in the nearest cell that is free, those in the middle of a region first."""
    taken: dict[tuple[int, int], int] = {}

    def from_centre(key: int) -> float:
        (x, y), (centre_x, centre_y) = points[key], centres[region_of[key]]
        return (x - centre_x) ** 2 + (y - centre_y) ** 2

    for key in sorted(points, key=from_centre):
        x, y = round(points[key][0]), round(points[key][1])
        for dx, dy in _steps():
            if (x + dx, y + dy) not in taken:
                taken[x + dx, y + dy] = key
                break
    return {key: cell for cell, key in taken.items()}


def _place(region: int, x: int, y: int) -> Place:
    """A cell's place in units, a little out of line: a grid to the eye would say more than there is."""
    wobble = (x * 73_856_093) ^ (y * 19_349_663)
    return Place(region, x * CELL + wobble % 5 - 2, y * CELL + wobble // 5 % 5 - 2)
