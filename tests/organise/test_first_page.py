"""Somebody who has never seen the admin finds the way: its first page, empty lists, signing in."""

import html
import re

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from posters.models import Announcement, Change, Conference, Poster, Session
from tests.organise.conftest import list_address


def text_of(response):
    """The page's words, one space between them."""
    page = re.sub(r"<[^>]+>", " ", response.content.decode())
    return " ".join(html.unescape(page).split())


@pytest.fixture
def staff(client, django_user_model):
    """The site as somebody with this role sees it."""

    def sign_in(role=""):
        user = django_user_model.objects.create(username="newcomer", is_staff=True)
        user.groups.set(Group.objects.filter(name=role))
        client.force_login(user)
        return client

    return sign_in


def sections(response):
    """The headings of the first page, each with what stands under it and whether one can add to it."""
    page = response.content.decode()
    found = {}
    for section in re.findall(r'<section class="task".*?</section>', page, re.DOTALL):
        title = re.search(r"<h2[^>]*>(.*?)</h2>", section).group(1)
        items = re.findall(r"<li>.*?</li>", section, re.DOTALL)
        found[title] = {re.search(r'"task-thing"[^>]*>(.*?)<', item).group(1): "addlink" in item for item in items}
    return found


def test_the_first_page_is_grouped_by_task(admin_page):
    response = admin_page.get(reverse("admin:index") + "?editions")
    assert sections(response) == {
        "Programme": dict.fromkeys(["Conferences", "Sessions", "Posters", "Topics", "Decisions"], True),
        "People": {"Authors": True},
        "Halls": {"Rooms": True, "Boards": True},
        "What happened": {"Announcements": True, "Changes": False},
        "Accounts": {"Users": True, "Groups": True, "Email addresses": True},
    }
    addresses = re.findall(r'class="task-thing" href="([^"]+)"', response.content.decode())
    assert [admin_page.get(address).status_code for address in addresses] == [200] * 13


def test_each_role_sees_its_own_tasks(db, staff):
    client = staff("Viewer")
    assert sections(client.get(reverse("admin:index") + "?editions")) == {
        "Programme": dict.fromkeys(["Conferences", "Sessions", "Topics", "Decisions"], False),
        "Halls": {"Rooms": False},
    }


def test_who_has_no_role_is_told_what_to_do(db, staff):
    response = staff().get(reverse("admin:index") + "?editions")
    assert sections(response) == {}
    assert "You are signed in, but have no role yet" in text_of(response)
    assert "open the account “newcomer” and give it one of these roles" in text_of(response)
    roles = re.findall(r"<dt>(.*?)</dt>", response.content.decode())
    assert sorted(roles) == sorted(Group.objects.values_list("name", flat=True))


@pytest.mark.parametrize(
    ("role", "model", "words"),
    [
        ("Organiser", Poster, "No posters yet Import a programme from a feed"),
        ("Organiser", Conference, "or add the first by hand ."),
        ("Organiser", Announcement, "No announcements yet Add the first."),
        ("Editor", Announcement, "No announcements yet Add the first."),
        ("Editor", Session, "No sessions yet They are shown here as soon as there are any."),
        ("Editor", Change, "No changes yet They are shown here as soon as there are any."),
        ("Session chair", Session, "Ask an organiser to name you in yours."),
        ("Session chair", Poster, "Ask an organiser to name you in yours."),
    ],
)
def test_empty_lists_tell_the_next_step(role, model, words, db, staff):
    assert words in text_of(staff(role).get(list_address(model)))


def test_a_search_without_results_leads_back(conference, admin_page):
    response = admin_page.get(list_address(Session), {"q": "nowhere"})
    assert "Nothing here matches No sessions are left by your search and filters. Show all" in text_of(response)
    response = admin_page.get(list_address(Session), {"kind__exact": "break"})
    assert "Nothing here matches" in text_of(response)
    assert "empty-state" not in admin_page.get(list_address(Session)).content.decode()


def test_breadcrumbs_speak_plainly(admin_page, organiser):
    page = text_of(admin_page.get(reverse("admin:auth_user_change", args=[organiser.pk])))
    assert "Home › Accounts › Users › organiser" in page


def test_signing_in_says_where_one_is(client, db):
    page = client.get(reverse("admin:login"))
    assert "Organisers’ room Sign in with your username and password" in text_of(page)
    assert f'href="{reverse("account_login")}"' in page.content.decode()
