"""The import page: what would happen is shown before it does, and then exactly that happens."""

import json
from html.parser import HTMLParser
from io import StringIO

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from posters.models import Change, Conference, Poster, Upload, UploadOutcome
from posters.organise import imports
from posters.programme import uploads
from posters.programme.upload_work import work
from tests.organise.test_pages import queries_of

START = "/admin/imports/"


@pytest.fixture(autouse=True)
def _work_at_once(monkeypatch, settings, tmp_path):
    """Another process does not see the tests' database; all else is as in life."""
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setattr(uploads, "start_process", lambda upload: work(key=upload.pk, attempt=upload.attempt))


@pytest.fixture
def no_process(monkeypatch):
    """The process is still to come, and nobody waits for it."""
    monkeypatch.setattr(imports, "PATIENCE_SECONDS", 0)
    monkeypatch.setattr(uploads, "start_process", lambda upload: None)


class Text(HTMLParser):
    """What a page says, and where its links lead."""

    def __init__(self, response):
        super().__init__()
        self.words, self.links, self.is_main = [], {}, False
        self.href = ""
        self.feed(response.content.decode())

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.is_main = self.is_main or attrs.get("id") == "content"
        self.href = attrs.get("href", "") if tag == "a" else self.href

    def handle_endtag(self, tag):
        self.href = "" if tag == "a" else self.href

    def handle_data(self, data):
        if self.is_main and data.strip():
            self.words.append(" ".join(data.split()))
            if self.href:
                self.links.setdefault(self.href, []).append(" ".join(data.split()))


def text_of(response):
    return " ".join(Text(response).words)


def figures(response):
    """The counts of a preview or report, by what they count; each leads to its list."""
    return {
        words[1]: int(words[0].replace(",", ""))
        for href, words in Text(response).links.items()
        if "show=" in href and len(words) == 2
    }


def programme(*titles, **facts):
    """A file in our own format; each poster has its key and an author."""
    posters = [
        {"source_id": f"p{number}", "title": title, "authors": [{"name": f"Author {number}"}]}
        for number, title in enumerate(titles, start=1)
    ]
    return {"format": "boardwalk-programme", "version": 1, "posters": posters, **facts}


def file_of(content, name="programme.json"):
    content = content if isinstance(content, bytes) else json.dumps(content).encode()
    return SimpleUploadedFile(name, content)


def bring(client, content, **values):
    """Upload and follow to what the page then shows."""
    files = content if isinstance(content, list) else [file_of(content)]
    return client.post(START, {"file": files, **values}, follow=True)


def to_new(client, content, **values):
    return bring(client, content, **{"conference": "", "name": "Fresh 2031", **values})


def confirm(client, response):
    upload = response.context["upload"]
    return client.post(f"{START}{upload.pk}/confirm/", {"attempt": upload.attempt}, follow=True)


def outcomes(upload):
    columns = ("part", "position", "result", "place", "name", "reason", "changes", "has_kept")
    return list(UploadOutcome.objects.filter(upload=upload).values(*columns))


def imported(client, content, **values):
    response = confirm(client, to_new(client, content, **values))
    assert response.context["upload"].state == "imported"
    return response


def facts():
    return (
        list(Conference.objects.order_by("pk").values_list("slug", "revision")),
        list(Poster.objects.order_by("pk").values_list("number", "title", "status")),
        Change.objects.count(),
    )


# From files to report


