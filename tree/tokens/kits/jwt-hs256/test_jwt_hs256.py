"""Attacks on jwt_hs256. Forged tokens are built by hand, because PyJWT refuses to make them."""

import base64
import hmac
import json
import os
import secrets
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt_hs256 as kit
import pytest

OURS = secrets.token_bytes(32)


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> bytes:
    monkeypatch.setenv("JWT_SECRET_KEY", b64(OURS))
    return kit.load_key()


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")


def good_header() -> dict[str, Any]:
    return {"alg": "HS256", "typ": "at+jwt"}


def good_claims() -> dict[str, Any]:
    at = int(time.time())
    return {
        "iss": kit.ISSUER,
        "aud": kit.AUDIENCE,
        "sub": "user-1",
        "iat": at,
        "exp": at + 900,
        "jti": str(uuid.uuid4()),
    }


def hs256(message: bytes, key: bytes = OURS) -> bytes:
    return hmac.new(key, message, "sha256").digest()


def forge(header: Any = None, payload: Any = None, sign: Callable[[bytes], bytes] = hs256) -> str:
    header = good_header() if header is None else header
    payload = good_claims() if payload is None else payload
    parts = [
        part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, payload)
    ]
    message = ".".join(map(b64, parts))
    return f"{message}.{b64(sign(message.encode()))}"


def refuse(token: Any, key: bytes, reason: str | None = None) -> None:
    with pytest.raises(kit.InvalidToken, match=reason) as caught:
        kit.verify(token, key)
    if token:
        assert str(token) not in str(caught.value)


def test_it_accepts_what_it_issues(key: bytes) -> None:
    claims = kit.verify(kit.issue(key, "user-1", {"scope": "read"}), key)
    assert claims["sub"] == "user-1"
    assert claims["scope"] == "read"
    assert (claims["iss"], claims["aud"]) == (kit.ISSUER, kit.AUDIENCE)
    assert claims["exp"] - claims["iat"] == kit.ACCESS_MINUTES * 60


def test_it_gives_every_token_its_own_jti(key: bytes) -> None:
    ids = {kit.verify(kit.issue(key, "user-1"), key)["jti"] for _ in range(5)}
    assert len(ids) == 5


def test_it_accepts_the_hand_made_token_on_which_the_attacks_build(
    key: bytes,
) -> None:
    assert kit.verify(forge(), key)["sub"] == "user-1"


def test_it_does_not_let_further_claims_replace_its_own(key: bytes) -> None:
    claims = kit.verify(kit.issue(key, "user-1", {"sub": "admin", "exp": 9999999999}), key)
    assert claims["sub"] == "user-1"
    assert claims["exp"] < 9999999999


def test_it_issues_no_token_without_a_subject(key: bytes) -> None:
    with pytest.raises(ValueError, match="subject"):
        kit.issue(key, "")


# Time


@pytest.mark.parametrize("shift", [-kit.ACCESS_MINUTES * 60 - 31, +60])
def test_it_refuses_a_token_outside_its_time(
    key: bytes,
    monkeypatch: pytest.MonkeyPatch,
    shift: int,
) -> None:
    at = int(time.time()) + shift
    monkeypatch.setattr(kit, "now", lambda: at)
    refuse(kit.issue(key, "user-1"), key, "ExpiredSignature|ImmatureSignature")


def test_it_forgives_clocks_that_differ_by_less_than_the_leeway(
    key: bytes,
) -> None:
    at = int(time.time())
    assert kit.verify(forge(payload=good_claims() | {"exp": at - 20, "iat": at + 20}), key)


@pytest.mark.parametrize("nbf", [60, 10**9])
def test_it_refuses_a_token_before_its_nbf(key: bytes, nbf: int) -> None:
    claims = good_claims() | {"nbf": int(time.time()) + nbf}
    refuse(forge(payload=claims), key, "ImmatureSignature")


@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
@pytest.mark.parametrize("kind", ["text", "float", "true", "null", "list"])
def test_it_refuses_a_time_that_is_no_integer(key: bytes, name: str, kind: str) -> None:
    time_ = int(time.time()) + (600 if name == "exp" else -5)
    value = {"text": str(time_), "float": time_ + 0.5, "true": True, "null": None, "list": [time_]}
    refuse(forge(payload=good_claims() | {name: value[kind]}), key)


@pytest.mark.parametrize("exp", [b"1e400", b"-1e400", b"NaN", b"Infinity", b"-1", b"0"])
def test_it_refuses_the_freak_exp(key: bytes, exp: bytes) -> None:
    payload = json.dumps(good_claims() | {"exp": "EXP"}).encode().replace(b'"EXP"', exp)
    refuse(forge(payload=payload), key)


# Claims


