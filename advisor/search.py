"""The search index as migration 0006 fills it: kept because that migration imports it."""

from typing import Any

from advisor.register import search


def note(entry: Any) -> None:
    """Index an entry as the models of that migration know it."""
    search.index_entry(entry, entry.finding_id)
