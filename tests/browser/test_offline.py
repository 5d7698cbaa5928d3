"""At the venue: what a phone still does when the hall's Wi-Fi is gone, and what it does when it is back."""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from io import BytesIO

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from posters.browse import offline
from posters.browse.words import fold
from posters.models import Announcement, Attendance, Attendee, Favourite, Poster, Visit
from posters.pictures import keep_picture
from tests.browser.hall import Wire, wire_to
from tests.conftest import PASSWORD

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]

HOME = "/example-2030/"
ITINERARY = f"{HOME}itinerary/"
LIST = f"{HOME}posters/"
NOTE = "[data-network-note]"
CACHED = """async () => {
    const kept = {};
    for (const name of await caches.keys())
        kept[name] = (await (await caches.open(name)).keys()).map(({url}) => url.replace(location.origin, ""));
    return kept;
}"""
IN_DATABASE = """() => new Promise((done) => {
    const opening = indexedDB.open("boardwalk");
    opening.onsuccess = () => {
        const isEmpty = !opening.result.objectStoreNames.length; // made by this very opening
        const all = isEmpty || opening.result.transaction("entries").objectStore("entries").getAll();
        all.onsuccess = () => done(all.result);
        if (isEmpty) done([]);
        opening.result.close();
    };
})"""
COPY = """async ([from, addresses]) => {
    const cache = await caches.open("boardwalk-programme");
    for (const address of addresses) await cache.put(address, await cache.match(from, {ignoreVary: true}));
}"""

IMPATIENT = """() => {
    const later = setTimeout;
    globalThis.setTimeout = (run, milliseconds) => later(run, milliseconds / 10);
}"""


@pytest.fixture
def wire(live_server) -> Iterator[Wire]:
    with wire_to(live_server.url) as wire:
        yield wire


