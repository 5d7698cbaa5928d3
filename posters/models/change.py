"""What happened to the programme, and what attendees are told."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from posters.models.base import ProgrammeModel
from posters.models.conference import Conference


class Change(models.Model):
    """One field before and after, or a thing added or removed. Written by `programme.revision` alone."""

    class Source(models.TextChoices):
        ADMIN = "admin", "Admin"
        IMPORT = "import", "Import"
        COMMAND = "command", "Command"
        SHELL = "shell", "Elsewhere"

    class Action(models.TextChoices):
        ADDED = "added", "Added"
        CHANGED = "changed", "Changed"
        REMOVED = "removed", "Removed"
        RELEASED = "released", "Released"
        """What was edited by hand follows the source again."""

    conference = models.ForeignKey(Conference, models.CASCADE, related_name="changes")
    revision = models.PositiveBigIntegerField(help_text="The programme's revision that holds it.")
    changed_at = models.DateTimeField(default=timezone.now)
    source = models.CharField(max_length=20, choices=Source)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="programme_changes"
    )
    action = models.CharField(max_length=20, choices=Action)
    model = models.CharField(max_length=30, help_text="What kind of thing, such as poster.")
    object_key = models.BigIntegerField()
    field = models.CharField(max_length=60, blank=True)
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)

    class Meta:
        ordering = ["-revision", "-pk"]
        indexes = [
            models.Index(fields=["conference", "-revision"], name="change_by_revision"),
            models.Index(fields=["conference", "model", "source"], name="change_by_source"),
            models.Index(fields=["model", "object_key"], name="change_by_object"),
        ]
        permissions = [("restore_change", "Can restore fields and undo changes")]

    def __str__(self) -> str:
        return f"{self.model} {self.object_key} {self.action} {self.field}".rstrip()


class Revision(ProgrammeModel):
    """What one change of the programme was as a whole. Only those have one that somebody named or wrote a note to."""

    conference = models.ForeignKey(Conference, models.CASCADE, db_index=False, related_name="revisions")
    revision = models.PositiveBigIntegerField()
    title = models.CharField(max_length=200, blank=True)
    note = models.TextField(blank=True, help_text="For attendees: shown with what moved.")

    class Meta:
        ordering = ["-revision"]
        constraints = [
            models.UniqueConstraint(fields=["conference", "revision"], name="revision_named_once"),
        ]

    def __str__(self) -> str:
        return self.title or f"Revision {self.revision}"


class Announcement(ProgrammeModel):
    """A word to all attendees, shown on programme pages for a window of time."""

    class Part(models.TextChoices):
        ALL = "all", "All pages"
        HOME = "home", "Home page"
        SCHEDULE = "schedule", "Schedule and sessions"
        ITINERARY = "itinerary", "Itineraries"

    conference = models.ForeignKey(Conference, models.CASCADE, related_name="announcements")
    text = models.TextField(help_text="Web addresses in it become links.")
    shown_on = models.CharField(max_length=20, choices=Part, default=Part.ALL)
    shown_from = models.DateTimeField(default=timezone.now)
    shown_until = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-shown_from"]
        constraints = [
            models.CheckConstraint(
                name="announcement_ends_after_it_starts",
                condition=Q(shown_until__isnull=True) | Q(shown_until__gt=F("shown_from")),
                violation_error_message="It ends before it begins.",
            )
        ]

    def __str__(self) -> str:
        return self.text[:80]
