"""Index entries for migrations, which import this module. New code uses `register.index`."""

from collections.abc import Iterable
from typing import Any

from advisor.register import index


def note(entry: Any) -> None:
    """Index an entry, given as the historical model of migration 0006."""
    index.index_entry(entry, entry.finding_id)


def note_all(entries: Iterable[Any]) -> None:
    """Index entries again, given as the historical models of migration 0009."""
    index.write(index.row_of(entry, entry.summary_id) for entry in entries)
