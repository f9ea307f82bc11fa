"""Attacks on access_refresh. Needs a Redis: REDIS_URL says where."""

import base64
import contextlib
import hashlib
import hmac
import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

import access_refresh as kit

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
    return kit.log_in(KEY, store, "alice", "web").access


def issue_at(moment: int, monkeypatch: pytest.MonkeyPatch, store: redis.Redis) -> str:
    with monkeypatch.context() as patch:
        patch.setattr(kit, "now", lambda: moment)
        return kit.log_in(KEY, store, "alice", "web").access


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")


def claims_with(**changes: Any) -> Claims:
    now = int(time.time())
    claims: Claims = {
        "iss": kit.ISSUER,
        "aud": kit.AUDIENCE,
        "sub": "alice",
        "jti": "one",
        "sid": "login",
    }
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


def refused(token: object, why: str = ".") -> None:
    with pytest.raises(kit.InvalidToken, match=why) as refusal:
        kit.verify(token, PUBLIC)  # type: ignore[arg-type]
    assert not token or str(token) not in str(refusal.value)


def test_it_reads_its_own_tokens(token: str) -> None:
    claims = kit.verify(token, PUBLIC)
    assert (claims["iss"], claims["aud"], claims["sub"]) == (kit.ISSUER, kit.AUDIENCE, "alice")
    assert claims["exp"] - claims["iat"] == kit.ACCESS_MINUTES * 60


def test_the_claims_name_the_login(store: redis.Redis) -> None:
    first, other = (kit.log_in(KEY, store, "alice", "web") for _ in range(2))
    renewed = kit.refresh(KEY, store, str(first.refresh), "web")
    sids = [kit.verify(tokens.access, PUBLIC)["sid"] for tokens in (first, renewed, other)]
    assert sids[0] == sids[1] != sids[2]


def test_every_token_has_an_id_of_its_own(store: redis.Redis) -> None:
    tokens = [kit.log_in(KEY, store, "alice", "web").access for _ in range(20)]
    assert len({kit.verify(token, PUBLIC)["jti"] for token in tokens}) == 20


@pytest.mark.parametrize(("user", "client"), [("", "web"), ("alice", "")])
def test_it_issues_nothing_without_a_user_and_a_client(
    store: redis.Redis, user: str, client: str
) -> None:
    with pytest.raises(ValueError):
        kit.log_in(KEY, store, user, client)


def test_a_token_forged_by_hand_with_the_right_key_passes() -> None:
    """Otherwise the refusals below would prove nothing."""
    assert kit.verify(forge(claims_with()), PUBLIC)["jti"] == "one"


@pytest.mark.parametrize("header", [{"alg": "ES256"}, {"alg": "ES256", "typ": None}])
@pytest.mark.parametrize("typ", [..., "JWT", "rt+jwt", "id+jwt", "logout+jwt", "", 7, ["at+jwt"]])
def test_it_refuses_another_kind_of_token(header: Claims, typ: object) -> None:
    header = header if typ is ... else header | {"typ": typ}
    refused(forge(claims_with(), header), "wrong typ")


def test_it_refuses_an_expired_token(store: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    age = kit.ACCESS_MINUTES * 60 + kit.LEEWAY_SECONDS
    refused(issue_at(int(time.time()) - age, monkeypatch, store), "ExpiredSignature")


def test_it_bears_with_clocks_that_differ_a_little(
    store: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    age = kit.ACCESS_MINUTES * 60 + kit.LEEWAY_SECONDS - 10
    kit.verify(issue_at(int(time.time()) - age, monkeypatch, store), PUBLIC)


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
        ({"sub": ""}, "empty"),
        ({"sub": 7}, "Subject"),
        ({"jti": ""}, "empty"),
        ({"jti": 7}, "JTI"),
        ({"jti": ["one"]}, "JTI"),
        ({"sid": ""}, "empty"),
        ({"sid": 7}, "no string"),
    ],
)
def test_it_refuses_a_wrong_claim(change: Claims, why: str) -> None:
    refused(forge(claims_with(**change)), why)


