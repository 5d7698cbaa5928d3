"""What the forms refuse in words, what they propose, and whose clocks they show."""

import datetime as dt

import pytest
from django.db import IntegrityError
from django.urls import reverse

from posters.models import Announcement, Author, Board, Decision, Link, Poster, Presentation, Session, Topic
from tests.organise.conftest import add_address, change_address, filled_in, problems

UNTOUCHED = object()


@pytest.fixture
def paris(edition):
    return edition("paris", 3)


@pytest.fixture
def other(edition):
    return edition("other", 3)


def send(admin_page, form_of, obj, **changes):
    return admin_page.post(change_address(obj), {**form_of(obj), **changes})


def add(admin_page, model, conference, **values):
    address = add_address(model, conference)
    return admin_page.post(address, {**filled_in(admin_page.get(address)), **values})


# Of one conference


@pytest.mark.parametrize(
    ("model", "field", "choice"),
    [
        (Session, "room", "rooms"),
        (Topic, "parent", "topics"),
        (Poster, "decision", "decisions"),
        (Poster, "topic_choice", "topics"),
        (Poster, "authorships-0-author", "authors"),
        (Poster, "presentations-0-session", "sessions"),
        (Poster, "presentations-0-board", "boards"),
    ],
)
def test_what_belongs_to_another_conference_is_refused(model, field, choice, paris, other, admin_page, form_of):
    obj = model.objects.filter(conference=paris).first()
    foreign = (
        Board.objects.filter(room__conference=other).first() if choice == "boards" else getattr(other, choice).first()
    )
    response = send(admin_page, form_of, obj, **{field: foreign.pk})
    assert problems(response) == [f"“{foreign}” belongs to another conference, not to Edition paris."]


def test_a_board_in_a_room_of_another_conference_is_refused(paris, other, admin_page, form_of):
    foreign = other.rooms.first()
    response = send(admin_page, form_of, Board.objects.filter(room__conference=paris).first(), room=foreign.pk)
    assert problems(response) == [f"“{foreign}” belongs to another conference, not to Edition paris."]


@pytest.mark.parametrize("value", ["999999", "x", "9" * 40, "1 OR 1"])
def test_what_does_not_exist_is_refused(value, paris, admin_page, form_of):
    response = send(admin_page, form_of, paris.posters.first(), **{"authorships-0-author": value})
    assert problems(response) == ["Select a valid choice. That choice is not one of the available choices."]


def choices(admin_page, model, field, term="", **parameters):
    parameters = {
        "app_label": "posters",
        "model_name": model,
        "field_name": field,
        "term": term,
        **parameters,
    }
    response = admin_page.get(reverse("admin:autocomplete"), parameters)
    assert response.status_code == 200
    return [result["text"] for result in response.json()["results"]]


def test_choices_are_those_of_the_forms_conference(paris, other, admin_page, form_of):
    page = admin_page.get(change_address(paris.posters.first())).content.decode()
    assert f'data-ajax--url="{reverse("admin:autocomplete")}?conference=paris"' in page
    assert f'data-ajax--url="{reverse("admin:autocomplete")}"' not in page
    assert choices(admin_page, "session", "room", conference="paris") == ["Hall 0", "Hall 1", "Hall 2"]
    assert choices(admin_page, "presentation", "board", "B1", conference="paris") == ["B1 · Hall 1"]
    assert choices(admin_page, "presentation", "session", "1", conference="paris") == [
        "Session 1 · Wed 4 Jun 2031, 14:00–16:00"
    ]
    assert choices(admin_page, "authorship", "author", "author-2", conference="paris") == [
        "Author 1 · Example Lab · 2 posters"
    ]


def test_choices_of_all_conferences_name_theirs(paris, other, admin_page):
    assert choices(admin_page, "session", "room", "Hall 1") == [
        "Hall 1 (Edition paris)",
        "Hall 1 (Edition other)",
    ]


@pytest.mark.parametrize(
    ("model", "field"),
    [("poster", "conference"), ("poster", "topics"), ("change", "actor"), ("board", "room")],
)
def test_every_relation_can_be_asked_for(model, field, paris, admin_page):
    assert choices(admin_page, model, field)


