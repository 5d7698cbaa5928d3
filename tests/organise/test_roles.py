"""Organiser, Editor, Session chair and Viewer: what each may do, and what each tries in vain."""

import html
import re
from importlib import import_module

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from posters.models import (
    Announcement,
    Author,
    Board,
    Change,
    Conference,
    Decision,
    Link,
    Poster,
    PosterTopic,
    Presentation,
    Room,
    Session,
    Topic,
    Upload,
)
from tests.organise.conftest import add_address, change_address, filled_in, list_address

MODELS = (Conference, Session, Poster, Author, Topic, Decision, Room, Board, Announcement, Change)
ROLES = ("Organiser", "Editor", "Session chair", "Viewer")


@pytest.fixture
def account(django_user_model):
    """A maker of staff accounts with these roles."""

    def make(*roles, name="someone"):
        user = django_user_model.objects.create(username=name, email=f"{name}@example.org", is_staff=True)
        user.groups.set(Group.objects.filter(name__in=roles))
        return user

    return make


@pytest.fixture
def signed_in(client, account):
    """The site as somebody with these roles sees it."""

    def sign_in(*roles):
        client.force_login(account(*roles))
        return client

    return sign_in


@pytest.fixture
def chair(conference, client, account):
    """The site as the chair of “Poster Session 1” sees it."""
    user = account("Session chair")
    conference.sessions.get(slug="poster-session-1").chairs.add(user)
    client.force_login(user)
    return client


def everything():
    """All rows of the programme, to see that nothing was written."""
    written = (*MODELS, Presentation, Link, PosterTopic, Poster.authors.through, Session.chairs.through)
    return {model.__name__: sorted(model.objects.values_list(), key=str) for model in written}


def delete_address(obj):
    return reverse(f"admin:posters_{obj._meta.model_name}_delete", args=[obj.pk])


def history_address(obj):
    return reverse(f"admin:posters_{obj._meta.model_name}_history", args=[obj.pk])


def offered(client, source, field, **parameters):
    """What an autocomplete answers: its status and the texts."""
    where = {"app_label": "posters", "model_name": source._meta.model_name, "field_name": field}
    response = client.get(reverse("admin:autocomplete"), {**where, **parameters})
    texts = [result["text"] for result in response.json()["results"]] if response.status_code == 200 else None
    return response.status_code, texts


def open_lists(client):
    """The lists that open for this account."""
    return [model.__name__ for model in MODELS if client.get(list_address(model)).status_code == 200]


def save(client, obj, **values):
    """Send an object's form as it is shown, with these values beside."""
    address = change_address(obj)
    return client.post(address, {**filled_in(client.get(address)), **values})


LINK = re.compile(r'href="(/admin/[^"#]+)"')


# What is there


def test_the_roles_are_there_from_the_start(db):
    assert sorted(Group.objects.values_list("name", flat=True)) == sorted(ROLES)


@pytest.mark.parametrize(
    ("role", "lists"),
    [
        ("Organiser", [model.__name__ for model in MODELS]),
        ("Editor", [model.__name__ for model in MODELS]),
        ("Session chair", ["Session", "Poster"]),
        ("Viewer", ["Conference", "Session", "Topic", "Decision", "Room"]),
        ("none", []),
    ],
)
def test_each_role_has_its_lists(role, lists, conference, signed_in):
    client = signed_in(role)
    assert open_lists(client) == lists
    (app,) = client.get(reverse("admin:index") + "?editions").context["app_list"] or [{"models": []}]
    assert {entry["object_name"] for entry in app["models"]} == set(lists)


