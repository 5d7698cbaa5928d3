"""The import page as it is served, with processes of its own and a database in a file."""

import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import encode_multipart

PATIENCE = 60
"""Seconds until what does not happen counts as broken."""
TITLE = "A Poster That Came by the Import Page"


class Browser:
    """A visitor who keeps cookies, follows where a form leads and sends the form's token."""

    def __init__(self, port: int) -> None:
        self.port, self.cookies = port, SimpleCookie()

    def request(self, method: str, path: str, body: bytes = b"", content_type: str = "") -> tuple[HTTPResponse, str]:
        headers = {"Cookie": "; ".join(f"{name}={cookie.value}" for name, cookie in self.cookies.items())}
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)) as connection:
            connection.request(method, path, body, headers | ({"Content-Type": content_type} if body else {}))
            response = connection.getresponse()
            for header in response.headers.get_all("Set-Cookie", []):
                self.cookies.load(header)
            return response, response.read().decode()

    def get(self, path: str) -> str:
        response, page = self.request("GET", path)
        assert response.status == 200, path
        return page

    def post(self, path: str, **fields: Any) -> str:
        """Returns where it leads."""
        fields["csrfmiddlewaretoken"] = self.cookies["csrftoken"].value
        body = encode_multipart("frontier", fields)
        response, page = self.request("POST", path, body, "multipart/form-data; boundary=frontier")
        assert response.status == 302, page[-2_000:]
        return response.headers["Location"]


def wait_until(is_so: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while not (found := is_so()):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Of a site of its own."""
    return {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{tmp_path / 'site.sqlite3'}",
        "MEDIA_ROOT": str(tmp_path / "media"),
        "DEBUG": "1",
        "PYTHONUNBUFFERED": "1",
    }


@pytest.fixture
def site(tmp_path: Path, environment: dict[str, str]) -> Iterator[Browser]:
    """The demo, with its organiser signed in."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "demo", "--port", str(port)]
    log = tmp_path / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
    try:
        wait_until(lambda: "Quit the server" in log.read_text())
        password = re.search(r"organiser / (\S+)", log.read_text())[1]
        browser = Browser(port)
        browser.get("/admin/login/")
        browser.post("/admin/login/", username="organiser", password=password, next="/admin/")
        yield browser
    finally:
        process.terminate()
        process.wait(PATIENCE)


def is_locked(database: Path) -> bool:
    """Whether somebody is in the middle of writing."""
    with closing(sqlite3.connect(database, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        connection.execute("ROLLBACK")
    return False


def attempt_on(page: str) -> str:
    return re.search(r'name="attempt" value="(\d+)"', page)[1]


@pytest.mark.slow
def test_an_import_that_is_killed_or_takes_too_long_leaves_the_old_programme_and_the_next_brings_the_new(
    site: Browser, tmp_path: Path, environment: dict[str, str]
) -> None:
    content = {"format": "boardwalk-programme", "version": 1, "posters": [{"title": TITLE, "source_id": "new"}]}
    file = SimpleUploadedFile("more.json", json.dumps(content).encode())
    page = site.post("/admin/imports/", conference="iclr-2023-demo", file=file).partition("?")[0]
    folder = tmp_path / "media" / "uploads" / page.rstrip("/").rpartition("/")[2]

    def preview() -> str:
        found = site.get(f"{page}?wait=1")
        return found if "Import this" in found else ""

    shown = wait_until(preview)
    assert TITLE in shown
    # A pipe that nobody reads: the import stops where it tells that its records are written, and commits nothing.
    os.mkfifo(folder / "progress.new")
    site.post(f"{page}confirm/", attempt=attempt_on(shown))
    mark = folder / f"running-{int(attempt_on(shown)) + 1}"
    wait_until(lambda: mark.exists() and is_locked(tmp_path / "site.sqlite3"))
    assert "The programme is being imported." in site.get(page)
    os.kill(int(mark.read_text()), signal.SIGKILL)
    wait_until(lambda: "The import ended before it was done" in site.get(page))
    assert not is_locked(tmp_path / "site.sqlite3")
    assert TITLE not in site.get("/iclr-2023-demo/posters/?q=import")

    # The same work again, with a second for what may take a quarter of an hour; the pipe would hold it for ever.
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "import_upload", folder.name]
    attempt = mark.name.removeprefix("running-")
    late = subprocess.run([*command, attempt, "--seconds", "1"], env=environment, timeout=PATIENCE, check=False)
    assert late.returncode == -signal.SIGALRM
    assert "The import ended before it was done" in site.get(page)
    assert not is_locked(tmp_path / "site.sqlite3")
    assert TITLE not in site.get("/iclr-2023-demo/posters/?q=import")

    (folder / "progress.new").unlink()
    site.post(f"{page}preview/")
    site.post(f"{page}confirm/", attempt=attempt_on(wait_until(preview)))
    wait_until(lambda: "by organiser. See" in " ".join(site.get(f"{page}?wait=1").split()))
    assert TITLE in site.get("/iclr-2023-demo/posters/?q=import")
    assert not folder.exists()