def test_nothing_is_written_before_it_is_confirmed_and_then_what_was_shown(admin_page, db):
    response = to_new(admin_page, programme("One", "Two", "Two", "x" * 1_001))
    assert figures(response) == {"added": 3, "changed": 0, "unchanged": 0, "refused": 1, "besides the posters": 1}
    assert "4 records read" in text_of(response)
    assert "Nothing has been written yet." in text_of(response)
    assert facts() == ([], [], 0)
    previewed = outcomes(response.context["upload"])

    response = confirm(admin_page, response)
    assert outcomes(response.context["upload"]) == previewed
    assert [name for name, _, _ in Poster.objects.values_list("title", "number", "status")] == ["One", "Two", "Two"]
    conference = Conference.objects.get()
    assert (conference.slug, conference.name) == ("fresh-2031", "Fresh 2031")
    change = Change.objects.filter(action="added").first()
    assert (change.source, change.actor.username) == ("import", "organiser")
    words = text_of(response)
    assert "by organiser" in words
    links = Text(response).links
    assert links["/fresh-2031/"] == ["the programme as visitors see it"]
    address = next(href for href in links if "/admin/posters/change/" in href and "revision" in href)
    assert len(admin_page.get(address).context["cl"].result_list) == Change.objects.filter(action="added").count()


def test_files_are_gone_once_imported_and_the_report_stays(admin_page, db, settings):
    response = to_new(admin_page, programme("One"))
    folder = settings.MEDIA_ROOT / "uploads" / str(response.context["upload"].pk)
    assert (folder / "0").read_bytes() == json.dumps(programme("One")).encode()
    assert folder.parent.stat().st_mode & 0o777 == 0o700
    response = confirm(admin_page, response)
    assert not folder.exists()
    assert figures(admin_page.get(response.request["PATH_INFO"]))["added"] == 1
    assert "programme.json" in text_of(admin_page.get(START))


def test_what_differs_is_shown_old_and_new(admin_page, db):
    imported(admin_page, programme("Walking Robots Learn to Rest", "Same"))
    response = bring(admin_page, programme("Walking Robots Never Rest", "Same"), conference="fresh-2031")
    assert figures(response) == {"added": 0, "changed": 1, "unchanged": 1, "refused": 0}
    page = response.content.decode()
    assert "</span> Walking Robots <del>Learn to</del> Rest</div>" in page
    assert "</span> Walking Robots <ins>Never</ins> Rest</div>" in page
    confirm(admin_page, response)
    assert Poster.objects.get(source_id="p1").title == "Walking Robots Never Rest"
    again = bring(admin_page, programme("Walking Robots Never Rest", "Same"), conference="fresh-2031")
    assert "Nothing would change" in text_of(again)
    assert b"Import this" not in again.content


def test_the_whole_report_is_the_one_the_command_writes(admin_page, db, tmp_path):
    imported(admin_page, programme("One", "Two", "Three"))
    content = programme("One, too", "Two", "x" * 1_001)
    (tmp_path / "programme.json").write_text(json.dumps(content))
    arguments = [str(tmp_path / "programme.json"), "--conference", "fresh-2031", "--dry-run"]
    call_command("import_programme", *arguments, "--report", str(tmp_path / "report.json"), stdout=StringIO())
    response = bring(admin_page, content, conference="fresh-2031")
    address = f"{START}{response.context['upload'].pk}/report.json"
    assert address in Text(response).links
    report = json.loads(b"".join(admin_page.get(address)))
    assert report == json.loads((tmp_path / "report.json").read_text())
    assert len(report["posters"]) == 3
    confirm(admin_page, response)
    assert json.loads(b"".join(admin_page.get(address))) == report | {"dry_run": False}


def test_files_that_belong_together_are_read_together(admin_page, db):
    event = {"id": 7, "name": "One", "authors": [{"id": 1, "fullname": "Ada"}], "eventtype": "Poster"}
    feed = {"count": 1, "next": None, "previous": None, "results": [event]}
    files = [file_of({"7": "Its abstract."}, "x-abstracts.json"), file_of(feed, "x-orals-posters.json")]
    confirm(admin_page, to_new(admin_page, files))
    assert Poster.objects.get().abstract == "Its abstract."


