r"""Posters → BibTeX: the one rule for keys, fields and escaping.

Texts are UTF-8, as biber and every BibTeX of this century read them. Whatever LaTeX would take for a command is
escaped; a formula of the source stays a formula. BibTeX counts braces before LaTeX sees a backslash, so `\{` would
count as well: braces of the text become commands without one.
"""

import re
from collections.abc import Collection, Mapping

from django.conf import settings
from django.db.models import Prefetch
from django.urls import reverse

from posters.latex import Maths, Text, segments
from posters.models import Authorship, Conference, Poster, split_keywords

CONTENT_TYPE = "application/x-bibtex; charset=utf-8"

_ESCAPES = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        "<": r"\textless{}",
        ">": r"\textgreater{}",
        "|": r"\textbar{}",
        **{character: f"\\{character}" for character in "&%$#_"},
    }
)
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]+")


def poster_entry(poster: Poster, *, note: str = "") -> str:
    """One poster as an entry; authorships must be prefetched in order. `note` is the attendee's own, if any.

    The key is made of what never changes, the conference's slug and the poster's number: an entry cited once stays
    cited, and files of several conferences can be joined.
    """
    conference = poster.conference
    page = reverse("poster", args=[conference.slug, poster.number])
    fields = {
        # In braces of its own: styles write a title in small letters, and “RNA” would become “rna”.
        "title": f"{{{latex(poster.display_title)}}}",
        "author": " and ".join(_name(authorship.author.name) for authorship in poster.authorships.all()),
        "booktitle": plain(conference.name),
        "year": str(conference.year),
        "address": plain(conference.venue),
        "keywords": ", ".join(plain(keyword) for keyword in split_keywords(poster.keywords)),
        "url": settings.SITE_URL + page,
        "note": "Withdrawn" if poster.is_withdrawn else "",
        "annote": plain(note),
    }
    lines = [f"  {name} = {{{value}}},\n" for name, value in fields.items() if value]
    return f"@inproceedings{{{conference.slug}-{poster.number},\n{''.join(lines)}}}\n"


def entries(conference: Conference, notes: Mapping[int, str]) -> str:
    """The posters that visitors may see among the keys of `notes`, by number, each with its note."""
    shown = posters_with_authors(conference, notes)
    return "\n".join(poster_entry(poster, note=notes[poster.pk]) for poster in shown)


def posters_with_authors(conference: Conference, keys: Collection[int]) -> list[Poster]:
    """Public posters by primary key, in the order of their numbers, with all that an entry shows."""
    authorships = Prefetch("authorships", Authorship.objects.select_related("author").order_by("position"))
    found = Poster.objects.public().filter(conference=conference, pk__in=keys)
    return list(found.select_related("conference").prefetch_related(authorships).order_by("number"))


def latex(source: str) -> str:
    """A title as LaTeX: text escaped, formulas as they were written."""
    return "".join(_formula(piece) if isinstance(piece, Maths) else _escaped(piece) for piece in segments(source))


def plain(text: str) -> str:
    """Ordinary text as LaTeX, on one line."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split()).translate(_ESCAPES)


def _escaped(piece: Text) -> str:
    return _UNPRINTABLE.sub(" ", piece.text).translate(_ESCAPES)


def _formula(piece: Maths) -> str:
    """Its source; its Unicode where the source would break the entry: braces that do not pair, a comment."""
    source = _UNPRINTABLE.sub(" ", piece.source)
    if "%" in source or "$" in source or not _braces_pair(source):
        return _UNPRINTABLE.sub(" ", piece.text).translate(_ESCAPES)
    return f"${source}$"


def _braces_pair(source: str) -> bool:
    """As BibTeX counts them: a backslash before a brace changes nothing."""
    depth = 0
    for character in source:
        depth += (character == "{") - (character == "}")
        if depth < 0:
            return False
    return depth == 0


def _name(name: str) -> str:
    """An author's name; one that BibTeX would take apart, such as “Team A and B, Kigali”, in braces."""
    written = latex(name)
    is_taken_apart = "," in written or re.search(r"(^|\s)(and|others)(\s|$)", written, re.IGNORECASE)
    return f"{{{written}}}" if is_taken_apart else written
