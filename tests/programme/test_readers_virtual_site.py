"""The JSON feed of virtual sites: its real counts, papers that stand there twice, and what is broken."""

import datetime as dt
import json
from collections import Counter
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from posters.models import Author, Authorship, Board, Conference, Link, Poster, Presentation, Session
from posters.programme.readers import reader_of, virtual_site
from posters.programme.records import LeftOutRecord, PresentationRecord, ProgrammeRecord, UnreadableProgramme
from posters.programme.source import Source, SourceFile, open_source

START, END = "2030-06-03T10:00:00+02:00", "2030-06-03T12:00:00+02:00"
KIGALI = dt.timezone(dt.timedelta(hours=2))


def at(hour: int, minute: int = 0, day: int = 3) -> dt.datetime:
    return dt.datetime(2030, 6, day, hour, minute, tzinfo=KIGALI)


def event(number: int = 1, **fields: Any) -> dict[str, Any]:
    return {
        "id": number,
        "uid": f"uid-{number}",
        "name": f"Title {number}",
        "authors": [{"id": 7, "fullname": "Ada Lovelace", "institution": "Analytical Engines"}],
        "decision": "Accept: poster",
        "session": "Poster Session 1",
        "event_type": "Poster",
        "room_name": "Hall A",
        "starttime": START,
        "endtime": END,
        "visible": True,
    } | fields


def read(*events: Any, abstracts: Any = None) -> ProgrammeRecord:
    files = [SourceFile("x-orals-posters.json", json.dumps({"count": len(events), "results": events}).encode())]
    if abstracts is not None:
        files.append(SourceFile("x-abstracts.json", json.dumps(abstracts).encode()))
    return virtual_site.read(Source(tuple(files)))


