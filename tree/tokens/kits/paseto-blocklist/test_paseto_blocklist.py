"""Attacks on paseto_blocklist. Needs a Redis: REDIS_URL says where."""

import base64
import hashlib
import hmac
import json
import os
import secrets
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pyseto
import pytest
import redis
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa, x25519
from pyseto.key_interface import KeyInterface

import paseto_blocklist as kit

START = "redis-server --port 6379 --save '' --appendonly no"
ED25519_ORDER = 2**252 + 27742317777372353535851937790883648493
SPKI = serialization.PublicFormat.SubjectPublicKeyInfo
KIND = b"access-token"

Claims = dict[str, Any]


def private_pem(key: Any) -> str:
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return str(key.private_bytes(serialization.Encoding.PEM, *form).decode())


def public_pem(key: Any) -> str:
    return str(key.public_key().public_bytes(serialization.Encoding.PEM, SPKI).decode())


SECRET = ed25519.Ed25519PrivateKey.generate()
KEY = pyseto.Key.new(4, "public", private_pem(SECRET))
PUBLIC = pyseto.Key.new(4, "public", public_pem(SECRET))
OTHER_KEY = pyseto.Key.new(4, "public", private_pem(ed25519.Ed25519PrivateKey.generate()))
PUBLIC_RAW = SECRET.public_key().public_bytes_raw()


@pytest.fixture(autouse=True)
def prefix(monkeypatch: pytest.MonkeyPatch) -> str:
    """Keeps each test's keys apart from every other's."""
    monkeypatch.setattr(kit, "PREFIX", f"test:{secrets.token_hex(8)}:")
    return kit.PREFIX


@pytest.fixture
def store(prefix: str) -> Iterator[redis.Redis]:
    if not os.environ.get("REDIS_URL"):
        pytest.fail(f"Set REDIS_URL to a Redis for these tests. Start one: {START}")
    store = kit.connect()
    try:
        store.ping()
    except redis.RedisError as error:
        pytest.fail(f"No Redis answers at REDIS_URL ({error}). Start one: {START}")
    yield store
    for key in list(store.scan_iter(f"{prefix}*")):
        store.delete(key)
    store.close()


@pytest.fixture
def token(store: redis.Redis) -> str:
    return kit.issue(KEY, store, "alice")


def issue_at(moment: int, monkeypatch: pytest.MonkeyPatch, store: redis.Redis) -> str:
    with monkeypatch.context() as patch:
        patch.setattr(kit, "now", lambda: moment)
        return kit.issue(KEY, store, "alice")


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")


def at(moment: float) -> str:
    return datetime.fromtimestamp(int(moment), UTC).isoformat()


def claims_with(**changes: Any) -> Claims:
    claims: Claims = {"iss": kit.ISSUER, "aud": kit.AUDIENCE, "sub": "alice", "jti": "one"}
    return claims | {"iat": at(time.time()), "exp": at(time.time() + 60)} | changes


def forge(
    payload: Claims | bytes,
    key: KeyInterface = KEY,
    footer: bytes = b"",
    kind: bytes = KIND,
) -> str:
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return pyseto.encode(key, raw, footer, kind).decode()


def refused(token: object, store: redis.Redis, why: str = ".") -> None:
    with pytest.raises(kit.InvalidToken, match=why) as refusal:
        kit.verify(token, PUBLIC, store)  # type: ignore[arg-type]
    assert not token or str(token) not in str(refusal.value)


def test_it_reads_its_own_tokens(store: redis.Redis, token: str) -> None:
    claims = kit.verify(token, PUBLIC, store)
    assert (claims["iss"], claims["aud"], claims["sub"]) == (kit.ISSUER, kit.AUDIENCE, "alice")
    life = datetime.fromisoformat(claims["exp"]) - datetime.fromisoformat(claims["iat"])
    assert life.total_seconds() == kit.ACCESS_MINUTES * 60