@pytest.fixture
def phone(browser: Browser, wire: Wire) -> Iterator[Callable[[], Page]]:
    """Makes a visitor's phone, with nothing on it. Nothing may be refused by the policy, and no script may fail."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def make() -> Page:
        context = browser.new_context(base_url=wire.url, viewport={"width": 360, "height": 740})
        contexts.append(context)
        context.on("console", lambda said: faults.append(said.text) if "Content Security" in said.text else None)
        context.on("weberror", lambda error: faults.append(str(error.error)))
        return context.new_page()

    yield make
    for context in contexts:
        context.close()
    assert faults == []


def until_kept(page: Page, path: str, text: str = "") -> None:
    """Until the device holds what is at an address, with this text in it."""
    page.evaluate(
        """async ([path, text]) => {
            for (let tries = 0; tries < 300; tries += 1) {
                const kept = await caches.match(path, {ignoreVary: true});
                if (kept && (await kept.text()).includes(text)) return;
                await new Promise((done) => setTimeout(done, 50));
            }
            throw new Error(`${path} with “${text}” is not kept`);
        }""",
        [path, text],
    )


def until_sent(page: Page) -> None:
    """Until nothing waits on the device."""
    page.evaluate("""async () => {
        for (let tries = 0; tries < 300; tries += 1) {
            if (!(await boardwalkOutbox.waiting()).length) return;
            await new Promise((done) => setTimeout(done, 50));
        }
        throw new Error("something still waits");
    }""")


def until_waiting(page: Page, interest: str) -> None:
    """Until a wish of this kind is kept on the device: the star is painted a moment before."""
    page.evaluate(
        """async (interest) => {
            for (let tries = 0; tries < 300; tries += 1) {
                if ((await boardwalkOutbox.waiting()).some((entry) => entry.fields.interest === interest)) return;
                await new Promise((done) => setTimeout(done, 50));
            }
            throw new Error(`no wish “${interest}” waits`);
        }""",
        interest,
    )


def star(page: Page, number: int):
    return page.locator(f"button[data-favourite='{number}']")


def wish_for(page: Page, number: int) -> None:
    """Star a poster in the list and go on: the next page has at once kept what this one would in two seconds."""
    page.goto(LIST)
    star(page, number).click()
    until_sent(page)
    page.goto(LIST)


def visit_with_a_wish(page: Page) -> None:
    """What a phone holds after one visit on which poster 2 was starred."""
    page.goto(HOME)
    until_kept(page, f"{HOME}offline/")
    wish_for(page, 2)
    until_kept(page, ITINERARY, "Walking Robots")
    until_kept(page, f"{HOME}favourites/", "Walking Robots")
    until_kept(page, f"{HOME}search-index.json")


FORM = """() => document.querySelector("main").insertAdjacentHTML("beforeend", `
    <form method="post" action="/example-2030/sessions/keynote/attendance/" data-offline="The keynote">
    <input name="csrfmiddlewaretoken" value="old"><button name="attending" value="yes">Attend the keynote</button>
    <button id="by-script" name="attending" value="yes"
        formaction="/example-2030/sessions/poster-session-1/attendance/"></button></form>`)"""


def sign_in_as(page: Page, name: str) -> None:
    """Through the admin's form, where a password will do."""
    if not User.objects.filter(username=name).exists():
        User.objects.create_user(name, f"{name}@example.org", PASSWORD, is_staff=True)
    page.goto("/admin/login/?next=/example-2030/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    until_kept(page, f"{HOME}offline/")


def wishes() -> dict[int, str]:
    return dict(Favourite.objects.values_list("poster__number", "interest"))


def test_the_itinerary_opens_without_a_network_and_says_how_old_it_is(conference, wire, phone):
    page = phone()
    visit_with_a_wish(page)
    page.goto(f"{LIST}1/")
    star(page, 1).click()
    until_kept(page, ITINERARY, "Bridges")  # by the page in use, without another
    wire.cut()
    page.goto(ITINERARY)
    expect(page.get_by_role("link", name="Walking Robots Learn to Rest", exact=True).first).to_be_visible()
    expect(page.locator(NOTE)).to_have_text(re.compile(r"^Saved \d\d:\d\d, you are offline\. Try again$"))
    expect(star(page, 2)).to_have_attribute("aria-pressed", "true")
    page.goto(f"{HOME}favourites/")
    expect(page.get_by_role("link", name="Walking Robots Learn to Rest", exact=True).first).to_be_visible()
    page.goto(f"{LIST}1/")
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator(NOTE)).to_contain_text("you are offline")
    wire.mend()
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(NOTE)).to_be_empty()


@pytest.mark.slow
def test_announcements_are_read_without_a_network_until_they_are_over(conference, wire, phone):
    now = timezone.now()
    for text, hours, part in (("Lunch is served.", 2, "all"), ("Bring your badge.", 9, "itinerary")):
        Announcement.objects.create(
            conference=conference, text=text, shown_on=part, shown_until=now + dt.timedelta(hours=hours)
        )
    page = phone()
    visit_with_a_wish(page)
    wire.cut()
    notices = page.locator(".announcements .notice")
    page.goto(ITINERARY)
    expect(notices).to_have_text(["Bring your badge.", "Lunch is served."])
    page.goto(f"{LIST}?q=robots")
    expect(notices).to_have_text(["Lunch is served."])
    page.clock.set_fixed_time(now + dt.timedelta(hours=3))
    page.goto(ITINERARY)
    expect(notices).to_have_text(["Bring your badge."])


@pytest.mark.slow
def test_a_page_that_comes_too_late_is_shown_as_saved(conference, wire, phone):
    page = phone()
    visit_with_a_wish(page)
    (worker,) = page.context.service_workers
    worker.evaluate(IMPATIENT)
    wire.stall()
    page.goto(ITINERARY)
    expect(page.get_by_role("link", name="Walking Robots Learn to Rest", exact=True).first).to_be_visible()
    expect(page.locator(NOTE)).to_contain_text("the network is too slow.")
    wire.mend()


