"""Mini-Conf site data: the real counts of ICLR 2020 and EMNLP 2020, and what is broken."""

import datetime as dt
import json
from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from posters.models import Author, Authorship, Conference, Link, Poster, Presentation, Session
from posters.programme.readers import mini_conf, openreview, programme_json, reader_of, virtual_site
from posters.programme.records import LeftOutRecord, ProgrammeRecord, UnreadableProgramme
from posters.programme.source import Source, SourceFile, open_source

HEADER = "UID,title,authors,abstract,keywords,sessions\n"
ROW = 'one,"A Title, with a Comma",Ada Lovelace|Bo Li,An abstract.,walks|boards,\n'
SESSIONS = """\
z1:
  start_time: 2030-06-03 10:00:00+00:00
  end_time: 2030-06-03 11:00:00+00:00
  name: Zoom Q&A 1
  long_name: 'Zoom Q&A 1: Social Media'
  zoom_link: https://meet.example.org/1
  papers: [one, 0123, lost, gone]
g1:
  start_time: 2030-06-03 12:00:00+00:00
  end_time: 2030-06-03 13:00:00+00:00
  name: Gather Session 1
  papers:
  - one
"""


def read(**files: str) -> ProgrammeRecord:
    """Files by name, in which “__” stands for the dot."""
    return mini_conf.read(
        Source(tuple(SourceFile(name.replace("__", "."), text.encode()) for name, text in files.items()))
    )


def run(source: Path, *options: str) -> str:
    out = StringIO()
    call_command("import_programme", str(source), "--conference", "site-2020", *options, stdout=out)
    return out.getvalue()


def remarks_of(report: str) -> list[str]:
    return [line.removeprefix("Look at ") for line in report.splitlines() if line.startswith("Look at ")]


def imported_twice(source: Path) -> list[str]:
    """The first run's remarks; the second must write nothing."""
    report = run(source)
    revision = Conference.objects.get().revision
    assert "Nothing has changed." in run(source)
    assert Conference.objects.get().revision == revision
    return remarks_of(report)


@pytest.mark.django_db
def test_iclr_2020_gives_exactly_its_papers_and_calendar(shared_data):
    remarks = imported_twice(shared_data / "mini-conf-iclr-2020")
    assert Poster.objects.count() == 687
    assert Authorship.objects.count() == 3045
    assert Session.objects.count() == 56
    assert Counter(Session.objects.values_list("kind", flat=True)) == {"social": 27, "poster": 20, "keynote": 9}
    assert list(Presentation.objects.values_list("session__title", flat=True).order_by("session__title")) == [
        "Poster Day 1 Session 1 (P1S1)",
        "Poster Day 2 Session 1 (P2S1)",
    ]
    keynote = Session.objects.get(title="Live Q&A: Leslie Kaelbling")
    assert keynote.starts_at == dt.datetime(2020, 4, 27, 19, 0, tzinfo=dt.UTC)
    assert keynote.description.startswith("Doing for Our Robots What Nature Did For Us\n\nProf. Leslie Kaelbling, MIT")
    *told, names = remarks
    assert told == [
        "main_calendar.json, records 32 and 45: “link” is a page of the old site and was left out.",
        "sessions: 1 of the 687 posters have one.",
    ]
    assert names.startswith("names that stand on several posters")
    assert names.endswith("and 153 more.")


