"""What all pages of the admin share: the conference is known, queries do not grow, deletions are counted."""

from collections.abc import Iterable
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlencode, urlsplit

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import QuerySet
from django.forms import Field, ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst

from posters.latex import to_text
from posters.models import Change, Conference
from posters.organise.choices import choices_of, conference_lookup
from posters.organise.deletions import PERSONAL, taken_along
from posters.organise.fields import (
    ConferenceChoiceField,
    ConferenceSelect,
    ConferenceTimeField,
    ConferenceWrapper,
    DayInput,
    LocalTimeInput,
    PictureField,
    PictureInput,
    WebAddressField,
)
from posters.organise.forms import InlineForm, ProgrammeForm, ProgrammeFormSet
from posters.organise.roles import VIEW_HISTORY, RoleFields, without_link

LISTED_IN_FULL = 20
"""Rows that a deletion names one by one."""


class ProgrammeFields(RoleFields):
    """Mixed into admins and inlines: fields that know their conference."""

    plain_choices: ClassVar[tuple[str, ...]] = ()
    """Choices without icons beside them, where a row has no room."""

    formfield_overrides = {
        models.DateTimeField: {"form_class": ConferenceTimeField, "widget": LocalTimeInput},
        models.DateField: {"widget": DayInput},
        models.ImageField: {"form_class": PictureField, "widget": PictureInput},
        models.URLField: {"form_class": WebAddressField, "assume_scheme": "https"},
    }

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Field | None:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and isinstance(field.widget, RelatedFieldWidgetWrapper):
            is_plain = db_field.name in self.plain_choices
            field.widget = field.widget.widget if is_plain else in_conference(field.widget)
        return field

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.autocomplete_fields:
            kwargs["form_class"] = ConferenceChoiceField
            kwargs["widget"] = ConferenceSelect(db_field, self.admin_site)
            chosen: Any = self.admin_site.get_model_admin(db_field.related_model)
            kwargs["queryset"] = chosen.within_reach(request, db_field.related_model._default_manager.all())
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


def in_conference(wrapper: RelatedFieldWidgetWrapper) -> ConferenceWrapper:
    """Django's wrapper as ours: no icon deletes what others still use, one is enough to look or change."""
    return ConferenceWrapper(
        wrapper.widget,
        wrapper.rel,
        wrapper.admin_site,
        can_add_related=wrapper.can_add_related,
        can_change_related=wrapper.can_change_related,
        can_view_related=wrapper.can_view_related and not wrapper.can_change_related,
    )


class ProgrammeInline(ProgrammeFields, admin.TabularInline):
    """Rows within another thing's form."""

    form = InlineForm
    formset = ProgrammeFormSet
    extra = 0


