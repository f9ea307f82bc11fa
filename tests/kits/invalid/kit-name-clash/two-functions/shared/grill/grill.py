"""A grill."""


def lay() -> str:
    """Lay the coals."""
    return "coals"
