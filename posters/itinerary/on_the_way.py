"""Stops on the way: posters near the walk and close to the attendee's interests. Offered, never planned unasked."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from statistics import median

from django.db.models import Count, Q

from posters.itinerary.distances import Place
from posters.itinerary.inputs import Inputs, board_place, place_of, read_inputs
from posters.itinerary.planning import Planning
from posters.itinerary.route import NOWHERE, Insertion, Route
from posters.itinerary.suggestions import Likely, likely_posters
from posters.itinerary.timetable import MINUTE, Wish
from posters.models import Favourite, Itinerary, Poster, Presentation, Session

MOST = 5
NEAR_METRES = 20
"""The longest way round."""


@dataclass(frozen=True)
class StopOnTheWay:
    """A poster to see in passing: where the walk leads past it, what it costs, and why it is offered."""

    number: int
    display_title: str
    session: Session
    board: str
    after: str | None
    """The board one comes from; None where the walk would begin here."""
    before: str | None
    """The board one goes to; None where the walk would end here."""
    minutes: int
    """With the way round."""
    because: str
    """The title of the favourite that it is most like."""
    shares: str
    """What the two share, as printed."""

    @property
    def in_words(self) -> str:
        """Where it is, in a sentence."""
        if self.after and self.before:
            return f"Board {self.board} is on your way from board {self.after} to board {self.before}."
        if self.after:
            return f"Board {self.board} is near board {self.after}, where your walk ends."
        return f"Board {self.board} is near board {self.before}, where your walk begins."


def stops_on_the_way(*, itinerary: Itinerary, now: datetime) -> list[StopOnTheWay]:
    """The posters to offer, most like the favourites first: there is time for each without losing a visit.

    Those that many have starred are found without help, and are not among them. A constant number of queries.
    """
    inputs = read_inputs(itinerary=itinerary, now=now)
    likely = likely_posters(attendee=inputs.itinerary.attendee, conference=inputs.itinerary.conference)
    offered = {one.pk: one for one in _presentations(inputs, _starred_by_few(likely))}
    dwell = inputs.itinerary.attendee.dwell_minutes * MINUTE
    wishes = [Wish(one.poster_id, False, dwell, (inputs.showing(one),)) for one in offered.values()]
    timetable = inputs.timetable
    planned = [wish for wish in timetable.wishes if wish.key in timetable.standing]
    planning = Planning(replace(timetable, wishes=[*planned, *wishes]))
    planning.keep_standing()
    labels = _labels(inputs, offered.values())
    found: dict[int, StopOnTheWay] = {}
    for route, stretch in zip(planning.loosened(), planning.stretches, strict=True):
        label_at = [labels.get(place) for place in stretch.walks.places]
        label_at.append(None)
        for wish in wishes:
            stops = stretch.stops.get(wish.key, ())
            for insertion in filter(None, map(route.cheapest, stops)):
                after, before, detour = _passing(route, insertion)
                if detour > NEAR_METRES or not (label_at[after] or label_at[before]):
                    continue
                presentation = offered[wish.showings[0].key]
                found[wish.key] = StopOnTheWay(
                    number=presentation.poster.number,
                    display_title=presentation.poster.display_title,
                    session=presentation.session,
                    board=labels[wish.showings[0].place],
                    after=label_at[after],
                    before=label_at[before],
                    minutes=-(-(dwell + detour) // MINUTE),
                    because=likely[wish.key].because,
                    shares=likely[wish.key].shares,
                )
    return [found[key] for key in likely if key in found][:MOST]


def _starred_by_few(likely: dict[int, Likely]) -> list[int]:
    """No more often than the middle one of them."""
    wished = Count("favourites", filter=~Q(favourites__interest=Favourite.Interest.NONE))
    stars = dict(Poster.objects.filter(pk__in=likely).annotate(stars=wished).values_list("pk", "stars"))
    most = median(stars.values()) if stars else 0
    return [key for key, count in stars.items() if count <= most]


def _presentations(inputs: Inputs, posters: Iterable[int]) -> Iterable[Presentation]:
    """Where they hang, in the sessions in which there are visits, as long as these are not over."""
    visits = [visit for visit in inputs.visits.values() if visit.cancelled_at is None]
    sessions = {visit.presentation.session_id for visit in visits}
    shown = Presentation.objects.filter(poster__in=posters, session__in=sessions, format=Presentation.Format.IN_PERSON)
    shown = shown.exclude(board=None).exclude(poster__in=inputs.own_posters).filter(session__ends_at__gt=inputs.now)
    taken_out = {visit.presentation.poster_id for visit in inputs.visits.values() if visit.is_declined}
    return shown.exclude(poster__in=taken_out).select_related("session", "board", "poster").defer("poster__abstract")


def _labels(inputs: Inputs, offered: Iterable[Presentation]) -> dict[Place | None, str]:
    """What is written on the board at each place."""
    visited = (visit.presentation for visit in inputs.visits.values())
    shown = (one for one in (*inputs.presentations.values(), *visited, *offered) if one.board)
    labels = {place_of(one): one.board.label for one in shown if one.board}
    board = inputs.itinerary.resumed_board
    return labels | {board_place(board): board.label} if board else labels


def _passing(route: Route, insertion: Insertion) -> tuple[int, int, int]:
    """The places before and after, and the metres of the way round."""
    before = [stop.place for stop in route.stops[: insertion.place] if stop.place != NOWHERE]
    gap, onwards = route.gaps[insertion.place], route.walks[insertion.stop.place]
    detour = gap.walks[insertion.stop.place] + onwards[gap.goal] - gap.direct
    return before[-1] if before else NOWHERE, gap.goal, detour
