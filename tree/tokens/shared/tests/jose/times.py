"""Times in JSON Web Tokens: whole seconds since 1970."""

# Why a token is refused, in the words of PyJWT and of joserfc.
EXPIRED = "ExpiredSignature|ExpiredToken"
EARLY = "ImmatureSignature|InvalidClaim"


def claim(at: float) -> int:
    """Return a moment as a claim says it."""
    return int(at)


def seconds(claim: int) -> float:
    """Return the moment of a claim, in seconds since 1970."""
    return claim


def reading(at: float) -> int:
    """Return what the clock of the kit shows at a moment."""
    return int(at)
