"""Text search: which posters a visitor's words mean. The only module that knows how they are matched."""

from django.db.models import Q

from posters.models import Authorship, Conference

MOST_WORDS = 12
"""Words looked for; the rest of a longer text is left out, and the page says so."""
LONGEST_WORD = 60


def search_words(text: str) -> list[str]:
    """The words of a text, each once, in order. Operators, quotes and control characters mean nothing."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    words = (word[:LONGEST_WORD] for word in printable.split())
    return list(dict.fromkeys(word for word in words if any(c.isalnum() for c in word)))


def matches(*, text: str, conference: Conference) -> Q:
    """Posters in whose title, abstract or authors' names every word stands somewhere."""
    condition = Q()
    for word in search_words(text)[:MOST_WORDS]:
        written_by = Authorship.objects.filter(author__conference=conference, author__name__icontains=word)
        condition &= Q(title__icontains=word) | Q(abstract__icontains=word) | Q(pk__in=written_by.values("poster"))
    return condition
