"""Edits of the itinerary over HTTP: forms that work by themselves, and JSON for those who ask for it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from posters.api import bibtex
from posters.itinerary import edits
from posters.itinerary.answers import wants_json, way_back
from posters.itinerary.attendees import find_attendee, find_or_create_attendee, remember_attendee
from posters.itinerary.favourites import Interest, itinerary_of, next_interests
from posters.itinerary.forms import (
    AttendanceForm,
    BoardForm,
    DefaultMinutesForm,
    EmptyForm,
    MinutesForm,
    MoveForm,
    NewNoteForm,
    NoteForm,
    RemoveForm,
    UndoForm,
    VersionForm,
    YesOrNoForm,
    words_of,
)
from posters.itinerary.outline import outline_for
from posters.itinerary.page import last_edit_context
from posters.models import Attendee, Board, Conference, Edit, Favourite, Itinerary, Poster, Presentation, Visit
from posters.models.base import PosterStatus

Given = dict[str, Any]


def _move(visit: Visit, given: Given, now: datetime) -> Edit:
    presentations = Presentation.objects.select_related("session__conference")
    chosen = given["presentation"] or visit.presentation_id
    presentation = presentations.filter(poster=visit.presentation.poster_id, pk=chosen).first()
    if presentation is None:
        raise edits.EditRefused("This poster is not shown there.")
    clock = given["starts"]
    zone = presentation.session.conference.zone
    starts_at = clock and edits.moment_in_session(session=presentation.session, clock=clock, zone=zone)
    return edits.move_visit(
        visit=visit, version=given["version"], presentation=presentation, starts_at=starts_at, now=now
    )


def _unless_overtaken(make: Callable[[], Edit | None]) -> Edit | None:
    """The edit; None where it waited for a network and a later one stands: the latest intent wins, and all is well."""
    try:
        return make()
    except edits.Overtaken:
        return None


VISIT_EDITS: dict[str, tuple[type[forms.Form], Callable[[Visit, Given, datetime], Edit]]] = {
    "pin": (VersionForm, lambda visit, given, now: edits.set_pinned(visit=visit, **given, is_pinned=True, now=now)),
    "unpin": (VersionForm, lambda visit, given, now: edits.set_pinned(visit=visit, **given, is_pinned=False, now=now)),
    "move": (MoveForm, _move),
    "note": (NoteForm, lambda visit, given, now: edits.set_note(visit=visit, **given, now=now)),
    "visited": (
        VersionForm,
        lambda visit, given, now: edits.set_visited(visit=visit, **given, is_visited=True, now=now),
    ),
    "not-visited": (
        VersionForm,
        lambda visit, given, now: edits.set_visited(visit=visit, **given, is_visited=False, now=now),
    ),
    "remove": (
        VersionForm,
        lambda visit, given, now: edits.remove_visits(
            visits=[(visit, given["version"])], now=now, wished_at=given["wished_at"]
        ),
    ),
    "bring-back": (VersionForm, lambda visit, given, now: edits.bring_back(visit=visit, **given, now=now)),
}
"""What can be done with a visit, by the last part of the address."""


@never_cache
@require_POST
def visit_edit(request: HttpRequest, conference: str, key: int, edit: str) -> HttpResponse:
    """One edit of one of the attendee's own visits."""
    if edit not in VISIT_EDITS:
        raise Http404("There is no such edit.")
    form_class, make = VISIT_EDITS[edit]
    visit = get_object_or_404(_own_visits(request, conference), pk=key)
    form = form_class(request.POST)
    if not form.is_valid():
        return _refused(request, visit.itinerary.conference, words_of(form), status=400, visit=visit)
    try:
        made = _unless_overtaken(lambda: make(visit, form.cleaned_data, timezone.now()))
    except edits.EditRefused as error:
        return _refused(request, visit.itinerary.conference, str(error), status=409, visit=visit)
    return _made(request, visit.itinerary, made, visit=visit)


