"""What is personal is kept by nobody in between, and what attendees wish is nobody's business but theirs."""

import re
import uuid
from collections.abc import Iterator

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLResolver, get_resolver

from posters.models import Attendee, Conference
from tests.itinerary.conftest import Visitor, secret_address

pytestmark = pytest.mark.django_db

THE_SAME_FOR_EVERYONE = {"current", "healthz", "readyz", "favicon", "service-worker", "picture"}
"""Beside the programme pages."""
VALUES = {
    "conference": "example-2030",
    "number": 1,
    "slug": "keynote",
    "token": "x",
    "uid": uuid.UUID(int=0),
    "key": 1,
    "pk": 1,
    "edit": "minutes",
    "uidb36": "1",
}
"""For the parts of an address that stand for something."""


def addresses(found, prefix: str = "/") -> Iterator[str]:
    """Every address but the admin's and those of programme pages, with something for each of its parts."""
    for pattern in found:
        route = prefix + str(pattern.pattern).removeprefix("^").removesuffix("$")
        if route.startswith("/admin/"):
            continue
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        elif not hasattr(pattern.callback, "state_of") and pattern.name not in THE_SAME_FOR_EVERYONE:
            plain = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", route)
            yield re.sub(r"<(?:\w+:)?(\w+)>", lambda part: str(VALUES[part[1]]), plain)


def is_kept_by_nobody(response) -> bool:
    return {"private", "no-store"} <= {part.strip() for part in response.headers.get("Cache-Control", "").split(",")}


def test_every_personal_address_is_kept_by_nobody(attendee_client):
    """By whichever method, to a visitor, an attendee and a signed-in one, found or not."""
    paths = list(addresses(get_resolver().url_patterns))
    assert len(paths) > 30
    assert {
        "/me/example-2030.json",
        "/account/email/",
        "/account/passkeys/1/remove/",
        "/example-2030/itinerary/shared/x/",
    } <= set(paths)
    kept = [
        (path, response.status_code)
        for path in paths
        for client in (Client(), attendee_client)
        for response in (client.get(path), client.head(path))
        if not is_kept_by_nobody(response)
    ]
    assert kept == []


def test_pages_behind_a_secret_are_kept_by_nobody(attendee_client, visitor):
    shared = secret_address(attendee_client.post("/example-2030/itinerary/share/"))
    handed = secret_address(attendee_client.post("/example-2030/itinerary/hand-over/"))
    for path in (shared, handed):
        response = visitor().get(path)
        assert response.status_code == 200
        assert is_kept_by_nobody(response)


COUNTS, POSTER = "/example-2030/favourite-counts.json", "/example-2030/posters/2/"


def stars(number: int, count: int) -> None:
    for _ in range(count):
        Visitor().star(number)


@pytest.mark.parametrize(("count", "told"), [(4, {}), (5, {"2": 5}), (6, {"2": 6})])
def test_favourites_are_counted_from_five_up(conference, client, count, told):
    Conference.objects.update(shows_favourite_counts=True)
    stars(2, count)
    stars(8, 0)
    taken_back = Visitor()
    taken_back.star(2)
    taken_back.star(2, "none")
    assert client.get(COUNTS).json() == {"favourites": told}


def test_where_the_organiser_did_not_ask_nothing_is_counted(conference, client):
    stars(2, 6)
    assert client.get(COUNTS).json() == {"favourites": {}}
    assert "favourite-counts" not in client.get(POSTER).content.decode()
    Conference.objects.update(shows_favourite_counts=True)
    assert client.get(COUNTS).json() == {"favourites": {"2": 6}}
    assert COUNTS in client.get(POSTER).content.decode()


def test_counts_leave_the_posters_page_as_it_is(conference, client):
    Conference.objects.update(shows_favourite_counts=True)
    before = client.get(POSTER)
    stars(2, 6)
    assert client.get(POSTER).content == before.content
    assert client.get(POSTER)["ETag"] == before["ETag"]


def test_the_organiser_turns_counts_on_in_the_admin(conference, admin_client):
    page = admin_client.get(f"/admin/posters/conference/{conference.pk}/change/").content.decode()
    assert 'name="shows_favourite_counts"' in page
    assert User.objects.count() == 1
    assert Attendee.objects.count() == 0
