"""The itinerary in a real browser: edits without a reload, by keyboard, without JavaScript, and on paper."""

import datetime as dt
import re
from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client
from playwright.sync_api import BrowserContext, Page, expect

from posters.models import Conference, Visit
from tests.conftest import at

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]

ROOT = "/example-2030"
ITINERARY = f"{ROOT}/itinerary/"
MORNING = at(3, 10, 2).astimezone(dt.UTC)


@pytest.fixture(autouse=True)
def _morning() -> Iterator[None]:
    """The server's clock: two minutes into the first poster session."""
    with time_machine.travel(MORNING):
        yield


@pytest.fixture
def context(context: BrowserContext) -> BrowserContext:
    """A phone at the venue, its clock as the server's."""
    context.clock.install(time=MORNING)
    return context


@pytest.fixture
def walker(conference: Conference, context: BrowserContext, page: Page) -> Page:
    """The itinerary of posters 2, 3 and 1, pinned from 10:00 on, the keynote from 11:00 and poster 6 a day later."""
    post(context, f"{ROOT}/itinerary/minutes/", minutes="10")
    star(context, 1, "must-see")
    for number in (2, 3, 6):
        star(context, number)
    post(context, f"{ROOT}/sessions/keynote/attendance/", attending="yes")
    for number, starts in ((2, "10:00"), (3, "10:10"), (1, "10:20")):
        client_of(context).get(ITINERARY)  # Planned anew, each visit has its version.
        visit = visit_of(number)
        post(context, f"{ROOT}/itinerary/visits/{visit.pk}/move/", version=str(visit.version), starts=starts)
    open_itinerary(page)
    return page


def client_of(context: BrowserContext) -> Client:
    """A client with the browser's cookies: asks the server as the browser would, without its rendering."""
    client = Client(headers={"accept": "application/json"})
    for cookie in context.cookies():
        client.cookies[cookie["name"]] = cookie["value"]
    return client


def post(context: BrowserContext, path: str, **fields: str) -> None:
    client = client_of(context)
    answer = client.post(path, fields)
    assert answer.status_code == 200, answer.content
    kept = [{"name": name, "value": morsel.value} for name, morsel in client.cookies.items()]
    context.add_cookies([{**cookie, "domain": "localhost", "path": "/"} for cookie in kept])


def star(context: BrowserContext, number: int, interest: str = "interested") -> None:
    post(context, f"{ROOT}/posters/{number}/favourite/", interest=interest)


def open_itinerary(page: Page) -> None:
    page.goto(ITINERARY)
    expect(page.locator("button[data-favourite]").first).to_be_attached()
    page.evaluate("window.isTheSamePage = true")


def is_the_same_page(page: Page) -> bool:
    return page.evaluate("window.isTheSamePage === true")


def visit_of(number: int) -> Visit:
    visits = Visit.objects.filter(presentation__poster__number=number)
    return visits.exclude(presentation__session__slug="oral-session").get()


def row(page: Page, number: int):
    return page.locator(f"#visit-{visit_of(number).pk}")


def test_marking_and_taking_back_happen_without_a_reload_and_keep_the_place(walker):
    row(walker, 3).scroll_into_view_if_needed()
    top = row(walker, 3).bounding_box()["y"]
    row(walker, 3).get_by_role("button", name="Mark as visited").press("Enter")
    button = row(walker, 3).get_by_role("button", name="Visited – undo Is This a Question?")
    expect(button).to_be_focused()
    assert abs(row(walker, 3).bounding_box()["y"] - top) < 2
    expect(walker.get_by_role("status").filter(has_text="Marked “Is This a Question?” as visited")).to_be_attached()
    expect(walker.locator("[data-progress]")).to_contain_text("1 of 4 visited")
    walker.get_by_role("button", name=re.compile("^Undo")).press("Enter")
    expect(row(walker, 3).get_by_role("button", name="Mark as visited")).to_be_visible()
    expect(walker.locator("[data-progress]")).to_contain_text("0 of 4 visited")
    assert is_the_same_page(walker)
    expect(walker.locator("button[data-favourite][aria-pressed=true]")).to_have_count(4)


