"""Why a favourite has no visit, and what would have to give: whole sentences, and what a page needs for a way out."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain

from posters.itinerary.inputs import Inputs
from posters.itinerary.planning import Plan, Planning
from posters.itinerary.route import Route, Stop
from posters.itinerary.timetable import MINUTE, Engagement, FixedVisit, Wish
from posters.latex import to_text
from posters.models import Favourite, Poster, Presentation, Session


@dataclass(frozen=True)
class Reason:
    """A sentence or two, and what would make room: an attended session or a visit less, fewer minutes at each."""

    text: str
    session: int | None = None
    instead_of: int | None = None
    dwell_minutes: int | None = None


def reasons_of(*, inputs: Inputs, planning: Planning, plan: Plan) -> dict[int, Reason]:
    """The reason of each favourite that has no visit, by poster."""
    seen = {visit.wish for visit in plan.visits} | {visit.presentation.poster_id for visit in inputs.kept.values()}
    left = [key for key in inputs.favourites if key not in seen]
    explained = {key: reason for key in left if (reason := _told_at_once(inputs, key))}
    for_time = [planning.wishes[key] for key in left if key not in explained]
    return explained | _Explanation(inputs, planning, plan).reasons(for_time)


def _told_at_once(inputs: Inputs, key: int) -> Reason | None:
    """Reasons that have nothing to do with the other visits."""
    poster = inputs.favourites[key].poster
    if key in inputs.own_posters:
        return Reason("You present it yourself.")
    if poster.status == Poster.Status.WITHDRAWN:
        return Reason("It was withdrawn.")
    if not any(presentation.poster_id == key for presentation in inputs.presentations.values()):
        return Reason("It is in no session yet.")
    shown = inputs.shown.get(key, [])
    if not shown:
        return Reason("The time of its session is to be announced.")
    if all(_is_declined(inputs, presentation) for presentation in shown):
        return Reason("You took its visit out.")
    start = inputs.timetable.start
    wish = next(wish for wish in inputs.timetable.wishes if wish.key == key)
    if start is not None and all(showing.closes <= start.ends for showing in wish.showings):
        return Reason("Its session was over when you planned again.")
    longest = max(wish.showings, key=lambda showing: showing.closes - showing.opens)
    minutes = (longest.closes - longest.opens) // MINUTE
    if minutes * MINUTE < wish.dwell:
        title = inputs.presentations[longest.key].session.title
        if minutes < 1:
            return Reason(f"There is no time left for it in {title}.")
        return Reason(
            f"You want {_minutes(wish.dwell // MINUTE)} for it, and it can be seen for {_minutes(minutes)} in {title}.",
            dwell_minutes=minutes,
        )
    return None


def _is_declined(inputs: Inputs, presentation: Presentation) -> bool:
    visit = inputs.visits.get(presentation.pk)
    return visit is not None and visit.is_declined


def _minutes(count: int) -> str:
    return "1 minute" if count == 1 else f"{count} minutes"


class _Explanation:
    """What keeps wishes out of a plan for which there was no time."""

    def __init__(self, inputs: Inputs, planning: Planning, plan: Plan) -> None:
        self.inputs = inputs
        self.planning = planning
        self.standing = {visit.wish: (visit.showing, visit.told_at) for visit in plan.visits}
        self.loose = planning.loosened()

    def reasons(self, wishes: Iterable[Wish]) -> dict[int, Reason]:
        wishes = list(wishes)
        elsewhere = self._without_engagements(wishes)
        enough = [self._minutes_enough(index, wishes) for index in range(len(self.loose))]
        return {wish.key: self._reason_of(wish, elsewhere.get(wish.key), enough) for wish in wishes}

    def _reason_of(self, wish: Wish, elsewhere: Reason | None, enough: list[int | None]) -> Reason:
        if not any(wish.key in stretch.stops for stretch in self.planning.stretches):
            return elsewhere or Reason("You are elsewhere whenever it can be seen.")
        lack = self._lack(wish, enough)
        if elsewhere is None or elsewhere.session is None:
            return lack
        (session,) = (a.session for a in self.inputs.attendances if a.session_id == elsewhere.session)
        return replace(lack, text=f"{lack.text} It also fits if you leave {session.title} out.", session=session.pk)

    # Something else at that time

    def _without_engagements(self, wishes: list[Wish]) -> dict[int, Reason]:
        """Of the wishes for which there would be time without one session attended, or one pin: that."""
        reasons: dict[int, Reason] = {}
        timetable = self.inputs.timetable
        taken: list[Engagement | FixedVisit] = [*timetable.engagements, *timetable.fixed]
        for one in taken:
            near = [wish for wish in wishes if wish.key not in reasons and _is_near(wish, one)]
            if near and (reason := self._reason(one)):
                free = self._planning_without(one)
                reasons |= {wish.key: reason for wish in near if free.has_room_for(wish.key)}
        return reasons

    def _reason(self, one: Engagement | FixedVisit) -> Reason | None:
        if isinstance(one, FixedVisit):
            visit = self.inputs.visits[one.showing]
            if not visit.is_pinned or visit.visited_at:
                return None
            title = _title(visit.presentation.poster)
            return Reason(f"You pinned your visit to ‘{title}’ at that time.", instead_of=one.wish)
        if one.attended_session is not None:
            (session,) = (a.session for a in self.inputs.attendances if a.session_id == one.attended_session)
            return Reason(
                f"You are in {session.title} when it can be seen: there is time for it if you leave that session out.",
                session=session.pk,
            )
        (presentation,) = (shown for duty, shown in self.inputs.duties if duty is one)
        return Reason(f"You are at your own poster ‘{_title(presentation.poster)}’ when it can be seen.")

    def _planning_without(self, one: Engagement | FixedVisit) -> Planning:
        timetable = self.inputs.timetable
        planning = Planning(
            replace(
                timetable,
                wishes=[wish for wish in timetable.wishes if _is_near(wish, one)],
                engagements=[other for other in timetable.engagements if other is not one],
                fixed=[other for other in timetable.fixed if other is not one],
                standing=self.standing,
            )
        )
        planning.keep_standing()
        return planning

    # Too many

    def _lack(self, wish: Wish, enough: list[int | None]) -> Reason:
        """What is missing where the least is missing, and what would make room there."""
        tried = [
            (self.loose[index].least_lack(stop), index, stop)
            for index, stretch in enumerate(self.planning.stretches)
            for stop in stretch.stops.get(wish.key, ())
        ]
        lack, index, stop = min(tried, key=lambda one: one[:2])
        session = self._session(stop)
        missing = _minutes(max(1, -(-lack // MINUTE)))
        instead, minutes = self._in_the_way(index, stop), enough[index]
        poster = instead and self.inputs.favourites[instead].poster
        if poster and minutes:
            text = (
                f"It needs {missing} more in {session.title}. Without ‘{_title(poster)}’ "
                f"({self._interest(poster.pk)}) there is room for it; with at most {_minutes(minutes)} at each poster "
                "there is room for all."
            )
        elif poster:
            text = (
                f"It needs {missing} more in {session.title}. Without ‘{_title(poster)}’ "
                f"({self._interest(poster.pk)}) there is room for it."
            )
        elif minutes:
            text = (
                f"It needs {missing} more in {session.title}. With at most {_minutes(minutes)} at each poster there is "
                "room for all."
            )
        else:
            text = f"It needs {missing} more in {session.title}."
        return Reason(text, instead_of=instead, dwell_minutes=minutes)

    def _session(self, stop: Stop) -> Session:
        return self.inputs.presentations[stop.showing or 0].session

    def _interest(self, key: int) -> str:
        return Favourite.Interest(self.inputs.favourites[key].interest).label.lower()

    def _in_the_way(self, index: int, stop: Stop) -> int | None:
        """The visit without which there is room, one wished for less before another; never one wished for more."""
        route = self.loose[index]
        ways = []
        for place, other in enumerate(route.stops):
            if other.wish is None or (other.is_must_see and not stop.is_must_see):
                continue
            rest = route.with_stops([*route.stops[:place], *route.stops[place + 1 :]])
            found = rest.cheapest(stop) if rest else None
            if found is not None:
                ways.append((other.is_must_see, found.cost, other.wish))
        return min(ways)[2] if ways else None

    def _minutes_enough(self, index: int, wishes: Iterable[Wish]) -> int | None:
        """The most minutes at each poster of a stretch at which all of its wishes fit; None if even one is too many."""
        stretch, route = self.planning.stretches[index], self.loose[index]
        waiting = [stretch.stops[wish.key] for wish in wishes if wish.key in stretch.stops]
        if not waiting:
            return None
        longest = max(stop.dwell for stop in chain(route.stops, *waiting) if not stop.is_fixed)
        for minutes in range(longest // MINUTE - 1, 0, -1):
            shorter = route.with_stops([stop.at_most(minutes * MINUTE) for stop in route.stops])
            if shorter is not None and all(_inserted(shorter, stops, minutes) for stops in waiting):
                return minutes
        return None


def _inserted(route: Route, stops: Iterable[Stop], minutes: int) -> bool:
    found = [insertion for stop in stops if (insertion := route.cheapest(stop.at_most(minutes * MINUTE)))]
    if found:
        route.insert(min(found, key=lambda insertion: insertion.cost))
    return bool(found)


def _is_near(wish: Wish, one: Engagement | FixedVisit) -> bool:
    """Whether it can be seen within an hour of that."""
    hour = 60 * MINUTE
    return any(showing.opens - hour < one.ends and one.starts < showing.closes + hour for showing in wish.showings)


def _title(poster: Poster) -> str:
    return to_text(poster.display_title)
