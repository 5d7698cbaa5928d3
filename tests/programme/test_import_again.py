"""The same programme again, corrected at the source and edited here: what an import keeps, changes and withdraws."""

import json
from dataclasses import asdict, replace
from io import StringIO
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.urls import reverse

from posters.models import Author, Authorship, Change, Conference, Favourite, Poster, Presentation, Visit
from posters.programme.author_order import AuthorPlace, set_authors
from posters.programme.records import AuthorRecord, LinkRecord, PosterRecord, PresentationRecord
from posters.programme.report import Result
from posters.programme.revision import programme_change
from posters.programme.upsert import ImportOptions, ProgrammeMovedOn, upsert_programme
from tests.conftest import EXAMPLE, PASSWORD

SOURCE = replace(EXAMPLE, posters=tuple(replace(poster, source_id=f"s{poster.number}") for poster in EXAMPLE.posters))


@pytest.fixture
def run(tmp_path: Path, db: None):
    """Imports a record through the command. Returns what it prints."""

    def run(record, *options: str) -> str:
        path = tmp_path / "programme.json"
        content = {"format": "boardwalk-programme", "version": 1, **asdict(record)}
        path.write_text(json.dumps(content, default=lambda value: value.isoformat()), "utf-8")
        out = StringIO()
        call_command("import_programme", str(path), "--conference", "example-2030", *options, stdout=out)
        return out.getvalue()

    return run


def without(number: int):
    return replace(SOURCE, posters=tuple(poster for poster in SOURCE.posters if poster.number != number))


def changed(number: int, **values: object):
    posters = (replace(poster, **values) if poster.number == number else poster for poster in SOURCE.posters)
    return replace(SOURCE, posters=tuple(posters))


def edit(number: int, **values: object) -> None:
    """As an organiser does it in the admin: the same door, the same log."""
    poster = Poster.objects.get(number=number)
    with programme_change(source=Change.Source.ADMIN):
        for name, value in values.items():
            setattr(poster, name, value)
        poster.save()


def board_of(number: int) -> str | None:
    board = Presentation.objects.get(poster__number=number, session__slug="poster-session-1").board
    return board.label if board else None


def test_changed_fields_alone_are_written_and_each_is_in_the_log(run) -> None:
    run(SOURCE)
    revision, logged = Conference.objects.get().revision, Change.objects.count()
    run(changed(2, title="Walking Robots Learn to Dance", decision="Top 25%"))
    poster = Poster.objects.get(number=2)
    assert (poster.title, poster.decision.name) == ("Walking Robots Learn to Dance", "Top 25%")
    assert Conference.objects.get().revision == revision + 1
    log = list(Change.objects.order_by("pk")[logged:].values_list("source", "object_key", "field", "before"))
    assert sorted((source, key, field) for source, key, field, _ in log) == [
        ("import", poster.pk, "decision"),
        ("import", poster.pk, "title"),
    ]
    assert {field: before for *_, field, before in log}["title"] == "Walking Robots Learn to Rest"


def test_favourites_visits_and_the_calendar_stay_with_a_poster_that_moves(run, client) -> None:
    run(SOURCE)
    client.post("/example-2030/posters/2/favourite/", {"interest": "must-see"})
    client.get("/example-2030/itinerary/")
    visit = Visit.objects.get()
    shown = visit.presentation
    moved = PresentationRecord("poster-session-2", room="Hall A", board="A9")
    run(changed(2, title="Renamed", presentations=(moved,)))
    assert Favourite.objects.get().poster.title == "Renamed"
    after = Visit.objects.get().presentation
    assert (after.pk, after.uid, after.sequence > shown.sequence) == (shown.pk, shown.uid, True)
    assert (after.session.slug, after.board.label) == ("poster-session-2", "A9")


def test_posters_that_swap_boards_swap_them(run) -> None:
    run(SOURCE)
    assert (board_of(1), board_of(2)) == ("A3", "A1")
    swapped = {1: "A1", 2: "A3"}
    posters = tuple(
        replace(
            poster,
            presentations=tuple(
                replace(shown, board=swapped[poster.number or 0]) if shown.session == "poster-session-1" else shown
                for shown in poster.presentations
            ),
        )
        if poster.number in swapped
        else poster
        for poster in SOURCE.posters
    )
    report = run(replace(SOURCE, posters=posters))
    assert (board_of(1), board_of(2)) == ("A1", "A3")
    assert "Posters: 0 added, 2 changed, 6 unchanged, 0 refused." in report


