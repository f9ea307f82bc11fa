"""Tokens to test and to measure with. Nothing here belongs into a service."""

import os
from datetime import timedelta
from typing import Any
from unittest import mock

import keys
import tokens

MINIMUM: dict[str, Any] = {}
TYPICAL: dict[str, Any] = {
    "roles": ["editor", "auditor"],
    "scope": "orders:read orders:write",
    "tenant": "acme-emea",
    "name": "Ada Lovelace",
    "email": "ada@example.com",
}


def environment() -> dict[str, str]:
    """All that a program with this kit needs in its environment, with fresh keys."""
    return keys.new_keys()


def good(subject: str = "user-1") -> str:
    """A token that is acceptable now."""
    return tokens.issuer()(subject)


def expired() -> str:
    """One of our own tokens whose time is over."""
    then = tokens.now() - timedelta(days=1)
    with mock.patch.object(tokens, "now", return_value=then):
        return good()


def forged() -> str:
    """A token that is right in everything but the key."""
    with mock.patch.dict(os.environ, environment()):
        return good()