@pytest.mark.parametrize("role", ROLES[1:])
def test_only_organisers_import_and_export(role, conference, signed_in):
    client = signed_in(role)
    upload = Upload.objects.create(conference=conference.slug, state=Upload.State.PREVIEWED)
    before = everything()
    assert client.get(reverse("admin:imports")).status_code == 403
    assert client.post(reverse("admin:imports"), {"conference": conference.slug}).status_code == 403
    for name in ("import", "import_columns", "import_json"):
        assert client.get(reverse(f"admin:{name}", args=[upload.pk])).status_code == 403
    for name in ("import_preview", "import_release", "import_confirm", "import_discard"):
        assert client.post(reverse(f"admin:{name}", args=[upload.pk]), {"attempt": "1"}).status_code == 403
    for name in ("json", "csv", "xlsx"):
        assert client.get(reverse("admin:export_programme", args=[conference.pk, name])).status_code == 403
    assert "/export/" not in client.get(change_address(conference)).content.decode()
    assert "/imports/" not in client.get(reverse("admin:index") + "?editions").content.decode()
    assert Upload.objects.get().state == Upload.State.PREVIEWED
    assert everything() == before


@pytest.mark.parametrize("role", ROLES)
def test_the_public_files_are_the_same_for_every_role(role, conference, client, account):
    addresses = [f"/{conference.slug}/programme.json", f"/{conference.slug}/programme.csv"]
    public = [client.get(address).content for address in addresses]
    client.force_login(account(role))
    assert [client.get(address).content for address in addresses] == public
    assert b"A Secret Draft" not in b"".join(public)
    Conference.objects.get(pk=conference.pk).save()
    Conference.objects.update(is_published=False)
    assert [client.get(address).status_code for address in addresses] == [404, 404]


@pytest.mark.parametrize("role", ROLES[1:])
def test_only_organisers_add_and_delete(role, conference, signed_in):
    client = signed_in(role)
    announcement = Announcement.objects.create(conference=conference, text="Lunch is late.")
    poster, session = conference.posters.get(number=1), conference.sessions.get(slug="poster-session-1")
    session.chairs.add(client.get("/admin/").wsgi_request.user)
    rows = [conference, session, poster, poster.authors.first(), poster.topics.get(), poster.decision]
    rows += [session.room, Board.objects.first(), announcement]
    before = everything()
    for row in rows:
        assert client.post(delete_address(row), {"post": "yes"}).status_code in {302, 403}
        chosen = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
        assert client.post(list_address(type(row)), chosen).status_code in {200, 302, 403}
    for model in MODELS[:8]:
        if role == "Editor" and model is Topic:
            continue
        assert client.get(add_address(model, conference)).status_code == 403
        assert client.post(add_address(model, conference), {"name": "New", "slug": "new"}).status_code == 403
    assert everything() == before


# Organiser


def test_an_organiser_runs_the_whole_programme(conference, signed_in):
    client = signed_in("Organiser")
    poster, session = conference.posters.get(number=1), conference.sessions.get(slug="poster-session-1")
    assert save(client, conference, name="Renamed").status_code == 302
    assert save(client, poster, status="draft", title="New").status_code == 302
    assert client.post(delete_address(session), {"post": "yes"}).status_code == 302
    assert client.get(reverse("admin:imports")).status_code == 200
    assert client.get(reverse("admin:export_programme", args=[conference.pk, "json"])).status_code == 200
    assert client.get(history_address(poster), follow=True).status_code == 200
    poster.refresh_from_db()
    assert (poster.status, poster.title) == ("draft", "New")
    assert Conference.objects.get().name == "Renamed"
    assert not Session.objects.filter(pk=session.pk).exists()


def test_an_organiser_names_chairs_and_sees_no_accounts(conference, signed_in, account, django_user_model):
    client = signed_in("Organiser")
    other = account(name="other")
    django_user_model.objects.create(username="attendee", email="attendee@example.org")
    session = conference.sessions.get(slug="poster-session-1")
    assert offered(client, Session, "chairs") == (200, ["other", "someone"])
    assert offered(client, Session, "chairs", term="attendee@") == (200, [])
    assert offered(client, Change, "actor") == (403, None)
    assert client.get(reverse("admin:auth_user_changelist")).status_code == 403
    assert save(client, session, chairs=[other.pk]).status_code == 302
    assert list(session.chairs.all()) == [other]
    attendee = django_user_model.objects.get(username="attendee")
    assert save(client, session, chairs=[attendee.pk]).status_code == 200
    assert list(session.chairs.all()) == [other]


# Editor