def test_what_was_edited_in_the_admin_stays_is_told_and_can_be_released(run, client) -> None:
    run(SOURCE)
    User.objects.create_superuser("organiser", password=PASSWORD)
    client.login(username="organiser", password=PASSWORD)
    poster = Poster.objects.get(number=3)
    page = client.get(reverse("admin:posters_poster_change", args=[poster.pk]))
    form = page.context["adminform"].form
    data = {form.add_prefix(name): form[name].value() or "" for name in form.fields}
    for formset in page.context["inline_admin_formsets"]:
        forms = formset.formset
        for management in forms.management_form:
            data[management.html_name] = management.value()
        for row in forms.forms:
            data |= {row.add_prefix(name): row[name].value() or "" for name in row.fields if row[name].value()}
    data = {name: value for name, value in data.items() if not isinstance(value, list) or value}
    response = client.post(page.request["PATH_INFO"], {**data, "title": "This Is an Answer"})
    assert response.status_code == 302, response.context["errors"]
    corrected = changed(3, title="Is This a Better Question?", abstract="Now there is one.")
    report = run(corrected)
    poster.refresh_from_db()
    assert (poster.title, poster.abstract) == ("This Is an Answer", "Now there is one.")
    assert "    title: kept “This Is an Answer”, edited here; the source says “Is This a Better Question?”" in report
    assert "Nothing has changed." in run(corrected)
    run(corrected, "--release", "title")
    poster.refresh_from_db()
    assert poster.title == "Is This a Better Question?"
    run(changed(3, title="Third Try"))
    poster.refresh_from_db()
    assert poster.title == "Third Try"


def test_a_board_given_here_stays(run) -> None:
    run(replace(SOURCE, posters=tuple(replace(poster, presentations=()) for poster in SOURCE.posters)))
    run(SOURCE)
    shown = Presentation.objects.get(poster__number=2)
    with programme_change(source=Change.Source.ADMIN):
        shown.board = shown.board.room.boards.get(label="A12")
        shown.save()
    report = run(SOURCE)
    assert board_of(2) == "A12"
    assert "board: kept “A12" in report


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("authors", {"authors": (AuthorRecord("Somebody Else"),)}),
        ("topics", {"topics": ("Bridges",)}),
        ("links", {"links": (LinkRecord("paper", "https://example.org/2.pdf"),)}),
    ],
)
def test_lists_edited_here_stay_as_a_whole(run, name: str, values: dict[str, object]) -> None:
    run(SOURCE)
    poster = Poster.objects.get(number=1)
    with programme_change(source=Change.Source.ADMIN):
        if name == "authors":
            bo = poster.authors.get(name="Bo Li")
            set_authors(poster=poster, places=[AuthorPlace(bo, "Edited Institute", False, 1, 2)])
        elif name == "topics":
            poster.poster_topics.all().delete()
        else:
            poster.links.create(conference=poster.conference, kind="video", url="https://example.org/v")
    before = [list(getattr(poster, kind).values_list("pk", flat=True)) for kind in ("authorships", "topics", "links")]
    report = run(changed(1, **values))
    after = [list(getattr(poster, kind).values_list("pk", flat=True)) for kind in ("authorships", "topics", "links")]
    assert after == before
    assert f"    {name}: kept" in report


def test_posters_gone_from_the_source_are_told_and_withdrawn_only_on_demand(run, client) -> None:
    run(SOURCE)
    client.post("/example-2030/posters/6/favourite/", {"interest": "interested"})
    report = run(without(6))
    assert "Missing: poster 6 “Second Day, Second Chance”" in report
    assert Poster.objects.get(number=6).status == Poster.Status.PUBLISHED
    report = run(without(6), "--withdraw-missing")
    assert "Withdrawn: poster 6 “Second Day, Second Chance”" in report
    poster = Poster.objects.get(number=6)
    assert poster.is_withdrawn
    assert Favourite.objects.get().poster == poster
    assert "Nothing has changed." in run(without(6), "--withdraw-missing")
    run(SOURCE)
    poster.refresh_from_db()
    assert poster.status == Poster.Status.PUBLISHED


