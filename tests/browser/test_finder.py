"""Results as one types and chooses, the keyboard, and what the browser remembers."""

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]

LIST = "/example-2030/posters/"


def shown(page: Page) -> list[str]:
    """The numbers of the posters listed."""
    return page.locator("[data-favourite]").evaluate_all("stars => stars.map(star => star.dataset.favourite)")


def test_results_follow_what_is_typed_and_chosen_and_the_way_back(conference, page: Page):
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto("/example-2030/favourites/")
    expect(page.get_by_role("link", name="Find posters")).to_be_visible()
    page.goto("/example-2030/")
    page.goto(LIST)
    expect(page.locator("button[data-favourite]")).to_have_count(6)
    page.locator("button[data-favourite='2']").click()
    page.get_by_role("searchbox").press_sequentially("robot", delay=20)
    expect(page.locator("[data-found]")).to_have_text("2 of 6 posters")
    expect(page.get_by_role("searchbox")).to_be_focused()
    expect(page.locator("[data-announcement]")).to_have_text("2 of 6 posters")
    expect(page).to_have_url(re.compile(r"/posters/\?q=robot$"))
    # Stars of results that came later are painted, and pressed like any other.
    expect(page.locator("button[data-favourite='2']")).to_have_attribute("aria-pressed", "true")
    page.locator("button[data-favourite='6']").click()
    expect(page.locator("[data-favourite-count]")).to_have_text("2")

    page.get_by_role("checkbox", name="Mon 3 Jun").check()
    expect(page).to_have_url(re.compile(r"/posters/\?q=robot&day=2030-06-03$"))
    expect(page.locator("[data-found]")).to_have_text("1 of 6 posters")
    expect(page.get_by_role("checkbox", name="Mon 3 Jun")).to_be_focused()
    page.go_back()
    expect(page.locator("[data-found]")).to_have_text("2 of 6 posters")
    expect(page.get_by_role("checkbox", name="Mon 3 Jun")).not_to_be_checked()
    page.go_forward()
    expect(page.get_by_role("checkbox", name="Mon 3 Jun")).to_be_checked()
    expect(page.get_by_role("searchbox")).to_have_value("robot")
    page.reload()
    expect(page.locator("[data-found]")).to_have_text("1 of 6 posters")
    page.go_back()
    page.go_back()
    expect(page).to_have_url(re.compile(r"/example-2030/$"))


def test_the_keyboard_searches_moves_stars_and_opens(conference, page: Page):
    page.goto(LIST)
    expect(page.locator("button[data-favourite]")).to_have_count(6)
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("okafors? js")
    expect(page.get_by_role("searchbox")).to_have_value("okafors? js")
    page.get_by_role("searchbox").fill("okafor")
    expect(page.locator("[data-found]")).to_have_text("2 of 6 posters")
    page.get_by_role("searchbox").blur()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.get_by_role("link", name="Walking Robots Learn to Rest", exact=True)).to_be_focused()
    page.keyboard.press("k")
    expect(page.get_by_role("link", name="Second Day, Second Chance", exact=True)).to_be_focused()
    page.keyboard.press("s")
    expect(page.locator("button[data-favourite='6']")).to_have_attribute("data-interest", "interested")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("o")
    expect(page).to_have_url(re.compile(r"/posters/6/$"))


def test_the_tab_key_need_not_walk_through_the_filters(conference, page: Page):
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(f"{LIST}?sort=title")
    page.get_by_role("button", name="Search").focus()
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip the filters")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Sort by")).to_be_focused()


