"""A table under a roof."""

SEATS = 6
