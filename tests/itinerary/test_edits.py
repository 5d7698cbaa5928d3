"""Edits of the itinerary through HTTP: what each does, what it refuses, and how it is taken back."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.contrib.auth.models import User
from django.test import Client

from posters.itinerary.attendees import COOKIE
from posters.models import Attendee, Board, Duty, Edit, Favourite, Itinerary, LeftOut, Poster, Room, Session, Visit
from tests.conftest import PASSWORD, at, sign_in

pytestmark = pytest.mark.django_db

ROOT = "/example-2030"
JSON = {"accept": "application/json"}


@pytest.fixture(autouse=True)
def _morning() -> Iterator[None]:
    """The first day's morning: a cookie set today would have expired by then."""
    with time_machine.travel(at(3, 8).astimezone(dt.UTC)):
        yield


@pytest.fixture
def walker(conference) -> Client:
    """An attendee with posters 1 (must-see), 2 and 6, a planned keynote, and a plan made of them."""
    client = Client()
    for number, interest in ((1, "must-see"), (2, "interested"), (6, "interested")):
        client.post(f"{ROOT}/posters/{number}/favourite/", {"interest": interest})
    client.post(f"{ROOT}/sessions/keynote/attendance/", {"attending": "yes"})
    plan(client)
    Edit.objects.all().delete()
    return client


def at_time(moment: dt.datetime) -> time_machine.travel:
    """The server's clock, stopped."""
    return time_machine.travel(moment.astimezone(dt.UTC), tick=False)


def plan(client: Client) -> dict[int, Visit]:
    """The visits by poster as planned; of poster 1, which has two, the one in Poster Session 1."""
    client.get(f"{ROOT}/itinerary/")
    visits = Visit.objects.exclude(presentation__session__slug="oral-session").select_related("presentation__poster")
    return {visit.presentation.poster.number: visit for visit in visits}


def edit(client: Client, visit: Visit, name: str, **fields: object):
    return client.post(
        f"{ROOT}/itinerary/visits/{visit.pk}/{name}/", {"version": visit.version, **fields}, headers=JSON
    )


def whole(client: Client, name: str, **fields: object):
    return client.post(f"{ROOT}/itinerary/{name}/", fields, headers=JSON)


def on_poster(client: Client, number: int, name: str, **fields: object):
    return client.post(f"{ROOT}/itinerary/posters/{number}/{name}/", fields, headers=JSON)


def columns(visit: Visit) -> dict[str, object]:
    """All that an attendee or the plan decides about a visit."""
    names = ("starts_at", "ends_at", "is_pinned", "is_declined", "cancelled_at", "visited_at", "note")
    return Visit.objects.values(*names).get(pk=visit.pk)


def undo(client: Client, edit_key: int):
    return whole(client, "undo", edit=edit_key)


def test_a_pinned_visit_stays_where_it_was_put_whatever_is_starred(walker):
    visit = plan(walker)[2]
    moved = edit(walker, visit, "move", starts="11:30")
    assert moved.json()["said"] == "Moved “Walking Robots Learn to Rest” to Poster Session 1"
    walker.post(f"{ROOT}/posters/3/favourite/", {"interest": "must-see"})
    after = plan(walker)[2]
    assert (after.starts_at, after.is_pinned) == (at(3, 11, 30), True)
    assert after.ends_at - after.starts_at == visit.ends_at - visit.starts_at
    assert (after.uid, after.sequence) == (visit.uid, visit.sequence + 1)
    unpinned = edit(walker, after, "unpin")
    assert unpinned.json()["visit"]["is_pinned"] is False
    assert plan(walker)[2].is_pinned is False


@pytest.mark.parametrize("starts", ["09:59", "11:55", "12:00", "23:00"])
def test_a_visit_is_moved_only_within_its_session(walker, starts):
    visit = plan(walker)[2]
    refused = edit(walker, visit, "move", starts=starts)
    assert refused.status_code == 409
    assert refused.json()["error"].startswith("Choose a start within Poster Session 1: from 10:00 to 1")
    assert plan(walker)[2].version == visit.version


def test_a_visit_is_moved_to_another_presentation_of_its_poster(walker, poster):
    visit = plan(walker)[1]
    oral = poster.presentations.get(session__slug="oral-session")
    edit(walker, visit, "move", presentation=oral.pk, starts="09:20")
    there = Visit.objects.get(presentation=oral)
    assert (there.starts_at, there.is_pinned, there.cancelled_at) == (at(4, 9, 20), True, None)
    assert columns(visit)["is_declined"] is True
    other = Poster.objects.get(number=2).presentations.get()
    refused = edit(walker, there, "move", presentation=other.pk, starts="10:30")
    assert (refused.status_code, refused.json()["error"]) == (409, "This poster is not shown there.")


