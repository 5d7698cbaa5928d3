"""From the organiser's file to the attendee's calendar, in a real browser."""

import datetime as dt

import icalendar
import pytest
import vobject
from django.core.management import call_command
from playwright.sync_api import Page, expect

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]

TITLE = "Weighted Ensemble Self-Supervised Learning"


@pytest.fixture
def programme(iclr_page) -> None:
    call_command(
        "import_programme",
        str(iclr_page),
        conference="iclr-2023",
        format="iclr-page",
        time_zone="Africa/Kigali",
        starts=dt.datetime(2023, 5, 2, 16, 30),  # noqa: DTZ001 - in the conference's zone
        ends=dt.datetime(2023, 5, 2, 18, 30),  # noqa: DTZ001
        verbosity=0,
    )


def check_calendar(content: bytes) -> None:
    """Two parsers that know nothing of each other see one event at the same instants."""
    (event,) = icalendar.Calendar.from_ical(content).walk("VEVENT")
    (other,) = vobject.readOne(content.decode()).contents["vevent"]
    utc = dt.UTC
    assert event["dtstart"].dt == other.dtstart.value == dt.datetime(2023, 5, 2, 14, 30, tzinfo=utc)
    assert event["dtend"].dt == other.dtend.value == dt.datetime(2023, 5, 2, 16, 30, tzinfo=utc)
    assert str(event["uid"]) == other.uid.value
    assert str(event["summary"]) == other.summary.value == "Poster Session 4"
    assert f"16:30 Poster 145: {TITLE}" in str(event["description"])
    assert str(event["description"]) == other.description.value


def test_search_star_itinerary_calendar(programme, page: Page):
    page.goto("/")
    page.get_by_role("navigation").get_by_role("link", name="Posters").click()
    page.get_by_role("searchbox").first.fill("weighted ensemble")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name=TITLE, exact=True)).to_be_visible()
    star = page.get_by_role("button", name=TITLE)
    expect(star).to_have_attribute("aria-pressed", "false")
    with page.expect_response("**/favourite/") as answer:
        star.click()
    assert answer.value.json() == {"number": 145, "interest": "interested"}
    expect(star).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(page.get_by_role("button", name=TITLE)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("link", name="Itinerary").click()
    expect(page.get_by_role("link", name=TITLE, exact=True)).to_be_visible()
    page.get_by_role("link", name="Take it along in your calendar").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "iclr-2023-itinerary.ics"
    check_calendar(download.value.path().read_bytes())
    sent = []
    page.on("request", lambda request: sent.append((request.method, request.all_headers().get("referer", ""))))
    page.get_by_role("button", name="Make a subscription").click()
    expect(page.get_by_role("heading", name="Add your new subscription")).to_be_visible()
    # The page holds the secret now: its forms still work, and say no more than where they come from.
    page.get_by_role("button", name="End the subscription").click()
    expect(page.get_by_role("heading", name="Your subscriptions")).to_have_count(0)
    assert [method for method, _ in sent if method == "POST"] == ["POST", "POST"]
    assert [referrer for _, referrer in sent if "/itinerary/calendar/" in referrer] == []


def test_the_same_journey_without_javascript(programme, browser, live_server):
    context = browser.new_context(
        service_workers="block",
        base_url=live_server.url,
        java_script_enabled=False,
        viewport={"width": 360, "height": 740},
    )
    page = context.new_page()
    page.goto("/iclr-2023/posters/?q=weighted+ensemble")
    page.locator("[data-favourite]").first.click()
    page.get_by_role("button", name="Must see").click()
    assert page.url.endswith("/iclr-2023/posters/?q=weighted+ensemble")
    page.get_by_role("link", name="Favourites").click()
    expect(page.get_by_role("heading", name="Must see")).to_be_visible()
    expect(page.get_by_role("link", name=TITLE, exact=True)).to_be_visible()
    with page.expect_download() as download:
        page.goto("/iclr-2023/itinerary/calendar/")
        page.get_by_role("button", name="Download").click()
    check_calendar(download.value.path().read_bytes())
    context.close()


def test_two_first_wishes_pressed_at_once_are_both_kept(programme, page: Page):
    page.goto("/iclr-2023/posters/")
    expect(page.locator("button[data-favourite]")).to_have_count(50)
    page.evaluate("document.querySelectorAll('button[data-favourite]').forEach((star, n) => n < 6 && star.click())")
    expect(page.locator("[data-favourite-count]")).to_have_text("6")
    page.wait_for_load_state("networkidle")
    page.reload()
    expect(page.locator("button[data-favourite][aria-pressed=true]")).to_have_count(6)
