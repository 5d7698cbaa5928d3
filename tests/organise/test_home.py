"""An edition's home in the admin: its state, checks, changes, what attendees want; every number has its list."""

import datetime as dt
import html
import re
from html.parser import HTMLParser

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.cache import cache
from hypothesis import example, given
from hypothesis import strategies as st

from posters.models import (
    Attendance,
    Attendee,
    Author,
    Board,
    Change,
    Conference,
    Favourite,
    Itinerary,
    Poster,
    Presentation,
    Room,
    Session,
    Visit,
)
from posters.organise.board_rows import rows_of
from posters.organise.charts import Point, columns, lines, round_up
from posters.programme.checks import CHECKS, run_checks
from posters.programme.revision import programme_change
from tests.conftest import at
from tests.organise.conftest import change_address, list_address
from tests.organise.test_pages import FORBIDDEN, queries_of

HOME = "/admin/conference/example-2030/"


class Page(HTMLParser):
    """A page's links (text and address) and tables (rows of texts, in order)."""

    def __init__(self, response):
        super().__init__()
        self.links, self.tables, self.text, self.inside = [], [], "", []
        self.feed(response.content.decode())

    def handle_starttag(self, tag, attrs):
        self.inside.append(tag)
        if tag == "a":
            self.links.append(["", dict(attrs).get("href", "")])
        elif tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in {"td", "th"}:
            self.tables[-1][-1].append("")

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, data):
        self.text += data
        if "a" in self.inside:
            self.links[-1][0] += data
        if {"td", "th"} & set(self.inside):
            self.tables[-1][-1][-1] += data

    def links_to(self, start):
        return [(" ".join(text.split()), address) for text, address in self.links if address.startswith(start)]


def home(client, address=HOME):
    response = client.get(address)
    assert response.status_code == 200
    return Page(response)


def numbers_in(client, address):
    """How many rows a list has, asked of the list itself."""
    return client.get(address).context["cl"].result_count


@pytest.fixture
def wishes(conference):
    """Three attendees: six favourites on two days, one more taken back and one of a withdrawn poster; two visits, one
    of them cancelled.
    """
    posters = {poster.number: poster for poster in conference.posters.all()}
    people = Attendee.objects.bulk_create(Attendee() for _ in range(3))
    early, late = at(1, 23, 30), at(2, 0, 30)
    wished = ((0, 1, early), (0, 2, late), (1, 1, late), (1, 4, late), (2, 1, late), (2, 6, late))
    for person, number, wished_at in wished:
        Favourite.objects.create(attendee=people[person], poster=posters[number], wished_at=wished_at)
    Favourite.objects.create(attendee=people[2], poster=posters[2], interest="none", wished_at=late)
    Favourite.objects.create(attendee=people[2], poster=posters[5], wished_at=late)
    itinerary = Itinerary.objects.create(attendee=people[0], conference=conference)
    first, second = (
        Presentation.objects.get(poster=posters[number], session__slug="poster-session-1") for number in (1, 2)
    )
    Visit.objects.create(itinerary=itinerary, presentation=first, starts_at=at(3, 11, 10), ends_at=at(3, 11, 18))
    Visit.objects.create(
        itinerary=itinerary, presentation=second, starts_at=at(3, 10), ends_at=at(3, 10, 8), cancelled_at=early
    )
    Attendance.objects.create(itinerary=itinerary, session=Session.objects.get(slug="keynote"))
    return people


def test_the_home_tells_the_state(conference, admin_page):
    assert "published Visitors see it. Settings" in " ".join(home(admin_page).text.split())
    Conference.objects.update(is_archived=True)
    assert "Visitors see it, with a word that it is over. Nothing in it changes until" in home(admin_page).text
    Conference.objects.update(is_published=False, is_archived=False)
    page = home(admin_page)
    assert "Visitors do not see it yet." in page.text
    assert page.links_to("/example-2030/") == []


