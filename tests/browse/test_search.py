"""Words find posters, the likeliest first, by whatever door these were written: the same on both databases."""

import sqlite3
import threading
from dataclasses import replace
from functools import partial
from itertools import count

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection, connections, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from posters.browse.search import MOST_WORDS, answers, read_query
from posters.browse.words import LONGEST_WORD, fold, stem, words_of, words_shown
from posters.models import Author, Authorship, Board, Conference, Poster, PosterText, PosterTopic, SearchWord, Topic
from posters.programme.readers import read_programme
from posters.programme.revision import programme_change
from posters.programme.source import open_source
from posters.programme.upsert import upsert_programme
from tests.browse.conftest import Page, numbers
from tests.conftest import EXAMPLE

LIST = "/example-2030/posters/"


@pytest.fixture
def found(conference, client):
    """The numbers of the posters that a text finds, in order, withdrawn ones too."""

    def find(text: str, **filters: str) -> list[int]:
        response = client.get(LIST, {"q": text, "withdrawn": "show", **filters})
        assert response.status_code == 200
        return numbers(Page(response.content.decode()))

    return find


def write(number: int, **values: str) -> Poster:
    Poster.objects.filter(number=number).update(**values)
    return Poster.objects.get(number=number)


# What is found


FIELDS = {
    "title": ("walking", [2]),
    "author": ("müller", [1, 2]),
    "affiliation": ("institute two", [3]),
    "topic": ("theory", [1, 3]),
    "keyword": ("quills", [5]),
    "abstract": ("steps", [1]),
    "board": ("A5", []),
    "board of a poster that is no draft": ("A4", [6]),
    "number": ("#7", [7]),
    "key in the source": ("key-77", [7]),
}


def test_every_field_is_searched(found):
    write(7, source_id="key-77")
    write(5, keywords="none; quills")
    assert {field: (text, sorted(found(text))) for field, (text, _) in FIELDS.items()} == FIELDS


def test_a_short_beginning_counts_outside_the_abstract(found):
    write(5, abstract="Of quokkas.")
    write(7, title="Quolls at dusk")
    assert {text: found(text) for text in ("quo", "quok", "quokka")} == {"quo": [7], "quok": [5], "quokka": [5]}


FINDS = {
    "robot": [2, 6],
    "walks": [2],
    "walked robots": [2],
    "robots bridges": [],
    "ROBOTS": [2, 6],
    "Muller": [1, 2],
    "simic": [4],
    "ŠIMIĆ": [4],
    "schrodinger": [1],
    "ℓ∞": [1],
    "l∞ norms": [1],
    r"$\ell_\infty$ norms": [1],
    "x2": [1],
    r"Schr\"{o}dinger": [1],
    "wal": [2],
    "walkin": [2],
    "rob wal": [],
    "eun-ji": [4, 5],
    '"second day"': [6],
    '"day second"': [6],
    '"day chance"': [],
    "“second day”": [6],
    '"robots rest"': [2],
    "ada -robots": [1],
    'ada -"walking robots"': [1],
    "-robots": [1, 3, 4, 5, 7],
    "secret": [],
    "hidden": [],
}


def test_words_phrases_and_exclusions(found):
    assert {text: sorted(found(text)) for text in FINDS} == FINDS


NAMES = {
    "Łukasz Bąk": "lukasz bak",
    "Pál Erdős": "erdos",
    "Søren Ångström": "soren angstrom",
    "Siobhán O’Brien": "o'brien",
    "Siobhán O'Brien": "obrien",
    "Đặng Thùy": "dang thuy",
    "Weiß": "weiss",
    "Ægir": "aegir",
    r"Paul Erd\H{o}s": "Erdős",
    "李明": "李明",
}


def test_accents_and_apostrophes_make_no_difference(found):
    for name, text in NAMES.items():
        Author.objects.filter(slug="fatou-ndiaye").update(name=name)
        assert (found(text), found(name)) == ([7], [7]), name


