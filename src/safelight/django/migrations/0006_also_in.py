from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("safelight", "0005_media_library"),
    ]

    operations = [
        migrations.AddField(
            model_name="blob",
            name="also_in",
            field=models.CharField(blank=True, default="", max_length=64),
        ),
    ]
