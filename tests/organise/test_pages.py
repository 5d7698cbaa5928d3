"""Every page of the admin opens, and asks the database as often for 50 rows as for 5."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from posters.models import (
    Announcement,
    Author,
    Board,
    Change,
    Conference,
    Decision,
    Poster,
    Room,
    Session,
    Topic,
)
from tests.organise.conftest import add_address, change_address, list_address

MODELS = [Conference, Session, Poster, Author, Topic, Decision, Room, Board, Announcement]


def queries_of(client, address):
    client.get(address)  # Django keeps content types in memory from the first time on.
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address)
    assert response.status_code == 200
    return len(captured), response


@pytest.mark.parametrize("model", [*MODELS[1:], Change])
def test_lists_ask_the_same_for_5_rows_and_for_50(model, edition, admin_page):
    # One field of one kind of thing: the log looks names up once for each kind on the page.
    address = list_address(model) + ("?action__exact=changed" if model is Change else "")
    edition("small", 5)
    few, response = queries_of(admin_page, address)
    assert len(response.context["cl"].result_list) == 5
    edition("large", 45)
    many, response = queries_of(admin_page, address)
    assert len(response.context["cl"].result_list) == 50
    assert many == few
    assert few <= 15


def test_list_of_conferences_asks_the_same_for_5_and_for_50(edition, admin_page):
    def add(numbers):
        Conference.objects.bulk_create(Conference(name=f"Edition {n}", slug=f"edition-{n}", year=2000) for n in numbers)

    edition("small", 5)
    add(range(4))
    few, _ = queries_of(admin_page, list_address(Conference))
    add(range(4, 49))
    many, response = queries_of(admin_page, list_address(Conference))
    assert len(response.context["cl"].result_list) == 50
    assert many == few


@pytest.mark.parametrize("model", MODELS)
def test_forms_ask_the_same_however_much_there_is(model, edition, admin_page):
    edition("small", 5)
    few, _ = queries_of(admin_page, change_address(model.objects.order_by("pk").first()))
    edition("large", 45)
    many, _ = queries_of(admin_page, change_address(model.objects.order_by("pk").last()))
    assert many == few
    assert few <= 20


def test_poster_form_asks_the_same_for_2_authors_and_for_20(edition, admin_page):
    few, _ = queries_of(admin_page, change_address(edition("short", 1, authors=2).posters.get()))
    many, response = queries_of(admin_page, change_address(edition("long", 1, authors=20).posters.get()))
    assert response.content.count(b"Example Lab") == 20 + 20
    assert many == few


@pytest.mark.parametrize("model", MODELS)
def test_deletions_ask_the_same_however_much_falls(model, edition, admin_page):
    def address(obj):
        return reverse(f"admin:posters_{model._meta.model_name}_delete", args=[obj.pk])

    edition("small", 5)
    few, _ = queries_of(admin_page, address(model.objects.order_by("pk").first()))
    edition("large", 45, authors=20)
    many, _ = queries_of(admin_page, address(model.objects.order_by("pk").last()))
    assert many == few


FORBIDDEN = re.compile(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE)


def test_pages_hold_nothing_that_the_content_security_policy_forbids(edition, admin_page):
    conference = edition("small", 2, authors=3)
    poster, session = conference.posters.first(), conference.sessions.first()
    addresses = [
        reverse("admin:index") + "?editions",
        *(list_address(model) for model in [*MODELS, Change]),
        list_address(Poster) + "?_facets=True&needs=any",
        *(change_address(obj) for obj in (conference, poster, session)),
        *(add_address(model, conference) for model in (Poster, Announcement)),
        reverse("admin:posters_author_add") + "?_popup=1&conference=small",
        reverse("admin:posters_poster_delete", args=[poster.pk]),
        reverse("admin:posters_poster_history", args=[poster.pk]),
    ]
    edition("second", 1)
    addresses.append(reverse("admin:posters_poster_add"))
    for address in addresses:
        response = admin_page.get(address)
        assert response.status_code == 200
        assert FORBIDDEN.findall(response.content.decode()) == []
        assert "css/organise.css" in response.content.decode()


@pytest.mark.parametrize("model", MODELS)
def test_add_forms_open(model, edition, admin_page):
    conference = edition("small", 2)
    _, response = queries_of(admin_page, add_address(model, conference))
    assert response.templates[0].name == "admin/change_form.html"
