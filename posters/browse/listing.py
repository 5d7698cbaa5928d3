"""What a list of posters shows, read in three queries however long the list is.

Rows are plain data and not models: a session page shows 1,250 posters with 5,600 authors, and making
objects of them all would take longer than writing the page.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from posters.models import Authorship, Poster, Presentation, Session, title_or_number
from posters.models.base import PosterStatus

FORMAT_LABELS = dict(Presentation.Format.choices)


@dataclass(frozen=True, slots=True)
class Place:
    """One presentation: session, board and format."""

    session: str
    session_slug: str
    starts_at: datetime | None
    board: str
    room: str
    format: str


@dataclass(frozen=True, slots=True)
class PosterRow:
    """One line of a list. `number` is text: it is shown as it is, without thousands separators."""

    key: int
    number: str
    title: str
    abstract: str
    decision: str
    is_withdrawn: bool
    withdrawal_reason: str = ""
    """Empty, too, for one that is not withdrawn."""
    authors: list[tuple[str, str]] = field(default_factory=list)
    """Name and slug of each, in order."""
    places: list[Place] = field(default_factory=list)
    shares: str = ""
    """Where it is recommended: what it shares with the poster that it is recommended for."""
    because: str = ""
    """That poster's title, where the page is not that poster's."""

    @property
    def board(self) -> str:
        """The first board it hangs at, if any."""
        return next((place.board for place in self.places if place.board), "")

    @property
    def is_in_several_places(self) -> bool:
        return len(self.places) > 1

    @property
    def formats(self) -> list[str]:
        """How it is presented, each way once."""
        return list(dict.fromkeys(place.format for place in self.places))


def list_posters(keys: Sequence[int], *, session: Session | None = None) -> list[PosterRow]:
    """Rows for posters by primary key, in the keys' order.

    `session` leaves out other sessions' presentations.
    """
    if not keys:
        return []
    rows = {
        key: PosterRow(
            key=key,
            number=str(number),
            title=title_or_number(title, number),
            abstract=abstract,
            decision=decision or "",
            is_withdrawn=status == PosterStatus.WITHDRAWN,
            withdrawal_reason=reason if status == PosterStatus.WITHDRAWN else "",
        )
        for key, number, title, abstract, status, reason, decision in Poster.objects.filter(pk__in=keys).values_list(
            "pk", "number", "title", "abstract", "status", "withdrawal_reason", "decision__name"
        )
    }
    authorships = Authorship.objects.filter(poster__in=keys).order_by("poster", "position")
    for key, name, slug in authorships.values_list("poster", "author__name", "author__slug"):
        rows[key].authors.append((name, slug))
    for key, places in _places(keys, session).items():
        rows[key].places.extend(places)
    return [rows[key] for key in keys if key in rows]


def _places(keys: Sequence[int], session: Session | None) -> dict[int, list[Place]]:
    presentations = Presentation.objects.filter(poster__in=keys).in_time_order()
    if session is not None:
        presentations = presentations.filter(session=session)
    places: dict[int, list[Place]] = defaultdict(list)
    for key, title, slug, starts_at, label, board_room, session_room, form in presentations.values_list(
        "poster",
        "session__title",
        "session__slug",
        "session__starts_at",
        "board__label",
        "board__room__name",
        "session__room__name",
        "format",
    ):
        place = Place(title, slug, starts_at, label or "", board_room or session_room or "", FORMAT_LABELS[form])
        places[key].append(place)
    return places


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Posters of one session; without `place`, those that have none yet."""

    place: Place | None
    rows: list[PosterRow]


def by_session(rows: Sequence[PosterRow]) -> list[RowGroup]:
    """Rows under their first session, in time order; nothing twice."""
    groups: dict[str, RowGroup] = {}
    for row in rows:
        place = row.places[0] if row.places else None
        groups.setdefault(place.session_slug if place else "", RowGroup(place, [])).rows.append(row)
    return sorted(groups.values(), key=_time_of)


def _time_of(group: RowGroup) -> tuple[bool, bool, str]:
    starts_at = group.place.starts_at if group.place else None
    return (group.place is None, starts_at is None, starts_at.isoformat() if starts_at else "")
