"""Visitors who plan and subscribe."""

import re

import pytest
from django.test import Client

DIALOGUE = "/example-2030/itinerary/calendar/"


def star(client: Client, *numbers: int, interest: str = "interested", conference: str = "example-2030") -> None:
    for number in numbers:
        response = client.post(f"/{conference}/posters/{number}/favourite/", {"interest": interest})
        assert response.status_code == 302


def attend(client: Client, slug: str, attending: str = "yes") -> None:
    response = client.post(f"/example-2030/sessions/{slug}/attendance/", {"attending": attending})
    assert response.status_code == 302


def subscribe(client: Client, dialogue: str = DIALOGUE, **options: str) -> str:
    """The path of a new subscription, as the page shows it."""
    response = client.post(dialogue, options)
    assert response.status_code == 200
    (path,) = re.findall(r'value="http://127\.0\.0\.1:8000(/calendar/[\w-]+\.ics)"', response.content.decode())
    return path


def undelivered(client: Client) -> list[list[str]]:
    """What the dialogue says that each subscription has not shown yet."""
    feeds = client.get(DIALOGUE).content.decode().split('<li class="calendar-feed">')[1:]
    news = [re.findall(r"<li>(.*?)</li>", feed.partition('<ul class="news">')[2], re.DOTALL) for feed in feeds]
    return [[" ".join(re.sub(r"<[^>]+>", "", one).split()) for one in told] for told in news]


@pytest.fixture
def feed(client: Client, conference) -> str:
    """The address of a subscription to posters 1 to 3 and the keynote."""
    star(client, 1, 2, 3)
    attend(client, "keynote")
    return subscribe(client)


@pytest.fixture
def visits(client: Client, conference) -> str:
    """The address of one with an event per visit, to posters 2, 3 and 6."""
    star(client, 2, 3, 6)
    return subscribe(client, layout="visits")
