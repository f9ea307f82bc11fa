"""Tokens to test and to measure with. Nothing here belongs into a service."""

import secrets
from typing import Any
from unittest import mock

import tokens

# A session has no claims: the token has 43 characters whatever is known about the user.
MINIMUM: dict[str, Any] = {}
TYPICAL: dict[str, Any] = {}


def environment() -> dict[str, str]:
    """There are no keys; REDIS_URL comes from whoever runs this."""
    return {}


def good(subject: str = "user-1") -> str:
    """A token that is acceptable now."""
    return tokens.issuer()(subject)


def expired() -> str:
    """One of our own tokens whose time is over, though Redis still has it."""
    then = tokens.now() - tokens.ABSOLUTE_HOURS * 3600
    with mock.patch.object(tokens, "now", return_value=then):
        return good()


def forged() -> str:
    """A token that is right in its shape, and nobody's."""
    return secrets.token_urlsafe(32)
