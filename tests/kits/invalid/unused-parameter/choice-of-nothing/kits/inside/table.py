"""A table under a roof."""
