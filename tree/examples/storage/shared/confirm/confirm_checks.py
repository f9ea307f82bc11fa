"""One comparison of what was found with what was decided, in words that hold no secret."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

SECONDS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
# Texts that may be printed, because they are no secrets. Of others only the length is said.
PUBLISHED = re.compile(
    r"https?://[\w.:\[\]/-]{1,200}|__(Host|Secure)-(Http-)?\w{1,40}|v\d\.[a-z]{5,6}\."
    r"|(HS|RS|ES|PS|A)\d{3}(GCM|KW|CBC-HS\d{3})?|EdDSA|ECDH-ES|RSA-OAEP(-256)?"
    r"|(?i:none|dir|jwt|at\+jwt|lax|strict|session|sessionid)",
    re.ASCII,
)


class CannotCheck(Exception):
    """Something that was given cannot be read, or does not belong together."""


@dataclass(frozen=True)
class Check:
    """`status` is ok, FAIL, warn or skip; what is skipped was not looked at."""

    status: str
    name: str
    text: str

    @classmethod
    def of(cls, name: str, compared: tuple[bool, str]) -> "Check":
        agrees, text = compared
        return cls("ok" if agrees else "FAIL", name, text)


def status_checks(
    status: str, superseded_by: Sequence[str], review_by: str, today: str
) -> Iterator[Check]:
    """What is to be said of a decision that stands no longer; days are ISO dates."""
    if status in ("withdrawn", "rejected"):
        yield Check("FAIL", "decision", f"{status}: do not build on it")
    elif status == "superseded":
        yield Check("warn", "decision", f"superseded by {', '.join(superseded_by)}: take that one")
    elif status == "deprecated":
        yield Check("warn", "decision", "deprecated: decide again")
    elif status not in ("", "proposed", "accepted"):
        yield Check("warn", "decision", f"{status}: not known here, take a newer kit")
    if status in ("", "proposed", "accepted") and review_by and review_by < today:
        yield Check("warn", "decision", f"its review was due by {review_by}")


def one_of(allowed: tuple[Any, ...], value: Any) -> tuple[bool, str]:
    """Whether a value is one of these, and of the same type."""
    if any(type(value) is type(it) and value == it for it in allowed):
        return True, str(value)
    return False, f"{shown(value)}; the decision says {' or '.join(map(str, allowed))}"


def all_of(allowed: tuple[Any, ...], value: Any, _: str = "") -> tuple[bool, str]:
    """The same for a setting, which may be a list of what a program accepts."""
    values = value if isinstance(value, list) and value else [value]
    compared = [one_of(allowed, one) for one in values]
    return next((one for one in compared if not one[0]), compared[0])


def same_site(value: Any) -> tuple[bool, str]:
    """Strict does no harm to the decision; capitals do not matter to browsers."""
    return one_of(("Lax", "Strict"), value.title() if isinstance(value, str) else value)


def time_within(unit: str, most: int, zero: bool, value: Any, given: str = "") -> tuple[bool, str]:
    """Whether a time is no longer than decided. `given` is the unit of a bare number where it is
    another one; `zero` allows 0, which some libraries read as for ever."""
    if isinstance(value, timedelta):
        seconds: float = value.total_seconds()
    elif type(value) in (int, float) and abs(value) < 1e12:
        seconds = value * SECONDS[given or unit]
    else:
        return False, f"{shown(value)}; the decision says at most {most} {unit}"
    said = f"{seconds / SECONDS[unit]:g} {unit}"
    if seconds < 0 or (seconds == 0 and not zero):
        return False, f"{said} is no lifetime; the decision says at most {most} {unit}"
    if seconds <= most * SECONDS[unit]:
        return True, f"{said}, at most {most}"
    return False, f"{said}; the decision says at most {most} {unit}"


def shown(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return str(value)
    if not isinstance(value, str):
        return f"a value of type {type(value).__name__}"
    return value if PUBLISHED.fullmatch(value) else f"another text, of {len(value)} characters"
