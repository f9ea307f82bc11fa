"""Tokens to test and to measure with. Nothing here belongs into a service."""

import secrets
from typing import Any
from unittest import mock

import keys
import tokens

# A token holds no claims: it has 43 characters whatever is known about the user.
MINIMUM: dict[str, Any] = {}
TYPICAL: dict[str, Any] = {}
# Services that may ask about tokens, each with its secret.
BILLING = "https://billing.example.com/v2"
CALLERS = {tokens.AUDIENCE: secrets.token_urlsafe(32), BILLING: secrets.token_urlsafe(32)}


def environment() -> dict[str, str]:
    """All that the issuer and the service for AUDIENCE need in their environments, with a fresh
    secret. A test that serves the endpoint puts its own address in place of this one."""
    return keys.new_keys(tokens.AUDIENCE, f"{tokens.ISSUER}/introspect")


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
