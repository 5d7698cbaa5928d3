from uuid import uuid4

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("posters", "0017_roles"),
    ]

    operations = [
        # Links made before share one seed, which is not what their secrets were made from: they work, and are not printed.
        migrations.AddField(
            model_name="share",
            name="seed",
            field=models.UUIDField(default=uuid4, editable=False),
        ),
    ]
