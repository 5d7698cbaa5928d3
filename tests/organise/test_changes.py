"""Whatever is written in the admin is one change: one revision, logged with who, shown at once."""

import pytest
from django.urls import reverse

from posters.models import (
    Announcement,
    Attendee,
    Author,
    Authorship,
    Board,
    Change,
    Conference,
    Decision,
    Poster,
    Room,
    Session,
    Topic,
)
from tests.organise.conftest import add_address, change_address, filled_in, list_address

EDITS = [
    (Conference, "name"),
    (Session, "title"),
    (Poster, "title"),
    (Author, "name"),
    (Topic, "name"),
    (Decision, "name"),
    (Room, "name"),
    (Board, "label"),
    (Announcement, "text"),
]


@pytest.fixture
def paris(edition):
    conference = edition("paris", 3)
    conference.refresh_from_db()
    return conference


def raised(conference):
    """How often the revision was raised since the last look."""
    before = conference.revision
    conference.refresh_from_db()
    return conference.revision - before


@pytest.mark.parametrize(("model", "field"), EDITS)
def test_one_saved_form_is_one_change_of_the_organiser(model, field, paris, admin_page, form_of, organiser):
    obj = model.objects.first()
    before = getattr(obj, field)
    response = admin_page.post(change_address(obj), {**form_of(obj), field: "Something new"})
    assert response.status_code == 302
    assert raised(paris) == 1
    assert list(
        Change.objects.filter(revision=paris.revision).values_list(
            "model", "object_key", "field", "before", "after", "source", "actor"
        )
    ) == [(model._meta.model_name, obj.pk, field, before, "Something new", "admin", organiser.pk)]


@pytest.mark.parametrize(("model", "field"), EDITS)
def test_looking_and_saving_unchanged_changes_nothing(model, field, paris, admin_page, form_of):
    obj = model.objects.first()
    for address in (list_address(model), change_address(obj), add_address(model, paris)):
        assert admin_page.get(address).status_code == 200
    entries = Change.objects.count()
    assert admin_page.post(change_address(obj), form_of(obj)).status_code == 302
    assert raised(paris) == 0
    assert Change.objects.count() == entries


@pytest.mark.parametrize(("model", "field"), EDITS)
def test_what_is_refused_changes_nothing(model, field, paris, admin_page, form_of):
    obj = model.objects.first()
    wrong = {**form_of(obj), field: "x" * 1000, "slug": "not a slug!", "shown_from": "never"}
    assert admin_page.post(change_address(obj), wrong).status_code == 200
    assert raised(paris) == 0


def test_a_poster_with_all_its_rows_is_one_change(paris, admin_page, form_of, organiser):
    poster = paris.posters.first()
    data = {
        **form_of(poster),
        "title": "New title",
        "authorships-0-position": 2,
        "authorships-1-position": 1,
        "presentations-0-board": "",
        "links-0-label": "Preprint",
        "topic_choice": [topic.pk for topic in paris.topics.all()],
    }
    assert admin_page.post(change_address(poster), data).status_code == 302
    assert raised(paris) == 1
    entries = Change.objects.filter(revision=paris.revision)
    assert set(entries.values_list("model", "field", "source", "actor")) == {
        ("poster", "title", "admin", organiser.pk),
        ("authorship", "position", "admin", organiser.pk),
        ("presentation", "board", "admin", organiser.pk),
        ("link", "label", "admin", organiser.pk),
        ("poster", "links", "admin", organiser.pk),
        ("poster", "topics", "admin", organiser.pk),
    }
    log = admin_page.get(list_address(Change)).content.decode()
    assert ", ".join(topic.name for topic in poster.topics.order_by("poster_topics")) in log


