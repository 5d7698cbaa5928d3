"""Secrets in addresses: 256 bits, stored as their SHA-256 alone."""

import hashlib
import secrets


def new_token() -> str:
    """A new secret, to be shown once."""
    return secrets.token_urlsafe(32)


def sha256_of(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()
