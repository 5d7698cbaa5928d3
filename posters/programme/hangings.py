"""Where posters hang: their presentations, compared with what the source says, and moved all at once.

A board holds one poster in a session at every moment, so two posters that change places must first both leave.
Whatever moves is therefore collected while posters are compared, and settled at the end.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import models

from posters.models import Board, Poster, Presentation, Session
from posters.models.base import announce_changes
from posters.programme.frame import BATCH, Frame
from posters.programme.records import PosterRecord, PresentationRecord
from posters.programme.report import FieldChange

FIELDS = ["session", "format", "board", "position", "presenter_starts_at", "presenter_ends_at"]

Spot = tuple[str, tuple[str, str]]
"""A board in a session: the session's slug, the room's name and the board's label."""


@dataclass(frozen=True, slots=True)
class Match:
    """A record, by its place in the list of all, and the poster it speaks of: `pk` is None where that is new.

    `source_key` is what the poster gets.
    """

    index: int
    place: str
    source_key: str
    pk: int | None


class Hangings:
    """The presentations of a conference while an import goes on."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.sessions = {session.pk: session for session in frame.sessions.values() if session.pk}
        self.boards = {board.pk: board for board in frame.boards.values() if board.pk}
        self.places = {board.pk: place for place, board in frame.boards.items() if board.pk}
        self.sessions_of: defaultdict[int, set[str]] = defaultdict(set)
        """The slugs of the sessions in which a poster was shown before the import, by the poster's key."""
        self.held: dict[Spot, tuple[int, int]] = {}
        """Before the import: presentation and poster, by key."""
        stored = Presentation.objects.filter(session__conference_id=frame.conference.pk)
        for pk, poster, session, board in stored.values_list("pk", "poster", "session", "board").iterator():
            slug = self.sessions[session].slug
            self.sessions_of[poster].add(slug)
            if board in self.places:
                self.held[slug, self.places[board]] = (pk, poster)
        self.wanted: dict[int, dict[str, tuple[str, str] | None]] = {}
        """By poster and session: the place the source gives."""
        self.claims: dict[Spot, Match] = {}
        """Who gets a board that several records want: the poster that hangs there, else the first."""
        self.of_source = {session.slug for session in frame.named_sessions.values()}
        self.given_up: set[str] = set()
        """Sessions that the source does not have, while it shows every poster of theirs elsewhere: renamed ones."""
        self.listed: Counter[str] = Counter()
        """How many presentations of each session the source has named so far."""
        self.added: list[Presentation] = []
        self.moved: list[Presentation] = []
        self.waiting: list[tuple[Presentation, Board]] = []
        """New ones whose board is still held by a poster that leaves it."""
        self.taken: set[Spot] = set()
        """Boards that new presentations were given at once."""

    def claim(self, match: Match, record: PosterRecord) -> None:
        """Take note of the boards a record wants; of all records, before any is compared."""
        for shown in record.presentations:
            session = self.frame.session_of(shown)
            if session is None:
                continue
            place = self.frame.place_of(shown)
            self.of_source.add(session.slug)
            if match.pk is not None:
                self.wanted.setdefault(match.pk, {})[session.slug] = place
            if place is not None:
                spot = (session.slug, place)
                holder = self.held.get(spot)
                if spot not in self.claims or (holder is not None and holder[1] == match.pk):
                    self.claims[spot] = match

    def claimed_all(self) -> None:
        """What only all claims together tell."""
        members: defaultdict[str, list[int]] = defaultdict(list)
        for poster, slugs in self.sessions_of.items():
            for slug in slugs - self.of_source:
                members[slug].append(poster)
        self.given_up = {
            slug for slug, posters in members.items() if all(self.wanted.get(poster) for poster in posters)
        }

    def compare(
        self, match: Match, poster: Poster, records: Iterable[PresentationRecord], stored: Sequence[Presentation]
    ) -> list[FieldChange]:
        """The poster's presentations: what is new or differs is collected, and told where the poster is known.

        One that is shown in another session than before keeps its identity, and with it everybody's visits.
        """
        frame, place = self.frame, match.place
        known = {shown.session.slug: shown for shown in stored}
        wanted: dict[str, tuple[PresentationRecord, Session]] = {}
        for record in records:
            session = frame.session_of(record)
            if session is None:
                frame.report.remarks.append(f"{place}: there is no session “{record.session}”.")
            elif session.slug in wanted:
                frame.report.remarks.append(f"{place}: it names the session “{session.title}” twice; it comes once.")
            else:
                wanted[session.slug] = (record, session)
        stale = [
            shown
            for slug, shown in known.items()
            if slug not in wanted and (slug in self.given_up or slug in self.of_source)
        ]
        changes: list[FieldChange] = []
        for slug, (record, session) in wanted.items():
            self.listed[slug] += 1
            presentation = known.get(slug)
            if presentation is None and poster.pk is not None:
                if kept := frame.edits.keep("poster", poster.pk, "sessions"):
                    before = ", ".join(shown.session.title for shown in stored)
                    changes.append(FieldChange("sessions", before, session.title, kept=str(kept)))
                    continue
                presentation = stale.pop(0) if stale else None
            if presentation is None:
                self._add(match, poster, record, session)
                changes.append(FieldChange("sessions", "", session.title))
            else:
                told = frame.edits.assign(presentation, self._values(match, presentation, record, session))
                changes += told
                if any(not change.kept for change in told):
                    self.moved.append(presentation)
        if stale and ("poster", poster.pk, "sessions") not in frame.edits.edited:
            titles = ", ".join(f"“{shown.session.title}”" for shown in stale)
            frame.report.remarks.append(f"{place}: the source no longer shows it in {titles}; here it stays there.")
        return changes if match.pk is not None else []

    def _add(self, match: Match, poster: Poster, record: PresentationRecord, session: Session) -> None:
        presentation = Presentation(poster=poster, session=session)
        frame = self.frame
        frame.edits.assign(presentation, self._values(match, presentation, record, session))
        if record.position is None:
            presentation.position = self.listed[session.slug]
        self.added.append(presentation)
        place = frame.place_of(record)
        if presentation.board is not None and place is not None:
            spot = (session.slug, place)
            if spot in self.held:
                self.waiting.append((presentation, presentation.board))
                presentation.board = None
            else:
                self.taken.add(spot)

    def _values(
        self, match: Match, presentation: Presentation, record: PresentationRecord, session: Session
    ) -> dict[str, object]:
        starts_at, ends_at = record.presenter_starts_at, record.presenter_ends_at
        if (starts_at is None) != (ends_at is None) or (starts_at and ends_at and ends_at <= starts_at):
            self.frame.report.remarks.append(
                f"{match.place}: the presenter's time needs a start and an end after it; it was left out."
            )
            starts_at = ends_at = None
        return {
            "session": session,
            "format": record.format,
            "board": self._board(match, record, session),
            "position": record.position,
            "presenter_starts_at": starts_at,
            "presenter_ends_at": ends_at,
        }

    def _board(self, match: Match, record: PresentationRecord, session: Session) -> Board | None:
        """The board, where the poster can have it."""
        place = self.frame.place_of(record)
        if place is None:
            return None
        spot = (session.slug, place)
        claimant = self.claims[spot]
        holder = self.held.get(spot)
        if claimant.index != match.index:
            other = claimant.place
        elif holder is not None and holder[1] != match.pk and not self._leaves(holder, spot):
            other = "a poster that stays there"
        else:
            return self.frame.boards[place]
        self.frame.report.remarks.append(
            f"{match.place}: board {place[1]} in “{session.title}” belongs to {other}; it gets none."
        )
        return None

    def _leaves(self, holder: tuple[int, int], spot: Spot) -> bool:
        """Whether the poster on a board goes elsewhere in this import."""
        presentation, poster = holder
        slug, place = spot
        wanted = self.wanted.get(poster, {})
        if self.frame.edits.keep("presentation", presentation, "board"):
            return False
        if slug in wanted:
            return wanted[slug] not in (None, place)
        is_free_to_go = slug in self.of_source or slug in self.given_up
        return is_free_to_go and bool(wanted.keys() - self.sessions_of[poster])

    def write_added(self) -> None:
        """Insert the new presentations collected since the last call."""
        self.frame.write_all(self.added)
        self.added = []

    def settle(self) -> None:
        """Move what moves, all of it leaving before any of it arrives; announced as one change each."""
        moving = {presentation.pk for presentation in self.moved}
        occupied = {spot for spot, (presentation, _) in self.held.items() if presentation not in moving} | self.taken
        for presentation, board in self.waiting:
            presentation.board = board
        arriving = [*self.moved, *(presentation for presentation, _ in self.waiting)]
        for presentation in arriving:
            if presentation.board is None:
                continue
            board = presentation.board
            spot = (presentation.session.slug, (board.room.name, board.label))
            if spot in occupied:
                presentation.board = None
                self.frame.report.remarks.append(
                    f"“{presentation.poster}”: board {board.label} in “{presentation.session.title}” is not free; "
                    "it gets none."
                )
            occupied.add(spot)
        if not arriving or self.frame.is_dry_run:
            return
        before = Presentation.objects.values_of(list(moving))
        unannounced: models.QuerySet[Presentation] = models.QuerySet(Presentation)
        keys = list(moving)
        for start in range(0, len(keys), BATCH):
            unannounced.filter(pk__in=keys[start : start + BATCH]).update(board=None)
        unannounced.bulk_update(arriving, FIELDS, batch_size=BATCH // 10)
        announce_changes(Presentation, before, Presentation.objects.values_of(keys))
