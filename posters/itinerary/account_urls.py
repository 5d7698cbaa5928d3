"""Addresses of the attendee's data, beside the library's own under /account/."""

from allauth.mfa.webauthn import views as passkey_views
from django.urls import path

from posters.itinerary import account_views

urlpatterns = [
    path("data/", account_views.data, name="account-data"),
    path("data/download/", account_views.download, name="account-download"),
    path("data/delete/", account_views.delete, name="account-delete"),
    path("data/leave/", account_views.leave, name="account-leave"),
    path("passkeys/", passkey_views.list_webauthn, name="mfa_list_webauthn"),
    # The library goes back by this name, to its overview of several kinds. There is one kind.
    path("passkeys/", passkey_views.list_webauthn, name="mfa_index"),
    path("passkeys/add/", passkey_views.add_webauthn, name="mfa_add_webauthn"),
    path("passkeys/<int:pk>/edit/", passkey_views.edit_webauthn, name="mfa_edit_webauthn"),
    path("passkeys/<int:pk>/remove/", passkey_views.remove_webauthn, name="mfa_remove_webauthn"),
    path("passkeys/login/", passkey_views.login_webauthn, name="mfa_login_webauthn"),
    path("digest/", account_views.digest, name="digest"),
    path("digest/<str:token>/stop/", account_views.digest_unsubscribe, name="digest-unsubscribe"),
]
