from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("safelight", "0002_policy_and_owner"),
    ]

    operations = [
        migrations.AddField(
            model_name="blob",
            name="thumbnail_size",
            field=models.PositiveIntegerField(null=True),
        ),
    ]
