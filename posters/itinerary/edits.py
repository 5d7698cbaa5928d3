"""What attendees change in their itinerary by hand, and how it is taken back.

Every edit locks the itinerary, so that edits and planning of several tabs and devices come one after the other. One
that is made on the sight of a visit names the visit's version: had it changed since, the edit is refused and nothing is
lost. One that waited for a network says instead when it was wished: it holds unless a later one of its kind stands.
Each is logged with what it changed; undoing puts that back and nothing else.
"""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.text import Truncator

from posters.itinerary.favourites import Interest, PosterWithdrawn, set_attendance, set_favourite
from posters.itinerary.planner import plan_that_stands, put_plan_back
from posters.latex import to_text
from posters.models import (
    Attendee,
    Board,
    Conference,
    Duty,
    Edit,
    Favourite,
    Itinerary,
    Poster,
    Presentation,
    Session,
    Visit,
)
from posters.models.attendee import LONGEST_DWELL_MINUTES

KEPT_EDITS = 20
LONGEST_NOTE = 5_000
"""Characters."""
LONGEST_TITLE = 80
"""Characters of a title in the words of an edit."""


class EditRefused(Exception):
    """An edit that cannot be made; its text says why, to the attendee."""


class StaleVisit(EditRefused):
    """The visit is no longer as the attendee saw it: changed on another device, or planned anew."""

    def __init__(self) -> None:
        super().__init__(
            "This visit has changed since this page was loaded. Look at how it stands now, then try again."
        )


class Overtaken(Exception):
    """The edit waited for a network, and what stands was wished later. Nothing is changed, and nobody need be told."""


class ChangedSince(EditRefused):
    """What an edit did was changed again: taking it back would undo that, too."""


class BoardUnclear(EditRefused):
    """Boards of this label hang in several rooms: the attendee must say which."""

    def __init__(self, label: str, boards: Sequence[Board]) -> None:
        super().__init__(f"There is a board “{label}” in {len(boards)} rooms.")
        self.boards = boards


@dataclass(frozen=True)
class Change:
    """One row that an edit changed. None as `before` or `after`: the row was not there."""

    table: str
    key: int
    before: dict[str, Any] | None
    """The columns to put back."""
    after: dict[str, Any] | None
    """The columns that are as the edit left them, unless somebody changed them since."""

    def as_json(self) -> dict[str, Any]:
        return {"table": self.table, "key": self.key, "before": self.before, "after": self.after}


SHOWN_IN_CALENDARS = frozenset({"starts_at", "ends_at", "note", "cancelled_at"})
THE_PLANS = frozenset({"starts_at", "ends_at", "cancelled_at"})
"""What planning sets anew where the attendee has pinned nothing: no sign that somebody changed an edit."""
PLACE = frozenset({"starts_at", "ends_at", "cancelled_at", "is_pinned"})
"""Where a visit stands: put back as a whole."""
DECIDES_PLACE = PLACE | {"is_declined"}
WISHED_AT = {
    "note": "note_wished_at",
    "visited_at": "visited_wished_at",
    "is_pinned": "place_wished_at",
    "is_declined": "place_wished_at",
}
"""Where a visit tells when each of its columns was last wished."""

TABLES: dict[str, Callable[[Itinerary, int], QuerySet]] = {
    "visit": lambda itinerary, key: itinerary.visits.filter(pk=key),
    "attendance": lambda itinerary, key: itinerary.attendances.filter(session=key),
    "duty": lambda itinerary, key: itinerary.duties.filter(poster=key),
    "favourite": lambda itinerary, key: Favourite.objects.filter(attendee=itinerary.attendee_id, poster=key),
    "itinerary": lambda itinerary, key: Itinerary.objects.filter(pk=itinerary.pk),
    "attendee": lambda itinerary, key: Attendee.objects.filter(pk=itinerary.attendee_id),
}
"""The rows of an attendee that edits change, each found by its key within the itinerary and never beyond it."""


