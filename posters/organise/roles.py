"""Who may do what. Roles are groups of permissions that a migration makes; the rules hang on permissions, so that
a site can make groups of its own, and who is in two groups may do what either may.

Who has Django's permission to change a kind of thing changes all of it. Below that there are two of our own:
an editor of texts changes the fields that an admin names as texts, a session chair those that belong to the
order of the sessions they chair, and of these things a chair sees their own only.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, ClassVar

from django.contrib.admin import ModelAdmin, display
from django.contrib.admin.options import BaseModelAdmin
from django.contrib.admin.utils import flatten_fieldsets
from django.db.models import ForeignKey, Model, QuerySet
from django.http import HttpRequest
from django.utils.html import strip_tags

from posters.models import Session

EDIT_TEXTS = "posters.edit_texts"
CHAIR_SESSIONS = "posters.chair_sessions"
EXPORT = "posters.export_programme"
VIEW_HISTORY = "posters.view_change"
"""History names who did what, in the change log and on a thing's own page."""


def may_chair(request: HttpRequest) -> bool:
    """Whether this user arranges the sessions they chair."""
    return request.user.has_perm(CHAIR_SESSIONS)


def own_sessions(request: HttpRequest) -> frozenset[int]:
    """The keys of the sessions this user chairs, looked up once for each request."""
    kept: dict[str, Any] = request.__dict__
    if "own_sessions" not in kept:
        sessions = Session.objects.filter(chairs=request.user.pk) if may_chair(request) else Session.objects.none()
        kept["own_sessions"] = frozenset(sessions.values_list("pk", flat=True))
    return kept["own_sessions"]


class RoleFields(BaseModelAdmin):
    """Mixed into admins and inlines: what the roles below an organiser see and change."""

    texts: ClassVar[tuple[str, ...]] = ()
    """Fields that an editor of texts changes."""
    arranged: ClassVar[tuple[str, ...]] = ()
    """Fields that a session chair changes."""
    session_lookup: ClassVar[str] = ""
    """Leads from a row to its sessions; without it a chair chooses none of these."""
    is_for_chairs: ClassVar[bool] = False
    """Whether session chairs have a page of these."""

    def sees_all(self, request: HttpRequest) -> bool:
        """Whether this user sees these whatever session they belong to."""
        return super().has_view_permission(request)

    def changes_all(self, request: HttpRequest) -> bool:
        """Whether this user changes every field."""
        return super().has_change_permission(request)

    def has_whole_permission(self, request: HttpRequest) -> bool:
        """What a list's action asks for that changes more than texts or the order of one session."""
        return self.changes_all(request)

    def may_choose(self, request: HttpRequest) -> bool:
        """Whether an autocomplete offers this user some of these."""
        return self.has_view_permission(request) or (bool(self.session_lookup) and may_chair(request))

    def within_reach(self, request: HttpRequest, rows: QuerySet) -> QuerySet:
        """Of these rows the ones this user may see or choose."""
        if self.sees_all(request):
            return rows
        if not self.session_lookup:
            return rows.none()
        own = {f"{self.session_lookup}__in": own_sessions(request)}
        return rows.filter(pk__in=self.model._base_manager.order_by().filter(**own).values("pk"))

    def is_own(self, request: HttpRequest, obj: Any) -> bool:
        """Whether it is of a session that this user chairs; of nothing in particular, whether any might be."""
        if not self.is_for_chairs or not may_chair(request):
            return False
        return obj is None or not own_sessions(request).isdisjoint(sessions_of(obj))

    def fields_to_change(self, request: HttpRequest, obj: Any) -> frozenset[str]:
        """What somebody changes who does not change everything."""
        texts = self.texts if request.user.has_perm(EDIT_TEXTS) else ()
        arranged = self.arranged if self.is_own(request, obj) else ()
        return frozenset((*texts, *arranged))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.sees_all(request) or self.is_own(request, obj) or self.has_change_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.changes_all(request) or bool(self.fields_to_change(request, obj))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        readonly = super().get_readonly_fields(request, obj)
        shown = flatten_fieldsets(self.get_fieldsets(request, obj))
        is_added = obj is None and isinstance(self, ModelAdmin)
        if is_added or self.changes_all(request):
            return (*readonly, *filter(callable, shown))
        changed = self.fields_to_change(request, obj)
        return tuple(dict.fromkeys((*readonly, *(name for name in shown if name not in changed))))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Django tells a choice that cannot be changed as a link to its form: here only to who may open that."""
        changes_all = self.changes_all(request)
        changed = frozenset() if changes_all else self.fields_to_change(request, obj)

        def told(name: Any) -> Any:
            if not isinstance(name, str):
                return tuple(map(told, name))
            field = _foreign_keys(self.model).get(name)
            is_fixed = name in self.readonly_fields if changes_all else name not in changed
            if field is None or not is_fixed or self._may_open(request, field.related_model):
                return name
            return told_without_link(field)

        return [
            (title, {**options, "fields": tuple(map(told, options["fields"]))})
            for title, options in super().get_fieldsets(request, obj)
        ]

    def _may_open(self, request: HttpRequest, model: Any) -> bool:
        """Whether this user opens forms of this kind of thing."""
        registered = self.admin_site.is_registered(model)
        return registered and self.admin_site.get_model_admin(model).has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return self.within_reach(request, super().get_queryset(request))


def sessions_of(obj: Any) -> frozenset[int]:
    """The keys of the sessions of a session's or a poster's page, looked up once for each object."""
    kept: dict[str, Any] = obj.__dict__
    if "session_keys" not in kept:
        keys = [obj.pk] if isinstance(obj, Session) else obj.presentations.values_list("session", flat=True)
        kept["session_keys"] = frozenset(keys)
    return kept["session_keys"]


def _foreign_keys(model: type[Model]) -> dict[str, Any]:
    return {field.name: field for field in model._meta.get_fields() if isinstance(field, ForeignKey)}


@cache
def told_without_link(field: Any) -> Callable[[Any], str]:
    """A form's choice for who may not open what is chosen."""

    @display(description=field.verbose_name)
    def plain(obj: Model) -> str:
        chosen = getattr(obj, field.name)
        return "-" if chosen is None else str(chosen)

    plain.__name__ = field.name
    return plain


def without_link(admin: Any, name: str) -> Callable[[Any], str]:
    """A list's figure for who may not see the list it leads to."""
    figure = getattr(admin, name)

    @display(description=figure.short_description, ordering=getattr(figure, "admin_order_field", None))
    def plain(obj: Model) -> str:
        return strip_tags(str(figure(obj)))

    plain.__name__ = name
    return plain
