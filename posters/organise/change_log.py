"""The change log, to read: what happened to the programme, when, by whom and from where."""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.contrib.admin.utils import quote
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.text import Truncator, capfirst

from posters.latex import to_text
from posters.models import Authorship, Change, Link, Presentation, Revision
from posters.organise.base import on_clocks
from posters.organise.choices import choice_label, choices_of, printed_time
from posters.organise.filters import ConferenceFilter
from posters.organise.revision_pages import may_restore, revision_address, revision_addresses
from posters.pictures import picture_named
from posters.programme.undo import is_restorable, model_named

LONGEST_VALUE = 120
"""Characters of a text shown before and after."""


MERGES: dict[str, str] = {
    Change.Action.ADDED: "merged into another",
    Change.Action.REMOVED: "split from the other",
}
"""What becomes of people, which the log holds as rows of former authors."""

ABOUT = re.compile(r"([a-z]+)-([0-9]{1,18})")


class AboutFilter(SimpleListFilter):
    """The history of one thing, and of what hangs on it if it is a poster: “poster-12”."""

    title = "thing"
    parameter_name = "about"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        value = request.GET.get(self.parameter_name, "")
        return [(value, self.label(value))] if value else []

    def label(self, value: str) -> str:
        """The thing's name, where it still exists."""
        match = ABOUT.fullmatch(value)
        model = model_named(match[1]) if match else None
        row = named_rows(model, [match[2]]).first() if match and model else None
        return choice_label(row) if row else value

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        match = ABOUT.fullmatch(self.value() or "")
        if match is None:
            return queryset if self.value() is None else queryset.none()
        about = Q(model=match[1], object_key=match[2])
        if match[1] == "poster":
            for model in (Presentation, Authorship, Link):
                keys = model._default_manager.filter(poster=match[2]).order_by().values("pk")
                about |= Q(model=model._meta.model_name, object_key__in=keys)
        return queryset.filter(about)


PLAIN_LIST = frozenset({"conference", "source__exact", "o", "p"})
"""Parameters under which the list still tells of whole revisions; others look for single entries."""


class LogList(ChangeList):
    """The list's page: a revision with a title is one entry. Names are one query for each kind of thing."""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet:
        entries = super().get_queryset(request, exclude_parameters)
        if not PLAIN_LIST.issuperset(request.GET):
            return entries
        same = {"conference": OuterRef("conference"), "revision": OuterRef("revision")}
        earlier = Change.objects.filter(**same, pk__lt=OuterRef("pk")).order_by()
        titled = Revision.objects.filter(**same).exclude(title="").order_by()
        return entries.exclude(Exists(titled) & Exists(earlier))

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        titles = titles_of(self.result_list) if PLAIN_LIST.issuperset(request.GET) else {}
        self.result_list = told(self.result_list, request, titles)


class ChangeAdmin(admin.ModelAdmin):
    list_display = ("when", "who", "source", "what", "happened", "old", "new", "restore", "whole", "conference")
    list_display_links = None
    list_filter = (ConferenceFilter, AboutFilter, "source", "action")
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

    def get_urls(self) -> list[Any]:
        return [*revision_addresses(self), *super().get_urls()]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return LogList

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        return super().changelist_view(request, {"title": "Changes of the programme", **(extra_context or {})})

    def rows_of(self, request: HttpRequest, changes: Iterable[Change]) -> list[dict[str, str]]:
        """Entries as the columns of this list tell them."""
        columns = ("what", "happened", "old", "new", "restore")
        return [{name: getattr(self, name)(change) for name in columns} for change in told(changes, request, {})]

    @admin.display(description="when", ordering="changed_at")
    def when(self, change: Change) -> str:
        return on_clocks(printed_time(change.changed_at, change.conference), change.conference)

    @admin.display(description="who", ordering="actor")
    def who(self, change: Change) -> str:
        return change.actor.get_username() if change.actor else "–"

    @admin.display(description="what")
    def what(self, change: Any) -> str:
        if change.title:
            return format_html('<a href="{}">{}</a>', revision_address(change), to_text(change.title))
        model = model_named(change.model)
        kind = capfirst(str(model._meta.verbose_name)) if model else change.model
        name = change.names.get((model, change.object_key)) if model else None
        if name is None and change.model == "formerauthor" and change.before:
            name = f"{change.before['name']} ({change.before['slug']})"
        if name is None:
            return f"{kind} {change.object_key}, deleted"
        try:
            address = reverse(f"admin:posters_{change.model}_change", args=[quote(change.object_key)])
        except NoReverseMatch:
            return f"{kind}: {name}"
        return format_html('{}: <a href="{}">{}</a>', kind, address, name)

    @admin.display(description="happened")
    def happened(self, change: Any) -> str:
        if change.title:
            return "as one"
        # A list that another model's foreign key makes has no name of its own.
        name = getattr(field_named(change), "verbose_name", change.field) if change.field else ""
        if change.action == Change.Action.RELEASED:
            return f"{name} follows the source again"
        if change.action != Change.Action.CHANGED:
            return MERGES[change.action] if change.model == "formerauthor" else change.get_action_display()
        if isinstance(field_named(change), models.ImageField):
            return f"{name} {'changed' if change.before and change.after else 'added' if change.after else 'removed'}"
        return f"{name} changed"

    @admin.display(description="before")
    def old(self, change: Any) -> str:
        return "" if change.title or change.action != Change.Action.CHANGED else printed_value(change, change.before)

    @admin.display(description="after")
    def new(self, change: Any) -> str:
        return "" if change.title or change.action != Change.Action.CHANGED else printed_value(change, change.after)

    @admin.display(description="restore")
    def restore(self, change: Any) -> str:
        if change.title or not change.can_restore or not is_restorable(change):
            return ""
        # The list is a form already: its button says where to send it.
        return format_html(
            '<button class="restore" formaction="{}" title="Give it the value before this change">Restore</button>',
            reverse("admin:posters_change_restore", args=[change.pk]),
        )

    @admin.display(description="revision", ordering="revision")
    def whole(self, change: Change) -> str:
        return format_html('<a href="{}">{}</a>', revision_address(change), change.revision)


def titles_of(changes: Iterable[Change]) -> dict[tuple[int, int], str]:
    """The titles of the revisions that these entries belong to, by conference and revision."""
    named = Revision.objects.exclude(title="").filter(revision__in={change.revision for change in changes})
    return {(key, revision): title for key, revision, title in named.values_list("conference", "revision", "title")}


def told(changes: Iterable[Change], request: HttpRequest, titles: dict[tuple[int, int], str]) -> list[Any]:
    """Entries with the names they speak of, the titles of those that stand for a revision, and who may restore them."""
    entries: list[Any] = list(changes)
    names = names_of(entries)
    for change in entries:
        change.names = names
        change.title = titles.get((change.conference_id, change.revision), "")
        change.can_restore = may_restore(request, [change.model])
    return entries


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
    if isinstance(field, models.ImageField):
        picture = picture_named(value)
        return f"{picture.width:,} × {picture.height:,} pixels" if picture else value
    if isinstance(field, models.DateTimeField):
        return printed_time(field.to_python(value), change.conference)
    if field is not None and field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return Truncator(str(value)).chars(LONGEST_VALUE)
