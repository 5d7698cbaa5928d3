"""Posters, who wrote them, and where and when they are shown."""

import uuid

from django.db import models
from django.db.models import F, Prefetch, Q
from django.utils import timezone

from posters.models.base import PosterStatus, ProgrammeModel, ProgrammeQuerySet
from posters.models.conference import Board, Conference, Decision, Session, Topic


class AuthorQuerySet(ProgrammeQuerySet):
    def public(self) -> "AuthorQuerySet":
        """Authors of at least one poster that visitors may see."""
        return self.filter(conference__is_published=True).filter(
            models.Exists(
                Authorship.objects.filter(author=models.OuterRef("pk")).exclude(poster__status=PosterStatus.DRAFT)
            )
        )

    def formerly(self, slug: str) -> "Author | None":
        """Who has become of the one who had this slug, where an organiser has merged two."""
        return self.filter(former__slug=slug).order_by("-former__pk").first()  # type: ignore[return-value]  # of Author


class Author(ProgrammeModel):
    """A person in one conference. Two persons may share a name: the slug tells them apart."""

    posters_path = "authorships__poster"

    conference = models.ForeignKey(Conference, models.CASCADE, related_name="authors")
    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=120)
    source_id = models.CharField(
        max_length=100, blank=True, help_text="The person's key in the source, where it has one."
    )

    objects = AuthorQuerySet.as_manager()  # type: ignore[misc]  # the base's is a ClassVar

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["conference", "slug"], name="author_slug_once_per_conference"),
            models.UniqueConstraint(
                fields=["conference", "source_id"],
                condition=~Q(source_id=""),
                name="author_source_id_once_per_conference",
            ),
        ]
        indexes = [models.Index(fields=["conference", "name"], name="author_by_name")]

    def __str__(self) -> str:
        return self.name


class FormerAuthor(ProgrammeModel):
    """Who an author was, too, before two were merged: by it old addresses, and imports, find the one that is left."""

    conference = models.ForeignKey(Conference, models.CASCADE, related_name="former_authors")
    author = models.ForeignKey(Author, models.CASCADE, related_name="former")
    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=120)
    source_id = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["name", "slug"]
        indexes = [models.Index(fields=["conference", "slug"], name="former_author_by_slug")]

    def __str__(self) -> str:
        return f"{self.name} ({self.slug})"


class PosterQuerySet(ProgrammeQuerySet):
    def public(self) -> "PosterQuerySet":
        """Posters that visitors may see, withdrawn ones included: they are shown as withdrawn."""
        return self.filter(conference__is_published=True).exclude(status=PosterStatus.DRAFT)

    def with_listing(self) -> "PosterQuerySet":
        """All that a list row shows, in a constant number of queries."""
        return self.select_related("decision").prefetch_related(
            Prefetch("authorships", Authorship.objects.select_related("author").order_by("position")),
            Prefetch("presentations", Presentation.objects.with_place().in_time_order()),
        )


def split_keywords(text: str) -> tuple[str, ...]:
    """The keywords of a poster, out of the column that holds them all."""
    return tuple(keyword for part in text.split(";") if (keyword := part.strip()))


def title_or_number(title: str, number: int) -> str:
    """What a poster is called where its source gives it no title."""
    return title or f"Untitled poster {number}"


