"""A table under a roof."""

SEATS = 4
