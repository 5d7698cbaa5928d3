"""The same itinerary on the phone, without an account: once, within minutes, and for nobody else."""

import datetime as dt
import logging
import re
import threading

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from posters.itinerary.hand_over import HandOverSpent, offer_hand_over, take_up
from posters.models import Attendee, HandOver
from tests.itinerary.conftest import Visitor, secret_address

pytestmark = pytest.mark.django_db

HAND_OVER = "/example-2030/itinerary/hand-over/"


@pytest.fixture
def desk(visitor) -> Visitor:
    desk = visitor()
    desk.star(1, "must-see")
    desk.attend("keynote")
    return desk


def offer(desk: Client) -> str:
    address = secret_address(desk.post(HAND_OVER))
    assert re.fullmatch(HAND_OVER + r"[A-Za-z0-9_-]{43}/", address)
    return address


def test_the_phone_has_the_same_itinerary_from_then_on(desk, visitor):
    phone = visitor()
    assert phone.post(offer(desk)).headers["Location"] == "/example-2030/itinerary/"
    assert phone.favourites == {"1": "must-see"}
    phone.star(2)
    desk.star(1, "none")
    assert phone.overlay["attendances"] == desk.overlay["attendances"] == ["keynote"]
    assert phone.favourites == desk.favourites == {"2": "interested"}
    assert Attendee.objects.count() == 1


def test_a_wish_on_the_phone_costs_at_most_five_queries(desk, visitor):
    phone = visitor()
    phone.post(offer(desk))
    with CaptureQueriesContext(connection) as counted:
        phone.star(2)
    verbs = [query["sql"].split()[0] for query in counted.captured_queries]
    assert len([verb for verb in verbs if verb in {"SELECT", "INSERT", "UPDATE", "DELETE"}]) <= 5
    assert phone.favourites == desk.favourites == {"1": "must-see", "2": "interested"}


def test_opening_the_link_takes_nothing_up_but_the_button_does(desk, visitor):
    address = offer(desk)
    for previewer in (visitor(), visitor()):
        assert previewer.get(address).status_code == 200
        assert previewer.head(address).status_code == 200
        assert previewer.favourites == {}
    assert visitor().post(address).status_code == 302
    late = visitor()
    for answer in (late.get(address), late.post(address)):
        assert answer.status_code == 404
        assert "This link works no longer" in answer.content.decode()
    assert late.favourites == {}


def test_it_runs_out_after_ten_minutes(visitor):
    with time_machine.travel(dt.datetime(2030, 6, 3, 8, 0, tzinfo=dt.UTC), tick=False) as clock:
        desk, late = visitor(), visitor()
        desk.star(1)
        in_time = offer(desk)
        clock.shift(dt.timedelta(minutes=9, seconds=59))
        assert late.get(in_time).status_code == 200
        clock.shift(dt.timedelta(seconds=1))
        assert late.get(in_time).status_code == 404
        assert late.post(in_time).status_code == 404
    assert late.favourites == {}


def test_a_new_link_ends_the_one_before(desk, visitor):
    first, second = offer(desk), offer(desk)
    assert visitor().post(first).status_code == 404
    assert visitor().post(second).status_code == 302


def test_what_the_phone_had_is_merged_by_the_latest_intent(desk, visitor):
    phone = visitor()
    phone.star(1, "interested")
    phone.star(2)
    phone.star(3)
    desk.star(3)
    desk.star(3, "none")
    phone.post(offer(desk))
    assert phone.favourites == desk.favourites == {"1": "interested", "2": "interested"}
    assert Attendee.objects.count() == 1


def test_a_link_opened_where_it_was_made_is_kept_for_the_phone(desk, visitor):
    address = offer(desk)
    for answer in (desk.get(address), desk.post(address)):
        assert "You have this itinerary here already" in answer.content.decode()
    assert visitor().post(address).status_code == 302


def test_from_an_account_the_phone_gets_the_itinerary_and_is_not_signed_in(desk, visitor):
    desk.sign_up("ada@example.org")
    phone = visitor()
    phone.star(2)
    phone.post(offer(desk))
    assert phone.favourites == desk.favourites == {"1": "must-see", "2": "interested"}
    assert phone.overlay["signed_in"] is False
    for path in ("/account/data/", "/account/email/", "/account/data/download/", "/example-2030/itinerary/"):
        assert b"ada@example.org" not in phone.get(path, follow=True).content
    assert phone.get("/account/data/download/").json() == {"account": None, "attendee": None, "conferences": []}
    phone.post("/account/data/delete/")
    assert desk.favourites == {"1": "must-see", "2": "interested"}
    assert Attendee.objects.count() == 1


