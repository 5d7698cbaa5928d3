"""`check_programme`: every fault is found, told in words, and led to; nothing else is."""

import datetime as dt
import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from posters.latex import unclosed
from posters.models import Author, Authorship, Board, Conference, Link, Presentation, Session
from posters.programme.checks import CHECKS, run_checks
from posters.programme.checks.overlaps import overlapping
from tests.conftest import at

IN_THE_EXAMPLE = {
    "title": ["Untitled poster 4 has no title."],
    "board": ["Poster 7 “Nobody Knows When” is shown in person and has no board."],
    "abstract": ["Poster 3 “Is This a Question?” has no abstract."],
    "link": [
        "Poster 1 “Schrödinger Bridges & Their ℓ_∞ Norms”: its paper, https://example.org/1.pdf, is a placeholder.",
        "“Oral Session”: its chat, https://chat.example.org/orals, is a placeholder.",
    ],
    "two-places": [
        "Ada Müller would have to be at poster 1 in “Poster Session 1” and poster 2 in “Poster Session 1” at the same"
        " time, unless another author presents."
    ],
    "same-person": ["“Bo Li” stands 2 times among the authors: perhaps one person."],
    "two-persons": ["“Chidi Okafor” has 2 posters with no co-author or affiliation in common: two persons?"],
    "presenter": ["No poster names its presenter: the first author is taken to be it."],
}
"""What there is to say of the example conference as the fixture makes it, and all of it."""


def checked(slug="example-2030"):
    """What the command prints as data, and its exit code."""
    output = io.StringIO()
    try:
        call_command("check_programme", "--conference", slug, "--json", stdout=output)
    except CommandError as error:
        return json.loads(output.getvalue()), error.returncode
    return json.loads(output.getvalue()), 0


def messages(slug="example-2030"):
    """The words of all findings, by check."""
    found = {}
    for finding in checked(slug)[0]["findings"]:
        found.setdefault(finding["check"], []).append(finding["message"])
    return found


def news():
    """What is found beyond the example's own faults."""
    found = messages()
    assert {key for key in IN_THE_EXAMPLE if key not in found} == set()
    return {
        key: new
        for key, texts in found.items()
        if (new := [text for text in texts if text not in IN_THE_EXAMPLE.get(key, [])])
    }


def session(slug):
    return Session.objects.get(slug=slug)


def test_the_example_has_these_faults_and_no_others(conference):
    assert messages() == IN_THE_EXAMPLE


def test_findings_as_data_say_how_grave_whom_they_are_about_and_where_to_put_it_right(conference):
    report, code = checked()
    untitled = conference.posters.get(number=4)
    people = Author.objects.filter(name="Bo Li").order_by("pk").values_list("pk", flat=True)
    assert code == 1
    assert report["conference"] == "example-2030"
    assert report["revision"] == conference.revision
    assert report["counts"] == {"blocks": 1, "warns": 4, "hint": 4}
    found = {finding["check"]: finding for finding in report["findings"]}
    assert found["title"] == {
        "check": "title",
        "severity": "blocks",
        "message": "Untitled poster 4 has no title.",
        "subject": {"model": "poster", "keys": [untitled.pk]},
        "fix": f"/admin/posters/poster/{untitled.pk}/change/",
    }
    assert found["same-person"] == {
        "check": "same-person",
        "severity": "hint",
        "message": IN_THE_EXAMPLE["same-person"][0],
        "subject": {"model": "author", "keys": list(people)},
        "fix": f"/admin/posters/author/{people[0]}/merge/?other={people[1]}",
    }


def test_findings_in_words_stand_under_their_check(conference):
    conference.posters.filter(number=4).update(title="Named")
    output = io.StringIO()
    call_command("check_programme", "--conference", "example-2030", stdout=output)
    lines = output.getvalue().splitlines()
    seventh = conference.posters.get(number=7)
    assert lines[:2] == [
        "no board (1)",
        f"  warns: {IN_THE_EXAMPLE['board'][0]} /admin/posters/poster/{seventh.pk}/change/",
    ]
    assert lines[-1] == "8 findings: 4 should be put right, 4 worth a look."


