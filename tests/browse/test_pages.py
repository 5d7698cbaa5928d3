"""What the programme pages show."""

import datetime as dt
from itertools import pairwise

import time_machine
from django.test import Client

from posters.models import Announcement, Conference, Link, Poster, Presentation, Session
from tests.browse.conftest import PROGRAMME_PATHS, Page, numbers

HTML_PATHS = [path for path in PROGRAMME_PATHS if path.partition("?")[0].endswith("/")]
ACCOUNT_PATHS = ("/account/login/", "/account/signup/")
PERSONAL_PATHS = (
    "/example-2030/favourites/",
    "/example-2030/itinerary/",
    "/example-2030/posters/1/favourite/",
    "/example-2030/sessions/keynote/attendance/",
)


def test_pages_are_well_formed_and_begin_with_the_skip_links(conference, read):
    for path in [*HTML_PATHS, *PERSONAL_PATHS, *ACCOUNT_PATHS]:
        page = read(path)
        assert page.faults == [], path
        assert [a["href"] for a in page.all("a")][:2] == ["#yearly-menu", "#main"], path
        assert page.words.startswith("Skip to yearly menu bar Skip to main content"), path
        assert len(page.all("h1")) == 1, path
        assert len(page.all("html", lang="en-GB")) == 1, path
        assert len(page.all("nav", id="yearly-menu")) == 1, path
        assert len(page.all("main", id="main")) == 1, path


def test_headings_leave_no_level_out(conference, read):
    for path in [*HTML_PATHS, *PERSONAL_PATHS]:
        levels = [int(tag[1]) for tag, _ in read(path).elements if tag in {"h1", "h2", "h3", "h4"}]
        assert [(path, level) for before, level in pairwise(levels) if level > before + 1] == []


def test_pages_hold_no_inline_script_or_style(conference, read):
    for path in [*HTML_PATHS, *PERSONAL_PATHS, *ACCOUNT_PATHS]:
        page = read(path)
        # Data is no script: nothing runs it.
        scripts = [script for script in page.all("script") if script.get("type") != "application/json"]
        assert [script for script in scripts if not script.get("src")] == [], path
        assert page.all("style") == [], path
        attributes = {name for _, found in page.elements for name in found}
        assert {name for name in attributes if name == "style" or name.startswith("on")} == set(), path


def test_the_start_page_leads_to_the_current_conference(conference, client):
    response = client.get("/")
    assert (response.status_code, response["Location"]) == (302, "/example-2030/")


def test_the_start_page_says_so_when_there_is_no_conference(db, client):
    response = client.get("/")
    assert response.status_code == 200
    assert "No programme yet" in response.content.decode()


def test_the_yearly_menu_shows_published_editions_and_marks_the_current_one(conference, read):
    Conference.objects.create(name="Earlier 2029", slug="earlier-2029", year=2029, is_published=True)
    Conference.objects.create(name="Secret 2031", slug="secret-2031", year=2031)
    page = read("/example-2030/posters/")
    menu = [a for a in page.all("a") if a["href"] in {"/example-2030/", "/earlier-2029/", "/secret-2031/"}]
    assert [(a["href"], a.get("aria-current")) for a in menu][:2] == [
        ("/example-2030/", "true"),
        ("/earlier-2029/", None),
    ]
    assert "Secret" not in page.words


def test_an_unpublished_conference_is_not_there(conference, client):
    assert {client.get(path).status_code for path in PROGRAMME_PATHS} == {200}
    Conference.objects.update(is_published=False)
    assert {client.get(path).status_code for path in PROGRAMME_PATHS} == {404}


def test_drafts_and_what_does_not_exist_are_not_found_in_our_own_layout(conference, client):
    for path in (
        "/example-2030/posters/8/",
        "/example-2030/posters/99/",
        "/example-2030/authors/gil-hidden/",
        "/example-2030/authors/nobody/",
        "/example-2030/sessions/nothing/",
        "/example-2030/topics/nothing/",
        "/nowhere/",
    ):
        response = client.get(path)
        assert response.status_code == 404, path
        page = Page(response.content.decode())
        assert page.faults == [], path
        assert "There is nothing at this address" in page.words, path


