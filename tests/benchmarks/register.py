"""What a page of the register costs among many records: `python -m tests.benchmarks.register`.

A million saved recommendations of 300 results against a thousand: each kind of search and filter,
as ratios of the times that a whole page takes. The older half has results that the tree gives no
more, so that a filter by status has to go back half of all records. Nothing is asserted.

`python -m tests.support.on_postgresql python -m tests.benchmarks.register` does the same on
PostgreSQL.
"""

import argparse
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.db import connection, transaction
from django.test.utils import override_settings

from tests.benchmarks.wizard import get, timed

RESULTS = 300
FEW, MANY = 1_000, 1_000_000
ROUNDS = 30
AT_ONCE = 10_000
ADDRESSES = {
    "newest": "/r/",
    "deep": "/r/?before={middle}",
    "back from deep": "/r/?after={middle}",
    "oldest": "/r/?before=20",
    "rare word": "/r/?q=zebrafish",
    "frequent word": "/r/?q=service",
    "frequent, deep": "/r/?q=service&before={middle}",
    "one letter": "/r/?q=s",
    "rare and frequent": "/r/?q=service+zebrafish",
    "three frequent": "/r/?q=service+billing+team",
    "no such word": "/r/?q=xylophones",
    "tree": "/r/?tree=made",
    "rare outcome": "/r/?outcome=rare",
    "frequent outcome": "/r/?outcome=a",
    "policy": "/r/?policy=strict",
    "departures": "/r/?departs=yes",
    "advice unchanged": "/r/?drift=current",
    "changed advice": "/r/?drift=advice",
    "changed code": "/r/?drift=code",
    "in force": "/r/?status=in-force",
    "accepted": "/r/?status=accepted",
    "superseded": "/r/?status=superseded",
    "withdrawn": "/r/?status=withdrawn",
    "overdue": "/r/?review=overdue",
    "word, overdue": "/r/?q=service&review=overdue",
    "one old day": "/r/?since=2026-01-01&until=2026-01-01",
    "until an old day": "/r/?until=2026-01-01",
    "word, old day": "/r/?q=service&until=2026-01-01",
    "rare word, day": "/r/?q=zebrafish&since=2026-01-01",
    "link": "/r/?q=https%3A%2F%2Fsite%2Fr%2F{id}%2F",
    "author": "/r/?q=hopper",
    "word, rare outcome": "/r/?q=service&outcome=rare",
    "word, old advice": "/r/?q=service&drift=advice",
    "rare word, advice": "/r/?q=zebrafish&drift=advice",
    "all filters": "/r/?q=service&tree=made&outcome=a&policy=strict&status=in-force&drift=advice",
    "JSON": "/r/register.json?q=service",
    "feed": "/r/feed.atom?q=service",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--many", type=int, default=MANY, help=f"{MANY} without it")
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"{ROUNDS} without it")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    with tempfile.TemporaryDirectory() as folder:
        trees = [made(Path(folder) / "made", "So it is"), made(Path(folder) / "old", "So it was")]
        with override_settings(DEBUG=False, ADVISOR_TREES=[str(trees[0])], STATIC_ROOT=folder):
            few = measured(trees, FEW, options.rounds)
            many = measured(trees, options.many, options.rounds)
    print(f"\n{connection.vendor}; milliseconds a page, median of {options.rounds}\n")
    print(f"{'page':<20}{FEW:>12,}{options.many:>12,}{'ratio':>8}")
    for name in ADDRESSES:
        print(f"{name:<20}{few[name]:>12.1f}{many[name]:>12.1f}{many[name] / few[name]:>8.1f}")


def made(folder: Path, reason: str) -> Path:
    from tests.benchmarks.impact import document

    folder.mkdir()
    text = json.dumps(document(reason="So it is")).replace("So it is", reason)
    (folder / "tree.yaml").write_text(text)
    return folder