def test_a_visit_cannot_be_moved_to_a_session_without_a_time(walker, poster):
    oral = poster.presentations.get(session__slug="oral-session")
    Session.objects.filter(slug="oral-session").update(starts_at=None, ends_at=None)
    refused = edit(walker, plan(walker)[1], "move", presentation=oral.pk, starts="10:10")
    assert refused.status_code == 409
    assert "Oral Session is to be announced" in refused.json()["error"]


def test_a_session_past_midnight_takes_the_hours_after_it(walker):
    Session.objects.filter(slug="poster-session-1").update(starts_at=at(3, 22), ends_at=at(4, 2))
    edit(walker, plan(walker)[2], "move", starts="01:15")
    assert plan(walker)[2].starts_at == at(4, 1, 15)


def test_a_note_is_kept_shown_and_taken_out(walker):
    visit = plan(walker)[2]
    answer = edit(walker, visit, "note", note="Ask about\r\n<rest> & sleep")
    assert answer.json()["visit"]["note"] == "Ask about\n<rest> & sleep"
    assert "Ask about<br>&lt;rest&gt; &amp; sleep" in walker.get(f"{ROOT}/itinerary/").content.decode()
    assert edit(walker, plan(walker)[2], "note", note=" ").json()["said"].startswith("Took out the note on")
    assert columns(visit)["note"] == ""


def test_a_note_too_long_is_refused_and_not_lost(walker):
    visit = plan(walker)[2]
    refused = walker.post(
        f"{ROOT}/itinerary/visits/{visit.pk}/note/", {"version": visit.version, "note": "x" * 1_000_000}
    )
    html = refused.content.decode()
    assert refused.status_code == 409
    assert "A note can have 5,000 characters. This one has 1,000,000." in html
    assert "x" * 1_000_000 in html
    assert columns(visit)["note"] == ""
    assert edit(walker, visit, "note", note="y" * 5_000).status_code == 200


def test_visited_and_not_visited(walker):
    visit = plan(walker)[2]
    with at_time(at(3, 10, 4)):
        assert edit(walker, visit, "visited").json()["visit"]["visited_at"] == "2030-06-03T08:04:00Z"
    assert edit(walker, plan(walker)[2], "not-visited").json()["visit"]["visited_at"] is None


def test_a_visit_made_stays_when_its_star_is_taken_off(walker):
    edit(walker, plan(walker)[2], "visited")
    walker.post(f"{ROOT}/posters/2/favourite/", {"interest": "none"})
    assert plan(walker)[2].cancelled_at is None


def test_a_visit_taken_out_stays_out_and_comes_back(walker):
    visit = plan(walker)[2]
    assert edit(walker, visit, "remove").json()["said"] == "Took out “Walking Robots Learn to Rest”"
    walker.post(f"{ROOT}/posters/3/favourite/", {"interest": "interested"})
    after = plan(walker)[2]
    assert (after.is_declined, after.cancelled_at is None) == (True, False)
    assert [row.number for row in walker.get(f"{ROOT}/itinerary/").context["outline"].taken_out] == [2]
    assert Favourite.objects.get(poster__number=2).interest == "interested"
    edit(walker, after, "bring-back")
    assert plan(walker)[2].cancelled_at is None
    assert walker.get(f"{ROOT}/itinerary/").context["outline"].taken_out == []


def test_the_star_taken_off_from_the_plan_is_a_wish_like_any(walker):
    on_poster(walker, 2, "star-off")
    assert walker.get("/me/example-2030.json").json()["favourites"] == {"1": "must-see", "6": "interested"}
    undo(walker, Edit.objects.get().pk)
    assert walker.get("/me/example-2030.json").json()["favourites"]["2"] == "interested"


def test_minutes_per_poster_and_for_all(walker):
    assert on_poster(walker, 2, "minutes", minutes="25").status_code == 200
    assert whole(walker, "minutes", minutes="12").json()["said"] == "Planned 12 minutes at every poster"
    assert Favourite.objects.get(poster__number=2).dwell_minutes == 25
    assert Attendee.objects.get().dwell_minutes == 12
    on_poster(walker, 2, "minutes", minutes="")
    assert Favourite.objects.get(poster__number=2).dwell_minutes is None