def test_every_token_has_an_id_of_its_own(store: redis.Redis) -> None:
    tokens = [kit.issue(KEY, store, "alice") for _ in range(20)]
    assert len({kit.verify(token, PUBLIC, store)["jti"] for token in tokens}) == 20


def test_it_issues_nothing_without_a_subject(store: redis.Redis) -> None:
    with pytest.raises(ValueError):
        kit.issue(KEY, store, "")


@pytest.mark.parametrize("now", [0, -20, 20])
def test_a_token_forged_by_hand_with_the_right_key_passes(
    store: redis.Redis, token: str, now: int
) -> None:
    """Otherwise the refusals below would prove nothing."""
    kit.issue(KEY, store, "bob")
    store.set(f"{kit.PREFIX}since", 0)
    issued = at(time.time() + now)
    assert kit.verify(forge(claims_with(iat=issued)), PUBLIC, store)["jti"] == "one"


def test_it_refuses_an_expired_token(store: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    age = kit.ACCESS_MINUTES * 60 + kit.LEEWAY_SECONDS + 2
    refused(issue_at(int(time.time()) - age, monkeypatch, store), store, "VerifyError")


def test_it_bears_with_clocks_that_differ_a_little(
    store: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    age = kit.ACCESS_MINUTES * 60 + kit.LEEWAY_SECONDS - 10
    kit.verify(issue_at(int(time.time()) - age, monkeypatch, store), PUBLIC, store)


NOW = int(time.time())


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"exp": at(NOW - 3600), "iat": at(NOW - 3700)}, "VerifyError"),
        ({"nbf": at(NOW + 3600)}, "VerifyError"),
        ({"nbf": "tomorrow"}, "VerifyError"),
        ({"iat": at(NOW + 3600), "exp": at(NOW + 3700)}, "future"),
        ({"aud": "https://other.example.com"}, "VerifyError"),
        ({"aud": kit.AUDIENCE + "/"}, "VerifyError"),
        ({"aud": kit.AUDIENCE[:-1]}, "VerifyError"),
        ({"aud": [kit.AUDIENCE]}, "VerifyError"),
        ({"iss": "https://evil.example.com"}, "iss"),
        ({"iss": kit.ISSUER + ".evil.com"}, "iss"),
        ({"iss": kit.ISSUER[:-1]}, "iss"),
        ({"iss": kit.ISSUER + "/"}, "iss"),
        ({"iss": kit.ISSUER.upper()}, "iss"),
        ({"iss": [kit.ISSUER]}, "iss"),
        ({"exp": NOW + 60}, "VerifyError"),
        ({"exp": str(NOW + 60)}, "."),
        ({"exp": [at(NOW + 60)]}, "VerifyError"),
        ({"exp": True}, "VerifyError"),
        ({"exp": "2999"}, "a time"),
        ({"exp": at(NOW + 60).removesuffix("+00:00")}, "a time"),
        ({"iat": at(NOW).removesuffix("+00:00")}, "a time"),
        ({"iat": NOW}, "a time"),
        ({"iat": "now"}, "a time"),
        ({"exp": "9999-12-31T23:59:59+00:00"}, "OverflowError"),
        ({"exp": "9000-12-31T23:59:59+00:00"}, "longer life"),
        ({"exp": at(NOW + kit.ACCESS_MINUTES * 60 + 60)}, "longer life"),
        ({"iat": "0001-01-01T00:00:00+00:00"}, "longer life"),
        ({"sub": ""}, "sub or jti"),
        ({"sub": 7}, "sub or jti"),
        ({"jti": ""}, "sub or jti"),
        ({"jti": 7}, "sub or jti"),
        ({"jti": ["one"]}, "sub or jti"),
    ],
)
def test_it_refuses_a_wrong_claim(store: redis.Redis, token: str, change: Claims, why: str) -> None:
    refused(forge(claims_with(**change)), store, why)


@pytest.mark.parametrize("value", [..., None])
@pytest.mark.parametrize("claim", ["exp", "iat", "iss", "aud", "sub", "jti"])
def test_it_refuses_a_token_without(
    store: redis.Redis, token: str, claim: str, value: object
) -> None:
    claims = claims_with()
    del claims[claim]
    refused(forge(claims if value is ... else claims | {claim: value}), store)