def test_an_editor_edits_texts_and_nothing_beside_them(conference, signed_in):
    client = signed_in("Editor")
    poster = conference.posters.get(number=1)
    robots, decision = conference.topics.get(slug="robots"), conference.decisions.get(name="Poster accept")
    before = Poster.objects.values().get(pk=poster.pk)
    authors = list(poster.authorships.values("pk", "author", "position", "is_presenter"))
    places = poster.presentations.order_by("pk").values("pk", "session", "board", "format", "position")
    shown = list(places)
    links = list(poster.links.values())
    other = conference.authors.exclude(posters=poster).first()
    response = save(
        client,
        poster,
        title="A better title",
        abstract="Better words.",
        keywords="better",
        topic_choice=[robots.pk],
        **{"authorships-0-affiliation": "University of Better"},
        number="77",
        status="withdrawn",
        decision=decision.pk,
        source_id="taken over",
        conference="99",
        **{
            "authorships-0-author": other.pk,
            "authorships-0-position": "2",
            "authorships-0-is_presenter": "on",
            "authorships-1-DELETE": "on",
            "authorships-TOTAL_FORMS": "3",
            "authorships-2-author": other.pk,
            "authorships-2-affiliation": "Smuggled in",
            "authorships-2-poster": poster.pk,
            "presentations-TOTAL_FORMS": "2",
            "presentations-INITIAL_FORMS": "2",
            "presentations-0-id": shown[0]["pk"],
            "presentations-0-poster": poster.pk,
            "presentations-0-board": "",
            "presentations-0-format": "virtual",
            "presentations-0-DELETE": "on",
            "presentations-1-id": shown[1]["pk"],
            "presentations-1-poster": poster.pk,
            "links-TOTAL_FORMS": "1",
            "links-INITIAL_FORMS": "0",
            "links-0-kind": "code",
            "links-0-url": "https://example.org/smuggled",
        },
    )
    assert response.status_code == 302
    after = {"title": "A better title", "abstract": "Better words.", "keywords": "better"}
    assert Poster.objects.values().get(pk=poster.pk) == {**before, **after}
    assert list(poster.topics.all()) == [robots]
    assert list(poster.authorships.values("pk", "author", "position", "is_presenter")) == authors
    assert poster.authorships.get(position=1).affiliation == "University of Better"
    assert list(places.all()) == shown
    assert list(poster.links.values()) == links


def test_an_editor_renames_authors_topics_and_sessions(conference, signed_in):
    client = signed_in("Editor")
    author, topic = conference.authors.get(slug="ada-muller"), conference.topics.get(slug="robots")
    session = conference.sessions.get(slug="poster-session-1")
    times = Session.objects.values("starts_at", "ends_at", "room", "kind", "slug").get(pk=session.pk)
    assert save(client, author, name="Ada M. Müller", slug="gone", source_id="x").status_code == 302
    assert save(client, topic, name="Robots and rest").status_code == 302
    change = {"title": "Posters of the first day", "description": "Welcome.", "kind": "oral", "slug": "gone"}
    moved = {"starts_at": "2030-06-03T08:00", "ends_at": "2030-06-03T09:00", "room": ""}
    assert save(client, session, **change, **moved, chairs=[1]).status_code == 302
    author.refresh_from_db()
    session.refresh_from_db()
    assert (author.name, author.slug, author.source_id) == ("Ada M. Müller", "ada-muller", "")
    assert conference.topics.get(slug="robots").name == "Robots and rest"
    assert (session.title, session.description) == ("Posters of the first day", "Welcome.")
    assert Session.objects.values("starts_at", "ends_at", "room", "kind", "slug").get(pk=session.pk) == times
    assert not session.chairs.exists()


def test_an_editor_announces(conference, signed_in):
    client = signed_in("Editor")
    address = add_address(Announcement, conference)
    assert client.post(address, {**filled_in(client.get(address)), "text": "Coffee!"}).status_code == 302
    assert save(client, Announcement.objects.get(), text="Tea!").status_code == 302
    assert Announcement.objects.get().text == "Tea!"


def test_an_editor_does_not_publish_or_change_what_is_no_text(conference, signed_in):
    client = signed_in("Editor")
    before = everything()
    rows = [conference, conference.decisions.first(), conference.rooms.first(), Board.objects.first()]
    for row in rows:
        address = change_address(row)
        assert client.get(address).status_code == 200
        assert client.post(address, {"name": "x", "is_published": "", "label": "x"}).status_code == 403
    assert everything() == before


