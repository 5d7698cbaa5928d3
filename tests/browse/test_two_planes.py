"""Programme pages: the same for everyone, kept until the programme changes, and not a request longer."""

import gzip

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client
from django.urls import get_resolver, resolve

from posters.browse.programme_page import names_tag
from posters.models import Author, Conference, Poster, Session
from posters.programme.upsert import upsert_programme
from tests.browse.conftest import PROGRAMME_PATHS
from tests.conftest import EXAMPLE

LIST = "/example-2030/posters/"


def test_every_programme_page_is_walked():
    def views(patterns):
        for pattern in patterns:
            if hasattr(pattern, "url_patterns"):
                yield from views(pattern.url_patterns)
            elif hasattr(pattern.callback, "state_of"):
                yield pattern.callback

    programme_views = set(views(get_resolver().url_patterns))
    assert len(programme_views) >= 12
    assert {resolve(path.partition("?")[0]).func for path in PROGRAMME_PATHS} == programme_views


def test_the_same_bytes_for_everyone(attendee_client):
    favourites = attendee_client.get("/me/example-2030.json").json()["favourites"]
    assert favourites == {"1": "must-see", "2": "interested"}
    for path in PROGRAMME_PATHS:
        theirs = attendee_client.get(path)
        cache.clear()  # The page is made anew: equal bytes are not just the other's kept ones.
        ours = Client().get(path)
        assert (theirs.status_code, ours.status_code) == (200, 200), path
        assert theirs.content == ours.content, path
        assert theirs["ETag"] == ours["ETag"], path
        for response in (theirs, ours):
            assert response.cookies == {}, path
            assert response["Vary"] == "Accept-Encoding", path
            assert response["Cache-Control"] == "public, no-cache", path


def test_nothing_personal_is_on_a_programme_page(attendee_client):
    assert b"attendee@example.org" in attendee_client.get("/example-2030/favourites/").content
    for path in PROGRAMME_PATHS:
        html = attendee_client.get(path).content
        for word in (b"attendee@example.org", b"csrfmiddlewaretoken", b"must-see", b"sessionid"):
            assert word not in html, path


def test_a_change_shows_on_the_next_request(conference, client):
    before = client.get(f"{LIST}2/")
    assert "Walking Robots" in before.content.decode()
    poster = Poster.objects.get(number=2)
    poster.title = "Running Robots"
    poster.save()
    after = client.get(f"{LIST}2/")
    assert "Running Robots" in after.content.decode()
    assert after["ETag"] != before["ETag"]


@pytest.mark.parametrize(
    "change",
    [
        lambda: Poster.objects.filter(number=2).update(status="withdrawn"),
        lambda: Session.objects.filter(slug="keynote").update(title="Closing Keynote"),
        lambda: Author.objects.filter(name="Chidi Okafor").first().delete(),
        lambda: Conference.objects.update(name="Renamed 2030"),
    ],
)
def test_any_door_of_change_makes_a_new_page(conference, client, change):
    before = client.get(LIST)["ETag"]
    change()
    assert client.get(LIST, headers={"if-none-match": before}).status_code == 200


def tag_of(client, path=LIST):
    return client.get(path)["ETag"].removeprefix("W/").strip('"')


@pytest.mark.parametrize(
    "form", ['"{}"', "{}", 'W/"{}"', '"{}-gzip"', 'W/"{}-gzip"', '"{};gzip"', '"{}-br"', '"x", W/"{}"']
)
def test_a_known_page_is_not_sent_again(conference, client, form):
    tag = tag_of(client)
    response = client.get(LIST, headers={"if-none-match": form.format(tag)})
    assert (response.status_code, response.content) == (304, b"")
    assert response["ETag"] == f'W/"{tag}"'


@pytest.mark.parametrize("given", ["", '"other"', "W/", '"', "-gzip", '"-gzip"', ",,,", "gzip"])
def test_an_unknown_tag_gets_the_page(conference, client, given):
    assert client.get(LIST, headers={"if-none-match": given}).status_code == 200
    assert not names_tag(given, "0123")


def test_the_tag_holds_after_a_cache_hit_and_for_head(conference, client):
    first, second = client.get(LIST), client.get(LIST)
    assert first["ETag"] == second["ETag"]
    assert first.content == second.content
    head = client.head(LIST)
    assert (head.status_code, head["ETag"], head["Content-Length"]) == (
        200,
        first["ETag"],
        first["Content-Length"],
    )


def test_a_known_page_costs_one_query_and_a_kept_one_too(conference, client, django_assert_num_queries):
    tag = client.get(LIST)["ETag"]
    with django_assert_num_queries(1):
        assert client.get(LIST).status_code == 200
    with django_assert_num_queries(1):
        assert client.get(LIST, headers={"if-none-match": tag}).status_code == 304


def test_postgresql_plans_the_question_for_the_revision_once(conference, client):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has no server")
    for _ in range(3):
        assert client.get(LIST).status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM pg_prepared_statements WHERE statement LIKE '%FROM posters_conference%'")
        assert cursor.fetchone() == (1,)


def test_postgresql_reads_the_authors_of_a_page_and_not_all(conference):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has no server")
    with connection.cursor() as cursor:
        cursor.execute("SHOW random_page_cost")
        assert cursor.fetchone() == ("1.1",)


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_the_server_has_dropped_is_made_anew(transactional_db):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has no server")
    upsert_programme(record=EXAMPLE, conference_slug="example-2030")
    client = Client()
    before = client.get(LIST)
    with connection.cursor() as cursor, pytest.raises(OperationalError):
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    cache.clear()
    after = client.get(LIST)
    assert (after.status_code, after.content) == (200, before.content)


def test_compressed_and_plain_are_the_same_page(conference, client):
    plain = client.get(LIST)
    packed = client.get(LIST, headers={"accept-encoding": "gzip"})
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert packed["ETag"] == plain["ETag"]


def test_unknown_query_parameters_are_ignored(conference, client):
    plain = client.get(f"{LIST}?q=robots")
    tracked = client.get(f"{LIST}?utm_source=mail&q=robots&fbclid=1&page=")
    assert tracked.content == plain.content
    assert tracked["ETag"] == plain["ETag"]


def test_an_address_too_long_to_keep_is_answered(conference, client):
    long = f"{LIST}?q={'x' * 5000}"
    assert client.get(long).status_code == client.get(long).status_code == 200


def test_another_conference_keeps_its_pages(conference, many_posters, client):
    many_posters(3)
    other = client.get("/many/posters/")["ETag"]
    Poster.objects.filter(conference=conference, number=2).update(title="New")
    assert client.get("/many/posters/")["ETag"] == other