@pytest.mark.parametrize("value", [..., None])
@pytest.mark.parametrize("claim", ["exp", "iat", "iss", "aud", "sub", "jti", "sid"])
def test_it_refuses_a_token_without(claim: str, value: object) -> None:
    claims = claims_with()
    del claims[claim]
    refused(forge(claims if value is ... else claims | {claim: value}), "MissingRequired")


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", None, ["ES256"], {}, "es256"])
@pytest.mark.parametrize("signed", [True, False])
def test_it_refuses_the_algorithm(alg: object, signed: bool) -> None:
    forged = forge(claims_with(), {"alg": alg, "typ": "at+jwt"})
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

    refused(forge(claims_with(), {"alg": alg, "typ": "at+jwt"}, mac))


@pytest.mark.parametrize("alg", ["ES384", "ES512", "ES256K", "RS256", "PS256", "EdDSA", "HS512"])
def test_it_refuses_any_algorithm_but_its_own(alg: str) -> None:
    refused(forge(claims_with(), {"alg": alg, "typ": "at+jwt"}), "InvalidAlgorithm")


def test_it_refuses_a_token_of_another_key(store: redis.Redis) -> None:
    refused(forge(claims_with(), sign=lambda m: es256(m, OTHER_KEY)), "InvalidSignature")
    refused(kit.log_in(OTHER_KEY, store, "alice", "web").access, "InvalidSignature")


@pytest.mark.parametrize("signature", [bytes(64), b"\xff" * 64, bytes(32) + b"\1" * 32, bytes(1)])
def test_it_refuses_a_made_up_signature(signature: bytes) -> None:
    refused(forge(claims_with(), sign=lambda m: signature))


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
    header = {"alg": "ES256", "typ": "at+jwt", **extra}
    refused(forge(claims_with(), header, lambda m: es256(m, OTHER_KEY)))


@pytest.mark.parametrize("crit", [["exp"], ["x"], [], "x", {}, None, 7, [7], ["b64", "x"]])
def test_it_refuses_an_extension_that_it_does_not_know(crit: object) -> None:
    refused(forge(claims_with(), {"alg": "ES256", "typ": "at+jwt", "crit": crit, "x": 1}))


def test_it_refuses_an_unencoded_payload() -> None:
    header = {"alg": "ES256", "typ": "at+jwt", "b64": False, "crit": ["b64"]}
    refused(forge(claims_with(), header))


@pytest.mark.parametrize(
    "payload", [b"", b"[]", b"7", b"null", b'"x"', b"{", b"\xff\xfe", b"[" * 2900, b'{"a":' * 500]
)
def test_it_refuses_a_payload_that_is_no_object(payload: bytes) -> None:
    refused(forge(payload))


@pytest.mark.parametrize("header", [b"", b"[]", b"7", b"null", b"{", b"\xff", b"[" * 2900])
def test_it_refuses_a_header_that_is_no_object(header: bytes) -> None:
    refused(forge(claims_with(), header))


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
def test_it_refuses_any_other_shape_before_reading_it(token, misshape) -> None:  # type: ignore[no-untyped-def]
    refused(misshape(token), "shape")


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


# Refresh tokens


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.time = kit.now()
        monkeypatch.setattr(kit, "now", lambda: self.time)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def log_in(store: redis.Redis, user: str = "alice") -> str:
    return str(kit.log_in(KEY, store, user, "web").refresh)


def refresh(store: redis.Redis, token: str, client: str = "web") -> str:
    tokens = kit.refresh(KEY, store, token, client)
    assert kit.verify(tokens.access, PUBLIC)["sub"] == "alice"
    assert tokens.refresh is not None
    return tokens.refresh


def cannot_refresh(store: redis.Redis, token: object, why: str = ".", client: str = "web") -> None:
    with pytest.raises(kit.InvalidToken, match=why) as refusal:
        kit.refresh(KEY, store, token, client)  # type: ignore[arg-type]
    assert not token or str(token) not in str(refusal.value)


