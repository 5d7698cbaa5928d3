"""OpenReview's notes: the real counts, both versions of the API, and what is broken."""

import json
from collections import Counter
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from posters.models import Author, Authorship, Conference, Link, Poster, Session
from posters.programme.readers import openreview, reader_of
from posters.programme.records import LinkRecord, ProgrammeRecord, UnreadableProgramme
from posters.programme.source import Source, SourceFile, open_source


def note(number: int = 1, content: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    values = {
        "title": f"Title {number}",
        "authors": ["Ada Lovelace", "Bo Li"],
        "authorids": ["~Ada_Lovelace1", "Bo@Example.org"],
        "venue": "ICLR 2030 poster",
        "venueid": "ICLR.cc/2030/Conference",
    }
    values |= content or {}
    return {
        "id": f"note-{number}",
        "forum": f"note-{number}",
        "number": number,
        "invitations": ["ICLR.cc/2030/Conference/-/Submission"],
        "content": {name: {"value": value} for name, value in values.items() if value is not None},
    } | fields


def source(text: str, name: str = "notes.json") -> Source:
    return Source((SourceFile(name, text.encode()),))


def read(*notes: Any) -> ProgrammeRecord:
    return openreview.read(source(json.dumps(list(notes))))


def run(path: Path, *options: str) -> str:
    out = StringIO()
    call_command("import_programme", str(path), "--conference", "iclr-2023", *options, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_the_real_notes_give_exactly_their_posters_and_a_second_run_writes_nothing(shared_data):
    path = shared_data / "openreview-v2" / "notes.jsonl"
    assert reader_of(open_source(path)) is openreview
    report = run(path)
    assert list(Poster.objects.order_by("number").values_list("number", flat=True)) == list(range(1, 146))
    assert Authorship.objects.count() == 689
    assert Author.objects.exclude(source_id__startswith="~").count() == 0
    assert Session.objects.count() == 0
    assert Counter(Poster.objects.values_list("decision__name", flat=True)) == {
        "Poster accept": 99,
        "Top 25%": 34,
        "Top 5%": 12,
    }
    assert Link.objects.get(poster__number=1).url == "https://openreview.net/pdf/sample0001.pdf"
    assert [line for line in report.splitlines() if line.startswith("Look at")] == [
        "Look at line 23: the title is empty; its authors are Bowen Zhao, Chen Chen, Shu-Tao Xia.",
        "Look at sessions: none of the 145 posters have one.",
    ]
    revision = Conference.objects.get().revision
    assert "Nothing has changed." in run(path, "--format", "openreview")
    assert Conference.objects.get().revision == revision


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([note(1), note(2)]),
        json.dumps([note(1), note(2)], indent=2),
        json.dumps({"notes": [note(1), note(2)], "count": 2}, indent=1),
        f"{json.dumps(note(1))}\n\n{json.dumps(note(2))}\n",
    ],
)
def test_a_list_an_object_and_lines_say_the_same(text):
    assert reader_of(source(text)) is openreview
    programme = openreview.read(source(text))
    assert [(p.title, p.source_id, p.number) for p in programme.posters] == [
        ("Title 1", "note-1", 1),
        ("Title 2", "note-2", 2),
    ]
    assert programme.remarks == ()


def test_notes_of_the_first_version_are_read_too():
    old = {
        "id": "old",
        "forum": "old",
        "number": 3,
        "invitation": "ICLR.cc/2021/Conference/-/Blind_Submission",
        "content": {
            "title": "An Old Title",
            "authors": ["Ada Lovelace"],
            "authorids": ["~Ada_Lovelace1"],
            "venue": "ICLR 2021 Poster",
            "keywords": ["engines"],
        },
    }
    text = json.dumps([old])
    assert reader_of(source(text)) is openreview
    (poster,) = openreview.read(source(text)).posters
    assert (poster.title, poster.decision, poster.keywords) == ("An Old Title", "Poster accept", ("engines",))
    assert poster.authors[0].source_id == "~Ada_Lovelace1"


