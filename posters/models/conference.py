"""A conference's frame: the edition, its rooms and boards, its sessions, its vocabularies."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from posters.models.base import PosterStatus, ProgrammeModel, ProgrammeQuerySet

RESERVED_SLUGS = frozenset({"account", "admin", "api", "calendar", "healthz", "me", "media", "readyz", "static"})
"""First parts of the site's own addresses, which no conference may take."""


def validate_time_zone(name: str) -> None:
    """Raises ValidationError unless the name is in the IANA time zone database."""
    if name not in available_timezones():
        raise ValidationError(f"“{name}” is not a time zone of the IANA database, such as Africa/Kigali.")


def validate_conference_slug(slug: str) -> None:
    """Raises ValidationError for a slug that would hide one of the site's own addresses."""
    if slug in RESERVED_SLUGS:
        raise ValidationError(f"“{slug}” is an address of the site itself.")


class ConferenceQuerySet(ProgrammeQuerySet):
    def public(self) -> "ConferenceQuerySet":
        """Conferences that visitors may see."""
        return self.filter(is_published=True)

    def newest_first(self) -> "ConferenceQuerySet":
        """In the order of the yearly menu."""
        return self.order_by("-year", "name")

    def current(self, *, today: date) -> "Conference | None":
        """The edition a visitor most likely means: the one running, else the next, else the latest."""
        conferences = list(self.public())
        coming = [c for c in conferences if c.ends_on and c.ends_on >= today]
        if coming:
            return min(coming, key=lambda c: (c.starts_on or c.ends_on, c.pk))
        return max(conferences, key=lambda c: (c.ends_on or date(c.year, 1, 1), c.pk), default=None)