def test_only_what_blocks_publishing_fails(conference):
    conference.posters.filter(number=4).update(title="Named")
    assert checked()[1] == 0
    with pytest.raises(CommandError, match="There is no conference “nowhere”: choose one of example-2030") as refused:
        call_command("check_programme", "--conference", "nowhere")
    assert refused.value.returncode == 2


def test_an_empty_conference_needs_nothing(db):
    Conference.objects.create(name="Empty", slug="empty", year=2030)
    output = io.StringIO()
    call_command("check_programme", "--conference", "empty", stdout=output)
    assert output.getvalue() == "Nothing to put right.\n"


def test_withdrawn_posters_need_nothing(conference):
    before = messages()
    conference.posters.filter(number=5).update(title="", abstract=r"\frac{1")
    Authorship.objects.filter(poster__number=5).delete()
    Link.objects.create(poster=conference.posters.get(number=5), kind="code", url="http://localhost/")
    assert messages() == before


def test_other_conferences_are_left_out(conference, many_posters):
    before = messages()
    other = many_posters(4)
    other.posters.update(title="Is This a Question?")
    other.authors.update(name="Bo Li")
    assert messages() == before
    assert set(messages("many")) == {"duplicate", "days", "same-person", "presenter"}


def test_posters_of_nobody_and_posters_nowhere(conference):
    conference.posters.get(number=2).authorships.all().delete()
    conference.posters.get(number=6).presentations.all().delete()
    found = messages()
    assert found["authors"] == ["Poster 2 “Walking Robots Learn to Rest” has no authors."]
    assert found["session"] == ["Poster 6 “Second Day, Second Chance” is in no session."]


def test_two_posters_on_one_board_where_sessions_overlap(conference):
    late = Session.objects.create(
        conference=conference, slug="late", title="Late", starts_at=at(3, 11, 59), ends_at=at(3, 13)
    )
    board = Board.objects.get(label="A1")
    Presentation.objects.create(poster=conference.posters.get(number=6), session=late, board=board)
    assert news() == {
        "one-board": ["Board A1 in Hall A holds poster 2 in “Poster Session 1” and poster 6 in “Late”, which overlap."]
    }
    assert checked()[0]["counts"]["blocks"] == 2
    Session.objects.filter(slug="late").update(starts_at=at(3, 12))
    assert news() == {}


def test_boards_outside_the_sessions_room_are_told_once_for_each_session(conference):
    Session.objects.filter(slug="poster-session-1").update(room=session("keynote").room)
    assert news()["other-room"] == ["“Poster Session 1” is in Auditorium, but 3 posters hang in Hall A."]


def test_a_presenter_who_is_marked_in_two_places(conference):
    marked = Authorship.objects.filter(author__name="Ada Müller")
    marked.update(is_presenter=True)
    finding = next(finding for finding in checked()[0]["findings"] if finding["check"] == "two-places")
    assert finding["severity"] == "warns"
    assert finding["message"] == (
        "Ada Müller presents poster 1 in “Poster Session 1” and poster 2 in “Poster Session 1” at the same time."
    )
    first, second = Presentation.objects.filter(session__slug="poster-session-1").order_by("poster__number")[:2]
    Presentation.objects.filter(pk=first.pk).update(presenter_starts_at=at(3, 10), presenter_ends_at=at(3, 11))
    Presentation.objects.filter(pk=second.pk).update(presenter_starts_at=at(3, 11), presenter_ends_at=at(3, 12))
    assert "two-places" not in messages()


def test_of_several_presenters_any_can_stand_there(conference):
    Authorship.objects.filter(author__name="Ada Müller").update(is_presenter=True)
    Authorship.objects.filter(poster__number=1).update(is_presenter=True)
    assert "two-places" not in messages()


