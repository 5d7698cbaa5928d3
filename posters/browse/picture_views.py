"""Posters' pictures, sent by the application itself: a folder's server would not know which of them are drafts'."""

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from posters.models import Poster
from posters.pictures import FOLDER, PREVIEW, picture_named, picture_response

FOR_MINUTES = "public, max-age=300"
"""A name's content never changes, but a picture that was taken off, or is a draft's again, must soon be gone."""


@require_safe
def picture(request: HttpRequest, name: str) -> HttpResponse:
    """A picture that a poster has, or its small one; one that only drafts have, to who sees these in the admin."""
    image = f"{FOLDER}/{name.removesuffix(PREVIEW)}"
    if picture_named(image) is None:
        raise Http404("This is no picture's name.")
    posters = Poster.objects.filter(image=image).order_by()
    if posters.public().exists():
        return picture_response(request, f"{FOLDER}/{name}", cache_control=FOR_MINUTES)
    if admin.site.has_permission(request):
        seen = admin.site.get_model_admin(Poster).get_queryset(request)
        if seen.filter(pk__in=posters.values("pk")).exists():
            return picture_response(request, f"{FOLDER}/{name}", cache_control="private, no-store")
    raise Http404("No poster has such a picture.")
