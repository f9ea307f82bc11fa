"""From the text of a token to its header, strictly: one spelling, and nothing unexpected in it."""

import base64
import json
from typing import Any


class InvalidToken(Exception):
    """This token is not acceptable. Log the reason; the response only says 401."""


def read_kid(token: str, wanted: dict[str, str], max_length: int) -> str:
    """The kid in a header that has nothing else in it than what is wanted."""
    header = _header(token, max_length)
    # A closed list: crit and keys that a token brings along (jwk, jku, x5u, x5c) are refused.
    if header.keys() != {*wanted, "kid"}:
        raise InvalidToken("header members other than alg, typ and kid")
    kid = header.pop("kid")
    if header != wanted:
        raise InvalidToken("wrong alg or typ")
    if not isinstance(kid, str):
        raise InvalidToken("unknown kid")
    return kid


def _header(token: str, max_length: int) -> dict[str, Any]:
    """The header of a token that has the one canonical shape; PyJWT also takes `=` padding."""
    if not isinstance(token, str) or not token.isascii() or len(token) > max_length:
        raise InvalidToken("not a string, not ASCII, or too long")
    try:
        parts = [base64.urlsafe_b64decode(part + "==") for part in token.split(".")]
        header = json.loads(parts[0])
    except (ValueError, RecursionError) as error:
        raise InvalidToken("not base64url, or no JSON header") from error
    # Decoders skip characters that they do not know; encoding again leaves one spelling.
    again = [base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts]
    if len(parts) != 3 or ".".join(again) != token:
        raise InvalidToken("not three segments of canonical base64url")
    if not isinstance(header, dict):
        raise InvalidToken("the header is no object")
    return header
