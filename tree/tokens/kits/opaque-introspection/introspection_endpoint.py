"""What the issuer answers to services that ask about a token."""

import hmac
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from store import InvalidToken, StoreUnavailable

MAX_BODY = 1024  # bytes; a question is a short form

Introspect = Callable[[str | None, bytes], tuple[int, dict[str, Any]]]


def make_endpoint(
    audiences: dict[str, str], claims: Callable[[str, str], dict[str, Any]]
) -> Introspect:
    """Return the answering function. `audiences` are by the secret of each service; `claims` takes
    a token and an audience, and raises InvalidToken or StoreUnavailable."""

    def introspect(authorization: str | None, body: bytes) -> tuple[int, dict[str, Any]]:
        """Status and JSON. A service sends `Authorization: Bearer <its secret>` and `token=...` as
        a form; its secret says for which audience it may ask."""
        audience = _caller(audiences, authorization)
        if audience is None:
            return 401, {}
        if len(body) > MAX_BODY:
            return 400, {}
        try:
            (token,) = parse_qs(body.decode("ascii"), max_num_fields=8)["token"]
        except (ValueError, KeyError):
            return 400, {}
        try:
            return 200, claims(token, audience)
        except InvalidToken:
            return 200, {"active": False}  # whatever the reason, and nothing besides
        except StoreUnavailable:
            return 503, {}

    return introspect


def _caller(audiences: dict[str, str], authorization: str | None) -> str | None:
    """Return the audience whose secret this is. Compares with all, so that the time taken says
    nothing. The scheme may be written in any case (RFC 9110, section 11.1)."""
    scheme, _, given = (authorization or "").partition(" ")
    caller = None
    for secret, audience in audiences.items():
        same = hmac.compare_digest(given.encode(errors="replace"), secret.encode())
        if same and scheme.lower() == "bearer":
            caller = audience
    return caller
