"""How far the attendee has come."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from posters.itinerary.outline import VisitRow
from posters.models import Favourite


@dataclass(frozen=True)
class Progress:
    """“12 of 31 visited, 5 must-see left, 40 minutes”."""

    visited: int
    total: int
    must_see_left: int
    minutes_left: int
    """Of visits still to come: the time at posters, without the walks and waits between them."""

    @property
    def time_left(self) -> str:
        """“40 minutes”, “2 h 7 min”; empty when nothing is left."""
        hours, minutes = divmod(self.minutes_left, 60)
        if hours:
            return f"{hours} h {minutes} min" if minutes else f"{hours} h"
        return f"{minutes} minute{'s' if minutes != 1 else ''}" if minutes else ""


def progress_of(visits: Iterable[VisitRow], *, interests: Mapping[int, str], now: datetime) -> Progress:
    """Counts posters, not visits: one seen in one of its two sessions is seen."""
    visits = list(visits)
    seen = {visit.poster_key for visit in visits if visit.visited_at}
    left = [visit for visit in visits if visit.poster_key not in seen]
    must_see = {visit.poster_key for visit in left if interests.get(visit.poster_key) == Favourite.Interest.MUST_SEE}
    ahead = (visit.ends_at - max(visit.starts_at, now) for visit in left if visit.ends_at > now)
    return Progress(
        visited=len(seen),
        total=len({visit.poster_key for visit in visits}),
        must_see_left=len(must_see),
        minutes_left=round(sum(ahead, timedelta()) / timedelta(minutes=1)),
    )
