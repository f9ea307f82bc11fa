"""Attacks on tokens.py. Needs a Redis: REDIS_URL says where."""

import base64
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
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

import pytest
import redis
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

import keys
import samples
import store as blocklist
import tokens as kit

START = "redis-server --port 6379 --save '' --appendonly no"
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
KEY, OTHER_KEY = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
PUBLIC = KEY.public_key()
SPKI = serialization.PublicFormat.SubjectPublicKeyInfo
PUBLIC_PEM = PUBLIC.public_bytes(serialization.Encoding.PEM, SPKI)
PUBLIC_DER = PUBLIC.public_bytes(serialization.Encoding.DER, SPKI)
LIFE = kit.ACCESS_MINUTES * 60 + kit.LEEWAY_SECONDS

Claims = dict[str, Any]


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
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[redis.Redis]:
    """A corner of a real Redis for this test alone, where the blocklist is a day old."""
    monkeypatch.setattr(blocklist, "PREFIX", f"test:{secrets.token_hex(8)}:")
    if not os.environ.get("REDIS_URL"):
        pytest.fail(f"Set REDIS_URL to a Redis for these tests. Start one: {START}")
    server = blocklist.connect(kit.STORE_URL)
    try:
        server.set(f"{blocklist.PREFIX}since", int(time.time()) - 2 * 86400)
    except redis.RedisError as error:
        pytest.fail(f"No Redis answers at REDIS_URL ({error}). Start one: {START}")
    yield server
    for key in list(server.scan_iter(f"{blocklist.PREFIX}*")):
        server.delete(key)
    server.close()


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_PRIVATE_KEY", pem(KEY))
    monkeypatch.setenv("JWT_PUBLIC_KEYS", pem(PUBLIC))


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


def issue(subject: str) -> str:
    return kit.issuer()(subject)


def verify(token: Any) -> Claims:
    return kit.verifier()(token)


@pytest.fixture
def token() -> str:
    return issue("alice")


def issue_at(moment: int, monkeypatch: pytest.MonkeyPatch) -> str:
    with monkeypatch.context() as patch:
        patch.setattr(kit, "now", lambda: moment)
        return issue("alice")


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")


def claims_with(**changes: Any) -> Claims:
    now = int(time.time())
    claims: Claims = {"iss": kit.ISSUER, "aud": kit.AUDIENCE, "sub": "alice", "jti": "one"}
    claims |= {"iat": now, "exp": now + 60} | changes
    return {name: value for name, value in claims.items() if value is not ...}


def es256(message: bytes, key: ec.EllipticCurvePrivateKey = KEY) -> bytes:
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


HEADER = {"alg": "ES256", "typ": "at+jwt", "kid": keys.key_id(PUBLIC)}


def forge(
    payload: Claims | bytes | None = None,
    header: Claims | bytes | None = None,
    sign: Callable[[bytes], bytes] = es256,
) -> str:
    """A token by hand, so that no library is in the way of making a bad one."""
    header = HEADER if header is None else header
    payload = claims_with() if payload is None else payload
    parts = [p if isinstance(p, bytes) else json.dumps(p).encode() for p in (header, payload)]
    message = ".".join(map(b64, parts))
    return f"{message}.{b64(sign(message.encode()))}"


def refused(token: Any, why: str = ".") -> None:
    with pytest.raises(kit.InvalidToken, match=why) as refusal:
        verify(token)
    assert not token or str(token) not in str(refusal.value)


def test_it_reads_its_own_tokens(token: str) -> None:
    claims = verify(token)
    assert (claims["iss"], claims["aud"], claims["sub"]) == (kit.ISSUER, kit.AUDIENCE, "alice")
    assert claims["exp"] - claims["iat"] == kit.ACCESS_MINUTES * 60


def test_every_token_has_an_id_of_its_own() -> None:
    tokens = [issue("alice") for _ in range(20)]
    assert len({verify(token)["jti"] for token in tokens}) == 20


@pytest.mark.parametrize("subject", ["", None, 7, b"user-1", ["user-1"]])
def test_it_issues_no_token_for_the_subject(subject: Any) -> None:
    with pytest.raises(ValueError, match="subject"):
        kit.issuer()(subject)


