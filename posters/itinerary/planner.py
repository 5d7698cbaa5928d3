"""Favourites and a programme → visits: who is seen when, and what found no time.

What is planned from is in inputs.py, how in planning.py, why something is left out in reasons.py.
"""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from posters.itinerary.inputs import Inputs, moment_of, read_inputs
from posters.itinerary.planning import Planning
from posters.itinerary.reasons import Reason, reasons_of
from posters.models import Itinerary, LeftOut, Poster, Session, Visit
from posters.models.rows import read_rows


@dataclass(frozen=True)
class Unplanned:
    """A favourite without a visit, why, and what would make room for it."""

    number: int
    display_title: str
    reason: str
    session: Session | None = None
    """An attended session without which there would be time."""
    instead_of: Poster | None = None
    """A poster without whose visit there would be time."""
    dwell_minutes: int | None = None
    """At this many minutes at each poster of the session at most, there would be time for all."""


def unplanned_favourites(itinerary: Itinerary, *, planned: Collection[int]) -> list[Unplanned]:
    """The favourites but the posters `planned`, each with the reason that was found when it was planned.

    Nothing is dropped in silence.
    """
    left_out = itinerary.left_out.select_related("poster", "session", "instead_of").order_by("poster__number")
    return [
        Unplanned(
            number=left.poster.number,
            display_title=left.poster.display_title,
            reason=left.reason,
            session=left.session,
            instead_of=left.instead_of,
            dwell_minutes=left.dwell_minutes,
        )
        for left in left_out.exclude(poster__in=planned)
    ]


def unplanned_count(itinerary: Itinerary, *, planned: Collection[int]) -> int:
    """How many these are."""
    return len(set(itinerary.left_out.values_list("poster", flat=True)) - set(planned))


@dataclass(frozen=True)
class _Planned:
    """A visit as it is to be stored."""

    presentation: int
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime
    """Of its presentation."""
    is_pinned: bool = False


def bring_up_to_date(*, itinerary: Itinerary, now: datetime) -> None:
    """Plan again if anything that is planned from has changed since; else one query and no write.

    A visit that falls away is kept as cancelled, one that comes back is the same visit again: calendars
    know it by its UID, and hear of each change by a higher sequence number.
    """
    if itinerary.planned_from == fingerprint_of(itinerary):
        return
    with transaction.atomic():
        # One at a time: two tabs that plan the same itinerary would double its visits.
        locked = Itinerary.objects.select_for_update().get(pk=itinerary.pk)
        fingerprint = fingerprint_of(locked)
        if locked.planned_from != fingerprint:
            _plan_and_write(read_inputs(itinerary=locked, now=now))
            locked.planned_from = fingerprint
            locked.save(update_fields=["planned_from"])
    itinerary.planned_from = fingerprint


def plan_that_stands(itinerary: Itinerary) -> dict[str, Any] | None:
    """The plan as plain data; None where something has changed since it was made."""
    if not itinerary.planned_from:
        return None
    visits = itinerary.visits.filter(cancelled_at=None).values_list("pk", "starts_at", "ends_at")
    left_out = itinerary.left_out.values("poster_id", "reason", "session_id", "instead_of_id", "dwell_minutes")
    return {
        "planned_from": itinerary.planned_from,
        "visits": [[key, starts_at.isoformat(), ends_at.isoformat()] for key, starts_at, ends_at in visits],
        "left_out": list(left_out),
    }


def put_plan_back(*, itinerary: Itinerary, plan: Mapping[str, Any], now: datetime) -> bool:
    """Let a plan stand again as it was; whether it could: all that it was made from must be as it was, too."""
    if fingerprint_of(itinerary) != plan["planned_from"]:
        return False
    places = {
        key: (datetime.fromisoformat(starts), datetime.fromisoformat(ends)) for key, starts, ends in plan["visits"]
    }
    changed = []
    for visit in itinerary.visits.all():
        stands = (visit.starts_at, visit.ends_at) if visit.cancelled_at is None else None
        before = places.get(visit.pk)
        if stands == before:
            continue
        if before is None:
            visit.cancelled_at = now
        else:
            (visit.starts_at, visit.ends_at), visit.cancelled_at = before, None
        visit.sequence += 1
        visit.version += 1
        visit.changed_at = now
        changed.append(visit)
    columns = ["starts_at", "ends_at", "cancelled_at", "sequence", "version", "changed_at"]
    Visit.objects.bulk_update(changed, columns, batch_size=500)
    itinerary.left_out.all().delete()
    LeftOut.objects.bulk_create(LeftOut(itinerary=itinerary, **left) for left in plan["left_out"])
    itinerary.planned_from = plan["planned_from"]
    itinerary.save(update_fields=["planned_from"])
    return True