def test_minutes_of_a_pinned_visit_move_its_end(walker):
    edit(walker, plan(walker)[2], "move", starts="11:30")
    on_poster(walker, 2, "minutes", minutes="20")
    assert plan(walker)[2].ends_at == at(3, 11, 50)
    on_poster(walker, 2, "minutes", minutes="45")
    assert plan(walker)[2].ends_at == at(3, 12)


@pytest.mark.parametrize("minutes", ["0", "-3", "121", "9" * 40, "ten", "1.5"])
def test_minutes_out_of_bounds_are_refused(walker, minutes):
    assert on_poster(walker, 2, "minutes", minutes=minutes).status_code in {400, 409}
    assert whole(walker, "minutes", minutes=minutes).status_code in {400, 409}
    assert Favourite.objects.get(poster__number=2).dwell_minutes is None
    assert Attendee.objects.get().dwell_minutes == 8


def test_minutes_need_a_star(walker):
    refused = on_poster(walker, 3, "minutes", minutes="5")
    assert (refused.status_code, refused.json()) == (409, {"error": "Star the poster first."})


def test_sessions_are_added_and_left(walker):
    assert whole(walker, "sessions", session="oral-session", attending="yes").json()["said"] == (
        "Planned to attend Oral Session"
    )
    assert walker.get("/me/example-2030.json").json()["attendances"] == ["keynote", "oral-session"]
    whole(walker, "sessions", session="keynote", attending="no")
    assert walker.get("/me/example-2030.json").json()["attendances"] == ["oral-session"]
    again = whole(walker, "sessions", session="keynote", attending="no")
    assert again.json() == {"said": "", "undo": None}
    assert whole(walker, "sessions", session="nowhere", attending="yes").status_code == 409


def test_i_present_this_poster(walker):
    on_poster(walker, 3, "duty", on="yes")
    on_poster(walker, 3, "duty", on="yes")
    assert Duty.objects.get().poster.number == 3
    html = walker.get(f"{ROOT}/itinerary/").content.decode()
    assert "You present" in html
    assert "Is This a Question?" in html
    on_poster(walker, 3, "duty", on="no")
    assert not Duty.objects.exists()


def test_a_withdrawn_poster_is_presented_by_nobody(walker):
    assert on_poster(walker, 5, "duty", on="yes").status_code == 409
    assert on_poster(walker, 5, "visited").status_code == 409
    assert not Duty.objects.exists()


@pytest.mark.parametrize("typed", ["A3", "a3", " #A3 ", "board A3", "Board: a3"])
def test_plan_from_the_board_the_attendee_types(walker, typed):
    with at_time(at(3, 10, 30)):
        assert whole(walker, "resume", board=typed).json()["said"] == "Planned again from board A3"
    itinerary = Itinerary.objects.get()
    assert (itinerary.resumed_board.label, itinerary.resumed_at) == ("A3", at(3, 10, 30))


def test_a_board_that_hangs_in_two_halls_must_be_chosen(walker, conference):
    board = Board.objects.create(room=Room.objects.create(conference=conference, name="Hall B"), label="A3")
    asked = whole(walker, "resume", board="a3")
    assert asked.status_code == 409
    assert [one["room"] for one in asked.json()["boards"]] == ["Hall A", "Hall B"]
    html = walker.post(f"{ROOT}/itinerary/resume/", {"board": "a3"}).content.decode()
    assert f'name="chosen_board" value="{board.pk}"' in html
    whole(walker, "resume", chosen_board=board.pk)
    assert Itinerary.objects.get().resumed_board == board


def test_an_unknown_board_is_told_and_makes_nobody_an_attendee(client, conference):
    refused = whole(client, "resume", board="412")
    assert refused.json() == {"error": "There is no board “412”. Type it as it is written on the board."}
    assert Attendee.objects.count() == 0
    assert COOKIE not in client.cookies


def test_an_empty_board_plans_from_now(walker):
    whole(walker, "resume", board="")
    assert Itinerary.objects.get().resumed_board is None
    assert Itinerary.objects.get().resumed_at is not None


def test_a_poster_without_a_plan_can_be_visited_and_noted(client, conference):
    with at_time(at(3, 10, 20)):
        on_poster(client, 3, "visited")
    visit = Visit.objects.get()
    assert (visit.visited_at, visit.cancelled_at) == (at(3, 10, 20), None)
    on_poster(client, 6, "note", note="Later, perhaps")
    noted = Visit.objects.get(presentation__poster__number=6)
    assert noted.cancelled_at is not None
    shown = client.get(f"{ROOT}/itinerary/").context["outline"].visits
    assert [row.title for row in shown] == ["Is This a Question?"]
    assert "Later, perhaps" in client.get(f"{ROOT}/posters/6/mine/").content.decode()
    assert on_poster(client, 6, "note", note="Twice").status_code == 409


