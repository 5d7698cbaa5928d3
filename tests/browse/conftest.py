"""Every programme address of the example conference, and pages read as a tree."""

from html.parser import HTMLParser

import pytest
from django.test import Client

from posters.browse.places import place_posters
from posters.models import Conference

PROGRAMME_PATHS = (
    "/example-2030/",
    "/example-2030/theme.css",
    "/example-2030/sessions/",
    "/example-2030/sessions/poster-session-1/",
    "/example-2030/sessions/keynote/",
    "/example-2030/sessions/late-posters/",
    "/example-2030/posters/",
    "/example-2030/posters/?q=robots&sort=title&view=abstracts",
    "/example-2030/posters/?q=nothing-like-it&decision=top-5",
    "/example-2030/posters/?q=robotts",
    "/example-2030/posters/?number=1-3.99",
    "/example-2030/posters/1/",
    "/example-2030/posters/4/",
    "/example-2030/posters/5/",
    "/example-2030/authors/",
    "/example-2030/authors/?letter=A",
    "/example-2030/authors/ada-muller/",
    "/example-2030/topics/",
    "/example-2030/topics/theory/",
    "/example-2030/map/",
    "/example-2030/map/?colour=decision&session=poster-session-1&region=1",
    "/example-2030/map/?number=1-3",
    "/example-2030/map/?view=boards",
    "/example-2030/map.json",
    "/example-2030/manifest.webmanifest",
    "/example-2030/offline/",
    "/example-2030/search-index.json",
    "/example-2030/changes/",
    "/example-2030/favourite-counts.json",
    "/example-2030/changes/?page=2",
    "/example-2030/changes.atom",
    "/example-2030/sessions/poster-session-1.ics",
    "/example-2030/posters/1.ics",
    "/example-2030/posters/1.bib",
    "/example-2030/posters/1.svg",
    "/example-2030/authors/ada-muller.ics",
    "/example-2030/topics/theory.ics",
    "/example-2030/programme.ics",
    "/example-2030/programme.ics?layout=posters",
    "/example-2030/programme.json",
    "/example-2030/programme.csv",
    "/example-2030/programme.xlsx",
    "/example-2030/schedule.json",
    "/example-2030/schedule.xml",
)
"""An address for every programme page there is: `test_every_programme_page_is_walked` holds it to that."""

VOID = {"br", "hr", "img", "input", "link", "meta"}
IN_LINE = {"a", "b", "button", "em", "kbd", "label", "mark", "small", "span", "strong", "time"}


class Page(HTMLParser):
    """A page's elements, but those of templates. `faults` lists tags that do not nest, ids used twice, and broken
    references.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.faults: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()
        self.faults += [f"<{tag}> is never closed" for tag in self.open]
        ids = [attributes["id"] for _, attributes in self.elements if "id" in attributes]
        self.faults += [f"id {name} is used twice" for name in sorted(set(ids)) if ids.count(name) > 1]
        for tag, attributes in self.elements:
            target = attributes.get("for") if tag == "label" else attributes.get("aria-labelledby")
            if target and target not in ids:
                self.faults.append(f"<{tag}> refers to {target}, which is not there")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if "template" not in self.open:
            self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)
        if tag not in IN_LINE:
            self.text += " "
        if len(dict(attrs)) != len(attrs):
            self.faults.append(f"<{tag}> has an attribute twice")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open[-1] != tag:
            self.faults.append(f"</{tag}> at {self.getpos()} closes {self.open[-1:]}")
        else:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if not {"style", "script", "title", "template"} & set(self.open):
            self.text += data

    def all(self, tag: str, **attributes: str) -> list[dict[str, str | None]]:
        """The attributes of each such element. `class_` asks for one class among several."""
        class_name = attributes.pop("class_", None)
        return [
            found
            for name, found in self.elements
            if name == tag
            and all(found.get(key.replace("_", "-")) == value for key, value in attributes.items())
            and (class_name is None or class_name in (found.get("class") or "").split())
        ]

    @property
    def words(self) -> str:
        """Its text, blanks folded."""
        return " ".join(self.text.split())


@pytest.fixture
def mapped(conference: Conference) -> Conference:
    """The example conference with its map drawn: 7 of its 8 posters, for one is a draft."""
    place_posters(conference=conference.pk)
    return conference


@pytest.fixture
def read(client: Client):
    """Gets an address as a Page; it must answer 200."""

    def get(path: str, **extra: str) -> Page:
        response = client.get(path, **extra)
        assert response.status_code == 200, f"{path} answered {response.status_code}"
        return Page(response.content.decode())

    return get


def numbers(page: Page) -> list[int]:
    """The posters a page lists, in order, by their stars."""
    return [int(star["data-favourite"]) for star in page.all("a", class_="star")]
