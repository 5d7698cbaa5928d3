"""BibTeX and codes of posters: read back by a strict reader, because one wrong brace breaks a whole file."""

import re

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from posters.api.bibtex import latex, plain
from posters.models import Author, Authorship, Poster, Visit

ROOT = "/example-2030"


def read_bibtex(source: str) -> dict[str, dict[str, str]]:
    """Entries by key as BibTeX itself reads them: braces are counted whatever stands before them."""
    entries: dict[str, dict[str, str]] = {}
    rest = source
    while rest.strip():
        head = re.match(r"\s*@inproceedings\{([a-z0-9-]+),\n", rest)
        assert head, f"no entry begins at {rest[:60]!r}"
        rest = rest[head.end() :]
        fields: dict[str, str] = {}
        while field := re.match(r"  ([a-z]+) = \{", rest):
            value, rest = braced(rest[field.end() :])
            assert rest.startswith(",\n")
            assert field[1] not in fields
            fields[field[1]] = value
            rest = rest[2:]
        assert rest.startswith("}\n")
        rest = rest[2:]
        assert head[1] not in entries
        entries[head[1]] = fields
    return entries


def braced(source: str) -> tuple[str, str]:
    """What stands before the brace that closes, and what after it."""
    depth = 1
    for place, character in enumerate(source):
        depth += (character == "{") - (character == "}")
        if not depth:
            return source[:place], source[place + 1 :]
    raise AssertionError("a brace is never closed")


def people(field: str) -> list[str]:
    """Names as BibTeX divides them: by “and” outside of braces."""
    names, depth = [""], 0
    for word in re.split(r"(\s+)", field):
        if word == "and" and not depth:
            names.append("")
        else:
            names[-1] += word
            depth += word.count("{") - word.count("}")
    return [name.strip() for name in names]


def test_a_poster_as_an_entry(client, conference):
    response = client.get(f"{ROOT}/posters/1.bib")
    assert response.headers["Content-Type"] == "application/x-bibtex; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="example-2030-1.bib"'
    assert read_bibtex(response.content.decode()) == {
        "example-2030-1": {
            "title": r"{Schrödinger Bridges \& Their $\ell_\infty$ Norms}",
            "author": "Ada Müller and Bo Li",
            "booktitle": "Example Conference 2030",
            "year": "2030",
            "address": "Example Centre, Kigali",
            "keywords": "bridges, norms",
            "url": "http://127.0.0.1:8000/example-2030/posters/1/",
        }
    }


def test_a_withdrawn_poster_says_so_and_a_draft_is_not_there(client, conference):
    (entry,) = read_bibtex(client.get(f"{ROOT}/posters/5.bib").content.decode()).values()
    assert entry["note"] == "Withdrawn"
    assert client.get(f"{ROOT}/posters/8.bib").status_code == 404
    assert client.get(f"{ROOT}/posters/8.svg").status_code == 404


def test_the_key_stays_when_the_title_changes(client, conference):
    before = list(read_bibtex(client.get(f"{ROOT}/posters/2.bib").content.decode()))
    Poster.objects.filter(number=2).update(title="Running Robots")
    assert list(read_bibtex(client.get(f"{ROOT}/posters/2.bib").content.decode())) == before == ["example-2030-2"]


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Research and Development, Kigali", "{Research and Development, Kigali}"),
        ("others", "{others}"),
        ("Anders Andersson", "Anders Andersson"),
        (r"J\"{o}rg O'Neil & Söhne", r"Jörg O'Neil \& Söhne"),
        ("Smith, John", "{Smith, John}"),
    ],
)
def test_a_name_is_one_name(client, conference, name, written):
    author = Author.objects.create(conference=conference, name=name, slug="new-one")
    poster = Poster.objects.get(number=3)
    Authorship.objects.create(poster=poster, author=author, position=2)
    (entry,) = read_bibtex(client.get(f"{ROOT}/posters/3.bib").content.decode()).values()
    assert people(entry["author"]) == ["Bo Li", written]


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("100% of $5 & #1_a", r"100\% of \$5 \& \#1\_a"),
        (
            "{a} ~ ^ \\ <b> |",
            r"\textbraceleft{}a\textbraceright{} \textasciitilde{} \textasciicircum{}"
            r" \textbackslash{} \textless{}b\textgreater{} \textbar{}",
        ),
        ("line\nbreak\x00\x07 \t end", "line break end"),
        ("漢字 é", "漢字 é"),
    ],
)
def test_ordinary_text_is_escaped(source, written):
    assert plain(source) == written


@pytest.mark.parametrize(
    ("source", "written"),
    [
        (r"The $\mathcal{O}(n^2)$ case", r"The $\mathcal{O}(n^2)$ case"),
        (r"$\left\{ x \right.$ opens", None),
        (r"An unclosed $\frac{1", None),
    ],
)
def test_a_formula_stays_one_unless_it_would_break_the_entry(source, written):
    entry = latex(source)
    if written is None:
        assert braced(f"{entry}}}") == (entry, "")
        assert entry.replace(r"\$", "").count("$") == 0
    else:
        assert entry == written


@given(st.text(max_size=200))
def test_no_title_and_no_note_breaks_an_entry(text):
    for written in (latex(text), plain(text)):
        assert braced(f"{written}}}") == (written, "")
        assert re.search(r"(?<!\\)[%#&]", re.sub(r"\$[^$]*\$", "", written)) is None
        assert not re.search(r"[\x00-\x1f]", written)


def test_the_visited_list_with_notes(client, conference):
    assert client.get(f"{ROOT}/itinerary/visited.bib").content == b""
    for number in (3, 2, 6):
        client.post(f"{ROOT}/itinerary/posters/{number}/visited/")
    client.post(f"{ROOT}/itinerary/posters/1/note/", {"note": "Never been there"})
    visit = Visit.objects.get(presentation__poster__number=2)
    client.post(
        f"{ROOT}/itinerary/visits/{visit.pk}/note/",
        {"version": visit.version, "note": "50% rest,\n{always} \\cite{this}"},
    )
    Poster.objects.filter(number=6).update(status=Poster.Status.DRAFT)
    response = client.get(f"{ROOT}/itinerary/visited.bib")
    assert {"private", "no-store"} <= {part.strip() for part in response.headers["Cache-Control"].split(",")}
    entries = read_bibtex(response.content.decode())
    assert list(entries) == ["example-2030-2", "example-2030-3"]
    assert entries["example-2030-2"]["annote"] == (
        r"50\% rest, \textbraceleft{}always\textbraceright{} \textbackslash{}cite\textbraceleft{}this\textbraceright{}"
    )
    assert "annote" not in entries["example-2030-3"]
    assert Client().get(f"{ROOT}/itinerary/visited.bib").content == b""


def test_a_code_is_one_picture_without_styles(client, conference):
    response = client.get(f"{ROOT}/posters/1.svg")
    assert response.headers["Content-Type"] == "image/svg+xml"
    svg = response.content.decode()
    assert svg.startswith('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ')
    assert "style" not in svg
    assert client.get(f"{ROOT}/posters/2.svg").content != response.content