def test_it_issues_no_token_that_is_too_long_to_be_read() -> None:
    issue = kit.issuer()
    assert verify(issue("user-1", {"pad": "x" * 2000}))
    with pytest.raises(ValueError, match="longer than 4096"):
        issue("user-1", {"pad": "x" * 3000})


def test_it_does_not_let_further_claims_replace_its_own() -> None:
    claims = verify(kit.issuer()("alice", {"sub": "admin", "exp": 9999999999, "scope": "read"}))
    assert (claims["sub"], claims["scope"]) == ("alice", "read")
    assert claims["exp"] < 9999999999


def test_its_samples_are_what_they_say() -> None:
    assert verify(samples.good("ada"))["sub"] == "ada"
    assert verify(kit.issuer()("ada", samples.TYPICAL))["tenant"] == "acme-emea"
    refused(samples.expired(), "ExpiredSignature")
    refused(samples.forged(), "InvalidSignature")


def test_a_token_forged_by_hand_with_the_right_key_passes() -> None:
    """Otherwise the refusals below would prove nothing."""
    assert verify(forge(claims_with()))["jti"] == "one"


@pytest.mark.parametrize(
    "typ", [..., None, "JWT", "rt+jwt", "id+jwt", "logout+jwt", "", 7, ["at+jwt"]]
)
def test_it_refuses_another_kind_of_token(typ: object) -> None:
    header = HEADER | {"typ": typ}
    if typ is ...:
        del header["typ"]
    refused(forge(header=header), "wrong alg or typ|header members")


def test_it_refuses_an_expired_token(monkeypatch: pytest.MonkeyPatch) -> None:
    age = kit.ACCESS_MINUTES * 60 + kit.LEEWAY_SECONDS
    refused(issue_at(int(time.time()) - age, monkeypatch), "ExpiredSignature")


def test_it_bears_with_clocks_that_differ_a_little(monkeypatch: pytest.MonkeyPatch) -> None:
    age = kit.ACCESS_MINUTES * 60 + kit.LEEWAY_SECONDS - 10
    verify(issue_at(int(time.time()) - age, monkeypatch))


NOW = int(time.time())


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"exp": NOW - 3600, "iat": NOW - 3700}, "ExpiredSignature"),
        ({"nbf": NOW + 3600}, "Immature"),
        ({"iat": NOW + 3600, "exp": NOW + 3700}, "Immature"),
        ({"aud": "https://other.example.com"}, "Audience"),
        ({"aud": kit.AUDIENCE + "/"}, "Audience"),
        ({"aud": kit.AUDIENCE[:-1]}, "Audience"),
        ({"aud": [kit.AUDIENCE, "https://other.example.com"]}, "Audience"),
        ({"aud": [kit.AUDIENCE]}, "Audience"),
        ({"aud": {kit.AUDIENCE: 1}}, "Audience"),
        ({"iss": "https://evil.example.com"}, "Issuer"),
        ({"iss": kit.ISSUER + ".evil.com"}, "Issuer"),
        ({"iss": kit.ISSUER[:-1]}, "Issuer"),
        ({"iss": kit.ISSUER + "/"}, "Issuer"),
        ({"iss": kit.ISSUER.upper()}, "Issuer"),
        ({"iss": [kit.ISSUER]}, "Issuer"),
        ({"exp": str(NOW + 60)}, "no integer"),
        ({"exp": NOW + 60.5}, "no integer"),
        ({"iat": str(NOW)}, "no integer"),
        ({"iat": True}, "no integer"),
        ({"nbf": str(NOW)}, "no integer"),
        ({"nbf": None}, "."),
        ({"exp": [NOW + 60]}, "."),
        ({"exp": float("inf")}, "."),
        ({"exp": float("nan")}, "."),
        ({"exp": 10**30}, "longer life"),
        ({"exp": NOW + kit.ACCESS_MINUTES * 60 + 60}, "longer life"),
        ({"iat": -1}, "longer life"),
        ({"sub": ""}, "empty"),
        ({"sub": 7}, "Subject"),
        ({"jti": ""}, "empty"),
        ({"jti": 7}, "JTI"),
        ({"jti": ["one"]}, "JTI"),
    ],
)
def test_it_refuses_a_wrong_claim(change: Claims, why: str) -> None:
    refused(forge(claims_with(**change)), why)