def test_it_refuses_an_issuer_that_stands_only_in_the_footer(
    store: redis.Redis, token: str
) -> None:
    claims = claims_with()
    footer = json.dumps({"iss": claims.pop("iss")}).encode()
    refused(forge(claims, footer=footer), store)
    refused(forge(claims), store, "iss")


def test_it_refuses_a_footer_whether_signed_swapped_stripped_or_added(
    store: redis.Redis, token: str
) -> None:
    signed = forge(claims_with(), footer=b"one")
    refused(signed, store, "shape")
    refused(f"{signed.rpartition('.')[0]}.{b64(b'two')}", store, "shape")
    refused(signed.rpartition(".")[0], store, "VerifyError")
    refused(f"{token}.{b64(b'one')}", store, "shape")
    refused(f"{token}.", store, "shape")


@pytest.mark.parametrize("kind", [b"", b"refresh-token", b"access-token ", KIND[:-1]])
def test_it_refuses_a_token_signed_for_another_end(
    store: redis.Redis, token: str, kind: bytes
) -> None:
    refused(forge(claims_with(), kind=kind), store, "VerifyError")


@pytest.mark.parametrize("header", ["v2.public", "v3.public", "v4.local", "V4.public", "v4.Public"])
def test_it_refuses_another_header_over_the_same_bytes(
    store: redis.Redis, token: str, header: str
) -> None:
    refused(token.replace("v4.public", header), store, "shape")


def test_it_refuses_a_token_encrypted_with_the_public_key(store: redis.Redis, token: str) -> None:
    local = pyseto.Key.new(4, "local", PUBLIC_RAW)
    raw = json.dumps(claims_with()).encode()
    encrypted = pyseto.encode(local, raw, b"", KIND).decode()
    refused(encrypted, store, "shape")
    refused(encrypted.replace("v4.local", "v4.public"), store, "VerifyError")


def test_it_refuses_a_v2_token_of_the_same_key(store: redis.Redis, token: str) -> None:
    old = pyseto.Key.new(2, "public", private_pem(SECRET))
    signed = pyseto.encode(old, json.dumps(claims_with()).encode()).decode()
    refused(signed, store, "shape")
    refused(signed.replace("v2.", "v4."), store, "VerifyError")


def test_it_refuses_a_jwt(store: redis.Redis, token: str) -> None:
    head = b64(b'{"alg":"HS256","typ":"at+jwt"}')
    message = f"{head}.{b64(json.dumps(claims_with()).encode())}"
    mac = hmac.digest(PUBLIC_RAW, message.encode(), hashlib.sha256)
    refused(f"{message}.{b64(mac)}", store, "shape")
    refused(f"{head.replace('HS256', 'none')}.{b64(b'{}')}.", store, "shape")


def test_it_refuses_a_token_of_another_key(store: redis.Redis, token: str) -> None:
    refused(forge(claims_with(), key=OTHER_KEY), store, "VerifyError")
    refused(kit.issue(OTHER_KEY, store, "alice"), store, "VerifyError")


@pytest.mark.parametrize("signature", [bytes(64), b"\xff" * 64, b"\1" + bytes(63), b"", b"x"])
def test_it_refuses_a_made_up_signature(store: redis.Redis, token: str, signature: bytes) -> None:
    raw = json.dumps(claims_with()).encode()
    refused(f"v4.public.{b64(raw + signature)}", store)
    refused(f"v4.public.{b64(signature)}" if signature else "v4.public.", store)


@pytest.mark.parametrize("place", [0, 20, -64, -33, -32, -1])
def test_it_refuses_a_changed_bit(store: redis.Redis, token: str, place: int) -> None:
    raw = bytearray(unb64(token.rpartition(".")[2]))
    raw[place] ^= 1
    refused(f"v4.public.{b64(bytes(raw))}", store, "VerifyError")