def test_more_posters_than_boards(conference):
    hall = Board.objects.filter(room__name="Hall A")
    hall.exclude(label__in=["A1", "A3"]).delete()
    assert news() == {
        "board": [
            "Poster 6 “Second Day, Second Chance” is shown in person and has no board.",
            "Poster 8 “A Secret Draft” is shown in person and has no board.",
        ],
        "full": ["“Poster Session 2” has 3 posters in person, and Hall A has 2 boards."],
    }


def test_sessions_outside_the_days_on_the_conferences_clocks(conference):
    # In UTC this is still the day before.
    Session.objects.filter(slug="late-posters").update(starts_at=at(5, 1), ends_at=at(5, 2))
    assert news() == {
        "days": ["“Late Posters” lasts until 5 June 2030, after the last day, 4 June 2030 (Africa/Kigali)."]
    }
    Session.objects.filter(slug="late-posters").update(starts_at=at(4, 22), ends_at=at(5, 0))
    assert news() == {}
    Session.objects.filter(slug="late-posters").update(starts_at=at(2, 23), ends_at=at(3, 1))
    assert news() == {
        "days": ["“Late Posters” begins on 2 June 2030, before the first day, 3 June 2030 (Africa/Kigali)."]
    }


def test_without_days_no_session_can_be_checked(conference):
    Conference.objects.update(starts_on=None)
    assert news() == {
        "days": ["The conference’s first and last day are not set: no session can be checked against them."]
    }


def test_sessions_at_one_time_in_one_room(conference):
    Session.objects.filter(slug="oral-session").update(starts_at=at(3, 11, 30), ends_at=at(3, 12, 30))
    assert news()["room"] == ["“Opening Keynote” and “Oral Session” overlap in Auditorium."]
    Session.objects.filter(slug="oral-session").update(kind="break")
    assert "room" not in news()


def test_the_same_title_in_other_letters(conference):
    conference.posters.filter(number=6).update(title=r"walking  {\em robots} learn to rest")
    assert news() == {"duplicate": ["Poster 2 “Walking Robots Learn to Rest” has the same title as 6."]}


def test_latex_that_does_not_close(conference):
    conference.posters.filter(number=6).update(title=r"A Norm $\ell_2", abstract=r"An unclosed \frac{1")
    assert news() == {"latex": ["Poster 6 “A Norm $ℓ_2” has an unpaired “$” in its title and “{” in its abstract."]}


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("Costs $5 and $10, or US$ 5 in $HOME", ""),
        (r"$x$ and \(y\) and \[z\] and $$w$$ in \{braces\} at 5\$", ""),
        (r"\begin{align*} a \end{align*}", ""),
        (r"The norm $\ell_2 of $x$", "$"),
        ("closed} twice", "}"),
        ("{opened once", "{"),
        (r"\(x", r"\("),
        (r"x\)", r"\)"),
        (r"\begin{align} a", r"\begin{align}"),
        (r"\begin{align} a \end{equation}", r"\end{equation}"),
        (r"$\frac{1$", "$"),
    ],
)
def test_what_does_not_close(source, fault):
    assert unclosed(source) == fault


@given(st.text(alphabet="a1 $\\{}()[]^_\n"))
def test_no_text_stops_the_search_for_what_does_not_close(text):
    fault = unclosed(text)
    assert fault in text


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("https://openreview.net/forum?id=1", None),
        ("https://notexample.com/", None),
        ("http://8.8.8.8/paper", None),
        ("http://", "names no site"),
        ("https://paper", "names no site"),
        ("https://paper..org/", "names no site"),
        ("www.iclr.cc/1", "does not begin with https://"),
        ("https://iclr.cc/my paper", "holds a blank"),
        ("http://localhost:8000/1", "leads to the visitor’s own computer"),
        ("http://127.0.0.1/1", "leads into a private network"),
        ("http://192.168.1.2/1", "leads into a private network"),
        ("https://www.example.com/", "is a placeholder"),
        ("https://paper.invalid/", "is a placeholder"),
        ("https://tba.iclr.cc/", "is a placeholder"),
        ("http://[::1", "is no address"),
    ],
)
def test_addresses_that_lead_nowhere(url, fault, conference):
    link = Link.objects.create(poster=conference.posters.get(number=6), kind="code", url=url)
    expected = {} if fault is None else {"link": [f"Poster 6 “Second Day, Second Chance”: its code, {url}, {fault}."]}
    assert news() == expected
    link.delete()
    Conference.objects.update(website_url=url)
    assert news() == ({} if fault is None else {"link": [f"The conference’s website, {url}, {fault}."]})