# Session chair


def test_a_chair_sees_their_own_sessions_only(conference, chair):
    (shown,) = chair.get(list_address(Session)).context["cl"].result_list
    assert shown.slug == "poster-session-1"
    posters = chair.get(list_address(Poster)).context["cl"].result_list
    assert [poster.number for poster in posters] == [1, 2, 3]
    page = chair.get(list_address(Poster)).content.decode()
    assert "Poster Session 1 · A3" in page
    assert "Oral Session" not in page  # Poster 1 is shown there as well.
    assert "Poster Session 2" not in page


@pytest.mark.parametrize("address", [change_address, history_address, delete_address])
def test_a_chair_opens_no_other_sessions_pages(address, conference, chair):
    others = [conference.sessions.get(slug="poster-session-2"), conference.posters.get(number=4)]
    hidden = [conference, conference.authors.first(), conference.topics.first(), Board.objects.first()]
    before = everything()
    for obj in (*others, *hidden):
        for response in (chair.get(address(obj)), chair.post(address(obj), {"description": "x", "post": "yes"})):
            assert response.status_code == 403 or response.headers["Location"] == reverse("admin:index")
    assert everything() == before


def test_a_chair_describes_the_session_and_no_more(conference, chair):
    session = conference.sessions.get(slug="poster-session-1")
    before = Session.objects.values().get(pk=session.pk)
    links = {
        "links-TOTAL_FORMS": "1",
        "links-INITIAL_FORMS": "0",
        "links-0-kind": "code",
        "links-0-url": "https://example.org/smuggled",
    }
    other = conference.sessions.get(slug="poster-session-2")
    extra = {"title": "Mine", "slug": "mine", "starts_at": "2030-06-03T08:00", "room": "", "kind": "oral", "chairs": []}
    assert save(chair, session, description="Welcome.", id=other.pk, **extra, **links).status_code == 302
    kept = {**before, "description": "Welcome."}
    after = Session.objects.values().get(pk=session.pk)
    assert {**after, "sequence": 0, "changed_at": None} == {**kept, "sequence": 0, "changed_at": None}
    assert session.chairs.count() == 1
    assert not session.links.exists()


def presentation_rows(client, poster):
    """The rows of a poster's form that say where it hangs."""
    formsets = client.get(change_address(poster)).context["inline_admin_formsets"]
    (shown,) = (inline.formset for inline in formsets if inline.opts.model is Presentation)
    return [form.instance for form in shown.forms]


def test_a_chair_arranges_the_session_s_posters(conference, chair):
    poster = conference.posters.get(number=1)
    own = poster.presentations.get(session__slug="poster-session-1")
    oral = poster.presentations.values().get(session__slug="oral-session")
    assert presentation_rows(chair, poster) == [own]
    before = Poster.objects.values().get(pk=poster.pk)
    authors = list(poster.authorships.values())
    board = Board.objects.get(label="A9")
    response = save(
        chair,
        poster,
        **{
            "presentations-0-board": board.pk,
            "presentations-0-format": "virtual",
            "presentations-0-position": "7",
            "presentations-0-session": conference.sessions.get(slug="poster-session-2").pk,
            "presentations-0-presenter_starts_at": "2030-06-03T10:15",
            "presentations-0-presenter_ends_at": "2030-06-03T10:45",
            "presentations-0-DELETE": "on",
            "authorships-TOTAL_FORMS": "1",
            "authorships-INITIAL_FORMS": "1",
            "authorships-0-id": authors[0]["id"],
            "authorships-0-affiliation": "Smuggled in",
        },
        title="Mine",
        abstract="",
        status="withdrawn",
        topic_choice=[],
    )
    assert response.status_code == 302
    own.refresh_from_db()
    assert (own.board, own.format, own.position) == (board, "virtual", 7)
    assert (own.session.slug, own.presenter_starts_at) == ("poster-session-1", None)
    assert Poster.objects.values().get(pk=poster.pk) == before
    assert list(poster.authorships.values()) == authors
    assert poster.topics.count() == 1
    assert poster.presentations.values().get(session__slug="oral-session") == oral


