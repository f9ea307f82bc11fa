"""Access tokens signed by one issuer and encrypted to one service each (JWS inside JWE).

Fits several services whose tokens carry data that their holders must not read, and no need to end
a token early: nothing here can revoke one. Encryption alone would not do: anyone can encrypt to a
public key, so only the signature inside tells who issued a token. HTTPS only.

The issuer's environment:    JWT_PRIVATE_KEY, its private key, and JWE_PUBLIC_KEY, the public key
                             of the service that AUDIENCE names.
That service's environment:  JWT_PUBLIC_KEYS, the issuer's public keys, and JWE_PRIVATE_KEYS, its
                             own private keys: each one or more, one after the other.
All are PEM on the curve P-256; the two pairs must differ.

Make a pair: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out private.pem
             openssl pkey -in private.pem -pubout -out public.pem
Change keys: add the new one where several may stand, then replace it where one stands; remove the
             old one once ACCESS_MINUTES and LEEWAY_SECONDS have passed.
"""

import base64
import json
import os
import re
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jwe, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

ISSUER = "https://auth.example.com"  # who signs; compared character by character
AUDIENCE = "https://api.example.com"  # the one API that the tokens are for
ACCESS_MINUTES = 15  # how long a stolen token works
LEEWAY_SECONDS = 30  # how far the clocks of issuer and service may differ

# ECDH-ES without key wrapping: with one recipient a wrapped key adds length and nothing else.
# Each token is encrypted with a key of its own, so that random IVs cannot collide under one key.
OUTER = {"alg": "ECDH-ES", "enc": "A256GCM", "cty": "JWT"}
INNER = {"alg": "ES256", "typ": "at+jwt"}
REGISTRY = jwe.JWERegistry(algorithms=["ECDH-ES", "A256GCM"])
MAX_LENGTH = 8192  # anything longer is refused unread


class InvalidToken(Exception):
    """This token is not acceptable. Log the reason; the response only says 401."""