def test_drafts_are_on_no_list(conference, client):
    for path in HTML_PATHS:
        html = client.get(path).content.decode()
        assert "A Secret Draft" not in html
        assert "Gil Hidden" not in html


class TestHome:
    def test_says_what_the_conference_is_and_how_large(self, conference, read):
        page = read("/example-2030/")
        assert "Example Conference 2030 3–4 June 2030 Example Centre, Kigali" in page.words
        assert "7 posters 5 sessions 7 authors" in page.words
        assert "Times are in Kigali time (UTC+2)." in page.words

    @time_machine.travel(dt.datetime(2030, 6, 3, 9, 30, tzinfo=dt.UTC), tick=False)
    def test_says_what_is_on_now_and_next(self, conference, read):
        words = read("/example-2030/").words
        now, _, following = words.partition(" Next ")
        assert " Now 10:00–12:00 Poster Session 1" in now
        assert "11:00–12:00 Opening Keynote" in now
        assert following.startswith("Tue 4 Jun, 09:00–10:00 Oral Session")

    @time_machine.travel(dt.datetime(2031, 1, 1, tzinfo=dt.UTC), tick=False)
    def test_says_when_all_is_over(self, conference, read):
        assert "All sessions are over." in read("/example-2030/").words

    def test_shows_announcements_in_their_window(self, conference, read):
        with time_machine.travel(dt.datetime(2030, 6, 3, 8, 0, tzinfo=dt.UTC), tick=False) as clock:
            Announcement.objects.create(
                conference=conference,
                text="Bring <pins>.",
                shown_from=dt.datetime(2030, 6, 3, 9, tzinfo=dt.UTC),
                shown_until=dt.datetime(2030, 6, 3, 10, tzinfo=dt.UTC),
            )
            assert "Bring" not in read("/example-2030/").words
            clock.shift(dt.timedelta(hours=1))
            assert "Bring <pins>." in read("/example-2030/").words
            clock.shift(dt.timedelta(hours=1))
            assert "Bring" not in read("/example-2030/").words


class TestSchedule:
    def test_groups_sessions_by_the_days_of_the_conference_zone(self, conference, read):
        # 23:30 in Kigali on the 3rd is 21:30 UTC; 00:30 on the 4th is still the 3rd in UTC.
        Session.objects.create(
            conference=conference,
            slug="night",
            title="Night Walk",
            kind="social",
            starts_at=dt.datetime(2030, 6, 3, 22, 30, tzinfo=dt.UTC),
            ends_at=dt.datetime(2030, 6, 3, 23, 30, tzinfo=dt.UTC),
        )
        page = read("/example-2030/sessions/")
        assert [section.get("data-day") for section in page.all("section", class_="day")] == [
            "2030-06-03",
            "2030-06-04",
            None,
        ]
        words = page.words.partition("Tuesday 4 June")[2]
        assert "00:30–01:30 Night Walk" in words.partition("Time to be announced")[0]
        assert "Time to be announced Late Posters" in words

    def test_a_session_past_midnight_names_the_day_it_ends(self, conference, read):
        Session.objects.filter(slug="keynote").update(
            starts_at=dt.datetime(2030, 6, 3, 20, tzinfo=dt.UTC),
            ends_at=dt.datetime(2030, 6, 3, 23, tzinfo=dt.UTC),
        )
        assert "22:00–Tue 4 Jun, 01:00 Opening Keynote" in read("/example-2030/sessions/").words

    def test_each_time_says_its_instant(self, conference, read):
        cards = read("/example-2030/sessions/").all("li", class_="session-card")
        assert [card.get("data-starts") for card in cards] == [
            "2030-06-03T08:00:00Z",
            "2030-06-03T09:00:00Z",
            "2030-06-04T07:00:00Z",
            "2030-06-04T12:00:00Z",
            None,
        ]

    def test_cards_link_to_attendance_and_calendar(self, conference, read):
        page = read("/example-2030/sessions/")
        assert [a["href"] for a in page.all("a", data_attendance="keynote")] == [
            "/example-2030/sessions/keynote/attendance/"
        ]
        calendars = [a["href"] for a in page.all("a", class_="ics")]
        assert "/example-2030/sessions/keynote.ics" in calendars
        assert "/example-2030/sessions/late-posters.ics" not in calendars


