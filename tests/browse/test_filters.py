"""Search, filter, sort: the address alone says what the list of posters shows."""

import pytest

from posters.browse.search import MOST_WORDS
from posters.models import Conference, Poster
from tests.browse.conftest import numbers

LIST = "/example-2030/posters/"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", [1, 2, 3, 4, 6, 7]),
        ("withdrawn=show", [1, 2, 3, 4, 5, 6, 7]),
        ("withdrawn=show&session=poster-session-2", [4, 5, 6]),
        ("q=robots", [2, 6]),
        ("q=ROBOTS+rest", [2]),
        ("q=robots+bridges", []),
        ("q=okafor", [6, 2]),
        ("q=okafor+second", [6]),
        ("q=nobody", [7, 2]),
        ("session=poster-session-1", [1, 2, 3]),
        ("session=poster-session-1&session=late-posters", [1, 2, 3, 7]),
        ("session=oral-session", [1]),
        ("decision=top-5", [1]),
        ("decision=top-5&decision=top-25", [1, 4]),
        ("format=virtual", [3]),
        ("format=in-person&session=poster-session-1", [1, 2]),
        ("topic=theory", [1, 3]),
        ("topic=theory&topic=robots", [1, 2, 3, 6]),
        ("author=ada-muller", [1, 2]),
        ("author=ada-muller&author=chidi-okafor", [1, 2, 6]),
        ("author=ada-muller&topic=robots&q=walking", [2]),
        ("day=2030-06-03", [1, 2, 3]),
        ("day=2030-06-04", [1, 4, 6]),
        ("day=2030-06-03&day=2030-06-04", [1, 2, 3, 4, 6]),
        ("day=2030-06-03&session=oral-session", []),
        ("has=paper", [1]),
        ("has=paper&has=video", []),
        ("sort=title", [3, 7, 1, 6, 4, 2]),
        ("sort=decision", [1, 4, 2, 3, 6, 7]),
        ("sort=time", [1, 2, 3, 4, 6, 7]),
        ("sort=board", [2, 3, 1, 4, 6, 7]),
        ("sort=board&withdrawn=show&session=poster-session-2", [4, 5, 6]),
        ("session=oral-session&sort=time", [1]),
        ("view=topics", [2, 6, 1, 3, 4, 7]),
        ("view=topics&topic=theory", [1, 3]),
        ("view=topics&sort=title", [6, 2, 3, 1, 7, 4]),
        ("view=compact", [1, 2, 3, 4, 6, 7]),
        ("page=1", [1, 2, 3, 4, 6, 7]),
    ],
)
def test_lists_what_the_address_says(conference, read, query, expected):
    page = read(f"{LIST}?{query}")
    assert numbers(page) == expected
    assert f"{len(expected)} of {7 if 'withdrawn' in query else 6} posters" in page.words
    assert page.faults == []


def test_format_and_session_mean_the_same_presentation(conference, read):
    poster = conference.posters.get(number=1)
    poster.presentations.filter(session__slug="oral-session").update(format="virtual")
    assert numbers(read(f"{LIST}?format=virtual&session=oral-session")) == [1]
    assert numbers(read(f"{LIST}?format=virtual&session=poster-session-1")) == [3]


def test_a_poster_shown_twice_is_listed_once(conference, read):
    assert numbers(read(f"{LIST}?session=oral-session&session=poster-session-1")) == [1, 2, 3]


def test_posters_without_a_decision_can_be_asked_for(conference, read):
    Poster.objects.filter(number=6).update(decision=None)
    assert numbers(read(f"{LIST}?decision=none")) == [6]
    assert numbers(read(f"{LIST}?decision=none&decision=top-5")) == [1, 6]


def test_abstracts_are_shown_when_asked_for(conference, read):
    assert "Robots rest when nobody looks." not in read(LIST).words
    assert "Robots rest when nobody looks." in read(f"{LIST}?view=abstracts").words


def test_each_active_filter_can_be_removed(conference, read):
    page = read(f"{LIST}?q=robots&decision=poster-accept&decision=top-5&sort=title&page=1")
    removals = [a["href"] for a in page.all("a") if a["href"].startswith("?")]
    assert removals == [
        "?decision=poster-accept&decision=top-5&sort=title",
        "?decision=top-5&q=robots&sort=title",
        "?decision=poster-accept&q=robots&sort=title",
        "?sort=title",
    ]


