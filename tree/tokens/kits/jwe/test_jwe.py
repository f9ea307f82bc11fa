"""Attacks on jwe. Forged tokens are built by hand, because joserfc refuses to make most of them."""

import base64
import json
import os
import secrets
import subprocess
import sys
import time
import uuid
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwe as kit
import pytest
from cryptography.hazmat.primitives import hashes, keywrap
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from joserfc.jwk import OctKey

OURS = secrets.token_bytes(32)


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> OctKey:
    monkeypatch.setenv("JWE_KEY", b64(OURS))
    return kit.load_key()


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")


def good_header() -> dict[str, Any]:
    return {"alg": "dir", "enc": "A256GCM", "typ": "at+jwt"}


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


def forge(
    header: Any = None,
    payload: Any = None,
    *,
    cek: bytes = OURS,
    encrypted_key: bytes = b"",
    iv_size: int = 12,
    tag_size: int = 16,
) -> str:
    header = good_header() if header is None else header
    payload = good_claims() if payload is None else payload
    protected, plaintext = (
        part if isinstance(part, bytes) else json.dumps(part).encode() for part in (header, payload)
    )
    iv = secrets.token_bytes(iv_size)
    sealed = AESGCM(cek).encrypt(iv, plaintext, b64(protected).encode())
    parts = [protected, encrypted_key, iv, sealed[:-16], sealed[-16:][:tag_size]]
    return ".".join(map(b64, parts))


def refuse(token: Any, key: OctKey, reason: str | None = None) -> None:
    with pytest.raises(kit.InvalidToken, match=reason) as caught:
        kit.verify(token, key)
    if token:
        assert str(token) not in str(caught.value)


def test_it_accepts_what_it_issues(key: OctKey) -> None:
    claims = kit.verify(kit.issue(key, "user-1", {"scope": "read"}), key)
    assert claims["sub"] == "user-1"
    assert claims["scope"] == "read"
    assert (claims["iss"], claims["aud"]) == (kit.ISSUER, kit.AUDIENCE)
    assert claims["exp"] - claims["iat"] == kit.ACCESS_MINUTES * 60


def test_it_gives_every_token_its_own_jti(key: OctKey) -> None:
    ids = {kit.verify(kit.issue(key, "user-1"), key)["jti"] for _ in range(5)}
    assert len(ids) == 5


def test_it_accepts_the_hand_made_token_on_which_the_attacks_build(
    key: OctKey,
) -> None:
    assert kit.verify(forge(), key)["sub"] == "user-1"


def test_it_does_not_let_further_claims_replace_its_own(key: OctKey) -> None:
    claims = kit.verify(kit.issue(key, "user-1", {"sub": "admin", "exp": 9999999999}), key)
    assert claims["sub"] == "user-1"
    assert claims["exp"] < 9999999999


def test_it_issues_no_token_without_a_subject(key: OctKey) -> None:
    with pytest.raises(ValueError, match="subject"):
        kit.issue(key, "")


# Time


@pytest.mark.parametrize("shift", [kit.ACCESS_MINUTES * 60 + 30, -60])
def test_it_refuses_a_token_outside_its_time(
    key: OctKey, monkeypatch: pytest.MonkeyPatch, shift: int
) -> None:
    at = int(time.time())
    monkeypatch.setattr(kit, "now", lambda: at)
    token = kit.issue(key, "user-1")
    assert kit.verify(token, key)
    monkeypatch.setattr(kit, "now", lambda: at + shift)
    refuse(token, key, "ExpiredToken|InvalidClaim")


def test_it_forgives_clocks_that_differ_by_less_than_the_leeway(
    key: OctKey,
) -> None:
    at = int(time.time())
    assert kit.verify(forge(payload=good_claims() | {"exp": at - 20, "iat": at + 20}), key)


@pytest.mark.parametrize("nbf", [60, 10**9])
def test_it_refuses_a_token_before_its_nbf(key: OctKey, nbf: int) -> None:
    claims = good_claims() | {"nbf": int(time.time()) + nbf}
    refuse(forge(payload=claims), key, "InvalidClaim")


