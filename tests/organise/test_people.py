"""Two people made one, and one made two; imports afterwards leave it so."""

from dataclasses import replace

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from posters.models import Author, Authorship, Change, Favourite, FormerAuthor, Presentation
from posters.programme.records import AuthorRecord, ConferenceRecord, PosterRecord, ProgrammeRecord
from posters.programme.upsert import upsert_programme
from tests.organise.conftest import add_address, list_address

PROGRAMME = ProgrammeRecord(conference=ConferenceRecord(name="Merged 2031", year=2031, time_zone="Europe/Paris"))


def poster(number, *authors):
    return PosterRecord(f"record {number}", f"Title {number}", authors, "Words.", "Accept", number=number)


def load(*posters):
    """Import these posters. Returns their conference and the report."""
    report = upsert_programme(record=replace(PROGRAMME, posters=posters), conference_slug="merged")
    conference = Author.objects.first().conference
    conference.is_published = True
    conference.save()
    return conference, report


def printed(conference):
    """Each poster's authors as address, affiliation and presenter; positions are always 1 to n."""
    lists = {}
    rows = Authorship.objects.filter(poster__conference=conference).select_related("author", "poster")
    for row in rows.order_by("poster__number", "position"):
        line = " ".join(filter(None, (row.author.slug, row.affiliation, "*" if row.is_presenter else "")))
        lists.setdefault(row.poster.number, []).append(line)
        assert row.position == len(lists[row.poster.number])
    return lists


def author(slug):
    return Author.objects.get(slug=slug)


def merge(page, kept, *others):
    address = reverse("admin:posters_author_merge", args=[author(kept).pk])
    return page.post(address, {"other": [author(slug).pk for slug in others]})


def split(page, slug, *numbers, **data):
    whose = author(slug)
    posters = [pk for pk, number in whose.posters.values_list("pk", "number") if number in numbers]
    address = reverse("admin:posters_author_split", args=[whose.pk])
    return page.post(address, {"name": whose.name, "posters": posters, **data})


NAMED = (
    poster(1, AuthorRecord("J. Smith", "Lab A"), AuthorRecord("Bo Li", "Lab B")),
    poster(2, AuthorRecord("Ada", "Lab A"), AuthorRecord("John Smith", "Lab C")),
    poster(
        3,
        AuthorRecord("Bo Li", "Lab B"),
        AuthorRecord("John Smith"),
        AuthorRecord("Ada", "Lab A"),
        AuthorRecord("J. Smith", "Lab A", is_presenter=True),
        AuthorRecord("Dana"),
    ),
)
MERGED = {
    1: ["john-smith Lab A", "bo-li Lab B"],
    2: ["ada Lab A", "john-smith Lab C"],
    3: ["bo-li Lab B", "john-smith Lab A *", "ada Lab A", "dana"],
}


def test_merging_keeps_every_authorship_and_closes_gaps(admin_page, db):
    conference, _ = load(*NAMED)
    revision = conference.revision
    response = merge(admin_page, "john-smith", "j-smith")
    assert response.url == reverse("admin:posters_author_change", args=[author("john-smith").pk])
    assert printed(conference) == MERGED
    assert not Author.objects.filter(slug="j-smith").exists()
    conference.refresh_from_db()
    assert conference.revision == revision + 1
    whole = Change.objects.filter(revision=conference.revision, model="formerauthor").get()
    assert (whole.action, whole.source, whole.actor.username) == ("added", "admin", "organiser")
    log = admin_page.get(list_address(Change)).content.decode()
    assert "Former author: J. Smith (j-smith)" in log
    assert "merged into another" in log


def test_merging_and_splitting_are_told_in_words_to_organisers_and_not_to_visitors(admin_page, client, db):
    conference, _ = load(*NAMED)
    told = client.get(f"/{conference.slug}/changes.atom").content
    merge(admin_page, "john-smith", "j-smith")
    assert "Two people were merged: split them again on the author&#x27;s page." in undo_page(admin_page, conference)
    split(admin_page, "john-smith", 1, former=FormerAuthor.objects.get().pk)
    assert not FormerAuthor.objects.exists()
    log = admin_page.get(list_address(Change)).content.decode()
    assert "Former author: J. Smith (j-smith)" in log
    assert "split from the other" in log
    assert "Two people were split: merge them again on the author&#x27;s page." in undo_page(admin_page, conference)
    assert client.get(f"/{conference.slug}/changes.atom").content == told


