"""Posters chosen one by one: what the map's selection becomes, and what an address can hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posters.browse.chosen import MOST_CHOSEN, Chosen, read_chosen
from tests.browse.conftest import numbers

LIST = "/example-2030/posters/"


@given(st.sets(st.integers(0, 2**31 - 1), max_size=MOST_CHOSEN))
def test_what_is_written_is_read_again(chosen):
    assert read_chosen(Chosen(sorted(chosen)).text) == Chosen(sorted(chosen))


@given(st.text("0123456789.-, \0x", max_size=80))
def test_any_text_is_read_and_nothing_is_lost(text):
    chosen = read_chosen(text)
    assert chosen.numbers == sorted(set(chosen.numbers))
    assert len(chosen.numbers) <= MOST_CHOSEN
    assert set(chosen.unread) <= set(text.replace(",", ".").replace(" ", ".").split("."))
    assert bool(chosen.numbers or chosen.unread) == bool(text.strip(".,- ") or "-" in text)


@pytest.mark.parametrize(
    ("text", "numbers", "unread", "is_cut"),
    [
        ("", [], [], False),
        ("3.7.12-15", [3, 7, 12, 13, 14, 15], [], False),
        ("15, 12 12", [12, 15], [], False),
        ("9-7.x.2", [2], ["9-7", "x"], False),
        ("-5", [], ["-5"], False),
        ("99999999999", [], ["99999999999"], False),
        ("4294967295", [], ["4294967295"], False),
        ("٣", [], ["٣"], False),
        ("1-2000000000", list(range(1, MOST_CHOSEN + 1)), [], True),
    ],
)
def test_what_is_no_number_is_told(text, numbers, unread, is_cut):
    assert read_chosen(text) == Chosen(numbers, unread, is_cut)


def test_they_are_a_filter_like_the_others(conference, read):
    page = read(f"{LIST}?number=6.1-3")
    assert page.faults == []
    assert numbers(page) == [1, 2, 3, 6]
    assert "4 of 6 posters" in page.words
    assert "Remove 4 chosen posters" in page.words
    assert [field["value"] for field in page.all("input", name="number")] == ["1-3.6"]
    both = read(f"{LIST}?number=6.1-3&topic=robots&sort=title")
    assert numbers(both) == [6, 2]
    assert "Poster 6 " in read(f"{LIST}?number=6").words
    assert numbers(read(f"{LIST}?number=6&number=2")) == [2, 6]
    assert numbers(read("/example-2030/topics/robots/")) == [2, 6]


def test_without_one_it_is_said_how_many_there_are(conference, read):
    page = read(f"{LIST}?number=1-3&topic=robots&q=chances")
    assert numbers(page) == []
    assert "Without 3 chosen posters: 1 poster" in page.words


def test_what_is_not_there_is_told_and_the_withdrawn_are_hidden(conference, read):
    page = read(f"{LIST}?number=2.5.8.99.x")
    assert numbers(page) == [2]
    # The draft is no more there than what never was.
    assert "Left out: Number “x”; Number 8, 99." in page.words
    assert numbers(read(f"{LIST}?number=2.5&withdrawn=show")) == [2, 5]
    many = read(f"{LIST}?number=1-600").words
    assert "Number 8, 9, 10, 11, 12 and 388 more; Numbers after the first 400." in many
    assert numbers(read(f"{LIST}?number=%00'%22")) == [1, 2, 3, 4, 6, 7]


def test_they_filter_favourites_too(attendee_client):
    page = attendee_client.get("/example-2030/favourites/?number=2.3").content.decode()
    assert "<strong>1</strong> of 2 favourites" in page


def test_the_map_shows_them_as_rows_with_an_address(mapped, read):
    page = read("/example-2030/map/?number=6.2.5.8&colour=session")
    assert page.faults == []
    assert numbers(page) == [2, 6]
    assert "2 selected Search, sort and filter them · Clear" in page.words
    assert (
        "Board A4 Second Day, Second Chance Chidi Okafor Poster Session 2 Tue 4 Jun, 14:00 Poster accept" in page.words
    )
    links = [a["href"] for a in page.all("a")]
    assert "/example-2030/posters/?number=2.5.6.8" in links
    assert [a["href"] for a in page.all("a") if "data-map-clear" in a] == ["?colour=session"]
    # The colours keep the selection.
    assert "?number=6.2.5.8&colour=topic" in links
    assert numbers(read("/example-2030/map/?number=2&region=1")) == [2]
    assert "selected" not in read("/example-2030/map/?number=5.x").words
    assert "selected" not in read("/example-2030/map/").words
