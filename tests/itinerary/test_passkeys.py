"""Passkeys beside the code by e-mail: one's own, named, exported without their keys, and no second lock."""

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.test import Client

from tests.browse.conftest import Page
from tests.conftest import PASSWORD, sign_in
from tests.itinerary.conftest import Visitor

pytestmark = pytest.mark.django_db

PASSKEYS = "/account/passkeys/"


@pytest.fixture
def ada(visitor) -> Visitor:
    ada = visitor()
    ada.star(2)
    ada.sign_up("ada@example.org")
    return ada


def passkey_of(email: str, name: str = "Phone") -> Authenticator:
    """As it is stored; the browser tests make real ones."""
    user = User.objects.get(email=email)
    return Authenticator.objects.create(user=user, type="webauthn", data={"name": name, "credential": {"id": "PUBLIC"}})


def test_who_has_a_passkey_still_signs_in_by_a_code_alone(ada, visitor):
    passkey_of("ada@example.org")
    phone = visitor()
    phone.sign_in("ada@example.org")
    assert phone.favourites == {"2": "interested"}


def test_passkeys_are_listed_renamed_and_removed_by_their_owner_alone(ada, visitor):
    passkey = passkey_of("ada@example.org")
    bo = visitor()
    bo.sign_up("bo@example.org")
    for path in (f"{PASSKEYS}{passkey.pk}/edit/", f"{PASSKEYS}{passkey.pk}/remove/"):
        assert bo.get(path).status_code == 404
        assert bo.post(path, {"name": "Bo's"}).status_code == 404
        assert "/account/login/" in Client().post(path, {"name": "x"}, follow=True).redirect_chain[-1][0]
        assert Page(ada.get(path).content.decode()).faults == []
    assert "Phone" not in bo.get(PASSKEYS).content.decode()
    answer = ada.post(f"{PASSKEYS}{passkey.pk}/edit/", {"name": "<b>Tablet"}, follow=True)
    assert "&lt;b&gt;Tablet</strong>, added" in answer.content.decode()
    answer = ada.post(f"{PASSKEYS}{passkey.pk}/remove/", follow=True)
    assert "The passkey is removed." in answer.content.decode()
    assert "You have none yet." in answer.content.decode()
    assert Authenticator.objects.count() == 0


def test_what_is_exported_names_them_and_holds_no_key(ada):
    passkey_of("ada@example.org")
    response = ada.get("/account/data/download/")
    (passkey,) = response.json()["account"]["passkeys"]
    assert passkey.keys() == {"name", "created_at", "last_used_at"}
    assert (passkey["name"], passkey["last_used_at"]) == ("Phone", None)
    assert "PUBLIC" not in response.content.decode()


def test_deleting_ones_data_deletes_them(ada):
    passkey_of("ada@example.org")
    ada.post("/account/data/delete/")
    assert Authenticator.objects.count() == 0


def test_pages_are_ours_and_hold_no_script_that_the_policy_refuses(ada, client):
    for visitor, path in ((client, "/account/login/"), (ada, PASSKEYS), (ada, f"{PASSKEYS}add/")):
        page = Page(visitor.get(path).content.decode())
        assert page.faults == []
        assert {one["type"] for one in page.all("script") if "src" not in one} <= {"application/json"}
        assert page.all("style") == []
    assert f'href="{PASSKEYS}"' in ada.get("/account/data/").content.decode()


def test_a_password_is_asked_for_before_a_passkey_is_added_to_its_account(conference):
    organiser = Client()
    sign_in(organiser, User.objects.create_superuser("organiser", "organiser@example.org", PASSWORD))
    answer = organiser.get(f"{PASSKEYS}add/")
    assert answer.headers["Location"] == f"/account/reauthenticate/?next={PASSKEYS.replace('/', '%2F')}add%2F"
    answer = organiser.post(answer.headers["Location"], {"password": PASSWORD}, follow=True)
    assert "Add a passkey" in answer.content.decode()


@pytest.mark.parametrize("credential", ["", "x", "{}", "[1]", '{"id": 1, "response": null}'])
def test_what_is_no_passkey_is_refused(ada, client, credential):
    assert ada.post(f"{PASSKEYS}add/", {"name": "x", "credential": credential}).status_code == 200
    assert Authenticator.objects.count() == 0
    answer = client.post(f"{PASSKEYS}login/", {"credential": credential})
    assert answer.headers["Location"] == "/account/login/"
    assert "_auth_user_id" not in client.session
