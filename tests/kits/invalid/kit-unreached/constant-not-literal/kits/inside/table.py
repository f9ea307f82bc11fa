"""A table under a roof."""

DAYS = 30
