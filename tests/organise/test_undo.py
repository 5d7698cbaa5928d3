"""What the log tells can be taken back: a revision as a whole, one field, an undoing itself."""

import datetime as dt
import xml.etree.ElementTree as ET

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from posters.models import (
    Attendee,
    Author,
    Authorship,
    Change,
    Conference,
    Itinerary,
    Poster,
    PosterTopic,
    Presentation,
    Revision,
    Visit,
)
from tests.organise.conftest import change_address, filled_in, list_address
from tests.organise.test_bulk import Bulk, boards, numbered, revision_of


@pytest.fixture
def bulk(admin_page):
    return Bulk(admin_page)


def state_of(conference):
    """All of the programme that bulk work can touch, but the counters that calendars compare."""
    posters = conference.posters.order_by("pk")
    return (
        list(posters.values_list("pk", "decision", "status", "withdrawal_reason")),
        sorted(PosterTopic.objects.filter(poster__in=posters).values_list("poster", "topic")),
        list(
            Presentation.objects.filter(poster__in=posters)
            .order_by("pk")
            .values_list("pk", "poster", "session", "board", "format", "position", "presenter_starts_at", "uid")
        ),
    )


def address_of(conference, revision=None, page="posters_revision_undo"):
    return reverse(f"admin:{page}", args=[conference.slug, revision or revision_of(conference)])


def undo(client, conference, revision=None):
    address = address_of(conference, revision)
    return client.post(address, filled_in(client.get(address)))


def works(conference):
    """Every kind of bulk work, with posters that it changes."""
    session = conference.sessions.get(slug="poster-session-2")
    first = conference.rooms.get(name="Hall A").boards.get(label="A2")
    return {
        "assign": ((2, 3), {"session": session}),
        "move": ((2, 3), {"session": session}),
        "boards": ((1, 2), {"session": conference.sessions.get(slug="poster-session-1"), "first": first, "step": 1}),
        "decision": ((1, 2), {"decision": conference.decisions.get(name="Top 25%")}),
        "add-topic": ((1, 2, 4), {"topic": conference.topics.get(name="Robots")}),
        "remove-topic": ((2, 6), {"topic": conference.topics.get(name="Robots")}),
        "format": ((1, 3), {"presented": "virtual"}),
        "publish": ((8,), {}),
        "withdraw": ((1, 2), {"reason": "Double submission"}),
    }


@pytest.mark.parametrize(
    "key", ["assign", "move", "boards", "decision", "add-topic", "remove-topic", "format", "publish", "withdraw"]
)
def test_all_bulk_work_can_be_undone_and_the_undoing_too(key, conference, bulk):
    numbers, fields = works(conference)[key]
    before = state_of(conference)
    if key == "publish":
        page = bulk.open(key, numbered(conference, *numbers))
        bulk.client.post(reverse("admin:posters_poster_bulk", args=[key]), {**filled_in(page), "confirm": "1"})
    else:
        bulk.confirm(key, numbered(conference, *numbers), **fields)
    done, revision = state_of(conference), revision_of(conference)
    assert done != before
    assert undo(bulk.client, conference).status_code == 302
    assert state_of(conference) == before
    assert revision_of(conference) == revision + 1
    title = Revision.objects.get(revision=revision).title
    assert Revision.objects.get(revision=revision + 1).title == f"Undid “{title}”"
    undo(bulk.client, conference)
    assert state_of(conference) == done
    undo(bulk.client, conference)
    assert state_of(conference) == before


def test_what_was_changed_since_stays_and_is_named(conference, bulk):
    bulk.confirm("withdraw", numbered(conference, 1, 2), reason="A mistake")
    revision = revision_of(conference)
    Poster.objects.filter(number=2).update(withdrawal_reason="No mistake")
    page = bulk.client.get(address_of(conference, revision)).content.decode()
    assert "2 changes would be undone" in page
    assert "2 changes would stay" in page
    assert page.count("It was changed since.") == 2
    undo(bulk.client, conference, revision)
    told = Poster.objects.filter(number__in=[1, 2]).values_list("number", "status", "withdrawal_reason")
    assert list(told) == [(1, "published", ""), (2, "withdrawn", "No mistake")]
    # Nothing is left of it: that is said, and no revision is raised.
    before = revision_of(conference)
    page = bulk.client.get(address_of(conference, revision)).content.decode()
    assert "0 changes would be undone" in page
    undo(bulk.client, conference, revision)
    assert revision_of(conference) == before


