"""A table under a roof."""


def lay() -> None:
    """Lay the table."""