def test_an_archived_edition_says_so_on_all_its_pages_and_stays(conference, client):
    addresses = ["/example-2030/", "/example-2030/posters/1/", "/example-2030/favourites/"]
    word = "This edition is over. Its programme stays here as it was."
    assert [word in client.get(address).content.decode() for address in addresses] == [False] * 3
    Conference.objects.update(is_archived=True)
    assert [word in client.get(address).content.decode() for address in addresses] == [True] * 3


def test_an_organiser_archives_it_in_its_form(conference, admin_page, form_of):
    form = form_of(conference)
    admin_page.post(change_address(conference), {**form, "is_archived": "on"})
    conference.refresh_from_db()
    assert conference.state == "archived"
    row = admin_page.get(list_address(Conference)).content.decode()
    assert '<td class="field-shown_state">archived</td>' in row
    assert f'<td class="field-overview"><a href="{HOME}">Checks and figures</a></td>' in row


def test_every_total_leads_to_the_list_it_counts(conference, admin_page):
    page = home(admin_page)
    totals = page.links_to("/admin/posters/")
    totals = [(text, address) for text, address in totals if re.match(r"\d+ [a-z ]+$", text)]
    counted = [text for text, _ in totals]
    assert counted[:10] == [
        "8 posters",
        "1 draft",
        "6 published",
        "1 withdrawn",
        "7 in person",
        "1 virtual",
        "5 sessions",
        f"{conference.authors.count()} authors",
        "2 rooms",
        "12 boards",
    ]
    for text, address in totals:
        assert f"{numbers_in(admin_page, address)}" == text.split()[0]


def test_what_needs_attention_leads_to_the_posters_sessions_and_authors_it_counts(conference, admin_page):
    page = home(admin_page)
    needs = [(text, address) for text, address in page.links_to("/admin/posters/") if "needs=" in address]
    assert [text for text, _ in needs] == [
        "1 poster",  # no title
        "1 poster",  # no board
        "1 poster",  # no abstract
        "1 poster",  # dead address
        "1 session",
        "2 posters",  # one presenter in two places
        "2 authors",  # one person twice
        "1 author",  # two persons in one
    ]
    for text, address in needs:
        assert f"{numbers_in(admin_page, address)}" == text.split()[0]
    untitled = conference.posters.get(number=4)
    assert ["Untitled poster 4 has no title.", change_address(untitled)] in page.links
    assert "Blocks publishing" in page.text


def test_every_finding_leads_to_the_rows_it_is_about(conference, admin_page):
    Poster.objects.filter(number__in=[6, 7]).update(title="Same")
    twice = list(Poster.objects.filter(title="Same").values_list("pk", flat=True))
    for result in run_checks(conference=conference):
        for finding in result.findings:
            response = admin_page.get(finding.fix.address)
            assert response.status_code == 200
            if result.check.key == "same-person":
                merged = {response.context["original"].pk, *(row[0].pk for row in response.context["chosen"])}
                assert merged == set(finding.keys)
            elif result.check.key == "duplicate":
                assert [poster.pk for poster, *_ in response.context["posters"]] == list(finding.keys)
            elif "cl" in response.context:
                assert {row.pk for row in response.context["cl"].result_list} == set(finding.keys)
    assert f"side-by-side/?posters={twice[0]},{twice[1]}" in next(
        address for text, address in home(admin_page).links if "has the same title as" in text
    )


def test_a_fault_put_right_is_gone_from_the_home_and_its_list(conference, admin_page):
    listed = f"{list_address(Author)}?conference=example-2030&needs=two-persons"
    assert numbers_in(admin_page, listed) == 1
    Author.objects.filter(name="Chidi Okafor").update(source_id="person-7")
    assert numbers_in(admin_page, listed) == 0
    assert listed not in [address for _, address in home(admin_page).links]


def test_only_the_first_findings_are_told_in_words_and_the_rest_counted(conference, admin_page):
    conference.posters.update(abstract="")
    page = home(admin_page)
    assert page.text.count("has no abstract.") == 5
    assert "and 2 more" in page.text  # of eight, one is withdrawn


