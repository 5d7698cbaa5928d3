"""Addresses of the attendee's data, beside the library's own under /account/."""

from django.urls import path

from posters.itinerary import account_views

urlpatterns = [
    path("data/", account_views.data, name="account-data"),
    path("data/download/", account_views.download, name="account-download"),
    path("data/delete/", account_views.delete, name="account-delete"),
    path("data/leave/", account_views.leave, name="account-leave"),
    path("digest/", account_views.digest, name="digest"),
    path("digest/<str:token>/stop/", account_views.digest_unsubscribe, name="digest-unsubscribe"),
]
