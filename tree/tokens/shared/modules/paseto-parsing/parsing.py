"""From the text of a token to its claims, strictly: what has two readings has none here."""

import base64
import re
from datetime import datetime
from typing import Any

from strict_json import read_object

UTC_TIME = re.compile(r"[0-9T:-]{19}\+00:00")


class InvalidToken(Exception):
    """This token is not acceptable. Log the reason; the response only says 401."""


class ExpiredToken(InvalidToken):
    """A token of ours whose time is over: there is nothing left to revoke."""


def check_shape(token: str, header: str, max_length: int) -> None:
    """Let one spelling through: pyseto skips characters that base64url does not know."""
    if not isinstance(token, str) or not token.isascii() or len(token) > max_length:
        raise InvalidToken("not a string, not ASCII, or too long")
    body = token.removeprefix(header)
    if body == token:
        raise InvalidToken(f"not {header}")
    try:
        raw = base64.urlsafe_b64decode(body + "==")
    except ValueError as error:
        raise InvalidToken("not base64url") from error
    # `issue` sets no footer; one would stand behind a dot, which is no base64url either.
    if base64.urlsafe_b64encode(raw).rstrip(b"=") != body.encode():
        raise InvalidToken("a footer, or base64url that is not canonical")


def parse_claims(payload: bytes) -> dict[str, Any]:
    """The claims in a payload that is one JSON object and has one reading."""
    try:
        return read_object(payload)
    except ValueError as error:
        raise InvalidToken("not JSON, or not with one reading") from error


def parse_time(value: object) -> datetime:
    """A time in the one form that `issue` writes; a numeric exp is refused like a missing one."""
    if not isinstance(value, str) or not UTC_TIME.fullmatch(value):
        raise InvalidToken("a time that is missing or not ISO 8601 in UTC")
    try:
        return datetime.fromisoformat(value)
    except ValueError as error:
        raise InvalidToken("a time that does not exist") from error
