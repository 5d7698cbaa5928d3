"""Favourites and a programme → visits: who is seen when.

Each session's window is shared evenly among the favourites shown in it, in walking order.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.db import transaction
from django.db.models import Count, Max

from posters.models import Favourite, Itinerary, Poster, Presentation, Visit, title_or_number
from posters.models.attendee import FavouriteQuerySet

LONGEST_DWELL = timedelta(minutes=10)


@dataclass(frozen=True)
class PlannedVisit:
    """A stop at one presentation, both times in UTC."""

    presentation: Presentation
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Unplanned:
    """A favourite without a visit, and why."""

    number: int
    display_title: str
    reason: str


def plan_visits(*, presentations: Iterable[Presentation]) -> list[PlannedVisit]:
    """Visits for presentations that come session by session, in walking order.

    Visits of one session follow each other without overlap, from its start, none beyond its end.
    Presentations in a session without times get none.
    """
    visits = []
    for session, shown in groupby(presentations, key=lambda presentation: presentation.session):
        stops = list(shown)
        if session.starts_at is None or session.duration is None:
            continue
        dwell = min(LONGEST_DWELL, session.duration // len(stops))
        if dwell >= timedelta(minutes=1):
            dwell -= timedelta(seconds=dwell.seconds % 60, microseconds=dwell.microseconds)
        starts_at = session.starts_at
        for presentation in stops:
            visits.append(PlannedVisit(presentation, starts_at, starts_at + dwell))
            starts_at += dwell
    return visits


def favourite_presentations(itinerary: Itinerary) -> list[Presentation]:
    """Where and when the attendee's favourites are shown, session by session, in walking order."""
    return list(
        Presentation.objects.filter(
            session__conference=itinerary.conference_id,
            poster__in=_wishes(itinerary).wished().values("poster"),
            poster__status=Poster.Status.PUBLISHED,
        )
        .select_related("poster")
        .with_place()
        .in_walking_order()
    )


def unplanned_favourites(itinerary: Itinerary, *, planned: Collection[int]) -> list[Unplanned]:
    """The favourites but the posters `planned`, each with the reason: nothing is dropped in silence."""
    columns = ("poster", "poster__number", "poster__title", "poster__status")
    wishes = _wishes(itinerary).wished().order_by("poster__number").values_list(*columns)
    left = [wish for wish in wishes if wish[0] not in planned]
    presented = set(Presentation.objects.filter(poster__in=[key for key, *_ in left]).values_list("poster", flat=True))
    return [
        Unplanned(number, title_or_number(title, number), _why_unplanned(status, is_presented=key in presented))
        for key, number, title, status in left
    ]


def _why_unplanned(status: str, *, is_presented: bool) -> str:
    if status == Poster.Status.WITHDRAWN:
        return "It was withdrawn."
    if not is_presented:
        return "It is in no session yet."
    return "The time of its session is to be announced."


def bring_up_to_date(*, itinerary: Itinerary, now: datetime) -> None:
    """Plan again if the wishes or the programme have changed since; else one query and no write.

    A visit that falls away is kept as cancelled, one that comes back is the same visit again: calendars
    know it by its UID, and hear of each change by a higher sequence number.
    """
    fingerprint = _fingerprint(itinerary)
    if itinerary.planned_from == fingerprint:
        return
    with transaction.atomic():
        # One at a time: two tabs that plan the same itinerary would double its visits.
        Itinerary.objects.select_for_update().get(pk=itinerary.pk)
        plan = {visit.presentation.pk: visit for visit in plan_visits(presentations=favourite_presentations(itinerary))}
        _write_visits(itinerary, plan, now)
        itinerary.planned_from = fingerprint
        itinerary.save(update_fields=["planned_from"])


def _write_visits(itinerary: Itinerary, plan: dict[int, PlannedVisit], now: datetime) -> None:
    changed = []
    known = {visit.presentation_id: visit for visit in itinerary.visits.all()}
    for key, visit in known.items():
        if visit.is_pinned or visit.is_declined or visit.visited_at:
            continue
        planned = plan.get(key)
        if planned is None:
            if visit.cancelled_at is not None:
                continue
            visit.cancelled_at = now
        elif _stands(visit, planned):
            continue
        else:
            visit.starts_at, visit.ends_at, visit.cancelled_at = planned.starts_at, planned.ends_at, None
        visit.sequence += 1
        visit.changed_at = max(now, planned.presentation.changed_at) if planned else now
        changed.append(visit)
    Visit.objects.bulk_update(
        changed, ["starts_at", "ends_at", "cancelled_at", "sequence", "changed_at"], batch_size=500
    )
    Visit.objects.bulk_create(
        [
            Visit(
                itinerary=itinerary,
                presentation=planned.presentation,
                starts_at=planned.starts_at,
                ends_at=planned.ends_at,
                changed_at=max(now, planned.presentation.changed_at),
            )
            for key, planned in plan.items()
            if key not in known
        ]
    )


def _stands(visit: Visit, planned: PlannedVisit) -> bool:
    """Whether a visit is as planned, and its presentation is as it was when the visit last changed."""
    return (
        visit.cancelled_at is None
        and (visit.starts_at, visit.ends_at) == (planned.starts_at, planned.ends_at)
        and planned.presentation.changed_at <= visit.changed_at
    )


def _wishes(itinerary: Itinerary) -> FavouriteQuerySet:
    return Favourite.objects.filter(attendee=itinerary.attendee_id, poster__conference=itinerary.conference_id)


def _fingerprint(itinerary: Itinerary) -> str:
    """Changes whenever a wish or the programme does: wishes are never deleted, only taken back later."""
    wishes = _wishes(itinerary).aggregate(count=Count("pk"), latest=Max("wished_at"))
    return f"{itinerary.conference.revision} {wishes['count']} {wishes['latest']}"
