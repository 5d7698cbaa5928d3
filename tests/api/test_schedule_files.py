"""schedule.json and schedule.xml: valid, the same facts, and read back by our own readers."""

import datetime as dt
import json
from dataclasses import replace
from xml.etree import ElementTree

import fastjsonschema
import pytest
import xmlschema
from django.core.cache import cache
from django.core.management import call_command

from posters.models import Conference, Link, Poster, Presentation, Room, Session, Topic
from posters.programme.export import public_programme, readable
from posters.programme.readers import schedule_json, schedule_xml
from posters.programme.records import ProgrammeRecord
from posters.programme.source import Source, SourceFile

pytestmark = pytest.mark.django_db

READERS = {"schedule.json": schedule_json, "schedule.xml": schedule_xml}


@pytest.fixture(scope="module")
def check(shared_data):
    """Holds a file against its public schema."""
    folder = shared_data / "schedule-schema"
    of_json = fastjsonschema.compile(json.loads((folder / "schedule.schema.json").read_text("utf-8")))
    of_xml = xmlschema.XMLSchema(folder / "schedule.xml.xsd")

    def hold(name: str, content: bytes) -> None:
        if name.endswith(".json"):
            of_json(json.loads(content))
        else:
            of_xml.validate(content.decode())

    return hold


@pytest.fixture
def rich(conference) -> Conference:
    """With all that the form can carry, and some that it cannot."""
    Conference.objects.update(website_url="https://example.org/2030", description="Line one\nLine <b>two</b> & 3 < 4")
    theory = Topic.objects.get(slug="theory")
    Poster.objects.get(number=6).poster_topics.create(topic=theory)
    oral = Presentation.objects.get(session__slug="oral-session")
    oral.presenter_starts_at = dt.datetime(2030, 6, 4, 7, 15, tzinfo=dt.UTC)
    oral.presenter_ends_at = dt.datetime(2030, 6, 4, 7, 40, tzinfo=dt.UTC)
    oral.save()
    Session.objects.filter(slug="keynote").update(description="She <speaks>.\n\nAnd then?", title="A & B <i>")
    second = Room.objects.create(conference=conference, name="Hall B")
    board = second.boards.create(label="B 1")
    Presentation.objects.filter(poster__number=6).update(board=board, format="virtual")
    for kind, label in (("stream", "Room 1"), ("video", ""), ("code", "Code: mine"), ("chat", ""), ("other", "x")):
        Link.objects.create(
            poster=Poster.objects.get(number=2), kind=kind, label=label, url=f"https://example.org/{kind}?a=1&b=2"
        )
    return Conference.objects.get()


def carried(record: ProgrammeRecord, *, is_json: bool) -> ProgrammeRecord:
    """What the form has a place for."""
    timed = {session.slug for session in record.sessions if session.starts_at}
    posters = []
    for poster in record.posters:
        shown = tuple(replace(item, position=0) for item in poster.presentations if item.session in timed)
        if shown and poster.status != "withdrawn":
            posters.append(
                replace(
                    poster,
                    place="",
                    authors=tuple(replace(a, affiliation="", source_id="", slug="") for a in poster.authors),
                    decision="",
                    keywords=(),
                    topics=poster.topics[:1],
                    presentations=tuple(sorted(shown, key=lambda item: item.session)),
                    links=tuple(sorted(poster.links, key=str)),
                    status="",
                    source_id="",
                    source_key=None,
                )
            )
    conference = replace(record.conference, venue="", description=record.conference.description if is_json else "")
    return ProgrammeRecord(
        conference=conference,
        sessions=tuple(sorted((s for s in record.sessions if s.starts_at), key=lambda session: session.slug)),
        posters=tuple(sorted(posters, key=lambda poster: poster.number)),
    )


@pytest.mark.parametrize("name", READERS)
def test_what_it_can_carry_is_read_back_without_loss(rich, client, check, name):
    content = client.get(f"/example-2030/{name}").content
    check(name, content)
    source = Source((SourceFile(name, content),))
    assert READERS[name].recognises(source)
    is_json = name.endswith(".json")
    assert carried(READERS[name].read(source), is_json=is_json) == carried(
        readable(public_programme(conference=rich)), is_json=is_json
    )


@pytest.mark.parametrize("name", READERS)
def test_it_is_valid_with_nothing_in_it_too(conference, client, check, name):
    Session.objects.update(starts_at=None, ends_at=None)
    Conference.objects.update(starts_on=None, ends_on=None, slug="a", time_zone="Etc/GMT+12")
    content = client.get(f"/a/{name}").content
    check(name, content)
    assert READERS[name].read(Source((SourceFile(name, content),))).posters == ()


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_a_whole_real_programme_is_valid(client, check, name, shared_data):
    call_command("import_programme", str(shared_data / "emnlp-2020"), conference="emnlp-2020", verbosity=0)
    Conference.objects.update(is_published=True)
    content = client.get(f"/emnlp-2020/{name}").content
    check(name, content)
    read = READERS[name].read(Source((SourceFile(name, content),)))
    held = Poster.objects.exclude(status="withdrawn").filter(presentations__session__starts_at__isnull=False).distinct()
    assert len(read.posters) == held.count() > 700


def test_both_say_the_same(rich, client):
    facts = json.loads(client.get("/example-2030/schedule.json").content)["schedule"]["conference"]["days"]
    in_json = [(e["guid"], e["title"], e["date"]) for day in facts for room in day["rooms"].values() for e in room]
    root = ElementTree.fromstring(client.get("/example-2030/schedule.xml").content)  # noqa: S314 - our own
    in_xml = [(e.get("guid"), e.findtext("title"), e.findtext("date")) for e in root.iter("event")]
    assert in_json == in_xml
    assert len(in_json) == 4 + 6


@pytest.mark.parametrize("name", READERS)
def test_no_drafts_and_no_withdrawn_posters_stand_in_it(conference, client, name):
    content = client.get(f"/example-2030/{name}").content.decode()
    assert "Second Day, Second Chance" in content
    assert "Secret Draft" not in content
    assert "Withdrawn but Remembered" not in content
    Conference.objects.update(is_published=False)
    assert client.get(f"/example-2030/{name}").status_code == 404


@pytest.mark.parametrize("name", READERS)
def test_control_characters_stay_out(conference, client, check, name):
    Poster.objects.filter(number=2).update(title="Bell \x07 and escape \x1b", abstract="Page\x0cbreak")
    check(name, client.get(f"/example-2030/{name}").content)


@pytest.mark.parametrize("count", [10, 300])
def test_the_number_of_queries_is_constant(many_posters, client, django_assert_num_queries, count):
    many_posters(count)
    for name in READERS:
        cache.clear()
        with django_assert_num_queries(17):
            assert client.get(f"/many/{name}").status_code == 200