EDITS: dict[str, Callable[[Client], object]] = {
    "pin": lambda client: edit(client, plan(client)[2], "pin"),
    "move": lambda client: edit(client, plan(client)[2], "move", starts="11:30"),
    "note": lambda client: edit(client, plan(client)[2], "note", note="x"),
    "visited": lambda client: edit(client, plan(client)[2], "visited"),
    "remove": lambda client: edit(client, plan(client)[2], "remove"),
    "attend": lambda client: whole(client, "sessions", session="oral-session", attending="yes"),
    "leave": lambda client: whole(client, "sessions", session="keynote", attending="no"),
    "duty": lambda client: on_poster(client, 3, "duty", on="yes"),
    "minutes": lambda client: on_poster(client, 2, "minutes", minutes="20"),
    "default minutes": lambda client: whole(client, "minutes", minutes="20"),
    "star off": lambda client: on_poster(client, 2, "star-off"),
    "resume": lambda client: whole(client, "resume", board="A3"),
    "elsewhere": lambda client: edit(
        client,
        plan(client)[1],
        "move",
        presentation=Poster.objects.get(number=1).presentations.get(session__slug="oral-session").pk,
        starts="09:20",
    ),
}


def everything() -> dict[str, object]:
    """All that attendees decide, and whom they visit. When and where those that are not pinned are is the plan's."""
    pinned = Visit.objects.filter(is_pinned=True).values_list("presentation", "starts_at", "ends_at")
    standing = Visit.objects.filter(cancelled_at=None)
    decided = standing.values_list("presentation__poster__number", "is_declined", "visited_at", "note")
    return {
        "pinned": sorted(pinned),
        "visits": sorted(decided, key=lambda row: row[0]),
        "attendances": sorted(Itinerary.objects.get().attendances.values_list("session__slug", flat=True)),
        "duties": sorted(Duty.objects.values_list("poster__number", flat=True)),
        "favourites": list(Favourite.objects.order_by("pk").values("poster", "interest", "dwell_minutes")),
        "dwell": Attendee.objects.get().dwell_minutes,
        "resumed": Itinerary.objects.values("resumed_at", "resumed_board").get(),
    }


@pytest.mark.parametrize("name", EDITS)
def test_every_edit_is_taken_back_as_if_it_had_not_been(walker, name):
    plan(walker)
    before = everything()
    answer = EDITS[name](walker)
    plan(walker)
    assert everything() != before
    assert undo(walker, answer.json()["undo"]).json() == {"undone": answer.json()["said"]}
    plan(walker)
    assert everything() == before
    assert undo(walker, answer.json()["undo"]).json() == {"error": "There is nothing left to take back."}


def test_edits_are_taken_back_one_after_the_other(walker):
    before = everything()
    answers = [EDITS[name](walker) for name in ("note", "move", "duty", "remove")]
    for answer in reversed(answers):
        page = walker.get(f"{ROOT}/itinerary/")
        assert page.context["last_edit"].pk == answer.json()["undo"]
        assert undo(walker, answer.json()["undo"]).status_code == 200
    plan(walker)
    assert everything() == before


def test_an_edit_changed_since_is_not_taken_back(walker):
    first = edit(walker, plan(walker)[2], "note", note="first").json()["undo"]
    edit(walker, plan(walker)[2], "note", note="second")
    refused = undo(walker, first)
    assert refused.status_code == 409
    assert refused.json()["error"].endswith("cannot be taken back: it has been changed again since.")
    assert columns(plan(walker)[2])["note"] == "second"


def test_taking_back_one_thing_leaves_what_was_done_since(walker):
    pinned = edit(walker, plan(walker)[2], "pin").json()["undo"]
    edit(walker, plan(walker)[2], "note", note="kept")
    undo(walker, pinned)
    after = plan(walker)[2]
    assert (after.is_pinned, after.note) == (False, "kept")


def test_a_few_edits_are_remembered_and_no_more(walker):
    for n in range(25):
        edit(walker, plan(walker)[2], "note", note=f"note {n}")
    assert Edit.objects.count() == 20
    assert Edit.objects.latest("pk").changes[0]["after"] == {"note": "note 24"}