def test_order_and_view_are_remembered_and_a_shuffle_holds_for_the_day(many_posters, page: Page):
    many_posters(60)
    page.goto("/many/posters/")
    page.get_by_label("Show").select_option("compact")
    expect(page.locator(".rows.is-compact")).to_be_visible()
    page.get_by_label("Sort by").select_option("Shuffled")
    expect(page).to_have_url(re.compile(r"seed=20\d\d-\d\d-\d\d-\w+"))
    expect(page.get_by_label("Sort by")).to_have_value("shuffle")
    expect(page.locator("[data-swap]")).to_have_attribute("aria-busy", "false")
    order = shown(page)
    assert order != sorted(order, key=int)
    page.goto("/many/")
    page.get_by_role("navigation").get_by_role("link", name="Posters").click()
    expect(page.locator(".rows.is-compact")).to_be_visible()
    assert shown(page) == order
    page.get_by_role("searchbox").fill("title 7")
    expect(page.get_by_label("Sort by")).to_have_value("")
    expect(page.get_by_label("Sort by").locator("option:checked")).to_have_text("Relevance")
    expect(page).to_have_url(re.compile(r"/posters/\?q=title\+7&view=compact$"))
    page.get_by_role("searchbox").fill("title")
    page.get_by_label("Sort by").select_option("Title")
    page.get_by_role("searchbox").fill("title 8")
    expect(page).to_have_url(re.compile(r"q=title\+8&sort=title&view=compact$"))


HOLD_THE_FIRST_DATABASE = """
const open = indexedDB.open.bind(indexedDB);
indexedDB.open = (...named) => {
  indexedDB.open = open;
  const held = {};
  document.documentElement.dataset.held = "";
  globalThis.letGo = () => {
    const request = open(...named);
    request.onupgradeneeded = () => { held.result = request.result; held.onupgradeneeded(); };
    request.onsuccess = () => { held.result = request.result; held.onsuccess(); };
  };
  return held;
};
"""


def test_stars_work_on_results_that_come_while_the_first_are_painted(conference, page: Page):
    page.add_init_script(HOLD_THE_FIRST_DATABASE)
    page.goto(LIST)
    expect(page.locator("html[data-held]")).to_be_attached()
    page.get_by_role("searchbox").fill("robot")
    expect(page.locator("[data-found]")).to_have_text("2 of 6 posters")
    page.evaluate("letGo()")
    page.locator("button[data-favourite='2']").click()
    expect(page.locator("button[data-favourite='2']")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-favourite-count]")).to_have_text("1")


def test_results_that_do_not_come_are_said_to_be_missing(conference, context):
    page = context.new_page()
    page.goto(LIST)
    page.route("**/posters/?q=*", lambda route: route.abort())
    page.get_by_role("searchbox").fill("robot")
    said = page.get_by_text("The results could not be loaded. Press Search to try again.")
    expect(said).to_be_in_viewport()
    expect(said).to_have_css("clip-path", "none")
    page.unroute("**/posters/?q=*")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("[data-found]")).to_have_text("2 of 6 posters")
    expect(page.locator("[data-announcement]")).to_have_class("visually-hidden")


def test_without_javascript_the_form_does_the_same(conference, browser, live_server):
    context = browser.new_context(
        service_workers="block",
        base_url=live_server.url,
        java_script_enabled=False,
        viewport={"width": 1280, "height": 800},
    )
    page = context.new_page()
    page.goto(LIST)
    page.get_by_role("checkbox", name="Mon 3 Jun").check()
    page.get_by_role("searchbox").fill("robot")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("[data-found]")).to_have_text("1 of 6 posters")
    page.set_viewport_size({"width": 360, "height": 740})
    page.get_by_text("Filters 1").click()
    page.get_by_role("checkbox", name="Mon 3 Jun").uncheck()
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.locator("[data-found]")).to_have_text("2 of 6 posters")
    page.get_by_label("Sort by").select_option("Shuffled")
    page.get_by_role("button", name="Apply").click()
    expect(page).to_have_url(re.compile(r"seed=20\d\d-\d\d-\d\d$"))
    context.close()


def test_a_search_without_end_does_not_burst_the_page(conference, page: Page):
    page.goto(f"{LIST}?q={'x' * 1500}")
    expect(page.get_by_text("No poster has “xxx")).to_be_visible()
    expect(page.locator(".active-filters a")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_it_says_how_to_search_without_a_script(conference, browser, live_server):
    context = browser.new_context(service_workers="block", base_url=live_server.url, java_script_enabled=False)
    page = context.new_page()
    page.goto(LIST)
    phrase = page.get_by_text("finds the words side by side")
    expect(phrase).to_be_hidden()
    page.get_by_text("How to search").click()
    expect(phrase).to_be_visible()
    context.close()
