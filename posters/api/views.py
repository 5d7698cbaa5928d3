"""The programme for other programs. Like all programme pages, the same bytes for everyone."""

from django.http import HttpRequest, HttpResponse

from posters.browse.programme_page import programme_page
from posters.models import Conference
from posters.programme.export import FORMATS, file_name, public_programme, readable
from posters.programme.schedule_files import schedule_json, schedule_xml
from posters.programme.table import TooLongForTable


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
