"""No page's number of queries grows with what it shows."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from posters.browse.authors import index_at
from posters.browse.facets import table_at
from posters.browse.places import place_posters

ALL_FILTERS = "q=poster&session=posters-1&decision=top-5&format=in-person&topic=topic-2&author=author-6"
PATHS = {
    "/{}/": 6,
    "/{}/theme.css": 2,
    "/{}/sessions/": 3,
    "/{}/sessions/posters-1/": 8,
    "/{}/posters/": 5,
    "/{}/posters/?view=abstracts&sort=board": 5,
    "/{}/posters/?view=topics&sort=title": 5,
    f"/{{}}/posters/?{ALL_FILTERS}&sort=board": 7,
    "/{}/posters/?q=poster": 7,
    "/{}/posters/?q=zebra&decision=top-5": 4,
    "/{}/posters/?number=1-9": 6,
    "/{}/posters/2/": 10,
    "/{}/authors/": 3,
    "/{}/authors/?letter=A": 3,
    "/{}/authors/author-3/": 10,
    "/{}/topics/": 2,
    "/{}/topics/topic-1/": 6,
    "/{}/map/": 6,
    "/{}/map/?colour=session&session=posters-1&region=1&page=2": 10,
    "/{}/map/?number=1-9": 10,
    "/{}/map/?view=boards": 8,
    "/{}/map.json": 6,
    "/{}/manifest.webmanifest": 2,
    "/{}/offline/": 2,
    "/{}/search-index.json": 6,
}


FIRST_AFTER_A_CHANGE = {
    "/{}/authors/": 4,
    "/{}/posters/": 6,
    "/{}/posters/?sort=title": 7,
    f"/{{}}/posters/?{ALL_FILTERS}&sort=board": 9,
    f"/{{}}/posters/?{ALL_FILTERS}": 8,
    "/{}/posters/?q=titel+3": 10,
    "/{}/topics/topic-1/": 7,
}
"""Once for every revision the facet table and the index of authors are read anew, in one query each; so is an order."""


def count_queries(client, paths):
    counted = {}
    for path in paths:
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path.format("many")).status_code == 200
        counted[path] = len(queries)
    return counted


@pytest.mark.parametrize("count", [10, 1_000])
def test_query_counts(many_posters, client, count):
    place_posters(conference=many_posters(count, slug="many").pk)
    for sort in ("number", "board", "title"):
        client.get(f"/many/posters/?sort={sort}")
    client.get("/many/authors/")
    counted = count_queries(client, PATHS)
    assert counted == PATHS
    assert max(counted.values()) <= 10
    counted = {}
    for path in FIRST_AFTER_A_CHANGE:
        table_at.cache_clear()
        index_at.cache_clear()
        counted |= count_queries(client, [path])
    assert counted == FIRST_AFTER_A_CHANGE
    assert max(counted.values()) <= 10


def test_more_than_a_thousand_authors_in_one_session(many_posters, client):
    many_posters(700)
    html = client.get("/many/sessions/posters-1/").content.decode()
    assert html.count('class="star"') == 350
