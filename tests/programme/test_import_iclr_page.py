"""The text of a session's page, through the command."""

import json
from collections import Counter
from io import StringIO
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command

from posters.models import Author, Authorship, Change, Conference, Poster, Presentation, Session

pytestmark = pytest.mark.django_db

HEADER = "Skip to yearly menu bar Skip to main content\n\n\nPoster Session 9\n\nChat is not available.\n\n"
ONE_POSTER = "In-Person Poster presentation / poster accept\nA Title:\n\nAda Lovelace\n\nAn abstract in one line.\n"


def run(source: Path, *options: str) -> str:
    out = StringIO()
    call_command("import_programme", str(source), "--conference", "iclr-2023", *options, stdout=out)
    return out.getvalue()


def page(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "page.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def everything() -> list[object]:
    """Every row an import writes, keys included."""
    return [
        list(model.objects.order_by("pk").values()) for model in (Conference, Session, Poster, Author, Authorship)
    ] + [list(Presentation.objects.order_by("pk").values())]


def test_the_real_page_gives_exactly_its_posters(iclr_page):
    run(iclr_page, "--format", "iclr-page")
    conference = Conference.objects.get()
    assert (conference.slug, conference.name, conference.year) == ("iclr-2023", "ICLR 2023", 2023)
    assert list(conference.sessions.values_list("title", "kind", "starts_at")) == [("Poster Session 4", "poster", None)]
    assert list(conference.posters.values_list("number", flat=True)) == list(range(1, 146))
    assert Presentation.objects.filter(session=conference.sessions.get()).count() == 145
    assert Authorship.objects.count() == 689
    assert Author.objects.count() == 661
    assert Counter(Poster.objects.values_list("decision__name", flat=True)) == {
        "Poster accept": 99,
        "Top 25%": 34,
        "Top 5%": 12,
    }
    assert list(conference.decisions.values_list("name", flat=True)) == ["Top 5%", "Top 25%", "Poster accept"]
    assert Counter(Presentation.objects.values_list("format", flat=True)) == {"virtual": 1, "in-person": 144}


def test_authors_keep_their_order(iclr_page):
    run(iclr_page)
    first = Poster.objects.get(number=1)
    assert [a.author.name for a in first.authorships.order_by("position")] == [
        "Bilal Alsallakh",
        "David Yan",
        "Narine Kokhlikyan",
        "Vivek Miglani",
        "Orion Reblitz-Richardson",
        "Pamela Bhattacharya",
    ]
    assert max(Counter(Authorship.objects.values_list("poster", flat=True)).values()) == 14


def test_the_untitled_poster_is_imported_and_named_in_the_report(iclr_page):
    report = run(iclr_page)
    untitled = Poster.objects.get(title="")
    assert [a.author.name for a in untitled.authorships.order_by("position")] == [
        "Bowen Zhao",
        "Chen Chen",
        "Shu-Tao Xia",
    ]
    assert (
        "Look at line 164: the title is empty; its authors are Bowen Zhao, Chen Chen, Shu-Tao Xia."
        in report.splitlines()
    )


def test_a_second_run_writes_nothing_and_says_so(iclr_page):
    run(iclr_page)
    before, revision = everything(), Conference.objects.get().revision
    report = run(iclr_page)
    assert everything() == before
    assert Conference.objects.get().revision == revision
    assert "Posters: 0 added, 0 changed, 145 unchanged, 0 refused." in report
    assert "Nothing has changed." in report


def test_times_by_option_are_in_the_conference_zone(iclr_page):
    run(
        iclr_page,
        "--time-zone",
        "Africa/Kigali",
        "--starts",
        "2023-05-02T16:30",
        "--ends",
        "2023-05-02T18:30",
    )
    session = Session.objects.get()
    kigali = ZoneInfo("Africa/Kigali")
    assert session.starts_at.astimezone(kigali).isoformat() == "2023-05-02T16:30:00+02:00"
    assert session.ends_at.astimezone(kigali).isoformat() == "2023-05-02T18:30:00+02:00"


def test_windows_line_ends_and_byte_order_mark_change_nothing(iclr_page, tmp_path):
    run(iclr_page)
    before = everything()
    text = iclr_page.read_text("utf-8")
    padded = "\r\n".join(line + "   " for line in text.split("\n"))
    run(page(tmp_path, b"\xef\xbb\xbf" + padded.encode()))
    assert everything() == before


def test_latex_titles_come_in_as_written(iclr_page):
    run(iclr_page)
    titles = set(Poster.objects.values_list("title", flat=True))
    assert any("$N$D" in title for title in titles)
    assert any(r"Schr\"{o}dinger" in title for title in titles)
    assert any(r"\&" in title for title in titles)


def test_an_untitled_poster_retitled_here_is_kept_and_not_doubled(iclr_page, admin_client):
    run(iclr_page)
    untitled = Poster.objects.get(title="")
    from posters.programme.revision import programme_change

    with programme_change(source=Change.Source.ADMIN):
        untitled.title = "Found in the Camera-Ready"
        untitled.save()
    run(iclr_page)
    untitled.refresh_from_db()
    assert untitled.title == "Found in the Camera-Ready"
    assert Poster.objects.count() == 145


def test_a_title_edited_here_is_kept_and_reported(tmp_path):
    source = page(tmp_path, HEADER + ONE_POSTER)
    run(source)
    from posters.programme.revision import programme_change

    with programme_change(source=Change.Source.ADMIN):
        poster = Poster.objects.get()
        poster.title = "A Better Title"
        poster.save()
    report = run(source)
    assert Poster.objects.get().title == "A Better Title"
    assert "title: kept “A Better Title”, edited here; the source says “A Title:”" in report


def test_a_corrected_source_changes_only_what_differs(tmp_path):
    run(page(tmp_path, HEADER + ONE_POSTER))
    poster = Poster.objects.get()
    report = run(page(tmp_path, HEADER + ONE_POSTER.replace("one line", "two lines").replace("Lovelace", "L. Byron")))
    changed = Poster.objects.get()
    assert (changed.pk, changed.number, changed.abstract) == (poster.pk, 1, "An abstract in two lines.")
    assert [a.author.name for a in changed.authorships.all()] == ["Ada L. Byron"]
    assert "abstract: “An abstract in one line.” → “An abstract in two lines.”" in report
    assert "Posters: 0 added, 1 changed, 0 unchanged, 0 refused." in report


def test_a_dry_run_reports_and_writes_nothing(iclr_page):
    report = run(iclr_page, "--dry-run")
    assert "Posters: 145 added, 0 changed, 0 unchanged, 0 refused." in report
    assert "This was a dry run: nothing was written." in report
    assert not Conference.objects.exists()


def test_the_report_as_json_accounts_for_every_record(iclr_page, tmp_path):
    run(iclr_page, "--report", str(tmp_path / "report.json"))
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert report["counts"] == {
        "added": 145,
        "changed": 0,
        "unchanged": 0,
        "joined": 0,
        "left_out": 0,
        "refused": 0,
    }
    assert len(report["posters"]) == report["totals"]["posters"] == 145
    assert [row["place"] for row in report["posters"] if row["name"].startswith("(no title)")] == ["line 164"]


def test_an_over_long_title_is_refused_with_its_line_and_the_rest_comes_in(tmp_path):
    text = HEADER + ONE_POSTER + "\n" + ONE_POSTER.replace("A Title:", "x" * 501)
    report = run(page(tmp_path, text))
    assert Poster.objects.get().title == "A Title:"
    assert "its title has 501 characters, 500 are possible" in report
    assert "Refused, line 15:" in report


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("Dear diary,\n\ntoday nothing.\n", "Line 1: not the page of an ICLR poster session"),
        ("", "Line 1: not the page of an ICLR poster session"),
        (ONE_POSTER, "Line 1: the session's title is missing before the first poster."),
        (
            HEADER + ONE_POSTER.replace("poster accept", "rejected"),
            "Line 8: “rejected” is none of the decisions",
        ),
        (b"\xff\xfe" + b"x" * 3, "page.txt, line 1: broken utf-16 text."),
        (HEADER + ONE_POSTER + "\0", "page.txt, line 14: a control character; this is not a text file."),
    ],
)
def test_what_is_no_such_page_is_refused_with_its_line(tmp_path, content, sentence):
    with pytest.raises(CommandError) as refusal:
        run(page(tmp_path, content), "--format", "iclr-page")
    assert str(refusal.value).startswith(sentence)
    assert "\n" not in str(refusal.value)
    assert not Conference.objects.exists()


