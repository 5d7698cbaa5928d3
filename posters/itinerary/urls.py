"""Addresses of the attendee's own pages."""

from django.urls import path

from posters.itinerary import edit_views, public_views, sharing_views, views

urlpatterns = [
    path("favourite-counts.json", public_views.counts, name="favourite-counts"),
    path("posters/<int:number>/favourite/", views.favourite, name="favourite"),
    path("posters/<int:number>/mine/", edit_views.mine, name="mine"),
    path("sessions/<slug:slug>/attendance/", views.attendance, name="attendance"),
    path("favourites/", views.favourites, name="favourites"),
    path("itinerary/", views.itinerary, name="itinerary"),
    path("itinerary/on-the-way/", views.on_the_way, name="on-the-way"),
    path("itinerary/changes/seen/", sharing_views.changes_seen, name="changes-seen"),
    path("itinerary/hand-over/", sharing_views.hand_over, name="hand-over"),
    path("itinerary/hand-over/<uuid:uid>/end/", sharing_views.hand_over_end, name="hand-over-end"),
    path("itinerary/hand-over/<str:token>/", sharing_views.hand_over_open, name="hand-over-open"),
    path("itinerary/share/", sharing_views.share, name="share"),
    path("itinerary/share/<int:key>/revoke/", sharing_views.share_revoke, name="share-revoke"),
    path("itinerary/shared/<str:token>/", sharing_views.shared, name="shared"),
    path("itinerary/visited.bib", edit_views.visited_bib, name="visited-bib"),
    path("itinerary/undo/", edit_views.undo, name="undo"),
    path("itinerary/visits/<int:key>/<slug:edit>/", edit_views.visit_edit, name="visit-edit"),
    path("itinerary/posters/<int:number>/<slug:edit>/", edit_views.poster_edit, name="poster-edit"),
    path("itinerary/<slug:edit>/", edit_views.itinerary_edit, name="itinerary-edit"),
]
