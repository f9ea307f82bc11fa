"""Attacks on this kit. Forged tokens are built by hand. Needs a Redis: REDIS_URL says where."""

import base64
import json
import os
import random
import secrets
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyseto
import pytest
import redis
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

import keys
import samples
import store
import tokens as kit

START = "redis-server --port 6379 --save '' --appendonly no"
HERE = Path(__file__).parent
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493
OURS = ed25519.Ed25519PrivateKey.generate()
STRANGER = ed25519.Ed25519PrivateKey.generate()
LIFE = timedelta(minutes=kit.ACCESS_MINUTES, seconds=kit.LEEWAY_SECONDS)
ASSERTION = f"access token for {kit.AUDIENCE}".encode()


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


@pytest.fixture(scope="module")
def link() -> Iterator[redis.Redis]:
    if not os.environ.get("REDIS_URL"):
        pytest.fail(f"Set REDIS_URL to a Redis for these tests. Start one: {START}")
    link = store.connect(kit.STORE_URL)
    try:
        link.ping()
    except redis.RedisError as error:
        pytest.fail(f"No Redis answers at REDIS_URL ({error}). Start one: {START}")
    yield link
    link.close()


@pytest.fixture(autouse=True)
def server(monkeypatch: pytest.MonkeyPatch, link: redis.Redis) -> Iterator[redis.Redis]:
    """An old blocklist of this test's own, with the keys to go with it."""
    monkeypatch.setattr(store, "PREFIX", f"test:{secrets.token_hex(8)}:")
    monkeypatch.setenv("PASETO_PRIVATE_KEY", pem(OURS))
    monkeypatch.setenv("PASETO_PUBLIC_KEYS", pem(OURS.public_key()))
    link.set(f"{store.PREFIX}since", 0)
    yield link
    for key in list(link.scan_iter(f"{store.PREFIX}*", count=1000)):
        link.delete(key)


@pytest.fixture
def issue() -> kit.Issue:
    return kit.issuer()


@pytest.fixture
def verify() -> kit.Verify:
    return kit.verifier()


@pytest.fixture
def revoker() -> kit.Revoker:
    return kit.revoker()


