"""Admin pages of a room: its boards laid out in rows and columns, and moved on the plan."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django import forms
from django.contrib.admin import ModelAdmin
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse

from posters.browse.map import Plan, PlannedBoard, plan_of
from posters.models import Board, Room
from posters.programme.halls import (
    MOST_BOARDS,
    HallChange,
    HallShape,
    Labelling,
    compare_hall,
    lay_out_hall,
    move_boards,
)

BOARD_PERMISSIONS = ("posters.add_board", "posters.change_board", "posters.delete_board")
"""Of who lays out a hall: it adds boards, moves them and takes free ones away."""
BOARDS_A_PAGE = 300
"""With number inputs. A form of more fields than Django takes would be refused."""
FARTHEST = 10_000
"""Metres."""


class AislesField(forms.CharField):
    """After which rows or columns an aisle is: “2, 4, 6” or “every 2”."""

    def clean(self, value: Any) -> frozenset[int]:
        text = super().clean(value).casefold()
        if found := re.fullmatch(r"every\s+(\d{1,4})", text):
            step = int(found[1])
            return frozenset(range(step, MOST_BOARDS, step)) if step else frozenset()
        if not re.fullmatch(r"[\d\s,;]*", text):
            raise ValidationError("Write numbers such as 2, 4, 6, or “every 2”.")
        return frozenset(int(number) for number in re.findall(r"\d{1,4}", text))


def _metres(label: str, initial: float, help_text: str = "") -> forms.FloatField:
    widget = forms.NumberInput(attrs={"step": "0.1"})
    return forms.FloatField(
        label=label, initial=initial, min_value=0, max_value=100, widget=widget, help_text=help_text
    )


class HallForm(forms.Form):
    """A hall's shape."""

    rows = forms.IntegerField(min_value=1, max_value=500, initial=6)
    columns = forms.IntegerField(label="Boards in a row", min_value=1, max_value=500, initial=10)
    column_metres = _metres("Metres from board to board", HallShape.column_metres)
    row_metres = _metres("Metres from row to row", HallShape.row_metres)
    row_aisles = AislesField(
        label="Aisles after rows", required=False, max_length=200, help_text="Such as 2, 4, 6, or “every 2”."
    )
    column_aisles = AislesField(
        label="Aisles after columns", required=False, max_length=200, help_text="Such as 5, or “every 10”."
    )
    aisle_metres = _metres("Metres of an aisle", HallShape.aisle_metres, "Added to the spacing.")
    left_metres = _metres("First board from the left wall", HallShape.left_metres)
    front_metres = _metres("First board from the front wall", HallShape.front_metres)
    labelling = forms.ChoiceField(label="Labels", choices=Labelling, initial=Labelling.LETTERS)
    label_prefix = forms.CharField(
        label="Before each label", required=False, max_length=8, strip=False, help_text="Such as “P-”."
    )
    first_number = forms.IntegerField(label="First number", min_value=0, max_value=99_999, initial=1)
    is_serpentine = forms.BooleanField(label="Serpentine: one walks each second row backwards", required=False)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        if values.get("rows", 0) * values.get("columns", 0) > MOST_BOARDS:
            raise ValidationError(f"A hall takes {MOST_BOARDS:,} boards at most.")
        return values

    def shape(self) -> HallShape:
        """What was asked for."""
        return HallShape(**self.cleaned_data)


@dataclass(frozen=True)
class Mark:
    """A board on the drawing; `key` is None for one that is not there yet, `state` says what becomes of it."""

    key: int | None
    state: str
    board: PlannedBoard


@dataclass(frozen=True)
class Drawing:
    """A hall's plan, as the public map draws it, with what each mark stands for."""

    plan: Plan
    marks: list[Mark]


