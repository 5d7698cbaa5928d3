"""The public programme as files: what visitors may see, the same for everyone, kept like every programme page."""

import csv
from io import BytesIO, StringIO

import pytest
import time_machine
from django.core.cache import cache
from openpyxl import load_workbook

from posters.models import Conference, Poster
from posters.programme.export import public_programme
from posters.programme.readers import programme_json
from posters.programme.source import Source, SourceFile

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ATTACHED = 'attachment; filename="example-2030-programme.{}"'


def address(name: str) -> str:
    return f"/example-2030/programme.{name}"


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(content.decode("utf-8-sig"), newline="")))


@pytest.mark.parametrize(
    ("name", "content_type", "disposition"),
    [
        ("json", "application/json; charset=utf-8", None),
        ("csv", "text/csv; charset=utf-8", ATTACHED.format("csv")),
        ("xlsx", XLSX, ATTACHED.format("xlsx")),
    ],
)
def test_each_format_comes_as_what_it_is_and_is_kept(conference, client, name, content_type, disposition) -> None:
    made = client.get(address(name))
    kept = client.get(address(name))
    head = client.head(address(name))
    for response in (made, kept, head):
        assert response.status_code == 200
        assert response["Content-Type"] == content_type
        assert response.get("Content-Disposition") == disposition
        assert response["Cache-Control"] == "public, no-cache"
        assert response["Content-Length"] == str(len(made.content))
    assert (kept.content, head.content) == (made.content, b"")
    unchanged = client.get(address(name), headers={"if-none-match": made["ETag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    Poster.objects.filter(number=2).update(title="Running Robots")
    assert client.get(address(name), headers={"if-none-match": made["ETag"]}).status_code == 200


@pytest.mark.parametrize("name", ["json", "csv", "xlsx"])
def test_made_anew_it_is_the_same_bytes(conference, client, name) -> None:
    """As every worker makes it, whenever it does."""
    contents = set()
    for day in ("2030-06-01", "2030-06-02"):
        cache.clear()
        with time_machine.travel(day):
            contents.add(client.get(address(name)).content)
    assert len(contents) == 1


def test_json_is_the_public_programme_without_loss(conference, client) -> None:
    content = client.get(address("json")).content
    assert b"Secret Draft" not in content
    assert programme_json.read(Source((SourceFile("programme.json", content),))) == public_programme(
        conference=conference
    )


def test_tables_hold_no_drafts_and_show_readable_titles(conference, client) -> None:
    title = "Schrödinger Bridges & Their ℓ_∞ Norms"
    table = rows(client.get(address("csv")).content)
    assert [row["Number"] for row in table] == ["1", "1", "2", "3", "4", "5", "6", "7"]
    assert (table[0]["Title"], table[5]["Status"]) == (title, "withdrawn")
    sheet = load_workbook(BytesIO(client.get(address("xlsx")).content), read_only=True).active
    assert [row[:2] for row in sheet.iter_rows(max_row=2, values_only=True)] == [("Number", "Title"), (1, title)]


@pytest.mark.parametrize("name", ["json", "csv", "xlsx"])
def test_an_unpublished_programme_is_not_there(conference, client, name) -> None:
    assert client.get(address(name)).status_code == 200
    Conference.objects.update(is_published=False)
    assert client.get(address(name)).status_code == 404


def test_a_text_too_long_for_a_workbook_is_said_and_not_kept(conference, client) -> None:
    Poster.objects.filter(number=2).update(abstract="x" * 40_000)
    for response in (client.get(address("xlsx")), client.get(address("xlsx"))):
        assert response.status_code == 409
        assert response.content.decode() == (
            "Poster 2: “Abstract” has 40,000 characters; a cell of XLSX holds 32,767. CSV holds it.\n"
        )
    assert rows(client.get(address("csv")).content)[2]["Abstract"] == "x" * 40_000


@pytest.mark.parametrize("count", [10, 300])
def test_the_number_of_queries_is_constant(many_posters, client, django_assert_num_queries, count) -> None:
    many_posters(count)
    for name in ("json", "csv", "xlsx"):
        cache.clear()
        with django_assert_num_queries(15):
            assert client.get(f"/many/programme.{name}").status_code == 200
        with django_assert_num_queries(1):
            assert client.get(f"/many/programme.{name}").status_code == 200


@pytest.mark.parametrize("path", ["/example-2030/", "/example-2030/sessions/"])
def test_home_and_schedule_lead_to_the_files(conference, client, path) -> None:
    html = client.get(path).content.decode()
    for name, title in (("json", "JSON"), ("csv", "CSV"), ("xlsx", "XLSX")):
        assert f'<a href="{address(name)}">{title}</a>' in html