@pytest.mark.parametrize("value", [..., None])
@pytest.mark.parametrize("claim", ["exp", "iat", "iss", "aud", "sub", "jti"])
def test_it_refuses_a_token_without(claim: str, value: object) -> None:
    claims = claims_with()
    del claims[claim]
    refused(forge(claims if value is ... else claims | {claim: value}), "MissingRequired")


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", None, ["ES256"], {}, "es256"])
@pytest.mark.parametrize("signed", [True, False])
def test_it_refuses_the_algorithm(alg: object, signed: bool) -> None:
    forged = forge(claims_with(), HEADER | {"alg": alg})
    refused(forged if signed else forged.rpartition(".")[0] + ".")
    refused(forged if signed else forged.rpartition(".")[0] + ".AA")


@pytest.mark.parametrize(
    "secret",
    [
        PUBLIC_PEM,
        PUBLIC_PEM.strip(),
        PUBLIC_DER,
        b"".join(PUBLIC_PEM.splitlines()[1:-1]),
        base64.b64decode(b"".join(PUBLIC_PEM.splitlines()[1:-1])),
        b"",
    ],
)
@pytest.mark.parametrize("alg", ["HS256", "ES256"])
def test_it_refuses_a_mac_keyed_with_the_public_key(secret: bytes, alg: str) -> None:
    def mac(message: bytes) -> bytes:
        return hmac.digest(secret, message, hashlib.sha256)

    refused(forge(claims_with(), HEADER | {"alg": alg}, mac))


@pytest.mark.parametrize("alg", ["ES384", "ES512", "ES256K", "RS256", "PS256", "EdDSA", "HS512"])
def test_it_refuses_any_algorithm_but_its_own(alg: str) -> None:
    refused(forge(claims_with(), HEADER | {"alg": alg}), "wrong alg")


def test_it_refuses_a_token_of_another_key() -> None:
    refused(forge(claims_with(), sign=lambda m: es256(m, OTHER_KEY)), "InvalidSignature")
    refused(samples.forged(), "InvalidSignature")


@pytest.mark.parametrize("signature", [bytes(64), b"\xff" * 64, bytes(32) + b"\1" * 32, bytes(1)])
def test_it_refuses_a_made_up_signature(signature: bytes) -> None:
    refused(forge(claims_with(), sign=lambda _: signature))


def test_it_refuses_a_signature_in_der() -> None:
    sign = lambda m: KEY.sign(m, ec.ECDSA(hashes.SHA256()))  # noqa: E731
    refused(forge(claims_with(), sign=sign))


def test_it_refuses_changed_content(token: str) -> None:
    header, payload, signature = token.split(".")
    changed = json.loads(unb64(payload)) | {"sub": "admin"}
    refused(f"{header}.{b64(json.dumps(changed).encode())}.{signature}", "Signature")
    respaced = json.dumps(json.loads(unb64(header)), indent=1).encode()
    refused(f"{b64(respaced)}.{payload}.{signature}", "Signature")


@pytest.mark.parametrize(
    "extra",
    [
        {"jwk": {"kty": "EC", "crv": "P-256"}},
        {"jku": "http://127.0.0.1:1/keys"},
        {"x5u": "http://127.0.0.1:1/cert"},
        {"kid": "../../../../dev/null"},
        {"kid": "' OR 1=1 --"},
        {"kid": "x" * 1000},
        {"kid": 7},
        {"kid": ["a"]},
    ],
)
def test_no_header_leads_it_to_another_key(extra: Claims) -> None:
    if "jwk" in extra:
        point = OTHER_KEY.public_key().public_numbers()
        extra["jwk"] |= {n: b64(getattr(point, n).to_bytes(32, "big")) for n in "xy"}
    header = HEADER | extra
    refused(forge(claims_with(), header, lambda m: es256(m, OTHER_KEY)))


