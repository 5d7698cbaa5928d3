"""Titles, abstracts and names in templates: as plain Unicode, or as HTML whose formulas a script may render.

Whatever leaves here as HTML is escaped piece by piece. Without JavaScript a formula reads as Unicode.
"""

import re
from collections.abc import Iterable
from html import escape

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from posters.browse import marking
from posters.browse.marking import Found, Marker
from posters.latex import Maths, Text, segments, to_text

register = template.Library()

_BLANK_LINES = re.compile(r"\n\s*\n")


@register.filter
def plain(source: object) -> str:
    """LaTeX as readable Unicode, for <title>, attributes and e-mails; the template escapes it as ever."""
    # "" + … also makes a plain string of one that somebody marked as safe.
    return "" if source is None else "" + to_text(str(source))


@register.filter
def maths(source: object, marker: Marker | None = None) -> SafeString:
    """One line of HTML: escaped text, with each formula in a span that static/js/maths.js renders.

    With a marker, the words that were searched for are marked.
    """
    pieces = [] if source is None else segments(str(source))
    if marker is not None:
        return _html(marker.marked(pieces))
    if len(pieces) == 1 and isinstance(pieces[0], Text):
        return SafeString(escape(pieces[0].text))  # Nearly every title: no list to join.
    return _html(pieces)


@register.filter
def snippet(source: object, marker: Marker) -> SafeString:
    """The part of an abstract that shows what was searched for, marked; empty if there is nothing."""
    return _html(marker.marked(marking.snippet(str(source), marker)))


@register.filter
def paragraphs(source: object, marker: Marker | None = None) -> SafeString:
    """An abstract as HTML: one <p> for each stretch between blank lines, formulas and marks as in `maths`."""
    pieces = [] if source is None else segments(str(source))
    if marker is None and len(pieces) == 1 and isinstance(pieces[0], Text) and "\n" not in pieces[0].text:
        text = pieces[0].text.strip()
        return SafeString(f"<p>{escape(text)}</p>" if text else "")  # Most abstracts.
    written = [paragraph for paragraph in _paragraphs(pieces) if any(piece.text.strip() for piece in paragraph)]
    shown = (paragraph if marker is None else marker.marked(paragraph) for paragraph in written)
    return format_html_join("\n", "<p>{}</p>", ((_html(paragraph),) for paragraph in shown))


@register.simple_tag
def links_under(address: str, people: Iterable[tuple[str, str]], marker: Marker | None = None) -> SafeString:
    """Names and slugs as links under an address, marked as in `maths`.

    A session page has 5,600 of them: escaped here, by the standard library, in a third of format_html's time.
    """
    links = [
        f'<a href="{escape(address + slug)}/">{_html(marker.marked([Text(name)])) if marker else escape(name)}</a>'
        for name, slug in people
    ]
    return SafeString(", ".join(links))


def _paragraphs(pieces: Iterable[Text | Maths]) -> list[list[Text | Maths]]:
    """The pieces, cut at blank lines: after reading, so that no group or quotation is cut in two."""
    cut: list[list[Text | Maths]] = [[]]
    for piece in pieces:
        if isinstance(piece, Maths):
            cut[-1].append(piece)
            continue
        first, *others = _BLANK_LINES.split(piece.text.replace("\r\n", "\n"))
        cut[-1].append(Text(first))
        cut += [[Text(other)] for other in others]
    return cut


def _html(pieces: Iterable[Text | Maths]) -> SafeString:
    """The pieces one after the other, each escaped even if its source was marked as safe.

    By the standard library: in a page of marked abstracts Django's format_html() would take most of the time.
    """
    return SafeString("".join([_html_of(piece) for piece in pieces]))


def _html_of(piece: Text | Maths) -> str:
    """One piece."""
    text = escape(piece.text)
    if isinstance(piece, Maths):
        display = " data-display" if piece.display else ""
        return f'<span class="maths" data-tex="{escape(piece.source)}"{display}>{text}</span>'
    return f"<mark>{text}</mark>" if isinstance(piece, Found) else text
