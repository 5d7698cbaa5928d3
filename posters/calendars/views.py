"""Calendars over HTTP: the programme's are programme pages, an itinerary's are private."""

from datetime import UTC, datetime

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.http import http_date
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from posters.browse.programme_page import programme_page, release
from posters.calendars import events, feeds, serving
from posters.calendars.clients import client_family
from posters.calendars.feeds import FoundFeed
from posters.calendars.forms import CalendarOptionsForm
from posters.itinerary.attendees import find_attendee
from posters.itinerary.favourites import itinerary_of
from posters.latex import to_text
from posters.models import Conference, Poster, PosterTopic, Presentation, title_or_number
from posters.models.attendee import RemovedEventQuerySet

DAY = 24 * 60
"""Minutes that a page is kept which leaves out what was withdrawn a month ago."""


@programme_page(minutes_fresh=DAY)
def session_calendar(request: HttpRequest, conference: Conference, slug: str) -> HttpResponse:
    """A session's event. Raises Http404 while its time is to be announced."""
    session = get_object_or_404(conference.sessions.select_related("conference", "room"), slug=slug)
    content = events.session_calendar(session, now=_midnight())
    if content is None:
        raise Http404("The time of this session is to be announced.")
    return _public(conference, content, slug)


@programme_page(minutes_fresh=DAY)
def poster_calendar(request: HttpRequest, conference: Conference, number: int) -> HttpResponse:
    """A poster's presentations. Raises Http404 while none has a time."""
    poster = get_object_or_404(conference.posters, number=number)
    removed = events.removed_from_poster(poster)
    posters = conference.posters.public().filter(pk=poster.pk)
    is_known = Presentation.objects.filter(poster__in=posters, session__starts_at__isnull=False).exists()
    if not is_known and not events.shown_removed(removed, now=_midnight()).exists():
        raise Http404("The time of this poster is to be announced.")
    is_draft = poster.status == Poster.Status.DRAFT
    name = to_text(title_or_number("" if is_draft else poster.title, number))
    return _posters(request, conference, name, posters, f"poster-{number}", removed=removed, is_busy=True)


@programme_page(minutes_fresh=DAY)
def author_calendar(request: HttpRequest, conference: Conference, slug: str) -> HttpResponse:
    """The presentations of an author's posters."""
    author = conference.authors.filter(slug=slug).first()
    if author is None:
        return _to_merged_author(conference, slug)
    posters = conference.posters.public().filter(authors=author)
    removed = events.removed_from_author(author, posters)
    if not posters.exists() and not events.shown_removed(removed, now=_midnight()).exists():
        return _to_merged_author(conference, slug)
    return _posters(request, conference, author.name, posters, slug, removed=removed, is_busy=True)


def _to_merged_author(conference: Conference, slug: str) -> HttpResponse:
    """Subscriptions go on at the one somebody was merged into; Http404 where nobody had the address."""
    author = conference.authors.public().formerly(slug)
    if author is None:
        raise Http404("No such author.")
    response = HttpResponsePermanentRedirect(reverse("author-ics", args=[conference.slug, author.slug]))
    response.headers["Cache-Control"] = "no-cache"
    return response


@programme_page(minutes_fresh=DAY)
def topic_calendar(request: HttpRequest, conference: Conference, slug: str) -> HttpResponse:
    """The presentations of a subject's posters and of the narrower ones'."""
    topic = get_object_or_404(conference.topics, slug=slug)
    topics = topic.with_narrower()
    under = PosterTopic.objects.filter(topic__in=topics)
    posters = conference.posters.public().filter(pk__in=under.values("poster"))
    removed = events.removed_from_topics(topics, posters)
    return _posters(request, conference, topic.name, posters, slug, removed=removed, is_busy=False)


@programme_page("layout", minutes_fresh=DAY)
def programme_calendar(request: HttpRequest, conference: Conference) -> HttpResponse:
    """The whole programme: all sessions, or with `layout=posters` all presentations of posters."""
    layout = request.GET.get("layout", "sessions")
    if layout not in {"sessions", "posters"}:
        return _refusal("layout must be sessions or posters.", 400)
    if layout == "sessions":
        content = events.programme_calendar(conference, path=request.path, now=_midnight())
        return _public(conference, content, "programme")
    removed = events.removed_from_all(conference).filter(is_session=False)
    return _posters(
        request, conference, conference.name, conference.posters.public(), "posters", removed=removed, is_busy=False
    )


@never_cache
@require_safe
def itinerary_calendar(request: HttpRequest, conference: str) -> HttpResponse:
    """The attendee's own itinerary as a file, by CalendarOptionsForm's query."""
    edition = get_object_or_404(Conference.objects.public(), slug=conference)
    form = CalendarOptionsForm(request.GET)
    if not form.is_valid():
        return _refusal(form.first_error, 400)
    file_name = f"{edition.slug}-itinerary.ics"
    attendee = find_attendee(request)
    if attendee is None:
        nobodys = events.itinerary_calendar(edition, None, options=form.options, now=timezone.now())
        return HttpResponse(nobodys.content, headers=serving.file_headers(file_name))
    itinerary = itinerary_of(attendee=attendee, conference=edition)
    return serving.download(request, itinerary, form.options, file_name)


@csrf_exempt  # It only reads, and a calendar application's odd method is to be told so, not asked for a token.
@require_safe
def subscription(request: HttpRequest, token: str) -> HttpResponse:
    """A feed by its secret address. 410 once it was revoked, or a year after the conference."""
    now = timezone.now()
    feed = feeds.find_feed(token, release=release(), now=now)
    if feed is None or not feed.is_published:
        return _refusal("There is no such calendar.", 404)
    if feed.revoked_at:
        return _refusal("This subscription was ended by its owner.", 410)
    if feed.is_over(today=now.date()):
        return _refusal("This subscription ended a year after its conference.", 410)
    response = _feed(request, feed, now)
    if request.method == "GET":
        client = client_family(request.headers.get("User-Agent", ""))
        feeds.record_delivery(feed=feed, client=client, now=now)
    return response


def _feed(request: HttpRequest, feed: FoundFeed, now: datetime) -> HttpResponse:
    if feed.is_unchanged and serving.is_known(request, feed.digest, feed.changed_at):
        return serving.not_modified(feed.digest, feed.changed_at)
    made = serving.kept_feed(feed) or serving.make_feed(feed, now=now)
    return serving.calendar_response(request, made, f"{feed.conference_slug}-itinerary.ics")


def _posters(
    request: HttpRequest,
    conference: Conference,
    name: str,
    posters: QuerySet[Poster],
    file_name: str,
    *,
    removed: RemovedEventQuerySet,
    is_busy: bool,
) -> HttpResponse:
    content = events.posters_calendar(
        conference, name, posters, removed, path=request.path, now=_midnight(), is_busy=is_busy
    )
    return _public(conference, content, file_name)


def _public(conference: Conference, content: bytes, file_name: str) -> HttpResponse:
    response = HttpResponse(content, headers=serving.file_headers(f"{conference.slug}-{file_name}.ics"))
    response.headers["Last-Modified"] = http_date(conference.changed_at.timestamp())
    return response


def _midnight() -> datetime:
    """The day's beginning: a page that is kept for a day is the same whenever on that day it was made."""
    return timezone.now().astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _refusal(reason: str, status: int) -> HttpResponse:
    response = HttpResponse(f"{reason}\n", status=status, content_type="text/plain; charset=utf-8")
    response.headers["Cache-Control"] = "private, no-store"
    return response
