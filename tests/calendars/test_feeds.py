"""Subscriptions: their secret address, what unchanged ones cost, and what they know of their clients."""

import datetime as dt
import gzip
import re

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from posters.calendars.clients import client_family
from posters.calendars.feeds import MOST_FEEDS, delivered_revision
from posters.models import Author, CalendarFeed, Conference, Itinerary, Link, Poster, Session
from tests.calendars.conftest import DIALOGUE, attend, star, subscribe, undelivered
from tests.calendars.parsers import events_of
from tests.conftest import sign_in

pytestmark = pytest.mark.django_db

GOOGLE = {"user-agent": "Google-Calendar-Importer"}
IPHONE = {"user-agent": "iOS/18.1 (22B83) dataaccessd/1.0"}


def fetch(path: str, **headers: str):
    """As a calendar application does: without cookies."""
    return Client().get(path, headers=headers)


def later(**ahead: float):
    return time_machine.travel(dt.datetime.now(dt.UTC) + dt.timedelta(**ahead))


def test_a_feed_is_the_itinerary_without_a_cookie(client, feed):
    response = fetch(feed)
    assert response.status_code == 200
    assert response.cookies == {}
    assert {event["summary"] for event in events_of(response.content)} == {
        "Poster Session 1",
        "Opening Keynote",
    }
    assert events_of(response.content) == events_of(client.get("/example-2030/itinerary.ics").content)


def test_its_headers(feed):
    response = fetch(feed)
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="example-2030-itinerary.ics"'
    assert response["Cache-Control"] == "private, no-cache"
    assert response["Referrer-Policy"] == "no-referrer"
    assert response["X-Robots-Tag"] == "noindex"
    assert response["Vary"] == "Accept-Encoding"
    assert response["Content-Length"] == str(len(response.content))


def test_a_token_has_256_bits_and_only_its_hash_is_stored(client, feed):
    token = re.fullmatch(r"/calendar/([\w-]{43})\.ics", feed)[1]
    stored = CalendarFeed.objects.values().get()
    assert token not in str(stored)
    assert len(stored["token_sha256"]) == 64
    assert token not in client.get(DIALOGUE).content.decode()
    assert subscribe(client) != feed


def test_an_unknown_or_garbled_token_is_not_found(feed):
    assert fetch(feed).status_code == 200
    for path in ("/calendar/x.ics", feed.replace(".ics", "A.ics"), "/calendar/%00.ics", f"/calendar/{'a' * 5000}.ics"):
        response = fetch(path)
        assert (response.status_code, response.content) == (404, b"There is no such calendar.\n")


def test_feeds_are_ended_one_by_one(client, feed):
    other = subscribe(client)
    first = CalendarFeed.objects.earliest("pk")
    assert client.post(f"{DIALOGUE}{first.pk}/revoke/").status_code == 302
    assert (fetch(feed).status_code, fetch(other).status_code) == (410, 200)
    assert fetch(feed).content == b"This subscription was ended by its owner.\n"
    # Repeated, and with a known tag, it stays so.
    assert client.post(f"{DIALOGUE}{first.pk}/revoke/").status_code == 302
    assert fetch(feed, **{"if-none-match": "*"}).status_code == 410


def test_nobody_ends_another_ones_feed(client, feed, attendee_client):
    key = CalendarFeed.objects.get().pk
    for stranger in (Client(), attendee_client):
        assert stranger.post(f"{DIALOGUE}{key}/revoke/").status_code == 404
    assert client.get(f"{DIALOGUE}{key}/revoke/").status_code == 405
    assert client.post(f"/example-2031/itinerary/calendar/{key}/revoke/").status_code == 404
    assert Client(enforce_csrf_checks=True).post(f"{DIALOGUE}{key}/revoke/").status_code == 403
    assert fetch(feed).status_code == 200


def test_it_answers_until_a_year_after_the_last_day(feed):
    with time_machine.travel("2031-06-05T12:00Z"):
        assert fetch(feed).status_code == 200
    with time_machine.travel("2031-06-07T12:00Z"):
        response = fetch(feed)
    assert (response.status_code, response.content) == (410, b"This subscription ended a year after its conference.\n")


def test_an_unpublished_conference_has_no_feeds(feed):
    assert fetch(feed).status_code == 200
    Conference.objects.update(is_published=False)
    assert fetch(feed).status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_it_can_only_be_read(feed, method):
    response = getattr(Client(enforce_csrf_checks=True), method)(feed)
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")


def test_unchanged_it_is_not_sent_again_nor_made_again(feed, django_assert_num_queries):
    first = fetch(feed)
    cache.clear()  # Nothing kept is needed to know that it is unchanged.
    with django_assert_num_queries(1):
        response = fetch(feed, **{"if-none-match": first["ETag"]})
    assert (response.status_code, response.content) == (304, b"")
    assert response["ETag"] == first["ETag"]
    assert response["Last-Modified"] == first["Last-Modified"]
    with later(minutes=6), django_assert_num_queries(2):
        assert fetch(feed, **{"if-none-match": first["ETag"]}).status_code == 304


