"""Announcements come and go by the clock, on pages that are kept until the programme changes."""

import datetime as dt
import html
import xml.etree.ElementTree as ET

import pytest
import time_machine

from posters.models import Announcement
from tests.browse.conftest import PROGRAMME_PATHS

NINE = dt.datetime(2030, 6, 3, 9, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
POSTER = "/example-2030/posters/2/"


@pytest.fixture
def clock(conference):
    """The clocks stand at half past eight."""
    with time_machine.travel(NINE - HOUR / 2, tick=False) as clock:
        yield clock


def announce(conference, text="Coffee is served.", **values):
    return Announcement.objects.create(
        conference=conference, text=text, **{"shown_from": NINE, "shown_until": NINE + HOUR, **values}
    )


def shows(client, path, text="Coffee is served."):
    return text in client.get(path).content.decode()


def test_one_begins_and_ends_without_a_change_of_the_programme(conference, client, clock, django_assert_num_queries):
    announce(conference)
    conference.refresh_from_db()
    before = client.get(POSTER)
    assert "Coffee" not in before.content.decode()
    assert client.get(POSTER, headers={"If-None-Match": before["ETag"]}).status_code == 304
    clock.move_to(NINE)
    during = client.get(POSTER, headers={"If-None-Match": before["ETag"]})
    assert during.status_code == 200
    assert "<p>Coffee is served.</p>" in during.content.decode()
    for _ in range(2):
        with django_assert_num_queries(1):
            assert client.get(POSTER).content == during.content
    with django_assert_num_queries(1):
        assert client.get(POSTER, headers={"If-None-Match": during["ETag"]}).status_code == 304
    clock.move_to(NINE + HOUR)
    after = client.get(POSTER, headers={"If-None-Match": during["ETag"]})
    assert after.content == before.content
    assert after["ETag"] not in {before["ETag"], during["ETag"]}
    revision = conference.revision
    conference.refresh_from_db()
    assert conference.revision == revision


def test_one_follows_another_at_the_same_moment(conference, client, clock):
    announce(conference, "First.")
    announce(conference, "Second.", shown_from=NINE + HOUR, shown_until=None)
    clock.move_to(NINE)
    assert (shows(client, POSTER, "First."), shows(client, POSTER, "Second.")) == (True, False)
    clock.move_to(NINE + HOUR)
    assert (shows(client, POSTER, "First."), shows(client, POSTER, "Second.")) == (False, True)


HTML_PATHS = [path for path in PROGRAMME_PATHS if "." not in path.partition("?")[0]]


@pytest.mark.parametrize(
    ("part", "pages"),
    [
        ("all", {*HTML_PATHS, "/example-2030/itinerary/", "/example-2030/favourites/"}),
        ("home", {"/example-2030/"}),
        ("schedule", {path for path in HTML_PATHS if "/sessions/" in path}),
        ("itinerary", {"/example-2030/itinerary/"}),
    ],
)
def test_each_is_shown_on_the_pages_that_were_chosen(part, pages, conference, client, clock):
    announce(conference, shown_on=part)
    clock.move_to(NINE)
    paths = [*HTML_PATHS, "/example-2030/itinerary/", "/example-2030/favourites/"]
    assert {path for path in paths if shows(client, path)} == pages


def test_text_is_escaped_and_addresses_are_links(conference, client, clock):
    announce(conference, 'See <b>https://example.org/?a=1&b="2"</b>\n\njavascript:alert(1) "onclick=x')
    clock.move_to(NINE)
    page = client.get(POSTER).content.decode()
    notice = page.partition('aria-label="Announcements">')[2].partition("</section>")[0]
    assert "<b>" not in notice
    assert notice.count("<a ") == 1
    assert 'href="https://example.org/?a=1&amp;b=' in notice
    assert "<p>javascript:alert(1) &quot;onclick=x</p>" in notice


def test_another_conference_does_not_hear_of_it(conference, many_posters, client, clock):
    many_posters(2)
    other = client.get("/many/posters/1/")
    announce(conference)
    clock.move_to(NINE)
    assert client.get("/many/posters/1/")["ETag"] == other["ETag"]


def test_a_new_and_a_changed_one_show_at_once(conference, client, clock):
    clock.move_to(NINE)
    assert not shows(client, POSTER)
    announcement = announce(conference)
    assert shows(client, POSTER)
    announcement.text = "Tea is served."
    announcement.save()
    assert (shows(client, POSTER), shows(client, POSTER, "Tea is served.")) == (False, True)
    announcement.delete()
    assert not shows(client, POSTER, "Tea is served.")


def test_they_are_asked_for_once_a_revision(conference, client, clock, django_assert_num_queries):
    paths = ("/example-2030/sessions/", "/example-2030/topics/")
    for path in paths:
        client.get(path)
    for number in range(3):
        announce(conference, f"Number {number}")
    clock.move_to(NINE)
    # The revision, the editions, the announcements, the sessions; then the revision and the facet table.
    with django_assert_num_queries(4):
        client.get(paths[0])
    with django_assert_num_queries(2):
        client.get(paths[1])


ATOM = "{http://www.w3.org/2005/Atom}"
FEED = "/example-2030/changes.atom"


def entries(client):
    """Each announcement in the feed: id, link, published, updated, title; and the feed's tag."""
    response = client.get(FEED)
    names = ("id", "published", "updated", "title")
    found = [
        [*(entry.findtext(f"{ATOM}{name}") for name in names), entry.find(f"{ATOM}link").get("href")]
        for entry in ET.fromstring(response.content).findall(f"{ATOM}entry")  # noqa: S314 - our own
        if "#announcement-" in entry.findtext(f"{ATOM}id")
    ]
    return found, response["ETag"]


def test_the_feed_tells_each_from_when_it_is_shown_and_none_twice(conference, client, clock):
    early = announce(conference, "Early.")
    late = announce(conference, "Late.", shown_from=NINE + HOUR / 2, shown_on="schedule")
    site, changes = "http://127.0.0.1:8000", "http://127.0.0.1:8000/example-2030/changes/"
    told, tag = entries(client)
    assert told == []
    clock.move_to(NINE)
    first = [
        f"{changes}#announcement-{early.pk}",
        *["2030-06-03T09:00:00+00:00"] * 2,
        "Early.",
        f"{site}/example-2030/",
    ]
    told, opened = entries(client)
    assert (told, opened == tag) == ([first], False)
    clock.move_to(NINE + HOUR / 2)
    second = [
        f"{changes}#announcement-{late.pk}",
        *["2030-06-03T09:30:00+00:00"] * 2,
        "Late.",
        f"{site}/example-2030/sessions/",
    ]
    assert entries(client)[0] == [second, first]
    # Over, or taken down early, they stay as they were; written anew, one is the same entry.
    clock.move_to(NINE + HOUR)
    late.shown_until = NINE + HOUR
    late.save()
    assert entries(client)[0] == [second, first]
    early.text = "Earlier still: see https://example.org/?a=1&b=2 <b>"
    early.save()
    told, _ = entries(client)
    assert told == [second, [*first[:2], "2030-06-03T10:00:00+00:00", early.text, first[4]]]
    body = client.get(FEED).content.decode()
    assert html.escape('<a href="https://example.org/?a=1&amp;b=2"', quote=False) in body
    late.delete()
    assert [entry[0] for entry in entries(client)[0]] == [first[0]]


@pytest.mark.parametrize(
    ("part", "page"), [("all", ""), ("home", ""), ("schedule", "sessions/"), ("itinerary", "itinerary/")]
)
def test_the_feed_leads_to_the_pages_that_were_chosen(conference, client, clock, part, page):
    announce(conference, shown_on=part)
    clock.move_to(NINE)
    ((*_, link),), _ = entries(client)
    assert link == f"http://127.0.0.1:8000/example-2030/{page}"