class Poster(ProgrammeModel):
    """One contribution. Where and when it is shown is its presentations' matter."""

    door_columns = ("source_key",)
    poster_column = "pk"

    Status = PosterStatus

    conference = models.ForeignKey(Conference, models.CASCADE, related_name="posters")
    number = models.PositiveIntegerField(help_text="In its address; it stays.")
    title = models.CharField(max_length=500, blank=True, help_text="May hold LaTeX.")
    abstract = models.TextField(blank=True, help_text="May hold LaTeX.")
    keywords = models.CharField(max_length=500, blank=True, help_text="Separated by semicolons.")
    decision = models.ForeignKey(Decision, models.SET_NULL, null=True, blank=True, related_name="posters")
    topics = models.ManyToManyField(Topic, through="PosterTopic", blank=True, related_name="posters")
    authors = models.ManyToManyField(Author, through="Authorship", related_name="posters")
    status = models.CharField(max_length=20, choices=PosterStatus, default=PosterStatus.PUBLISHED)
    withdrawal_reason = models.CharField(
        max_length=300, blank=True, help_text="Shown to attendees while it is withdrawn."
    )
    image = models.ImageField("picture", blank=True, help_text="PNG, JPEG or WebP, at most 10 MB.")
    """The name under which it is kept tells its content and its size (`pictures`)."""
    source_id = models.CharField(
        max_length=200, blank=True, help_text="The record's key in the source, where it has one."
    )
    source_key = models.CharField(
        max_length=64,
        blank=True,
        editable=False,
        help_text="By what an import recognises it when the source has no keys.",
    )

    objects = PosterQuerySet.as_manager()  # type: ignore[misc]  # the base's is a ClassVar

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["conference", "number"], name="poster_number_once_per_conference"),
            models.UniqueConstraint(
                fields=["conference", "source_id"],
                condition=~Q(source_id=""),
                name="poster_source_id_once_per_conference",
            ),
        ]
        indexes = [
            models.Index(fields=["conference", "decision", "status"], name="poster_by_decision"),
            models.Index(fields=["conference", "number", "status", "decision", "id"], name="poster_for_facets"),
            models.Index(fields=["conference", "title"], name="poster_by_title"),
            # Who asks for a picture knows its name alone.
            models.Index(fields=["image"], name="poster_by_image"),
        ]

    def __str__(self) -> str:
        return self.display_title

    @property
    def display_title(self) -> str:
        """Its title, LaTeX as in the source; a poster without one is told by its number."""
        return title_or_number(self.title, self.number)

    @property
    def is_withdrawn(self) -> bool:
        return self.status == PosterStatus.WITHDRAWN


class PosterTopic(ProgrammeModel):
    """A poster's place under a topic."""

    conference_path = "poster__conference_id"
    poster_column = "poster_id"

    poster = models.ForeignKey(Poster, models.CASCADE, db_index=False, related_name="poster_topics")
    topic = models.ForeignKey(Topic, models.CASCADE, db_index=False, related_name="poster_topics")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["poster", "topic"], name="topic_once_per_poster")]
        indexes = [models.Index(fields=["topic", "poster"], name="topic_for_facets")]

    def __str__(self) -> str:
        return f"{self.poster} · {self.topic}"


class Authorship(ProgrammeModel):
    """An author's place on a poster."""

    conference_path = "poster__conference_id"
    poster_column = "poster_id"

    poster = models.ForeignKey(Poster, models.CASCADE, db_index=False, related_name="authorships")
    author = models.ForeignKey(Author, models.CASCADE, related_name="authorships")
    position = models.PositiveIntegerField(help_text="1 is the first author.")
    affiliation = models.CharField(max_length=500, blank=True, help_text="As printed.")
    is_presenter = models.BooleanField("presenter", default=False)

    class Meta:
        ordering = ["poster", "position"]
        constraints = [
            models.UniqueConstraint(fields=["poster", "position"], name="author_position_once_per_poster"),
            models.UniqueConstraint(fields=["poster", "author"], name="author_once_per_poster"),
        ]

    def __str__(self) -> str:
        return f"{self.author} ({self.position})"


class PresentationQuerySet(ProgrammeQuerySet):
    def public(self) -> "PresentationQuerySet":
        """Presentations of posters that visitors may see."""
        return self.filter(session__conference__is_published=True).exclude(poster__status=PosterStatus.DRAFT)

    def with_place(self) -> "PresentationQuerySet":
        """Session, room and board, in one query."""
        return self.select_related("session__room", "board__room")

    def in_time_order(self) -> "PresentationQuerySet":
        """By session, those without a time last."""
        return self.order_by(F("session__starts_at").asc(nulls_last=True), "session__title", "pk")

    def in_walking_order(self) -> "PresentationQuerySet":
        """Along the boards, session by session; those without a board after them, as listed."""
        return self.order_by(
            F("session__starts_at").asc(nulls_last=True),
            "session",
            F("board__room__name").asc(nulls_last=True),
            F("board__position").asc(nulls_last=True),
            "board__label",
            "position",
            "poster__number",
        )