def measured(trees: list[Path], records: int, rounds: int) -> dict[str, float]:
    """Milliseconds by the name of the page, in a new database with so many records."""
    connection.creation.create_test_db(verbosity=0)
    try:
        began = time.perf_counter()
        fill(trees, records)
        print(f"{records:,} records made in {time.perf_counter() - began:.0f} s")
        site = WSGIHandler()
        takes = {}
        for name, address in ADDRESSES.items():
            asked = address.format(middle=records // 2, id=f"{records // 2:022}")
            get(site, asked)
            takes[name] = statistics.median(
                timed(lambda asked=asked: get(site, asked))  # type: ignore[misc]
                for _ in range(rounds)
            )
        return takes
    finally:
        connection.creation.destroy_test_db(settings.DATABASES["default"]["NAME"], verbosity=0)


def fill(trees: list[Path], records: int) -> None:
    """Records by Django's bulk inserts, which send no signals: their words are written beside."""
    from advisor.models import Entry, Recommendation, ResultSummary, State
    from advisor.register import index

    today, before = (list(summaries(tree)) for tree in trees)
    kept = ResultSummary.objects.bulk_create([*today, *before])
    today, before = kept[: len(today)], kept[len(today) :]
    words = random.Random(5)  # the same words in every run
    vocabulary = ["".join(words.choices("abcdefghijklmnopqrtuvwxyz", k=7)) for _ in range(20_000)]
    began = datetime(2026, 1, 1, tzinfo=UTC)
    for start in range(0, records, AT_ONCE):
        made: list[Recommendation] = []
        entries: list[Entry] = []
        texts: list[tuple[int, list[str]]] = []
        for number in range(start, min(start + AT_ONCE, records)):
            of_then = before if number < records // 2 else today
            summary = of_then[number % len(of_then)]
            text = " ".join(
                [
                    *words.choices(vocabulary, k=20),
                    *(word for word in ("service", "billing", "team") if words.random() < 0.4),
                    *(["zebrafish"] if number % 100_000 == 7 else []),
                ]
            )
            record = Recommendation(
                id=f"{number:022}",
                submission_hash=f"{number:064}", saved_at=began + timedelta(seconds=number),
                title="A title", context=text,
                author="Grace Hopper" if number % 1000 == 9 else "An author", tree="made",
                version="0" * 64, answers={},
                values={}, result=summary.result, frameworks=[],
            )  # fmt: skip
            if number % 50 == 13:
                record.supersedes = made[-10]
            state = State(
                (number % 50 == 3) + 2 * (number % 500 == 4) + State.ACCEPTED * (number % 5 == 0)
            )
            # A tenth is to be reviewed; of those, a tenth is overdue.
            if number % 10 == 5:
                record.review_by = date(2026 if number % 100 == 5 else 2099, 2, 1)
            made.append(record)
            entries.append(Entry(number=number + 1, record=record, summary=summary, state=state))
            marks = index.marks_of(summary.id, state, record.review_by)
            words_typed = index.words_of(f"{text} {record.author}")
            texts.append((number + 1, [*words_typed, *marks]))
        with transaction.atomic():
            Recommendation.objects.bulk_create(made)
            Entry.objects.bulk_create(entries)
            index.write(texts)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def summaries(folder: Path) -> Iterator[Any]:
    """A finding for each of so many results, which it keeps: one of a rare outcome, a tenth under a
    policy."""
    from advisor import catalogue
    from advisor.engine.walking.evaluate import Result, evaluate
    from advisor.models import Content, ResultSummary
    from advisor.saved import records
    from tests.benchmarks.impact import every_path

    loaded, problems = catalogue.check(folder)
    assert loaded is not None, problems
    for at, answers in enumerate(islice(every_path(loaded.tree), RESULTS // 2)):
        result = evaluate(loaded.tree, answers)
        assert isinstance(result, Result)
        text = records.serialise(result)
        sha256 = records.sha256_of(text)
        Content.objects.get_or_create(sha256=sha256, defaults={"text": text})
        yield ResultSummary(
            tree="made", result=sha256, outcome="rare" if at == 5 else result.outcome,
            name=result.name, policies={} if at % 10 else {"strict": "A strict policy"},
        )  # fmt: skip


if __name__ == "__main__":
    main()
