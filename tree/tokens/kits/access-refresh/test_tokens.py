"""Attacks on access and refresh tokens. Needs a Redis: REDIS_URL says where.

Forgeries are built by hand: PyJWT would refuse to make them.
"""

import base64
import contextlib
import hashlib
import hmac
import json
import os
import random
import secrets
import shlex
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import pytest
import redis
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

import access
import families
import keys
import samples
import tokens as kit

START = "redis-server --port 6379 --save '' --appendonly no"
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
OURS = ec.generate_private_key(ec.SECP256R1())
STRANGER = ec.generate_private_key(ec.SECP256R1())
RSA = rsa.generate_private_key(public_exponent=65537, key_size=3072)
# The tests go by these values, whatever you chose.
kit.ACCESS_MINUTES, kit.LEEWAY_SECONDS = 15, 30
LIFE = kit.ACCESS_MINUTES * 60 + kit.LEEWAY_SECONDS


def pem(key: Any) -> str:
    if hasattr(key, "public_key"):
        raw: bytes = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    else:
        raw = key.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    return raw.decode()


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our keys, the times that the tests expect, and for each test names of its own in Redis."""
    monkeypatch.setattr(families, "PREFIX", f"test:{secrets.token_hex(8)}:")
    monkeypatch.setattr(kit, "REFRESH_IDLE_DAYS", 7)
    monkeypatch.setattr(kit, "REFRESH_ABSOLUTE_DAYS", 30)
    monkeypatch.setattr(kit, "GRACE_SECONDS", 10)
    monkeypatch.setenv("JWT_PRIVATE_KEY", pem(OURS))
    monkeypatch.setenv("JWT_PUBLIC_KEYS", pem(OURS.public_key()))


@pytest.fixture
def issue() -> kit.Issuer:
    return kit.issuer()


@pytest.fixture
def verify() -> kit.Verify:
    return kit.verifier()


class Clock:
    """Stands still until it is moved. PyJWT reads it too."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = at = int(time.time())
        clock = self

        class Moved(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> "Moved":
                return cls.fromtimestamp(clock.at, tz)

        assert Moved.now().timestamp() == at
        monkeypatch.setattr(kit, "now", lambda: self.at)
        monkeypatch.setattr("jwt.api_jwt.datetime", Moved)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")


def good_header() -> dict[str, Any]:
    der = OURS.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return {"alg": "ES256", "typ": "at+jwt", "kid": b64(hashlib.sha256(der).digest())}


def good_claims() -> dict[str, Any]:
    at = int(time.time())
    return {
        "iss": kit.ISSUER,
        "aud": kit.AUDIENCE,
        "sub": "user-1",
        "iat": at,
        "exp": at + kit.ACCESS_MINUTES * 60,
        "jti": str(uuid.uuid4()),
        "sid": "login",
    }


def es256(message: bytes, key: ec.EllipticCurvePrivateKey = OURS) -> bytes:
    r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def forge(header: Any = None, payload: Any = None, sign: Callable[[bytes], bytes] = es256) -> str:
    header = good_header() if header is None else header
    payload = good_claims() if payload is None else payload
    parts = [
        part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, payload)
    ]
    message = ".".join(map(b64, parts))
    return f"{message}.{b64(sign(message.encode()))}"


def refuse(token: Any, verify: kit.Verify, reason: str | None = None) -> None:
    with pytest.raises(kit.InvalidToken, match=reason) as caught:
        verify(token)
    if token:
        assert str(token) not in str(caught.value)


def test_it_accepts_what_it_issues(issue: kit.Issuer, verify: kit.Verify) -> None:
    claims = verify(issue("user-1", {"scope": "read"}))
    assert claims["sub"] == "user-1"
    assert claims["scope"] == "read"
    assert (claims["iss"], claims["aud"]) == (kit.ISSUER, kit.AUDIENCE)
    assert claims["exp"] - claims["iat"] == kit.ACCESS_MINUTES * 60


def test_it_gives_every_token_its_own_jti(issue: kit.Issuer, verify: kit.Verify) -> None:
    ids = {verify(issue("user-1"))["jti"] for _ in range(5)}
    assert len(ids) == 5


def test_it_accepts_the_hand_made_token_on_which_the_attacks_build(
    verify: kit.Verify,
) -> None:
    assert verify(forge())["sub"] == "user-1"


def test_it_does_not_let_further_claims_replace_its_own(
    issue: kit.Issuer, verify: kit.Verify
) -> None:
    claims = verify(issue("user-1", {"sub": "admin", "exp": 9999999999}))
    assert claims["sub"] == "user-1"
    assert claims["exp"] < 9999999999


@pytest.mark.parametrize("subject", ["", None, 7, b"user-1", ["user-1"]])
def test_it_issues_no_token_for_the_subject(issue: kit.Issuer, subject: Any) -> None:
    with pytest.raises(ValueError, match="subject"):
        issue(subject)


def test_it_issues_no_token_that_is_too_long_to_be_read(
    issue: kit.Issuer, verify: kit.Verify
) -> None:
    assert verify(issue("user-1", {"pad": "x" * 2000}))
    with pytest.raises(ValueError, match="longer than 4096"):
        issue("user-1", {"pad": "x" * 3000})


def test_its_samples_are_what_they_say(verify: kit.Verify) -> None:
    assert verify(samples.good("ada"))["sub"] == "ada"
    assert verify(kit.issuer()("ada", samples.TYPICAL))["tenant"] == "acme-emea"
    refuse(samples.expired(), verify, "ExpiredSignature")
    refuse(samples.forged(), verify, "InvalidSignature")


# Time


@pytest.mark.parametrize("shift", [-kit.ACCESS_MINUTES * 60 - 31, +60])
def test_it_refuses_a_token_outside_its_time(
    issue: kit.Issuer,
    verify: kit.Verify,
    monkeypatch: pytest.MonkeyPatch,
    shift: int,
) -> None:
    at = int(time.time()) + shift
    monkeypatch.setattr(kit, "now", lambda: at)
    refuse(issue("user-1"), verify, "ExpiredSignature|ImmatureSignature")


def test_it_forgives_clocks_that_differ_by_less_than_the_leeway(
    verify: kit.Verify,
) -> None:
    at = int(time.time())
    assert verify(forge(payload=good_claims() | {"exp": at - 20, "iat": at + 20}))