def test_it_refuses_a_signature_moved_by_the_order_of_the_curve(
    store: redis.Redis, token: str
) -> None:
    raw = unb64(token.rpartition(".")[2])
    moved = int.from_bytes(raw[-32:], "little") + ED25519_ORDER
    refused(f"v4.public.{b64(raw[:-32] + moved.to_bytes(32, 'little'))}", store, "VerifyError")


def test_it_refuses_changed_content(store: redis.Redis, token: str) -> None:
    raw = unb64(token.rpartition(".")[2])
    changed = json.dumps(json.loads(raw[:-64]) | {"sub": "admin"}).encode()
    refused(f"v4.public.{b64(changed + raw[-64:])}", store, "VerifyError")


@pytest.mark.parametrize("name", ["sub", "exp", "jti"])
def test_it_refuses_a_key_that_stands_twice(store: redis.Redis, token: str, name: str) -> None:
    claims = claims_with()
    twice = json.dumps(claims)[:-1] + f', "{name}": {json.dumps(claims[name])}}}'
    refused(forge(twice.encode()), store, "ValueError")
    nested = json.dumps(claims)[:-1] + ', "extra": {"a": 1, "a": 2}}'
    refused(forge(nested.encode()), store, "ValueError")


@pytest.mark.parametrize(
    "payload",
    [
        *(b"[]", b"7", b"null", b'"x"', b'["exp"]', b"{", b"\xff\xfe", b"[" * 2900, b'{"a":' * 500),
        b"\xef\xbb\xbf{}",
    ],
)
def test_it_refuses_a_payload_that_is_no_object(
    store: redis.Redis, token: str, payload: bytes
) -> None:
    refused(forge(payload), store)


def test_it_refuses_a_payload_that_is_not_utf_8(store: redis.Redis, token: str) -> None:
    refused(forge(json.dumps(claims_with()).encode("utf-16")), store, "ValueError")