def undo_page(admin_page, conference) -> str:
    conference.refresh_from_db()
    address = reverse("admin:posters_revision_undo", args=[conference.slug, conference.revision])
    return admin_page.get(address).content.decode()


def test_favourites_are_of_posters_and_stay(admin_page, edition):
    conference = edition("stars", 3)
    before = set(Favourite.objects.values_list("attendee", "poster"))
    merge(admin_page, "author-0", "author-1")
    assert set(Favourite.objects.values_list("attendee", "poster")) == before
    assert len(before) == 3
    assert printed(conference)[1] == ["author-0 Example Lab"]


def test_an_import_afterwards_changes_nothing(admin_page, db):
    conference, _ = load(*NAMED)
    merge(admin_page, "john-smith", "j-smith")
    revision = author("ada").conference.revision
    load(*NAMED)
    assert printed(conference) == MERGED
    assert Author.objects.count() == 4
    assert author("ada").conference.revision == revision


def test_new_posters_of_the_one_who_was_merged_are_the_other_ones(admin_page, db):
    conference, _ = load(*NAMED)
    merge(admin_page, "john-smith", "j-smith")
    load(*NAMED, poster(4, AuthorRecord("J. Smith")))
    assert printed(conference)[4] == ["john-smith"]


def test_a_merged_poster_still_follows_its_source(admin_page, db):
    conference, _ = load(*NAMED)
    merge(admin_page, "john-smith", "j-smith")
    first = poster(1, AuthorRecord("J. Smith", "Lab A"), AuthorRecord("Bo Li", "Lab B"), AuthorRecord("Eve", "Lab E"))
    load(first, *NAMED[1:])
    assert printed(conference)[1] == ["john-smith Lab A", "bo-li Lab B", "eve Lab E"]


IDS = (
    poster(1, AuthorRecord("Wei Zhang", source_id="p1"), AuthorRecord("Bo", source_id="b")),
    poster(2, AuthorRecord("Wei Zhang", source_id="p2")),
    poster(3, AuthorRecord("Wei Zhang", source_id="p1"), AuthorRecord("W. Zhang", source_id="p2")),
)


def test_an_import_with_keys_of_both_leaves_them_merged(admin_page, db):
    conference, _ = load(*IDS)
    merge(admin_page, "wei-zhang", "wei-zhang-2")
    merged = {1: ["wei-zhang", "bo"], 2: ["wei-zhang"], 3: ["wei-zhang"]}
    assert printed(conference) == merged
    load(*IDS, poster(4, AuthorRecord("W. Zhang", source_id="p2"), AuthorRecord("Wei Zhang", source_id="p1")))
    assert printed(conference) == {**merged, 4: ["wei-zhang"]}
    assert set(Author.objects.values_list("name", "source_id")) == {("Wei Zhang", "p1"), ("Bo", "b")}


def test_namesakes_merged_do_not_swallow_another_namesake_on_a_new_poster(admin_page, db):
    people = [poster(n, AuthorRecord("Wei Zhang"), AuthorRecord("Wei Zhang")) for n in (1, 2)]
    conference, _ = load(people[0])
    merge(admin_page, "wei-zhang", "wei-zhang-2")
    load(*people)
    assert printed(conference) == {1: ["wei-zhang"], 2: ["wei-zhang", "wei-zhang-3"]}


def test_the_old_address_leads_to_the_new_one_through_later_merges_too(admin_page, client, db):
    load(*NAMED)
    for kept, other in (("john-smith", "j-smith"), ("ada", "john-smith")):
        merge(admin_page, kept, other)
    for slug in ("j-smith", "john-smith"):
        response = client.get(f"/merged/authors/{slug}/")
        assert (response.status_code, response.url) == (301, "/merged/authors/ada/")
        assert response.headers["Cache-Control"] == "no-cache"
        calendar = client.get(f"/merged/authors/{slug}.ics")
        assert (calendar.status_code, calendar.url) == (301, "/merged/authors/ada.ics")
    assert client.get("/merged/authors/nobody/").status_code == 404
    assert client.get("/merged/authors/nobody.ics").status_code == 404


