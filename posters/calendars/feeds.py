"""Subscriptions: made, found by their token, revoked, and what each has delivered.

A token is 256 random bits. It is shown once, when the feed is made; what is stored is its SHA-256.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Max

from posters.calendars.events import CANCELLED_SHOWN, CalendarOptions
from posters.models import CalendarFeed, Itinerary
from posters.models.rows import moment_of, read_rows
from posters.tokens import new_token, sha256_of

MOST_FEEDS = 20
"""Subscriptions of one itinerary at a time."""
ANSWERS_FOR = timedelta(days=366)
"""After the conference's last day."""
NOTED_EVERY = timedelta(minutes=5)
"""A feed that is fetched more often is written down no more often: a poll with nothing new costs one query."""


class TooManyFeeds(Exception):
    """The itinerary has as many subscriptions as it may have."""


@dataclass(frozen=True, slots=True)
class FoundFeed:
    """A feed as it stands at a request, with the state of its itinerary: all in one query."""

    key: int
    itinerary_key: int
    conference_slug: str
    is_published: bool
    last_day: date | None
    year: int
    revision: int
    options: CalendarOptions
    revoked_at: datetime | None
    last_fetched_at: datetime | None
    last_client: str
    delivered_revision: int | None
    made_from: str
    """The state that the calendar was last made from."""
    digest: str
    """Of the calendar as it was last made."""
    changed_at: datetime | None
    """When it was first made so."""
    state: str
    """Fingerprint of all that the itinerary's calendars are made from."""

    @property
    def is_unchanged(self) -> bool:
        """Whether it would be made just as it was."""
        return self.made_from == self.state

    def is_over(self, *, today: date) -> bool:
        """Whether it has ended: a good while after the event, and never before."""
        return today > (self.last_day or date(self.year, 12, 31)) + ANSWERS_FOR


def create_feed(*, itinerary: Itinerary, options: CalendarOptions, now: datetime) -> tuple[CalendarFeed, str]:
    """A new feed, and its token: here and never again. Raises TooManyFeeds."""
    if itinerary.feeds.filter(revoked_at=None).count() >= MOST_FEEDS:
        raise TooManyFeeds
    token = new_token()
    feed = CalendarFeed.objects.create(
        itinerary=itinerary,
        token_sha256=sha256_of(token),
        created_at=now,
        layout=options.layout,
        alarm_minutes=options.alarm_minutes,
        shows_unplanned=options.shows_unplanned,
        language=options.language,
    )
    return feed, token


def revoke_feed(*, feed: CalendarFeed, now: datetime) -> None:
    """End a feed. Safe to repeat."""
    CalendarFeed.objects.filter(pk=feed.pk, revoked_at=None).update(revoked_at=now)


def delivered_revision(itinerary: Itinerary) -> int | None:
    """The latest revision of the programme that a calendar of the attendee has; None where none was fetched.

    What changed up to it the attendee has been told: a digest begins after it.
    """
    feeds = itinerary.feeds.filter(revoked_at=None)
    latest: int | None = feeds.aggregate(latest=Max("delivered_revision"))["latest"]
    return latest


def record_delivery(*, feed: FoundFeed, client: str, now: datetime) -> None:
    """Note who fetched the feed and what it has now; one UPDATE, and none where nothing new is to be told."""
    is_noted = feed.last_fetched_at is not None and now - feed.last_fetched_at < NOTED_EVERY
    if is_noted and (feed.delivered_revision, feed.last_client) == (feed.revision, client):
        return
    CalendarFeed.objects.filter(pk=feed.key).update(
        last_fetched_at=now, last_client=client, delivered_revision=feed.revision
    )