def test_it_refuses_a_token_from_its_last_second_on(
    issue: kit.Issuer, verify: kit.Verify, clock: Clock
) -> None:
    token = issue("user-1")
    clock.at += LIFE - 1
    assert verify(token)
    clock.at += 1
    refuse(token, verify, "ExpiredSignature")


def test_it_refuses_a_life_that_is_longer_than_was_decided(verify: kit.Verify) -> None:
    at, life = int(time.time()), kit.ACCESS_MINUTES * 60
    assert verify(forge(payload=good_claims() | {"iat": at - 9, "exp": at - 9 + life}))
    for exp in (at - 8 + life, at + 30 * 86400):
        refuse(forge(payload=good_claims() | {"iat": at - 9, "exp": exp}), verify, "longer life")


@pytest.mark.parametrize("nbf", [60, 10**9])
def test_it_refuses_a_token_before_its_nbf(verify: kit.Verify, nbf: int) -> None:
    claims = good_claims() | {"nbf": int(time.time()) + nbf}
    refuse(forge(payload=claims), verify, "ImmatureSignature")


@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
@pytest.mark.parametrize("kind", ["text", "float", "true", "null", "list"])
def test_it_refuses_a_time_that_is_no_integer(verify: kit.Verify, name: str, kind: str) -> None:
    time_ = int(time.time()) + (600 if name == "exp" else -5)
    value = {"text": str(time_), "float": time_ + 0.5, "true": True, "null": None, "list": [time_]}
    refuse(forge(payload=good_claims() | {name: value[kind]}), verify)


@pytest.mark.parametrize("exp", [b"1e400", b"-1e400", b"NaN", b"Infinity", b"-1", b"0"])
def test_it_refuses_the_freak_exp(verify: kit.Verify, exp: bytes) -> None:
    payload = json.dumps(good_claims() | {"exp": "EXP"}).encode().replace(b'"EXP"', exp)
    refuse(forge(payload=payload), verify)


# Claims


@pytest.mark.parametrize("name", ["exp", "iat", "iss", "aud", "sub", "jti", "sid"])
def test_it_refuses_a_token_without(verify: kit.Verify, name: str) -> None:
    claims = good_claims()
    del claims[name]
    refuse(forge(payload=claims), verify)


@pytest.mark.parametrize(
    "iss",
    [
        "https://evil.example.com",
        kit.ISSUER + "/",
        kit.ISSUER + ".evil.example",
        kit.ISSUER[:-1],
        kit.ISSUER.upper(),
        [kit.ISSUER],
        "",
    ],
)
def test_it_refuses_the_issuer(verify: kit.Verify, iss: Any) -> None:
    refuse(forge(payload=good_claims() | {"iss": iss}), verify)


@pytest.mark.parametrize(
    "aud",
    [
        "https://other.example.com",
        kit.AUDIENCE + "/",
        kit.AUDIENCE[:-1],
        [kit.AUDIENCE],
        [kit.AUDIENCE, "https://other.example.com"],
        {kit.AUDIENCE: 1},
        "",
    ],
)
def test_it_refuses_the_audience(verify: kit.Verify, aud: Any) -> None:
    refuse(forge(payload=good_claims() | {"aud": aud}), verify)


@pytest.mark.parametrize("name", ["sub", "jti", "sid"])
@pytest.mark.parametrize("value", ["", 7, ["user-1"]])
def test_it_refuses_an_unfit(verify: kit.Verify, name: str, value: Any) -> None:
    refuse(forge(payload=good_claims() | {name: value}), verify)


@pytest.mark.parametrize("payload", [b"[]", b'"text"', b"null", b"{", b"", b"\xff", b"[" * 1500])
def test_it_refuses_a_payload_that_is_no_object(verify: kit.Verify, payload: bytes) -> None:
    refuse(forge(payload=payload), verify)


# Header


@pytest.mark.parametrize(
    "typ", ["JWT", "rt+jwt", "id+jwt", "AT+JWT", "application/at+jwt", None, 1]
)
def test_it_refuses_another_typ(verify: kit.Verify, typ: Any) -> None:
    refuse(forge(good_header() | {"typ": typ}), verify, "typ")


@pytest.mark.parametrize("name", ["alg", "typ", "kid"])
def test_it_refuses_a_header_without(verify: kit.Verify, name: str) -> None:
    header = good_header()
    del header[name]
    refuse(forge(header), verify, "header members")


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", None, ["ES256"], "es256"])
@pytest.mark.parametrize("signed", [True, False])
def test_it_refuses_the_algorithm(verify: kit.Verify, alg: Any, signed: bool) -> None:
    sign: Callable[[bytes], bytes] = es256 if signed else lambda _: b""
    refuse(forge(good_header() | {"alg": alg}, sign=sign), verify, "wrong alg")


def public_secrets() -> dict[str, bytes]:
    text = pem(OURS.public_key())
    der = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    point = serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    return {
        "pem": text.encode(),
        "stripped pem": text.strip().encode(),
        "one-line pem": "".join(text.splitlines()[1:-1]).encode(),
        "der": OURS.public_key().public_bytes(*der),
        "point": OURS.public_key().public_bytes(*point),
    }


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512", "ES256"])
@pytest.mark.parametrize("secret", public_secrets())
def test_it_refuses_an_hmac_made_with_the_public_key(
    verify: kit.Verify, alg: str, secret: str
) -> None:
    def sign(message: bytes) -> bytes:
        digest = {"HS384": "sha384", "HS512": "sha512"}.get(alg, "sha256")
        return hmac.new(public_secrets()[secret], message, digest).digest()

    refuse(forge(good_header() | {"alg": alg}, sign=sign), verify)


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES384", "ES256K", "EdDSA"])
def test_it_refuses_another_algorithm_of_its_kind(verify: kit.Verify, alg: str) -> None:
    refuse(forge(good_header() | {"alg": alg}), verify, "wrong alg")


