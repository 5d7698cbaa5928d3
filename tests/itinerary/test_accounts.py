"""Accounts by e-mail and code, with this browser's wishes kept."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from posters.itinerary.attendees import COOKIE
from posters.models import Attendee, CalendarFeed, Favourite, Itinerary, Poster, Visit
from posters.tokens import sha256_of
from tests.conftest import PASSWORD
from tests.conftest import sign_in as sign_in_at_admin
from tests.itinerary.conftest import Visitor, code_from_mail

pytestmark = pytest.mark.django_db


def sign_up(client: Client, email: str) -> None:
    response = client.post("/account/signup/", {"email": email})
    assert response.headers["Location"] == "/account/confirm-email/"
    response = client.post("/account/confirm-email/", {"code": code_from_mail()})
    assert response.status_code == 302


def sign_in(client: Client, email: str) -> None:
    response = client.post("/account/login/code/", {"email": email})
    assert response.headers["Location"] == "/account/login/code/confirm/"
    response = client.post("/account/login/code/confirm/", {"code": code_from_mail()})
    assert response.status_code == 302


def star(client: Client, number: int) -> None:
    client.post(f"/example-2030/posters/{number}/favourite/", {"interest": "interested"})


def favourites(client: Client) -> dict[str, str]:
    return client.get("/me/example-2030.json").json()["favourites"]


def test_an_account_takes_the_wishes_of_this_browser_to_another(conference):
    desk, phone = Client(), Client()
    star(desk, 1)
    sign_up(desk, "ada@example.org")
    assert favourites(desk) == {"1": "interested"}
    star(phone, 2)
    sign_in(phone, "ada@example.org")
    assert favourites(phone) == favourites(desk) == {"1": "interested", "2": "interested"}
    assert Attendee.objects.get().user == User.objects.get(email="ada@example.org")


def test_signing_out_leaves_nothing_personal_in_this_browser(conference):
    client = Client()
    star(client, 1)
    sign_up(client, "ada@example.org")
    client.post("/account/logout/")
    assert favourites(client) == {}
    assert b"ada@example.org" not in client.get("/example-2030/itinerary/").content


def test_every_way_out_clears_this_browser(conference):
    for way_out in ("/account/logout/", "/admin/logout/"):
        client = Visitor()
        client.star(1)
        sign_in_at_admin(client, User.objects.create_user(f"by{way_out[1:6]}", "x@example.org", PASSWORD))
        answer = client.post(way_out)
        assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
        assert client.cookies[COOKIE].value == ""
        assert client.cookies["sessionid"].value == ""
        assert client.favourites == {}
    assert "Clear-Site-Data" not in Client().get("/example-2030/itinerary/").headers


def test_signing_in_brings_visits_notes_plans_and_feeds_of_both(visitor):
    desk, phone = visitor(), visitor()
    for device, number, note in ((desk, 1, "From the desk"), (phone, 1, "From the phone"), (phone, 2, "Only here")):
        device.star(number)
        device.get("/example-2030/itinerary/")
        own = Visit.objects.filter(itinerary__attendee=Attendee.objects.latest("created_at"))
        own.filter(presentation__poster__number=number).update(note=note)
    phone.attend("keynote")
    itinerary = Itinerary.objects.latest("pk")
    CalendarFeed.objects.create(itinerary=itinerary, token_sha256=sha256_of("feed"))
    uid = Visit.objects.get(presentation__poster__number=2).uid
    desk.sign_up("ada@example.org")
    phone.sign_in("ada@example.org")
    assert Attendee.objects.count() == Itinerary.objects.count() == 1
    notes = Visit.objects.filter(presentation__poster__number=1).values_list("note", flat=True)
    assert set(notes) == {"From the desk\n\nFrom the phone"}
    assert Visit.objects.get(presentation__poster__number=2).note == "Only here"
    assert Visit.objects.get(presentation__poster__number=2).uid == uid
    assert desk.overlay["attendances"] == ["keynote"]
    assert CalendarFeed.objects.get().itinerary == Itinerary.objects.get()


def test_a_star_taken_off_is_not_brought_back_by_a_second_device(visitor):
    desk, phone = visitor(), visitor()
    desk.sign_up("ada@example.org")
    phone.star(1)
    phone.star(2)
    desk.star(1)
    desk.star(1, "none")
    phone.sign_in("ada@example.org")
    assert desk.favourites == phone.favourites == {"2": "interested"}
    phone.get("/example-2030/itinerary/")
    assert desk.favourites == phone.favourites == {"2": "interested"}


def test_a_star_taken_off_on_the_second_device_later_is_off_on_both(visitor):
    desk, phone = visitor(), visitor()
    desk.star(1)
    desk.sign_up("ada@example.org")
    phone.star(1)
    phone.star(1, "none")
    phone.sign_in("ada@example.org")
    assert desk.favourites == phone.favourites == {}


def test_merged_stars_show_on_the_very_next_answer(visitor):
    desk, phone = visitor(), visitor()
    desk.star(1)
    desk.sign_up("ada@example.org")
    phone.star(2)
    phone.post("/account/login/code/", {"email": "ada@example.org"})
    answer = phone.post(
        "/account/login/code/confirm/", {"code": code_from_mail(), "next": "/example-2030/favourites/"}, follow=True
    )
    html = answer.content.decode()
    assert "2 posters." in html
    assert phone.favourites == {"1": "interested", "2": "interested"}


def test_a_merge_is_one_request_and_as_many_queries_for_many_as_for_few(many_posters):
    conference = many_posters(60)
    counts = []
    for index, stars in enumerate((range(1, 4), range(4, 51))):
        desk, phone = Visitor(), Visitor()
        desk.post(f"/{conference.slug}/posters/60/favourite/", {"interest": "interested"})
        desk.sign_up(f"ada{index}@example.org")
        for number in stars:
            phone.post(f"/{conference.slug}/posters/{number}/favourite/", {"interest": "interested"})
        phone.get(f"/{conference.slug}/itinerary/")
        phone.post("/account/login/code/", {"email": f"ada{index}@example.org"})
        with CaptureQueriesContext(connection) as counted:
            phone.post("/account/login/code/confirm/", {"code": code_from_mail()})
        assert len(phone.get(f"/me/{conference.slug}.json").json()["favourites"]) == len(stars) + 1
        counts.append(len(counted.captured_queries))
    assert counts[0] == counts[1]


def test_a_merge_may_be_repeated(visitor):
    """Signed in and out and in again, with the same cookie put back: nothing is doubled and nothing comes back."""
    phone, desk = visitor(), visitor()
    phone.star(1)
    cookie = phone.cookies[COOKIE].value
    phone.sign_up("ada@example.org")
    for _ in range(2):
        phone.post("/account/logout/")
        phone.cookies[COOKIE] = cookie
        phone.sign_in("ada@example.org")
    desk.sign_in("ada@example.org")
    desk.star(1, "none")
    phone.post("/account/logout/")
    phone.cookies[COOKIE] = cookie
    phone.sign_in("ada@example.org")
    assert desk.favourites == phone.favourites == {}
    assert Favourite.objects.get().poster == Poster.objects.get(number=1)


def test_a_wrong_code_signs_nobody_in(conference):
    client = Client()
    sign_up(client, "ada@example.org")
    other = Client()
    other.post("/account/login/code/", {"email": "ada@example.org"})
    response = other.post("/account/login/code/confirm/", {"code": "WRONG1"})
    assert response.status_code == 200
    assert "_auth_user_id" not in other.session


def test_an_unknown_address_is_not_told_from_a_known_one(conference):
    client = Client()
    known, unknown = Client(), Client()
    sign_up(client, "ada@example.org")
    answers = [
        one.post("/account/login/code/", {"email": email}).headers["Location"]
        for one, email in ((known, "ada@example.org"), (unknown, "nobody@example.org"))
    ]
    assert answers[0] == answers[1]


@pytest.mark.parametrize("path", ["/account/login/", "/account/signup/", "/account/login/code/", "/account/logout/"])
def test_account_pages_are_in_our_layout(client, conference, path):
    html = client.get(path, follow=True).content.decode()
    assert "Skip to main content" in html
    assert "boardwalk" in html.lower()
    assert "<style" not in html
    assert "<script>" not in html
