"""Tokens to test and to measure with. Nothing here belongs into a service."""

from typing import Any
from unittest import mock

from joserfc import jwe, jwt
from joserfc.jwk import ECKey

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
    then = tokens.now() - 24 * 60 * 60
    with mock.patch.object(tokens, "now", return_value=then):
        return good()


def forged() -> str:
    """A token that is encrypted to our service and right in everything but the key that signed."""
    ours, stranger = keys.load_issuer_keys(), ECKey.generate_key("P-256")
    claims = tokens.verifier()(good())
    header = {**tokens.INNER, "kid": ours.signing.thumbprint()}
    signed = jwt.encode(header, claims, stranger, ["ES256"])
    header = {**tokens.OUTER, "kid": ours.recipient.thumbprint()}
    return jwe.encrypt_compact(header, signed, ours.recipient, registry=tokens.REGISTRY)
