"""An edition that is archived is closed: nothing in it changes, by whatever door, until it is reopened."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from posters.browse.search_index import rebuild_search_index
from posters.models import Announcement, Conference, Favourite, Poster, Session, Upload
from posters.programme.revision import EditionArchived
from posters.programme.upload_work import work
from posters.programme.uploads import folder_of
from tests.organise.conftest import add_address, change_address, filled_in, list_address

SENTENCE = (
    "“Example Conference 2030” is archived: nothing in it changes until an organiser reopens it, in its settings."
)
HOME = "/admin/conference/example-2030/"


@pytest.fixture
def archived(conference):
    """The example conference, over."""
    Conference.objects.update(is_archived=True)
    conference.refresh_from_db()
    return conference


def is_refused(response):
    """Whether the answer is the edition's home with the one sentence and no other."""
    assert response.redirect_chain == [(HOME, 302)]
    return [str(message) for message in response.context["messages"]] == [SENTENCE]


def test_edits_bulk_work_and_undo_are_refused_in_the_admin(archived, admin_page, form_of):
    poster, session = archived.posters.get(number=1), archived.sessions.first()
    revision, log = archived.revision, list(archived.changes.values_list())
    announcement = {"text": "Too late", "shown_on": "all", "shown_from": "2030-06-03T09:00"}
    bulk = reverse("admin:posters_poster_bulk", args=["withdraw"])
    preview = admin_page.post(bulk, {"posters": f"{poster.pk}", "reason": "Late", "preview": "1"})
    asked = [
        (change_address(poster), {**form_of(poster), "title": "Other"}),
        (change_address(session), {**form_of(session), "description": "Other"}),
        (change_address(archived), {**form_of(archived), "venue": "Elsewhere"}),
        (add_address(Announcement, archived), announcement),
        (bulk, {**filled_in(preview), "reason": "Late", "confirm": "1"}),
        (reverse("admin:posters_poster_delete", args=[poster.pk]), {"post": "yes"}),
        (reverse("admin:posters_conference_delete", args=[archived.pk]), {"post": "yes"}),
        (
            reverse("admin:posters_revision", args=[archived.slug, archived.changes.latest("revision").revision]),
            {"note": "A word"},
        ),
    ]
    assert [is_refused(admin_page.post(address, form, follow=True)) for address, form in asked] == [True] * len(asked)
    archived.refresh_from_db()
    assert (archived.revision, list(archived.changes.values_list())) == (revision, log)


def test_imports_are_refused_by_command_and_page(archived, tmp_path, media_root, organiser):
    source = tmp_path / "programme.csv"
    source.write_text("Title,Authors\nNew,Ada\n")
    for options in ({}, {"dry_run": True}):
        with pytest.raises(CommandError) as refused:
            call_command("import_programme", str(source), conference=archived.slug, stdout=StringIO(), **options)
        assert str(refused.value) == SENTENCE
    upload = Upload.objects.create(
        conference=archived.slug, files=["programme.csv"], actor=organiser, options={"columns": {}}
    )
    folder_of(upload).mkdir(parents=True)
    (folder_of(upload) / "0").write_bytes(source.read_bytes())
    work(key=upload.pk, attempt=upload.attempt)
    upload.refresh_from_db()
    assert (upload.state, upload.error) == (Upload.State.FAILED, SENTENCE)
    assert not archived.posters.filter(title="New").exists()


def test_whatever_else_writes_is_refused(archived):
    for write in (
        lambda: archived.posters.update(title="Other"),
        lambda: Session.objects.first().delete(),
        lambda: Poster.objects.create(conference=archived, number=99),
        lambda: archived.delete(),
    ):
        with pytest.raises(EditionArchived):
            write()


def test_it_is_reopened_in_its_settings_and_closed_with_its_last_edit(archived, admin_page, form_of):
    form = form_of(archived)
    form.pop("is_archived")
    admin_page.post(change_address(archived), {**form, "venue": "Elsewhere"})
    archived.refresh_from_db()
    assert (archived.is_archived, archived.venue) == (False, "Elsewhere")
    admin_page.post(change_address(archived), {**form_of(archived), "is_archived": "on", "venue": "Here"})
    archived.refresh_from_db()
    assert (archived.is_archived, archived.venue) == (True, "Here")


def test_it_stays_readable_and_attendees_keep_what_they_have(archived, client, other_edition):
    assert client.get("/example-2030/posters/1/").status_code == 200
    client.post("/example-2030/posters/1/favourite/", {"interest": "must-see"})
    assert Favourite.objects.filter(poster__conference=archived, interest="must-see").count() == 1
    rebuild_search_index(conference=archived)
    titles = json.loads(client.get("/example-2030/programme.json").content)["posters"]
    assert len(titles) == archived.posters.public().count()
    other_edition.posters.update(title="Still open")
    assert client.get(f"/{other_edition.slug}/posters/1/").content.decode().count("Still open")


def test_an_archived_edition_comes_back_from_a_dump(archived, tmp_path):
    dump = tmp_path / "dump.json"
    call_command("dumpdata", "posters.conference", "posters.room", output=str(dump))
    call_command("loaddata", str(dump), verbosity=0)
    archived.refresh_from_db()
    assert archived.is_archived


@pytest.fixture
def other_edition(edition):
    return edition("open-2031", 1)


@pytest.fixture
def media_root(settings, tmp_path):
    """Where uploads lie in this test."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


def test_the_list_tells_which_editions_are_closed(archived, admin_page):
    assert '<td class="field-shown_state">archived</td>' in admin_page.get(list_address(Conference)).content.decode()
