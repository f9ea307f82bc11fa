"""Saving from several processes at once, each with a connection of its own to one database."""

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier

import django
from django.db import connection

from advisor.kits.bundle import Bundle, FrameworkFiles
from tests.support import patience

# How many texts the records of one round share, beside their result.
FILES = 40


def race(*titles: Sequence[str]) -> list[list[str]]:
    """A process for each of the sequences saves a record for each title: the ids, per process.

    They start each round together. A title is a form of its own: the same title is that form sent
    again. The records of one round, one of each process, share their texts.
    """
    context = get_context("spawn")
    started = (str(connection.settings_dict["NAME"]), context.Barrier(len(titles)))
    with ProcessPoolExecutor(len(titles), context, _start, started) as pool:
        work = [pool.submit(_save, title) for title in titles]
        return [saving.result(timeout=patience.SECONDS) for saving in work]


_all_ready: Barrier


def _start(database: str, all_ready: Barrier) -> None:
    """In a new process: Django, on the database of the test."""
    global _all_ready
    _all_ready = all_ready
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    from django.conf import settings

    settings.DATABASES["default"]["NAME"] = database
    django.setup()


def _save(titles: Sequence[str]) -> list[str]:
    from django.utils import timezone

    from advisor import catalogue
    from advisor.engine.walking.evaluate import Result, evaluate
    from advisor.kits.kit import KitFile
    from advisor.saved import records
    from advisor.web.addresses import Query

    loaded = catalogue.loaded_trees()["tokens"]
    (case, *_) = loaded.tree.document.cases
    result = evaluate(loaded.tree, case.answers)
    assert isinstance(result, Result)
    query = Query(loaded, case.answers, {}, "", "", ())
    ids: list[str] = []
    for number, title in enumerate(titles):
        contents = (f"file {file} of round {number}" for file in range(FILES))
        way = FrameworkFiles(
            "plain", "Plain", tuple(KitFile("file.txt", text) for text in contents)
        )
        typed = records.Typed(title=title, author="Team Blue", submission=title)
        _all_ready.wait(timeout=patience.SECONDS)
        saved = records.save(query, Bundle(result, {}, (way,)), typed, timezone.now())
        ids.append(saved.record.id)
    return ids