class TestSession:
    def test_lists_its_posters_in_walking_order_with_their_boards(self, conference, read):
        page = read("/example-2030/sessions/poster-session-1/")
        assert numbers(page) == [2, 3, 1]
        assert "3 posters in walking order Board A1 Walking Robots Learn to Rest" in page.words
        assert "Monday 3 June 2030, 10:00–12:00 · Hall A" in page.words

    def test_folds_abstracts_and_leaves_out_those_that_are_not_there(self, conference, read):
        page = read("/example-2030/sessions/poster-session-1/")
        assert len(page.all("details")) == 2
        assert "Robots rest when nobody looks." in page.words

    def test_says_how_it_stands_with_the_chat(self, conference, read):
        assert "Chat is not available." in read("/example-2030/sessions/poster-session-1/").words
        page = read("/example-2030/sessions/oral-session/")
        assert "Chat is not available." not in page.words
        assert [a["href"] for a in page.all("a") if "chat" in a["href"]] == ["https://chat.example.org/orals"]

    def test_without_times_says_so_and_offers_no_calendar(self, conference, read):
        page = read("/example-2030/sessions/late-posters/")
        assert "Time to be announced" in page.words
        assert page.all("a", class_="ics") == []

    def test_shows_other_links(self, conference, read):
        Link.objects.create(session=Session.objects.get(slug="keynote"), kind="stream", url="https://example.org/live")
        page = read("/example-2030/sessions/keynote/")
        assert [a["href"] for a in page.all("a") if a["href"] == "https://example.org/live"]


class TestPoster:
    def test_shows_all_there_is(self, conference, client, read):
        html = client.get("/example-2030/posters/1/").content.decode()
        assert "<title>Schrödinger Bridges &amp; Their ℓ_∞ Norms · Example Conference 2030</title>" in html
        page = read("/example-2030/posters/1/")
        assert page.all("link", rel="canonical")[0]["href"].endswith("/example-2030/posters/1/")
        for piece in (
            "Poster 1 · Top 5%",
            "Ada Müller University of Example Bo Li Institute One",
            "Theory bridges norms",
            "Poster Session 1 Monday 3 June 2030, 10:00–12:00 Board A3 Hall A In person",
            "Oral Session Tuesday 4 June 2030, 09:00–10:00 Auditorium In person",
        ):
            assert piece in page.words
        assert page.all("meta", name="description")[0]["content"].startswith("We cross bridges with x² steps")
        assert [a["href"] for a in page.all("a") if a["href"].endswith(".pdf")] == ["https://example.org/1.pdf"]
        assert page.all("span", class_="maths")[0]["data-tex"] == r"\ell_\infty"

    def test_leads_to_its_neighbours_on_the_walk(self, conference, read):
        page = read("/example-2030/posters/3/")
        assert [a["href"] for a in page.all("a", rel="prev")] == ["/example-2030/posters/2/"]
        assert [a["href"] for a in page.all("a", rel="next")] == ["/example-2030/posters/1/"]
        assert read("/example-2030/posters/2/").all("a", rel="prev") == []

    def test_drafts_are_no_neighbours(self, conference, read):
        assert [a["href"] for a in read("/example-2030/posters/6/").all("a", rel="next")] == []

    def test_untitled_is_called_by_its_number(self, conference, client):
        html = client.get("/example-2030/posters/4/").content.decode()
        assert "<h1>Untitled poster 4</h1>" in html

    def test_withdrawn_is_shown_as_withdrawn(self, conference, read):
        page = read("/example-2030/posters/5/")
        assert "The authors have withdrawn this poster" in page.words
        row = read("/example-2030/posters/?q=withdrawn&withdrawn=show")
        assert len(row.all("li", class_="is-withdrawn")) == 1
        assert "Withdrawn" in row.words

    def test_without_a_session_says_so(self, conference, read):
        Presentation.objects.filter(poster__number=7).delete()
        assert "This poster has no session yet." in read("/example-2030/posters/7/").words


