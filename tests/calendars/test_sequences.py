"""Whatever an event says, when a change of the programme makes it say something else, clients are told (RFC 5545
§3.8.7.4): a higher SEQUENCE, a later LAST-MODIFIED, the same UID."""

import datetime as dt
import re

import pytest
import time_machine
from django.core.cache import cache
from django.db import transaction
from django.test import Client

from posters.models import Author, Authorship, Board, Conference, Link, Poster, Presentation, Room, Session, Visit
from posters.programme.people import merge_authors
from tests.calendars.conftest import attend, star, subscribe
from tests.conftest import at

pytestmark = pytest.mark.django_db

START = dt.datetime(2030, 5, 1, 9, tzinfo=dt.UTC)
PUBLIC = ("/example-2030/programme.ics", "/example-2030/programme.ics?layout=posters")


def add_author() -> None:
    Authorship.objects.create(poster=poster(1), author=Author.objects.get(name="Dana Šimić"), position=3)


def replace_author() -> None:
    Authorship.objects.filter(poster=poster(1), position=2).update(author=Author.objects.get(name="Dana Šimić"))


def reorder_authors() -> None:
    first, second = Authorship.objects.filter(poster=poster(1)).order_by("position")
    for authorship, position in ((first, 9), (second, 1), (first, 2)):
        authorship.position = position
        authorship.save()


def merge_two_authors() -> None:
    dana = Author.objects.get(name="Dana Šimić")
    merge_authors(kept=dana, others=[Authorship.objects.get(poster=poster(1), position=2).author])


def add_stream(**values: object) -> Link:
    return Link.objects.create(**{"poster": poster(2), "kind": "stream", "url": "https://live.example.org/2", **values})


def poster(number: int) -> Poster:
    return Poster.objects.get(number=number)


def session(slug: str) -> Session:
    return Session.objects.get(slug=slug)


CHANGES = {
    "an author added": add_author,
    "an author removed": lambda: Authorship.objects.filter(poster__number=1, position=2).delete(),
    "an author replaced": replace_author,
    "authors in another order": reorder_authors,
    "an author renamed": lambda: Author.objects.filter(name="Ada Müller").update(name="Ada Mueller"),
    "an author deleted": lambda: Author.objects.get(name="Chidi Okafor").delete(),
    "two authors merged": merge_two_authors,
    "a title": lambda: Poster.objects.filter(number=3).update(title="This Is an Answer"),
    "a title of what is wished for": lambda: Poster.objects.filter(number=6).update(title="Last Chance"),
    "a number": lambda: Poster.objects.filter(number=3).update(number=33),
    "a poster withdrawn": lambda: Poster.objects.filter(number=3).update(status="withdrawn"),
    "a board renamed": lambda: Board.objects.filter(label="A1").update(label="Z1"),
    "a board in another room": lambda: Board.objects.filter(label="A1").update(
        room=Room.objects.get(name="Auditorium")
    ),
    "a board deleted": lambda: Board.objects.get(label="A1").delete(),
    "another board": lambda: Presentation.objects.filter(poster__number=2).update(board=Board.objects.get(label="A9")),
    "another format": lambda: Presentation.objects.filter(poster__number=2).update(format="virtual"),
    "presenter's hours": lambda: Presentation.objects.filter(poster__number=2).update(
        presenter_starts_at=at(3, 10), presenter_ends_at=at(3, 11)
    ),
    "another session": lambda: Presentation.objects.filter(poster__number=6).update(
        session=session("keynote"), board=None
    ),
    "a presentation added": lambda: Presentation.objects.create(poster=poster(6), session=session("keynote")),
    "a room renamed": lambda: Room.objects.filter(name="Hall A").update(name="Great Hall"),
    "a room deleted": lambda: Room.objects.get(name="Auditorium").delete(),
    "a session's room": lambda: Session.objects.filter(slug="keynote").update(room=Room.objects.get(name="Hall A")),
    "a session's title": lambda: Session.objects.filter(slug="poster-session-1").update(title="Posters in the morning"),
    "a session's kind": lambda: Session.objects.filter(slug="keynote").update(kind="social"),
    "a session's description": lambda: Session.objects.filter(slug="keynote").update(description="By a guest."),
    "a session's address": lambda: Session.objects.filter(slug="keynote").update(slug="opening"),
    "a session's time": lambda: Session.objects.filter(slug="keynote").update(ends_at=at(3, 13)),
    "the conference's name": lambda: Conference.objects.update(name="Renamed", website_url="https://example.org/"),
    "the conference's site": lambda: Conference.objects.update(website_url="https://example.org/"),
    "the venue": lambda: Conference.objects.update(venue="Elsewhere"),
    "the venue's place": lambda: Conference.objects.update(latitude=-1.95, longitude=30.06),
    "the zone": lambda: Conference.objects.update(time_zone="Europe/Vienna"),
    "a stream added": add_stream,
    "a session's chat renamed": lambda: Link.objects.filter(kind="chat").update(label="Questions"),
    "a session's chat elsewhere": lambda: Link.objects.filter(kind="chat").update(session=session("keynote")),
    "a chat that is none": lambda: Link.objects.filter(kind="chat").update(kind="other"),
    "a chat deleted": lambda: Link.objects.filter(kind="chat").delete(),
}
TELLS_OF_CHANGES = re.compile(r"^(?:SEQUENCE|LAST-MODIFIED|DTSTAMP):.*\r\n", re.MULTILINE)


