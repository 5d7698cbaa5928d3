"""Addresses of calendars."""

from django.urls import path

from posters.calendars import dialogue, views

urlpatterns = [
    path("programme.ics", views.programme_calendar, name="programme-ics"),
    path("sessions/<slug:slug>.ics", views.session_calendar, name="session-ics"),
    path("posters/<int:number>.ics", views.poster_calendar, name="poster-ics"),
    path("authors/<slug:slug>.ics", views.author_calendar, name="author-ics"),
    path("topics/<slug:slug>.ics", views.topic_calendar, name="topic-ics"),
    path("itinerary.ics", views.itinerary_calendar, name="itinerary-ics"),
    path("itinerary/calendar/", dialogue.dialogue, name="calendar-dialogue"),
    path("itinerary/calendar/<int:key>/revoke/", dialogue.revoke, name="calendar-revoke"),
]
