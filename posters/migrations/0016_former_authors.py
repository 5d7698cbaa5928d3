import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("posters", "0015_bulk_work"),
    ]

    operations = [
        migrations.CreateModel(
            name="FormerAuthor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("slug", models.SlugField(max_length=120)),
                ("source_id", models.CharField(blank=True, max_length=100)),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="former", to="posters.author"
                    ),
                ),
                (
                    "conference",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="former_authors",
                        to="posters.conference",
                    ),
                ),
            ],
            options={
                "ordering": ["name", "slug"],
                "indexes": [models.Index(fields=["conference", "slug"], name="former_author_by_slug")],
            },
        ),
    ]
