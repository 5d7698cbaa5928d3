"""A clash in words has a button for each way out of it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from django.utils.text import Truncator

from posters.itinerary.clashes import Clash
from posters.itinerary.outline import Block, Outline, VisitRow
from posters.latex import to_text
from posters.models import Presentation, Session

MOST_VISITS_MOVED = 3
"""Beyond these, visits have no button of their own: they are taken out or kept together."""


@dataclass(frozen=True)
class WayOut:
    """What a button says, and what it posts where."""

    words: str
    address: str
    fields: list[tuple[str, str]]


@dataclass(frozen=True)
class ShownClash:
    """A clash with its ways out."""

    clash: Clash
    ways_out: list[WayOut]


def clashes_of(outline: Outline) -> list[ShownClash]:
    """The itinerary's clashes. A session can be left out, its visits taken out, or seen in another session."""
    blocks = {block.session.pk: block for block in outline.blocks}
    slug = outline.itinerary.conference.slug
    touched = {
        (number, session.pk): _touched(clash, blocks[session.pk])
        for number, clash in enumerate(outline.clashes)
        for session in (clash.first, clash.second)
    }
    others = _other_presentations(visit for visits in touched.values() for visit in visits)
    return [
        ShownClash(
            clash,
            [
                way_out
                for session in (clash.first, clash.second)
                for way_out in (
                    [_leave_out(session, slug)]
                    if blocks[session.pk].is_attended
                    else _without_visits(session, touched[number, session.pk], others, slug)
                )
            ],
        )
        for number, clash in enumerate(outline.clashes)
    ]


def _touched(clash: Clash, block: Block) -> list[VisitRow]:
    """The visits of one side that fall into the clash; none where all of the session is planned."""
    if block.is_attended:
        return []
    return [visit for visit in block.visits if visit.starts_at < clash.ends_at and visit.ends_at > clash.starts_at]


def _leave_out(session: Session, slug: str) -> WayOut:
    address = reverse("itinerary-edit", args=[slug, "sessions"])
    return WayOut(f"Leave out {session.title}", address, [("session", session.slug), ("attending", "no")])


def _without_visits(
    session: Session, visits: list[VisitRow], others: dict[int, list[Presentation]], slug: str
) -> list[WayOut]:
    if not visits:
        return []
    what = _short_title(visits[0]) if len(visits) == 1 else f"these {len(visits)} visits in {session.title}"
    fields = [("visit", f"{visit.key}.{visit.version}") for visit in visits]
    ways = [WayOut(f"Take out {what}", reverse("itinerary-edit", args=[slug, "remove"]), fields)]
    for visit in visits if len(visits) <= MOST_VISITS_MOVED else ():
        address = reverse("visit-edit", args=[slug, visit.key, "move"])
        ways += [
            WayOut(
                f"See {_short_title(visit)} in {other.session.title} instead",
                address,
                [("version", str(visit.version)), ("presentation", str(other.pk))],
            )
            for other in others[visit.poster_key]
            if other.session_id != visit.session_key
        ]
    return ways


def _other_presentations(visits: Iterable[VisitRow]) -> dict[int, list[Presentation]]:
    """All timed presentations of the visits' posters, by the posters' keys."""
    posters = {visit.poster_key for visit in visits}
    found: defaultdict[int, list[Presentation]] = defaultdict(list)
    if posters:
        shown = Presentation.objects.public().filter(poster__in=posters, session__starts_at__isnull=False)
        for presentation in shown.select_related("session").in_time_order():
            found[presentation.poster_id].append(presentation)
    return found


def _short_title(visit: VisitRow) -> str:
    return f"“{Truncator(to_text(visit.display_title)).chars(50)}”"
