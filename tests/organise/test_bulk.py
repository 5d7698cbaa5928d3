"""Work on many posters at once: previewed, confirmed, one revision, one titled entry of the log."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from posters.models import Authorship, Change, Conference, Poster, PosterTopic, Presentation, Revision
from posters.organise.bulk_forms import FORMS
from tests.organise.conftest import filled_in, list_address
from tests.organise.test_pages import FORBIDDEN


@pytest.fixture
def bulk(admin_page):
    """The pages of bulk work, walked as an organiser does: action, form, preview, confirmation."""
    return Bulk(admin_page)


class Bulk:
    def __init__(self, client):
        self.client = client

    def open(self, key, posters, query=""):
        action = {"action": f"bulk_{key.replace('-', '_')}", "_selected_action": [poster.pk for poster in posters]}
        return self.client.post(f"{list_address(Poster)}{query}", action)

    def preview(self, key, posters, query="", **fields):
        data = filled_in(self.open(key, posters, query)) | {
            name: getattr(value, "pk", value) for name, value in fields.items()
        }
        return self.client.post(address_of(key), {**data, "preview": "1"}), data

    def confirm(self, key, posters, **fields):
        response, data = self.preview(key, posters, **fields)
        data["sight"] = filled_in(response)["sight"]
        return self.client.post(address_of(key), {**data, "confirm": "1"})


def address_of(key):
    return reverse("admin:posters_poster_bulk", args=[key])


def shown(response):
    """The preview as told: what would change, what stays, what to look at."""
    plan = response.context["plan"]
    return (
        [(step.poster.number, step.before, step.after) for step in plan.steps],
        [(step.poster.number, step.reason) for step in plan.left],
        plan.warnings,
    )


def revision_of(conference):
    return Conference.objects.values_list("revision", flat=True).get(pk=conference.pk)


def numbered(conference, *numbers):
    return [conference.posters.get(number=number) for number in numbers]


def test_withdrawing_shows_its_reason_to_attendees(conference, bulk, client, organiser):
    before = revision_of(conference)
    posters = numbered(conference, 1, 2, 8)
    page, _ = bulk.preview("withdraw", posters, reason="Shown <elsewhere>")
    assert shown(page) == (
        [(1, "Published", "Withdrawn: Shown <elsewhere>"), (2, "Published", "Withdrawn: Shown <elsewhere>")],
        [(8, "is a draft: nobody knows of it")],
        [],
    )
    assert revision_of(conference) == before
    bulk.confirm("withdraw", posters, reason="Shown <elsewhere>")
    assert revision_of(conference) == before + 1
    entry = Revision.objects.get()
    assert (entry.conference, entry.revision, entry.title) == (
        conference,
        before + 1,
        "Withdrew 2 posters: Shown <elsewhere>",
    )
    changes = Change.objects.filter(revision=before + 1)
    assert set(changes.values_list("field", "source", "actor")) == {
        ("status", "admin", organiser.pk),
        ("withdrawal_reason", "admin", organiser.pk),
    }
    assert changes.count() == 4
    page = client.get("/example-2030/posters/2/").content.decode()
    assert "<strong>Withdrawn.</strong> Shown &lt;elsewhere&gt;</p>" in page
    rows = client.get("/example-2030/posters/?withdrawn=show&q=walking").content.decode()
    assert '<p class="withdrawn">Withdrawn: Shown &lt;elsewhere&gt;</p>' in rows
    Poster.objects.filter(number=2).update(status="published")
    assert "elsewhere" not in client.get("/example-2030/posters/2/").content.decode()


def test_publishing_shows_the_difference_first(conference, bulk, client):
    assert client.get("/example-2030/posters/8/").status_code == 404
    draft = conference.posters.get(number=8)
    Authorship.objects.filter(poster=draft).delete()
    # Without fields the preview is there at once.
    page = bulk.open("publish", numbered(conference, 2, 8))
    assert shown(page) == (
        [(8, "Draft", "Published")],
        [(2, "is published already")],
        ["1 poster with no authors."],
    )
    assert client.get("/example-2030/posters/8/").status_code == 404
    bulk.client.post(address_of("publish"), {**filled_in(page), "confirm": "1"})
    assert client.get("/example-2030/posters/8/").status_code == 200
    assert Revision.objects.get().title == "Published 1 poster"


def test_setting_a_decision_and_taking_it_away(conference, bulk):
    best = conference.decisions.get(name="Top 5%")
    bulk.confirm("decision", numbered(conference, 1, 2, 3), decision=best)
    assert list(Poster.objects.filter(decision=best).values_list("number", flat=True)) == [1, 2, 3]
    assert Revision.objects.get().title == "Set the decision of 2 posters: Top 5%"
    bulk.confirm("decision", numbered(conference, 1, 2), decision="")
    assert list(Poster.objects.filter(decision=None).values_list("number", flat=True)) == [1, 2]


def test_topics_come_and_go_and_the_log_says_what_was(conference, bulk):
    robots = conference.topics.get(name="Robots")
    bulk.confirm("add-topic", numbered(conference, 1, 2), topic=robots)
    poster = conference.posters.get(number=1)
    entry = Change.objects.get(model="poster", object_key=poster.pk, field="topics", source="admin")
    assert (entry.before, entry.after) == (["Theory"], ["Theory", "Robots"])
    bulk.confirm("remove-topic", numbered(conference, 1, 2, 3), topic=robots)
    assert list(PosterTopic.objects.filter(topic=robots).values_list("poster__number", flat=True)) == [6]
    entry = Change.objects.filter(object_key=poster.pk, field="topics", source="admin").latest("pk")
    assert (entry.before, entry.after) == (["Theory", "Robots"], ["Theory"])


def test_setting_the_format_wherever_it_is_shown(conference, bulk):
    bulk.confirm("format", numbered(conference, 1, 3), presented="virtual")
    formats = Presentation.objects.filter(poster__number__in=[1, 3]).values_list("format", flat=True)
    assert list(formats) == ["virtual"] * 3
    assert Revision.objects.get().title == "Set the format of 1 poster: Virtual"


def test_assigning_a_session(conference, bulk):
    session = conference.sessions.get(slug="poster-session-2")
    page, _ = bulk.preview("assign", numbered(conference, 2, 6), session=session)
    assert shown(page) == (
        [(2, "Poster Session 1", "Poster Session 1, Poster Session 2")],
        [(6, "is in Poster Session 2 already")],
        ["1 poster with no presenter marked: their clashes cannot be seen."],
    )
    bulk.confirm("assign", numbered(conference, 2, 6), session=session)
    new = Presentation.objects.get(poster__number=2, session=session)
    last = session.presentations.exclude(pk=new.pk).order_by("-position").first()
    assert new.position == last.position + 1


def test_moving_names_the_clashes_first(conference, bulk, client):
    target = conference.sessions.get(slug="poster-session-2")
    Authorship.objects.filter(author__name="Chidi Okafor").update(is_presenter=True)
    page, _ = bulk.preview("move", numbered(conference, 2, 3, 6, 8), session=target)
    steps, left, warnings = shown(page)
    assert steps == [
        (2, "Poster Session 1 · A1", "Poster Session 2 · no board (board A1 is taken by poster 4)"),
        (3, "Poster Session 1 · A2", "Poster Session 2 · no board (board A2 is taken by poster 5)"),
    ]
    assert left == [(6, "is in Poster Session 2 already"), (8, "is in Poster Session 2 already")]
    assert warnings == [
        "2 posters without the board of before: see below why.",
        "1 poster with no presenter marked: their clashes cannot be seen.",
        "Chidi Okafor would present at the same time: poster 2 in Poster Session 2, poster 6 in Poster Session 2.",
    ]
    moved = Presentation.objects.get(poster__number=2)
    bulk.confirm("move", numbered(conference, 2, 3), session=target)
    after = Presentation.objects.get(poster__number=2)
    assert (after.pk, after.uid, after.session, after.board) == (moved.pk, moved.uid, target, None)
    assert after.sequence > moved.sequence
    assert Revision.objects.get().title == "Moved 2 posters to Poster Session 2"
    assert "Walking Robots" in client.get("/example-2030/sessions/poster-session-2/").content.decode()


def test_moving_a_poster_of_several_sessions_asks_from_which(conference, bulk):
    target, origin = (conference.sessions.get(slug=slug) for slug in ("poster-session-2", "poster-session-1"))
    page, _ = bulk.preview("move", numbered(conference, 1), session=target)
    assert shown(page)[1] == [(1, "is in several sessions (Poster Session 1, Oral Session): say which to move it from")]
    bulk.confirm("move", numbered(conference, 1), session=target, origin=origin)
    places = Presentation.objects.filter(poster__number=1).in_time_order()
    # Nobody hangs at A3 in the other session: it keeps its board.
    assert [(place.session.slug, place.board and place.board.label) for place in places] == [
        ("oral-session", None),
        ("poster-session-2", "A3"),
    ]


def boards(session):
    rows = session.presentations.exclude(board=None).order_by("board__position")
    return [(row.poster.number, row.board.label) for row in rows]


def test_numbering_boards(conference, bulk, poster_session):
    Presentation.objects.filter(session=poster_session).update(format="in-person")
    board = conference.rooms.get(name="Hall A").boards.get(label="A2")
    bulk.confirm("boards", numbered(conference, 1, 2, 3), session=poster_session, first=board, step=2)
    assert boards(poster_session) == [(1, "A2"), (2, "A4"), (3, "A6")]
    # Who was not chosen keeps the board, and the others pass over it; two swap places.
    bulk.confirm("boards", numbered(conference, 1, 3), session=poster_session, first=board, step=1)
    assert boards(poster_session) == [(1, "A2"), (3, "A3"), (2, "A4")]
    bulk.confirm("boards", numbered(conference, 1, 2, 3), session=poster_session, first=board, step=1, is_by_topic="on")
    assert boards(poster_session) == [(2, "A2"), (1, "A3"), (3, "A4")]


def test_a_serpentine_walks_every_second_row_backwards(conference, bulk, poster_session):
    room = conference.rooms.get(name="Hall A")
    board = room.boards.get(label="A1")
    Presentation.objects.filter(session=poster_session).update(format="in-person")
    page, _ = bulk.preview(
        "boards", numbered(conference, 1, 2), session=poster_session, first=board, step=1, is_serpentine="on"
    )
    assert "Hall A has no rows to walk to and fro" in page.content.decode()
    for label, place in (("B1", 3), ("B2", 4), ("B3", 5)):
        room.boards.create(label=label, position=place)
    room.boards.filter(label__regex="^A([4-9]|1[0-2])$").delete()
    room.boards.filter(label="A3").update(position=2)
    bulk.confirm(
        "boards", numbered(conference, 1, 2, 3), session=poster_session, first=board, step=2, is_serpentine="on"
    )
    assert sorted(boards(poster_session)) == [(1, "A1"), (2, "A3"), (3, "B2")]


def test_too_few_boards_change_nothing(conference, bulk, poster_session):
    before = boards(poster_session)
    board = conference.rooms.get(name="Hall A").boards.get(label="A12")
    page, _ = bulk.preview("boards", numbered(conference, 1, 2), session=poster_session, first=board, step=1)
    assert page.context["form"].non_field_errors() == ["2 posters to hang, and Hall A has 1 free board from A12 on."]
    assert boards(poster_session) == before


def test_what_is_confirmed_is_what_was_shown(conference, bulk):
    response, data = bulk.preview("withdraw", numbered(conference, 2), reason="One reason")
    data["sight"] = filled_in(response)["sight"]
    Poster.objects.filter(number=1).update(title="Meanwhile")
    before = revision_of(conference)
    page = bulk.client.post(address_of("withdraw"), {**data, "confirm": "1"})
    assert "has changed since the preview you confirmed" in page.content.decode()
    data["sight"] = filled_in(page)["sight"]
    page = bulk.client.post(address_of("withdraw"), {**data, "reason": "Another", "confirm": "1"})
    assert "has changed since the preview you confirmed" in page.content.decode()
    assert revision_of(conference) == before
    assert bulk.client.post(address_of("withdraw"), {**data, "confirm": "1"}).status_code == 302
    assert revision_of(conference) == before + 1


def test_nothing_to_change_raises_no_revision(conference, bulk):
    before = revision_of(conference)
    page = bulk.open("publish", numbered(conference, 2))
    bulk.client.post(address_of("publish"), {**filled_in(page), "confirm": "1"})
    assert revision_of(conference) == before
    assert not Revision.objects.exists()


def test_posters_and_choices_of_another_conference_are_refused(conference, edition, bulk):
    other = edition("other", 2)
    page = bulk.client.post(
        address_of("publish"), {"posters": f"{conference.posters.first().pk},{other.posters.first().pk}"}, follow=True
    )
    assert "belong to several conferences" in page.content.decode()
    page, _ = bulk.preview("add-topic", numbered(conference, 2), topic=other.topics.first())
    assert "belongs to another conference" in page.content.decode()
    assert not Revision.objects.exists()


@pytest.mark.parametrize("keys", ["", "x", "1\x00", "9" * 40, ",,,", "-1", "999999"])
def test_keys_that_are_none_are_told(keys, conference, bulk):
    page = bulk.client.post(address_of("publish"), {"posters": keys}, follow=True)
    assert "None of these posters exists any more." in page.content.decode()


def test_too_many_at_once_are_refused_in_words(conference, bulk):
    keys = ",".join(map(str, range(1, 40_000)))
    page = bulk.client.post(address_of("publish"), {"posters": keys}, follow=True)
    assert "These are 39,999 posters. Choose 20,000 at most." in page.content.decode()


def test_all_of_a_search_can_be_chosen_and_one_comes_back_to_it(conference, bulk):
    action = {"action": "bulk_withdraw", "_selected_action": [conference.posters.first().pk], "select_across": "1"}
    page = bulk.client.post(f"{list_address(Poster)}?q=Ada", action)
    data = filled_in(page)
    keys = ",".join(str(poster.pk) for poster in numbered(conference, 1, 2))
    assert data["posters"] == keys
    page = bulk.client.post(address_of("withdraw"), {**data, "preview": "1"})
    done = bulk.client.post(address_of("withdraw"), {**filled_in(page), "confirm": "1"})
    assert done["Location"] == f"{list_address(Poster)}?q=Ada"


def test_who_may_not_change_posters_may_not_work_on_many(conference, client, django_user_model):
    viewer = django_user_model.objects.create(username="viewer", is_staff=True)
    client.force_login(viewer)
    assert client.post(address_of("publish"), {"posters": "1"}).status_code == 403
    assert client.get(address_of("publish")).status_code in {403, 405}


def test_a_preview_asks_the_same_for_few_posters_and_for_many(many_posters, bulk):
    small, large = many_posters(10, slug="small"), many_posters(300, slug="large")

    def asked(conference, key, **fields):
        keys = ",".join(map(str, conference.posters.values_list("pk", flat=True)))
        data = {
            "posters": keys,
            "preview": "1",
            **{name: getattr(value, "pk", value) for name, value in fields.items()},
        }
        bulk.client.post(address_of(key), data)
        with CaptureQueriesContext(connection) as queries:
            page = bulk.client.post(address_of(key), data)
        assert page.context["plan"].steps
        return len(queries)

    counted = {
        conference.slug: {
            form.key: asked(
                conference,
                form.key,
                session=conference.sessions.get(slug="posters-1"),
                first=conference.rooms.get().boards.first(),
                step=1,
                presented="virtual",
                reason="x",
                topic=conference.topics.first(),
            )
            for form in FORMS
            if form.key != "publish"
        }
        for conference in (small, large)
    }
    assert counted["small"] == counted["large"]
    assert max(counted["large"].values()) <= 25


def test_the_pages_hold_nothing_that_the_content_security_policy_forbids(conference, bulk):
    for form in FORMS:
        page = bulk.open(form.key, numbered(conference, 1, 2))
        assert page.status_code == 200
        assert FORBIDDEN.findall(page.content.decode()) == []