@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
@pytest.mark.parametrize("kind", ["text", "float", "true", "null", "list"])
def test_it_refuses_a_time_that_is_no_integer(key: OctKey, name: str, kind: str) -> None:
    time_ = int(time.time()) + (600 if name == "exp" else -5)
    value = {"text": str(time_), "float": time_ + 0.5, "true": True, "null": None, "list": [time_]}
    refuse(forge(payload=good_claims() | {name: value[kind]}), key)


@pytest.mark.parametrize("exp", [b"1e400", b"-1e400", b"NaN", b"Infinity", b"-1", b"0"])
def test_it_refuses_the_freak_exp(key: OctKey, exp: bytes) -> None:
    payload = json.dumps(good_claims() | {"exp": "EXP"}).encode().replace(b'"EXP"', exp)
    refuse(forge(payload=payload), key)


# Claims


@pytest.mark.parametrize("name", ["exp", "iat", "iss", "aud", "sub", "jti"])
def test_it_refuses_a_token_without(key: OctKey, name: str) -> None:
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
def test_it_refuses_the_issuer(key: OctKey, iss: Any) -> None:
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
def test_it_refuses_the_audience(key: OctKey, aud: Any) -> None:
    refuse(forge(payload=good_claims() | {"aud": aud}), key)


@pytest.mark.parametrize("name", ["sub", "jti"])
@pytest.mark.parametrize("value", ["", 7, ["user-1"]])
def test_it_refuses_an_unfit(key: OctKey, name: str, value: Any) -> None:
    refuse(forge(payload=good_claims() | {name: value}), key)


@pytest.mark.parametrize("payload", [b"[]", b'"text"', b"null", b"{", b"", b"\xff", b"[" * 1500])
def test_it_refuses_a_payload_that_is_no_object(key: OctKey, payload: bytes) -> None:
    refuse(forge(payload=payload), key)


# Header


@pytest.mark.parametrize(
    "typ", ["JWT", "rt+jwt", "id+jwt", "AT+JWT", "application/at+jwt", None, 1]
)
def test_it_refuses_another_typ(key: OctKey, typ: Any) -> None:
    refuse(forge(good_header() | {"typ": typ}), key, "header")


@pytest.mark.parametrize("name", ["alg", "enc", "typ"])
def test_it_refuses_a_header_without(key: OctKey, name: str) -> None:
    header = good_header()
    del header[name]
    refuse(forge(header), key, "header")


@pytest.mark.parametrize(
    "alg", ["none", "None", "", None, ["dir"], "DIR", "A256KW", "A256GCMKW", "ECDH-ES", "RSA-OAEP"]
)
def test_it_refuses_the_algorithm(key: OctKey, alg: Any) -> None:
    refuse(forge(good_header() | {"alg": alg}), key, "header")


@pytest.mark.parametrize(
    "enc", ["A128GCM", "A192GCM", "A128CBC-HS256", "none", "", None, "a256gcm"]
)
def test_it_refuses_the_encryption(key: OctKey, enc: Any) -> None:
    refuse(forge(good_header() | {"enc": enc}), key, "header")


def test_it_refuses_a_weaker_encryption_under_a_part_of_its_key(key: OctKey) -> None:
    refuse(forge(good_header() | {"enc": "A128GCM"}, cek=OURS[:16]), key, "header")


def test_it_refuses_a_wrapped_key(key: OctKey) -> None:
    cek = secrets.token_bytes(32)
    wrapped = keywrap.aes_key_wrap(OURS, cek)
    token = forge(good_header() | {"alg": "A256KW"}, cek=cek, encrypted_key=wrapped)
    refuse(token, key, "header")


@pytest.mark.parametrize("count", [1000, 2**31 - 1])
def test_it_spends_no_time_on_a_password_based_key(key: OctKey, count: int) -> None:
    """A sender who may choose p2c may choose how long the service computes."""
    header = good_header() | {"alg": "PBES2-HS512+A256KW", "p2s": b64(b"salt" * 4), "p2c": count}
    cek = secrets.token_bytes(32)
    salt = b"PBES2-HS512+A256KW\0" + b"salt" * 4
    wrapping = PBKDF2HMAC(hashes.SHA512(), 32, salt, 1000).derive(OURS)
    token = forge(header, cek=cek, encrypted_key=keywrap.aes_key_wrap(wrapping, cek))
    start = time.perf_counter()
    refuse(token, key, "header")
    assert time.perf_counter() - start < 0.1


