"""What an organiser should look at before visitors do: one function for each check, and all of them in a row.

Each check asks the database a number of times that does not depend on how much there is.
"""

from posters.models import Conference
from posters.programme.checks import gaps, people, pictures, places, texts
from posters.programme.checks.finding import Check, Finding, Fix, Result, Severity

__all__ = ["CHECKS", "Check", "Finding", "Fix", "Result", "Severity", "run_checks"]

CHECKS = (
    Check("title", "no title", ("poster",), gaps.untitled),
    Check("authors", "no authors", ("poster",), gaps.without_authors),
    Check("one-board", "two posters on one board", ("poster",), places.posters_on_one_board),
    Check("full", "more posters than boards", ("session",), places.sessions_over_their_boards),
    Check("days", "outside the conference’s days", ("session", "conference"), places.sessions_outside_the_days),
    Check("session", "no session", ("poster",), gaps.without_session),
    Check("board", "no board", ("poster",), gaps.without_board),
    Check("abstract", "no abstract", ("poster",), gaps.without_abstract),
    Check("other-room", "board outside the session’s room", ("poster",), places.boards_outside_the_room),
    Check("room", "another session in the room", ("session",), places.sessions_in_one_room),
    Check("two-places", "presenter in two places at once", ("poster",), people.presenters_in_two_places),
    Check("duplicate", "perhaps twice", ("poster",), texts.duplicates),
    Check("latex", "LaTeX that does not close", ("poster",), texts.unclosed_latex),
    Check("image", "picture too small", ("poster",), pictures.image_too_small),
    Check("link", "address that leads nowhere", ("poster", "session", "conference"), texts.dead_addresses),
    Check("same-person", "perhaps one person twice", ("author",), people.one_person_twice),
    Check("two-persons", "perhaps two persons in one", ("author",), people.two_persons_in_one),
    Check("presenter", "no presenter", ("poster",), gaps.without_presenter),
)
"""In the order in which an organiser would take them."""


def run_checks(*, conference: Conference) -> list[Result]:
    """What each check finds, those left out that find nothing."""
    results = [Result(check, tuple(check.find(conference))) for check in CHECKS]
    return [result for result in results if result.findings]
