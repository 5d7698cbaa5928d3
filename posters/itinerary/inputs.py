"""What an itinerary is planned from, read in a constant number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property

from posters.itinerary.distances import Place
from posters.itinerary.timetable import MINUTE, Engagement, FixedVisit, Showing, Timetable, Wish, whole_minute
from posters.models import Attendance, Board, Duty, Favourite, Itinerary, Poster, Presentation, Session, Visit
from posters.models.attendee import FavouriteQuerySet

EVER = 10**11


def seconds_of(moment: datetime) -> int:
    """Whole seconds since 1970, rounded down."""
    return int(moment.timestamp())


def moment_of(seconds: int) -> datetime:
    """The moment, in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


@dataclass(frozen=True)
class Inputs:
    """An itinerary's wishes and all that bears on them, `now` being when it is planned."""

    itinerary: Itinerary
    favourites: dict[int, Favourite]
    """By poster, must-see and interested ones, of posters that are no drafts."""
    presentations: dict[int, Presentation]
    """Of the favourites and of the attendee's own posters, with session and board, best first."""
    visits: dict[int, Visit]
    """By presentation, cancelled ones too."""
    attendances: list[Attendance]
    own_posters: set[int]
    now: datetime

    @cached_property
    def shown(self) -> dict[int, list[Presentation]]:
        """Of each published poster: its presentations whose times are known."""
        shown: dict[int, list[Presentation]] = {}
        for presentation in self.presentations.values():
            if presentation.session.starts_at and presentation.poster.status == Poster.Status.PUBLISHED:
                shown.setdefault(presentation.poster_id, []).append(presentation)
        return shown

    @cached_property
    def kept(self) -> dict[int, Visit]:
        """The visits that stay as they are, by presentation: visited, pinned or begun."""
        return {
            key: visit
            for key, visit in self.visits.items()
            if self._was_visited(visit)
            or (self._is_wished(visit) and (self._is_pinned(visit) or self._has_begun(visit)))
        }

    def _was_visited(self, visit: Visit) -> bool:
        """What was visited stays in the itinerary, unless it is taken out or hidden by the organisers."""
        return (
            visit.visited_at is not None
            and not visit.is_declined
            and visit.presentation.poster.status != Poster.Status.DRAFT
            and (visit.cancelled_at is None or visit.presentation.poster_id in self.favourites)
        )

    def _is_wished(self, visit: Visit) -> bool:
        poster = visit.presentation.poster_id
        return (
            not visit.is_declined
            and poster in self.favourites
            and poster not in self.own_posters
            and visit.presentation in self.shown.get(poster, ())
            and not self._was_missed(visit)
        )

    def _was_missed(self, visit: Visit) -> bool:
        """Whether the attendee planned again after it should have begun."""
        resumed_at = self.itinerary.resumed_at
        return resumed_at is not None and visit.starts_at < resumed_at

    def _is_pinned(self, visit: Visit) -> bool:
        """A pin holds until the programme moves the session away from it."""
        session = visit.presentation.session
        if not visit.is_pinned or session.starts_at is None or session.ends_at is None:
            return False
        is_inside = session.starts_at <= visit.starts_at and visit.ends_at <= session.ends_at
        return is_inside or session.changed_at <= visit.changed_at

    def _has_begun(self, visit: Visit) -> bool:
        """What began while its session runs is no more moved; when the session is over it does not matter."""
        session = visit.presentation.session
        return (
            visit.cancelled_at is None and session.ends_at is not None and visit.starts_at <= self.now < session.ends_at
        )

    @cached_property
    def timetable(self) -> Timetable:
        """All of it as plain data."""
        kept_posters = {visit.presentation.poster_id for visit in self.kept.values()}
        wishes = [
            Wish(
                poster,
                favourite.interest == Favourite.Interest.MUST_SEE,
                MINUTE * (favourite.dwell_minutes or self.itinerary.attendee.dwell_minutes),
                tuple(self._showings(poster)),
            )
            for poster, favourite in self.favourites.items()
            if poster not in kept_posters and poster not in self.own_posters
        ]
        fixed = [
            FixedVisit(
                visit.presentation.poster_id,
                key,
                seconds_of(visit.starts_at),
                -int(-visit.ends_at.timestamp()),
                place_of(visit.presentation),
            )
            for key, visit in self.kept.items()
            if visit.visited_at is None or visit.starts_at <= visit.visited_at
        ]
        return Timetable(
            wishes=wishes,
            engagements=[*self._attended(), *(duty for duty, _ in self.duties)],
            fixed=fixed,
            standing=self._standing(),
            start=self._start(),
        )

    def _showings(self, poster: int) -> Iterable[Showing]:
        """Where and when it can be seen; not where the attendee took it out."""
        for presentation in self.shown.get(poster, ()):
            visit = self.visits.get(presentation.pk)
            if visit is None or not visit.is_declined:
                yield self.showing(presentation)

    def showing(self, presentation: Presentation) -> Showing:
        """When and where a presentation can be seen: while its presenter is there, if that is known; not before now.

        A session that is over is taken as it was: whoever looks back finds a plan.
        """
        starts_at, ends_at = presenter_hours(presentation)
        opens = max(starts_at, self.now) if self.now < ends_at else starts_at
        is_poster_session = presentation.session.kind == Session.Kind.POSTER
        is_virtual = presentation.format == Presentation.Format.VIRTUAL
        return Showing(
            presentation.pk,
            presentation.session_id,
            whole_minute(seconds_of(opens)),
            seconds_of(ends_at),
            place_of(presentation),
            2 * (not is_poster_session) + is_virtual,
        )

    def _attended(self) -> Iterable[Engagement]:
        for attendance in self.attendances:
            session = attendance.session
            if session.starts_at and session.ends_at:
                yield Engagement(
                    seconds_of(session.starts_at),
                    seconds_of(session.ends_at),
                    Place(session.room_id) if session.room_id else None,
                    session.pk,
                )

    @cached_property
    def duties(self) -> list[tuple[Engagement, Presentation]]:
        """When the attendee stands at posters of their own."""
        duties = []
        for poster in sorted(self.own_posters):
            for presentation in self.shown.get(poster, ()):
                starts_at, ends_at = presenter_hours(presentation)
                engagement = Engagement(seconds_of(starts_at), seconds_of(ends_at), place_of(presentation))
                duties.append((engagement, presentation))
        return duties

    def _standing(self) -> dict[int, tuple[int, int]]:
        standing: dict[int, tuple[int, int]] = {}
        for key in self.presentations:
            visit = self.visits.get(key)
            if visit is not None and visit.cancelled_at is None and self._is_wished(visit):
                standing.setdefault(self.presentations[key].poster_id, (key, seconds_of(visit.starts_at)))
        return standing

    def _start(self) -> Engagement | None:
        resumed_at, board = self.itinerary.resumed_at, self.itinerary.resumed_board
        if resumed_at is None:
            return None
        ends = whole_minute(seconds_of(resumed_at))
        return Engagement(-EVER, ends, board_place(board) if board else None)