def test_a_broken_file_is_told_and_can_be_tried_again_as_something_else(admin_page, db):
    broken = json.dumps(programme("One"))[:-10].encode()
    response = to_new(admin_page, [file_of(broken)])
    assert "programme.json" in text_of(response)
    assert "Nothing was written." in text_of(response)
    upload = response.context["upload"]
    assert upload.state == "failed"
    assert facts() == ([], [], 0)
    response = admin_page.post(f"{START}{upload.pk}/preview/", {"format_name": "iclr-page"}, follow=True)
    assert response.context["upload"].error != upload.error
    response = admin_page.post(f"{START}{upload.pk}/discard/", follow=True)
    assert "Discarded. Nothing was imported." in response.content.decode()
    assert not Upload.objects.exists()


def test_bytes_that_are_no_text_are_refused_in_words(admin_page, db):
    response = to_new(admin_page, [file_of(b"PK\x03\x04\x00\x1b[31m" + bytes(range(256)) * 400, "posters.bin")])
    assert response.context["upload"].state == "failed"
    assert response.context["upload"].error.isprintable()
    assert "posters.bin" in text_of(response)
    assert facts() == ([], [], 0)


def test_a_refusal_by_the_database_at_the_very_end_undoes_all_and_can_be_tried_again(admin_page, db):
    def refuses(execute, sql, *rest):
        if sql.startswith('INSERT INTO "posters_uploadoutcome"'):
            raise OperationalError("disk full")
        return execute(sql, *rest)

    response = to_new(admin_page, programme("One"))
    upload = response.context["upload"]
    with connection.execute_wrapper(refuses):
        response = confirm(admin_page, response)
    assert "The database refused: disk full. Nothing was written." in text_of(response)
    assert facts() == ([], [], 0)
    confirm(admin_page, admin_page.post(f"{START}{upload.pk}/preview/", follow=True))
    assert Poster.objects.get().title == "One"


def test_foreign_text_is_shown_as_text(admin_page, db):
    response = to_new(admin_page, [file_of(programme("<script>alert(1)</script>"), "<b>x.json")])
    assert b"<script>alert" not in response.content
    assert b"&lt;script&gt;alert(1)&lt;/script&gt;" in response.content
    assert b"&lt;b&gt;x.json" in response.content


# Options


def test_a_file_of_one_session_gets_its_session_and_time(admin_page, db, iclr_page):
    response = to_new(
        admin_page,
        [file_of(iclr_page.read_bytes(), "page.txt")],
        time_zone="Africa/Kigali",
        session_slug="poster-session-4",
        session_starts="2023-05-02T16:30",
        session_ends="2023-05-02T18:30",
    )
    assert figures(response)["added"] == 145
    confirm(admin_page, response)
    session = Conference.objects.get().sessions.get()
    assert (session.slug, session.starts_at.isoformat()) == ("poster-session-4", "2023-05-02T14:30:00+00:00")


def test_missing_posters_are_withdrawn_only_if_asked(admin_page, db):
    imported(admin_page, programme("One", "Two"))
    response = bring(admin_page, programme("One"), conference="fresh-2031")
    assert figures(response)["missing from the files"] == 1
    upload = response.context["upload"]
    response = admin_page.post(f"{START}{upload.pk}/preview/", {"withdraw_missing": "on"}, follow=True)
    assert figures(response)["withdrawn"] == 1
    confirm(admin_page, response)
    assert list(Poster.objects.order_by("number").values_list("status", flat=True)) == ["published", "withdrawn"]


def test_an_edit_made_here_is_kept_until_it_is_released(admin_page, form_of, db):
    imported(admin_page, programme("One", "Two"))
    for number, title in ((1, "Edited"), (2, "Edited, too")):
        poster = Poster.objects.get(number=number)
        address = reverse("admin:posters_poster_change", args=[poster.pk])
        assert admin_page.post(address, {**form_of(poster), "title": title}).status_code == 302
    response = bring(admin_page, programme("One", "Two"), conference="fresh-2031")
    assert figures(response)["edited here and kept"] == 2
    upload, first = response.context["upload"], Poster.objects.get(number=1)
    released = {"attempt": upload.attempt, "release": f"poster:{first.pk}:title"}
    response = admin_page.post(f"{START}{upload.pk}/release/", released, follow=True)
    assert figures(response)["edited here and kept"] == 1
    assert figures(response)["changed"] == 1
    assert "“One”: title" in text_of(response)

    # Taken back, and released again.
    response = admin_page.post(f"{START}{upload.pk}/preview/", {}, follow=True)
    assert figures(response)["edited here and kept"] == 2
    released["attempt"] = response.context["upload"].attempt
    confirm(admin_page, admin_page.post(f"{START}{upload.pk}/release/", released, follow=True))
    assert list(Poster.objects.order_by("number").values_list("title", flat=True)) == ["One", "Edited, too"]