def dump(store: redis.Redis) -> str:
    """All that stands in the store under our prefix: names and values."""
    found = []
    for key in store.scan_iter(f"{kit.PREFIX}*"):
        is_hash = store.type(key) == "hash"
        found.append(f"{key} {store.hgetall(key) if is_hash else store.zrange(key, 0, -1)}")
    return "\n".join(found)


def test_each_refresh_gives_a_new_pair(store: redis.Redis) -> None:
    tokens = [log_in(store)]
    for _ in range(5):
        tokens.append(refresh(store, tokens[-1]))
    assert len(set(tokens)) == 6


def test_the_store_holds_no_refresh_token(store: redis.Redis) -> None:
    token = log_in(store)
    for secret in [*token.split("."), *refresh(store, token).split(".")]:
        assert secret not in dump(store)
        assert hashlib.sha256(secret.encode()).hexdigest() in dump(store)


def test_it_refuses_what_stands_in_the_store(store: redis.Redis) -> None:
    token = log_in(store)
    digests = [hashlib.sha256(part.encode()).digest() for part in token.split(".")]
    cannot_refresh(store, ".".join(digest.hex() for digest in digests), "shape")
    cannot_refresh(store, ".".join(digest.hex()[:43] for digest in digests), "unknown")
    cannot_refresh(store, ".".join(map(b64, digests)), "unknown")
    refresh(store, token)


def test_it_refuses_an_unknown_token_and_harms_nobody(store: redis.Redis) -> None:
    token = log_in(store)
    stranger = f"{secrets.token_urlsafe(32)}.{token.partition('.')[2]}"
    cannot_refresh(store, stranger, "unknown")
    refresh(store, token)


def test_nobody_can_end_a_login_with_what_its_access_token_says(store: redis.Redis) -> None:
    tokens = kit.log_in(KEY, store, "alice", "web")
    sid = kit.verify(tokens.access, PUBLIC)["sid"]
    for handle in (sid[:43], b64(bytes.fromhex(sid))):
        cannot_refresh(store, f"{handle}.{secrets.token_urlsafe(32)}", "unknown")
        kit.log_out(store, f"{handle}.{secrets.token_urlsafe(32)}")
    refresh(store, str(tokens.refresh))


def test_within_the_grace_the_previous_token_gives_an_access_token_alone(
    store: redis.Redis, clock: Clock
) -> None:
    first = log_in(store)
    second = refresh(store, first)
    clock.time += kit.GRACE_SECONDS - 1
    for _ in range(2):
        tokens = kit.refresh(KEY, store, first, "web")
        assert kit.verify(tokens.access, PUBLIC)["sub"] == "alice"
        assert tokens.refresh is None
    refresh(store, second)


def test_using_the_grace_does_not_prolong_it(store: redis.Redis, clock: Clock) -> None:
    first = log_in(store)
    refresh(store, first)
    clock.time += kit.GRACE_SECONDS - 1
    kit.refresh(KEY, store, first, "web")
    clock.time += 1
    cannot_refresh(store, first, "used before")


def test_after_the_grace_the_previous_token_ends_the_login_and_its_successor(
    store: redis.Redis, clock: Clock
) -> None:
    first = log_in(store)
    second = refresh(store, first)
    clock.time += kit.GRACE_SECONDS
    cannot_refresh(store, first, "used before")
    cannot_refresh(store, second, "unknown")
    cannot_refresh(store, first, "unknown")


def test_an_older_token_ends_the_login_even_within_the_grace(
    store: redis.Redis, clock: Clock
) -> None:
    first = log_in(store)
    second = refresh(store, first)
    third = refresh(store, second)
    cannot_refresh(store, first, "used before")
    for token in (second, third):
        cannot_refresh(store, token, "unknown")


def test_a_thief_who_refreshes_first_loses_it_when_the_owner_comes(
    store: redis.Redis, clock: Clock
) -> None:
    stolen = log_in(store)
    thief = refresh(store, stolen)
    clock.time += 3600
    thief = str(kit.refresh(KEY, store, thief, "web").refresh)
    cannot_refresh(store, stolen, "used before")
    cannot_refresh(store, thief, "unknown")


