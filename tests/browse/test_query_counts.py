"""No page's number of queries grows with what it shows."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from posters.browse.places import place_posters

ALL_FILTERS = "q=poster&session=posters-1&decision=top-5&format=in-person&topic=topic-2&author=author-6"
PATHS = {
    "/{}/": 6,
    "/{}/theme.css": 2,
    "/{}/sessions/": 3,
    "/{}/sessions/posters-1/": 8,
    "/{}/posters/": 9,
    "/{}/posters/?view=abstracts&sort=board": 9,
    f"/{{}}/posters/?{ALL_FILTERS}&sort=board": 10,
    "/{}/posters/?q=zebra&decision=top-5": 7,
    "/{}/posters/2/": 10,
    "/{}/authors/": 4,
    "/{}/authors/?letter=A": 4,
    "/{}/authors/author-3/": 9,
    "/{}/topics/": 3,
    "/{}/topics/topic-1/": 9,
    "/{}/map/": 6,
    "/{}/map/?colour=session&session=posters-1&region=1&page=2": 10,
    "/{}/map/?view=boards": 7,
    "/{}/map.json": 6,
}


@pytest.mark.parametrize("count", [10, 300])
def test_query_counts(many_posters, client, count):
    place_posters(conference=many_posters(count, slug="many").pk)
    counted = {}
    for path in PATHS:
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path.format("many")).status_code == 200
        counted[path] = len(queries)
    assert counted == PATHS
    assert max(counted.values()) <= 10


def test_more_than_a_thousand_authors_in_one_session(many_posters, client):
    many_posters(700)
    html = client.get("/many/sessions/posters-1/").content.decode()
    assert html.count('class="star"') == 350
