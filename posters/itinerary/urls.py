"""Addresses of the attendee's own pages."""

from django.urls import path

from posters.itinerary import views

urlpatterns = [
    path("posters/<int:number>/favourite/", views.favourite, name="favourite"),
    path("sessions/<slug:slug>/attendance/", views.attendance, name="attendance"),
    path("favourites/", views.favourites, name="favourites"),
    path("itinerary/", views.itinerary, name="itinerary"),
]