def test_nothing_to_put_right(admin_page):
    Conference.objects.create(name="Empty", slug="empty", year=2030)
    page = home(admin_page, "/admin/conference/empty/")
    assert "Nothing to put right." in page.text
    assert "No favourites yet." in page.text


@pytest.mark.parametrize("model", [Poster, Session, Author])
def test_the_filter_offers_every_check_of_its_kind_once_a_conference_is_chosen(model, conference, admin_page):
    def offered(**parameters):
        specs = admin_page.get(list_address(model), parameters).context["cl"].filter_specs
        return {key for spec in specs if spec.title == "needs attention" for key, _ in spec.lookup_choices}

    of_model = {check.key for check in CHECKS if model._meta.model_name in check.models}
    lacks = {"any", "title", "authors", "session", "board", "abstract"} if model is Poster else set()
    assert offered() == lacks
    assert offered(conference="example-2030") == of_model | lacks
    assert numbers_in(admin_page, f"{list_address(model)}?conference=example-2030&needs=nonsense") == 0
    assert numbers_in(admin_page, f"{list_address(model)}?conference=example-2030&needs=duplicate&_facets=True") == 0


def test_latest_changes_lead_to_their_entries_in_the_log(conference, admin_page, form_of):
    poster = conference.posters.get(number=1)
    admin_page.post(change_address(poster), {**form_of(poster), "status": "withdrawn", "abstract": "New."})
    conference.refresh_from_db()
    page = home(admin_page)
    changes = page.tables[0]
    assert changes[0] == ["When", "Who", "From", "What", "Changes"]
    assert changes[1][1:] == ["organiser", "Admin", "Posters", "2"]
    assert len(changes) - 1 == Change.objects.values("revision").distinct().count()
    link = next(address for text, address in page.links if address.endswith(f"revision={conference.revision}"))
    assert numbers_in(admin_page, link) == 2


def test_only_the_latest_changes_are_told(conference, admin_page):
    for number in range(10):
        conference.posters.filter(number=1).update(abstract=f"Version {number}.")
    assert len(home(admin_page).tables[0]) == 1 + 8


def test_favourites_over_time_are_told_by_the_conferences_own_days(wishes, admin_page):
    page = home(admin_page)
    assert page.tables[1] == [["Day", "Favourites set then"], ["1 Jun 2030", "1"], ["2 Jun 2030", "5"]]
    assert "3 attendees with 6 favourites and 1 planned visit, counted" in " ".join(page.text.split())


def test_a_long_time_is_told_in_columns_of_several_days(wishes, admin_page):
    Favourite.objects.filter(attendee=wishes[0]).update(wished_at=at(1, 12) - dt.timedelta(days=364))
    table = home(admin_page).tables[1]
    assert len(table) == 1 + 53
    assert table[1] == ["2 Jun 2029 – 8 Jun 2029", "2"]
    assert sum(int(count) for _, count in table[1:]) == 6


def test_the_crowd_of_each_session(wishes, admin_page):
    page = home(admin_page)
    assert [row[0:1] + row[2:] for row in page.tables[2]] == [
        ["Session", "Posters", "People with a favourite", "Favourites", "Planned visits", "Planned attendance"],
        ["Poster Session 1", "3", "3", "4", "1", "0"],
        ["Opening Keynote", "0", "0", "0", "0", "1"],
        ["Oral Session", "1", "3", "3", "0", "0"],
        ["Poster Session 2", "4", "2", "2", "0", "0"],
        ["Late Posters", "1", "0", "0", "0", "0"],
    ]
    first = Session.objects.get(slug="poster-session-1")
    address = f"/admin/posters/poster/?conference=example-2030&session={first.pk}"
    assert ["3", address] in page.links
    assert numbers_in(admin_page, address) == 3


