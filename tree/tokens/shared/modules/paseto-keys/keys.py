"""The keys of issuer and services: loaded from the environment, checked, and made."""

import os
import re
import sys

import pyseto
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

BLOCK = re.compile(rb"-----BEGIN [^-]+-----[^-]+-----END [^-]+-----")
UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm)  # what a bad PEM raises


class ConfigurationError(Exception):
    """A key is missing or unfit. Raised when keys are loaded, never because of a token."""

    def __init__(self, name: str, fault: str) -> None:
        super().__init__(f"{name} {fault}. Make a pair of keys: python tokens.py new-key")


def load_private_key() -> pyseto.KeyInterface:
    """For the issuer alone."""
    name = "PASETO_PRIVATE_KEY"
    blocks = _blocks(name)
    if len(blocks) != 1:
        raise ConfigurationError(name, "must hold one key, the one to sign with")
    try:
        key = serialization.load_pem_private_key(blocks[0], password=None)
    except UNREADABLE as error:
        raise ConfigurationError(name, "holds no private key that can be read") from error
    if not isinstance(key, ed25519.Ed25519PrivateKey):
        raise ConfigurationError(name, "is not a key for Ed25519")
    return pyseto.Key.from_asymmetric_key_params(4, d=key.private_bytes_raw())


def load_public_keys() -> list[pyseto.KeyInterface]:
    """For the services: the keys they trust, each of which is tried."""
    name = "PASETO_PUBLIC_KEYS"
    keys = []
    for block in _blocks(name):
        try:
            # Reads no private keys: a service that was given one by mistake does not start.
            key = serialization.load_pem_public_key(block)
        except UNREADABLE as error:
            raise ConfigurationError(name, "holds something else than public keys") from error
        if not isinstance(key, ed25519.Ed25519PublicKey):
            raise ConfigurationError(name, "holds a key that is not for Ed25519")
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


def _blocks(name: str) -> list[bytes]:
    """The PEM blocks in a variable that must hold nothing else: a cut block is no missing key."""
    # Where a variable can only hold one line, its line breaks may be written as \n.
    pem = os.environ.get(name, "").replace("\\n", "\n").encode(errors="replace")
    blocks = BLOCK.findall(pem)
    if not blocks or BLOCK.sub(b"", pem).strip():
        raise ConfigurationError(name, "must hold keys as PEM and nothing else")
    return blocks