def test_a_table_asks_what_its_columns_are(admin_page, db):
    table = b"Heading,Authors,Shirt size\nOne,Ada M\xc3\xbcller; Bo Li,XL\n"
    response = to_new(admin_page, [file_of(table, "posters.csv")])
    upload = response.context["upload"]
    assert response.redirect_chain[-1][0] == f"{START}{upload.pk}/columns/"
    assert "no column is the title" in text_of(response)
    assert [column["header"] for column in upload.columns] == ["Heading", "Authors", "Shirt size"]
    answers = {"column-0": "title", "column-1": "authors", "column-2": ""}
    response = admin_page.post(f"{START}{upload.pk}/columns/", answers, follow=True)
    assert figures(response)["added"] == 1
    assert "Correct the columns" in text_of(response)
    confirm(admin_page, response)
    assert Poster.objects.get().title == "One"


# Others at the same time


def test_a_programme_that_has_moved_on_is_previewed_again(admin_page, db):
    imported(admin_page, programme("One", "Two"))
    response = bring(admin_page, programme("One", "Newer"), conference="fresh-2031")
    Poster.objects.filter(number=2).update(title="Moved on")
    before = facts()
    response = confirm(admin_page, response)
    assert facts() == before
    assert "The programme has moved on since the preview you confirmed." in text_of(response)
    assert "<del>Moved on</del>" in response.content.decode()
    confirm(admin_page, response)
    assert list(Poster.objects.order_by("number").values_list("title", flat=True)) == ["One", "Newer"]


def test_a_new_conference_that_somebody_else_made_meanwhile_has_moved_on(admin_page, db):
    response = to_new(admin_page, programme("One"))
    Conference.objects.create(name="Theirs", slug="fresh-2031", year=2031)
    response = confirm(admin_page, response)
    assert "The programme has moved on" in text_of(response)
    assert not Poster.objects.exists()


def test_of_two_confirmations_one_counts(admin_page, db, no_process):
    response = to_new(admin_page, programme("One"))
    upload = Upload.objects.get()
    work(key=upload.pk, attempt=upload.attempt)
    response = admin_page.get(f"{START}{upload.pk}/")
    first = confirm(admin_page, response)
    second = confirm(admin_page, response)
    assert "This import has moved on meanwhile" not in first.content.decode()
    assert "This import has moved on meanwhile" in second.content.decode()
    upload.refresh_from_db()
    assert (upload.state, upload.attempt) == ("importing", 2)
    work(key=upload.pk, attempt=2)
    work(key=upload.pk, attempt=2)
    assert Poster.objects.count() == 1
    assert "This import has moved on meanwhile" in confirm(admin_page, response).content.decode()


def test_a_preview_that_another_organiser_replaced_is_not_confirmed(admin_page, db):
    response = to_new(admin_page, programme("One"))
    upload = response.context["upload"]
    admin_page.post(f"{START}{upload.pk}/preview/", {"withdraw_missing": "on"})
    assert "This import has moved on meanwhile" in confirm(admin_page, response).content.decode()
    assert not Poster.objects.exists()


def test_what_was_discarded_while_it_was_read_leaves_nothing(admin_page, db, no_process):
    response = to_new(admin_page, programme("One"))
    upload = response.context["upload"]
    admin_page.post(f"{START}{upload.pk}/discard/")
    work(key=upload.pk, attempt=upload.attempt)
    assert (Upload.objects.count(), UploadOutcome.objects.count()) == (0, 0)


