"""Headless Chromium, as Debian ships it. CI must have it; elsewhere its tests are skipped without it."""

import os
import shutil
import threading
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


class TooLate(Exception):
    """A request that a page sent before it was closed, and that begins after its test."""


class Doorkeeper:
    """Lets the server finish what a page asked for, and lets nothing in while the database is emptied.

    A page that is closed leaves requests behind, and those still write.
    """

    def __init__(self) -> None:
        self._busy: set[int] = set()
        """Threads of the server that answer; the test's own thread asks without it."""
        self._is_closed = False
        self._changed = threading.Condition()

    def begin(self, **_: object) -> None:
        if threading.current_thread() is threading.main_thread():
            return
        with self._changed:
            if self._is_closed:
                raise TooLate
            self._busy.add(threading.get_ident())

    def end(self, **_: object) -> None:
        with self._changed:
            self._busy.discard(threading.get_ident())
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._busy, timeout=10)

    def open(self) -> None:
        with self._changed:
            self._is_closed = False
            self._busy.clear()


doorkeeper = Doorkeeper()
request_started.connect(doorkeeper.begin)
request_finished.connect(doorkeeper.end)


@pytest.fixture(autouse=True)
def server_at_rest(live_server) -> Iterator[None]:
    """The database is emptied after a test: not before the server has done with it."""
    yield
    doorkeeper.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown() -> Iterator[None]:
    """By now the database is empty, and the next test may begin."""
    try:
        return (yield)
    finally:
        doorkeeper.open()


@pytest.fixture
def context(browser: Browser, live_server) -> Iterator[BrowserContext]:
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