def _visited(itinerary: Itinerary, poster: Poster, given: Given, now: datetime) -> Edit:
    visit = edits.unplanned_visit(itinerary=itinerary, poster=poster, now=now, **given)
    return edits.set_visited(visit=visit, version=visit.version, is_visited=True, now=now, **given)


def _note(itinerary: Itinerary, poster: Poster, given: Given, now: datetime) -> Edit:
    visit = edits.unplanned_visit(itinerary=itinerary, poster=poster, now=now, wished_at=given["wished_at"])
    return edits.set_note(visit=visit, version=visit.version, now=now, **given)


POSTER_EDITS: dict[str, tuple[type[forms.Form], Callable[[Itinerary, Poster, Given, datetime], Edit | None]]] = {
    "visited": (EmptyForm, _visited),
    "note": (NewNoteForm, _note),
    "minutes": (
        MinutesForm,
        lambda itinerary, poster, given, now: edits.set_minutes(itinerary=itinerary, poster=poster, **given, now=now),
    ),
    "star-off": (
        EmptyForm,
        lambda itinerary, poster, given, now: edits.take_star_off(itinerary=itinerary, poster=poster, now=now),
    ),
    "duty": (
        YesOrNoForm,
        lambda itinerary, poster, given, now: edits.set_duty(
            itinerary=itinerary, poster=poster, is_presenting=given["on"] == "yes", now=now
        ),
    ),
}
"""What can be done with a poster, planned or not."""


@never_cache
@require_POST
def poster_edit(request: HttpRequest, conference: str, number: int, edit: str) -> HttpResponse:
    """One edit that concerns a poster; it may be the attendee's first."""
    if edit not in POSTER_EDITS:
        raise Http404("There is no such edit.")
    form_class, make = POSTER_EDITS[edit]
    poster = get_object_or_404(
        Poster.objects.public().select_related("conference"), conference__slug=conference, number=number
    )
    form = form_class(request.POST)
    if not form.is_valid():
        return _refused(request, poster.conference, words_of(form), status=400, poster=poster)
    try:
        with transaction.atomic():  # What is refused makes nobody an attendee.
            itinerary = itinerary_of(attendee=find_or_create_attendee(request), conference=poster.conference)
            made = _unless_overtaken(lambda: make(itinerary, poster, form.cleaned_data, timezone.now()))
    except edits.EditRefused as error:
        return _refused(request, poster.conference, str(error), status=409, poster=poster)
    response = _made(request, itinerary, made)
    remember_attendee(request, response, itinerary.attendee)
    return response


def _sessions(itinerary: Itinerary, given: Given, now: datetime) -> Edit | None:
    session = itinerary.conference.sessions.filter(slug=given["session"]).first()
    if session is None:
        raise edits.EditRefused("There is no such session.")
    return edits.attend(itinerary=itinerary, session=session, is_attending=given["attending"] == "yes", now=now)


def _remove(itinerary: Itinerary, given: Given, now: datetime) -> Edit:
    versions = dict(given["visit"])
    own = itinerary.visits.filter(pk__in=versions).select_related("presentation__poster", "itinerary")
    visits = [(visit, versions[visit.pk]) for visit in own.order_by("starts_at", "pk")]
    if len(visits) < len(versions):
        raise edits.EditRefused("Some of these visits are not yours.")
    return edits.remove_visits(visits=visits, now=now)


def _resume(itinerary: Itinerary, given: Given, now: datetime) -> Edit:
    conference = itinerary.conference
    if chosen := given["chosen_board"]:
        board = Board.objects.filter(room__conference=conference, pk=chosen).first()
        if board is None:
            raise edits.EditRefused("There is no such board.")
    else:
        board = edits.find_board(conference=conference, label=given["board"])
    return edits.resume(itinerary=itinerary, board=board, now=now)


ITINERARY_EDITS: dict[str, tuple[type[forms.Form], Callable[[Itinerary, Given, datetime], Edit | None]]] = {
    "sessions": (AttendanceForm, _sessions),
    "remove": (RemoveForm, _remove),
    "minutes": (
        DefaultMinutesForm,
        lambda itinerary, given, now: edits.set_default_minutes(itinerary=itinerary, **given, now=now),
    ),
    "resume": (BoardForm, _resume),
}
"""What can be done with the itinerary as a whole."""


