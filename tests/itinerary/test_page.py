"""The itinerary page and a poster's own page: what they say, at which moment, and at what cost."""

import datetime as dt
from collections.abc import Iterator
from itertools import combinations

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from posters.itinerary.timeline import lanes
from posters.models import Attendee, Conference, Itinerary, Poster, Presentation, Session, Visit
from tests.browse.conftest import Page
from tests.conftest import at

ROOT = "/example-2030"


def at_time(moment: dt.datetime) -> time_machine.travel:
    """The server's clock, stopped."""
    return time_machine.travel(moment.astimezone(dt.UTC), tick=False)


@pytest.fixture(autouse=True)
def _morning() -> Iterator[None]:
    """The first day's morning: a cookie set today would have expired by then."""
    with at_time(at(3, 8)):
        yield


@pytest.fixture
def walker(conference) -> Client:
    """Posters 2, 3 and 1 (must-see) pinned from 10:00 on, the keynote from 11:00, poster 6 a day later."""
    client = Client()
    client.post(f"{ROOT}/itinerary/minutes/", {"minutes": "10"})
    for number, interest in ((1, "must-see"), (2, "interested"), (3, "interested"), (6, "interested")):
        client.post(f"{ROOT}/posters/{number}/favourite/", {"interest": interest})
    Presentation.objects.filter(session__slug="oral-session").delete()
    client.post(f"{ROOT}/sessions/keynote/attendance/", {"attending": "yes"})
    client.get(f"{ROOT}/itinerary/")
    for number, starts in ((2, "10:00"), (3, "10:10"), (1, "10:20")):
        visit = Visit.objects.get(presentation__poster__number=number)
        client.post(f"{ROOT}/itinerary/visits/{visit.pk}/move/", {"version": visit.version, "starts": starts})
    return client


def read(client: Client, path: str = "itinerary/") -> Page:
    response = client.get(f"{ROOT}/{path}")
    assert response.status_code == 200
    return Page(response.content.decode())


def now_and_next(client: Client) -> tuple[list[str], str | None]:
    line = client.get(f"{ROOT}/itinerary/").context["lines"][0]
    return [stop.title for stop in line.now], line.next and line.next.title


@pytest.mark.parametrize(
    ("moment", "now", "coming"),
    [
        (at(3, 8), [], "Walking Robots Learn to Rest"),
        (at(3, 10), ["Walking Robots Learn to Rest"], "Is This a Question?"),
        (at(3, 10, 10), ["Is This a Question?"], r"Schr\"{o}dinger Bridges \& Their $\ell_\infty$ Norms"),
        (at(3, 10, 35), [], "Opening Keynote"),
        (at(3, 11, 30), ["Opening Keynote"], "Second Day, Second Chance"),
    ],
)
def test_what_is_on_now_and_what_is_next(walker, moment, now, coming):
    with at_time(moment):
        assert now_and_next(walker) == (now, coming)


def test_the_page_holds_the_lines_of_the_rest_of_its_day(walker):
    with at_time(at(3, 10, 15)):
        page = read(walker)
    lines = [attributes for _, attributes in page.elements if "data-since" in attributes]
    assert [line["data-since"][11:16] for line in lines] == ["08:15", "08:20", "08:30", "09:00", "10:00"]
    assert ["hidden" in line for line in lines] == [False, True, True, True, True]
    assert "Next 10:20 Board A3" in page.words
    assert "Next Tue 4 Jun, 14:00 Board A4 Second Day, Second Chance" in page.words


def test_when_all_is_over_nothing_is_next(walker):
    with at_time(at(4, 17)):
        assert walker.get(f"{ROOT}/itinerary/").context["lines"] == []


def test_a_visit_made_is_no_longer_next(walker):
    with at_time(at(3, 10)):
        read(walker)
        visit = Visit.objects.get(presentation__poster__number=2)
        walker.post(f"{ROOT}/itinerary/visits/{visit.pk}/visited/", {"version": visit.version})
        assert now_and_next(walker) == ([], "Is This a Question?")


def test_progress_counts_down(walker):
    assert "0 of 4 visited, 1 must-see left, 40 minutes" in read(walker).words
    visit = Visit.objects.get(presentation__poster__number=1)
    walker.post(f"{ROOT}/itinerary/visits/{visit.pk}/visited/", {"version": visit.version})
    with at_time(at(3, 10, 15)):
        page = read(walker)
    assert "1 of 4 visited, 15 minutes" in page.words
    with at_time(at(4, 20)):
        assert "1 of 4 visited" in read(walker).words


