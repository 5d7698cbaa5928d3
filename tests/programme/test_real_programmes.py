"""Every real programme beside the checkout: recognised, exactly its counts, twice, and its pages open."""

from collections import Counter
from dataclasses import dataclass, field
from io import StringIO

import pytest
from django.core.management import call_command

from posters.models import Author, Authorship, Change, Conference, Poster, Presentation, Session


@dataclass(frozen=True)
class Counts:
    """What ../shared/data/README.md says of a programme; None where it says nothing."""

    source: str
    posters: int
    authorships: int
    authors: int | None = None
    sessions: int | None = None
    placements: int | None = None
    untitled: int = 0
    decisions: dict[str, int] = field(default_factory=dict)


DECISIONS = {"Poster accept": 99, "Top 25%": 34, "Top 5%": 12}
PROGRAMMES = [
    Counts("iclr-2023-poster-session-4.txt", 145, 689, 661, 1, 145, 1, DECISIONS),
    Counts("virtual-site-feed/orals-posters.json", 145, 689, 661, 1, 145, 1, DECISIONS),
    Counts("openreview-v2/notes.jsonl", 145, 689, untitled=1),
    pytest.param(Counts("mini-conf-iclr-2020", 687, 3_045, sessions=56), marks=pytest.mark.slow),
    # 781 + 447 + 29 papers; 115 sessions of papers and 5 calendar entries that are none; 810 placements.
    pytest.param(Counts("emnlp-2020", 1_257, 5_617, sessions=120, placements=810), marks=pytest.mark.slow),
]


def run(source, *options: str) -> str:
    out = StringIO()
    call_command("import_programme", str(source), "--conference", "real", *options, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize("counts", PROGRAMMES, ids=lambda counts: counts.source)
def test_a_real_programme_comes_in_with_its_counts_twice_and_its_pages_open(shared_data, client, counts) -> None:
    source = shared_data / counts.source
    preview = run(source, "--dry-run")
    assert not Conference.objects.exists()
    report = run(source)
    assert preview == report + "This was a dry run: nothing was written.\n"
    assert Poster.objects.count() == counts.posters
    assert Poster.objects.filter(title="").count() == counts.untitled
    assert Authorship.objects.count() == counts.authorships
    assert counts.authors in (None, Author.objects.count())
    assert counts.sessions in (None, Session.objects.count())
    assert counts.placements in (None, Presentation.objects.count())
    if counts.decisions:
        assert Counter(Poster.objects.values_list("decision__name", flat=True)) == counts.decisions
    written = (Conference.objects.get().revision, Change.objects.count())
    again = run(source)
    assert f"Posters: 0 added, 0 changed, {counts.posters:,} unchanged, 0 refused".replace(",", "") in again.replace(
        ",", ""
    )
    assert again.endswith("Nothing has changed.\n")
    assert (Conference.objects.get().revision, Change.objects.count()) == written
    sessions = Session.objects.values_list("slug", flat=True).order_by("slug")
    posters = Poster.objects.values_list("number", flat=True).order_by("number")
    for path in (
        *("", "sessions/", "posters/", "posters/?view=abstracts&page=2", "authors/", "topics/"),
        *(f"sessions/{slug}/" for slug in sessions[:3]),
        *(f"posters/{number}/" for number in (*posters[:3], posters[counts.posters - 1])),
    ):
        response = client.get(f"/real/{path}")
        assert (response.status_code, b"</html>" in response.content) == (200, True), path
