"""Authors from the cells of a row: names with marks, and what stands beside them in other columns."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from posters.programme.readers.tables.cells import BETWEEN_NAMES, COMMAS, Item, split
from posters.programme.readers.values import Remarks
from posters.programme.records import AuthorRecord

LONGEST_MARKED = 1_000
"""Characters; what is longer is no name, and is refused as it is."""

_indices = re.compile(r"\d{1,3}(?:\s*,\s*\d{1,3})*")
_numbered = re.compile(r"\(?(?P<index>\d{1,3})\)?[:.)]?\s+(?P<text>\S.*)")
_place = re.compile(r"\d{1,3}")
_suffix = re.compile(r",\s*(?:Jr|Sr|II|III|IV|Ph\.?D|MD)\b")


@dataclass(frozen=True)
class Cells:
    """What a row says of its authors. None where the table has no such column."""

    names: str
    affiliations: str | None = None
    presenters: str | None = None
    ids: str = ""
    keys: str = ""


@dataclass(frozen=True)
class _Printed:
    """A name without its marks."""

    name: str
    aside: str = ""
    is_starred: bool = False


def are_family_first(cells: Iterable[str]) -> bool:
    """Whether a column's names are “Lovelace, Ada”: nearly all with one comma, most after a single word.

    Else such pairs may be anything, such as a name and a place.
    """
    count = commas = single = 0
    for text in cells:
        for item in split(text):
            if item.text and not item.is_literal:
                name = _marks(item).name
                count += 1
                commas += name.count(",") == 1 and not _suffix.search(name)
                single += " " not in name.partition(",")[0].strip()
    return count > 0 and commas >= 0.9 * count and single > count / 2


def authors_of(cells: Cells, *, is_family_first: bool, place: str, remarks: Remarks) -> tuple[AuthorRecord, ...]:
    """The authors, in the order of their names; what does not fit to them is told and left out."""
    items = [item for item in _names(cells.names) if item.text]
    printed = [_marks(item) for item in items]
    if is_family_first:
        printed = [
            each if item.is_literal else replace(each, name=_given_first(each.name))
            for item, each in zip(items, printed, strict=True)
        ]
    texts = _affiliations(cells, printed, place, remarks)
    if cells.affiliations is not None:  # Brackets then hold a part of the name, such as how it is written at home.
        printed = [each if _indices.fullmatch(each.aside) else replace(each, name=_whole(each)) for each in printed]
    ids = _parallel(cells.ids, len(printed), "ids", place, remarks)
    twice = [text for text, count in Counter(filter(None, ids)).items() if count > 1]
    if twice:
        remarks.add(place, f"“{twice[0][:60]}” stands for two of its authors; they are known by name.")
        ids = [""] * len(printed)
    keys = _parallel(cells.keys, len(printed), "keys", place, remarks)
    presenters = _presenters(cells, printed, is_family_first, place, remarks)
    return tuple(
        AuthorRecord(each.name, texts[index], ids[index], keys[index], index in presenters)
        for index, each in enumerate(printed)
    )


def _names(text: str) -> list[Item]:
    """A cell's names. One comma beside a single word stands in a name, “Lovelace, Ada”, and not between two."""
    strong = split(text)
    if len(strong) > 1:
        return strong
    weak = split(text, BETWEEN_NAMES)
    if len(weak) == 2 and "," in text and any(" " not in item.text for item in weak):
        return strong
    return weak


def _marks(item: Item) -> _Printed:
    """A name, what stands in brackets after it, and whether it has a star before or after these."""
    text = item.text
    if item.is_literal or len(text) > LONGEST_MARKED:
        return _Printed(text)
    bare, aside = text.rstrip("* "), ""
    if bare.endswith(")") and bare.count("(") == bare.count(")"):
        start = bare.rfind("(")
        while bare.count("(", start) < bare.count(")", start):
            start = bare.rfind("(", 0, start)
        bare, aside = bare[:start].rstrip(), bare[start + 1 : -1].strip()
    name = bare.rstrip("* ")
    return _Printed(name or text, aside if name else "", is_starred="*" in text[len(name) :].replace(aside, ""))


def _whole(printed: _Printed) -> str:
    return f"{printed.name} ({printed.aside})" if printed.aside else printed.name


def _given_first(name: str) -> str:
    family, comma, given = name.partition(",")
    is_pair = comma and given.strip() and "," not in given and not _suffix.search(name)
    return f"{given.strip()} {family.strip()}" if is_pair else name


def _affiliations(cells: Cells, printed: Sequence[_Printed], place: str, remarks: Remarks) -> list[str]:
    """From a column of their own, in the authors' order or by numbers, “(1, 2)”; else from the brackets."""
    pointers = [each.aside for each in printed if _indices.fullmatch(each.aside)]
    if not pointers:
        if cells.affiliations is None:
            return [each.aside for each in printed]
        return _parallel(cells.affiliations, len(printed), "affiliations", place, remarks)
    known = _by_number(cells.affiliations or "")
    found: list[str] = []
    for each in printed:
        numbers = [int(number) for number in re.findall(r"\d+", each.aside)] if each.aside in pointers else []
        missing = [number for number in numbers if number not in known]
        if missing:
            remarks.add(place, f"there is no affiliation {missing[0]} for “{each.name[:60]}”.")
        found.append("; ".join(known[number] for number in numbers if number in known))
    return found


def _by_number(text: str) -> dict[int, str]:
    """“1: Here; 2: There” by number; affiliations without numbers are counted."""
    items = [item.text for item in split(text) if item.text]
    matches = [_numbered.fullmatch(item) for item in items]
    if items and all(matches):
        return {int(match["index"]): match["text"] for match in matches if match}
    return dict(enumerate(items, start=1))


def _parallel(text: str, count: int, what: str, place: str, remarks: Remarks) -> list[str]:
    """One text for each of `count` authors; empty ones, and a remark, where nobody knows which is whose."""
    items = [item.text for item in split(text, COMMAS if what == "ids" else None)]
    if len(items) != count:
        items = [item for item in items if item]
    if len(items) == count:
        return items
    if items:
        remarks.add(place, f"{len(items)} {what} for {count} authors were left out: there must be one for each.")
    return [""] * count


def _presenters(
    cells: Cells, printed: Sequence[_Printed], is_family_first: bool, place: str, remarks: Remarks
) -> set[int]:
    """The places of those who present: told by name or by place, else by stars."""
    if cells.presenters is None:
        return {index for index, each in enumerate(printed) if each.is_starred}
    by_name = {each.name.casefold(): index for index, each in reversed(list(enumerate(printed)))}
    found: set[int] = set()
    for item in _names(cells.presenters):
        name = _marks(item).name
        if _place.fullmatch(name) and not item.is_literal:
            index = int(name) - 1 if 0 < int(name) <= len(printed) else None
        else:
            index = by_name.get((name if item.is_literal or not is_family_first else _given_first(name)).casefold())
        if index is not None:
            found.add(index)
        elif name:
            remarks.add(place, f"the presenter “{name[:60]}” is none of its authors.")
    return found
