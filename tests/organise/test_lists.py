"""Columns and filters that answer an organiser's questions, and what an organiser cannot do."""

import html
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.contrib.admin.templatetags.admin_list import results
from django.contrib.auth.models import Permission
from django.urls import reverse
from django.utils.html import strip_tags

from posters.models import Author, Board, Change, Conference, Poster, Room, Session, Topic
from posters.programme.revision import programme_change
from tests.organise.conftest import add_address, change_address, list_address


def rows(admin_page, model, **parameters):
    """The cells of a list as text, without the tick box."""
    response = admin_page.get(list_address(model), parameters)
    assert response.status_code == 200
    table = []
    for cells in results(response.context["cl"]):
        texts = [" ".join(html.unescape(strip_tags(str(cell))).split()) for cell in cells]
        table.append(texts[1:] if "action-checkbox" in cells[0] else texts)
    return table


def column(table, number):
    return [row[number] for row in table]


def test_posters_tell_what_they_are_and_what_they_need(conference, admin_page):
    table = rows(admin_page, Poster)
    assert table[0] == [
        "1",
        "Schrödinger Bridges & Their ℓ_∞ Norms",
        "Ada Müller et al.",
        "Top 5%",
        "Poster Session 1 · A3; Oral Session",
        "In person",
        "Published",
        "–",
        "View",
    ]
    assert table[3][1:3] == ["Untitled poster 4", "Dana Šimić et al."]
    assert table[5][2] == "Chidi Okafor"
    assert column(table, 5) == ["In person"] * 2 + ["Virtual"] + ["In person"] * 5
    assert column(table, 7) == ["–", "–", "no abstract", "no title", "–", "–", "no board", "–"]
    assert column(table, 8) == ["View"] * 7 + ["–"]
    page = admin_page.get(list_address(Poster)).content.decode()
    assert '<strong class="untitled">Untitled poster 4</strong>' in page
    assert 'href="/example-2030/posters/4/"' in page


@pytest.mark.parametrize(
    ("parameters", "numbers"),
    [
        ({"needs": "any"}, ["3", "4", "7"]),
        ({"needs": "title"}, ["4"]),
        ({"needs": "abstract"}, ["3"]),
        ({"needs": "board"}, ["7"]),
        ({"needs": "authors"}, []),
        ({"needs": "session"}, []),
        ({"format": "virtual"}, ["3"]),
        ({"status__exact": "draft"}, ["8"]),
        ({"conference": "example-2030", "needs": "board"}, ["7"]),
        ({"conference": "other"}, []),
        ({"session": "x"}, []),
        ({"session": "99999999999999999999999"}, []),
        ({"q": "okafor"}, ["2", "6"]),
        ({"q": "6"}, ["6"]),
        ({"q": "bridges"}, ["1"]),
    ],
)
def test_filters_and_search_of_posters(parameters, numbers, conference, admin_page):
    assert column(rows(admin_page, Poster, **parameters), 0) == numbers


def test_posters_without_authors_or_session_are_found(conference, admin_page):
    conference.posters.get(number=2).authorships.all().delete()
    conference.posters.get(number=6).presentations.all().delete()
    assert column(rows(admin_page, Poster, needs="authors"), 0) == ["2"]
    assert column(rows(admin_page, Poster, needs="session"), 0) == ["6"]
    assert column(rows(admin_page, Poster, needs="any"), 0) == ["2", "3", "4", "6", "7"]


def test_filters_name_what_the_chosen_conference_has(conference, edition, admin_page):
    edition("other", 2)

    def choices(**parameters):
        specs = admin_page.get(list_address(Poster), parameters).context["cl"].filter_specs
        return {
            spec.title: [name for _, name in spec.lookup_choices] for spec in specs if hasattr(spec, "lookup_choices")
        }

    assert choices(conference="other")["session"] == ["Session 0", "Session 1"]
    assert choices()["session"][:2] == ["Edition other: Session 0", "Edition other: Session 1"]
    assert choices()["decision"][2:] == [
        "Example Conference 2030: Top 5%",
        "Example Conference 2030: Top 25%",
        "Example Conference 2030: Poster accept",
    ]


def test_a_filter_never_lists_hundreds(edition, admin_page):
    conference = edition("large", 101)
    specs = admin_page.get(list_address(Poster)).context["cl"].filter_specs
    assert [spec.title for spec in specs] == ["conference", "needs attention", "format", "status"]
    chosen = conference.sessions.get(slug="session-7")
    assert column(rows(admin_page, Poster, conference="large", session=chosen.pk), 0) == ["8"]


