"""What a refresh token looks like, and how each follows from the one before."""

import base64
import hashlib
import hmac
import re
import secrets

from parsing import InvalidToken

# "handle.secret": all tokens of one login share the handle, and each has a secret of its own. The
# handle shows that a wrong secret is an old token, not a guess, without a list of all old ones.
SHAPE = re.compile(r"([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]{43})")


def first_token() -> str:
    """Return the first refresh token of a new login."""
    return f"{secrets.token_urlsafe(32)}.{secrets.token_urlsafe(32)}"


def next_token(token: str, nonce: str) -> str:
    """Return the token that follows this one."""
    handle, _, secret = token.partition(".")
    return f"{handle}.{next_secret(secret, nonce)}"


def next_secret(secret: str, nonce: str) -> str:
    """Return the secret that follows this one. Whoever holds this one can compute it again; the
    store, which has the nonce until the grace ends, cannot."""
    # Encrypting a random successor under a key made of this secret would be worth the same: in both
    # a thief needs an old token and what the store kept at every rotation since. HMAC needs no
    # cipher, and what it leaves in the store is no token in any form.
    mac = hmac.digest(secret.encode(), nonce.encode(), "sha256")
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def token_hashes(token: object) -> tuple[str, str]:
    """Return the login, which is the hash of the handle, and the hash of the secret. Only hashes
    are stored, so that a leaked store holds no token."""
    parts = SHAPE.fullmatch(token) if isinstance(token, str) else None
    if parts is None:
        raise InvalidToken("not the shape of a refresh token")
    return hash_of(parts[1]), hash_of(parts[2])


def hash_of(text: str) -> str:
    """Return the SHA-256 of a text, which needs no salt: what we hash is random, 256 bits long."""
    return hashlib.sha256(text.encode()).hexdigest()
