"""Attacks on jwt_blocklist. Needs a Redis: REDIS_URL says where."""

import base64
import hashlib
import hmac
import json
import os
import secrets
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

import jwt_blocklist as kit

START = "redis-server --port 6379 --save '' --appendonly no"
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
KEY, OTHER_KEY = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
PUBLIC = KEY.public_key()
SPKI = serialization.PublicFormat.SubjectPublicKeyInfo
PUBLIC_PEM = PUBLIC.public_bytes(serialization.Encoding.PEM, SPKI)
PUBLIC_DER = PUBLIC.public_bytes(serialization.Encoding.DER, SPKI)

Claims = dict[str, Any]


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


def claims_with(**changes: Any) -> Claims:
    now = int(time.time())
    claims: Claims = {"iss": kit.ISSUER, "aud": kit.AUDIENCE, "sub": "alice", "jti": "one"}
    claims |= {"iat": now, "exp": now + 60} | changes
    return {name: value for name, value in claims.items() if value is not ...}


def es256(message: bytes, key: ec.EllipticCurvePrivateKey = KEY) -> bytes:
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def forge(
    payload: Claims | bytes,
    header: Claims | bytes = b'{"alg":"ES256","typ":"at+jwt"}',
    sign: Callable[[bytes], bytes] = es256,
) -> str:
    """A token by hand, so that no library is in the way of making a bad one."""
    parts = [p if isinstance(p, bytes) else json.dumps(p).encode() for p in (header, payload)]
    message = ".".join(map(b64, parts))
    return f"{message}.{b64(sign(message.encode()))}"


def refused(token: object, store: redis.Redis, why: str = ".") -> None:
    with pytest.raises(kit.InvalidToken, match=why) as refusal:
        kit.verify(token, PUBLIC, store)  # type: ignore[arg-type]
    assert not token or str(token) not in str(refusal.value)


def test_it_reads_its_own_tokens(store: redis.Redis, token: str) -> None:
    claims = kit.verify(token, PUBLIC, store)
    assert (claims["iss"], claims["aud"], claims["sub"]) == (kit.ISSUER, kit.AUDIENCE, "alice")
    assert claims["exp"] - claims["iat"] == kit.ACCESS_MINUTES * 60


def test_every_token_has_an_id_of_its_own(store: redis.Redis) -> None:
    tokens = [kit.issue(KEY, store, "alice") for _ in range(20)]
    assert len({kit.verify(token, PUBLIC, store)["jti"] for token in tokens}) == 20


def test_it_issues_nothing_without_a_subject(store: redis.Redis) -> None:
    with pytest.raises(ValueError):
        kit.issue(KEY, store, "")


def test_a_token_forged_by_hand_with_the_right_key_passes(store: redis.Redis, token: str) -> None:
    """Otherwise the refusals below would prove nothing."""
    assert kit.verify(forge(claims_with()), PUBLIC, store)["jti"] == "one"


@pytest.mark.parametrize("header", [{"alg": "ES256"}, {"alg": "ES256", "typ": None}])
@pytest.mark.parametrize("typ", [..., "JWT", "rt+jwt", "id+jwt", "logout+jwt", "", 7, ["at+jwt"]])
def test_it_refuses_another_kind_of_token(
    store: redis.Redis, token: str, header: Claims, typ: object
) -> None:
    header = header if typ is ... else header | {"typ": typ}
    refused(forge(claims_with(), header), store, "wrong typ")