def test_it_refuses_a_compressed_payload(key: OctKey) -> None:
    deflate = zlib.compressobj(wbits=-15)
    bomb = deflate.compress(json.dumps(good_claims() | {"a": "x" * 10**6}).encode())
    bomb += deflate.flush()
    refuse(forge(good_header() | {"zip": "DEF"}, bomb), key, "header")
    refuse(forge(good_header() | {"zip": "GZ"}), key, "header")


@pytest.mark.parametrize(
    "extra",
    [
        {"jwk": {"kty": "oct", "k": "AAAA"}},
        {"jku": "https://evil.example/keys.json"},
        {"kid": "../../dev/null"},
        {"crit": ["exp"], "exp": 1},
        {"crit": []},
        {"cty": "JWT"},
        {"iss": kit.ISSUER},
        {"p2c": 1},
        {"epk": {}},
    ],
)
def test_it_refuses_a_header_that_brings(key: OctKey, extra: Any) -> None:
    refuse(forge(good_header() | extra), key, "header")


@pytest.mark.parametrize("header", [b"[]", b"null", b'"alg"', b"{", b"", b"\xff\xfe", b"[" * 1500])
def test_it_refuses_a_header_that_is_no_object(key: OctKey, header: bytes) -> None:
    refuse(forge(header), key)


# Encryption


def test_it_hides_the_claims(key: OctKey) -> None:
    token = kit.issue(key, "user-1", {"diagnosis": "measles"})
    assert not any(b"measles" in unb64(part) for part in token.split("."))
    assert kit.verify(token, key)["diagnosis"] == "measles"


def test_it_refuses_a_token_made_with_another_key(key: OctKey) -> None:
    refuse(forge(cek=secrets.token_bytes(32)), key, "DecodeError")


def test_it_draws_a_new_iv_for_every_token(key: OctKey) -> None:
    assert len({kit.issue(key, "user-1").split(".")[2] for _ in range(100)}) == 100


@pytest.mark.parametrize("size", [0, 1, 4, 8, 12, 15])
def test_it_refuses_a_short_tag(key: OctKey, size: int) -> None:
    refuse(forge(tag_size=size), key, "wrong length")


def test_it_refuses_a_long_tag(key: OctKey) -> None:
    refuse(forge() + b64(b"\0" * 3), key)


@pytest.mark.parametrize("size", [8, 11, 13, 16, 64])
def test_it_refuses_an_iv_of_another_length(key: OctKey, size: int) -> None:
    refuse(forge(iv_size=size), key, "wrong length")


@pytest.mark.parametrize("encrypted_key", [OURS, b"\0", b"\0" * 40])
def test_it_refuses_an_encrypted_key(key: OctKey, encrypted_key: bytes) -> None:
    refuse(forge(encrypted_key=encrypted_key), key, "wrong length")


def test_it_refuses_a_change_of_any_one_byte(key: OctKey) -> None:
    parts = [unb64(part) for part in forge().split(".")]
    for which, part in enumerate(parts):
        for at in range(len(part)):
            changed = bytes([*part[:at], part[at] ^ 1, *part[at + 1 :]])
            refuse(".".join(map(b64, [*parts[:which], changed, *parts[which + 1 :]])), key)


def test_it_refuses_a_signed_token(key: OctKey) -> None:
    header = {"alg": "HS256", "typ": "at+jwt"}
    refuse(".".join(b64(json.dumps(part).encode()) for part in (header, good_claims(), 1)), key)


def test_it_refuses_its_own_parts_in_json(key: OctKey) -> None:
    names = ("protected", "encrypted_key", "iv", "ciphertext", "tag")
    refuse(json.dumps(dict(zip(names, forge().split("."), strict=True))), key)


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
def test_it_refuses_a_token_of_another_shape(key: OctKey, spoil: Callable[[str], Any]) -> None:
    refuse(spoil(forge()), key)


