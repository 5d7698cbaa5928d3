"""Wishes that arrive late and out of order: the latest intent holds, whoever brings it first."""

import datetime as dt
import json

import pytest
from django.contrib.auth.models import User
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posters.itinerary.favourites import Interest, set_attendance, set_favourite
from posters.itinerary.intents import UnreadableTime, wished_at
from posters.models import Attendance, Attendee, Favourite, Poster
from tests.conftest import PASSWORD, sign_in

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2030, 6, 3, 9, tzinfo=dt.UTC)
JSON = {"accept": "application/json"}
STAR = "/example-2030/posters/2/favourite/"
ATTEND = "/example-2030/sessions/keynote/attendance/"

EACH_FROM_NOTHING = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # each example begins by deleting the last one's rows
)

moments = st.datetimes(
    dt.datetime(2030, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    dt.datetime(2030, 1, 2),  # noqa: DTZ001
    timezones=st.just(dt.UTC),
)


def deliveries(choices):
    """Intents at different moments, in any order, some delivered twice."""
    intents = st.lists(st.tuples(moments, choices), min_size=1, max_size=6, unique_by=lambda intent: intent[0])
    return intents.flatmap(lambda made: st.permutations([*made, *made[:2]]))


@pytest.fixture
def attendee(conference) -> Attendee:
    return Attendee.objects.create()


@EACH_FROM_NOTHING
@given(data=st.data())
def test_any_order_of_deliveries_leaves_the_latest_wish(attendee, data):
    poster = Poster.objects.get(number=2)
    Favourite.objects.all().delete()
    delivered = data.draw(deliveries(st.sampled_from(list(Interest))))
    for place, (moment, interest) in enumerate(delivered, start=1):
        answer = set_favourite(attendee=attendee, poster=poster, interest=interest, now=moment)
        latest = max(delivered[:place])
        assert (answer.wished_at, answer.interest) == latest
    assert list(Favourite.objects.values_list("wished_at", "interest")) == [max(delivered)]


@EACH_FROM_NOTHING
@given(data=st.data())
def test_any_order_of_deliveries_leaves_the_latest_attendance(attendee, data):
    session = Poster.objects.get(number=2).conference.sessions.get(slug="keynote")
    Attendance.intents.all().delete()
    delivered = data.draw(deliveries(st.booleans()))
    for place, (moment, is_attending) in enumerate(delivered, start=1):
        stands = set_attendance(attendee=attendee, session=session, is_attending=is_attending, now=moment)
        assert stands == max(delivered[:place])[1]
    assert list(Attendance.intents.values_list("planned_at", "is_planned")) == [max(delivered)]
    assert Attendance.objects.filter(session=session).exists() == max(delivered)[1]


def test_a_late_wish_is_answered_with_what_stands(client, conference):
    client.post(STAR, {"interest": "must-see", "wished_at": "2025-01-01T10:00:00Z"})
    late = {"interest": "none", "wished_at": "2025-01-01T11:59:59.5+02:00"}
    assert client.post(STAR, late, headers=JSON).json() == {"number": 2, "interest": "must-see"}
    later = {"interest": "none", "wished_at": "2025-01-01T12:00:00.5+02:00"}
    assert client.post(STAR, later, headers=JSON).json() == {"number": 2, "interest": "none"}
    assert client.get("/me/example-2030.json").json()["favourites"] == {}


def test_a_late_attendance_is_answered_with_what_stands(client, conference):
    client.post(ATTEND, {"attending": "yes", "wished_at": "2025-01-01T10:00:00Z"})
    client.post(ATTEND, {"attending": "no", "wished_at": "2025-01-01T12:00:00Z"})
    late = {"attending": "yes", "wished_at": "2025-01-01T11:00:00Z"}
    assert client.post(ATTEND, late, headers=JSON).json() == {"session": "keynote", "attending": False}
    assert client.get("/me/example-2030.json").json()["attendances"] == []
    assert client.post(ATTEND, {"attending": "yes"}, headers=JSON).json() == {"session": "keynote", "attending": True}


def test_a_clock_that_is_fast_makes_no_wish_that_none_overrules(client, conference):
    client.post(STAR, {"interest": "must-see", "wished_at": "2999-01-01T00:00:00Z"})
    assert client.post(STAR, {"interest": "interested"}, headers=JSON).json()["interest"] == "interested"
    assert wished_at("2030-06-03T10:00:00Z", now=NOW) == NOW
    assert wished_at("2030-06-03T10:30:00+02:00", now=NOW) == dt.datetime(2030, 6, 3, 8, 30, tzinfo=dt.UTC)
    assert wished_at("", now=NOW) == NOW


UNREADABLE = ["yesterday", "2030-06-03T09:00:00", "2030-06-03", "\x00", "0001-01-01T00:00:00+14:00", "1e9", "9" * 5000]


@pytest.mark.parametrize("given", UNREADABLE)
def test_a_time_that_says_nothing_is_refused_and_nothing_written(client, conference, given):
    with pytest.raises(UnreadableTime):
        wished_at(given, now=NOW)
    for path, fields in ((STAR, {"interest": "must-see"}), (ATTEND, {"attending": "yes"})):
        answer = client.post(path, {**fields, "wished_at": given}, headers=JSON)
        assert answer.status_code == 400
        assert answer.json() == {"error": "“wished_at” must be a time with its offset, such as 2030-06-03T09:00:00Z."}
    assert Attendee.objects.count() == 0


def test_a_wish_keeps_the_minutes_its_poster_was_given(attendee):
    poster = Poster.objects.get(number=2)
    set_favourite(attendee=attendee, poster=poster, interest=Interest.INTERESTED, now=NOW)
    Favourite.objects.update(dwell_minutes=15)
    later = NOW + dt.timedelta(minutes=1)
    set_favourite(attendee=attendee, poster=poster, interest=Interest.MUST_SEE, now=later)
    assert Favourite.objects.values_list("interest", "dwell_minutes").get() == ("must-see", 15)


def test_a_session_taken_back_on_the_phone_stays_so_when_signing_in(conference):
    user = User.objects.create_user("a", password=PASSWORD)
    desk, phone = Client(), Client()
    sign_in(desk, user)
    desk.post(ATTEND, {"attending": "yes"})
    phone.post(ATTEND, {"attending": "yes"})
    phone.post(ATTEND, {"attending": "no"})
    sign_in(phone, user)
    assert desk.get("/me/example-2030.json").json()["attendances"] == []


def test_the_overlay_names_the_attendee_to_the_device_and_tells_the_time(client, conference):
    nobody = client.get("/me/example-2030.json").json()
    assert nobody["attendee"] == ""
    client.post(STAR, {"interest": "must-see"})
    someone = client.get("/me/example-2030.json").json()["attendee"]
    assert len(someone) == 16
    assert someone not in str(Attendee.objects.get().pk).replace("-", "")
    other = Client()
    other.post(STAR, {"interest": "must-see"})
    told = json.loads(other.get("/me/example-2030.json").content)
    assert told["attendee"] not in {someone, ""}
    sign_in(other, User.objects.create_user("a", password=PASSWORD))
    account = other.get("/me/example-2030.json").json()["attendee"]
    assert account not in {told["attendee"], someone, ""}
    elsewhere = Client()
    sign_in(elsewhere, User.objects.get())
    assert elsewhere.get("/me/example-2030.json").json()["attendee"] == account
    assert abs(dt.datetime.now(dt.UTC) - dt.datetime.fromisoformat(told["now"])) < dt.timedelta(minutes=5)
