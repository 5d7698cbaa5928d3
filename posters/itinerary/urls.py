"""Addresses of the attendee's own pages."""

from django.urls import path

from posters.itinerary import edit_views, views

urlpatterns = [
    path("posters/<int:number>/favourite/", views.favourite, name="favourite"),
    path("posters/<int:number>/mine/", edit_views.mine, name="mine"),
    path("sessions/<slug:slug>/attendance/", views.attendance, name="attendance"),
    path("favourites/", views.favourites, name="favourites"),
    path("itinerary/", views.itinerary, name="itinerary"),
    path("itinerary/visited.bib", edit_views.visited_bib, name="visited-bib"),
    path("itinerary/undo/", edit_views.undo, name="undo"),
    path("itinerary/visits/<int:key>/<slug:edit>/", edit_views.visit_edit, name="visit-edit"),
    path("itinerary/posters/<int:number>/<slug:edit>/", edit_views.poster_edit, name="poster-edit"),
    path("itinerary/<slug:edit>/", edit_views.itinerary_edit, name="itinerary-edit"),
]