class Clock:
    """Stands still until it is moved."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = datetime.now(UTC).replace(microsecond=0)
        monkeypatch.setattr(kit, "now", lambda: self.at)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")


def iso(seconds: float) -> str:
    return (datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=seconds)).isoformat()


def good_claims() -> dict[str, Any]:
    return {
        "iss": kit.ISSUER,
        "aud": kit.AUDIENCE,
        "sub": "user-1",
        "iat": iso(0),
        "nbf": iso(0),
        "exp": iso(900),
        "jti": str(uuid.uuid4()),
    }


def pae(*pieces: bytes) -> bytes:
    """Pre-authentication encoding: with lengths, so that no piece can borrow from the next."""
    lengths = (len(piece).to_bytes(8, "little") + piece for piece in pieces)
    return len(pieces).to_bytes(8, "little") + b"".join(lengths)


def forge(
    payload: Any = None,
    *,
    key: ed25519.Ed25519PrivateKey = OURS,
    header: str = "v4.public.",
    signed_header: str = "v4.public.",
    footer: bytes = b"",
    signed_footer: bytes | None = None,
    assertion: bytes = ASSERTION,
) -> str:
    payload = good_claims() if payload is None else payload
    message = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    covered = footer if signed_footer is None else signed_footer
    signature = key.sign(pae(signed_header.encode(), message, covered, assertion))
    token = header + b64(message + signature)
    return f"{token}.{b64(footer)}" if footer else token


def refuse(token: Any, verify: kit.Verify, reason: str | None = None) -> None:
    with pytest.raises(kit.InvalidToken, match=reason) as caught:
        verify(token)
    if token:
        assert str(token) not in str(caught.value)


def test_it_accepts_what_it_issues(issue: kit.Issue, verify: kit.Verify) -> None:
    claims = verify(issue("user-1", {"scope": "read"}))
    assert claims["sub"] == "user-1"
    assert claims["scope"] == "read"
    assert (claims["iss"], claims["aud"]) == (kit.ISSUER, kit.AUDIENCE)
    lifetime = datetime.fromisoformat(claims["exp"]) - datetime.fromisoformat(claims["iat"])
    assert lifetime == timedelta(minutes=kit.ACCESS_MINUTES)


def test_it_gives_every_token_its_own_jti(issue: kit.Issue, verify: kit.Verify) -> None:
    assert len({verify(issue("user-1"))["jti"] for _ in range(5)}) == 5


def test_it_accepts_the_hand_made_token_on_which_the_attacks_build(
    verify: kit.Verify,
) -> None:
    assert verify(forge())["sub"] == "user-1"


def test_it_does_not_let_further_claims_replace_its_own(
    issue: kit.Issue, verify: kit.Verify
) -> None:
    claims = verify(issue("user-1", {"sub": "admin", "exp": iso(9**9)}))
    assert claims["sub"] == "user-1"
    assert claims["exp"] < iso(9**5)


@pytest.mark.parametrize("subject", ["", None, 7, b"user-1"])
def test_it_issues_no_token_without_a_subject(issue: kit.Issue, subject: Any) -> None:
    with pytest.raises(ValueError, match="subject"):
        issue(subject)


def test_it_issues_no_token_that_it_would_not_read(issue: kit.Issue, verify: kit.Verify) -> None:
    room = kit.MAX_LENGTH * 3 // 4 - 500
    assert verify(issue("user-1", {"pad": "x" * room}))
    with pytest.raises(ValueError, match="longer than 4096"):
        issue("user-1", {"pad": "x" * (room + 500)})


def test_its_samples_are_what_they_say(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in samples.environment().items():
        monkeypatch.setenv(name, value)
    verify = kit.verifier()
    assert verify(samples.good("ada"))["sub"] == "ada"
    assert verify(kit.issuer()("ada", samples.TYPICAL))["tenant"] == "acme-emea"
    refuse(samples.expired(), verify, "expired")
    refuse(samples.forged(), verify, "VerifyError")


# Time


@pytest.mark.parametrize("shift", [-kit.ACCESS_MINUTES * 60 - 31, 60])
def test_it_refuses_a_token_outside_its_time(
    issue: kit.Issue,
    verify: kit.Verify,
    monkeypatch: pytest.MonkeyPatch,
    shift: int,
) -> None:
    token = issue("user-1")
    at = datetime.now(UTC) - timedelta(seconds=shift)
    monkeypatch.setattr(kit, "now", lambda: at)
    refuse(token, verify, "expired, or not valid yet")


def test_it_knows_the_time_by_itself(verify: kit.Verify) -> None:
    refuse(forge(good_claims() | {"exp": iso(-31)}), verify, "expired")
    assert verify(forge(good_claims() | {"exp": iso(-20)}))
    refuse(forge(good_claims() | {"nbf": iso(60)}), verify, "not valid yet")


@pytest.mark.parametrize("opening", ["iat", "nbf"])
def test_a_token_opens_and_ends_to_the_second(
    verify: kit.Verify, monkeypatch: pytest.MonkeyPatch, opening: str
) -> None:
    claims = good_claims() | {"exp": iso(300), opening: iso(100)}
    leeway, second = timedelta(seconds=kit.LEEWAY_SECONDS), timedelta(seconds=1)
    opens = datetime.fromisoformat(claims[opening]) - leeway
    ends = datetime.fromisoformat(claims["exp"]) + leeway
    for at in (opens, ends - second):
        monkeypatch.setattr(kit, "now", lambda at=at: at)
        assert verify(forge(claims))
    for at in (opens - second, ends):
        monkeypatch.setattr(kit, "now", lambda at=at: at)
        refuse(forge(claims), verify, "expired, or not valid yet")


def test_it_refuses_a_token_that_lives_longer_than_ours(verify: kit.Verify) -> None:
    life = kit.ACCESS_MINUTES * 60
    assert verify(forge(good_claims() | {"iat": iso(-9), "exp": iso(life - 9)}))
    refuse(forge(good_claims() | {"iat": iso(-9), "exp": iso(life - 8)}), verify, "longer life")
    refuse(forge(good_claims() | {"exp": iso(30 * 86400)}), verify, "longer life")


@pytest.mark.parametrize("name", ["iat", "nbf"])
def test_it_refuses_a_token_from_the_future(verify: kit.Verify, name: str) -> None:
    refuse(forge(good_claims() | {name: iso(60)}), verify, "not valid yet")
    assert verify(forge(good_claims() | {name: iso(20)}))


@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
@pytest.mark.parametrize(
    "value",
    [
        1999999999,
        1999999999.5,
        True,
        None,
        [],
        "",
        "1999999999",
        "tomorrow",
        "2030-01-01",
        "2030-01-01T00:00:00",
        "2030-01-01 00:00:00+00:00",
        "2030-13-01T00:00:00+00:00",
        "2030-01-01T00:00:00+00:00\n",
        "99999-01-01T00:00:00+00:00",
        "２０３０-01-01T00:00:00+00:00",
    ],
)
def test_it_refuses_a_time_that_is_not_iso_8601_in_utc(
    verify: kit.Verify, name: str, value: Any
) -> None:
    refuse(forge(good_claims() | {name: value}), verify, "a time that")


@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
def test_it_refuses_the_right_time_as_a_number(verify: kit.Verify, name: str) -> None:
    claims = good_claims()
    moment = datetime.fromisoformat(claims[name]).timestamp()
    for value in (int(moment), moment, str(int(moment))):
        refuse(forge(claims | {name: value}), verify, "not ISO 8601")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("exp", "9999-12-31T23:59:59+00:00"),
        ("iat", "9999-12-31T23:59:59+00:00"),
        ("iat", "0001-01-01T00:00:00+00:00"),
    ],
)
def test_it_survives_a_time_at_the_end_of_the_calendar(
    verify: kit.Verify, name: str, value: str
) -> None:
    refuse(forge(good_claims() | {name: value}), verify)


# Claims


@pytest.mark.parametrize("name", ["exp", "iat", "nbf", "iss", "aud", "sub", "jti"])
def test_it_refuses_a_token_without(verify: kit.Verify, name: str) -> None:
    claims = good_claims()
    refuse(forge(claims | {name: None}), verify)
    del claims[name]
    refuse(forge(claims), verify)


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
        None,
    ],
)
def test_it_refuses_the_issuer(verify: kit.Verify, iss: Any) -> None:
    refuse(forge(good_claims() | {"iss": iss}), verify, "wrong iss")


def test_it_does_not_read_the_issuer_from_the_footer(verify: kit.Verify) -> None:
    claims = good_claims()
    del claims["iss"]
    refuse(forge(claims, footer=json.dumps({"iss": kit.ISSUER}).encode()), verify)


@pytest.mark.parametrize(
    "aud",
    [
        "https://other.example.com",
        kit.AUDIENCE + "/",
        kit.AUDIENCE[:-1],
        [kit.AUDIENCE],
        {kit.AUDIENCE: 1},
        "",
    ],
)
def test_it_refuses_the_audience(verify: kit.Verify, aud: Any) -> None:
    refuse(forge(good_claims() | {"aud": aud}), verify, "wrong iss or aud")


@pytest.mark.parametrize("name", ["sub", "jti"])
@pytest.mark.parametrize("value", ["", 7, None, ["user-1"]])
def test_it_refuses_an_unfit(verify: kit.Verify, name: str, value: Any) -> None:
    refuse(forge(good_claims() | {name: value}), verify, "no sub or jti")


@pytest.mark.parametrize(
    "payload",
    [b"[]", b'"text"', b"null", b"7", b"{", b"\xff", b"[" * 1500, b'{"a":' * 500, b'["exp"]', b""],
)
def test_it_refuses_a_payload_that_is_no_object(verify: kit.Verify, payload: bytes) -> None:
    refuse(forge(payload), verify)


@pytest.mark.parametrize("name", ["sub", "exp", "iss", "scope"])
def test_it_refuses_a_payload_that_names_a_claim_twice(verify: kit.Verify, name: str) -> None:
    claims = json.dumps(good_claims() | {"scope": "read"})
    again = json.dumps({name: good_claims().get(name, "write")})
    refuse(forge(f"{claims[:-1]}, {again[1:]}".encode()), verify)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32", "utf-8-sig"])
def test_it_refuses_a_payload_that_is_not_plain_utf_8(verify: kit.Verify, encoding: str) -> None:
    refuse(forge(json.dumps(good_claims()).encode(encoding)), verify, "not JSON")


def test_it_refuses_a_name_that_stands_twice_deep_inside(verify: kit.Verify) -> None:
    claims = json.dumps(good_claims())
    refuse(forge(f'{claims[:-1]}, "a": {{"b": 1, "b": 2}}}}'.encode()), verify)


# What the signature covers


@pytest.mark.parametrize(
    "assertion",
    [
        b"",
        b"refresh token for https://api.example.com",
        b"access token",
        b"access token for https://other.example.com",
        ASSERTION + b" ",
        ASSERTION.upper(),
    ],
)
def test_it_refuses_the_implicit_assertion(verify: kit.Verify, assertion: bytes) -> None:
    refuse(forge(assertion=assertion), verify, "VerifyError")


def test_it_refuses_a_footer_even_if_it_is_signed(verify: kit.Verify) -> None:
    refuse(forge(footer=b'{"kid":"a"}'), verify, "footer|base64url")


def test_it_refuses_a_footer_that_was_added_stripped_or_swapped(
    verify: kit.Verify,
) -> None:
    refuse(forge() + "." + b64(b'{"kid":"a"}'), verify, "footer|base64url")
    refuse(forge(footer=b"a").rsplit(".", 1)[0], verify, "VerifyError")
    refuse(forge(footer=b"b", signed_footer=b"a"), verify, "footer|base64url")


@pytest.mark.parametrize(
    "header",
    [
        "v1.public.",
        "v2.public.",
        "v3.public.",
        "v5.public.",
        "v4.local.",
        "v2.local.",
        "V4.public.",
        "v4.PUBLIC.",
        "v4.public",
        "v4public.",
        "v4..",
        "",
    ],
)
@pytest.mark.parametrize("signed", [True, False])
def test_it_refuses_the_header(verify: kit.Verify, header: str, signed: bool) -> None:
    token = forge(header=header, signed_header=header if signed else "v4.public.")
    refuse(token, verify, "not v4.public|base64url")


def test_it_refuses_a_local_token_made_with_the_public_key(
    verify: kit.Verify,
) -> None:
    """pyseto takes a PEM file, or any other 1 to 64 bytes, as the key of v4.local."""
    raw = OURS.public_key().public_bytes_raw()
    token = pyseto.encode(
        pyseto.Key.new(4, "local", raw), good_claims(), implicit_assertion=ASSERTION
    ).decode()
    refuse(token, verify, "not v4.public")
    refuse(token.replace("v4.local.", "v4.public."), verify, "VerifyError")


def test_it_refuses_a_jwt(verify: kit.Verify) -> None:
    header = b64(b'{"alg":"EdDSA"}')
    message = f"{header}.{b64(json.dumps(good_claims()).encode())}"
    refuse(f"{message}.{b64(OURS.sign(message.encode()))}", verify, "not v4.public")


def test_it_refuses_a_v2_token_of_the_same_key(verify: kit.Verify) -> None:
    """v2.public signs with Ed25519 too, over the same pieces without an implicit assertion."""
    message = json.dumps(good_claims()).encode()
    body = b64(message + OURS.sign(pae(b"v2.public.", message, b"")))
    refuse("v2.public." + body, verify, "not v4.public")
    refuse("v4.public." + body, verify, "VerifyError")
    body = b64(message + OURS.sign(pae(b"v4.public.", message, b"")))
    refuse("v4.public." + body, verify, "VerifyError")


def test_it_refuses_a_signature_moved_by_the_order_of_the_curve(verify: kit.Verify) -> None:
    raw = unb64(forge().removeprefix("v4.public."))
    moved = int.from_bytes(raw[-32:], "little") + ED25519_ORDER
    refuse(f"v4.public.{b64(raw[:-32] + moved.to_bytes(32, 'little'))}", verify, "VerifyError")


@pytest.mark.parametrize("signature", [bytes(64), b"\xff" * 64, b"\1" + bytes(63), b"", b"x"])
def test_it_refuses_a_made_up_signature(verify: kit.Verify, signature: bytes) -> None:
    refuse("v4.public." + b64(json.dumps(good_claims()).encode() + signature), verify)


def test_it_refuses_a_bare_payload(verify: kit.Verify) -> None:
    refuse(forge().rpartition(".")[0] + "." + b64(json.dumps(good_claims()).encode()), verify)
    refuse(json.dumps(good_claims()), verify)


def test_it_refuses_the_signature_of_another_key(verify: kit.Verify) -> None:
    refuse(forge(key=STRANGER), verify, "VerifyError")


def test_it_refuses_a_change_of_any_one_byte(verify: kit.Verify) -> None:
    raw = unb64(forge().removeprefix("v4.public."))
    for at in range(len(raw)):
        changed = bytes([*raw[:at], raw[at] ^ 1, *raw[at + 1 :]])
        refuse("v4.public." + b64(changed), verify)


@pytest.mark.parametrize("left", [0, 1, 63, 64, 65, -1, -64])
def test_it_refuses_a_body_that_was_cut(verify: kit.Verify, left: int) -> None:
    refuse("v4.public." + b64(unb64(forge().removeprefix("v4.public."))[:left]), verify)


# Shape


@pytest.mark.parametrize(
    "spoil",
    [
        lambda _: "",
        lambda _: None,
        lambda token: token.encode(),
        lambda _: 7,
        lambda token: [token],
        lambda token: token + "\n",
        lambda token: " " + token,
        lambda token: token[:-1],
        lambda token: token[:-40],
        lambda token: token + "=",
        lambda token: token + "==",
        lambda token: token + "!",
        lambda token: token[:30] + "!" + token[30:],
        lambda token: token[:30] + "\n" + token[30:],
        lambda token: token[:30] + "=" + token[30:],
        lambda token: token + "é",
        lambda token: token.replace("e", "\uff45", 1),
        lambda token: token + "\x00",
        lambda token: token[:30] + "\ud800" + token[31:],
        lambda token: token[:-2],
        lambda token: token[:-86],
        lambda token: token.rpartition(".")[2],
        lambda token: token.replace(".", ".."),
        lambda token: token + ".",
        lambda token: token + "..",
        lambda _: "v4.public.",
        lambda _: "v4.public.A",
        lambda _: "." * 3000,
        lambda _: "v4.public." + "A" * 1_000_000,
        lambda token: token + token,
        lambda token: "Bearer " + token,
    ],
)
def test_it_refuses_a_token_of_another_shape(
    verify: kit.Verify, spoil: Callable[[str], Any]
) -> None:
    refuse(spoil(forge()), verify)


def test_it_refuses_what_pyseto_would_accept(verify: kit.Verify) -> None:
    """The reason for the check of the shape: the library verifies this token."""
    token = forge()
    junk = token[:30] + "!!!!" + token[30:]
    assert pyseto.decode(keys.load_public_keys(), junk, ASSERTION).payload
    refuse(junk, verify, "canonical")


def test_it_refuses_a_token_that_is_not_ascii(verify: kit.Verify) -> None:
    refuse(forge() + "é", verify, "not ASCII")
    refuse(forge().replace("e", "\uff45", 1), verify, "not ASCII")


def test_it_refuses_unused_bits_in_the_last_character(verify: kit.Verify) -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    token = next(
        token
        for length in range(3)
        if len(unb64((token := forge(good_claims() | {"a": "x" * length}))[10:])) % 3
    )
    spelling = token[:-1] + alphabet[alphabet.index(token[-1]) + 1]
    assert unb64(spelling[10:]) == unb64(token[10:])
    refuse(spelling, verify, "canonical")


def test_it_refuses_a_genuine_token_above_the_size_limit(verify: kit.Verify) -> None:
    room = good_claims() | {"pad": ""}
    fits = kit.MAX_LENGTH - len(forge(room)) - 8
    assert verify(forge(room | {"pad": "x" * (fits * 3 // 4)}))
    refuse(forge(room | {"pad": "x" * kit.MAX_LENGTH}), verify, "too long")


# The blocklist


def issue_at(moment: datetime, monkeypatch: pytest.MonkeyPatch) -> str:
    with monkeypatch.context() as patch:
        patch.setattr(kit, "now", lambda: moment)
        return kit.issuer()("alice")


def respell(token: str) -> str:
    """The same bytes with an unused bit of the last character set."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    twin = token[:-1] + alphabet[alphabet.index(token[-1]) ^ 1]
    assert unb64(twin.rpartition(".")[2]) == unb64(token.rpartition(".")[2])
    return twin


