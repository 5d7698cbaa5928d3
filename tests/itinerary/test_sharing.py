"""A link to read an itinerary by, and to copy from: it shows what it may, and is gone when revoked."""

import datetime as dt
import re

import pytest

from posters.itinerary.sharing import address_of
from posters.models import Attendee, Favourite, Poster, Share, Visit
from posters.qr_code import qr_svg
from tests.browse.conftest import Page
from tests.itinerary.conftest import Visitor, secret_address

pytestmark = pytest.mark.django_db

ITINERARY = "/example-2030/itinerary/"
SHARE = f"{ITINERARY}share/"


@pytest.fixture
def ada(visitor) -> Visitor:
    ada = visitor()
    ada.star(1, "must-see")
    ada.star(2)
    ada.star(7)
    ada.attend("keynote")
    ada.get("/example-2030/itinerary/")
    return ada


def share(owner: Visitor, name: str = "") -> str:
    address = secret_address(owner.post(SHARE, {"shown_name": name}))
    assert re.fullmatch(r"/example-2030/itinerary/shared/[A-Za-z0-9_-]{43}/", address)
    return address


def test_it_shows_sessions_visits_times_and_boards_and_the_name_given(ada, visitor):
    page = Page(visitor().get(share(ada, " Ada ")).content.decode())
    assert page.faults == []
    assert "Ada’s itinerary" in page.words
    for words in ("Opening Keynote", "Walking Robots Learn to Rest", "Board A1", "10:00", "Nobody Knows When"):
        assert words in page.words
    assert sorted(box["value"] for box in page.all("input", name="poster")) == ["1", "2", "7"]
    assert "An itinerary" in Page(visitor().get(share(ada)).content.decode()).words


def test_it_tells_no_notes_no_interest_nothing_visited_and_not_who(ada, visitor):
    ada.sign_up("ada@example.org")
    address = share(ada)
    before = visitor().get(address)
    Visit.objects.update(note="Ask her about funding", visited_at=dt.datetime(2030, 6, 3, 9, tzinfo=dt.UTC))
    Favourite.objects.update(interest="must-see")
    after = visitor().get(address)

    def text(response) -> str:
        return re.sub(r'csrfmiddlewaretoken" value="\w+"', "", response.content.decode())

    assert text(before) == text(after)
    assert "ada@example.org" not in text(after)
    assert str(Attendee.objects.get().pk) not in text(after)


def test_a_revoked_link_an_unknown_one_and_another_conferences_lead_nowhere(ada, visitor, many_posters):
    address, other = share(ada), share(ada)
    key = Share.objects.order_by("pk").first().pk
    assert visitor().post(f"{SHARE}{key}/revoke/").status_code == 404
    many_posters(2)
    assert visitor().get(address.replace("example-2030", "many")).status_code == 404
    ada.post(f"{SHARE}{key}/revoke/")
    for path in (address, address[:-3] + "/", "/example-2030/itinerary/shared/%00/"):
        for answer in (visitor().get(path), visitor().post(path, {"copy": "all"})):
            assert answer.status_code == 404
            assert "This link leads nowhere" in answer.content.decode()
            assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert visitor().get(other).status_code == 200
    assert Share.objects.count() == 1


def test_an_unpublished_conference_shares_nothing(ada, visitor, conference):
    address = share(ada)
    conference.is_published = False
    conference.save()
    assert visitor().get(address).status_code == 404


def test_its_owner_finds_the_link_again_and_the_database_alone_does_not_tell_it(ada, visitor):
    first, second = share(ada), share(ada)
    html = ada.get(SHARE).content.decode()
    assert html.index(second) < html.index(first)
    bo = visitor()
    bo.star(2)
    assert first not in bo.get(SHARE).content.decode()
    assert first.split("/")[-2] not in str(list(Share.objects.values()))


def test_a_link_from_before_a_change_of_the_secret_key_works_and_is_not_shown(ada, visitor, settings):
    address = share(ada)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "x" * 50, [settings.SECRET_KEY]
    page = ada.get(SHARE).content.decode()
    assert "Revoke" in page
    assert "secret-address" not in page
    assert "Opening Keynote" in visitor().get(address).content.decode()


def code_on_paper(html: str) -> str:
    """What is drawn for each day; the same for all."""
    (code,) = set(re.findall(r'class="on-paper" aria-hidden="true"><p>[^/]*?</p>(<svg.*?</svg>)', html))
    return code