def jwk(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    numbers = key.public_numbers()
    x, y = (b64(n.to_bytes(32, "big")) for n in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


@pytest.mark.parametrize(
    "extra",
    [
        {"jwk": jwk(STRANGER.public_key())},
        {"jwk": jwk(OURS.public_key())},
        {"jku": "https://evil.example/keys.json"},
        {"x5u": "https://evil.example/cert.pem"},
        {"x5c": ["MIIB"]},
        {"x5t#S256": "AAAA"},
        {"crit": ["exp"], "exp": 1},
        {"crit": ["b64"], "b64": True},
        {"crit": []},
        {"b64": False},
        {"zip": "DEF"},
        {"cty": "JWT"},
    ],
)
def test_it_refuses_a_header_that_brings(verify: kit.Verify, extra: Any) -> None:
    refuse(forge(good_header() | extra), verify, "header members")


@pytest.mark.parametrize(
    "kid",
    [
        "",
        "../../dev/null",
        "https://evil.example/key",
        "' OR 1=1 --",
        "x" * 900,
        None,
        0,
        ["a"],
        {},
    ],
)
def test_it_refuses_the_hostile_kid(verify: kit.Verify, kid: Any) -> None:
    refuse(forge(good_header() | {"kid": kid}), verify, "unknown kid")


@pytest.mark.parametrize("header", [b"[]", b"null", b'"alg"', b"{", b"", b"\xff\xfe", b"[" * 1500])
def test_it_refuses_a_header_that_is_no_object(verify: kit.Verify, header: bytes) -> None:
    refuse(forge(header), verify)


# Signature


def test_it_refuses_the_signature_of_another_key(verify: kit.Verify) -> None:
    refuse(forge(sign=lambda message: es256(message, STRANGER)), verify, "InvalidSignature")


N = P256_ORDER.to_bytes(32, "big")


@pytest.mark.parametrize(
    "signature",
    [
        b"",
        b"\0" * 64,
        b"\0" * 63,
        b"\xff" * 64,
        b"\0" * 65,
        N + N,
        N + bytes(32),
        bytes(31) + b"\1" * 33,
    ],
)
def test_it_refuses_an_empty_or_blank_signature(verify: kit.Verify, signature: bytes) -> None:
    refuse(forge(sign=lambda _: signature), verify, "InvalidSignature")


def test_it_refuses_a_signature_in_der(verify: kit.Verify) -> None:
    refuse(
        forge(sign=lambda m: OURS.sign(m, ec.ECDSA(hashes.SHA256()))), verify, "InvalidSignature"
    )


def test_it_refuses_a_changed_payload(verify: kit.Verify) -> None:
    header, payload, signature = forge().split(".")
    changed = json.loads(unb64(payload)) | {"sub": "admin"}
    refuse(f"{header}.{b64(json.dumps(changed).encode())}.{signature}", verify, "InvalidSignature")


def test_it_refuses_a_change_of_any_one_byte(verify: kit.Verify) -> None:
    parts = [unb64(part) for part in forge().split(".")]
    for which, part in enumerate(parts):
        for at in range(len(part)):
            changed = bytes([*part[:at], part[at] ^ 1, *part[at + 1 :]])
            refuse(".".join(map(b64, [*parts[:which], changed, *parts[which + 1 :]])), verify)


def test_it_refuses_the_signature_of_another_token(verify: kit.Verify) -> None:
    one, other = forge(), forge(payload=good_claims() | {"sub": "admin"})
    refuse(f"{other.rpartition('.')[0]}.{one.rpartition('.')[2]}", verify, "InvalidSignature")


def test_it_reads_the_last_of_two_equal_names_as_rfc_7515_and_7519_allow(
    verify: kit.Verify,
) -> None:
    """What counts is that the check of the header and PyJWT never read different values."""
    text = json.dumps(good_header())
    twice = '{"alg": "none", "kid": "x", ' + text[1:]
    assert verify(forge(twice.encode()))["sub"] == "user-1"
    refuse(forge((text[:-1] + ', "alg": "none"}').encode()), verify, "wrong alg")
    claims = json.dumps(good_claims())
    assert verify(forge(payload=('{"sub": "admin", ' + claims[1:]).encode()))["sub"] == "user-1"
    refuse(forge(payload=(claims[:-1] + ', "exp": 1}').encode()), verify, "Expired")


# Shape


def in_json(token: str, general: bool) -> str:
    """The JSON serialisations of RFC 7515: nobody asked for them, so they are no tokens here."""
    protected, payload, signature = token.split(".")
    signed = {"protected": protected, "signature": signature}
    return json.dumps({"payload": payload} | ({"signatures": [signed]} if general else signed))


@pytest.mark.parametrize("general", [True, False])
def test_it_refuses_its_own_parts_in_json(verify: kit.Verify, general: bool) -> None:
    refuse(in_json(forge(), general), verify)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: "",
        lambda _: None,
        lambda token: token.encode(),
        lambda _: 7,
        lambda token: {"payload": token},
        lambda token: json.dumps({"payload": token}),
        lambda token: token + "\n",
        lambda token: " " + token,
        lambda token: token[:-1],
        lambda token: token[:-40],
        lambda token: token + "=",
        lambda token: token + "==",
        lambda token: token.replace(".", "=.", 1),
        lambda token: token.replace(".", "!.", 1),
        lambda token: token[:30] + "!" + token[30:],
        lambda token: token[:30] + "\n" + token[30:],
        lambda token: token + "é",
        lambda token: token.replace("e", "\uff45", 1),
        lambda token: token.rsplit(".", 1)[0],
        lambda token: token.rsplit(".", 1)[0] + ".",
        lambda token: token + ".",
        lambda token: "." + token,
        lambda token: token + "." + token,
        lambda _: "..",
        lambda _: "." * 3000,
        lambda _: "A" * 1_000_000,
        lambda token: "Bearer " + token,
    ],
)
def test_it_refuses_a_token_of_another_shape(
    verify: kit.Verify, spoil: Callable[[str], Any]
) -> None:
    refuse(spoil(forge()), verify)


def test_it_refuses_a_token_that_is_not_ascii(verify: kit.Verify) -> None:
    refuse(forge() + "é", verify, "not ASCII")
    refuse(forge().replace("e", "\uff45", 1), verify, "not ASCII")


def test_it_refuses_unused_bits_in_the_last_character(verify: kit.Verify) -> None:
    """86 characters hold 64 bytes and 4 bits: 16 spellings decode to one signature."""
    token = forge()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spelling = token[:-1] + alphabet[alphabet.index(token[-1]) + 1]
    assert unb64(spelling.rsplit(".")[-1]) == unb64(token.rsplit(".")[-1])
    refuse(spelling, verify, "canonical")


