"""Admin pages of a conference's frame: the edition, sessions, vocabularies, rooms, announcements."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db.models import F, Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, reverse
from django.utils import timezone
from django.utils.html import format_html

from posters.models import (
    Announcement,
    Author,
    Board,
    Conference,
    Link,
    Poster,
    PosterTopic,
    Presentation,
    Room,
    Session,
)
from posters.organise import hall_pages, signs
from posters.organise.base import ProgrammeAdmin, ProgrammeInline, filtered_list, on_clocks
from posters.organise.choices import count_of, printed_time, printed_window
from posters.organise.exports import ExportAdmin
from posters.organise.filters import ConferenceFilter, NeedsFilter, RoomFilter
from posters.organise.forms import ConferenceForm, DecisionForm, SessionForm, TopicForm
from posters.organise.publishing import publishing_address
from posters.programme.checks.gaps import WITHOUT_BOARD


def public_address(name: str, conference: Conference, **parts: Any) -> str | None:
    """A page's address, where visitors see it."""
    return reverse(name, kwargs={"conference": conference.slug, **parts}) if conference.is_published else None


def page_link(address: str | None) -> str:
    """A list's link to what visitors see."""
    return format_html('<a href="{}">View</a>', address) if address else "–"


class ConferenceAdmin(ExportAdmin, ProgrammeAdmin):
    form = ConferenceForm
    list_display = (
        "name",
        "shown_state",
        "dates",
        "time_zone",
        "session_figure",
        "poster_figure",
        "author_figure",
        "revision",
        "overview",
        "page",
    )
    list_filter = ("is_published", "is_archived", "year")
    search_fields = ("name", "slug", "venue")
    prepopulated_fields = {"slug": ("name",)}
    readonly_fields = ("revision", "exports")
    session_lookup = "sessions"
    figures: ClassVar = {"session_figure": Session, "poster_figure": Poster, "author_figure": Author}
    fieldsets = (
        (None, {"fields": ("name", "slug", "year", ("is_published", "is_archived"))}),
        ("When and where", {"fields": (("starts_on", "ends_on"), "time_zone", "venue", ("latitude", "longitude"))}),
        ("Home page", {"fields": ("description", "website_url", "accent_colour")}),
        ("Programme", {"fields": ("shows_favourite_counts", "revision")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        counts = {f"{name}_count": count_of(model, "conference") for name, model in COUNTED.items()}
        return super().get_queryset(request).annotate(**counts)

    def get_choices(self, request: HttpRequest) -> QuerySet:
        return self.within_reach(request, Conference.objects.newest_first())

    def conference_to_add_to(self, request: HttpRequest) -> Conference | None:
        return Conference()

    def conference_of(self, obj: Conference) -> Conference:
        return obj

    def view_on_site(self, conference: Conference) -> str | None:
        return public_address("home", conference)

    def get_urls(self) -> list[Any]:
        return [publishing_address(self), *super().get_urls()]

    def response_add(self, request: HttpRequest, obj: Conference, post_url_continue: str | None = None) -> HttpResponse:
        return self.shown_first(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: Conference) -> HttpResponse:
        return self.shown_first(request, obj) or super().response_change(request, obj)

    def shown_first(self, request: HttpRequest, conference: Any) -> HttpResponse | None:
        """To what visitors would see, where the form asks to publish."""
        if not conference.is_to_publish:
            return None
        messages.info(request, "Saved, and not published yet: look at what visitors would see, and confirm.")
        return HttpResponseRedirect(reverse("admin:posters_conference_publish", args=[conference.pk]))

    def save_model(self, request: HttpRequest, obj: Any, form: forms.ModelForm, change: bool) -> None:
        # Saved as a draft: it is published where the difference is shown.
        obj.is_to_publish = obj.is_published and "is_published" in form.changed_data
        obj.is_published = obj.is_published and not obj.is_to_publish
        super().save_model(request, obj, form, change)
        if change and "time_zone" in form.changed_data and obj.sessions.exclude(starts_at=None).exists():
            self.message_user(
                request,
                f"Sessions keep their instants, now on the clocks of {obj.time_zone}: look at their times.",
                messages.WARNING,
            )

    @admin.display(description="state", ordering="is_published")
    def shown_state(self, conference: Conference) -> str:
        return conference.state

    @admin.display(description="home")
    def overview(self, conference: Conference) -> str:
        address = reverse("admin:conference_home", args=[conference.slug])
        return format_html('<a href="{}">Checks and figures</a>', address)

    @admin.display(description="dates", ordering="starts_on")
    def dates(self, conference: Conference) -> str:
        days = [f"{day.day} {day:%b %Y}" for day in (conference.starts_on, conference.ends_on) if day]
        return " – ".join(dict.fromkeys(days)) or "not set"

    @admin.display(description="sessions", ordering="sessions_count")
    def session_figure(self, conference: Any) -> str:
        return filtered_list(Session, conference.sessions_count, conference=conference.slug)

    @admin.display(description="posters", ordering="posters_count")
    def poster_figure(self, conference: Any) -> str:
        return filtered_list(Poster, conference.posters_count, conference=conference.slug)

    @admin.display(description="authors", ordering="authors_count")
    def author_figure(self, conference: Any) -> str:
        return filtered_list(Author, conference.authors_count, conference=conference.slug)

    @admin.display(description="page")
    def page(self, conference: Conference) -> str:
        return page_link(self.view_on_site(conference))


COUNTED: dict[str, type[Model]] = {"sessions": Session, "posters": Poster, "authors": Author}
"""What the list of conferences counts."""


class SessionLinkInline(ProgrammeInline):
    model = Link
    fk_name = "session"
    fields = ("kind", "url", "label")
    verbose_name = "link"


class SessionAdmin(ProgrammeAdmin):
    form = SessionForm
    inlines = (SessionLinkInline,)
    list_display = ("title", "when", "kind", "room", "poster_figure", "without_board", "conference", "page")
    list_filter = (ConferenceFilter, NeedsFilter, "kind", RoomFilter)
    list_select_related = ("conference", "room")
    search_fields = ("title", "slug")
    ordering = ("-conference__year", F("starts_at").asc(nulls_last=True), "title")
    autocomplete_fields = ("room", "chairs")
    plain_choices = ("chairs",)
    prepopulated_fields = {"slug": ("title",)}
    readonly_fields = ("conference", "poster_figure", "without_board")
    texts = ("title", "description")
    arranged = ("description",)
    session_lookup = "pk"
    is_for_chairs = True
    figures: ClassVar = {"poster_figure": Poster, "without_board": Poster}
    fieldsets = (
        (None, {"fields": ("conference", "title", "slug", "kind")}),
        ("When and where", {"fields": (("starts_at", "ends_at"), "room")}),
        ("On its page", {"fields": ("description",)}),
        ("People", {"fields": ("chairs",)}),
        ("Figures", {"fields": (("poster_figure", "without_board"),)}),
    )

    def get_fieldsets(self, request: HttpRequest, obj: Session | None = None) -> Any:
        *shown, people, figures = super().get_fieldsets(request, obj)
        if self.changes_all(request) or obj is None:
            shown.append(people)
        if obj and self.admin_site.get_model_admin(Poster).has_view_permission(request):
            shown.append(figures)
        return shown

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return (
            super()
            .get_queryset(request)
            .annotate(
                poster_count=count_of(Presentation, "session"),
                boardless_count=count_of(Presentation, "session", only=WITHOUT_BOARD),
            )
        )

    def get_urls(self) -> list[URLPattern]:
        return [*signs.pages(self), *super().get_urls()]

    def view_on_site(self, session: Session) -> str | None:
        return public_address("session", session.conference, slug=session.slug)

    @admin.display(description="when", ordering=F("starts_at").asc(nulls_last=True))
    def when(self, session: Session) -> str:
        window = printed_window(session.starts_at, session.ends_at, session.conference)
        if session.starts_at is None:
            return window
        return on_clocks(window, session.conference)

    @admin.display(description="posters", ordering="poster_count")
    def poster_figure(self, session: Any) -> str:
        return filtered_list(Poster, session.poster_count, conference=session.conference.slug, session=session.pk)

    @admin.display(description="without board", ordering="boardless_count")
    def without_board(self, session: Any) -> str:
        if not session.boardless_count:
            return "–"
        return filtered_list(
            Poster,
            session.boardless_count,
            conference=session.conference.slug,
            session=session.pk,
            needs="board",
        )

    @admin.display(description="page")
    def page(self, session: Session) -> str:
        return page_link(self.view_on_site(session))


class TopicAdmin(ProgrammeAdmin):
    form = TopicForm
    list_display = ("name", "parent", "poster_figure", "conference", "page")
    list_filter = (ConferenceFilter,)
    list_select_related = ("conference", "parent")
    search_fields = ("name", "slug")
    ordering = ("-conference__year", "name")
    autocomplete_fields = ("parent",)
    prepopulated_fields = {"slug": ("name",)}
    readonly_fields = ("conference",)
    fields = ("conference", "name", "slug", "parent")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(poster_count=count_of(PosterTopic, "topic"))

    def view_on_site(self, topic: Any) -> str | None:
        return public_address("topic", topic.conference, slug=topic.slug)

    @admin.display(description="posters", ordering="poster_count")
    def poster_figure(self, topic: Any) -> int:
        return topic.poster_count

    @admin.display(description="page")
    def page(self, topic: Any) -> str:
        return page_link(self.view_on_site(topic))


class DecisionAdmin(ProgrammeAdmin):
    form = DecisionForm
    list_display = ("name", "rank", "poster_figure", "conference")
    list_filter = (ConferenceFilter,)
    list_select_related = ("conference",)
    search_fields = ("name", "slug")
    ordering = ("-conference__year", "-rank", "name")
    prepopulated_fields = {"slug": ("name",)}
    readonly_fields = ("conference",)
    fields = ("conference", "name", "slug", "rank")
    figures: ClassVar = {"poster_figure": Poster}

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(poster_count=count_of(Poster, "decision"))

    @admin.display(description="posters", ordering="poster_count")
    def poster_figure(self, decision: Any) -> str:
        return filtered_list(Poster, decision.poster_count, conference=decision.conference.slug, decision=decision.pk)


class RoomAdmin(ProgrammeAdmin):
    list_display = ("name", "board_figure", "plan", "session_figure", "conference")
    list_filter = (ConferenceFilter,)
    list_select_related = ("conference",)
    search_fields = ("name",)
    ordering = ("-conference__year", "name")
    readonly_fields = ("conference",)
    fields = ("conference", "name")
    session_lookup = "sessions"
    figures: ClassVar = {"board_figure": Board, "session_figure": Session}

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        counts = {"board_count": count_of(Board, "room"), "session_count": count_of(Session, "room")}
        return super().get_queryset(request).annotate(**counts)

    def get_urls(self) -> list[URLPattern]:
        return [*hall_pages.pages(self), *super().get_urls()]

    @admin.display(description="plan")
    def plan(self, room: Room) -> str:
        return format_html('<a href="{}">Plan</a>', reverse("admin:posters_room_plan", args=[room.pk]))

    @admin.display(description="boards", ordering="board_count")
    def board_figure(self, room: Any) -> str:
        return filtered_list(Board, room.board_count, conference=room.conference.slug, room=room.pk)

    @admin.display(description="sessions", ordering="session_count")
    def session_figure(self, room: Any) -> str:
        return filtered_list(Session, room.session_count, conference=room.conference.slug, room=room.pk)


class BoardAdmin(ProgrammeAdmin):
    list_display = ("label", "room", "position", "poster_figure", "conference")
    list_filter = (ConferenceFilter, RoomFilter)
    list_select_related = ("room__conference",)
    search_fields = ("label", "room__name")
    ordering = ("-room__conference__year", "room__name", "position", "label")
    autocomplete_fields = ("room",)
    readonly_fields = ("conference",)
    fields = ("conference", "room", "label", "position", ("x_metres", "y_metres"))
    session_lookup = "room__sessions"

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).annotate(poster_count=count_of(Presentation, "board"))

    @admin.display(description="conference", ordering="room__conference")
    def conference(self, board: Any) -> Conference:
        return board.room.conference if board.room_id else board.conference

    @admin.display(description="posters", ordering="poster_count")
    def poster_figure(self, board: Any) -> int:
        return board.poster_count


class AnnouncementAdmin(ProgrammeAdmin):
    list_display = ("__str__", "state", "shown_on", "begins", "ends", "conference")
    list_filter = (ConferenceFilter, "shown_on")
    list_select_related = ("conference",)
    search_fields = ("text",)
    ordering = ("-shown_from",)
    readonly_fields = ("conference",)
    fields = ("conference", "text", "shown_on", ("shown_from", "shown_until"))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"shown_from": timezone.now().replace(second=0, microsecond=0)}

    @admin.display(description="state")
    def state(self, announcement: Announcement) -> str:
        now = timezone.now()
        if announcement.shown_from > now:
            return "later"
        return "over" if announcement.shown_until and announcement.shown_until <= now else "shown now"

    @admin.display(description="from", ordering="shown_from")
    def begins(self, announcement: Announcement) -> str:
        conference = announcement.conference
        return on_clocks(printed_time(announcement.shown_from, conference), conference)

    @admin.display(description="until", ordering="shown_until")
    def ends(self, announcement: Announcement) -> str:
        until, conference = announcement.shown_until, announcement.conference
        return on_clocks(printed_time(until, conference), conference) if until else "open end"
