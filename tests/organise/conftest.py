"""A programme of any size to look at in the admin, and forms filled in from the pages themselves."""

import datetime as dt
from html.parser import HTMLParser

import pytest
from django.urls import reverse

from posters.models import (
    Announcement,
    Attendee,
    Author,
    Authorship,
    Board,
    Change,
    Conference,
    Decision,
    Favourite,
    Link,
    Poster,
    PosterTopic,
    Presentation,
    Room,
    Session,
    Topic,
)
from posters.programme.revision import programme_change

NOON = dt.datetime(2031, 6, 3, 12, 0, tzinfo=dt.UTC)


def make_edition(slug, size, *, authors=2, zone="Europe/Paris"):
    """A published conference with `size` of everything, and `authors` on each poster."""
    year = 2031
    conference = Conference.objects.create(
        name=f"Edition {slug}", slug=slug, year=year, time_zone=zone, is_published=True
    )
    with programme_change(source=Change.Source.SHELL):
        rooms = Room.objects.bulk_create(Room(conference=conference, name=f"Hall {n}") for n in range(size))
        boards = Board.objects.bulk_create(Board(room=rooms[n], label=f"B{n}", position=n) for n in range(size))
        sessions = Session.objects.bulk_create(
            Session(
                conference=conference,
                slug=f"session-{n}",
                title=f"Session {n}",
                room=rooms[n],
                starts_at=NOON + dt.timedelta(days=n),
                ends_at=NOON + dt.timedelta(days=n, hours=2),
            )
            for n in range(size)
        )
        topics = Topic.objects.bulk_create(
            Topic(conference=conference, name=f"Topic {n}", slug=f"topic-{n}") for n in range(size)
        )
        decisions = Decision.objects.bulk_create(
            Decision(conference=conference, name=f"Decision {n}", slug=f"decision-{n}", rank=n) for n in range(size)
        )
        people = Author.objects.bulk_create(
            Author(conference=conference, name=f"Author {n // 2}", slug=f"author-{n}")
            for n in range(max(size, authors))
        )
        posters = Poster.objects.bulk_create(
            Poster(
                conference=conference,
                number=n + 1,
                title=f"Poster $\\ell_{n}$",
                abstract="Words.",
                decision=decisions[n],
            )
            for n in range(size)
        )
        Authorship.objects.bulk_create(
            Authorship(poster=poster, author=people[(n + i) % len(people)], position=i + 1, affiliation="Example Lab")
            for n, poster in enumerate(posters)
            for i in range(authors)
        )
        PosterTopic.objects.bulk_create(PosterTopic(poster=posters[n], topic=topics[n]) for n in range(size))
        Presentation.objects.bulk_create(
            Presentation(poster=posters[n], session=sessions[n], board=boards[n], position=1) for n in range(size)
        )
        Link.objects.bulk_create(
            Link(conference=conference, poster=posters[n], kind="paper", url="https://example.org/")
            for n in range(size)
        )
        Announcement.objects.bulk_create(
            Announcement(conference=conference, text=f"Announcement {n}", shown_from=NOON) for n in range(size)
        )
        for poster in posters:
            poster.title += "!"
            poster.save()
    attendees = Attendee.objects.bulk_create(Attendee() for _ in range(size))
    Favourite.objects.bulk_create(Favourite(attendee=a, poster=p) for a, p in zip(attendees, posters, strict=True))
    return conference


@pytest.fixture
def edition(db):
    """A maker of conferences of any size."""
    return make_edition


@pytest.fixture
def organiser(django_user_model):
    return django_user_model.objects.create(
        username="organiser", email="organiser@example.org", is_staff=True, is_superuser=True
    )


@pytest.fixture
def admin_page(client, organiser):
    """The site as the organiser sees it."""
    client.force_login(organiser)
    return client


class Fields(HTMLParser):
    """The named fields of the page's main form with their values, as a browser would send them."""

    def __init__(self):
        super().__init__()
        self.values, self.form, self.select, self.textarea = {}, None, None, None

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "form":
            self.form = attrs.get("id", "")
        name = attrs.get("name")
        if tag == "option" and self.select and "selected" in attrs:
            self.values.setdefault(self.select, []).append(attrs.get("value", ""))
        if not self.form or not name or "__prefix__" in name:
            return
        if tag == "select":
            self.select = name
        elif tag == "textarea":
            self.textarea = name
            self.values[name] = [""]
        elif tag == "input" and attrs.get("type") not in {"submit", "checkbox", "radio", "file"}:
            self.values.setdefault(name, []).append(attrs.get("value", ""))
        elif tag == "input" and attrs.get("type") in {"checkbox", "radio"} and "checked" in attrs:
            self.values.setdefault(name, []).append(attrs.get("value", "on"))

    def handle_endtag(self, tag):
        if tag == "select":
            self.select = None
        elif tag == "textarea":
            if self.textarea and self.values[self.textarea][0].startswith("\n"):
                self.values[self.textarea][0] = self.values[self.textarea][0][1:]
            self.textarea = None
        elif tag == "form":
            self.form = None

    def handle_data(self, data):
        if self.textarea:
            self.values[self.textarea][0] += data


def filled_in(response):
    """What the page's form would send if nobody touched it."""
    parser = Fields()
    parser.feed(response.content.decode())
    return {name: values if len(values) > 1 else values[0] for name, values in parser.values.items()}


@pytest.fixture
def form_of(admin_page):
    """The untouched form of an object's page."""

    def read(obj):
        return filled_in(admin_page.get(change_address(obj)))

    return read


def change_address(obj):
    return reverse(f"admin:posters_{obj._meta.model_name}_change", args=[obj.pk])


def list_address(model):
    return reverse(f"admin:posters_{model._meta.model_name}_changelist")


def add_address(model, conference):
    return reverse(f"admin:posters_{model._meta.model_name}_add") + f"?conference={conference.slug}"


def problems(response):
    """Every error the page's form shows."""
    form = response.context["adminform"].form
    found = [str(error) for errors in form.errors.values() for error in errors]
    for inline in response.context["inline_admin_formsets"]:
        found += [str(error) for error in inline.formset.non_form_errors()]
        found += [str(error) for row in inline.formset.forms for errors in row.errors.values() for error in errors]
    return found