def test_planning_from_here_is_offered_on_a_day_of_the_itinerary(walker):
    assert len(read(walker).all("input", id="board")) == 1
    with at_time(at(5, 10)):
        assert read(walker).all("input", id="board") == []


def test_the_days_as_pictures_and_as_lists(walker):
    page = read(walker)
    assert page.faults == []
    assert [one["aria-label"] for one in page.all("svg", role="group")] == [
        "Timeline of Monday 3 June",
        "Timeline of Tuesday 4 June",
    ]
    assert len(page.all("rect", class_="timeline-visit")) == len(page.all("li", class_="visit")) == 4
    assert [one["href"] for one in page.all("a", class_="timeline-session")] == [
        "#session-poster-session-1",
        "#session-keynote",
        "#session-poster-session-2",
    ]


def test_sessions_that_overlap_stand_side_by_side(walker):
    Session.objects.filter(slug="keynote").update(starts_at=at(3, 10, 5))
    first, second = walker.get(f"{ROOT}/itinerary/").context["days"][0].timeline.sessions
    assert first.box.x + first.box.width < second.box.x
    assert (first.box.y, second.box.y) == (0.0, 4.7)


def test_a_day_in_a_zone_of_half_hours_begins_with_a_whole_one(walker, conference):
    conference.time_zone = "Asia/Kolkata"
    conference.save()
    timeline = walker.get(f"{ROOT}/itinerary/").context["days"][0].timeline
    assert timeline.hours[0].at.astimezone(conference.zone).minute == 0
    assert [hour.y for hour in timeline.hours[:2]] == [0.0, 56.0]


spans = st.lists(st.tuples(st.integers(0, 50), st.integers(1, 20)).map(lambda s: (s[0], s[0] + s[1])), max_size=25)


@given(spans)
def test_nothing_covers_anything_in_a_lane_and_no_lane_is_missing(items):
    day = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    placed = lanes(
        items,
        starts_at=lambda span: day + dt.timedelta(minutes=span[0]),
        ends_at=lambda span: day + dt.timedelta(minutes=span[1]),
    )
    assert sorted(one.item for one in placed) == sorted(items)
    for one, other in combinations(placed, 2):
        overlap = one.item[0] < other.item[1] and other.item[0] < one.item[1]
        if overlap:
            assert one.lane != other.lane
            assert one.lane_count == other.lane_count
    for one in placed:
        assert 0 <= one.lane < one.lane_count <= len(items)


@pytest.mark.django_db
@pytest.mark.parametrize("count", [10, 200])
def test_the_queries_of_the_pages_do_not_grow(many_posters, count):
    conference = many_posters(count)
    client = star_all(conference)
    counted = {}
    for path in ("itinerary/", "posters/1/mine/", "itinerary/visited.bib"):
        client.get(f"/{conference.slug}/{path}")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/{conference.slug}/{path}").status_code == 200
        counted[path] = len(queries)
    page = client.get(f"/{conference.slug}/itinerary/").context
    assert (len(page["outline"].visits), len(page["clashes"])) == (count, 1)
    assert counted == {"itinerary/": 19, "posters/1/mine/": 13, "itinerary/visited.bib": 6}


def star_all(conference: Conference) -> Client:
    """An attendee with every poster starred and planned, two sessions that clash, and every second visit made."""
    client = Client()
    client.post(f"/{conference.slug}/itinerary/minutes/", {"minutes": "1"})
    for poster in conference.posters.all():
        client.post(f"/{conference.slug}/posters/{poster.number}/favourite/", {"interest": "interested"})
    for slug in ("keynote", "another"):
        Session.objects.create(
            conference=conference,
            slug=slug,
            title=slug.capitalize(),
            kind=Session.Kind.KEYNOTE,
            starts_at=dt.datetime(2031, 5, 3, 9, tzinfo=dt.UTC),
            ends_at=dt.datetime(2031, 5, 3, 10, tzinfo=dt.UTC),
        )
        client.post(f"/{conference.slug}/sessions/{slug}/attendance/", {"attending": "yes"})
    client.get(f"/{conference.slug}/itinerary/")
    visits = Visit.objects.filter(itinerary__attendee=Attendee.objects.get()).order_by("pk")
    Visit.objects.filter(pk__in=list(visits.values_list("pk", flat=True)[::2])).update(
        visited_at=dt.datetime(2031, 5, 1, 9, tzinfo=dt.UTC)
    )
    return client


