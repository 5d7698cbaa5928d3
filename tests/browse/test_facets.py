"""The number beside a choice is how many posters there are when it is chosen."""

import datetime as dt
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posters.browse.facets import facet_table, places_in
from posters.browse.filters import CHOICES_AT_ONCE, PosterFilter
from posters.models import Author, Conference, Link, Poster, PosterTopic, Presentation, Session, Topic
from tests.browse.conftest import Page, numbers

LIST = "/example-2030/posters/"


@pytest.fixture
def varied(many_posters) -> Conference:
    """Posters in two sessions of two days and two formats, some twice, undecided, withdrawn or with links."""
    conference = many_posters(24)
    posters = list(conference.posters.order_by("number"))
    other = {session.slug: session for session in conference.sessions.all()}
    Presentation.objects.filter(poster__number__in=range(0, 25, 3)).update(format="virtual")
    Presentation.objects.bulk_create(
        Presentation(poster=poster, session=other[f"posters-{(poster.number + 1) % 2 + 1}"], format="in-person")
        for poster in posters
        if poster.number % 4 == 0
    )
    Link.objects.bulk_create(
        Link(conference=conference, poster=poster, kind=kind, url=f"https://example.org/{kind}/{poster.number}")
        for poster in posters
        for kind, every in (("paper", 2), ("video", 3), ("code", 5))
        if poster.number % every == 0
    )
    Poster.objects.filter(number__in=(7, 14)).update(decision=None)
    Poster.objects.filter(number__in=(5, 10, 20)).update(status="withdrawn")
    Poster.objects.filter(number=24).update(status="draft")
    Topic.objects.filter(slug="topic-2").update(parent=Topic.objects.get(slug="topic-8"))
    return Conference.objects.get()


class Plain:
    """The filters' rules once more, in the plainest way: poster by poster."""

    def __init__(self, conference: Conference) -> None:
        self.posters = {
            poster.number: {
                "decision": {poster.decision.slug if poster.decision else "none"},
                "topic": {topic.slug for topic in poster.topics.all()}
                | {topic.parent.slug for topic in poster.topics.all() if topic.parent},
                "has": {link.kind for link in poster.links.all()},
                "author": {author.slug for author in poster.authors.all()},
                "withdrawn": poster.is_withdrawn,
                "showings": [
                    {
                        "session": shown.session.slug,
                        "format": shown.format,
                        "day": str(shown.session.starts_at.astimezone(conference.zone).date()),
                    }
                    for shown in poster.presentations.all()
                ],
            }
            for poster in conference.posters.public().select_related("decision")
        }

    def count(self, chosen: dict[str, list[str]]) -> int:
        return sum(self.passes(poster, chosen) for poster in self.posters.values())

    def passes(self, poster: dict, chosen: dict[str, list[str]]) -> bool:
        showing = {name: values for name, values in chosen.items() if name in {"session", "format", "day"} and values}
        return (
            ("show" in chosen.get("withdrawn", []) or not poster["withdrawn"])
            and all(poster[name] & set(chosen[name]) for name in ("decision", "topic", "author") if chosen.get(name))
            and set(chosen.get("has", [])) <= poster["has"]
            and (
                not showing
                or any(all(shown[name] in values for name, values in showing.items()) for shown in poster["showings"])
            )
        )


def some(*values: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), max_size=2, unique=True)


CHOSEN = st.fixed_dictionaries(
    {},
    optional={
        "session": some("posters-1", "posters-2"),
        "day": some("2031-05-01", "2031-05-02"),
        "format": some("in-person", "virtual"),
        "topic": some("topic-2", "topic-3", "topic-8", "topic-10"),
        "decision": some("poster-accept", "top-5", "none"),
        "has": some("paper", "video", "code"),
        "author": some("author-3", "author-6"),
        "withdrawn": st.just(["show"]),
    },
)


def filtered(conference: Conference, chosen: dict[str, list[str]]) -> PosterFilter:
    return PosterFilter(QueryDict(urlencode(chosen, doseq=True)), conference=conference)


def test_each_count_is_the_number_of_results_when_the_choice_is_made(varied):
    plain = Plain(varied)

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(CHOSEN)
    def check(chosen):
        filters = filtered(varied, chosen)
        assert filters.found_count == len(filters.keys) == plain.count(chosen)
        for menu in filters.menus:
            others = [] if menu.name != "has" else chosen.get("has", [])
            for choice in (*menu.choices, *menu.folded):
                expected = plain.count({**chosen, menu.name: [*others, choice.value]})
                if menu.name == "withdrawn":
                    expected -= plain.count({**chosen, "withdrawn": []})
                assert choice.poster_count == expected, (menu.name, choice)
                assert choice.poster_count or choice.is_chosen
        if not filters.keys:
            for name in (name for name in chosen if chosen[name] and name != "withdrawn"):
                count = plain.count({**chosen, name: []})
                ways = [way[2] for way in filters.ways_out if way[1] == filters._query(name)]
                assert ways == ([count] if count else [])

    check()


