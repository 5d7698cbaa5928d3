"""The bundled conference, as a newcomer gets it."""

import re
from io import StringIO

import pytest
from django.conf import settings
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from posters.models import Conference, Poster, Session
from posters.programme.demo import demo_programme
from posters.programme.readers import read_programme
from posters.programme.source import open_source

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(settings) -> str:
    settings.DEBUG = True
    out = StringIO()
    call_command("demo", "--no-serve", stdout=out)
    return out.getvalue()


def test_it_loads_the_real_session_and_made_up_days_around_it(demo):
    conference = Conference.objects.get()
    real = Session.objects.get(slug="poster-session-4")
    assert real.presentations.count() == 145
    assert real.presentations.filter(format="virtual").count() == 1
    assert (real.starts_at.isoformat(), real.ends_at.isoformat()) == (
        "2023-05-02T14:30:00+00:00",
        "2023-05-02T16:30:00+00:00",
    )
    others = conference.sessions.exclude(pk=real.pk)
    assert all(session.title.startswith("Example ") for session in others)
    assert others.filter(kind="poster").count() == 2
    assert not Poster.objects.filter(abstract="").exists()


def test_it_prints_the_address_the_sign_in_and_what_to_try(demo):
    assert "http://127.0.0.1:8000/" in demo
    password = re.search(r"organiser / (\S+)", demo)[1]
    assert authenticate(username="organiser", password=password).is_staff
    assert "What to try first:" in demo


def test_running_it_again_changes_nothing_but_the_password(demo):
    revision = Conference.objects.get().revision
    out = StringIO()
    call_command("demo", "--no-serve", stdout=out)
    assert Conference.objects.get().revision == revision
    password = re.search(r"organiser / (\S+)", out.getvalue())[1]
    assert authenticate(username="organiser", password=password) is not None


def test_its_facts_are_the_pages_and_its_words_are_not(iclr_page):
    real = read_programme(open_source(iclr_page)).posters
    bundled = [poster for poster in demo_programme().posters if poster.presentations[0].session == "poster-session-4"]
    assert [(p.title, [a.name for a in p.authors], p.decision) for p in bundled] == [
        (p.title, [a.name for a in p.authors], p.decision) for p in real
    ]
    for poster, original in zip(bundled, real, strict=True):
        assert not runs(poster.abstract) & runs(original.abstract), poster.number


def runs(text: str, length: int = 6) -> set[tuple[str, ...]]:
    """Every run of so many words."""
    words = re.findall(r"\w+", text.lower())
    return {tuple(words[start : start + length]) for start in range(len(words) - length + 1)}


def test_a_deployed_site_refuses_it():
    assert not settings.DEBUG
    with pytest.raises(CommandError, match="The demo is for a laptop"):
        call_command("demo", "--no-serve")
