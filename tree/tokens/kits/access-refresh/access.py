"""Access tokens: signed by the issuer, checked by every service on its own."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from keys import PrivateKey, PublicKey, key_id
from parsing import InvalidToken, read_kid
from strict_json import further_claims, is_text

TYPE = "at+jwt"  # keeps ID tokens and the like, signed with the same key, out
MAX_LENGTH = 4096  # anything longer is refused unread

Sign = Callable[[str, str, int, Mapping[str, Any]], str]


@dataclass(frozen=True)
class Rules:
    """What issuer and services must agree on; times in seconds."""

    algorithm: str
    issuer: str
    audience: str
    lifetime: int
    leeway: int


def signer(key: PrivateKey, rules: Rules) -> Sign:
    header = {"typ": TYPE, "kid": key_id(key.public_key())}

    def sign(login: str, subject: str, at: int, claims: Mapping[str, Any]) -> str:
        """A token for `subject`. `claims` can add to the claims below, not replace them."""
        if not is_text(subject):
            raise ValueError("A token needs a subject, which is a string.")
        # No nbf: a token is good at once, and `check` refuses an iat that lies in the future.
        times = {"iat": at, "exp": at + rules.lifetime}
        ours = {"iss": rules.issuer, "aud": rules.audience, "sub": subject, "sid": login, **times}
        content = {**further_claims(claims, at), **ours, "jti": str(uuid.uuid4())}
        token = jwt.encode(content, key, rules.algorithm, header)
        if len(token) > MAX_LENGTH:
            raise ValueError(f"A token with these claims is longer than {MAX_LENGTH} characters.")
        return token

    return sign


def check(keys: Mapping[str, PublicKey], rules: Rules, token: str) -> dict[str, Any]:
    """The claims of an acceptable token; InvalidToken for anything else."""
    # kid is the sender's word. It picks one of our own keys: it is no path, URL or query.
    key = keys.get(read_kid(token, {"alg": rules.algorithm, "typ": TYPE}, MAX_LENGTH))
    if key is None:
        raise InvalidToken("unknown kid")
    required = ["exp", "iat", "iss", "aud", "sub", "jti", "sid"]
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[rules.algorithm],
            issuer=rules.issuer,
            audience=rules.audience,
            leeway=rules.leeway,
            options={"require": required, "strict_aud": True},
        )
    except jwt.PyJWTError as error:
        raise InvalidToken(f"refused: {type(error).__name__}") from error
    # PyJWT passes times through int(), which also takes "1999999999", 1.9e9 and True.
    if any(type(claims.get(name, 0)) is not int for name in ("exp", "iat", "nbf")):
        raise InvalidToken("a time that is no integer")
    # Nothing can end a token early, so none may live longer than was decided.
    if claims["exp"] - claims["iat"] > rules.lifetime:
        raise InvalidToken("a longer life than ACCESS_MINUTES")
    if not all(is_text(claims[name]) for name in ("sub", "jti", "sid")):
        raise InvalidToken("sub, jti or sid is empty or no string")
    return claims
