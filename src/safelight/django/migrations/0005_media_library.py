from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("safelight", "0004_library"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="blob",
            options={"verbose_name": "stored file", "verbose_name_plural": "stored files"},
        ),
        migrations.AddIndex(
            model_name="blob",
            index=models.Index(
                condition=models.Q(("size__isnull", False)),
                fields=["-created", "-key", "state", "size"],
                name="safelight_blob_created",
            ),
        ),
        migrations.AddIndex(
            model_name="blob",
            index=models.Index(fields=["media_type", "-created", "-key", "state", "size"], name="safelight_blob_type"),
        ),
    ]
