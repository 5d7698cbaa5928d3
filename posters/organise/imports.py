"""The import page: files → columns, where they are a table → preview → confirm → report.

These pages write nothing to the programme. What they start works in a process of its own (programme.uploads),
whose state they show; so none of them is one change of the programme, as every other page of the admin is.
"""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from posters.models import Change, Conference, Upload, UploadOutcome
from posters.organise.base import filtered_list, on_clocks
from posters.organise.choices import printed_time
from posters.organise.differences import Difference, difference
from posters.organise.frame import public_address
from posters.organise.import_forms import ColumnsForm, OptionsForm, StartForm
from posters.programme import uploads
from posters.programme.report import Result, joined_places
from posters.programme.upload_report import json_report
from posters.programme.uploads import UploadOptions, UploadRefused, options_of

PERMISSIONS = ("posters.add_poster", "posters.change_poster")
PER_PAGE = 50
NAMESAKES_SHOWN = 50
REMARKS_SHOWN = 100
RECENT = 20
REFRESH_SECONDS = 2
PATIENCE_SECONDS = 1.5
"""How long a page waits for what is quickly done, so that small files show their preview at once."""


@dataclass(frozen=True)
class Listing:
    """A part of the report that a figure leads to."""

    key: str
    label: str
    condition: Q
    is_usual: bool = False
    """Named even where it is empty."""


def _of_posters(result: Result, *, is_usual: bool = False) -> Listing:
    condition = Q(part=UploadOutcome.Part.POSTERS, result=result.value)
    return Listing(result.name.lower(), result.value, condition, is_usual)


LISTINGS = (
    _of_posters(Result.ADDED, is_usual=True),
    _of_posters(Result.CHANGED, is_usual=True),
    _of_posters(Result.UNCHANGED, is_usual=True),
    _of_posters(Result.REFUSED, is_usual=True),
    _of_posters(Result.JOINED),
    _of_posters(Result.LEFT_OUT),
)
"""What can become of a record. Together they are all records that were read."""
ASIDES = (
    Listing("kept", "edited here and kept", Q(has_kept=True)),
    Listing(
        "frame",
        "besides the posters",
        Q(part=UploadOutcome.Part.FRAME) & ~Q(result=Result.UNCHANGED.value, has_kept=False),
    ),
    Listing("missing", "missing from the files", Q(part=UploadOutcome.Part.MISSING, result=Result.MISSING.value)),
    Listing("withdrawn", "withdrawn", Q(part=UploadOutcome.Part.MISSING, result=Result.WITHDRAWN.value)),
)
FIRST_SHOWN = ("refused", "kept", "changed", "added", "withdrawn", "missing", "frame", "unchanged", "left_out")
"""Without a choice the first of these that is not empty is shown: what most needs a look."""


@dataclass(frozen=True)
class ShownChange:
    """One field's old and new value; `kept` names the edit that keeps it, `label` says what it is."""

    field: str
    difference: Difference
    kept: str
    label: str