class PlacesForm(forms.Form):
    """Two numbers for each board: metres from the left and from the front wall."""

    def __init__(self, *args: Any, boards: Iterable[Board], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.boards = list(boards)
        for board in self.boards:
            for axis, side in (("x", "left"), ("y", "front")):
                self.fields[f"{axis}-{board.pk}"] = forms.FloatField(
                    label=f"{board.label}: metres from the {side} wall",
                    required=False,
                    min_value=-FARTHEST,
                    max_value=FARTHEST,
                    initial=getattr(board, f"{axis}_metres"),
                    widget=forms.NumberInput(attrs={"step": "any"}),
                )

    def rows(self) -> list[tuple[Board, forms.BoundField, forms.BoundField]]:
        """The boards, each with its two fields."""
        return [(board, self[f"x-{board.pk}"], self[f"y-{board.pk}"]) for board in self.boards]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        for board in self.boards:
            right, down = (values.get(f"{axis}-{board.pk}") for axis in "xy")
            if (right is None) != (down is None) and not {f"x-{board.pk}", f"y-{board.pk}"} & self.errors.keys():
                self.add_error(f"y-{board.pk}", "Both numbers, or neither.")
        return values

    def places(self) -> dict[int, tuple[float | None, float | None]]:
        """Where each board is to stand."""
        values = self.cleaned_data
        return {board.pk: (values[f"x-{board.pk}"], values[f"y-{board.pk}"]) for board in self.boards}


def pages(room_admin: ModelAdmin) -> list[URLPattern]:
    """The addresses of a room's plan and of its layout."""
    guarded = room_admin.admin_site.admin_view
    return [
        path("<int:key>/plan/", guarded(partial(plan_page, room_admin)), name="posters_room_plan"),
        path("<int:key>/layout/", guarded(partial(layout_page, room_admin)), name="posters_room_layout"),
    ]


def layout_page(room_admin: ModelAdmin, request: HttpRequest, key: int) -> HttpResponse:
    """Asks for rows and columns, shows what that would do, and does it."""
    if not request.user.has_perms(BOARD_PERMISSIONS):
        raise PermissionDenied
    room = get_object_or_404(Room.objects.select_related("conference"), pk=key)
    data = request.POST or (request.GET if "rows" in request.GET else None)
    form = HallForm(data, label_suffix="")
    change, problem = None, ""
    if form.is_valid():
        revision = str(room.conference.revision)
        if request.method == "POST" and request.POST.get("revision") == revision:
            done = lay_out_hall(room=room, shape=form.shape())
            room_admin.message_user(request, _told(done))
            return HttpResponseRedirect(reverse("admin:posters_room_plan", args=[room.pk]))
        if request.method == "POST":
            problem = "The programme has changed since you looked. This is what would happen now."
        change = compare_hall(room=room, shape=form.shape())
    context = {
        "form": form,
        "change": change,
        "problem": problem,
        "drawing": change and drawing_of_change(change),
        "told": change and _told(change),
    }
    return _page(room_admin, request, "layout", f"Lay out {room}", room, context)


def plan_page(room_admin: ModelAdmin, request: HttpRequest, key: int) -> HttpResponse:
    """Shows where the room's boards stand; each can be moved by two numbers or by dragging its mark."""
    if not room_admin.has_view_permission(request):
        raise PermissionDenied
    may_move = request.user.has_perm("posters.change_board")
    room = get_object_or_404(Room.objects.select_related("conference"), pk=key)
    boards = list(room.boards.order_by("position", "label"))
    page: Page[Board] = Paginator(boards, BOARDS_A_PAGE).get_page(request.GET.get("page"))
    form = PlacesForm(request.POST or None, boards=page.object_list) if may_move else None
    if request.method == "POST":
        if form is None:
            raise PermissionDenied
        if form.is_valid():
            moved = move_boards(room=room, places=form.places())
            boards_moved = "1 board" if moved == 1 else f"{moved} boards"
            room_admin.message_user(request, f"{boards_moved} moved." if moved else "Nothing has changed.")
            return HttpResponseRedirect(request.get_full_path())
    context = {
        "form": form,
        "page": page,
        "drawing": drawing_of(boards),
        "may_lay_out": request.user.has_perms(BOARD_PERMISSIONS),
        "board_count": len(boards),
    }
    return _page(room_admin, request, "plan", f"Plan of {room}", room, context)


def _page(
    room_admin: ModelAdmin, request: HttpRequest, step: str, title: str, room: Room, context: dict[str, Any]
) -> HttpResponse:
    known = {"title": title, "opts": room_admin.opts, "original": room, "conference": room.conference}
    context = {**room_admin.admin_site.each_context(request), **known, **context}
    return TemplateResponse(request, f"admin/halls/{step}.html", context)


def drawing_of(boards: Iterable[Board]) -> Drawing | None:
    """The boards whose places are known; None if there are none."""
    return _drawing((board.pk, "", board.label, board.x_metres, board.y_metres) for board in boards)


def drawing_of_change(change: HallChange) -> Drawing | None:
    """The hall as it would be."""
    added, moved = set(change.added), set(change.moved)
    states = dict.fromkeys(added, "added") | dict.fromkeys(moved, "moved")
    rows = [(None, states.get(label, ""), label, right, down) for label, _, right, down in change.places]
    staying = [(board.pk, "staying", board.label, board.x_metres, board.y_metres) for board in change.staying]
    return _drawing([*rows, *staying])


def _drawing(rows: Iterable[tuple[int | None, str, str, float | None, float | None]]) -> Drawing | None:
    marks, unmeasured = [], 0
    for key, state, label, right, down in rows:
        if right is None or down is None:
            unmeasured += 1
        else:
            marks.append(Mark(key, state, PlannedBoard(label, round(100 * right), round(100 * down), None)))
    if not marks:
        return None
    return Drawing(plan_of([mark.board for mark in marks], unmeasured_count=unmeasured), marks)


def _told(change: HallChange) -> str:
    """A layout in one sentence."""
    parts = [
        (len(change.added), "new"),
        (len(change.moved), "moved"),
        (len(change.unchanged), "as before"),
        (len(change.staying), "not in this layout but with posters: kept where they are"),
        (len(change.removed), "free and not in this layout: removed"),
    ]
    return "; ".join(f"{count} {word}" for count, word in parts if count) + "."
