"""Favourites and planned sessions, through HTTP: without an account, with one, and from one to the other."""

import json

import pytest
from django.contrib.auth.models import User
from django.test import Client

from posters.itinerary.attendees import COOKIE
from posters.models import Attendee, Favourite, Poster
from tests.conftest import PASSWORD, sign_in

pytestmark = pytest.mark.django_db


def star(client: Client, number: int, interest: str = "interested", **extra: str):
    return client.post(f"/example-2030/posters/{number}/favourite/", {"interest": interest, **extra})


def overlay(client: Client) -> dict:
    return client.get("/me/example-2030.json").json()


def favourites(client: Client) -> dict[str, str]:
    return overlay(client)["favourites"]


def test_a_visitor_has_no_cookie_until_the_first_wish(client, conference):
    client.get("/example-2030/favourites/")
    client.get("/example-2030/itinerary/")
    client.get("/me/example-2030.json")
    client.get("/example-2030/posters/1/favourite/")
    star(client, 1, "none")
    assert COOKIE not in client.cookies
    assert Attendee.objects.count() == 0
    star(client, 1)
    cookie = client.cookies[COOKIE]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 365 * 24 * 3600)
    assert favourites(client) == {"1": "interested"}


def test_the_latest_wish_holds_and_may_be_repeated(client, conference):
    for interest in ("interested", "must-see", "must-see", "none", "none", "interested", "must-see"):
        response = star(client, 2, interest)
        assert response.status_code == 302
        assert favourites(client) == ({} if interest == "none" else {"2": interest})
    assert Favourite.objects.count() == 1
    assert Attendee.objects.count() == 1


def test_a_wish_is_answered_in_json_when_asked_for(client, conference):
    response = client.post(
        "/example-2030/posters/2/favourite/", {"interest": "must-see"}, headers={"accept": "application/json"}
    )
    assert response.json() == {"number": 2, "interest": "must-see"}
    refused = client.post(
        "/example-2030/posters/2/favourite/", {"interest": "adore"}, headers={"accept": "application/json"}
    )
    assert refused.status_code == 400
    assert refused.json() == {"error": "“interest” must be one of must-see, interested, none."}
    assert favourites(client) == {"2": "must-see"}


@pytest.mark.parametrize(
    ("given", "leads_to"),
    [
        (
            "http://testserver/example-2030/sessions/poster-session-1/",
            "http://testserver/example-2030/sessions/poster-session-1/",
        ),
        ("/example-2030/posters/?q=robots", "/example-2030/posters/?q=robots"),
        ("https://evil.example/", "/example-2030/posters/2/"),
        ("//evil.example/", "/example-2030/posters/2/"),
        ("javascript:alert(1)", "/example-2030/posters/2/"),
        ("", "/example-2030/posters/2/"),
    ],
)
def test_a_wish_leads_back_within_the_site(client, conference, given, leads_to):
    assert star(client, 2, next=given).headers["Location"] == leads_to


def test_the_star_leads_to_a_form_without_javascript(client, conference):
    star(client, 1, "must-see")
    page = client.get(
        "/example-2030/posters/1/favourite/",
        headers={"referer": "http://testserver/example-2030/posters/?page=2"},
    )
    html = page.content.decode()
    assert page.status_code == 200
    assert 'name="next" value="http://testserver/example-2030/posters/?page=2"' in html
    assert html.count('name="interest"') == 3
    assert "csrfmiddlewaretoken" in html
    assert "no-store" in page.headers["Cache-Control"]
    assert "private" in page.headers["Cache-Control"]


def test_a_wish_needs_the_csrf_token(conference):
    client = Client(enforce_csrf_checks=True)
    assert star(client, 1).status_code == 403
    token = overlay(client)["csrf_token"]
    response = client.post(
        "/example-2030/posters/1/favourite/", {"interest": "interested"}, headers={"x-csrftoken": token}
    )
    assert response.status_code == 302
    assert favourites(client) == {"1": "interested"}


@pytest.mark.parametrize("number", [8, 99])
def test_drafts_and_unknown_posters_cannot_be_wished_for(client, conference, number):
    assert star(client, number).status_code == 404
    assert client.get(f"/example-2030/posters/{number}/favourite/").status_code == 404


def test_a_withdrawn_poster_can_lose_a_favourite_and_not_win_one(client, conference):
    assert star(client, 5).status_code == 409
    assert favourites(client) == {}
    star(client, 6)
    Poster.objects.filter(number=6).update(status=Poster.Status.WITHDRAWN)
    assert favourites(client) == {"6": "interested"}
    assert star(client, 6, "none").status_code == 302
    assert favourites(client) == {}