def _plan_and_write(inputs: Inputs) -> None:
    planning = Planning(inputs.timetable)
    plan = planning.plan()
    planned = {
        key: _Planned(key, visit.starts_at, visit.ends_at, visit.presentation.changed_at, visit.is_pinned)
        for key, visit in inputs.kept.items()
    }
    for visit in plan.visits:
        starts_at, ends_at = moment_of(visit.told_at), moment_of(visit.told_at + visit.ends - visit.starts)
        changed_at = inputs.presentations[visit.showing].changed_at
        planned[visit.showing] = _Planned(visit.showing, starts_at, ends_at, changed_at)
    _write_visits(inputs, planned)
    _write_left_out(inputs.itinerary, reasons_of(inputs=inputs, planning=planning, plan=plan))


def _write_visits(inputs: Inputs, plan: Mapping[int, _Planned]) -> None:
    changed, now = [], inputs.now
    for key, visit in inputs.visits.items():
        planned = plan.get(key)
        if planned is None:
            if visit.cancelled_at is not None:
                continue
            visit.cancelled_at = now
        elif _stands(visit, planned):
            continue
        else:
            visit.starts_at, visit.ends_at, visit.cancelled_at = planned.starts_at, planned.ends_at, None
            visit.is_pinned = planned.is_pinned
        visit.sequence += 1
        visit.version += 1
        visit.changed_at = max(now, planned.changed_at) if planned else now
        changed.append(visit)
    columns = ["starts_at", "ends_at", "cancelled_at", "is_pinned", "sequence", "version", "changed_at"]
    Visit.objects.bulk_update(changed, columns, batch_size=500)
    Visit.objects.bulk_create(
        [
            Visit(
                itinerary=inputs.itinerary,
                presentation_id=key,
                starts_at=planned.starts_at,
                ends_at=planned.ends_at,
                changed_at=max(now, planned.changed_at),
            )
            for key, planned in plan.items()
            if key not in inputs.visits
        ]
    )


def _stands(visit: Visit, planned: _Planned) -> bool:
    """Whether a visit is as planned, and its presentation is as it was when the visit last changed."""
    return (
        visit.cancelled_at is None
        and (visit.starts_at, visit.ends_at) == (planned.starts_at, planned.ends_at)
        and visit.is_pinned == planned.is_pinned
        and planned.changed_at <= visit.changed_at
    )


def _write_left_out(itinerary: Itinerary, reasons: Mapping[int, Reason]) -> None:
    itinerary.left_out.all().delete()
    LeftOut.objects.bulk_create(
        [
            LeftOut(
                itinerary=itinerary,
                poster_id=poster,
                reason=reason.text,
                session_id=reason.session,
                instead_of_id=reason.instead_of,
                dwell_minutes=reason.dwell_minutes,
            )
            for poster, reason in reasons.items()
        ]
    )


FINGERPRINT_SQL = """
    WITH i AS (SELECT id, attendee_id, conference_id FROM posters_itinerary WHERE id = %s)
    SELECT 'revision', 0, '', c.revision FROM posters_conference c JOIN i ON c.id = i.conference_id
    UNION ALL SELECT 'dwell', 0, '', a.dwell_minutes FROM posters_attendee a JOIN i ON a.id = i.attendee_id
    UNION ALL SELECT 'wish', f.poster_id, f.interest, f.dwell_minutes
      FROM i JOIN posters_favourite f ON f.attendee_id = i.attendee_id JOIN posters_poster p ON p.id = f.poster_id
     WHERE p.conference_id = i.conference_id AND f.interest <> 'none' AND p.status <> 'draft'
    UNION ALL SELECT 'attendance', t.session_id, '', 0
      FROM posters_attendance t JOIN i ON t.itinerary_id = i.id WHERE t.is_planned
    UNION ALL SELECT 'duty', d.poster_id, '', 0 FROM posters_duty d JOIN i ON d.itinerary_id = i.id
    UNION ALL SELECT 'pin', v.presentation_id, CAST(v.starts_at AS text) || ' ' || CAST(v.ends_at AS text), 0
      FROM posters_visit v JOIN i ON v.itinerary_id = i.id WHERE v.is_pinned
    UNION ALL SELECT 'refusal', v.presentation_id, '', 0
      FROM posters_visit v JOIN i ON v.itinerary_id = i.id WHERE v.is_declined
"""
"""All that is planned from, in rows of one shape. Asked at every look at an itinerary, so without the ORM: putting
these seven queries together took a quarter of the time of a calendar."""


def fingerprint_of(itinerary: Itinerary) -> str:
    """Of all that is planned from: the programme's revision, wishes, minutes, sessions, duties, pins, refusals.

    One query. What is read is small, and exact: a sum or a latest time could hide one change behind another.
    """
    rows = sorted(map(repr, read_rows(FINGERPRINT_SQL, [itinerary.pk])))
    resumed = (itinerary.resumed_at, itinerary.resumed_board_id)
    return hashlib.sha256(repr((rows, resumed)).encode()).hexdigest()