def set_pinned(
    *, visit: Visit, version: int, is_pinned: bool, now: datetime, wished_at: datetime | None = None
) -> Edit:
    """Keep a visit at its time whatever is planned anew, or let it move again."""
    said = f"{'Pinned' if is_pinned else 'Unpinned'} {_quoted(visit.presentation.poster)}"
    with _editing(visit.itinerary, said, now) as changes:
        changes.append(_change_visit(visit, version, now, wished_at, is_pinned=is_pinned))
    return changes.edit


def move_visit(
    *, visit: Visit, version: int, presentation: Presentation, starts_at: datetime | None, now: datetime
) -> Edit:
    """Put a visit at another time of a session in which its poster is shown, and pin it there.

    `presentation` is its own or another of the same poster. Without `starts_at`, in UTC, the plan finds the time.
    Raises EditRefused where the poster is not shown then.
    """
    poster = visit.presentation.poster
    session = presentation.session
    if presentation.poster_id != visit.presentation.poster_id:
        raise EditRefused("That is another poster.")
    opens_at, closes_at = _window(session)
    length = visit.ends_at - visit.starts_at
    if starts_at is not None and not opens_at <= starts_at <= closes_at - length:
        raise EditRefused(_outside(session, length))
    said = f"Moved {_quoted(poster)} to {session.title}"
    with _editing(visit.itinerary, said, now) as changes:
        times = {} if starts_at is None else {"starts_at": starts_at, "ends_at": starts_at + length}
        if presentation.pk == visit.presentation_id:
            changes.append(_change_visit(visit, version, now, None, is_pinned=starts_at is not None, **times))
        else:
            changes.append(
                _change_visit(visit, version, now, None, is_declined=True, is_pinned=False, cancelled_at=now)
            )
            changes.append(_visit_elsewhere(visit, presentation, times, now))
    return changes.edit


def set_note(*, visit: Visit, version: int, note: str, now: datetime, wished_at: datetime | None = None) -> Edit:
    """Write a visit's note, or take it out. Raises EditRefused for one that is too long."""
    if len(note) > LONGEST_NOTE:
        raise EditRefused(f"A note can have {LONGEST_NOTE:,} characters. This one has {len(note):,}.")
    said = f"{'Noted something on' if note else 'Took out the note on'} {_quoted(visit.presentation.poster)}"
    with _editing(visit.itinerary, said, now, plans_anew=False) as changes:
        changes.append(_change_visit(visit, version, now, wished_at, note=note))
    return changes.edit


def set_visited(
    *, visit: Visit, version: int, is_visited: bool, now: datetime, wished_at: datetime | None = None
) -> Edit:
    """Mark a visit as made, or as still to come. One made without a plan stands from then on, too."""
    moment = wished_at or now
    said = f"Marked {_quoted(visit.presentation.poster)} as {'visited' if is_visited else 'not visited'}"
    with _editing(visit.itinerary, said, now, plans_anew=not is_visited) as changes:
        placed_later = Visit.objects.filter(pk=visit.pk, place_wished_at__gt=moment)
        was_placed_later = wished_at is not None and placed_later.exists()
        standing = {"cancelled_at": None, "is_declined": False} if is_visited and not was_placed_later else {}
        visited_at = moment if is_visited else None
        changes.append(_change_visit(visit, version, now, wished_at, visited_at=visited_at, **standing))
    return changes.edit


def remove_visits(*, visits: Sequence[tuple[Visit, int]], now: datetime, wished_at: datetime | None = None) -> Edit:
    """Take visits out of the plan, each with the version it was seen in. Their posters stay favourites."""
    (visit, _), *others = visits
    said = f"Took out {len(visits)} visits" if others else f"Took out {_quoted(visit.presentation.poster)}"
    with _editing(visit.itinerary, said, now) as changes:
        changes += [
            _change_visit(visit, version, now, wished_at, is_declined=True, is_pinned=False, cancelled_at=now)
            for visit, version in visits
        ]
    return changes.edit