def test_choices_ask_the_same_for_2_and_for_20(edition, admin_page, django_assert_max_num_queries):
    for size in (2, 20):
        conference = edition(f"size-{size}", size)
        for model, field in (("presentation", "session"), ("presentation", "board"), ("topic", "parent")):
            with django_assert_max_num_queries(4):
                assert len(choices(admin_page, model, field, conference=conference.slug)) == size


def test_adding_asks_for_the_conference_when_there_are_several(paris, other, admin_page):
    response = admin_page.get(reverse("admin:posters_poster_add") + "?_popup=1")
    assert [query for _, query in response.context["conferences"]] == [
        "_popup=1&conference=other",
        "_popup=1&conference=paris",
    ]
    named = admin_page.get(reverse("admin:posters_poster_add") + "?_changelist_filters=conference%3Dparis%26p%3D2")
    assert named.context["adminform"].form.instance.conference == paris


def test_adding_to_the_only_conference_asks_nothing(paris, admin_page):
    response = admin_page.get(reverse("admin:posters_poster_add"))
    assert response.context["adminform"].form.instance.conference == paris


# What the database knows only once


def test_two_posters_on_one_board_are_refused(paris, admin_page, form_of):
    first, second = paris.posters.all()[:2]
    place = first.presentations.get()
    taken = {"presentations-0-session": place.session_id, "presentations-0-board": place.board_id}
    response = send(admin_page, form_of, second, **taken)
    assert problems(response) == ["Another poster hangs on this board in this session."]


@pytest.mark.parametrize(
    ("model", "field", "message"),
    [
        (Poster, "number", "Poster with this Conference and Number already exists."),
        (Session, "slug", "Session with this Conference and Slug already exists."),
        (Topic, "slug", "Topic with this Conference and Slug already exists."),
        (Decision, "slug", "Decision with this Conference and Slug already exists."),
        (Author, "slug", "Author with this Conference and Slug already exists."),
    ],
)
@pytest.mark.parametrize("is_new", [False, True])
def test_what_exists_already_is_refused(is_new, model, field, message, paris, other, admin_page, form_of):
    first, second = model.objects.filter(conference=paris).order_by("pk")[:2]
    values = {field: getattr(first, field)}
    if is_new:
        response = add(
            admin_page, model, paris, name="New", title="New", status="draft", kind="poster", rank=1, **values
        )
    else:
        response = send(admin_page, form_of, second, **values)
    assert problems(response) == [message]


def test_a_room_and_a_board_exist_once(paris, admin_page, form_of):
    first, second = paris.rooms.all()[:2]
    assert problems(send(admin_page, form_of, second, name=first.name)) == [
        "Room with this Conference and Name already exists."
    ]
    response = add(admin_page, Board, paris, room=first.pk, label=first.boards.get().label)
    assert problems(response) == ["Board with this Room and Label already exists."]


@pytest.mark.parametrize("model", [Topic, Decision])
def test_imports_know_topics_and_decisions_by_name_so_it_exists_once(model, paris, admin_page, form_of):
    first, second = model.objects.filter(conference=paris).order_by("pk")[:2]
    told = [f"There is “{first}” already: choose another name."]
    assert problems(send(admin_page, form_of, second, name=first.name.upper())) == told
    assert problems(add(admin_page, model, paris, name=f" {first}", rank=1)) == told
    assert send(admin_page, form_of, first, name=first.name.upper()).status_code == 302


def test_a_source_id_exists_once_and_the_error_says_where(paris, admin_page, form_of):
    first, second = paris.posters.all()[:2]
    Poster.objects.filter(pk=first.pk).update(source_id="paper-1")
    assert problems(send(admin_page, form_of, second, source_id="paper-1")) == [f"“{first}” has this one already."]


def test_a_poster_twice_in_one_session_is_refused(paris, admin_page, form_of):
    poster = paris.posters.first()
    again = {
        "presentations-TOTAL_FORMS": 2,
        "presentations-1-session": poster.presentations.get().session_id,
        "presentations-1-format": "virtual",
    }
    assert problems(send(admin_page, form_of, poster, **again)) == [
        "Please correct the duplicate data for session.",
        "Please correct the duplicate values below.",
    ]