def test_a_visit_is_changed_in_a_dialogue_over_the_page(walker):
    change = row(walker, 2).get_by_role("link", name="Change")
    change.press("Enter")
    sheet = walker.get_by_role("dialog")
    sheet.get_by_label("Note").fill("Ask about rest")
    sheet.get_by_role("button", name="Save note").click()
    expect(sheet).to_be_hidden()
    expect(row(walker, 2)).to_contain_text("Ask about rest")
    expect(change).to_be_focused()
    change.click()
    walker.get_by_label("Move to").fill("11:30")
    walker.get_by_role("button", name="Move", exact=True).click()
    expect(row(walker, 2).locator("time").first).to_have_text("11:30")
    walker.keyboard.press("Escape")
    assert is_the_same_page(walker)


@pytest.mark.slow
def test_a_wish_changed_in_the_dialogue_paints_the_star(walker):
    row(walker, 2).get_by_role("link", name="Change").click()
    walker.get_by_role("dialog").get_by_role("button", name="Must see").click()
    expect(row(walker, 2).locator(".star")).to_have_attribute("data-interest", "must-see")
    row(walker, 2).get_by_role("link", name="Change").click()
    walker.get_by_role("button", name="Take the star off").click()
    expect(walker.locator("[data-favourite-count]")).to_have_text("3")
    walker.get_by_role("button", name=re.compile("^Undo")).click()
    expect(row(walker, 2).locator(".star")).to_have_attribute("data-interest", "must-see")
    assert is_the_same_page(walker)


def test_escape_closes_the_dialogue_and_nothing_is_changed(walker):
    change = row(walker, 2).get_by_role("link", name="Change")
    change.click()
    walker.get_by_label("Note").fill("Never mind")
    walker.keyboard.press("Escape")
    expect(walker.get_by_role("dialog")).to_be_hidden()
    expect(change).to_be_focused()
    assert visit_of(2).note == ""


def test_what_is_taken_out_can_be_brought_back(walker):
    row(walker, 2).get_by_role("link", name="Change").click()
    walker.get_by_role("button", name="Take out").click()
    expect(walker.get_by_role("heading", name="Taken out of the plan")).to_be_visible()
    walker.get_by_role("button", name="Bring back").click()
    expect(walker.get_by_role("heading", name="Taken out of the plan")).to_have_count(0)
    expect(row(walker, 2).get_by_role("button", name="Mark as visited")).to_be_visible()
    assert is_the_same_page(walker)


def test_an_edit_refused_says_why_and_keeps_what_was_typed(conference, context):
    """Not by the page that allows no word in the console: the browser itself reports the 409 there."""
    star(context, 2)
    page = context.new_page()
    open_itinerary(page)
    row(page, 2).get_by_role("link", name="Change").click()
    page.get_by_label("Note").fill("from the desk")
    seen = visit_of(2)
    post(context, f"{ROOT}/itinerary/visits/{seen.pk}/note/", version=str(seen.version), note="from the phone")
    page.get_by_role("button", name="Save note").click()
    expect(page.get_by_role("alert")).to_contain_text("This visit has changed since this page was loaded.")
    expect(page.get_by_label("Note")).to_have_value("from the desk")
    assert visit_of(2).note == "from the phone"


def test_without_a_network_what_was_typed_stays(conference, context):
    star(context, 2)
    page = context.new_page()
    open_itinerary(page)
    row(page, 2).get_by_role("link", name="Change").click()
    page.get_by_label("Move to").fill("11:30")
    context.set_offline(True)
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("the server could not be reached")
    context.set_offline(False)
    page.get_by_role("button", name="Move", exact=True).click()
    expect(row(page, 2).locator("time").first).to_have_text("11:30")


@pytest.mark.slow
def test_the_line_of_now_moves_on_by_itself(walker):
    line = walker.locator("[data-since]:visible")
    expect(line).to_contain_text("Now Board A1 Walking Robots Learn to Rest until 10:10")
    expect(line).to_contain_text("Next 10:10 Board A2 Is This a Question?")
    walker.clock.fast_forward("09:00")
    expect(line).to_contain_text("Now Board A2 Is This a Question? until 10:20")
    assert is_the_same_page(walker)


@pytest.mark.slow
def test_a_second_tab_shows_what_the_first_did(walker, context):
    other = context.new_page()
    open_itinerary(other)
    row(walker, 3).get_by_role("button", name="Mark as visited").click()
    expect(row(other, 3).get_by_role("button", name="Visited – undo")).to_be_visible()
    row(other, 2).locator(".star").press("Enter")
    expect(row(other, 2).locator(".star")).to_have_attribute("data-interest", "must-see")
    expect(row(walker, 2)).to_contain_text("Must see")
    assert is_the_same_page(walker)
    assert is_the_same_page(other)