def bring_back(*, visit: Visit, version: int, now: datetime, wished_at: datetime | None = None) -> Edit:
    """Let a visit that was taken out be planned again."""
    with _editing(visit.itinerary, f"Brought back {_quoted(visit.presentation.poster)}", now) as changes:
        changes.append(_change_visit(visit, version, now, wished_at, is_declined=False))
    return changes.edit


def unplanned_visit(*, itinerary: Itinerary, poster: Poster, now: datetime, wished_at: datetime | None = None) -> Visit:
    """A visit, cancelled so far, at a poster that has none: it holds a note or the mark of a visit made.

    In the presentation that is on now, else the next, else the last. If there is a visit by now, it is that for an edit
    that waited for a network. Raises StaleVisit for another, EditRefused where the poster is shown nowhere.
    """
    moment = wished_at or now
    if poster.is_withdrawn:
        raise EditRefused("This poster was withdrawn: it is not shown at the conference.")
    presentations = list(poster.presentations.select_related("session", "poster").in_time_order())
    if not presentations:
        raise EditRefused("This poster is in no session yet.")
    timed = [shown for shown in presentations if shown.session.ends_at]
    coming = [shown for shown in timed if shown.session.ends_at > moment]
    presentation = (coming or timed[-1:] or presentations)[0]
    dwell = timedelta(minutes=itinerary.attendee.dwell_minutes)
    with transaction.atomic():
        Itinerary.objects.select_for_update().get(pk=itinerary.pk)
        own = itinerary.visits.filter(presentation__poster=poster).select_related("presentation__poster")
        known = own.order_by(F("cancelled_at").desc(nulls_first=True), "starts_at", "pk").first()
        if known is not None and wished_at is not None:
            known.itinerary = itinerary
            return known
        if known is not None:
            raise StaleVisit
        return Visit.objects.create(
            itinerary=itinerary,
            presentation=presentation,
            starts_at=moment,
            ends_at=moment + dwell,
            cancelled_at=now,
            changed_at=now,
        )


def set_minutes(
    *, itinerary: Itinerary, poster: Poster, minutes: int | None, now: datetime, wished_at: datetime | None = None
) -> Edit:
    """How long the attendee means to stay at a favourite; None is as long as at any.

    A pinned visit begins when it did and ends by the new length, at most with its session.
    """
    _check_minutes(minutes)
    said = f"Planned {minutes} minutes at {_quoted(poster)}" if minutes else f"Planned {_quoted(poster)} as any other"
    with _editing(itinerary, said, now) as changes:
        changes.append(_change_minutes(itinerary, "favourite", poster.pk, minutes, now, wished_at))
        length = timedelta(minutes=minutes or itinerary.attendee.dwell_minutes)
        pinned = itinerary.visits.filter(presentation__poster=poster, is_pinned=True, visited_at=None)
        for visit in pinned.select_related("presentation__session"):
            ends_at = min(visit.starts_at + length, visit.presentation.session.ends_at or visit.ends_at)
            if ends_at > visit.starts_at:
                changes.append(_change_visit(visit, visit.version, now, None, ends_at=ends_at))
    return changes.edit


def set_default_minutes(
    *, itinerary: Itinerary, minutes: int, now: datetime, wished_at: datetime | None = None
) -> Edit:
    """How long the attendee means to stay at a poster for which nothing else is said."""
    _check_minutes(minutes)
    with _editing(itinerary, f"Planned {minutes} minutes at every poster", now) as changes:
        changes.append(_change_minutes(itinerary, "attendee", 0, minutes, now, wished_at))
    return changes.edit


def take_star_off(*, itinerary: Itinerary, poster: Poster, now: datetime) -> Edit:
    """No longer a favourite, and so no longer planned."""
    with _editing(itinerary, f"Took the star off {_quoted(poster)}", now) as changes:
        changes.append(_change(itinerary, "favourite", poster.pk, interest=Interest.NONE.value))
        _wish(itinerary, poster.pk, Interest.NONE, now)
    return changes.edit


def attend(*, itinerary: Itinerary, session: Session, is_attending: bool, now: datetime) -> Edit | None:
    """Plan to be in a session, or no longer. None where it was so already."""
    said = f"{'Planned to attend' if is_attending else 'Left out'} {session.title}"
    return _set_present(itinerary, "attendance", session.pk, is_attending, said, now)