@pytest.mark.django_db
def test_emnlp_2020_gives_exactly_its_papers_sessions_and_placements(shared_data):
    """The 30 papers of journals do have rows in main_papers.csv, so that all 810 placements are made."""
    remarks = imported_twice(shared_data / "emnlp-2020")
    assert Counter(uid.partition(".")[0] for uid in Poster.objects.values_list("source_id", flat=True)) == {
        "main": 751,
        "TACL": 25,
        "CL": 5,
        "findings": 447,
        "demo": 29,
    }
    assert Authorship.objects.count() == 5617
    assert Session.objects.filter(presentations__isnull=False).distinct().count() == 115
    assert Counter(Session.objects.values_list("kind", flat=True)) == {"oral": 62, "poster": 53, "social": 5}
    placed = Presentation.objects.values_list("poster__source_id", flat=True)
    assert Counter(uid.partition(".")[0] for uid in placed) == {"main": 751, "demo": 29, "TACL": 25, "CL": 5}
    assert set(Presentation.objects.values_list("format", flat=True)) == {"virtual"}
    assert Counter(Link.objects.filter(poster__isnull=False).values_list("kind", flat=True)) == {
        "paper": 1227,
        "code": 3,
        "video": 3,
        "other": 5,
    }
    assert Link.objects.get(session__slug="z1a").url == "https://meet.example.org/j/86415082986"
    assert remarks[:-1] == [
        "demo_papers.csv: columns that are not read: paper_type.",
        "main_papers.csv: columns that are not read: paper_type, presentation_id.",
        "overall_calendar.yml, records 2, 4, 6, 8 and 10: “Meet Our Sponsors In Gather.Town” is the week view of a "
        "session that the day view has, too; it counts once.",
        "overall_calendar.yml, records 1, 3, 5, 7 and 9: “link” is a page of the old site and was left out.",
        "main_papers.csv, lines 70 and 587: control characters were left out of “abstract”.",
        "sessions: 810 of the 1,257 posters have one.",
    ]


@pytest.mark.parametrize(
    ("name", "posters", "authorships"),
    [
        ("mini-conf-iclr-2020/papers.csv", 687, 3045),
        ("emnlp-2020/main_papers.csv", 781, 3414),
        ("emnlp-2020/findings_papers.csv", 447, 2007),
        ("emnlp-2020/demo_papers.csv", 29, 196),
    ],
)
@pytest.mark.django_db
def test_a_paper_file_alone_gives_its_papers(shared_data, name, posters, authorships):
    imported_twice(shared_data / name)
    assert (Poster.objects.count(), Authorship.objects.count()) == (posters, authorships)


@pytest.mark.parametrize(
    ("name", "sessions", "remark_count"),
    [
        ("mini-conf-iclr-2020/main_calendar.json", 56, 1),
        ("mini-conf-iclr-2020/speakers.csv", 2, 2),
        ("emnlp-2020/paper_sessions.yml", 115, 115),
        ("emnlp-2020/overall_calendar.yml", 5, 2),
    ],
)
@pytest.mark.django_db
def test_a_file_of_sessions_alone_gives_its_sessions(shared_data, name, sessions, remark_count):
    remarks = imported_twice(shared_data / name)
    assert (Session.objects.count(), Poster.objects.count()) == (sessions, 0)
    assert len(remarks) == remark_count


@pytest.mark.parametrize(
    ("name", "reader"),
    [
        ("virtual-site-feed", virtual_site),
        ("openreview-v2", openreview),
        ("mini-conf-iclr-2020", mini_conf),
        ("emnlp-2020", mini_conf),
        ("emnlp-2020/paper_sessions.yml", mini_conf),
        ("mini-conf-iclr-2020/main_calendar.json", mini_conf),
    ],
)
def test_each_real_source_is_recognised_by_its_reader_alone(shared_data, name, reader):
    source = open_source(shared_data / name)
    readers = (programme_json, virtual_site, openreview, mini_conf)
    assert [each for each in readers if each.recognises(source)] == [reader]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("programme.json", '{"format": "boardwalk-programme", "version": 1, "posters": [{"title": "A"}]}'),
        ("schedule.json", '{"schedule": {"conference": {"days": [{"start": "x", "title": "y", "end": "z"}]}}}'),
        ("posters.csv", "Number,Title,Authors,Abstract\n1,A,B,C\n"),
        ("posters.csv", "uid,Title,Authors\n1,A,B\n"),
        ("posters.tsv", "UID\ttitle\tauthors\n"),
        ("page.txt", "In-Person Poster presentation / poster accept\n"),
        ("list.json", "[1, 2, 3]"),
        ("config.yml", "name: A Conference\n"),
        ("empty.json", ""),
        ("binary.csv", "\0\x01\x02\n"),
    ],
)
def test_other_formats_are_recognised_by_none(name, text):
    source = Source((SourceFile(name, text.encode()),))
    assert [each.NAME for each in (virtual_site, openreview, mini_conf) if each.recognises(source)] == []


