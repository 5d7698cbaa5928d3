"""Admin pages of accounts and roles: whatever is chosen is looked up, never listed."""

from typing import Any

from allauth.account.admin import EmailAddressAdmin
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Permission
from django.db.models import QuerySet
from django.http import HttpRequest


class WithPermissions(admin.ModelAdmin):
    """Mixed into admins with permissions to choose: their names are read in one query."""

    def formfield_for_manytomany(self, db_field: Any, request: Any = None, **kwargs: Any) -> Any:
        if db_field.related_model is Permission:
            kwargs["queryset"] = Permission.objects.select_related("content_type")
        return super().formfield_for_manytomany(db_field, request, **kwargs)


class AccountAdmin(WithPermissions, UserAdmin):
    autocomplete_fields = ("groups", "user_permissions")
    filter_horizontal = ()
    list_per_page = 50
    show_full_result_count = False


class RoleAdmin(WithPermissions, GroupAdmin):
    autocomplete_fields = ("permissions",)
    filter_horizontal = ()


class AddressAdmin(EmailAddressAdmin):
    raw_id_fields = ()
    autocomplete_fields = ("user",)
    list_select_related = ("user",)
    list_per_page = 50
    show_full_result_count = False


class PermissionAdmin(admin.ModelAdmin):
    """To look permissions up; they are made by programs, not here."""

    search_fields = ("name", "codename", "content_type__model")

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related("content_type")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
