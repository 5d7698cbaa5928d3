"""One's own data: everything to take along, and nothing left when it is deleted."""

from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session as BrowserSession
from django.test import Client

from posters.models import (
    Attendee,
    CalendarFeed,
    Conference,
    Duty,
    Favourite,
    HandOver,
    Itinerary,
    Poster,
    RemovedEvent,
    Share,
    Visit,
)
from posters.tokens import sha256_of
from tests.conftest import PASSWORD, at, sign_in
from tests.itinerary.conftest import Visitor, secret_address

pytestmark = pytest.mark.django_db

PERSONAL = {Attendee} | {
    relation.related_model for owner in (Attendee, Itinerary) for relation in owner._meta.related_objects
}
"""Every model whose rows belong to an attendee, by following the keys: a new one is found by itself."""


@pytest.fixture
def ada(visitor, many_posters) -> Visitor:
    """Has something of everything there is to have, in two conferences."""
    many_posters(3)
    ada = visitor()
    ada.star(1, "must-see")
    ada.star(3)
    ada.star(3, "none")
    ada.star(7)
    ada.attend("keynote")
    ada.post("/many/posters/2/favourite/", {"interest": "interested"})
    ada.get("/example-2030/itinerary/")
    itinerary = Itinerary.objects.get(conference__slug="example-2030")
    Visit.objects.filter(itinerary=itinerary).update(note="Ask about $x$ & “why”")
    Duty.objects.create(itinerary=itinerary, poster=Poster.objects.get(conference__slug="example-2030", number=2))
    CalendarFeed.objects.create(itinerary=itinerary, token_sha256=sha256_of("feed"))
    RemovedEvent.objects.create(
        conference=itinerary.conference,
        itinerary=itinerary,
        is_session=True,
        uid=uuid4(),
        title="Dropped Session",
        starts_at=at(3, 15),
        ends_at=at(3, 16),
        sequence=1,
        removed_at=at(1, 9),
    )
    assert secret_address(ada.post("/example-2030/itinerary/share/", {"shown_name": "Ada"}))
    assert secret_address(ada.post("/example-2030/itinerary/hand-over/"))
    return ada


def everything_personal() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in PERSONAL}


def test_the_example_has_something_of_everything(ada):
    assert min(everything_personal().values()) > 0
    assert {"Favourite", "Visit", "Attendance", "Duty", "CalendarFeed", "Share", "HandOver"} <= {
        model.__name__ for model in PERSONAL
    }


@pytest.mark.parametrize("has_account", [False, True])
def test_everything_is_taken_along(ada, has_account):
    if has_account:
        ada.sign_up("ada@example.org")
    response = ada.get("/account/data/download/")
    assert response.headers["Content-Disposition"] == 'attachment; filename="boardwalk-my-data.json"'
    data = response.json()
    assert (data["account"] or {}).get("email") == ("ada@example.org" if has_account else None)
    assert data["attendee"]["id"] == str(Attendee.objects.get().pk)
    assert len(data["attendee"]["hand_overs"]) == 1
    example, many = data["conferences"]
    assert (example["conference"], many["conference"]) == ("example-2030", "many")
    assert [(wish["number"], wish["interest"]) for wish in example["favourites"]] == [
        (1, "must-see"),
        (3, "none"),
        (7, "interested"),
    ]
    assert [(wish["number"], wish["interest"]) for wish in many["favourites"]] == [(2, "interested")]
    itinerary = example["itinerary"]
    assert {visit["note"] for visit in itinerary["visits"]} == {"Ask about $x$ & “why”"}
    assert [visit["number"] for visit in itinerary["visits"]] == [1]
    assert [(left["number"], left["reason"]) for left in itinerary["left_out"]] == [
        (7, "The time of its session is to be announced.")
    ]
    assert [edit["said"] for edit in itinerary["edits"]] == ["Planned to attend Opening Keynote"]
    assert [planned["slug"] for planned in itinerary["attendances"]] == ["keynote"]
    assert [duty["number"] for duty in itinerary["duties"]] == [2]
    assert [share["shown_name"] for share in itinerary["shares"]] == ["Ada"]
    assert len(itinerary["feeds"]) == 1
    assert [event["title"] for event in itinerary["removed_events"]] == ["Dropped Session"]
    for secret in (*Share.objects.values_list("token_sha256", flat=True), sha256_of("feed")):
        assert secret not in response.content.decode()


def test_nothing_of_others_is_in_it(ada, visitor):
    bo = visitor()
    bo.star(6)
    data = bo.get("/account/data/download/").json()
    assert [wish["number"] for wish in data["conferences"][0]["favourites"]] == [6]
    assert len(data["conferences"]) == 1


def test_deleting_asks_first_and_then_leaves_nothing(ada):
    before = everything_personal()
    page = ada.get("/account/data/delete/").content.decode()
    assert "Delete everything for good" in page
    assert everything_personal() == before
    answer = ada.post("/account/data/delete/")
    assert "Everything is deleted" in answer.content.decode()
    assert set(everything_personal().values()) == {0}
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert ada.cookies["boardwalk_attendee"].value == ""
    assert ada.favourites == {}


def test_with_an_account_the_account_goes_too(ada, visitor):
    ada.sign_up("ada@example.org")
    bo = visitor()
    bo.star(6)
    ada.post("/account/data/delete/")
    assert User.objects.count() == 0
    assert [attendee.pk for attendee in Attendee.objects.all()] == [Favourite.objects.get().attendee_id]
    assert bo.favourites == {"6": "interested"}
    assert BrowserSession.objects.count() == 0
    assert "Sign in" in ada.get("/example-2030/itinerary/").content.decode()


def test_an_organisers_account_stays_and_what_they_wished_does_not(conference):
    organiser = User.objects.create_superuser("organiser", "organiser@example.org", PASSWORD)
    client = Visitor()
    sign_in(client, organiser)
    client.star(1)
    LogEntry.objects.create(user=organiser, action_flag=2, object_repr="x")
    assert "Your account stays" in client.get("/account/data/delete/").content.decode()
    assert "organiser’s account" in client.post("/account/data/delete/").content.decode()
    assert (User.objects.count(), LogEntry.objects.count(), Attendee.objects.count()) == (1, 1, 0)


def test_links_and_devices_end_with_it(ada, visitor):
    shared = secret_address(ada.post("/example-2030/itinerary/share/"))
    phone = visitor()
    phone.post(secret_address(ada.post("/example-2030/itinerary/hand-over/")))
    ada.post("/account/data/delete/")
    assert visitor().get(shared).status_code == 404
    assert phone.favourites == {}


def test_a_stranger_has_nothing_to_take_or_delete(ada, client):
    assert "Nothing is kept of you" in client.get("/account/data/").content.decode()
    assert client.get("/account/data/download/").json() == {"account": None, "attendee": None, "conferences": []}
    before = everything_personal()
    client.post("/account/data/delete/")
    assert everything_personal() == before


def test_deleting_cannot_be_forged(ada):
    forger = Client(enforce_csrf_checks=True)
    forger.cookies = ada.cookies
    assert forger.post("/account/data/delete/").status_code == 403
    assert Attendee.objects.count() == 1
    assert HandOver.objects.count() == 1
    assert Conference.objects.count() == 2
