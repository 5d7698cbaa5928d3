"""The reader that README.md shows works as it stands."""

import re
from types import ModuleType

import pytest
from django.conf import settings

from posters.models import Poster
from posters.programme.records import UnreadableProgramme
from posters.programme.source import Source, SourceFile
from posters.programme.upsert import upsert_programme


@pytest.fixture
def reader() -> ModuleType:
    text = (settings.BASE_DIR / "README.md").read_text("utf-8")
    block = re.search(r"<!-- reader -->\n```python\n(.*?)```", text, re.DOTALL)
    assert block is not None
    module = ModuleType("lines")
    exec(compile(block[1], "README.md", "exec"), vars(module))  # noqa: S102 - our own README
    return module


def source(text: str) -> Source:
    return Source((SourceFile("posters.txt", text.encode()),))


@pytest.mark.django_db
def test_the_reader_in_the_readme_reads_what_it_says(reader: ModuleType) -> None:
    lines = source("12 | On Walks | Ada Lovelace; Bo Li\n\n13 | On Talks | Wei Li\n")
    assert reader.recognises(lines)
    assert not reader.recognises(source("Dear diary\n"))
    upsert_programme(record=reader.read(lines), conference_slug="lines-2031")
    assert list(
        Poster.objects.values_list("source_id", "title", "authors__name").order_by("number", "authors__pk")
    ) == [
        ("12", "On Walks", "Ada Lovelace"),
        ("12", "On Walks", "Bo Li"),
        ("13", "On Talks", "Wei Li"),
    ]


def test_the_reader_in_the_readme_names_the_line_that_is_wrong(reader: ModuleType) -> None:
    with pytest.raises(UnreadableProgramme, match=r"^Line 2: must be “key \| title \| authors”\.$"):
        reader.read(source("12 | On Walks | Ada\n13 | no authors\n"))
