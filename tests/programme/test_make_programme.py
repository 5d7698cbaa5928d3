"""`make_programme`: as large as asked for, shaped like a real conference, the same every time."""

from collections import Counter
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import models

from posters.latex import to_text
from posters.models import (
    Attendee,
    Author,
    Authorship,
    Board,
    Change,
    Conference,
    Favourite,
    Link,
    Poster,
    PosterTopic,
    Presentation,
    Session,
)
from posters.programme.records import ProgrammeRecord
from posters.programme.synthetic import synthetic_programme
from posters.programme.upsert import upsert_programme

POSTERS = 400
OTHER_EVERY_TIME = {"id", "uid", "changed_at", "conference_id", "created_at"}
"""Keys, random identifiers and times of writing."""


@pytest.fixture(scope="module")
def programme() -> ProgrammeRecord:
    return synthetic_programme(posters=POSTERS, seed=7)


def rows_of(queryset: models.QuerySet, *more: str) -> list[dict[str, Any]]:
    """All columns but those that differ every time and keys, in a fixed order."""
    names = [
        field.attname
        for field in queryset.model._meta.concrete_fields
        if field.attname not in OTHER_EVERY_TIME and not field.is_relation
    ]
    return list(queryset.values(*names, *more))


def contents(slug: str) -> dict[str, list[dict[str, Any]]]:
    """All that a conference holds, told by slugs and numbers instead of keys."""
    conference = Conference.objects.get(slug=slug)
    posters = Poster.objects.filter(conference=conference)
    wishes = Favourite.objects.filter(poster__conference=conference)
    return {
        "sessions": rows_of(conference.sessions.order_by("slug"), "room__name"),
        "boards": rows_of(Board.objects.filter(room__conference=conference).order_by("label"), "room__name"),
        "posters": rows_of(posters.order_by("number"), "decision__slug"),
        "authors": rows_of(conference.authors.order_by("slug")),
        "authorships": rows_of(
            Authorship.objects.filter(poster__in=posters).order_by("poster__number", "position"),
            "poster__number",
            "author__slug",
        ),
        "topics": rows_of(
            PosterTopic.objects.filter(poster__in=posters).order_by("poster__number", "topic__slug"),
            "poster__number",
            "topic__slug",
        ),
        "presentations": rows_of(
            Presentation.objects.filter(poster__in=posters).order_by("session__slug", "position"),
            "session__slug",
            "poster__number",
            "board__label",
        ),
        "links": rows_of(Link.objects.filter(poster__in=posters).order_by("poster__number", "url"), "poster__number"),
        "favourites": rows_of(wishes.order_by("attendee", "poster__number"), "attendee", "poster__number"),
    }


def test_the_same_seed_gives_the_same_programme(programme: ProgrammeRecord) -> None:
    assert synthetic_programme(posters=POSTERS, seed=7) == programme
    assert synthetic_programme(posters=POSTERS, seed=8).posters != programme.posters


@pytest.mark.django_db
def test_the_same_seed_gives_the_same_database() -> None:
    found = []
    for _ in range(2):
        call_command("make_programme", conference="twice", posters=60, attendees=12, seed=3, verbosity=0)
        found.append(contents("twice"))
        Conference.objects.get(slug="twice").delete()
        Attendee.objects.all().delete()
    assert found[0] == found[1]
    assert len(found[0]["posters"]) == 60
    assert len({row["attendee"] for row in found[0]["favourites"]}) == 12


