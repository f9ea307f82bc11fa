"""Saved recommendations of this and of earlier releases, and what is to be seen of each for ever.

`records/` holds rows as the database had them, `contents/` the texts that they share, under their
sha256, and `expected/` what the site answers. `make golden` adds what is new and changes nothing.
"""

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.test import Client

from advisor.models import Content, Event, Recommendation

FOLDER = Path(__file__).parent
RECORDS, CONTENTS, EXPECTED = FOLDER / "records", FOLDER / "contents", FOLDER / "expected"
# Fields that a row of the first release had not are left out where they hold their defaults.
FIELDS = (
    *(
        "id",
        "submission_hash",
        "saved_at",
        "title",
        "context",
        "author",
        "identified",
        "tree",
        "version",
    ),
    *("answers", "values", "settings", "format", "result", "frameworks", "kit"),
)
# Fields of a decision, which records in format 2 have.
DECIDED = (
    *("reason", "decision_makers", "consulted", "informed", "discussion", "review_by"),
    "sign_offs",
)
# What columns were called in earlier releases.
RENAMED = {"once": "submission_hash", "ways": "frameworks"}


def names() -> list[str]:
    return sorted(path.stem for path in RECORDS.glob("*.json"))


def row(name: str) -> dict[str, object]:
    kept: dict[str, object] = json.loads((RECORDS / f"{name}.json").read_text())
    return {RENAMED.get(column, column): value for column, value in kept.items()}


def load(name: str) -> Recommendation:
    """Put the record and its texts into the database, as they were."""
    held = row(name)
    events = held.pop("events", [])
    record = Recommendation(**held | {"saved_at": datetime.fromisoformat(str(held["saved_at"]))})
    Content.objects.bulk_create(
        [Content(sha256=sha, text=(CONTENTS / sha).read_text()) for sha in contents(record)],
        ignore_conflicts=True,
    )
    record.save(force_insert=True)
    assert isinstance(events, list)
    for number, event in enumerate(events):
        at = datetime.fromisoformat(event["at"])
        Event.objects.create(
            **event | {"record": record, "at": at, "submission_hash": f"{name} {number}"}
        )
    return record


def contents(record: Recommendation) -> set[str]:
    # Records of earlier releases have separate files alone.
    return {record.result} | {
        sha
        for framework in record.frameworks
        for part in ("files", "joined")
        for _, sha, _ in framework.get(part, ())
    }


@dataclass(frozen=True, slots=True)
class Shown:
    """What the site answers, by the ending of the file that holds it."""

    files: dict[str, bytes]

    def differing(self, name: str) -> list[str]:
        """The files of the corpus that say something else."""
        paths = {ending: EXPECTED / f"{name}{ending}" for ending in self.files}
        return [
            path.name
            for ending, path in paths.items()
            if not path.exists() or path.read_bytes() != self.files[ending]
        ]


def shown(client: Client, record: Recommendation) -> Shown:
    link = f"/r/{record.id}/"
    files = {
        ending: client.get(f"{link}recommendation{ending}").content for ending in (".json", ".md")
    }
    # A zip's bytes are those of the zlib at hand, so its files are compared.
    lines = []
    for framework in record.frameworks:
        packed = client.get(f"{link}kit.zip", {"way": framework["id"]}).content
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            for file in archive.namelist():
                sha256 = hashlib.sha256(archive.read(file)).hexdigest()
                lines.append(f"{sha256}  {framework['id'] or '-'}/{file}\n")
    return Shown(files | {".kit.txt": "".join(lines).encode()})
