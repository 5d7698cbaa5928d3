"""Addresses that are secrets stand in no log, whichever server writes it."""

import logging
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from conference.private_addresses import without_secrets

TOKEN = "Kivvctg76FqUCC8E3gupOwcN2L66d2AUJkXXlS9KLS4"
ADDRESSES = (
    f"/calendar/{TOKEN}.ics",
    f"/calendar/{TOKEN}.ics?from=mail",
    f"/calendar/{TOKEN}",
    f"/calendar/{TOKEN}.icsx",
    f"/calendar/{TOKEN}/",
    f"/iclr-2023/itinerary/shared/{TOKEN}/",
    f"/iclr-2023/itinerary/hand-over/{TOKEN}/",
    f"/account/digest/{TOKEN}/stop/",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_secret_is_taken_out_and_the_rest_stays(address):
    assert without_secrets(f"GET {address} HTTP/1.1") == f"GET {address.replace(TOKEN, '…')} HTTP/1.1"


@pytest.mark.parametrize("line", ["GET /iclr-2023/itinerary.ics", "/iclr-2023/itinerary/calendar/", "calendar/x", ""])
def test_other_addresses_stay(line):
    assert without_secrets(line) == line


@pytest.mark.django_db
@pytest.mark.parametrize("address", ADDRESSES)
def test_django_logs_no_secret(address, caplog):
    with caplog.at_level(logging.DEBUG):
        assert Client().get(address).status_code == 404
    assert any("Not Found: /" in message for message in caplog.messages)
    assert TOKEN not in caplog.text


@pytest.mark.django_db
@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_no_answer_lets_a_secret_into_a_referer(address, method):
    """Refusals neither: a browser shows them, and asks for an icon from there."""
    client = Client(enforce_csrf_checks=True)
    assert getattr(client, method)(address)["Referrer-Policy"] == "no-referrer"
    assert getattr(client, method)("/healthz")["Referrer-Policy"] == "same-origin"


def test_gunicorn_logs_no_secret(tmp_path):
    """All that it can log, at its most talkative; without tables, so that there are errors with their traces, too."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = tmp_path / "log"
    command = [sys.executable, "-m", "gunicorn", "conference.wsgi", "--bind", f"127.0.0.1:{port}"]
    command += ["--no-control-socket", "--access-logfile", "-", "--log-level", "debug", "--capture-output"]
    command += ["--access-logformat", "%(r)s %(U)s %(f)s %({raw_uri}e)s %({path_info}e)s %(s)s"]
    environment = os.environ | {
        "DATABASE_URL": "sqlite://:memory:",
        "DEBUG": "1",
        "SITE_URL": f"http://127.0.0.1:{port}",
    }
    with log.open("wb") as output:
        server = subprocess.Popen(command, stdout=output, stderr=output, env=environment, cwd=settings.BASE_DIR)
    try:
        wait_for(port, server, log)
        for address in ADDRESSES:
            request = urllib.request.Request(f"http://127.0.0.1:{port}{address}", headers={"referer": address})
            with pytest.raises(urllib.error.HTTPError):
                urllib.request.urlopen(request, timeout=30)  # noqa: S310
    finally:
        server.terminate()
        server.wait(timeout=30)
    written = log.read_text("utf-8")
    assert "GET /calendar/….ics HTTP/1.1" in written
    assert "Internal Server Error: /calendar/….ics" in written
    assert TOKEN not in written


def wait_for(port: int, server: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"gunicorn did not start:\n{log.read_text('utf-8')[-3_000:]}")
