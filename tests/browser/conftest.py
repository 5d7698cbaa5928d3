"""Headless Chromium, as Debian ships it. CI must have it; elsewhere its tests are skipped without it."""

import os
import shutil
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.signals import request_finished, request_started
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",  # CI runs as root
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not Path(CHROMIUM).exists():
        if os.environ.get("CI"):
            pytest.fail(f"{CHROMIUM} is missing.")
        pytest.skip("no Chromium on this machine")
    # Playwright runs an event loop in this thread, in which Django would refuse to touch the database.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


class RequestsUnderWay:
    """Counts what the server is at work on: a page that is closed leaves requests behind that still write."""

    def __init__(self) -> None:
        self._count = 0
        self._changed = threading.Condition()

    def began(self, **_: object) -> None:
        self._count_by(1)

    def ended(self, **_: object) -> None:
        self._count_by(-1)

    def _count_by(self, step: int) -> None:
        with self._changed:
            self._count += step
            self._changed.notify_all()

    def wait_for_none(self, server_url: str) -> None:
        """Until none has been under way for a while: one that was sent already may not have begun."""
        urllib.request.urlopen(f"{server_url}/healthz", timeout=10).close()  # noqa: S310 - the server is ours
        end, quiet_since = time.monotonic() + 10, time.monotonic()
        while time.monotonic() < min(end, quiet_since + 0.2):
            with self._changed:
                if self._changed.wait(0.05) or self._count > 0:
                    quiet_since = time.monotonic()


@pytest.fixture
def server_at_rest(live_server) -> Iterator[None]:
    """The database is emptied after a test: not before the server has done with it."""
    under_way = RequestsUnderWay()
    request_started.connect(under_way.began)
    request_finished.connect(under_way.ended)
    yield
    under_way.wait_for_none(live_server.url)
    request_started.disconnect(under_way.began)
    request_finished.disconnect(under_way.ended)


@pytest.fixture
def context(browser: Browser, live_server, server_at_rest) -> Iterator[BrowserContext]:
    """A new visitor's browser, of a phone's width. Without a service worker: test_offline.py has one."""
    context = browser.new_context(
        base_url=live_server.url,
        viewport={"width": 360, "height": 740},
        accept_downloads=True,
        service_workers="block",
    )
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that must say nothing in the console: no error, no refusal by the content security policy."""
    page = context.new_page()
    said: list[str] = []
    ignored = "Service Worker registration blocked by Playwright"
    page.on(
        "console",
        lambda message: (
            said.append(message.text) if message.type in {"error", "warning"} and message.text != ignored else None
        ),
    )
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    assert said == []