class Conference(ProgrammeModel):
    """One edition of a conference."""

    announcements_shown: Sequence[models.Model] = ()
    """What the page that is being made tells all attendees: a page that does puts it here."""

    conference_path = "id"
    posters_path = "posters"
    door_columns = ("revision", "changed_at")

    name = models.CharField(max_length=200, help_text="As printed, with the year: “ICLR 2023”.")
    slug = models.SlugField(
        unique=True, validators=[validate_conference_slug], help_text="First part of every address."
    )
    year = models.PositiveSmallIntegerField()
    time_zone = models.CharField(
        max_length=64,
        default="UTC",
        validators=[validate_time_zone],
        help_text="IANA name, such as Africa/Kigali.",
    )
    venue = models.CharField(max_length=200, blank=True, help_text="Building, city, country.")
    starts_on = models.DateField("first day", null=True, blank=True)
    ends_on = models.DateField("last day", null=True, blank=True)
    description = models.TextField(blank=True, help_text="Shown at the top of the conference's home.")
    website_url = models.URLField("website", blank=True)
    accent_colour = models.CharField(
        max_length=7,
        default="#0b6b5e",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}$", "Write the colour as # and six hexadecimal digits.")],
    )
    is_published = models.BooleanField("published", default=False, help_text="Visitors see the programme.")
    is_archived = models.BooleanField(
        "archived",
        default=False,
        help_text="Visitors still see it, with a word that it is over; nothing in it changes until it is reopened.",
    )
    shows_favourite_counts = models.BooleanField(
        default=False, help_text="A poster's page says how many have starred it, from 5 up."
    )
    latitude = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(-90), MaxValueValidator(90)],
        help_text="Of the venue, in degrees north: maps in calendars lead there.",
    )
    longitude = models.FloatField(
        null=True,
        blank=True,
        validators=[MinValueValidator(-180), MaxValueValidator(180)],
        help_text="In degrees east.",
    )
    revision = models.PositiveBigIntegerField(default=1, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    """When the revision was last raised."""

    objects = ConferenceQuerySet.as_manager()  # type: ignore[misc]  # the base's is a ClassVar

    class Meta:
        ordering = ["-year", "name"]
        permissions = [
            ("edit_texts", "Can edit the texts of the programme"),
            ("export_programme", "Can export the programme, drafts included"),
        ]
        constraints = [
            models.CheckConstraint(
                name="conference_ends_after_it_starts",
                condition=Q(starts_on=None) | Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                violation_error_message="The last day is before the first.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def state(self) -> str:
        """Draft, published or archived: how visitors see it."""
        if not self.is_published:
            return "draft"
        return "archived" if self.is_archived else "published"

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which its times are shown."""
        return ZoneInfo(self.time_zone)


class Room(ProgrammeModel):
    """A room or hall."""

    posters_path = "boards__presentations__poster"

    conference = models.ForeignKey(Conference, models.CASCADE, related_name="rooms")
    name = models.CharField(max_length=100)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["conference", "name"], name="room_name_once_per_conference")]

    def __str__(self) -> str:
        return self.name


class Board(ProgrammeModel):
    """A place in a room where one poster hangs at a time."""

    conference_path = "room__conference_id"
    posters_path = "presentations__poster"

    room = models.ForeignKey(Room, models.CASCADE, related_name="boards")
    label = models.CharField(max_length=20, help_text="As written on the board: “A12”.")
    position = models.PositiveIntegerField(default=0, help_text="Its place on a walk through the room.")
    x_metres = models.FloatField("x (m)", null=True, blank=True, help_text="From the room's left wall.")
    y_metres = models.FloatField("y (m)", null=True, blank=True, help_text="From the room's front wall.")

    class Meta:
        ordering = ["room", "position", "label"]
        constraints = [models.UniqueConstraint(fields=["room", "label"], name="board_label_once_per_room")]

    def __str__(self) -> str:
        return self.label


class SessionQuerySet(ProgrammeQuerySet):
    def public(self) -> "SessionQuerySet":
        """Sessions that visitors may see."""
        return self.filter(conference__is_published=True)

    def in_time_order(self) -> "SessionQuerySet":
        """By start, those without a time last."""
        return self.order_by(F("starts_at").asc(nulls_last=True), "ends_at", "title", "pk")

    def with_schedule(self) -> "SessionQuerySet":
        """All that a session card shows, in one query."""
        return self.select_related("room").annotate(
            poster_count=models.Count(
                "presentations", filter=~Q(presentations__poster__status=PosterStatus.DRAFT), distinct=True
            )
        )


class Session(ProgrammeModel):
    """A time window of a kind. Its times may still be unknown: then both are empty."""

    door_columns = ("sequence", "changed_at")
    posters_path = "presentations__poster"

    class Kind(models.TextChoices):
        POSTER = "poster", "Poster session"
        ORAL = "oral", "Oral session"
        KEYNOTE = "keynote", "Keynote"
        WORKSHOP = "workshop", "Workshop"
        SOCIAL = "social", "Social event"
        BREAK = "break", "Break"

    conference = models.ForeignKey(Conference, models.CASCADE, related_name="sessions")
    slug = models.SlugField(max_length=100)
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.POSTER)
    room = models.ForeignKey(Room, models.SET_NULL, null=True, blank=True, related_name="sessions")
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    description = models.TextField(blank=True)
    chairs = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        blank=True,
        limit_choices_to={"is_staff": True},
        related_name="chaired_sessions",
        help_text="Who has the role “Session chair” arranges the posters of the sessions they chair.",
    )
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = SessionQuerySet.as_manager()  # type: ignore[misc]  # the base's is a ClassVar

    class Meta:
        ordering = ["starts_at", "title"]
        permissions = [("chair_sessions", "Can arrange the sessions they chair")]
        constraints = [
            models.UniqueConstraint(fields=["conference", "slug"], name="session_slug_once_per_conference"),
            models.CheckConstraint(
                name="session_ends_after_it_starts",
                condition=Q(starts_at__isnull=True, ends_at__isnull=True)
                | Q(starts_at__isnull=False, ends_at__isnull=False, ends_at__gt=F("starts_at")),
                violation_error_message="A session has both times, the end after the start, or neither.",
            ),
        ]
        indexes = [models.Index(fields=["conference", "starts_at"], name="session_by_time")]

    def __str__(self) -> str:
        return self.title

    @property
    def duration(self) -> timedelta | None:
        """Its length, where its times are known."""
        return self.ends_at - self.starts_at if self.starts_at and self.ends_at else None


class Topic(ProgrammeModel):
    """A subject that posters share; a path such as “Theory → Optimisation” by its parent."""

    posters_path = "poster_topics__poster"

    conference = models.ForeignKey(Conference, models.CASCADE, related_name="topics")
    parent = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="children")
    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=100)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["conference", "slug"], name="topic_slug_once_per_conference")]

    def __str__(self) -> str:
        return self.name

    def with_narrower(self) -> set[int]:
        """The keys of this topic and of all under it."""
        parents = dict(Topic.objects.filter(conference=self.conference_id).values_list("pk", "parent"))
        return narrower_topics(self.pk, parents)


def narrower_topics(topic: int, parents: Mapping[int, int | None]) -> set[int]:
    """The keys of a topic and of all under it, by each one's parent."""
    found: set[int] = set()
    layer = {topic}
    while layer:
        found |= layer
        layer = {key for key, parent in parents.items() if parent in layer} - found
    return found


class Decision(ProgrammeModel):
    """What the reviewers decided: an ordered vocabulary of each conference."""

    posters_path = "posters"

    conference = models.ForeignKey(Conference, models.CASCADE, related_name="decisions")
    name = models.CharField(max_length=100)
    slug = models.SlugField(max_length=100)
    rank = models.PositiveSmallIntegerField(default=0, help_text="The highest distinction has the highest rank.")

    class Meta:
        ordering = ["-rank", "name"]
        constraints = [models.UniqueConstraint(fields=["conference", "slug"], name="decision_slug_once_per_conference")]

    def __str__(self) -> str:
        return self.name