def test_the_crowd_along_the_rows_of_boards(wishes, admin_page):
    Board.objects.filter(label__in=["A1", "A2"]).update(y_metres=1)
    Board.objects.exclude(label__in=["A1", "A2"]).update(y_metres=5)
    cache.clear()
    page = home(admin_page)
    assert page.tables[3:5] == [
        [["Row", "Favourites of its posters"], ["Hall A, A1–A2", "1"], ["Hall A, A3–A12", "3"]],
        [["Row", "Favourites of its posters"], ["Hall A, A1–A2", "1"], ["Hall A, A3–A12", "1"]],
    ]
    rows = [address for _, address in page.links_to(list_address(Poster)) if "row=" in address]
    assert [numbers_in(admin_page, address) for address in rows] == [2, 1, 2, 2]
    titles = {spec.title: spec.lookup_choices for spec in admin_page.get(rows[0]).context["cl"].filter_specs[:4]}
    assert [name for _, name in titles["row of boards"]] == ["Hall A, A1–A2"]


@pytest.mark.parametrize("row", ["x", "999999", "-1", "99999999999999999999999"])
def test_a_row_that_does_not_exist_is_no_filter(row, conference, admin_page):
    assert numbers_in(admin_page, f"{list_address(Poster)}?conference=example-2030&row={row}") == 8


def test_the_busiest_hours_are_told_on_the_conferences_clocks(wishes, admin_page):
    table = home(admin_page).tables[5]
    assert table == [
        ["Hour from", "Favourites on show", "Visits planned"],
        ["Mon 3 Jun 2030, 10:00", "4", "0"],
        ["Mon 3 Jun 2030, 11:00", "4", "1"],
        ["Tue 4 Jun 2030, 09:00", "3", "0"],
        ["Tue 4 Jun 2030, 14:00", "2", "0"],
        ["Tue 4 Jun 2030, 15:00", "2", "0"],
    ]


def told_in_parts(client, address):
    """What a figure's own page says they are all together, each part's count, and the page."""
    page = home(client, address)
    *parts, total = [(name, int(count)) for name, count in page.tables[0][1:]]
    assert total[0] == "All together"
    assert total[1] == sum(count for _, count in parts)
    return total[1], parts, page


def test_every_number_of_wishes_leads_to_what_it_is_made_of(wishes, admin_page):
    page = home(admin_page)
    rows = [row for table in page.tables[1:] for row in table[1:]]
    cells = [cell for row in rows for cell in row[1:] if cell.isdigit()]
    figures = [(text.split()[0], address) for text, address in page.links_to(f"{HOME}demand/")]
    posters_shown = 5  # The one column that leads to the lists of posters.
    assert len(figures) == 3 + len(cells) - posters_shown
    assert [(number, told_in_parts(admin_page, address)[0]) for number, address in figures] == [
        (number, int(number)) for number, _ in figures
    ]


def test_wishes_are_told_by_poster_by_session_and_by_how_many_people_have(wishes, admin_page):
    first = Session.objects.get(slug="poster-session-1")
    asked = {
        "favourites": [("1 · Schrödinger Bridges & Their ℓ_∞ Norms", 3), ("2 · Robots & Walks", 1)],
        "visits": [("1 · Schrödinger Bridges & Their ℓ_∞ Norms", 1)],
        "attendances": [("Opening Keynote", 1)],
        "people": [("2 favourites", 3)],
    }
    parts = {kind: told_in_parts(admin_page, f"{HOME}demand/?of={kind}")[1] for kind in asked}
    titles = {poster.number: poster.title for poster in Poster.objects.filter(number__in=[4, 6])}
    assert [count for _, count in parts["favourites"]] == [3, 1, 1, 1]
    assert parts["favourites"][0] == asked["favourites"][0]
    assert len(titles) == 2
    assert {kind: parts[kind] for kind in ("visits", "attendances", "people")} == {
        kind: asked[kind] for kind in ("visits", "attendances", "people")
    }
    total, people, page = told_in_parts(admin_page, f"{HOME}demand/?of=people&session={first.pk}")
    assert (total, people) == (3, [("1 favourite", 2), ("2 favourites", 1)])
    assert "Poster Session 1. Counted now, and of attendees only sums." in page.text
    text = "".join(admin_page.get(f"{HOME}demand/?of={kind}").content.decode() for kind in asked)
    assert [str(person.pk)[:8] in text for person in wishes] == [False] * 3