def test_an_unknown_format_and_a_missing_file_are_refused(tmp_path):
    with pytest.raises(CommandError, match="There is no format “docx”"):
        run(page(tmp_path, HEADER + ONE_POSTER), "--format", "docx")
    with pytest.raises(CommandError, match=r"absent\.txt cannot be opened: No such file"):
        run(tmp_path / "absent.txt")
    with pytest.raises(CommandError, match="begins none of the formats"):
        run(page(tmp_path, "Dear diary,\n"))


def test_an_end_before_its_start_writes_nothing(tmp_path):
    with pytest.raises(CommandError, match="ends before it starts"):
        run(page(tmp_path, HEADER + ONE_POSTER), "--starts", "2023-05-02T16:30", "--ends", "2023-05-02T15:30")
    assert not Conference.objects.exists()


def test_an_unknown_time_zone_writes_nothing(tmp_path):
    with pytest.raises(CommandError, match="is not a time zone"):
        run(page(tmp_path, HEADER + ONE_POSTER), "--time-zone", "Mars/Olympus")
    assert not Conference.objects.exists()


def test_the_session_option_names_the_session(tmp_path):
    run(page(tmp_path, HEADER + ONE_POSTER), "--session", "tuesday")
    assert list(Session.objects.values_list("slug", "title")) == [("tuesday", "Poster Session 9")]
    assert Presentation.objects.get().session.slug == "tuesday"
