"""The authors of a poster in the admin: moved, added, removed; always 1 to n."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse

from posters.models import Author, Authorship, Change, Poster
from posters.programme.author_order import AuthorPlace, in_wanted_order, set_authors
from tests.organise.conftest import change_address, problems

NAMES = ["Ada", "Bo", "Chidi", "Dana"]


@pytest.fixture
def listed(edition):
    """A poster by Ada, Bo, Chidi and Dana."""
    conference = edition("order", 1)
    poster = conference.posters.get()
    poster.authorships.all().delete()
    authors = [Author.objects.create(conference=conference, name=name, slug=name.lower()) for name in NAMES]
    for position, author in enumerate(authors, start=1):
        Authorship.objects.create(poster=poster, author=author, position=position, affiliation=f"{author}’s lab")
    return poster


def printed(poster):
    """Who stands on the poster, in order, with positions and affiliations."""
    rows = Authorship.objects.filter(poster=poster).select_related("author").order_by("position")
    assert [row.position for row in rows] == list(range(1, len(rows) + 1))
    assert [row.affiliation for row in rows] == [f"{row.author}’s lab" for row in rows]
    return " ".join(row.author.name for row in rows)


def save(admin_page, form_of, poster, **changes):
    data = {**form_of(poster), **changes}
    return admin_page.post(change_address(poster), data)


@pytest.mark.parametrize(
    ("positions", "expected"),
    [
        ({0: 2, 1: 1}, "Bo Ada Chidi Dana"),
        ({1: 1}, "Bo Ada Chidi Dana"),
        ({0: 2}, "Bo Ada Chidi Dana"),
        ({3: 2}, "Ada Dana Bo Chidi"),
        ({0: 3}, "Bo Chidi Ada Dana"),
        ({0: 4, 1: 3, 2: 2, 3: 1}, "Dana Chidi Bo Ada"),
        ({0: 10, 1: 20, 2: 15}, "Dana Ada Chidi Bo"),
        ({1: ""}, "Ada Chidi Dana Bo"),
        ({0: 1, 1: 1, 2: 1, 3: 1}, "Bo Chidi Dana Ada"),
    ],
)
def test_moving_authors(positions, expected, listed, admin_page, form_of):
    changes = {f"authorships-{row}-position": position for row, position in positions.items()}
    identities = dict(listed.authorships.values_list("author", "pk"))
    response = save(admin_page, form_of, listed, **changes)
    assert response.status_code == 302
    assert printed(listed) == expected
    assert dict(listed.authorships.values_list("author", "pk")) == identities


def test_moving_is_logged_as_the_organisers_change_from_old_to_new_place(listed, admin_page, form_of, organiser):
    revision = listed.conference.revision
    save(admin_page, form_of, listed, **{"authorships-0-position": 2, "authorships-1-position": 1})
    listed.conference.refresh_from_db()
    entries = Change.objects.filter(model="authorship", revision=listed.conference.revision)
    keys = dict(listed.authorships.values_list("author__name", "pk"))
    assert set(entries.values_list("object_key", "field", "before", "after", "source", "actor")) == {
        (keys["Ada"], "position", 1, 2, "admin", organiser.pk),
        (keys["Bo"], "position", 2, 1, "admin", organiser.pk),
    }
    assert listed.conference.revision > revision


def test_removing_an_author_closes_the_gap(listed, admin_page, form_of):
    save(admin_page, form_of, listed, **{"authorships-1-DELETE": "on"})
    assert printed(listed) == "Ada Chidi Dana"


@pytest.mark.parametrize(("position", "expected"), [("", "Ada Bo Chidi Dana Eve"), ("2", "Ada Eve Bo Chidi Dana")])
def test_adding_an_author(position, expected, listed, admin_page, form_of):
    eve = Author.objects.create(conference=listed.conference, name="Eve", slug="eve")
    new = {
        "authorships-TOTAL_FORMS": 5,
        "authorships-4-author": eve.pk,
        "authorships-4-position": position,
        "authorships-4-affiliation": "Eve’s lab",
    }
    assert save(admin_page, form_of, listed, **new).status_code == 302
    assert printed(listed) == expected


def test_exchanging_the_names_of_two_rows_exchanges_their_places(listed, admin_page, form_of):
    form = form_of(listed)
    exchange = {
        "authorships-0-author": form["authorships-1-author"],
        "authorships-0-affiliation": form["authorships-1-affiliation"],
        "authorships-1-author": form["authorships-0-author"],
        "authorships-1-affiliation": form["authorships-0-affiliation"],
    }
    assert save(admin_page, form_of, listed, **exchange).status_code == 302
    assert printed(listed) == "Bo Ada Chidi Dana"


def test_taking_an_author_off_and_adding_them_again_moves_them(listed, admin_page, form_of):
    form = form_of(listed)
    again = {
        "authorships-0-DELETE": "on",
        "authorships-TOTAL_FORMS": 5,
        "authorships-4-author": form["authorships-0-author"],
        "authorships-4-position": "",
        "authorships-4-affiliation": "Ada’s lab",
    }
    assert save(admin_page, form_of, listed, **again).status_code == 302
    assert printed(listed) == "Bo Chidi Dana Ada"


def test_the_same_author_twice_is_refused(listed, admin_page, form_of):
    form = form_of(listed)
    response = save(admin_page, form_of, listed, **{"authorships-1-author": form["authorships-0-author"]})
    assert problems(response) == [
        "The same author is named twice.",
        "Please correct the duplicate values below.",
    ]
    assert printed(listed) == "Ada Bo Chidi Dana"


def test_a_new_author_can_be_added_from_the_list(listed, admin_page):
    page = admin_page.get(change_address(listed)).content.decode()
    address = reverse("admin:posters_author_add") + "?_to_field=id&amp;_popup=1&amp;conference=order"
    assert address in page
    response = admin_page.post(
        address.replace("&amp;", "&"), {"name": "Eve", "slug": "", "_popup": 1, "_to_field": "id"}
    )
    eve = Author.objects.get(name="Eve")
    assert eve.conference == listed.conference
    assert f"&quot;value&quot;: &quot;{eve.pk}&quot;" in response.content.decode()


def test_a_row_that_someone_deleted_meanwhile_is_told(listed, admin_page, form_of):
    form = form_of(listed)
    listed.authorships.get(position=2).delete()
    response = admin_page.post(change_address(listed), form)
    assert problems(response)[0] == ("Someone has deleted a row meanwhile: open this page again to see what is left.")


def test_someone_added_meanwhile_stays(listed):
    ada, bo, chidi, dana = (row.author for row in listed.authorships.order_by("position"))
    places = [AuthorPlace(bo, "Bo’s lab", False, 1, 2), AuthorPlace(ada, "Ada’s lab", False, 2, 1)]
    assert set_authors(poster=listed, places=places, removed={ada.pk, bo.pk, chidi.pk}) == {
        bo.pk: 1,
        ada.pk: 2,
        dana.pk: 3,
    }
    assert printed(listed) == "Bo Ada Dana"


def test_order_of_places():
    def place(name, position, was):
        return AuthorPlace(Author(name=name), "", False, position, was)

    places = [place("stays", 2, 2), place("down", 2, 1), place("up", 2, 3), place("last", None, None)]
    assert [p.author.name for p in in_wanted_order(places)] == ["up", "stays", "down", "last"]


def test_saving_authors_asks_the_same_for_2_and_for_20(edition, django_assert_num_queries):
    for slug, count in (("short", 2), ("long", 20)):
        poster = edition(slug, 1, authors=count).posters.get()
        rows = list(poster.authorships.select_related("author", "poster__conference").order_by("-position"))
        places = [AuthorPlace(row.author, "", False, n, row.position) for n, row in enumerate(rows, start=1)]
        with django_assert_num_queries(28):
            set_authors(poster=poster, places=places)


def test_an_import_keeps_authors_edited_here(admin_page, form_of, tmp_path):
    source = tmp_path / "page.txt"
    source.write_text(
        "Poster Session 9\n\nIn-Person Poster presentation / poster accept\nA Title\n\nAda · Bo\n\nAn abstract.\n",
        "utf-8",
    )
    call_command("import_programme", str(source), conference="order", stdout=StringIO())
    poster = Poster.objects.get()
    assert save(admin_page, form_of, poster, **{"authorships-1-position": 1}).status_code == 302
    report = StringIO()
    call_command("import_programme", str(source), conference="order", stdout=report)
    assert [row.author.name for row in poster.authorships.order_by("position")] == ["Bo", "Ada"]
    assert "authors: kept “Bo, Ada”, edited here; the source says “Ada, Bo”" in report.getvalue()
    assert "Nothing has changed." in report.getvalue()
