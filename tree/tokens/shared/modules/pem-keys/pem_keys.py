"""Keys as PEM: read, or refused with a word on what is wrong."""

import re
from functools import cache
from typing import Any, Literal

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from known_keys import guessable_seeds, weakness

PEM_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----((?:(?!-----).)+)-----END \1-----", re.DOTALL)
UNREADABLE = (ValueError, TypeError, UnsupportedAlgorithm)  # what a bad PEM raises
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
ENCRYPTED = (
    "holds no private key that can be read: it is encrypted. `openssl pkey -in key.pem` prints it "
    "in clear"
)
FAULTS = {
    "CERTIFICATE": "holds a certificate where a key belongs. "
    "`openssl x509 -in certificate.pem -pubkey -noout` prints the public key in it",
    "CERTIFICATE REQUEST": "holds a certificate request where a key belongs",
    "ENCRYPTED PRIVATE KEY": ENCRYPTED,
    "EC PARAMETERS": "holds an EC PARAMETERS block, which `openssl ecparam` writes in front of the "
    "key. Leave that block out",
    "OPENSSH PRIVATE KEY": "holds a key in the format of OpenSSH. "
    "`ssh-keygen -p -m PKCS8 -f key.pem` rewrites it",
}


def read_keys(text: str, kind: Literal["PRIVATE", "PUBLIC"]) -> list[Any]:
    """Return the keys in a text that holds PEM blocks of one kind and nothing else. Raise
    ValueError that says what is wrong; it never shows the text."""
    # Where a variable can only hold one line, its line breaks may be written as \n.
    text = text.replace("\\n", "\n")
    blocks = list(PEM_BLOCK.finditer(text))
    for block in blocks:
        _check_label(block[1], block[2], kind)
    # A key that was cut short is no missing key.
    if not blocks or PEM_BLOCK.sub("", text).strip():
        raise ValueError("must hold keys as PEM and nothing else, and each from BEGIN to END")
    keys = [_load(block[0].encode(errors="replace"), kind) for block in blocks]
    for key in keys:
        if reason := _weakness(key):
            raise ValueError(reason)
    return keys


def describe_key(key: Any) -> str:
    """Return what a key is, for a message."""
    curve = getattr(key, "curve", None)
    size = getattr(key, "key_size", "")
    name = type(key).__name__.removesuffix("Key").removesuffix("Private").removesuffix("Public")
    return f"a key on {curve.name}" if curve else f"a key for {name.strip('_')} {size}".strip()


def _check_label(label: str, body: str, kind: str) -> None:
    if label in FAULTS:
        raise ValueError(FAULTS[label])
    if "ENCRYPTED" in body:
        raise ValueError(ENCRYPTED)
    if kind == "PUBLIC" and label.endswith("PRIVATE KEY"):
        raise ValueError("holds something else than public keys: a private key")
    if kind == "PRIVATE" and label.endswith("PUBLIC KEY"):
        raise ValueError("must hold private keys, and holds a public key")
    if not label.endswith(f"{kind} KEY"):
        raise ValueError(f"holds a block called {label} where a key belongs")


def _load(block: bytes, kind: str) -> Any:
    try:
        if kind == "PRIVATE":
            return serialization.load_pem_private_key(block, password=None)
        return serialization.load_pem_public_key(block)
    except UNREADABLE as error:
        raise ValueError(f"holds no {kind.lower()} key that can be read") from error


def _weakness(key: Any) -> str | None:
    """Return why a private key is refused, or a public key whose private key can be guessed."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        number = key.private_numbers().private_value
        return weakness(number.to_bytes((key.curve.key_size + 7) // 8, "big"))
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return weakness(key.private_bytes_raw())
    if isinstance(key, ec.EllipticCurvePublicKey):
        known = key.public_numbers() in _guessable_points()
    else:
        raw = isinstance(key, ed25519.Ed25519PublicKey) and key.public_bytes_raw()
        known = raw in _guessable_ed25519()
    return "holds the public half of a private key that anybody can guess" if known else None


@cache
def _guessable_points() -> frozenset[ec.EllipticCurvePublicNumbers]:
    numbers = (int.from_bytes(seed, "big") for seed in guessable_seeds())
    keys = [ec.derive_private_key(n, ec.SECP256R1()) for n in numbers if 0 < n < P256_ORDER]
    return frozenset(key.public_key().public_numbers() for key in keys)


@cache
def _guessable_ed25519() -> frozenset[bytes]:
    seeds = guessable_seeds()
    keys = (ed25519.Ed25519PrivateKey.from_private_bytes(seed) for seed in seeds)
    return frozenset(key.public_key().public_bytes_raw() for key in keys)