def test_a_new_poster_is_one_change(paris, admin_page):
    address = add_address(Poster, paris)
    author, session = paris.authors.first(), paris.sessions.first()
    new = {
        "title": "Brand new",
        "authorships-TOTAL_FORMS": 1,
        "authorships-0-author": author.pk,
        "presentations-TOTAL_FORMS": 1,
        "presentations-0-session": session.pk,
        "presentations-0-format": "virtual",
        "links-TOTAL_FORMS": 1,
        "links-0-kind": "paper",
        "links-0-url": "https://example.org/new",
    }
    assert admin_page.post(address, {**filled_in(admin_page.get(address)), **new}).status_code == 302
    assert raised(paris) == 1
    poster = Poster.objects.get(title="Brand new")
    assert list(poster.authorships.values_list("author", "position")) == [(author.pk, 1)]
    assert (poster.presentations.get().session, poster.links.get().conference) == (session, paris)


@pytest.mark.parametrize("model", [Session, Poster, Author, Topic, Decision, Room, Board, Announcement])
def test_deleting_one_or_several_is_one_change(model, paris, admin_page, organiser):
    first, *others = model.objects.order_by("pk")
    address = reverse(f"admin:posters_{model._meta.model_name}_delete", args=[first.pk])
    assert admin_page.get(address).status_code == 200
    assert raised(paris) == 0
    admin_page.post(address, {"post": "yes"})
    assert raised(paris) == 1
    action = {"action": "delete_selected", "_selected_action": [obj.pk for obj in others]}
    asked = admin_page.post(list_address(model), action)
    assert asked.context["title"] == "Delete multiple objects"
    assert raised(paris) == 0
    admin_page.post(list_address(model), {**action, "post": "yes"})
    assert raised(paris) == 1
    assert not model.objects.exists()
    sources = Change.objects.filter(action=Change.Action.REMOVED).values_list("source", "actor").distinct()
    if model in {Session, Poster}:
        assert set(sources) == {("admin", organiser.pk)}


def test_deleting_a_conference(paris, edition, admin_page):
    kept = edition("kept", 1)
    kept.refresh_from_db()
    address = reverse("admin:posters_conference_delete", args=[paris.pk])
    asked = admin_page.get(address)
    counts = {"conferences": 1, "posters": 3, "authorships": 6, "sessions": 3, "boards": 3, "favourites": 3}
    assert {name: dict(asked.context["model_count"])[name] for name in counts} == counts
    assert asked.context["perms_lacking"] == set()
    admin_page.post(address, {"post": "yes"})
    assert list(Conference.objects.all()) == [kept]
    # The yearly menu is on every conference's pages.
    assert raised(kept) == 1


def test_a_deletion_names_no_attendee_and_says_what_they_lose(paris, admin_page):
    poster = paris.posters.first()
    page = admin_page.get(reverse("admin:posters_poster_delete", args=[poster.pk]))
    assert "Favourites: 1" in page.content.decode()
    assert "Set its status to “Withdrawn” instead" in page.content.decode()
    assert str(Attendee.objects.first()) not in page.content.decode()
    assert str(Attendee.objects.first().pk) not in page.content.decode()


def test_the_next_request_shows_it(paris, client, admin_page, form_of):
    poster = paris.posters.first()
    address = reverse("poster", kwargs={"conference": paris.slug, "number": poster.number})
    before = client.get(address)
    admin_page.post(change_address(poster), {**form_of(poster), "title": "Shown at once"})
    after = client.get(address, headers={"If-None-Match": before.headers["ETag"]})
    assert "Shown at once" not in before.content.decode()
    assert "Shown at once" in after.content.decode()


def test_moving_an_author_shows_on_the_next_request(paris, client, admin_page, form_of):
    poster = paris.posters.first()
    first, second = Authorship.objects.filter(poster=poster).order_by("position")
    Author.objects.filter(pk=first.author_id).update(name="Zoe First")
    Author.objects.filter(pk=second.author_id).update(name="Yan Second")
    address = reverse("poster", kwargs={"conference": paris.slug, "number": poster.number})

    def order():
        text = client.get(address).content.decode()
        return sorted(("Zoe First", "Yan Second"), key=text.index)

    assert order() == ["Zoe First", "Yan Second"]
    admin_page.post(change_address(poster), {**form_of(poster), "authorships-1-position": 1})
    assert order() == ["Yan Second", "Zoe First"]
