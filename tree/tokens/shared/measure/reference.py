"""HS256 as plain as it can be, with the standard library: what measure.py compares a kit with.

Not for use: it checks less than a service must.
"""

import base64
import hashlib
import hmac
import json
import secrets
import time
import uuid
from typing import Any

HEADER = {"alg": "HS256", "typ": "JWT"}
KEY = secrets.token_bytes(32)


def issue(subject: str) -> str:
    now = int(time.time())
    claims: dict[str, Any] = {"iss": "https://auth.example.com", "aud": "https://api.example.com"}
    claims |= {"sub": subject, "jti": str(uuid.uuid4())}
    claims |= {"iat": now, "exp": now + 900}
    signed = ".".join(_base64(json.dumps(part).encode()) for part in (HEADER, claims))
    return f"{signed}.{_base64(hmac.digest(KEY, signed.encode(), hashlib.sha256))}"


def verify(token: str) -> dict[str, Any]:
    signed, _, signature = token.rpartition(".")
    expected = _base64(hmac.digest(KEY, signed.encode(), hashlib.sha256))
    parts = [base64.urlsafe_b64decode(f"{part}==") for part in signed.split(".")]
    header, payload = map(json.loads, parts)
    if not hmac.compare_digest(signature, expected) or header != HEADER:
        raise ValueError("not ours")
    claims: dict[str, Any] = payload
    if claims["exp"] <= time.time():
        raise ValueError("expired")
    return claims


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
