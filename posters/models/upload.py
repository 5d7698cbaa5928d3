"""What organisers bring in by the import page: an upload from its files to its report."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone


class UploadQuerySet(models.QuerySet):
    def newest_first(self) -> "UploadQuerySet":
        """With who brought them, but without what they report."""
        return self.order_by("-created_at").select_related("actor").defer("report", "columns", "fields")


class Upload(models.Model):
    """Files on their way into a programme. No part of it: its report may outlive its conference."""

    class State(models.TextChoices):
        READING = "reading", "Being read"
        MAPPING = "mapping", "Columns to be checked"
        PREVIEWED = "previewed", "Preview, not imported yet"
        IMPORTING = "importing", "Being imported"
        IMPORTED = "imported", "Imported"
        FAILED = "failed", "Could not be read"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    conference = models.SlugField(help_text="Of a conference that need not exist yet.")
    files = models.JSONField(default=list, help_text="The files' names, in order.")
    options = models.JSONField(default=dict, help_text="Of programme.uploads.UploadOptions.")
    state = models.CharField(max_length=20, choices=State, default=State.READING)
    attempt = models.PositiveIntegerField(default=1, help_text="Counts what was started; only the latest may write.")
    error = models.TextField(blank=True)
    has_moved_on = models.BooleanField(default=False, help_text="Previewed again, because the programme had changed.")
    columns = models.JSONField(default=list, help_text="A table's columns as they were read.")
    fields = models.JSONField(default=list, help_text="What a table's column can be.")
    report = models.JSONField(default=dict, help_text="All but the records' outcomes, which are rows of their own.")
    revision = models.PositiveBigIntegerField(default=0, help_text="What the preview was made of; 0: no conference.")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="uploads")
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = UploadQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{', '.join(self.files)} for {self.conference}"

    @property
    def is_running(self) -> bool:
        """Whether a process works on it, or should."""
        return self.state in (self.State.READING, self.State.IMPORTING)


class UploadOutcome(models.Model):
    """What becomes of one record of an upload, kept as a row so that a page needs no more than it shows."""

    class Part(models.TextChoices):
        POSTERS = "posters", "Posters"
        FRAME = "frame", "Frame"
        MISSING = "missing", "Missing"

    upload = models.ForeignKey(Upload, models.CASCADE, related_name="outcomes")
    part = models.CharField(max_length=10, choices=Part)
    position = models.PositiveIntegerField()
    result = models.CharField(max_length=20, help_text="One of programme.report.Result.")
    place = models.TextField()
    name = models.TextField()
    reason = models.TextField(blank=True)
    changes = models.JSONField(default=list)
    has_kept = models.BooleanField(default=False, help_text="Something edited here stays as it is.")

    class Meta:
        ordering = ["part", "position"]
        indexes = [
            models.Index(fields=["upload", "part", "result", "position"], name="outcome_by_result"),
            models.Index(fields=["upload", "has_kept"], name="outcome_by_kept"),
        ]

    def __str__(self) -> str:
        return f"{self.place}: {self.name}"
