"""An index from which favourites are counted, in place of the one by poster alone; what archiving an edition means."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("posters", "0020_calendar_digests")]

    operations = [
        migrations.AlterField(
            model_name="favourite",
            name="poster",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="favourites",
                to="posters.poster",
            ),
        ),
        migrations.AddIndex(
            model_name="favourite",
            index=models.Index(fields=["poster", "interest", "attendee", "wished_at"], name="favourite_for_figures"),
        ),
        migrations.AlterField(
            model_name="conference",
            name="is_archived",
            field=models.BooleanField(
                default=False,
                help_text="Visitors still see it, with a word that it is over; nothing in it changes until it is "
                "reopened.",
                verbose_name="archived",
            ),
        ),
    ]
