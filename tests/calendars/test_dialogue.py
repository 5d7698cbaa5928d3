"""The page on which one subscribes and downloads."""

import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from django.test import Client

from posters.models import Attendee, CalendarFeed
from tests.browse.conftest import Page
from tests.calendars.conftest import DIALOGUE, attend, star, subscribe
from tests.calendars.parsers import events_of

pytestmark = pytest.mark.django_db


def page_of(response) -> Page:
    assert response.status_code == 200
    page = Page(response.content.decode())
    assert page.faults == []
    return page


def test_it_can_be_reached_and_read_without_an_itinerary(client, conference):
    page = page_of(client.get(DIALOGUE))
    assert all(heading in page.words for heading in ("Subscribe", "Download a copy", "How soon a change arrives"))
    assert Attendee.objects.count() == 0
    star(client, 2)
    itinerary = Page(client.get("/example-2030/itinerary/").content.decode())
    assert DIALOGUE in [link["href"] for link in itinerary.all("a", class_="ics")]


def test_it_is_private(client, conference):
    for response in (client.get(DIALOGUE), client.post(DIALOGUE)):
        assert {"private", "no-store"} <= {part.strip() for part in response["Cache-Control"].split(",")}
        # Nothing of it goes anywhere, but to our own forms the origin: without one they would be taken for forged.
        assert response["Referrer-Policy"] == "no-referrer"
        assert '<meta name="referrer" content="strict-origin">' in response.content.decode()
        assert "script-src 'self'" in response["Content-Security-Policy"]
        assert " style=" not in response.content.decode()


def test_a_new_subscription_is_offered_to_each_kind_of_calendar(client, conference):
    star(client, 2)
    response = client.post(DIALOGUE, {"layout": "visits", "alarm": "10", "unplanned": "1", "language": "de"})
    page = page_of(response)
    (address,) = [field["value"] for field in page.all("input", id="feed-address")]
    path = urlsplit(address).path
    webcal = f"webcal://127.0.0.1:8000{path}"
    secret = [link for link in page.all("a") if path in unquote(link["href"])]
    links = {urlsplit(link["href"]).netloc: link for link in secret}
    assert links.keys() == {"127.0.0.1:8000", "calendar.google.com", "outlook.live.com", "outlook.office.com"}
    assert links["127.0.0.1:8000"]["href"] == webcal
    assert parse_qs(urlsplit(links["calendar.google.com"]["href"]).query) == {"cid": [webcal]}
    for host in ("outlook.live.com", "outlook.office.com"):
        assert urlsplit(links[host]["href"]).path == "/calendar/0/addfromweb"
        assert parse_qs(urlsplit(links[host]["href"]).query) == {
            "url": [address],
            "name": ["My itinerary: Example Conference 2030"],
        }
    assert all("noreferrer" in link["rel"] for link in links.values())
    (code,) = page.all("svg")
    assert "style" not in code
    feed = CalendarFeed.objects.get()
    assert (feed.layout, feed.alarm_minutes, feed.shows_unplanned, feed.language) == ("visits", 10, True, "de")
    (event,) = events_of(Client().get(path).content)
    assert (event["categories"], event["alarms"]) == (["Postersitzung"], [-10])


def test_nobody_needs_an_account_or_a_wish_to_subscribe(client, conference):
    feed = subscribe(client)
    assert events_of(Client().get(feed).content) == []
    attend(client, "keynote")
    (event,) = events_of(Client().get(feed).content)
    assert event["summary"] == "Opening Keynote"


def test_the_address_is_shown_once(client, conference):
    feed = subscribe(client)
    assert feed not in client.get(DIALOGUE).content.decode()
    assert CalendarFeed.objects.count() == 1


@pytest.mark.parametrize(("name", "value"), [("layout", "months"), ("alarm", "-1"), ("alarm", "1e9"), ("language", "")])
def test_a_wrong_option_makes_no_subscription(client, conference, name, value):
    response = client.post(DIALOGUE, {name: value})
    expected = 200 if value == "" else 400
    assert (response.status_code, CalendarFeed.objects.count()) == (expected, expected == 200)


def test_a_forged_form_makes_no_subscription(conference):
    assert Client(enforce_csrf_checks=True).post(DIALOGUE).status_code == 403
    assert CalendarFeed.objects.count() == 0


def test_its_forms_work_as_they_are(client, conference):
    """With the fields and the token that the page itself holds."""
    browser = Client(enforce_csrf_checks=True)
    page = page_of(browser.get(DIALOGUE))
    (token, *_) = [field["value"] for field in page.all("input", name="csrfmiddlewaretoken")]
    answer = browser.post(DIALOGUE, {"csrfmiddlewaretoken": token, "layout": "sessions", "alarm": "0"})
    page = page_of(answer)
    (action,) = [form["action"] for form in page.all("form") if (form.get("action") or "").endswith("/revoke/")]
    assert browser.post(action, {"csrfmiddlewaretoken": token}).status_code == 302
    assert CalendarFeed.objects.get().revoked_at is not None
    assert "Your subscriptions" not in page_of(browser.get(DIALOGUE)).words


def test_the_download_form_names_the_file_for_this_browser(client, conference):
    star(client, 2)
    page = page_of(client.get(DIALOGUE))
    (form,) = [form for form in page.all("form", method="get") if "itinerary" in form["action"]]
    names = {field["name"] for kind in ("input", "select") for field in page.all(kind) if field.get("name")}
    assert {"layout", "alarm", "unplanned", "language"} <= names
    response = client.get(form["action"], {"layout": "visits", "alarm": "0", "language": "en-GB"})
    assert response["Content-Disposition"] == 'attachment; filename="example-2030-itinerary.ics"'
    assert len(events_of(response.content)) == 1


def test_it_says_how_often_each_looks(client, conference):
    words = page_of(client.get(DIALOGUE)).words
    for calendar, often in (
        ("Google Calendar", "Up to about a day"),
        ("Apple Calendar", "As you set it"),
        ("Outlook", "Every few hours"),
    ):
        assert re.search(rf"{calendar} {often}", words)