@given(st.sets(st.integers(0, 300)))
def test_a_set_gives_back_the_places_it_holds(places):
    assert places_in(sum(1 << place for place in places)) == sorted(places)


def test_the_page_shows_the_counts_and_leaves_out_what_would_find_nothing(conference, read):
    words = read(f"{LIST}?topic=robots").words
    assert "Day Mon 3 Jun 1 Tue 4 Jun 1 Session Poster Session 1 1 Poster Session 2 1 Topic" in words
    assert "Robots 2 Theory 2" in words
    assert "Decision Poster accept 2" in words
    assert "Top 5%" not in words


def test_a_day_is_one_of_the_conference_zone(conference, read):
    # 00:30 in Kigali on the 5th is still the 4th in UTC.
    Session.objects.filter(slug="late-posters").update(
        starts_at=dt.datetime(2030, 6, 4, 22, 30, tzinfo=dt.UTC), ends_at=dt.datetime(2030, 6, 4, 23, tzinfo=dt.UTC)
    )
    assert numbers(read(f"{LIST}?day=2030-06-05")) == [7]


def test_of_many_choices_the_largest_and_the_chosen_are_seen_and_the_others_folded(varied):
    (menu,) = [menu for menu in filtered(varied, {"topic": ["topic-6"]}).menus if menu.name == "topic"]
    assert len(menu.choices) == CHOICES_AT_ONCE
    assert [choice.value for choice in menu.choices if choice.is_chosen] == ["topic-6"]
    assert len(menu.choices) + len(menu.folded) == 12
    assert max(choice.poster_count for choice in menu.folded) <= min(
        choice.poster_count for choice in menu.choices if not choice.is_chosen
    )


def test_withdrawn_posters_are_hidden_until_asked_for_and_keep_their_own_pages(conference, read):
    assert 5 not in numbers(read(LIST))
    page = read(f"{LIST}?withdrawn=show")
    assert 5 in numbers(page)
    assert len(page.all("li", class_="is-withdrawn")) == 1
    assert "Withdrawn Show withdrawn 1" in read(LIST).words
    assert "The authors have withdrawn this poster" in read("/example-2030/posters/5/").words
    assert 5 in numbers(read("/example-2030/sessions/poster-session-2/"))
    assert "With withdrawn posters: 1 poster" in read(f"{LIST}?q=remembered").words


def test_the_view_by_topic_lists_each_poster_once_under_its_first_topic(varied):
    PosterTopic.objects.filter(poster__number=1).delete()
    filters = filtered(Conference.objects.get(), {"view": ["topics"]})
    groups = filters.grouped(filters.keys)
    names = [group.label for group in groups]
    assert names == [*sorted(names[:-1]), "No topic"]
    assert [row.number for row in groups[-1].rows] == ["1"]
    shown = [row.key for group in groups for row in group.rows]
    assert shown == filters.keys
    assert len(set(shown)) == len(shown) == filters.found_count
    assert [group.poster_count for group in groups] == [len(group.rows) for group in groups]


def test_a_shuffle_is_the_same_for_the_same_seed_and_keeps_its_order_under_filters(varied):
    def order(seed: str, **chosen: str) -> list[int]:
        return PosterFilter(QueryDict(urlencode({"sort": "shuffle", "seed": seed, **chosen})), conference=varied).keys

    assert order("2031-05-01") == order("2031-05-01")
    assert order("2031-05-01") != order("2031-05-02")
    assert sorted(order("a")) == sorted(order("b"))
    virtual = order("a", format="virtual")
    assert virtual == [key for key in order("a") if key in virtual]


def test_a_shuffle_without_a_seed_leads_to_one_drawn_from_the_day(conference, client):
    response = client.get(f"{LIST}?sort=shuffle&topic=robots")
    assert response.status_code == 302
    today = dt.datetime.now(conference.zone).date()
    assert response["Location"] == f"?sort=shuffle&topic=robots&seed={today}"
    assert response["Cache-Control"] == "no-store"
    assert client.get(LIST + response["Location"]).status_code == 200


def test_every_change_makes_a_new_table(conference):
    before = facet_table(conference)
    assert facet_table(Conference.objects.get()) is before
    Poster.objects.filter(number=2).update(status="withdrawn")
    after = facet_table(Conference.objects.get())
    assert after.withdrawn.bit_count() == before.withdrawn.bit_count() + 1