def entry_of(token: str) -> str:
    claims = json.loads(unb64(token.rpartition(".")[2])[:-64])
    return f"{store.PREFIX}revoked:{json.dumps([claims['iss'], claims['jti']])}"


def test_a_revoked_token_is_refused_and_others_live_on(
    issue: kit.Issue, verify: kit.Verify, revoker: kit.Revoker
) -> None:
    token, other = issue("alice"), issue("alice")
    assert verify(token)
    for _ in range(2):
        revoker.revoke(token)
        refuse(token, verify, "^revoked$")
    assert verify(other)["sub"] == "alice"


def test_every_service_asks_the_same_blocklist(issue: kit.Issue, revoker: kit.Revoker) -> None:
    token, services = issue("alice"), [kit.verifier() for _ in range(3)]
    revoker.revoke(token)
    for verify in services:
        refuse(token, verify, "^revoked$")


@pytest.mark.parametrize("copy", [lambda t: t + "=", lambda t: t[:20] + "!!!!" + t[20:], respell])
def test_no_other_spelling_escapes_the_blocklist(
    verify: kit.Verify, revoker: kit.Revoker, copy: Callable[[str], str]
) -> None:
    # A payload whose last base64url character has bits to spare.
    token = next(
        token
        for pad in ("", "x", "xx")
        if len(unb64((token := forge(good_claims() | {"pad": pad}))[10:])) % 3 == 1
    )
    spelling = copy(token)
    assert pyseto.decode(keys.load_public_keys(), spelling, ASSERTION).payload, "the library does"
    revoker.revoke(token)
    refuse(spelling, verify, "canonical")
    refuse(token, verify, "^revoked$")