@pytest.mark.parametrize("crit", [["exp"], ["x"], [], "x", {}, None, 7, [7], ["b64", "x"]])
def test_it_refuses_an_extension_that_it_does_not_know(crit: object) -> None:
    refused(forge(claims_with(), HEADER | {"crit": crit, "x": 1}))


def test_it_refuses_an_unencoded_payload() -> None:
    header = HEADER | {"b64": False, "crit": ["b64"]}
    refused(forge(claims_with(), header))


@pytest.mark.parametrize(
    "payload", [b"", b"[]", b"7", b"null", b'"x"', b"{", b"\xff\xfe", b"[" * 2900, b'{"a":' * 500]
)
def test_it_refuses_a_payload_that_is_no_object(payload: bytes) -> None:
    refused(forge(payload))


@pytest.mark.parametrize("header", [b"", b"[]", b"7", b"null", b"{", b"\xff", b"[" * 1500])
def test_it_refuses_a_header_that_is_no_object(header: bytes) -> None:
    refused(forge(claims_with(), header))


@pytest.mark.parametrize(
    "misshape",
    [
        lambda _: "",
        lambda _: None,
        lambda _: 7,
        lambda token: token.encode(),
        lambda token: [token],
        lambda token: token + "\n",
        lambda token: " " + token,
        lambda token: "Bearer " + token,
        lambda token: token + "=",
        lambda token: token + "==",
        lambda token: token.replace(".", "=.", 1),
        lambda token: token[:30] + "!" + token[30:],
        lambda token: token[:30] + "\n" + token[30:],
        lambda token: "é" + token[1:],
        lambda token: "\ud800" + token[1:],
        lambda token: token + "\x00",
        lambda token: token.rpartition(".")[0],
        lambda token: token.rpartition(".")[0] + ".",
        lambda token: token.partition(".")[2],
        lambda token: token + "." + token.rpartition(".")[2],
        lambda token: token.replace(".", ".."),
        lambda _: "..",
        lambda _: "a.b.c\n",
        lambda token: json.dumps(
            dict(zip(("protected", "payload", "signature"), token.split("."), strict=True))
        ),
        lambda token: token + "A" * kit.MAX_LENGTH,
    ],
)
def test_it_refuses_any_other_shape_before_reading_it(
    token: str, misshape: Callable[[str], Any]
) -> None:
    refused(misshape(token), "canonical|not ASCII|too long|base64url|InvalidSignature")


@pytest.mark.parametrize("length", [1, 2, 43, 85, 86])
def test_it_refuses_a_truncated_token(token: str, length: int) -> None:
    refused(token[:-length])


def test_it_refuses_other_spellings_of_the_last_character(token: str) -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet.index(token[-1])
    for spare in range(1, 16):
        twin = token[:-1] + alphabet[last ^ spare]
        assert unb64(twin.rpartition(".")[2]) == unb64(token.rpartition(".")[2])
        refused(twin)


