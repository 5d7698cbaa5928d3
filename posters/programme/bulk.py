"""Work on many posters at once: each rule plans what it would do, and `carry_out` does it.

What an organiser is shown before confirming is the plan itself. Carried out, it is one transaction, one revision
and one titled entry of the change log, which `programme.undo` can take back.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Max, Q, QuerySet

from posters.models import (
    Authorship,
    Board,
    Change,
    Conference,
    Decision,
    Poster,
    PosterTopic,
    Presentation,
    Session,
    Topic,
)
from posters.models.base import PosterStatus
from posters.programme.many_rows import write_rows
from posters.programme.revision import programme_change

MOST_POSTERS = 20_000
"""At once: SQLite takes 32,766 keys in a question."""
NO_BOARD = "no board"


class BulkRefused(Exception):
    """This cannot be done with these posters, and why."""


@dataclass(frozen=True)
class Step:
    """What becomes of one poster; or, where `reason` says why, that it stays as it is."""

    poster: Poster
    before: str = ""
    after: str = ""
    reason: str = ""


@dataclass
class BulkPlan:
    """What would be done."""

    conference: Conference
    title: str = ""
    """In the past tense, as the log will tell it."""
    steps: list[Step] = field(default_factory=list)
    left: list[Step] = field(default_factory=list)
    """What stays as it is."""
    warnings: list[str] = field(default_factory=list)
    """Clashes that it would make, and what else deserves a look."""
    rows: list[Any] = field(default_factory=list)
    """Stored rows with their new values, all of one model."""
    fields: tuple[str, ...] = ()
    added: list[Any] = field(default_factory=list)
    """New rows, all of one model."""
    removed: list[PosterTopic] = field(default_factory=list)

    def leave(self, poster: Poster, reason: str) -> None:
        """The poster stays as it is."""
        self.left.append(Step(poster, reason=reason))


def carry_out(*, plan: BulkPlan, actor: User | None) -> None:
    """Write all of the plan, as one change of the programme. A plan that changes nothing writes nothing."""
    with programme_change(source=Change.Source.ADMIN, actor=actor) as change:
        if plan.steps:
            change.title = plan.title
        if plan.rows:
            write_rows(type(plan.rows[0]), plan.rows, plan.fields)
        if plan.added:
            type(plan.added[0]).objects.bulk_create(plan.added)
        if plan.removed:
            PosterTopic.objects.filter(pk__in=[row.pk for row in plan.removed]).delete()


def counted(count: int, singular: str = "poster") -> str:
    """“1 poster”, “1,200 posters”."""
    return f"{count:,} {singular}" if count == 1 else f"{count:,} {singular}s"


def chosen_posters(keys: Collection[int]) -> QuerySet[Poster]:
    """The posters with these keys that still exist, by number. Raises BulkRefused for too many."""
    if len(keys) > MOST_POSTERS:
        raise BulkRefused(f"These are {counted(len(keys))}. Choose {MOST_POSTERS:,} at most.")
    return Poster.objects.filter(pk__in=keys).defer("abstract").order_by("number")


def conference_of(posters: QuerySet[Poster]) -> Conference:
    """The one conference of posters that can be worked on together. Raises BulkRefused where there is none."""
    keys = list(posters.order_by().values_list("conference", flat=True))
    if not keys:
        raise BulkRefused("None of these posters exists any more.")
    if len(set(keys)) > 1:
        raise BulkRefused("These posters belong to several conferences: filter the list by one first.")
    return Conference.objects.get(pk=keys[0])


def set_decision(*, posters: QuerySet[Poster], decision: Decision | None) -> BulkPlan:
    """Give the posters a decision; None takes theirs away."""
    plan = _plan(posters, decision)
    name = decision.name if decision else "no decision"
    for poster in posters.select_related("decision"):
        if poster.decision == decision:
            plan.leave(poster, f"has {name} already")
            continue
        plan.steps.append(Step(poster, poster.decision.name if poster.decision else "no decision", name))
        poster.decision = decision
        plan.rows.append(poster)
    plan.fields = ("decision",)
    plan.title = f"Set the decision of {counted(len(plan.steps))}: {name}"
    return plan


def add_topic(*, posters: QuerySet[Poster], topic: Topic) -> BulkPlan:
    """Put the posters under a topic, beside those they are under."""
    plan = _plan(posters, topic)
    stored = set(PosterTopic.objects.filter(topic=topic, poster__in=posters).values_list("poster", flat=True))
    for poster in posters:
        if poster.pk in stored:
            plan.leave(poster, f"is under {topic} already")
            continue
        plan.steps.append(Step(poster, "", topic.name))
        plan.added.append(PosterTopic(poster=poster, topic=topic))
    plan.title = f"Put {counted(len(plan.steps))} under a topic: {topic}"
    return plan


def remove_topic(*, posters: QuerySet[Poster], topic: Topic) -> BulkPlan:
    """Take a topic off the posters."""
    plan = _plan(posters, topic)
    stored = {row.poster_id: row for row in PosterTopic.objects.filter(topic=topic, poster__in=posters)}
    for poster in posters:
        if poster.pk not in stored:
            plan.leave(poster, f"is not under {topic}")
            continue
        plan.steps.append(Step(poster, topic.name, ""))
        plan.removed.append(stored[poster.pk])
    plan.title = f"Took a topic off {counted(len(plan.steps))}: {topic}"
    return plan


def set_format(*, posters: QuerySet[Poster], presented: str) -> BulkPlan:
    """Present the posters in this way, wherever they are shown. `presented` is a value of Presentation.Format."""
    plan = _plan(posters)
    label = Presentation.Format(presented).label
    shown = _shown(posters)
    for poster in posters:
        its = shown.get(poster.pk, [])
        other = [presentation for presentation in its if presentation.format != presented]
        if not other:
            plan.leave(poster, f"is {label.lower()} already" if its else "has no session yet")
            continue
        plan.steps.append(Step(poster, ", ".join(sorted({row.get_format_display() for row in other})), label))
        for presentation in other:
            presentation.format = presented
            plan.rows.append(presentation)
    plan.fields = ("format",)
    plan.title = f"Set the format of {counted(len(plan.steps))}: {label}"
    return plan


def publish(*, posters: QuerySet[Poster]) -> BulkPlan:
    """Show drafts to visitors."""
    plan = _plan(posters)
    for poster in posters:
        if poster.status != PosterStatus.DRAFT:
            plan.leave(poster, f"is {poster.get_status_display().lower()} already")
            continue
        plan.steps.append(Step(poster, poster.get_status_display(), PosterStatus.PUBLISHED.label))
        poster.status = PosterStatus.PUBLISHED
        plan.rows.append(poster)
    plan.fields = ("status",)
    plan.title = f"Published {counted(len(plan.steps))}"
    return plan


def withdraw(*, posters: QuerySet[Poster], reason: str) -> BulkPlan:
    """Mark the posters withdrawn, for a reason that attendees read; drafts stay drafts."""
    plan = _plan(posters)
    for poster in posters:
        if poster.status == PosterStatus.DRAFT:
            plan.leave(poster, "is a draft: nobody knows of it")
            continue
        if poster.is_withdrawn and poster.withdrawal_reason == reason:
            plan.leave(poster, "is withdrawn already")
            continue
        before = _state(poster)
        poster.status, poster.withdrawal_reason = PosterStatus.WITHDRAWN, reason
        plan.steps.append(Step(poster, before, _state(poster)))
        plan.rows.append(poster)
    plan.fields = ("status", "withdrawal_reason")
    plan.title = f"Withdrew {counted(len(plan.steps))}{f': {reason}' if reason else ''}"
    return plan


def assign_session(*, posters: QuerySet[Poster], session: Session) -> BulkPlan:
    """Show the posters in a session too, after those listed there."""
    plan = _plan(posters, session)
    shown = _shown(posters)
    position = _last_position(session)
    for poster in posters:
        its = shown.get(poster.pk, [])
        if any(presentation.session_id == session.pk for presentation in its):
            plan.leave(poster, f"is in {session} already")
            continue
        position += 1
        plan.steps.append(Step(poster, _sessions(its), _sessions([*its, Presentation(session=session)])))
        plan.added.append(Presentation(poster=poster, session=session, position=position))
    plan.warnings += _presenter_clashes(session, plan.added, leaving=())
    plan.title = f"Assigned {counted(len(plan.steps))} to {session}"
    return plan


def move(*, posters: QuerySet[Poster], session: Session, origin: Session | None) -> BulkPlan:
    """Show the posters in another session instead: those of `origin`, or of whichever session is their only one.

    A board is kept where it is in the new session's room and free there. A presenter's times belong to the old
    session and are dropped.
    """
    plan = _plan(posters, session, origin)
    shown = _shown(posters)
    moving: list[Presentation] = []
    for poster in posters:
        its = shown.get(poster.pk, [])
        candidates = [row for row in its if origin is None or row.session_id == origin.pk]
        if any(row.session_id == session.pk for row in its):
            plan.leave(poster, f"is in {session} already")
        elif not candidates:
            plan.leave(poster, f"is not in {origin}" if origin else "has no session yet")
        elif len(candidates) > 1:
            plan.leave(poster, f"is in several sessions ({_sessions(its)}): say which to move it from")
        else:
            moving += candidates
    holders = _holders(session, {row.board_id for row in moving if row.board_id})
    position = _last_position(session)
    for row in moving:
        position += 1
        before = _place(row)
        lost = _lost_board(row, session, holders)
        if lost:
            row.board = None
        elif row.board:
            holders[row.board.pk] = row.poster.number
        if row.presenter_starts_at:
            lost = "; ".join(filter(None, [lost, "the presenter's times are dropped"]))
        row.session, row.position = session, position
        row.presenter_starts_at = row.presenter_ends_at = None
        plan.rows.append(row)
        plan.steps.append(Step(row.poster, before, _place(row) + (f" ({lost})" if lost else "")))
    plan.fields = ("session", "board", "position", "presenter_starts_at", "presenter_ends_at")
    boardless = [step for step in plan.steps if "board " in step.after.partition(" (")[2]]
    if boardless:
        plan.warnings.append(f"{counted(len(boardless))} without the board of before: see below why.")
    plan.warnings += _presenter_clashes(session, moving, leaving=[row.pk for row in moving])
    plan.title = f"Moved {counted(len(plan.steps))} to {session}"
    return plan


def number_boards(
    *,
    posters: QuerySet[Poster],
    session: Session,
    first: Board,
    step: int,
    is_serpentine: bool,
    is_by_topic: bool,
) -> BulkPlan:
    """Hang the posters along a room's boards, from the first, on every `step`-th.

    In a serpentine every second row is walked backwards. Boards on which posters hang that were not chosen are
    passed over. Raises BulkRefused where the boards do not suffice.
    """
    plan = _plan(posters, session, first)
    if session.room_id not in {None, first.room_id}:
        raise BulkRefused(f"{session} is in {session.room}; board {first} is in {first.room}.")
    rows = []
    shown = {row.poster_id: row for row in _presentations(posters) if row.session_id == session.pk}
    for poster in posters:
        row = shown.get(poster.pk)
        if row is None or row.format == Presentation.Format.VIRTUAL or poster.is_withdrawn:
            plan.leave(poster, f"is not in {session}" if row is None else "needs no board: virtual or withdrawn")
        else:
            rows.append(row)
    if is_by_topic:
        topics = _first_topics(posters)
        rows.sort(key=lambda row: (row.poster_id not in topics, topics.get(row.poster_id, ""), row.poster.number))
    hanging = Presentation.objects.filter(session=session).exclude(pk__in=[row.pk for row in rows])
    taken = set(hanging.exclude(board=None).values_list("board", flat=True))
    walk = _walk(first, is_serpentine=is_serpentine)
    free = [board for board in walk[::step] if board.pk not in taken]
    if len(free) < len(rows):
        raise BulkRefused(
            f"{counted(len(rows))} to hang, and {first.room} has {counted(len(free), 'free board')}"
            f" from {first} on{f', counting every {step}.' if step > 1 else '.'}"
        )
    for row, board in zip(rows, free, strict=False):
        if row.board_id == board.pk:
            plan.leave(row.poster, f"hangs on {board} already")
            continue
        plan.steps.append(Step(row.poster, row.board.label if row.board else NO_BOARD, board.label))
        row.board = board
        plan.rows.append(row)
    plan.fields = ("board",)
    plan.title = f"Numbered the boards of {counted(len(plan.steps))} in {session} from {first}"
    return plan


def _plan(posters: QuerySet[Poster], *given: Any) -> BulkPlan:
    """An empty plan. Raises BulkRefused where posters or what was chosen for them are of several conferences."""
    conference = conference_of(posters)
    if any(thing is not None and thing.conference_key() != conference.pk for thing in given):
        raise BulkRefused("What you chose belongs to another conference.")
    return BulkPlan(conference)


def _presentations(posters: QuerySet[Poster]) -> QuerySet[Presentation]:
    shown = Presentation.objects.filter(poster__in=posters.order_by())
    return shown.select_related("poster", "session", "board__room").order_by("poster__number", "pk")


def _shown(posters: QuerySet[Poster]) -> dict[int, list[Presentation]]:
    """The posters' presentations, by poster."""
    shown: dict[int, list[Presentation]] = defaultdict(list)
    for row in _presentations(posters):
        shown[row.poster_id].append(row)
    return shown