def test_an_empty_result_says_which_filter_to_drop_and_how_many_that_gives(conference, read):
    page = read(f"{LIST}?q=robots&decision=top-5")
    assert numbers(page) == []
    assert "Without “robots”: 1 poster Without Top 5%: 2 posters" in page.words


def test_an_empty_result_of_one_filter_leads_to_all_posters(conference, read):
    assert "No poster has “zebra”. Without “zebra”: 6 posters" in read(f"{LIST}?q=zebra").words
    assert "No poster passes this filter. Without Code: 6 posters" in read(f"{LIST}?has=code").words


def test_an_empty_result_that_no_single_filter_explains_offers_each_alone_and_all(conference, read):
    page = read(f"{LIST}?q=zebra&decision=top-5&format=virtual&sort=title")
    assert "No poster passes all of these filters. Only Top 5%: 1 poster Only Virtual: 1 poster" in page.words
    assert "Show all 6" in page.words
    links = {a["href"] for a in page.all("a") if a["href"].startswith("?")}
    assert {"?decision=top-5&sort=title", "?format=virtual&sort=title", "?sort=title"} <= links


@pytest.mark.parametrize(
    ("query", "left_out"),
    [
        ("session=nope", "Session “nope”"),
        ("session=nope&session=poster-session-1", "Session “nope”"),
        ("decision=%3Cb%3E", "Decision “<b>”"),
        ("topic=x&format=hologram", "Topic “x”; Format “hologram”"),
        ("author=nobody", "Author “nobody”"),
        ("q=%22%27%28%29*", "Search text without a letter or digit"),
        ("q=" + "+".join(f"w{n}" for n in range(40)), f"Words after the first {MOST_WORDS}"),
    ],
)
def test_values_that_mean_nothing_are_left_out_and_named(conference, read, query, left_out):
    page = read(f"{LIST}?{query}")
    assert f"Left out: {left_out}." in page.words
    if "poster-session-1" in query:
        assert numbers(page) == [1, 2, 3]


HOSTILE = [
    "",
    "abc",
    "-1",
    "0",
    "1.5",
    "9" * 5000,
    "%00",
    "a%00b",
    "'",
    '"',
    "a%22b",
    "%25",
    "_",
    "\\",
    "%5C%27%3B--",
    "x" * 10_000,
    "+".join(["word"] * 3000),
    "+".join(f"w{n}" for n in range(3000)),
    "%F0%9F%A6%84",
    "%FF%FE",
    "%C2%A0",
    "٣",
    "1e309",
    "__class__",
    "{{7*7}}",
    "%E2%80%AE",
]


@pytest.mark.parametrize("name", ["q", "session", "has", "author", "sort", "seed", "view", "page"])
def test_no_value_breaks_the_list(conference, read, name):
    for value in HOSTILE:
        assert read(f"{LIST}?{name}={value}").faults == [], value[:20]


def test_no_value_breaks_the_author_index(conference, read):
    for value in HOSTILE:
        assert read(f"/example-2030/authors/?letter={value}&page={value}").faults == [], value[:20]


def test_pages_of_fifty(many_posters, read):
    many_posters(120)
    first, second, third = (read(f"/many/posters/?page={page}") for page in (1, 2, 3))
    assert numbers(first) + numbers(second) + numbers(third) == list(range(1, 121))
    assert len(numbers(first)) == len(numbers(second)) == 50
    assert numbers(read("/many/posters/?page=99")) == numbers(third)
    assert numbers(read("/many/posters/?page=abc")) == numbers(first)
    assert "120 of 120 posters 51–100" in second.words


def test_pages_keep_the_filters(many_posters, read):
    many_posters(120)
    links = [a["href"] for a in read("/many/posters/?session=posters-1&q=poster").all("a", rel="next")]
    assert links == ["?q=poster&session=posters-1&page=2"]


def test_no_page_is_indexed_with_filters(conference, read):
    assert read(LIST).all("meta", name="robots") == []
    assert read(f"{LIST}?q=robots").all("meta", name="robots") != []


def test_another_conference_lends_no_posters(conference, many_posters, read):
    many_posters(3)
    assert Conference.objects.count() == 2
    assert numbers(read(LIST)) == [1, 2, 3, 4, 6, 7]
    assert numbers(read("/many/posters/?session=poster-session-1")) == [1, 2, 3]
