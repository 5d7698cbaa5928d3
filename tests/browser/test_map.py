"""The map by mouse, keys and zoom: what a visitor does with it."""

import re

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]

DOTS = "[data-map-picture] canvas"
SAID = "[data-map-picture] [role=status]"


@pytest.fixture
def drawn(many_posters, page: Page) -> Page:
    """A map of 40 posters, opened on a phone."""
    many_posters(40)
    page.goto("/many/map/")
    expect(page.locator(DOTS)).to_be_visible()
    return page


def frame_all(page: Page) -> None:
    page.locator(DOTS).scroll_into_view_if_needed()
    box = page.locator(DOTS).bounding_box()
    page.mouse.move(box["x"] + 1, box["y"] + 1)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 1, box["y"] + box["height"] - 1, steps=3)
    page.mouse.up()


def test_keys_go_from_dot_to_dot_select_and_open(drawn: Page):
    drawn.locator(DOTS).focus()
    drawn.keyboard.press("ArrowRight")
    expect(drawn.locator(SAID)).to_have_text(re.compile(r"^Poster Title \d+ · "))
    first = drawn.locator(SAID).text_content()
    drawn.keyboard.press("Space")
    drawn.keyboard.press("+")
    drawn.keyboard.press("ArrowDown")
    expect(drawn.locator(SAID)).not_to_have_text(first)
    second = drawn.locator(SAID).text_content().partition(" · ")[0]
    drawn.keyboard.press("Space")
    expect(drawn.get_by_role("heading", name="2 selected")).to_be_visible()
    rows = drawn.locator("[data-map-selection] h3")
    titles = sorted([first.partition(" · ")[0], second], key=lambda title: int(title.split()[-1]))
    expect(rows).to_have_text(titles)
    expect(drawn).to_have_url(re.compile(rf"number={'.'.join(title.split()[-1] for title in titles)}$"))
    with drawn.expect_response("**/favourite/"):
        drawn.locator("[data-map-selection] button.star").first.click()
    expect(drawn.locator("[data-legend]:not([hidden]) [data-favourite-dots]")).to_have_text("1")
    drawn.locator(DOTS).focus()
    drawn.keyboard.press("s")
    expect(drawn.locator(".map-now button.star")).to_have_attribute("aria-pressed", "true")
    expect(drawn.locator(".map-now button.star")).to_have_accessible_name(f"Interested: {second}")
    expect(drawn.locator(SAID)).to_have_text(f"Interested: {second}")
    drawn.keyboard.press("Enter")
    expect(drawn.get_by_role("heading", name=second, exact=True)).to_be_visible()


@pytest.mark.slow
def test_a_frame_selects_and_a_legend_shows_its_group_alone(drawn: Page):
    # A finger that draws must not scroll the page.
    expect(drawn.locator(DOTS)).to_have_css("touch-action", "pan-y")
    drawn.get_by_role("button", name="Select with a frame").click()
    expect(drawn.locator(DOTS)).to_have_css("touch-action", "none")
    frame_all(drawn)
    expect(drawn.get_by_role("heading", name="40 selected")).to_be_visible()
    drawn.get_by_role("link", name="Clear").click()
    expect(drawn.locator("[data-map-selection] h3")).to_have_count(0)
    drawn.get_by_role("link", name="Session", exact=True).click()
    expect(drawn).to_have_url(re.compile(r"colour=session$"))
    group = drawn.get_by_role("button", name="Posters 1 20")
    group.click()
    expect(group).to_have_attribute("aria-pressed", "true")
    frame_all(drawn)
    expect(drawn.get_by_role("heading", name="20 selected")).to_be_visible()


@pytest.mark.slow
def test_a_selection_is_shared_by_its_address_and_shown_like_any_list(many_posters, page: Page):
    many_posters(40)
    page.goto("/many/map/?number=3.5-7&colour=session")
    expect(page.locator(DOTS)).to_be_visible()
    row = page.locator("[data-map-selection] .row").first
    expect(row).to_contain_text("Board 3")
    expect(row).to_contain_text("Posters 2 Fri 2 May, 11:00")
    expect(row).to_contain_text("Poster accept")
    page.get_by_role("link", name="Topic", exact=True).click()
    expect(page).to_have_url(re.compile(r"colour=topic&number=3\.5-7$"))
    page.get_by_role("link", name="Clear").click()
    expect(page.locator("[data-map-selection] .row")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"colour=topic$"))
    expect(page.locator(DOTS)).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.locator("[data-map-selection] .row")).to_have_count(1)
    page.get_by_role("link", name="Search, sort and filter them").click()
    expect(page.locator("[data-found]")).to_have_text("1 of 40 posters")
    page.get_by_role("searchbox").fill("title")
    expect(page).to_have_url(re.compile(r"q=title&number=\d+$"))
    expect(page.locator("[data-found]")).to_have_text("1 of 40 posters")


@pytest.mark.slow
def test_a_list_that_does_not_come_is_said_to_be_missing(drawn: Page, context):
    page = context.new_page()
    page.route("**/posters/?number=*", lambda route: route.abort())
    page.goto("/many/map/")
    expect(page.locator(DOTS)).to_be_visible()
    page.locator(DOTS).focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(page.locator("[data-map-selection]")).to_contain_text("The list could not be loaded.")
    expect(page.get_by_role("link", name="Search, sort and filter them")).to_be_visible()


def test_a_finger_shows_a_poster_first_and_opens_it_with_the_second_tap(many_posters, browser, live_server):
    many_posters(40)
    context = browser.new_context(
        service_workers="block",
        base_url=live_server.url,
        viewport={"width": 360, "height": 740},
        has_touch=True,
        is_mobile=True,
    )
    page = context.new_page()
    answer = page.request.get("/many/map.json").json()
    page.goto("/many/map/")
    expect(page.locator(DOTS)).to_be_visible()
    page.locator(DOTS).scroll_into_view_if_needed()
    box = page.locator(DOTS).bounding_box()
    margin = 30
    unit = min(box["width"] / (answer["width"] + 2 * margin), box["height"] / (answer["height"] + 2 * margin))
    x = box["x"] + box["width"] / 2 + (answer["x"][0] - answer["width"] / 2) * unit
    y = box["y"] + box["height"] / 2 + (answer["y"][0] - answer["height"] / 2) * unit
    page.touchscreen.tap(x, y)
    expect(page.locator(".map-tip")).to_contain_text(answer["titles"][0])
    expect(page).to_have_url(re.compile(r"/map/$"))
    page.touchscreen.tap(x, y)
    expect(page).to_have_url(re.compile(rf"/posters/{answer['numbers'][0]}/$"))
    context.close()


def test_the_picture_and_the_table_need_no_script(many_posters, browser, live_server):
    many_posters(40)
    call_command("place_posters", conference="many", verbosity=0)
    context = browser.new_context(service_workers="block", base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/many/map/?colour=session")
    expect(page.locator("[data-map-picture] path")).to_have_count(2)
    region = page.locator(".regions tbody tr").first
    count = region.locator("td").text_content()
    region.get_by_role("link").click()
    expect(page.locator(".rows > .row")).to_have_count(int(count))
    context.close()