@never_cache
@require_POST
def itinerary_edit(request: HttpRequest, conference: str, edit: str) -> HttpResponse:
    """One edit of the itinerary as a whole; it may be the attendee's first."""
    if edit not in ITINERARY_EDITS:
        raise Http404("There is no such edit.")
    form_class, make = ITINERARY_EDITS[edit]
    edition = get_object_or_404(Conference.objects.public(), slug=conference)
    form = form_class(request.POST)
    if not form.is_valid():
        return _refused(request, edition, words_of(form), status=400)
    try:
        with transaction.atomic():  # As above.
            itinerary = itinerary_of(attendee=find_or_create_attendee(request), conference=edition)
            made = _unless_overtaken(lambda: make(itinerary, form.cleaned_data, timezone.now()))
    except edits.EditRefused as error:
        boards = error.boards if isinstance(error, edits.BoardUnclear) else ()
        return _refused(request, edition, str(error), status=409, boards=boards)
    response = _made(request, itinerary, made)
    remember_attendee(request, response, itinerary.attendee)
    return response


@never_cache
@require_POST
def undo(request: HttpRequest, conference: str) -> HttpResponse:
    """Take an edit back."""
    attendee = find_attendee(request)
    itinerary = get_object_or_404(_own_itineraries(attendee, conference))
    form = UndoForm(request.POST)
    if not form.is_valid():
        return _refused(request, itinerary.conference, words_of(form), status=400)
    try:
        said = edits.undo(itinerary=itinerary, edit_key=form.cleaned_data["edit"], now=timezone.now())
    except edits.EditRefused as error:
        return _refused(request, itinerary.conference, str(error), status=409)
    if wants_json(request):
        return JsonResponse({"undone": said})
    messages.success(request, f"Taken back: {said}.")
    return HttpResponseRedirect(_page_to_return_to(request, itinerary.conference))


@never_cache
@require_safe
def mine(request: HttpRequest, conference: str, number: int) -> HttpResponse:
    """All that an attendee can do with one poster: where its code on the board leads in one more tap."""
    poster = get_object_or_404(
        Poster.objects.public().select_related("conference"), conference__slug=conference, number=number
    )
    attendee = find_attendee(request)
    now = timezone.now()
    outline = outline_for(attendee, conference=poster.conference, now=now)
    presentations = list(poster.presentations.with_place().in_time_order())
    wish = Favourite.objects.filter(attendee=attendee, poster=poster).first() if attendee else None
    interest = wish.interest if wish else Interest.NONE
    context = {
        "conference": poster.conference,
        "poster": poster,
        "presentations": presentations,
        "boards": list({shown.board.pk: shown.board for shown in presentations if shown.board}.values()),
        "next": _itinerary_or_here(request, poster.conference),
        "interest": interest,
        "choices": [Interest.NONE] if poster.is_withdrawn else next_interests(interest),
        "minutes": wish.dwell_minutes if wish else None,
        "longest_note": edits.LONGEST_NOTE,
    }
    if outline is not None:
        itinerary = outline.itinerary
        context |= {
            "visits": _worth_showing(poster, itinerary),
            "dwell_minutes": itinerary.attendee.dwell_minutes,
            "is_presenting": itinerary.duties.filter(poster=poster).exists(),
            **last_edit_context(itinerary, now=now),
        }
    return render(request, "itinerary/mine.html", context)


@never_cache
@require_safe
def visited_bib(request: HttpRequest, conference: str) -> HttpResponse:
    """The posters that the attendee visited as BibTeX, with their notes."""
    edition = get_object_or_404(Conference.objects.public(), slug=conference)
    itinerary = _own_itineraries(find_attendee(request), conference).first()
    visits = itinerary.visits.order_by("starts_at", "pk") if itinerary else Visit.objects.none()
    rows = list(visits.values_list("presentation__poster", "visited_at", "note"))
    notes = {poster: "" for poster, visited_at, _ in rows if visited_at}
    for poster, _, note in rows:
        if note and poster in notes:
            notes[poster] = f"{notes[poster]}\n{note}"
    return HttpResponse(
        bibtex.entries(edition, notes),
        content_type=bibtex.CONTENT_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{edition.slug}-visited.bib"'},
    )


