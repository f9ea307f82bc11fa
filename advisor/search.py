"""The search index as migration 0006 fills it: kept because that migration imports it."""

from advisor.register.search import note

__all__ = ["note"]
