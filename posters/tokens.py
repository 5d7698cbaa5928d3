"""Secrets in addresses: 256 bits, stored as their SHA-256 alone, and kept out of the logs."""

import hashlib
import logging
import re
import secrets

LOGGERS_OF_ADDRESSES = ("django.request", "django.security.csrf", "django.server", "gunicorn.access")

_LOOKS_SECRET = re.compile(r"[A-Za-z0-9_-]{43,}")
"""32 bytes in URL-safe base64, as our tokens and signatures are. A very long slug is left out with them."""


def new_token() -> str:
    """A new secret, to be shown once."""
    return secrets.token_urlsafe(32)


def sha256_of(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode(errors="surrogatepass")).hexdigest()


def keep_out_of_logs() -> None:
    """From now on the loggers that write addresses leave secrets out."""
    for name in LOGGERS_OF_ADDRESSES:
        logging.getLogger(name).addFilter(without_secrets)


def without_secrets(record: logging.LogRecord) -> bool:
    """A logging filter: lets every record pass, with “…” for what looks like a secret."""
    message = record.getMessage()
    hidden = _LOOKS_SECRET.sub("…", message)
    if hidden != message:
        record.msg, record.args = hidden, None
    return True