def set_duty(*, itinerary: Itinerary, poster: Poster, is_presenting: bool, now: datetime) -> Edit | None:
    """“I present this poster”, or no longer. None where it was so already."""
    if is_presenting and poster.is_withdrawn:
        raise EditRefused("This poster was withdrawn: nobody presents it.")
    said = f"{'You present' if is_presenting else 'You no longer present'} {_quoted(poster)}"
    return _set_present(itinerary, "duty", poster.pk, is_presenting, said, now)


def resume(*, itinerary: Itinerary, board: Board | None, now: datetime) -> Edit:
    """Plan again from the present time, and from a board where the attendee names one."""
    place = f"board {board.label}" if board else "now on"
    with _editing(itinerary, f"Planned again from {place}", now) as changes:
        changes.append(
            _change(itinerary, "itinerary", itinerary.pk, resumed_at=now, resumed_board_id=board.pk if board else None)
        )
    return changes.edit


def find_board(*, conference: Conference, label: str) -> Board | None:
    """The board that the attendee means by “412”, “#412” or “board 412”; None for an empty label.

    Raises EditRefused where there is none, BoardUnclear where there are several.
    """
    asked = label.strip()
    if not asked:
        return None
    bare = asked[5:] if asked.lower().startswith("board") else asked
    wanted = bare.strip(" #.:\t")
    boards = list(Board.objects.filter(room__conference=conference, label__iexact=wanted).select_related("room")[:20])
    if not boards:
        raise EditRefused(f"There is no board “{asked}”. Type it as it is written on the board.")
    if len(boards) > 1:
        raise BoardUnclear(wanted, boards)
    return boards[0]


def moment_in_session(*, session: Session, clock: time, zone: ZoneInfo) -> datetime:
    """The first moment of a session at which clocks in its zone show `clock`.

    Sessions may run past midnight, and through an hour that clocks show twice. Raises EditRefused where they never do.
    """
    opens_at, closes_at = _window(session)
    first = opens_at.astimezone(zone).date()
    days = (closes_at.astimezone(zone).date() - first).days
    shown = [
        datetime.combine(first + timedelta(days=day), clock, tzinfo=zone).replace(fold=fold)
        for day in range(days + 1)
        for fold in (0, 1)
    ]
    found = [moment for moment in shown if opens_at <= moment <= closes_at]
    if not found:
        raise EditRefused(_outside(session, timedelta()))
    return min(found).astimezone(UTC)


def undo(*, itinerary: Itinerary, edit_key: int, now: datetime) -> str:
    """Put back what an edit changed, and nothing else; gives the edit's words.

    The visits that were planned anew for it stand where they stood before, if nothing else has changed since.
    Raises ChangedSince where one of these was changed again, EditRefused where the edit is gone.
    """
    with transaction.atomic():
        locked = Itinerary.objects.select_for_update().get(pk=itinerary.pk)
        edit = itinerary.edits.filter(pk=edit_key).first()
        if edit is None:
            raise EditRefused("There is nothing left to take back.")
        is_last = not itinerary.edits.filter(pk__gt=edit.pk).exists()
        changes = [Change(**logged) for logged in edit.changes]
        for change in changes:
            if _columns(itinerary, change) != change.after:
                raise ChangedSince(f"“{edit.said}” cannot be taken back: it has been changed again since.")
        for change in reversed(changes):
            _put_back(itinerary, change, now)
        edit.delete()
        locked.refresh_from_db()
        is_put_back = is_last and edit.plan_before and put_plan_back(itinerary=locked, plan=edit.plan_before, now=now)
        if not is_put_back:
            _plan_anew(itinerary)
        return edit.said


class _Changes(list[Change]):
    """What an edit changed so far, and the edit once it is logged."""

    edit: Edit