def test_a_process_that_is_there_is_followed_and_one_that_is_not_is_told(admin_page, db, no_process):
    response = to_new(admin_page, programme("One"))
    upload = Upload.objects.get()
    with uploads.running(upload):
        uploads.tell_progress(upload, 1_000, 3_000)
        response = admin_page.get(f"{START}{upload.pk}/")
        assert "1,000 of 3,000 records are done." in text_of(response)
        assert response["Refresh"] == f"2; url={START}{upload.pk}/"
    response = admin_page.get(f"{START}{upload.pk}/")
    assert "The preview ended before it was done" in text_of(response)
    assert not response.has_header("Refresh")
    admin_page.post(f"{START}{upload.pk}/preview/")
    upload.refresh_from_db()
    assert upload.attempt == 2
    work(key=upload.pk, attempt=1)
    work(key=upload.pk, attempt=2)
    assert figures(admin_page.get(f"{START}{upload.pk}/"))["added"] == 1


def test_what_nobody_confirms_is_forgotten(admin_page, db, settings, time_machine):
    time_machine.move_to("2031-01-01", tick=False)
    admin_page.force_login(User.objects.get())
    old = to_new(admin_page, programme("One")).context["upload"]
    stays = imported(admin_page, programme("One"), name="Other 2031").context["upload"]
    time_machine.move_to("2031-01-09", tick=False)
    admin_page.force_login(User.objects.get())
    new = to_new(admin_page, programme("Two")).context["upload"]
    assert set(Upload.objects.values_list("pk", flat=True)) == {stays.pk, new.pk}
    assert [folder.name for folder in (settings.MEDIA_ROOT / "uploads").iterdir()] == [str(new.pk)]
    assert old.pk != new.pk


# What is not let in


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({}, "Choose a conference above, or name the new one."),
        ({"name": "Admin"}, "“admin” is an address of the site itself."),
        ({"name": "Example 2030"}, "There is a conference example-2030 already: choose it above, or another address."),
        ({"conference": "example-2030", "name": "Other"}, "This is for a new conference."),
        ({"name": "会议"}, "Write an address in letters from a to z, digits and hyphens."),
        ({"name": "New", "time_zone": "Kigali"}, "“Kigali” is not a time zone of the IANA database"),
        ({"name": "New", "session_starts": "noon"}, "Write the time on the conference's clocks"),
        ({"name": "New", "session_starts": "2031-01-01T10:00Z"}, "Write the time on the conference's clocks"),
        (
            {"name": "New", "session_starts": "2031-01-01T10:00", "session_ends": "2031-01-01T09:00"},
            "It ends before it starts.",
        ),
        ({"name": "New", "format_name": "pdf"}, "Select a valid choice."),
        ({"name": "New", "file": []}, "This field is required."),
        ({"name": "New", "file": [b""]}, "programme.json is empty."),
        ({"name": "New", "file": [b"{}", b"{}"]}, "programme.json is there twice."),
        ({"name": "New", "file": [b"x" * 61]}, "programme.json is larger than 0 MB."),
    ],
)
def test_what_is_wrong_with_the_form_is_said(values, problem, admin_page, conference, monkeypatch):
    monkeypatch.setattr(uploads, "LARGEST_FILE", 60)
    files = [file_of(content) for content in values.get("file", [b"{}"])]
    response = admin_page.post(START, {"conference": "", **values, "file": files})
    assert response.status_code == 200
    errors = [str(error) for errors in response.context["form"].errors.values() for error in errors]
    assert len(errors) == 1
    assert problem in errors[0]
    assert not Upload.objects.exists()


def test_a_file_among_several_that_is_no_programme_is_refused(admin_page, db):
    response = to_new(admin_page, [file_of(programme("One")), file_of(b"x", "photo.jpg")])
    assert "photo.jpg is no part of a programme" in text_of(response)


