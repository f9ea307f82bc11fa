"""Tokens to test and to measure with. Nothing here belongs into a service."""

import os
from typing import Any
from unittest import mock

import jwt

import tokens
from keys import load_private_key, new_keys

MINIMUM: dict[str, Any] = {}
TYPICAL: dict[str, Any] = {
    "roles": ["editor", "auditor"],
    "scope": "orders:read orders:write",
    "tenant": "acme-emea",
    "name": "Ada Lovelace",
    "email": "ada@example.com",
}


def environment() -> dict[str, str]:
    """All that a program with this kit needs in its environment but REDIS_URL, with fresh keys."""
    return new_keys("ES256")


def good(subject: str = "user-1") -> str:
    """A token that is acceptable now."""
    return tokens.issuer()(subject)


def expired() -> str:
    """One of our own tokens whose time is over."""
    then = tokens.now() - 24 * 60 * 60
    with mock.patch.object(tokens, "now", return_value=then):
        return good()


def forged() -> str:
    """A token that is right in everything, its kid included, but the key."""
    token = good()
    claims = jwt.decode(token, options={"verify_signature": False})
    header = jwt.get_unverified_header(token)
    with mock.patch.dict(os.environ, environment()):
        stranger = load_private_key("ES256")
    return jwt.encode(claims, stranger, "ES256", header)
