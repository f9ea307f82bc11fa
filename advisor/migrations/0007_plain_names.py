from django.db import migrations, models


class Migration(migrations.Migration):
    """Columns are renamed in place, with their indexes; no row is written anew."""

    dependencies = [
        ("advisor", "0006_enter"),
    ]

    operations = [
        migrations.RenameModel("Finding", "ResultSummary"),
        migrations.RenameField("recommendation", "once", "submission_hash"),
        migrations.RenameField("recommendation", "ways", "frameworks"),
        # The database renames the column in its indexes too; Django's state does not.
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveIndex("entry", "entries"),
                migrations.RemoveIndex("entry", "entries_in_state"),
            ]
        ),
        migrations.RenameField("entry", "finding", "summary"),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddIndex(
                    "entry", models.Index(fields=["summary", "number"], name="entries")
                ),
                migrations.AddIndex(
                    "entry",
                    models.Index(fields=["summary", "state", "number"], name="entries_in_state"),
                ),
            ]
        ),
    ]