HOSTILE = [
    'a"b', '"', '"" "" ""', "deep-learning", "o'brien", "*", "walking*", "NEAR(a b)", "title:robots", "robots AND",
    "OR", "NOT robots", "{title}: x", "^robots", "a + b", "robots & | ! <-> :*", "\\", "%", "_", "\0", "robots\0", "-",
    "--", '-"', '"unclosed phrase', "x" * 10_000, "robots " * 3_000, '"' * 10_000, "-" * 10_000, "$" * 10_000, "\ue000",
    "¦", "\u202e", "ﷺ" * 300, "½ ²", "{{7*7}}",
]  # fmt: skip


def test_hostile_text_is_just_words(conference, found):
    every = answers([read_query(text) for text in HOSTILE])
    assert set().union(*(answer.wanted or [] for answer in every)) <= set(
        PosterText.objects.values_list("pk", flat=True)
    )
    for text in HOSTILE:
        (answer,) = answers([read_query(f"zebra {text}")])
        assert answer.wanted == [], text[:20]
    assert found(" ".join(HOSTILE)) == []


def test_operators_are_words(found):
    assert found("walking OR bridges") == []
    assert found("title:robots") == []
    assert found("r_b") == []
    write(2, title="100% of robots AND NOT one OR two NEAR three")
    assert [found(text) for text in ("100%", "robots AND", "NOT one", "near three")] == [[2]] * 4


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text() | st.lists(st.sampled_from(['"', "-", " ", "*", "robots", "$", "\\", "{", "'", "a"])).map("".join))
def test_no_text_raises(conference, text):
    Client().get(LIST, {"q": text})
    query = read_query(text)
    assert read_query(query.text).text == query.text
    assert len(query.words) <= MOST_WORDS * 4


@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=60))
@example(title="\ud7fc-0")
def test_every_poster_is_found_by_the_words_of_its_title(found, title):
    write(6, title=title, abstract="")
    for word in words_shown([title])[:MOST_WORDS]:
        assert 6 in found(f'"{word}"')
    shown = [word for word in title.split() if words_of(word) and not word.startswith("-")]
    if shown and not set('$\\`{}"“”„‟«»') & set(title) and "--" not in title:
        assert 6 in found(" ".join(shown))


def test_every_real_poster_is_found_by_its_own_title(db, iclr_page):
    upsert_programme(record=read_programme(open_source(iclr_page)), conference_slug="real")
    for poster in Poster.objects.all():
        if query := read_query(poster.title):
            (answer,) = answers([query])
            assert poster.pk in answer.wanted, poster.title


@given(st.text())
def test_folding_is_stable(text):
    assert fold(fold(text)) == fold(text)
    assert all(len(word) <= LONGEST_WORD and words_of(word) == [word] for word in words_of(text))
    assert words_of(f"ø {text}") == ["o", *words_of(text)]  # whether plain ASCII or not


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("caresses caress", "caress"),
        ("ponies", "poni"),
        ("agreed agree", "agre"),
        ("feed", "feed"),
        ("hopping hops hop", "hop"),
        ("hoping", "hope"),
        ("failing", "fail"),
        ("sky", "sky"),
        ("happy", "happi"),
        ("relational relate", "relat"),
        ("vietnamization", "vietnam"),
        ("formalize formal", "formal"),
        ("adoption adopt", "adopt"),
        ("controlling controls", "control"),
        ("generalizations generalization generalize general", "gener"),
        ("learning learned learns learn", "learn"),
        ("ness", "ness"),
        ("gpt4", "gpt4"),
        ("müll", "müll"),
    ],
)
def test_stems_are_porters(words, expected):
    assert {stem(word) for word in words.split()} == {expected}


def test_stems_are_those_of_the_database(iclr_page):
    if connection.vendor != "sqlite":
        pytest.skip("FTS5's own stemmer is on SQLite")
    words = set(words_of(iclr_page.read_text("utf-8")))
    listed = sorted(word for word in words if word.isascii() and word.isalpha())
    memory = sqlite3.connect(":memory:")
    memory.execute("CREATE VIRTUAL TABLE text USING fts5(word, tokenize = 'porter ascii')")
    memory.execute("CREATE VIRTUAL TABLE terms USING fts5vocab(text, instance)")
    memory.executemany("INSERT INTO text (rowid, word) VALUES (?, ?)", enumerate(listed))
    stems = {listed[row]: term for term, row in memory.execute("SELECT term, doc FROM terms")}
    memory.close()
    assert stems == {word: stem(word) for word in listed}