def test_the_code_on_paper_is_of_a_link_to_read_never_of_the_itinerary_itself(ada, settings):
    html = ada.get(ITINERARY).content.decode()
    assert "opens it on your own devices only" in html
    assert "</p><svg" not in html
    answer = ada.post(SHARE, {"next": ITINERARY}, follow=True)
    assert answer.redirect_chain == [(ITINERARY, 302)]
    first = Share.objects.get()
    html = answer.content.decode()
    assert code_on_paper(html) == qr_svg(address_of(first))
    assert "opens it on your own devices only" not in html
    newer = settings.SITE_URL + share(ada, "Ada")
    assert code_on_paper(ada.get(ITINERARY).content.decode()) == qr_svg(newer)
    for link in Share.objects.all():
        ada.post(f"{SHARE}{link.pk}/revoke/")
    assert "</p><svg" not in ada.get(ITINERARY).content.decode()


def test_a_link_made_elsewhere_leads_to_no_other_site(ada):
    answer = ada.post(SHARE, {"next": "https://evil.example/"})
    assert answer.status_code == 200


def test_the_page_is_kept_indexed_and_passed_on_by_nobody(ada, visitor):
    answer = visitor().get(share(ada))
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert {"no-store", "private"} <= {part.strip() for part in answer.headers["Cache-Control"].split(",")}
    assert "next=" not in answer.content.decode()


def test_copying_all_changes_no_wish_that_stands(ada, visitor):
    bo, address = visitor(), share(ada)
    bo.star(2, "must-see")
    bo.star(7)
    bo.star(7, "none")
    answer = bo.post(address, {"copy": "all"}, follow=True)
    assert bo.favourites == {"1": "interested", "2": "must-see"}
    words = "1 poster copied to your favourites. 1 you had already. 1 you had taken off: choose them one by one"
    assert words in Page(answer.content.decode()).words
    bo.post(address, {"copy": "all"})
    assert bo.favourites == {"1": "interested", "2": "must-see"}
    assert ada.favourites == {"1": "must-see", "2": "interested", "7": "interested"}


def test_a_poster_chosen_by_itself_comes_back(ada, visitor):
    bo, address = visitor(), share(ada)
    bo.star(7)
    bo.star(7, "none")
    bo.post(address, {"copy": "chosen", "poster": ["7", "2"]})
    assert bo.favourites == {"2": "interested", "7": "interested"}


def test_only_what_is_shown_can_be_copied(ada, visitor):
    ada.star(5, "none")
    Poster.objects.filter(number=2).update(status="withdrawn")
    bo, address = visitor(), share(ada)
    wanted = ["2", "3", "8", "99999999", "999999999999999999999", "-1", "x", "²", "\x00"]
    answer = bo.post(address, {"copy": "chosen", "poster": wanted}, follow=True)
    assert bo.favourites == {}
    assert "0 posters copied to your favourites. 1 withdrawn, not copied." in Page(answer.content.decode()).words


def test_choosing_none_is_told(ada, visitor):
    bo = visitor()
    answer = bo.post(share(ada), {"copy": "chosen"}, follow=True)
    assert "Choose at least one poster" in answer.content.decode()
    assert Attendee.objects.count() == 1


def test_a_name_too_long_or_with_a_null_is_refused_and_makes_no_link(ada):
    for name in ("x" * 41, "Ada\x00"):
        assert ada.post(SHARE, {"shown_name": name}).status_code == 400
    assert Share.objects.count() == 0


def test_a_name_is_written_as_text(ada, visitor):
    html = visitor().get(share(ada, "<b onclick=x>")).content.decode()
    assert "&lt;b onclick=x&gt;" in html
    assert "<b onclick" not in html


def test_a_link_follows_its_itinerary_into_an_account(ada, visitor):
    address = share(ada)
    other = visitor()
    other.sign_up("ada@example.org")
    other.star(6)
    ada.sign_in("ada@example.org")
    assert "Second Day, Second Chance" in visitor().get(address).content.decode()


@pytest.mark.parametrize("count", [3, 40])
def test_reading_and_copying_cost_the_same_for_many(many_posters, count, django_assert_max_num_queries):
    conference = many_posters(count)
    owner, reader = Visitor(), Visitor()
    for number in range(1, count + 1):
        owner.post(f"/{conference.slug}/posters/{number}/favourite/", {"interest": "interested"})
    address = secret_address(owner.post(f"/{conference.slug}/itinerary/share/"))
    reader.get(address)
    with django_assert_max_num_queries(10):
        reader.get(address)
    with django_assert_max_num_queries(10):
        reader.post(address, {"copy": "all"})
    assert len(reader.get(f"/me/{conference.slug}.json").json()["favourites"]) == count
