"""How a service finds out whether an opaque token is good, and whose: it asks the issuer each time.

The half of the other services; the issuer's is tokens.py. It needs this file alone and nothing but
the standard library. It keeps no answers unless CACHE_SECONDS says so: for that long, a token that
was revoked still works here. Whatever goes wrong is a refusal, never an anonymous or accepted
request.

The service's environment: INTROSPECTION_URL (the issuer's endpoint, https) and INTROSPECTION_SECRET
(this service's own; the issuer knows it under this service's audience).

Make a secret: python tokens.py new-key [audience], at the issuer
"""

import copy
import hashlib
import http.client
import json
import os
import re
import threading
import time
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

CACHE_SECONDS = 0  # how long a good answer is remembered, and a revoked token works: 60 at most
TIMEOUT_SECONDS = 2  # for each wait: the connection, and every piece of the answer
MAX_ANSWER = 8192  # bytes; more is no answer of ours
MOST_SECONDS = 60
MOST_ANSWERS = 10_000  # the oldest goes first
SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")  # 32 bytes in base64url, for tokens and secrets alike

Verify = Callable[[str], dict[str, Any]]


class InvalidToken(Exception):
    """The issuer does not vouch for this token. Log the reason; the response only says 401."""


class StoreUnavailable(Exception):
    """The issuer, who has the store, gave no usable answer. Answer 503: neither signed in nor
    anonymous."""


class ConfigurationError(Exception):
    """The address or the secret is missing or unfit."""


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """urllib would send our secret along to wherever the answer points."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


# No proxy either: an http_proxy in the environment would see the secret and the tokens.
_OPENER = urllib.request.build_opener(_NoRedirects, urllib.request.ProxyHandler({}))


def verifier() -> Verify:
    """Call it once, when a service starts: it stops a service whose address or secret is unfit."""
    url, secret = _load_url(), _load_secret()
    headers = {"Authorization": f"Bearer {secret}", "Accept": "application/json"}

    def verify(token: str) -> dict[str, Any]:
        """Return what the issuer says about a good token: `sub` is the user. InvalidToken for
        others."""
        if not isinstance(token, str) or not SHAPE.fullmatch(token):
            raise InvalidToken("not the shape of a token")
        form = urlencode({"token": token}).encode()
        answer = _ask(urllib.request.Request(url, form, headers))  # noqa: S310 - checked above
        if not isinstance(answer, dict) or not isinstance(answer.get("active"), bool):
            raise StoreUnavailable("the issuer's answer makes no sense")
        if not answer["active"]:
            raise InvalidToken("not active")
        if not isinstance(answer.get("sub"), str) or not answer["sub"]:
            raise StoreUnavailable("the issuer's answer names no user")
        if any("\ud800" <= letter <= "\udfff" for letter in answer["sub"]):
            raise InvalidToken("the user's id holds half a character")
        if type(answer.get("exp")) is not int or answer["exp"] <= time.time():
            raise StoreUnavailable("the issuer's answer is about the past")
        return answer

    return _remember(verify, CACHE_SECONDS)


def _remember(verify: Verify, seconds: int) -> Verify:
    """Return a function that asks about a token once in so many seconds, counted from before the
    question. With 0 it is `verify` itself."""
    if not 0 <= seconds <= MOST_SECONDS:
        raise ConfigurationError(f"CACHE_SECONDS must be from 0 to {MOST_SECONDS}.")
    if seconds == 0:
        return verify
    answers: dict[str, tuple[float, dict[str, Any]]] = {}  # by hashes: memory holds no tokens
    lock = threading.Lock()

    def verify_or_remember(token: str) -> dict[str, Any]:
        if not isinstance(token, str) or not SHAPE.fullmatch(token):
            return verify(token)  # which refuses
        key, asked = hashlib.sha256(token.encode()).hexdigest(), time.monotonic()
        with lock:
            until, answer = answers.get(key, (asked, {}))
        if asked < until and answer["exp"] > time.time():
            return copy.deepcopy(answer)  # what a caller changes is not remembered
        answer = verify(token)
        with lock:
            answers.pop(key, None)  # so that it goes in as the latest
            answers[key] = asked + seconds, copy.deepcopy(answer)
            while len(answers) > MOST_ANSWERS:
                del answers[next(iter(answers))]
        return answer

    return verify_or_remember


def _load_url() -> str:
    url = os.environ.get("INTROSPECTION_URL", "")
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise ConfigurationError("INTROSPECTION_URL is no URL.") from error
    allowed = ("http", "https") if parts.hostname in ("127.0.0.1", "::1") else ("https",)
    if not parts.hostname or parts.scheme not in allowed:
        raise ConfigurationError("INTROSPECTION_URL must be https (http only on 127.0.0.1, ::1).")
    return url


def _load_secret() -> str:
    secret = os.environ.get("INTROSPECTION_SECRET", "")
    if not SHAPE.fullmatch(secret):
        raise ConfigurationError(
            "INTROSPECTION_SECRET must be one secret of 43 characters. Make one at the issuer: "
            "python tokens.py new-key"
        )
    return secret


def _ask(request: urllib.request.Request) -> Any:
    """Return the JSON of the answer, None for one of another status or size."""
    try:
        with _OPENER.open(request, timeout=TIMEOUT_SECONDS) as response:
            raw = response.read(MAX_ANSWER + 1)
            return _parsed(raw) if response.status == 200 and len(raw) <= MAX_ANSWER else None
    # URLError, refused certificates and timeouts are OSErrors; bad JSON is a ValueError.
    except (OSError, http.client.HTTPException, ValueError, RecursionError) as error:
        raise StoreUnavailable(f"the issuer did not answer: {type(error).__name__}") from error


def _parsed(raw: bytes) -> Any:
    """Return what the JSON says. Raise ValueError where two readers could understand it
    differently: no UTF-8, a byte order mark, a name that stands there twice, NaN."""
    # Decoded here, because json.loads guesses the encoding of bytes and drops a byte order mark.
    text = raw.decode()
    return json.loads(text, object_pairs_hook=_unique_names, parse_constant=_no_number)


def _unique_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name stands there twice")
    return dict(pairs)


def _no_number(constant: str) -> None:
    raise ValueError(f"{constant} is no number")