def presenter_hours(presentation: Presentation) -> tuple[datetime, datetime]:
    """When somebody stands there: the presenter's hours, where they are known, else the session."""
    session = presentation.session
    if session.starts_at is None or session.ends_at is None:
        raise ValueError(f"{session} has no times.")
    starts_at, ends_at = presentation.presenter_starts_at, presentation.presenter_ends_at
    if starts_at is None or ends_at is None or ends_at <= session.starts_at or session.ends_at <= starts_at:
        return session.starts_at, session.ends_at
    return max(starts_at, session.starts_at), min(ends_at, session.ends_at)


def place_of(presentation: Presentation) -> Place | None:
    """Its board's place, else its session's room; None for a virtual one."""
    if presentation.format == Presentation.Format.VIRTUAL:
        return None
    if presentation.board is not None:
        return board_place(presentation.board)
    room = presentation.session.room_id
    return Place(room) if room else None


def board_place(board: Board) -> Place:
    """The board's place in its room."""
    if board.x_metres is None or board.y_metres is None:
        return Place(board.room_id, board.position)
    return Place(board.room_id, board.position, (board.x_metres, board.y_metres))


def read_inputs(*, itinerary: Itinerary, now: datetime) -> Inputs:
    """Read all that bears on the plan."""
    itinerary = Itinerary.objects.select_related("attendee", "conference", "resumed_board").get(pk=itinerary.pk)
    wishes = wished_favourites(itinerary).select_related("poster").defer("poster__abstract").order_by("poster__number")
    favourites = {wish.poster_id: wish for wish in wishes}
    own_posters = set(Duty.objects.filter(itinerary=itinerary).values_list("poster", flat=True))
    presentations = (
        Presentation.objects.filter(session__conference=itinerary.conference_id)
        .filter(poster__in={*favourites, *own_posters})
        .select_related("session", "board", "poster")
        .defer("poster__abstract", "session__description")
    )
    visits = itinerary.visits.select_related("presentation__session", "presentation__board", "presentation__poster")
    by_preference = sorted(presentations, key=lambda one: (one.session.kind != Session.Kind.POSTER, one.pk))
    return Inputs(
        itinerary=itinerary,
        favourites=favourites,
        presentations={presentation.pk: presentation for presentation in by_preference},
        visits={visit.presentation_id: visit for visit in visits.defer("presentation__poster__abstract")},
        attendances=list(itinerary.attendances.select_related("session").order_by("session")),
        own_posters=own_posters,
        now=now,
    )


def wished_favourites(itinerary: Itinerary) -> FavouriteQuerySet:
    """The attendee's favourites in the itinerary's conference."""
    wishes = Favourite.objects.filter(attendee=itinerary.attendee_id, poster__conference=itinerary.conference_id)
    return wishes.wished()
