"""How a table's cells hold texts, lists and links: each written here is read here, and says the same.

A list's items are separated by semicolons; an item that holds what could separate stands in double quotes, as
cells of CSV do. A link is an address, or a label and the address in angle brackets; several stand in lines.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

COMMAS = re.compile(r",")
BETWEEN_NAMES = re.compile(r",(?!\s*(?:Jr|Sr|II|III|IV|Ph\.?D|MD)\b)|\s(?:&|and)\s")
"""Not before what belongs to the name, as in “King, Jr.”"""

_formula = re.compile(r"'*(?:[=+\-@\t\r]|#(?:N/A|[A-Z]+[!?]|DIV/0!))")
"""What a spreadsheet would take for a formula or its error, and what we made of such a text."""
_separator = re.compile(r"[;|·\n]")
_quoted = re.compile(r'[^\S\n]*"((?:[^"]|"")*)"[^\S\n]*')
_labelled = re.compile(r"(?P<label>.*)<(?P<url>[^<>\s]+)>")
_between_addresses = re.compile(r"(?<![\s;,])[\s;,]+(?=https?://)")
"""From where they begin: a long run of marks would be looked through again from each of them."""


class Item(NamedTuple):
    """One of a list. `is_literal`: it stood in quotes, and nothing in it is a mark."""

    text: str
    is_literal: bool = False


class Address(NamedTuple):
    """Where a link leads, and what it is called."""

    url: str
    label: str = ""


def guarded(text: str) -> str:
    """The text as no spreadsheet takes for a formula: an apostrophe before what could begin one."""
    return f"'{text}" if _formula.match(text) else text


def unguarded(text: str) -> str:
    """A cell's text without the apostrophe that guards it."""
    return text[1:] if text.startswith("'") and _formula.match(text) else text


def split(text: str, weak: re.Pattern[str] | None = None) -> list[Item]:
    """A cell's items, empty ones included, each in one line.

    They are separated by line ends, semicolons, “|” or “·”; by what is `weak` only where none of these stands.
    What stands in brackets stays together.
    """
    items = _split_at(_separator, text)
    if weak and len(items) == 1 and not items[0].is_literal:
        items = _split_at(weak, text)
    return items


def joined(items: Iterable[str], weak: re.Pattern[str] | None = None, *, marks: str = "") -> str:
    """A cell that `split` takes apart into these items; those with a character of `marks` are quoted, too."""
    return "; ".join(_quoted_where_needed(item, weak, marks) for item in items)


def addresses(text: str) -> list[Address]:
    """A cell's links: in lines; without labels, also with spaces, commas or semicolons between them."""
    found: list[Address] = []
    for line in text.split("\n"):
        if labelled := _labelled.fullmatch(line.strip()):
            found.append(Address(labelled["url"], _in_one_line(labelled["label"])))
        else:
            found += [Address(url.strip()) for url in _between_addresses.split(line) if url.strip()]
    return found


def joined_addresses(links: Iterable[Address]) -> str:
    """A cell that `addresses` takes apart into these links."""
    return "\n".join(f"{link.label} <{link.url}>" if link.label else link.url for link in links)


def _quoted_where_needed(item: str, weak: re.Pattern[str] | None, marks: str) -> str:
    is_one = split(item, weak) == [Item(item)] and item.count("(") == item.count(")")
    if is_one and not item.startswith('"') and not any(mark in item for mark in marks):
        return item
    return '"' + item.replace('"', '""') + '"'


def _split_at(separator: re.Pattern[str], text: str) -> list[Item]:
    items: list[Item] = []
    start, last_bracket = 0, text.rfind(")")
    while True:
        quoted = _quoted.match(text, start)
        if quoted and (quoted.end() == len(text) or separator.match(text, quoted.end())):
            end = quoted.end()
            items.append(Item(_in_one_line(quoted[1].replace('""', '"')), is_literal=True))
        else:
            end = _end_of_item(separator, text, start, last_bracket)
            items.append(Item(_in_one_line(text[start:end])))
        found = separator.match(text, end)
        if found is None:
            return items
        start = found.end()


def _end_of_item(separator: re.Pattern[str], text: str, start: int, last_bracket: int) -> int:
    """The first separator that stands in no brackets; one that nobody closes opens none."""
    position, depth = start, 0
    while found := separator.search(text, position):
        depth += text.count("(", position, found.start()) - text.count(")", position, found.start())
        if depth <= 0 or last_bracket < found.start():
            return found.start()
        position = found.end()
    return len(text)


def _in_one_line(text: str) -> str:
    return " ".join(text.split())
