"""Puts the organisers' own admin site in the place of Django's, and plain words."""

from django.apps import apps
from django.contrib.admin.apps import AdminConfig


class OrganiseAdminConfig(AdminConfig):
    default_site = "posters.organise.site.OrganiserSite"

    def ready(self) -> None:
        super().ready()
        apps.get_app_config("auth").verbose_name = "Accounts"
