"""An import's memory does not grow with the texts it reads: they lie on disk, a thousand posters are at hand."""

import json
import tracemalloc
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

ABSTRACT = "An abstract of ten thousand letters, in which no word is like another. " * 140
SMALL, LARGE = 1_000, 2_000
"""Posters: as many as are compared at once, and twice that."""
BYTES_A_POSTER = 6_000
"""What one more may take: its keys and names. Its abstract alone has 10,000 letters."""


def own(count: int) -> Iterator[str]:
    yield '{"format": "boardwalk-programme", "version": 1, "posters": ['
    for number in range(count):
        poster = {"title": f"Title {number}", "abstract": ABSTRACT, "authors": [{"name": f"Ada {number}"}]}
        # Not one poster a line, as we write it: any layout is read piece by piece.
        yield ("," if number else "") + json.dumps(poster, indent=1 if number % 2 else None)
    yield "]}"


def note_lines(count: int) -> Iterator[str]:
    for number in range(count):
        content = {"title": f"Title {number}", "abstract": ABSTRACT, "authors": [f"Ada {number}"], "authorids": [""]}
        yield json.dumps({"id": f"n{number}", "invitation": "x", "content": content}) + "\n"


def table(count: int) -> Iterator[str]:
    # One emoji, and every letter of a text that is held as a whole takes four bytes.
    yield "Title,Authors,Abstract\nWaves 🌊,Ada,Short\n"
    for number in range(count):
        yield f'Title {number},Ada {number},"{ABSTRACT}"\n'


@pytest.mark.parametrize(
    ("name", "write"),
    [("programme.json", own), ("notes.jsonl", note_lines), ("posters.csv", table)],
)
def test_twice_the_posters_take_no_more_memory_than_their_keys(tmp_path: Path, name: str, write) -> None:
    peaks = []
    for count in (SMALL, LARGE):
        path = tmp_path / str(count) / name
        path.parent.mkdir()
        with path.open("w", encoding="utf-8") as file:
            file.writelines(write(count))
        tracemalloc.start()
        try:
            out = StringIO()
            columns = [] if name.endswith(("json", "jsonl")) else ["--format", "spreadsheet"]
            call_command("import_programme", str(path), "--conference", "flat", "--dry-run", *columns, stdout=out)
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
        assert f"Posters: {count + (write is table):d} added, 0 changed, 0 unchanged, 0 refused." in out.getvalue()
    assert peaks[1] - peaks[0] < (LARGE - SMALL) * BYTES_A_POSTER
