"""What organisers drag: boards on the plan and authors on a poster. What is dragged is what is typed."""

import re

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from playwright.sync_api import expect

from posters.models import Author, Authorship, Board, Conference, Poster
from posters.programme.halls import HallShape, lay_out_hall
from tests.browser.test_accessibility import AXE, RULES, RUN
from tests.conftest import PASSWORD

TOO_LARGE = """pieces => pieces.filter(
    piece => piece.scrollHeight > piece.clientHeight + 1 || piece.scrollWidth > piece.clientWidth + 1
).length"""


@pytest.fixture
def admin_page(page, django_user_model):
    """The admin on a tablet, signed in."""
    django_user_model.objects.create_superuser("organiser", "organiser@example.org", PASSWORD)
    page.set_viewport_size({"width": 820, "height": 1180})
    page.goto("/admin/")
    page.get_by_label("Username").fill("organiser")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    return page


def drag(page, source, target):
    """From the middle of one element to that of another, or to a point relative to it."""
    page.mouse.move(*middle(source))
    page.mouse.down()
    page.mouse.move(*target, steps=8)
    page.mouse.up()


def middle(element):
    box = element.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_a_board_is_dragged_or_typed_and_saved(conference, admin_page):
    room = conference.rooms.get(name="Hall A")
    lay_out_hall(room=room, shape=HallShape(rows=2, columns=6))
    board = Board.objects.get(room=room, label="A6")
    admin_page.goto(f"/admin/posters/room/{room.pk}/plan/")
    mark = admin_page.locator(f"[data-board='{board.pk}'] use")
    neighbour = admin_page.locator(f"[data-board='{Board.objects.get(room=room, label='B6').pk}'] use")
    x, y = middle(neighbour)
    drag(admin_page, mark, (x, (y + middle(mark)[1]) / 2))
    assert admin_page.locator(f"#id_x-{board.pk}").input_value() == "12"
    assert admin_page.locator(f"#id_y-{board.pk}").input_value() == "3.5"
    admin_page.locator(f"#id_x-{board.pk}").fill("14.5")
    assert mark.get_attribute("x") == "1450"
    admin_page.get_by_role("button", name="Save the places").click()
    admin_page.get_by_text("1 board moved.").wait_for()
    board.refresh_from_db()
    assert (board.x_metres, board.y_metres) == (14.5, 3.5)


def test_an_author_is_dragged_to_another_place(conference, admin_page):
    poster = Poster.objects.get(conference=conference, number=1)
    third = Author.objects.create(conference=conference, name="Third", slug="third")
    Authorship.objects.create(poster=poster, author=third, position=3)
    names = list(poster.authorships.order_by("position").values_list("author__name", flat=True))
    admin_page.goto(f"/admin/posters/poster/{poster.pk}/change/")
    handles = admin_page.locator("#authorships-group .drag-handle")
    assert handles.count() == 3
    handles.last.scroll_into_view_if_needed()
    x, y = middle(handles.nth(0))
    drag(admin_page, handles.nth(2), (x, y - 5))
    positions = admin_page.locator("#authorships-group tr.form-row:not(.empty-form) input[name$='-position']")
    assert [field.input_value() for field in positions.all()] == ["1", "2", "3"]
    admin_page.get_by_role("button", name="Save", exact=True).first.click()
    admin_page.get_by_text("was changed successfully").wait_for()
    after = list(poster.authorships.order_by("position").values_list("author__name", flat=True))
    assert after == [names[2], names[0], names[1]]


@pytest.mark.slow
@pytest.mark.parametrize(("paper", "size"), [("a4", (595, 842)), ("letter", (612, 792))])
def test_whatever_is_printed_fits_its_paper(paper, size, conference, admin_page):
    session = conference.sessions.get(slug="poster-session-1")
    longest = "Incomprehensibilities of " * 20
    Poster.objects.filter(conference=conference).update(title=longest[:500])
    Author.objects.filter(conference=conference).update(name="Wolfgang Amadeus " * 11)
    Board.objects.filter(room__conference=conference, label="A1").update(label="Annexe-West-Floor-2a")
    admin_page.emulate_media(media="print")
    for kind in ("labels", "signs"):
        for count in (1, 2, 4, 8):
            admin_page.goto(f"/admin/posters/session/{session.pk}/print/?paper={paper}&kind={kind}&per_page={count}")
            assert admin_page.locator("article").evaluate_all(TOO_LARGE) == 0, (kind, count)
            printed = admin_page.pdf(prefer_css_page_size=True)
            boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", printed)
            sheets = admin_page.locator("section").count()
            assert [(round(float(w)), round(float(h))) for w, h in boxes] == [size] * sheets


