"""A grill."""


def portions() -> int:
    """Return a portion for each seat."""
    import table

    return table.SEATS
