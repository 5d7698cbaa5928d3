"""A made-up conference of any size, for load and scale tests: same seed, same programme."""

import datetime as dt
import random
import uuid
from collections.abc import Iterator, Sequence
from itertools import islice
from zoneinfo import ZoneInfo

from django.db import transaction

from posters.models import Attendee, Conference, Favourite, PosterTopic
from posters.programme import synthetic_words as words
from posters.programme.records import (
    AuthorRecord,
    BoardRecord,
    ConferenceRecord,
    LinkRecord,
    PosterRecord,
    PresentationRecord,
    ProgrammeRecord,
    SessionRecord,
)

ZONE = ZoneInfo("America/Vancouver")
FIRST_DAY = dt.date(2031, 6, 10)
DAYS = 4
HALLS = ("Hall East", "Hall West")
DECISIONS = ("Poster accept", "Top 25%", "Top 5%")
DECISION_WEIGHTS = (75, 20, 5)
VIRTUAL_SHARE = 0.08
LATEX_TITLE_SHARE = 0.06
FORMULA_SHARE = 0.25
HOMONYM_SHARE = 0.03
TEAM_SIZES = (1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 4, 5, 5, 5, 6, 6, 7, 8, 11)
"""Authors on a poster, in equal parts: 4.5 on average."""
ORALS_A_DAY = 10
FEWEST_WISHES, MOST_WISHES = 2, 60
FIRST_WISH = dt.datetime(2025, 1, 6, 9, tzinfo=dt.UTC)
"""Long past, so that a real wish made on a synthetic conference is always the later one."""
ATTENDEES_AT_ONCE = 500
"""Attendees whose wishes are written together: keeps memory flat however many there are."""


def synthetic_programme(*, posters: int, seed: int) -> ProgrammeRecord:
    """A conference of four days with `posters` posters in eight poster sessions and what surrounds them."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    boards = _boards(-(-posters // len(_poster_sessions())))
    return ProgrammeRecord(
        conference=ConferenceRecord(
            name=f"Synthetic Conference {FIRST_DAY.year}",
            year=FIRST_DAY.year,
            time_zone=ZONE.key,
            venue="Harbour Congress Centre, Port-Quentin",
            starts_on=FIRST_DAY,
            ends_on=FIRST_DAY + dt.timedelta(days=DAYS - 1),
            description="Made up for tests: no poster, person or place is real.",
        ),
        decisions=DECISIONS,
        boards=tuple(boards),
        sessions=(*_poster_sessions(), *_other_sessions()),
        posters=tuple(_posters(rng, posters, boards)),
    )


# The frame


def _at(day: int, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime.combine(FIRST_DAY + dt.timedelta(days=day), dt.time(hour, minute), ZONE)


def _poster_sessions() -> list[SessionRecord]:
    """Two on each day; in UTC, the second one's end is on the next day."""
    windows = [
        (_at(day, *clock), _at(day, clock[0] + 2, clock[1])) for day in range(DAYS) for clock in ((10, 0), (16, 30))
    ]
    return [
        SessionRecord(f"Poster Session {number}", f"poster-session-{number}", "poster", HALLS[0], starts_at, ends_at)
        for number, (starts_at, ends_at) in enumerate(windows, start=1)
    ]


def _other_sessions() -> Iterator[SessionRecord]:
    """Keynotes, orals and socials; some of them overlap a poster session."""
    for day in range(DAYS):
        number = day + 1
        hour = 11 if day % 2 else 9
        yield SessionRecord(
            f"Keynote {number}",
            f"keynote-{number}",
            "keynote",
            "Auditorium",
            _at(day, hour),
            _at(day, hour + 1),
        )
        yield SessionRecord(
            f"Oral Session {number}",
            f"oral-session-{number}",
            "oral",
            "Auditorium",
            _at(day, 14),
            _at(day, 15, 30),
        )
    yield SessionRecord("Welcome Reception", "welcome-reception", "social", "Foyer", _at(0, 18), _at(0, 21))
    yield SessionRecord("Conference Dinner", "conference-dinner", "social", "Old Harbour", _at(2, 18, 30), _at(2, 23))