@pytest.mark.slow
@pytest.mark.parametrize(("width", "scheme"), [(820, "dark"), (1280, "light")])
def test_axe_finds_nothing_in_these_pages(width, scheme, conference, browser, live_server, django_user_model):
    organiser = django_user_model.objects.create_superuser("organiser", "organiser@example.org", PASSWORD)
    room = conference.rooms.get(name="Hall A")
    lay_out_hall(room=room, shape=HallShape(rows=2, columns=7))
    author = Author.objects.filter(conference=conference, posters__number=1).first()
    session = conference.sessions.get(slug="poster-session-1")
    client = Client()
    client.force_login(organiser)
    context = browser.new_context(
        service_workers="block",
        base_url=live_server.url,
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        bypass_csp=True,
    )
    cookie = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
    page = context.new_page()
    draft = Conference.objects.create(name="Draft 2031", slug="draft-2031", year=2031)
    keys = ",".join(str(key) for key in conference.posters.filter(number__in=[4, 8]).values_list("pk", flat=True))
    role = Group.objects.create(name="Programme committee")
    found = {}
    shape = "rows=1&columns=9&row_metres=3&column_metres=2&aisle_metres=2&left_metres=2&front_metres=2"
    for path in (
        f"/admin/posters/room/{room.pk}/plan/",
        f"/admin/posters/room/{room.pk}/layout/",
        f"/admin/posters/room/{room.pk}/layout/?{shape}&labelling=letters&first_number=1",
        f"/admin/posters/author/{author.pk}/merge/?q=a",
        f"/admin/posters/author/{author.pk}/split/",
        f"/admin/posters/session/{session.pk}/print/",
        f"/admin/posters/poster/bulk/publish/?posters={keys}",
        f"/admin/posters/poster/bulk/withdraw/?posters={keys}",
        f"/admin/posters/poster/side-by-side/?posters={keys}",
        f"/admin/posters/conference/{draft.pk}/publish/",
        f"/admin/posters/change/revision/{conference.slug}/{conference.changes.first().revision}/",
        f"/admin/conference/{conference.slug}/",
        f"/admin/conference/{conference.slug}/attention/",
        f"/admin/conference/{conference.slug}/wishes/",
        f"/admin/conference/{conference.slug}/demand/?of=attendances",
        f"/admin/auth/group/{role.pk}/change/",
    ):
        assert page.goto(path).status == 200
        page.evaluate(AXE.read_text("utf-8"))
        # Of the admin's own frame Django takes care.
        part = "#content-main" if page.locator("#content-main").count() else "html"
        found[path] = page.evaluate(RUN.replace("document,", f"'{part}',"), RULES)
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found[path].append("wider than the window")
    context.close()
    assert {path: faults for path, faults in found.items() if faults} == {}


@pytest.fixture
def large(conference):
    """An edition in which it takes a while to look and to count."""
    Poster.objects.bulk_create(
        Poster(conference=conference, number=number, title=f"Title {number}") for number in range(100, 1_101)
    )
    return conference


def test_what_takes_a_while_comes_to_the_page_that_is_there(large, admin_page):
    admin_page.goto("/admin/conference/example-2030/")
    admin_page.get_by_role("link", name=f"{large.posters.count():,} posters").wait_for()
    admin_page.get_by_text("No favourites yet.").wait_for()
    admin_page.get_by_text("no authors", exact=True).wait_for()
    assert admin_page.locator("[data-later]").count() == 0
    assert admin_page.get_by_role("heading", name="Needs attention").count() == 1
    said = admin_page.get_by_role("status").filter(has_text="now on the page")
    assert said.all_inner_texts() == ["Needs attention: now on the page.", "What attendees want: now on the page."]


def test_who_is_at_a_part_that_takes_a_while_stays_there_when_it_comes(large, admin_page):
    waiting = []
    admin_page.route("**/attention/", lambda route: waiting.append(route))
    admin_page.goto("/admin/conference/example-2030/")
    link = admin_page.get_by_role("link", name="Look through it now")
    part = admin_page.locator("#home-attention")
    expect(part).to_have_attribute("aria-busy", "true")
    expect(part).to_contain_text("The programme is being looked through. Look through it now")
    link.focus()
    waiting.pop().continue_()
    admin_page.get_by_text("no authors", exact=True).wait_for()
    expect(part.get_by_role("heading", name="Needs attention")).to_be_focused()
    expect(admin_page.get_by_text("Needs attention: now on the page.")).to_have_count(0)


def test_what_does_not_come_is_a_link_that_promises_nothing(large, admin_page):
    # As when one has been signed out meanwhile.
    admin_page.route("**/attention/", lambda route: route.fulfill(content_type="text/html", body="<h2>Sign in</h2>"))
    admin_page.goto("/admin/conference/example-2030/")
    admin_page.get_by_text("No favourites yet.").wait_for()
    part = admin_page.locator("#home-attention")
    expect(part).not_to_have_attribute("aria-busy", "true")
    expect(part).to_have_text(re.compile(r"^\s*Needs attention\s*Look through it now\s*$"))
