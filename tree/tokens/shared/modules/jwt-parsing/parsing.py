"""From the text of a token to its header, strictly: one spelling, and nothing unexpected in it."""

import base64
from typing import Any

from strict_json import read_object


class InvalidToken(Exception):
    """This token is not acceptable. Log the reason; the response only says 401."""


class ExpiredToken(InvalidToken):
    """A token of ours whose time is over: there is nothing left to revoke."""


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
    """The header of a token that has the one canonical shape; PyJWT also takes `=` padding, and
    JSON in which a name stands twice, or in another encoding than UTF-8."""
    if not isinstance(token, str) or not token.isascii() or len(token) > max_length:
        raise InvalidToken("not a string, not ASCII, or too long")
    try:
        parts = [base64.urlsafe_b64decode(part + "==") for part in token.split(".")]
    except ValueError as error:
        raise InvalidToken("not base64url") from error
    # Decoders skip characters that they do not know; encoding again leaves one spelling.
    again = [base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts]
    if len(parts) != 3 or ".".join(again) != token:
        raise InvalidToken("not three segments of canonical base64url")
    try:
        header, _payload = (read_object(part) for part in parts[:2])
    except ValueError as error:
        raise InvalidToken("no JSON object that has one reading") from error
    return header
