"""HTML in a foreign text → plain text: its tags go, its paragraphs stay."""

import html
import re

INLINE = (
    "a abbr b center cite code del em font i img ins kbd link q s samp script small span strike strong style sub sup "
    "tt u var"
)
LINES = "body br caption dd dt hr html summary tbody tfoot thead tr"
PARAGRAPHS = "article blockquote details div dl figure h1 h2 h3 h4 h5 h6 ol p pre section table ul"
BREAKS = dict.fromkeys(LINES.split(), "\n") | dict.fromkeys(PARAGRAPHS.split(), "\n\n") | {"td": " ", "th": " "}
"""What stands in place of a tag; nothing in place of those inside a line."""

_names = "|".join([*INLINE.split(), *BREAKS, "li"])
# Only elements of HTML, and only with proper attributes: “a<b and c>d” is mathematics.
_tag = re.compile(
    rf"<(?P<slash>/?)(?P<name>{_names})"
    r"(?:\s+[a-z][a-z:-]*\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'<>]+))*\s*/?>",
    re.IGNORECASE,
)
_entity = re.compile(r"&(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z][a-z0-9]{1,31});", re.IGNORECASE)
_blank_lines = re.compile(r"\n{3,}")


def plain_text(text: str) -> str:
    """The text without tags and entities; Markdown, LaTeX and comparisons stay as written."""
    without_tags = _tag.sub(_in_place_of, text)
    if without_tags != text:
        lines = (line.strip() for line in without_tags.split("\n"))
        without_tags = _blank_lines.sub("\n\n", "\n".join(lines)).strip()
    return _entity.sub(lambda entity: html.unescape(entity[0]), without_tags)


def _in_place_of(tag: re.Match[str]) -> str:
    name = tag["name"].lower()
    if name == "li":
        return "\n" if tag["slash"] else "\n- "
    return BREAKS.get(name, "")
