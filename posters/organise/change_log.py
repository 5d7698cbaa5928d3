"""The change log, to read: what happened to the programme, when, by whom and from where."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.text import Truncator, capfirst

from posters.models import Authorship, Change, Presentation
from posters.organise.base import on_clocks
from posters.organise.choices import choice_label, choices_of, printed_time
from posters.organise.filters import ConferenceFilter

LONGEST_VALUE = 120
"""Characters of a text shown before and after."""


class LogList(ChangeList):
    """The list's page with the names of all that its entries speak of, one query for each kind of thing."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.result_list = list(self.result_list)
        names = names_of(self.result_list)
        for change in self.result_list:
            change.names = names


class ChangeAdmin(admin.ModelAdmin):
    list_display = ("when", "who", "source", "what", "happened", "old", "new", "conference", "revision")
    list_display_links = None
    list_filter = (ConferenceFilter, "source", "action")
    list_select_related = ("conference", "actor")
    search_fields = ("model", "field", "actor__username", "actor__email")
    search_help_text = "Kind of thing, field or who changed it."
    ordering = ("-pk",)
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return LogList

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {"title": "Changes of the programme", **(extra_context or {})})

    @admin.display(description="when", ordering="changed_at")
    def when(self, change: Change) -> str:
        return on_clocks(printed_time(change.changed_at, change.conference), change.conference)

    @admin.display(description="who", ordering="actor")
    def who(self, change: Change) -> str:
        return change.actor.get_username() if change.actor else "–"

    @admin.display(description="what")
    def what(self, change: Any) -> str:
        model = model_named(change.model)
        kind = capfirst(str(model._meta.verbose_name)) if model else change.model
        name = change.names.get((model, change.object_key)) if model else None
        if name is None:
            return f"{kind} {change.object_key}, deleted"
        try:
            address = reverse(f"admin:posters_{change.model}_change", args=[quote(change.object_key)])
        except NoReverseMatch:
            return f"{kind}: {name}"
        return format_html('{}: <a href="{}">{}</a>', kind, address, name)

    @admin.display(description="happened")
    def happened(self, change: Change) -> str:
        # A list that another model's foreign key makes has no name of its own.
        name = getattr(field_named(change), "verbose_name", change.field) if change.field else ""
        if change.action == Change.Action.RELEASED:
            return f"{name} follows the source again"
        if change.action != Change.Action.CHANGED:
            return change.get_action_display()
        return f"{name} changed"

    @admin.display(description="before")
    def old(self, change: Any) -> str:
        return "" if change.action != Change.Action.CHANGED else printed_value(change, change.before)

    @admin.display(description="after")
    def new(self, change: Any) -> str:
        return "" if change.action != Change.Action.CHANGED else printed_value(change, change.after)


def model_named(name: str) -> type[models.Model] | None:
    """The model of a log entry; None for one that no longer exists."""
    return apps.all_models["posters"].get(name)


def field_named(change: Change) -> Any:
    """The field an entry speaks of; None for one that no longer exists."""
    model = model_named(change.model)
    try:
        return model._meta.get_field(change.field) if model else None
    except FieldDoesNotExist:
        return None


def names_of(changes: Iterable[Change]) -> dict[tuple[type[models.Model], Any], str]:
    """The names of the things that entries speak of, by model and key."""
    wanted: dict[type[models.Model], set[Any]] = defaultdict(set)
    for change in changes:
        model = model_named(change.model)
        if model:
            wanted[model].add(change.object_key)
        field = field_named(change) if change.field else None
        if field is not None and field.related_model:
            keys = (change.before, change.after)
            wanted[field.related_model] |= {key for key in keys if key is not None and not isinstance(key, list)}
    return {(model, row.pk): choice_label(row) for model, keys in wanted.items() for row in named_rows(model, keys)}


def named_rows(model: type[models.Model], keys: Iterable[Any]) -> QuerySet:
    """These rows with what their names are made from."""
    rows = choices_of(model).filter(pk__in=keys)
    if model is Presentation:
        return rows.select_related("poster", "session")
    return rows.select_related("author") if model is Authorship else rows


def printed_value(change: Any, value: Any) -> str:
    """A logged value as an organiser knows it: a related thing by its name, a time on its clocks."""
    field = field_named(change)
    if value is None or value == "":
        return "–"
    if isinstance(value, list):
        return Truncator(", ".join(map(str, value))).chars(LONGEST_VALUE)
    if field is not None and field.related_model:
        return change.names.get(
            (field.related_model, value), f"{field.related_model._meta.verbose_name} {value}, deleted"
        )
    if isinstance(field, models.DateTimeField):
        return printed_time(field.to_python(value), change.conference)
    if field is not None and field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return Truncator(str(value)).chars(LONGEST_VALUE)
