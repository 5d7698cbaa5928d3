"""What makes the programme work at the venue without network: manifest, service worker, index, a page to search in."""

import json

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.views.decorators.http import require_safe

from posters.browse.offline import WORKER_FILES, manifest, release_of_files, search_index
from posters.browse.programme_page import programme_page
from posters.browse.views import programme_response
from posters.models import Conference


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """The service worker: at the root, for its address is its reach. Its bytes change with the static files."""
    scripts = ", ".join(json.dumps(static(name)) for name in WORKER_FILES)
    return HttpResponse(
        f"const RELEASE = {json.dumps(release_of_files())};\nimportScripts({scripts});\n",
        content_type="text/javascript; charset=utf-8",
        headers={"Cache-Control": "no-cache"},
    )


@programme_page()
def webmanifest(request: HttpRequest, conference: Conference) -> HttpResponse:
    """The conference as an app to install."""
    return HttpResponse(json.dumps(manifest(conference)), content_type="application/manifest+json")


@programme_page()
def offline(request: HttpRequest, conference: Conference) -> HttpResponse:
    """The page that the service worker shows where none is saved: it searches what the device keeps."""
    return programme_response("browse/offline.html", conference, {})


@programme_page()
def search_index_json(request: HttpRequest, conference: Conference) -> HttpResponse:
    """The index that the page above searches."""
    content = json.dumps(search_index(conference), ensure_ascii=False, separators=(",", ":"), cls=DjangoJSONEncoder)
    return HttpResponse(content, content_type="application/json")