def test_other_logins_of_the_user_survive_a_reuse(store: redis.Redis, clock: Clock) -> None:
    laptop, phone = log_in(store), log_in(store)
    refresh(store, laptop)
    clock.time += kit.GRACE_SECONDS
    cannot_refresh(store, laptop, "used before")
    refresh(store, phone)


@pytest.mark.parametrize("client", ["mobile", "", "Web", "web ", "web\n"])
def test_another_client_is_refused_and_changes_nothing(store: redis.Redis, client: str) -> None:
    first = log_in(store)
    cannot_refresh(store, first, "another client", client)
    second = refresh(store, first)
    cannot_refresh(store, first, "another client", client)
    refresh(store, second)


@pytest.mark.parametrize("racers", [2, 16])
def test_of_many_simultaneous_refreshes_one_gets_a_new_token(
    store: redis.Redis, racers: int
) -> None:
    for _ in range(5):
        token = log_in(store)
        ready, outcomes = threading.Barrier(racers), list[kit.Tokens]()

        def race(token: str = token, ready: Any = ready, outcomes: Any = outcomes) -> None:
            ready.wait()
            outcomes.append(kit.refresh(KEY, store, token, "web"))

        threads = [threading.Thread(target=race) for _ in range(racers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(outcomes) == racers, "the others get an access token, not an error"
        winners = [tokens.refresh for tokens in outcomes if tokens.refresh is not None]
        assert len(winners) == 1
        refresh(store, winners[0])


def test_logout_ends_this_login_alone(store: redis.Redis) -> None:
    laptop, phone = log_in(store), log_in(store)
    kit.log_out(store, laptop)
    cannot_refresh(store, laptop, "unknown")
    kit.log_out(store, laptop)
    refresh(store, phone)


def test_logout_with_an_older_token_ends_the_login_too(store: redis.Redis) -> None:
    first = log_in(store)
    second = refresh(store, first)
    kit.log_out(store, first)
    for token in (first, second):
        cannot_refresh(store, token, "unknown")


@pytest.mark.parametrize("event", ["password changed", "account disabled", "log out everywhere"])
def test_it_ends_all_logins_of_the_user_and_no_others(store: redis.Redis, event: str) -> None:
    first, phone = log_in(store), log_in(store)
    second = refresh(store, first)
    other = str(kit.log_in(KEY, store, "alice2", "web").refresh)
    assert kit.revoke_all(store, "alice") == 2
    for token in (first, second, phone):
        cannot_refresh(store, token, "unknown")
    assert kit.refresh(KEY, store, other, "web").refresh
    refresh(store, log_in(store))


def test_log_out_everywhere_finds_logins_opened_at_that_moment(store: redis.Redis) -> None:
    """Whatever was opened before the last call is ended: none is alive and unlisted."""
    opened: list[str] = []

    def log_in_often() -> None:
        opened.extend(log_in(store) for _ in range(50))

    threads = [threading.Thread(target=log_in_often) for _ in range(4)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        kit.revoke_all(store, "alice")
    kit.revoke_all(store, "alice")
    assert len(opened) == 200
    assert "family" not in dump(store)
    for token in opened:
        cannot_refresh(store, token, "unknown")


def test_no_refresh_brings_an_ended_login_back(store: redis.Redis) -> None:
    """Refreshes run while the user is logged out everywhere; afterwards nothing is left."""
    for _ in range(5):
        tokens = [log_in(store) for _ in range(8)]
        ready, renewed = threading.Barrier(9), list[str]()

        def race(token: str, ready: Any = ready, renewed: Any = renewed) -> None:
            ready.wait()
            with contextlib.suppress(kit.InvalidToken):
                for _ in range(50):
                    token = refresh(store, token)
                    renewed.append(token)

        threads = [threading.Thread(target=race, args=[token]) for token in tokens]
        for thread in threads:
            thread.start()
        ready.wait()
        kit.revoke_all(store, "alice")
        for thread in threads:
            thread.join()
        assert "family" not in dump(store)
        for token in tokens + renewed:
            cannot_refresh(store, token, "unknown")


def test_a_login_ends_after_the_idle_limit(store: redis.Redis, clock: Clock) -> None:
    token = log_in(store)
    clock.time += kit.REFRESH_IDLE_DAYS * 86400
    cannot_refresh(store, token, "expired")
    clock.time -= kit.REFRESH_IDLE_DAYS * 86400
    cannot_refresh(store, token, "unknown")  # gone for good, not merely refused


def test_a_login_ends_after_the_absolute_limit_despite_refreshes(
    store: redis.Redis, clock: Clock
) -> None:
    token, end = log_in(store), clock.time + kit.REFRESH_ABSOLUTE_DAYS * 86400
    for moment in [*range(clock.time + 86400, end, 86400), end - 1]:
        clock.time = moment
        # The access token's own times lie in the future here, so it is not checked.
        token = str(kit.refresh(KEY, store, token, "web").refresh)
    clock.time = end
    cannot_refresh(store, token, "expired")


def test_redis_itself_forgets_by_both_limits(store: redis.Redis, clock: Clock) -> None:
    token, end = log_in(store), clock.time + kit.REFRESH_ABSOLUTE_DAYS * 86400
    family, idle = kit._family(kit._hashes(token)[0]), kit.REFRESH_IDLE_DAYS * 86400
    assert idle - 5 <= store.ttl(family) <= idle
    store.expire(family, 7)
    token = refresh(store, token)
    assert idle - 5 <= store.ttl(family) <= idle
    clock.time = end - 100
    store.hset(family, "used", clock.time)
    kit.refresh(KEY, store, token, "web")
    assert 95 <= store.ttl(family) <= 100


def test_the_index_lists_only_logins_that_can_be_alive(store: redis.Redis, clock: Clock) -> None:
    log_in(store)
    clock.time += kit.REFRESH_ABSOLUTE_DAYS * 86400
    log_in(store)
    assert store.zcard(kit._index("alice")) == 1
    assert 0 < store.ttl(kit._index("alice")) <= kit.REFRESH_ABSOLUTE_DAYS * 86400


def test_neither_token_passes_for_the_other(store: redis.Redis) -> None:
    tokens = kit.log_in(KEY, store, "alice", "web")
    refused(tokens.refresh, "shape")
    refused(f"{tokens.refresh}.{secrets.token_urlsafe(32)}")
    cannot_refresh(store, tokens.access, "shape")
    cannot_refresh(store, tokens.access.rpartition(".")[0], "shape")


@pytest.mark.parametrize(
    "misshape",
    [
        lambda token: "",
        lambda token: None,
        lambda token: 7,
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
def test_it_refuses_any_other_shape_unasked_and_harms_nobody(store, misshape) -> None:  # type: ignore[no-untyped-def]
    token = log_in(store)
    nowhere = redis.Redis(port=1)
    cannot_refresh(nowhere, misshape(token), "shape")  # a look-up would raise StoreUnavailable
    kit.log_out(nowhere, misshape(token))
    refresh(store, token)


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


@pytest.mark.parametrize(
    "act",
    [
        lambda store: kit.log_in(KEY, store, "alice", "web"),
        lambda store: kit.refresh(KEY, store, f"{'A' * 43}.{'B' * 43}", "web"),
        lambda store: kit.log_out(store, f"{'A' * 43}.{'B' * 43}"),
        lambda store: kit.revoke_all(store, "alice"),
    ],
)
def test_nothing_seems_done_while_the_store_is_down(broken, act) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(kit.StoreUnavailable):
        act(broken)


def test_a_damaged_login_is_an_error_and_issues_nothing(store: redis.Redis) -> None:
    token = log_in(store)
    store.hdel(kit._family(kit._hashes(token)[0]), "ends")
    with pytest.raises(kit.StoreUnavailable):
        kit.refresh(KEY, store, token, "web")


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
    tokens = kit.log_in(kit.load_private_key(), store, "alice", "web")
    assert kit.verify(tokens.access, kit.load_public_key())["sub"] == "alice"


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