class TestAuthors:
    def test_index_counts_posters_and_letters(self, conference, read):
        page = read("/example-2030/authors/")
        assert "7 authors" in page.words
        assert "All L 2 M 1 N 1 O 1 P 1 S 1 " in page.words
        people = "Bo Li 1 Bo Li 1 Ada Müller 2 Fatou Ndiaye 1 Chidi Okafor 2 Eun-ji Park 2 Dana Šimić 1"
        assert people in page.words

    def test_a_letter_shows_its_authors_only(self, conference, read):
        page = read("/example-2030/authors/?letter=m")
        assert "1 author under M By family name" in page.words
        assert [a["href"] for a in page.all("a") if "/authors/ada" in a["href"]] == [
            "/example-2030/authors/ada-muller/"
        ]
        assert "Chidi" not in page.words
        nobody = read("/example-2030/authors/?letter=x")
        assert "7 authors By family name" in nobody.words

    def test_who_is_renamed_stands_under_the_new_name_at_the_next_request(self, conference, read):
        conference.authors.filter(name="Ada Müller").update(name="Ada Øre")
        assert "L 2 N 1 O 2 P 1 S 1 " in read("/example-2030/authors/").words
        assert "2 authors under O" in read("/example-2030/authors/?letter=O").words

    def test_namesakes_have_pages_of_their_own(self, conference, read):
        slugs = list(conference.authors.filter(name="Bo Li").values_list("slug", flat=True))
        assert len(slugs) == 2
        assert sorted(numbers(read(f"/example-2030/authors/{slug}/"))[0] for slug in slugs) == [1, 3]

    def test_page_shows_affiliation_posters_by_session_and_co_authors(self, conference, read):
        page = read("/example-2030/authors/ada-muller/")
        assert numbers(page) == [1, 2]
        assert "University of Example Poster Session 1 Mon 3 Jun, 10:00 Board A3 Schr" in page.words
        assert "Co-authors Bo Li 1 Chidi Okafor 1" in page.words

    def test_a_session_stands_over_its_posters_and_not_in_each(self, conference, read):
        page = read("/example-2030/authors/ada-muller/")
        sessions = [a["href"] for a in page.all("a") if "/sessions/" in a["href"] and a["href"].count("/") == 4]
        assert sessions == ["/example-2030/sessions/poster-session-1/", "/example-2030/sessions/oral-session/"]
        assert page.words.count("Poster Session 1") == 1
        assert "Also in Oral Session Tue 4 Jun, 09:00" in page.words
        Presentation.objects.all().delete()
        assert "No session yet No. 1 Schr" in read("/example-2030/authors/ada-muller/").words


class TestTopics:
    def test_index_counts_what_visitors_see(self, conference, read):
        assert "R 1 T 1 R Robots 2 T Theory 2" in read("/example-2030/topics/").words

    def test_page_lists_its_posters(self, conference, read):
        assert numbers(read("/example-2030/topics/robots/")) == [2, 6]


def test_every_row_has_its_star_and_it_leads_to_the_form(conference, read):
    stars = read("/example-2030/posters/").all("a", class_="star")
    assert [star["href"] for star in stars] == [
        f"/example-2030/posters/{number}/favourite/" for number in (1, 2, 3, 4, 6, 7)
    ]


def test_programme_pages_answer_reading_only(conference):
    client = Client(enforce_csrf_checks=False)
    assert client.post("/example-2030/posters/").status_code == 405


def test_names_and_titles_are_escaped(conference, client):
    Poster.objects.filter(number=2).update(title="<script>alert(1)</script>", abstract="<b>bold</b>")
    for path in ("/example-2030/posters/?view=abstracts", "/example-2030/posters/2/"):
        html = client.get(path).content.decode()
        assert "<script>alert" not in html
        assert "<b>bold" not in html