def test_it_refuses_a_token_that_is_not_ascii(key: OctKey) -> None:
    refuse(forge() + "é", key, "not ASCII")
    refuse(forge().replace("e", "\uff45", 1), key, "not ASCII")


def test_it_refuses_unused_bits_in_the_last_character(key: OctKey) -> None:
    """A tag of 16 bytes takes 22 characters, and leaves 4 bits: it has 16 spellings."""
    token = forge()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spelling = token[:-1] + alphabet[alphabet.index(token[-1]) + 1]
    assert unb64(spelling.rsplit(".")[-1]) == unb64(token.rsplit(".")[-1])
    refuse(spelling, key, "canonical")


def test_it_refuses_a_signed_token_above_the_size_limit(key: OctKey) -> None:
    room = good_claims() | {"pad": ""}
    fits = kit.MAX_LENGTH - len(forge(payload=room)) - 8
    assert kit.verify(forge(payload=room | {"pad": "x" * (fits * 3 // 4)}), key)
    refuse(forge(payload=room | {"pad": "x" * kit.MAX_LENGTH}), key, "too long")


# The key


UNFIT = {
    "unset": ("", "exactly 32"),
    "a word": ("hunter22", "base64url|exactly 32"),
    "16 bytes": (b64(OURS[:16]), "exactly 32"),
    "31 bytes": (b64(OURS[:31]), "exactly 32"),
    "33 bytes": (b64(OURS + b"x"), "exactly 32"),
    "64 bytes": (b64(OURS * 2), "exactly 32"),
    "padded": (b64(OURS) + "=", "without padding"),
    "trailing newline": (b64(OURS) + "\n", "without padding"),
    "junk between": (b64(OURS)[:20] + "!" + b64(OURS)[20:], "without padding"),
    "the other alphabet": (base64.b64encode(b"\xff\xfe" * 16).decode(), "without padding"),
    "not ASCII": ("é" * 43, "base64url"),
    "cut short": ("A" * 45, "base64url"),
    "one byte": (b64(b"\0" * 32), "pattern"),
    "a repeated pattern": (b64(bytes(range(8)) * 4), "pattern"),
    "an encoded passphrase": (b64(b"Correct horse battery staple 42!"), "readable"),
    "an encoded hexadecimal key": (b64(OURS[:16].hex().encode()), "readable"),
    "a passphrase as such": ("correct-horse-battery-staple-and-one-mouses", "one case"),
    "hexadecimal digits": ((OURS.hex()[:42] + "0"), "one case"),
    "capital letters": ("CHANGE-ME-BEFORE-YOU-GO-TO-PRODUCTION-OR-SOA"[:42] + "A", "one case"),
}


@pytest.mark.parametrize("which", UNFIT)
def test_it_refuses_the_key(monkeypatch: pytest.MonkeyPatch, which: str) -> None:
    text, reason = UNFIT[which]
    monkeypatch.setenv("JWE_KEY", text)
    with pytest.raises(kit.ConfigurationError, match=reason) as caught:
        kit.load_key()
    assert "secrets.token_urlsafe(32)" in str(caught.value)
    assert not text or text not in str(caught.value)


def test_it_refuses_a_missing_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JWE_KEY", raising=False)
    with pytest.raises(kit.ConfigurationError):
        kit.load_key()


def test_it_never_refuses_a_random_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2000):
        monkeypatch.setenv("JWE_KEY", secrets.token_urlsafe(32))
        assert kit.load_key()


def test_it_reads_a_key_made_by_the_documented_line() -> None:
    line = "import secrets; print(secrets.token_urlsafe(32))"
    assert f'python -c "{line}"' in (kit.__doc__ or "")
    made = subprocess.run([sys.executable, "-c", line], capture_output=True, check=True).stdout
    load = "import jwe as kit; kit.verify(kit.issue(kit.load_key(), 'a'), kit.load_key())"
    here = Path(kit.__file__).parent
    environment = os.environ | {"JWE_KEY": made.decode().strip()}
    subprocess.run([sys.executable, "-c", load], check=True, cwd=here, env=environment)