def test_a_chair_s_blank_position_is_the_last(conference, chair):
    poster = conference.posters.get(number=1)
    assert save(chair, poster, **{"presentations-0-position": ""}).status_code == 302
    own = poster.presentations.get(session__slug="poster-session-1")
    others = own.session.presentations.exclude(pk=own.pk)
    assert own.position > max(others.values_list("position", flat=True))


def test_a_chair_cannot_take_a_board_that_is_taken_or_elsewhere(conference, chair):
    poster = conference.posters.get(number=1)
    elsewhere = Board.objects.create(room=conference.rooms.get(name="Auditorium"), label="X1")
    before = everything()
    for label, words in (("A1", "Another poster hangs on this board in this session."), ("X1", "valid choice")):
        board = Board.objects.get(label=label)
        response = save(chair, poster, **{"presentations-0-board": board.pk})
        assert response.status_code == 200
        assert words in response.content.decode()
    assert everything() == before
    assert elsewhere.presentations.count() == 0


def test_a_chair_cannot_reach_another_session_s_row_through_an_own_poster(conference, chair):
    poster = conference.posters.get(number=1)
    oral = poster.presentations.get(session__slug="oral-session")
    before = everything()
    smuggled = {"presentations-0-id": oral.pk, "presentations-0-format": "virtual"}
    assert save(chair, poster, **smuggled).status_code == 200
    two = {
        "presentations-TOTAL_FORMS": "2",
        "presentations-INITIAL_FORMS": "2",
        "presentations-1-id": oral.pk,
        "presentations-1-poster": poster.pk,
        "presentations-1-format": "virtual",
    }
    save(chair, poster, **two)
    assert everything() == before


def test_a_chair_is_offered_what_belongs_to_own_sessions(conference, chair):
    status, boards = offered(chair, Presentation, "board")
    assert (status, len(boards)) == (200, 12)
    assert {board.split(" · ")[1] for board in boards} == {"Hall A (Example Conference 2030)"}
    Board.objects.create(room=conference.rooms.get(name="Auditorium"), label="X1")
    assert offered(chair, Presentation, "board", term="X1") == (200, [])
    status, sessions = offered(chair, Presentation, "session")
    assert (status, [text.split(" · ")[0] for text in sessions]) == (200, ["Poster Session 1"])
    status, posters = offered(chair, Presentation, "poster")
    assert (status, [text.split(" · ")[0] for text in posters]) == (200, ["1", "2", "3"])
    for source, field in (
        (Poster.authors.through, "author"),
        (Poster, "decision"),
        (PosterTopic, "topic"),
        (Session, "chairs"),
        (Change, "actor"),
    ):
        assert offered(chair, source, field) == (403, None)


def test_a_chair_s_filters_name_own_sessions_only(conference, edition, chair):
    edition("other", 2)
    specs = chair.get(list_address(Poster)).context["cl"].filter_specs
    names = {spec.title: [name for _, name in spec.lookup_choices] for spec in specs if hasattr(spec, "lookup_choices")}
    assert names["conference"] == ["Example Conference 2030"]
    assert names["session"] == ["Example Conference 2030: Poster Session 1"]
    assert "decision" not in names


def test_a_chair_of_nothing_sees_nothing(conference, signed_in):
    client = signed_in("Session chair")
    for model in (Session, Poster):
        assert list(client.get(list_address(model)).context["cl"].result_list) == []
    assert offered(client, Presentation, "board") == (200, [])


def test_who_is_named_chair_without_the_role_is_none(conference, client, account):
    user = account()
    conference.sessions.get(slug="poster-session-1").chairs.add(user)
    client.force_login(user)
    assert open_lists(client) == []
    assert client.get(change_address(conference.sessions.get(slug="poster-session-1"))).status_code == 403


# Viewer


