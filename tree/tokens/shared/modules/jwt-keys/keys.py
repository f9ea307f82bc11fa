"""The keys of issuer and services: loaded from the environment, checked, and made."""

import base64
import hashlib
import os
import sys
from typing import Any, Literal

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from pem_keys import describe_key, read_keys
from rsa_keys import rsa_weakness

PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class ConfigurationError(Exception):
    """A key is missing or unfit. Raised when keys are loaded, never because of a token."""

    def __init__(self, name: str, fault: str) -> None:
        super().__init__(f"{name} {fault}. Make a pair of keys: python tokens.py new-key")


def load_private_key(algorithm: str) -> PrivateKey:
    """For the issuer alone."""
    name = "JWT_PRIVATE_KEY"
    keys = _read(name, "PRIVATE")
    if len(keys) != 1:
        raise ConfigurationError(name, f"must hold one key, and holds {len(keys)}")
    key = keys[0]
    if not isinstance(key, PrivateKey) or not _fits(key.public_key(), algorithm):
        raise ConfigurationError(name, f"holds {describe_key(key)}, which is not for {algorithm}")
    return key


def load_public_keys(algorithm: str) -> dict[str, PublicKey]:
    """For the services: the keys they trust, by key id."""
    name = "JWT_PUBLIC_KEYS"
    keys: dict[str, PublicKey] = {}
    # Reads no private keys: a service that was given one by mistake does not start.
    for key in _read(name, "PUBLIC"):
        if not isinstance(key, PublicKey) or not _fits(key, algorithm):
            fault = f"holds {describe_key(key)}, which is not for {algorithm}"
            raise ConfigurationError(name, fault)
        keys[key_id(key)] = key
    return keys


def key_id(key: PublicKey) -> str:
    """Follows from the key, so that issuer and services cannot disagree about it."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    digest = hashlib.sha256(key.public_bytes(serialization.Encoding.DER, form)).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def new_keys(algorithm: str) -> dict[str, str]:
    """A fresh pair, as the variables that hold it; PEM in one line, its line breaks as \\n."""
    key: PrivateKey
    if algorithm == "RS256":
        key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    else:
        key = ec.generate_private_key(ec.SECP256R1())
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(
        encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        encoding, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    pair = {"JWT_PRIVATE_KEY": private, "JWT_PUBLIC_KEYS": public}
    return {name: pem.decode().replace("\n", "\\n") for name, pem in pair.items()}


def command(algorithm: str) -> None:
    """`python tokens.py new-key`: only the variables go to stdout, so that it can be redirected."""
    if sys.argv[1:] != ["new-key"]:
        sys.exit("Usage: python tokens.py new-key")
    for name, value in new_keys(algorithm).items():
        # Single quotes: neither a shell nor a reader of .env files changes what is inside.
        sys.stdout.write(f"{name}='{value}'\n")
    sys.stderr.write(
        "JWT_PRIVATE_KEY is for the issuer alone; JWT_PUBLIC_KEYS is for every service. "
        "Keep them in a secret store, not in the code.\n"
    )


def _fits(key: PublicKey, algorithm: str) -> bool:
    if isinstance(key, rsa.RSAPublicKey):
        return algorithm == "RS256" and key.key_size >= 3072
    return algorithm == "ES256" and isinstance(key.curve, ec.SECP256R1)


def _read(name: str, kind: Literal["PRIVATE", "PUBLIC"]) -> list[Any]:
    try:
        keys = read_keys(os.environ.get(name, ""), kind)
    except ValueError as error:
        raise ConfigurationError(name, str(error)) from error
    for key in keys:
        public = key.public_key() if isinstance(key, PrivateKey) else key
        if isinstance(public, rsa.RSAPublicKey) and (reason := rsa_weakness(public)):
            raise ConfigurationError(name, reason)
    return keys