@pytest.mark.parametrize(
    ("content", "decision"),
    [
        ({"venue": "ICLR 2023 poster accept"}, "Poster accept"),
        ({"venue": "ICLR 2023 notable top 25%"}, "Top 25%"),
        ({"venue": "ICLR 2023 top 5% paper"}, "Top 5%"),
        ({"venue": "ICLR 2024 oral"}, "oral"),
        ({"venue": "ICLR 2024"}, ""),
        ({"venue": "A Journal"}, ""),
        ({"venue": None}, ""),
        ({"decision": "Accept (Poster)"}, "Poster accept"),
    ],
)
def test_decisions_come_from_the_venue_without_its_name(content, decision):
    assert read(note(content=content)).posters[0].decision == decision


def test_people_are_known_by_profile_or_address_and_by_nothing_else():
    authors = ["Ada Lovelace", "Bo Li", "Chidi Okafor", "Dana Šimić"]
    ids = ["~Ada_Lovelace1", "Bo@Example.org", "https://dblp.org/search/pid/api?q=author:Chidi:", None]
    (poster,) = read(note(content={"authors": authors, "authorids": ids})).posters
    assert [(a.name, a.source_id) for a in poster.authors] == [
        ("Ada Lovelace", "~Ada_Lovelace1"),
        ("Bo Li", "bo@example.org"),
        ("Chidi Okafor", ""),
        ("Dana Šimić", ""),
    ]


def test_lists_of_different_lengths_are_joined_by_name_and_told():
    programme = read(note(content={"authorids": ["~Ada_Lovelace1"]}))
    assert [(a.name, a.source_id) for a in programme.posters[0].authors] == [("Ada Lovelace", ""), ("Bo Li", "")]
    assert programme.remarks == ("record 1: 2 authors but 1 ids; they are known by name.",)


def test_authors_as_objects_are_read():
    authors = [{"fullname": "Ada Lovelace", "username": "~Ada_Lovelace1"}, {"fullname": "Bo Li", "username": ""}]
    (poster,) = read(note(content={"authors": authors, "authorids": None})).posters
    assert [(a.name, a.source_id) for a in poster.authors] == [("Ada Lovelace", "~Ada_Lovelace1"), ("Bo Li", "")]


def test_one_person_twice_and_a_nameless_one_are_told():
    programme = read(note(content={"authors": ["A", "B", ""], "authorids": ["~A1", "~A1", "~C1"]}))
    assert [a.name for a in programme.posters[0].authors] == ["A"]
    assert programme.remarks == (
        "record 1: “B” (~A1) stands twice among its authors and comes once.",
        "record 1: an author without a name (“~C1”) was left out.",
    )


def test_topics_keywords_and_links_come_in():
    content = {
        "primary_area": "learning theory",
        "keywords": ["walks", "boards", "walks"],
        "TL;DR": "Too long.",
        "abstract": "One.\n\nTwo.",
        "pdf": "/pdf/abc.pdf",
        "code": "https://github.com/a/b",
        "video": "on request",
    }
    programme = read(note(content=content))
    (poster,) = programme.posters
    assert (poster.topics, poster.keywords, poster.abstract) == (
        ("learning theory",),
        ("walks", "boards"),
        "One.\n\nTwo.",
    )
    assert poster.links == (
        LinkRecord("paper", "https://openreview.net/pdf/abc.pdf"),
        LinkRecord("code", "https://github.com/a/b"),
    )
    assert programme.remarks == ("record 1: “on request” in “video” is not a web address and was left out.",)


def test_withdrawn_stays_as_withdrawn_and_rejected_is_left_out():
    programme = read(
        note(1),
        note(2, {"venueid": "ICLR.cc/2030/Conference/Withdrawn_Submission", "venue": "ICLR 2030 Withdrawn"}),
        note(3, {"venueid": "ICLR.cc/2030/Conference/Desk_Rejected_Submission"}),
        note(4, {"venueid": "ICLR.cc/2030/Conference/Rejected_Submission", "venue": "Submitted to ICLR 2030"}),
        note(5, {"venue": None, "venueid": None}, invitations=["ICLR.cc/2030/Conference/-/Rejected_Submission"]),
        note(6, forum="note-1"),
        note(7, replyto="note-1"),
        note(1),
    )
    assert [(p.source_id, p.status, p.decision) for p in programme.posters] == [
        ("note-1", "", "Poster accept"),
        ("note-2", "withdrawn", ""),
    ]
    assert [(left.place, left.reason) for left in programme.left_out] == [
        ("record 3", "desk-rejected"),
        ("record 4", "rejected"),
        ("record 5", "rejected"),
        ("record 6", "a reply (review, comment or decision), not a submission"),
        ("record 7", "a reply (review, comment or decision), not a submission"),
        ("record 8", "the same id as record 1"),
    ]


