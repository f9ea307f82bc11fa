"""What `tree impact` costs for many records of few results: `python -m tests.benchmarks.impact`.

A million saved recommendations of 300 results, against a thousand of the same 300, in SQLite:
how often a result is evaluated, and the time, as ratios. Nothing is asserted.
"""

import argparse
import json
import os
import tempfile
import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from itertools import islice
from pathlib import Path
from unittest import mock

import django
from django.core.management import call_command
from django.db import connection
from django.test.utils import override_settings

from advisor.engine.comparing.drift import drift
from advisor.engine.tree.graph import Ask, Node, Tree

RESULTS = 300
FEW, MANY = 1_000, 1_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--many", type=int, default=MANY, help=f"{MANY} without it")
    many: int = parser.parse_args().many
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "made"
        tree.mkdir()
        (tree / "tree.yaml").write_text(json.dumps(document(reason="So it is")))
        edited = Path(folder) / "edited"
        edited.mkdir()
        (edited / "tree.yaml").write_text(json.dumps(document(reason="So it is now")))
        with override_settings(ADVISOR_TREES=[str(tree)]):
            connection.creation.create_test_db(verbosity=0)
            try:
                print(f"{'records':>10}{'evaluations':>14}{'seconds':>10}{'MiB at most':>13}")
                call_command("tree", "impact", str(edited), stdout=StringIO())  # to warm up
                few = measured(tree, edited, FEW)
                more = measured(tree, edited, many)
                ratios = (after / before for before, after in zip(few, more, strict=True))
                told = [f"{ratio:.1f}" for ratio in ratios]
                print(f"{many / FEW:>9.0f}×{told[0]:>13}×{told[1]:>9}×{told[2]:>12}×")
            finally:
                connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)


def measured(tree: Path, edited: Path, records: int) -> tuple[float, float, float]:
    """Evaluations, seconds and MiB of `tree impact` with so many records."""
    fill(tree, records)
    with mock.patch("advisor.saved.drift_today.drift", side_effect=drift) as evaluated:
        began = time.perf_counter()
        call_command("tree", "impact", str(edited), stdout=StringIO())
        seconds = time.perf_counter() - began
    tracemalloc.start()
    call_command("tree", "impact", str(edited), stdout=StringIO())
    mebibytes = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    print(f"{records:>10,}{evaluated.call_count:>14}{seconds:>10.2f}{mebibytes:>13.1f}")
    return evaluated.call_count, seconds, mebibytes


def fill(folder: Path, records: int) -> None:
    """So many records: one of each result, and copies of them made by the database."""
    from advisor import catalogue
    from advisor.engine.walking.evaluate import Result, evaluate
    from advisor.models import Content, Recommendation
    from advisor.saved.records import serialise, sha256_of

    loaded, problems = catalogue.check(folder)
    assert loaded is not None, problems
    texts = {}
    for answers in islice(every_path(loaded.tree), RESULTS):
        result = evaluate(loaded.tree, answers)
        assert isinstance(result, Result)
        text = serialise(result)
        texts[sha256_of(text)] = text
    Recommendation.objects.all().delete()
    Content.objects.all().delete()
    Content.objects.bulk_create(Content(sha256=id, text=text) for id, text in texts.items())
    original = Recommendation.objects.create(
        id="the one that is copied", submission_hash="", saved_at=datetime(2026, 1, 1, tzinfo=UTC),
        title="A title", author="An author", tree="made", answers={}, values={}, frameworks=[],
    )  # fmt: skip
    # Whatever columns a record has, but for those that tell the copies apart.
    own_columns = {
        "id": "printf('%%022d', made.number)",
        "submission_hash": "printf('%%064d', made.number)",
        "result": "one_of.result",
    }
    columns = [str(field.column) for field in Recommendation._meta.concrete_fields]
    copied = ", ".join(own_columns.get(name, f'one."{name}"') for name in columns)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE one_of (number INTEGER PRIMARY KEY, result TEXT)")
        cursor.executemany("INSERT INTO one_of VALUES (%s, %s)", list(enumerate(texts)))
        cursor.execute(
            f"""
            INSERT INTO advisor_recommendation ({", ".join(f'"{name}"' for name in columns)})
            WITH RECURSIVE made(number) AS
                (SELECT 0 UNION ALL SELECT number + 1 FROM made WHERE number < %s)
            SELECT {copied}
            FROM made JOIN one_of ON one_of.number = made.number %% %s
            JOIN advisor_recommendation AS one ON one.submission_hash = ''
            """,
            [records - 1, len(texts)],
        )
        cursor.execute("DROP TABLE one_of")
    original.delete()
    assert Recommendation.objects.count() == records


def every_path(tree: Tree) -> Iterator[dict[str, str]]:
    waiting: list[tuple[Node, dict[str, str]]] = [(tree.root, {})]
    while waiting:
        node, answers = waiting.pop()
        if isinstance(node, Ask):
            waiting += (
                (child, answers | {node.question: answer}) for answer, child in node.next.items()
            )
        else:
            yield answers


def document(reason: str) -> dict[str, object]:
    """A tree of nine questions with two answers each."""
    from tests.support.trees import document, outcome, question

    questions = [f"q{at}" for at in range(9)]
    reasons = {id: {"yes": "Out.", "no": "Out."} for id in questions}
    step: dict[str, object] = {"recommend": "a", "because": reason, "or": {"b": "Perhaps."}}
    last: dict[str, object] = {"recommend": "b", "because": "So it is"}
    for id in reversed(questions):
        step, last = {id: {"yes": step, "no": last}}, {id: {"yes": last, "no": step}}
    return document(
        questions={id: question("yes", "no") for id in questions},
        decide=step,
        outcomes={"a": outcome(reasons), "b": outcome(reasons)},
    )


if __name__ == "__main__":
    main()