def test_an_edit_made_on_the_sight_of_an_older_visit_is_refused_and_shows_the_present_one(walker):
    seen = plan(walker)[2]
    edit(walker, seen, "note", note="from the phone")
    for name, fields in {"note": {"note": "from the desk"}, "remove": {}, "move": {"starts": "11:00"}}.items():
        refused = edit(walker, seen, name, **fields)
        assert refused.status_code == 409
        assert refused.json()["visit"]["note"] == "from the phone"
        assert refused.json()["visit"]["version"] == seen.version + 1
    page = walker.post(
        f"{ROOT}/itinerary/visits/{seen.pk}/note/", {"version": seen.version, "note": "from the desk"}
    ).content.decode()
    assert "Note: from the phone" in page
    assert "from the desk</textarea>" in page
    assert columns(seen)["note"] == "from the phone"


def test_several_visits_are_taken_out_at_once_or_not_at_all(walker):
    one, two = plan(walker)[1], plan(walker)[2]
    stale = [f"{one.pk}.{one.version}", f"{two.pk}.{two.version + 1}"]
    assert whole(walker, "remove", visit=stale).status_code == 409
    assert [columns(visit)["is_declined"] for visit in (one, two)] == [False, False]
    answer = whole(walker, "remove", visit=[f"{one.pk}.{one.version}", f"{two.pk}.{two.version}"])
    assert answer.json()["said"] == "Took out 2 visits"
    assert [columns(visit)["is_declined"] for visit in (one, two)] == [True, True]


def test_a_clash_has_a_button_for_each_way_out(walker):
    edit(walker, plan(walker)[1], "move", starts="11:10")
    (shown,) = walker.get(f"{ROOT}/itinerary/").context["clashes"]
    title = "‘Schrödinger Bridges & Their ℓ_∞ Norms’"
    assert shown.clash.in_words == f"Your visit to {title} is during Opening Keynote, where you plan to be."
    assert [button.label for button in shown.buttons] == [
        "Leave Opening Keynote out",
        f"Unpin {title}",
        f"Visit {title} in Oral Session instead",
        f"Take {title} out",
    ]
    for place in range(4):
        button = walker.get(f"{ROOT}/itinerary/").context["clashes"][0].buttons[place]
        answer = walker.post(button.address, dict(button.fields), headers=JSON)
        assert answer.status_code == 200
        assert walker.get(f"{ROOT}/itinerary/").context["clashes"] == []
        undo(walker, answer.json()["undo"])


def test_a_favourite_that_found_no_time_has_a_button_for_what_would_make_room(walker):
    Session.objects.filter(slug="poster-session-2").update(ends_at=at(4, 14, 8))
    walker.post(f"{ROOT}/posters/4/favourite/", {"interest": "interested"})
    (left,) = walker.get(f"{ROOT}/itinerary/").context["unplanned"]
    taken_by = "Second Day, Second Chance" if left.favourite.number == 4 else "Untitled poster 4"
    button = next(one for one in left.buttons if one.label == f"Take “{taken_by}” out")
    assert walker.post(button.address, dict(button.fields), headers=JSON).status_code == 200
    page = walker.get(f"{ROOT}/itinerary/")
    assert page.context["unplanned"] == []
    assert left.favourite.number in [visit.number for visit in page.context["outline"].visits]


def test_forms_lead_back_to_the_row_and_offer_undo(walker):
    visit = plan(walker)[2]
    response = walker.post(
        f"{ROOT}/itinerary/visits/{visit.pk}/visited/", {"version": visit.version, "next": f"{ROOT}/itinerary/"}
    )
    assert response.headers["Location"] == f"{ROOT}/itinerary/#visit-{visit.pk}"
    html = walker.get(f"{ROOT}/itinerary/").content.decode()
    assert "Marked “Walking Robots Learn to Rest” as visited" in html
    key = Edit.objects.get().pk
    response = walker.post(f"{ROOT}/itinerary/undo/", {"edit": key}, follow=True)
    assert "Taken back: Marked “Walking Robots Learn to Rest” as visited." in response.content.decode()


