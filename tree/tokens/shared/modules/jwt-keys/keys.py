"""The keys of issuer and services: loaded from the environment, checked, and made."""

import base64
import hashlib
import os
import re
import sys

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

BLOCK = re.compile(rb"-----BEGIN [^-]+-----[^-]+-----END [^-]+-----")
UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm)  # what a bad PEM raises
PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey
PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


class ConfigurationError(Exception):
    """A key is missing or unfit. Raised when keys are loaded, never because of a token."""

    def __init__(self, name: str, fault: str) -> None:
        super().__init__(f"{name} {fault}. Make a pair of keys: python tokens.py new-key")


def load_private_key(algorithm: str) -> PrivateKey:
    """For the issuer alone."""
    name = "JWT_PRIVATE_KEY"
    blocks = _blocks(name)
    if len(blocks) != 1:
        raise ConfigurationError(name, "must hold one key, the one to sign with")
    try:
        key = serialization.load_pem_private_key(blocks[0], password=None)
    except UNREADABLE as error:
        raise ConfigurationError(name, "holds no private key that can be read") from error
    if not isinstance(key, PrivateKey) or not _fits(key.public_key(), algorithm):
        raise ConfigurationError(name, f"is not a key for {algorithm}")
    return key


def load_public_keys(algorithm: str) -> dict[str, PublicKey]:
    """For the services: the keys they trust, by key id."""
    name = "JWT_PUBLIC_KEYS"
    keys: dict[str, PublicKey] = {}
    for block in _blocks(name):
        try:
            # Reads no private keys: a service that was given one by mistake does not start.
            key = serialization.load_pem_public_key(block)
        except UNREADABLE as error:
            raise ConfigurationError(name, "holds something else than public keys") from error
        if not isinstance(key, PublicKey) or not _fits(key, algorithm):
            raise ConfigurationError(name, f"holds a key that is not for {algorithm}")
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


def _blocks(name: str) -> list[bytes]:
    """The PEM blocks in a variable that must hold nothing else: a cut block is no missing key."""
    # Where a variable can only hold one line, its line breaks may be written as \n.
    pem = os.environ.get(name, "").replace("\\n", "\n").encode(errors="replace")
    blocks = BLOCK.findall(pem)
    if not blocks or BLOCK.sub(b"", pem).strip():
        raise ConfigurationError(name, "must hold keys as PEM and nothing else")
    return blocks
