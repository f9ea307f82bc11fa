"""Looks at a sample token or a Set-Cookie line, without a key: what can be seen, and no more."""

import base64
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from confirm_checks import CannotCheck, Check, one_of, same_site, shown, time_within
from confirm_promises import (
    ENCRYPTED,
    LOCAL,
    PUBLIC,
    SETTINGS,
    SHAPES,
    SIGNED,
    Decision,
)

# How the settings bind the claims.
BOUND = {"iss": "issuer", "aud": "audience"}
LIFETIME = "access-minutes"
# What a header may have that must not be there, by names that may be printed.
KNOWN = {"alg", "apu", "apv", "b64", "crit", "cty", "enc", "epk", "jku", "jwk", "kid", "p2c", "p2s"}
KNOWN |= {"typ", "url", "x5c", "x5t", "x5u", "zip"}
UTC_TIME = re.compile(r"[0-9T:-]{19}\+00:00")


def token_checks(decision: Decision, token: str) -> Iterator[Check]:
    promise = decision.promise
    shape = _shape(token)
    if shape not in promise.shapes:
        yield Check("FAIL", "kind", f"{shape}; the decision says {' or '.join(promise.shapes)}")
        return
    yield Check("ok", "kind", shape)
    if shape not in (SIGNED, ENCRYPTED, PUBLIC, LOCAL):
        yield Check("skip", "lifetime", "kept on the server: a token like this says nothing")
        return
    size = f"{len(token)} characters, at most {promise.longest}"
    yield Check.of("length", (len(token) <= promise.longest, size))
    try:
        if shape in (SIGNED, ENCRYPTED):
            yield from _header_checks(decision, _object(_decoded(token.split(".")[0])))
        if shape == ENCRYPTED:
            yield from _encryption_checks(token)
        elif shape == SIGNED:
            _, payload, signature = map(_decoded, token.split("."))
            yield Check.of("signature", (bool(signature), "there" if signature else "none"))
            yield from _claim_checks(decision, _object(payload))
        else:
            body, _, footer = token.removeprefix(shape).partition(".")
            yield Check.of("footer", (not footer, "there; the kit has none" if footer else "none"))
            if shape == PUBLIC:
                yield from _claim_checks(decision, _object(_decoded(body)[:-64]))
    except ValueError as error:
        yield Check("FAIL", "form", str(error))
        return
    if shape in (ENCRYPTED, LOCAL):
        yield Check(
            "skip", "claims", "encrypted: algorithm, lifetime and names inside are not seen"
        )
    yield Check("skip", "verified", "no: that needs the key, and the kit's own tests do it")


def cookie_checks(decision: Decision, text: str) -> Iterator[Check]:
    """Of a Set-Cookie line, or of a response's headers with one."""
    promise = decision.promise
    if promise.cookie not in decision.settings:  # a token of its kind travels in a header
        raise CannotCheck(f"{decision.outcome} sets no cookie here, so there is none to check")
    wanted = decision.settings[promise.cookie]
    lines = re.findall(r"(?im)^set-cookie:[ \t]*(.*?)\r?$", text) or [text.strip()]
    cookies = [_cookie(line) for line in lines]
    named = [cookie for cookie in cookies if cookie[0] == wanted]
    if not named:
        found = " and ".join(shown(name) for name, *_ in cookies)
        yield Check("FAIL", "cookie", f"{found}; the decision says {wanted}")
        return
    name, value, attributes = named[-1]
    yield Check("ok", "cookie", name)
    for flag in ("HttpOnly", "Secure"):
        there = flag.lower() in attributes
        refused = ", and browsers refuse __Host-Http- without it" if _http_only(name) else ""
        said = "set" if there else f"missing: the decision says set{refused}"
        yield Check.of(flag, (there, said))
    yield Check.of("SameSite", same_site(attributes.get("samesite")))
    if name.startswith("__Host-"):
        root = attributes.get("path") == "/"
        yield Check.of("Path", (root, "/" if root else "other than /, so browsers refuse __Host-"))
        no_domain = not attributes.get("domain")
        said = "none" if no_domain else "set, so browsers refuse __Host-"
        yield Check.of("Domain", (no_domain, said))
    age = attributes.get("max-age", "")
    if re.fullmatch(r"-?\d{1,12}", age):
        setting = SETTINGS[promise.age]
        most = decision.settings[promise.age]
        yield Check.of(
            "Max-Age", time_within(setting.unit, most, True, max(0, int(age)), "seconds")
        )
    elif "expires" in attributes:
        yield Check("skip", "Expires", "not compared: only Max-Age is")
    if value:
        shape, shapes = _shape(value), [one for one in promise.shapes if one != SIGNED]
        agrees = shape in shapes
        said = shape if agrees else f"{shape}; the decision says {' or '.join(shapes)}"
        yield Check.of("value", (agrees, said))


