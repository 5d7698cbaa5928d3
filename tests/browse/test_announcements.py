"""Announcements come and go by the clock, on pages that are kept until the programme changes."""

import datetime as dt

import pytest
import time_machine

from posters.models import Announcement
from posters.programme.announcements import announcements_made
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
    html = client.get(POSTER).content.decode()
    notice = html.partition('aria-label="Announcements">')[2].partition("</section>")[0]
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


def test_a_feed_tells_all_that_were_made(conference, clock):
    early, late = announce(conference, "Early."), announce(conference, "Late.", shown_from=NINE + HOUR / 2)
    announce(conference, "To come.", shown_from=NINE + 2 * HOUR, shown_until=None)
    assert list(announcements_made(conference=conference, now=NINE - HOUR)) == []
    assert list(announcements_made(conference=conference, now=NINE + HOUR)) == [late, early]
