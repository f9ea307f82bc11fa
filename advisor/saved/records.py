"""Keeps a result as a record, and reads a record back."""

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
from advisor.models import Content, Entry, Recommendation, ResultSummary, State
from advisor.web.addresses import Query

# What a record's result, frameworks and settings look like. Another shape is another number.
FORMAT = 1


# How far a page follows those that supersede one another.
_MOST_LEVELS = 50


_RESULT = TypeAdapter(Result)


_SHA256 = re.compile("[0-9a-f]{64}")


class Unreadable(Exception):
    """A record that is kept, but that this release cannot show; says why, in a sentence."""


def save(
    query: Query,
    bundle: Bundle,
    texts: Mapping[str, str],
    now: datetime,
    *,
    identified: bool = False,
    supersedes: Recommendation | None = None,
) -> Recommendation:
    """The record of this result: a new one, or the one that the same submission already made.

    `texts` are the form's: title, context, author, and the submission that they belong to;
    `identified` says that the author is not typed but known; `supersedes` is answered again.
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
    sent = json.dumps({**content, "submission": texts["submission"]}, sort_keys=True)
    contents: dict[str, str] = {}
    kit = query.loaded.kits.get(bundle.result.outcome)
    content |= {
        "format": FORMAT,
        "kit": fingerprint(kit) if kit else "",
        # To the millisecond: so much survives a move by dumpdata and loaddata.
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
        # In one order for all: two that save the same texts at once must not wait for each other.
        Content.objects.bulk_create(
            [Content(sha256=sha256, text=text) for sha256, text in sorted(contents.items())],
            ignore_conflicts=True,
        )
        record, new = Recommendation.objects.get_or_create(
            submission_hash=sha256_of(sent), defaults=content
        )
        if new:
            _add_register_entry(record, bundle.result)
    return record


def _add_register_entry(record: Recommendation, result: Result) -> None:
    """Give the record its line in the register, and mark the one of the record before it."""
    common = {
        "outcome": result.outcome,
        "name": result.name,
        "policies": {ruling.policy: ruling.title for ruling in result.rulings},
    }
    summary, _ = ResultSummary.objects.get_or_create(
        tree=record.tree, result=record.result, defaults=common
    )
    Entry.objects.create(record=record, summary=summary)
    before = Entry.objects.filter(record=record.supersedes_id, state=State.IN_FORCE)
    for entry in before.select_for_update():
        entry.state = State.SUPERSEDED
        entry.save()


def serialise(result: Result) -> str:
    """The result as a record's content holds it."""
    return _RESULT.dump_json(result, by_alias=True).decode()


def read_result(text: str) -> Result:
    """The result that a record's content holds. Raises ValueError where it is none, or where a part
    of it would be lost."""
    result = _RESULT.validate_json(text)
    if not _holds(json.loads(text), _RESULT.dump_python(result, mode="json", by_alias=True)):
        raise ValueError("it holds more than a result of this release")
    return result


def read_record(record: Recommendation) -> Bundle:
    """What the record keeps, as it was when it was made. Raises Unreadable, and guesses nothing."""
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
    """The last of these records, of those that supersede them, and so on."""
    level, last = list(records), None
    for _ in range(_MOST_LEVELS):
        if not level:
            break
        last = max(level, key=lambda record: (record.saved_at, record.id))
        level = list(Recommendation.objects.filter(supersedes__in=level))
    return last


def _texts(wanted: Collection[str]) -> dict[str, str]:
    """The contents under these names, each still what its name says."""
    texts = {id: content.text for id, content in Content.objects.in_bulk(list(wanted)).items()}
    if texts.keys() != set(wanted):
        raise Unreadable("A part of it is missing from the database.")
    if any(sha256_of(text) != sha256 for sha256, text in texts.items()):
        raise Unreadable("A part of it is damaged in the database.")
    return texts


def _holds(kept: object, read: object) -> bool:
    """Whether all that was kept is in what was read; what was read may have fields that are new."""
    match kept, read:
        case dict(), dict():
            return all(name in read and _holds(value, read[name]) for name, value in kept.items())
        case list(), list():
            return len(kept) == len(read) and all(map(_holds, kept, read))
    return kept == read


def _put(contents: dict[str, str], text: str) -> str:
    contents[sha256 := sha256_of(text)] = text
    return sha256


def sha256_of(text: str) -> str:
    """The id under which a content is kept."""
    return hashlib.sha256(text.encode()).hexdigest()
