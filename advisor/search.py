"""Index entries for migration 0006, which imports this module. New code uses `register.search`."""

from typing import Any

from advisor.register import search


def note(entry: Any) -> None:
    """Index an entry, given as the historical model of that migration."""
    search.index_entry(entry, entry.finding_id)