def test_events_that_name_the_one_who_was_merged_are_told_anew(admin_page, edition):
    edition("events", 3)
    sequences = dict(Presentation.objects.values_list("poster__number", "sequence"))
    merge(admin_page, "author-2", "author-0")
    after = dict(Presentation.objects.values_list("poster__number", "sequence"))
    # On poster 3 both stood.
    assert {number for number in after if after[number] != sequences[number]} == {1, 3}


def test_somebody_new_does_not_get_an_old_address(admin_page, client, db):
    conference, _ = load(*NAMED)
    merge(admin_page, "john-smith", "j-smith")
    admin_page.post(add_address(Author, conference), {"name": "J. Smith", "slug": ""})
    assert Author.objects.filter(name="J. Smith").get().slug == "j-smith-2"
    assert client.get("/merged/authors/j-smith/").url == "/merged/authors/john-smith/"


def test_splitting_gives_chosen_posters_to_a_new_person_and_imports_keep_it(admin_page, client, db):
    conference, _ = load(*IDS)
    revision = conference.revision
    response = split(admin_page, "wei-zhang", 3)
    assert response.status_code == 302
    conference.refresh_from_db()
    assert conference.revision == revision + 1
    logged = Change.objects.get(revision=revision + 1, field="authors")
    assert logged.before == ["Wei Zhang (wei-zhang)", "Wei Zhang (wei-zhang-2)"]
    assert logged.after == ["Wei Zhang (wei-zhang-3)", "Wei Zhang (wei-zhang-2)"]
    after = {1: ["wei-zhang", "bo"], 2: ["wei-zhang-2"], 3: ["wei-zhang-3", "wei-zhang-2"]}
    assert printed(conference) == after
    _, report = load(*IDS)
    assert printed(conference) == after
    kept = [change for outcome in report.outcomes for change in outcome.changes if change.kept]
    assert [change.field for change in kept] == ["authors"]
    assert client.get("/merged/authors/wei-zhang-3/").status_code == 200


def test_a_merge_is_taken_back_by_a_split(admin_page, client, db):
    conference, _ = load(*NAMED)
    merge(admin_page, "john-smith", "j-smith")
    former = FormerAuthor.objects.get()
    page = admin_page.get(reverse("admin:posters_author_split", args=[author("john-smith").pk])).content.decode()
    assert f'<option value="{former.pk}">J. Smith (j-smith)</option>' in page
    split(admin_page, "john-smith", 1, former=former.pk)
    assert printed(conference)[1] == ["j-smith Lab A", "bo-li Lab B"]
    assert client.get("/merged/authors/j-smith/").status_code == 200
    assert not FormerAuthor.objects.exists()
    load(*NAMED, poster(4, AuthorRecord("J. Smith")))
    assert printed(conference)[1] == ["j-smith Lab A", "bo-li Lab B"]
    assert printed(conference)[4] == ["j-smith"]


@pytest.mark.parametrize(
    ("numbers", "problem"),
    [((), "Choose at least one poster"), ((1, 3), "Leave at least one poster")],
)
def test_a_split_needs_posters_on_both_sides(numbers, problem, admin_page, db):
    conference, _ = load(*IDS)
    before = printed(conference)
    response = split(admin_page, "wei-zhang", *numbers)
    assert problem in response.content.decode()
    assert printed(conference) == before


def test_another_conferences_people_and_posters_are_refused(admin_page, edition):
    one, other = edition("one", 2), edition("other", 2)
    mine, theirs = (Author.objects.filter(conference=its).first() for its in (one, other))
    address = reverse("admin:posters_author_merge", args=[mine.pk])
    page = admin_page.post(address, {"other": [theirs.pk]}).content.decode()
    assert "not of this conference" in page
    assert f'value="{theirs.pk}"' not in admin_page.get(f"{address}?other={theirs.pk}").content.decode()
    foreign = other.posters.first()
    address = reverse("admin:posters_author_split", args=[mine.pk])
    response = admin_page.post(address, {"name": "New", "posters": [foreign.pk]})
    assert response.context["form"].errors["posters"] == [
        f"Select a valid choice. {foreign.pk} is not one of the available choices."
    ]
    assert Author.objects.count() == 4


