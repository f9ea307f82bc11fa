"""What the tokens of the kit say beside the claims that all kits have."""


def own_claims() -> dict[str, int]:
    return {}
