"""Addresses of calendars."""

from django.urls import path

from posters.calendars import views

urlpatterns = [
    path("sessions/<slug:slug>.ics", views.session_calendar, name="session-ics"),
    path("posters/<int:number>.ics", views.poster_calendar, name="poster-ics"),
    path("itinerary.ics", views.itinerary_calendar, name="itinerary-ics"),
]
