"""Keeps a result as a record, and reads a record back."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

from pydantic import TypeAdapter

from advisor.engine.evaluate import Result
from advisor.kits import KitFile
from advisor.models import Recommendation
from advisor.query import Query

_RESULT = TypeAdapter(Result)
_FILES = TypeAdapter(tuple[KitFile, ...])


def save(
    query: Query,
    result: Result,
    files: tuple[KitFile, ...],
    texts: Mapping[str, str],
    now: datetime,
) -> Recommendation:
    """The record of this result: a new one, or the one that the same submission already made.

    `texts` are the form's: title, context, author, and the submission that they belong to.
    """
    content = {
        "submission": texts["submission"],
        "title": texts["title"],
        "context": texts["context"],
        "author": texts["author"],
        "tree": query.served.slug,
        "version": query.served.version,
        "answers": result.answers,
        "values": dict(query.values),
    }
    once = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    frozen = {name: value for name, value in content.items() if name != "submission"} | {
        "saved_at": now,
        "result": _RESULT.dump_python(result, mode="json", by_alias=True),
        "files": _FILES.dump_python(files, mode="json"),
    }
    record, _ = Recommendation.objects.get_or_create(once=once, defaults=frozen)
    return record


def frozen(record: Recommendation) -> tuple[Result, tuple[KitFile, ...]]:
    """The result and the files as they were when the record was made."""
    return _RESULT.validate_python(record.result), _FILES.validate_python(record.files)