def test_a_star_pressed_offline_is_sent_once_when_the_network_is_back(conference, wire, phone):
    page = phone()
    visit_with_a_wish(page)
    wire.cut()
    page.goto(LIST)
    star(page, 6).click()
    star(page, 6).click()
    expect(star(page, 6)).to_have_attribute("data-interest", "must-see")
    until_waiting(page, "must-see")
    expect(page.locator(NOTE)).to_contain_text("1 change waits on this device for the network.")
    page.goto(f"{HOME}favourites/")
    expect(page.locator("[data-favourite-count]")).to_have_text("2")
    assert wishes() == {2: "interested"}
    wire.mend()
    sent = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.goto(LIST)
    until_sent(page)
    expect(page.locator(NOTE)).to_be_empty()
    assert wishes() == {2: "interested", 6: "must-see"}
    assert sent == [f"{wire.url}{LIST}6/favourite/"]


@pytest.mark.slow
def test_what_waits_is_sent_as_soon_as_the_browser_sees_a_network(conference, wire, phone):
    page = phone()
    visit_with_a_wish(page)
    wire.cut()
    star(page, 6).click()
    expect(page.locator(NOTE)).to_contain_text("1 change waits")
    wire.mend()
    page.evaluate("dispatchEvent(new Event('online'))")
    until_sent(page)
    expect(page.locator(NOTE)).to_be_empty()
    assert wishes() == {2: "interested", 6: "interested"}


@pytest.mark.slow
def test_first_wishes_made_offline_in_two_tabs_make_one_attendee(conference, wire, phone):
    page = phone()
    page.goto(LIST)
    until_kept(page, LIST)
    until_kept(page, f"{HOME}offline/")
    page.goto(f"{HOME}sessions/keynote/")
    wire.cut()
    page.locator("button[data-attendance='keynote']").click()
    other = page.context.new_page()
    other.goto(LIST)
    star(other, 1).click()
    star(other, 2).click()
    expect(page.locator(NOTE)).to_contain_text("3 changes wait")
    wire.mend()
    for tab in (page, other):
        tab.evaluate("dispatchEvent(new Event('online'))")
    until_sent(page)
    assert Attendee.objects.count() == 1
    assert wishes() == {1: "interested", 2: "interested"}
    assert list(Attendance.objects.values_list("session__slug", flat=True)) == ["keynote"]


@pytest.mark.slow
def test_the_latest_intent_wins_although_an_older_one_arrives_after_it(conference, wire, phone):
    page = phone()
    sign_in_as(page, "ada")
    wish_for(page, 6)
    until_kept(page, f"{HOME}favourites/", "Second Day")
    wire.cut()
    star(page, 6).click()
    expect(star(page, 6)).to_have_attribute("data-interest", "must-see")
    expect(page.locator(NOTE)).to_contain_text("1 change waits")
    desk = Client()
    desk.post("/admin/login/", {"username": "ada", "password": PASSWORD})
    desk.post(f"{LIST}6/favourite/", {"interest": "none"})
    wire.mend()
    page.evaluate("dispatchEvent(new Event('online'))")
    until_sent(page)
    expect(star(page, 6)).to_have_attribute("data-interest", "none")
    assert wishes() == {6: "none"}


@pytest.mark.slow
def test_a_refusal_is_told_in_words(conference, wire, phone):
    page = phone()
    visit_with_a_wish(page)
    wire.cut()
    star(page, 6).click()
    expect(page.locator(NOTE)).to_contain_text("1 change waits")
    Poster.objects.filter(number=6).update(status="withdrawn")
    wire.mend()
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator(".toast")).to_have_text(
        "Second Day, Second Chance: This poster was withdrawn: it cannot become a favourite."
    )
    expect(star(page, 6)).to_have_attribute("data-interest", "none")
    expect(page.locator(NOTE)).to_be_empty()
    assert wishes() == {2: "interested"}