@pytest.mark.parametrize("name", ["exp", "iat", "iss", "aud", "sub", "jti"])
def test_it_refuses_a_token_without(key: bytes, name: str) -> None:
    claims = good_claims()
    del claims[name]
    refuse(forge(payload=claims), key)


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
def test_it_refuses_the_issuer(key: bytes, iss: Any) -> None:
    refuse(forge(payload=good_claims() | {"iss": iss}), key)


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
def test_it_refuses_the_audience(key: bytes, aud: Any) -> None:
    refuse(forge(payload=good_claims() | {"aud": aud}), key)


@pytest.mark.parametrize("name", ["sub", "jti"])
@pytest.mark.parametrize("value", ["", 7, ["user-1"]])
def test_it_refuses_an_unfit(key: bytes, name: str, value: Any) -> None:
    refuse(forge(payload=good_claims() | {name: value}), key)


@pytest.mark.parametrize("payload", [b"[]", b'"text"', b"null", b"{", b"", b"\xff", b"[" * 1500])
def test_it_refuses_a_payload_that_is_no_object(key: bytes, payload: bytes) -> None:
    refuse(forge(payload=payload), key)


# Header


@pytest.mark.parametrize(
    "typ", ["JWT", "rt+jwt", "id+jwt", "AT+JWT", "application/at+jwt", None, 1]
)
def test_it_refuses_another_typ(key: bytes, typ: Any) -> None:
    refuse(forge(good_header() | {"typ": typ}), key, "header")


@pytest.mark.parametrize("name", ["alg", "typ"])
def test_it_refuses_a_header_without(key: bytes, name: str) -> None:
    header = good_header()
    del header[name]
    refuse(forge(header), key, "header")


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", None, ["HS256"], "hs256"])
@pytest.mark.parametrize("signed", [True, False])
def test_it_refuses_the_algorithm(key: bytes, alg: Any, signed: bool) -> None:
    sign: Callable[[bytes], bytes] = hs256 if signed else lambda _: b""
    refuse(forge(good_header() | {"alg": alg}, sign=sign), key, "header")


@pytest.mark.parametrize("alg", ["HS384", "HS512"])
def test_it_refuses_another_hmac_made_with_its_key(key: bytes, alg: str) -> None:
    def sign(message: bytes) -> bytes:
        return hmac.new(OURS, message, alg.replace("HS", "sha")).digest()

    refuse(forge(good_header() | {"alg": alg}, sign=sign), key, "header")
    refuse(forge(sign=sign), key, "InvalidSignature")


@pytest.mark.parametrize("alg", ["RS256", "PS256", "ES256", "EdDSA", "HS1"])
def test_it_refuses_the_name_of_another_algorithm(key: bytes, alg: str) -> None:
    refuse(forge(good_header() | {"alg": alg}), key, "header")


@pytest.mark.parametrize(
    "extra",
    [
        {"jwk": {"kty": "oct", "k": "AAAA"}},
        {"jku": "https://evil.example/keys.json"},
        {"x5u": "https://evil.example/cert.pem"},
        {"kid": "../../dev/null"},
        {"kid": "' UNION SELECT 'key' --"},
        {"crit": ["exp"], "exp": 1},
        {"crit": ["b64"], "b64": True},
        {"b64": False},
        {"zip": "DEF"},
        {"cty": "JWT"},
    ],
)
def test_it_refuses_a_header_that_brings(key: bytes, extra: Any) -> None:
    refuse(forge(good_header() | extra), key, "header")


@pytest.mark.parametrize("header", [b"[]", b"null", b'"alg"', b"{", b"", b"\xff\xfe", b"[" * 1500])
def test_it_refuses_a_header_that_is_no_object(key: bytes, header: bytes) -> None:
    refuse(forge(header), key)


# Signature


@pytest.mark.parametrize("other", [secrets.token_bytes(32), b"", b"secret", OURS[:31], OURS[::-1]])
def test_it_refuses_the_signature_of_another_key(key: bytes, other: bytes) -> None:
    refuse(forge(sign=lambda message: hs256(message, other)), key, "InvalidSignature")


@pytest.mark.parametrize("cut", [0, 1, 16, 31])
def test_it_refuses_a_shortened_signature(key: bytes, cut: int) -> None:
    refuse(forge(sign=lambda message: hs256(message)[:cut]), key, "InvalidSignature")


def test_it_refuses_a_changed_payload(key: bytes) -> None:
    header, payload, signature = forge().split(".")
    changed = json.loads(unb64(payload)) | {"sub": "admin"}
    refuse(f"{header}.{b64(json.dumps(changed).encode())}.{signature}", key, "InvalidSignature")


def test_it_refuses_a_change_of_any_one_byte(key: bytes) -> None:
    parts = [unb64(part) for part in forge().split(".")]
    for which, part in enumerate(parts):
        for at in range(len(part)):
            changed = bytes([*part[:at], part[at] ^ 1, *part[at + 1 :]])
            refuse(".".join(map(b64, [*parts[:which], changed, *parts[which + 1 :]])), key)