def test_sessions_tell_when_on_the_conferences_clocks_and_how_full(conference, admin_page):
    table = rows(admin_page, Session, conference="example-2030")
    assert [row[:6] for row in table] == [
        [
            "Poster Session 1",
            "Mon 3 Jun 2030, 10:00–12:00 Africa/Kigali",
            "Poster session",
            "Hall A",
            "3",
            "–",
        ],
        ["Opening Keynote", "Mon 3 Jun 2030, 11:00–12:00 Africa/Kigali", "Keynote", "Auditorium", "0", "–"],
        ["Oral Session", "Tue 4 Jun 2030, 09:00–10:00 Africa/Kigali", "Oral session", "Auditorium", "1", "–"],
        [
            "Poster Session 2",
            "Tue 4 Jun 2030, 14:00–16:00 Africa/Kigali",
            "Poster session",
            "Hall A",
            "4",
            "–",
        ],
        ["Late Posters", "time to be announced", "Poster session", "-", "1", "1"],
    ]


def test_figures_lead_to_the_lists_they_count(conference, admin_page):
    late = conference.sessions.get(slug="late-posters")
    address = f"{list_address(Poster)}?conference=example-2030&amp;session={late.pk}&amp;needs=board"
    assert f'<a href="{address}">1</a>' in admin_page.get(list_address(Session)).content.decode()
    assert column(rows(admin_page, Poster, conference="example-2030", session=late.pk, needs="board"), 0) == ["7"]


def test_view_on_site_leads_where_visitors_can_go(conference, admin_page, client):
    shown, draft = conference.posters.get(number=1), conference.posters.get(number=8)
    for obj, address in (
        (shown, "/example-2030/posters/1/"),
        (shown.presentations.first().session, "/example-2030/sessions/poster-session-1/"),
        (shown.authorships.first().author, "/example-2030/authors/ada-muller/"),
        (shown.topics.get(), "/example-2030/topics/theory/"),
        (conference, "/example-2030/"),
    ):
        assert admin_page.get(change_address(obj)).context["absolute_url"] == address
        assert client.get(address).status_code == 200
    assert admin_page.get(change_address(draft)).context["absolute_url"] is None
    Conference.objects.update(is_published=False)
    assert admin_page.get(change_address(shown)).context["absolute_url"] is None


def test_conferences_tell_their_state(conference, admin_page):
    Conference.objects.create(name="Draft 2031", slug="draft-2031", year=2031)
    conference.refresh_from_db()
    assert rows(admin_page, Conference) == [
        ["Draft 2031", "draft", "not set", "UTC", "0", "0", "0", "2", "Checks and figures", "–"],
        [
            "Example Conference 2030",
            "published",
            "3 Jun 2030 – 4 Jun 2030",
            "Africa/Kigali",
            "5",
            "8",
            str(conference.authors.count()),
            str(conference.revision),
            "Checks and figures",
            "View",
        ],
    ]


def test_namesakes_are_found(conference, admin_page):
    assert sorted(row[0] for row in rows(admin_page, Author, name="shared")) == ["Bo Li", "Bo Li"]
    lonely = Author.objects.create(conference=conference, name="No Poster", slug="no-poster")
    assert rows(admin_page, Author, name="posterless") == [
        [lonely.name, "0", "–", "no-poster", "Example Conference 2030", "–"]
    ]
    assert rows(admin_page, Author, q="Müller") == [
        ["Ada Müller", "2", "University of Example", "ada-muller", "Example Conference 2030", "View"]
    ]


def test_topics_rooms_and_boards(conference, admin_page):
    assert rows(admin_page, Room) == [
        ["Auditorium", "0", "Plan", "2", "Example Conference 2030"],
        ["Hall A", "12", "Plan", "2", "Example Conference 2030"],
    ]
    assert rows(admin_page, Topic) == [
        ["Robots", "-", "2", "Example Conference 2030", "View"],
        ["Theory", "-", "2", "Example Conference 2030", "View"],
    ]
    assert rows(admin_page, Board)[0] == ["A1", "Hall A", "1", "2", "Example Conference 2030"]


def test_the_log_tells_what_happened_in_words(conference, admin_page, form_of):
    poster = conference.posters.get(number=1)
    top, accepted = (conference.decisions.get(name=name) for name in ("Top 5%", "Poster accept"))
    admin_page.post(change_address(poster), {**form_of(poster), "decision": accepted.pk, "status": "withdrawn"})
    session = conference.sessions.get(slug="late-posters")
    times = {"starts_at": "2030-06-04T17:00", "ends_at": "2030-06-04T18:00"}
    admin_page.post(change_address(session), {**form_of(session), **times})
    conference.refresh_from_db()
    table = rows(admin_page, Change, source__exact="admin")
    assert [row[1:] for row in table] == [
        [
            "organiser",
            "Admin",
            "Session: Late Posters · Tue 4 Jun 2030, 17:00–18:00",
            *happened,
            "Restore",
            str(conference.revision),
            "Example Conference 2030",
        ]
        for happened in (
            ["ends at changed", "–", "Tue 4 Jun 2030, 18:00"],
            ["starts at changed", "–", "Tue 4 Jun 2030, 17:00"],
        )
    ] + [
        [
            "organiser",
            "Admin",
            "Poster: 1 · Schrödinger Bridges & Their ℓ_∞ Norms",
            *happened,
            "Restore",
            str(conference.revision - 1),
            "Example Conference 2030",
        ]
        for happened in (
            ["status changed", "Published", "Withdrawn"],
            ["decision changed", str(top), str(accepted)],
        )
    ]


