"""What a visitor may have meant whose words find nothing: words of the conference's own posters that look alike."""

from collections.abc import Iterator
from dataclasses import replace
from difflib import SequenceMatcher
from heapq import nlargest
from itertools import islice, product
from math import log10

from django.db.models import Q

from posters.browse.search import Answer, Piece, SearchQuery, answers
from posters.browse.words import stem, words_of
from posters.models import Conference, SearchWord

SHORTEST_WORD = 3
MOST_DOUBTFUL = 3
"""Words that are corrected at once; a text with more of them is no slip of the finger."""
MUCH_MORE_OFTEN = 10
"""Times that a correction must be more frequent than a word that is known."""
MOST_TRIED = 5
"""Corrections of each word that are tried."""
MOST_ATTEMPTS = 12
LEAST_LIKENESS = 0.7
"""difflib's ratio; one letter in four is another at 0.75, two neighbours of four are swapped at 0.75."""


def corrections(query: SearchQuery, *, conference: Conference) -> list[Answer]:
    """What the query may have meant, the likeliest first, and what each finds. Two queries of the database."""
    words = [word for word in dict.fromkeys(query.words) if len(word) >= SHORTEST_WORD and word.isalpha()]
    if not words:
        return []
    alike = Q(word__in=words)
    for word in words:
        alike |= Q(word__startswith=_beginning(word)) | Q(word__endswith=_end(word))
    counts = dict(SearchWord.objects.filter(alike, conference=conference).values_list("word", "poster_count"))
    # Where all are known, the rarest may be misspelt on a poster just as here.
    doubtful = [word for word in words if word not in counts] or sorted(words, key=counts.__getitem__)[:1]
    if len(doubtful) > MOST_DOUBTFUL:
        return []
    tried = product(*(_alike(word, counts) for word in doubtful))
    attempts = [_corrected(query, dict(zip(doubtful, others, strict=True))) for others in islice(tried, MOST_ATTEMPTS)]
    return answers(attempts)


def _intact(word: str) -> int:
    """How many letters at a word's beginning or end are right if one is wrong, or two neighbours are swapped."""
    return min(3, max(1, len(word) // 2 - 1))


def _beginning(word: str) -> str:
    return word[: _intact(word)]


def _end(word: str) -> str:
    return word[-_intact(word) :]


def _alike(word: str, counts: dict[str, int]) -> list[str]:
    """The likeliest corrections of a word, the best first: those that look most alike, and of these the commonest.

    Where a form of the word itself is known, it is right.
    """
    near = {other: n for other, n in counts.items() if other.startswith(_beginning(word)) or other.endswith(_end(word))}
    if any(stem(other) == stem(word) for other in near if other != word):
        return [word]
    least = MUCH_MORE_OFTEN * counts.get(word, 0)
    matcher = SequenceMatcher(b=word, autojunk=False)
    found = []
    for other, poster_count in near.items():
        if other == word or abs(len(other) - len(word)) > 2 or poster_count < least:
            continue
        matcher.set_seq1(other)
        if matcher.real_quick_ratio() >= LEAST_LIKENESS and matcher.quick_ratio() >= LEAST_LIKENESS:
            likeness = matcher.ratio()
            if likeness >= LEAST_LIKENESS:
                found.append((likeness + log10(poster_count) / 20, other))
    return [other for _, other in nlargest(MOST_TRIED, found)]


def _corrected(query: SearchQuery, corrections: dict[str, str]) -> SearchQuery:
    """The query with other words in the place of some."""
    return replace(
        query,
        pieces=tuple(
            piece if piece.is_excluded else replace(piece, written=tuple(_written(piece, corrections)))
            for piece in query.pieces
        ),
        identifier="",
    )


def _written(piece: Piece, corrections: dict[str, str]) -> Iterator[str]:
    for written in piece.written:
        words = words_of(written)
        yield corrections.get(words[0], written) if len(words) == 1 else written