# Shape


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
def test_it_refuses_a_token_of_another_shape(key: bytes, spoil: Callable[[str], Any]) -> None:
    refuse(spoil(forge()), key)


def test_it_refuses_a_token_that_is_not_ascii(key: bytes) -> None:
    refuse(forge() + "é", key, "not ASCII")
    refuse(forge().replace("e", "\uff45", 1), key, "not ASCII")


def test_it_refuses_unused_bits_in_the_last_character(key: bytes) -> None:
    """43 characters hold 32 bytes and 2 bits: 4 spellings decode to one signature."""
    token = forge()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spelling = token[:-1] + alphabet[alphabet.index(token[-1]) + 1]
    assert unb64(spelling.rsplit(".")[-1]) == unb64(token.rsplit(".")[-1])
    refuse(spelling, key, "canonical")


def test_it_refuses_a_signed_token_above_the_size_limit(key: bytes) -> None:
    room = good_claims() | {"pad": ""}
    fits = kit.MAX_LENGTH - len(forge(payload=room)) - 8
    assert kit.verify(forge(payload=room | {"pad": "x" * (fits * 3 // 4)}), key)
    refuse(forge(payload=room | {"pad": "x" * kit.MAX_LENGTH}), key, "too long")


# The key


@pytest.mark.parametrize("size", [32, 33, 48, 64, 128])
def test_it_takes_a_random_key_of_32_bytes_or_more(
    monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setenv("JWT_SECRET_KEY", secrets.token_urlsafe(size))
    key = kit.load_key()
    assert len(key) == size
    assert kit.verify(kit.issue(key, "user-1"), key)


UNFIT = {
    "unset": ("", "shorter"),
    "a word": ("hunter22", "base64url|shorter"),
    "16 bytes": (b64(OURS[:16]), "shorter"),
    "31 bytes": (b64(OURS[:31]), "shorter"),
    "padded": (b64(OURS) + "=", "without padding"),
    "trailing newline": (b64(OURS) + "\n", "without padding"),
    "junk between": (b64(OURS)[:20] + "!" + b64(OURS)[20:], "without padding"),
    "the other alphabet": (base64.b64encode(b"\xff\xfe" * 16).decode(), "without padding"),
    "not ASCII": ("é" * 43, "base64url"),
    "cut short": ("A" * 45, "base64url"),
    "one byte": (b64(b"\0" * 32), "pattern"),
    "a repeated pattern": (b64(bytes(range(8)) * 4), "pattern"),
    "an encoded passphrase": (b64(b"correct horse battery staple, twice over"), "readable"),
    "an encoded hexadecimal key": (b64(OURS.hex().encode()), "readable"),
    "a passphrase as such": (("correct-horse-battery-staple-" * 2)[:44], "one case"),
    "hexadecimal digits": (OURS.hex(), "one case"),
    "capital letters": ("CHANGE-ME-BEFORE-YOU-GO-TO-PRODUCTION-PLEASE", "one case"),
}


@pytest.mark.parametrize("which", UNFIT)
def test_it_refuses_the_key(monkeypatch: pytest.MonkeyPatch, which: str) -> None:
    text, reason = UNFIT[which]
    monkeypatch.setenv("JWT_SECRET_KEY", text)
    with pytest.raises(kit.ConfigurationError, match=reason) as caught:
        kit.load_key()
    assert "secrets.token_urlsafe(32)" in str(caught.value)
    assert not text or text not in str(caught.value)


def test_it_refuses_a_missing_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JWT_SECRET_KEY", raising=False)
    with pytest.raises(kit.ConfigurationError):
        kit.load_key()


def test_it_never_refuses_a_random_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2000):
        monkeypatch.setenv("JWT_SECRET_KEY", secrets.token_urlsafe(32))
        assert kit.load_key()


@pytest.mark.parametrize("short", [b"", b"secret", OURS[:31]])
def test_it_neither_signs_nor_verifies_with_a_short_key(short: bytes) -> None:
    """Such a key gets past `load_key` only if somebody reads it in another way."""
    with pytest.raises(Exception, match=r"key|HMAC"):
        kit.issue(short, "user-1")
    refuse(forge(sign=lambda message: hs256(message, short)), short, "InvalidKey")


def test_it_reads_a_key_made_by_the_documented_line() -> None:
    line = "import secrets; print(secrets.token_urlsafe(32))"
    assert f'python -c "{line}"' in (kit.__doc__ or "")
    made = subprocess.run([sys.executable, "-c", line], capture_output=True, check=True).stdout
    load = "import jwt_hs256 as kit; kit.verify(kit.issue(kit.load_key(), 'a'), kit.load_key())"
    here = Path(kit.__file__).parent
    environment = os.environ | {"JWT_SECRET_KEY": made.decode().strip()}
    subprocess.run([sys.executable, "-c", load], check=True, cwd=here, env=environment)