def test_a_viewer_sees_figures_and_no_person(conference, signed_in, account):
    client = signed_in("Viewer")
    conference.sessions.get(slug="poster-session-1").chairs.add(account(name="chairperson"))
    home = reverse("admin:conference_home", args=[conference.slug])
    Change.objects.update(actor=account(name="busybody"))
    pages = [list_address(model) for model in (Conference, Session, Topic, Decision, Room)]
    pages += [change_address(obj) for obj in (conference, *conference.sessions.all(), *conference.topics.all())]
    for address in (reverse("admin:index") + "?editions", home, *pages):
        response = client.get(address)
        assert response.status_code == 200
        page = response.content.decode()
        assert "chairperson" not in page
        assert "busybody" not in page
        assert "Fatou Ndiaye" not in page
        assert "Schrödinger" not in page
        assert "Ada Müller" not in page
        assert "/posters/poster/" not in page
        assert "/posters/author/" not in page
    assert "<a><strong>8</strong> posters</a>" in client.get(home).content.decode()
    (row,) = client.get(list_address(Conference)).context["cl"].result_list
    assert (row.sessions_count, row.posters_count) == (5, 8)
    assert '<td class="field-poster_figure">8</td>' in client.get(list_address(Conference)).content.decode()


def test_an_edition_s_home_is_open_to_who_sees_conferences(conference, account):
    pages = ("conference_home", "conference_attention", "conference_wishes")
    for role, opens in {"Session chair": [], "Viewer": [pages[0], pages[2]], "Editor": list(pages)}.items():
        client = Client()
        client.force_login(account(role, name=role))
        answers = {page: client.get(reverse(f"admin:{page}", args=[conference.slug])).status_code for page in pages}
        assert answers == {page: 200 if page in opens else 403 for page in pages}, role


def test_an_editor_s_home_tells_what_needs_attention_and_who_changed_what(conference, signed_in, account):
    client = signed_in("Editor")
    Change.objects.update(actor=account(name="busybody"))
    page = client.get(reverse("admin:conference_home", args=[conference.slug])).content.decode()
    assert "busybody" in page
    assert 'id="attention"' in page


def test_a_viewer_changes_nothing_and_looks_nothing_up(conference, signed_in):
    client = signed_in("Viewer")
    before = everything()
    session = conference.sessions.get(slug="poster-session-1")
    for obj in (conference, session, conference.topics.first(), conference.decisions.first(), session.room):
        assert client.post(change_address(obj), {"name": "x", "title": "x"}).status_code == 403
        assert client.get(history_address(obj)).status_code == 403
        assert "/history/" not in client.get(change_address(obj)).content.decode()
    for obj in (conference.posters.first(), conference.authors.first(), Board.objects.first(), Change.objects.first()):
        assert client.get(change_address(obj)).status_code == 403
        assert client.get(list_address(type(obj))).status_code == 403
    for source, field in (
        (Presentation, "poster"),
        (Presentation, "board"),
        (Poster.authors.through, "author"),
        (Session, "chairs"),
        (Change, "actor"),
    ):
        assert offered(client, source, field) == (403, None)
    asked = client.get(list_address(Session), {"chairs__username__startswith": "a"})
    assert (asked.status_code, asked.headers.get("Location")) == (400, None)
    assert everything() == before


# Several, none, and how much they ask


def test_two_roles_add_up(conference, client, account):
    user = account("Editor", "Session chair")
    conference.sessions.get(slug="poster-session-1").chairs.add(user)
    client.force_login(user)
    own, other = conference.posters.get(number=2), conference.posters.get(number=4)
    assert save(client, own, title="Mine", **{"presentations-0-format": "virtual"}).status_code == 302
    assert save(client, other, title="Theirs", **{"presentations-0-format": "virtual"}).status_code == 302
    assert (own.presentations.get().format, other.presentations.get().format) == ("virtual", "in-person")
    assert list(Poster.objects.filter(number__in=[2, 4]).values_list("title", flat=True)) == ["Mine", "Theirs"]


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES)
def test_pages_ask_the_same_however_much_there_is(role, edition, client, account):
    user = account(role)
    client.force_login(user)

    def queries(conference):
        Session.chairs.through.objects.bulk_create(
            Session.chairs.through(session=session, user=user) for session in conference.sessions.all()
        )
        # Of the log one kind of entry: it looks names up once for each kind on the page.
        lists = [list_address(model) + ("?action__exact=changed" if model is Change else "") for model in MODELS]
        forms = [change_address(obj) for obj in (conference.sessions.first(), conference.posters.first())]
        counts = []
        for address in (*lists, *forms):
            client.get(address)
            with CaptureQueriesContext(connection) as captured:
                status = client.get(address).status_code
            counts.append((status, len(captured)))
        return counts

    few = queries(edition("small", 5))
    assert queries(edition("large", 45, authors=20)) == few
    assert max(count for _, count in few) <= 15