def test_it_refuses_an_expired_token(store: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    age = kit.ACCESS_MINUTES * 60 + kit.LEEWAY_SECONDS
    refused(issue_at(int(time.time()) - age, monkeypatch, store), store, "ExpiredSignature")


def test_it_bears_with_clocks_that_differ_a_little(
    store: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    age = kit.ACCESS_MINUTES * 60 + kit.LEEWAY_SECONDS - 10
    kit.verify(issue_at(int(time.time()) - age, monkeypatch, store), PUBLIC, store)


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
def test_it_refuses_a_wrong_claim(store: redis.Redis, token: str, change: Claims, why: str) -> None:
    refused(forge(claims_with(**change)), store, why)


@pytest.mark.parametrize("value", [..., None])
@pytest.mark.parametrize("claim", ["exp", "iat", "iss", "aud", "sub", "jti"])
def test_it_refuses_a_token_without(
    store: redis.Redis, token: str, claim: str, value: object
) -> None:
    claims = claims_with()
    del claims[claim]
    refused(forge(claims if value is ... else claims | {claim: value}), store, "MissingRequired")


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", None, ["ES256"], {}, "es256"])
@pytest.mark.parametrize("signed", [True, False])
def test_it_refuses_the_algorithm(
    store: redis.Redis, token: str, alg: object, signed: bool
) -> None:
    forged = forge(claims_with(), {"alg": alg, "typ": "at+jwt"})
    refused(forged if signed else forged.rpartition(".")[0] + ".", store)
    refused(forged if signed else forged.rpartition(".")[0] + ".AA", store)


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
def test_it_refuses_a_mac_keyed_with_the_public_key(
    store: redis.Redis, token: str, secret: bytes, alg: str
) -> None:
    def mac(message: bytes) -> bytes:
        return hmac.digest(secret, message, hashlib.sha256)

    refused(forge(claims_with(), {"alg": alg, "typ": "at+jwt"}, mac), store)


@pytest.mark.parametrize("alg", ["ES384", "ES512", "ES256K", "RS256", "PS256", "EdDSA", "HS512"])
def test_it_refuses_any_algorithm_but_its_own(store: redis.Redis, token: str, alg: str) -> None:
    refused(forge(claims_with(), {"alg": alg, "typ": "at+jwt"}), store, "InvalidAlgorithm")


def test_it_refuses_a_token_of_another_key(store: redis.Redis, token: str) -> None:
    refused(forge(claims_with(), sign=lambda m: es256(m, OTHER_KEY)), store, "InvalidSignature")
    refused(kit.issue(OTHER_KEY, store, "alice"), store, "InvalidSignature")


@pytest.mark.parametrize("signature", [bytes(64), b"\xff" * 64, bytes(32) + b"\1" * 32, bytes(1)])
def test_it_refuses_a_made_up_signature(store: redis.Redis, token: str, signature: bytes) -> None:
    refused(forge(claims_with(), sign=lambda m: signature), store)


def test_it_refuses_a_signature_in_der(store: redis.Redis, token: str) -> None:
    sign = lambda m: KEY.sign(m, ec.ECDSA(hashes.SHA256()))  # noqa: E731
    refused(forge(claims_with(), sign=sign), store)


def test_it_refuses_changed_content(store: redis.Redis, token: str) -> None:
    header, payload, signature = token.split(".")
    changed = json.loads(unb64(payload)) | {"sub": "admin"}
    refused(f"{header}.{b64(json.dumps(changed).encode())}.{signature}", store, "Signature")
    respaced = json.dumps(json.loads(unb64(header)), indent=1).encode()
    refused(f"{b64(respaced)}.{payload}.{signature}", store, "Signature")


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
def test_no_header_leads_it_to_another_key(store: redis.Redis, token: str, extra: Claims) -> None:
    if "jwk" in extra:
        point = OTHER_KEY.public_key().public_numbers()
        extra["jwk"] |= {n: b64(getattr(point, n).to_bytes(32, "big")) for n in "xy"}
    header = {"alg": "ES256", "typ": "at+jwt", **extra}
    refused(forge(claims_with(), header, lambda m: es256(m, OTHER_KEY)), store)


@pytest.mark.parametrize("crit", [["exp"], ["x"], [], "x", {}, None, 7, [7], ["b64", "x"]])
def test_it_refuses_an_extension_that_it_does_not_know(
    store: redis.Redis, token: str, crit: object
) -> None:
    refused(forge(claims_with(), {"alg": "ES256", "typ": "at+jwt", "crit": crit, "x": 1}), store)


def test_it_refuses_an_unencoded_payload(store: redis.Redis, token: str) -> None:
    header = {"alg": "ES256", "typ": "at+jwt", "b64": False, "crit": ["b64"]}
    refused(forge(claims_with(), header), store)


@pytest.mark.parametrize(
    "payload", [b"", b"[]", b"7", b"null", b'"x"', b"{", b"\xff\xfe", b"[" * 2900, b'{"a":' * 500]
)
def test_it_refuses_a_payload_that_is_no_object(
    store: redis.Redis, token: str, payload: bytes
) -> None:
    refused(forge(payload), store)


@pytest.mark.parametrize("header", [b"", b"[]", b"7", b"null", b"{", b"\xff", b"[" * 2900])
def test_it_refuses_a_header_that_is_no_object(
    store: redis.Redis, token: str, header: bytes
) -> None:
    refused(forge(claims_with(), header), store)


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
        lambda token: "..",
        lambda token: "a.b.c\n",
        lambda token: json.dumps(
            dict(zip(("protected", "payload", "signature"), token.split("."), strict=True))
        ),
        lambda token: token + "A" * kit.MAX_LENGTH,
    ],
)
def test_it_refuses_any_other_shape_before_reading_it(store, token, misshape) -> None:  # type: ignore[no-untyped-def]
    refused(misshape(token), store, "shape")


@pytest.mark.parametrize("length", [1, 2, 43, 85, 86])
def test_it_refuses_a_truncated_token(store: redis.Redis, token: str, length: int) -> None:
    refused(token[:-length], store)