@pytest.mark.slow
def test_a_form_sent_offline_waits_like_a_star(conference, wire, phone):
    page = phone()
    visit_with_a_wish(page)
    wire.cut()
    page.goto(ITINERARY)
    page.evaluate(FORM)
    page.get_by_role("button", name="Attend the keynote").click()
    expect(page.locator(NOTE)).to_contain_text("1 change waits")
    # A script that sends forms itself, and could not.
    is_left_alone = page.evaluate("""() => {
        const button = document.querySelector("#by-script");
        const unsent = new CustomEvent("boardwalk:unsent", {bubbles: true, cancelable: true, detail: button});
        return button.form.dispatchEvent(unsent);
    }""")
    assert not is_left_alone
    expect(page.locator(NOTE)).to_contain_text("2 changes wait")
    assert Attendance.objects.count() == 0
    wire.mend()
    page.goto(HOME)
    until_sent(page)
    assert set(Attendance.objects.values_list("session__slug", flat=True)) == {"keynote", "poster-session-1"}


@pytest.mark.slow
def test_edits_of_the_itinerary_show_at_once_as_waiting_and_are_sent_later(conference, wire, phone):
    """From the saved page as from one that was open when the network went, with the dialogue and without."""
    page = phone()
    visit_with_a_wish(page)
    visit = Visit.objects.get()
    row = page.locator(f"#visit-{visit.pk}")
    page.goto(ITINERARY)
    expect(star(page, 2)).to_be_visible()
    wire.cut()
    row.get_by_role("button", name="Mark as visited").click()
    expect(row.locator(".waits")).to_have_text("Waits for the network: marked as visited.")
    page.goto(ITINERARY)
    expect(page.locator(NOTE)).to_contain_text("1 change waits on this device for the network.")
    expect(row.locator(".waits")).to_have_text("Waits for the network: marked as visited.")
    row.get_by_role("button", name="Visited – undo").click()
    expect(row.locator(".waits")).to_have_text("Waits for the network: marked as not visited.")
    row.get_by_role("button", name="Mark as visited").click()
    row.get_by_role("link", name="Change").click()
    sheet = page.get_by_role("dialog")
    expect(sheet.get_by_role("heading")).to_have_text("Walking Robots Learn to Rest")
    sheet.get_by_label("Note").fill("Two lines\n  of a note")
    sheet.get_by_role("button", name="Save note").click()
    expect(sheet).to_be_hidden()
    row.get_by_role("link", name="Change").click()
    expect(sheet.get_by_label("Note")).to_have_value("Two lines\n  of a note")
    sheet.get_by_role("button", name="Pin").click()
    row.get_by_role("link", name="Change").click()
    expect(sheet.get_by_role("button", name="Pinned – undo")).to_be_visible()
    sheet.get_by_label("Minutes").fill("12")
    sheet.get_by_role("button", name="Save", exact=True).click()
    expect(row.locator(".waits")).to_contain_text("marked as visited; note “Two lines")
    expect(row.locator(".waits")).to_contain_text("pinned")
    expect(row.locator(".waits")).to_contain_text("12 minutes")
    expect(page.locator(NOTE)).to_contain_text("6 changes wait")
    assert Visit.objects.get().visited_at is None
    # Meanwhile, from elsewhere: the version that the phone saw is gone.
    Visit.objects.update(version=visit.version + 5)
    wire.mend()
    page.evaluate("dispatchEvent(new Event('online'))")
    until_sent(page)
    expect(row.locator(".waits")).to_have_count(0)
    expect(row).to_contain_text("Two lines")
    expect(row.get_by_role("button", name="Visited – undo")).to_be_visible()
    visit.refresh_from_db()
    assert (visit.note, visit.is_pinned, visit.visited_at is None) == ("Two lines\n  of a note", True, False)
    assert Favourite.objects.get().dwell_minutes == 12


@pytest.mark.slow
def test_what_was_wished_with_an_account_waits_until_its_owner_is_back(conference, wire, phone):
    page = phone()
    sign_in_as(page, "ada")
    wish_for(page, 2)
    until_kept(page, "/me/example-2030.json", '"2"')
    wire.cut()
    star(page, 6).click()
    expect(page.locator(NOTE)).to_contain_text("1 change waits on this device for the network.")
    page.context.clear_cookies()
    wire.mend()
    page.goto(LIST)
    expect(page.locator(NOTE)).to_contain_text("1 change waits on this device until you sign in again.")
    assert Attendee.objects.filter(user=None).count() == 0
    sign_in_as(page, "ada")
    page.goto(LIST)
    until_sent(page)
    assert wishes() == {2: "interested", 6: "interested"}
    assert Attendee.objects.count() == 1