def test_the_migration_can_run_again(db):
    Group.objects.get(name="Viewer").delete()
    Group.objects.get(name="Editor").permissions.clear()
    Group.objects.get(name="Session chair").permissions.add(Permission.objects.get(codename="view_topic"))
    migration = import_module("posters.migrations.0017_roles")
    apps = MigrationLoader(connection).project_state(("posters", "0017_roles")).apps
    for _ in range(2):
        migration.make_roles(apps, connection.schema_editor())
    counts = {group.name: group.permissions.count() for group in Group.objects.all()}
    assert counts == {"Organiser": 57, "Editor": 19, "Session chair": 2, "Viewer": 5}


@pytest.mark.parametrize("role", ["Editor", "Session chair", "Viewer"])
def test_only_organisers_work_in_bulk_publish_merge_lay_out_and_undo(role, conference, signed_in, django_user_model):
    client = signed_in(role)
    conference.sessions.get(slug="poster-session-1").chairs.add(django_user_model.objects.get())
    poster, author, room = conference.posters.get(number=2), Author.objects.first(), Room.objects.first()
    written = Change.objects.filter(action="added").first()
    pages = [
        reverse("admin:posters_poster_bulk", args=["withdraw"]),
        reverse("admin:posters_conference_publish", args=[conference.pk]),
        reverse("admin:posters_author_merge", args=[author.pk]),
        reverse("admin:posters_author_split", args=[author.pk]),
        reverse("admin:posters_room_layout", args=[room.pk]),
        reverse("admin:posters_room_plan", args=[room.pk]),
        reverse("admin:posters_revision_undo", args=[conference.slug, written.revision]),
        reverse("admin:posters_change_restore", args=[written.pk]),
    ]
    before = everything()
    sent = {"posters": poster.pk, "reason": "x", "confirm": "1", "sight": conference.revision}
    assert [client.post(page, sent).status_code for page in pages] == [403] * len(pages)
    client.post(list_address(Poster), {"action": "bulk_withdraw", "_selected_action": [poster.pk]})
    assert everything() == before


# Links


@pytest.mark.slow
@pytest.mark.parametrize("role", ROLES)
def test_no_form_offers_a_link_that_its_reader_may_not_open(role, conference, signed_in):
    client = signed_in(role)
    Session.objects.get(slug="poster-session-1").chairs.set(User.objects.filter(username="someone"))
    poster = conference.posters.get(number=1)
    pages = [*(model.objects.order_by("pk").first() for model in MODELS[:-1]), poster]
    addresses = [f"/admin/conference/{conference.slug}/", *(change_address(obj) for obj in pages if obj)]
    opened = {address: client.get(address) for address in dict.fromkeys(addresses)}
    links = {
        html.unescape(link): address
        for address, response in opened.items()
        if response.status_code == 200
        for link in LINK.findall(response.content.decode())
    }
    refused = {link: address for link, address in links.items() if client.get(link).status_code in (403, 404)}
    assert refused == {}
    assert links


def test_posters_side_by_side_are_for_who_sees_all_posters(conference, account):
    first, second, *_ = conference.posters.values_list("pk", flat=True)
    address = f"{reverse('admin:posters_poster_side_by_side')}?posters={first},{second}"
    for role, (status, may_withdraw) in {
        "Organiser": (200, True),
        "Editor": (200, False),
        "Session chair": (403, False),
        "Viewer": (403, False),
    }.items():
        client = Client()
        client.force_login(account(role, name=role))
        response = client.get(address)
        assert (response.status_code, b">Withdraw</a>" in response.content) == (status, may_withdraw), role
