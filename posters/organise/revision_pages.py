"""One revision of the programme as the log has it: what it was, a note to attendees, and the way to undo it."""

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from posters.models import Change, Conference, Revision
from posters.programme.announcements import write_note
from posters.programme.bulk import counted
from posters.programme.undo import carry_out_undo, plan_undo, restore_field

PER_PAGE = 50
SHOWN = 200
"""Entries that a preview of an undo names one by one."""
ON_A_POSTER = dict.fromkeys(("authorship", "presentation", "link", "postertopic"), "poster")
"""What is edited on a poster's page, by whoever may edit posters."""


class NoteForm(forms.Form):
    """A word to attendees about one revision."""

    note = forms.CharField(
        label="Note for attendees",
        required=False,
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Shown with this revision among the public changes.",
    )


def revision_address(change: Change) -> str:
    """The page of the revision that an entry belongs to."""
    return reverse("admin:posters_revision", args=[change.conference.slug, change.revision])


def may_restore(request: HttpRequest, models: Iterable[str]) -> bool:
    """Whether this organiser may take back changes of these kinds of things."""
    kinds = {ON_A_POSTER.get(model, model) for model in models}
    return request.user.has_perms(["posters.restore_change", *(f"posters.change_{kind}" for kind in kinds)])


def revision_addresses(model_admin: Any) -> list[URLPattern]:
    """The pages of revisions, for who may see the log."""

    def guarded(view: Callable[..., HttpResponse]) -> Any:
        def checked(request: HttpRequest, **parts: Any) -> HttpResponse:
            if not model_admin.has_view_permission(request):
                raise PermissionDenied
            return view(model_admin, request, **parts)

        return model_admin.admin_site.admin_view(checked)

    return [
        path("<int:key>/restore/", guarded(restore), name="posters_change_restore"),
        path("revision/<slug:slug>/<int:number>/", guarded(revision_page), name="posters_revision"),
        path("revision/<slug:slug>/<int:number>/undo/", guarded(undo_page), name="posters_revision_undo"),
    ]


def restore(model_admin: Any, request: HttpRequest, key: int) -> HttpResponse:
    """POST: give a field the value that it had before a change. Then to the history of the thing."""
    change = get_object_or_404(Change.objects.select_related("conference"), pk=key)
    if not may_restore(request, [change.model]):
        raise PermissionDenied
    if request.method == "POST":
        restore_field(change=change, actor=request.user)  # type: ignore[arg-type]  # the admin is for users
        messages.success(request, "Restored.")
    history = f"{reverse('admin:posters_change_changelist')}?about={change.model}-{change.object_key}"
    return HttpResponseRedirect(history)


def revision_page(model_admin: Any, request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """What one revision changed. POST: write the note to attendees."""
    conference = get_object_or_404(Conference, slug=slug)
    entries = Change.objects.filter(conference=conference, revision=number).select_related("conference", "actor")
    first = get_object_or_404(entries.order_by("pk")[:1])
    named = Revision.objects.filter(conference=conference, revision=number).first()
    can_write = request.user.has_perm("posters.change_revision")
    given = request.POST if request.method == "POST" else None
    form = NoteForm(given, initial={"note": named.note if named else ""}, label_suffix="")
    if request.method == "POST":
        if not can_write:
            raise PermissionDenied
        if form.is_valid():
            if form.has_changed():
                note = form.cleaned_data["note"]
                write_note(conference=conference, revision=number, text=note, actor=request.user)  # type: ignore[arg-type]  # the admin is for users
                messages.success(request, "The note is written.")
            return HttpResponseRedirect(request.path)
    page = Paginator(entries.order_by("pk"), PER_PAGE).get_page(request.GET.get("page"))
    models = entries.order_by().values_list("model", flat=True).distinct()
    context = {
        "title": named.title if named and named.title else f"Revision {number}",
        "first": first,
        "when": model_admin.when(first),
        "who": model_admin.who(first),
        "form": form if can_write else None,
        "note": named.note if named else "",
        "page": page,
        "rows": model_admin.rows_of(request, page),
        "can_undo": may_restore(request, models),
    }
    return _page(model_admin, request, "admin/revision/page.html", conference, number, context)


def undo_page(model_admin: Any, request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """What undoing a revision would restore, and what it would leave. POST: do it."""
    is_sent = request.method == "POST"
    # Held until the undoing is written: nobody changes the programme between the plan and its writing.
    conferences = Conference.objects.select_for_update() if is_sent else Conference.objects.all()
    conference = get_object_or_404(conferences, slug=slug)
    entries = Change.objects.filter(conference=conference, revision=number)
    models = set(entries.order_by().values_list("model", flat=True))
    get_object_or_404(entries.order_by("pk")[:1])
    if not may_restore(request, models):
        raise PermissionDenied
    plan = plan_undo(conference=conference, revision=number)
    has_moved_on = is_sent and request.POST.get("sight") != str(conference.revision)
    if is_sent and not has_moved_on:
        carry_out_undo(plan=plan, actor=request.user)  # type: ignore[arg-type]  # the admin is for users
        messages.success(request, f"{plan.title}." if plan.restored else "There was nothing to undo.")
        return HttpResponseRedirect(f"{reverse('admin:posters_change_changelist')}?conference={slug}")
    context = {
        "title": f"Undo: {plan.title.removeprefix('Undid ')}",
        "plan": plan,
        "restored_count": counted(len(plan.restored), "change"),
        "kept_count": counted(len(plan.kept), "change"),
        "rows": model_admin.rows_of(request, plan.restored[:SHOWN]),
        "more": max(len(plan.restored) - SHOWN, 0),
        "kept": [
            {**row, "reason": kept.reason}
            for row, kept in zip(
                model_admin.rows_of(request, [kept.change for kept in plan.kept[:SHOWN]]), plan.kept, strict=False
            )
        ],
        "more_kept": max(len(plan.kept) - SHOWN, 0),
        "sight": conference.revision,
        "has_moved_on": has_moved_on,
    }
    return _page(model_admin, request, "admin/revision/undo.html", conference, number, context)


def _page(
    model_admin: Any, request: HttpRequest, template: str, conference: Conference, number: int, context: dict[str, Any]
) -> HttpResponse:
    shared = {"opts": model_admin.opts, "conference": conference, "number": number}
    return TemplateResponse(request, template, {**model_admin.admin_site.each_context(request), **shared, **context})
