"""What the database itself refuses, whoever writes."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from posters.models import (
    Announcement,
    Attendance,
    Attendee,
    Author,
    Authorship,
    Board,
    Conference,
    Decision,
    Favourite,
    Itinerary,
    Link,
    Poster,
    PosterTopic,
    Presentation,
    Room,
    Session,
    Topic,
    Visit,
)

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2030, 6, 3, 12, tzinfo=dt.UTC)
LATER = NOON + dt.timedelta(hours=1)


def twice(model, **columns):
    """The same row a second time."""
    first = model.objects.first()
    return model(**{name: getattr(first, name) for name in columns.pop("same", "").split()}, **columns)


BROKEN = {
    "conference slug": lambda: Conference(name="Other", slug="example-2030", year=2030),
    "conference days": lambda: Conference(
        name="Other", slug="o", year=2030, starts_on=dt.date(2030, 1, 2), ends_on=dt.date(2030, 1, 1)
    ),
    "room name": lambda: twice(Room, same="conference name"),
    "board label": lambda: twice(Board, same="room label"),
    "session slug": lambda: twice(Session, same="conference slug", title="Other"),
    "session ends before it starts": lambda: twice(Session, same="conference", slug="o", starts_at=LATER, ends_at=NOON),
    "session takes no time": lambda: twice(Session, same="conference", slug="o", starts_at=NOON, ends_at=NOON),
    "session without an end": lambda: twice(Session, same="conference", slug="o", starts_at=NOON),
    "topic slug": lambda: twice(Topic, same="conference slug", name="Other"),
    "decision slug": lambda: twice(Decision, same="conference slug", name="Other"),
    "author slug": lambda: twice(Author, same="conference slug", name="Other"),
    "author's person": lambda: Author(
        conference=Conference.objects.get(),
        name="Other",
        slug="o",
        source_id=Author.objects.exclude(source_id="")[0].source_id,
    ),
    "poster number": lambda: twice(Poster, same="conference number"),
    "topic of a poster": lambda: twice(PosterTopic, same="poster topic"),
    "author position": lambda: Authorship(
        poster=Poster.objects.get(number=1), author=Author.objects.get(name="Chidi Okafor"), position=1
    ),
    "author of a poster": lambda: twice(Authorship, same="poster author", position=99),
    "poster in a session": lambda: twice(Presentation, same="poster session"),
    "board in a session": lambda: Presentation(
        poster=Poster.objects.get(number=7),
        session=Session.objects.get(slug="poster-session-1"),
        board=Board.objects.get(label="A1"),
    ),
    "presenter ends before starting": lambda: Presentation(
        poster=Poster.objects.get(number=7),
        session=Session.objects.get(slug="poster-session-1"),
        presenter_starts_at=LATER,
        presenter_ends_at=NOON,
    ),
    "announcement ends before it starts": lambda: Announcement(
        conference=Conference.objects.get(), text="Now", shown_from=LATER, shown_until=NOON
    ),
    "link of nothing": lambda: Link(conference=Conference.objects.get(), kind="paper", url="https://example.org/"),
    "link twice": lambda: twice(Link, same="conference poster session kind url"),
    "favourite": lambda: twice(Favourite, same="attendee poster"),
    "itinerary": lambda: twice(Itinerary, same="attendee conference"),
    "attendance": lambda: twice(Attendance, same="itinerary session"),
    "visit": lambda: twice(Visit, same="itinerary presentation starts_at ends_at"),
    "visit ends before it starts": lambda: Visit(
        itinerary=Itinerary.objects.get(), presentation=Presentation.objects.last(), starts_at=LATER, ends_at=NOON
    ),
}


@pytest.fixture
def everything(conference) -> None:
    attendee = Attendee.objects.create()
    Favourite.objects.create(attendee=attendee, poster=conference.posters.first())
    itinerary = Itinerary.objects.create(attendee=attendee, conference=conference)
    Attendance.objects.create(itinerary=itinerary, session=conference.sessions.first())
    Visit.objects.create(itinerary=itinerary, presentation=Presentation.objects.first(), starts_at=NOON, ends_at=LATER)


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN.keys())
def test_the_database_refuses(everything, broken):
    row = broken()
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save()


@pytest.mark.parametrize(
    "name", ["board label", "session ends before it starts", "topic slug", "author slug", "author's person"]
)
def test_the_database_refuses_what_comes_by_the_thousand(everything, name):
    row = BROKEN[name]()
    with pytest.raises(IntegrityError), transaction.atomic():
        type(row).objects.add_all([row])


def test_rows_that_come_by_the_thousand_get_keys_that_no_row_had(everything):
    room = Room.objects.first()
    gone = Board.objects.create(room=room, label="last")
    gone_key = gone.pk
    gone.delete()
    boards = [Board(room=room, label=f"new {number}", position=number) for number in range(3)]
    Board.objects.add_all(boards)
    after = Board.objects.create(room=room, label="after")
    assert len({gone_key, after.pk, *(board.pk for board in boards)}) == 5
    stored = Board.objects.filter(label__startswith="new").order_by("position")
    assert [(board.pk, board.label, board.position) for board in stored] == [
        (board.pk, board.label, board.position) for board in boards
    ]
    boards[0].label = "other"
    boards[0].save()
    assert Board.objects.get(pk=boards[0].pk).label == "other"


def test_everything_says_what_it_is(everything):
    said = {str(model.objects.first()) for model in (Conference, Room, Board, Session, Topic, Decision, Author, Poster)}
    assert "Example Conference 2030" in said
    for model in (Authorship, PosterTopic, Presentation, Link, Favourite, Itinerary, Attendance, Visit):
        assert "object (" not in str(model.objects.first())