def test_an_unpublished_conference_takes_no_wishes(client, conference):
    conference.is_published = False
    conference.save()
    assert star(client, 1).status_code == 404
    assert client.get("/me/example-2030.json").status_code == 404
    assert client.get("/example-2030/favourites/").status_code == 404
    assert client.get("/example-2030/itinerary/").status_code == 404


def test_a_forged_cookie_is_nobody(client, conference):
    star(client, 1)
    forged = Client()
    forged.cookies[COOKIE] = f"{Attendee.objects.get().pk}:forged:signature"
    assert favourites(forged) == {}


def test_signing_in_keeps_the_wishes_of_this_browser(client, conference):
    star(client, 1, "must-see")
    client.post("/example-2030/sessions/keynote/attendance/", {"attending": "yes"})
    uid = Attendee.objects.get().itineraries.get().uid
    sign_in(client, User.objects.create_user("a", password=PASSWORD))
    assert favourites(client) == {"1": "must-see"}
    assert overlay(client)["attendances"] == ["keynote"]
    assert Attendee.objects.get().itineraries.get().uid == uid


def test_signing_in_merges_and_the_later_wish_wins(conference):
    user = User.objects.create_user("a", password=PASSWORD)
    desk, phone = Client(), Client()
    sign_in(desk, user)
    star(desk, 1, "interested")
    star(desk, 2, "interested")
    star(phone, 1, "must-see")
    star(phone, 2, "interested")
    star(phone, 2, "none")
    star(phone, 3, "interested")
    star(desk, 3, "interested")
    star(desk, 3, "none")
    star(phone, 6, "must-see")
    phone.post("/example-2030/sessions/keynote/attendance/", {"attending": "yes"})
    sign_in(phone, user)
    assert favourites(phone) == favourites(desk) == {"1": "must-see", "6": "must-see"}
    assert overlay(desk)["attendances"] == ["keynote"]
    assert Attendee.objects.count() == 1


def test_signing_out_shows_nothing_personal(client, conference):
    sign_in(client, User.objects.create_user("a", password=PASSWORD))
    star(client, 1)
    client.logout()
    assert favourites(client) == {}


def test_a_cookie_alone_does_not_open_an_accounts_wishes(client, conference):
    star(client, 1)
    cookie = client.cookies[COOKIE].value
    sign_in(client, User.objects.create_user("a", password=PASSWORD))
    assert favourites(client) == {"1": "interested"}
    other = Client()
    other.cookies[COOKIE] = cookie
    assert favourites(other) == {}


def test_sessions_are_planned_and_taken_back(client, conference):
    url = "/example-2030/sessions/keynote/attendance/"
    assert client.get(url).status_code == 200
    assert client.post(url, {"attending": "yes"}).headers["Location"] == "/example-2030/sessions/keynote/"
    client.post(url, {"attending": "yes"})
    assert overlay(client)["attendances"] == ["keynote"]
    answer = client.post(url, {"attending": "no"}, headers={"accept": "application/json"})
    assert answer.json() == {"session": "keynote", "attending": False}
    assert overlay(client)["attendances"] == []
    assert client.post(url, {"attending": "perhaps"}).status_code == 400
    assert client.post("/example-2030/sessions/none/attendance/", {"attending": "yes"}).status_code == 404


def test_personal_answers_are_kept_by_nobody(attendee_client):
    for path in (
        "/me/example-2030.json",
        "/example-2030/favourites/",
        "/example-2030/itinerary/",
        "/example-2030/itinerary.ics",
    ):
        response = attendee_client.get(path)
        assert response.status_code == 200
        assert {"private", "no-store"} <= {part.strip() for part in response.headers["Cache-Control"].split(",")}


def test_the_overlay_tells_visits_with_their_times(client, conference):
    star(client, 2)
    assert json.loads(client.get("/me/example-2030.json").content)["visits"] == [
        {
            "number": 2,
            "session": "poster-session-1",
            "starts_at": "2030-06-03T08:00:00Z",
            "ends_at": "2030-06-03T08:08:00Z",
        }
    ]


def data_queries(queries) -> list[str]:
    return [q["sql"] for q in queries if q["sql"].split()[0] in {"SELECT", "INSERT", "UPDATE", "DELETE"}]


def test_a_favourite_costs_at_most_five_queries(client, conference, django_assert_max_num_queries):
    star(client, 1)
    for number, interest in ((2, "interested"), (2, "none")):
        with django_assert_max_num_queries(20) as captured:
            star(client, number, interest)
        assert len(data_queries(captured.captured_queries)) <= 5


def test_a_favourite_with_an_account_costs_at_most_five_queries(attendee_client, django_assert_max_num_queries):
    with django_assert_max_num_queries(20) as captured:
        star(attendee_client, 3)
    assert len(data_queries(captured.captured_queries)) <= 5
