"""Organisers take the whole programme with them as files."""

import csv
import json
from io import BytesIO, StringIO

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse
from openpyxl import load_workbook

from posters.models import Conference, Poster
from tests.organise.conftest import change_address


def address(conference: Conference, name: str) -> str:
    return reverse("admin:export_programme", args=[conference.pk, name])


@pytest.fixture
def draft(conference) -> Conference:
    """A conference that visitors do not see yet; poster 8 is a draft."""
    Conference.objects.update(is_published=False)
    return conference


@pytest.fixture
def staff_client(client, django_user_model):
    """Somebody on the staff with these permissions only."""

    def sign_in(*permissions: str):
        user = django_user_model.objects.create(username="staff", is_staff=True)
        user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
        client.force_login(user)
        return client

    return sign_in


def test_the_conference_s_page_leads_to_files_with_drafts(draft, admin_page) -> None:
    page = admin_page.get(change_address(draft)).content.decode()
    numbers = {}
    for name in ("json", "csv", "xlsx"):
        assert f'href="{address(draft, name)}"' in page
        response = admin_page.get(address(draft, name))
        assert response.status_code == 200
        assert response["Content-Disposition"] == f'attachment; filename="example-2030-programme.{name}"'
        assert response["Cache-Control"] == "max-age=0, no-cache, no-store, must-revalidate, private"
        numbers[name] = response.content
    titles = [poster["title"] for poster in json.loads(numbers["json"])["posters"]]
    assert titles == list(Poster.objects.order_by("number").values_list("title", flat=True))
    assert "A Secret Draft" in titles
    table = list(csv.DictReader(StringIO(numbers["csv"].decode("utf-8-sig"), newline="")))
    assert [row["Number"] for row in table] == ["1", "1", "2", "3", "4", "5", "6", "7", "8"]
    assert table[0]["Title"] == titles[0]
    sheet = load_workbook(BytesIO(numbers["xlsx"]), read_only=True).active
    assert [row[0] for row in sheet.values] == ["Number", 1, 1, 2, 3, 4, 5, 6, 7, 8]


def test_a_conference_not_added_yet_has_no_files(draft, admin_page) -> None:
    assert "export" not in admin_page.get(reverse("admin:posters_conference_add")).content.decode()


def test_to_see_everything_is_not_enough(draft, staff_client) -> None:
    client = staff_client("view_conference", "view_poster")
    assert "/export/" not in client.get(change_address(draft)).content.decode()
    assert client.get(address(draft, "json")).status_code == 403


def test_who_may_export_gets_them(draft, staff_client) -> None:
    client = staff_client("view_conference", "export_programme")
    assert address(draft, "json") in client.get(change_address(draft)).content.decode()
    assert client.get(address(draft, "json")).status_code == 200
    assert client.post(address(draft, "json")).status_code == 405


def test_visitors_are_asked_to_sign_in(draft, client) -> None:
    response = client.get(address(draft, "json"))
    assert (response.status_code, response["Location"]) == (
        302,
        f"{reverse('admin:login')}?next={address(draft, 'json')}",
    )


def test_what_is_not_there_is_not_found(draft, admin_page) -> None:
    assert admin_page.get(address(draft, "pdf")).status_code == 404
    assert admin_page.get(reverse("admin:export_programme", args=[draft.pk + 1, "json"])).status_code == 404


def test_a_text_too_long_for_a_workbook_is_said_on_the_page(draft, admin_page) -> None:
    Poster.objects.filter(number=2).update(abstract="x" * 40_000)
    page = admin_page.get(address(draft, "xlsx"), follow=True)
    assert page.redirect_chain == [(change_address(draft), 302)]
    assert "Poster 2: “Abstract” has 40,000 characters; a cell of XLSX holds 32,767." in page.content.decode()
