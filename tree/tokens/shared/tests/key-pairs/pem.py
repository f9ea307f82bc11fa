"""Keys as PEM."""

from typing import Any

from cryptography.hazmat.primitives import serialization


def pem(key: Any) -> str:
    """Return a private or a public key as PEM."""
    encoding = serialization.Encoding.PEM
    if hasattr(key, "public_key"):
        form = serialization.PrivateFormat.PKCS8
        raw: bytes = key.private_bytes(encoding, form, serialization.NoEncryption())
    else:
        raw = key.public_bytes(encoding, serialization.PublicFormat.SubjectPublicKeyInfo)
    return raw.decode()


def encrypted_pem(key: Any) -> str:
    """Return a private key as PEM that only a passphrase opens."""
    form = serialization.PrivateFormat.PKCS8
    locked = serialization.BestAvailableEncryption(b"pass")
    raw: bytes = key.private_bytes(serialization.Encoding.PEM, form, locked)
    return raw.decode()
