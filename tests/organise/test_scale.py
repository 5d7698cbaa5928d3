"""The admin of a large conference: nothing is listed to choose from, and a save touches what it changes."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.db import connection
from django.forms import ModelChoiceField
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from posters.models import Change, Link, Poster, PosterText, Presentation
from tests.organise.conftest import change_address, filled_in, list_address
from tests.organise.test_pages import queries_of

REGISTERED = sorted(admin.site._registry, key=lambda model: model._meta.label)
WRITABLE = [model for model in REGISTERED if model not in (Change, Permission)]


@pytest.mark.parametrize("model", WRITABLE, ids=lambda model: model.__name__)
def test_choices_among_rows_are_looked_up(model, edition, rf, organiser):
    conference = edition("small", 2)
    EmailAddress.objects.create(user=organiser, email="organiser@example.org")
    request = rf.get("/", {"conference": conference.slug})
    request.user = organiser
    its_admin, obj = admin.site.get_model_admin(model), model._base_manager.first()
    forms = [its_admin.get_form(request, obj, change=True)]
    forms += [formset.form for formset, inline in its_admin.get_formsets_with_inlines(request, obj)]
    fields = {name: field for form in forms for name, field in form.base_fields.items()}
    choosing = {name: field.widget for name, field in fields.items() if isinstance(field, ModelChoiceField)}
    for name, widget in choosing.items():
        inner = getattr(widget, "widget", widget)
        assert isinstance(inner, admin.widgets.AutocompleteMixin), name


def test_pages_hold_no_list_of_rows_to_choose_from(edition, admin_page, organiser):
    """Whatever makes the field: no select on any form, and no filter beside any list, offers a hundred rows."""
    conference = edition("large", 101)
    for model in WRITABLE:
        obj = model._base_manager.first()
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        addresses = [reverse(f"{name}_changelist"), reverse(f"{name}_add") + f"?conference={conference.slug}"]
        if obj:
            addresses.append(reverse(f"{name}_change", args=[obj.pk]))
        for address in addresses:
            page = admin_page.get(address).content.decode()
            for number in (57, 93):
                assert f"Session {number}</option>" not in page
                assert f"B{number}</option>" not in page
                assert f"Topic {number}</option>" not in page
                assert f"Decision {number}</option>" not in page
                assert f">Edition large: Session {number}<" not in page


@pytest.mark.parametrize("model", [User, Group, EmailAddress])
def test_accounts_ask_the_same_however_many_there_are(model, admin_page, organiser, django_user_model):
    def add(numbers):
        users = django_user_model.objects.bulk_create(
            django_user_model(username=f"user-{number}", email=f"{number}@example.org") for number in numbers
        )
        EmailAddress.objects.bulk_create(EmailAddress(user=user, email=user.email, primary=True) for user in users)
        for user in users:
            user.groups.set(Group.objects.all())
            user.user_permissions.set(Permission.objects.all()[: user.pk])

    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    add(range(5))
    addresses = [reverse(f"{name}_changelist"), reverse(f"{name}_change", args=[model.objects.last().pk])]
    few = [queries_of(admin_page, address)[0] for address in addresses]
    add(range(5, 60))
    addresses = [reverse(f"{name}_changelist"), reverse(f"{name}_change", args=[model.objects.last().pk])]
    assert [queries_of(admin_page, address)[0] for address in addresses] == few
    assert max(few) <= 15


def test_permissions_are_looked_up_and_never_made(admin_page):
    where = {"app_label": "auth", "model_name": "group", "field_name": "permissions", "term": "export"}
    (found,) = admin_page.get(reverse("admin:autocomplete"), where).json()["results"]
    assert found["text"] == "Programme | conference | Can export the programme, drafts included"
    assert admin_page.get(reverse("admin:auth_permission_add")).status_code == 403
    assert "/auth/permission/" not in admin_page.get(reverse("admin:index")).content.decode()


def test_a_search_finds_a_poster_once(edition, admin_page):
    edition("small", 3, authors=3)
    response = admin_page.get(list_address(Poster), {"q": "Author"})
    assert [poster.number for poster in response.context["cl"].result_list] == [1, 2, 3]
    with CaptureQueriesContext(connection) as captured:
        admin_page.get(list_address(Poster), {"q": "Author"})
    assert [query["sql"] for query in captured if "DISTINCT" in query["sql"]] == []


def saved(client, poster, **values):
    """What saving a poster's form takes: statements, and on SQLite the rows they wrote."""

    def rows_written():
        if connection.vendor != "sqlite":
            return 0
        with connection.cursor() as cursor:
            return cursor.execute("SELECT total_changes()").fetchone()[0]

    form = filled_in(client.get(change_address(poster)))
    before = rows_written()
    with CaptureQueriesContext(connection) as captured:
        assert client.post(change_address(poster), {**form, **values}).status_code == 302
    writes = [query["sql"] for query in captured if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    return {"queries": len(captured), "writes": len(writes), "rows": rows_written() - before}


def test_saving_a_poster_writes_no_more_in_a_larger_conference(edition, admin_page):
    small, large = edition("small", 5), edition("large", 60)
    for conference in (small, large):
        Poster.objects.filter(conference=conference).update(abstract="")
    first = [saved(admin_page, conference.posters.get(number=3), keywords="alpha") for conference in (small, large)]
    assert first[0] == first[1]
    same = [saved(admin_page, conference.posters.get(number=3)) for conference in (small, large)]
    assert same[0] == same[1]


def test_saving_an_author_s_poster_leaves_the_rest_of_the_index(edition, admin_page):
    conference = edition("large", 30, authors=5)
    other = conference.posters.get(number=20)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM posters_search WHERE rowid = %s", [other.pk])
        before = cursor.fetchall()
        saved(admin_page, conference.posters.get(number=3), title="Entirely other words")
        cursor.execute("SELECT * FROM posters_search WHERE rowid = %s", [other.pk])
        assert cursor.fetchall() == before


def texts_written(write):
    """How many statements write to the search index."""
    with CaptureQueriesContext(connection) as captured:
        write()
    written = ("INSERT INTO", "DELETE FROM", "COPY")
    return sum(query["sql"].startswith(written) and "posters_search" in query["sql"] for query in captured)


def test_bulk_work_on_what_search_does_not_read_leaves_the_index_alone(edition):
    conference = edition("large", 8)
    posters, shown = conference.posters, Presentation.objects.filter(poster__conference=conference)
    for write in (
        lambda: posters.update(decision=None),
        lambda: posters.update(status="withdrawn", withdrawal_reason="Ill"),
        lambda: shown.update(format="virtual", position=2),
        lambda: conference.sessions.update(title="Other"),
        lambda: Link.objects.update(label="PDF"),
    ):
        assert texts_written(write) == 0
    for write in (lambda: posters.update(keywords="alpha"), lambda: shown.update(board=None)):
        assert texts_written(write) > 0


def test_drafts_leave_the_index_and_come_back(edition):
    posters = edition("large", 4).posters
    keys = set(posters.values_list("pk", flat=True))
    hidden = set(posters.filter(number__lte=2).values_list("pk", flat=True))
    posters.filter(pk__in=hidden).update(status="draft")
    assert set(PosterText.objects.values_list("pk", flat=True)) == keys - hidden
    posters.filter(pk__in=hidden).update(status="published", decision=None)
    assert set(PosterText.objects.values_list("pk", flat=True)) == keys