def organisers_only(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For who may add and change posters, whoever brought the files. Raises PermissionDenied for others."""

    @wraps(view)
    def checked(request: HttpRequest, **parts: Any) -> HttpResponseBase:
        if not request.user.has_perms(PERMISSIONS):
            raise PermissionDenied
        return view(request, **parts)

    return checked


def pages(guarded: Callable[[Callable[..., HttpResponseBase]], Any]) -> list[URLPattern]:
    """The addresses of these pages, each view guarded as the site guards its own."""
    views: tuple[tuple[str, Callable[..., HttpResponseBase], str], ...] = (
        ("imports/", start, "imports"),
        ("imports/<uuid:key>/", show, "import"),
        ("imports/<uuid:key>/columns/", columns, "import_columns"),
        ("imports/<uuid:key>/preview/", preview, "import_preview"),
        ("imports/<uuid:key>/release/", release, "import_release"),
        ("imports/<uuid:key>/confirm/", confirm, "import_confirm"),
        ("imports/<uuid:key>/discard/", discard, "import_discard"),
        ("imports/<uuid:key>/report.json", as_json, "import_json"),
    )
    return [path(address, guarded(organisers_only(view)), name=name) for address, view, name in views]


@require_http_methods(["GET", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Asks for files, and tells of those that came before."""
    conferences = list(Conference.objects.newest_first())
    chosen = request.GET.get("conference") or (conferences[0].slug if conferences else "")
    form = StartForm(
        request.POST or None, request.FILES or None, conferences=conferences, initial={"conference": chosen}
    )
    if form.is_valid():
        try:
            upload = uploads.receive(
                conference=form.conference_slug(),
                files=form.chosen_files(),
                options=form.all_options(),
                actor=request.user,  # type: ignore[arg-type]
                now=timezone.now(),
            )
        except UploadRefused as error:
            form.add_error("file", str(error))
        else:
            return _to(upload)
    names = {conference.slug: conference.name for conference in conferences}
    recent = [
        (upload, names.get(upload.conference, upload.conference), _at(upload.created_at, None))
        for upload in Upload.objects.newest_first()[:RECENT]
    ]
    return _page(request, "start", "Import a programme", form=form, recent=recent)


@require_safe
def show(request: HttpRequest, *, key: UUID) -> HttpResponse:
    """Where an upload stands: at work, a preview, a report, or what went wrong."""
    upload = get_object_or_404(Upload.objects.select_related("actor"), pk=key)
    if upload.is_running and "wait" in request.GET:
        upload = _patiently(upload)
    if upload.state == Upload.State.MAPPING:
        return HttpResponseRedirect(reverse("admin:import_columns", args=[key]))
    if upload.is_running or upload.state == Upload.State.FAILED:
        return _standing(request, upload)
    return _report(request, upload)


def _patiently(upload: Upload) -> Upload:
    """The upload when it is done, or after a while."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while Upload.objects.filter(pk=upload.pk, state=upload.state).exists() and time.monotonic() < deadline:
        time.sleep(0.1)
    return get_object_or_404(Upload.objects.select_related("actor"), pk=upload.pk)


def _standing(request: HttpRequest, upload: Upload) -> HttpResponse:
    """A page that follows what is at work, or says why it is not and how to go on."""
    is_interrupted = uploads.is_interrupted(upload, now=timezone.now())
    is_at_work = upload.is_running and not is_interrupted
    title = "Not imported"
    if is_at_work:
        title = "Importing" if upload.state == Upload.State.IMPORTING else "Reading the files"
    response = _page(
        request,
        "standing",
        title,
        upload,
        is_at_work=is_at_work,
        is_interrupted=is_interrupted,
        progress=uploads.progress_of(upload) if is_at_work else None,
        form=OptionsForm(initial=asdict(options_of(upload))),
    )
    if is_at_work:
        response.headers["Refresh"] = f"{REFRESH_SECONDS}; url={request.path}"
    return response


def _report(request: HttpRequest, upload: Upload) -> HttpResponse:
    """What would happen, or what did, with one of its lists."""
    is_preview = upload.state == Upload.State.PREVIEWED
    counts = upload.outcomes.aggregate(
        **{listing.key: Count("pk", filter=listing.condition) for listing in (*LISTINGS, *ASIDES)}
    )
    listing = _chosen(request, counts)
    page = _shown(request, upload, listing)
    options = options_of(upload)
    return _page(
        request,
        "report",
        "Preview" if is_preview else "Imported",
        upload,
        is_preview=is_preview,
        **_figures(counts),
        listing=listing,
        can_release=is_preview and listing.key == "kept",
        page=page,
        rows=[(row, _changes(row)) for row in page],
        elided=page.paginator.get_elided_page_range(page.number),
        **_worth_a_look(upload),
        form=OptionsForm(initial=asdict(options)),
        options=options,
        changes_link=filtered_list(
            Change, "what changed", conference=upload.conference, revision=(upload.revision or 1) + 1
        ),
    )


def _figures(counts: dict[str, int]) -> dict[str, Any]:
    """The numbers as they are printed."""
    return {
        "figures": [(each, f"{counts[each.key]:,}") for each in LISTINGS if each.is_usual or counts[each.key]],
        "asides": [(each, f"{counts[each.key]:,}") for each in ASIDES if counts[each.key]],
        "records": f"{sum(counts[each.key] for each in LISTINGS):,}",
    }


def _worth_a_look(upload: Upload) -> dict[str, Any]:
    """Remarks and namesakes, as many as a page can hold; the JSON report has all."""
    remarks, namesakes = upload.report["remarks"], upload.report["namesakes"]
    shown = list(namesakes.items())[:NAMESAKES_SHOWN]
    return {
        "remarks": remarks[:REMARKS_SHOWN],
        "more_remarks": max(0, len(remarks) - REMARKS_SHOWN),
        "namesakes": [(name, joined_places(places)) for name, places in shown],
        "namesake_count": len(namesakes),
        "more_namesakes": max(0, len(namesakes) - NAMESAKES_SHOWN),
    }


def _chosen(request: HttpRequest, counts: dict[str, int]) -> Listing:
    listings = {listing.key: listing for listing in (*LISTINGS, *ASIDES)}
    wanted = request.GET.get("show", "")
    return listings[wanted if wanted in listings else next((key for key in FIRST_SHOWN if counts[key]), "unchanged")]


def _shown(request: HttpRequest, upload: Upload, listing: Listing) -> Page:
    """One page of a list."""
    rows = UploadOutcome.objects.filter(listing.condition, upload=upload).order_by("part", "position")
    return Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))


@require_safe
def as_json(request: HttpRequest, *, key: UUID) -> HttpResponseBase:
    """The whole report for other programs."""
    done = Upload.objects.filter(state__in=(Upload.State.PREVIEWED, Upload.State.IMPORTED))
    upload = get_object_or_404(done, pk=key)
    return StreamingHttpResponse(json_report(upload), content_type="application/json")


def _changes(row: UploadOutcome) -> list[ShownChange]:
    return [
        ShownChange(
            field=change["field"].replace("_", " "),
            difference=difference(change["before"], change["after"]),
            kept=change["kept"],
            label=f"“{row.name}”: {change['field'].replace('_', ' ')}",
        )
        for change in row.changes
    ]


@require_http_methods(["GET", "POST"])
def columns(request: HttpRequest, *, key: UUID) -> HttpResponse:
    """What a table's columns are: guessed, shown, correctable."""
    upload = get_object_or_404(Upload, pk=key)
    if upload.is_running or not upload.columns or upload.state == Upload.State.IMPORTED:
        return _to(upload)
    form = ColumnsForm(request.POST or None, columns=upload.columns, fields=upload.fields)
    if request.method == "POST" and form.is_valid():
        return _again(request, upload, replace(options_of(upload), columns=form.chosen()))
    return _page(request, "columns", "What the columns are", upload, form=form)


@require_POST
def preview(request: HttpRequest, *, key: UUID) -> HttpResponse:
    """Previews again with other options, with fewer edits released, or after a failure."""
    upload = get_object_or_404(Upload, pk=key)
    form = OptionsForm(request.POST)
    if not form.is_valid():
        return _page(request, "options", "Not previewed", upload, form=form, options=options_of(upload))
    options = form.options(options_of(upload))
    chosen = set(request.POST.getlist("release"))
    return _again(request, upload, uploads.with_release(options, shown=options.releases, chosen=chosen))


@require_POST
def release(request: HttpRequest, *, key: UUID) -> HttpResponse:
    """Previews again with the edits on this page released that were ticked."""
    upload = get_object_or_404(Upload, pk=key)
    if request.POST.get("attempt") != str(upload.attempt):
        messages.warning(request, uploads.MOVED_ON)
        return _to(upload)
    kept = next(listing for listing in ASIDES if listing.key == "kept")
    changes = [change for row in _shown(request, upload, kept) for change in _changes(row)]
    shown = {change.kept: change.label for change in changes if change.kept}
    chosen = set(request.POST.getlist("release"))
    return _again(request, upload, uploads.with_release(options_of(upload), shown=shown, chosen=chosen))


def _again(request: HttpRequest, upload: Upload, options: UploadOptions) -> HttpResponse:
    try:
        uploads.preview(upload=upload, options=options, actor=request.user, now=timezone.now())  # type: ignore[arg-type]
    except UploadRefused as error:
        messages.warning(request, str(error))
    return _to(upload)


@require_POST
def confirm(request: HttpRequest, *, key: UUID) -> HttpResponse:
    """Imports what the preview showed."""
    upload = get_object_or_404(Upload, pk=key)
    attempt = request.POST.get("attempt", "")
    try:
        uploads.confirm(
            upload=upload,
            attempt=int(attempt) if attempt.isdecimal() else 0,
            actor=request.user,  # type: ignore[arg-type]
            now=timezone.now(),
        )
    except UploadRefused as error:
        messages.warning(request, str(error))
    return _to(upload)


@require_POST
def discard(request: HttpRequest, *, key: UUID) -> HttpResponse:
    """Forgets the files."""
    upload = get_object_or_404(Upload, pk=key)
    try:
        uploads.discard(upload=upload, now=timezone.now())
    except UploadRefused as error:
        messages.warning(request, str(error))
        return _to(upload)
    messages.success(request, "Discarded. Nothing was imported.")
    return HttpResponseRedirect(reverse("admin:imports"))


def _to(upload: Upload) -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:import", args=[upload.pk]) + "?" + urlencode({"wait": 1}))


def _page(
    request: HttpRequest, template: str, title: str, upload: Upload | None = None, **context: Any
) -> TemplateResponse:
    if upload is not None:
        conference = Conference.objects.filter(slug=upload.conference).first()
        context |= {
            "upload": upload,
            "conference": conference,
            "page_on_site": public_address("home", conference) if conference else None,
            "created_at": _at(upload.created_at, conference),
            "finished_at": _at(upload.finished_at, conference) if upload.finished_at else "",
        }
    whole = {**admin.site.each_context(request), "title": title, **context}
    return TemplateResponse(request, f"admin/imports/{template}.html", whole)


def _at(moment: Any, conference: Conference | None) -> str:
    conference = conference or Conference()
    return on_clocks(printed_time(moment, conference), conference)
