"""Save a result as a record, and read a record back."""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from pydantic import TypeAdapter

from advisor.engine.policies.effective import required_sign_offs
from advisor.engine.walking.evaluate import Result
from advisor.kits.bundle import Bundle, FrameworkFiles
from advisor.kits.kit import KitFile, fingerprint
from advisor.models import Content, Entry, Recommendation, ResultSummary
from advisor.saved.secret_link import hash_of_secret, secret_of
from advisor.saved.status import successors_of, update_register
from advisor.web.addresses import Query

# The shape of a record. A change of it needs a new number. The exports of a record in format 2
# always say what has become of the decision; those of one in format 1 do once something has.
FORMAT = 2
FORMATS = (1, 2)
# How many generations of successors are followed.
_MAX_GENERATIONS = 50
_RESULT = TypeAdapter(Result)
_SHA256 = re.compile("[0-9a-f]{64}")


class Unreadable(Exception):
    """A record that this release cannot show. The message says why, in a sentence."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What an author typed into the form. `submission` is the id of one opening of the form.

    `identified` says that single sign-on named the author.
    """

    title: str
    author: str
    submission: str
    context: str = ""
    identified: bool = False
    reason: str = ""
    decision_makers: str = ""
    consulted: str = ""
    informed: str = ""
    discussion: str = ""
    review_by: date | None = None


@dataclass(frozen=True, slots=True)
class SaveOutcome:
    """The record, and the secret of the author's team, empty where single sign-on names people."""

    record: Recommendation
    secret: str


def save(
    query: Query,
    bundle: Bundle,
    typed: Typed,
    now: datetime,
    *,
    supersedes: Recommendation | None = None,
    saved_before: str = "",
) -> SaveOutcome:
    """Save a result, and return its record, or the record that the same submission made before.

    `supersedes` is the record that this one replaces. `saved_before` is the id of a record that the
    same browser saved: where it holds the very same, no second one is made. Everything is written
    in one transaction.
    """
    content: dict[str, object] = {
        "title": typed.title,
        "context": typed.context,
        "author": typed.author,
        "identified": typed.identified,
        "tree": query.loaded.slug,
        "version": query.loaded.version,
        "answers": bundle.result.answers,
        "values": query.kit_state,
        "settings": dict(bundle.settings),
        "supersedes_id": supersedes.id if supersedes else None,
        "reason": typed.reason,
        "decision_makers": typed.decision_makers,
        "consulted": typed.consulted,
        "informed": typed.informed,
        "discussion": typed.discussion,
    }
    reviewed = typed.review_by.isoformat() if typed.review_by else ""
    chosen = {"outcome": bundle.result.outcome, "review_by": reviewed}
    hashed = submission_hash({**content, **chosen, "submission": typed.submission})
    secret = "" if typed.identified else secret_of(typed.submission, hashed)
    content["review_by"] = typed.review_by
    contents: dict[str, str] = {}
    result = _put(contents, serialise(bundle.result))
    before = Recommendation.objects.filter(pk=saved_before, result=result).first()
    if before and all(getattr(before, name) == value for name, value in content.items()):
        return SaveOutcome(before, secret)
    kit = query.loaded.kits.get(bundle.result.outcome)
    content |= {
        "format": FORMAT,
        "kit": fingerprint(kit) if kit else "",
        # To the millisecond, because dumpdata and loaddata keep no more.
        "saved_at": now.replace(microsecond=now.microsecond // 1000 * 1000),
        "result": result,
        "sign_offs": required_sign_offs(query.loaded.tree.policies),
        "key_hash": hash_of_secret(secret) if secret else "",
        "frameworks": [
            {
                "id": framework.id,
                "label": framework.label,
                "files": [_file(contents, file) for file in framework.files],
                "joined": [_file(contents, file) for file in framework.joined],
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
            submission_hash=hashed, defaults=content
        )
        if created:
            _add_register_entry(record, bundle.result)
    return SaveOutcome(record, secret)


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
    if record.format not in FORMATS:
        raise Unreadable(
            f"It is stored in format {record.format}. This release reads formats "
            f"{' and '.join(map(str, FORMATS))}."
        )
    if not _SHA256.fullmatch(record.version):
        raise Unreadable("It does not record the version of its tree.")
    try:
        wanted = {record.result} | {
            sha256
            for framework in record.frameworks
            for part in ("files", "joined")
            for _, sha256, _ in framework.get(part, ())
        }
        texts = _texts(wanted)
        frameworks = tuple(
            FrameworkFiles(
                framework["id"],
                framework["label"],
                _files(texts, framework["files"]),
                # Records of earlier releases have separate files alone.
                _files(texts, framework.get("joined", ())),
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


def _file(contents: dict[str, str], file: KitFile) -> list[str | bool]:
    return [file.path, _put(contents, file.text), file.supporting]


def _files(texts: Mapping[str, str], files: Iterable[tuple[str, str, bool]]) -> tuple[KitFile, ...]:
    return tuple(
        KitFile(path.rpartition("/")[2], texts[sha256], supporting, path.rpartition("/")[0])
        for path, sha256, supporting in files
    )


def submission_hash(submitted: Mapping[str, object]) -> str:
    """Return the hash of what was submitted with one opening of a form.

    Sending it twice gives the same hash.
    """
    return sha256_of(json.dumps(submitted, sort_keys=True))


def _put(contents: dict[str, str], text: str) -> str:
    contents[sha256 := sha256_of(text)] = text
    return sha256


def _add_register_entry(record: Recommendation, result: Result) -> None:
    """Add the record to the register, and mark the record that it supersedes."""
    common = {
        "outcome": result.outcome,
        "name": result.name,
        "recommended": result.recommended_name if result.departure else "",
        "policies": {ruling.policy: ruling.title for ruling in result.rulings},
    }
    summary, _ = ResultSummary.objects.get_or_create(
        tree=record.tree, result=record.result, kit=record.kit, defaults=common
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