def test_two_people_at_the_same_moment_get_a_sentence(paris, admin_page, form_of, monkeypatch):
    poster = paris.posters.first()
    data = {**form_of(poster), "title": "Late"}

    def too_late(*args, **kwargs):
        raise IntegrityError("UNIQUE constraint failed")

    monkeypatch.setattr(Poster, "save", too_late)
    response = admin_page.post(change_address(poster), data, follow=True)
    assert [str(message) for message in response.context["messages"]] == [
        "Someone else changed the same thing meanwhile. Nothing was saved: try again."
    ]


def test_a_topic_is_not_under_itself(paris, admin_page, form_of):
    upper, lower, lowest = paris.topics.all()
    assert send(admin_page, form_of, lower, parent=upper.pk).status_code == 302
    assert send(admin_page, form_of, lowest, parent=lower.pk).status_code == 302
    assert problems(send(admin_page, form_of, upper, parent=lowest.pk)) == ["A topic cannot be under itself."]
    assert problems(send(admin_page, form_of, upper, parent=upper.pk)) == ["A topic cannot be under itself."]


@pytest.mark.parametrize("address", ["javascript:alert(1)", "ftp://example.org/x", "example"])
def test_links_lead_to_web_pages(address, paris, admin_page, form_of):
    response = send(admin_page, form_of, paris.posters.first(), **{"links-0-url": address})
    assert problems(response) == ["Enter a valid URL."]


# Proposals


def test_a_number_left_blank_is_the_next_free_one(paris, admin_page):
    add(admin_page, Poster, paris, number="", title="New", status="draft")
    assert paris.posters.get(title="New").number == 4


def test_slugs_left_blank_are_made_and_tell_namesakes_apart(paris, admin_page):
    add(admin_page, Author, paris, name="Đặng Ørsted", slug="")
    add(admin_page, Author, paris, name="Đặng Ørsted", slug="")
    add(admin_page, Author, paris, name="王伟", slug="")
    slugs = Author.objects.filter(pk__gt=paris.authors.filter(name="Author 1").last().pk).order_by("pk")
    assert list(slugs.values_list("slug", flat=True)) == ["dang-orsted", "dang-orsted-2", "author"]


def test_a_new_presentation_is_the_sessions_last(paris, admin_page, form_of):
    first, second = paris.posters.all()[:2]
    new = {
        "presentations-TOTAL_FORMS": 2,
        "presentations-1-session": first.presentations.get().session_id,
        "presentations-1-format": "in-person",
        "presentations-1-position": "",
    }
    assert send(admin_page, form_of, second, **new).status_code == 302
    assert list(
        first.presentations.get().session.presentations.values_list("poster", "position").order_by("position")
    ) == [
        (first.pk, 1),
        (second.pk, 2),
    ]


def test_topics_are_set_as_a_list(paris, admin_page, form_of):
    poster = paris.posters.first()
    one, two, three = paris.topics.all()
    assert form_of(poster)["topic_choice"] == str(one.pk)
    send(admin_page, form_of, poster, topic_choice=[two.pk, three.pk])
    assert set(poster.topics.all()) == {two, three}
    send(admin_page, form_of, poster, topic_choice=[])
    assert set(poster.topics.all()) == set()


# Clocks


def test_times_are_the_conferences_and_kept_in_utc(paris, admin_page, form_of):
    session = paris.sessions.first()
    page = admin_page.get(change_address(session)).content.decode()
    assert page.count("In Europe/Paris time.") == 2
    form = form_of(session)
    assert (form["starts_at"], form["ends_at"]) == ("2031-06-03T14:00", "2031-06-03T16:00")
    send(admin_page, form_of, session, starts_at="2031-01-15T09:30", ends_at="2031-01-15T11:00")
    session.refresh_from_db()
    assert session.starts_at == dt.datetime(2031, 1, 15, 8, 30, tzinfo=dt.UTC)
    send(admin_page, form_of, session, starts_at="2031-03-30T01:30", ends_at="2031-03-30T03:30")
    session.refresh_from_db()
    assert session.duration == dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("written", "message"),
    [
        (
            "2031-03-30T02:30",
            "02:30 on 30 March 2031 does not exist in Europe/Paris: the clocks go forward over it.",
        ),
        (
            "2031-10-26T02:30",
            "02:30 on 26 October 2031 comes twice in Europe/Paris: the clocks go back."
            " Choose a time outside that hour.",
        ),
        ("noon", "Enter a valid date/time."),
    ],
)
def test_times_that_are_no_instant_are_refused(written, message, paris, admin_page, form_of):
    for session_field in ("starts_at", "ends_at"):
        assert problems(send(admin_page, form_of, paris.sessions.first(), **{session_field: written}))[0] == message
    poster = paris.posters.first()
    assert problems(send(admin_page, form_of, poster, **{"presentations-0-presenter_starts_at": written}))[0] == message