# In which order


def test_title_and_authors_come_before_abstracts(found):
    write(7, abstract="Robots robots robots, and robots again.")
    assert found("robots") == [2, 6, 7]
    write(3, abstract="Chidi Okafor is thanked. Okafor!")
    assert sorted(found("okafor")[:2]) == [2, 6]
    assert found("okafor")[2:] == [3]


def test_a_person_comes_first(found):
    write(2, title="Li Walks with Bo", abstract="Bo, Bo Bo. Li li.")
    write(6, abstract="We thank Bo Li. Bo Li! Bo Li.")
    assert sorted(found("bo li")[:2]) == [1, 3]
    assert found("bo li")[2:] == [2, 6]


def test_names_do_not_run_into_each_other(found):
    assert found('"müller bo"') == []
    assert sorted(found('"ada müller"')) == [1, 2]


def test_a_number_a_board_or_a_key_comes_first(found):
    write(6, title="7 7 7 Wonders", source_id="W1-7")
    write(3, title="Walls of A4")
    assert found("7")[0] == found("#7")[0] == 7
    assert found("a4") == [6, 3]
    assert found("A4") == [6, 3]
    assert found("w1-7")[0] == 6
    assert found("7 wonders") == [6]


def test_where_too_many_are_alike_they_stay_in_order_behind_those_with_the_words_in_the_title(found, monkeypatch):
    write(3, abstract="One quill, and many other words that have nothing to do with it.")
    write(6, abstract="Quill quill quill.")
    write(7, title="Quill quill")
    write(2, title="The quill, and much else that is about other things")
    assert found("quill") == [7, 2, 6, 3]
    for most, order in ((2, [7, 2, 3, 6]), (1, [2, 7, 3, 6])):
        monkeypatch.setattr("posters.browse.search.MOST_RANKED", most)
        cache.clear()
        assert found("quill") == order


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_programme_that_was_here_before_is_found_after_the_migration(transactional_db):
    upsert_programme(record=EXAMPLE, conference_slug="example-2030")
    call_command("migrate", "posters", "0005_similar_posters", verbosity=0)
    call_command("migrate", verbosity=0)
    assert numbers(Page(Client().get(LIST, {"q": "robots"}).content.decode())) == [2, 6]
    assert words_counted(Conference.objects.get())["robots"] == 2


def test_the_sort_of_a_search_is_by_relevance_and_can_be_another(found, read):
    write(1, abstract="Robots are not here. Robots!")
    assert found("robots") == [2, 6, 1]
    assert found("robots", sort="relevance") == [2, 6, 1]
    assert found("robots", sort="number") == [1, 2, 6]
    choices = [option["value"] for option in read(f"{LIST}?q=robots").all("option")]
    assert choices[:2] == ["", "number"]
    assert [option["value"] for option in read(LIST).all("option")][:2] == ["", "board"]
    assert numbers(read(f"{LIST}?sort=relevance")) == [1, 2, 3, 4, 6, 7]
    assert numbers(read(f"{LIST}?q=-robots&sort=relevance")) == [3, 4, 7]


def test_filters_and_pages_hold_within_a_search(many_posters, read):
    many_posters(120)
    first, second = (numbers(read(f"/many/posters/?q=poster&session=posters-1&page={page}")) for page in (1, 2))
    assert sorted(first + second) == list(range(2, 121, 2))


# What the page says


def test_words_left_out_are_named(conference, read):
    words = " ".join(f"w{number}" for number in range(MOST_WORDS + 1))
    assert f"Words after the first {MOST_WORDS}" in read(f"{LIST}?q={words}").words
    assert "Left out" not in read(f"{LIST}?q={words.rpartition(' ')[0]}").words


def test_the_query_is_shown_in_a_form_that_means_the_same(conference, read):
    page = read(f"{LIST}?q=%20ada%20-robots%20“walks%20far”%20deep-learning")
    assert page.all("input", id="q")[0]["value"] == 'ada -robots "walks far" deep learning'


