"""What attendees want and plan. Personal: never on a programme page, never in anything shared."""

import uuid

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from posters.models.base import PosterStatus
from posters.models.conference import Board, Conference, Session, Topic
from posters.models.poster import Author, Poster, Presentation, title_or_number

LONGEST_DWELL_MINUTES = 120
WHOLE_MINUTES = (MinValueValidator(1), MaxValueValidator(LONGEST_DWELL_MINUTES))


class Attendee(models.Model):
    """A visitor with at least one wish, with or without an account."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, blank=True, related_name="attendee"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    dwell_minutes = models.PositiveSmallIntegerField(
        default=8, validators=WHOLE_MINUTES, help_text="Minutes at a poster, where its favourite names no others."
    )
    minutes_wished_at = models.DateTimeField(null=True, blank=True, editable=False)
    """When these minutes were wished."""
    wants_digest = models.BooleanField(default=False)
    """Said yes to one e-mail for each release of changes to their itineraries."""

    def __str__(self) -> str:
        return f"Attendee {str(self.id)[:8]}"


class FavouriteQuerySet(models.QuerySet):
    def wished(self) -> "FavouriteQuerySet":
        """Those not taken back, of posters that visitors may see."""
        return self.exclude(interest=Favourite.Interest.NONE).exclude(poster__status=PosterStatus.DRAFT)


class Favourite(models.Model):
    """An attendee's latest wish for a poster. One taken back stays as “none”: in a merge the latest wins."""

    class Interest(models.TextChoices):
        MUST_SEE = "must-see", "Must see"
        INTERESTED = "interested", "Interested"
        NONE = "none", "Not a favourite"

    attendee = models.ForeignKey(Attendee, models.CASCADE, related_name="favourites")
    poster = models.ForeignKey(Poster, models.CASCADE, db_index=False, related_name="favourites")
    interest = models.CharField(max_length=20, choices=Interest, default=Interest.INTERESTED)
    wished_at = models.DateTimeField(default=timezone.now)
    dwell_minutes = models.PositiveSmallIntegerField(null=True, blank=True, validators=WHOLE_MINUTES)
    minutes_wished_at = models.DateTimeField(null=True, blank=True, editable=False)
    """When these minutes were wished: of two intents the latest wins."""

    objects = FavouriteQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["attendee", "poster"], name="favourite_once_per_poster")]
        # With all that is counted: 200,000 rows need not be looked up one by one.
        indexes = [models.Index(fields=["poster", "interest", "attendee", "wished_at"], name="favourite_for_figures")]

    def __str__(self) -> str:
        return f"{self.poster}: {self.get_interest_display()}"


class Itinerary(models.Model):
    """An attendee's visits and attendances in one conference."""

    attendee = models.ForeignKey(Attendee, models.CASCADE, related_name="itineraries")
    conference = models.ForeignKey(Conference, models.CASCADE, related_name="itineraries")
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    planned_from = models.CharField(max_length=100, blank=True, editable=False)
    """Fingerprint of the wishes and the programme that the visits were planned from."""
    resumed_at = models.DateTimeField(null=True, blank=True)
    """When the attendee last planned again from where they stood: nothing is planned earlier."""
    resumed_board = models.ForeignKey(Board, models.SET_NULL, null=True, blank=True, related_name="+")
    """Where they stood."""
    seen_revision = models.PositiveBigIntegerField(default=0, editable=False)
    """The programme's revision up to which the attendee has seen what changed."""
    digested_revision = models.PositiveBigIntegerField(default=0, editable=False)
    """The revision up to which a digest has told them."""

    class Meta:
        verbose_name_plural = "itineraries"
        constraints = [models.UniqueConstraint(fields=["attendee", "conference"], name="itinerary_once_per_conference")]

    def __str__(self) -> str:
        return f"{self.attendee} at {self.conference}"


class VisitQuerySet(models.QuerySet):
    def planned(self) -> "VisitQuerySet":
        """Those that stand, in the order of the day."""
        return self.filter(cancelled_at=None).order_by("starts_at", "pk")


