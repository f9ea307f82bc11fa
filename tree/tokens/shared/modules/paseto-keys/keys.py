"""The keys of issuer and services: loaded from the environment, checked, and made."""

import os
import sys
from typing import Any, Literal

import pyseto
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from pem_keys import describe_key, read_keys


class ConfigurationError(Exception):
    """A key is missing or unfit. Raised when keys are loaded, never because of a token."""

    def __init__(self, name: str, fault: str) -> None:
        super().__init__(f"{name} {fault}. Make a pair of keys: python tokens.py new-key")


def load_private_key() -> pyseto.KeyInterface:
    """For the issuer alone."""
    name = "PASETO_PRIVATE_KEY"
    keys = _read(name, "PRIVATE")
    if len(keys) != 1:
        raise ConfigurationError(name, f"must hold one key, and holds {len(keys)}")
    key = keys[0]
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise ConfigurationError(name, f"holds {describe_key(key)}, which is not for Ed25519")
    return pyseto.Key.from_asymmetric_key_params(4, d=key.private_bytes_raw())


def load_public_keys() -> list[pyseto.KeyInterface]:
    """For the services: the keys they trust, each of which is tried."""
    name = "PASETO_PUBLIC_KEYS"
    keys = []
    # Reads no private keys: a service that was given one by mistake does not start.
    for key in _read(name, "PUBLIC"):
        if not isinstance(key, ed25519.Ed25519PublicKey):
            raise ConfigurationError(name, f"holds {describe_key(key)}, which is not for Ed25519")
        keys.append(pyseto.Key.from_asymmetric_key_params(4, x=key.public_bytes_raw()))
    return keys


def new_keys() -> dict[str, str]:
    """A fresh pair, as the variables that hold it; PEM in one line, its line breaks as \\n."""
    key = ed25519.Ed25519PrivateKey.generate()
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(
        encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        encoding, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    pair = {"PASETO_PRIVATE_KEY": private, "PASETO_PUBLIC_KEYS": public}
    return {name: pem.decode().replace("\n", "\\n") for name, pem in pair.items()}


def command() -> None:
    """`python tokens.py new-key`: only the variables go to stdout, so that it can be redirected."""
    if sys.argv[1:] != ["new-key"]:
        sys.exit("Usage: python tokens.py new-key")
    for name, value in new_keys().items():
        # Single quotes: neither a shell nor a reader of .env files changes what is inside.
        sys.stdout.write(f"{name}='{value}'\n")
    sys.stderr.write(
        "PASETO_PRIVATE_KEY is for the issuer alone; PASETO_PUBLIC_KEYS is for every service. "
        "Keep them in a secret store, not in the code.\n"
    )


def _read(name: str, kind: Literal["PRIVATE", "PUBLIC"]) -> list[Any]:
    try:
        return read_keys(os.environ.get(name, ""), kind)
    except ValueError as error:
        raise ConfigurationError(name, str(error)) from error