def test_a_poster_withdrawn_here_stays_withdrawn(run) -> None:
    run(SOURCE)
    edit(6, status=Poster.Status.WITHDRAWN)
    assert "Nothing has changed." in run(SOURCE)
    assert Poster.objects.get(number=6).is_withdrawn


def test_a_poster_added_here_is_never_missing(run) -> None:
    run(SOURCE)
    Poster.objects.create(conference=Conference.objects.get(), number=99, title="Added Here")
    assert "Nothing has changed." in run(SOURCE, "--withdraw-missing")


def test_a_poster_deleted_here_does_not_come_back_until_released(run) -> None:
    run(SOURCE)
    with programme_change(source=Change.Source.ADMIN):
        Poster.objects.get(number=7).delete()
    report = run(SOURCE)
    assert not Poster.objects.filter(title="Nobody Knows When").exists()
    assert "Left out, record 7: it was deleted here" in report
    run(SOURCE, "--release", "presence")
    assert Poster.objects.filter(title="Nobody Knows When").exists()


def test_without_source_ids_a_poster_is_known_by_its_title_however_it_is_written(run) -> None:
    run(EXAMPLE)
    keys = dict(Poster.objects.values_list("number", "pk"))
    posters = tuple(replace(poster, title=f" {poster.title.lower()} ", number=None) for poster in EXAMPLE.posters)
    run(replace(EXAMPLE, posters=posters))
    assert dict(Poster.objects.values_list("number", "pk")) == keys


def test_two_records_of_one_title_and_one_author_list_are_one_and_told(run) -> None:
    twin = replace(SOURCE.posters[1], place="record 9", source_id="", number=None)
    report = run(replace(EXAMPLE, posters=(*EXAMPLE.posters, twin)))
    assert Poster.objects.count() == 8
    assert "Refused, record 9: “Walking Robots Learn to Rest”: the same title and authors as record 2" in report


def test_the_sum_of_outcomes_is_the_number_of_records(run, tmp_path: Path) -> None:
    bad = PosterRecord("record 9", "x" * 501)
    run(replace(SOURCE, posters=(*SOURCE.posters, bad)), "--report", str(tmp_path / "report.json"))
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert report["counts"]["refused"] == 1
    assert sum(report["counts"].values()) == report["totals"]["records"] == 9


def test_a_preview_that_the_programme_has_overtaken_is_not_applied(run) -> None:
    run(SOURCE)
    preview = upsert_programme(record=without(6), conference_slug="example-2030", is_dry_run=True)
    edit(1, keywords="bridges")
    options = ImportOptions(expected_revision=preview.revision)
    with pytest.raises(ProgrammeMovedOn):
        upsert_programme(record=changed(6, title="Never Written"), conference_slug="example-2030", options=options)
    assert not Poster.objects.filter(title="Never Written").exists()
    fresh = upsert_programme(record=without(6), conference_slug="example-2030", is_dry_run=True)
    options = ImportOptions(expected_revision=fresh.revision, withdraw_missing=True)
    report = upsert_programme(record=without(6), conference_slug="example-2030", options=options)
    assert [outcome.result for outcome in report.missing] == [Result.WITHDRAWN]


def test_a_refused_record_keeps_its_poster_from_being_withdrawn_and_takes_no_other_s(run) -> None:
    run(SOURCE)
    refused = changed(6, authors=(AuthorRecord("A", source_id="p"), AuthorRecord("B", source_id="p")))
    report = run(refused, "--withdraw-missing")
    assert "Refused, record 6: “Second Day, Second Chance”: it lists the person “p” twice" in report
    assert Poster.objects.get(number=6).status == Poster.Status.PUBLISHED


