"""The posters most like one: by the key terms two posters share, rare ones and core ones counting more.

The score is a sum of whole numbers, the same from both sides, so that lists do not depend on the order in which they
are made. It is added up for all posters at once, in binary, on integers of one bit for each poster: 10,000 posters
against 10,000 in a second, where a dict of scores took ten.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import NamedTuple

from posters.browse.terms import CORE_TERMS, HIGHEST_LEVEL, Vocabulary

NEIGHBOURS = 8
"""Kept for each poster."""
TERMS_SHOWN = 4


CORE_BONUS = 2
"""Of a term at the core of both posters, beside what it counts as a shared one."""

_DIGITS = [[digit for digit in range(4) if level >> digit & 1] for level in range(CORE_BONUS * HIGHEST_LEVEL + 1)]
"""Of each level, written in binary: where it has a one."""


class Neighbour(NamedTuple):
    """Another poster, how much is shared, and what, as printed."""

    key: int
    score: int
    shares: str


class Neighbourhood:
    """All posters of a conference by their key terms. `terms` is in the posters' order; `candidates` may be shown."""

    def __init__(self, terms: Mapping[int, Sequence[str]], *, candidates: Set[int], vocabulary: Vocabulary) -> None:
        self.terms = terms
        self.vocabulary = vocabulary
        self.candidate_keys = candidates
        self.keys = list(terms)
        self.place = {key: index for index, key in enumerate(self.keys)}
        self._candidates = _bits([index for index, key in enumerate(self.keys) if key in candidates], len(self.keys))
        having: defaultdict[str, list[int]] = defaultdict(list)
        at_core: defaultdict[str, list[int]] = defaultdict(list)
        for index, its in enumerate(terms.values()):
            for term in its:
                having[term].append(index)
            for term in its[:CORE_TERMS]:
                at_core[term].append(index)
        self._having = _Rows(having, len(self.keys))
        self._at_core = _Rows(at_core, len(self.keys))

    def score(self, one: int, other: int) -> int:
        """How much two posters share."""
        mine, theirs = self.terms[one], self.terms[other]
        level = self.vocabulary.levels.__getitem__
        shared = {*mine}.intersection(theirs)
        at_core = {*mine[:CORE_TERMS]}.intersection(theirs[:CORE_TERMS])
        return sum(map(level, shared)) + CORE_BONUS * sum(map(level, at_core))

    def neighbours(self, key: int) -> list[Neighbour]:
        """The posters most like one, the most alike first; of equals those that follow it in the programme."""
        index = self.place[key]
        slices = self._scores(key)
        found, tied, missing = 0, self._candidates & ~(1 << index), NEIGHBOURS
        scored = 0
        for bits in slices:
            scored |= bits
        tied &= scored
        for bits in reversed(slices):
            higher = tied & bits
            count = higher.bit_count()
            if count > missing:
                tied = higher
            else:
                found |= higher
                missing -= count
                tied &= ~bits
        following = tied >> index << index
        chosen = [*_places(found), *_first(following, missing)]
        chosen += _first(tied ^ following, NEIGHBOURS - len(chosen))
        ranked = sorted((-self.score(key, self.keys[place]), (place - index) % len(self.keys)) for place in chosen)
        others = [(-score, self.keys[(index + distance) % len(self.keys)]) for score, distance in ranked]
        return [Neighbour(other, score, ", ".join(self._told(key, other))) for score, other in others]

    def outdated(self, listed: Mapping[int, Sequence[Neighbour]], changed: Set[int]) -> set[int]:
        """The posters whose list, as it was before these posters changed or went, may be another now.

        Those themselves, whose list names one of them, and those in whose list one of them has a place now.
        """
        found = self.terms.keys() & changed
        weakest: dict[int, int] = {}
        for poster, its in listed.items():
            weakest[poster] = its[-1][1] if len(its) == NEIGHBOURS else 1
            if not changed.isdisjoint([key for key, _, _ in its]):
                found.add(poster)
        for key in self.terms.keys() & changed & self.candidate_keys:
            theirs = set(self.terms[key])
            for other, terms in self.terms.items():
                if other not in found and not theirs.isdisjoint(terms) and self.score(key, other) >= weakest[other]:
                    found.add(other)
        return found

    def _told(self, key: int, other: int) -> list[str]:
        """What they share, as printed, in the order in which it tells about the first."""
        theirs = {*self.terms[other]}
        return self.vocabulary.readable([term for term in self.terms[key] if term in theirs], most=TERMS_SHOWN)

    def _scores(self, key: int) -> list[int]:
        """Every poster's score beside this one, in binary: the lowest digit of all scores first."""
        its, levels = self.terms[key], self.vocabulary.levels
        columns: list[list[int]] = [[] for _ in range((CORE_BONUS * HIGHEST_LEVEL).bit_length())]
        for having, terms, weight in ((self._having, its, 1), (self._at_core, its[:CORE_TERMS], CORE_BONUS)):
            for term in terms:
                bits = having.of(term)
                for digit in _DIGITS[weight * levels[term]] if bits else ():
                    columns[digit].append(bits)
        return _sum(columns)


class _Rows:
    """For each term the posters that have it, as bits: made when first asked for, nothing where only one has it."""

    def __init__(self, places: Mapping[str, Sequence[int]], size: int) -> None:
        self._places = places
        self._size = size
        self._made: dict[str, int] = {}

    def of(self, term: str) -> int:
        bits = self._made.get(term)
        if bits is None:
            places = self._places.get(term, ())
            bits = self._made[term] = _bits(places, self._size) if len(places) > 1 else 0
        return bits


def _sum(columns: list[list[int]]) -> list[int]:
    """The sum, bit by bit, of all that stands in each column of digits: three by three, and carried."""
    slices = []
    for digit, column in enumerate(columns):
        if digit + 1 == len(columns) and len(column) > 1:
            columns.append([])
        while len(column) > 1:
            one, two, three = column.pop(), column.pop(), column.pop() if column else 0
            either = one ^ two
            column.append(either ^ three)
            if carried := one & two | either & three:
                columns[digit + 1].append(carried)
        slices.append(column[0] if column else 0)
    return slices


def _bits(places: Sequence[int], size: int) -> int:
    """An integer with these bits set."""
    row = bytearray(size // 8 + 1)
    for place in places:
        row[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(row, "little")


def _places(bits: int) -> Iterator[int]:
    """The bits that are set, the lowest first."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def _first(bits: int, count: int) -> list[int]:
    """The lowest few bits that are set."""
    return [place for place, _ in zip(_places(bits), range(max(0, count)), strict=False)]
