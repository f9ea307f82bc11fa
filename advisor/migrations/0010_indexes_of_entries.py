from typing import Any

from django.db import migrations


def add_missing(apps: Any, schema_editor: Any) -> None:
    """Add the indexes of entries that the database does not have.

    SQLite made the table anew in 0007, when the state knew of no index, and lost both.
    """
    entry = apps.get_model("advisor", "Entry")
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        existing = connection.introspection.get_constraints(cursor, entry._meta.db_table)
    for index in entry._meta.indexes:
        if index.name not in existing:
            schema_editor.add_index(entry, index)


class Migration(migrations.Migration):

    dependencies = [
        ("advisor", "0009_register_filters"),
    ]

    operations = [
        migrations.RunPython(add_missing, migrations.RunPython.noop),
    ]