def test_nobody_edits_what_is_anothers(walker, conference):
    visit = plan(walker)[2]
    key = edit(walker, visit, "note", note="mine").json()["undo"]
    visit.refresh_from_db()
    stranger, nobody, account = Client(), Client(), Client()
    stranger.post(f"{ROOT}/posters/3/favourite/", {"interest": "interested"})
    sign_in(account, User.objects.create_user("other", password=PASSWORD))
    account.post(f"{ROOT}/posters/3/favourite/", {"interest": "interested"})
    before = everything_of(visit)
    for client in (stranger, nobody, account):
        for name in ("pin", "unpin", "move", "note", "visited", "not-visited", "remove", "bring-back"):
            response = edit(client, visit, name, note="theirs", starts="11:00")
            assert response.status_code == 404
            assert "mine" not in response.content.decode()
        assert whole(client, "remove", visit=f"{visit.pk}.{visit.version}").status_code == 409
        assert undo(client, key).status_code in {404, 409}
    assert everything_of(visit) == before


def everything_of(visit: Visit) -> dict[str, object]:
    return Visit.objects.values().get(pk=visit.pk)


def test_every_edit_needs_the_csrf_token(walker):
    visit = plan(walker)[2]
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = walker.cookies
    before = everything()
    paths = [
        f"{ROOT}/itinerary/visits/{visit.pk}/remove/",
        f"{ROOT}/itinerary/posters/2/star-off/",
        f"{ROOT}/itinerary/sessions/",
        f"{ROOT}/itinerary/undo/",
    ]
    for path in paths:
        assert strict.post(path, {"version": visit.version, "session": "keynote", "attending": "no"}).status_code == 403
        assert walker.get(path).status_code == 405
    assert everything() == before


def test_drafts_and_unpublished_conferences_are_not_there(walker, conference):
    visit = plan(walker)[2]
    Poster.objects.filter(number=2).update(status=Poster.Status.DRAFT)
    assert edit(walker, visit, "note", note="x").status_code == 404
    for number in (2, 8, 99):
        assert on_poster(walker, number, "visited").status_code == 404
        assert walker.get(f"{ROOT}/posters/{number}/mine/").status_code == 404
    edit(walker, plan(walker)[6], "visited")
    Poster.objects.filter(number=6).update(status=Poster.Status.DRAFT)
    assert "Second Day" not in walker.get(f"{ROOT}/itinerary/").content.decode().split("data-last-edit")[0]
    conference.is_published = False
    conference.save()
    for answer in (
        edit(walker, plan_row(1), "pin"),
        whole(walker, "minutes", minutes="5"),
        whole(walker, "undo", edit=1),
        walker.get(f"{ROOT}/itinerary/visited.bib"),
    ):
        assert answer.status_code == 404


def plan_row(number: int) -> Visit:
    return Visit.objects.filter(presentation__poster__number=number).first()


def test_a_withdrawn_poster_stays_where_the_attendee_was(walker):
    edit(walker, plan(walker)[2], "visited")
    Poster.objects.filter(number=2).update(status=Poster.Status.WITHDRAWN)
    html = walker.get(f"{ROOT}/itinerary/").content.decode()
    assert '<span class="withdrawn">Withdrawn</span>' in html
    assert edit(walker, plan(walker)[2], "note", note="pity").status_code == 200


@pytest.mark.parametrize("version", ["", "x", "0", "-1", "1.5", "9" * 30, "\x00", "１e"])
def test_a_version_that_is_none_is_refused(walker, version):
    visit = plan(walker)[2]
    refused = edit(walker, visit, "remove", version=version)
    assert refused.status_code == 400
    assert refused.json()["error"].startswith("Version: ")
    assert columns(visit)["is_declined"] is False


@pytest.mark.parametrize(
    ("name", "fields"),
    [
        ("note", {"note": "a\x00b"}),
        ("move", {"starts": "25:00"}),
        ("move", {"starts": "\x00"}),
        ("move", {"presentation": "x", "starts": "11:00"}),
    ],
)
def test_bad_fields_are_refused_in_words(walker, name, fields):
    visit = plan(walker)[2]
    refused = edit(walker, visit, name, **fields)
    assert refused.status_code == 400
    assert refused.json()["error"]
    assert everything_of(visit)["version"] == visit.version


@pytest.mark.parametrize("seen", ["", "x", "1", "1.2.3", "1.x", "-1.2", f"{'9' * 40}.1"])
def test_visits_to_take_out_must_be_named_well(walker, seen):
    assert whole(walker, "remove", visit=seen).status_code == 400


@pytest.mark.parametrize(
    "path",
    [
        "itinerary/visits/99999999999999999999999/pin/",
        "itinerary/visits/0/pin/",
        "itinerary/visits/1/explode/",
        "itinerary/posters/1/explode/",
        "itinerary/explode/",
        "itinerary/posters/99999999999999999999999/visited/",
    ],
)
def test_addresses_that_mean_nothing(walker, path):
    assert walker.post(f"{ROOT}/{path}", {"version": 1}).status_code == 404