def test_a_board_that_another_poster_took_meanwhile_is_not_given_back(conference, bulk, poster_session):
    room = conference.rooms.get(name="Hall A")
    bulk.confirm(
        "boards", numbered(conference, 1, 2), session=poster_session, first=room.boards.get(label="A4"), step=1
    )
    revision = revision_of(conference)
    # Poster 1 hung on A3, poster 2 on A1.
    Presentation.objects.filter(poster__number=3).update(board=room.boards.get(label="A1"))
    page = bulk.client.get(address_of(conference, revision)).content.decode()
    assert page.count("Its board or its place in the session is taken since.") == 1
    undo(bulk.client, conference, revision)
    assert boards(poster_session) == [(3, "A1"), (1, "A3"), (2, "A5")]


def test_a_session_that_attendees_planned_with_is_not_taken_away(conference, bulk):
    session = conference.sessions.get(slug="poster-session-2")
    bulk.confirm("assign", numbered(conference, 2, 3), session=session)
    new = Presentation.objects.get(poster__number=2, session=session)
    itinerary = Itinerary.objects.create(attendee=Attendee.objects.create(), conference=conference)
    visit = Visit.objects.create(
        itinerary=itinerary, presentation=new, starts_at=session.starts_at, ends_at=session.ends_at
    )
    assert "Attendees plan to visit it there" in bulk.client.get(address_of(conference)).content.decode()
    undo(bulk.client, conference)
    assert list(session.presentations.filter(poster__number__in=[2, 3]).values_list("poster__number", flat=True)) == [2]
    assert Visit.objects.get() == visit


def test_what_is_gone_or_not_in_the_log_is_told(conference, bulk):
    decision, topic = conference.decisions.get(name="Poster accept"), conference.topics.get(name="Robots")
    bulk.confirm("decision", numbered(conference, 2, 3), decision=conference.decisions.get(name="Top 5%"))
    decided = revision_of(conference)
    bulk.confirm("remove-topic", numbered(conference, 2), topic=topic)
    untopiced = revision_of(conference)
    conference.posters.get(number=3).delete()
    deleted = revision_of(conference)
    decision.delete()
    topic.delete()

    def reasons(revision):
        return {kept.reason for kept in bulk.client.get(address_of(conference, revision)).context["plan"].kept}

    assert reasons(decided) == {"It is gone since.", "What it was set to is gone since."}
    assert reasons(untopiced) == {"There is no topic “Robots” any more."}
    assert reasons(deleted) == {"It was deleted with all that hung on it, of which the log does not hold enough."}
    for revision in (decided, untopiced, deleted):
        before = revision_of(conference)
        undo(bulk.client, conference, revision)
        assert revision_of(conference) == before


def test_what_no_longer_fits_is_refused_as_a_whole(conference, bulk):
    one, two = conference.authors.order_by("pk")[:2]
    name, slug = one.name, one.slug
    Author.objects.filter(pk=one.pk).update(name="New name", slug="new-slug")
    revision = revision_of(conference)
    Author.objects.filter(pk=two.pk).update(slug=slug)
    before = revision_of(conference)
    address = address_of(conference, revision)
    answer = bulk.client.post(address, filled_in(bulk.client.get(address)), follow=True)
    assert "no longer fits with what has been changed since" in answer.content.decode()
    assert revision_of(conference) == before
    assert Author.objects.get(pk=one.pk).name == "New name" != name


def test_the_order_of_authors_can_be_undone(conference, admin_page):
    poster = conference.posters.get(number=1)
    form = filled_in(admin_page.get(change_address(poster)))
    admin_page.post(change_address(poster), {**form, "authorships-1-position": 1})
    order = Authorship.objects.filter(poster=poster).order_by("position").values_list("author__name", flat=True)
    assert list(order.all()) == ["Bo Li", "Ada Müller"]
    undo(admin_page, conference)
    assert list(order.all()) == ["Ada Müller", "Bo Li"]


def test_an_undoing_is_of_the_programme_that_was_shown(conference, bulk):
    bulk.confirm("withdraw", numbered(conference, 2), reason="")
    address = address_of(conference)
    data = filled_in(bulk.client.get(address))
    Poster.objects.filter(number=1).update(title="Meanwhile")
    before = revision_of(conference)
    assert "has changed since the preview you confirmed" in bulk.client.post(address, data).content.decode()
    assert revision_of(conference) == before