MEANT = {
    "robotts": ("robots", [2, 6]),
    "walkign robots": ("walking robots", [2]),
    "Schrodingr": ("schrodinger", [1]),
    "okafr second": ("okafor second", [6]),
    "rbidges": ("bridges", [1]),
    '"walkng robots"': ('"walking robots"', [2]),
}


def test_a_misspelt_word_is_answered_with_what_was_meant(conference, read):
    for text, (meant, expected) in MEANT.items():
        page = read(f"{LIST}?q={text}")
        assert f"No poster has “{text}”. Did you mean {meant}?" in page.words
        assert f"{len(expected)} of 6 posters for “{meant}”" in page.words
        assert numbers(page) == expected
        (link,) = [a["href"] for a in page.all("a") if a["href"].startswith("?q=")]
        assert numbers(read(f"{LIST}{link}")) == expected


def test_nothing_is_suggested_that_finds_nothing_or_is_secret(conference, read):
    for text in ("zebra", "secrt", "hiden", "robots bridges", "xq", "1234567", "robots decision"):
        page = read(f"{LIST}?q={text}")
        assert ("Did you mean" in page.words, numbers(page)) == (False, []), text


def test_suggestions_respect_the_other_filters(conference, read):
    page = read(f"{LIST}?q=robotts&session=poster-session-1&sort=title")
    assert "None of these posters has “robotts”. Did you mean robots?" in page.words
    assert "?q=robots&session=poster-session-1&sort=title" in [a["href"] for a in page.all("a")]
    assert "Did you mean" not in read(f"{LIST}?q=robotts&session=late-posters").words


def test_a_misspelling_on_a_poster_does_not_hide_what_was_meant(many_posters, read):
    conference = many_posters(30)
    conference.posters.filter(number=1).update(abstract="A posster.", title="Other")
    page = read("/many/posters/?q=posster+title+7")
    assert "Did you mean poster title 7?" in page.words
    assert 7 in numbers(page)


def marks(html: str) -> list[str]:
    return [part.partition("</mark>")[0] for part in html.split("<mark>")[1:]]


def test_matches_are_marked_in_title_and_abstract(conference, client):
    write(2, abstract="One. " * 60 + "A robot, ROBOTS and robotics; also <b>Müllers</b>. " + "Two. " * 60)
    html = client.get(LIST, {"q": "müllers -zebra robot"}).content.decode()
    assert marks(html) == ["Robots", "Müller", "robot", "ROBOTS", "robotics", "Müllers"]
    snippet = html.partition('class="snippet">')[2].partition("</p>")[0]
    assert snippet.startswith("… ")
    assert snippet.endswith(" …")
    assert len(snippet) < 400
    assert "&lt;b&gt;<mark>Müllers</mark>&lt;/b&gt;" in snippet
    html = client.get(LIST, {"q": "robot", "view": "abstracts"}).content.decode()
    assert 'class="snippet"' not in html
    assert marks(html) == ["Robots", "robot", "ROBOTS", "robotics"]


def test_marks_leave_formulas_and_escaping_whole(conference, client):
    write(1, title=r"<script>x</script> & $\alpha < x$ norms", abstract=r"Robots $x^{norm}$ & norms'' <i>norm</i>.")
    html = client.get(LIST, {"q": "norm x script alpha amp lt"}).content.decode()
    assert html.count("<script>x") == 0
    html = client.get(LIST, {"q": "norms script"}).content.decode()
    assert "&lt;<mark>script</mark>&gt;x&lt;/<mark>script</mark>&gt; &amp; <span" in html
    assert r'data-tex="\alpha &lt; x"' in html
    assert 'data-tex="x^{norm}"' in html
    assert "&lt;i&gt;<mark>norm</mark>&lt;/i&gt;" in html
    assert "<mark>" not in client.get(LIST).content.decode()