def test_boards_and_sessions_of_another_conference_are_not_there(walker, many_posters):
    many_posters(3)
    foreign = Board.objects.get(room__conference__slug="many", label="1")
    assert whole(walker, "resume", chosen_board=foreign.pk).status_code == 409
    assert whole(walker, "resume", board="1").status_code == 409
    assert whole(walker, "sessions", session="posters-1", attending="yes").status_code == 409


def test_a_moment_that_clocks_show_twice_is_the_first(walker, conference):
    conference.time_zone = "Europe/Berlin"
    conference.save()
    night = dt.datetime(2030, 10, 26, 22, 30, tzinfo=dt.UTC)  # 00:30 summer time; clocks go back at 01:00 UTC.
    Session.objects.filter(slug="poster-session-1").update(starts_at=night, ends_at=night + dt.timedelta(hours=5))
    edit(walker, plan(walker)[2], "move", starts="02:30")
    assert plan(walker)[2].starts_at == night + dt.timedelta(hours=2)


def waited(client: Client, visit: Visit, name: str, since: dt.datetime, **fields: object):
    """An edit that a phone sends later, on the sight of a version long gone."""
    return edit(client, visit, name, wished_at=since.isoformat(), **fields)


def test_an_edit_that_waited_holds_although_the_visit_has_another_version_by_now(walker):
    seen = plan(walker)[2]
    with at_time(at(3, 11)):
        edit(walker, plan(walker)[2], "note", note="from the desk")
        answer = waited(walker, seen, "visited", at(3, 10, 4))
        assert answer.json()["visit"]["visited_at"] == "2030-06-03T08:04:00Z"
        assert waited(walker, seen, "pin", at(3, 10, 5)).json()["visit"]["is_pinned"] is True
        assert waited(walker, seen, "remove", at(3, 10, 6)).json()["visit"]["is_declined"] is True
    assert columns(seen)["note"] == "from the desk"


@pytest.mark.parametrize(
    ("first", "then", "column", "stands"),
    [
        (("note", {"note": "later"}), ("note", {"note": "earlier"}), "note", "later"),
        (("note", {"note": ""}), ("note", {"note": "earlier"}), "note", ""),
        (("not-visited", {}), ("visited", {}), "visited_at", None),
        (("pin", {}), ("remove", {}), "is_pinned", True),
        (("remove", {}), ("pin", {}), "is_declined", True),
        (("visited", {}), ("remove", {}), "is_declined", False),
    ],
)
def test_what_was_wished_later_stands_whichever_arrives_first(walker, first, then, column, stands):
    seen = plan(walker)[2]
    with at_time(at(3, 10, 30)):
        edit(walker, seen, first[0], **first[1])
    with at_time(at(3, 11)):
        assert plan(walker)[2].is_declined is (first[0] == "remove")
        before, count = columns(seen), Edit.objects.count()
        answer = waited(walker, seen, then[0], at(3, 10, 10), **then[1])
        assert (answer.status_code, answer.json()["undo"]) == (200, None)
        assert columns(seen) == before
        assert before[column] == stands
        assert Edit.objects.count() == count
        assert waited(walker, seen, then[0], at(3, 10, 50), **then[1]).json()["undo"] is not None


def test_a_visit_made_before_it_was_taken_out_is_marked_and_stays_out(walker):
    seen = plan(walker)[2]
    with at_time(at(3, 10, 30)):
        edit(walker, seen, "remove")
        waited(walker, seen, "visited", at(3, 10, 10))
    after = columns(seen)
    assert (after["visited_at"], after["is_declined"]) == (at(3, 10, 10), True)


def test_what_was_taken_back_is_not_brought_again_by_what_waited_longer(walker):
    seen = plan(walker)[2]
    with at_time(at(3, 10)):
        edit(walker, seen, "note", note="first")
    with at_time(at(3, 10, 20)):
        undo(walker, Edit.objects.get().pk)
        waited(walker, seen, "note", at(3, 10, 10), note="second")
    assert columns(seen)["note"] == ""


