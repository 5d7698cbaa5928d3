"""A hall laid out in rows and columns, seen as a plan, its boards moved; no board with a poster is lost."""

import re
from itertools import pairwise

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from posters.models import Board, Change, Presentation, Room, Session
from posters.programme.halls import HallShape, Labelling, planned_places, row_letters
from posters.programme.upsert import upsert_programme
from tests.conftest import EXAMPLE
from tests.organise.conftest import filled_in, list_address

SHAPE = {
    "rows": 2,
    "columns": 3,
    "row_metres": 4,
    "column_metres": 2,
    "row_aisles": "",
    "column_aisles": "",
    "aisle_metres": 1.5,
    "left_metres": 1,
    "front_metres": 3,
    "labelling": "letters",
    "label_prefix": "",
    "first_number": 1,
}


@pytest.fixture
def hall(edition):
    """A room with one board, B0, on which a poster hangs."""
    room = edition("hall", 1).rooms.get()
    room.conference.refresh_from_db()
    return room


def page_of(room, name):
    return reverse(f"admin:posters_room_{name}", args=[room.pk])


def lay_out(page, room, **shape):
    """Look at what would happen and confirm it. Returns the page that was shown first."""
    preview = page.get(page_of(room, "layout"), {**SHAPE, **shape})
    data = confirmation(preview)
    response = page.post(page_of(room, "layout"), data)
    assert response.url == page_of(room, "plan")
    return preview.content.decode()


def confirmation(preview):
    """The fields of the form that confirms a preview."""
    part = preview.content.decode().split('id="layout-confirm"')[1].split("</form>")[0]
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', part))


def standing(room):
    """The room's boards on the walk: label, position, metres."""
    rows = Board.objects.filter(room=room).order_by("position", "label")
    return list(rows.values_list("label", "position", "x_metres", "y_metres"))


@given(
    st.builds(
        HallShape,
        rows=st.integers(1, 30),
        columns=st.integers(1, 30),
        row_metres=st.floats(0.5, 5),
        column_metres=st.floats(0.5, 5),
        row_aisles=st.frozensets(st.integers(0, 31)),
        column_aisles=st.frozensets(st.integers(0, 31)),
        aisle_metres=st.floats(0, 5),
        labelling=st.sampled_from(Labelling),
        first_number=st.integers(0, 999),
        is_serpentine=st.booleans(),
    )
)
def test_every_board_has_a_label_a_place_and_a_turn_of_its_own(shape):
    places = planned_places(shape)
    count = shape.rows * shape.columns
    assert [place.position for place in places] == list(range(1, count + 1))
    assert len({place.label for place in places}) == count
    assert len({(place.x_metres, place.y_metres) for place in places}) == count
    assert sorted({place.y_metres for place in places}) == list(dict.fromkeys(place.y_metres for place in places))
    aisles = sum(0 < row < shape.rows for row in shape.row_aisles)
    depth = (shape.rows - 1) * shape.row_metres + aisles * shape.aisle_metres
    assert max(place.y_metres for place in places) == pytest.approx(shape.front_metres + depth, abs=0.011)
    if shape.is_serpentine:
        steps = [abs(one.x_metres - two.x_metres) for one, two in pairwise(places)]
        assert [step for step in steps[shape.columns - 1 :: shape.columns] if step] == []


def test_rows_are_lettered_as_spreadsheets_do():
    assert [row_letters(number) for number in (1, 2, 26, 27, 52, 53, 702, 703)] == [
        *("A", "B", "Z", "AA", "AZ", "BA", "ZZ", "AAA")
    ]


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        (
            {},
            [
                *(("A1", 1, 1.0, 3.0), ("A2", 2, 3.0, 3.0), ("A3", 3, 5.0, 3.0)),
                *(("B1", 4, 1.0, 7.0), ("B2", 5, 3.0, 7.0), ("B3", 6, 5.0, 7.0)),
            ],
        ),
        (
            {"is_serpentine": "on", "row_aisles": "1", "column_aisles": "every 2"},
            [
                *(("A1", 1, 1.0, 3.0), ("A2", 2, 3.0, 3.0), ("A3", 3, 6.5, 3.0)),
                *(("B3", 4, 6.5, 8.5), ("B2", 5, 3.0, 8.5), ("B1", 6, 1.0, 8.5)),
            ],
        ),
        (
            {"labelling": "numbers", "label_prefix": "P-", "first_number": 10, "columns": 2, "is_serpentine": "on"},
            [("P-10", 1, 1.0, 3.0), ("P-11", 2, 3.0, 3.0), ("P-12", 3, 3.0, 7.0), ("P-13", 4, 1.0, 7.0)],
        ),
    ],
)
def test_laying_out(shape, expected, hall, admin_page):
    Presentation.objects.all().delete()
    lay_out(admin_page, hall, **shape)
    assert standing(hall) == expected