@pytest.mark.parametrize("data", [{}, {"other": "x"}, {"other": "9" * 30}, {"other": "\0"}])
def test_nobody_chosen_is_told(data, admin_page, edition):
    edition("one", 1)
    address = reverse("admin:posters_author_merge", args=[author("author-0").pk])
    assert "Choose at least one other person" in admin_page.post(address, data).content.decode()
    assert Author.objects.count() == 2


@pytest.mark.parametrize("allowed", [("view_author",), ("view_author", "change_author")])
def test_without_permission_neither_is_offered_nor_possible(allowed, client, edition, django_user_model):
    edition("one", 2)
    viewer = django_user_model.objects.create(username="viewer", is_staff=True)
    viewer.user_permissions.set(Permission.objects.filter(codename__in=allowed))
    client.force_login(viewer)
    whose = author("author-0")
    page = client.get(reverse("admin:posters_author_change", args=[whose.pk])).content.decode()
    for name in ("merge", "split"):
        address = reverse(f"admin:posters_author_{name}", args=[whose.pk])
        assert address not in page
        assert client.get(address).status_code == 403
        assert client.post(address, {"other": author("author-1").pk}).status_code == 403
    data = {"action": "merge_chosen", "_selected_action": [whose.pk, author("author-1").pk]}
    client.post(list_address(Author), data)
    assert Author.objects.count() == 2


def test_the_list_leads_to_the_merge_with_who_has_most_posters_kept(admin_page, db):
    load(*NAMED, poster(4, AuthorRecord("John Smith")))
    chosen = [author("j-smith"), author("john-smith")]
    data = {"action": "merge_chosen", "_selected_action": [who.pk for who in chosen]}
    response = admin_page.post(list_address(Author), data)
    assert response.url == reverse("admin:posters_author_merge", args=[chosen[1].pk]) + f"?other={chosen[0].pk}"
    page = admin_page.get(response.url).content.decode()
    assert f'name="other" value="{chosen[0].pk}" checked' in page
    assert f"{reverse('admin:posters_author_merge', args=[chosen[0].pk])}?other={chosen[1].pk}" in page


def test_people_are_found_by_words(admin_page, db):
    load(*NAMED)
    address = reverse("admin:posters_author_merge", args=[author("john-smith").pk])
    page = admin_page.get(address, {"q": "smith"}).content.decode()
    assert f'name="other" value="{author("j-smith").pk}"' in page
    assert f'value="{author("ada").pk}"' not in page


@pytest.mark.parametrize("posters", [2, 30])
def test_merging_and_splitting_ask_the_same_for_few_posters_and_many(
    posters, admin_page, db, django_assert_num_queries
):
    load(*(poster(n, AuthorRecord("A"), AuthorRecord("B"), AuthorRecord("C")) for n in range(1, posters + 1)))
    with django_assert_num_queries(54):
        assert merge(admin_page, "a", "b").status_code == 302
    with django_assert_num_queries(38):
        assert split(admin_page, "a", 1).status_code == 302


@pytest.mark.parametrize("count", [2, 30])
def test_looking_asks_the_same_for_few_posters_and_many(count, admin_page, db, django_assert_num_queries):
    load(*(poster(n, AuthorRecord("Ada"), AuthorRecord(f"Namesake {n}")) for n in range(1, count + 1)))
    key, other = author("ada").pk, author("namesake-1").pk
    with django_assert_num_queries(5):
        page = admin_page.get(reverse("admin:posters_author_merge", args=[key]), {"q": "name\0sake", "other": other})
    assert page.content.decode().count('name="other"') == count + 1
    with django_assert_num_queries(5):
        page = admin_page.get(reverse("admin:posters_author_split", args=[key]))
    assert page.content.decode().count('name="posters"') == count
