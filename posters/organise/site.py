"""The organisers' admin site."""

import logging
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.db import IntegrityError
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse

from posters.models import Change, Conference, Session
from posters.organise import home, imports
from posters.organise.base import ProgrammeAdmin
from posters.organise.choices import choice_label, conference_lookup, with_conference
from posters.organise.tasks import ORDER
from posters.programme.revision import EditionArchived, programme_change
from posters.programme.undo import UndoRefused

logger = logging.getLogger(__name__)


class ChoicesView(AutocompleteJsonView):
    """What an autocomplete offers: of the conference the form names, else of all, each with its own."""

    def has_perm(self, request: HttpRequest, obj: Any = None) -> bool:
        if isinstance(self.model_admin, ProgrammeAdmin):
            return self.model_admin.may_choose(request)
        # Who says who chairs a session is offered the staff, without seeing their accounts.
        is_of_chairs = (self.source_field.model, self.source_field.name) == (Session, "chairs")
        return super().has_perm(request, obj) or (is_of_chairs and request.user.has_perm("posters.change_session"))

    def get_queryset(self) -> QuerySet:
        request = self.request
        if not isinstance(self.model_admin, ProgrammeAdmin):
            return super().get_queryset()
        choices = self.model_admin.get_choices(request)
        choices, has_duplicates = self.model_admin.get_search_results(request, choices, self.term)
        slug = request.GET.get("conference")
        if slug and self.model_admin.model is not Conference:
            choices = choices.filter(**{f"{conference_lookup(self.model_admin.model)}__slug": slug})
        # Namesakes of several conferences in a fixed order: a page of choices must not repeat one of the last page.
        choices = choices.order_by(*(choices.query.order_by or choices.model._meta.ordering), "pk")
        return choices.distinct() if has_duplicates else choices

    def serialize_result(self, obj: Model, to_field_name: str) -> dict[str, str]:
        label = choice_label(obj)
        if not self.request.GET.get("conference"):
            label = with_conference(obj, label)
        return {"id": str(getattr(obj, to_field_name)), "text": label}


class OrganiserSite(AdminSite):
    """Django's admin, in which all that one request writes is one change of the programme."""

    site_header = "Boardwalk"
    site_title = "Boardwalk"
    index_title = "Your programme"
    enable_nav_sidebar = False

    def get_urls(self) -> list[Any]:
        return [*imports.pages(self.guarded_view), *home.pages(self.admin_view), *super().get_urls()]

    def index(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The editions, newest first. Where there is one, it is what everybody comes for."""
        editions = list(Conference.objects.newest_first()) if request.user.has_perm("posters.view_conference") else []
        if len(editions) == 1 and not request.GET:
            return HttpResponseRedirect(reverse("admin:conference_home", args=[editions[0].slug]))
        return super().index(request, {"editions": editions, **(extra_context or {})})

    def guarded_view(self, view: Any, cacheable: bool = False) -> Any:
        """A page for the staff, which looks up what its address asks for without null characters.

        No text here holds one, and PostgreSQL refuses to look for it.
        """

        @wraps(view)
        def cleaned(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            request.GET = QueryDict(request.GET.urlencode().replace("%00", ""))
            return view(request, *args, **kwargs)

        return super().admin_view(cleaned, cacheable)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        def one_change(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method != "POST":
                return view(request, *args, **kwargs)
            organiser: Any = request.user
            try:
                with programme_change(source=Change.Source.ADMIN, actor=organiser):
                    return view(request, *args, **kwargs)
            except EditionArchived as refusal:
                messages.error(request, str(refusal))
                return HttpResponseRedirect(reverse("admin:conference_home", args=[refusal.slug]))
            except UndoRefused as refusal:
                messages.error(request, str(refusal))
                return HttpResponseRedirect(request.get_full_path())
            except IntegrityError:
                # Forms check all that the database does; what is left is two people at the same moment.
                logger.exception("Two changes of the programme met.")
                messages.error(request, "Someone else changed the same thing meanwhile. Nothing was saved: try again.")
                return HttpResponseRedirect(request.get_full_path())

        return self.guarded_view(one_change, cacheable)

    def autocomplete_view(self, request: HttpRequest) -> Any:
        return ChoicesView.as_view(admin_site=self)(request)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        apps = super().get_app_list(request, app_label)
        for app in apps:
            if app["app_label"] == "posters":
                app["models"].sort(key=lambda entry: ORDER.index(entry["object_name"]))
        return sorted(apps, key=lambda app: app["app_label"] != "posters")
