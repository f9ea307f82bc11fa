"""Prepare a kit for download: write its provenance into the files, and pack them into a zip."""

import io
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from advisor.kits.kit import README, KitFile
from advisor.kits.layout import licences

# The earliest date of a zip. With a fixed date, equal kits give equal bytes.
ZIP_DATE = (1980, 1, 1, 0, 0, 0)
# The files in which a line may begin with #.
_WITH_COMMENTS = (".py", ".txt", ".yaml", ".yml", ".toml", ".ini", ".cfg")


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where files come from: the address of the page and the version of the tree.

    `saved_at` is when the record was saved, None for a live result. `notes` are sentences that the
    README says as well.
    """

    url: str
    version: str
    saved_at: datetime | None = None
    notes: tuple[str, ...] = ()

    def lines(self) -> tuple[str, str]:
        """Return two lines of text, without comment signs, that name the origin."""
        day = f"{self.saved_at.day} {self.saved_at:%B %Y}" if self.saved_at else ""
        saved = f", saved on {day}" if day else ""
        return f"From <{self.url}>{saved}.", f"Version of the tree: {self.version}."


def with_provenance(files: Iterable[KitFile], provenance: Provenance) -> tuple[KitFile, ...]:
    """Return the files with their origin and licence written in.

    The README and the code name their origin, and every file that can have comments names the
    licence that the README states. A README of an earlier release may state none; then none is
    added.
    """
    files = tuple(files)
    origin = provenance.lines()
    licence = [f"SPDX-License-Identifier: {id}" for id in licences(files)]
    notes = provenance.notes
    return tuple(replace(file, text=_headed(file, origin, licence, notes)) for file in files)


def as_zip(folder: str, files: Iterable[KitFile]) -> bytes:
    """Return a zip with the files in one folder. Equal files give equal bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            entry = zipfile.ZipInfo(f"{folder}/{file.path}", ZIP_DATE)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, file.text)
    return packed.getvalue()


def _headed(
    file: KitFile, origin: Iterable[str], licence: Iterable[str], notes: Iterable[str]
) -> str:
    if file.name == README:
        return "".join(f"> {line}\n" for line in (*origin, *notes)) + f"\n{file.text}"
    if not file.name.endswith(_WITH_COMMENTS):
        return file.text
    is_code = file.name.endswith(".py") and not file.supporting
    lines = [*(origin if is_code else ()), *licence]
    return "".join(f"# {line}\n" for line in lines) + file.text