def test_papers_find_their_sessions_and_sessions_tell_what_they_miss():
    programme = read(papers__csv=HEADER + ROW + "0123,Second,Cy,,,\n", paper_sessions__yml=SESSIONS)
    assert [(s.title, s.slug, s.kind, s.starts_at) for s in programme.sessions] == [
        ("Zoom Q&A 1: Social Media", "z1", "oral", dt.datetime(2030, 6, 3, 10, tzinfo=dt.UTC)),
        ("Gather Session 1", "g1", "poster", dt.datetime(2030, 6, 3, 12, tzinfo=dt.UTC)),
    ]
    assert [(p.place, p.title, p.source_id, p.keywords) for p in programme.posters] == [
        ("papers.csv, line 2", "A Title, with a Comma", "one", ("walks", "boards")),
        ("papers.csv, line 3", "Second", "0123", ()),
    ]
    assert [[shown.session for shown in p.presentations] for p in programme.posters] == [["z1", "g1"], ["z1"]]
    assert programme.remarks == (
        "paper_sessions.yml, z1: no row for 2 of its 4 papers, which were left out: lost, gone.",
    )


def test_calendars_lose_their_html_and_what_they_repeat():
    entries = [
        {"title": "<b>Opening</b><br> &amp; Welcome", "start": "2030-06-03T09:00Z", "end": "2030-06-03T10:00Z"},
        {"title": "<b>Opening</b><br> &amp; Welcome", "start": "2030-06-03T09:00Z", "end": "2030-06-03T10:00Z"},
        {"title": "Zoom Q&A 1", "start": "2030-06-03 10:00:00+00:00", "end": "2030-06-03 11:00:00+00:00"},
        {"title": "Coffee", "start": "2030-06-03T15:00Z", "end": "2030-06-03T15:30Z", "location": "Foyer"},
        {"title": "Coffee", "start": "2030-06-04T15:00Z", "end": "2030-06-04T15:30Z"},
        {"title": "Tutorial", "start": "2030-06-04T16:00", "end": "2030-06-04T17:00Z", "link": "ftp://x.org"},
    ]
    programme = read(
        papers__csv=HEADER + ROW + "0123,Second,Cy,,,\nlost,C,D,,,\ngone,E,F,,,\n",
        main_calendar__json=json.dumps(entries),
        paper_sessions__yml=SESSIONS,
    )
    assert [(s.title, s.slug, s.kind, s.room) for s in programme.sessions[2:]] == [
        ("Opening & Welcome", "opening-welcome", "social", ""),
        ("Coffee", "coffee-2030-06-03-1500", "break", "Foyer"),
        ("Coffee", "coffee-2030-06-04-1500", "break", ""),
        ("Tutorial", "tutorial", "workshop", ""),
    ]
    assert programme.remarks == (
        "main_calendar.json, record 2: “Opening & Welcome” stands there already; it counts once.",
        "main_calendar.json, record 3: “Zoom Q&A 1” is a session of papers and counts once.",
        "main_calendar.json, record 6: “2030-06-04T16:00” in “start” has no offset from UTC and was left out.",
        "main_calendar.json, record 6: there is no “start” to “2030-06-04T17:00:00+00:00”, which was left out.",
        "main_calendar.json, record 6: “ftp://x.org” in “link” is not a web address and was left out.",
    )


