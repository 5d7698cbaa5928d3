"""Every write to the programme, by whatever door, raises the revision in its own transaction."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.db import transaction

from posters.models import (
    Author,
    Authorship,
    Board,
    Change,
    Conference,
    Decision,
    Link,
    Poster,
    PosterTopic,
    Presentation,
    Session,
    Topic,
)
from posters.models.base import ROW, ProgrammeModel, ProgrammeQuerySet, programme_changed
from posters.programme.revision import programme_change


def revision() -> int:
    return Conference.objects.get(slug="example-2030").revision


def save(poster: Poster) -> None:
    poster.abstract = "Another."
    poster.save()


def bulk_update(poster: Poster) -> None:
    poster.abstract = "Another."
    Poster.objects.bulk_update([poster], ["abstract"])


WRITES = {
    "save": save,
    "save some fields": lambda p: (setattr(p, "title", "Other"), p.save(update_fields=["title"])),
    "update": lambda p: Poster.objects.filter(pk=p.pk).update(abstract="Another."),
    "related update": lambda p: p.conference.posters.update(keywords="all"),
    "bulk update": bulk_update,
    "create": lambda p: Poster.objects.create(conference=p.conference, number=99, title="New"),
    "get or create": lambda p: Topic.objects.get_or_create(conference=p.conference, slug="new", name="New"),
    "bulk create": lambda p: Author.objects.bulk_create([Author(conference=p.conference, name="N", slug="n")]),
    "rows added": lambda p: Author.objects.add_rows(
        conference=p.conference_id,
        columns=("conference_id", "name", "slug", "source_id"),
        rows=[(p.conference_id, "N", "n", ""), (p.conference_id, "O", "o", "")],
    ),
    "objects added": lambda p: Author.objects.add_all([Author(conference=p.conference, name="N", slug="n")]),
    "delete": lambda p: p.delete(),
    "queryset delete": lambda p: Poster.objects.filter(pk=p.pk).delete(),
    "topic added": lambda p: p.topics.add(Topic.objects.get(slug="robots")),
    "topic removed": lambda p: p.topics.remove(Topic.objects.get(slug="theory")),
    "topics cleared": lambda p: p.topics.clear(),
    "author removed": lambda p: p.authorships.last().delete(),
    "link": lambda p: Link.objects.create(poster=p, kind="code", url="https://example.org/code"),
    "board renamed": lambda p: Board.objects.filter(label="A3").update(label="B3"),
    "session moved": lambda p: Session.objects.filter(slug="keynote").update(room=None),
    "presentation": lambda p: p.presentations.first().delete(),
    "decision": lambda p: Decision.objects.filter(slug="top-5").update(name="Best"),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES.keys())
def test_every_write_raises_the_revision_once(write, poster):
    before = revision()
    write(poster)
    assert revision() == before + 1


def test_what_writes_nothing_raises_nothing(poster):
    before = revision()
    poster.save()
    Poster.objects.filter(pk=poster.pk).update(title=poster.title)
    Poster.objects.filter(pk=-1).delete()
    Poster.objects.bulk_create([])
    Poster.objects.add_all([])
    Poster.objects.add_rows(conference=poster.conference_id, columns=("number",), rows=[])
    assert revision() == before


def test_every_programme_model_announces_its_bulk_writes():
    models = [model for model in ProgrammeModel.__subclasses__() if not model._meta.abstract]
    assert len(models) == 15
    assert [model for model in models if not isinstance(model._default_manager.all(), ProgrammeQuerySet)] == []


def test_a_fixture_file_raises_the_revision_too(poster, tmp_path):
    path = tmp_path / "topics.json"
    call_command("dumpdata", "posters.topic", output=str(path))
    before = revision()
    call_command("loaddata", str(path))
    assert revision() > before


def test_one_change_of_many_writes_raises_it_once(poster):
    before = revision()
    with programme_change(source=Change.Source.COMMAND):
        save(poster)
        Topic.objects.all().delete()
        with programme_change(source=Change.Source.IMPORT):
            Poster.objects.create(conference=poster.conference, number=99)
    assert revision() == before + 1
    assert set(Change.objects.filter(revision=before + 1).values_list("source", flat=True)) == {"command"}


def test_a_write_rolled_back_leaves_the_revision(poster):
    before, changes = revision(), Change.objects.count()
    with transaction.atomic():
        save(poster)
        transaction.set_rollback(True)
    with transaction.atomic():
        with programme_change(source=Change.Source.COMMAND):
            save(poster)
        transaction.set_rollback(True)
    assert (revision(), Change.objects.count()) == (before, changes)
    save(poster)
    assert revision() == before + 1


def test_saving_a_conference_read_earlier_never_sets_the_revision_back(poster):
    stale = Conference.objects.get(slug="example-2030")
    save(poster)
    before = revision()
    stale.venue = "Elsewhere"
    stale.save()
    assert revision() == before + 1


def test_a_new_edition_changes_the_yearly_menu_of_all(conference):
    before = revision()
    other = Conference.objects.create(name="Next", slug="next", year=2031, is_published=True)
    assert revision() == before + 1
    Poster.objects.create(conference=other, number=1)
    assert revision() == before + 1


def test_the_log_tells_each_field_before_and_after(poster):
    with programme_change(source=Change.Source.ADMIN):
        poster.title, poster.decision = "Bridges", Decision.objects.get(slug="top-25")
        poster.save()
    entries = Change.objects.filter(revision=revision()).order_by("field")
    assert [(e.model, e.object_key, e.action, e.field, e.source) for e in entries] == [
        ("poster", poster.pk, "changed", "decision", "admin"),
        ("poster", poster.pk, "changed", "title", "admin"),
    ]
    assert entries[1].before.startswith("Schr")
    assert entries[1].after == "Bridges"


def test_the_log_tells_what_was_added_and_removed(poster):
    new = Poster.objects.create(conference=poster.conference, number=99, title="New")
    assert list(Change.objects.filter(revision=revision()).values_list("model", "object_key", "action")) == [
        ("poster", new.pk, "added")
    ]
    key = new.pk
    new.delete()
    removed = Change.objects.get(revision=revision())
    assert (removed.model, removed.object_key, removed.action, removed.before["title"]) == (
        "poster",
        key,
        "removed",
        "New",
    )


def sequences() -> dict[tuple[str, str], int]:
    rows = Presentation.objects.order_by("pk").values_list("poster__number", "session__slug", "sequence")
    found = {(str(number), slug): sequence for number, slug, sequence in rows}
    return found | {("session", s.slug): s.sequence for s in Session.objects.all()}


@pytest.mark.parametrize(
    ("write", "raised"),
    [
        (
            lambda: Session.objects.filter(slug="poster-session-1").update(
                ends_at=dt.datetime(2030, 6, 3, 11, tzinfo=dt.UTC)
            ),
            {
                ("session", "poster-session-1"),
                ("1", "poster-session-1"),
                ("2", "poster-session-1"),
                ("3", "poster-session-1"),
            },
        ),
        (
            lambda: Presentation.objects.filter(poster__number=2).update(board=None),
            {("2", "poster-session-1")},
        ),
        (
            lambda: Poster.objects.filter(number=1).update(title="Other"),
            {("1", "poster-session-1"), ("1", "oral-session")},
        ),
        (lambda: Poster.objects.filter(number=1).update(abstract="Other"), set()),
        (
            lambda: Board.objects.filter(label="A2").update(label="Z2"),
            {("3", "poster-session-1"), ("5", "poster-session-2")},
        ),
        (
            lambda: Authorship.objects.filter(poster__number=1, position=2).delete(),
            {("1", "poster-session-1"), ("1", "oral-session")},
        ),
        (
            lambda: PosterTopic.objects.filter(poster__number=1).delete(),
            {("1", "poster-session-1"), ("1", "oral-session")},
        ),
    ],
)
def test_calendar_sequences_rise_where_an_event_changed_and_nowhere_else(conference, write, raised):
    before = sequences()
    write()
    after = sequences()
    assert {key for key in before if after[key] != before[key]} == raised
    assert all(after[key] == before[key] + 1 for key in raised)


def test_a_presentation_that_moves_touches_the_session_it_left(conference):
    before = {s.slug: s.sequence for s in Session.objects.all()}
    target = Session.objects.get(slug="poster-session-2")
    Presentation.objects.filter(poster__number=2).update(session=target, board=None)
    after = {s.slug: s.sequence for s in Session.objects.all()}
    assert {slug for slug in before if after[slug] != before[slug]} == {
        "poster-session-1",
        "poster-session-2",
    }


@pytest.fixture
def heard():
    """What is told at the end of each change."""
    told: list[dict] = []

    def hear(sender, signal, touched, **facts):
        told.append({"touched": {model: {*keys} for model, keys in touched.items()}, **facts})

    programme_changed.connect(hear)
    yield told
    programme_changed.disconnect(hear)


def test_a_change_tells_once_what_it_touched(conference, heard):
    one, two = conference.posters.filter(number__in=[1, 2]).order_by("number")
    written_by, topic = two.authorships.first(), one.poster_topics.get()
    with programme_change(source=Change.Source.COMMAND):
        Authorship.objects.get(pk=written_by.pk).delete()
        PosterTopic.objects.filter(pk=topic.pk).update(topic=Topic.objects.get(slug="robots"))
        new = Link.objects.bulk_create(
            [Link(conference=conference, poster=one, kind="code", url="https://example.org")]
        )
        assert heard == []
    assert heard == [
        {
            "touched": {Authorship: {written_by.pk}, PosterTopic: {topic.pk}, Link: {new[0].pk}},
            "columns": {Authorship: {ROW}, PosterTopic: {"topic_id"}, Link: {ROW}},
            "posters": {one.pk, two.pk},
            "conferences": {conference.pk},
            "disowned": {
                Authorship: {two.pk: {written_by.author_id}},
                PosterTopic: {one.pk: {topic.topic_id}},
            },
        }
    ]


def test_what_is_added_by_the_thousand_is_told_and_logged_like_what_is_added_one_by_one(conference, heard):
    one, two = conference.posters.filter(number__in=[1, 2]).order_by("number")
    session = Session.objects.create(conference=conference, title="Late", slug="late")
    heard.clear()
    with programme_change(source=Change.Source.IMPORT):
        new = [Presentation(poster=poster, session=session) for poster in (one, two)]
        Presentation.objects.add_all(new)
    keys = [presentation.pk for presentation in new]
    assert heard == [
        {
            "touched": {Presentation: {*keys}},
            "columns": {Presentation: {ROW}},
            "posters": {one.pk, two.pk},
            "conferences": {conference.pk},
            "disowned": {},
        }
    ]
    log = Change.objects.filter(revision=revision()).order_by("pk")
    assert list(log.values_list("model", "object_key", "action", "before", "after")) == [
        ("presentation", key, "added", None, None) for key in keys
    ]
    assert list(Presentation.objects.filter(pk__in=keys).order_by("pk").values_list("uid", "sequence")) == [
        (presentation.uid, 0) for presentation in new
    ]


@pytest.mark.parametrize(
    ("delete", "numbers"),
    [
        (lambda c: c.posters.get(number=3).delete(), {3}),
        (lambda c: c.posters.filter(number__gt=6).delete(), {7, 8}),
        (lambda c: Author.objects.get(slug="ada-muller").delete(), {1, 2}),
        (lambda c: Topic.objects.filter(slug="theory").delete(), {1, 3}),
        (lambda c: Board.objects.get(label="A2").delete(), {3, 5}),
        (lambda c: Session.objects.filter(slug="poster-session-1").delete(), {1, 2, 3}),
        (lambda c: c.rooms.get(name="Hall A").delete(), {1, 2, 3, 4, 5, 6, 8}),
        (lambda c: Decision.objects.get(slug="top-25").delete(), {4}),
        (lambda c: c.delete(), {1, 2, 3, 4, 5, 6, 7, 8}),
        (lambda c: Session.objects.get(slug="keynote").delete(), set()),
    ],
)
def test_a_removal_tells_the_posters_that_lost_something(conference, heard, delete, numbers):
    keys = dict(conference.posters.values_list("number", "pk"))
    delete(conference)
    assert [facts["posters"] for facts in heard] == [{keys[number] for number in numbers}]


def test_a_renamed_author_is_told_as_such_and_touches_no_poster(conference, heard):
    author = Author.objects.get(slug="bo-li")
    Author.objects.filter(pk=author.pk).update(name="Bo Lee")
    assert heard == [
        {
            "touched": {Author: {author.pk}},
            "columns": {Author: {"name"}},
            "posters": set(),
            "conferences": {conference.pk},
            "disowned": {},
        }
    ]
