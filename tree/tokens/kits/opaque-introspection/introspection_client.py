"""How a service finds out whether an opaque token is good, and whose: it asks the issuer each time.

Goes with opaque_introspection.py and needs nothing but the standard library. It keeps no answers,
because tokens must stop working at once: one that is kept for a minute is a minute too late.
Whatever goes wrong is a refusal, never an anonymous or accepted request.

Around it: INTROSPECTION_URL (the issuer's endpoint, https) and INTROSPECTION_SECRET (this service's
own, the issuer knows it under this service's audience) in the environment.

Make a secret: openssl rand -base64 32 | tr '+/' '-_' | tr -d '='
"""

import http.client
import json
import os
import re
import time
import urllib.request
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

TIMEOUT_SECONDS = 2  # for each wait: the connection, and every piece of the answer
MAX_ANSWER = 8192  # bytes; more is no answer of ours
SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")  # 32 bytes in base64url, for tokens and secrets alike


class InvalidToken(Exception):
    """The issuer does not vouch for this token. The response only says 401."""


class IssuerUnavailable(Exception):
    """The issuer gave no usable answer. Answer 503: neither signed in nor anonymous."""


class ConfigurationError(Exception):
    """The address or the secret is missing or unfit."""


@dataclass(frozen=True)
class Issuer:
    url: str
    secret: str = field(repr=False)


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """urllib would send our secret along to wherever the answer points."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


# No proxy either: an http_proxy in the environment would see the secret and the tokens.
_OPENER = urllib.request.build_opener(_NoRedirects, urllib.request.ProxyHandler({}))


def load_issuer() -> Issuer:
    url = os.environ.get("INTROSPECTION_URL", "")
    secret = os.environ.get("INTROSPECTION_SECRET", "")
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise ConfigurationError("INTROSPECTION_URL is no URL.") from error
    allowed = ("http", "https") if parts.hostname in ("127.0.0.1", "::1") else ("https",)
    if not parts.hostname or parts.scheme not in allowed:
        raise ConfigurationError("INTROSPECTION_URL must be https (http only on 127.0.0.1, ::1).")
    if not SHAPE.fullmatch(secret):
        raise ConfigurationError(
            "INTROSPECTION_SECRET must have 43 characters. Make one, and give it to the issuer "
            "too: openssl rand -base64 32 | tr '+/' '-_' | tr -d '='"
        )
    return Issuer(url, secret)


def verify(issuer: Issuer, token: str) -> dict[str, Any]:
    """What the issuer says about a good token: `sub` is the user. InvalidToken for any other."""
    if not isinstance(token, str) or not SHAPE.fullmatch(token):
        raise InvalidToken("not the shape of a token")
    headers = {"Authorization": f"Bearer {issuer.secret}", "Accept": "application/json"}
    request = urllib.request.Request(  # noqa: S310 - load_issuer has checked the scheme
        issuer.url, urlencode({"token": token}).encode(), headers, method="POST"
    )
    try:
        with _OPENER.open(request, timeout=TIMEOUT_SECONDS) as response:
            raw = response.read(MAX_ANSWER + 1)
            answer = json.loads(raw) if response.status == 200 and len(raw) <= MAX_ANSWER else None
    # URLError, refused certificates and timeouts are OSErrors; bad JSON is a ValueError.
    except (OSError, http.client.HTTPException, ValueError, RecursionError) as error:
        raise IssuerUnavailable(f"the issuer did not answer: {type(error).__name__}") from error
    if not isinstance(answer, dict) or not isinstance(answer.get("active"), bool):
        raise IssuerUnavailable("the issuer's answer makes no sense")
    if not answer["active"]:
        raise InvalidToken("not active")
    if not isinstance(answer.get("sub"), str) or not answer["sub"]:
        raise IssuerUnavailable("the issuer's answer names no user")
    if type(answer.get("exp")) is not int or answer["exp"] <= time.time():
        raise IssuerUnavailable("the issuer's answer is about the past")
    return answer