class Visit(models.Model):
    """A planned stop at one presentation. One that fell away stays, cancelled: calendars must hear of it."""

    itinerary = models.ForeignKey(Itinerary, models.CASCADE, related_name="visits")
    presentation = models.ForeignKey(Presentation, models.CASCADE, related_name="visits")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    note = models.TextField(blank=True)
    visited_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    is_pinned = models.BooleanField(default=False)
    """The attendee put it there: planning again leaves its times alone."""
    is_declined = models.BooleanField(default=False)
    """The attendee took it out: planning again does not bring it back."""
    note_wished_at = models.DateTimeField(null=True, blank=True, editable=False)
    visited_wished_at = models.DateTimeField(null=True, blank=True, editable=False)
    place_wished_at = models.DateTimeField(null=True, blank=True, editable=False)
    """When the attendee last said each thing, this last one being whether it is pinned or taken out."""
    version = models.PositiveIntegerField(default=1, editable=False)
    """Raised by each change: an edit made on the sight of an older one is told so, not applied over it."""
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = VisitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["itinerary", "presentation"], name="visit_once_per_presentation"),
            models.CheckConstraint(name="visit_ends_after_it_starts", condition=Q(ends_at__gt=F("starts_at"))),
        ]
        indexes = [models.Index(fields=["itinerary", "starts_at"], name="visit_by_time")]

    def __str__(self) -> str:
        return f"{self.presentation} at {self.starts_at:%Y-%m-%d %H:%M} UTC"


class PlannedAttendances(models.Manager):
    def get_queryset(self) -> models.QuerySet:
        return super().get_queryset().filter(is_planned=True)


class Attendance(models.Model):
    """A session the attendee plans to be in. One taken back stays, unseen: of two intents the latest wins."""

    itinerary = models.ForeignKey(Itinerary, models.CASCADE, related_name="attendances")
    session = models.ForeignKey(Session, models.CASCADE, related_name="attendances")
    is_planned = models.BooleanField(default=True, editable=False)
    planned_at = models.DateTimeField(default=timezone.now)
    """When the attendee planned it or took it back."""

    objects = PlannedAttendances()
    intents = models.Manager()  # noqa: DJ012 - the second manager, not a field: those taken back, too

    class Meta:
        constraints = [models.UniqueConstraint(fields=["itinerary", "session"], name="attendance_once_per_session")]

    def __str__(self) -> str:
        return f"{self.session}"


class Duty(models.Model):
    """A poster the attendee presents: they stand at it, and are nowhere else then."""

    itinerary = models.ForeignKey(Itinerary, models.CASCADE, related_name="duties")
    poster = models.ForeignKey(Poster, models.CASCADE, related_name="duties")
    taken_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "duties"
        constraints = [models.UniqueConstraint(fields=["itinerary", "poster"], name="duty_once_per_poster")]

    def __str__(self) -> str:
        return f"{self.poster}"


class Edit(models.Model):
    """What the attendee last did to an itinerary, so that it can be taken back. Only the latest are kept."""

    itinerary = models.ForeignKey(Itinerary, models.CASCADE, related_name="edits")
    made_at = models.DateTimeField(default=timezone.now)
    said = models.CharField(max_length=300)
    """In words, for the button that takes it back."""
    changes = models.JSONField(encoder=DjangoJSONEncoder)
    """A list of {table, key, before, after}: what to put back, and what shows that nobody changed it since."""
    plan_before = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    """{planned_from, visits, left_out}: the plan that stood, to be put back as it was if nothing else has changed."""

    def __str__(self) -> str:
        return self.said


class LeftOut(models.Model):
    """A favourite that has no visit, why, and what would have to give: told when it was planned."""

    itinerary = models.ForeignKey(Itinerary, models.CASCADE, related_name="left_out")
    poster = models.ForeignKey(Poster, models.CASCADE, related_name="+")
    reason = models.TextField()
    session = models.ForeignKey(Session, models.CASCADE, null=True, blank=True, related_name="+")
    """An attended session without which there would be time."""
    instead_of = models.ForeignKey(Poster, models.CASCADE, null=True, blank=True, related_name="+")
    """A poster without whose visit there would be time."""
    dwell_minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    """At this many minutes at each poster of the session at most, there would be time for all."""

    class Meta:
        verbose_name_plural = "left out"
        constraints = [models.UniqueConstraint(fields=["itinerary", "poster"], name="left_out_once_per_poster")]

    def __str__(self) -> str:
        return f"{self.poster}: {self.reason}"