def _boards(count: int) -> list[BoardRecord]:
    """Boards in two halls, in rows of twenty, walked up one row and down the next."""
    boards = []
    for hall, letter in zip(HALLS, "EW", strict=True):
        for position in range(1, -(-count // len(HALLS)) + 1):
            row, place = divmod(position - 1, 20)
            column = 19 - place if row % 2 else place
            boards.append(BoardRecord(hall, f"{letter}{position}", position, 2.0 + 1.5 * column, 3.0 + 4.0 * row))
    return boards


# Posters


def _posters(rng: random.Random, count: int, boards: Sequence[BoardRecord]) -> Iterator[PosterRecord]:
    people = _people(rng, 3 * count)
    sizes = [TEAM_SIZES[index % len(TEAM_SIZES)] for index in range(count)]
    sessions = [session.slug for session in _poster_sessions()]
    rng.shuffle(sizes)
    orals = 0
    for index in range(count):
        decision = rng.choices(DECISIONS, DECISION_WEIGHTS)[0]
        is_oral = decision == DECISIONS[-1] and orals < DAYS * ORALS_A_DAY
        presentations = [_presentation(rng, sessions[index % len(sessions)], boards[index // len(sessions)])]
        if is_oral:
            presentations.append(PresentationRecord(f"oral-session-{orals % DAYS + 1}"))
            orals += 1
        topics = rng.sample(tuple(words.TOPICS), k=rng.choice((1, 1, 2, 2, 3)))
        name = "".join(rng.choice(words.SYLLABLES) for _ in range(rng.randint(2, 4))).capitalize()
        number = index + 1
        yield PosterRecord(
            place=f"poster {number}",
            title=_title(rng, topics[0], name),
            authors=tuple(_authors(rng, people, sizes[index])),
            abstract=_abstract(rng, topics, name),
            decision=decision,
            source_id=f"synthetic-{number}",
            number=number,
            keywords=tuple(rng.sample([term for topic in topics for term in words.TOPICS[topic]], k=3)),
            topics=tuple(topics),
            links=tuple(_links(rng, number)),
            presentations=tuple(presentations),
        )


def _presentation(rng: random.Random, session: str, board: BoardRecord) -> PresentationRecord:
    if rng.random() < VIRTUAL_SHARE:
        return PresentationRecord(session, format="virtual")
    return PresentationRecord(session, room=board.room, board=board.label)


def _links(rng: random.Random, number: int) -> Iterator[LinkRecord]:
    yield LinkRecord("paper", f"https://papers.example.org/{number}.pdf")
    if rng.random() < 0.7:
        yield LinkRecord("video", f"https://video.example.org/watch/{number}")
    if rng.random() < 0.4:
        yield LinkRecord("code", f"https://code.example.org/synthetic/{number}")


# People


def _people(rng: random.Random, count: int) -> list[AuthorRecord]:
    """Persons with an id each. Names differ, but for a few who share another's."""
    people: list[AuthorRecord] = []
    taken: set[str] = set()
    for number in range(1, count + 1):
        name = rng.choice(people).name if people and rng.random() < HOMONYM_SHARE else _new_name(rng, taken)
        institution = rng.choice(words.INSTITUTIONS).format(town=rng.choice(words.TOWNS))
        people.append(AuthorRecord(name, institution, source_id=f"person-{number}"))
    return people


def _new_name(rng: random.Random, taken: set[str]) -> str:
    while True:
        family = rng.choice(words.FAMILY_STEMS) + rng.choice(words.FAMILY_ENDINGS)
        name = f"{rng.choice(words.GIVEN_NAMES)} {family}"
        if name not in taken:
            taken.add(name)
            return name


def _authors(rng: random.Random, people: Sequence[AuthorRecord], size: int) -> Iterator[AuthorRecord]:
    """Different persons: most are on one poster, few on dozens. The first one presents."""
    chosen: dict[int, AuthorRecord] = {}
    while len(chosen) < min(size, len(people)):
        index = int(len(people) * rng.random() ** 1.5)
        chosen[index] = people[index]
    for position, person in enumerate(chosen.values()):
        yield AuthorRecord(person.name, person.affiliation, person.source_id, is_presenter=position == 0)


# Text


def _title(rng: random.Random, topic: str, name: str) -> str:
    shapes = words.LATEX_TITLE_SHAPES if rng.random() < LATEX_TITLE_SHARE else words.TITLE_SHAPES
    return rng.choice(shapes).format(
        name=name,
        manner=rng.choice(words.MANNERS),
        deed=rng.choice(words.DEEDS),
        condition=rng.choice(words.CONDITIONS),
        formula=rng.choice(words.FORMULAS),
        Term=_title_case(rng.choice(words.TOPICS[topic])),
    )


def _title_case(term: str) -> str:
    return " ".join(word[:1].upper() + word[1:] for word in term.split())


def _abstract(rng: random.Random, topics: Sequence[str], name: str) -> str:
    """About 1,300 characters: an opening, some of the middle, perhaps a formula, an end."""
    terms = [term for topic in topics for term in words.TOPICS[topic]]
    middles = rng.sample(words.MIDDLES, k=rng.choice((6, 7, 8, 8, 9, 9)))
    if rng.random() < FORMULA_SHARE:
        middles.insert(rng.randrange(len(middles)), rng.choice(words.FORMULA_SENTENCES))
    return " ".join(
        _sentence(rng, shape, terms, name)
        for shape in (rng.choice(words.OPENINGS), *middles, rng.choice(words.CLOSINGS))
    )


def _sentence(rng: random.Random, shape: str, terms: Sequence[str], name: str) -> str:
    # Not str.format: formulas have braces of their own, and several numbers in a sentence differ.
    term, other = rng.sample(terms, k=2)
    filled = {
        "{term}": term,
        "{Term}": term[:1].upper() + term[1:],
        "{other}": other,
        "{name}": name,
        "{manner}": rng.choice(words.MANNERS).lower(),
        "{deed}": rng.choice(words.DEEDS).lower(),
        "{where}": rng.choice(words.PLACES),
    }
    for gap, text in filled.items():
        shape = shape.replace(gap, text)
    while "{number}" in shape:
        shape = shape.replace("{number}", str(rng.randint(2, 40)), 1)
    return shape


# Attendees


@transaction.atomic
def make_attendees(*, conference: Conference, count: int, seed: int) -> int:
    """Attendees without account, each with wishes after their own taste. Returns the number of wishes."""
    rng = random.Random(f"attendees {seed}")  # noqa: S311 - no secret
    tastes = _tastes(rng, conference)
    attendees = iter(
        [Attendee(pk=uuid.UUID(int=rng.getrandbits(128), version=4), created_at=FIRST_WISH) for _ in range(count)]
    )
    wish_count = 0
    while some := list(islice(attendees, ATTENDEES_AT_ONCE)):
        Attendee.objects.bulk_create(some)
        wishes = [wish for attendee in some for wish in _wishes(rng, attendee, tastes)]
        Favourite.objects.bulk_create(wishes, batch_size=5_000)
        wish_count += len(wishes)
    return wish_count


def _tastes(rng: random.Random, conference: Conference) -> list[list[int]]:
    """All posters, then each topic's, as keys with the most popular first."""
    keys = list(conference.posters.order_by("number").values_list("pk", flat=True))
    rng.shuffle(keys)
    popularity = {key: rank for rank, key in enumerate(keys)}
    by_topic: dict[str, list[int]] = {}
    links = PosterTopic.objects.filter(poster__conference=conference).order_by("topic__slug", "poster__number")
    for slug, key in links.values_list("topic__slug", "poster"):
        by_topic.setdefault(slug, []).append(key)
    return [keys, *(sorted(found, key=popularity.__getitem__) for found in by_topic.values())]


def _wishes(rng: random.Random, attendee: Attendee, tastes: Sequence[list[int]]) -> Iterator[Favourite]:
    """2 to 60 wishes, few rather than many, most from one or two topics, the popular ones more often."""
    everything, *by_topic = tastes
    mine = rng.sample(by_topic, k=min(2, len(by_topic)))
    wanted = FEWEST_WISHES + int((MOST_WISHES - FEWEST_WISHES + 1) * rng.random() ** 2)
    chosen: dict[int, None] = {}
    for _ in range(4 * wanted):
        pool = rng.choice(mine) if mine and rng.random() < 0.7 else everything
        chosen[pool[int(len(pool) * rng.random() ** 2)]] = None
        if len(chosen) == wanted:
            break
    for minute, poster in enumerate(chosen):
        yield Favourite(
            attendee=attendee,
            poster_id=poster,
            interest=Favourite.Interest.MUST_SEE if rng.random() < 0.2 else Favourite.Interest.INTERESTED,
            wished_at=attendee.created_at + dt.timedelta(minutes=minute),
        )
