"""Topics from A to Z, each with the narrower ones under it."""

from dataclasses import dataclass, field

from posters.browse.facets import FacetTable
from posters.browse.family_names import letter_of


@dataclass
class TopicEntry:
    """A topic of the index. Its posters are those of the narrower ones, too; withdrawn ones do not count."""

    slug: str
    name: str
    poster_count: int
    narrower: list["TopicEntry"] = field(default_factory=list)


@dataclass
class TopicLetter:
    """The topics under one letter; those narrower than another stand under that one, whatever their letter."""

    letter: str
    topics: list[TopicEntry] = field(default_factory=list)


def topic_entries(table: FacetTable) -> dict[str, TopicEntry]:
    """Every topic that has posters to be listed, by slug, in order of name."""
    counted = {facet.slug: (facet.posters & ~table.withdrawn).bit_count() for facet in table.topics}
    entries = {
        facet.slug: TopicEntry(facet.slug, facet.label, counted[facet.slug])
        for facet in table.topics
        if counted[facet.slug]
    }
    for facet in table.topics:
        if facet.slug in entries and facet.parent in entries:
            entries[facet.parent].narrower.append(entries[facet.slug])
    return entries


def topic_letters(table: FacetTable) -> list[TopicLetter]:
    """The widest topics by their letters, # last."""
    entries = topic_entries(table)
    letters: dict[str, TopicLetter] = {}
    for facet in table.topics:
        if facet.slug in entries and facet.parent not in entries:
            letter = letter_of(facet.label)
            letters.setdefault(letter, TopicLetter(letter)).topics.append(entries[facet.slug])
    return sorted(letters.values(), key=lambda letter: (letter.letter == "#", letter.letter))
