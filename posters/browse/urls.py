"""Addresses of the programme pages."""

from django.urls import path

from posters.browse import change_views, map_views, offline_views, views

urlpatterns = [
    path("", views.home, name="home"),
    path("theme.css", views.theme, name="theme"),
    path("sessions/", views.schedule, name="schedule"),
    path("sessions/<slug:slug>/", views.session, name="session"),
    path("posters/", views.poster_list, name="poster-list"),
    path("posters/<int:number>/", views.poster, name="poster"),
    path("authors/", views.author_list, name="author-list"),
    path("authors/<slug:slug>/", views.author, name="author"),
    path("topics/", views.topic_list, name="topic-list"),
    path("changes/", change_views.changes, name="changes"),
    path("changes.atom", change_views.changes_feed, name="changes-feed"),
    path("map/", map_views.map_page, name="map"),
    path("map.json", map_views.map_json, name="map-json"),
    path("manifest.webmanifest", offline_views.webmanifest, name="manifest"),
    path("offline/", offline_views.offline, name="offline"),
    path("search-index.json", offline_views.search_index_json, name="search-index"),
    path("topics/<slug:slug>/", views.topic, name="topic"),
]