def test_the_log_remembers_what_was_deleted(conference, admin_page):
    with programme_change(source=Change.Source.SHELL):
        poster = conference.posters.get(number=2)
        key = poster.pk
        poster.delete()
    assert rows(admin_page, Change, action__exact="removed")[0][1:5] == [
        "–",
        "Elsewhere",
        f"Poster {key}, deleted",
        "Removed",
    ]


def test_the_log_is_only_for_reading(conference, admin_page):
    change = Change.objects.first()
    assert admin_page.get(reverse("admin:posters_change_add")).status_code == 403
    assert admin_page.post(change_address(change), {"field": "x"}).status_code == 403
    assert admin_page.post(reverse("admin:posters_change_delete", args=[change.pk]), {"post": "yes"}).status_code == 403
    admin_page.post(list_address(Change), {"action": "delete_selected", "_selected_action": [change.pk], "post": "yes"})
    assert Change.objects.filter(pk=change.pk).exists()


def test_attendees_wishes_are_nowhere():
    names = {model._meta.model_name for model in admin.site._registry}
    assert names & {"attendee", "favourite", "visit", "itinerary", "attendance", "calendarfeed"} == set()


def test_the_index_is_in_an_organisers_order(admin_page):
    apps = admin_page.get(reverse("admin:index")).context["app_list"]
    assert apps[0]["name"] == "Programme"
    assert [model["name"] for model in apps[0]["models"]] == [
        "Conferences",
        "Sessions",
        "Posters",
        "Topics",
        "Decisions",
        "Authors",
        "Rooms",
        "Boards",
        "Announcements",
        "Changes",
    ]


def test_an_organiser_does_what_their_permissions_say(conference, client, django_user_model):
    editor = django_user_model.objects.create(username="editor", is_staff=True)
    editor.user_permissions.set(Permission.objects.filter(codename__in=["view_poster", "change_author", "view_author"]))
    client.force_login(editor)
    poster, author = conference.posters.get(number=1), conference.authors.first()
    assert client.get(change_address(poster)).status_code == 200
    assert client.post(change_address(poster), {"title": "x"}).status_code == 403
    assert client.get(add_address(Poster, conference)).status_code == 403
    assert client.get(list_address(Session)).status_code == 403
    assert client.post(reverse("admin:posters_author_delete", args=[author.pk]), {"post": "yes"}).status_code == 403
    response = client.post(change_address(author), {"name": "Renamed", "slug": "renamed", "source_id": ""})
    assert response.status_code == 302
    author.refresh_from_db()
    assert author.name == "Renamed"


def test_visitors_are_sent_to_sign_in(conference, client, django_user_model):
    client.force_login(django_user_model.objects.create(username="attendee"))
    response = client.get(list_address(Poster))
    assert response.status_code == 302
    assert response.headers["Location"] == f"/admin/login/?next={list_address(Poster)}"


NULLS = ("conference=example%002030", "conference=%00", "q=a%00", "needs=%00", "decision=%00", "row=1%00", "p%00=1")


def test_null_characters_in_an_address_are_passed_over(conference, admin_page):
    """PostgreSQL looks for no text that holds one."""
    models = [model for model in admin.site._registry if model._meta.app_label == "posters"]
    autocomplete = reverse("admin:autocomplete")
    field = {"app_label": "posters", "model_name": "presentation", "field_name": "session"}
    addresses = [
        *(f"{list_address(model)}?{asked}" for model in models for asked in NULLS),
        *(f"{autocomplete}?{urlencode(field)}&{asked}" for asked in ("term=%00", "term=a&conference=%00")),
        f"{reverse('admin:posters_poster_add')}?_changelist_filters=conference%3D%2500",
        f"{reverse('admin:imports')}?conference=%00",
    ]
    answers = {address: admin_page.get(address, follow=True).status_code for address in addresses}
    assert {address: status for address, status in answers.items() if status != 200} == {}
    assert (
        rows(admin_page, Room, conference="example\0-2030") == rows(admin_page, Room, conference="example-2030") != []
    )
    adding = admin_page.post(reverse("admin:posters_room_add"), {"conference": "\0", "name": "Hall"})
    assert adding.status_code == 200
    assert not Room.objects.filter(name="Hall").exists()
