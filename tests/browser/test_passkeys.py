"""A passkey from first to last, with the authenticator that Chromium pretends to have."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from playwright.sync_api import BrowserContext, Page, expect

from tests.itinerary.conftest import code_from_mail

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
]

LIST = "/example-2030/posters/"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.mark.slow
def test_a_passkey_is_added_opens_the_account_and_is_removed(conference, context: BrowserContext, page: Page):
    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    key = device.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})["authenticatorId"]
    page.goto(LIST)
    page.locator("button[data-favourite='2']").click()
    expect(page.locator("button[data-favourite='2']")).to_have_attribute("aria-pressed", "true")
    page.goto("/account/signup/")
    page.get_by_label("Email").fill("ada@example.org")
    page.get_by_role("button", name="Create my account").click()
    page.get_by_label("Code").fill(code_from_mail())
    page.get_by_role("button", name=re.compile("Confirm|Sign in")).first.click()
    page.wait_for_url("**/example-2030/")

    page.goto("/account/data/")
    page.get_by_role("link", name="Add, name or remove passkeys").click()
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name").fill("Phone")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("The passkey is added: you can sign in with it.")).to_be_visible()
    expect(page.locator(".keys")).to_contain_text("Phone, added")

    page.goto(LIST)
    page.goto("/account/data/")
    page.get_by_role("button", name="Sign out").click()
    page.goto("/account/login/?next=/example-2030/favourites/")
    expect(page.get_by_text("Signed in as")).to_have_count(0)
    letters = len(mail.outbox)
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/example-2030/favourites/")
    expect(page.get_by_text("Signed in as ada@example.org")).to_be_visible()
    expect(page.get_by_role("link", name="Walking Robots Learn to Rest", exact=True)).to_be_visible()
    assert len(mail.outbox) == letters

    page.goto("/account/passkeys/")
    expect(page.locator(".keys")).to_contain_text("last used")
    page.get_by_role("link", name="Remove Phone").click()
    page.get_by_role("button", name="Remove the passkey").click()
    expect(page.get_by_text("You have none yet.")).to_be_visible()
    assert Authenticator.objects.count() == 0

    # What the device still holds opens nothing, and one that has nothing says so.
    page.get_by_role("button", name="Sign out").click()
    page.goto("/account/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.locator(".messages")).to_contain_text(re.compile("This passkey opens no account here."))
    device.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": key})
    device.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was chosen, or it took too long.")