@pytest.mark.parametrize(
    "query",
    ["", "of=x", "of=visits&session=999999", "of=visits&session=x", "of=visits&row=x", "of=visits&from=x&until=y"],
)
def test_there_is_no_page_of_what_is_no_figure(query, wishes, admin_page):
    assert admin_page.get(f"{HOME}demand/?{query}").status_code == 404


def test_a_viewer_sees_sums_by_session_and_no_posters(wishes, client, django_user_model):
    viewer = django_user_model.objects.create(username="viewer", is_staff=True)
    viewer.groups.set(Group.objects.filter(name="Viewer"))
    client.force_login(viewer)
    linked = {address.partition("of=")[2].partition("&")[0] for _, address in home(client).links_to(f"{HOME}demand/")}
    assert linked == {"people", "attendances"}
    statuses = {kind: client.get(f"{HOME}demand/?of={kind}").status_code for kind in (*linked, "visits", "favourites")}
    assert statuses == {"people": 200, "attendances": 200, "visits": 403, "favourites": 403}


def test_no_attendee_is_ever_told(wishes, admin_page):
    text = admin_page.get(HOME).content.decode()
    assert [str(person.pk)[:8] in text for person in wishes] == [False] * 3


def test_wishes_are_counted_anew_every_few_minutes_and_the_programme_at_once(wishes, admin_page):
    assert "6 favourites" in home(admin_page).text
    Favourite.objects.all().delete()
    Presentation.objects.filter(session__slug="poster-session-1", poster__number=2).delete()
    page = home(admin_page)
    assert "6 favourites" in page.text
    assert page.tables[2][1][2:5] == ["2", "3", "3"]
    cache.clear()
    assert "0 favourites" in home(admin_page).text


def test_the_page_is_private_and_only_for_those_who_may_see_conferences(conference, client, django_user_model):
    response = client.get(HOME)
    assert (response.status_code, response.headers["Location"]) == (302, f"/admin/login/?next={HOME}")
    editor = django_user_model.objects.create(username="editor", is_staff=True)
    client.force_login(editor)
    assert client.get(HOME).status_code == 403
    assert client.get("/admin/").status_code == 200
    editor.user_permissions.set(Permission.objects.filter(codename="view_conference"))
    response = client.get(HOME)
    assert response.status_code == 200
    assert "no-store" in response.headers["Cache-Control"]
    assert client.post(HOME).status_code == 405
    assert client.get("/admin/conference/nowhere/").status_code == 404


def test_the_index_leads_to_the_only_edition_and_lists_several(conference, admin_page):
    assert admin_page.get("/admin/").headers["Location"] == HOME
    assert home(admin_page, "/admin/?editions").links_to("/admin/conference/") == [
        ("Example Conference 2030 published", HOME)
    ]
    Conference.objects.create(name="Draft 2031", slug="draft-2031", year=2031)
    assert home(admin_page, "/admin/").links_to("/admin/conference/") == [
        ("Draft 2031 draft", "/admin/conference/draft-2031/"),
        ("Example Conference 2030 published", HOME),
    ]


def test_titles_are_text_and_not_markup(wishes, admin_page):
    Session.objects.filter(slug="poster-session-1").update(title="<b>Posters</b> & {{ more }}")
    text = admin_page.get(HOME).content.decode()
    assert "<b>Posters" not in text
    assert html.escape("<b>Posters</b> & {{ more }}") in text


def test_the_home_asks_the_same_however_much_there_is(edition, admin_page):
    def queries(slug):
        cache.clear()
        count, response = queries_of(admin_page, f"/admin/conference/{slug}/")
        assert FORBIDDEN.findall(response.content.decode()) == []
        return count

    edition("small", 5)
    few = queries("small")
    edition("large", 45)
    assert queries("large") == few
    assert few <= 15