def test_the_log_tells_a_bulk_work_as_one_and_its_page_tells_all(conference, bulk):
    bulk.confirm("withdraw", numbered(conference, 1, 2, 3), reason="Fire <alarm>")
    log = bulk.client.get(list_address(Change))
    assert [change.title for change in log.context["cl"].result_list if change.source == "admin"] == [
        "Withdrew 3 posters: Fire <alarm>"
    ]
    address = address_of(conference, page="posters_revision")
    assert f'<a href="{address}">Withdrew 3 posters: Fire &lt;alarm&gt;</a>' in log.content.decode()
    page = bulk.client.get(address)
    assert len(page.context["rows"]) == 6
    assert "by admin" in page.content.decode()
    single = bulk.client.get(f"{list_address(Change)}?action__exact=changed&source__exact=admin")
    assert len(single.context["cl"].result_list) == 6


def test_a_field_is_restored_from_the_log(conference, admin_page, form_of, organiser):
    poster = conference.posters.get(number=2)
    admin_page.post(change_address(poster), {**form_of(poster), "title": "Second"})
    change = Change.objects.get(field="title", source="admin")
    Poster.objects.filter(pk=poster.pk).update(title="Third")
    page = admin_page.get(list_address(Change)).content.decode()
    address = reverse("admin:posters_change_restore", args=[change.pk])
    assert f'formaction="{address}"' in page
    before = revision_of(conference)
    done = admin_page.post(address)
    assert done["Location"] == f"{list_address(Change)}?about=poster-{poster.pk}"
    poster.refresh_from_db()
    assert poster.title == "Walking Robots Learn to Rest"
    assert revision_of(conference) == before + 1
    assert Change.objects.filter(revision=before + 1).values_list("before", "after", "actor").get() == (
        "Third",
        "Walking Robots Learn to Rest",
        organiser.pk,
    )
    # Looking at the address changes nothing.
    Poster.objects.filter(pk=poster.pk).update(title="Fourth")
    assert admin_page.get(address).status_code == 302
    poster.refresh_from_db()
    assert poster.title == "Fourth"


def test_topics_are_restored_by_name(conference, bulk):
    bulk.confirm("add-topic", numbered(conference, 1), topic=conference.topics.get(name="Robots"))
    change = Change.objects.get(field="topics", source="admin")
    conference.posters.get(number=1).poster_topics.all().delete()
    bulk.client.post(reverse("admin:posters_change_restore", args=[change.pk]))
    assert list(conference.posters.get(number=1).topics.values_list("name", flat=True)) == ["Theory"]


def test_a_restored_value_must_still_be_possible(conference, admin_page, poster_session):
    room = conference.rooms.get(name="Hall A")
    one, two = (Presentation.objects.get(poster__number=n, session=poster_session) for n in (1, 2))
    Presentation.objects.filter(pk=one.pk).update(board=room.boards.get(label="A9"))
    change = Change.objects.get(model="presentation", object_key=one.pk, field="board")
    Presentation.objects.filter(pk=two.pk).update(board=room.boards.get(label="A3"))
    before = revision_of(conference)
    answer = admin_page.post(reverse("admin:posters_change_restore", args=[change.pk]), follow=True)
    assert "Another poster hangs on this board in this session." in answer.content.decode()
    assert revision_of(conference) == before


def test_what_the_log_does_not_hold_cannot_be_restored(conference, admin_page):
    conference.posters.get(number=2).delete()
    change = Change.objects.get(model="poster", action="removed")
    answer = admin_page.post(reverse("admin:posters_change_restore", args=[change.pk]), follow=True)
    assert "The log does not hold enough to restore this." in answer.content.decode()


def test_the_history_of_a_poster_tells_what_hangs_on_it(conference, admin_page):
    poster = conference.posters.get(number=2)
    Poster.objects.filter(pk__gt=0, number__in=[1, 2]).update(keywords="new")
    Presentation.objects.filter(poster__number__in=[1, 2]).update(format="virtual")
    address = reverse("admin:posters_poster_history", args=[poster.pk])
    page = admin_page.get(address, follow=True)
    changes = [change for change in page.context["cl"].result_list if change.action == "changed"]
    assert [(change.model, change.field) for change in changes] == [("presentation", "format"), ("poster", "keywords")]


@pytest.mark.parametrize("about", ["", "poster", "poster-", "poster-x", "nothing-1", "poster-1\x00", "x" * 5000])
def test_a_history_of_nothing_is_no_error(about, conference, admin_page):
    assert admin_page.get(list_address(Change), {"about": about}).status_code == 200


