"""Board labels and poster signs of a session, to print."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from posters.models import Authorship, Board, Poster, Presentation, Session
from posters.organise.signs import Kind, Paper
from posters.programme.revision import programme_change
from posters.qr_code import qr_svg


def print_page(session, **query):
    address = reverse("admin:posters_session_print", args=[session.pk])
    return address + ("?" + "&".join(f"{name}={value}" for name, value in query.items()) if query else "")


def pieces(page):
    """Board, title and small print of each piece of paper, page by page."""
    return [
        [
            tuple(
                match[1] if (match := re.search(pattern, article)) else None
                for pattern in (r'class="board">([^<]*)<', r"<h2>([^<]*)<", r'class="foot">([^<]*)<')
            )
            for article in sheet.split("<article")[1:]
        ]
        for sheet in page.split("<section")[1:]
    ]


@pytest.fixture
def first(conference):
    """The example conference's first poster session: A1 to A3 hang, A4 to A12 are free."""
    return Session.objects.get(slug="poster-session-1")


def test_every_board_has_a_label_and_those_with_posters_their_address(first, admin_page, settings):
    settings.SITE_URL = "https://posters.example.org"
    page = admin_page.get(print_page(first)).content.decode()
    sheets = pieces(page)
    assert [len(sheet) for sheet in sheets] == [8, 4]
    labels = [piece for sheet in sheets for piece in sheet]
    assert [board for board, *_ in labels] == [f"A{number}" for number in range(1, 13)]
    assert labels[0] == (
        "A1",
        "Walking Robots Learn to Rest",
        "Poster 2 · posters.example.org/example-2030/posters/2/",
    )
    assert labels[11] == ("A12", None, "Free in this session")
    assert page.count("<svg") == 3
    assert qr_svg("https://posters.example.org/example-2030/posters/2/") in page


def test_signs_carry_title_authors_place_and_time(first, admin_page):
    page = admin_page.get(print_page(first, kind="signs")).content.decode()
    assert [len(sheet) for sheet in pieces(page)] == [1, 1, 1]
    assert "<h2>Schrödinger Bridges &amp; Their ℓ_∞ Norms</h2>" in page
    assert '<p class="authors">Ada Müller, Bo Li</p>' in page
    assert "Mon 3 Jun 2030, 10:00–12:00 · Hall A" in page


@pytest.mark.parametrize("paper", Paper.values)
@pytest.mark.parametrize("kind", Kind.values)
@pytest.mark.parametrize("size", [1, 2, 4, 8])
def test_paper_kind_and_number_are_chosen_by_address(paper, kind, size, first, admin_page):
    page = admin_page.get(print_page(first, paper=paper, kind=kind, per_page=size)).content.decode()
    assert f'<body class="paper-{paper}">' in page
    assert {len(sheet) for sheet in pieces(page)[:-1]} <= {size}
    assert page.count(f'<section class="page of-{size}"') == -(-{"labels": 12, "signs": 3}[kind] // size)
    assert re.findall(r'<option value="([^"]*)" selected>', page) == [kind, paper, str(size)]


@pytest.mark.parametrize("query", [{"paper": "a0"}, {"per_page": "3"}, {"kind": "%00"}, {"per_page": "9" * 40}])
def test_what_cannot_be_is_as_usual(query, first, admin_page):
    page = admin_page.get(print_page(first, **query)).content.decode()
    assert re.findall(r'<option value="([^"]*)" selected>', page) == ["labels", "a4", "8"]


def test_what_is_left_out_is_told(first, admin_page):
    Poster.objects.filter(number=1).update(status="withdrawn")
    Presentation.objects.filter(session=first, poster__number=3).update(board=None)
    Presentation.objects.filter(session=first, poster__number=2).update(board=None)
    first.conference.is_published = False
    first.conference.save()
    page = admin_page.get(print_page(first)).content.decode()
    assert "Left out: 1 draft or withdrawn poster, which" in page
    assert "Left out: 1 virtual poster without a board." in page
    assert "Without a board, and so without a label: 2." in page
    assert "once Example Conference 2030 is published" in page
    assert page.count("<svg") == 0
    signs = admin_page.get(print_page(first, kind="signs")).content.decode()
    assert [board for sheet in pieces(signs) for board, *_ in sheet] == ["–"]


def test_the_policy_holds_and_nobody_keeps_it(first, admin_page):
    response = admin_page.get(print_page(first))
    assert "style=" not in response.content.decode()
    assert "no-store" in response.headers["Cache-Control"]


def test_titles_are_not_markup(first, admin_page):
    Poster.objects.filter(number=2).update(title="<script>alert(1)</script>")
    page = admin_page.get(print_page(first)).content.decode()
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_only_who_may_look_at_posters_prints(first, client, django_user_model):
    client.force_login(django_user_model.objects.create(username="viewer", is_staff=True))
    assert client.get(print_page(first)).status_code == 403
    viewer = django_user_model.objects.get(username="viewer")
    viewer.user_permissions.set(Permission.objects.filter(codename__in=["view_session", "view_board"]))
    assert client.get(print_page(first)).status_code == 403
    change = reverse("admin:posters_session_change", args=[first.pk])
    assert print_page(first) not in client.get(change).content.decode()
    viewer.user_permissions.add(Permission.objects.get(codename="view_poster"))
    assert client.get(print_page(first)).status_code == 200
    assert print_page(first) in client.get(change).content.decode()


@pytest.mark.parametrize("boards", [10, 300])
@pytest.mark.parametrize("kind", Kind.values)
def test_queries_for_10_boards_and_for_300(boards, kind, edition, admin_page, django_assert_num_queries):
    conference = edition("print", 1)
    session, room = conference.sessions.get(), conference.rooms.get()
    author = conference.authors.first()
    with programme_change(source="shell"):
        posters = Poster.objects.bulk_create(
            Poster(conference=conference, number=100 + n, title=f"Title {n}") for n in range(boards)
        )
        places = Board.objects.bulk_create(Board(room=room, label=f"X{n}", position=n) for n in range(boards))
        Authorship.objects.bulk_create(Authorship(poster=poster, author=author, position=1) for poster in posters)
        Presentation.objects.bulk_create(
            Presentation(poster=poster, session=session, board=board)
            for poster, board in zip(posters, places, strict=True)
        )
    with django_assert_num_queries({"labels": 6, "signs": 5}[kind]):
        page = admin_page.get(print_page(session, kind=kind)).content.decode()
    assert page.count("<svg") == boards + 1
