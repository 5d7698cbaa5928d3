"""Posters side by side: what is perhaps there twice is looked at before one of the two is withdrawn."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_safe

from posters.latex import to_text
from posters.models import Favourite, Poster
from posters.organise.bulk_forms import WithdrawForm
from posters.organise.bulk_pages import work_address
from posters.organise.choices import count_of
from posters.organise.filters import is_key

MOST = 10
"""Posters beside each other; of more nobody sees what differs."""


@dataclass(frozen=True)
class Line:
    """One thing that posters have, and what it is in each."""

    label: str
    cells: tuple[str, ...]

    @property
    def differs(self) -> bool:
        return len(set(self.cells)) > 1


LINES: tuple[tuple[str, Callable[[Any], str]], ...] = (
    ("Title", lambda poster: to_text(poster.display_title)),
    ("Authors", lambda poster: "\n".join(map(_as_printed, poster.authorships.all()))),
    ("Abstract", lambda poster: to_text(poster.abstract)),
    ("Keywords", lambda poster: poster.keywords),
    ("Topics", lambda poster: ", ".join(sorted(topic.name for topic in poster.topics.all()))),
    ("Decision", lambda poster: poster.decision.name if poster.decision else ""),
    ("Status", lambda poster: poster.get_status_display()),
    ("Session · board", lambda poster: "\n".join(map(_place, poster.presentations.all()))),
    ("Links", lambda poster: "\n".join(link.url for link in poster.links.all())),
    ("Source id", lambda poster: poster.source_id),
    ("Favourites", lambda poster: f"{poster.favourite_count:,}"),
)


def _as_printed(authorship: Any) -> str:
    return ", ".join(filter(None, (authorship.author.name, authorship.affiliation)))


def _place(presentation: Any) -> str:
    board = f" · {presentation.board.label}" if presentation.board else ""
    return f"{presentation.session.title}{board}"


def side_by_side_address(model_admin: Any) -> URLPattern:
    """Where these posters are looked at: `?posters=12,40`."""

    @require_safe
    def page(request: HttpRequest) -> HttpResponse:
        if not model_admin.sees_all(request):
            raise PermissionDenied
        keys = [int(key) for key in request.GET.get("posters", "").split(",") if is_key(key)]
        posters = list(_with_lines(Poster.objects.filter(pk__in=keys))[:MOST])
        if not posters:
            raise Http404("No such posters.")
        context = {
            **model_admin.admin_site.each_context(request),
            "title": "Side by side",
            "opts": model_admin.opts,
            "posters": [
                (poster, reverse("admin:posters_poster_change", args=[poster.pk]), work_address(WithdrawForm, poster))
                for poster in posters
            ],
            "lines": [Line(label, tuple(map(tell, posters))) for label, tell in LINES],
            "may_withdraw": model_admin.changes_all(request),
        }
        return TemplateResponse(request, "admin/posters/poster/side_by_side.html", context)

    return path("side-by-side/", model_admin.admin_site.admin_view(page), name="posters_poster_side_by_side")


def _with_lines(posters: QuerySet) -> QuerySet:
    """All that the page tells, in a constant number of queries."""
    wished = count_of(Favourite, "poster", ~Q(interest=Favourite.Interest.NONE))
    rows = Poster.objects.filter(pk__in=posters.values("pk")).with_listing().annotate(favourite_count=wished)
    return rows.select_related("conference", "decision").prefetch_related("topics", "links").order_by("number")
