"""Addresses for other programs."""

from django.urls import path

from posters.api import views
from posters.programme.export import FORMATS

urlpatterns = [
    *(
        path(f"programme.{name}", views.programme_file, {"format_name": name}, name=f"programme-{name}")
        for name in FORMATS
    ),
    path("posters/<int:number>.bib", views.poster_bib, name="poster-bib"),
    path("posters/<int:number>.svg", views.poster_qr, name="poster-qr"),
]
urlpatterns += [
    path("schedule.json", views.schedule_file_json, name="schedule-json"),
    path("schedule.xml", views.schedule_file_xml, name="schedule-xml"),
]