def test_only_who_may_restore_does(conference, client, bulk, django_user_model):
    bulk.confirm("withdraw", numbered(conference, 2), reason="")
    change = Change.objects.filter(field="status", source="admin").get()
    reader = django_user_model.objects.create(username="reader", is_staff=True)
    reader.user_permissions.set(Permission.objects.filter(codename__in=["view_change", "restore_change"]))
    bulk.client.logout()
    bulk.client.force_login(reader)
    paths = (reverse("admin:posters_change_restore", args=[change.pk]), address_of(conference))
    before = revision_of(conference)
    for path in paths:
        assert bulk.client.post(path).status_code == 403
    assert "Restore</button>" not in bulk.client.get(list_address(Change)).content.decode()
    page = bulk.client.get(address_of(conference, page="posters_revision"))
    assert "Undo this" not in page.content.decode()
    assert bulk.client.post(address_of(conference, page="posters_revision"), {"note": "x"}).status_code == 403
    reader.user_permissions.clear()
    assert bulk.client.get(address_of(conference, page="posters_revision")).status_code == 403
    assert revision_of(conference) == before


def test_a_note_to_attendees_is_part_of_the_programme(conference, bulk):
    bulk.confirm("withdraw", numbered(conference, 2), reason="")
    revision = revision_of(conference)
    address = address_of(conference, page="posters_revision")
    form = filled_in(bulk.client.get(address))
    assert bulk.client.post(address, form).status_code == 302
    assert revision_of(conference) == revision
    bulk.client.post(address, {**form, "note": "The authors asked for it."})
    assert Revision.objects.get(revision=revision).note == "The authors asked for it."
    assert revision_of(conference) == revision + 1
    assert filled_in(bulk.client.get(address))["note"] == "The authors asked for it."
    assert bulk.client.post(address, {**form, "note": "x\x00"}).status_code == 200
    # One without a title can have a note, too.
    Poster.objects.filter(number=1).update(title="Untitled revision")
    revision = revision_of(conference)
    bulk.client.post(address_of(conference, page="posters_revision"), {"note": "A typo."})
    assert Revision.objects.get(revision=revision).note == "A typo."


def test_a_note_written_or_taken_back_later_is_an_update_of_the_feeds_entry(conference, bulk):
    """RFC 4287 §4.2.15: `updated` is the last significant change."""
    begin = timezone.now()
    with time_machine.travel(begin, tick=False) as clock:
        Conference.objects.update(is_published=False)
        Conference.objects.update(is_published=True)
        Poster.objects.filter(number=2).update(title="Robots, Rested")
        address = address_of(conference, page="posters_revision")
        told = [_updates(bulk.client, conference)]
        for note in ("The authors asked for it.", "The authors asked for it, twice.", ""):
            clock.shift(dt.timedelta(hours=1))
            assert bulk.client.post(address, {"note": note}).status_code == 302
            told.append(_updates(bulk.client, conference))
    assert told == [[(begin, begin + dt.timedelta(hours=hours))] for hours in range(4)]


def _updates(client, conference):
    """When each entry of the feed was published and updated."""
    names = [f"{{http://www.w3.org/2005/Atom}}{name}" for name in ("entry", "published", "updated")]
    feed = ET.fromstring(client.get(reverse("changes-feed", args=[conference.slug])).content)  # noqa: S314 - our own
    return [
        tuple(dt.datetime.fromisoformat(entry.findtext(name)) for name in names[1:]) for entry in feed.findall(names[0])
    ]


def test_pages_of_a_revision_ask_the_same_for_few_entries_and_for_many(many_posters, bulk):
    def asked(conference):
        bulk.client.post(
            reverse("admin:posters_poster_bulk", args=["withdraw"]),
            _confirmed(bulk, ",".join(map(str, conference.posters.values_list("pk", flat=True)))),
        )
        counts = []
        for page in ("posters_revision", "posters_revision_undo"):
            address = address_of(conference, page=page)
            bulk.client.get(address)
            with CaptureQueriesContext(connection) as queries:
                assert bulk.client.get(address).status_code == 200
            counts.append(len(queries))
        return counts

    few, many = asked(many_posters(5, slug="few")), asked(many_posters(300, slug="many"))
    assert few == many
    assert max(many) <= 15


def _confirmed(bulk, keys):
    address = reverse("admin:posters_poster_bulk", args=["withdraw"])
    page = bulk.client.post(address, {"posters": keys, "reason": "x", "preview": "1"})
    return {**filled_in(page), "confirm": "1"}


def test_a_conference_goes_with_its_revisions(conference, bulk):
    bulk.confirm("withdraw", numbered(conference, 2), reason="")
    bulk.client.post(reverse("admin:posters_conference_delete", args=[conference.pk]), {"post": "yes"})
    assert not Conference.objects.exists()
    assert not Revision.objects.exists()