@pytest.mark.django_db
def test_all_that_the_record_says_is_in_the_database(programme: ProgrammeRecord) -> None:
    upsert_programme(record=programme, conference_slug="made")
    assert Poster.objects.count() == POSTERS
    assert Authorship.objects.count() == sum(len(poster.authors) for poster in programme.posters)
    assert Author.objects.count() == len({a.source_id for p in programme.posters for a in p.authors})
    assert Board.objects.count() == len(programme.boards)
    assert Link.objects.count() == sum(len(poster.links) for poster in programme.posters)
    assert Presentation.objects.count() == sum(len(poster.presentations) for poster in programme.posters)
    sizes = Session.objects.filter(kind=Session.Kind.POSTER).annotate(size=models.Count("presentations"))
    assert [session.size for session in sizes] == [POSTERS // 8] * 8


def test_it_is_shaped_like_a_conference(programme: ProgrammeRecord) -> None:
    posters = programme.posters
    people = Counter(author.source_id for poster in posters for author in poster.authors)
    names = {(author.name, author.source_id) for poster in posters for author in poster.authors}
    formats = Counter(shown.format for poster in posters for shown in poster.presentations)
    lengths = [len(poster.abstract) for poster in posters]
    assert sum(people.values()) == POSTERS * 4.5
    assert "" not in people
    assert max(people.values()) >= 8 * min(people.values())
    assert len({name for name, _ in names}) < len(names), "some persons share a name"
    assert any(not name.isascii() for name, _ in names)
    assert 0.04 < formats["virtual"] / POSTERS < 0.12
    assert {poster.decision for poster in posters} == set(programme.decisions)
    assert 1_200 < sum(lengths) / POSTERS < 1_400
    assert {link.kind for poster in posters for link in poster.links} == {"paper", "video", "code"}
    assert any("$" in poster.title for poster in posters)
    assert any("$" in poster.abstract for poster in posters)


def test_its_text_has_no_gap_left_unfilled(programme: ProgrammeRecord) -> None:
    for poster in programme.posters:
        shown = to_text(f"{poster.title} {poster.abstract}")
        assert "{" not in shown, shown


def test_some_sessions_overlap_a_poster_session(programme: ProgrammeRecord) -> None:
    poster_sessions = [session for session in programme.sessions if session.kind == "poster"]
    others = [session for session in programme.sessions if session.kind != "poster"]
    clashes = [
        (other.kind, session.slug)
        for other in others
        for session in poster_sessions
        if other.starts_at < session.ends_at and session.starts_at < other.ends_at
    ]
    assert len(poster_sessions) == 8
    assert {kind for kind, _ in clashes} == {"keynote", "social"}
    assert len({session.starts_at.date() for session in poster_sessions}) == 4


def test_no_board_is_taken_twice_in_a_session(programme: ProgrammeRecord) -> None:
    taken = Counter(
        (shown.session, shown.room, shown.board)
        for poster in programme.posters
        for shown in poster.presentations
        if shown.board
    )
    known = {(board.room, board.label) for board in programme.boards}
    assert set(taken.values()) == {1}
    assert {(room, board) for _, room, board in taken} <= known
    assert {board.room for board in programme.boards} == {"Hall East", "Hall West"}


@pytest.mark.django_db
def test_attendees_wish_for_2_to_60_posters_and_for_the_popular_ones_more_often() -> None:
    call_command("make_programme", conference="crowd", posters=200, attendees=150, seed=1, verbosity=0)
    wishes = Counter(Favourite.objects.values_list("attendee", flat=True))
    posters = Counter(Favourite.objects.values_list("poster", flat=True))
    assert Attendee.objects.filter(user=None).count() == 150 == len(wishes)
    assert min(wishes.values()) >= 2
    assert max(wishes.values()) <= 60
    most_popular = sum(count for _, count in posters.most_common(20))
    assert most_popular > 2 * 20 / 200 * sum(posters.values())


@pytest.mark.django_db
def test_it_leaves_a_conference_that_exists_alone(conference: Conference) -> None:
    revision = conference.revision
    with pytest.raises(CommandError, match="There is a conference example-2030 already"):
        call_command("make_programme", conference="example-2030", posters=5)
    conference.refresh_from_db()
    assert conference.revision == revision
    assert conference.posters.count() == 8


@pytest.mark.django_db
def test_it_is_told_apart_in_the_change_log() -> None:
    call_command("make_programme", conference="logged", posters=3, verbosity=0)
    assert set(Change.objects.values_list("source", flat=True)) == {Change.Source.COMMAND}
    assert Conference.objects.get(slug="logged").is_published
