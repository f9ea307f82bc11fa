"""JSON with one reading only: what two programs might read in two ways is refused."""

import json
import math
import re
from collections.abc import Mapping
from typing import Any

HALF_CHARACTER = re.compile("[\ud800-\udfff]")  # a lone surrogate, which UTF-8 cannot write
MAX_DEPTH = 16  # objects and lists within each other; far below where Python's own parser fails


def read_object(raw: bytes) -> dict[str, Any]:
    """Return the one JSON object in plain UTF-8. Raise ValueError for anything else: another
    encoding or a byte order mark, a name that stands twice, NaN and what is too large for a number,
    half a character, more depth than MAX_DEPTH."""
    try:
        content = json.loads(raw.decode(), object_pairs_hook=_unique)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not isinstance(content, dict):
        raise ValueError("no object")
    _check_value(content, 0)
    return content


def further_claims(claims: Mapping[str, Any] | None, at: int | None = None) -> dict[str, Any]:
    """Return the claims that a caller adds to a token. Raise ValueError for those that a verifier
    would refuse. `at` is the time of kits that set no nbf of their own."""
    further = dict(claims or {})
    _check_value(further, 0)
    nbf = further.get("nbf", at)
    if at is not None and (type(nbf) is not int or nbf > at):
        raise ValueError("nbf must be a whole number of seconds that have passed")
    return further


def is_text(value: object) -> bool:
    """Tell whether a value is a string that is not empty and can be written as UTF-8."""
    return isinstance(value, str) and value != "" and not HALF_CHARACTER.search(value)


def _check_value(value: object, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise ValueError("nested too deep")
    if isinstance(value, Mapping):
        for name, member in value.items():
            if not isinstance(name, str):
                raise ValueError("a name that is no string")
            _check_value(name, depth)
            _check_value(member, depth + 1)
    elif isinstance(value, list | tuple):
        for member in value:
            _check_value(member, depth + 1)
    elif isinstance(value, str):
        if HALF_CHARACTER.search(value):
            raise ValueError("half a character (a lone surrogate)")
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("a number that JSON does not have")
    elif value is not None and not isinstance(value, int):
        raise ValueError(f"JSON has no {type(value).__name__}")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name stands twice")
    return dict(pairs)