def test_a_record_without_a_key_takes_no_poster_whose_key_another_record_has(run) -> None:
    run(SOURCE)
    keyless = replace(SOURCE.posters[1], place="record 9", source_id="", number=None)
    renamed = replace(SOURCE.posters[1], title="Renamed at the Source")
    run(replace(SOURCE, posters=(keyless, renamed)))
    assert Poster.objects.get(source_id="s2").title == "Renamed at the Source"
    assert Poster.objects.get(source_id="", title=keyless.title).number == 9


def from_site(name: str, *, affiliation: str = ""):
    """The programme as a site of that name gives it, with its own ids of posters and people."""
    posters = (
        replace(
            poster,
            source_id=f"{name}-{poster.number}",
            number=None,
            authors=tuple(
                replace(author, source_id=f"{name} {author.slug or author.name}", affiliation=affiliation, slug="")
                for author in poster.authors
            ),
        )
        for poster in EXAMPLE.posters
    )
    return replace(EXAMPLE, posters=tuple(posters))


def test_sources_with_ids_of_their_own_find_each_other_s_posters_and_people(run) -> None:
    run(EXAMPLE)
    posters, people = dict(Poster.objects.values_list("number", "pk")), set(Author.objects.values_list("pk", flat=True))
    run(from_site("feed", affiliation="Institute of Rest"))
    report = run(from_site("notes"))
    assert "Posters: 0 added, 8 changed, 0 unchanged, 0 refused." in report
    assert "    authors: " not in report
    assert dict(Poster.objects.values_list("number", "pk")) == posters
    assert set(Author.objects.values_list("pk", flat=True)) == people
    assert set(Authorship.objects.values_list("affiliation", flat=True)) == {"Institute of Rest"}
    assert "Nothing has changed." in run(from_site("notes"))


def test_a_title_alone_makes_no_poster_of_another_source_one_s_own_and_is_told(run) -> None:
    run(from_site("feed"))
    others = [replace(poster, authors=(AuthorRecord("Nobody Known"),)) for poster in from_site("notes").posters[:1]]
    report = run(replace(EXAMPLE, posters=tuple(others)))
    assert Poster.objects.count() == 9
    assert "Look at record 1: a new poster; poster 1 here has the same title, but other authors" in report


def test_people_of_one_name_who_change_places_are_told_apart_in_the_report(run) -> None:
    run(changed(2, authors=(AuthorRecord("Wei Li", source_id="p1"), AuthorRecord("Wei Li", source_id="p2"))))
    report = run(changed(2, authors=(AuthorRecord("Wei Li", source_id="p2"), AuthorRecord("Wei Li", source_id="p1"))))
    assert "    authors: “Wei Li (p1), Wei Li (p2)” → “Wei Li (p2), Wei Li (p1)”" in report


def test_a_title_corrected_in_an_exported_table_stays_the_same_poster_for_table_and_source(run, tmp_path: Path) -> None:
    run(EXAMPLE)
    keys = dict(Poster.objects.values_list("number", "pk"))
    path = tmp_path / "programme.csv"
    call_command("export_programme", "--conference", "example-2030", "--format", "csv", "--output", str(path))
    path.write_text(path.read_text("utf-8").replace("Walking Robots Learn to Rest", "Walking Robots Rest"), "utf-8")
    out = StringIO()
    call_command("import_programme", str(path), "--conference", "example-2030", stdout=out)
    assert "Posters: 0 added, 1 changed, 7 unchanged, 1 joined, 0 refused" in out.getvalue()
    assert Poster.objects.get(pk=keys[2]).title == "Walking Robots Rest"
    run(replace(EXAMPLE, posters=tuple(replace(poster, number=None) for poster in EXAMPLE.posters)))
    assert dict(Poster.objects.values_list("number", "pk")) == keys


def test_two_of_one_name_keep_their_places_on_a_poster(run) -> None:
    twins = (AuthorRecord("Wei Li", slug="wei-li-2"), AuthorRecord("Wei Li", slug="wei-li"))
    run(changed(2, authors=twins))
    names = changed(2, authors=(AuthorRecord("Wei Li"), AuthorRecord("Wei Li")))
    assert "Nothing has changed." in run(names)
    slugs = Poster.objects.get(number=2).authorships.order_by("position").values_list("author__slug", flat=True)
    assert list(slugs) == ["wei-li-2", "wei-li"]