def test_the_first_look_after_a_change_asks_a_constant_number_of_times(edition, admin_page, django_assert_num_queries):
    edition("small", 5)
    edition("large", 45)
    admin_page.get("/admin/conference/small/")
    for slug in ("small", "large"):
        cache.clear()
        with django_assert_num_queries(48):
            admin_page.get(f"/admin/conference/{slug}/")


@pytest.mark.parametrize("needs", ["link", "presenter", "any"])
def test_a_list_of_what_a_check_finds_asks_the_same_however_much_there_is(needs, edition, admin_page):
    def queries(slug):
        count, response = queries_of(admin_page, f"{list_address(Poster)}?conference={slug}&needs={needs}")
        return count, response.context["cl"].result_count

    edition("small", 5).posters.update(abstract="")
    few, _ = queries("small")
    edition("large", 45).posters.update(abstract="")
    many, found = queries("large")
    assert (many, found) == (few, 0 if needs == "presenter" else 45)
    assert few <= 15


def board(label, position, room="Hall", y=None):
    return Board(pk=position, label=label, position=position, y_metres=y, room=Room(name=room))


@pytest.mark.parametrize(
    ("boards", "names"),
    [
        ([board("A1", 1), board("A2", 2), board("B1", 3)], ["A1–A2", "B1"]),
        ([board(str(number), number) for number in range(1, 46)], ["1–20", "21–40", "41–45"]),
        ([board("9", 2, y=4.0), board("8", 1, y=4.0), board("7", 3, y=0.0)], ["8–9", "7"]),
        ([board("1", 1, y=4.0), board("2", 2)], ["1–2"]),
        ([board("1", 1, "B"), board("1", 2, "A")], ["1", "1"]),
        ([], []),
    ],
)
def test_rows_of_boards(boards, names):
    rows = rows_of(boards)
    assert [row.name for row in rows] == names
    assert sorted(key for row in rows for key in row.boards) == sorted(board.pk for board in boards)


points = st.lists(st.builds(Point, st.text(), st.integers(0, 10**6), st.text()), max_size=80)


@given(points)
@example([Point("e" + "\u0301" * 100, 1, "")])
def test_bars_are_as_long_as_their_values_and_stay_within_the_picture(given_points):
    most = max((point.value for point in given_points), default=0)
    standing, lying = columns("c", given_points), lines("l", given_points)
    if not most:
        assert (standing, lying) == (None, None)
        return
    for bars, chart in ((standing.bars, standing), (lying.bars, lying)):
        assert [bar.value for bar in bars] == [point.value for point in given_points]
        for bar in bars:
            assert bar.x >= 0
            assert bar.y >= 0
            assert bar.x + bar.width <= chart.width + 0.2
            assert bar.y + bar.height <= chart.height
    tallest, longest = max(bar.height for bar in standing.bars), max(bar.width for bar in lying.bars)
    for point, tall, long in zip(given_points, standing.bars, lying.bars, strict=True):
        assert tall.height == pytest.approx(tallest * point.value / most, abs=0.11)
        assert long.width == pytest.approx(longest * point.value / most, abs=0.11)


@given(st.integers(1, 10**9))
def test_a_scale_ends_at_a_round_number_no_less_than_the_value(value):
    top = round_up(value)
    assert value <= top <= 2.5 * value
    assert str(top).rstrip("0") in {"1", "2", "5"}


# Perhaps twice


def test_posters_that_are_perhaps_one_stand_side_by_side(conference, admin_page, django_assert_num_queries):
    Poster.objects.filter(number__in=[6, 7]).update(title="Same", abstract="Alike.")
    one, other = Poster.objects.filter(title="Same").order_by("number")
    Favourite.objects.create(attendee=Attendee.objects.create(), poster=one)
    address = next(address for text, address in home(admin_page).links if "has the same title as" in text)
    with django_assert_num_queries(7):
        page = admin_page.get(address)
    told = {line.label: (line.cells, line.differs) for line in page.context["lines"]}
    assert told["Title"] == (("Same", "Same"), False)
    assert told["Abstract"] == (("Alike.", "Alike."), False)
    assert told["Favourites"] == (("1", "0"), True)
    assert told["Session · board"][1]
    withdraw = dict(Page(page).links)["Withdraw"]
    preview = admin_page.get(withdraw)
    assert preview.context["title"] == "Withdraw: 1 poster"
    assert preview.context["keys"] == str(other.pk)
    assert admin_page.get(f"{address},{'9' * 30},x").status_code == 200
    assert admin_page.get(address.partition("?")[0]).status_code == 404


