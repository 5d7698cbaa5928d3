"""What hangs beside a session's posters, on paper: a label for each board, a sign for each poster, with QR codes."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from posters.latex import to_text
from posters.models import Authorship, Board, Presentation, Session
from posters.models.base import PosterStatus
from posters.organise.choices import printed_window
from posters.qr_code import qr_svg

PERMISSIONS = ("posters.view_poster", "posters.view_board")


class Kind(models.TextChoices):
    LABELS = "labels", "Board labels"
    SIGNS = "signs", "Poster signs"


class Paper(models.TextChoices):
    """Named as the style sheet names its pages."""

    A4 = "a4", "A4"
    LETTER = "letter", "US Letter"


class PrintForm(forms.Form):
    """What to print, on what. Whatever the address does not say, or says wrongly, is as usual."""

    kind = forms.ChoiceField(label="Print", choices=Kind)
    paper = forms.ChoiceField(choices=Paper)
    per_page = forms.TypedChoiceField(label="On a page", coerce=int, choices=[(n, n) for n in (1, 2, 4, 8)])

    def chosen(self) -> dict[str, Any]:
        """The choices, each as usual where it is not a valid one."""
        self.is_valid()
        usual = {"kind": Kind.LABELS.value, "paper": Paper.A4.value}
        values = {**usual, **self.cleaned_data}
        return {"per_page": 8 if values["kind"] == Kind.LABELS else 1, **values}


@dataclass(frozen=True)
class Sign:
    """One piece of paper. A board's label has no `number` where nothing hangs there in this session."""

    board: str
    room: str
    number: int | None = None
    title: str = ""
    authors: str = ""
    code: str = ""
    address: str = ""


def pages(session_admin: ModelAdmin) -> list[URLPattern]:
    """The address of a session's printable pages."""

    def print_view(request: HttpRequest, key: int) -> HttpResponse:
        """Labels of all boards of the session's room, or signs of its posters, so many on a page."""
        if not (session_admin.has_view_permission(request) and request.user.has_perms(PERMISSIONS)):
            raise PermissionDenied
        session = get_object_or_404(Session.objects.select_related("conference", "room"), pk=key)
        chosen = PrintForm(request.GET).chosen()
        shown = list(
            session.presentations.select_related("poster", "board__room")
            .prefetch_related(
                Prefetch("poster__authorships", Authorship.objects.select_related("author").order_by("position"))
            )
            .in_walking_order()
        )
        public = [each for each in shown if each.poster.status == PosterStatus.PUBLISHED]
        there = [each for each in public if each.board_id or each.format == Presentation.Format.IN_PERSON]
        is_labels = chosen["kind"] == Kind.LABELS
        signs = board_labels(session, there) if is_labels else [_sign(session, each) for each in there]
        size = chosen["per_page"]
        context = {
            "session": session,
            "conference": session.conference,
            "when": printed_window(session.starts_at, session.ends_at, session.conference),
            "form": PrintForm(initial=chosen),
            "chosen": chosen,
            "pages": [signs[start : start + size] for start in range(0, len(signs), size)],
            "sign_count": len(signs),
            "hidden_count": len(shown) - len(public),
            "virtual_count": len(public) - len(there),
            "boardless": [each.poster for each in there if each.board is None],
        }
        return TemplateResponse(request, "admin/print/signs.html", context)

    return [path("<int:key>/print/", session_admin.admin_site.admin_view(print_view), name="posters_session_print")]


def board_labels(session: Session, shown: list[Presentation]) -> list[Sign]:
    """A label for every board of the session's room, and of others where its posters hang, in walking order."""
    hung = {each.board_id: each for each in shown if each.board_id}
    boards = Board.objects.filter(Q(room=session.room_id) | Q(pk__in=hung)).select_related("room")
    return [
        _sign(session, hung[board.pk]) if board.pk in hung else Sign(board.label, board.room.name)
        for board in boards.order_by("room__name", "position", "label")
    ]


def _sign(session: Session, presentation: Presentation) -> Sign:
    poster, board = presentation.poster, presentation.board
    address = settings.SITE_URL + reverse("poster", args=[session.conference.slug, poster.number])
    return Sign(
        board.label if board else "",
        board.room.name if board else "",
        poster.number,
        to_text(poster.display_title),
        ", ".join(to_text(each.author.name) for each in poster.authorships.all()),
        qr_svg(address),
        address.split("://", 1)[1],
    )