@pytest.mark.slow
def test_a_tab_from_before_a_sign_in_sends_to_the_account(conference, wire, phone):
    page = phone()
    page.goto(LIST)
    expect(star(page, 2)).to_be_visible()
    sign_in_as(page.context.new_page(), "ada")
    star(page, 2).click()
    until_sent(page)
    expect(star(page, 2)).to_have_attribute("data-interest", "interested")
    assert list(Attendee.objects.values_list("user__username", flat=True)) == ["ada"]
    assert wishes() == {2: "interested"}


@pytest.mark.slow
def test_what_was_wished_with_an_account_is_no_other_accounts(conference, wire, phone):
    page = phone()
    sign_in_as(page, "ada")
    wish_for(page, 2)
    until_kept(page, "/me/example-2030.json", '"2"')
    wire.cut()
    star(page, 6).click()
    expect(page.locator(NOTE)).to_contain_text("1 change waits")
    page.context.clear_cookies()
    wire.mend()
    sign_in_as(page, "bo")
    page.goto(LIST)
    expect(page.locator(NOTE)).to_be_empty()
    expect(star(page, 2)).to_have_attribute("data-interest", "none")
    expect(star(page, 6)).to_have_attribute("data-interest", "none")
    assert wishes() == {2: "interested"}


@pytest.mark.slow
def test_search_without_a_network_finds_with_accents_and_stars(conference, wire, phone):
    page = phone()
    visit_with_a_wish(page)
    wire.cut()
    page.get_by_role("searchbox").fill("muller")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Posters", exact=True)).to_be_visible()
    expect(page.locator(NOTE)).to_contain_text("You are offline.")
    expect(page.locator("[data-found]")).to_have_text(re.compile(r"^\d+ of 6 posters, as kept on this device$"))
    rows = page.locator("[data-offline-results] [data-row]")
    assert rows.count() == Poster.objects.filter(authors__name="Ada Müller", status="published").distinct().count() > 0
    page.get_by_role("searchbox").fill("ROBÓTS wal")
    expect(page.locator("[data-found]")).to_have_text("1 of 6 posters, as kept on this device")
    row = page.locator("[data-offline-results] [data-row]")
    expect(row).to_contain_text("Board")
    expect(row).to_contain_text("Mon 3 Jun, 10:00")
    star(page, 2).click()
    expect(star(page, 2)).to_have_attribute("data-interest", "must-see")
    page.goto(f"{LIST}6/")
    expect(page.get_by_role("heading", name="Not saved on this device")).to_be_visible()
    expect(page.get_by_role("link", name="Second Day, Second Chance", exact=True)).to_be_visible()


def test_text_is_folded_as_on_the_server(conference, wire, phone):
    texts = [
        "Łukasz O’Brien",
        "ﬁne ﬀ",
        "Straße ẞ",
        "ΣΟΦΟΣ σοφός",
        "ℓ₂ ½",
        "İstanbul ısı",
        "Ærø Þór Ŋ",
        "e\u0301",
        "d'Ávila`s",
    ]
    page = phone()
    page.goto(f"{HOME}offline/")
    source = page.locator("script[src*='offline-search']").get_attribute("src")
    folded = page.evaluate(f"async (texts) => texts.map((await import('{source}')).fold)", texts)
    assert folded == [fold(text) for text in texts]