class Presentation(ProgrammeModel):
    """One poster in one session, at one board. Its identity stays when its board changes."""

    conference_path = "session__conference_id"
    poster_column = "poster_id"
    door_columns = ("sequence", "changed_at")

    class Format(models.TextChoices):
        IN_PERSON = "in-person", "In person"
        VIRTUAL = "virtual", "Virtual"

    poster = models.ForeignKey(Poster, models.CASCADE, db_index=False, related_name="presentations")
    session = models.ForeignKey(Session, models.CASCADE, db_index=False, related_name="presentations")
    board = models.ForeignKey(Board, models.SET_NULL, null=True, blank=True, related_name="presentations")
    format = models.CharField(max_length=20, choices=Format, default=Format.IN_PERSON)
    position = models.PositiveIntegerField(default=0, help_text="Its place in the session's list.")
    presenter_starts_at = models.DateTimeField(
        "presenter from",
        null=True,
        blank=True,
        help_text="The part of the session in which the presenter stands there.",
    )
    presenter_ends_at = models.DateTimeField("presenter until", null=True, blank=True)
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveIntegerField(default=0, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PresentationQuerySet.as_manager()  # type: ignore[misc]  # the base's is a ClassVar

    class Meta:
        ordering = ["session", "position"]
        constraints = [
            models.UniqueConstraint(fields=["poster", "session"], name="poster_once_per_session"),
            models.UniqueConstraint(
                fields=["board", "session"],
                name="board_once_per_session",
                violation_error_message="Another poster hangs on this board in this session.",
            ),
            models.CheckConstraint(
                name="presenter_ends_after_starting",
                condition=Q(presenter_starts_at__isnull=True, presenter_ends_at__isnull=True)
                | Q(
                    presenter_starts_at__isnull=False,
                    presenter_ends_at__isnull=False,
                    presenter_ends_at__gt=F("presenter_starts_at"),
                ),
                violation_error_message="The presenter has both times, the end after the start, or neither.",
            ),
        ]
        indexes = [
            models.Index(fields=["session", "position"], name="presentation_by_position"),
            models.Index(fields=["session", "format", "poster"], name="presentation_for_facets"),
        ]

    def __str__(self) -> str:
        return f"{self.poster} in {self.session}"


class Link(ProgrammeModel):
    """Something elsewhere that belongs to a poster or to a session: the paper, a video, the chat."""

    poster_column = "poster_id"

    class Kind(models.TextChoices):
        PAPER = "paper", "Paper"
        VIDEO = "video", "Video"
        SLIDES = "slides", "Slides"
        CODE = "code", "Code"
        CHAT = "chat", "Chat"
        STREAM = "stream", "Live stream"
        OTHER = "other", "Website"

    TAKING_PART = (Kind.STREAM, Kind.CHAT)
    """Where one takes part from afar: calendars show them."""

    conference = models.ForeignKey(Conference, models.CASCADE, db_index=False, related_name="links")
    poster = models.ForeignKey(Poster, models.CASCADE, null=True, blank=True, db_index=False, related_name="links")
    session = models.ForeignKey(Session, models.CASCADE, null=True, blank=True, related_name="links")
    kind = models.CharField(max_length=20, choices=Kind)
    url = models.URLField("address", max_length=500)
    label = models.CharField(max_length=100, blank=True, help_text="Where its kind does not say enough.")

    class Meta:
        ordering = ["kind", "pk"]
        constraints = [
            models.CheckConstraint(
                name="link_of_a_poster_or_a_session",
                condition=Q(poster__isnull=False, session__isnull=True) | Q(poster__isnull=True, session__isnull=False),
                violation_error_message="A link belongs to a poster or to a session.",
            ),
            models.UniqueConstraint(fields=["poster", "kind", "url"], name="link_once_per_poster"),
            models.UniqueConstraint(fields=["session", "kind", "url"], name="link_once_per_session"),
        ]
        indexes = [models.Index(fields=["conference", "kind", "poster"], name="link_for_facets")]

    def __str__(self) -> str:
        return self.label or self.get_kind_display()

    def save(self, *args: object, **kwargs: object) -> None:
        owner = self.poster or self.session
        if owner is not None:
            self.conference_id = owner.conference_id
        super().save(*args, **kwargs)