STATE_SQL = """
    c.revision, COALESCE(i.planned_from, ''), COALESCE(CAST(i.resumed_at AS text), ''),
    COALESCE(i.resumed_board_id, 0), a.dwell_minutes,
    (SELECT COUNT(*) || ' ' || COALESCE(CAST(MAX(wished_at) AS text), '') || ' ' || COALESCE(SUM(dwell_minutes), 0)
            || ' ' || COALESCE(SUM(CASE interest WHEN 'must-see' THEN 2 WHEN 'interested' THEN 1 ELSE 0 END
                                   * poster_id), 0)
       FROM posters_favourite WHERE attendee_id = a.id),
    (SELECT COUNT(*) || ' ' || COALESCE(CAST(MAX(planned_at) AS text), '')
            || ' ' || COALESCE(SUM(CASE WHEN is_planned THEN session_id ELSE 0 END), 0)
       FROM posters_attendance WHERE itinerary_id = i.id),
    (SELECT COUNT(*) || ' ' || COALESCE(CAST(MAX(taken_at) AS text), '') FROM posters_duty WHERE itinerary_id = i.id),
    (SELECT COUNT(*) || ' ' || COALESCE(CAST(MAX(changed_at) AS text), '') || ' ' || COALESCE(SUM(sequence), 0)
            || ' ' || COALESCE(SUM(version), 0)
            || ' ' || COALESCE(SUM(CASE WHEN cancelled_at > %s THEN 1 ELSE 0 END), 0)
       FROM posters_visit WHERE itinerary_id = i.id),
    (SELECT COUNT(*) || ' ' || COALESCE(CAST(MAX(removed_at) AS text), '')
       FROM posters_removedevent WHERE itinerary_id = i.id AND removed_at > %s)
"""
"""All that decides an itinerary's calendars, but the options. Asked at every poll, so without the ORM.

Wishes sent late, with a time before others', leave the latest time as it is: what is wished is summed up, too.
"""
FROM_SQL = """
    posters_itinerary i
    JOIN posters_attendee a ON a.id = i.attendee_id
    JOIN posters_conference c ON c.id = i.conference_id
"""


FEED_SQL = f"""
    SELECT f.id, i.id, c.slug, c.is_published, c.ends_on, c.year, c.revision,
    f.layout, f.alarm_minutes, f.shows_unplanned, f.language,
    f.revoked_at, f.last_fetched_at, f.last_client, f.delivered_revision, f.made_from, f.digest, f.changed_at,
    {STATE_SQL} FROM {FROM_SQL} JOIN posters_calendarfeed f ON f.itinerary_id = i.id WHERE f.token_sha256 = %s
"""  # noqa: S608 - put together from constants
ITINERARY_SQL = f"SELECT {STATE_SQL} FROM {FROM_SQL} WHERE i.id = %s"  # noqa: S608 - the same


def find_feed(token: str, *, release: str, now: datetime) -> FoundFeed | None:
    """The feed of a token, revoked or not; None if there is none."""
    since = connection.ops.adapt_datetimefield_value(now - CANCELLED_SHOWN)
    rows = read_rows(FEED_SQL, [since, since, sha256_of(token)])
    if not rows:
        return None
    (row,) = rows
    key, itinerary, slug, is_published, last_day, year, revision, *options = row[:11]
    layout, alarm_minutes, shows_unplanned, language = options
    revoked_at, fetched_at, client, delivered, made_from, digest, changed_at = row[11:18]
    return FoundFeed(
        key=key,
        itinerary_key=itinerary,
        conference_slug=slug,
        is_published=bool(is_published),
        last_day=_day(last_day),
        year=year,
        revision=revision,
        options=CalendarOptions(layout, alarm_minutes, bool(shows_unplanned), language),
        revoked_at=moment_of(revoked_at),
        last_fetched_at=moment_of(fetched_at),
        last_client=client,
        delivered_revision=delivered,
        made_from=made_from,
        digest=digest,
        changed_at=moment_of(changed_at),
        state=_state(row[18:], release),
    )


def itinerary_state(itinerary: Itinerary, *, release: str, now: datetime) -> str:
    """Fingerprint of all that the itinerary's calendars are made from."""
    since = connection.ops.adapt_datetimefield_value(now - CANCELLED_SHOWN)
    (row,) = read_rows(ITINERARY_SQL, [since, since, itinerary.pk])
    return _state(row, release)


def _state(row: Sequence[object], release: str) -> str:
    return hashlib.sha256(f"{release} {row}".encode()).hexdigest()


def _day(value: date | str | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value
