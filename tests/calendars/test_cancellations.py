"""What is withdrawn or removed arrives as cancelled, disappears later, and does not come back."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from posters.models import (
    Author,
    Authorship,
    Change,
    Conference,
    Poster,
    PosterTopic,
    Presentation,
    RemovedEvent,
    Session,
    Topic,
    Visit,
)
from posters.programme.revision import programme_change
from posters.programme.undo import carry_out_undo, plan_undo
from posters.programme.upsert import upsert_programme
from tests.calendars.conftest import attend, star, subscribe
from tests.calendars.parsers import Facts, events_of
from tests.conftest import EXAMPLE

pytestmark = pytest.mark.django_db

START = dt.datetime(2030, 5, 1, 9, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def clock():
    """Stands at the first of May and is moved by hand."""
    with time_machine.travel(START, tick=False) as traveller:
        yield traveller


def events(path: str) -> dict[str, Facts]:
    """By UID, as an application without a cookie gets them."""
    cache.clear()
    response = Client().get(path)
    assert response.status_code == 200
    return {event["uid"]: event for event in events_of(response.content)}


def statuses(path: str) -> dict[str, str]:
    return {event["summary"]: event["status"] for event in events(path).values()}


def withdraw(number: int) -> None:
    Poster.objects.filter(number=number).update(status=Poster.Status.WITHDRAWN)


def test_a_withdrawn_poster_updates_its_visit_in_place_and_leaves_later(client, clock, visits):
    before = events(visits)
    clock.shift(dt.timedelta(days=1))
    withdraw(2)
    after = events(visits)
    assert after.keys() == before.keys()
    (uid,) = [uid for uid, event in after.items() if event["status"] == "CANCELLED"]
    assert before[uid]["summary"] == "Walking Robots Learn to Rest"
    assert after[uid]["summary"] == "Cancelled: Walking Robots Learn to Rest"
    assert after[uid]["transparency"] == "TRANSPARENT"
    assert after[uid]["sequence"] == before[uid]["sequence"] + 1
    assert after[uid]["changed_at"] == START + dt.timedelta(days=1)
    clock.shift(dt.timedelta(days=29))
    assert uid in events(visits)
    clock.shift(dt.timedelta(days=2))
    assert events(visits).keys() == before.keys() - {uid}
    # A later change of its session does not bring it back.
    Session.objects.filter(slug="poster-session-1").update(title="Posters in the morning")
    assert events(visits).keys() == before.keys() - {uid}


def test_its_leaving_is_a_change_of_the_feed(client, clock, visits):
    events(visits)
    withdraw(2)
    tag = Client().get(visits)["ETag"]
    clock.shift(dt.timedelta(days=29))
    assert Client().get(visits, headers={"if-none-match": tag}).status_code == 304
    clock.shift(dt.timedelta(days=2))
    assert Client().get(visits, headers={"if-none-match": tag}).status_code == 200


def test_a_poster_published_again_stands_again_under_its_uid(client, clock, visits):
    before = events(visits)
    clock.shift(dt.timedelta(hours=1))
    withdraw(2)
    cancelled = events(visits)
    clock.shift(dt.timedelta(hours=1))
    Poster.objects.filter(number=2).update(status=Poster.Status.PUBLISHED)
    after = events(visits)
    assert after.keys() == before.keys()
    assert {event["status"] for event in after.values()} == {"CONFIRMED"}
    assert all(after[uid]["sequence"] >= cancelled[uid]["sequence"] for uid in after)


def test_in_its_session_a_withdrawn_poster_is_told_as_withdrawn(client, clock, conference):
    star(client, 2, 3)
    feed = subscribe(client)
    events(feed)
    withdraw(2)
    (event,) = events(feed).values()
    assert event["status"] == "CONFIRMED"
    assert event["description"].split("\n")[1] == "Withdrawn: Walking Robots Learn to Rest"
    clock.shift(dt.timedelta(days=31))
    (event,) = events(feed).values()
    assert "Walking" not in event["description"]


def test_a_session_of_which_all_is_withdrawn_arrives_as_cancelled_and_leaves(client, clock, conference):
    star(client, 6)
    feed = subscribe(client)
    before = events(feed)
    withdraw(6)
    ((uid, event),) = events(feed).items()
    assert (uid, event["summary"], event["status"]) == (*before, "Cancelled: Poster Session 2", "CANCELLED")
    clock.shift(dt.timedelta(days=31))
    assert events(feed) == {}


def test_a_session_without_a_time_any_more_is_cancelled_and_named(client, clock, conference):
    star(client, 6)
    feed = subscribe(client)
    events(feed)
    attend(client, "keynote")
    Session.objects.filter(slug="keynote").update(starts_at=None, ends_at=None)
    Session.objects.filter(slug="poster-session-2").update(starts_at=None, ends_at=None)
    assert statuses(feed) == {"Cancelled: Poster Session 2": "CANCELLED"}
    assert "Time to be announced: Opening Keynote." in Client().get(feed).content.decode().replace("\r\n ", "")


def test_what_no_feed_has_shown_is_not_taken_back(client, visits):
    star(client, 2, interest="none")
    assert statuses(visits) == {"Is This a Question?": "CONFIRMED", "Second Day, Second Chance": "CONFIRMED"}


def present(client: Client, on: str) -> None:
    assert client.post("/example-2030/itinerary/posters/6/duty/", {"on": on}).status_code == 302


def move_poster_6(slug: str) -> None:
    Presentation.objects.filter(poster__number=6).update(session=Session.objects.get(slug=slug), board=None)


SECOND_SESSION, SECOND_DAY = {"Not planned: Poster Session 2"}, {"Not planned: Second Day, Second Chance"}
KEYNOTE = {"Not planned: Opening Keynote"}
FALLS = {
    "a star taken off": (
        lambda client: star(client, 6),
        lambda client: star(client, 6, interest="none"),
        {"sessions": SECOND_SESSION, "visits": SECOND_DAY},
    ),
    "its only poster moved elsewhere": (
        lambda client: (star(client, 6), move_poster_6("poster-session-2")),
        lambda client: move_poster_6("oral-session"),
        {"sessions": SECOND_SESSION, "visits": set()},
    ),
    "a session planned no longer": (
        lambda client: attend(client, "keynote"),
        lambda client: attend(client, "keynote", "no"),
        {"sessions": KEYNOTE, "visits": KEYNOTE},
    ),
    "a poster presented no longer": (
        lambda client: present(client, "yes"),
        lambda client: present(client, "no"),
        {"sessions": SECOND_SESSION, "visits": SECOND_SESSION},
    ),
    "a favourite that is not planned": (
        lambda client: star(client, 7, 4) or remove_visit(client, 4),
        lambda client: star(client, 4, interest="none"),
        {"sessions": SECOND_SESSION, "visits": {"Not planned: Untitled poster 4"}},
    ),
}


def remove_visit(client: Client, number: int) -> None:
    client.get("/example-2030/itinerary/")
    for visit in Visit.objects.filter(presentation__poster__number=number):
        client.post(f"/example-2030/itinerary/visits/{visit.pk}/remove/", {"version": visit.version})


@pytest.mark.parametrize(("plan", "fall", "told"), FALLS.values(), ids=FALLS)
def test_what_falls_out_of_a_plan_arrives_as_cancelled_leaves_later_and_may_come_back(
    client, clock, conference, plan, fall, told
):
    star(client, 3)
    plan(client)
    feeds = {layout: subscribe(client, layout=layout, unplanned="1") for layout in told}
    before = {layout: events(feed) for layout, feed in feeds.items()}
    cancelled = {}
    for _ in range(2):
        clock.shift(dt.timedelta(hours=1))
        fall(client)
        clock.shift(dt.timedelta(hours=1))
        for layout, feed in feeds.items():
            after = events(feed)
            gone = {uid: event for uid, event in after.items() if event["status"] == "CANCELLED"}
            assert {event["summary"] for event in gone.values()} >= told[layout]
            assert before[layout].keys() <= after.keys()
            assert all(event["transparency"] == "TRANSPARENT" for event in gone.values())
            assert all(
                event["sequence"] > before[layout][uid]["sequence"]
                for uid, event in gone.items()
                if uid in before[layout]
            )
            cancelled[layout] = gone
        clock.shift(dt.timedelta(hours=1))
        plan(client)
        for layout, feed in feeds.items():
            after = events(feed)
            for uid in cancelled[layout].keys() & before[layout].keys():
                assert after[uid]["status"] == before[layout][uid]["status"]
                assert after[uid]["sequence"] > cancelled[layout][uid]["sequence"]
                assert after[uid]["changed_at"] >= cancelled[layout][uid]["changed_at"]
    fall(client)
    for days, is_there in ((0, True), (29, True), (2, False)):
        clock.shift(dt.timedelta(days=days))
        for layout, feed in feeds.items():
            after = {event["summary"] for event in events(feed).values()}
            assert told[layout] <= after if is_there else told[layout].isdisjoint(after)


def test_a_draft_keeps_its_title_to_itself(client, clock, visits):
    events(visits)
    Poster.objects.filter(number=2).update(status=Poster.Status.DRAFT, title="Not for you yet")
    assert "Not for you" not in Client().get(visits).content.decode()
    assert statuses(visits)["Cancelled: Untitled poster 2"] == "CANCELLED"


REMOVALS = {
    "the presentation": lambda: Presentation.objects.get(poster__number=6).delete(),
    "presentations at once": lambda: Presentation.objects.filter(poster__number=6).delete(),
    "the poster": lambda: Poster.objects.get(number=6).delete(),
    "posters at once": lambda: Poster.objects.filter(number=6).delete(),
    "the session": lambda: Session.objects.get(slug="poster-session-2").delete(),
}


@pytest.mark.parametrize("remove", REMOVALS.values(), ids=REMOVALS)
def test_what_organisers_delete_arrives_as_cancelled_and_leaves(client, clock, conference, remove):
    star(client, 3, 6)
    feeds = {layout: subscribe(client, layout=layout) for layout in ("sessions", "visits")}
    before = {layout: events(feed) for layout, feed in feeds.items()}
    clock.shift(dt.timedelta(minutes=1))
    remove()
    for layout, title in (("sessions", "Poster Session 2"), ("visits", "Second Day, Second Chance")):
        after = events(feeds[layout])
        assert after.keys() == before[layout].keys()
        ((uid, event),) = [item for item in after.items() if item[1]["status"] == "CANCELLED"]
        assert event["summary"] == f"Cancelled: {title}"
        assert event["sequence"] > before[layout][uid]["sequence"]
    clock.shift(dt.timedelta(days=31))
    assert [len(events(feed)) for feed in feeds.values()] == [1, 1]


def test_a_planned_session_that_is_deleted_is_cancelled_in_both_layouts(client, clock, conference):
    attend(client, "keynote")
    feeds = [subscribe(client, layout=layout) for layout in ("sessions", "visits")]
    before = [events(feed).keys() for feed in feeds]
    Session.objects.get(slug="keynote").delete()
    assert [events(feed).keys() for feed in feeds] == before
    assert [statuses(feed) for feed in feeds] == [{"Cancelled: Opening Keynote": "CANCELLED"}] * 2


def test_a_deleted_attendee_or_conference_leaves_nothing(client, conference, visits):
    events(visits)
    Conference.objects.all().delete()
    assert RemovedEvent.objects.count() == 0


PUBLIC = {
    "poster": "/example-2030/posters/2.ics",
    "author": "/example-2030/authors/chidi-okafor.ics",
    "topic": "/example-2030/topics/robots.ics",
    "programme": "/example-2030/programme.ics?layout=posters",
}


@pytest.mark.parametrize("path", PUBLIC.values(), ids=PUBLIC)
def test_withdrawn_posters_leave_public_calendars_later_and_stay_away(clock, conference, path):
    before = events(path)
    clock.shift(dt.timedelta(days=1))
    withdraw(2)
    after = events(path)
    assert after.keys() == before.keys()
    (uid,) = [uid for uid in after if after[uid]["summary"] == "Withdrawn: Walking Robots Learn to Rest"]
    assert after[uid]["status"] == "CANCELLED"
    assert after[uid]["sequence"] == before[uid]["sequence"] + 1
    clock.shift(dt.timedelta(days=31))
    assert uid not in events(path)
    Session.objects.filter(slug="poster-session-1").update(title="Posters in the morning")
    assert uid not in events(path)


@pytest.mark.parametrize("path", PUBLIC.values(), ids=PUBLIC)
def test_presentations_deleted_are_cancelled_in_public_calendars(clock, conference, path):
    before = events(path)
    Presentation.objects.get(poster__number=2).delete()
    after = events(path)
    assert after.keys() == before.keys()
    (uid,) = [uid for uid in after if after[uid]["summary"] == "Cancelled: Walking Robots Learn to Rest"]
    assert after[uid]["status"] == "CANCELLED"
    clock.shift(dt.timedelta(days=31))
    if path == PUBLIC["poster"]:  # It has no time any more, and so no calendar.
        assert Client().get(path).status_code == 404
    else:
        assert uid not in events(path)


def make_draft() -> None:
    Poster.objects.filter(number=2).update(status=Poster.Status.DRAFT, title="Not for you yet")


def take_from_author() -> None:
    Authorship.objects.filter(poster__number=2, author__slug="chidi-okafor").delete()


def take_from_topic() -> None:
    PosterTopic.objects.filter(poster__number=2).delete()


def give_to_another_author() -> None:
    dana = Author.objects.get(name="Dana Šimić")
    Authorship.objects.filter(poster__number=2, author__slug="chidi-okafor").update(author=dana)


def give_to_another_topic() -> None:
    other, _ = Topic.objects.get_or_create(conference=Conference.objects.get(), name="Rest", slug="rest")
    PosterTopic.objects.filter(poster__number=2, topic__slug="robots").update(topic=other)


def take_its_sessions_time() -> None:
    Session.objects.filter(slug="poster-session-1").update(starts_at=None, ends_at=None)


def move_to_a_session_without_time() -> None:
    edition = Conference.objects.get()
    later, _ = Session.objects.get_or_create(conference=edition, slug="later", title="Later", kind="poster")
    Presentation.objects.filter(poster__number=2).update(session=later, board=None)


LEFT = {
    "a draft": (make_draft, {*PUBLIC}),
    "its session without a time": (take_its_sessions_time, {*PUBLIC}),
    "in a session without a time": (move_to_a_session_without_time, {*PUBLIC}),
    "not by this author": (take_from_author, {"author"}),
    "by another author instead": (give_to_another_author, {"author"}),
    "not of this topic": (take_from_topic, {"topic"}),
    "of another topic instead": (give_to_another_topic, {"topic"}),
    "deleted": (lambda: Poster.objects.get(number=2).delete(), {"author", "topic", "programme"}),
}


@pytest.mark.parametrize(("leave", "lost"), LEFT.values(), ids=LEFT)
def test_what_leaves_public_calendars_is_cancelled_there_and_nowhere_else(clock, conference, leave, lost):
    uid = str(Presentation.objects.get(poster__number=2).uid)
    before = {name: events(path) for name, path in PUBLIC.items()}
    clock.shift(dt.timedelta(days=1))
    leave()
    for name in lost:
        after = events(PUBLIC[name])
        assert after.keys() == before[name].keys()
        title = "Untitled poster 2" if leave is make_draft else "Walking Robots Learn to Rest"
        assert after[uid]["summary"] == f"Cancelled: {title}"
        assert after[uid]["status"] == "CANCELLED"
        assert after[uid]["sequence"] == before[name][uid]["sequence"] + 1
        assert after[uid]["changed_at"] == START + dt.timedelta(days=1)
        assert b"Not for you" not in Client().get(PUBLIC[name]).content
    stays = PUBLIC.keys() - lost - ({"poster"} if leave is LEFT["deleted"][0] else set())
    assert all(events(PUBLIC[name])[uid]["status"] == "CONFIRMED" for name in stays)
    clock.shift(dt.timedelta(days=31))
    for name in lost:
        cache.clear()
        response = Client().get(PUBLIC[name])
        assert response.status_code == 404 or uid not in events(PUBLIC[name])


def come_back(leave: Callable[[], None]) -> None:
    before = Session.objects.get(slug="poster-session-1")
    poster = Poster.objects.get(number=2)
    topics, authors = list(poster.poster_topics.all()), list(poster.authorships.all())
    leave()
    Session.objects.filter(slug="poster-session-1").update(starts_at=before.starts_at, ends_at=before.ends_at)
    Poster.objects.filter(number=2).update(status=poster.status, title=poster.title)
    Presentation.objects.filter(poster__number=2).update(session=before)
    for rows in (topics, authors):
        for row in rows:
            row.save(force_insert=not type(row).objects.filter(pk=row.pk).exists())


@pytest.mark.parametrize("leave", [leave for leave, _ in LEFT.values()][:-1], ids=[*LEFT][:-1])
def test_what_comes_back_to_public_calendars_stands_again_later_than_its_cancellation(clock, conference, leave):
    uid = str(Presentation.objects.get(poster__number=2).uid)
    before = {name: events(path) for name, path in PUBLIC.items()}
    for _ in range(2):
        come_back(leave)
        clock.shift(dt.timedelta(days=1))
    for name, path in PUBLIC.items():
        after = events(path)
        assert after.keys() == before[name].keys()
        assert after[uid]["status"] == "CONFIRMED"
        assert after[uid]["sequence"] >= before[name][uid]["sequence"] + 2
    cache.clear()
    with CaptureQueriesContext(connection) as asked:
        Client().get(PUBLIC["author"])
    assert len(asked) <= 10


def test_a_session_without_a_time_any_more_is_cancelled_in_public_calendars(clock, conference):
    paths = ("/example-2030/sessions/keynote.ics", "/example-2030/programme.ics")
    before = [events(path) for path in paths]
    keynote = Session.objects.filter(slug="keynote")
    uid, starts_at, ends_at = keynote.values_list("uid", "starts_at", "ends_at").get()
    for _ in range(2):
        clock.shift(dt.timedelta(days=1))
        keynote.update(starts_at=None, ends_at=None)
        for path, known in zip(paths, before, strict=True):
            after = events(path)
            assert after.keys() == known.keys()
            assert after[str(uid)]["summary"] == "Cancelled: Opening Keynote"
            assert after[str(uid)]["status"] == "CANCELLED"
            assert after[str(uid)]["sequence"] > known[str(uid)]["sequence"]
        keynote.update(starts_at=starts_at, ends_at=ends_at)
        assert [events(path)[str(uid)]["status"] for path in paths] == ["CONFIRMED"] * 2
    keynote.update(starts_at=None, ends_at=None)
    clock.shift(dt.timedelta(days=31))
    cache.clear()
    assert Client().get(paths[0]).status_code == 404
    assert str(uid) not in events(paths[1])


def test_a_deletion_that_is_undone_leaves_one_event(clock, conference):
    before = events(PUBLIC["poster"])
    with programme_change(source=Change.Source.ADMIN):
        Presentation.objects.get(poster__number=2).delete()
    conference.refresh_from_db()
    carry_out_undo(plan=plan_undo(conference=conference, revision=conference.revision), actor=None)
    after = events(PUBLIC["poster"])
    assert {uid: event["status"] for uid, event in after.items()} == dict.fromkeys(before, "CONFIRMED")
    assert all(after[uid]["sequence"] > before[uid]["sequence"] + 1 for uid in before)


def test_deleted_posters_are_cancelled_in_the_whole_programme(clock, conference):
    before = events(PUBLIC["programme"])
    Poster.objects.get(number=1).delete()
    after = events(PUBLIC["programme"])
    assert after.keys() == before.keys()
    title = "Cancelled: Schrödinger Bridges & Their ℓ_∞ Norms"
    assert [event["summary"] for event in after.values() if event["status"] == "CANCELLED"].count(title) == 2


def test_deleted_sessions_are_cancelled_in_the_programme(clock, conference):
    path = "/example-2030/programme.ics"
    before = events(path)
    Session.objects.get(slug="keynote").delete()
    after = events(path)
    assert after.keys() == before.keys()
    assert statuses(path)["Cancelled: Opening Keynote"] == "CANCELLED"
    clock.shift(dt.timedelta(days=31))
    assert len(events(path)) == len(before) - 1


def draft(number: int) -> None:
    Poster.objects.filter(number=number).update(status=Poster.Status.DRAFT)


def is_told(path: str, text: str) -> bool:
    cache.clear()
    return text in Client().get(path).content.decode().replace("\r\n ", "")


TOPICS, AUTHORS = "/example-2030/topics/robots.ics", "/example-2030/authors/chidi-okafor.ics"


@pytest.mark.parametrize(
    "leave",
    [
        lambda: Presentation.objects.filter(poster__number=2).delete(),
        take_its_sessions_time,
        move_to_a_session_without_time,
        take_from_author,
        take_from_topic,
    ],
)
@pytest.mark.parametrize("delete", [False, True])
def test_the_title_of_what_left_is_a_drafts_own_too(client, clock, visits, leave, delete):
    events(visits)
    before = events(TOPICS) | events(AUTHORS)
    leave()
    assert any(is_told(path, "Walking Robots") for path in PUBLIC.values())
    draft(2)
    assert [path for path in (*PUBLIC.values(), visits) if is_told(path, "Walking")] == []
    if delete:
        Poster.objects.get(number=2).delete()
    assert [path for path in PUBLIC.values() if is_told(path, "Walking")] == []
    (uid,) = {uid for uid, event in before.items() if event["summary"] == "Walking Robots Learn to Rest"}
    told = [events(path)[uid]["summary"] for path in (TOPICS, AUTHORS, PUBLIC["programme"])]
    assert told == ["Cancelled: Untitled poster 2"] * 3


def test_what_left_is_told_by_its_title_when_the_poster_is_no_draft_any_more(clock, conference):
    Presentation.objects.filter(poster__number=1, session__slug="oral-session").delete()
    title = "Cancelled: Schrödinger Bridges & Their ℓ_∞ Norms"
    assert title in statuses(PUBLIC["programme"])
    draft(1)
    assert title not in statuses(PUBLIC["programme"])
    Poster.objects.filter(number=1).update(status=Poster.Status.PUBLISHED)
    assert title in statuses(PUBLIC["programme"])


def move_session(slug: str, **by: float) -> None:
    session = Session.objects.get(slug=slug)
    delta = dt.timedelta(**by)
    Session.objects.filter(slug=slug).update(starts_at=session.starts_at + delta, ends_at=session.ends_at + delta)


def test_of_two_leavings_the_later_is_told_though_it_had_moved_earlier(clock, conference):
    """So that no SEQUENCE is below one that was shown."""
    paths = (*PUBLIC.values(), "/example-2030/sessions/poster-session-1.ics", "/example-2030/programme.ics")
    last: dict[tuple[str, str], int] = {}
    slug = Session.objects.filter(slug="poster-session-1")
    for hours in (0, -2):
        move_session("poster-session-1", hours=hours)
        times = slug.values("starts_at", "ends_at").get()
        for times_now in (times, {"starts_at": None, "ends_at": None}):
            clock.shift(dt.timedelta(hours=1))
            slug.update(**times_now)
            for path in paths:
                for uid, event in events(path).items():
                    assert event["sequence"] >= last.get((path, uid), 0)
                    last[path, uid] = event["sequence"]
        slug.update(**times)


def test_the_author_of_drafts_alone_has_no_calendar(clock, conference):
    Presentation.objects.filter(poster__number=2).update(format="virtual")
    take_its_sessions_time()
    draft(2)
    zed = Author.objects.create(conference=conference, name="Zed Secret", slug="zed-secret")
    Authorship.objects.create(poster=Poster.objects.get(number=2), author=zed, position=3)
    assert Client().get("/example-2030/authors/zed-secret.ics").status_code == 404
    # Nor does the calendar of one who can be seen tell that the draft is theirs, too.
    fatou = Author.objects.get(name="Fatou Ndiaye")
    Authorship.objects.create(poster=Poster.objects.get(number=2), author=fatou, position=4)
    assert events(f"/example-2030/authors/{fatou.slug}.ics") == {}
    assert statuses(AUTHORS)["Cancelled: Untitled poster 2"] == "CANCELLED"


@pytest.mark.parametrize("status", [Poster.Status.PUBLISHED, Poster.Status.WITHDRAWN])
@pytest.mark.parametrize("path", PUBLIC.values(), ids=PUBLIC)
def test_a_withdrawn_poster_that_becomes_a_draft_is_cancelled_still(clock, conference, path, status):
    Poster.objects.filter(number=2).update(status=status)
    before = events(path)
    draft(2)
    after = events(path)
    assert after.keys() == before.keys()
    assert {uid for uid in before if after[uid]["summary"] == "Cancelled: Untitled poster 2"} != set()


def test_authors_in_another_order_have_left_nothing(clock, conference):
    first, *rest = EXAMPLE.posters
    swapped = replace(first, authors=tuple(reversed(first.authors)))
    upsert_programme(record=replace(EXAMPLE, posters=(swapped, *rest)), conference_slug="example-2030")
    names = Poster.objects.get(number=1).authorships.order_by("position").values_list("author__name", flat=True)
    assert [*names] == ["Bo Li", "Ada Müller"]
    assert RemovedEvent.objects.count() == 0


def test_an_import_with_another_author_tells_the_one_who_lost_the_poster(clock, conference):
    before = events(AUTHORS)
    first, second, *rest = EXAMPLE.posters
    alone = replace(second, authors=second.authors[:1])
    upsert_programme(record=replace(EXAMPLE, posters=(first, alone, *rest)), conference_slug="example-2030")
    after = events(AUTHORS)
    assert after.keys() == before.keys()
    (uid,) = [uid for uid in after if after[uid]["status"] == "CANCELLED"]
    assert after[uid]["sequence"] > before[uid]["sequence"]
    assert RemovedEvent.objects.count() == 1


def test_what_is_shown_no_longer_is_forgotten_when_more_leaves(client, clock, visits):
    events(visits)
    Presentation.objects.filter(poster__number=2).delete()
    assert RemovedEvent.objects.filter(itinerary=None).count() == 1
    kept = RemovedEvent.objects.exclude(itinerary=None).count()
    clock.shift(dt.timedelta(days=31))
    Presentation.objects.filter(poster__number=3).delete()
    assert RemovedEvent.objects.filter(itinerary=None).count() == 1
    assert RemovedEvent.objects.exclude(itinerary=None).count() > kept


def test_what_was_deleted_before_an_edition_was_published_is_not_told(clock, conference):
    Conference.objects.update(is_published=False)
    Presentation.objects.filter(poster__number=2).delete()
    Session.objects.get(slug="keynote").delete()
    Poster.objects.get(number=6).delete()
    Conference.objects.update(is_published=True)
    paths = (*PUBLIC.values(), "/example-2030/programme.ics")
    assert not any(is_told(path, "Cancelled") for path in paths)


@pytest.fixture
def broad(conference):
    """The paths of a topic above Robots and of one above that. Under Robots is Rest, and poster 2 under Rest alone."""
    widest = Topic.objects.create(conference=conference, name="Widest", slug="widest")
    broad = Topic.objects.create(conference=conference, name="Broad", slug="broad", parent=widest)
    robots = Topic.objects.get(slug="robots")
    robots.parent = broad
    robots.save()
    rest = Topic.objects.create(conference=conference, name="Rest", slug="rest", parent=robots)
    PosterTopic.objects.filter(poster__number=2).update(topic=rest)
    RemovedEvent.objects.all().delete()
    return ("/example-2030/topics/broad.ics", "/example-2030/topics/widest.ics")


def stay_under_broad() -> None:
    PosterTopic.objects.create(poster=Poster.objects.get(number=2), topic=Topic.objects.get(slug="broad"))
    Topic.objects.filter(slug="robots").update(parent=None)


TREES = {
    "on its own": (lambda: Topic.objects.filter(slug="robots").update(parent=None), {2, 6}),
    "deleted": (lambda: Topic.objects.get(slug="robots").delete(), {2, 6}),
    "deleted at once": (lambda: Topic.objects.filter(slug="robots").delete(), {2, 6}),
    "the narrowest deleted": (lambda: Topic.objects.get(slug="rest").delete(), {2}),
    "there by another": (stay_under_broad, {6}),
}


@pytest.mark.parametrize(("leave", "numbers"), TREES.values(), ids=TREES)
def test_what_a_topic_takes_with_it_is_cancelled_in_the_broader_ones(clock, broad, leave, numbers):
    uids = {str(uid) for uid in Presentation.objects.filter(poster__number__in=numbers).values_list("uid", flat=True)}
    before = {path: events(path) for path in broad}
    everywhere = events(PUBLIC["programme"])
    assert all(len(known) == 2 for known in before.values())
    clock.shift(dt.timedelta(days=1))
    leave()
    for path in broad:
        after = events(path)
        assert after.keys() == before[path].keys()
        assert {uid for uid in after if after[uid]["status"] == "CANCELLED"} == uids
        for uid in uids:
            assert after[uid]["sequence"] > before[path][uid]["sequence"]
            assert events(PUBLIC["programme"])[uid]["sequence"] > everywhere[uid]["sequence"]
    assert {event["status"] for event in events(PUBLIC["poster"]).values()} == {"CONFIRMED"}