def test_a_phone_that_was_handed_the_itinerary_follows_it_into_an_account(desk, visitor):
    phone, other = visitor(), visitor()
    phone.post(offer(desk))
    desk.sign_up("ada@example.org")
    assert phone.favourites == {"1": "must-see"}
    other.star(6)
    spare = visitor()
    spare.post(offer(other))
    other.sign_in("ada@example.org")
    assert spare.favourites == phone.favourites == desk.favourites == {"1": "must-see", "6": "interested"}


def test_a_signed_in_phone_is_told_what_to_do_and_the_link_stays(desk, visitor):
    phone = visitor()
    phone.star(2)
    phone.sign_up("bo@example.org")
    address = offer(desk)
    for answer in (phone.get(address), phone.post(address)):
        assert answer.status_code == 409
        assert "You are signed in here" in answer.content.decode()
    assert phone.favourites == {"2": "interested"}
    assert visitor().post(address).status_code == 302


def test_a_hand_over_can_be_taken_back_from_both_sides(desk, visitor):
    phone, tablet = visitor(), visitor()
    phone.post(offer(desk))
    tablet.post(offer(desk))
    phone_row = HandOver.objects.order_by("pk").first()
    assert visitor().post(f"{HAND_OVER}{phone_row.uid}/end/").status_code == 404
    assert phone.favourites == {"1": "must-see"}
    desk.post(f"{HAND_OVER}{phone_row.uid}/end/")
    assert (phone.favourites, tablet.favourites) == ({}, {"1": "must-see"})
    tablet.post("/account/data/leave/")
    assert tablet.favourites == {}
    assert desk.favourites == {"1": "must-see"}
    assert HandOver.objects.count() == 0
    phone.star(2)
    assert phone.favourites == {"2": "interested"}
    assert Attendee.objects.count() == 2


def test_only_a_hash_is_kept_and_nothing_is_logged(desk, visitor, caplog, settings):
    address = offer(desk)
    secret = address.split("/")[-2]
    assert secret not in str(list(HandOver.objects.values()))
    forged = Client(enforce_csrf_checks=True)
    with caplog.at_level(logging.DEBUG):
        assert forged.post(address).status_code == 403
        visitor().post(address)
        assert visitor().get(address).status_code == 404
    assert len([record for record in caplog.records if "hand-over/…/" in record.getMessage()]) == 2
    assert secret not in caplog.text


def test_the_pages_let_nothing_out(desk, visitor):
    address = offer(desk)
    for answer in (desk.get(HAND_OVER), desk.post(HAND_OVER), visitor().get(address)):
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Robots-Tag"] == "noindex"
        assert "no-store" in answer.headers["Cache-Control"]
    html = visitor().get(offer(desk)).content.decode()
    assert "next=" not in html


@pytest.mark.parametrize("token", ["x", "%00", "a" * 2000, "é", "../../x", "0" * 43])
def test_a_made_up_link_is_refused_in_words(conference, client, token):
    for answer in (client.get(f"{HAND_OVER}{token}/"), client.post(f"{HAND_OVER}{token}/")):
        assert answer.status_code == 404


def test_a_visitor_without_wishes_has_nothing_to_hand_over(conference, client):
    assert "nothing to hand over yet" in client.get(HAND_OVER).content.decode()
    assert secret_address(client.post(HAND_OVER)) == ""
    assert (Attendee.objects.count(), HandOver.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_of_several_at_once_one_gets_it(conference):
    now = dt.datetime(2030, 6, 3, 8, 0, tzinfo=dt.UTC)
    attendee = Attendee.objects.create()
    token = offer_hand_over(attendee=attendee, now=now)
    phones = [Attendee.objects.create() for _ in range(6)]
    barrier, outcomes = threading.Barrier(len(phones)), []

    def ask(phone: Attendee) -> None:
        barrier.wait()
        try:
            take_up(token=token, own=phone, now=now)
            outcomes.append("taken")
        except HandOverSpent:
            outcomes.append("spent")
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(phone,)) for phone in phones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["spent"] * 5 + ["taken"]
    assert Attendee.objects.count() == 6