def test_looking_writes_nothing_and_shows_the_plan_to_scale(hall, admin_page):
    before = standing(hall), hall.conference.revision
    page = admin_page.get(page_of(hall, "layout"), SHAPE).content.decode()
    hall.conference.refresh_from_db()
    assert (standing(hall), hall.conference.revision) == before
    assert "6 new; 1 not in this layout but with posters: kept where they are." in page
    marks = re.findall(r'<g class="hall-mark ([\w-]+)">.*?x="(\d+)" y="(\d+)"/>', page)
    assert marks == [("is-added", str(x), str(y)) for y in (300, 700) for x in (100, 300, 500)]


def test_boards_with_posters_stay_and_free_ones_go(hall, admin_page):
    Board.objects.create(room=hall, label="free", position=7)
    hung = Presentation.objects.get()
    hung.board.x_metres, hung.board.y_metres = 40, 50
    hung.board.save()
    page = lay_out(admin_page, hall, rows=1, columns=2)
    assert "Kept where they are: B0." in page
    assert "Removed: free." in page
    assert standing(hall) == [("A1", 1, 1.0, 3.0), ("A2", 2, 3.0, 3.0), ("B0", 3, 40.0, 50.0)]
    assert Presentation.objects.get().board_id == hung.board_id


def test_a_board_of_the_same_label_keeps_its_poster_and_moves(hall, admin_page):
    key = Board.objects.get().pk
    Board.objects.filter(pk=key).update(label="B1")
    lay_out(admin_page, hall)
    moved = Board.objects.get(pk=key)
    assert (moved.label, moved.position, moved.x_metres, moved.y_metres) == ("B1", 4, 1.0, 7.0)
    assert Presentation.objects.get().board_id == key


def test_a_layout_is_one_change_and_the_same_again_is_none(hall, admin_page):
    revision = hall.conference.revision
    lay_out(admin_page, hall)
    lay_out(admin_page, hall)
    hall.conference.refresh_from_db()
    assert hall.conference.revision == revision + 1
    logged = Change.objects.filter(revision=revision + 1).values_list("model", "field", "source").distinct()
    assert list(logged) == [("board", "position", "admin")]


def test_what_has_changed_since_one_looked_is_shown_first(hall, admin_page):
    preview = admin_page.get(page_of(hall, "layout"), {**SHAPE, "rows": 1, "columns": 1})
    Board.objects.create(room=hall, label="new")
    response = admin_page.post(page_of(hall, "layout"), confirmation(preview))
    assert "The programme has changed since you looked." in response.content.decode()
    assert "Removed: new." in response.content.decode()
    assert {label for label, *_ in standing(hall)} == {"B0", "new"}


@pytest.mark.parametrize(
    ("shape", "problem"),
    [
        ({"rows": 500, "columns": 500}, "A hall takes 2,000 boards at most."),
        ({"rows": 0}, "greater than or equal to 1"),
        ({"rows": "x"}, "Enter a whole number."),
        ({"row_metres": "nan"}, "Enter a number."),
        ({"row_metres": "1e400"}, "Enter a number."),
        ({"row_aisles": "after two"}, "Write numbers such as 2, 4, 6"),
        ({"label_prefix": "a\0"}, "Null characters are not allowed."),
        ({"labelling": "runes"}, "Select a valid choice"),
    ],
)
def test_shapes_that_cannot_be(shape, problem, hall, admin_page):
    responses = [admin_page.post(page_of(hall, "layout"), {**SHAPE, **shape, "revision": hall.conference.revision})]
    if "a\0" not in shape.values():  # the admin reads addresses without null characters
        responses.append(admin_page.get(page_of(hall, "layout"), {**SHAPE, **shape}))
    for response in responses:
        assert problem in response.content.decode()
        assert response.context["change"] is None
    assert len(standing(hall)) == 1


def test_boards_are_moved_by_numbers(hall, admin_page):
    lay_out(admin_page, hall)
    board = Board.objects.get(room=hall, label="A2")
    data = filled_in(admin_page.get(page_of(hall, "plan")))
    response = admin_page.post(page_of(hall, "plan"), {**data, f"x-{board.pk}": "12.25", f"y-{board.pk}": "-1"})
    assert response.status_code == 302
    board.refresh_from_db()
    assert (board.x_metres, board.y_metres) == (12.25, -1.0)
    page = admin_page.get(page_of(hall, "plan")).content.decode()
    assert "1 board moved." in page
    assert f'data-board="{board.pk}"><use href="#hall-mark" x="1225" y="-100"/>' in page