def test_a_posters_page_leads_to_ones_own_which_creates_nobody(client, conference):
    page = Page(client.get(f"{ROOT}/posters/3/").content.decode())
    (link,) = [one for one in page.all("a", class_="button") if one["href"].endswith("/mine/")]
    mine = client.get(link["href"])
    assert mine.status_code == 200
    assert {"private", "no-store"} <= {part.strip() for part in mine.headers["Cache-Control"].split(",")}
    assert Page(mine.content.decode()).faults == []
    assert Attendee.objects.count() == 0
    assert Itinerary.objects.count() == 0


def test_ones_own_page_of_a_poster_offers_what_can_be_done(walker):
    page = read(walker, "posters/2/mine/")
    buttons = [one for one in page.all("button", class_="button") if "formaction" in one]
    assert [one["formaction"].rsplit("/", 2)[1] for one in buttons] == ["visited", "unpin", "remove", "star-off"]
    assert "I am here, at board A1: plan from here" in page.words
    assert "I present this poster" in page.words
    assert page.faults == []
    assert "Not in your plan" in read(walker, "posters/4/mine/").words
    withdrawn = read(walker, "posters/5/mine/")
    assert "Withdrawn." in withdrawn.words
    assert "I present this poster" not in withdrawn.words


def test_the_button_of_a_visit_says_what_it_does_wherever_it_stands(walker):
    read(walker)
    visit = Visit.objects.get(presentation__poster__number=2)
    for words, edit in (("Mark as visited", "visited"), ("Visited – undo", "not-visited")):
        for path in ("itinerary/", "posters/2/mine/"):
            page = read(walker, path)
            (button,) = [
                one
                for one in page.all("button", class_="button")
                if (one.get("formaction") or "").startswith(f"{ROOT}/itinerary/visits/{visit.pk}/")
                and "visited" in one["formaction"]
            ]
            assert button["formaction"].endswith(f"/{edit}/")
            assert "aria-pressed" not in button
            assert f"{words} Walking Robots Learn to Rest" in page.words
        visit.refresh_from_db()
        walker.post(f"{ROOT}/itinerary/visits/{visit.pk}/visited/", {"version": visit.version})


def test_edits_from_the_itinerary_lead_back_to_it_and_others_stay(walker):
    for referer, leads_to in (
        (f"http://testserver{ROOT}/itinerary/", f"{ROOT}/itinerary/"),
        (f"http://testserver{ROOT}/posters/2/", f"{ROOT}/posters/2/mine/"),
        ("http://evil.example/example-2030/itinerary/", f"{ROOT}/posters/2/mine/"),
    ):
        html = walker.get(f"{ROOT}/posters/2/mine/", headers={"referer": referer}).content.decode()
        assert {field["value"] for field in Page(html).all("input", name="next")} == {leads_to, f"{ROOT}/itinerary/"}


def test_a_star_is_pressed_in_two_clicks_without_javascript(client, conference):
    for expected in ("interested", "must-see", "none", "interested"):
        page = read(client, "posters/3/favourite/")
        first = page.all("button", name="interest")[0]
        assert first["value"] == expected
        client.post(f"{ROOT}/posters/3/favourite/", {"interest": first["value"]})


def test_every_list_has_its_stars(client, conference):
    for path in (
        "posters/",
        "posters/?view=compact",
        "posters/?view=topics",
        "sessions/poster-session-1/",
        "authors/bo-li-2/",
        "topics/theory/",
        "posters/3/",
    ):
        page = read(client, path)
        stars = page.all("a", class_="star")
        assert "3" in [star["data-favourite"] for star in stars], path
        assert {star["href"] for star in stars} == {
            f"{ROOT}/posters/{star['data-favourite']}/favourite/" for star in stars
        }


def test_a_hostile_note_and_title_are_text(walker):
    Poster.objects.filter(number=2).update(title="<img src=x onerror=alert(1)>")
    read(walker)
    visit = Visit.objects.get(presentation__poster__number=2)
    walker.post(
        f"{ROOT}/itinerary/visits/{visit.pk}/note/",
        {"version": visit.version, "note": "</textarea><script>alert(2)</script>"},
    )
    for path in ("itinerary/", "posters/2/mine/"):
        page = read(walker, path)
        assert page.all("img") == []
        assert [script for script in page.all("script") if "src" not in script] == []