def _worth_showing(poster: Poster, itinerary: Itinerary) -> list[Visit]:
    """A poster's visits that stand or say something; else one that fell away, to be marked or noted."""
    own = itinerary.visits.filter(presentation__poster=poster).order_by("starts_at", "pk")
    visits = list(own.select_related("presentation__session", "presentation__board__room"))
    shown = [visit for visit in visits if not visit.cancelled_at or visit.is_declined or visit.visited_at or visit.note]
    return shown or visits[:1]


def _own_itineraries(attendee: Attendee | None, conference: str) -> Any:
    own = Itinerary.objects.filter(conference__slug=conference, conference__is_published=True)
    return own.filter(attendee=attendee).select_related("conference", "attendee") if attendee else own.none()


def _own_visits(request: HttpRequest, conference: str) -> Any:
    """The attendee's visits to posters that visitors may see."""
    visits = Visit.objects.filter(itinerary__in=_own_itineraries(find_attendee(request), conference))
    return visits.exclude(presentation__poster__status=PosterStatus.DRAFT).select_related(
        "itinerary__conference", "itinerary__attendee", "presentation__poster", "presentation__session__conference"
    )


def _state(visit: Visit) -> dict[str, Any]:
    """A visit as it stands, for scripts."""
    visit.refresh_from_db()
    return {
        "key": visit.pk,
        "number": visit.presentation.poster.number,
        "version": visit.version,
        "starts_at": visit.starts_at,
        "ends_at": visit.ends_at,
        "is_planned": visit.cancelled_at is None,
        "is_pinned": visit.is_pinned,
        "is_declined": visit.is_declined,
        "visited_at": visit.visited_at,
        "note": visit.note,
    }


def _made(request: HttpRequest, itinerary: Itinerary, edit: Edit | None, *, visit: Visit | None = None) -> HttpResponse:
    """The edit as made; None where nothing had to change."""
    if wants_json(request):
        facts = {"said": edit.said if edit else "", "undo": edit.pk if edit else None}
        return JsonResponse(facts | ({"visit": _state(visit)} if visit else {}))
    page = _page_to_return_to(request, itinerary.conference)
    return HttpResponseRedirect(f"{page}#visit-{visit.pk}" if visit and "#" not in page else page)


def _refused(
    request: HttpRequest,
    conference: Conference,
    reason: str,
    *,
    status: int,
    visit: Visit | None = None,
    poster: Poster | None = None,
    boards: Any = (),
) -> HttpResponse:
    """Why not, how the visit stands now, and what was typed: nothing is lost."""
    if wants_json(request):
        facts: dict[str, Any] = {"error": reason}
        if visit:
            facts["visit"] = _state(visit)
        if boards:
            facts["boards"] = [{"chosen_board": board.pk, "room": board.room.name} for board in boards]
        return JsonResponse(facts, status=status)
    if visit:
        visit.refresh_from_db()
    context = {
        "conference": conference,
        "reason": reason,
        "visit": visit,
        "poster": visit.presentation.poster if visit else poster,
        "boards": boards,
        "note": request.POST.get("note", "").replace("\x00", ""),
        "next": _page_to_return_to(request, conference),
    }
    return render(request, "itinerary/refused_edit.html", context, status=status)


def _page_to_return_to(request: HttpRequest, conference: Conference) -> str:
    return way_back(request) or reverse("itinerary", args=[conference.slug])


def _itinerary_or_here(request: HttpRequest, conference: Conference) -> str:
    """Where the edits of a poster's page lead: back to the itinerary for those who come from it."""
    page = reverse("itinerary", args=[conference.slug])
    return page if urlsplit(way_back(request)).path == page else request.path
