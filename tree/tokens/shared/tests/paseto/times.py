"""Times in Paseto: texts as ISO 8601 has them, in UTC."""

from datetime import UTC, datetime, timedelta

# Why a token is refused, in the words of the kit.
EXPIRED = "expired"


def claim(at: float) -> str:
    """Return a moment as a claim says it."""
    return datetime.fromtimestamp(int(at), UTC).isoformat()


def seconds(claim: str) -> float:
    """Return the moment of a claim, in seconds since 1970."""
    return datetime.fromisoformat(claim).timestamp()


def reading(at: float) -> datetime:
    """Return what the clock of the kit shows at a moment."""
    return datetime.fromtimestamp(at, UTC)


def iso(seconds: float) -> str:
    """Return the claim for a moment so many seconds from now."""
    return (datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=seconds)).isoformat()