def respell(token: str) -> str:
    """The same bytes with an unused bit of the last character set."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    twin = token[:-1] + alphabet[alphabet.index(token[-1]) ^ 1]
    assert unb64(twin.rpartition(".")[2]) == unb64(token.rpartition(".")[2])
    return twin


# Fills the payload up to a length whose last base64url character has bits to spare.
SUB_WITH_SPARE_BITS = next(
    sub
    for sub in ("a", "aa", "aaa")
    if (len(json.dumps(claims_with(sub=sub)).encode()) + 64) % 3 == 1
)


@pytest.mark.parametrize(
    "misshape",
    [
        lambda token: "",
        lambda token: None,
        lambda token: 7,
        lambda token: token.encode(),
        lambda token: [token],
        lambda token: token + "\n",
        lambda token: " " + token,
        lambda token: "Bearer " + token,
        lambda token: token + "=",
        lambda token: token + "==",
        lambda token: token[:30] + "!" + token[30:],
        lambda token: token[:30] + "\n" + token[30:],
        lambda token: "é" + token[1:],
        lambda token: token[:30] + "é" + token[31:],
        lambda token: token[:30] + "\ud800" + token[31:],
        lambda token: token + "\x00",
        lambda token: token.rpartition(".")[0],
        lambda token: token.rpartition(".")[0] + ".",
        lambda token: token.rpartition(".")[2],
        lambda token: token.replace(".", ".."),
        lambda token: "v4.public.A",
        lambda token: "...",
        lambda token: token + "A" * kit.MAX_LENGTH,
    ],
)
def test_it_refuses_any_other_shape_before_reading_it(store, token, misshape) -> None:  # type: ignore[no-untyped-def]
    refused(misshape(token), store, "shape")


@pytest.mark.parametrize("length", [1, 2, 43, 85, 86])
def test_it_refuses_a_truncated_token(store: redis.Redis, token: str, length: int) -> None:
    refused(token[:-length], store)


# The blocklist


def test_a_revoked_token_is_refused_and_others_live_on(store: redis.Redis, token: str) -> None:
    other = kit.issue(KEY, store, "alice")
    kit.revoke(token, PUBLIC, store)
    refused(token, store, "revoked")
    kit.revoke(token, PUBLIC, store)
    refused(token, store, "revoked")
    assert kit.verify(other, PUBLIC, store)["sub"] == "alice"


@pytest.mark.parametrize("copy", [lambda t: t + "=", lambda t: t[:20] + "!!!!" + t[20:], respell])
def test_no_other_spelling_escapes_the_blocklist(store, copy) -> None:  # type: ignore[no-untyped-def]
    token = forge(claims_with(sub=SUB_WITH_SPARE_BITS))
    kit.issue(KEY, store, "bob")
    assert pyseto.decode(PUBLIC, copy(token), KIND).payload, "the library takes it"
    kit.revoke(token, PUBLIC, store)
    refused(copy(token), store, "shape")
    refused(token, store, "revoked")


def test_only_a_genuine_token_makes_an_entry(store: redis.Redis, token: str) -> None:
    jti = kit.verify(token, PUBLIC, store)["jti"]
    forged = forge(claims_with(jti=jti), key=OTHER_KEY)
    with pytest.raises(kit.InvalidToken):
        kit.revoke(forged, PUBLIC, store)
    assert kit.verify(token, PUBLIC, store)["jti"] == jti


def test_the_same_id_of_another_issuer_is_another_entry() -> None:
    entries = {kit._entry({"iss": i, "jti": j}) for i, j in [("a", "b"), ("c", "b"), ("a", "c")]}
    assert len(entries) == 3
    assert kit._entry({"iss": "a:b", "jti": "c"}) != kit._entry({"iss": "a", "jti": "b:c"})
    assert kit._entry({"iss": 'a","b', "jti": "c"}) != kit._entry({"iss": "a", "jti": 'b","c'})


@pytest.mark.parametrize("age", [0, kit.ACCESS_MINUTES * 60 + kit.LEEWAY_SECONDS - 10])
def test_an_entry_outlives_the_token(
    store: redis.Redis, monkeypatch: pytest.MonkeyPatch, age: int
) -> None:
    token = issue_at(int(time.time()) - age, monkeypatch, store)
    claims = kit.verify(token, PUBLIC, store)
    kit.revoke(token, PUBLIC, store)
    left = store.ttl(kit._entry(claims))
    ends = kit._seconds(claims["exp"]) + kit.LEEWAY_SECONDS - int(time.time())
    assert ends + kit.MARGIN - 3 <= left <= ends + kit.MARGIN + 3


def test_a_cut_off_ends_all_older_tokens_of_the_user_alone(
    store: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = int(time.time())
    tokens = [issue_at(second - age, monkeypatch, store) for age in (300, 10, 1)]
    bob = kit.issue(KEY, store, "bob")
    kit.revoke_all("alice", store)
    for token in tokens:
        refused(token, store, "cut-off")
    assert kit.verify(bob, PUBLIC, store)["sub"] == "bob"


def test_the_second_of_the_cut_off_counts_as_before(
    store: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = int(time.time())
    same, next_one = (issue_at(second + later, monkeypatch, store) for later in (0, 1))
    monkeypatch.setattr(kit, "now", lambda: second)
    kit.revoke_all("alice", store)
    refused(same, store, "cut-off")
    assert kit.verify(next_one, PUBLIC, store)["sub"] == "alice"


def test_a_cut_off_outlives_every_token_that_it_ends(store: redis.Redis) -> None:
    kit.revoke_all("alice", store)
    # A token may come from an issuer whose clock is LEEWAY_SECONDS ahead.
    longest = kit.ACCESS_MINUTES * 60 + 2 * kit.LEEWAY_SECONDS
    assert longest < store.ttl(kit._cut_off("alice")) <= longest + kit.MARGIN


def test_a_store_that_lost_its_data_brings_no_revoked_token_back(
    store: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    stolen = issue_at(int(time.time()) - 60, monkeypatch, store)
    kit.revoke(stolen, PUBLIC, store)
    for key in list(store.scan_iter(f"{kit.PREFIX}*")):
        store.delete(key)
    refused(stolen, store, "lost its data")
    fresh = kit.issue(KEY, store, "alice")
    assert kit.verify(fresh, PUBLIC, store)["sub"] == "alice"
    refused(stolen, store, "lost its data")


def test_the_blocklist_keeps_its_birthday(
    store: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = issue_at(int(time.time()) - 60, monkeypatch, store)
    kit.issue(KEY, store, "bob")
    assert kit.verify(old, PUBLIC, store)["sub"] == "alice"
    assert store.ttl(f"{kit.PREFIX}since") == -1


def test_a_slow_store_does_not_hold_a_request_up(store: redis.Redis, prefix: str) -> None:
    started = time.monotonic()
    with pytest.raises(redis.TimeoutError):
        store.blpop([f"{prefix}empty"], timeout=3)
    assert time.monotonic() - started < 2


@pytest.fixture(params=["refuses", "is silent"])
def broken(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Iterator[redis.Redis]:
    """A store that refuses connections, or takes them and then says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{server.getsockname()[1]}/0")
        if request.param == "refuses":
            server.close()
        yield kit.connect()


