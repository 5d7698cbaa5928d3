"""Puts the organisers' own admin site in the place of Django's."""

from django.contrib.admin.apps import AdminConfig


class OrganiseAdminConfig(AdminConfig):
    default_site = "posters.organise.site.OrganiserSite"
