"""Save a result as a record, and read a record back."""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from django.db import transaction
from pydantic import TypeAdapter

from advisor.engine.walking.evaluate import Result
from advisor.kits.bundle import Bundle, FrameworkFiles
from advisor.kits.kit import KitFile, fingerprint
from advisor.models import Content, Entry, Recommendation, ResultSummary
from advisor.saved.status import successors_of, update_register
from advisor.web.addresses import Query

# The shape of a record's result, frameworks and settings. A change of it needs a new number.
FORMAT = 1
# How many generations of successors are followed.
_MAX_GENERATIONS = 50
_RESULT = TypeAdapter(Result)
_SHA256 = re.compile("[0-9a-f]{64}")


class Unreadable(Exception):
    """A record that this release cannot show. The message says why, in a sentence."""


def save(
    query: Query,
    bundle: Bundle,
    texts: Mapping[str, str],
    now: datetime,
    *,
    identified: bool = False,
    supersedes: Recommendation | None = None,
) -> Recommendation:
    """Save a result, and return its record, or the record that the same submission made before.

    `texts` are those of the form: title, context, author and submission. `identified` says that the
    author was signed in. `supersedes` is the record that this one replaces. Everything is written
    in one transaction.
    """
    content: dict[str, object] = {
        "title": texts["title"],
        "context": texts["context"],
        "author": texts["author"],
        "identified": identified,
        "tree": query.loaded.slug,
        "version": query.loaded.version,
        "answers": bundle.result.answers,
        "values": query.kit_state,
        "settings": dict(bundle.settings),
        "supersedes_id": supersedes.id if supersedes else None,
    }
    submitted = json.dumps({**content, "submission": texts["submission"]}, sort_keys=True)
    contents: dict[str, str] = {}
    kit = query.loaded.kits.get(bundle.result.outcome)
    content |= {
        "format": FORMAT,
        "kit": fingerprint(kit) if kit else "",
        # To the millisecond, because dumpdata and loaddata keep no more.
        "saved_at": now.replace(microsecond=now.microsecond // 1000 * 1000),
        "result": _put(contents, serialise(bundle.result)),
        "frameworks": [
            {
                "id": framework.id,
                "label": framework.label,
                "files": [
                    [file.name, _put(contents, file.text), file.supporting]
                    for file in framework.files
                ],
            }
            for framework in bundle.frameworks
        ],
    }
    with transaction.atomic():
        # In one order, so that two saves of the same texts cannot lock each other out.
        Content.objects.bulk_create(
            [Content(sha256=sha256, text=text) for sha256, text in sorted(contents.items())],
            ignore_conflicts=True,
        )
        record, created = Recommendation.objects.get_or_create(
            submission_hash=sha256_of(submitted), defaults=content
        )
        if created:
            _add_register_entry(record, bundle.result)
    return record


def serialise(result: Result) -> str:
    """Return the JSON of a result, as a record stores it."""
    return _RESULT.dump_json(result, by_alias=True).decode()


def read_result(text: str) -> Result:
    """Return the result that this JSON holds.

    Raise ValueError where it is not a result, or where this release would lose a part of it.
    """
    result = _RESULT.validate_json(text)
    if not _holds(json.loads(text), _RESULT.dump_python(result, mode="json", by_alias=True)):
        raise ValueError("it holds more than a result of this release")
    return result


def read_record(record: Recommendation) -> Bundle:
    """Return the result and kit of a record, exactly as they were saved.

    Raise Unreadable where the format is unknown or a part is missing or damaged.
    """
    if record.format != FORMAT:
        raise Unreadable(
            f"It is stored in format {record.format}. This release reads format {FORMAT}."
        )
    if not _SHA256.fullmatch(record.version):
        raise Unreadable("It does not record the version of its tree.")
    try:
        wanted = {record.result} | {
            sha256 for framework in record.frameworks for _, sha256, _ in framework["files"]
        }
        texts = _texts(wanted)
        frameworks = tuple(
            FrameworkFiles(
                framework["id"],
                framework["label"],
                tuple(
                    KitFile(name, texts[sha256], supporting)
                    for name, sha256, supporting in framework["files"]
                ),
            )
            for framework in record.frameworks
        )
        text = texts[record.result]
        return Bundle(read_result(text), dict(record.settings), frameworks, text)
    except (KeyError, TypeError, ValueError):
        raise Unreadable("It is stored in a form that this release cannot read.") from None


def latest_successor(records: Iterable[Recommendation]) -> Recommendation | None:
    """Return the newest record of the last generation: of those that supersede these, and so on.

    Follow 50 generations at most. Return None without records.
    """
    generation, last = list(records), None
    for _ in range(_MAX_GENERATIONS):
        if not generation:
            break
        last = max(generation, key=lambda record: (record.saved_at, record.id))
        generation = list(successors_of(generation))
    return last


def sha256_of(text: str) -> str:
    """Return the sha256 of a text as hex: the id of a content."""
    return hashlib.sha256(text.encode()).hexdigest()


def _put(contents: dict[str, str], text: str) -> str:
    contents[sha256 := sha256_of(text)] = text
    return sha256


def _add_register_entry(record: Recommendation, result: Result) -> None:
    """Add the record to the register, and mark the record that it supersedes."""
    common = {
        "outcome": result.outcome,
        "name": result.name,
        "policies": {ruling.policy: ruling.title for ruling in result.rulings},
    }
    summary, _ = ResultSummary.objects.get_or_create(
        tree=record.tree, result=record.result, defaults=common
    )
    Entry.objects.create(record=record, summary=summary)
    update_register(record.supersedes)


def _holds(kept: object, read: object) -> bool:
    """Return whether all that was kept was also read. The read data may have newer fields."""
    match kept, read:
        case dict(), dict():
            return all(name in read and _holds(value, read[name]) for name, value in kept.items())
        case list(), list():
            return len(kept) == len(read) and all(map(_holds, kept, read))
    return kept == read


def _texts(wanted: Collection[str]) -> dict[str, str]:
    """Return the contents with these hashes. Raise Unreadable if one is missing or damaged."""
    texts = {id: content.text for id, content in Content.objects.in_bulk(list(wanted)).items()}
    if texts.keys() != set(wanted):
        raise Unreadable("A part of it is missing from the database.")
    if any(sha256_of(text) != sha256 for sha256, text in texts.items()):
        raise Unreadable("A part of it is damaged in the database.")
    return texts
