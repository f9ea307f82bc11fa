"""The secrets with which services ask: loaded from the environment, checked, and made."""

import json
import os
import re
import secrets
import sys
from typing import Any

NAME = "INTROSPECTION_SECRETS"
SECRET = re.compile(r"[A-Za-z0-9_-]{43}")  # 32 bytes in base64url


class ConfigurationError(Exception):
    """A secret is missing or unfit. Raised when secrets are loaded, never because of a request."""

    def __init__(self, fault: str) -> None:
        super().__init__(f"{NAME} {fault}. Make a secret: python tokens.py new-key")


def load_secrets() -> dict[str, str]:
    """Return who may ask: the audience of each secret. An audience has two of them, the new one and
    the old one, only while its secret changes."""
    try:
        by_audience = json.loads(os.environ.get(NAME, ""), object_pairs_hook=_named_once)
        lists = {audience: text.split(",") for audience, text in by_audience.items()}
        "".join(lists).encode()  # half a character is no name that a service could have
    except (ValueError, AttributeError, RecursionError) as error:
        raise ConfigurationError("must be a JSON object of audiences and secrets") from error
    audiences: dict[str, str] = {}
    for audience, values in lists.items():
        if not audience or len(values) > 2:
            raise ConfigurationError("must give each audience one secret, or the new and the old")
        for secret in values:
            if not SECRET.fullmatch(secret):
                raise ConfigurationError("holds a secret that is not 32 random bytes in base64url")
            if secret in audiences:  # else one service could ask in the name of another
                raise ConfigurationError("holds the same secret twice")
            audiences[secret] = audience
    if not audiences:
        raise ConfigurationError("names no audience")
    return audiences


def new_keys(audience: str, url: str) -> dict[str, str]:
    """Return a fresh secret for one service, as the variables of the issuer and of the service."""
    secret = secrets.token_urlsafe(32)
    by_audience = json.dumps({audience: secret}).replace("'", "\\u0027")
    return {NAME: by_audience, "INTROSPECTION_SECRET": secret, "INTROSPECTION_URL": url}


def _named_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object. A name that stands there twice would hide one of its values."""
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name stands there twice")
    return dict(pairs)


def command(audience: str, url: str) -> None:
    """`python tokens.py new-key`: only the variables go to stdout, so that it can be redirected."""
    if sys.argv[1:2] != ["new-key"] or len(sys.argv) > 3:
        sys.exit("Usage: python tokens.py new-key [audience]")
    audience = sys.argv[2] if len(sys.argv) == 3 else audience
    for name, value in new_keys(audience, url).items():
        # Single quotes: neither a shell nor a reader of .env files changes what is inside.
        sys.stdout.write(f"{name}='{value}'\n")
    sys.stderr.write(
        f"{NAME} is for the issuer alone: one object for all services, so add to the one that is "
        "there. The others are for that one service; the URL is where you serve the endpoint. "
        "Keep the secrets in a secret store, not in the code.\n"
    )
