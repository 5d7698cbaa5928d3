"""Digests, against a real mail server on this machine: who gets what, once, and how to stop it."""

import asyncio
import email.policy
import re
import threading
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from io import StringIO

import pytest
from aiosmtpd.smtp import SMTP
from django.core.mail.backends.smtp import EmailBackend as SMTPBackend
from django.core.management import CommandError, call_command
from django.test import Client, override_settings

from posters.itinerary.digests import unsubscribe_token
from posters.models import Attendee, Board, Conference, Poster, Presentation
from tests.itinerary.conftest import Visitor

pytestmark = pytest.mark.django_db


class MailServer:
    """Takes messages over SMTP, and refuses whom it is told to."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.unknown: set[str] = set()
        self.hangs_up_at = ""

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd's name
        if address in self.unknown:
            return "550 5.1.1 No such mailbox here"
        if address == self.hangs_up_at:
            server.transport.close()
            return "421 closing"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.recipients += envelope.rcpt_tos
        self.messages.append(message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"


@pytest.fixture
def server(settings) -> Iterator[MailServer]:
    handler, loop = MailServer(), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    # In a thread of its own: in this one the browser tests' loop may run.
    serving = loop.create_server(lambda: SMTP(handler, hostname="127.0.0.1", loop=loop), "127.0.0.1", 0)
    listening = asyncio.run_coroutine_threadsafe(serving, loop).result()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST = "127.0.0.1"
    settings.EMAIL_PORT = listening.sockets[0].getsockname()[1]
    settings.EMAIL_TIMEOUT = 10
    settings.SITE_URL = "https://posters.example.org"
    yield handler
    loop.call_soon_threadsafe(listening.close)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def reader(visitor):
    """Makes an attendee with an account who starred posters 1 and 2 and wants digests."""

    def make(name: str) -> Visitor:
        person = visitor()
        person.star(1)
        person.star(2)
        with override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend"):
            person.sign_up(f"{name}@example.org")
        assert person.post("/account/digest/", {"digest": "yes"}).status_code == 302
        person.get("/example-2030/itinerary/")
        return person

    return make


@pytest.fixture
def readers(reader) -> dict[str, Visitor]:
    return {name: reader(name) for name in ("ada", "bo", "chidi")}


def move_poster_2(label: str = "A7") -> None:
    Presentation.objects.filter(poster__number=2).update(board=Board.objects.get(label=label))


def send(*options: str) -> str:
    out = StringIO()
    call_command("send_digests", "--conference", "example-2030", *options, stdout=out)
    return out.getvalue()


def test_each_who_wants_it_gets_one_message_for_all_that_changed(readers, visitor, server):
    visitor().star(2)
    move_poster_2()
    Poster.objects.filter(number=1).update(status="withdrawn")
    assert send() == "sent to ada@example.org\nsent to bo@example.org\nsent to chidi@example.org\n" + (
        "3 sent, 0 refused, 0 without changes.\n"
    )
    assert server.recipients == ["ada@example.org", "bo@example.org", "chidi@example.org"]
    for message, name in zip(server.messages, readers, strict=True):
        assert message["To"] == f"{name}@example.org"
        assert message["Subject"] == "Example Conference 2030: 2 changes in your itinerary"
        assert message["Auto-Submitted"] == "auto-generated"
        text = message.get_body(("plain",)).get_content()
        assert "- Schrödinger Bridges & Their ℓ_∞ Norms was withdrawn" in text
        assert "- Walking Robots Learn to Rest moved from board A1 to board A7 in Poster Session 1" in text
        assert "https://posters.example.org/example-2030/posters/2/" in text
        assert "Kigali time (UTC+2)" in text
        assert "\\" not in text
        html = message.get_body(("html",)).get_content()
        assert '<a href="https://posters.example.org/example-2030/posters/2/">Walking Robots Learn to Rest</a>' in html
        assert "Norms</a> was withdrawn" in html


def test_a_release_is_told_once_and_the_next_one_too(readers, server):
    move_poster_2()
    send()
    assert send() == "0 sent, 0 refused, 3 without changes.\n"
    move_poster_2("A8")
    send()
    assert len(server.messages) == 6
    assert "moved from board A7 to board A8" in server.messages[-1].get_body(("plain",)).get_content()


def test_what_was_seen_on_the_page_is_not_sent(readers, server, conference):
    move_poster_2()
    revision = Conference.objects.get().revision
    readers["bo"].post("/example-2030/itinerary/changes/seen/", {"revision": revision})
    send()
    assert server.recipients == ["ada@example.org", "chidi@example.org"]


def test_what_a_calendar_has_fetched_is_not_sent_and_what_comes_after_is(reader, server):
    ada = reader("ada")
    dialogue = ada.post("/example-2030/itinerary/calendar/", {}).content.decode()
    (feed,) = re.findall(r'value="https://posters\.example\.org(/calendar/[\w-]+\.ics)"', dialogue)
    assert Client().get(feed).status_code == 200
    move_poster_2()
    assert send("--dry-run") == "would go to ada@example.org\n1 to send, 0 refused, 0 without changes.\n"
    assert Client().get(feed).status_code == 200
    assert send() == "0 sent, 0 refused, 1 without changes.\n"
    move_poster_2("A8")
    send()
    (message,) = server.messages
    text = message.get_body(("plain",)).get_content()
    assert "moved from board A7 to board A8" in text
    assert "board A1" not in text


def test_a_dry_run_sends_nothing_and_marks_nobody(readers, server):
    move_poster_2()
    assert send("--dry-run").endswith("3 to send, 0 refused, 0 without changes.\n")
    assert server.messages == []
    assert send().endswith("3 sent, 0 refused, 0 without changes.\n")


def test_only_who_said_yes_gets_it(readers, server):
    move_poster_2()
    readers["ada"].post("/account/digest/", {"digest": "no"})
    Attendee.objects.get(user__email="bo@example.org").user.delete()
    send()
    assert server.recipients == ["chidi@example.org"]


def test_without_an_account_there_is_nothing_to_say_yes_with(conference, client):
    assert client.post("/account/digest/", {"digest": "yes"}).headers["Location"] == "/account/login/"
    assert Attendee.objects.count() == 0


def test_one_refused_is_told_the_others_get_theirs_and_the_next_run_tries_again(readers, server):
    move_poster_2()
    server.unknown = {"bo@example.org"}
    out = StringIO()
    with pytest.raises(CommandError, match="the next run tries the refused again"):
        call_command("send_digests", "--conference", "example-2030", stdout=out)
    assert out.getvalue() == (
        "sent to ada@example.org\nsent to chidi@example.org\n"
        "refused for bo@example.org: 550 5.1.1 No such mailbox here\n2 sent, 1 refused, 0 without changes.\n"
    )
    server.unknown = set()
    assert send() == "sent to bo@example.org\n1 sent, 0 refused, 2 without changes.\n"
    assert sorted(server.recipients) == ["ada@example.org", "bo@example.org", "chidi@example.org"]


def test_a_connection_that_breaks_off_costs_one_message_not_the_rest(readers, server):
    move_poster_2()
    server.hangs_up_at = "bo@example.org"
    with pytest.raises(CommandError):
        send()
    assert server.recipients == ["ada@example.org", "chidi@example.org"]


class DiesOnceSent(SMTPBackend):
    """A mail backend whose process dies when the second message is out, before anybody hears of it."""

    sent = 0

    def send_messages(self, messages):
        super().send_messages(messages)
        DiesOnceSent.sent += 1
        if DiesOnceSent.sent == 2:
            raise KeyboardInterrupt


@pytest.mark.django_db(transaction=True)
def test_a_run_that_is_killed_sends_nobody_the_same_twice(readers, server, settings):
    move_poster_2()
    usual, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, f"{__name__}.DiesOnceSent"
    with pytest.raises(KeyboardInterrupt):
        send()
    assert server.recipients == ["ada@example.org", "bo@example.org"]
    settings.EMAIL_BACKEND = usual
    assert send() == "sent to chidi@example.org\n1 sent, 0 refused, 2 without changes.\n"
    assert server.recipients == ["ada@example.org", "bo@example.org", "chidi@example.org"]


class MeetsAnotherRun(SMTPBackend):
    """A mail backend in whose first message's time a second run goes through."""

    has_met = False

    def send_messages(self, messages):
        if not MeetsAnotherRun.has_met:
            MeetsAnotherRun.has_met = True
            assert send() == (
                "sent to bo@example.org\nsent to chidi@example.org\n2 sent, 0 refused, 1 without changes.\n"
            )
        return super().send_messages(messages)