def run(source: Path, *options: str) -> str:
    out = StringIO()
    call_command("import_programme", str(source), "--conference", "iclr-2023", *options, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_the_real_feed_gives_exactly_its_posters_and_a_second_run_writes_nothing(shared_data):
    source = shared_data / "virtual-site-feed" / "orals-posters.json"
    assert reader_of(open_source(source)) is virtual_site
    report = run(source)
    assert Poster.objects.count() == 145
    assert Authorship.objects.count() == 689
    assert Author.objects.count() == 661
    assert Counter(Poster.objects.values_list("decision__name", flat=True)) == {
        "Poster accept": 99,
        "Top 25%": 34,
        "Top 5%": 12,
    }
    assert list(Session.objects.values_list("title", "kind", "room__name")) == [
        ("Poster Session 4", "poster", "MH1-2-3-4")
    ]
    session = Session.objects.get()
    assert session.starts_at == dt.datetime(2023, 5, 2, 14, 30, tzinfo=dt.UTC)
    assert session.ends_at == dt.datetime(2023, 5, 2, 16, 30, tzinfo=dt.UTC)
    assert Presentation.objects.filter(session=session, board__isnull=False).count() == 145
    assert list(Board.objects.order_by("position").values_list("label", flat=True)) == [str(n) for n in range(1, 146)]
    assert Counter(Link.objects.values_list("kind", flat=True)) == {"paper": 145}
    assert [line for line in report.splitlines() if line.startswith("Look at")] == [
        "Look at records 1–145: “virtualsite_url” is a path without its site and was left out.",
        "Look at record 23: the title is empty; its authors are Bowen Zhao, Chen Chen, Shu-Tao Xia.",
    ]
    revision = Conference.objects.get().revision
    assert "Nothing has changed." in run(source, "--format", "virtual-site")
    assert Conference.objects.get().revision == revision


@pytest.mark.parametrize(
    "link", [{"uid": "uid-1"}, {"related_events_ids": [1]}, {"uid": "", "related_events_ids": ["1"]}]
)
def test_a_paper_as_poster_and_as_oral_is_one_poster_with_two_presentations(link):
    oral = event(
        2,
        name="Title 1",
        event_type="Oral",
        session="Oral 1",
        room_name="Auditorium",
        starttime="2030-06-03T14:10:00+02:00",
        endtime="2030-06-03T14:20:00+02:00",
    )
    other = event(
        3,
        event_type="Oral",
        session="Oral 1",
        room_name="Auditorium",
        starttime="2030-06-03T14:00:00+02:00",
        endtime="2030-06-03T14:10:00+02:00",
    )
    programme = read(event(poster_position="#12"), oral | link, other)
    assert [(poster.title, poster.source_id) for poster in programme.posters] == [
        ("Title 1", "uid-1"),
        ("Title 3", "uid-3"),
    ]
    assert programme.posters[0].presentations == (
        PresentationRecord("poster-session-1", room="Hall A", board="12"),
        PresentationRecord("oral-1", room="Auditorium", presenter_starts_at=at(14, 10), presenter_ends_at=at(14, 20)),
    )
    assert [(s.title, s.kind, s.room, s.starts_at, s.ends_at) for s in programme.sessions] == [
        ("Poster Session 1", "poster", "Hall A", at(10), at(12)),
        ("Oral 1", "oral", "Auditorium", at(14), at(14, 20)),
    ]
    assert programme.left_out == (LeftOutRecord("record 2", "Title 1", "the same paper as record 1", is_joined=True),)
    assert programme.remarks == ()


def test_related_posters_of_other_titles_stay_two():
    programme = read(event(), event(2, related_events_ids=[1]))
    assert len(programme.posters) == 2
    assert programme.remarks == ()


def test_an_oral_before_its_poster_leaves_the_poster_leading():
    programme = read(event(9, event_type="Oral", session="Oral 1", uid="uid-1", name="Title One"), event())
    assert [(poster.place, poster.title) for poster in programme.posters] == [("record 1", "Title 1")]
    assert [shown.session for shown in programme.posters[0].presentations] == ["poster-session-1", "oral-1"]
    assert programme.remarks == ("record 2: its events have other titles, “Title One”; it comes as “Title 1”.",)


def test_the_same_event_twice_is_shown_once_and_told():
    programme = read(event(), event(2, uid="uid-1", name="Title 1"))
    assert [shown.session for shown in programme.posters[0].presentations] == ["poster-session-1"]
    assert "record 2: the paper is in this session already; it comes there once." in programme.remarks


def test_a_second_time_is_a_second_presentation():
    again = {"starttime2": "2030-06-04T10:00:00+02:00", "endtime2": "2030-06-04T12:00:00+02:00"}
    programme = read(event(**again))
    assert [(s.title, s.slug, s.starts_at) for s in programme.sessions] == [
        ("Poster Session 1", "poster-session-1", at(10)),
        ("Poster Session 1, second time", "poster-session-1-second-time", at(10, day=4)),
    ]
    second = event(
        2, session="Poster Session 2", starttime="2030-06-04T10:00:00+02:00", endtime="2030-06-04T12:00:00+02:00"
    )
    programme = read(event(**again), second)
    assert [shown.session for shown in programme.posters[0].presentations] == ["poster-session-1", "poster-session-2"]
    assert [session.title for session in programme.sessions] == ["Poster Session 1", "Poster Session 2"]


def test_one_session_title_on_two_days_is_two_sessions():
    later = {"starttime": "2030-06-04T10:00:00+02:00", "endtime": "2030-06-04T12:00:00+02:00"}
    programme = read(event(), event(2, **later))
    assert [(s.title, s.slug, s.starts_at) for s in programme.sessions] == [
        ("Poster Session 1", "poster-session-1-2030-06-03", at(10)),
        ("Poster Session 1", "poster-session-1-2030-06-04", at(10, day=4)),
    ]
    assert [shown.session for p in programme.posters for shown in p.presentations] == [
        "poster-session-1-2030-06-03",
        "poster-session-1-2030-06-04",
    ]


def test_hidden_events_are_left_out_and_told():
    programme = read(event(), event(2, visible=False), event(3, visible=False), event(4, visible=False))
    assert [poster.title for poster in programme.posters] == ["Title 1"]
    assert [(left.place, left.reason) for left in programme.left_out] == [
        (f"record {number}", "not public (“visible” is false)") for number in (2, 3, 4)
    ]


def test_talks_and_breaks_are_sessions_and_no_posters():
    programme = read(event(), event(2, event_type="Invited Talk", name="On Engines", room_name="Auditorium"))
    assert [poster.title for poster in programme.posters] == ["Title 1"]
    assert [(s.title, s.kind, s.room) for s in programme.sessions] == [
        ("Poster Session 1", "poster", "Hall A"),
        ("On Engines", "keynote", "Auditorium"),
    ]


@pytest.mark.parametrize(
    ("printed", "decision"),
    [
        ("Accept: poster", "Poster accept"),
        ("poster accept", "Poster accept"),
        ("Accept (Poster)", "Poster accept"),
        ("Accept: notable-top-25%", "Top 25%"),
        ("ICLR 2023 notable top 5%", "Top 5%"),
        ("Accept (spotlight)", "Accept (spotlight)"),
        (None, ""),
    ],
)
def test_decisions_get_their_names(printed, decision):
    assert read(event(decision=printed)).posters[0].decision == decision


@pytest.mark.parametrize(
    ("position", "place"),
    [
        ("#123", ("Hall A", "123")),
        ("Hall B #12", ("Hall B", "12")),
        ("Great Hall & Hall B1+B2 #E-7", ("Great Hall & Hall B1+B2", "E-7")),
        ("412", ("Hall A", "412")),
        (None, ("Hall A", "")),
    ],
)
def test_boards_are_found_in_positions(position, place):
    shown = read(event(poster_position=position)).posters[0].presentations[0]
    assert (shown.room, shown.board) == place


def test_boards_stand_in_walking_order():
    programme = read(*(event(n, poster_position=f"#{label}") for n, label in enumerate(["A10", "A9", "B1"], start=1)))
    assert [(board.label, board.position) for board in programme.boards] == [("A9", 1), ("A10", 2), ("B1", 3)]


@pytest.mark.parametrize("fields", [{"event_type": "Virtual Poster"}, {"room_name": "Virtual"}])
def test_what_says_virtual_is_virtual(fields):
    assert read(event(**fields)).posters[0].presentations[0].format == "virtual"


def test_authors_topics_keywords_and_abstracts_come_in():
    programme = read(
        event(topic="Theory->Optimisation;Deep Learning->Algorithms->RL", keywords=["walks", "boards"]),
        event(2, abstract="Its own."),
        abstracts={"1": "From the sidecar.", "2": "Not this.", "77": "Nobody's."},
    )
    first, second = programme.posters
    assert [(a.name, a.source_id, a.affiliation) for a in first.authors] == [
        ("Ada Lovelace", "7", "Analytical Engines")
    ]
    assert first.topics == ("Optimisation", "RL")
    assert first.keywords == ("walks", "boards")
    assert (first.abstract, second.abstract) == ("From the sidecar.", "Its own.")
    assert programme.remarks == ("x-abstracts.json: abstracts of events that the feed lacks: 77.",)


def test_the_sidecar_beside_the_feed_is_found_and_may_come_first(tmp_path):
    (tmp_path / "iclr-2030-orals-posters.json").write_text(json.dumps({"results": [event()]}))
    (tmp_path / "iclr-2030-abstracts.json").write_text(json.dumps({"1": "Beside it."}))
    for path in (tmp_path / "iclr-2030-orals-posters.json", tmp_path):
        source = open_source(path)
        assert reader_of(source) is virtual_site
        assert virtual_site.read(source).posters[0].abstract == "Beside it."


def test_links_take_their_kind_from_the_media():
    media = [
        {"type": "URL", "name": "OpenReview", "visible": True, "uri": "https://openreview.net/forum?id=1"},
        {"type": "SlidesLive", "name": "Talk", "visible": True, "uri": "https://slideslive.com/1"},
        {"type": "PDF", "name": "Slides", "visible": True, "uri": "", "file": "https://example.org/s.pdf"},
        {"type": "Poster", "name": "Poster", "visible": True, "uri": "https://example.org/p.png"},
        {"type": "URL", "name": "Code", "visible": True, "uri": "https://github.com/a/b"},
        {"type": "URL", "name": "Secret", "visible": False, "uri": "https://example.org/secret"},
        {"type": "URL", "name": "Trap", "visible": True, "uri": "javascript:alert(1)"},
    ]
    programme = read(
        event(
            eventmedia=media,
            paper_url="https://openreview.net/forum?id=1",
            paper_pdf_url="ftp://example.org/1.pdf",
            virtualsite_url="https://iclr.cc/virtual/1",
        )
    )
    assert [(link.kind, link.url, link.label) for link in programme.posters[0].links] == [
        ("paper", "https://openreview.net/forum?id=1", ""),
        ("video", "https://slideslive.com/1", "Talk"),
        ("slides", "https://example.org/s.pdf", "Slides"),
        ("other", "https://example.org/p.png", "Poster"),
        ("code", "https://github.com/a/b", "Code"),
        ("other", "https://iclr.cc/virtual/1", ""),
    ]
    assert programme.remarks == (
        "record 1: “ftp://example.org/1.pdf” in “paper_pdf_url” is not a web address and was left out.",
        "record 1: “javascript:alert(1)” in “uri” is not a web address and was left out.",
    )


@pytest.mark.parametrize(
    ("fields", "remark"),
    [
        (
            {"starttime": "2030-06-03T10:00"},
            "“2030-06-03T10:00” in “starttime” has no offset from UTC and was left out.",
        ),
        ({"starttime": "tomorrow"}, "“tomorrow” in “starttime” is not a time and was left out."),
        ({"starttime": "0001-01-01T00:00+14:00"}, "lies outside all calendars"),
        ({"starttime": "2030-06-03T13:00:00+02:00"}, "“endtime” is not after “starttime”; both were left out."),
        ({"endtime": None}, "there is no “endtime” to “2030-06-03T10:00:00+02:00”, which was left out."),
    ],
)
def test_times_that_are_none_are_left_out_and_told(fields, remark):
    programme = read(event(**fields))
    assert (programme.sessions[0].starts_at, programme.sessions[0].ends_at) == (None, None)
    assert any(remark in line and line.startswith("record 1: ") for line in programme.remarks)


def test_what_the_feed_says_oddly_is_told():
    authors = [{"id": 7, "fullname": "Ada\u0000 Lovelace"}, {"id": 7, "fullname": "A. Lovelace"}, {"id": 8}]
    programme = read(event(name="", authors=authors, shoe_size=44, abstract="Fast\u0002er"))
    assert programme.posters[0].abstract == "Faster"
    assert [author.name for author in programme.posters[0].authors] == ["Ada Lovelace"]
    assert programme.remarks == (
        "x-orals-posters.json: fields that are not read: shoe_size.",
        "record 1: control characters were left out of “fullname”.",
        "record 1: “A. Lovelace” (id 7) stands twice among its authors and comes once.",
        "record 1: an author without a name (id “8”) was left out.",
        "record 1: the title is empty; its authors are Ada Lovelace.",
        "record 1: control characters were left out of “abstract”.",
    )


def test_one_page_of_a_longer_feed_is_told():
    file = SourceFile("feed.json", json.dumps({"next": "https://x.org/?page=2", "results": [event()]}).encode())
    assert virtual_site.read(Source((file,))).remarks == (
        "feed.json: the feed goes on at “https://x.org/?page=2”; this is one page of it.",
    )


@pytest.mark.parametrize(
    ("results", "sentence"),
    [
        (["nonsense"], "x-orals-posters.json, record 1: must be an object, not text."),
        ([event(), {"name": None}], "x-orals-posters.json, record 2: it has no id, no name and no authors."),
        ([event(name={"a": [1]})], "Record 1: “name” must be text, not an object."),
        ([event(authors="Ada")], "Record 1: “authors” must be a list, not text."),
        ([event(), event(2, authors=[["Ada"]])], "Record 2: “authors” must be a list of objects, not a list."),
        ([event(keywords=[{"a": 1}])], "Record 1: “keywords” must be text, not an object."),
        ([event(starttime=[START])], "Record 1: “starttime” must be text, not a list."),
        ([event(uid=True)], "Record 1: “uid” must be text, not true or false."),
    ],
)
def test_values_of_wrong_types_are_refused_with_their_record(results, sentence):
    with pytest.raises(UnreadableProgramme) as refusal:
        read(*results)
    assert str(refusal.value) == sentence


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'{"results": [\n{"id": 1,\n"na', "feed.json, line 3: broken JSON: "),
        (b"[1, 2]", "feed.json, line 1: not the feed of a virtual site: no list “results”."),
        (b'{"results": {}}', "feed.json, line 1: not the feed of a virtual site: no list “results”."),
        (b'{"results": ' + b"[" * 200_000, "feed.json, line 1: the JSON is nested too deeply."),
        (b'{"results": [' + b"9" * 5000 + b"]}", "feed.json, line 1: broken JSON: "),
        (b'{"results": [\n\0]}', "feed.json, line 2: a control character; this is not a text file."),
        (b"", "feed.json, line 1: broken JSON: "),
    ],
)
def test_broken_feeds_are_refused_with_their_line_and_write_nothing(tmp_path, content, sentence):
    path = tmp_path / "feed.json"
    path.write_bytes(content)
    with pytest.raises(CommandError) as refusal:
        run(path, "--format", "virtual-site")
    assert str(refusal.value).startswith(sentence)
    assert "\n" not in str(refusal.value)
    assert not Conference.objects.exists()


def test_a_sidecar_of_a_wrong_kind_is_refused():
    with pytest.raises(UnreadableProgramme, match=r"^x-abstracts\.json, line 1: must be an object"):
        read(event(), abstracts=["text"])
    with pytest.raises(UnreadableProgramme, match=r"^x-abstracts\.json: “1” must be text, not a list\."):
        read(event(), abstracts={"1": ["text"]})