def test_it_refuses_a_signed_token_above_the_size_limit(verify: kit.Verify) -> None:
    room = good_claims() | {"pad": ""}
    fits = access.MAX_LENGTH - len(forge(payload=room)) - 8
    assert verify(forge(payload=room | {"pad": "x" * (fits * 3 // 4)}))
    refuse(forge(payload=room | {"pad": "x" * access.MAX_LENGTH}), verify, "too long")


# Refresh tokens


@dataclass(frozen=True)
class App:
    """The issuer's side, with a look into its store."""

    server: redis.Redis
    issuer: kit.Issuer
    revoke: Callable[[str], None]
    revoke_all: Callable[[str], int]

    def log_in(self, subject: str = "alice") -> str:
        return str(self.issuer.log_in(subject, "web").refresh)


def start() -> App:
    revoker = kit.revoker()
    server = families.connect(kit.STORE_URL)
    return App(server, kit.issuer(), revoker.revoke, revoker.revoke_all)


@pytest.fixture
def app(environment: None) -> Iterator[App]:  # noqa: ARG001 - it sets the prefix first
    if not os.environ.get("REDIS_URL"):
        pytest.fail(f"Set REDIS_URL to a Redis for these tests. Start one: {START}")
    app = start()
    try:
        app.server.ping()
    except redis.RedisError as error:
        pytest.fail(f"No Redis answers at REDIS_URL ({error}). Start one: {START}")
    yield app
    for key in list(app.server.scan_iter(f"{families.PREFIX}*")):
        app.server.delete(key)


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> App:
    """With a store that refuses connections."""
    with monkeypatch.context() as patch:
        patch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
        return start()


def refresh(app: App, token: str, client: str = "web") -> str:
    pair = app.issuer.refresh(token, client)
    assert kit.verifier()(pair.access)["sub"] == "alice"
    assert pair.refresh is not None
    return pair.refresh


def cannot_refresh(app: App, token: Any, why: str = ".", client: str = "web") -> None:
    with pytest.raises(kit.InvalidToken, match=why) as refusal:
        app.issuer.refresh(token, client)
    assert not token or str(token) not in str(refusal.value)


def family_of(token: str) -> str:
    handle = token.partition(".")[0]
    return f"{families.PREFIX}family:{hashlib.sha256(handle.encode()).hexdigest()}"


def dump(app: App) -> str:
    """All that stands in the store under our prefix: names and values."""
    found = []
    for key in app.server.scan_iter(f"{families.PREFIX}*"):
        is_hash = app.server.type(key) == "hash"
        value = app.server.hgetall(key) if is_hash else app.server.zrange(key, 0, -1)
        found.append(f"{key} {value}")
    return "\n".join(found)


def test_the_claims_name_the_login(app: App) -> None:
    first, other = (app.issuer.log_in("alice", "web") for _ in range(2))
    renewed = app.issuer.refresh(str(first.refresh), "web")
    sids = [kit.verifier()(tokens.access)["sid"] for tokens in (first, renewed, other)]
    assert sids[0] == sids[1] != sids[2]


def test_a_pair_of_tokens_does_not_print_itself(app: App) -> None:
    pair = app.issuer.log_in("alice", "web")
    assert pair.access not in f"{pair} {pair!r}"
    assert str(pair.refresh) not in f"{pair} {pair!r}"


@pytest.mark.parametrize(("subject", "client"), [("", "web"), ("alice", ""), (7, "web"), ("a", 7)])
def test_nobody_logs_in_without_a_subject_and_a_client(app: App, subject: Any, client: Any) -> None:
    with pytest.raises(ValueError, match="subject and a client"):
        app.issuer.log_in(subject, client)
    assert dump(app) == ""


def test_a_token_without_a_login_is_an_access_token_like_others(
    app: App, verify: kit.Verify
) -> None:
    """Nothing is kept of it, so nothing can renew it; no two of them share a sid."""
    tokens = [app.issuer("alice", {"sid": "chosen"}) for _ in range(2)]
    assert len({verify(token)["sid"] for token in tokens} - {"chosen"}) == 2
    assert dump(app) == ""


def test_each_refresh_gives_a_new_pair(app: App) -> None:
    tokens = [app.log_in()]
    for _ in range(5):
        tokens.append(refresh(app, tokens[-1]))
    assert len(set(tokens)) == 6


def test_the_store_holds_no_refresh_token(app: App) -> None:
    token = app.log_in()
    for secret in [*token.split("."), *refresh(app, token).split(".")]:
        assert secret not in dump(app)
        assert hashlib.sha256(secret.encode()).hexdigest() in dump(app)


def test_it_refuses_what_stands_in_the_store(app: App) -> None:
    token = app.log_in()
    digests = [hashlib.sha256(part.encode()).digest() for part in token.split(".")]
    cannot_refresh(app, ".".join(digest.hex() for digest in digests), "shape")
    cannot_refresh(app, ".".join(digest.hex()[:43] for digest in digests), "unknown")
    cannot_refresh(app, ".".join(map(b64, digests)), "unknown")
    refresh(app, token)


def test_it_refuses_an_unknown_token_and_harms_nobody(app: App) -> None:
    token = app.log_in()
    stranger = f"{secrets.token_urlsafe(32)}.{token.partition('.')[2]}"
    cannot_refresh(app, stranger, "unknown")
    refresh(app, token)


def test_nobody_can_end_a_login_with_what_its_access_token_says(app: App) -> None:
    tokens = app.issuer.log_in("alice", "web")
    sid = kit.verifier()(tokens.access)["sid"]
    for handle in (sid[:43], b64(bytes.fromhex(sid))):
        cannot_refresh(app, f"{handle}.{secrets.token_urlsafe(32)}", "unknown")
        app.revoke(f"{handle}.{secrets.token_urlsafe(32)}")
    refresh(app, str(tokens.refresh))


def test_within_the_grace_the_previous_token_gives_an_access_token_alone(
    app: App, clock: Clock
) -> None:
    first = app.log_in()
    second = refresh(app, first)
    clock.at += kit.GRACE_SECONDS - 1
    for _ in range(2):
        tokens = app.issuer.refresh(first, "web")
        assert kit.verifier()(tokens.access)["sub"] == "alice"
        assert tokens.refresh is None
    refresh(app, second)


def test_using_the_grace_does_not_prolong_it(app: App, clock: Clock) -> None:
    first = app.log_in()
    refresh(app, first)
    clock.at += kit.GRACE_SECONDS - 1
    app.issuer.refresh(first, "web")
    clock.at += 1
    cannot_refresh(app, first, "used before")


def test_after_the_grace_the_previous_token_ends_the_login_and_its_successor(
    app: App, clock: Clock
) -> None:
    first = app.log_in()
    second = refresh(app, first)
    clock.at += kit.GRACE_SECONDS
    cannot_refresh(app, first, "used before")
    cannot_refresh(app, second, "unknown")
    cannot_refresh(app, first, "unknown")


@pytest.mark.usefixtures("clock")
def test_an_older_token_ends_the_login_even_within_the_grace(app: App) -> None:
    first = app.log_in()
    second = refresh(app, first)
    third = refresh(app, second)
    cannot_refresh(app, first, "used before")
    for token in (second, third):
        cannot_refresh(app, token, "unknown")


def test_a_thief_who_refreshes_first_loses_it_when_the_owner_comes(app: App, clock: Clock) -> None:
    stolen = app.log_in()
    thief = refresh(app, stolen)
    clock.at += 3600
    thief = str(app.issuer.refresh(thief, "web").refresh)
    cannot_refresh(app, stolen, "used before")
    cannot_refresh(app, thief, "unknown")


def test_other_logins_of_the_user_survive_a_reuse(app: App, clock: Clock) -> None:
    laptop, phone = app.log_in(), app.log_in()
    refresh(app, laptop)
    clock.at += kit.GRACE_SECONDS
    cannot_refresh(app, laptop, "used before")
    refresh(app, phone)


@pytest.mark.parametrize("client", ["mobile", "", "Web", "web ", "web\n"])
def test_another_client_is_refused_and_changes_nothing(app: App, client: str) -> None:
    first = app.log_in()
    cannot_refresh(app, first, "another client", client)
    second = refresh(app, first)
    cannot_refresh(app, first, "another client", client)
    refresh(app, second)


@pytest.mark.parametrize("racers", [2, 16])
def test_of_many_simultaneous_refreshes_one_gets_a_new_token(app: App, racers: int) -> None:
    for _ in range(5):
        token = app.log_in()
        ready, outcomes = threading.Barrier(racers), list[kit.Tokens]()

        def race(token: str = token, ready: Any = ready, outcomes: Any = outcomes) -> None:
            ready.wait()
            outcomes.append(app.issuer.refresh(token, "web"))

        threads = [threading.Thread(target=race) for _ in range(racers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(outcomes) == racers, "the others get an access token, not an error"
        winners = [tokens.refresh for tokens in outcomes if tokens.refresh is not None]
        assert len(winners) == 1
        refresh(app, winners[0])


def test_logout_ends_this_login_alone(app: App) -> None:
    laptop, phone = app.log_in(), app.log_in()
    app.revoke(laptop)
    cannot_refresh(app, laptop, "unknown")
    app.revoke(laptop)
    refresh(app, phone)


def test_logout_with_an_older_token_ends_the_login_too(app: App) -> None:
    first = app.log_in()
    second = refresh(app, first)
    app.revoke(first)
    for token in (first, second):
        cannot_refresh(app, token, "unknown")


def test_logout_does_not_end_the_access_tokens_that_are_out(
    app: App, verify: kit.Verify, clock: Clock
) -> None:
    """The price of services that ask nobody; README.md says so."""
    pair = app.issuer.log_in("alice", "web")
    app.revoke(str(pair.refresh))
    app.revoke_all("alice")
    clock.at += LIFE - 1
    assert verify(pair.access)["sub"] == "alice"
    clock.at += 1
    refuse(pair.access, verify, "ExpiredSignature")


def test_logout_needs_a_refresh_token(app: App) -> None:
    pair = app.issuer.log_in("alice", "web")
    app.revoke(pair.access)
    refresh(app, str(pair.refresh))


def test_it_ends_all_logins_of_the_user_and_no_others(app: App) -> None:
    """What follows a changed password, a disabled account, or "log out everywhere"."""
    first, phone = app.log_in(), app.log_in()
    second = refresh(app, first)
    other = str(app.issuer.log_in("alice2", "web").refresh)
    assert app.revoke_all("alice") == 2
    for token in (first, second, phone):
        cannot_refresh(app, token, "unknown")
    assert app.issuer.refresh(other, "web").refresh
    refresh(app, app.log_in())


def test_log_out_everywhere_finds_logins_opened_at_that_moment(app: App) -> None:
    """Whatever was opened before the last call is ended: none is alive and unlisted."""
    opened: list[str] = []

    def log_in_often() -> None:
        opened.extend(app.log_in() for _ in range(50))

    threads = [threading.Thread(target=log_in_often) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        app.revoke_all("alice")
    app.revoke_all("alice")
    assert len(opened) == 200
    assert "family" not in dump(app)
    for token in opened:
        cannot_refresh(app, token, "unknown")


def test_no_refresh_brings_an_ended_login_back(app: App) -> None:
    """Refreshes run while the user is logged out everywhere; afterwards nothing is left."""
    for _ in range(5):
        tokens = [app.log_in() for _ in range(8)]
        ready, renewed = threading.Barrier(9), list[str]()

        def race(token: str, ready: Any = ready, renewed: Any = renewed) -> None:
            ready.wait()
            with contextlib.suppress(kit.InvalidToken):
                for _ in range(50):
                    token = refresh(app, token)
                    renewed.append(token)

        threads = [threading.Thread(target=race, args=[token]) for token in tokens]
        for thread in threads:
            thread.start()
        ready.wait()
        app.revoke_all("alice")
        for thread in threads:
            thread.join()
        assert "family" not in dump(app)
        for token in tokens + renewed:
            cannot_refresh(app, token, "unknown")


def test_a_login_ends_after_the_idle_limit(app: App, clock: Clock) -> None:
    token = app.log_in()
    clock.at += kit.REFRESH_IDLE_DAYS * 86400
    cannot_refresh(app, token, "expired")
    clock.at -= kit.REFRESH_IDLE_DAYS * 86400
    cannot_refresh(app, token, "unknown")  # gone for good, not merely refused


def test_a_login_ends_after_the_absolute_limit_despite_refreshes(app: App, clock: Clock) -> None:
    token, end = app.log_in(), clock.at + kit.REFRESH_ABSOLUTE_DAYS * 86400
    for moment in [*range(clock.at + 86400, end, 86400), end - 1]:
        clock.at = moment
        token = refresh(app, token)
    clock.at = end
    cannot_refresh(app, token, "expired")


def test_redis_itself_forgets_by_both_limits(app: App, clock: Clock) -> None:
    token, end = app.log_in(), clock.at + kit.REFRESH_ABSOLUTE_DAYS * 86400
    family, idle = family_of(token), kit.REFRESH_IDLE_DAYS * 86400
    assert idle - 5 <= app.server.ttl(family) <= idle
    app.server.expire(family, 7)
    token = refresh(app, token)
    assert idle - 5 <= app.server.ttl(family) <= idle
    clock.at = end - 100
    app.server.hset(family, "used", clock.at)
    app.issuer.refresh(token, "web")
    assert 95 <= app.server.ttl(family) <= 100


def test_the_index_lists_only_logins_that_can_be_alive(app: App, clock: Clock) -> None:
    app.log_in()
    clock.at += kit.REFRESH_ABSOLUTE_DAYS * 86400
    app.log_in()
    assert app.server.zcard(families._index("alice")) == 1
    assert 0 < app.server.ttl(families._index("alice")) <= kit.REFRESH_ABSOLUTE_DAYS * 86400


def test_neither_token_passes_for_the_other(app: App, verify: kit.Verify) -> None:
    tokens = app.issuer.log_in("alice", "web")
    refuse(tokens.refresh, verify)
    refuse(f"{tokens.refresh}.{secrets.token_urlsafe(32)}", verify)
    cannot_refresh(app, tokens.access, "shape")
    cannot_refresh(app, tokens.access.rpartition(".")[0], "shape")


@pytest.mark.parametrize(
    "misshape",
    [
        lambda _: "",
        lambda _: None,
        lambda _: 7,
        lambda token: token.encode(),
        lambda token: [token],
        lambda token: token[:-1],
        lambda token: token[1:],
        lambda token: token + "\n",
        lambda token: token + "=",
        lambda token: token + "A",
        lambda token: token.replace(".", "."[:0]),
        lambda token: token.replace(".", ".."),
        lambda token: token.partition(".")[0],
        lambda token: token.partition(".")[2],
        lambda token: "é" + token[1:],
        lambda token: "\ud800" + token[1:],
        lambda token: token[:-1] + "\x00",
        lambda token: token * 100_000,
    ],
)
def test_it_refuses_any_other_shape_unasked_and_harms_nobody(
    app: App, nowhere: App, misshape: Callable[[str], Any]
) -> None:
    token = app.log_in()
    cannot_refresh(nowhere, misshape(token), "shape")  # a look-up would raise StoreUnavailable
    nowhere.revoke(misshape(token))
    refresh(app, token)


def test_the_cookie_is_out_of_reach_of_scripts_and_other_hosts() -> None:
    name, *attributes = kit.set_cookie("TOKEN").split("; ")
    assert name == f"{kit.REFRESH_COOKIE_NAME}=TOKEN"
    age = f"Max-Age={kit.REFRESH_IDLE_DAYS * 86400}"
    assert sorted(attributes) == ["HttpOnly", age, "Path=/", "SameSite=Lax", "Secure"]
    assert kit.REFRESH_COOKIE_NAME.startswith("__Host-")


def test_logout_clears_the_same_cookie() -> None:
    name, *attributes = kit.clear_cookie().split("; ")
    assert name == f"{kit.REFRESH_COOKIE_NAME}="
    assert sorted(attributes) == ["HttpOnly", "Max-Age=0", "Path=/", "SameSite=Lax", "Secure"]


ACTS: dict[str, Callable[[App], object]] = {
    "log_in": lambda app: app.log_in(),
    "refresh": lambda app: app.issuer.refresh(f"{'A' * 43}.{'B' * 43}", "web"),
    "revoke": lambda app: app.revoke(f"{'A' * 43}.{'B' * 43}"),
    "revoke_all": lambda app: app.revoke_all("alice"),
}


@pytest.mark.parametrize("act", ACTS)
def test_a_store_that_is_down_is_an_error_and_issues_nothing(nowhere: App, act: str) -> None:
    with pytest.raises(kit.StoreUnavailable):
        ACTS[act](nowhere)


def test_a_store_that_is_silent_is_an_error_too_and_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes connections and then says nothing. All at once, to wait for it only once."""
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor() as threads:
        monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{server.getsockname()[1]}/0")
        began, app = time.monotonic(), start()
        for act in [threads.submit(act, app) for act in ACTS.values()]:
            assert isinstance(act.exception(), kit.StoreUnavailable)
        assert time.monotonic() - began < 4


def test_a_login_outlives_a_change_of_keys(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    before = app.issuer.log_in("alice", "web")
    monkeypatch.setenv("JWT_PRIVATE_KEY", pem(STRANGER))
    monkeypatch.setenv("JWT_PUBLIC_KEYS", pem(OURS.public_key()) + pem(STRANGER.public_key()))
    after = kit.issuer().refresh(str(before.refresh), "web")
    assert kit.verifier()(before.access)["sid"] == kit.verifier()(after.access)["sid"]
    monkeypatch.setenv("JWT_PUBLIC_KEYS", pem(STRANGER.public_key()))
    refuse(before.access, kit.verifier(), "unknown kid")
    assert kit.verifier()(after.access)


def test_access_tokens_are_checked_without_the_store(nowhere: App, verify: kit.Verify) -> None:
    assert verify(nowhere.issuer("alice"))["sub"] == "alice"


@pytest.mark.parametrize("url", [None, "redis://127.0.0.1:7/3"])
def test_the_environment_wins_over_the_constant(
    monkeypatch: pytest.MonkeyPatch, url: str | None
) -> None:
    monkeypatch.delenv("REDIS_URL", raising=False)
    if url is not None:
        monkeypatch.setenv("REDIS_URL", url)
    reached = families.connect("redis://127.0.0.1:5/2").get_connection_kwargs()
    assert (reached["port"], reached["db"]) == ((5, 2) if url is None else (7, 3))


def test_a_damaged_login_is_an_error_and_issues_nothing(app: App) -> None:
    token = app.log_in()
    app.server.hdel(family_of(token), "ends")
    with pytest.raises(kit.StoreUnavailable):
        app.issuer.refresh(token, "web")


# Keys


def test_it_accepts_the_old_and_the_new_key_while_keys_change(
    monkeypatch: pytest.MonkeyPatch, issue: kit.Issuer
) -> None:
    monkeypatch.setenv("JWT_PUBLIC_KEYS", pem(OURS.public_key()) + pem(STRANGER.public_key()))
    verify = kit.verifier()
    monkeypatch.setenv("JWT_PRIVATE_KEY", pem(STRANGER))
    for either in (issue, kit.issuer()):
        assert verify(either("user-1"))["sub"] == "user-1"


def test_it_ties_each_kid_to_its_own_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_PUBLIC_KEYS", pem(OURS.public_key()) + pem(STRANGER.public_key()))
    token = forge(sign=lambda message: es256(message, STRANGER))
    refuse(token, kit.verifier(), "InvalidSignature")


def test_it_reads_keys_whose_line_breaks_are_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_PRIVATE_KEY", pem(OURS).replace("\n", "\\n"))
    monkeypatch.setenv("JWT_PUBLIC_KEYS", pem(OURS.public_key()).replace("\n", "\\n"))
    assert kit.verifier()(kit.issuer()("user-1"))


def test_it_reads_a_private_key_in_the_older_form(monkeypatch: pytest.MonkeyPatch) -> None:
    form = serialization.PrivateFormat.TraditionalOpenSSL
    text = OURS.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    assert b"BEGIN EC PRIVATE KEY" in text
    monkeypatch.setenv("JWT_PRIVATE_KEY", text.decode())
    assert kit.verifier()(kit.issuer()("user-1"))


def test_it_reads_its_keys_at_the_start_and_not_again(
    monkeypatch: pytest.MonkeyPatch, issue: kit.Issuer, verify: kit.Verify
) -> None:
    monkeypatch.delenv("JWT_PRIVATE_KEY")
    monkeypatch.delenv("JWT_PUBLIC_KEYS")
    assert verify(issue("user-1"))


def test_it_does_not_let_a_service_issue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_PRIVATE_KEY", os.environ["JWT_PUBLIC_KEYS"])
    with pytest.raises(kit.ConfigurationError, match="JWT_PRIVATE_KEY"):
        kit.issuer()


def unknown_curve() -> str:
    """A key on P-256 that says of itself to be on a curve that nobody knows."""
    body = base64.b64decode("".join(pem(OURS).splitlines()[1:-1]))
    p256 = bytes.fromhex("06082a8648ce3d030107")
    assert p256 in body
    text = base64.encodebytes(body.replace(p256, p256[:-1] + b"\x63")).decode()
    return f"-----BEGIN PRIVATE KEY-----\n{text}-----END PRIVATE KEY-----\n"


UNFIT = {
    "unset": "",
    "blank": " \n",
    "text": "secret",
    "broken": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
    "not ASCII": "-----BEGIN PRIVATE KEY-----\né\udcff\n-----END PRIVATE KEY-----",
    "an unknown curve": unknown_curve(),
    "P-384": pem(ec.generate_private_key(ec.SECP384R1())),
    "secp256k1": pem(ec.generate_private_key(ec.SECP256K1())),
    "Ed25519": pem(ed25519.Ed25519PrivateKey.generate()),
    "RSA-3072": pem(RSA),
}


@pytest.mark.parametrize("which", UNFIT)
def test_it_refuses_the_private_key(monkeypatch: pytest.MonkeyPatch, which: str) -> None:
    monkeypatch.setenv("JWT_PRIVATE_KEY", UNFIT[which])
    with pytest.raises(kit.ConfigurationError, match=r"JWT_PRIVATE_KEY .*tokens\.py new-key"):
        kit.issuer()


@pytest.mark.parametrize("which", UNFIT)
def test_it_refuses_the_public_key(monkeypatch: pytest.MonkeyPatch, which: str) -> None:
    text = UNFIT[which]
    try:
        private = serialization.load_pem_private_key(text.encode(), None)
        text = pem(private.public_key())
    except Exception:  # as it stands then
        text = text.replace("PRIVATE", "PUBLIC")
    # A good key beside it does not help.
    good = pem(OURS.public_key()) if text.strip() else ""
    monkeypatch.setenv("JWT_PUBLIC_KEYS", good + text)
    with pytest.raises(kit.ConfigurationError, match=r"JWT_PUBLIC_KEYS .*tokens\.py new-key"):
        kit.verifier()


def test_it_refuses_a_missing_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JWT_PRIVATE_KEY")
    monkeypatch.delenv("JWT_PUBLIC_KEYS")
    with pytest.raises(kit.ConfigurationError, match="JWT_PRIVATE_KEY"):
        kit.issuer()
    with pytest.raises(kit.ConfigurationError, match="JWT_PUBLIC_KEYS"):
        kit.verifier()


def test_it_refuses_to_give_a_service_the_private_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for text in (pem(OURS), pem(OURS.public_key()) + pem(OURS)):
        monkeypatch.setenv("JWT_PUBLIC_KEYS", text)
        with pytest.raises(kit.ConfigurationError, match="something else than public keys"):
            kit.verifier()


def test_it_refuses_two_private_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_PRIVATE_KEY", pem(OURS) + pem(STRANGER))
    with pytest.raises(kit.ConfigurationError, match="one key"):
        kit.issuer()


@pytest.mark.parametrize("cut", [1, 30, 60])
def test_it_refuses_a_second_public_key_that_was_cut(
    monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    both = pem(OURS.public_key()) + pem(STRANGER.public_key()).strip()
    monkeypatch.setenv("JWT_PUBLIC_KEYS", both[:-cut])
    with pytest.raises(kit.ConfigurationError, match="nothing else"):
        kit.verifier()


def test_it_refuses_an_encrypted_private_key(monkeypatch: pytest.MonkeyPatch) -> None:
    form = serialization.PrivateFormat.PKCS8
    locked = serialization.BestAvailableEncryption(b"pass")
    text = OURS.private_bytes(serialization.Encoding.PEM, form, locked).decode()
    monkeypatch.setenv("JWT_PRIVATE_KEY", text)
    with pytest.raises(kit.ConfigurationError, match="can be read"):
        kit.issuer()


def test_it_never_shows_a_key_that_it_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    text = UNFIT["P-384"]
    monkeypatch.setenv("JWT_PRIVATE_KEY", text)
    with pytest.raises(kit.ConfigurationError) as caught:
        kit.issuer()
    assert not any(line in str(caught.value) for line in text.splitlines()[1:-1])


# python tokens.py new-key


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "tokens.py", *arguments]
    here = Path(kit.__file__).parent
    return subprocess.run(command, cwd=here, capture_output=True, text=True, check=False)


def test_it_makes_a_fresh_pair_that_a_shell_and_an_env_file_can_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = [run("new-key") for _ in range(2)]
    assert [result.returncode for result in made] == [0, 0]
    assert not set(made[0].stdout.splitlines()) & set(made[1].stdout.splitlines())
    lines = made[0].stdout.splitlines()
    assert all(line.count("'") == 2 and line.endswith("'") for line in lines)
    pairs = [shlex.split(line)[0].split("=", 1) for line in lines]
    assert [name for name, _ in pairs] == ["JWT_PRIVATE_KEY", "JWT_PUBLIC_KEYS"]
    for name, value in pairs:
        monkeypatch.setenv(name, value)
    assert kit.verifier()(kit.issuer()("user-1"))
    refuse(forge(), kit.verifier(), "unknown kid")


@pytest.mark.parametrize("arguments", [[], ["new-keys"], ["new-key", "x"], ["--help"]])
def test_it_makes_no_key_unless_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["tokens.py", *arguments])
    with pytest.raises(SystemExit, match=r"python tokens\.py new-key"):
        keys.command("ES256")
    assert capsys.readouterr().out == ""


def test_it_changes_keys_under_load_and_refuses_no_good_token(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    """Two issuers and two services at work, each restarted alone, in the order of README.md."""
    old, new = samples.environment(), samples.environment()

    def restart(start: Callable[[], Any], **variables: str) -> Any:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return start()

    before = restart(kit.issuer, JWT_PRIVATE_KEY=old["JWT_PRIVATE_KEY"])
    issuers = [("old", before)] * 2
    services = [restart(kit.verifier, JWT_PUBLIC_KEYS=old["JWT_PUBLIC_KEYS"])] * 2
    issued = deque([("old", clock.at, before("user-0"))], maxlen=60)
    accepted = [Counter[str](), Counter[str]()]
    refused: list[str] = []
    stop = threading.Event()

    def issuing(which: int) -> None:
        while not stop.is_set():
            (key, issue), at = issuers[which], clock.at
            issued.append((key, at, issue("user-1")))

    def checking(which: int) -> None:
        while not stop.is_set():
            key, at, token = random.choice(issued)
            try:
                services[which](token)
                accepted[which][key] += 1
            except kit.InvalidToken as error:
                if clock.at < at + LIFE:
                    refused.append(f"{key}: {error}")

    with ThreadPoolExecutor() as pool:
        jobs = [pool.submit(job, which) for job in (issuing, checking) for which in (0, 1)]

        def work(key: str) -> None:
            """Goes on until both services have accepted 20 more tokens of the key."""
            goals, end = [count[key] + 20 for count in accepted], time.monotonic() + 30
            while any(count[key] < goal for count, goal in zip(accepted, goals, strict=True)):
                assert time.monotonic() < end, refused
                assert not any(job.done() for job in jobs)
                time.sleep(0.002)

        try:
            work("old")
            for which in (0, 1):
                both = old["JWT_PUBLIC_KEYS"] + new["JWT_PUBLIC_KEYS"]
                services[which] = restart(kit.verifier, JWT_PUBLIC_KEYS=both)
                work("old")
            for which in (0, 1):
                after = restart(kit.issuer, JWT_PRIVATE_KEY=new["JWT_PRIVATE_KEY"])
                issuers[which] = ("new", after)
                work("new")
            clock.at += LIFE
            for which in (0, 1):
                services[which] = restart(kit.verifier, JWT_PUBLIC_KEYS=new["JWT_PUBLIC_KEYS"])
                work("new")
        finally:
            stop.set()
    for job in jobs:
        job.result()
    assert refused == []
    # A fresh token of the old key, which only a thief can still make.
    for verify in services:
        refuse(before("user-1"), verify, "unknown kid")


# RS256, the documented choice for compatibility


def rs256(message: bytes) -> bytes:
    return RSA.sign(message, padding.PKCS1v15(), hashes.SHA256())


def ps256(message: bytes) -> bytes:
    return RSA.sign(message, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())


def test_it_does_rs256_when_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kit, "ALGORITHM", "RS256")
    monkeypatch.setenv("JWT_PRIVATE_KEY", pem(RSA))
    monkeypatch.setenv("JWT_PUBLIC_KEYS", pem(RSA.public_key()))
    verify = kit.verifier()
    token = kit.issuer()("user-1")
    assert verify(token)["sub"] == "user-1"
    header = json.loads(unb64(token.split(".")[0]))
    assert header["alg"] == "RS256"
    assert verify(forge(header, sign=rs256))
    refuse(forge(header | {"alg": "PS256"}, sign=ps256), verify, "wrong alg")
    refuse(forge(header, sign=ps256), verify, "InvalidSignature")
    refuse(forge(header | {"alg": "ES256"}), verify, "wrong alg")
    for name, value in keys.new_keys("RS256").items():
        monkeypatch.setenv(name, value)
    assert kit.verifier()(kit.issuer()("user-1"))


@pytest.mark.parametrize("bits", [1024, 2048])
def test_it_refuses_a_short_rsa_key(monkeypatch: pytest.MonkeyPatch, bits: int) -> None:
    monkeypatch.setattr(kit, "ALGORITHM", "RS256")
    short = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    monkeypatch.setenv("JWT_PRIVATE_KEY", pem(short))
    monkeypatch.setenv("JWT_PUBLIC_KEYS", pem(short.public_key()))
    with pytest.raises(kit.ConfigurationError):
        kit.issuer()
    with pytest.raises(kit.ConfigurationError):
        kit.verifier()


@pytest.mark.parametrize("algorithm", ["HS256", "none", "RS256", "PS256", "ES384"])
def test_it_refuses_an_ec_key_for_another_algorithm(
    monkeypatch: pytest.MonkeyPatch, algorithm: str
) -> None:
    monkeypatch.setattr(kit, "ALGORITHM", algorithm)
    with pytest.raises(kit.ConfigurationError, match=algorithm):
        kit.issuer()
    with pytest.raises(kit.ConfigurationError, match=algorithm):
        kit.verifier()
