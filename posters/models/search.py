"""What search reads of a poster. Derived from the programme, written by `browse.search_index` alone.

The index is an FTS5 table on SQLite and a table with a tsvector on PostgreSQL; one model serves both. Words are
folded and stemmed before they get here (`browse.words`), so that both databases find the same.
"""

from dataclasses import dataclass
from typing import Any

from django.db import models

from posters.models.conference import Conference
from posters.models.poster import Poster

WEIGHTS = {"title": 10, "authors": 6, "subjects": 4, "affiliations": 2, "identifiers": 6, "abstract": 1}
"""The fields of a document in the order of the FTS5 table's columns, and what a word in each is worth."""

SHORT_BEGINNING = 3
"""Letters: words that begin with so few count in all fields but the abstract, where nearly every poster has some."""
BRIEF_FIELDS = tuple(field for field in WEIGHTS if field != "abstract")

LABELS = {"title": "A", "authors": "B", "subjects": "C", "affiliations": "C", "identifiers": "C", "abstract": "D"}
"""PostgreSQL has four weights for the fields."""
LABEL_WEIGHTS = "{0.1, 0.4, 0.6, 1.0}"
"""Of D, C, B and A."""
MARKS = {"title": "^", "authors": "^", "subjects": "=", "affiliations": "=", "identifiers": "#"}
"""A word of a brief field stands in a tsvector once more, behind its field's mark. Whether it is there is then known
from the index; to see a label, PostgreSQL would have to read every document that has the word anywhere."""


@dataclass(frozen=True, slots=True)
class Term:
    """Stems that stand one after the other. `beginning`: words that begin with it will do as well."""

    stems: tuple[str, ...]
    beginning: str = ""

    @property
    def is_short(self) -> bool:
        """Whether all that is known of a word is a short beginning."""
        return len(self.beginning) <= SHORT_BEGINNING


@dataclass(frozen=True, slots=True)
class Match:
    """Documents that have all terms, in any of the fields named or, with none named, anywhere.

    Stems and beginnings are letters and digits: nothing in them needs escaping.
    """

    terms: tuple[Term, ...]
    fields: tuple[str, ...] = ()

    def fts5(self) -> str:
        """The expression for SQLite (https://www.sqlite.org/fts5.html §3)."""
        parts = []
        for term in self.terms:
            sequence = " + ".join(f'"{stem}"' for stem in term.stems)
            where = f"{{{' '.join(BRIEF_FIELDS)}}} : " if term.is_short and not self.fields else ""
            parts.append(f'({sequence} OR {where}"{term.beginning}" *)' if term.beginning else f"({sequence})")
        columns = f"{{{' '.join(self.fields)}}} : " if self.fields else ""
        return f"{columns}({' AND '.join(parts)})"

    def tsquery(self) -> str:
        """The expression for PostgreSQL."""
        marks = sorted({MARKS[field] for field in self.fields}) or [""]
        parts = []
        for term in self.terms:
            choices = [" <-> ".join(f"'{mark}{stem}'" for stem in term.stems) for mark in marks]
            if term.beginning:
                begun = sorted({*MARKS.values()}) if term.is_short and not self.fields else marks
                choices += [f"'{mark}{term.beginning}':*" for mark in begun]
            parts.append(f"({' | '.join(choices)})")
        return " & ".join(parts)


class DocumentField(models.Field):
    """The indexed document: FTS5's hidden column, or a tsvector."""


class NotDumped(models.Manager):
    """Shows no rows. It is for dumpdata, which asks a model's first manager: an index is not restored but made."""

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().none()


class PosterText(models.Model):
    """One poster in the index. Drafts are not in it."""

    poster = models.OneToOneField(
        Poster,
        models.DO_NOTHING,
        primary_key=True,
        db_column="rowid",
        db_constraint=False,
        related_name="text",
    )
    conference_key = models.BigIntegerField()
    words = models.TextField()
    """Each of its words once, as SearchWord counts them: what to take off there when it changes."""
    # FTS5 calls the column that is the whole document after its table.
    document = DocumentField(db_column="posters_search", null=True)

    dumped = NotDumped()
    objects = models.Manager()

    class Meta:
        managed = False
        db_table = "posters_search"

    def __str__(self) -> str:
        return f"Text of poster {self.pk}"


class SearchWord(models.Model):
    """A word of a conference's posters, folded and unstemmed: what a misspelt one may have meant."""

    conference = models.ForeignKey(
        Conference, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="search_words"
    )
    word = models.CharField(max_length=60)
    poster_count = models.IntegerField()

    dumped = NotDumped()
    objects = models.Manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conference", "word"], name="search_word_once_per_conference")]

    def __str__(self) -> str:
        return self.word