@contextmanager
def _editing(itinerary: Itinerary, said: str, now: datetime, *, plans_anew: bool = True) -> Iterator[_Changes]:
    """Alone with the itinerary: collects what is changed and logs it. All of it is written, or nothing."""
    with transaction.atomic():
        plan_before = plan_that_stands(Itinerary.objects.select_for_update().get(pk=itinerary.pk))
        changes = _Changes()
        yield changes
        if plans_anew:
            _plan_anew(itinerary)
        logged = [_as_json(change.as_json()) for change in changes]
        changes.edit = Edit.objects.create(
            itinerary=itinerary, made_at=now, said=said[:300], changes=logged, plan_before=plan_before
        )
        kept = itinerary.edits.order_by("-pk").values_list("pk", flat=True)[:KEPT_EDITS]
        itinerary.edits.exclude(pk__in=list(kept)).delete()


def _plan_anew(itinerary: Itinerary) -> None:
    """At the next look: the plan's fingerprint knows wishes and programme, not edits."""
    itinerary.planned_from = ""
    itinerary.save(update_fields=["planned_from"])


def _change(itinerary: Itinerary, table: str, key: int, **columns: Any) -> Change:
    """Set columns of one of the attendee's rows. Raises EditRefused where there is none."""
    rows = TABLES[table](itinerary, key)
    before = rows.values(*columns).first()
    if before is None:
        raise EditRefused("Star the poster first.")
    rows.update(**columns)
    return Change(table, key, before, columns)


def _change_minutes(
    itinerary: Itinerary, table: str, key: int, minutes: int | None, now: datetime, wished_at: datetime | None
) -> Change:
    """Set minutes. Raises Overtaken where later ones stand against those that waited."""
    rows = TABLES[table](itinerary, key)
    if wished_at is not None and rows.filter(minutes_wished_at__gt=wished_at).exists():
        raise Overtaken
    change = _change(itinerary, table, key, dwell_minutes=minutes)
    rows.update(minutes_wished_at=wished_at or now)
    return change


def _change_visit(visit: Visit, version: int, now: datetime, wished_at: datetime | None, **columns: Any) -> Change:
    """Set columns of a visit seen in a version. Raises StaleVisit if it has another by now.

    For an edit that waited since `wished_at` the version does not matter; it raises Overtaken where a later one stands.
    """
    rows = Visit.objects.filter(pk=visit.pk)
    times = dict.fromkeys({WISHED_AT[name] for name in columns if name in WISHED_AT}, wished_at or now)
    if wished_at is None:
        rows = rows.filter(version=version)
    elif any(rows.filter(**{f"{name}__gt": wished_at}).exists() for name in times):
        raise Overtaken
    restored = {*columns, *PLACE} if set(columns) & DECIDES_PLACE else set(columns)
    before = rows.values(*restored).first()
    if before is None:
        raise StaleVisit
    rows.update(**columns, **times, **_told(columns, now))
    is_fixed = columns.get("is_pinned", before.get("is_pinned"))
    after = {name: value for name, value in columns.items() if is_fixed or name not in THE_PLANS}
    return Change("visit", visit.pk, before, after)


def _told(columns: Collection[str], now: datetime) -> dict[str, Any]:
    """What goes with a change of a visit: its version, and what tells calendars of it."""
    told = {"sequence": F("sequence") + 1, "changed_at": now} if set(columns) & SHOWN_IN_CALENDARS else {}
    return {"version": F("version") + 1, **told}


def _visit_elsewhere(visit: Visit, presentation: Presentation, times: dict[str, datetime], now: datetime) -> Change:
    """Plan the visit's poster in another presentation: pinned at these times, or where the plan finds place."""
    opens_at, closes_at = _window(presentation.session)
    other, _ = visit.itinerary.visits.get_or_create(
        presentation=presentation,
        defaults={
            "starts_at": opens_at,
            "ends_at": closes_at,
            "cancelled_at": now,
            "changed_at": now,
        },
    )
    pinned = {**times, "is_pinned": True, "cancelled_at": None} if times else {}
    return _change_visit(other, other.version, now, None, is_declined=False, **pinned)