def test_it_refuses_other_spellings_of_the_last_character(store: redis.Redis, token: str) -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    last = alphabet.index(token[-1])
    for spare in range(1, 16):
        twin = token[:-1] + alphabet[last ^ spare]
        assert unb64(twin.rpartition(".")[2]) == unb64(token.rpartition(".")[2])
        refused(twin, store)


# The blocklist


def test_a_revoked_token_is_refused_and_others_live_on(store: redis.Redis, token: str) -> None:
    other = kit.issue(KEY, store, "alice")
    kit.revoke(token, PUBLIC, store)
    refused(token, store, "revoked")
    kit.revoke(token, PUBLIC, store)
    refused(token, store, "revoked")
    assert kit.verify(other, PUBLIC, store)["sub"] == "alice"


def test_a_rewritten_signature_does_not_escape_the_blocklist(
    store: redis.Redis, token: str
) -> None:
    message, _, signature = token.rpartition(".")
    r, s = unb64(signature)[:32], int.from_bytes(unb64(signature)[32:], "big")
    copy = f"{message}.{b64(r + (P256_ORDER - s).to_bytes(32, 'big'))}"
    assert copy != token
    assert kit.verify(copy, PUBLIC, store)["sub"] == "alice", "it verifies: the attack is real"
    kit.revoke(token, PUBLIC, store)
    refused(copy, store, "revoked")


def test_revoking_the_rewritten_copy_ends_the_original(store: redis.Redis, token: str) -> None:
    message, _, signature = token.rpartition(".")
    r, s = unb64(signature)[:32], int.from_bytes(unb64(signature)[32:], "big")
    kit.revoke(f"{message}.{b64(r + (P256_ORDER - s).to_bytes(32, 'big'))}", PUBLIC, store)
    refused(token, store, "revoked")


@pytest.mark.parametrize("padding", ["=", "=="])
def test_a_padded_copy_does_not_escape_the_blocklist(
    store: redis.Redis, token: str, padding: str
) -> None:
    kit.revoke(token, PUBLIC, store)
    refused(token + padding, store, "shape")


def test_only_a_genuine_token_makes_an_entry(store: redis.Redis, token: str) -> None:
    jti = kit.verify(token, PUBLIC, store)["jti"]
    forged = forge(claims_with(jti=jti), sign=lambda m: es256(m, OTHER_KEY))
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
    ends = claims["exp"] + kit.LEEWAY_SECONDS - int(time.time())
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
    refused(forge(claims_with(), sign=lambda m: es256(m, OTHER_KEY)), broken)


# Keys


def private_pem(key: Any) -> str:
    form = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return str(key.private_bytes(serialization.Encoding.PEM, *form).decode())


def public_pem(key: Any) -> str:
    return str(key.public_key().public_bytes(serialization.Encoding.PEM, SPKI).decode())


UNFIT = [
    ec.generate_private_key(ec.SECP384R1()),
    ec.generate_private_key(ec.SECP256K1()),
    rsa.generate_private_key(65537, 1024),
    ed25519.Ed25519PrivateKey.generate(),
]


@pytest.mark.parametrize("escape", [False, True])
def test_it_loads_the_pair_from_the_environment(
    monkeypatch: pytest.MonkeyPatch, store: redis.Redis, escape: bool
) -> None:
    for name, pem in ("JWT_PRIVATE_KEY", private_pem(KEY)), ("JWT_PUBLIC_KEY", public_pem(KEY)):
        monkeypatch.setenv(name, pem.replace("\n", "\\n") if escape else pem)
    token = kit.issue(kit.load_private_key(), store, "alice")
    assert kit.verify(token, kit.load_public_key(), store)["sub"] == "alice"


@pytest.mark.parametrize(
    "pem", [None, "", "secret", "x" * 64, public_pem(KEY), *map(private_pem, UNFIT)]
)
def test_it_loads_no_unfit_private_key(monkeypatch: pytest.MonkeyPatch, pem: str | None) -> None:
    monkeypatch.delenv("JWT_PRIVATE_KEY", raising=False)
    if pem is not None:
        monkeypatch.setenv("JWT_PRIVATE_KEY", pem)
    with pytest.raises(kit.ConfigurationError, match=r"JWT_PRIVATE_KEY must .* openssl genpkey"):
        kit.load_private_key()


@pytest.mark.parametrize(
    "pem", [None, "", "secret", "x" * 64, private_pem(KEY), *map(public_pem, UNFIT)]
)
def test_it_loads_no_unfit_public_key(monkeypatch: pytest.MonkeyPatch, pem: str | None) -> None:
    monkeypatch.delenv("JWT_PUBLIC_KEY", raising=False)
    if pem is not None:
        monkeypatch.setenv("JWT_PUBLIC_KEY", pem)
    with pytest.raises(kit.ConfigurationError, match=r"JWT_PUBLIC_KEY must .* openssl genpkey"):
        kit.load_public_key()
