"""The secret keys: loaded from the environment, checked, and made."""

import base64
import os
import secrets
import sys

from known_keys import weakness

NAME = "JWE_KEYS"


class ConfigurationError(Exception):
    """A key is missing or unfit. Raised when keys are loaded, never because of a token."""

    def __init__(self, fault: str) -> None:
        super().__init__(f"{NAME} {fault}. Make a key: python tokens.py new-key")


def load_keys() -> list[bytes]:
    """The key to encrypt with, and after it, while keys change, another that is still trusted."""
    keys = [_key(text) for text in os.environ.get(NAME, "").split(",")]
    if len(keys) > 2:
        raise ConfigurationError("holds more than two keys, of which one is new and one is old")
    if len(set(keys)) < len(keys):
        raise ConfigurationError("holds the same key twice")
    return keys


def new_keys() -> dict[str, str]:
    """A fresh key, as the variable that holds it."""
    return {NAME: secrets.token_urlsafe(32)}


def command() -> None:
    """`python tokens.py new-key`: only the variable goes to stdout, which can be redirected."""
    if sys.argv[1:] != ["new-key"]:
        sys.exit("Usage: python tokens.py new-key")
    for name, value in new_keys().items():
        sys.stdout.write(f"{name}='{value}'\n")
    sys.stderr.write(
        f"{NAME} is for this one service: whoever can read a token with it can also make one. "
        "Keep it in a secret store, not in the code.\n"
    )


def _key(text: str) -> bytes:
    """The key that the text stands for, refused if a person seems to have made it up."""
    try:
        key = base64.urlsafe_b64decode(text + "==")
    except ValueError as error:
        raise ConfigurationError("is not base64url") from error
    if base64.urlsafe_b64encode(key).rstrip(b"=").decode() != text:
        raise ConfigurationError("is not base64url without padding")
    if len(key) != 32:
        raise ConfigurationError("is not exactly 32 bytes long")
    # No rule can tell a random key from a clever sentence. These stop what people do paste:
    # published keys, patterns, encoded text, lower-case words and hexadecimal digits.
    if reason := weakness(key):
        raise ConfigurationError(reason)
    if text.lower() == text or text.upper() == text:
        raise ConfigurationError("has letters of one case only, as a sentence or hexadecimal has")
    return key