def test_nothing_personal_stays_after_sign_out(conference, wire, phone):
    page = phone()
    sign_in_as(page, "ada")
    wish_for(page, 2)
    until_kept(page, ITINERARY, "ada@example.org")
    kept = page.evaluate("async (path) => (await caches.match(path, {ignoreVary: true})).text()", ITINERARY)
    assert set(re.findall(r'name="csrfmiddlewaretoken" value="(.*?)"', kept)) == {""}
    page.goto(ITINERARY)
    expect(star(page, 2)).to_be_visible()
    wire.cut()
    star(page, 2).click()
    expect(page.locator(NOTE)).to_contain_text("1 change waits")
    assert [entry["fields"] for entry in page.evaluate(IN_DATABASE)] == [{"interest": "must-see"}]
    wire.mend()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("ada@example.org")).to_have_count(0)
    page.goto(HOME)
    until_kept(page, f"{HOME}offline/")
    page.goto(HOME)
    until_kept(page, "/me/example-2030.json", '"attendee":""')
    assert page.evaluate(CACHED)["boardwalk-personal"] == ["/me/example-2030.json"]
    assert page.evaluate(IN_DATABASE) == []
    wire.cut()
    page.goto(ITINERARY)
    expect(page.get_by_role("heading", name="Not saved on this device")).to_be_visible()


@pytest.mark.slow
def test_another_person_finds_nothing_of_the_one_before(conference, wire, phone):
    page = phone()
    visit_with_a_wish(page)
    page.context.clear_cookies()
    page.goto(HOME)
    until_kept(page, "/me/example-2030.json", '"attendee":""')
    kept = page.evaluate(CACHED)
    assert kept["boardwalk-personal"] == ["/me/example-2030.json"]


@pytest.mark.slow
def test_what_is_kept(conference, wire, phone):
    """Only what is meant to be: no token, no form, no account, no error, nothing by its query only."""
    page = phone()
    visit_with_a_wish(page)
    for path in (
        f"{LIST}2/",
        f"{LIST}2/favourite/",
        f"{LIST}99/",
        f"{HOME}favourites/?q=robots",
        "/account/login/",
        "/admin/",
        "/",
    ):
        page.goto(path)
    kept = page.evaluate(CACHED)
    files = kept.pop(next(name for name in kept if name.startswith("boardwalk-static-")))
    assert all(name.startswith("/static/") for name in files)
    assert {name: sorted(paths) for name, paths in kept.items()} == {
        "boardwalk-programme": sorted([HOME, LIST, f"{LIST}2/", f"{HOME}offline/", f"{HOME}theme.css"]),
        "boardwalk-personal": sorted(["/me/example-2030.json", ITINERARY, f"{HOME}favourites/"]),
        "boardwalk-index": [f"{HOME}search-index.json"],
    }
    assert page.evaluate("async () => (await (await caches.match('/me/example-2030.json')).json()).csrf_token") == ""


@pytest.mark.slow
def test_the_store_of_visited_pages_is_bounded(many_posters, wire, phone):
    many_posters(100)
    page = phone()
    page.goto("/many/posters/1/")
    until_kept(page, "/many/offline/")
    page.goto("/many/posters/2/")
    until_kept(page, "/many/posters/2/")
    page.evaluate(COPY, ["/many/posters/2/", [f"/many/posters/{number}/" for number in range(3, 85)]])
    for number in range(85, 90):
        page.goto(f"/many/posters/{number}/", wait_until="commit")
    until_kept(page, "/many/posters/89/")
    kept = page.evaluate(CACHED)["boardwalk-programme"]
    assert 79 <= len(kept) <= 80
    assert "/many/posters/89/" in kept
    assert "/many/posters/2/" not in kept


@pytest.fixture
def release(settings, tmp_path) -> Iterator[Callable[[], None]]:
    """Puts another release of the static files on the server."""

    def change() -> None:
        for name in {*offline.KEPT_FILES, *offline.WORKER_FILES}:
            copy = tmp_path / "static" / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes((settings.BASE_DIR / "static" / name).read_bytes() + b"\n")
        settings.BASE_DIR = tmp_path
        offline.version_of_files.cache_clear()

    yield change
    offline.version_of_files.cache_clear()