# A large edition


@pytest.fixture
def large(conference):
    """An edition in which it takes a while to look and to count."""
    with programme_change(source=Change.Source.SHELL):
        Poster.objects.bulk_create(
            Poster(conference=conference, number=number, title=f"Title {number}") for number in range(100, 1_101)
        )
    Favourite.objects.create(attendee=Attendee.objects.create(), poster=conference.posters.get(number=1))
    cache.clear()
    return conference


def test_a_large_edition_s_home_comes_before_what_takes_a_while(large, admin_page, django_assert_num_queries):
    admin_page.get(f"{HOME}attention/")
    admin_page.get(f"{HOME}wishes/")
    whole = admin_page.get(HOME).content.decode()
    assert "1,001 posters</a>" in whole
    assert "1 attendee</a>" in whole
    assert "data-later" not in whole
    cache.clear()
    with django_assert_num_queries(13):
        page = admin_page.get(HOME)
    assert page.context["concerns"] is None
    links = dict(Page(page).links)
    assert links["Look through it now"] == f"{HOME}attention/"
    assert links["Count them now"] == f"{HOME}wishes/"
    # Only the script that fetches them says that they are being made.
    assert "aria-busy" not in page.content.decode()
    assert ">The programme is being looked through." not in page.content.decode()
    assert "Nothing to put right" not in page.content.decode()
    for part, address in (("home-attention", links["Look through it now"]), ("home-wishes", links["Count them now"])):
        section = re.compile(rf'<section id="{part}".*?</section>', re.DOTALL)
        assert section.search(admin_page.get(address).content.decode())[0] == section.search(whole)[0]


def test_what_was_found_before_a_change_is_not_shown_after_it(large, admin_page):
    admin_page.get(f"{HOME}attention/")
    assert admin_page.get(HOME).context["concerns"]
    Poster.objects.filter(number=1_100).update(title="")
    assert admin_page.get(HOME).context["concerns"] is None
    assert "Untitled poster 1100 has no title." in admin_page.get(f"{HOME}attention/").content.decode()


def test_the_counts_beside_a_large_edition_s_list_wait_for_no_check(large, admin_page):
    address = f"{list_address(Poster)}?conference=example-2030&_facets=True"

    def counts():
        page = admin_page.get(address)
        (spec,) = [spec for spec in page.context["cl"].filter_specs if spec.title == "needs attention"]
        return {choice["display"] for choice in spec.choices(page.context["cl"])}

    cold = counts()
    assert {"no authors (1001)", "no title (1)", "perhaps twice (-)", "address that leads nowhere (-)"} <= cold
    admin_page.get(f"{HOME}attention/")
    kept = counts()
    assert {"no authors (1001)", "no title (1)", "perhaps twice (0)", "address that leads nowhere (1)"} <= kept


def test_counts_beside_a_list_are_those_of_the_lists_they_lead_to(conference, admin_page):
    conference.authors.filter(name="Ada Müller").update(name="Bo Li")
    for model in (Poster, Session, Author, Board):
        page = admin_page.get(f"{list_address(model)}?conference=example-2030&_facets=True")
        for spec in page.context["cl"].filter_specs:
            for choice in list(spec.choices(page.context["cl"]))[1:]:
                told = re.search(r" [(]([0-9]+)[)]$", str(choice["display"]))
                count = numbers_in(admin_page, list_address(model) + choice["query_string"])
                assert told, choice
                assert int(told[1]) == count, choice