def test_minutes_that_waited_and_minutes_wished_later(walker):
    with at_time(at(3, 10)):
        on_poster(walker, 2, "minutes", minutes="20")
        whole(walker, "minutes", minutes="12")
        for send in (
            lambda **fields: on_poster(walker, 2, "minutes", **fields),
            lambda **f: whole(walker, "minutes", **f),
        ):
            assert send(minutes="3", wished_at=at(3, 9, 30).isoformat()).json()["undo"] is None
    assert (Favourite.objects.get(poster__number=2).dwell_minutes, Attendee.objects.get().dwell_minutes) == (20, 12)
    with at_time(at(3, 11)):
        on_poster(walker, 2, "minutes", minutes="3", wished_at=at(3, 10, 30).isoformat())
        whole(walker, "minutes", minutes="4", wished_at=at(3, 10, 30).isoformat())
    assert (Favourite.objects.get(poster__number=2).dwell_minutes, Attendee.objects.get().dwell_minutes) == (3, 4)


def test_a_mark_and_a_note_on_a_poster_that_got_a_visit_meanwhile(walker):
    with at_time(at(3, 10, 30)):
        assert on_poster(walker, 2, "note", note="seen without a plan").status_code == 409
        since = at(3, 10, 10).isoformat()
        assert on_poster(walker, 2, "visited", wished_at=since).status_code == 200
        assert on_poster(walker, 2, "note", note="seen without a plan", wished_at=since).status_code == 200
    visit = Visit.objects.get(presentation__poster__number=2)
    assert (visit.visited_at, visit.note) == (at(3, 10, 10), "seen without a plan")


@pytest.mark.parametrize("since", ["yesterday", "2030-06-03T09:00:00", "9999-99-99T00:00Z"])
def test_a_time_of_intent_that_is_none_is_refused(walker, since):
    answer = edit(walker, plan(walker)[2], "visited", wished_at=since)
    assert answer.status_code == 400
    assert "must be a time with its offset" in answer.json()["error"]


def test_nothing_is_wished_in_the_future(walker):
    seen = plan(walker)[2]
    waited(walker, seen, "note", at(4, 10), note="a fast clock")
    edit(walker, plan(walker)[2], "note", note="a right one")
    assert columns(seen)["note"] == "a right one"


def test_a_move_that_waited_is_still_told_when_it_comes_too_late(walker):
    seen = plan(walker)[2]
    edit(walker, seen, "pin")
    assert waited(walker, seen, "move", at(3, 8), starts="11:00").status_code == 409


def whole_plan(client: Client) -> tuple[list[tuple], list[tuple]]:
    """Every visit with its place, and what is left out with its reason."""
    client.get(f"{ROOT}/itinerary/")
    visits = Visit.objects.order_by("pk").values_list(
        "pk", "starts_at", "ends_at", "is_pinned", "is_declined", "cancelled_at"
    )
    stands = [row for row in visits if row[-1] is None]
    return stands, list(LeftOut.objects.order_by("poster").values_list("poster", "reason", "dwell_minutes"))


def test_undo_gives_the_very_plan_that_stood_before(walker):
    """Also the places to which others were moved, what was left out, and over several edits."""
    walker.post(f"{ROOT}/posters/3/favourite/", {"interest": "interested"})
    whole(walker, "minutes", minutes="10")
    before = whole_plan(walker)
    visits = sorted(plan(walker).values(), key=lambda visit: visit.starts_at)
    same_session = [one for one in visits if one.starts_at < at(3, 12) and one.cancelled_at is None]
    moved = same_session[-1]
    edit(walker, moved, "move", starts="10:05")
    after_move = whole_plan(walker)
    assert [row for row in after_move[0] if row[0] != moved.pk] != [row for row in before[0] if row[0] != moved.pk]
    on_poster(walker, 2, "star-off")
    whole_plan(walker)
    undo(walker, Edit.objects.latest("pk").pk)
    assert whole_plan(walker) == after_move
    undo(walker, Edit.objects.latest("pk").pk)
    assert whole_plan(walker) == before
    versions = dict(Visit.objects.values_list("pk", "version"))
    assert versions[moved.pk] > moved.version
    whole_plan(walker)
    assert dict(Visit.objects.values_list("pk", "version")) == versions


def test_undo_after_something_else_changed_plans_around_that(walker):
    visit = plan(walker)[2]
    edit(walker, visit, "remove")
    walker.post(f"{ROOT}/posters/3/favourite/", {"interest": "must-see"})
    plan(walker)
    undo(walker, Edit.objects.latest("pk").pk)
    stands = plan(walker)
    assert (stands[2].cancelled_at, stands[3].cancelled_at) == (None, None)
    assert stands[2].ends_at <= stands[3].starts_at or stands[3].ends_at <= stands[2].starts_at
