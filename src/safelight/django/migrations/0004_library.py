from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("safelight", "0003_thumbnail"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="blob",
            index=models.Index(fields=["policy", "state", "-created", "-key"], name="safelight_blob_newest"),
        ),
        migrations.AddIndex(
            model_name="blob",
            index=models.Index(fields=["owner", "policy", "state", "-created", "-key"], name="safelight_blob_own"),
        ),
    ]
