"""What changed in an itinerary is shown in words, until it is seen."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from posters.models import Board, Change, Itinerary, Poster, Presentation, Room, Session
from tests.browse.conftest import Page
from tests.conftest import at
from tests.itinerary.conftest import Visitor

pytestmark = pytest.mark.django_db

PAGE = "/example-2030/itinerary/"


@pytest.fixture
def ada(visitor) -> Visitor:
    """Has starred 1, 2, 4 and 7, and plans the keynote."""
    ada = visitor()
    for number in (1, 2, 4, 7):
        ada.star(number)
    ada.attend("keynote")
    ada.get(PAGE)
    return ada


def news(visitor: Visitor) -> list[str]:
    """The lines of the notice on the itinerary's page."""
    html = visitor.get(PAGE).content.decode()
    found = re.search(r'<ul class="news">(.*?)</ul>', html, re.DOTALL)
    lines = re.findall(r"<li>(.*?)</li>", found[1], re.DOTALL) if found else []
    return [Page(line).words for line in lines]


def move(number: int, board: str, session: str = "") -> None:
    shown = Presentation.objects.filter(poster__number=number).order_by("pk").first()
    shown.board = Board.objects.get(label=board)
    if session:
        shown.session = Session.objects.get(slug=session)
    shown.save()


MOVES = {
    "board": (
        lambda: move(2, "A7"),
        ["Walking Robots Learn to Rest moved from board A1 to board A7 in Poster Session 1"],
    ),
    "session": (
        lambda: move(2, "A7", "poster-session-2"),
        ["Walking Robots Learn to Rest moved from Poster Session 1, board A1 to Poster Session 2, board A7"],
    ),
    "withdrawn": (
        lambda: Poster.objects.filter(number=2).update(status="withdrawn"),
        ["Walking Robots Learn to Rest was withdrawn"],
    ),
    "renamed": (
        lambda: Poster.objects.filter(number=1).update(title="Simple Bridges"),
        ["Simple Bridges is the new title of “Schrödinger Bridges & Their ℓ_∞ Norms”"],
    ),
    "time": (
        lambda: Session.objects.filter(slug="keynote").update(starts_at=at(4, 9), ends_at=at(4, 10)),
        ["Opening Keynote moved from Mon 3 Jun, 11:00–12:00 to Tue 4 Jun, 09:00–10:00"],
    ),
    "first time": (
        lambda: Session.objects.filter(slug="late-posters").update(starts_at=at(4, 9), ends_at=at(4, 10)),
        ["Late Posters now has a time: Tue 4 Jun, 09:00–10:00"],
    ),
    "no time": (
        lambda: Session.objects.filter(slug="keynote").update(starts_at=None, ends_at=None),
        ["Opening Keynote has lost a time, which was Mon 3 Jun, 11:00–12:00"],
    ),
    "only the end": (
        lambda: Session.objects.filter(slug="keynote").update(ends_at=at(3, 13)),
        ["Opening Keynote moved from Mon 3 Jun, 11:00–12:00 to Mon 3 Jun, 11:00–13:00"],
    ),
    "session renamed": (
        lambda: Session.objects.filter(slug="keynote").update(title="Closing Keynote"),
        ["Closing Keynote is the new title of “Opening Keynote”"],
    ),
    "session's room": (
        lambda: Session.objects.filter(slug="keynote").update(room=Room.objects.get(name="Hall A")),
        ["Opening Keynote moved from Auditorium to Hall A"],
    ),
    "board relabelled": (
        lambda: Board.objects.filter(label="A3").update(label="B3"),
        ["Schrödinger Bridges & Their ℓ_∞ Norms hangs at board B3, which was A3 before"],
    ),
    "room renamed": (
        lambda: Room.objects.filter(name="Hall A").update(name="Hall 1"),
        ["Hall 1 is the new name of Hall A"],
    ),
    "board in another room": (
        lambda: Presentation.objects.filter(poster__number=2).update(
            board=Board.objects.create(room=Room.objects.get(name="Auditorium"), label="A1")
        ),
        ["Walking Robots Learn to Rest moved from board A1 (Hall A) to board A1 (Auditorium) in Poster Session 1"],
    ),
    "virtual": (
        lambda: Presentation.objects.filter(poster__number=2).update(format="virtual"),
        ["Walking Robots Learn to Rest is now virtual, not in person, in Poster Session 1"],
    ),
    "presenter's hours": (
        lambda: Presentation.objects.filter(poster__number=2).update(
            presenter_starts_at=at(3, 10), presenter_ends_at=at(3, 11)
        ),
        ["Walking Robots Learn to Rest has its presenter at the board Mon 3 Jun, 10:00–11:00"],
    ),
    "one session more": (
        lambda: Presentation.objects.create(
            poster=Poster.objects.get(number=2), session=Session.objects.get(slug="oral-session")
        ),
        ["Walking Robots Learn to Rest is now shown in Oral Session"],
    ),
    "one session less": (
        lambda: Presentation.objects.get(poster__number=1, session__slug="oral-session").delete(),
        ["Schrödinger Bridges & Their ℓ_∞ Norms is no longer shown in Oral Session"],
    ),
    "session gone": (
        lambda: Session.objects.get(slug="keynote").delete(),
        ["Opening Keynote was taken out of the programme"],
    ),
    "a draft again": (
        lambda: Poster.objects.filter(number=2).update(status="draft", title="Secret Title"),
        ["Poster 2 was taken out of the programme"],
    ),
    "somebody else's": (lambda: move(3, "A9"), []),
    "not told": (lambda: Poster.objects.filter(number=2).update(abstract="New.", keywords="rest"), []),
}


