"""The programme for other programs. Like all programme pages, the same bytes for everyone."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse

from posters.api import bibtex
from posters.browse.programme_page import programme_page
from posters.models import Conference
from posters.programme.export import FORMATS, file_name, public_programme, readable
from posters.programme.schedule_files import schedule_json, schedule_xml
from posters.programme.table import TooLongForTable
from posters.qr_code import qr_svg


@programme_page()
def schedule_file_json(request: HttpRequest, conference: Conference) -> HttpResponse:
    """The schedule for conference apps, as JSON."""
    return HttpResponse(schedule_json(conference=conference), content_type="application/json; charset=utf-8")


@programme_page()
def schedule_file_xml(request: HttpRequest, conference: Conference) -> HttpResponse:
    """The schedule for conference apps, as XML."""
    return HttpResponse(schedule_xml(conference=conference), content_type="application/xml; charset=utf-8")


@programme_page()
def programme_file(request: HttpRequest, conference: Conference, format_name: str) -> HttpResponse:
    """The public programme as a file: JSON to read on, a table to keep."""
    chosen = FORMATS[format_name]
    record = public_programme(conference=conference)
    try:
        content = b"".join(chosen.write(readable(record) if chosen.is_table else record))
    except TooLongForTable as error:
        return HttpResponse(f"{error}\n", status=409, content_type="text/plain; charset=utf-8")
    response = HttpResponse(content, content_type=chosen.content_type)
    if chosen.is_table:
        response.headers["Content-Disposition"] = f'attachment; filename="{file_name(conference, chosen)}"'
    return response


@programme_page()
def poster_bib(request: HttpRequest, conference: Conference, number: int) -> HttpResponse:
    """One poster as a BibTeX entry."""
    poster = get_object_or_404(conference.posters.public(), number=number)
    (shown,) = bibtex.posters_with_authors(conference, [poster.pk])
    return HttpResponse(
        bibtex.poster_entry(shown),
        content_type=bibtex.CONTENT_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{conference.slug}-{number}.bib"'},
    )


@programme_page()
def poster_qr(request: HttpRequest, conference: Conference, number: int) -> HttpResponse:
    """A code that opens the poster's page, for the sign at its board."""
    poster = get_object_or_404(conference.posters.public(), number=number)
    address = settings.SITE_URL + reverse("poster", args=[conference.slug, poster.number])
    return HttpResponse(qr_svg(address), content_type="image/svg+xml")