def test_two_runs_at_once_send_nobody_the_same_twice(readers, server, settings):
    move_poster_2()
    settings.EMAIL_BACKEND = f"{__name__}.MeetsAnotherRun"
    assert send() == "sent to ada@example.org\n1 sent, 0 refused, 2 without changes.\n"
    assert sorted(server.recipients) == ["ada@example.org", "bo@example.org", "chidi@example.org"]


def test_a_server_that_is_not_there_is_told_and_marks_nobody(readers, server, settings):
    move_poster_2()
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 1
    with pytest.raises(CommandError, match="The mail server cannot be reached"):
        send()
    settings.EMAIL_PORT = port
    assert send().endswith("3 sent, 0 refused, 0 without changes.\n")


def test_one_click_unsubscribes_without_signing_in_and_a_look_does_not(readers, server):
    move_poster_2()
    send()
    message = server.messages[0]
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = re.fullmatch(r"<https://posters\.example\.org(/\S+)>", message["List-Unsubscribe"].strip())[1]
    assert f"https://posters.example.org{address}" in message.get_body(("plain",)).get_content()
    assert f'href="https://posters.example.org{address}"' in message.get_body(("html",)).get_content()
    stranger = Client(enforce_csrf_checks=True)
    looked = stranger.get(address)
    assert "Stop the messages" in looked.content.decode()
    assert looked.headers["Referrer-Policy"] == "no-referrer"
    assert Attendee.objects.get(user__email="ada@example.org").wants_digest is True
    for _ in range(2):
        assert stranger.post(address, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert list(Attendee.objects.filter(wants_digest=True).values_list("user__email", flat=True)) == [
        "bo@example.org",
        "chidi@example.org",
    ]
    assert "_auth_user_id" not in stranger.session


@pytest.mark.parametrize(
    "change", [lambda token: token[:-1], lambda token: "x", lambda token: ("1" if token[0] == "0" else "0") + token[1:]]
)
def test_a_made_up_unsubscription_stops_nobody(reader, change):
    reader("ada")
    token = unsubscribe_token(Attendee.objects.get())
    for answer in (
        Client().get(f"/account/digest/{change(token)}/stop/"),
        Client().post(f"/account/digest/{change(token)}/stop/"),
    ):
        assert answer.status_code == 404
    assert Attendee.objects.get().wants_digest is True


def test_a_name_with_a_line_break_injects_no_header(reader, server):
    reader("ada")
    Conference.objects.update(name="Example\r\nBcc: everybody@example.org")
    move_poster_2()
    send()
    (message,) = server.messages
    assert message["Bcc"] is None
    assert message["Subject"] == "Example Bcc: everybody@example.org: 1 change in your itinerary"
    assert server.recipients == ["ada@example.org"]


def test_titles_are_written_as_text(reader, server):
    reader("ada")
    Poster.objects.filter(number=2).update(title="<script>alert(1)</script>")
    send()
    (message,) = server.messages
    assert "<script>" not in message.get_body(("html",)).get_content()
    assert "<script>alert(1)</script> is the new title of" in message.get_body(("plain",)).get_content()


@pytest.mark.parametrize("slug", ["none", "example-2030"])
def test_a_conference_that_is_not_there_or_not_public_is_an_error(conference, slug):
    Conference.objects.update(is_published=False)
    with pytest.raises(CommandError, match=f"no published conference {slug}"):
        call_command("send_digests", "--conference", slug)
