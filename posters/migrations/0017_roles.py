"""Session chairs, and the roles: four groups with their permissions."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth.management import create_permissions
from django.db import migrations, models

PARTS = (
    *("conference", "session", "poster", "author", "topic", "decision", "room", "board", "announcement"),
    *("authorship", "presentation", "link", "postertopic"),
)
"""What a programme consists of."""


def permissions_of(actions: str, *parts: str) -> Iterator[str]:
    """Codenames, such as “change_poster”."""
    return (f"{action}_{part}" for part in parts for action in actions.split())


ROLES: dict[str, tuple[str, ...]] = {
    "Organiser": (
        *permissions_of("view add change delete", *PARTS),
        *("view_change", "restore_change", "change_revision", "edit_texts", "export_programme"),
    ),
    "Editor": (
        *permissions_of("view", *PARTS),
        *permissions_of("add change", "topic", "announcement"),
        "view_change",
        "edit_texts",
    ),
    "Session chair": ("chair_sessions",),
    "Viewer": tuple(permissions_of("view", "conference", "session", "topic", "decision", "room")),
}


def make_roles(apps: Any, schema_editor: Any) -> None:
    """Make the groups, or give those of that name what they lack. Nothing is taken from a group."""
    database = schema_editor.connection.alias
    # Django makes permissions after all migrations: in an empty database there is none yet.
    programme = apps.get_app_config("posters")
    programme.models_module = True
    create_permissions(programme, verbosity=0, using=database, apps=apps)
    programme.models_module = None
    groups = apps.get_model("auth", "Group").objects.using(database)
    permissions = apps.get_model("auth", "Permission").objects.using(database)
    for name, codenames in ROLES.items():
        group, _ = groups.get_or_create(name=name)
        group.permissions.add(*permissions.filter(content_type__app_label="posters", codename__in=codenames))


class Migration(migrations.Migration):
    dependencies = [
        ("posters", "0016_former_authors"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="conference",
            options={
                "ordering": ["-year", "name"],
                "permissions": [
                    ("edit_texts", "Can edit the texts of the programme"),
                    ("export_programme", "Can export the programme, drafts included"),
                ],
            },
        ),
        migrations.AlterModelOptions(
            name="session",
            options={
                "ordering": ["starts_at", "title"],
                "permissions": [("chair_sessions", "Can arrange the sessions they chair")],
            },
        ),
        migrations.AddField(
            model_name="session",
            name="chairs",
            field=models.ManyToManyField(
                blank=True,
                help_text="Who has the role “Session chair” arranges the posters of the sessions they chair.",
                limit_choices_to={"is_staff": True},
                related_name="chaired_sessions",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        # Groups stay when the migration is taken back: accounts are in them.
        migrations.RunPython(make_roles, migrations.RunPython.noop),
    ]