def test_half_a_place_is_refused_and_an_empty_one_taken(hall, admin_page):
    lay_out(admin_page, hall)
    board = Board.objects.get(room=hall, label="A2")
    data = filled_in(admin_page.get(page_of(hall, "plan")))
    response = admin_page.post(page_of(hall, "plan"), {**data, f"x-{board.pk}": ""})
    assert "Both numbers, or neither." in response.content.decode()
    admin_page.post(page_of(hall, "plan"), {**data, f"x-{board.pk}": "", f"y-{board.pk}": ""})
    board.refresh_from_db()
    assert (board.x_metres, board.y_metres) == (None, None)
    assert "Of 2 boards the place is not known." in admin_page.get(page_of(hall, "plan")).content.decode()


def test_another_rooms_boards_are_not_moved(hall, edition, admin_page):
    foreign = edition("other", 1).rooms.get().boards.get()
    data = filled_in(admin_page.get(page_of(hall, "plan")))
    admin_page.post(page_of(hall, "plan"), {**data, f"x-{foreign.pk}": "1", f"y-{foreign.pk}": "1"})
    foreign.refresh_from_db()
    assert foreign.x_metres is None
    lay_out(admin_page, hall)
    assert standing(foreign.room) == [("B0", 0, None, None)]


def test_without_permission_a_hall_is_looked_at_or_not_at_all(hall, client, django_user_model):
    viewer = django_user_model.objects.create(username="viewer", is_staff=True)
    client.force_login(viewer)
    for name in ("plan", "layout"):
        assert client.get(page_of(hall, name)).status_code == 403
        assert client.post(page_of(hall, name), SHAPE).status_code == 403
    viewer.user_permissions.set(Permission.objects.filter(codename="view_room"))
    page = client.get(page_of(hall, "plan")).content.decode()
    assert "plan-form" not in page
    assert page_of(hall, "layout") not in page
    assert client.post(page_of(hall, "plan"), {}).status_code == 403
    viewer.user_permissions.add(*Permission.objects.filter(codename__in=["change_board", "add_board"]))
    assert "plan-form" in client.get(page_of(hall, "plan")).content.decode()
    assert client.get(page_of(hall, "layout"), SHAPE).status_code == 403


@pytest.mark.parametrize("rows", [1, 30])
def test_queries_for_ten_boards_and_for_300(
    rows, hall, admin_page, django_assert_num_queries, django_assert_max_num_queries
):
    """What is written goes in parts of 199 boards on SQLite: two for 300, and not one for each board."""
    for front in (1, 2):
        with django_assert_num_queries(4):
            shape = {**SHAPE, "rows": rows, "columns": 10, "front_metres": front}
            preview = admin_page.get(page_of(hall, "layout"), shape)
        with django_assert_max_num_queries(32):
            assert admin_page.post(page_of(hall, "layout"), confirmation(preview)).status_code == 302
    with django_assert_num_queries(4):
        page = admin_page.get(page_of(hall, "plan"))
    data = {name: value and float(value) + 1 for name, value in filled_in(page).items() if name[:2] in ("x-", "y-")}
    assert len(data) == {1: 2 * 11, 30: 2 * 300}[rows]
    with django_assert_max_num_queries(23):
        assert admin_page.post(page_of(hall, "plan"), data).status_code == 302


def test_more_boards_than_a_form_takes_are_moved_page_by_page(hall, admin_page):
    lay_out(admin_page, hall, rows=20, columns=20)
    address = page_of(hall, "plan") + "?page=2"
    data = filled_in(admin_page.get(address))
    last = Board.objects.get(room=hall, label="T20")
    assert f"x-{last.pk}" in data
    response = admin_page.post(address, {**data, f"x-{last.pk}": "99"})
    assert response.url == address
    last.refresh_from_db()
    assert last.x_metres == 99


def test_the_room_leads_to_its_plan(hall, admin_page):
    assert page_of(hall, "plan") in admin_page.get(list_address(Room)).content.decode()
    assert (
        page_of(hall, "plan") in admin_page.get(reverse("admin:posters_room_change", args=[hall.pk])).content.decode()
    )
    assert Session.objects.count() == 1


def test_an_import_afterwards_leaves_boards_where_they_were_put(conference, admin_page):
    room = Room.objects.get(name="Hall A")
    lay_out(admin_page, room, rows=1, columns=12, is_serpentine="on", first_number=0)
    before = standing(room)
    assert before[1] == ("A1", 2, 3.0, 3.0)
    report = upsert_programme(record=EXAMPLE, conference_slug="example-2030")
    assert standing(room) == [*before, ("A12", 12, None, None)]
    kept = [change.field for outcome in report.frame for change in outcome.changes if change.kept]
    assert kept == ["position"] * 11