def jwk(key: ec.EllipticCurvePublicKey) -> dict[str, str]:
    numbers = key.public_numbers()
    x, y = (b64(n.to_bytes(32, "big")) for n in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


@pytest.mark.parametrize(
    "extra",
    [
        {"jwk": jwk(OTHER_KEY.public_key())},
        {"jwk": jwk(KEY.public_key())},
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
def test_it_refuses_a_header_that_brings(extra: Any) -> None:
    refused(forge(None, HEADER | extra), "header members")


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
def test_it_refuses_the_hostile_kid(kid: Any) -> None:
    refused(forge(None, HEADER | {"kid": kid}), "unknown kid")


def test_it_refuses_a_change_of_any_one_byte() -> None:
    parts = [unb64(part) for part in forge().split(".")]
    check = kit.verifier()
    for which, part in enumerate(parts):
        for at in range(len(part)):
            changed = bytes([*part[:at], part[at] ^ 1, *part[at + 1 :]])
            with pytest.raises(kit.InvalidToken):
                check(".".join(map(b64, [*parts[:which], changed, *parts[which + 1 :]])))


def test_it_refuses_a_token_that_is_not_ascii() -> None:
    refused(forge() + "é", "not ASCII")
    refused(forge().replace("e", "\uff45", 1), "not ASCII")


def test_it_refuses_a_signed_token_above_the_size_limit() -> None:
    room = claims_with() | {"pad": ""}
    fits = kit.MAX_LENGTH - len(forge(payload=room)) - 8
    assert verify(forge(payload=room | {"pad": "x" * (fits * 3 // 4)}))
    refused(forge(payload=room | {"pad": "x" * kit.MAX_LENGTH}), "too long")


def in_json(token: str, general: bool) -> str:
    """The JSON serialisations of RFC 7515: nobody asked for them, so they are no tokens here."""
    protected, payload, signature = token.split(".")
    signed = {"protected": protected, "signature": signature}
    return json.dumps({"payload": payload} | ({"signatures": [signed]} if general else signed))


@pytest.mark.parametrize("general", [True, False])
def test_it_refuses_its_own_parts_in_json(general: bool) -> None:
    refused(in_json(forge(), general))


# The blocklist


def test_a_revoked_token_is_refused_and_others_live_on(token: str) -> None:
    other = issue("alice")
    kit.revoker().revoke(token)
    refused(token, "revoked")
    kit.revoker().revoke(token)
    refused(token, "revoked")
    assert verify(other)["sub"] == "alice"


def test_a_rewritten_signature_does_not_escape_the_blocklist(token: str) -> None:
    message, _, signature = token.rpartition(".")
    r, s = unb64(signature)[:32], int.from_bytes(unb64(signature)[32:], "big")
    copy = f"{message}.{b64(r + (P256_ORDER - s).to_bytes(32, 'big'))}"
    assert copy != token
    assert verify(copy)["sub"] == "alice", "it verifies: the attack is real"
    kit.revoker().revoke(token)
    refused(copy, "revoked")


def test_revoking_the_rewritten_copy_ends_the_original(token: str) -> None:
    message, _, signature = token.rpartition(".")
    r, s = unb64(signature)[:32], int.from_bytes(unb64(signature)[32:], "big")
    kit.revoker().revoke(f"{message}.{b64(r + (P256_ORDER - s).to_bytes(32, 'big'))}")
    refused(token, "revoked")


@pytest.mark.parametrize("padding", ["=", "=="])
def test_a_padded_copy_does_not_escape_the_blocklist(token: str, padding: str) -> None:
    kit.revoker().revoke(token)
    refused(token + padding, "canonical")


def test_only_a_genuine_token_makes_an_entry(token: str) -> None:
    jti = verify(token)["jti"]
    forged = forge(claims_with(jti=jti), sign=lambda m: es256(m, OTHER_KEY))
    with pytest.raises(kit.InvalidToken):
        kit.revoker().revoke(forged)
    assert verify(token)["jti"] == jti


def test_the_same_id_of_another_issuer_is_another_entry() -> None:
    entries = {blocklist._entry(i, j) for i, j in [("a", "b"), ("c", "b"), ("a", "c")]}
    assert len(entries) == 3
    assert blocklist._entry("a:b", "c") != blocklist._entry("a", "b:c")
    assert blocklist._entry('a","b', "c") != blocklist._entry("a", 'b","c')


@pytest.mark.parametrize("age", [0, kit.ACCESS_MINUTES * 60 + kit.LEEWAY_SECONDS - 10])
def test_an_entry_outlives_the_token(
    store: redis.Redis, monkeypatch: pytest.MonkeyPatch, age: int
) -> None:
    token = issue_at(int(time.time()) - age, monkeypatch)
    claims = verify(token)
    kit.revoker().revoke(token)
    left = store.ttl(blocklist._entry(claims["iss"], claims["jti"]))
    ends = claims["exp"] + kit.LEEWAY_SECONDS - int(time.time())
    assert ends + blocklist.MARGIN - 3 <= left <= ends + blocklist.MARGIN + 3


def test_a_cut_off_ends_all_older_tokens_of_the_user_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    second = int(time.time())
    tokens = [issue_at(second - age, monkeypatch) for age in (300, 10, 1)]
    bob = issue("bob")
    kit.revoker().revoke_all("alice")
    for token in tokens:
        refused(token, "cut-off")
    assert verify(bob)["sub"] == "bob"


def test_the_second_of_the_cut_off_counts_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    second = int(time.time())
    same, next_one = (issue_at(second + later, monkeypatch) for later in (0, 1))
    monkeypatch.setattr(kit, "now", lambda: second)
    kit.revoker().revoke_all("alice")
    refused(same, "cut-off")
    assert verify(next_one)["sub"] == "alice"


def test_a_cut_off_outlives_every_token_that_it_ends(store: redis.Redis) -> None:
    kit.revoker().revoke_all("alice")
    # A token may come from an issuer whose clock is LEEWAY_SECONDS ahead.
    longest = kit.ACCESS_MINUTES * 60 + 2 * kit.LEEWAY_SECONDS
    assert longest < store.ttl(blocklist._cut_off("alice")) <= longest + blocklist.MARGIN


def test_a_store_that_lost_its_data_brings_no_revoked_token_back(
    store: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    stolen = issue_at(int(time.time()) - 60, monkeypatch)
    kit.revoker().revoke(stolen)
    for key in list(store.scan_iter(f"{blocklist.PREFIX}*")):
        store.delete(key)
    refused(stolen, "lost its data")
    fresh = issue("alice")
    assert verify(fresh)["sub"] == "alice"
    refused(stolen, "lost its data")


def test_the_blocklist_keeps_its_birthday(
    store: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = issue_at(int(time.time()) - 60, monkeypatch)
    issue("bob")
    assert verify(old)["sub"] == "alice"
    assert store.ttl(f"{blocklist.PREFIX}since") == -1


def test_it_accepts_no_more_than_one_spelling_of_a_revoked_token(token: str) -> None:
    kit.revoker().revoke(token)
    for spelling in (
        token + "=",
        token.replace(".", "=.", 1),
        token + "\n",
        token[:9] + "!" + token[9:],
    ):
        refused(spelling)


def test_a_revoker_with_a_dropped_key_ends_no_token_and_says_so(
    monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("JWT_PUBLIC_KEYS", pem(OTHER_KEY.public_key()))
    with pytest.raises(kit.InvalidToken, match="unknown kid"):
        kit.revoker().revoke(token)


def test_a_store_that_holds_nonsense_decides_nothing(store: redis.Redis, token: str) -> None:
    store.set(blocklist._cut_off("alice"), "yesterday")
    with pytest.raises(kit.StoreUnavailable):
        verify(token)


def test_a_slow_store_does_not_hold_a_request_up() -> None:
    server = blocklist.connect(kit.STORE_URL)
    started = time.monotonic()
    with pytest.raises(redis.TimeoutError):
        server.blpop([f"{blocklist.PREFIX}empty"], timeout=3)
    assert time.monotonic() - started < 2


@pytest.fixture(params=["refuses", "is silent"])
def broken(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A store that refuses connections, or takes them and then says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{server.getsockname()[1]}/0")
        if request.param == "refuses":
            server.close()
        yield


@pytest.mark.usefixtures("broken")
def test_a_good_token_is_not_accepted_while_the_store_is_down() -> None:
    with pytest.raises(kit.StoreUnavailable):
        verify(forge(claims_with()))


@pytest.mark.parametrize("broken", ["refuses"], indirect=True)
@pytest.mark.usefixtures("broken")
def test_nothing_seems_done_while_the_store_is_down() -> None:
    with pytest.raises(kit.StoreUnavailable):
        issue("alice")
    with pytest.raises(kit.StoreUnavailable):
        kit.revoker().revoke(forge(claims_with()))
    with pytest.raises(kit.StoreUnavailable):
        kit.revoker().revoke_all("alice")


@pytest.mark.usefixtures("broken")
def test_a_bad_token_is_refused_without_asking_the_store() -> None:
    refused(forge(claims_with(), sign=lambda m: es256(m, OTHER_KEY)))


# Keys


def test_it_accepts_the_old_and_the_new_key_while_keys_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    issue = kit.issuer()
    monkeypatch.setenv("JWT_PUBLIC_KEYS", pem(KEY.public_key()) + pem(OTHER_KEY.public_key()))
    verify = kit.verifier()
    monkeypatch.setenv("JWT_PRIVATE_KEY", pem(OTHER_KEY))
    for either in (issue, kit.issuer()):
        assert verify(either("user-1"))["sub"] == "user-1"


def test_it_ties_each_kid_to_its_own_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_PUBLIC_KEYS", pem(KEY.public_key()) + pem(OTHER_KEY.public_key()))
    token = forge(sign=lambda message: es256(message, OTHER_KEY))
    refused(token, "InvalidSignature")


def test_it_reads_keys_whose_line_breaks_are_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_PRIVATE_KEY", pem(KEY).replace("\n", "\\n"))
    monkeypatch.setenv("JWT_PUBLIC_KEYS", pem(KEY.public_key()).replace("\n", "\\n"))
    assert kit.verifier()(kit.issuer()("user-1"))


def test_it_reads_a_private_key_in_the_older_form(monkeypatch: pytest.MonkeyPatch) -> None:
    form = serialization.PrivateFormat.TraditionalOpenSSL
    text = KEY.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    assert b"BEGIN EC PRIVATE KEY" in text
    monkeypatch.setenv("JWT_PRIVATE_KEY", text.decode())
    assert kit.verifier()(kit.issuer()("user-1"))


def test_it_reads_its_keys_at_the_start_and_not_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    issue, verify = kit.issuer(), kit.verifier()
    monkeypatch.delenv("JWT_PRIVATE_KEY")
    monkeypatch.delenv("JWT_PUBLIC_KEYS")
    assert verify(issue("user-1"))


def test_it_does_not_let_a_service_issue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_PRIVATE_KEY", os.environ["JWT_PUBLIC_KEYS"])
    with pytest.raises(kit.ConfigurationError, match="JWT_PRIVATE_KEY"):
        kit.issuer()


def unknown_curve() -> str:
    """A key on P-256 that says of itself to be on a curve that nobody knows."""
    body = base64.b64decode("".join(pem(KEY).splitlines()[1:-1]))
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
    "RSA-3072": pem(rsa.generate_private_key(public_exponent=65537, key_size=3072)),
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
    good = pem(KEY.public_key()) if text.strip() else ""
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
    for text in (pem(KEY), pem(KEY.public_key()) + pem(KEY)):
        monkeypatch.setenv("JWT_PUBLIC_KEYS", text)
        with pytest.raises(kit.ConfigurationError, match="something else than public keys"):
            kit.verifier()


def test_it_refuses_two_private_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_PRIVATE_KEY", pem(KEY) + pem(OTHER_KEY))
    with pytest.raises(kit.ConfigurationError, match="one key"):
        kit.issuer()


@pytest.mark.parametrize("cut", [1, 30, 60])
def test_it_refuses_a_second_public_key_that_was_cut(
    monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    both = pem(KEY.public_key()) + pem(OTHER_KEY.public_key()).strip()
    monkeypatch.setenv("JWT_PUBLIC_KEYS", both[:-cut])
    with pytest.raises(kit.ConfigurationError, match="nothing else"):
        kit.verifier()


def test_it_refuses_an_encrypted_private_key(monkeypatch: pytest.MonkeyPatch) -> None:
    form = serialization.PrivateFormat.PKCS8
    locked = serialization.BestAvailableEncryption(b"pass")
    text = KEY.private_bytes(serialization.Encoding.PEM, form, locked).decode()
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
    refused(forge(), "unknown kid")


@pytest.mark.parametrize("arguments", [[], ["new-keys"], ["new-key", "x"], ["--help"]])
def test_it_makes_no_key_unless_asked(arguments: list[str]) -> None:
    result = run(*arguments)
    assert (result.returncode, result.stdout) == (1, "")
    assert "python tokens.py new-key" in result.stderr


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
        with pytest.raises(kit.InvalidToken, match="unknown kid"):
            verify(before("user-1"))