def test_a_good_token_is_not_accepted_while_the_store_is_down(broken: redis.Redis) -> None:
    with pytest.raises(kit.StoreUnavailable):
        kit.verify(forge(claims_with()), PUBLIC, broken)


def test_nothing_seems_done_while_the_store_is_down(broken: redis.Redis) -> None:
    with pytest.raises(kit.StoreUnavailable):
        kit.revoke(forge(claims_with()), PUBLIC, broken)
    with pytest.raises(kit.StoreUnavailable):
        kit.revoke_all("alice", broken)


def test_a_bad_token_is_refused_without_asking_the_store(broken: redis.Redis) -> None:
    refused(forge(claims_with(), key=OTHER_KEY), broken)


# Keys


UNFIT = [
    ec.generate_private_key(ec.SECP256R1()),
    rsa.generate_private_key(65537, 1024),
    x25519.X25519PrivateKey.generate(),
    ed448.Ed448PrivateKey.generate(),
]


@pytest.mark.parametrize("escape", [False, True])
def test_it_loads_the_pair_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, store: redis.Redis, escape: bool
) -> None:
    for name, pem in (
        ("PASETO_PRIVATE_KEY", private_pem(SECRET)),
        ("PASETO_PUBLIC_KEY", public_pem(SECRET)),
    ):
        monkeypatch.setenv(name, pem.replace("\n", "\\n") if escape else pem)
    token = kit.issue(kit.load_private_key(), store, "alice")
    assert kit.verify(token, kit.load_public_key(), store)["sub"] == "alice"


@pytest.mark.parametrize(
    "pem", [None, "", "secret", "x" * 64, public_pem(SECRET), *map(private_pem, UNFIT)]
)
def test_it_loads_no_unfit_private_key(monkeypatch: pytest.MonkeyPatch, pem: str | None) -> None:
    monkeypatch.delenv("PASETO_PRIVATE_KEY", raising=False)
    if pem is not None:
        monkeypatch.setenv("PASETO_PRIVATE_KEY", pem)
    with pytest.raises(kit.ConfigurationError, match=r"PASETO_PRIVATE_KEY must .* openssl genpkey"):
        kit.load_private_key()


@pytest.mark.parametrize(
    "pem", [None, "", "secret", "x" * 64, private_pem(SECRET), *map(public_pem, UNFIT)]
)
def test_it_loads_no_unfit_public_key(monkeypatch: pytest.MonkeyPatch, pem: str | None) -> None:
    monkeypatch.delenv("PASETO_PUBLIC_KEY", raising=False)
    if pem is not None:
        monkeypatch.setenv("PASETO_PUBLIC_KEY", pem)
    with pytest.raises(kit.ConfigurationError, match=r"PASETO_PUBLIC_KEY must .* openssl genpkey"):
        kit.load_public_key()