def test_one_person_in_two_spellings_who_meets_somebody_twice(conference):
    twin = Author.objects.create(conference=conference, name="Muller, Ada", slug="twin", source_id="person-9")
    sixth = conference.posters.get(number=6)
    Authorship.objects.create(poster=sixth, author=twin, position=2, affiliation="University of Example")
    found = [finding for finding in checked()[0]["findings"] if finding["check"] == "same-person"]
    assert [(finding["severity"], finding["message"]) for finding in found] == [
        (
            "warns",
            "“Ada Müller” and “Muller, Ada” stand among the authors, with a co-author or an affiliation in"
            " common: perhaps one person.",
        ),
        ("hint", IN_THE_EXAMPLE["same-person"][0]),
    ]


def test_whom_the_source_tells_apart_are_two_unless_they_meet(conference):
    Author.objects.filter(name="Bo Li", source_id="").update(source_id="person-1")
    assert "same-person" not in messages()
    Authorship.objects.filter(author__name="Bo Li").update(affiliation="Institute One")
    assert messages()["same-person"] == [
        "“Bo Li” stands 2 times among the authors, with a co-author or an affiliation in common: perhaps one person."
    ]


def test_namesakes_on_one_poster_are_two_people(conference):
    _, second = Author.objects.filter(name="Bo Li").order_by("pk")
    Authorship.objects.create(poster=conference.posters.get(number=1), author=second, position=3)
    assert "same-person" not in messages()


def test_a_person_known_by_an_id_is_one(conference):
    Author.objects.filter(name="Chidi Okafor").update(source_id="person-7")
    assert "two-persons" not in messages()


def test_where_presenters_are_marked_the_others_are_told(conference):
    Authorship.objects.filter(poster__number__in=[1, 2, 3, 4, 6, 7]).update(is_presenter=True)
    assert messages()["presenter"] == ["Poster 8 “A Secret Draft” has no presenter marked."]


def test_checks_ask_the_same_however_much_there_is(many_posters):
    def queries(conference):
        with CaptureQueriesContext(connection) as captured:
            run_checks(conference=conference)
        return len(captured)

    few, many = queries(many_posters(10, "few")), queries(many_posters(1_000, "many"))
    assert (few, many) == (24, 24)


def test_every_check_names_models_that_it_finds_fault_with(conference):
    Authorship.objects.filter(author__name="Ada Müller").update(is_presenter=True)
    for result in run_checks(conference=conference):
        assert {finding.model for finding in result.findings} <= set(result.check.models)
    assert len({check.key for check in CHECKS}) == len(CHECKS)


class Span:
    def __init__(self, start, minutes):
        self.starts_at = dt.datetime(2030, 6, 3, tzinfo=dt.UTC) + dt.timedelta(minutes=start)
        self.ends_at = self.starts_at + dt.timedelta(minutes=minutes)


@given(st.lists(st.builds(Span, st.integers(0, 60), st.integers(1, 20)), max_size=12))
def test_spans_are_grouped_when_and_only_when_they_overlap(spans):
    groups = overlapping(spans)
    grouped = [span for group in groups for span in group]
    for one in spans:
        meets = any(one is not two and one.starts_at < two.ends_at and two.starts_at < one.ends_at for two in spans)
        assert meets == (one in grouped)
    assert len(grouped) == len(set(map(id, grouped)))
