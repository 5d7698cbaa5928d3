"""What the admin's first page offers, in the order and the words of somebody who has never seen it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Task:
    """A part of an organiser's work: what it is about, and a sentence for each kind of thing in it, by model name."""

    title: str
    words: str
    things: dict[str, str]


TASKS = (
    Task(
        "Programme",
        "What is shown, when and where.",
        {
            "Conference": "An edition: its days, place and time zone, and whether visitors see it.",
            "Session": "When and where posters are shown, talks held and coffee served.",
            "Poster": "Its texts and authors, where it hangs, and whether it is published.",
            "Topic": "The subjects by which visitors look for posters.",
            "Decision": "What the reviewers decided, such as “Top 5%”.",
        },
    ),
    Task(
        "People",
        "Who wrote the posters.",
        {"Author": "Everybody on a poster, each person once: names, and who is who."},
    ),
    Task(
        "Halls",
        "The places in which sessions are held and posters hang.",
        {"Room": "Halls and lecture rooms.", "Board": "The labelled places for posters in a room."},
    ),
    Task(
        "What happened",
        "What attendees are told, and what was changed.",
        {
            "Announcement": "A word to all attendees, shown for as long as you say.",
            "Change": "Every change of the programme: what, when and by whom.",
        },
    ),
    Task(
        "Accounts",
        "Who may sign in here, and what they may do.",
        {
            "User": "Everybody with an account. Tick “Staff status” to let somebody in here, and choose their roles.",
            "Group": "The roles, such as Organiser and Editor, and what each may do.",
            "EmailAddress": "The addresses of accounts, and which are confirmed.",
        },
    ),
)
ORDER = [name for task in TASKS for name in task.things]
"""All models as an organiser meets them."""


@dataclass(frozen=True)
class Entry:
    """A kind of thing that this user may open."""

    name: str
    words: str
    address: str | None
    add_address: str | None


def by_task(apps: Iterable[dict[str, Any]]) -> list[tuple[Task, list[Entry]]]:
    """What Django's list of apps holds, put together anew. What no task names comes last, under “More”."""
    models = {entry["object_name"]: entry for app in apps for entry in app["models"]}
    rest = Task("More", "", {name: "" for name in models if name not in ORDER})
    groups = []
    for task in (*TASKS, rest):
        entries = [
            Entry(str(found["name"]), words, found["admin_url"], found["add_url"])
            for name, words in task.things.items()
            if (found := models.get(name))
        ]
        if entries:
            groups.append((task, entries))
    return groups
