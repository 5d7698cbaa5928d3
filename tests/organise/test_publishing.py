"""A conference is published where one sees what that shows."""

import pytest
from django.urls import reverse

from posters.models import Change, Conference, Poster, Revision
from posters.programme.export import whole_programme
from posters.programme.upsert import upsert_programme
from tests.organise.conftest import add_address, change_address, filled_in


@pytest.fixture
def draft(conference):
    Conference.objects.update(is_published=False)
    conference.refresh_from_db()
    return conference


def address_of(conference):
    return reverse("admin:posters_conference_publish", args=[conference.pk])


def test_the_form_leads_to_the_difference_first(draft, admin_page, form_of, client, organiser):
    form = {**form_of(draft), "is_published": "on", "venue": "Elsewhere"}
    answer = admin_page.post(change_address(draft), form)
    assert answer["Location"] == address_of(draft)
    draft.refresh_from_db()
    assert (draft.is_published, draft.venue) == (False, "Elsewhere")
    page = admin_page.get(address_of(draft))
    words = [text.partition(">")[2].removesuffix("</a>") for text in page.context["figures"]]
    assert words == [
        "5 sessions",
        "6 posters to be seen",
        "1 poster to be seen as withdrawn",
        "1 poster to stay hidden, as drafts",
    ]
    warnings = [text.partition(">")[2].removesuffix("</a>") for text in page.context["warnings"]]
    assert warnings == ["1 poster with no title", "1 poster with no board", "1 poster with no abstract"]
    assert admin_page.get("/example-2030/").status_code == 404
    before = draft.revision
    admin_page.post(address_of(draft), filled_in(page))
    assert admin_page.get("/example-2030/").status_code == 200
    entry = Revision.objects.get()
    assert (entry.revision, entry.title) == (before + 1, "Published Example Conference 2030")
    assert Change.objects.get(revision=before + 1).actor == organiser


def test_figures_lead_to_what_they_count(draft, admin_page):
    page = admin_page.get(address_of(draft))
    for text in [*page.context["figures"], *page.context["warnings"]]:
        address, _, words = text.removeprefix('<a href="').removesuffix("</a>").partition('">')
        found = admin_page.get(address.replace("&amp;", "&")).context["cl"].result_list
        assert len(found) == int(words.split()[0]), text


def test_what_changed_since_it_was_shown_is_shown_anew(draft, admin_page):
    seen = filled_in(admin_page.get(address_of(draft)))
    Poster.objects.filter(number=8).update(status="published")
    page = admin_page.post(address_of(draft), seen)
    assert "has changed since you looked" in page.content.decode()
    assert admin_page.get("/example-2030/").status_code == 404


def test_a_new_conference_begins_as_a_draft(draft, admin_page):
    form = filled_in(admin_page.get(add_address(Conference, draft)))
    values = {"name": "New 2031", "slug": "new-2031", "year": "2031", "time_zone": "UTC", "is_published": "on"}
    answer = admin_page.post(reverse("admin:posters_conference_add"), {**form, **values})
    new = Conference.objects.get(slug="new-2031")
    assert (answer["Location"], new.is_published) == (address_of(new), False)


def test_one_that_is_published_stays_so_and_can_be_hidden(conference, admin_page, form_of):
    answer = admin_page.get(address_of(conference))
    assert answer["Location"] == change_address(conference)
    form = form_of(conference)
    admin_page.post(change_address(conference), {**form, "venue": "Elsewhere"})
    assert admin_page.get("/example-2030/").status_code == 200
    form.pop("is_published")
    admin_page.post(change_address(conference), form)
    assert admin_page.get("/example-2030/").status_code == 404


def test_only_who_may_change_a_conference_publishes_it(draft, client, django_user_model):
    client.force_login(django_user_model.objects.create(username="viewer", is_staff=True))
    assert client.get(address_of(draft)).status_code == 403
    assert client.post(address_of(draft), {"sight": draft.revision}).status_code == 403
    draft.refresh_from_db()
    assert not draft.is_published


def test_the_reason_of_a_withdrawal_is_exported_and_read_again(conference):
    Poster.objects.filter(number__in=[2, 3]).update(withdrawal_reason="Shown elsewhere")
    Poster.objects.filter(number=2).update(status="withdrawn")
    reasons = {record.number: record.withdrawal_reason for record in whole_programme(conference=conference).posters}
    assert reasons == {number: "Shown elsewhere" if number == 2 else "" for number in range(1, 9)}
    upsert_programme(record=whole_programme(conference=conference), conference_slug="copy")
    assert Poster.objects.get(conference__slug="copy", number=2).withdrawal_reason == "Shown elsewhere"


def test_a_poster_s_own_form_leads_to_the_difference_first(conference, admin_page, form_of):
    poster = conference.posters.get(number=8)
    answer = admin_page.post(change_address(poster), {**form_of(poster), "status": "published", "title": "New words"})
    poster.refresh_from_db()
    assert (poster.status, poster.title) == ("draft", "New words")
    page = admin_page.get(answer["Location"])
    steps = [(step.poster.number, step.before, step.after) for step in page.context["steps"]]
    assert steps == [(8, "Draft", "Published")]
    assert admin_page.get("/example-2030/posters/8/").status_code == 404
    form = filled_in(page)
    answer = admin_page.post(page.request["PATH_INFO"], {**form, "confirm": "Confirm"})
    assert answer["Location"] == reverse("admin:posters_poster_changelist") + "?conference=example-2030"
    assert admin_page.get("/example-2030/posters/8/").status_code == 200
    assert Revision.objects.latest("revision").title == "Published 1 poster"


def test_a_new_poster_is_a_draft_until_it_is_confirmed(conference, admin_page):
    address = add_address(Poster, conference)
    form = filled_in(admin_page.get(address))
    answer = admin_page.post(address, {**form, "title": "Quite new", "status": "published"})
    new = conference.posters.get(title="Quite new")
    assert new.status == "draft"
    page = admin_page.get(answer["Location"])
    assert page.context["plan"].warnings == [
        "1 poster with no authors.",
        "1 poster with no session.",
        "1 poster with no abstract.",
    ]
    for status in ("draft", "withdrawn"):
        admin_page.post(address, {**form, "title": f"A {status}", "status": status})
        assert conference.posters.get(title=f"A {status}").status == status
