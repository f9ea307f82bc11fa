from django.db import migrations


class Migration(migrations.Migration):
    """SQLite made the table of entries anew in 0007, when the state knew of no index, and lost two.

    PostgreSQL still has them.
    """

    dependencies = [
        ("advisor", "0009_register_filters"),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX IF NOT EXISTS entries ON advisor_entry (summary_id, number)",
            migrations.RunSQL.noop,
        ),
        migrations.RunSQL(
            "CREATE INDEX IF NOT EXISTS entries_in_state"
            " ON advisor_entry (summary_id, state, number)",
            migrations.RunSQL.noop,
        ),
    ]