def test_a_token_signed_anew_with_a_revoked_id_stays_revoked(
    issue: kit.Issue, verify: kit.Verify, revoker: kit.Revoker
) -> None:
    token = issue("alice")
    claims = verify(token)
    revoker.revoke(token)
    refuse(forge(claims | {"scope": "all"}), verify, "^revoked$")


def test_only_a_genuine_token_makes_an_entry(
    issue: kit.Issue, verify: kit.Verify, revoker: kit.Revoker, server: redis.Redis
) -> None:
    token = issue("alice")
    claims = verify(token)
    before = set(server.scan_iter(f"{store.PREFIX}*"))
    for forged in (forge(claims, key=STRANGER), token + "=", "", forge(claims, assertion=b"")):
        with pytest.raises(kit.InvalidToken):
            revoker.revoke(forged)
    assert set(server.scan_iter(f"{store.PREFIX}*")) == before
    assert verify(token) == claims


def test_the_same_id_of_another_issuer_is_another_entry() -> None:
    pairs = [("a", "b"), ("c", "b"), ("a", "c"), ("a:b", "c"), ("a", "b:c")]
    pairs += [('a","b', "c"), ("a", 'b","c')]
    assert len({store._entry(iss, jti) for iss, jti in pairs}) == len(pairs)


@pytest.mark.parametrize("age", [0, kit.ACCESS_MINUTES * 60 + kit.LEEWAY_SECONDS - 10])
def test_an_entry_outlives_the_token(
    monkeypatch: pytest.MonkeyPatch, revoker: kit.Revoker, server: redis.Redis, age: int
) -> None:
    issued = kit.now().replace(microsecond=0) - timedelta(seconds=age)
    token = issue_at(issued, monkeypatch)
    revoker.revoke(token)
    left = (issued + LIFE - kit.now()).total_seconds()
    assert left < left + store.MARGIN - 5 <= server.ttl(entry_of(token)) <= left + store.MARGIN + 5