def test_unchanged_and_kept_it_costs_two_queries_at_most(feed, django_assert_num_queries):
    first = fetch(feed)
    for ahead in (1, 60):
        with later(minutes=ahead), django_assert_num_queries(1 if ahead == 1 else 2):
            assert fetch(feed).content == first.content


def test_made_again_it_costs_the_same_at_any_size(many_posters, django_assert_num_queries):
    for count in (40, 150):
        conference = many_posters(count, slug=f"many-{count}")
        client = Client()
        star(client, *range(1, count + 1), conference=conference.slug)
        feed = subscribe(client, f"/{conference.slug}/itinerary/calendar/", layout="visits", unplanned="1")
        fetch(feed)
        cache.clear()
        with django_assert_num_queries(15):
            assert fetch(feed).content.count(b"BEGIN:VEVENT") == count


def test_an_edit_elsewhere_sends_nothing_again(feed, django_assert_max_num_queries):
    first = fetch(feed)
    Poster.objects.filter(number=6).update(title="Nobody here planned it")
    Poster.objects.filter(number=2).update(abstract="Which calendars do not show.")
    for headers in ({"if-none-match": first["ETag"]}, {"if-modified-since": first["Last-Modified"]}):
        with later(minutes=1), django_assert_max_num_queries(30):
            response = fetch(feed, **headers)
        assert (response.status_code, response.content) == (304, b"")
    with later(minutes=2), django_assert_max_num_queries(2):
        again = fetch(feed)
    assert (again.content, again["ETag"]) == (first.content, first["ETag"])
    assert again["Last-Modified"] == first["Last-Modified"]
    Poster.objects.filter(number=2).update(title="Robots, Rested")
    with later(minutes=3):
        response = fetch(feed, **{"if-none-match": first["ETag"], "if-modified-since": first["Last-Modified"]})
    assert response.status_code == 200
    assert (response["ETag"], response["Last-Modified"]) != (first["ETag"], first["Last-Modified"])


def test_if_modified_since_is_understood_and_the_tag_counts_more(feed):
    first = fetch(feed)
    assert fetch(feed, **{"if-modified-since": first["Last-Modified"]}).status_code == 304
    assert fetch(feed, **{"if-modified-since": "Mon, 01 Jan 2001 00:00:00 GMT"}).status_code == 200
    assert fetch(feed, **{"if-modified-since": "yesterday"}).status_code == 200
    other = {"if-modified-since": first["Last-Modified"], "if-none-match": '"other"'}
    assert fetch(feed, **other).status_code == 200
    with later(minutes=1):
        Poster.objects.filter(number=2).update(title="Robots, Rested")
        changed = fetch(feed, **{"if-modified-since": first["Last-Modified"]})
    assert changed.status_code == 200
    assert changed["Last-Modified"] > first["Last-Modified"]


def test_head_and_gzip(feed):
    plain, packed, head = fetch(feed), fetch(feed, **{"accept-encoding": "gzip"}), Client().head(feed)
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert fetch(feed, **{"accept-encoding": "gzip"}).content == packed.content
    assert (head.status_code, head.content, head["ETag"]) == (200, b"", plain["ETag"])
    assert head["Content-Length"] == plain["Content-Length"]


