"""Attendees as they come: a browser each, with what they star and see."""

import re
from collections.abc import Callable

import pytest
from django.core import mail
from django.test import Client

from posters.models import Conference


class Visitor(Client):
    """A browser at the example conference."""

    def star(self, number: int, interest: str = "interested") -> None:
        response = self.post(f"/example-2030/posters/{number}/favourite/", {"interest": interest})
        assert response.status_code == 302

    def attend(self, slug: str) -> None:
        assert self.post(f"/example-2030/sessions/{slug}/attendance/", {"attending": "yes"}).status_code == 302

    @property
    def overlay(self) -> dict:
        return self.get("/me/example-2030.json").json()

    @property
    def favourites(self) -> dict[str, str]:
        return self.overlay["favourites"]

    def sign_up(self, email: str) -> None:
        self.post("/account/signup/", {"email": email})
        assert self.post("/account/confirm-email/", {"code": code_from_mail()}).status_code == 302

    def sign_in(self, email: str) -> None:
        self.post("/account/login/code/", {"email": email})
        assert self.post("/account/login/code/confirm/", {"code": code_from_mail()}).status_code == 302


def code_from_mail() -> str:
    """The code in the newest message, which stands on a line of its own."""
    return re.search(r"^([A-Z0-9]{4}-[A-Z0-9]{4})$", mail.outbox[-1].body, re.MULTILINE)[1]


def secret_address(response) -> str:
    """The path of the first secret address that a page shows."""
    found = re.search(r'class="secret-address"><a href="https?://[^/"]+(/[^"]+)"', response.content.decode())
    return found[1] if found else ""


@pytest.fixture
def visitor(conference: Conference) -> Callable[[], Visitor]:
    """Makes a new visitor's browser."""
    return Visitor