@pytest.mark.parametrize("hour", [0, 1])
def test_a_stored_time_that_comes_twice_survives_a_visit(hour, paris, admin_page, form_of):
    starts_at = dt.datetime(2031, 10, 26, hour, 30, 15, 7, tzinfo=dt.UTC)
    Session.objects.filter(pk=paris.sessions.first().pk).update(
        starts_at=starts_at, ends_at=starts_at + dt.timedelta(hours=3)
    )
    session = paris.sessions.get(starts_at=starts_at)
    paris.refresh_from_db()
    assert form_of(session)["starts_at"] == "2031-10-26T02:30:15"
    assert send(admin_page, form_of, session).status_code == 302
    session.refresh_from_db()
    assert session.starts_at == starts_at
    revision = paris.revision
    paris.refresh_from_db()
    assert paris.revision == revision


def test_half_a_window_and_a_window_turned_round_are_refused(paris, admin_page, form_of):
    message = "A session has both times, the end after the start, or neither."
    session = paris.sessions.first()
    assert problems(send(admin_page, form_of, session, ends_at="")) == [message]
    assert problems(send(admin_page, form_of, session, ends_at="2031-06-03T13:00")) == [message]
    assert send(admin_page, form_of, session, starts_at="", ends_at="").status_code == 302


def test_a_presenter_stands_there_during_the_session(paris, admin_page, form_of):
    poster = paris.posters.first()
    times = {
        "presentations-0-presenter_starts_at": "2031-06-03T14:30",
        "presentations-0-presenter_ends_at": "2031-06-03T16:30",
    }
    assert problems(send(admin_page, form_of, poster, **times)) == ["Outside the session “Session 0”."]
    times["presentations-0-presenter_ends_at"] = "2031-06-03T15:30"
    assert send(admin_page, form_of, poster, **times).status_code == 302
    presentation = Presentation.objects.get(poster=poster)
    assert presentation.presenter_starts_at == dt.datetime(2031, 6, 3, 12, 30, tzinfo=dt.UTC)


def test_announcements_run_on_the_conferences_clocks(paris, admin_page):
    values = {"text": "Coffee", "shown_from": "2031-06-03T09:00", "shown_until": "2031-06-03T08:00"}
    assert problems(add(admin_page, Announcement, paris, **values)) == ["It ends before it begins."]
    add(admin_page, Announcement, paris, **{**values, "shown_until": "2031-06-03T10:00"})
    assert Announcement.objects.get(text="Coffee").shown_from == dt.datetime(2031, 6, 3, 7, 0, tzinfo=dt.UTC)


def test_a_new_zone_warns_that_times_look_different(paris, admin_page, form_of):
    response = admin_page.post(change_address(paris), {**form_of(paris), "time_zone": "Asia/Tokyo"}, follow=True)
    assert str(next(iter(response.context["messages"]))) == (
        "Sessions keep their instants, now on the clocks of Asia/Tokyo: look at their times."
    )


def test_poster_and_session_links_are_theirs(paris, admin_page, form_of):
    session = paris.sessions.first()
    new = {
        "links-TOTAL_FORMS": 1,
        "links-0-kind": "chat",
        "links-0-url": "https://chat.example.org/",
        "links-0-label": "",
    }
    assert send(admin_page, form_of, session, **new).status_code == 302
    link = Link.objects.get(kind="chat")
    assert (link.session, link.poster, link.conference) == (session, None, paris)
