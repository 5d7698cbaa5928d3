"""Known items: does the poster somebody has in mind come first? Over the real programmes in ../shared/data.

Each of 200 posters, drawn by seed, is looked for in its own conference with what people remember of a poster. The
first answer counts as the page gives it: where nothing is found, that is the list for the corrected words.
"""

import random
import re
import statistics
from collections.abc import Callable
from pathlib import Path

from django.http import QueryDict

from posters.browse.filters import PosterFilter
from posters.latex import to_text
from posters.models import Poster
from posters.programme.readers import read_programme
from posters.programme.source import open_source
from posters.programme.upsert import upsert_programme
from tests.benchmarks.content import SEED
from tests.benchmarks.figures import Figure

PROGRAMMES = {
    "known-iclr-2023": "iclr-2023-poster-session-4.txt",
    "known-iclr-2020": "mini-conf-iclr-2020",
    "known-emnlp-2020": "emnlp-2020",
}
POSTERS = 200
AIM = 0.95
PHRASE_WORDS = 5
_WORD = re.compile(r"[^\W\d_]{4,}")


def quality_figures(data: Path) -> list[Figure]:
    """Success at 1 and at 10 and the mean reciprocal rank of each kind of query."""
    if not data.is_dir():
        return [Figure("known items", f"there is no {data.name} here", f"{AIM} at 10")]
    for slug, name in PROGRAMMES.items():
        upsert_programme(record=read_programme(open_source(data / name)), conference_slug=slug)
    rng = random.Random(SEED)
    posters = list(
        Poster.objects.filter(conference__slug__in=PROGRAMMES)
        .select_related("conference")
        .order_by("conference", "number")
    )
    drawn = rng.sample([poster for poster in posters if _can_be_remembered(poster)], k=POSTERS)
    return [_figure(what, ask, drawn, has_aim=has_aim) for what, ask, has_aim in QUERIES]


def _can_be_remembered(poster: Poster) -> bool:
    return len(_title_words(poster)) >= 3 and len(poster.abstract.split()) > 2 * PHRASE_WORDS


def _title_words(poster: Poster) -> list[str]:
    return list(dict.fromkeys(_WORD.findall(to_text(poster.title))))


def _three_title_words(poster: Poster, rng: random.Random) -> str:
    return " ".join(rng.sample(_title_words(poster), k=3))


def _family_name_and_title_word(poster: Poster, rng: random.Random) -> str:
    first = poster.authorships.select_related("author").order_by("position").first()
    family = first.author.name.split()[-1] if first else ""
    return f"{family} {rng.choice(_title_words(poster))}"


def _misspelt(word: str, rng: random.Random) -> str:
    """One slip of the finger: a letter too few, one twice, one for its neighbour, or two swapped."""
    place = rng.randrange(len(word) - 1)
    before, one, other, after = word[:place], word[place], word[place + 1], word[place + 2 :]
    slips = (
        before + other + after,
        before + one + one + other + after,
        before + rng.choice("etaoinsrhl") + other + after,
        before + other + one + after,
    )
    return rng.choice([slip for slip in slips if slip != word])


def _title_words_one_misspelt(poster: Poster, rng: random.Random) -> str:
    words = rng.sample(_title_words(poster), k=3)
    place = rng.randrange(3)
    return " ".join([*words[:place], _misspelt(words[place], rng), *words[place + 1 :]])


def _title_word_alone(poster: Poster, rng: random.Random) -> str:
    """The longest one: it says most. Where a dozen titles have it, nobody can know which was meant."""
    return max(_title_words(poster), key=len)


def _misspelt_title_word_alone(poster: Poster, rng: random.Random) -> str:
    return _misspelt(_title_word_alone(poster, rng), rng)


def _phrase_of_the_abstract(poster: Poster, rng: random.Random) -> str:
    words = to_text(poster.abstract).replace('"', " ").split()
    place = rng.randrange(len(words) - PHRASE_WORDS)
    return f'"{" ".join(words[place : place + PHRASE_WORDS])}"'


Ask = Callable[[Poster, random.Random], str]
QUERIES: list[tuple[str, Ask, bool]] = [
    ("three words of the title", _three_title_words, True),
    ("first author's family name and a title word", _family_name_and_title_word, True),
    ("three title words, one of them misspelt", _title_words_one_misspelt, True),
    ("the title's longest word and nothing else", _title_word_alone, False),
    ("that word misspelt and nothing else", _misspelt_title_word_alone, False),
    (f"{PHRASE_WORDS} words of the abstract in quotes", _phrase_of_the_abstract, False),
]


def _figure(what: str, ask: Ask, posters: list[Poster], *, has_aim: bool) -> Figure:
    rng = random.Random(f"{SEED} {what}")
    places = [_place(poster, ask(poster, rng)) for poster in posters]
    at_1 = sum(place == 1 for place in places) / len(places)
    at_10 = sum(place is not None and place <= 10 for place in places) / len(places)
    mrr = statistics.mean(1 / place if place else 0 for place in places)
    return Figure(
        f"known item: {what}",
        f"first {at_1:.3f}, in ten {at_10:.3f}, MRR {mrr:.3f}",
        f"{AIM} in ten" if has_aim else "",
        at_10 >= AIM if has_aim else None,
        {"at_1": at_1, "at_10": at_10, "mrr": mrr, "queries": len(places)},
    )


def _place(poster: Poster, text: str) -> int | None:
    """Where the poster stands in the answer, from 1; None if it is not there."""
    query = QueryDict(mutable=True)
    query["q"] = text
    filters = PosterFilter(query, conference=poster.conference)
    keys = filters.keys if filters.found_count else filters.meant_keys
    return keys.index(poster.pk) + 1 if poster.pk in keys else None
