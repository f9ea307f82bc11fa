import json
from typing import Any

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from advisor import search

AT_ONCE = 2_000


def complete(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    """Give each summary its kit and what was recommended, and index all entries again.

    They are found by author now, and by when their review is due.
    """
    Content, Entry, ResultSummary = (
        apps.get_model("advisor", name) for name in ("Content", "Entry", "ResultSummary")
    )
    for summary in list(ResultSummary.objects.order_by("id")):
        summary.recommended = recommended(Content.objects.filter(sha256=summary.result).first())
        entries = Entry.objects.filter(summary=summary)
        kits = entries.order_by("record__kit").values_list("record__kit", flat=True).distinct()
        first, *others = [*kits] or [""]
        summary.kit = first
        summary.save()
        for kit in others:
            mine = list(entries.filter(record__kit=kit).values_list("number", flat=True))
            summary.pk, summary.kit = None, kit
            summary.save(force_insert=True)
            for start in range(0, len(mine), AT_ONCE):
                Entry.objects.filter(number__in=mine[start : start + AT_ONCE]).update(
                    summary=summary
                )
    last = 0
    while entries := list(
        Entry.objects.filter(number__gt=last).order_by("number").select_related("record")[:AT_ONCE]
    ):
        search.note_all(entries)
        last = entries[-1].number


def recommended(content: Any) -> str:
    """What was recommended where another outcome was chosen; empty for a damaged result."""
    try:
        name: str = json.loads(content.text)["departure"]["recommended"]["name"]
    except (AttributeError, KeyError, TypeError, ValueError):
        return ""
    return name


class Migration(migrations.Migration):

    dependencies = [
        ("advisor", "0008_decision_life"),
    ]

    operations = [
        migrations.AddField(
            "resultsummary", "kit", models.CharField(blank=True, default="", max_length=64)
        ),
        migrations.AddField(
            "resultsummary", "recommended", models.TextField(blank=True, default="")
        ),
        migrations.RemoveConstraint("resultsummary", "one_finding"),
        migrations.AddConstraint(
            "resultsummary",
            models.UniqueConstraint(fields=("tree", "result", "kit"), name="one_summary"),
        ),
        migrations.AddIndex(
            "recommendation", models.Index(fields=["saved_at"], name="saved_at")
        ),
        migrations.AddIndex(
            "recommendation",
            models.Index(fields=["tree", "version", "saved_at"], name="version_in_use"),
        ),
        # The last, because PostgreSQL changes no table whose rows were changed before.
        migrations.RunPython(complete, migrations.RunPython.noop),
    ]