def test_an_accepted_note_with_a_past_is_accepted():
    past = ["ICLR.cc/2030/Conference/-/Submission", "ICLR.cc/2030/Conference/-/Withdrawn_Submission"]
    assert read(note(invitations=past)).posters[0].status == ""


def test_missing_parts_are_told():
    programme = read(note(content={"title": None, "authors": None, "authorids": None, "abstract": "Text."}, id=None))
    assert programme.remarks == (
        "record 1: the title is empty; its authors are missing.",
        "record 1: it has no authors.",
        "record 1: it has no id and is known by its title.",
    )


@pytest.mark.parametrize(
    ("notes", "sentence"),
    [
        ([note(), "nonsense"], "Record 2: not a note of OpenReview: it is text."),
        ([{"id": "x"}], "Record 1: not a note of OpenReview: “content” is missing."),
        ([note(content={"title": ["A"]})], "Record 1: “title” must be text, not a list."),
        ([note(content={"authors": "Ada Lovelace"})], "Record 1: “authors” must be a list, not text."),
        ([note(content={"authors": [["Ada"]]})], "Record 1: “authors” must be text, not a list."),
        ([note(content={"keywords": [{"a": {"b": 1}}]})], "Record 1: “keywords” must be text, not an object."),
    ],
)
def test_values_of_wrong_types_are_refused_with_their_record(notes, sentence):
    with pytest.raises(UnreadableProgramme) as refusal:
        read(*notes)
    assert str(refusal.value) == sentence


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (f'{json.dumps(note())}\n\n{{"id": "x", "content":\n', "notes.jsonl, line 3: broken JSON: "),
        (f"{json.dumps(note())}\n[1]\n", "Line 2: not a note of OpenReview: it is a list."),
        (f"{json.dumps(note())}\n\0\n", "notes.jsonl, line 2: a control character; this is not a text file."),
        ("[" * 200_000, "notes.jsonl, line 1: the JSON is nested too deeply."),
    ],
)
def test_a_broken_line_is_refused_with_its_number_and_nothing_is_written(tmp_path, content, sentence):
    path = tmp_path / "notes.jsonl"
    path.write_text(content)
    with pytest.raises(CommandError) as refusal:
        run(path, "--format", "openreview")
    assert str(refusal.value).startswith(sentence)
    assert "\n" not in str(refusal.value)
    assert not Conference.objects.exists()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('[\n{"id": "x",\n"content": {"ti', "notes.json, line 3: broken JSON: "),
        ('"notes"', "notes.json, line 1: not notes of OpenReview: neither a list nor “notes”."),
        ('{"notes": {"a": 1}}', "notes.json, line 1: not notes of OpenReview: neither a list nor “notes”."),
        ("", "notes.json, line 1: broken JSON: "),
    ],
)
def test_broken_json_is_refused_with_its_line(text, sentence):
    with pytest.raises(UnreadableProgramme) as refusal:
        openreview.read(source(text))
    assert str(refusal.value).startswith(sentence)


def test_a_withdrawn_note_withdraws_its_poster(db, tmp_path):
    path = tmp_path / "notes.json"
    path.write_text(json.dumps([note(1), note(2)]))
    run(path)
    path.write_text(json.dumps([note(1), note(2, {"venueid": "ICLR.cc/2030/Conference/Withdrawn_Submission"})]))
    assert "Posters: 0 added, 1 changed, 1 unchanged, 0 refused." in run(path)
    assert [poster.is_withdrawn for poster in Poster.objects.order_by("number")] == [False, True]