class TestFavourites:
    def test_have_the_same_filters_and_counts(self, attendee_client):
        page = Page(attendee_client.get("/example-2030/favourites/?topic=robots").content.decode())
        suggested = [3, 6, 7]
        assert numbers(page) == [2, *suggested]
        assert "1 of 2 favourites" in page.words
        assert "Robots 1 Theory 1" in page.words
        assert page.faults == []

    def test_are_private_and_keep_what_was_withdrawn(self, attendee_client):
        Poster.objects.filter(number=1).update(status="withdrawn")
        response = attendee_client.get("/example-2030/favourites/")
        assert "no-store" in response["Cache-Control"]
        assert "private" in response["Cache-Control"]
        suggested = [3, 6, 7]
        assert numbers(Page(response.content.decode())) == [1, 2, *suggested]

    def test_stand_under_topics_when_asked(self, attendee_client):
        page = Page(attendee_client.get("/example-2030/favourites/?view=topics").content.decode())
        assert "Robots 1 Board A1 Walking Robots" in page.words

    def test_are_linked_from_the_list_with_its_filters(self, conference, read):
        links = [a["href"] for a in read(f"{LIST}?topic=robots&page=1").all("a") if "favourites/?" in a["href"]]
        assert links == ["/example-2030/favourites/?topic=robots"]


class TestTopics:
    def test_a_topic_has_the_posters_of_the_narrower_ones(self, conference, read):
        Topic.objects.filter(slug="robots").update(parent=Topic.objects.get(slug="theory"))
        assert numbers(read("/example-2030/topics/theory/")) == [1, 2, 3, 6]
        assert numbers(read(f"{LIST}?topic=theory")) == [1, 2, 3, 6]
        assert "Topics T Theory 4 Robots 2" in read("/example-2030/topics/").words
        assert "Topic in Theory Robots" in read("/example-2030/topics/robots/").words

    def test_a_circle_of_topics_does_no_harm(self, conference, read):
        robots, theory = (Topic.objects.get(slug=slug) for slug in ("robots", "theory"))
        Topic.objects.filter(pk=robots.pk).update(parent=theory)
        Topic.objects.filter(pk=theory.pk).update(parent=robots)
        assert numbers(read("/example-2030/topics/theory/")) == [1, 2, 3, 6]
        assert "Robots 4" in read("/example-2030/topics/").words


class TestNamesakes:
    @pytest.fixture
    def earlier(self, conference) -> Author:
        edition = Conference.objects.create(name="Example 2029", slug="example-2029", year=2029, is_published=True)
        person = Author.objects.create(conference=edition, name="Ada Müller", slug="ada-muller", source_id="ada")
        poster = Poster.objects.create(conference=edition, number=1, title="Before")
        poster.authorships.create(author=person, position=1)
        return person

    def test_are_shown_with_their_year_and_no_claim(self, earlier, read):
        page = read("/example-2030/authors/ada-muller/")
        assert "The same name need not be the same person. Ada Müller, Example 2029 1" in page.words
        assert "same name and key" not in page.words
        assert "/example-2029/authors/ada-muller/" in [a["href"] for a in page.all("a")]
        assert "other years" not in read("/example-2030/authors/chidi-okafor/").words

    def test_of_the_same_key_are_shown_with_their_posters(self, earlier, read, django_assert_num_queries):
        Author.objects.filter(conference__slug="example-2030", name="Ada Müller").update(source_id="ada")
        session = earlier.conference.sessions.create(title="Evening Posters", slug="evening")
        for number in range(2, 5):
            poster = Poster.objects.create(
                conference=earlier.conference, number=number, title=rf"Part \& {number}", status="withdrawn"
            )
            poster.authorships.create(author=earlier, position=1)
        hidden = Poster.objects.create(conference=earlier.conference, number=9, title="Hidden", status="draft")
        hidden.authorships.create(author=earlier, position=1)
        Poster.objects.get(title="Before").presentations.create(session=session)
        with django_assert_num_queries(11):
            page = read("/example-2030/authors/ada-muller/")
        shown = (
            "Example 2029 listed there under the same name and key Before Evening Posters Part & 2 Withdrawn Part & 3"
        )
        assert shown in page.words
        assert "Hidden" not in page.words
        assert "/example-2029/posters/2/" in [a["href"] for a in page.all("a")]
        # The stars are this year's: another year's poster of the same number is another poster.
        assert numbers(page) == [1, 2]

    def test_follow_changes_of_their_own_conference_at_once(self, earlier, read, client):
        path = "/example-2030/authors/ada-muller/"
        tag = client.get(path)["ETag"]
        Poster.objects.filter(title="Before").update(status="draft")
        assert client.get(path, headers={"if-none-match": tag}).status_code == 200
        assert "other years" not in read(path).words