CHANGES = {
    "a wish": lambda client: star(client, 6),
    "a wish taken back": lambda client: star(client, 2, interest="none"),
    "a plan": lambda client: attend(client, "poster-session-2"),
    "a plan taken back": lambda client: attend(client, "keynote", "no"),
    "a move": lambda client: Session.objects.filter(slug="keynote").update(starts_at=timezone.now()),
    "a title": lambda client: Poster.objects.filter(number=1).update(title="New"),
    "a name": lambda client: Author.objects.filter(name="Bo Li").update(name="Bo Li-Okafor"),
    "the venue": lambda client: Conference.objects.update(venue="Elsewhere"),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_every_change_arrives_at_the_next_poll(client, conference, change):
    star(client, 1, 2, 3)
    attend(client, "keynote")
    feed = subscribe(client, layout="visits")
    first = fetch(feed)
    with later(minutes=1):
        change(client)
        second = fetch(feed, **{"if-none-match": first["ETag"]})
        third = fetch(feed, **{"if-none-match": second["ETag"]})
    assert (second.status_code, third.status_code) == (200, 304)
    assert second.content != first.content


def test_two_feeds_of_one_itinerary_share_their_uids(client, feed):
    other = subscribe(client, language="fr", alarm="30")
    ours, theirs = events_of(fetch(feed).content), events_of(fetch(other).content)
    assert [event["uid"] for event in ours] == [event["uid"] for event in theirs]
    assert [event["alarms"] for event in theirs] == [[-30]] * 2


def test_the_sites_name_is_not_in_the_uids(client, feed, settings):
    before = events_of(fetch(feed).content)
    settings.SITE_URL = "https://moved.example.org"
    cache.clear()
    after = events_of(fetch(feed).content)
    assert [event["uid"] for event in after] == [event["uid"] for event in before]
    assert all(event["url"].startswith("https://moved.example.org/") for event in after)


@pytest.mark.parametrize("has_ended_one", [False, True])
def test_signing_in_keeps_the_feed(client, feed, attendee_client, has_ended_one):
    """With every UID, those of visits that both have too: nothing is cancelled and nothing doubled."""
    if has_ended_one:
        subscribe(attendee_client)
        ended = CalendarFeed.objects.latest("pk")
        assert attendee_client.post(f"{DIALOGUE}{ended.pk}/revoke/").status_code == 302
    paths = (feed, subscribe(client, layout="visits"))
    before = [{event["uid"]: event["summary"] for event in events_of(fetch(path).content)} for path in paths]
    attendee_client.get("/example-2030/itinerary/")  # Planned: posters 1 and 2 are known on both sides.
    with later(minutes=1):
        sign_in(client, User.objects.get())
        for path, known in zip(paths, before, strict=True):
            told = events_of(fetch(path).content)
            assert {event["uid"]: event["summary"] for event in told} == known
            assert {event["status"] for event in told} == {"CONFIRMED"}


def test_signing_in_to_an_account_that_has_subscribed_keeps_the_accounts_uids(client, feed, attendee_client):
    """Of two UIDs that are known for one visit the other is told as cancelled."""
    visits, theirs = subscribe(client, layout="visits"), subscribe(attendee_client, layout="visits")
    before = {event["summary"]: event["uid"] for event in events_of(fetch(visits).content)}
    account = {event["uid"] for event in events_of(fetch(theirs).content)}
    sign_in(client, User.objects.get())
    told = events_of(fetch(visits).content)
    after = {event["summary"]: event["uid"] for event in told if event["status"] == "CONFIRMED"}
    assert after.keys() == before.keys()
    assert account <= {*after.values()}
    assert after["Is This a Question?"] == before["Is This a Question?"]
    assert {event["uid"] for event in told if event["status"] == "CANCELLED"} == {*before.values()} - {*after.values()}
    assert fetch(feed).status_code == 200


# What a feed knows of its clients


def only_feed() -> CalendarFeed:
    return CalendarFeed.objects.select_related("itinerary").get()


def test_it_knows_when_and_by_which_client_it_was_fetched(feed):
    assert (only_feed().last_fetched_at, only_feed().last_client, only_feed().delivered_revision) == (None, "", None)
    with time_machine.travel("2030-06-01T10:00Z", tick=False):
        fetch(feed, **GOOGLE)
    known = only_feed()
    assert known.last_fetched_at == dt.datetime(2030, 6, 1, 10, tzinfo=dt.UTC)
    assert known.last_client == "Google Calendar"
    assert known.delivered_revision == Conference.objects.get().revision


def test_it_writes_down_a_poll_every_five_minutes_or_when_something_is_new(feed, django_assert_num_queries):
    with time_machine.travel("2030-06-01T10:00Z", tick=False):
        fetch(feed, **GOOGLE)
    with time_machine.travel("2030-06-01T10:04Z", tick=False), django_assert_num_queries(1):
        fetch(feed, **GOOGLE)
    assert only_feed().last_fetched_at.minute == 0
    with time_machine.travel("2030-06-01T10:04Z", tick=False), django_assert_num_queries(2):
        fetch(feed, **IPHONE)
    assert (only_feed().last_fetched_at.minute, only_feed().last_client) == (4, "Apple Calendar")


def test_a_head_delivers_nothing(feed):
    Client().head(feed)
    assert only_feed().last_fetched_at is None


def test_the_light_shows_what_has_not_been_delivered(client, feed):
    assert "Never fetched yet" in client.get(DIALOGUE).content.decode()
    first = fetch(feed, **GOOGLE)
    assert undelivered(client) == [[]]
    assert "Up to date" in client.get(DIALOGUE).content.decode()
    Session.objects.filter(slug="keynote").update(ends_at=dt.datetime(2030, 6, 3, 11, tzinfo=dt.UTC))
    Poster.objects.filter(number=2).update(title="Robots, Rested", abstract="Not shown in calendars.")
    Poster.objects.filter(number=6).update(title="Nobody here planned it")
    assert undelivered(client) == [
        [
            "Opening Keynote moved from Mon 3 Jun, 11:00–12:00 to Mon 3 Jun, 11:00–13:00",
            "Robots, Rested is the new title of “Walking Robots Learn to Rest”",
        ]
    ]
    html = client.get(DIALOGUE).content.decode()
    assert "2 changes not delivered yet" in html
    assert "by Google Calendar" in html
    fetch(feed, **{"if-none-match": first["ETag"]})
    assert undelivered(client) == [[]]


def test_what_was_deleted_is_undelivered_too(client, feed):
    fetch(feed)
    with later(minutes=1):
        Session.objects.get(slug="keynote").delete()
        assert undelivered(client) == [["Opening Keynote was taken out of the programme"]]


def test_a_digest_begins_after_what_some_calendar_has(client, feed):
    itinerary = Itinerary.objects.get()
    assert delivered_revision(itinerary) is None
    other = subscribe(client)
    fetch(feed)
    first = Conference.objects.get().revision
    assert delivered_revision(itinerary) == first
    Poster.objects.filter(number=2).update(title="New")
    fetch(other)
    assert delivered_revision(itinerary) == first + 1
    CalendarFeed.objects.filter(delivered_revision=first + 1).update(revoked_at=timezone.now())
    assert delivered_revision(itinerary) == first


def test_each_feeds_light_shows_what_it_lacks_itself(client, feed):
    other = subscribe(client)
    fetch(feed)
    Poster.objects.filter(number=2).update(title="Robots, Rested")
    fetch(other)
    Poster.objects.filter(number=3).update(title="Is This an Answer?")
    answer = "Is This an Answer? is the new title of “Is This a Question?”"
    robots = "Robots, Rested is the new title of “Walking Robots Learn to Rest”"
    assert undelivered(client) == [[answer, robots], [answer]]


@pytest.mark.parametrize("more", [0, 10])
def test_the_lights_cost_the_same_whatever_changed(client, feed, django_assert_num_queries, more):
    for path in (feed, *(subscribe(client) for _ in range(more))):
        fetch(path)
    for number in (1, 2, 3):
        for title in ("One", "Two", "Three"):
            Poster.objects.filter(number=number).update(title=f"{title} {number}")
    with django_assert_num_queries(10):
        assert "3 changes not delivered yet" in client.get(DIALOGUE).content.decode()


@pytest.mark.parametrize(
    ("user_agent", "family"),
    [
        ("Google-Calendar-Importer", "Google Calendar"),
        ("Mozilla/5.0 (compatible; Google-Calendar-Importer; +https://calendar.google.com)", "Google Calendar"),
        ("iOS/17.5.1 (21F90) dataaccessd/1.0", "Apple Calendar"),
        ("macOS/14.5 (23F79) CalendarAgent/1005.4", "Apple Calendar"),
        ("Mac_OS_X/10.15.7 (19H15) CalendarAgent/930.5.1", "Apple Calendar"),
        ("Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17628; Pro)", "Outlook"),
        ("Microsoft.Exchange/15.20 (Outlook)", "Outlook"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Thunderbird/128.0", "Thunderbird"),
        ("ICSx5/2.2 (com.x5dev; okhttp/4.12) Android/14", "ICSx⁵ or DAVx⁵"),
        ("vdirsyncer/0.21.0", "vdirsyncer"),
        ("curl/8.5.0", "a script"),
        ("Mozilla/5.0 (X11; Linux x86_64) Chrome/130", "a browser"),
        ("", "another client"),
        ("x" * 100_000, "another client"),
        ("secret@example.org's own client", "another client"),
    ],
)
def test_client_families(user_agent, family):
    assert client_family(user_agent) == family


def test_links_in_calendars_raise_the_sequence(client, conference, visits):
    before = {event["uid"]: event["sequence"] for event in events_of(fetch(visits).content)}
    with later(minutes=1):
        link = Link.objects.create(
            session=Session.objects.get(slug="poster-session-2"), kind="stream", url="https://live.example.org/2"
        )
        changed = {event["uid"]: event for event in events_of(fetch(visits).content)}
    raised = [uid for uid, event in changed.items() if event["sequence"] > before[uid]]
    (uid,) = raised
    assert changed[uid]["online"] == [["VIDEO", "Live stream", "https://live.example.org/2"]]
    assert "Live stream: https://live.example.org/2" in changed[uid]["description"]
    with later(minutes=2):
        link.delete()
        gone = {event["uid"]: event for event in events_of(fetch(visits).content)}
    assert gone[uid]["sequence"] == changed[uid]["sequence"] + 1
    assert gone[uid]["online"] == []


def test_there_may_be_twenty_subscriptions(client, feed):
    for _ in range(MOST_FEEDS - 1):
        subscribe(client)
    response = client.post(DIALOGUE)
    assert response.status_code == 409
    assert f"You have {MOST_FEEDS} subscriptions already." in response.content.decode()
    assert CalendarFeed.objects.count() == MOST_FEEDS