def test_matches_are_marked_in_the_names_of_authors(conference, client):
    html = client.get(LIST, {"q": "muller"}).content.decode()
    assert marks(html) == ["Müller", "Müller"]
    assert '<a href="/example-2030/authors/ada-muller/">Ada <mark>Müller</mark></a>' in html
    Author.objects.filter(slug="ada-muller").update(name="Ada <b>Müller</b> & Co")
    html = client.get(LIST, {"q": "muller"}).content.decode()
    assert ">Ada &lt;b&gt;<mark>Müller</mark>&lt;/b&gt; &amp; Co</a>" in html


def test_what_begins_like_the_last_word_is_marked(conference, client):
    assert marks(client.get(LIST, {"q": "walk rob"}).content.decode()) == ["Walking", "Robots", "Robots"]


# Kept as the programme is


def renamed(poster: Poster) -> None:
    author = poster.authorships.first().author
    author.name = "Zora Quill"
    author.save()


DOORS = {
    "save": lambda p: (setattr(p, "title", "Quill"), p.save()),
    "update": lambda p: Poster.objects.filter(pk=p.pk).update(abstract="quill"),
    "bulk update": lambda p: (setattr(p, "keywords", "quill"), Poster.objects.bulk_update([p], ["keywords"])),
    "author renamed": renamed,
    "authors renamed": lambda p: Author.objects.filter(authorships__poster=p).update(name="Quill"),
    "author added": lambda p: Authorship.objects.create(
        poster=p, position=9, author=Author.objects.create(conference=p.conference, name="Quill", slug="quill")
    ),
    "affiliation": lambda p: p.authorships.update(affiliation="Quill House"),
    "topic renamed": lambda p: Topic.objects.filter(posters=p).update(name="Quills"),
    "topic added": lambda p: p.topics.add(Topic.objects.create(conference=p.conference, name="Quill", slug="q")),
    "board renamed": lambda p: Board.objects.filter(presentations__poster=p).update(label="Quill"),
    "board given": lambda p: p.presentations.update(
        board=Board.objects.create(room=p.conference.rooms.get(name="Hall A"), label="Quill")
    ),
}


@pytest.mark.parametrize("door", DOORS.values(), ids=DOORS.keys())
def test_what_is_written_is_found_on_the_next_request(found, door):
    assert found("quill") == []
    door(Poster.objects.get(number=6))
    assert 6 in found("quill")


REMOVALS = {
    "poster": lambda c: c.posters.get(number=6).delete(),
    "posters": lambda c: c.posters.filter(number=6).delete(),
    "draft": lambda c: c.posters.filter(number=6).update(status="draft"),
    "author": lambda c: c.authors.get(slug="chidi-okafor").delete(),
    "authors": lambda c: c.authors.filter(slug="chidi-okafor").delete(),
    "authorship": lambda c: Authorship.objects.filter(author__slug="chidi-okafor").delete(),
    "renamed": lambda c: c.authors.filter(slug="chidi-okafor").update(name="Nobody"),
}


@pytest.mark.parametrize("remove", REMOVALS.values(), ids=REMOVALS.keys())
def test_what_is_removed_is_found_no_more(conference, found, remove):
    assert sorted(found("chidi okafor")) == [2, 6]
    remove(conference)
    assert 6 not in found("chidi okafor")


def test_topics_and_boards_removed_are_found_no_more(conference, found):
    assert found("A4") == [6]
    assert found("robots") == [2, 6]
    PosterTopic.objects.filter(poster__number=6).delete()
    Board.objects.filter(label="A4").delete()
    assert found("A4") == []
    assert found("robots") == [2]


def test_an_import_is_found_and_its_changes_too(db, found):
    assert (found("nobody looks"), found("quills")) == ([2], [])
    posters = (replace(EXAMPLE.posters[1], abstract="Quills swim."), *EXAMPLE.posters[2:])
    upsert_programme(record=replace(EXAMPLE, posters=posters), conference_slug="example-2030")
    assert (found("nobody looks"), found("quills")) == ([], [2])


def words_counted(conference: Conference) -> dict[str, int]:
    return dict(SearchWord.objects.filter(conference=conference).values_list("word", "poster_count"))