def _state(poster: Poster) -> str:
    status = PosterStatus(poster.status).label
    return f"{status}: {poster.withdrawal_reason}" if poster.is_withdrawn and poster.withdrawal_reason else status


def _sessions(rows: Iterable[Presentation]) -> str:
    return ", ".join(row.session.title for row in rows) or "no session"


def _place(row: Presentation) -> str:
    return f"{row.session} · {row.board.label if row.board else NO_BOARD}"


def _last_position(session: Session) -> int:
    return session.presentations.aggregate(last=Max("position"))["last"] or 0


def _holders(session: Session, boards: Collection[int]) -> dict[int, int]:
    """The numbers of the posters on these boards in a session, by board."""
    rows = Presentation.objects.filter(session=session, board__in=boards)
    return dict(rows.values_list("board", "poster__number"))


def _lost_board(row: Presentation, session: Session, holders: dict[int, int]) -> str:
    """Why a poster cannot keep its board in another session; empty where it can."""
    if row.board is None:
        return ""
    if session.room_id not in {None, row.board.room_id}:
        return f"board {row.board} is in {row.board.room}"
    if row.board.pk in holders:
        return f"board {row.board} is taken by poster {holders[row.board.pk]}"
    return ""


def _presenter_clashes(session: Session, coming: Sequence[Presentation], *, leaving: Collection[int]) -> list[str]:
    """Who would have to stand in two places at once, and whose presenters nobody has marked.

    `leaving` are the presentations, by key, that will not be where they are stored.
    """
    if not coming:
        return []
    came = {row.poster_id: row.poster for row in coming}
    presenters = Authorship.objects.filter(poster__in=came, is_presenter=True)
    names = dict(presenters.values_list("author", "author__name"))
    warnings = []
    unmarked = len(came) - presenters.values("poster").distinct().count()
    if unmarked:
        warnings.append(f"{counted(unmarked)} with no presenter marked: their clashes cannot be seen.")
    if session.starts_at is None:
        return [*warnings, f"{session} has no time yet: clashes cannot be seen."]
    begins, ends = session.starts_at, session.ends_at
    at_once = Q(poster__presentations__session__starts_at__lt=ends, poster__presentations__session__ends_at__gt=begins)
    others = (
        Authorship.objects.filter(at_once, author__in=names, is_presenter=True)
        .exclude(poster__status=PosterStatus.WITHDRAWN)
        .values_list("author", "poster__number", "poster__presentations", "poster__presentations__session__title")
    )
    places: dict[int, set[tuple[int, str]]] = defaultdict(set)
    for author, number, presentation, title in others:
        if presentation not in leaving:
            places[author].add((number, title))
    for author, poster in presenters.values_list("author", "poster"):
        places[author].add((came[poster].number, session.title))
    for author, its in sorted(places.items(), key=lambda item: names[item[0]]):
        if len(its) > 1:
            told = ", ".join(f"poster {number} in {title}" for number, title in sorted(its))
            warnings.append(f"{names[author]} would present at the same time: {told}.")
    return warnings


def _first_topics(posters: QuerySet[Poster]) -> dict[int, str]:
    """Each poster's first topic by name."""
    topics: dict[int, str] = {}
    rows = PosterTopic.objects.filter(poster__in=posters.order_by()).order_by("topic__name")
    for poster, name in rows.values_list("poster", "topic__name"):
        topics.setdefault(poster, name)
    return topics


def _walk(first: Board, *, is_serpentine: bool) -> list[Board]:
    """The boards of a room from this one on. Raises BulkRefused for a serpentine through a room without rows."""
    boards = list(Board.objects.filter(room=first.room_id).order_by("position", "label"))
    if is_serpentine:
        rows: dict[Any, list[Board]] = {}
        is_measured = all(board.y_metres is not None for board in boards)
        for board in boards:
            rows.setdefault(board.y_metres if is_measured else re.sub(r"\d+\D*$", "", board.label), []).append(board)
        if len(rows) < 2:
            raise BulkRefused(
                f"{first.room} has no rows to walk to and fro: its boards are not measured, and their labels "
                "begin with no row, as the A of A12 would be."
            )
        boards = [board for number, row in enumerate(rows.values()) for board in (row[::-1] if number % 2 else row)]
    return boards[boards.index(first) :]
