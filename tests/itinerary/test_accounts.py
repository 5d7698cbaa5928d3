"""Accounts by e-mail and code, with this browser's wishes kept."""

import re

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client

from posters.models import Attendee

pytestmark = pytest.mark.django_db


def code_from_mail() -> str:
    """The code in the newest message, which stands on a line of its own."""
    return re.search(r"^([A-Z0-9]{4}-[A-Z0-9]{4})$", mail.outbox[-1].body, re.MULTILINE)[1]


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
