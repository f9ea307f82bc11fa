"""Reads what a client sends in JSON to log in or to refresh. No message repeats what was sent."""

import json
import re
from collections.abc import Sequence
from typing import Any

UNFIT = re.compile("[\0\ud800-\udfff]")  # what a hash or a database would stumble over


class UnreadableCredentials(Exception):
    """Not JSON with texts of a sensible length under these names. Answer 400, and no more."""


class WrongCredentials(Exception):
    """Nobody has this name and password. Answer 401, as to a wrong password."""


def read_credentials(kind: str | None, body: bytes) -> tuple[str, str]:
    """Return name and password from a body of this Content-Type."""
    name, password = read_texts(kind, body, ["name", "password"])
    if len(name) > 254 or len(password) > 1024:  # hashing takes time: a long one is an attack
        raise UnreadableCredentials("too long")
    return name, password


def read_texts(kind: str | None, body: bytes, names: Sequence[str]) -> list[str]:
    """Return the texts that stand under these names in a body of this Content-Type."""
    # No form of another site can send this type.
    if (kind or "").partition(";")[0].strip().lower() != "application/json":
        raise UnreadableCredentials("another type than JSON")
    try:
        text = body.decode()  # `json` would also take UTF-16, UTF-32 and a byte order mark
        given = json.loads(text, object_pairs_hook=_no_repeats, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise UnreadableCredentials("no JSON") from None
    values = [given.get(name) if isinstance(given, dict) else None for name in names]
    texts = [value for value in values if isinstance(value, str)]
    if len(texts) != len(names):
        raise UnreadableCredentials("a name without a text")
    if UNFIT.search("".join(texts)):
        raise WrongCredentials("half of a surrogate pair, or a zero byte")
    return texts


def _no_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError("a key that occurs twice")
    return dict(pairs)


def _no_constant(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