def test_a_cut_off_ends_all_older_tokens_of_the_user_alone(
    monkeypatch: pytest.MonkeyPatch, issue: kit.Issue, verify: kit.Verify, revoker: kit.Revoker
) -> None:
    tokens = [issue_at(kit.now() - timedelta(seconds=age), monkeypatch) for age in (300, 10, 1)]
    others = [issue("bob"), issue("alice2"), issue("alic")]
    revoker.revoke_all("alice")
    for token in tokens:
        refuse(token, verify, "cut-off")
    for other in others:
        assert verify(other)


def test_the_second_of_the_cut_off_counts_as_before(
    monkeypatch: pytest.MonkeyPatch, verify: kit.Verify, revoker: kit.Revoker
) -> None:
    second = kit.now().replace(microsecond=0)
    same, next_one = (
        issue_at(second + timedelta(seconds=later), monkeypatch) for later in (0.9, 1)
    )
    monkeypatch.setattr(kit, "now", lambda: second + timedelta(milliseconds=100))
    revoker.revoke_all("alice")
    refuse(same, verify, "cut-off")
    assert verify(next_one)["sub"] == "alice"


def test_a_cut_off_outlives_every_token_that_it_ends(
    revoker: kit.Revoker, server: redis.Redis
) -> None:
    revoker.revoke_all("alice")
    longest = kit.ACCESS_MINUTES * 60 + 2 * kit.LEEWAY_SECONDS
    assert longest < server.ttl(f"{store.PREFIX}cut-off:alice") <= longest + store.MARGIN


