"""Addresses that are secrets: whoever knows one reads an itinerary. No log and no Referer may hold them."""

import logging
import re
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

_secret = re.compile(
    r"(/calendar/|/itinerary/shared/|/itinerary/hand-over/|/account/digest/)[^/?#\s\"']+?(?=\.ics|[/?#\s\"']|$)"
)
LOGGED_VARIABLES = ("RAW_URI", "REQUEST_URI", "PATH_INFO", "HTTP_REFERER")
"""Of the WSGI environment, from which servers write their access logs."""
LOGGERS = ("django.request", "django.security.csrf", "django.server", "gunicorn.access", "gunicorn.error")


def without_secrets(text: str) -> str:
    """The text, with secret addresses made unreadable: /calendar/….ics."""
    return _secret.sub(r"\1…", text)


class WithoutSecrets(logging.Filter):
    """Takes secret addresses out of what is logged: “Not Found: /calendar/….ics”, a debugging server's requests."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = _redacted(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(map(_redacted, record.args))
        return True


def _redacted(value: Any) -> Any:
    return without_secrets(value) if isinstance(value, str) else value


_filter = WithoutSecrets()


class PrivateAddressMiddleware:
    """Takes secret addresses out of what the server will write into its access log, whatever that log's format.

    Django has read them by then. Outermost, so that it acts after every answer, and for refusals, too, tells browsers
    to pass the address on to nobody. (A page with a form says “strict-origin” besides, or its form would be refused.)
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        # Not by LOGGING: naming a logger there takes away the handlers that it has.
        for name in LOGGERS:
            logging.getLogger(name).addFilter(_filter)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_secret = without_secrets(request.path) != request.path
        try:
            response = self.get_response(request)
            if is_secret:
                response.headers["Referrer-Policy"] = "no-referrer"
            return response
        finally:
            for name in LOGGED_VARIABLES:
                if name in request.META:
                    request.META[name] = without_secrets(request.META[name])