def _http_only(name: str) -> bool:
    """Whether the prefix of a cookie says that no script can have set it."""
    return name.lower().startswith(("__host-http-", "__http-"))


def _shape(token: str) -> str:
    fits = (shape for shape, form in SHAPES.items() if re.fullmatch(form, token))
    return next(fits, "nothing that is known here")


def _header_checks(decision: Decision, header: dict[str, Any]) -> Iterator[Check]:
    wanted = decision.promise.header
    for name, allowed in wanted.items():
        label = "algorithm" if name == "alg" else name
        if name not in header:
            yield Check("FAIL", label, "missing from the header")
        elif allowed:
            yield Check.of(label, one_of(allowed, header[name]))
        elif name == "epk":
            key = header[name]
            agrees = isinstance(key, dict) and key.keys() == {"kty", "crv", "x", "y"}
            yield Check.of(label, (agrees, "a public key" if agrees else "no public key alone"))
        else:
            yield Check.of(label, _text(header[name]))
    others = {
        name if name in KNOWN else "an unknown name" for name in header.keys() - wanted.keys()
    }
    if others:
        yield Check("FAIL", "header", f"holds {', '.join(sorted(others))}, which the kit refuses")
    else:
        yield Check("ok", "header", "nothing else in it")


def _encryption_checks(token: str) -> Iterator[Check]:
    _, key, iv, _, tag = map(_decoded, token.split("."))
    agrees = (len(key), len(iv), len(tag)) == (0, 12, 16)
    said = "no wrapped key, iv of 96 and tag of 128 bits"
    yield Check.of("encryption", (agrees, said if agrees else f"not as decided: {said}"))


def _claim_checks(decision: Decision, claims: dict[str, Any]) -> Iterator[Check]:
    for name in decision.promise.claims:
        if name not in claims:
            yield Check("FAIL", name, "missing from the claims")
        elif name in BOUND:
            yield Check.of(name, one_of((decision.settings[BOUND[name]],), claims[name]))
        else:
            yield Check.of(name, _text(claims[name]))
    numeric = bool(decision.promise.header)  # JWT has seconds, Paseto texts
    times = {}
    for name in ("iat", "nbf", "exp"):
        if name not in claims and name == "nbf" and numeric:
            continue
        times[name] = _time(claims.get(name), numeric)
        if times[name] is None:
            wanted = (
                "a whole number of seconds"
                if numeric
                else "a time in UTC as 2026-01-31T00:00:00+00:00"
            )
            yield Check("FAIL", name, f"missing, or not {wanted}")
        else:
            yield Check("ok", name, "a time")
    if times["iat"] is not None and times["exp"] is not None:
        most, unit = decision.settings[LIFETIME], SETTINGS[LIFETIME].unit
        yield Check.of("lifetime", time_within(unit, most, False, times["exp"] - times["iat"], ""))


def _text(value: Any) -> tuple[bool, str]:
    agrees = isinstance(value, str) and value != ""
    return agrees, "a text" if agrees else f"{shown(value)}, not a text"


def _time(value: Any, numeric: bool) -> timedelta | None:
    """The time since 1970, or None for what is none."""
    try:
        if numeric:
            return timedelta(seconds=value) if type(value) is int else None
        if not isinstance(value, str) or not UTC_TIME.fullmatch(value):
            return None
        return datetime.fromisoformat(value) - datetime.fromisoformat("1970-01-01T00:00:00+00:00")
    except (ValueError, OverflowError):
        return None


def _decoded(part: str) -> bytes:
    raw = base64.urlsafe_b64decode(part + "==")
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != part:
        raise ValueError("base64url that is not canonical")
    return raw


def _object(data: bytes) -> dict[str, Any]:
    """Raises ValueError, with a text that holds nothing of the data."""
    try:
        found = json.loads(data.decode(), object_pairs_hook=_once)
    except (ValueError, RecursionError):
        raise ValueError("no JSON, or a name in it stands twice") from None
    if not isinstance(found, dict):
        raise ValueError("JSON that is no object")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) != len(pairs):
        raise ValueError
    return dict(pairs)


def _cookie(line: str) -> tuple[str, str, dict[str, str]]:
    """Its name, value and attributes by their names in small letters; the last of each counts."""
    first, *rest = line.split(";")
    name, _, value = first.partition("=")
    pairs = (one.partition("=") for one in rest)
    attributes = {key.strip().lower(): its.strip() for key, _, its in pairs}
    return name.strip(), value.strip(), attributes