def read(path: str) -> dict[str, tuple[str, int, str]]:
    """What each event says but of its changes, its SEQUENCE, and its LAST-MODIFIED, by UID."""
    response = Client().get(path)
    assert response.status_code == 200
    events = re.findall(r"BEGIN:VEVENT\r\n.*?END:VEVENT\r\n", response.content.decode(), re.DOTALL)
    return {
        re.search(r"^UID:(.*)\r$", event, re.MULTILINE)[1]: (
            TELLS_OF_CHANGES.sub("", event),
            int(re.search(r"^SEQUENCE:(\d+)", event, re.MULTILINE)[1]),
            re.search(r"^LAST-MODIFIED:(.*)\r$", event, re.MULTILINE)[1],
        )
        for event in events
    }


def test_an_event_that_says_something_else_has_a_higher_sequence(client, conference):
    with time_machine.travel(START, tick=False) as clock:
        star(client, 1, 2, 3, 6)
        client.get("/example-2030/itinerary/")
        for visit in Visit.objects.filter(presentation__poster__number__in=(3, 6)):
            # Told as not planned, among the visits of a session and in a session without any.
            client.post(f"/example-2030/itinerary/visits/{visit.pk}/remove/", {"version": visit.version})
        attend(client, "keynote")
        attend(client, "oral-session")
        feeds = [subscribe(client, layout=layout, unplanned="1") for layout in ("sessions", "visits")]
        before = {path: read(path) for path in (*feeds, *PUBLIC)}
        clock.shift(dt.timedelta(minutes=10))
        told, silent = set(), []
        for name, change in CHANGES.items():
            savepoint = transaction.savepoint()
            change()
            cache.clear()
            for path, events in before.items():
                after = read(path)
                for uid in events.keys() & after.keys():
                    (said, sequence, changed_at), (says, raised, now) = events[uid], after[uid]
                    if says != said:
                        told.add(name)
                        if raised <= sequence or now <= changed_at:
                            silent.append((name, path, says))
            transaction.savepoint_rollback(savepoint)
    assert silent == []
    assert CHANGES.keys() - told == set()


def test_a_star_taken_off_what_was_not_planned_raises_the_sequence_of_its_session(client, conference):
    """It leaves no later time behind: the feed itself knows what it said."""
    with time_machine.travel(START, tick=False) as clock:
        star(client, 3, 2)
        client.get("/example-2030/itinerary/")
        visit = Visit.objects.get(presentation__poster__number=2)
        client.post(f"/example-2030/itinerary/visits/{visit.pk}/remove/", {"version": visit.version})
        feed = subscribe(client, unplanned="1")
        tellings = [read(feed)]
        for interest in ("none", "interested", "none"):
            clock.shift(dt.timedelta(minutes=10))
            star(client, 2, interest=interest)
            tellings.append(read(feed))
            cache.clear()
            assert read(feed) == tellings[-1]
    for (uid, before), (same, after) in zip(
        [telling.popitem() for telling in map(dict, tellings[:-1])],
        [telling.popitem() for telling in map(dict, tellings[1:])],
        strict=True,
    ):
        assert uid == same
        assert ("Not planned" in before[0]) != ("Not planned" in after[0])
        assert after[1] > before[1]
        assert after[2] > before[2]