def test_stars_by_keyboard_on_the_itinerary_and_in_a_list(walker):
    row(walker, 3).get_by_role("link", name="Is This a Question?", exact=True).focus()
    walker.keyboard.press("s")
    expect(row(walker, 3).locator(".star")).to_have_attribute("data-interest", "must-see")
    walker.goto(f"{ROOT}/sessions/poster-session-2/")
    expect(walker.locator("button[data-favourite]").first).to_be_attached()
    star_button = walker.locator("[data-row]:focus-within .star")
    walker.keyboard.press("j")
    for state in ("interested", "must-see", "none"):
        walker.keyboard.press("s")
        expect(star_button).to_have_attribute("data-interest", state)


def test_a_board_typed_plans_from_there(walker):
    walker.get_by_label("Late, or somewhere else? Plan again from board").fill("a3")
    walker.keyboard.press("Enter")
    expect(walker.locator("[data-said]")).to_have_text("Planned again from board A3")
    assert is_the_same_page(walker)


def test_from_a_code_at_the_board_to_visited(walker):
    walker.goto(f"{ROOT}/posters/3/")
    walker.get_by_role("link", name="Visited, note, plan from here").click()
    walker.get_by_role("button", name="Mark as visited").click()
    expect(walker.get_by_role("heading", name=re.compile("^Visited"))).to_be_visible()
    walker.get_by_role("button", name="I am here, at board A2: plan from here").click()
    walker.wait_for_url(f"**{ITINERARY}")
    expect(walker.locator("[data-said]")).to_have_text("Planned again from board A2")


@pytest.mark.slow
def test_the_same_without_javascript(conference, browser, live_server):
    context = browser.new_context(
        service_workers="block",
        base_url=live_server.url,
        java_script_enabled=False,
        viewport={"width": 360, "height": 740},
    )
    page = context.new_page()
    page.goto(f"{ROOT}/posters/2/")
    page.locator("[data-favourite]").first.click()
    page.get_by_role("button", name="Interested").click()
    page.goto(ITINERARY)
    row(page, 2).get_by_role("button", name="Mark as visited").click()
    expect(page).to_have_url(f"{live_server.url}{ITINERARY}#visit-{visit_of(2).pk}")
    expect(page.locator("[data-progress]")).to_contain_text("1 of 1 visited")
    row(page, 2).get_by_role("link", name="Change").click()
    page.get_by_label("Note").fill("By hand")
    page.get_by_role("button", name="Save note").click()
    expect(row(page, 2)).to_contain_text("By hand")
    page.get_by_role("button", name=re.compile("^Undo")).click()
    expect(page.locator(".messages")).to_have_text("Taken back: Noted something on “Walking Robots Learn to Rest”.")
    page.get_by_label("Add a session").select_option(label="Mon 11:00 Opening Keynote")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("#session-keynote")).to_be_visible()
    context.close()


@pytest.mark.slow
def test_paper_has_a_page_for_each_day(walker):
    pdf = walker.pdf(format="A4")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 2
    walker.emulate_media(media="print")
    expect(walker.locator(".on-paper:visible")).to_have_count(2)
    expect(walker.locator(".on-paper svg")).to_have_count(0)
    walker.emulate_media(media="null")
    walker.get_by_role("button", name="Make a link for the QR code").click()
    expect(walker.get_by_text("the pages you print carry its QR code.").first).to_be_visible()
    assert is_the_same_page(walker)
    assert len(re.findall(rb"/Type\s*/Page\b", walker.pdf(format="A4"))) == 2
    walker.emulate_media(media="print")
    expect(walker.locator(".on-paper:visible svg")).to_have_count(2)
    expect(walker.locator("button:visible")).to_have_count(0)


@pytest.mark.slow
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wider_than_the_page(walker, width):
    walker.set_viewport_size({"width": width, "height": 800})
    for path in (ITINERARY, f"{ROOT}/posters/1/mine/"):
        walker.goto(path)
        expect(walker.locator("main")).to_be_visible()
        assert walker.evaluate("document.documentElement.scrollWidth") == width