def test_a_store_that_lost_its_data_brings_no_revoked_token_back(
    monkeypatch: pytest.MonkeyPatch, verify: kit.Verify, revoker: kit.Revoker, server: redis.Redis
) -> None:
    stolen = issue_at(kit.now() - timedelta(seconds=60), monkeypatch)
    revoker.revoke(stolen)
    for name in list(server.scan_iter(f"{store.PREFIX}*")):
        server.delete(name)
    refuse(stolen, verify, "lost its data")
    fresh = kit.issuer()("alice")
    assert verify(fresh)["sub"] == "alice"
    refuse(stolen, verify, "lost its data")


def test_the_blocklist_keeps_its_birthday(
    monkeypatch: pytest.MonkeyPatch, verify: kit.Verify, server: redis.Redis
) -> None:
    server.delete(f"{store.PREFIX}since")
    old = issue_at(kit.now() - timedelta(seconds=60), monkeypatch)
    kit.issuer()("bob")
    assert verify(old)["sub"] == "alice"
    assert server.ttl(f"{store.PREFIX}since") == -1


# A store that is down


def test_a_slow_store_does_not_hold_a_request_up(server: redis.Redis) -> None:
    started = time.monotonic()
    with pytest.raises(redis.TimeoutError):
        server.blpop([f"{store.PREFIX}empty"], timeout=3)
    assert time.monotonic() - started < 2


