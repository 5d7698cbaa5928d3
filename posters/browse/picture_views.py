"""Posters' pictures, sent by the application itself: a folder's server would not know which of them are drafts'."""

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from posters.models import Poster
from posters.pictures import FOLDER, PREVIEW, picture_response

FOR_EVER = "public, max-age=31536000, immutable"
"""A name is a content: what it leads to never changes."""


@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponse:
    """A picture that a poster has, or its small one; one that only drafts have, to who sees these in the admin."""
    posters = Poster.objects.filter(image=f"{FOLDER}/{name.replace(chr(0), '').removesuffix(PREVIEW)}").order_by()
    if posters.public().exists():
        return picture_response(f"{FOLDER}/{name}", cache_control=FOR_EVER)
    if admin.site.has_permission(request):
        seen = admin.site.get_model_admin(Poster).get_queryset(request)
        if seen.filter(pk__in=posters.values("pk")).exists():
            return picture_response(f"{FOLDER}/{name}", cache_control="private, no-store")
    raise Http404("No poster has such a picture.")
