"""Signing in brings two itineraries together: minutes, pins, refusals, duties, notes, nothing is lost."""

import datetime as dt

import pytest
from django.contrib.auth.models import User
from django.test import Client

from posters.models import Attendee, Board, Duty, Favourite, Itinerary, Poster, Visit
from tests.conftest import PASSWORD, sign_in

pytestmark = pytest.mark.django_db

DAY = dt.datetime(2030, 6, 3, tzinfo=dt.UTC)


def star(client: Client, *numbers: int, interest: str = "interested") -> None:
    for number in numbers:
        client.post(f"/example-2030/posters/{number}/favourite/", {"interest": interest})
    client.get("/me/example-2030.json")


@pytest.fixture
def user(conference) -> User:
    return User.objects.create_user("a", password=PASSWORD)


@pytest.fixture
def desk(user) -> Client:
    """Signed in, with posters 1 and 2."""
    client = Client()
    sign_in(client, user)
    star(client, 1, 2)
    return client


@pytest.fixture
def phone(desk) -> Client:
    """Not signed in yet, with posters 1 and 6."""
    client = Client()
    star(client, 1, 6)
    return client


def of_phone(number: int) -> Visit:
    return Visit.objects.get(itinerary__attendee__user=None, presentation__poster__number=number)


def of_account(number: int) -> Visit:
    return Visit.objects.get(itinerary__attendee__user__isnull=False, presentation__poster__number=number)


def test_minutes_of_both_are_kept(desk, phone, user):
    Attendee.objects.filter(user=None).update(dwell_minutes=12)
    Favourite.objects.filter(attendee__user=None, poster__number=1).update(dwell_minutes=20)
    Favourite.objects.filter(attendee__user=user, poster__number=2).update(dwell_minutes=5)
    star(desk, 1, interest="must-see")
    sign_in(phone, user)
    attendee = Attendee.objects.get()
    assert attendee.dwell_minutes == 12
    wishes = attendee.favourites.order_by("poster__number").values_list("poster__number", "interest", "dwell_minutes")
    assert list(wishes) == [(1, "must-see", 20), (2, "interested", 5), (6, "interested", None)]


def test_a_visit_of_one_device_stays_itself(desk, phone, user):
    before = of_phone(6)
    sign_in(phone, user)
    phone.get("/me/example-2030.json")
    after = of_account(6)
    assert (after.uid, after.starts_at) == (before.uid, before.starts_at)


@pytest.mark.parametrize("pinned_by", ["desk", "phone"])
def test_a_pin_of_either_device_holds(desk, phone, user, pinned_by):
    starts_at = DAY.replace(hour=8, minute=40)
    visit = of_account(1) if pinned_by == "desk" else of_phone(1)
    Visit.objects.filter(pk=visit.pk).update(
        is_pinned=True, starts_at=starts_at, ends_at=starts_at + dt.timedelta(minutes=15)
    )
    sign_in(phone, user)
    phone.get("/me/example-2030.json")
    after = of_account(1)
    assert (after.is_pinned, after.starts_at, after.ends_at - after.starts_at, after.cancelled_at) == (
        True,
        starts_at,
        dt.timedelta(minutes=15),
        None,
    )


def test_what_was_taken_out_on_one_device_does_not_come_back(desk, phone, user):
    Visit.objects.filter(pk=of_phone(6).pk).update(is_declined=True)
    sign_in(phone, user)
    numbers = [visit["number"] for visit in phone.get("/me/example-2030.json").json()["visits"]]
    assert sorted(numbers) == [1, 2]


def test_notes_and_visited_of_both_are_kept(desk, phone, user):
    visited_at = DAY.replace(hour=8, minute=5)
    Visit.objects.filter(pk=of_account(1).pk).update(note="Ask about bridges.")
    Visit.objects.filter(pk=of_phone(1).pk).update(note="Asked.", visited_at=visited_at)
    sign_in(phone, user)
    after = of_account(1)
    assert (after.note, after.visited_at) == ("Ask about bridges.\n\nAsked.", visited_at)


def test_duties_move_and_double_ones_do_not(desk, phone, user):
    first, second = Itinerary.objects.order_by("pk")
    for itinerary, number in ((first, 1), (second, 1), (second, 2)):
        Duty.objects.create(itinerary=itinerary, poster=Poster.objects.get(number=number))
    sign_in(phone, user)
    assert list(Duty.objects.order_by("poster__number").values_list("poster__number", flat=True)) == [1, 2]


def test_where_the_attendee_stood_last_is_kept(desk, phone, user):
    board, other = Board.objects.order_by("position")[:2]
    earlier, later = DAY.replace(hour=8, minute=10), DAY.replace(hour=8, minute=30)
    Itinerary.objects.filter(attendee__user=user).update(resumed_at=earlier, resumed_board=board)
    Itinerary.objects.filter(attendee__user=None).update(resumed_at=later, resumed_board=other)
    sign_in(phone, user)
    itinerary = Itinerary.objects.get()
    assert (itinerary.resumed_at, itinerary.resumed_board) == (later, other)
