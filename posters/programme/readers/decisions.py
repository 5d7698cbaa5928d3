"""Decisions as the sources print them, and as they are called here."""

import re

from posters.programme.readers.iclr_page import DECISIONS

_top = re.compile(r"\btop\W*(\d+)\s*%", re.IGNORECASE)
_poster = re.compile(
    r"(accept(ed)?\W+)?((as|for)\W+)?(an?\W+)?poster(\W+presentation)?(\W+accept(ed)?)?\W*", re.IGNORECASE
)


def decision_of(printed: str) -> str:
    """“Accept: notable-top-25%” → “Top 25%”, “Accept (poster)” → “Poster accept”; others stay as printed."""
    if top := _top.search(printed):
        return f"Top {top[1]}%"
    return DECISIONS[0] if _poster.fullmatch(printed) else printed


def order_of(decisions: set[str]) -> tuple[str, ...]:
    """Those with a known order, from the lowest to the highest, if any of them occurs."""
    return DECISIONS if decisions.intersection(DECISIONS) else ()