def test_words_are_counted_as_often_as_posters_have_them(conference):
    counted = words_counted(conference)
    assert (counted["okafor"], counted["muller"], counted["robots"]) == (2, 2, 2)
    assert "secret" not in counted
    for number in (2, 6, 2):
        write(number, title="Quill", abstract=f"Number {number}")
    write(8, status="published")
    incremental = words_counted(conference)
    call_command("rebuild_search_index", verbosity=0)
    assert words_counted(conference) == incremental
    assert incremental["quill"] == 2
    conference.delete()
    assert (SearchWord.objects.count(), PosterText.objects.count()) == (0, 0)


def test_saving_one_poster_indexes_one_poster_and_none_where_nothing_changed(many_posters):
    conference = many_posters(60)
    poster = conference.posters.get(number=5)

    def indexed():
        return set(PosterText.objects.values_list("poster__number", flat=True))

    PosterText.objects.filter(poster__number__in=(5, 6)).delete()
    before = indexed()
    poster.title = "Quill"
    poster.save()
    assert indexed() == before | {5}
    PosterText.objects.filter(poster=poster).delete()
    poster.save()
    assert indexed() == before


def test_one_change_indexes_at_its_end(conference, found):
    with programme_change(source="command"):
        write(6, title="Quill")
        before = PosterText.objects.get(poster__number=6).words
        write(6, abstract="Quills")
    assert "quill" not in before
    assert found("quill") == [6]


def test_a_change_rolled_back_is_not_found(conference, found):
    with transaction.atomic():
        write(6, title="Quill")
        transaction.set_rollback(True)
    assert found("quill") == []


def test_the_index_can_be_rebuilt(conference, found, capsys):
    PosterText.objects.all().delete()
    SearchWord.objects.all().delete()
    assert found("robots") == []
    call_command("rebuild_search_index", conference="example-2030")
    assert capsys.readouterr().out == "Indexed 8 posters.\n"
    assert found("robots") == [2, 6]
    with pytest.raises(CommandError, match=r"There is no conference “other”\. There are: example-2030\."):
        call_command("rebuild_search_index", conference="other")


def test_a_restored_dump_is_indexed(conference, found, tmp_path):
    path = tmp_path / "all.json"
    call_command("dumpdata", "posters", output=str(path))
    Conference.objects.all().delete()
    call_command("loaddata", str(path), verbosity=0)
    assert found("robots") == [2, 6]
    counted = words_counted(conference)
    call_command("rebuild_search_index", verbosity=0)
    assert words_counted(conference) == counted


def test_two_conferences_do_not_mix(conference, many_posters, read, found):
    many_posters(3)
    assert found("poster") == []
    assert numbers(read("/many/posters/?q=robots")) == []
    assert "Did you mean" not in read(f"{LIST}?q=abstrct+poster").words


def test_searches_take_a_constant_number_of_queries(many_posters, client):
    counts = []
    for size, slug in ((10, "small"), (300, "large")):
        many_posters(size, slug=slug)
        client.get(f"/{slug}/posters/")  # Reads the facet table; test_query_counts counts that.
        counted = []
        for query in ("q=poster", "q=author+3", "q=titel+3", 'q="abstract of"+-7&sort=title', "q=%233"):
            cache.clear()
            with CaptureQueriesContext(connection) as queries:
                client.get(f"/{slug}/posters/?{query}")
            counted.append(len(queries))
        counts.append(counted)
    assert counts == [[7, 7, 9, 7, 8]] * 2


@pytest.mark.django_db(transaction=True)
def test_many_write_and_search_at_once(transactional_db):
    upsert_programme(record=EXAMPLE, conference_slug="example-2030")
    keys = list(Poster.objects.order_by("number").values_list("pk", flat=True))
    errors: list[Exception] = []
    numbers_of = count()

    def work(key: int) -> None:
        try:
            for _ in range(4):
                Poster.objects.filter(pk=key).update(title=f"Concurrent quill {next(numbers_of)}")
                Client().get(LIST, {"q": "quill"})
        except OperationalError as error:
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=partial(work, key)) for key in keys]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    conference = Conference.objects.get()
    assert words_counted(conference)["concurrent"] == 8