def test_no_name_of_a_file_leads_out_of_its_folder(admin_page, db, settings):
    boundary = "frontier"
    names = ["../../evil.json", "..\\\\evil2.json", "/etc/evil3.json"]
    parts = [f'Content-Disposition: form-data; name="{n}"\r\n\r\n{v}' for n, v in {"name": "New"}.items()]
    parts += [
        f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n'
        f"Content-Type: application/json\r\n\r\n{json.dumps(programme('One'))}"
        for name in names
    ]
    body = "".join(f"--{boundary}\r\n{part}\r\n" for part in parts) + f"--{boundary}--\r\n"
    admin_page.post(START, body.encode(), content_type=f"multipart/form-data; boundary={boundary}")
    upload = Upload.objects.get()
    assert upload.files == ["evil.json", "evil2.json", "evil3.json"]
    stored = {path.relative_to(settings.MEDIA_ROOT).as_posix() for path in settings.MEDIA_ROOT.rglob("*")}
    assert {path for path in stored if path.endswith(("0", "1", "2"))} >= {f"uploads/{upload.pk}/{n}" for n in range(3)}
    assert not [path for path in stored if "evil" in path]


def test_only_who_may_add_and_change_posters_imports(client, db, django_user_model):
    upload = Upload.objects.create(conference="x", files=["x.json"])
    pages = [START] + [f"{START}{upload.pk}/{name}" for name in ("", "columns/", "report.json")]
    actions = [START] + [
        f"{START}{upload.pk}/{name}/" for name in ("columns", "preview", "release", "confirm", "discard")
    ]
    for address in pages:
        assert client.get(address)["Location"].startswith("/admin/login/")
    user = django_user_model.objects.create(username="viewer", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_poster", "change_poster"]))
    client.force_login(user)
    assert [client.get(address).status_code for address in pages] == [403] * 4
    assert [client.post(address).status_code for address in actions] == [403] * 6
    assert b"Import a programme" not in client.get("/admin/").content
    user.user_permissions.add(Permission.objects.get(codename="add_poster"))
    assert client.get(f"{START}{upload.pk}/").status_code == 200
    assert b"Import a programme" in client.get("/admin/").content


def test_only_a_form_of_ours_confirms(admin_page, organiser, db):
    upload = to_new(admin_page, programme("One")).context["upload"]
    for name in ("confirm", "discard", "preview", "release"):
        assert admin_page.get(f"{START}{upload.pk}/{name}/").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(organiser)
    assert strict.post(f"{START}{upload.pk}/confirm/", {"attempt": upload.attempt}).status_code == 403
    assert not Poster.objects.exists()


def test_pages_are_private_and_the_way_there_is_linked(admin_page, conference):
    response = bring(admin_page, programme("One"), conference="example-2030")
    assert "no-store" in response["Cache-Control"]
    assert "private" in response["Cache-Control"]
    for address in ("/admin/?editions", "/admin/posters/poster/", "/admin/posters/conference/"):
        assert Text(admin_page.get(address)).links[START][0] == "Import a programme"
    links = Text(admin_page.get("/admin/posters/poster/?conference=example-2030")).links
    assert links[f"{START}?conference=example-2030"] == ["Import a programme"]


# Many


def test_a_preview_asks_the_same_for_10_records_and_for_1000(admin_page, db):
    small = to_new(admin_page, programme(*(f"Poster {n}" for n in range(10)))).context["upload"]
    large = to_new(admin_page, programme(*(f"Poster {n}" for n in range(1_000)))).context["upload"]
    few, _ = queries_of(admin_page, f"{START}{small.pk}/")
    many, response = queries_of(admin_page, f"{START}{large.pk}/?page=20")
    assert many == few
    assert few <= 10
    assert "Poster 999" in text_of(response)
    assert len(response.content) < 60_000
    assert [row.name for row, _ in response.context["rows"]] == [f"Poster {n}" for n in range(950, 1_000)]
    assert response.context["page"].paginator.count == 1_000
