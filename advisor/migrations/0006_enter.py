import json
from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from advisor import search


def enter(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """A line of the register for each record that is there already, in the order of saving."""
    Content, Recommendation, Finding, Entry = (
        apps.get_model("advisor", name)
        for name in ("Content", "Recommendation", "Finding", "Entry")
    )
    findings = {}
    for record in Recommendation.objects.order_by("saved_at", "id").iterator(chunk_size=500):
        key = record.tree, record.result
        if key not in findings:
            common = common_to(Content.objects.filter(sha256=record.result).first())
            findings[key] = Finding.objects.create(tree=record.tree, result=record.result, **common)
        entry = Entry.objects.create(record=record, finding=findings[key])
        # Models of a migration send no signals to `search.note`.
        search.note(entry)


def common_to(content: Any) -> dict[str, object]:
    """What can be read of a result, whatever its format; a damaged one keeps its place."""
    try:
        result = json.loads(content.text)
        policies = {ruling["policy"]: ruling["title"] for ruling in result.get("rulings", ())}
        return {"outcome": result["outcome"], "name": result["name"], "policies": policies}
    except (AttributeError, KeyError, TypeError, ValueError):
        return {"outcome": "", "name": ""}


class Migration(migrations.Migration):

    dependencies = [
        ("advisor", "0005_register"),
    ]

    operations = [
        migrations.RunPython(enter, migrations.RunPython.noop),
    ]