@pytest.mark.slow
def test_a_new_version_waits_until_the_page_in_use_asks_for_it(conference, wire, phone, release):
    page = phone()
    page.goto(LIST)
    until_kept(page, f"{HOME}offline/")
    other = page.context.new_page()
    other.goto(HOME)
    before = next(name for name in page.evaluate(CACHED) if name.startswith("boardwalk-static-"))
    release()
    page.evaluate("navigator.serviceWorker.getRegistration().then((registration) => registration.update())")
    offer = page.get_by_text("There is a new version of this site.")
    expect(offer).to_be_visible()
    star(page, 2).click()
    expect(star(page, 2)).to_have_attribute("aria-pressed", "true")
    until_sent(page)
    assert len([name for name in page.evaluate(CACHED) if name.startswith("boardwalk-static-")]) == 2
    page.get_by_role("button", name="Reload").click()
    expect(offer).to_have_count(0)
    expect(star(page, 2)).to_have_attribute("aria-pressed", "true")
    # The other tab was not reloaded under its user's hands, and the files it came with are still there.
    assert other.evaluate("performance.getEntriesByType('navigation').length") == 1
    assert before in other.evaluate(CACHED)


@pytest.mark.slow
def test_the_browser_sends_what_waits_by_itself(conference, wire, phone):
    """Background Sync, where there is: asked for by the browser, not by a page."""
    page = phone()
    visit_with_a_wish(page)
    wire.cut()
    star(page, 6).click()
    expect(page.locator(NOTE)).to_contain_text("1 change waits")
    tags = "async () => (await (await navigator.serviceWorker.ready).sync.getTags())"
    assert page.evaluate(tags) == ["outbox"]
    wire.mend()
    browser = page.context.new_cdp_session(page)
    registrations: list[str] = []
    browser.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: registrations.extend(one["registrationId"] for one in told["registrations"]),
    )
    browser.send("ServiceWorker.enable")
    for _ in range(200):
        if not registrations:  # told between two answers
            page.evaluate("() => new Promise((done) => setTimeout(done, 20))")
    browser.send(
        "ServiceWorker.dispatchSyncEvent",
        {"origin": wire.url, "registrationId": registrations[0], "tag": "outbox", "lastChance": False},
    )
    until_sent(page)
    expect(page.locator(NOTE)).to_be_empty()
    assert wishes() == {2: "interested", 6: "interested"}


@pytest.mark.slow
def test_the_browser_finds_the_site_fit_to_be_installed(conference, wire, phone):
    page = phone()
    page.goto(HOME)
    until_kept(page, f"{HOME}offline/")
    browser = page.context.new_cdp_session(page)
    manifest = browser.send("Page.getAppManifest")
    assert (manifest["url"], manifest["errors"]) == (f"{wire.url}{HOME}manifest.webmanifest", [])
    errors = browser.send("Page.getInstallabilityErrors")["installabilityErrors"]
    # What a test's browser has no place for apps in.
    assert [error["errorId"] for error in errors if error["errorId"] != "in-incognito"] == []


@pytest.mark.slow
def test_the_whole_programme_is_kept_when_asked_for(conference, wire, phone):
    page = phone()
    page.goto(f"{HOME}offline/")
    page.get_by_role("button", name="Keep the whole programme on this device").click()
    expect(page.locator("[data-found]")).to_have_text("6 posters are kept on this device.")
    page.get_by_role("searchbox").fill("robots")
    expect(page.locator("[data-offline-results] [data-row]")).to_have_count(2)


@pytest.mark.slow
def test_a_picture_that_does_not_come_leaves_a_word(conference, phone, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    file = BytesIO()
    Image.new("RGB", (600, 1000)).save(file, "PNG")
    Poster.objects.filter(number=1).update(image=keep_picture(content=file.getvalue()))
    page = phone()
    page.goto(f"{LIST}1/")
    picture = page.locator("[data-picture]")
    picture.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('[data-picture]').naturalWidth === 576")
    page.context.route("**/media/**", lambda route: route.abort())
    page.goto(f"{LIST}2/")
    page.goto(f"{LIST}1/?again")
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.get_by_text("to be seen with a network").wait_for()
    assert picture.count() == 0