@pytest.mark.parametrize(("change", "told"), MOVES.values(), ids=MOVES)
def test_each_change_is_told_in_words(ada, change, told):
    assert news(ada) == []
    change()
    assert news(ada) == told


def test_several_changes_are_told_as_one_from_the_first_to_the_last(ada):
    move(2, "A7")
    Poster.objects.filter(number=2).update(title="Walking Robots")
    move(2, "A8")
    told = (
        "Walking Robots is the new title of “Walking Robots Learn to Rest”; "
        "moved from board A1 to board A8 in Poster Session 1"
    )
    assert news(ada) == [told]
    move(2, "A1")
    assert news(ada) == ["Walking Robots is the new title of “Walking Robots Learn to Rest”"]


def test_there_and_back_is_no_news(ada):
    move(2, "A7")
    move(2, "A1")
    Poster.objects.filter(number=1).update(status="withdrawn")
    Poster.objects.filter(number=1).update(status="published")
    assert news(ada) == []


def test_what_was_seen_is_told_no_more_and_what_comes_later_is(ada):
    move(2, "A7")
    shown = re.search(r'name="revision" value="(\d+)"', ada.get(PAGE).content.decode())[1]
    move(1, "A9")
    assert ada.post(f"{PAGE}changes/seen/", {"revision": shown}).headers["Location"] == PAGE
    assert news(ada) == ["Schrödinger Bridges & Their ℓ_∞ Norms moved from board A3 to board A9 in Poster Session 1"]
    ada.post(f"{PAGE}changes/seen/", {"revision": 2**63 - 1})
    assert news(ada) == []
    ada.post(f"{PAGE}changes/seen/", {"revision": 1})
    assert news(ada) == []
    move(2, "A8")
    assert len(news(ada)) == 1


@pytest.mark.parametrize("given", ["", "x", "-1", str(2**63), "1\x00"])
def test_a_revision_that_is_none_is_refused(ada, given):
    assert ada.post(f"{PAGE}changes/seen/", {"revision": given}).status_code == 400
    assert Itinerary.objects.get().seen_revision == 0


def test_what_happened_before_it_was_starred_is_no_news(ada, visitor):
    move(2, "A7")
    bo = visitor()
    bo.star(2)
    assert news(bo) == []
    move(2, "A8")
    assert news(bo) == ["Walking Robots Learn to Rest moved from board A7 to board A8 in Poster Session 1"]
    bo.star(2, "none")
    assert news(bo) == []
    assert len(news(ada)) == 1


def test_a_visitor_without_wishes_is_told_nothing_and_can_see_nothing(conference, client):
    assert client.post(f"{PAGE}changes/seen/", {"revision": 5}).status_code == 302
    assert Itinerary.objects.count() == 0


def test_what_one_device_saw_counts_after_a_merge_as_far_as_both_have(ada, visitor):
    move(2, "A7")
    ada.post(f"{PAGE}changes/seen/", {"revision": Change.objects.first().revision})
    ada.sign_up("ada@example.org")
    assert news(ada) == []
    phone = visitor()
    phone.star(3)
    phone.get(PAGE)
    move(3, "A9")
    phone.sign_in("ada@example.org")
    assert "Is This a Question? moved from board A2 to board A9 in Poster Session 1" in news(phone)


def test_it_costs_as_many_queries_for_many_as_for_few(many_posters):
    conference = many_posters(50)
    counts = []
    for numbers in (range(1, 4), range(4, 51)):
        client = Visitor()
        for number in numbers:
            client.post(f"/{conference.slug}/posters/{number}/favourite/", {"interest": "interested"})
        Presentation.objects.filter(poster__number__in=numbers).update(board=None)
        Poster.objects.filter(number__in=numbers).update(title="New")
        client.get(f"/{conference.slug}/itinerary/")
        with CaptureQueriesContext(connection) as counted:
            page = client.get(f"/{conference.slug}/itinerary/").content.decode()
        assert page.count("is the new title of") == len(numbers)
        counts.append(len(counted.captured_queries))
    assert counts[0] == counts[1]
    assert counts[1] <= 26
