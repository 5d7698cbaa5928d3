"""What a link leads to, told from the words beside it."""

import re

LINK_KINDS = (
    ("stream", re.compile(r"\blive ?stream|\bzoom (meeting|call|room)\b")),
    ("video", re.compile(r"video|slideslive|recording|youtube|vimeo")),
    ("slides", re.compile(r"slides?\b|presentation")),
    ("code", re.compile(r"\bcode\b|github|gitlab")),
    ("chat", re.compile(r"chat|discord|slack")),
    ("paper", re.compile(r"openreview|arxiv|\bpaper\b|\bpdf\b|proceedings")),
)
"""The first of which a word occurs."""


def link_kind(words: str) -> str:
    """A kind of LinkRecord; “other” where no word tells."""
    folded = words.casefold()
    return next((kind for kind, pattern in LINK_KINDS if pattern.search(folded)), "other")
