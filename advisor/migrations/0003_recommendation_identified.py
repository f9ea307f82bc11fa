from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("advisor", "0002_settings"),
    ]

    operations = [
        migrations.AddField(
            model_name="recommendation",
            name="identified",
            field=models.BooleanField(default=False),
        ),
    ]
