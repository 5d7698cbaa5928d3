"""From the desk to the phone and to a friend, in a real browser: what it sends along is seen here alone."""

import re

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from posters.models import Board, Conference, Presentation
from tests.itinerary.conftest import Visitor, secret_address

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def desk(conference: Conference) -> Visitor:
    desk = Visitor()
    desk.star(2, "must-see")
    desk.get("/example-2030/itinerary/")
    return desk


def test_the_link_from_the_desk_opens_the_itinerary_and_its_address_goes_nowhere(page: Page, desk: Client) -> None:
    address = secret_address(desk.post("/example-2030/itinerary/hand-over/"))
    secret = address.split("/")[-2]
    sent = []
    page.on("request", lambda request: sent.append((request.url, request.all_headers().get("referer", ""))))
    page.goto(address)
    page.get_by_role("button", name="Open my itinerary here").click()
    expect(page.get_by_role("heading", name="Itinerary", exact=True)).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert len(sent) > 10
    assert [referrer for _, referrer in sent if secret in referrer] == []
    page.get_by_role("link", name="Posters", exact=True).click()
    expect(page.get_by_role("button", name="Must see: Walking Robots")).to_be_visible()


@pytest.mark.parametrize("has_script", [True, False])
def test_a_friend_copies_one_poster(browser, live_server, desk: Client, has_script: bool) -> None:
    desk.star(1)
    address = secret_address(desk.post("/example-2030/itinerary/share/", {"shown_name": "Ada"}))
    context = browser.new_context(
        service_workers="block",
        base_url=live_server.url,
        viewport={"width": 360, "height": 740},
        java_script_enabled=has_script,
    )
    page = context.new_page()
    page.goto(address)
    expect(page.get_by_role("heading", name="Ada’s itinerary")).to_be_visible()
    page.get_by_role("checkbox", name="Copy Walking Robots").check()
    page.get_by_role("button", name="Copy the chosen").click()
    expect(page.get_by_text("1 poster copied to your favourites.")).to_be_visible()
    expect(page).to_have_url(re.compile("/example-2030/favourites/$"))
    context.close()


def test_what_changed_is_shown_until_it_is_seen(page: Page, context, desk: Visitor, live_server) -> None:
    context.add_cookies(
        [{"name": name, "value": morsel.value, "url": live_server.url} for name, morsel in desk.cookies.items()]
    )
    Presentation.objects.filter(poster__number=2).update(board=Board.objects.get(label="A7"))
    page.goto("/example-2030/itinerary/")
    notice = page.get_by_role("region", name="Changed since you last looked")
    expect(notice).to_contain_text("moved from board A1 to board A7 in Poster Session 1")
    notice.get_by_role("button", name="Seen").click()
    expect(page.get_by_role("heading", name="Itinerary", exact=True)).to_be_visible()
    expect(notice).to_have_count(0)


def test_a_poster_says_how_many_starred_it(page: Page, conference: Conference) -> None:
    Conference.objects.update(shows_favourite_counts=True)
    for _ in range(5):
        Visitor().star(2)
    page.goto("/example-2030/posters/2/")
    expect(page.get_by_text("Starred by 5")).to_be_visible()
