"""axe-core finds nothing to complain of, on a phone in the light and on a desk in the dark."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from posters.browse.places import place_posters
from posters.models import Board, Conference
from tests.browse.conftest import PROGRAMME_PATHS
from tests.browser.pages import go_to

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]

AXE = Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js"
PAGES = (
    *(path for path in PROGRAMME_PATHS if path.partition("?")[0].endswith("/")),
    "/example-2030/posters/?view=compact",
    "/example-2030/posters/?view=topics&number=1-3",
    "/example-2030/favourites/",
    "/example-2030/itinerary/",
    "/example-2030/posters/1/favourite/",
    "/account/login/",
)
LOOKS = ((360, "light"), (1280, "dark"))
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """rules => axe.run(document, { runOnly: rules, resultTypes: ["violations"] }).then(({ violations }) =>
  violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`))"""


@pytest.mark.slow
@pytest.mark.parametrize("paths", [PAGES[::2], PAGES[1::2]], ids=["one half", "other half"])
def test_axe_finds_nothing_and_nothing_sticks_out(mapped_hall, browser: Browser, live_server, paths):
    context = browser.new_context(
        service_workers="block",
        base_url=live_server.url,
        bypass_csp=True,  # axe itself is put into the page
    )
    page = context.new_page()
    found = {}
    for path in paths:
        page.set_viewport_size({"width": 360, "height": 800})
        go_to(page, path)
        page.evaluate(AXE.read_text("utf-8"))
        for width, scheme in LOOKS:
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme)
            found[path, scheme] = page.evaluate(RUN, RULES)
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                found[path, scheme].append("wider than the window")
    context.close()
    assert {look: faults for look, faults in found.items() if faults} == {}


@pytest.fixture
def mapped_hall(conference: Conference) -> Conference:
    """The example conference with its map drawn and its hall measured."""
    place_posters(conference=conference.pk)
    for board in Board.objects.all():
        board.x_metres, board.y_metres = 2 * (board.position % 4), 3 * (board.position // 4)
        board.save()
    return conference