def _set_present(itinerary: Itinerary, table: str, key: int, is_there: bool, said: str, now: datetime) -> Edit | None:
    """Let a row of the attendee be there, or not. Where a later intent stands against it, nothing is changed."""
    rows = TABLES[table](itinerary, key)
    with transaction.atomic():
        Itinerary.objects.select_for_update().get(pk=itinerary.pk)
        was_there = rows.exists()
        # Even where it is so already: this intent may be later than one that has not arrived yet.
        _put_there(itinerary, table, key, is_there, now)
        if rows.exists() == was_there:
            return None
        with _editing(itinerary, said, now) as changes:
            changes.append(Change(table, key, None if is_there else {}, {} if is_there else None))
    return changes.edit


def _put_there(itinerary: Itinerary, table: str, key: int, is_there: bool, now: datetime) -> None:
    if table == "attendance":
        session = Session.objects.select_related("conference").get(pk=key)
        set_attendance(attendee=itinerary.attendee, session=session, is_attending=is_there, now=now)
    elif is_there:
        Duty.objects.bulk_create([Duty(itinerary=itinerary, poster_id=key, taken_at=now)], ignore_conflicts=True)
    else:
        itinerary.duties.filter(poster=key).delete()


def _put_back(itinerary: Itinerary, change: Change, now: datetime) -> None:
    rows = TABLES[change.table](itinerary, change.key)
    if not change.before:
        _put_there(itinerary, change.table, change.key, change.before is not None, now)
    elif "interest" in change.before:
        _wish(itinerary, change.key, Interest(change.before["interest"]), now)
    else:
        rows.update(**change.before, **_told_back(change, now))


def _told_back(change: Change, now: datetime) -> dict[str, Any]:
    """Taking back is an intent, too: what waited since before it comes too late."""
    columns = change.before or {}
    if change.table == "visit":
        return dict.fromkeys({WISHED_AT[name] for name in columns if name in WISHED_AT}, now) | _told(columns, now)
    return {"minutes_wished_at": now} if "dwell_minutes" in columns else {}


def _wish(itinerary: Itinerary, poster_key: int, interest: Interest, now: datetime) -> None:
    poster = Poster.objects.get(pk=poster_key)
    try:
        set_favourite(attendee=itinerary.attendee, poster=poster, interest=interest, now=now)
    except PosterWithdrawn as error:
        raise EditRefused("This poster was withdrawn: it cannot become a favourite.") from error


def _columns(itinerary: Itinerary, change: Change) -> dict[str, Any] | None:
    """The columns that the edit set, as they are now and as JSON holds them; None where the row is gone."""
    row: dict[str, Any] | None = TABLES[change.table](itinerary, change.key).values("pk", *(change.after or {})).first()
    return None if row is None else _as_json({name: row[name] for name in change.after or {}})


def _as_json(columns: dict[str, Any]) -> Any:
    """As the log holds them: times as text, to the millisecond. All are in UTC."""
    return json.loads(json.dumps(columns, cls=DjangoJSONEncoder))


def _check_minutes(minutes: int | None) -> None:
    if minutes is not None and not 1 <= minutes <= LONGEST_DWELL_MINUTES:
        raise EditRefused(f"Plan 1 to {LONGEST_DWELL_MINUTES} minutes at a poster, not {minutes}.")


def _window(session: Session) -> tuple[datetime, datetime]:
    """Its start and end. Raises EditRefused while they are not known."""
    if session.starts_at is None or session.ends_at is None:
        raise EditRefused(f"The time of {session.title} is to be announced: nothing can be planned in it yet.")
    return session.starts_at, session.ends_at


def _outside(session: Session, length: timedelta) -> str:
    opens_at, closes_at = _window(session)
    zone = session.conference.zone
    first, last = opens_at.astimezone(zone), (closes_at - length).astimezone(zone)
    return f"Choose a start within {session.title}: from {first:%H:%M} to {last:%H:%M}."


def _quoted(poster: Poster) -> str:
    return f"“{Truncator(to_text(poster.display_title)).chars(LONGEST_TITLE)}”"