@pytest.fixture(params=["refuses", "is silent"])
def broken(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A store that refuses connections, or takes them and then says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{server.getsockname()[1]}/0")
        if request.param == "refuses":
            server.close()
        yield


def fail_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the length of the wait is not what is tested."""
    connect = redis.Redis.from_url
    quick = {"socket_timeout": 0.05, "retry": None}
    monkeypatch.setattr(redis.Redis, "from_url", lambda url, **more: connect(url, **more | quick))


@pytest.mark.usefixtures("broken")
def test_a_good_token_is_not_accepted_while_the_store_is_down() -> None:
    verify = kit.verifier()
    with pytest.raises(kit.StoreUnavailable):
        verify(forge())


@pytest.mark.usefixtures("broken")
@pytest.mark.parametrize("act", ["issue", "revoke", "revoke_all"])
def test_nothing_seems_done_while_the_store_is_down(
    monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    fail_quickly(monkeypatch)
    acts: dict[str, Callable[[], object]] = {
        "issue": lambda: kit.issuer()("alice"),
        "revoke": lambda: kit.revoker().revoke(forge()),
        "revoke_all": lambda: kit.revoker().revoke_all("alice"),
    }
    with pytest.raises(kit.StoreUnavailable):
        acts[act]()


@pytest.mark.usefixtures("broken")
def test_a_bad_token_is_refused_without_asking_the_store() -> None:
    refuse(forge(key=STRANGER), kit.verifier(), "VerifyError")
    refuse(forge(good_claims() | {"exp": iso(-31)}), kit.verifier(), "expired")


@pytest.mark.parametrize("name", ["since", "cut-off:alice"])
@pytest.mark.parametrize("value", ["", "now", "1e9", "nan"])
def test_a_damaged_record_is_an_error_and_never_an_answer(
    server: redis.Redis, issue: kit.Issue, verify: kit.Verify, name: str, value: str
) -> None:
    token = issue("alice")
    server.set(f"{store.PREFIX}{name}", value)
    with pytest.raises(kit.StoreUnavailable):
        verify(token)


# Keys


def test_it_accepts_each_of_several_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    both = pem(OURS.public_key()) + pem(STRANGER.public_key())
    monkeypatch.setenv("PASETO_PUBLIC_KEYS", both)
    verify = kit.verifier()
    for key in (OURS, STRANGER):
        assert verify(forge(key=key))
    refuse(forge(key=ed25519.Ed25519PrivateKey.generate()), verify, "VerifyError")


@pytest.mark.parametrize("between", ["", "\\n", "\n", "\r\n", " "])
def test_it_reads_keys_that_follow_each_other_in_one_line(
    monkeypatch: pytest.MonkeyPatch, between: str
) -> None:
    both = [pem(key.public_key()).strip().replace("\n", "\\n") for key in (OURS, STRANGER)]
    monkeypatch.setenv("PASETO_PUBLIC_KEYS", between.join(both))
    verify = kit.verifier()
    assert verify(forge(key=OURS))
    assert verify(forge(key=STRANGER))


def test_it_does_not_let_a_service_issue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASETO_PUBLIC_KEYS", pem(OURS.public_key()))
    monkeypatch.setenv("PASETO_PRIVATE_KEY", pem(OURS.public_key()))
    with pytest.raises(kit.ConfigurationError):
        kit.issuer()
    with pytest.raises(ValueError, match="public key"):
        pyseto.encode(keys.load_public_keys()[0], b"{}")


UNFIT = {
    "unset": "",
    "blank": " \n",
    "text": "secret",
    "broken": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
    # Ed25519 in all but its object identifier, which no library knows.
    "unknown": pem(OURS).replace("K2Vw", "K2V3"),
    "P-256": pem(ec.generate_private_key(ec.SECP256R1())),
    "P-384": pem(ec.generate_private_key(ec.SECP384R1())),
    "RSA": pem(rsa.generate_private_key(public_exponent=65537, key_size=2048)),
}


@pytest.mark.parametrize("which", UNFIT)
def test_an_issuer_does_not_start_with(monkeypatch: pytest.MonkeyPatch, which: str) -> None:
    monkeypatch.setenv("PASETO_PRIVATE_KEY", UNFIT[which])
    with pytest.raises(kit.ConfigurationError, match=r"PASETO_PRIVATE_KEY .*tokens.py new-key"):
        kit.issuer()


@pytest.mark.parametrize("which", UNFIT)
def test_a_service_does_not_start_with(monkeypatch: pytest.MonkeyPatch, which: str) -> None:
    text = UNFIT[which]
    if which == "unknown":
        text = pem(OURS.public_key()).replace("K2Vw", "K2V3")
    elif which in ("P-256", "P-384", "RSA"):
        private = serialization.load_pem_private_key(text.encode(), None)
        text = pem(private.public_key())
    # A good key beside it does not help.
    good = pem(OURS.public_key()) if text.strip() else ""
    monkeypatch.setenv("PASETO_PUBLIC_KEYS", good + text)
    with pytest.raises(kit.ConfigurationError, match=r"PASETO_PUBLIC_KEYS .*tokens.py new-key"):
        kit.verifier()


@pytest.mark.parametrize("name", ["PASETO_PRIVATE_KEY", "PASETO_PUBLIC_KEYS"])
def test_it_does_not_start_without_a_key(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv(name, raising=False)
    with pytest.raises(kit.ConfigurationError, match=name):
        kit.issuer() if name == "PASETO_PRIVATE_KEY" else kit.verifier()


@pytest.mark.parametrize("name", ["PASETO_PRIVATE_KEY", "PASETO_PUBLIC_KEYS"])
@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "x" + text,
        lambda text: text + "x",
        lambda text: f"'{text}'",
        lambda text: text + text[: len(text) // 2],
        lambda text: text + text.partition("\n")[2],
        lambda text: text.replace("-----END", "----END"),
        lambda text: text.replace("-----BEGIN", "-----begin"),
        lambda text: text + "\udcff",
    ],
)
def test_it_ignores_nothing_that_stands_beside_a_key(
    monkeypatch: pytest.MonkeyPatch, name: str, damage: Callable[[str], str]
) -> None:
    private = name == "PASETO_PRIVATE_KEY"
    monkeypatch.setenv(name, damage(pem(OURS if private else OURS.public_key())))
    with pytest.raises(kit.ConfigurationError, match=name):
        kit.issuer() if private else kit.verifier()


def test_an_issuer_signs_with_one_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASETO_PRIVATE_KEY", pem(OURS) + pem(STRANGER))
    with pytest.raises(kit.ConfigurationError, match="must hold one key"):
        kit.issuer()


def test_it_refuses_to_give_a_service_the_private_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for text in (pem(OURS), pem(OURS.public_key()) + pem(OURS)):
        monkeypatch.setenv("PASETO_PUBLIC_KEYS", text)
        with pytest.raises(kit.ConfigurationError):
            kit.verifier()


def test_it_refuses_an_encrypted_private_key(monkeypatch: pytest.MonkeyPatch) -> None:
    form = serialization.PrivateFormat.PKCS8
    locked = serialization.BestAvailableEncryption(b"pass")
    text = OURS.private_bytes(serialization.Encoding.PEM, form, locked).decode()
    monkeypatch.setenv("PASETO_PRIVATE_KEY", text)
    with pytest.raises(kit.ConfigurationError):
        kit.issuer()


def test_no_message_shows_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASETO_PRIVATE_KEY", pem(OURS) + pem(STRANGER))
    with pytest.raises(kit.ConfigurationError) as caught:
        kit.issuer()
    assert pem(OURS).splitlines()[1] not in str(caught.value)


def new_key(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-B", "tokens.py", *arguments]
    return subprocess.run(command, cwd=HERE, capture_output=True, text=True, check=False)


def test_it_makes_a_fresh_pair() -> None:
    made = new_key("new-key")
    assert made.returncode == 0
    names = [line.partition("=")[0] for line in made.stdout.splitlines()]
    assert names == ["PASETO_PRIVATE_KEY", "PASETO_PUBLIC_KEYS"]
    assert made.stderr.startswith("PASETO_PRIVATE_KEY is for the issuer alone")
    assert new_key("new-key").stdout != made.stdout


def test_it_makes_keys_that_a_shell_can_take() -> None:
    use = "import tokens; print(tokens.verifier()(tokens.issuer()('user-1'))['sub'])"
    script = 'set -a; eval "$1"; exec "$2" -B -c "$3"'
    line = ["sh", "-c", script, "sh", new_key("new-key").stdout, sys.executable, use]
    ran = subprocess.run(line, cwd=HERE, capture_output=True, text=True, check=True)
    assert ran.stdout == "user-1\n"


@pytest.mark.parametrize("arguments", [[], ["new-key", "now"]])
def test_it_makes_no_key_unless_asked(arguments: list[str]) -> None:
    ran = new_key(*arguments)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr == "Usage: python tokens.py new-key\n"


def test_it_changes_keys_under_load_and_refuses_no_good_token(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    """Two issuers and two services at work, each restarted alone, in the order of README.md."""
    old, new = samples.environment(), samples.environment()

    def restart(start: Callable[[], Any], **variables: str) -> Any:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return start()

    before = restart(kit.issuer, PASETO_PRIVATE_KEY=old["PASETO_PRIVATE_KEY"])
    issuers = [("old", before)] * 2
    services = [restart(kit.verifier, PASETO_PUBLIC_KEYS=old["PASETO_PUBLIC_KEYS"])] * 2
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
            goals, end = [count[key] + 20 for count in accepted], time.monotonic() + 10
            while any(count[key] < goal for count, goal in zip(accepted, goals, strict=True)):
                assert time.monotonic() < end, refused
                assert not any(job.done() for job in jobs)
                time.sleep(0.002)

        try:
            work("old")
            for which in (0, 1):
                both = old["PASETO_PUBLIC_KEYS"] + new["PASETO_PUBLIC_KEYS"]
                services[which] = restart(kit.verifier, PASETO_PUBLIC_KEYS=both)
                work("old")
            for which in (0, 1):
                after = restart(kit.issuer, PASETO_PRIVATE_KEY=new["PASETO_PRIVATE_KEY"])
                issuers[which] = ("new", after)
                work("new")
            clock.at += LIFE
            for which in (0, 1):
                services[which] = restart(
                    kit.verifier, PASETO_PUBLIC_KEYS=new["PASETO_PUBLIC_KEYS"]
                )
                work("new")
        finally:
            stop.set()
    for job in jobs:
        job.result()
    assert refused == []
    # A fresh token of the old key, which only a thief can still make.
    for verify in services:
        refuse(before("user-1"), verify, "VerifyError")
