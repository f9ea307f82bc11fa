"""From the text of a token to its header and segments, strictly: one spelling, one header."""

import base64
from collections.abc import Mapping
from typing import Any, TypeVar

from strict_json import read_object

Key = TypeVar("Key")


class InvalidToken(Exception):
    """This token is not acceptable. Log the reason; the response only says 401."""


def split(token: str, count: int, max_length: int) -> tuple[dict[str, Any], list[bytes]]:
    """The header and all segments of a token that has the one canonical shape."""
    if not isinstance(token, str) or not token.isascii() or len(token) > max_length:
        raise InvalidToken("not a string, not ASCII, or too long")
    try:
        parts = [base64.urlsafe_b64decode(part + "==") for part in token.split(".")]
        header = read_object(parts[0])
    except ValueError as error:
        raise InvalidToken("not base64url, or a header that is no JSON with one reading") from error
    # Decoders skip characters that they do not know; encoding again leaves one spelling.
    again = [base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts]
    if len(parts) != count or ".".join(again) != token:
        raise InvalidToken(f"not {count} segments of canonical base64url")
    return header, parts


def check_encryption(header: dict[str, Any], parts: list[bytes]) -> dict[str, Any]:
    """The header without the one-time key that ECDH-ES needs; nothing else may vary in length."""
    _header, encrypted_key, iv, _ciphertext, tag = parts
    epk = header.get("epk")
    if not isinstance(epk, dict) or epk.keys() != {"kty", "crv", "x", "y"}:
        raise InvalidToken("no epk, or more than a public key in it")
    if encrypted_key or len(iv) != 12 or len(tag) != 16:
        raise InvalidToken("a key, or an iv or tag of the wrong length")
    return {name: value for name, value in header.items() if name != "epk"}


def pick(header: dict[str, Any], wanted: dict[str, str], keys: Mapping[str, Key]) -> Key:
    """kid is the sender's word. It picks one of our keys, and is never a path, URL or query.

    All else is known beforehand: no other alg, no zip, p2c or crit, no key brought along.
    """
    kid = header.get("kid")
    if header != {**wanted, "kid": kid} or not isinstance(kid, str) or kid not in keys:
        raise InvalidToken("a header other than ours, or an unknown kid")
    return keys[kid]
