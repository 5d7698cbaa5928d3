"""The map: every poster on it, nothing over another, the same picture each time, and a table that says the same."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from posters.browse.colour import contrast, parse
from posters.browse.layout import CELL, lay_out
from posters.browse.places import place_posters
from posters.browse.terms import Vocabulary
from posters.models import Board, Conference, Likeness, MapPlace, MapRegion, Poster, Topic
from tests.browse.conftest import numbers

MAP = "/example-2030/map/"
TERMS = [f"term{number}" for number in range(9)]
WEIGHED = Vocabulary(dict.fromkeys(TERMS, 3), {term: term for term in TERMS})
programmes = st.dictionaries(
    st.integers(1, 60), st.lists(st.sampled_from(TERMS), max_size=4, unique=True).map(tuple), min_size=1, max_size=30
)


def dots(client, query: str = "") -> dict:
    """What the script draws."""
    return json.loads(client.get(f"/example-2030/map.json{query}").content)


@given(programmes, st.randoms(use_true_random=False))
def test_every_poster_has_a_place_of_its_own_and_the_picture_is_always_the_same(terms, random):
    neighbours = {key: random.sample(sorted(terms), k=min(3, len(terms))) for key in terms}
    layout = lay_out(terms=terms, neighbours=neighbours, vocabulary=WEIGHED)
    places = layout.places
    assert places.keys() == terms.keys()
    cells = {(round(place.x / CELL), round(place.y / CELL)) for place in places.values()}
    assert len(cells) == len(terms)
    assert {place.region for place in places.values()} == set(range(len(layout.regions)))
    assert layout == lay_out(terms=terms, neighbours=neighbours, vocabulary=WEIGHED)


def test_what_is_alike_lies_together():
    terms = {key: (TERMS[key % 3], TERMS[3 + key % 3]) for key in range(90)}
    neighbours = {key: [(key + 3 * step) % 90 for step in range(1, 6)] for key in terms}
    layout = lay_out(terms=terms, neighbours=neighbours, vocabulary=WEIGHED)
    regions = [{layout.places[key].region for key in range(kind, 90, 3)} for kind in range(3)]
    assert all(one.isdisjoint(other) for one in regions for other in regions if one is not other)
    assert {name for region in layout.regions for name in region.name.split(", ")} <= set(TERMS)


def test_the_map_shows_all_that_is_public_and_not_withdrawn(mapped, client, read):
    page = read(MAP)
    assert page.faults == []
    assert sorted(dots(client)["numbers"]) == [1, 2, 3, 4, 6, 7]
    assert sum(path["d"].count("h0") for path in page.all("path")) == 6
    assert page.all("svg")[0]["aria-label"].startswith("6 posters in ")
    counts = [int(row) for row in re.findall(r"<td>(\d+)</td>", client.get(MAP).content.decode())]
    assert sum(counts) == 6


def test_names_of_regions_stay_within_the_picture(mapped, read):
    MapRegion.objects.update(name="A region of a rather long name", x=0)
    page = read(MAP)
    left = int(page.all("svg")[0]["viewbox"].split()[0])
    labels = page.all("text", class_="map-label")
    assert len(labels) == MapRegion.objects.count()
    for label in labels:
        half = len("A region of a rather long name") * int(label["font-size"]) * 3 // 10
        assert int(label["x"]) == left + half


def test_the_map_is_the_same_for_everyone(mapped, attendee_client):
    for path in (MAP, f"{MAP}?view=boards", "/example-2030/map.json"):
        theirs = attendee_client.get(path).content
        cache.clear()
        assert theirs == Client().get(path).content


def test_each_region_leads_to_its_posters(mapped, read):
    listed = []
    for link in read(MAP).all("a"):
        if "region=" in (link["href"] or ""):
            listed += numbers(read(MAP + link["href"].partition("#")[0]))
    assert sorted(listed) == [1, 2, 3, 4, 6, 7]


def test_colours_and_sessions_are_chosen_by_address(mapped, client, read):
    page = read(f"{MAP}?colour=decision")
    assert [link["data-colouring"] for link in page.all("a", aria_current="true") if "data-colouring" in link] == [
        "decision"
    ]
    shown = [legend for legend in page.all("ul", class_="legend") if "hidden" not in legend]
    assert [legend["data-legend"] for legend in shown] == ["decision"]
    assert "Top 5% 1 Top 25% 1 Poster accept 4" in page.words
    assert sorted(dots(client, "?session=poster-session-1")["numbers"]) == [1, 2, 3]
    assert read(f"{MAP}?session=poster-session-1").all("svg")[0]["aria-label"].startswith("3 posters in ")
    everywhere, some = dots(client), dots(client, "?session=poster-session-1")
    assert (some["width"], some["height"]) == (everywhere["width"], everywhere["height"])
    for query in ("?colour=none", "?session=none", "?region=0", "?region=x"):
        assert read(f"{MAP}{query}").all("svg") == read(MAP).all("svg")


def test_the_boards_of_a_session_stand_in_walking_order(mapped, read):
    page = read(f"{MAP}?view=boards&session=poster-session-2")
    assert page.faults == []
    assert "Hall A 2 boards" in page.words
    assert [link["href"] for link in page.all("a") if link.get("title")] == [
        "/example-2030/posters/4/",
        "/example-2030/posters/6/",
    ]
    assert "No posters have boards" in read(f"{MAP}?view=boards&session=late-posters").words


def test_a_hall_whose_boards_are_measured_is_drawn_to_scale(mapped, read):
    boards = f"{MAP}?view=boards&session=poster-session-2"
    assert read(boards).all("svg") == []
    for board in Board.objects.filter(label__in=("A1", "A2", "A3", "A5")):
        board.x_metres, board.y_metres = 2 * board.position, 1.5
        board.save()
    page = read(boards)
    assert page.faults == []
    (plan,) = page.all("svg")
    # Marks of 1.8 m, for boards stand 2 m apart; 28 pixels each.
    assert plan["viewbox"] == "-180 -180 1360 510"
    assert (plan["width"], plan["height"]) == (str(1360 * 28 // 180), str(510 * 28 // 180))
    assert [(mark["x"], mark["y"]) for mark in page.all("use")] == [(str(200 * place), "150") for place in (1, 2, 3, 5)]
    assert [link["href"] for link in page.all("a", tabindex="-1")] == ["/example-2030/posters/4/"]
    assert "Of 1 board the place is not known: it is in the list alone." in page.words
    assert "Hall A 2 boards" in page.words
    Board.objects.filter(label="A4").update(x_metres=-1, y_metres=1.5)
    assert "not known" not in read(boards).words


def test_boards_in_one_place_and_alone_are_drawn_too(mapped, read):
    boards = f"{MAP}?view=boards&session=poster-session-2"
    Board.objects.filter(label="A1").update(x_metres=0, y_metres=0)
    assert read(boards).all("svg")[0]["viewbox"] == "-180 -180 360 360"
    Board.objects.update(x_metres=0, y_metres=0)
    assert read(boards).all("svg")[0]["viewbox"] == "-27 -27 54 54"


def test_the_largest_topics_have_colours_and_the_rest_one(mapped, client):
    for number in range(12):
        topic = Topic.objects.create(conference=mapped, name=f"Topic {number:02}", slug=f"topic-{number}")
        poster = Poster.objects.create(conference=mapped, number=100 + number, title=f"Robots rest {number}")
        poster.poster_topics.create(topic=topic)
    place_posters(conference=mapped.pk)
    answer = client.get(f"{MAP}?colour=topic").content.decode()
    legend = answer[answer.index('data-legend="topic"') :].partition("</ul>")[0]
    labels = re.findall(r"<span>(.*?)</span> <small>(\d+)", legend)
    assert labels[:2] == [("Robots", "2"), ("Theory", "2")]
    assert len(labels) == 10
    assert labels[-1] == ("5 others and none", "7")
    assert len(set(dots(client)["groups"]["topic"])) == 10


def test_a_new_poster_is_on_the_map_at_once_among_its_neighbours(mapped, client, monkeypatch):
    before = dict(MapPlace.objects.values_list("poster", "x"))
    monkeypatch.setattr("posters.browse.places.FEW", 0)
    poster = Poster.objects.create(conference=mapped, number=50, title="Robots Learn to Rest", abstract="robots rest")
    alone = Poster.objects.create(conference=mapped, number=51, title="Zygomorphic")
    assert {50, 51} <= set(dots(client)["numbers"])
    (nearest, *_), *_ = Likeness.objects.get(poster=poster).neighbours
    assert poster.map_place.region == MapPlace.objects.get(poster=nearest).region
    assert alone.map_place.region.name == "Other posters"
    assert {key: x for key, x in MapPlace.objects.values_list("poster", "x") if key in before} == before
    places = list(MapPlace.objects.values_list("x", "y"))
    assert len(set(places)) == len(places)


@pytest.mark.django_db(transaction=True)
def test_an_import_has_the_map_drawn_and_shown_at_the_next_request(many_posters, client):
    conference = many_posters(30)
    first = client.get("/many/map/")
    assert len(json.loads(client.get("/many/map.json").content)["numbers"]) == 30
    drawn = list(MapPlace.objects.order_by("poster").values_list("x", "y"))
    revision = Conference.objects.get(pk=conference.pk).revision
    call_command("place_posters", conference="many", verbosity=0)
    assert list(MapPlace.objects.order_by("poster").values_list("x", "y")) == drawn
    assert Conference.objects.get(pk=conference.pk).revision == revision + 1
    assert client.get("/many/map/")["ETag"] != first["ETag"]


def test_the_command_says_what_it_drew(conference, capsys):
    call_command("place_posters", conference="example-2030")
    assert capsys.readouterr().out == "7 posters are on the map.\n"
    assert MapRegion.objects.filter(conference=conference).count() >= 1
    with pytest.raises(CommandError, match="There is no conference elsewhere"):
        call_command("place_posters", conference="elsewhere")


def test_before_it_is_drawn_the_page_says_when(conference, read):
    assert "The map is drawn right after the programme is imported." in read(MAP).words


def test_every_colour_stands_out_from_its_ground():
    css = (Path(settings.BASE_DIR) / "static/css/boardwalk.css").read_text("utf-8")
    colours = re.findall(r"--dot-\d: (#\w{6})", css)
    assert len(colours) == 20
    for ground, its in (("#ffffff", colours[:10]), ("#202524", colours[10:])):
        assert len(set(its)) == 10
        assert [colour for colour in its if contrast(parse(colour), parse(ground)) < 3] == []
