"""What a source leaves open about its sessions, and who fills it in: the importing person, the conference's zone."""

import datetime as dt
from dataclasses import dataclass, replace
from functools import partial
from zoneinfo import ZoneInfo

from posters.programme.records import PosterRecord, ProgrammeRecord, UnreadableProgramme
from posters.programme.spool import Mapped


@dataclass(frozen=True)
class SessionOptions:
    """What the importing person says of a source's one session. Naive times are in the conference's zone."""

    slug: str = ""
    starts_at: dt.datetime | None = None
    ends_at: dt.datetime | None = None


def with_session_options(record: ProgrammeRecord, options: SessionOptions, zone: ZoneInfo) -> ProgrammeRecord:
    """The record, its only session as the options say and its posters shown there.

    Raises UnreadableProgramme where there are options and not one session.
    """
    if options == SessionOptions():
        return record
    if len(record.sessions) != 1:
        raise UnreadableProgramme(f"Session options need a source of one session; this one has {len(record.sessions)}.")
    session = record.sessions[0]
    told = replace(
        session,
        slug=options.slug or session.slug,
        starts_at=placed(options.starts_at, zone) or session.starts_at,
        ends_at=placed(options.ends_at, zone) or session.ends_at,
    )
    posters = record.posters
    if options.slug:
        posters = Mapped(partial(_shown_in, options.slug), posters)
    return replace(record, sessions=(told,), posters=posters)


def _shown_in(slug: str, poster: PosterRecord) -> PosterRecord:
    return replace(poster, presentations=tuple(replace(shown, session=slug) for shown in poster.presentations))


def in_zone(record: ProgrammeRecord, zone: ZoneInfo) -> ProgrammeRecord:
    """The record with every time in a zone: those the source gives without one are the conference's, and told."""
    sessions = tuple(
        replace(session, starts_at=placed(session.starts_at, zone), ends_at=placed(session.ends_at, zone))
        for session in record.sessions
    )
    naive = [session.title for session in record.sessions if _is_naive(session.starts_at) or _is_naive(session.ends_at)]
    remarks = list(record.remarks)
    if naive:
        named = "; ".join(f"“{title}”" for title in naive[:5]) + (f" and {len(naive) - 5} more" if naive[5:] else "")
        remarks.append(
            f"sessions without an offset from UTC, taken as in the conference's zone, {zone.key}: {named}. "
            "If that is not their zone, say which: --time-zone, or the conference's page in the admin."
        )
    remarks += [
        f"session “{session.title}”: the clocks change at {moment:%Y-%m-%d %H:%M} in {zone.key}, "
        f"so that time is there twice or not at all; taken as {moment.astimezone(dt.UTC):%H:%M} UTC."
        for session in sessions
        for moment in (session.starts_at, session.ends_at)
        if moment is not None and _is_doubtful(moment)
    ]
    posters = Mapped(partial(_in_zone, zone), record.posters)
    return replace(record, sessions=sessions, posters=posters, remarks=tuple(remarks))


def placed(moment: dt.datetime | None, zone: ZoneInfo) -> dt.datetime | None:
    """A time with its zone: the one given where it has none."""
    return moment.replace(tzinfo=zone) if _is_naive(moment) and moment else moment


def _in_zone(zone: ZoneInfo, poster: PosterRecord) -> PosterRecord:
    if not any(
        _is_naive(shown.presenter_starts_at) or _is_naive(shown.presenter_ends_at) for shown in poster.presentations
    ):
        return poster
    return replace(
        poster,
        presentations=tuple(
            replace(
                shown,
                presenter_starts_at=placed(shown.presenter_starts_at, zone),
                presenter_ends_at=placed(shown.presenter_ends_at, zone),
            )
            for shown in poster.presentations
        ),
    )


def _is_naive(moment: dt.datetime | None) -> bool:
    return moment is not None and moment.utcoffset() is None


def _is_doubtful(moment: dt.datetime) -> bool:
    """Whether a time of day falls into a change of the clocks (PEP 495: its fold makes a difference)."""
    return isinstance(moment.tzinfo, ZoneInfo) and moment.utcoffset() != moment.replace(fold=1).utcoffset()
