"""Secrets in addresses: 256 bits, stored as their SHA-256 alone."""

import base64
import hashlib
import secrets
from uuid import UUID

from django.utils.crypto import salted_hmac


def new_token() -> str:
    """A new secret, to be shown once."""
    return secrets.token_urlsafe(32)


def token_from(seed: UUID) -> str:
    """The secret of a seed: whoever has the database but not the site's SECRET_KEY cannot make it."""
    digest = salted_hmac("posters.tokens", seed.hex, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def sha256_of(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