class ProgrammeAdmin(ProgrammeFields, admin.ModelAdmin):
    """A kind of thing in a conference's programme. The conference is chosen once and stays."""

    form = ProgrammeForm
    list_per_page = 50
    show_full_result_count = False
    save_on_top = True
    figures: ClassVar[dict[str, type[models.Model]]] = {}
    """Columns that lead to a list of what they count."""

    def get_list_display(self, request: HttpRequest) -> Any:
        closed = {
            name
            for name, model in self.figures.items()
            if not self.admin_site.get_model_admin(model).has_view_permission(request)
        }
        shown = super().get_list_display(request)
        return [without_link(self, name) if name in closed else name for name in shown]

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        readonly = self.get_readonly_fields(request, obj)
        fields = super().get_prepopulated_fields(request, obj).items()
        return {name: sources for name, sources in fields if name not in readonly}

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        if object_id is None and self.has_add_permission(request) and self.conference_to_add_to(request) is None:
            return self.choose_conference(request)
        return super().changeform_view(request, object_id, form_url, extra_context)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        title = capfirst(str(self.opts.verbose_name_plural))
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """What the change log tells of the object."""
        if not request.user.has_perm(VIEW_HISTORY):
            raise PermissionDenied
        if not object_id.isdecimal():
            return super().history_view(request, object_id, extra_context)
        about = f"{self.opts.model_name}-{object_id}"
        return HttpResponseRedirect(f"{reverse('admin:posters_change_changelist')}?{urlencode({'about': about})}")

    def choose_conference(self, request: HttpRequest) -> HttpResponse:
        """Asks where to add. What the address says beside that stays in it."""
        kept = {name: value for name, value in request.GET.items() if name != "conference"}
        conferences = [
            (conference, urlencode({**kept, "conference": conference.slug}))
            for conference in Conference.objects.newest_first()
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": f"Add {self.opts.verbose_name}: to which conference?",
            "opts": self.opts,
            "conferences": conferences,
            "is_popup": "_popup" in request.GET,
        }
        return TemplateResponse(request, "admin/choose_conference.html", context)

    def conference_to_add_to(self, request: HttpRequest) -> Conference | None:
        """Named in the address, by the list one comes from, or the only one there is."""
        filters = parse_qs(request.GET.get("_changelist_filters", ""))
        slug = request.GET.get("conference") or request.POST.get("conference") or filters.get("conference", [""])[0]
        if slug:
            return Conference.objects.filter(slug=slug.replace("\0", "")).first()
        conferences = list(Conference.objects.all()[:2])
        return conferences[0] if len(conferences) == 1 else None

    def conference_of(self, obj: Any) -> Conference:
        """The conference a stored object belongs to."""
        for name in conference_lookup(self.model).split("__"):
            obj = getattr(obj, name)
        return obj

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[ModelForm]:
        form = super().get_form(request, obj, change, **kwargs)
        conference = self.conference_of(obj) if obj else self.conference_to_add_to(request)
        return type(form.__name__, (form,), {"conference": conference})

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        response = super().response_add(request, obj, post_url_continue)
        if "_addanother" in request.POST and isinstance(response, HttpResponseRedirect):
            address = urlsplit(response.url)
            query = "&".join(filter(None, [address.query, urlencode({"conference": self.conference_of(obj).slug})]))
            return HttpResponseRedirect(address._replace(query=query).geturl())
        return response

    def get_choices(self, request: HttpRequest) -> QuerySet:
        """The rows an autocomplete offers, before the search."""
        return self.within_reach(request, choices_of(self.model).select_related(conference_lookup(self.model)))

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """What the confirmation shows: the rows themselves by name, all that falls with them by number."""
        rows = list(objs[: LISTED_IN_FULL + 1])
        keys = objs.order_by().values("pk") if isinstance(objs, QuerySet) else [obj.pk for obj in objs]
        total = objs.count() if isinstance(objs, QuerySet) else len(objs)
        along = taken_along(self.model, keys)
        named: list[Any] = [self.change_link(row) for row in rows[:LISTED_IN_FULL]]
        if total > LISTED_IN_FULL:
            named.append(f"and {total - LISTED_IN_FULL:,} more")
        if any(model in along for model in PERSONAL):
            named.append(self.loss_to_attendees())
        counts = {str(self.opts.verbose_name_plural): total}
        counts |= {str(model._meta.verbose_name_plural): count for model, count in along.items()}
        return named, counts, self.missing_permissions(request, along), []

    def loss_to_attendees(self) -> str:
        """Said where attendees have planned with what is to be deleted."""
        return "Attendees have this in their favourites or itineraries, and will lose it there."

    def missing_permissions(self, request: HttpRequest, along: Iterable[type[models.Model]]) -> set[str]:
        """Kinds of things that would fall and that this organiser may not delete."""
        # Nobody deletes from the log, but it falls with its conference.
        registered = [model for model in along if self.admin_site.is_registered(model) and model is not Change]
        admins = {model: self.admin_site.get_model_admin(model) for model in {self.model, *registered}}
        return {
            str(model._meta.verbose_name) for model, its in admins.items() if not its.has_delete_permission(request)
        }

    def change_link(self, obj: models.Model) -> str:
        """The object's name, leading to its form."""
        address = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[quote(obj.pk)])
        return format_html('{}: <a href="{}">{}</a>', capfirst(str(self.opts.verbose_name)), address, to_text(str(obj)))


def on_clocks(text: str, conference: Conference) -> str:
    """A printed time with the zone it is in."""
    return format_html('{} <span class="zone">{}</span>', text, conference.time_zone)


def filtered_list(model: type[models.Model], text: Any, **filters: Any) -> str:
    """A figure that leads to the list of what it counts."""
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return format_html('<a href="{}?{}">{}</a>', address, urlencode(filters), text)