def test_the_calendar_joins_what_papers_call_their_sessions():
    link = "https://iclr.cc/virtual/papers.html?session=Mon+Session+1&filter=keywords"
    entry = {"title": "Poster Day 1", "start": "2030-06-03T09:00Z", "end": "2030-06-03T10:00Z", "link": link}
    programme = read(papers__csv=HEADER + ROW[:-1] + "Mon Session 1|Late\n", calendar__json=json.dumps([entry]))
    assert [(s.title, s.slug, s.kind, s.starts_at is None) for s in programme.sessions] == [
        ("Poster Day 1", "mon-session-1", "poster", False),
        ("Late", "late", "poster", True),
    ]
    assert [shown.session for shown in programme.posters[0].presentations] == ["mon-session-1", "late"]
    assert programme.remarks == ("session “Late”: papers name it, but nothing says when it is; it has no time.",)


@pytest.mark.parametrize("nested", [True, False])
def test_papers_as_json_are_read(nested):
    content = {
        "title": "T",
        "authors": ["Ada", "Bo"],
        "keywords": ["k"],
        "abstract": "A.",
        "pdf_url": "https://x.org/1",
    }
    paper = {"id": "p1", "forum": "p1", "content": content} if nested else {"UID": "p1", **content}
    file = SourceFile("papers.json", json.dumps([paper]).encode())
    assert reader_of(Source((file,))) is mini_conf
    (poster,) = mini_conf.read(Source((file,))).posters
    assert (poster.source_id, poster.title, [a.name for a in poster.authors], poster.keywords, poster.links[0].url) == (
        "p1",
        "T",
        ["Ada", "Bo"],
        ("k",),
        "https://x.org/1",
    )


def test_material_becomes_links():
    material = "[Code](https://github.com/a/b)|[Screencast](https://x.org/v)|[Site](javascript:x)|[Page](https://x.org)"
    programme = read(papers__csv=f"UID,title,authors,material\none,T,A,{material}\n")
    assert [(link.kind, link.url, link.label) for link in programme.posters[0].links] == [
        ("code", "https://github.com/a/b", "Code"),
        ("video", "https://x.org/v", "Screencast"),
        ("other", "https://x.org", "Page"),
    ]
    assert programme.remarks == ("line 2: “javascript:x” in “material” is not a web address and was left out.",)


def test_odd_rows_are_told_with_their_line():
    rows = 'one,"Over\ntwo lines",A,,,\n\ntwo,Short\none,Again,B,,,\n,,C,,,\nlong,L,D,' + "x" * 200_000 + ",,\n"
    programme = read(papers__csv=HEADER + rows)
    assert [(p.place, p.title) for p in programme.posters] == [
        ("line 2", "Over two lines"),
        ("line 5", "Short"),
        ("line 7", ""),
        ("line 8", "L"),
    ]
    assert programme.remarks == (
        "line 5: fewer cells than the header's 6 columns; the last ones are empty.",
        "line 5: “Short” has no authors.",
        "line 7: it has no UID and is known by its title.",
        "line 7: the title is empty; its authors are C.",
    )
    assert programme.left_out == (LeftOutRecord("line 6", "Again", "the same UID, “one”, as line 2"),)


