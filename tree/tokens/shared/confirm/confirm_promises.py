"""What each decision promises: its settings, and what a token of its kind looks like."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from confirm_checks import one_of, same_site

OneOf = tuple[str, ...]
ANY: OneOf = ()  # any text


@dataclass(frozen=True)
class Setting:
    """A constant. With a unit it is a time, which may be shorter than decided; without, it must be
    the same. `also` are the names that Django and Flask have for it, with their units."""

    constant: str
    unit: str = ""
    also: OneOf = ()
    zero: bool = False  # whether the time may be 0, which some libraries read as for ever
    deployed: bool = False  # differs from one environment to the next


# By the ids that a decision has for them.
SETTINGS = {
    "issuer": Setting("ISSUER"),
    "audience": Setting("AUDIENCE"),
    "access-minutes": Setting("ACCESS_MINUTES", "minutes"),
    "leeway-seconds": Setting("LEEWAY_SECONDS", "seconds", zero=True),
    "cookie-name": Setting("COOKIE_NAME", also=("SESSION_COOKIE_NAME",)),
    "idle-minutes": Setting(
        "IDLE_MINUTES",
        "minutes",
        also=("SESSION_COOKIE_AGE:seconds", "PERMANENT_SESSION_LIFETIME:seconds"),
    ),
    "absolute-hours": Setting("ABSOLUTE_HOURS", "hours"),
    "refresh-cookie-name": Setting("REFRESH_COOKIE_NAME"),
    "refresh-idle-days": Setting("REFRESH_IDLE_DAYS", "days"),
    "refresh-absolute-days": Setting("REFRESH_ABSOLUTE_DAYS", "days"),
    "grace-seconds": Setting("GRACE_SECONDS", "seconds", zero=True),
    "store-url": Setting("STORE_URL", deployed=True),
}


@dataclass(frozen=True)
class Flag:
    """A flag of a session's cookie in the settings of Django and Flask; `default` says whether it
    will do to leave it out, and is None where the two differ."""

    compare: Callable[..., tuple[bool, str]]
    default: tuple[bool, str] | None


FLAGS = {
    "SESSION_COOKIE_SECURE": Flag(partial(one_of, (True,)), (False, "not set, so it is off")),
    "SESSION_COOKIE_HTTPONLY": Flag(partial(one_of, (True,)), (True, "not set, so it is on")),
    "SESSION_COOKIE_SAMESITE": Flag(same_site, None),
}

B64 = "[A-Za-z0-9_-]"
SIGNED, ENCRYPTED, PUBLIC, LOCAL = "signed JWT", "encrypted JWT", "v4.public.", "v4.local."
RANDOM, DJANGO, REFRESH = "random token", "session key of Django", "refresh token"
# The first that fits. A UUID or a hash, which may be guessed, has hexadecimal digits alone.
SHAPES = {
    RANDOM: rf"{B64}{{43}}",
    DJANGO: r"(?=.*[g-z])[a-z0-9]{32}",
    REFRESH: rf"{B64}{{43}}\.{B64}{{43}}",
    PUBLIC: rf"v4\.public\.{B64}+(\.{B64}*)?",
    LOCAL: rf"v4\.local\.{B64}+(\.{B64}*)?",
    "another version of Paseto": rf"[vk]\d+\.[a-z-]+\.{B64}+(\.{B64}*)?",
    SIGNED: rf"{B64}+\.{B64}+\.{B64}*",
    ENCRYPTED: rf"{B64}+(\.{B64}*){{4}}",
}


@dataclass(frozen=True)
class Promise:
    """`shapes` are those that a token may have, `fixed` the constants that are no settings, with
    what they may be, `header` all that may stand in a token's header. `cookie` and `age` are ids
    of settings: the cookie's name, and how long it may be kept. `session`: a framework may set it.
    """

    shapes: OneOf
    settings: OneOf
    fixed: Mapping[str, OneOf] = field(default_factory=dict)
    header: Mapping[str, OneOf] = field(default_factory=dict)
    claims: OneOf = ()  # texts, beside exp and iat
    longest: int = 4096
    cookie: str = ""
    age: str = ""
    session: bool = False


TOKEN = ("issuer", "audience", "access-minutes", "leeway-seconds")
STATE = ("idle-minutes", "absolute-hours", "store-url")
LOGIN = ("refresh-cookie-name", "refresh-idle-days", "refresh-absolute-days", "grace-seconds")
CLAIMS = ("iss", "aud", "sub", "jti")
HS, ES, ES_OR_RS, AT = ("HS256",), ("ES256",), ("ES256", "RS256"), ("at+jwt",)
DIR, ECDH, GCM, JWT = ("dir",), ("ECDH-ES",), ("A256GCM",), ("JWT",)

# fmt: off
PROMISES = {
    "opaque-session": Promise(
        (RANDOM, DJANGO), ("cookie-name", *STATE),
        cookie="cookie-name", age="absolute-hours", session=True),
    "opaque-introspection": Promise((RANDOM,), ("issuer", "audience", *STATE)),
    "jwt-blocklist": Promise(
        (SIGNED,), (*TOKEN, "store-url"), claims=CLAIMS,
        fixed={"HEADER.alg": ES, "HEADER.typ": AT}, header={"alg": ES, "typ": AT, "kid": ANY}),
    "paseto-blocklist": Promise(
        (PUBLIC,), (*TOKEN, "store-url"), claims=CLAIMS, fixed={"HEADER": (PUBLIC,)}),
    "access-refresh": Promise(
        (SIGNED, REFRESH), (*TOKEN, *LOGIN, "store-url"), claims=(*CLAIMS, "sid"),
        fixed={"ALGORITHM": ES_OR_RS}, header={"alg": ES_OR_RS, "typ": AT, "kid": ANY},
        cookie="refresh-cookie-name", age="refresh-idle-days"),
    "jwt-asymmetric": Promise(
        (SIGNED,), TOKEN, claims=CLAIMS, fixed={"ALGORITHM": ES_OR_RS, "TYPE": AT},
        header={"alg": ES_OR_RS, "typ": AT, "kid": ANY}),
    "jwt-hs256": Promise(
        (SIGNED,), TOKEN, claims=CLAIMS,
        fixed={"ALGORITHM": HS, "TYPE": AT}, header={"alg": HS, "typ": AT}),
    "paseto-public": Promise((PUBLIC,), TOKEN, claims=CLAIMS, fixed={"HEADER": (PUBLIC,)}),
    "paseto-local": Promise((LOCAL,), TOKEN, claims=CLAIMS, fixed={"HEADER": (LOCAL,)}),
    "jwe": Promise(
        (ENCRYPTED,), TOKEN, claims=CLAIMS,
        fixed={"HEADER.alg": DIR, "HEADER.enc": GCM, "HEADER.typ": AT},
        header={"alg": DIR, "enc": GCM, "typ": AT}),
    "jwe-nested": Promise(
        (ENCRYPTED,), TOKEN, claims=CLAIMS, longest=8192,
        fixed={"OUTER.alg": ECDH, "OUTER.enc": GCM, "OUTER.cty": JWT,
               "INNER.alg": ES, "INNER.typ": AT},
        header={"alg": ECDH, "enc": GCM, "cty": JWT, "kid": ANY, "epk": ANY}),
}
# fmt: on


@dataclass(frozen=True)
class Decision:
    """A saved decision: `settings` by their ids, and in sentences what policies require."""

    outcome: str
    promise: Promise
    settings: Mapping[str, Any]
    required: tuple[str, ...]
    permalink: str
    version: str
