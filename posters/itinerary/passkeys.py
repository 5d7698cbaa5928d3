"""Passkeys: another way to sign in to an account, beside the code by e-mail."""

from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm, LoginWebAuthnForm
from django import forms
from django.contrib.auth.models import User

LONGEST_NAME = 60
FOREIGN = (KeyError, AttributeError, TypeError, ValueError)
"""What the library raises for JSON that no browser sends."""


class AddPasskeyForm(AddWebAuthnForm):
    """A name, and what the device made: always a passkey, never a key that only adds to a password."""

    name = forms.CharField(required=False, max_length=LONGEST_NAME)
    passwordless = forms.BooleanField()

    def clean(self) -> dict[str, Any]:
        """Refuses in words."""
        try:
            return super().clean()
        except FOREIGN as error:
            raise forms.ValidationError("That is no passkey.") from error


class LoginPasskeyForm(LoginWebAuthnForm):
    """What the device answers at sign-in."""

    def clean_credential(self) -> Authenticator:
        """Refuses in words."""
        try:
            return super().clean_credential()
        except FOREIGN as error:
            raise forms.ValidationError("That is no passkey.") from error


class RenamePasskeyForm(EditWebAuthnForm):
    """Another name."""

    name = forms.CharField(max_length=LONGEST_NAME)


class PasskeyAdapter(DefaultMFAAdapter):
    """The library takes a passkey for a second lock as well. Here it is not one: it may be lost with the phone."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "This passkey opens no account here. Was it removed? Have a code sent to you instead.",
    }

    def is_mfa_enabled(self, user: Any, types: Any = None) -> bool:
        """Never: whoever has a passkey still signs in by a code alone."""
        return False

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        """What a passkey is called until its owner says better."""
        count = passkeys_of(user).count()
        return f"Passkey {count + 1}" if count else "Passkey"


def passkeys_of(user: User) -> Any:
    """An account's passkeys, the oldest first."""
    return Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).order_by("pk")