class CalendarFeed(models.Model):
    """A secret, revocable subscription to an itinerary. Only the token's SHA-256 is stored."""

    class Layout(models.TextChoices):
        SESSIONS = "sessions", "One event per session, its visits listed in walking order"
        VISITS = "visits", "One event per visit"

    class Language(models.TextChoices):
        BRITISH_ENGLISH = "en-GB", "English"
        GERMAN = "de", "Deutsch"
        FRENCH = "fr", "Français"

    class Alarm(models.IntegerChoices):
        NONE = 0, "No reminder"
        FIVE_MINUTES = 5, "5 minutes before"
        TEN_MINUTES = 10, "10 minutes before"
        QUARTER_HOUR = 15, "15 minutes before"
        HALF_HOUR = 30, "30 minutes before"
        HOUR = 60, "1 hour before"

    itinerary = models.ForeignKey(Itinerary, models.CASCADE, related_name="feeds")
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)
    layout = models.CharField(max_length=20, choices=Layout, default=Layout.SESSIONS)
    alarm_minutes = models.PositiveSmallIntegerField("reminder", choices=Alarm, default=Alarm.NONE)
    shows_unplanned = models.BooleanField("also favourites that are not planned", default=False)
    language = models.CharField(max_length=10, choices=Language, default=Language.BRITISH_ENGLISH)
    last_fetched_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_client = models.CharField(max_length=40, blank=True, editable=False)
    """The family of client that fetched it, such as Google Calendar; never the whole User-Agent."""
    delivered_revision = models.PositiveBigIntegerField(null=True, blank=True, editable=False)
    """The programme's revision that the client has; none before the first fetch."""
    made_from = models.CharField(max_length=64, blank=True, editable=False)
    """Fingerprint of all that the calendar was last made from."""
    digest = models.CharField(max_length=32, blank=True, editable=False)
    """Of the calendar as it was last made: its ETag."""
    changed_at = models.DateTimeField(null=True, blank=True, editable=False)
    """When it was first made so: its Last-Modified."""
    shown = models.JSONField(default=dict, blank=True, editable=False)
    """The events that stood in it, by UID: title, start, end, SEQUENCE. What falls out must be told as cancelled."""

    def __str__(self) -> str:
        return f"Feed of {self.itinerary} since {self.created_at:%Y-%m-%d}"


class HandOver(models.Model):
    """An offer to open an attendee's itinerary on another device, once; taken up, that device's leave to do so.

    Only the token's SHA-256 is stored. The device's cookie names `uid`: taking the row away ends its leave.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    attendee = models.ForeignKey(Attendee, models.CASCADE, related_name="hand_overs")
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"Hand-over of {self.attendee} since {self.created_at:%Y-%m-%d}"


class Share(models.Model):
    """A link by which others read an itinerary. Revoked, it is gone.

    The token's SHA-256 is stored, and the seed that it is made from with the site's SECRET_KEY: so that it can be
    shown to its owner again.
    """

    itinerary = models.ForeignKey(Itinerary, models.CASCADE, related_name="shares")
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    seed = models.UUIDField(default=uuid.uuid4, editable=False)
    shown_name = models.CharField(max_length=40, blank=True, help_text="Whose it is, for those who open it.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return f"Link to {self.itinerary} since {self.created_at:%Y-%m-%d}"


class RemovedEventQuerySet(models.QuerySet["RemovedEvent"]):
    def with_posters(self) -> "RemovedEventQuerySet":
        """With what `shown_title` asks of their posters."""
        return self.select_related("poster").defer("poster__abstract")


class RemovedEvent(models.Model):
    """What calendars showed and is gone, deleted or out of a plan: they hear of it, for a while, as cancelled.

    In an itinerary's own calendars, or, without one, in the programme's.
    """

    conference = models.ForeignKey(Conference, models.CASCADE, related_name="removed_events")
    itinerary = models.ForeignKey(Itinerary, models.CASCADE, null=True, blank=True, related_name="removed_events")
    poster = models.ForeignKey(Poster, models.SET_NULL, null=True, blank=True, related_name="removed_events")
    """The poster, while it is still there, of a presentation that is not, or is not to be seen."""
    author = models.ForeignKey(Author, models.CASCADE, null=True, blank=True, related_name="removed_events")
    topic = models.ForeignKey(Topic, models.CASCADE, null=True, blank=True, related_name="removed_events")
    """Whose calendar alone it left: it stands in the others."""
    is_session = models.BooleanField()
    """A session as a whole, and not a presentation or visit."""
    is_unplanned = models.BooleanField(default=False)
    """It takes place: the attendee's plan holds it no longer."""
    uid = models.UUIDField()
    title = models.CharField(max_length=500)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    sequence = models.PositiveIntegerField()
    removed_at = models.DateTimeField()

    objects = RemovedEventQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conference", "itinerary", "uid"], name="removed_event_once_per_itinerary")
        ]
        indexes = [models.Index(fields=["itinerary", "removed_at"], name="removed_event_by_itinerary")]

    def __str__(self) -> str:
        return self.title

    @property
    def shown_title(self) -> str:
        """The title it had, while its poster is no draft: a draft's is the organisers' alone."""
        is_draft = self.poster is not None and self.poster.status == PosterStatus.DRAFT
        return title_or_number("", self.poster.number) if self.poster and is_draft else self.title