def test_files_that_belong_to_the_site_alone_are_told():
    programme = read(committee__yml="- role: Chair", papers__csv=HEADER + ROW, sponsors__csv="a,b\n1,2\n")
    assert len(programme.posters) == 1
    assert programme.remarks == (
        "committee.yml; sponsors.csv: not read: neither papers nor a calendar nor paper sessions.",
    )


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        (
            "papers.csv",
            "UID,name,authors\n1,A,B\n",
            "papers.csv, line 1: the column “title” is missing; the columns are UID, name, authors.",
        ),
        ("papers.csv", "", "papers.csv, line 1: the column “title” is missing; the columns are none."),
        ("papers.csv", "UID,title,title\n", "papers.csv, line 1: the column “title” stands twice."),
        (
            "papers.csv",
            HEADER + ROW + "two,Yes, it shifts,A,B,C,D\n",
            "papers.csv, line 3: 7 cells, but the header has 6 columns.",
        ),
        (
            "papers.csv",
            HEADER + ROW + 'two,"Never closed,A\n',
            "papers.csv, line 3: broken CSV: unexpected end of data.",
        ),
        ("papers.csv", HEADER + "\0" + ROW, "papers.csv, line 2: a control character; this is not a text file."),
        (
            "papers.csv",
            HEADER + "one,T,A," + "x" * 1_000_001,
            "papers.csv, line 2: broken CSV: field larger than field limit (1000000).",
        ),
        ("papers.json", '[{"UID": "1",\n"title": ', "papers.json, line 2: broken JSON: "),
        ("papers.json", '{"title": "x"}', "papers.json, line 1: neither a list of papers or calendar entries nor "),
        ("papers.json", '["x"]', "papers.json, record 1: neither a paper nor a calendar entry."),
        ("papers.json", '[{"title": "x"}]', "papers.json, record 1: neither a paper (title, authors) nor a calendar "),
        (
            "papers.json",
            '[{"title": {"a": 1}, "authors": []}]',
            "papers.json, record 1: “title” must be text, not an object.",
        ),
        (
            "papers.json",
            '[{"title": "T", "authors": [["a"]]}]',
            "papers.json, record 1: “authors” must be text, not a list.",
        ),
        ("sessions.yml", "z1:\n  papers: one\n", "sessions.yml, z1: “papers” must be a list, not text."),
        ("sessions.yml", "z1:\n  papers: [[one]]\n", "sessions.yml, z1: “papers” must be text, not a list."),
        ("sessions.yml", "z1:\n  papers: [\n", "sessions.yml, line 3: broken YAML: "),
        (
            "sessions.yml",
            "z1:\n  papers: []\nz1:\n  papers: []\n",
            "sessions.yml, line 1: broken YAML: a key stands twice.",
        ),
        ("sessions.yml", "z1: !!python/object:os.system {}\n", "sessions.yml, line 1: broken YAML: "),
        ("sessions.yml", "z1: " + "[" * 100_000, "sessions.yml, line 1: nested too deeply."),
        ("sessions.yml", "a: \x07\n", "sessions.yml: broken YAML: "),
        ("sessions.yml", "", "sessions.yml, line 1: neither a list of papers or calendar entries nor sessions with "),
        (
            "sessions.yml",
            "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nz1:\n  papers: *c\n",
            "sessions.yml, line 1: neither a list of papers or calendar entries nor sessions with ",
        ),
        ("other.xml", "<x/>", "other.xml: no papers, calendar or paper sessions of a Mini-Conf site."),
    ],
)
def test_what_cannot_be_read_is_refused_with_file_and_place(name, text, sentence):
    with pytest.raises(UnreadableProgramme) as refusal:
        mini_conf.read(Source((SourceFile(name, text.encode()),)))
    assert str(refusal.value).startswith(sentence)
    assert "\n" not in str(refusal.value)


def test_chains_of_merges_stay_small():
    """Each line would multiply the keys by ten, were merge keys followed."""
    chain = "".join(f"k{n}: &k{n}\n  <<: [{', '.join([f'*k{n - 1}'] * 10)}]\n  papers: []\n" for n in range(1, 12))
    programme = read(paper_sessions__yml="k0: &k0\n  papers: []\n" + chain)
    assert len(programme.sessions) == 12


@pytest.mark.django_db
def test_a_broken_file_in_a_folder_leaves_nothing_behind(tmp_path):
    (tmp_path / "papers.csv").write_text(HEADER + ROW)
    (tmp_path / "paper_sessions.yml").write_text(SESSIONS[:-8] + "[")
    with pytest.raises(CommandError, match=r"^paper_sessions\.yml, line \d+: broken YAML: "):
        run(tmp_path)
    assert not Conference.objects.exists()
    (tmp_path / "paper_sessions.yml").write_text(SESSIONS)
    assert remarks_of(run(tmp_path)) == [
        "paper_sessions.yml, z1: no row for 3 of its 4 papers, which were left out: 0123, lost, gone."
    ]
    assert list(Author.objects.order_by("name").values_list("name", flat=True)) == ["Ada Lovelace", "Bo Li"]