class ConfigurationError(Exception):
    """A key is missing or unfit. Raised when keys are loaded, never because of a token."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name} must hold PEM keys on P-256, not those of the other pair. Make one with "
            "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256, and take its public "
            "half with openssl pkey -pubout."
        )


@dataclass(frozen=True)
class IssuerKeys:
    signing: ECKey
    recipient: ECKey


@dataclass(frozen=True)
class ServiceKeys:
    """Both by key id, so that old and new keys can stand side by side."""

    issuer: Mapping[str, ECKey]
    decryption: Mapping[str, ECKey]


def load_issuer_keys() -> IssuerKeys:
    signing = _keys("JWT_PRIVATE_KEY", private=True)
    recipient = _keys("JWE_PUBLIC_KEY", private=False)
    if len(signing) != 1:
        raise ConfigurationError("JWT_PRIVATE_KEY")
    if len(recipient) != 1 or signing.keys() & recipient.keys():
        raise ConfigurationError("JWE_PUBLIC_KEY")
    return IssuerKeys(*signing.values(), *recipient.values())


def load_service_keys() -> ServiceKeys:
    issuer = _keys("JWT_PUBLIC_KEYS", private=False)
    decryption = _keys("JWE_PRIVATE_KEYS", private=True)
    if issuer.keys() & decryption.keys():
        raise ConfigurationError("JWE_PRIVATE_KEYS")
    return ServiceKeys(issuer, decryption)


def issue(keys: IssuerKeys, subject: str, claims: Mapping[str, Any] | None = None) -> str:
    """A token for `subject`. `claims` can add to the claims below, not replace them."""
    if not subject:
        raise ValueError("A token needs a subject.")
    # No nbf: a token is good at once, and `verify` refuses an iat that lies in the future.
    at = now()
    times = {"iat": at, "exp": at + ACCESS_MINUTES * 60}
    ours = {"iss": ISSUER, "aud": AUDIENCE, "sub": subject, "jti": str(uuid.uuid4()), **times}
    header = {**INNER, "kid": keys.signing.thumbprint()}
    signed = jwt.encode(header, {**(claims or {}), **ours}, keys.signing, ["ES256"])
    header = {**OUTER, "kid": keys.recipient.thumbprint()}
    return jwe.encrypt_compact(header, signed, keys.recipient, registry=REGISTRY)


def verify(token: str, keys: ServiceKeys) -> dict[str, Any]:
    """The claims of an acceptable token; InvalidToken for anything else."""
    header, (_, encrypted_key, iv, _, tag) = _parts(token, 5)
    epk = header.pop("epk", None)
    # Closed lists: no other alg, no zip, no p2c, no crit, no key that a token brings along but
    # the one-time key that ECDH-ES needs, and of that the public half only.
    if not isinstance(epk, dict) or epk.keys() != {"kty", "crv", "x", "y"}:
        raise InvalidToken("no epk, or more than a public key in it")
    if encrypted_key or len(iv) != 12 or len(tag) != 16:
        raise InvalidToken("a key, or an iv or tag of the wrong length")
    own_key = _pick(header, OUTER, keys.decryption)
    try:
        signed = jwe.decrypt_compact(token, own_key, registry=REGISTRY).plaintext or b""
        inner = signed.decode("ascii")
    except Exception as error:  # joserfc raises JoseError, ValueError and what lies beneath them
        raise InvalidToken(f"not decrypted: {type(error).__name__}") from error
    inner_header, _ = _parts(inner, 3)
    issuer_key = _pick(inner_header, INNER, keys.issuer)
    registry = jwt.JWTClaimsRegistry(
        now=now(),
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": ISSUER},
        aud={"essential": True, "value": AUDIENCE},
        sub={"essential": True},
        jti={"essential": True},
        iat={"essential": True},
        exp={"essential": True},
    )
    try:
        claims = jwt.decode(inner, issuer_key, ["ES256"]).claims
        registry.validate(claims)  # decode checks no claim, not even exp
    except Exception as error:
        raise InvalidToken(f"refused: {type(error).__name__}") from error
    # joserfc also takes fractions of a second, and a list in which our audience is one of many.
    if any(type(claims.get(name, 0)) is not int for name in ("exp", "iat", "nbf")):
        raise InvalidToken("a time that is no integer")
    if not isinstance(claims["aud"], str):
        raise InvalidToken("a list of audiences")
    return claims


def now() -> int:
    """The time by which tokens are issued and their times checked; tests replace it."""
    return int(time.time())


def _parts(token: str, count: int) -> tuple[dict[str, Any], list[bytes]]:
    """The header and all segments of a token that has the one canonical shape."""
    if not isinstance(token, str) or not token.isascii() or len(token) > MAX_LENGTH:
        raise InvalidToken("not a string, not ASCII, or too long")
    try:
        parts = [base64.urlsafe_b64decode(part + "==") for part in token.split(".")]
        header = json.loads(parts[0])
    except (ValueError, RecursionError) as error:
        raise InvalidToken("not base64url, or no JSON header") from error
    # Decoders skip characters that they do not know; encoding again leaves one spelling.
    again = [base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts]
    if len(parts) != count or ".".join(again) != token:
        raise InvalidToken(f"not {count} segments of canonical base64url")
    if not isinstance(header, dict):
        raise InvalidToken("the header is no object")
    return header, parts


def _pick(header: dict[str, Any], wanted: dict[str, str], keys: Mapping[str, ECKey]) -> ECKey:
    """kid is the sender's word. It picks one of our keys, and is never a path, URL or query."""
    kid = header.pop("kid", None)
    if header != wanted or not isinstance(kid, str) or kid not in keys:
        raise InvalidToken("a header other than ours, or an unknown kid")
    return keys[kid]


def _keys(name: str, *, private: bool) -> dict[str, ECKey]:
    # Where a variable can only hold one line, its line breaks may be written as \n.
    pem = os.environ.get(name, "").replace("\\n", "\n")
    keys = {}
    for block in re.findall(r"-----BEGIN [^-]+-----[^-]+-----END [^-]+-----", pem):
        try:
            key = ECKey.import_key(block)
            fits = key.curve_name == "P-256" and key.is_private == private
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise ConfigurationError(name) from error
        if not fits:
            raise ConfigurationError(name)
        keys[key.thumbprint()] = key
    if not keys:
        raise ConfigurationError(name)
    return keys
