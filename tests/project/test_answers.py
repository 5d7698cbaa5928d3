"""What every answer carries, and what a load balancer asks."""

import pytest

pytestmark = pytest.mark.django_db

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@pytest.mark.parametrize(
    "path",
    [
        "/example-2030/",
        "/example-2030/itinerary/",
        "/admin/login/",
        "/account/login/",
        "/nowhere/",
        "/healthz",
    ],
)
def test_every_answer_has_a_strict_content_security_policy(client, conference, path):
    headers = client.get(path).headers
    assert headers["Content-Security-Policy"] == POLICY
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


def test_probes_answer(client, db):
    assert client.get("/healthz").content == b"ok\n"
    assert client.get("/readyz").content == b"ready\n"


def test_the_root_leads_to_the_current_conference(client, conference):
    assert client.get("/").headers["Location"] == "/example-2030/"
