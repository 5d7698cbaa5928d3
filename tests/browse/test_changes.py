"""What moved, for everybody: a page and a feed, without drafts."""

import html
import xml.etree.ElementTree as ET

import pytest

from posters.models import Board, Change, Conference, Poster, Presentation, Revision, Session
from posters.programme.revision import programme_change
from tests.conftest import at

pytestmark = pytest.mark.django_db

PAGE, FEED = "/example-2030/changes/", "/example-2030/changes.atom"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def public(conference: Conference) -> Conference:
    """Published only now: what was loaded before is no change."""
    Conference.objects.update(is_published=False)
    Conference.objects.update(is_published=True)
    return conference


def entries(client) -> list[ET.Element]:
    response = client.get(FEED)
    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    return ET.fromstring(response.content).findall(f"{ATOM}entry")  # noqa: S314 - our own


def headlines(client) -> list[str]:
    return [entry.findtext(f"{ATOM}title") for entry in entries(client)]


def test_what_was_done_before_it_was_public_is_no_change(public, client, read):
    assert headlines(client) == []
    assert "Nothing has changed so far." in read(PAGE).words


def test_each_release_is_told_once_the_latest_first(public, client, read):
    Presentation.objects.filter(poster__number=2).update(board=Board.objects.get(label="A7"))
    with programme_change(source=Change.Source.SHELL):
        Session.objects.filter(slug="keynote").update(starts_at=at(3, 13), ends_at=at(3, 14))
        Poster.objects.filter(number=3).update(status="withdrawn")
    assert headlines(client) == [
        "Opening Keynote moved from Mon 3 Jun, 11:00–12:00 to Mon 3 Jun, 13:00–14:00, and 1 more",
        "Walking Robots Learn to Rest moved from board A1 to board A7 in Poster Session 1",
    ]
    page = read(PAGE)
    assert page.faults == []
    for words in (
        "Walking Robots Learn to Rest moved from board A1 to board A7",
        "Opening Keynote moved from Mon 3 Jun, 11:00–12:00",
        "Is This a Question? was withdrawn",
    ):
        assert words in page.words


def test_a_note_stands_once_with_the_changes_it_explains(public, client, read):
    Poster.objects.filter(number=3).update(status="withdrawn")
    public.refresh_from_db()
    note = "The author fell ill.\n\nSee https://example.org/ <b>"
    Revision.objects.create(conference=public, revision=public.revision, note=note)
    Poster.objects.filter(number=2).update(title="Robots, Rested")
    assert [note.split("\n")[0] in str(one.findtext(f"{ATOM}summary")) for one in entries(client)] == [False, True]
    for text in (client.get(PAGE).content.decode(), html.unescape(client.get(FEED).content.decode())):
        assert text.count("<p>The author fell ill.</p>") == 1
        assert '<a href="https://example.org/"' in text
        assert "&lt;b&gt;" in text
    assert read(PAGE).faults == []


def test_each_release_is_told_as_it_was_then(public, client):
    Session.objects.filter(slug="keynote").update(starts_at=at(3, 13), ends_at=at(3, 14))
    Session.objects.filter(slug="keynote").update(ends_at=at(3, 15))
    Session.objects.filter(slug="keynote").update(ends_at=at(3, 16))
    assert headlines(client) == [
        "Opening Keynote moved from Mon 3 Jun, 13:00–15:00 to Mon 3 Jun, 13:00–16:00",
        "Opening Keynote moved from Mon 3 Jun, 13:00–14:00 to Mon 3 Jun, 13:00–15:00",
        "Opening Keynote moved from Mon 3 Jun, 11:00–12:00 to Mon 3 Jun, 13:00–14:00",
    ]


def test_drafts_are_never_shown_nor_what_was_done_while_one_was(public, client):
    Poster.objects.filter(number=8).update(title="Secret One")
    Presentation.objects.filter(poster__number=8).update(board=Board.objects.get(label="A9"))
    Presentation.objects.get(poster__number=8).delete()
    Poster.objects.create(conference=public, number=9, title="Secret Nine", status="draft").delete()
    assert headlines(client) == []
    Poster.objects.filter(number=8).update(title="Secret Two")
    with programme_change(source=Change.Source.SHELL):
        Poster.objects.filter(number=8).update(status="published", title="Told at Last")
    assert headlines(client) == ["Told at Last is new in the programme"]
    Poster.objects.filter(number=8).update(title="Told Again")
    Poster.objects.filter(number=8).update(status="draft")
    assert headlines(client) == []
    text = client.get(FEED).content.decode() + client.get(PAGE).content.decode()
    assert "Secret" not in text
    assert "Told" not in text


def test_what_is_gone_is_told_by_the_name_it_had(public, client):
    Poster.objects.get(number=2).delete()
    Session.objects.get(slug="oral-session").delete()
    assert headlines(client) == [
        "Oral Session was taken out of the programme",
        "Walking Robots Learn to Rest was taken out of the programme",
    ]


def test_the_feed_is_valid_atom(public, client):
    """RFC 4287 §4.1: what a feed and an entry must have, once each, and addresses in full."""
    Poster.objects.filter(number=1).update(title="A <b>bold</b> & $x^2$ \x0b title")
    Poster.objects.filter(number=2).update(status="withdrawn")
    feed = ET.fromstring(client.get(FEED).content)  # noqa: S314 - our own
    assert feed.tag == f"{ATOM}feed"
    for element in (feed, *feed.findall(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            (found,) = element.findall(f"{ATOM}{name}")
            assert found.text
    assert feed.find(f"{ATOM}author/{ATOM}name").text == "Example Conference 2030"
    links = {link.get("rel"): link.get("href") for link in feed.findall(f"{ATOM}link")}
    assert links == {"alternate": f"http://127.0.0.1:8000{PAGE}", "self": f"http://127.0.0.1:8000{FEED}"}
    ids = [entry.findtext(f"{ATOM}id") for entry in feed.findall(f"{ATOM}entry")]
    assert len(set(ids)) == len(ids) == 2
    assert "A <b>bold</b> & x² title" in feed.findall(f"{ATOM}entry/{ATOM}title")[1].text.replace("  ", " ")
    assert "&lt;b&gt;bold" in feed.findall(f"{ATOM}entry/{ATOM}summary")[1].text


def test_a_change_shows_on_the_next_request_and_else_nothing_is_sent(public, client):
    tag = client.get(FEED)["ETag"]
    assert client.get(FEED, headers={"if-none-match": tag}).status_code == 304
    Poster.objects.filter(number=2).update(status="withdrawn")
    assert client.get(FEED, headers={"if-none-match": tag}).status_code == 200


def test_a_large_import_is_cut_and_says_so(many_posters, client, read, django_assert_max_num_queries):
    conference = many_posters(150)
    page = read(f"/{conference.slug}/changes/")
    assert "More has changed than is listed here." in page.words
    Poster.objects.filter(conference=conference).update(title="New")
    with django_assert_max_num_queries(14):
        read(f"/{conference.slug}/changes/")


def test_releases_are_paged(public, client, read):
    for number in range(21):
        Poster.objects.filter(number=2).update(title=f"Title {number}")
    assert len(entries(client)) == 20
    assert "Title 19" in read(PAGE).words
    assert "“Walking Robots Learn to Rest”" in read(f"{PAGE}?page=2").words
