"""Attacks on tokens.py. Forgeries are built by hand: joserfc would refuse to make them."""

import base64
import json
import random
import secrets
import shlex
import subprocess
import sys
import threading
import time
import uuid
import zlib
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, keywrap
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

import keys
import samples
import tokens as kit

OURS = secrets.token_bytes(32)
LIFE = kit.ACCESS_MINUTES * 60 + kit.LEEWAY_SECONDS


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWE_KEYS", b64(OURS))


@pytest.fixture
def issue() -> kit.Issue:
    return kit.issuer()


@pytest.fixture
def verify() -> kit.Verify:
    return kit.verifier()


class Clock:
    """Stands still until it is moved."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = int(time.time())
        monkeypatch.setattr(kit, "now", lambda: self.at)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


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
        "exp": at + kit.ACCESS_MINUTES * 60,
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
    assert claims["exp"] - claims["iat"] == kit.ACCESS_MINUTES * 60


def test_it_gives_every_token_its_own_jti(issue: kit.Issue, verify: kit.Verify) -> None:
    ids = {verify(issue("user-1"))["jti"] for _ in range(5)}
    assert len(ids) == 5


def test_it_accepts_the_hand_made_token_on_which_the_attacks_build(
    verify: kit.Verify,
) -> None:
    assert verify(forge())["sub"] == "user-1"


def test_it_does_not_let_further_claims_replace_its_own(
    issue: kit.Issue, verify: kit.Verify
) -> None:
    claims = verify(issue("user-1", {"sub": "admin", "exp": 9999999999}))
    assert claims["sub"] == "user-1"
    assert claims["exp"] < 9999999999


@pytest.mark.parametrize("subject", ["", None, 7, b"user-1", ["user-1"]])
def test_it_issues_no_token_for_the_subject(issue: kit.Issue, subject: Any) -> None:
    with pytest.raises(ValueError, match="subject"):
        issue(subject)


def test_it_issues_no_token_that_is_too_long_to_be_read(
    issue: kit.Issue, verify: kit.Verify
) -> None:
    assert verify(issue("user-1", {"pad": "x" * 2000}))
    with pytest.raises(ValueError, match="longer than 4096"):
        issue("user-1", {"pad": "x" * 3000})


def test_its_samples_are_what_they_say(verify: kit.Verify) -> None:
    assert verify(samples.good("ada"))["sub"] == "ada"
    assert verify(kit.issuer()("ada", samples.TYPICAL))["tenant"] == "acme-emea"
    refuse(samples.expired(), verify, "ExpiredToken")
    refuse(samples.forged(), verify, "none of our keys")


# Time


@pytest.mark.parametrize("shift", [kit.ACCESS_MINUTES * 60 + 30, -60])
def test_it_refuses_a_token_outside_its_time(
    issue: kit.Issue, verify: kit.Verify, monkeypatch: pytest.MonkeyPatch, shift: int
) -> None:
    at = int(time.time())
    monkeypatch.setattr(kit, "now", lambda: at)
    token = issue("user-1")
    assert verify(token)
    monkeypatch.setattr(kit, "now", lambda: at + shift)
    refuse(token, verify, "ExpiredToken|InvalidClaim")


def test_it_forgives_clocks_that_differ_by_less_than_the_leeway(
    verify: kit.Verify,
) -> None:
    at = int(time.time())
    assert verify(forge(payload=good_claims() | {"exp": at - 20, "iat": at + 20}))


def test_it_refuses_a_token_from_its_last_second_on(
    issue: kit.Issue, verify: kit.Verify, clock: Clock
) -> None:
    token = issue("user-1")
    clock.at += LIFE - 1
    assert verify(token)
    clock.at += 1
    refuse(token, verify, "ExpiredToken")


def test_it_refuses_a_life_that_is_longer_than_was_decided(verify: kit.Verify) -> None:
    at, life = int(time.time()), kit.ACCESS_MINUTES * 60
    assert verify(forge(payload=good_claims() | {"iat": at - 9, "exp": at - 9 + life}))
    for exp in (at - 8 + life, at + 30 * 86400):
        refuse(forge(payload=good_claims() | {"iat": at - 9, "exp": exp}), verify, "longer life")


@pytest.mark.parametrize("nbf", [60, 10**9])
def test_it_refuses_a_token_before_its_nbf(verify: kit.Verify, nbf: int) -> None:
    claims = good_claims() | {"nbf": int(time.time()) + nbf}
    refuse(forge(payload=claims), verify, "InvalidClaim")


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


@pytest.mark.parametrize("name", ["exp", "iat", "iss", "aud", "sub", "jti"])
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


@pytest.mark.parametrize("name", ["sub", "jti"])
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
    refuse(forge(good_header() | {"typ": typ}), verify, "header")


@pytest.mark.parametrize("name", ["alg", "enc", "typ"])
def test_it_refuses_a_header_without(verify: kit.Verify, name: str) -> None:
    header = good_header()
    del header[name]
    refuse(forge(header), verify, "header")


@pytest.mark.parametrize(
    "alg", ["none", "None", "", None, ["dir"], "DIR", "A256KW", "A256GCMKW", "ECDH-ES", "RSA-OAEP"]
)
def test_it_refuses_the_algorithm(verify: kit.Verify, alg: Any) -> None:
    refuse(forge(good_header() | {"alg": alg}), verify, "header")


@pytest.mark.parametrize(
    "enc", ["A128GCM", "A192GCM", "A128CBC-HS256", "none", "", None, "a256gcm"]
)
def test_it_refuses_the_encryption(verify: kit.Verify, enc: Any) -> None:
    refuse(forge(good_header() | {"enc": enc}), verify, "header")


def test_it_refuses_a_weaker_encryption_under_a_part_of_its_key(verify: kit.Verify) -> None:
    refuse(forge(good_header() | {"enc": "A128GCM"}, cek=OURS[:16]), verify, "header")


def test_it_refuses_a_wrapped_key(verify: kit.Verify) -> None:
    cek = secrets.token_bytes(32)
    wrapped = keywrap.aes_key_wrap(OURS, cek)
    token = forge(good_header() | {"alg": "A256KW"}, cek=cek, encrypted_key=wrapped)
    refuse(token, verify, "header")


@pytest.mark.parametrize("count", [1000, 2**31 - 1])
def test_it_spends_no_time_on_a_password_based_key(verify: kit.Verify, count: int) -> None:
    """A sender who may choose p2c may choose how long the service computes."""
    header = good_header() | {"alg": "PBES2-HS512+A256KW", "p2s": b64(b"salt" * 4), "p2c": count}
    cek = secrets.token_bytes(32)
    salt = b"PBES2-HS512+A256KW\0" + b"salt" * 4
    wrapping = PBKDF2HMAC(hashes.SHA512(), 32, salt, 1000).derive(OURS)
    token = forge(header, cek=cek, encrypted_key=keywrap.aes_key_wrap(wrapping, cek))
    start = time.perf_counter()
    refuse(token, verify, "header")
    assert time.perf_counter() - start < 0.1


def test_it_refuses_a_compressed_payload(verify: kit.Verify) -> None:
    deflate = zlib.compressobj(wbits=-15)
    bomb = deflate.compress(json.dumps(good_claims() | {"a": "x" * 10**6}).encode())
    bomb += deflate.flush()
    refuse(forge(good_header() | {"zip": "DEF"}, bomb), verify, "header")
    refuse(forge(good_header() | {"zip": "GZ"}), verify, "header")


@pytest.mark.parametrize(
    "extra",
    [
        {"jwk": {"kty": "oct", "k": "AAAA"}},
        {"jku": "https://evil.example/keys.json"},
        {"x5u": "https://evil.example/cert.pem"},
        {"x5c": ["MIIB"]},
        {"apu": "QQ"},
        {"kid": "../../dev/null"},
        {"crit": ["exp"], "exp": 1},
        {"crit": []},
        {"cty": "JWT"},
        {"iss": kit.ISSUER},
        {"p2c": 1},
        {"epk": {}},
    ],
)
def test_it_refuses_a_header_that_brings(verify: kit.Verify, extra: Any) -> None:
    refuse(forge(good_header() | extra), verify, "header")


@pytest.mark.parametrize("header", [b"[]", b"null", b'"alg"', b"{", b"", b"\xff\xfe", b"[" * 1500])
def test_it_refuses_a_header_that_is_no_object(verify: kit.Verify, header: bytes) -> None:
    refuse(forge(header), verify)


# Encryption


def test_it_hides_the_claims(issue: kit.Issue, verify: kit.Verify) -> None:
    token = issue("user-1", {"diagnosis": "measles"})
    assert not any(b"measles" in unb64(part) for part in token.split("."))
    assert verify(token)["diagnosis"] == "measles"


def test_it_refuses_a_token_made_with_another_key(verify: kit.Verify) -> None:
    refuse(forge(cek=secrets.token_bytes(32)), verify, "none of our keys")


def test_it_draws_a_new_iv_for_every_token(issue: kit.Issue) -> None:
    assert len({issue("user-1").split(".")[2] for _ in range(100)}) == 100


@pytest.mark.parametrize("size", [0, 1, 4, 8, 12, 15])
def test_it_refuses_a_short_tag(verify: kit.Verify, size: int) -> None:
    refuse(forge(tag_size=size), verify, "wrong length")


def test_it_refuses_a_long_tag(verify: kit.Verify) -> None:
    refuse(forge() + b64(b"\0" * 3), verify)


@pytest.mark.parametrize("size", [8, 11, 13, 16, 64])
def test_it_refuses_an_iv_of_another_length(verify: kit.Verify, size: int) -> None:
    refuse(forge(iv_size=size), verify, "wrong length")


@pytest.mark.parametrize("encrypted_key", [OURS, b"\0", b"\0" * 40])
def test_it_refuses_an_encrypted_key(verify: kit.Verify, encrypted_key: bytes) -> None:
    refuse(forge(encrypted_key=encrypted_key), verify, "wrong length")


def test_it_refuses_a_change_of_any_one_byte(verify: kit.Verify) -> None:
    parts = [unb64(part) for part in forge().split(".")]
    for which, part in enumerate(parts):
        for at in range(len(part)):
            changed = bytes([*part[:at], part[at] ^ 1, *part[at + 1 :]])
            refuse(".".join(map(b64, [*parts[:which], changed, *parts[which + 1 :]])), verify)


def test_it_refuses_a_signed_token(verify: kit.Verify) -> None:
    header = {"alg": "HS256", "typ": "at+jwt"}
    refuse(".".join(b64(json.dumps(part).encode()) for part in (header, good_claims(), 1)), verify)


def in_json(token: str, general: bool) -> str:
    """The JSON serialisations of RFC 7516: nobody asked for them, so they are no tokens here."""
    names = ("protected", "encrypted_key", "iv", "ciphertext", "tag")
    parts: dict[str, Any] = dict(zip(names, token.split("."), strict=True))
    key = {"encrypted_key": parts.pop("encrypted_key")}
    return json.dumps(parts | ({"recipients": [key]} if general else key))


@pytest.mark.parametrize("general", [True, False])
def test_it_refuses_its_own_parts_in_json(verify: kit.Verify, general: bool) -> None:
    refuse(in_json(forge(), general), verify)


def test_it_refuses_parts_of_two_tokens_put_together(verify: kit.Verify) -> None:
    one, other = (token.split(".") for token in (forge(), forge()))
    for which in (2, 3, 4):
        mixed = [*one[:which], other[which], *one[which + 1 :]]
        refuse(".".join(mixed), verify, "none of our keys")


def test_it_reads_the_last_of_two_equal_names_as_rfc_7516_and_7519_allow(
    verify: kit.Verify,
) -> None:
    """What counts is that the check of the header and joserfc never read different values."""
    text = json.dumps(good_header())
    assert verify(forge(('{"enc": "A128GCM", ' + text[1:]).encode()))["sub"] == "user-1"
    refuse(forge((text[:-1] + ', "enc": "A128GCM"}').encode()), verify, "header")
    claims = json.dumps(good_claims())
    assert verify(forge(payload=('{"sub": "admin", ' + claims[1:]).encode()))["sub"] == "user-1"
    refuse(forge(payload=(claims[:-1] + ', "exp": 1}').encode()), verify, "Expired")


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
def test_it_refuses_a_token_of_another_shape(
    verify: kit.Verify, spoil: Callable[[str], Any]
) -> None:
    refuse(spoil(forge()), verify)


def test_it_refuses_a_token_that_is_not_ascii(verify: kit.Verify) -> None:
    refuse(forge() + "é", verify, "not ASCII")
    refuse(forge().replace("e", "\uff45", 1), verify, "not ASCII")


def test_it_refuses_unused_bits_in_the_last_character(verify: kit.Verify) -> None:
    """A tag of 16 bytes takes 22 characters, and leaves 4 bits: it has 16 spellings."""
    token = forge()
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spelling = token[:-1] + alphabet[alphabet.index(token[-1]) + 1]
    assert unb64(spelling.rsplit(".")[-1]) == unb64(token.rsplit(".")[-1])
    refuse(spelling, verify, "canonical")


def test_it_refuses_a_signed_token_above_the_size_limit(verify: kit.Verify) -> None:
    room = good_claims() | {"pad": ""}
    fits = kit.MAX_LENGTH - len(forge(payload=room)) - 8
    assert verify(forge(payload=room | {"pad": "x" * (fits * 3 // 4)}))
    refuse(forge(payload=room | {"pad": "x" * kit.MAX_LENGTH}), verify, "too long")


# Keys


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
@pytest.mark.parametrize("place", ["alone", "first", "last"])
def test_it_refuses_the_key(monkeypatch: pytest.MonkeyPatch, which: str, place: str) -> None:
    text, reason = UNFIT[which]
    # A good key beside it does not help.
    good = b64(secrets.token_bytes(32))
    value = {"alone": text, "first": f"{text},{good}", "last": f"{good},{text}"}[place]
    monkeypatch.setenv("JWE_KEYS", value)
    for start in (kit.issuer, kit.verifier):
        with pytest.raises(kit.ConfigurationError, match=f"JWE_KEYS .*({reason})") as caught:
            start()
        assert "python tokens.py new-key" in str(caught.value)
        assert not text or text not in str(caught.value)


def test_it_refuses_a_missing_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("JWE_KEYS")
    for start in (kit.issuer, kit.verifier):
        with pytest.raises(kit.ConfigurationError, match="JWE_KEYS"):
            start()


def test_it_refuses_more_keys_than_a_change_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    two = [secrets.token_urlsafe(32) for _ in range(2)]
    monkeypatch.setenv("JWE_KEYS", ",".join([*two, secrets.token_urlsafe(32)]))
    with pytest.raises(kit.ConfigurationError, match="more than two"):
        kit.verifier()
    monkeypatch.setenv("JWE_KEYS", ",".join([two[0], two[0]]))
    with pytest.raises(kit.ConfigurationError, match="twice"):
        kit.verifier()


def test_it_never_refuses_a_random_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2000):
        monkeypatch.setenv("JWE_KEYS", keys.new_keys()["JWE_KEYS"])
        assert len(keys.load_keys()) == 1


def test_it_issues_with_the_first_key_and_accepts_both(monkeypatch: pytest.MonkeyPatch) -> None:
    new, old = b64(secrets.token_bytes(32)), b64(OURS)
    before = kit.issuer()
    monkeypatch.setenv("JWE_KEYS", f"{new},{old}")
    verify, token = kit.verifier(), kit.issuer()("user-1")
    assert verify(token)
    assert verify(before("user-1"))
    monkeypatch.setenv("JWE_KEYS", new)
    assert kit.verifier()(token)
    refuse(before("user-1"), kit.verifier(), "none of our keys")
    monkeypatch.setenv("JWE_KEYS", old)
    refuse(token, kit.verifier(), "none of our keys")


def test_it_checks_claims_under_the_old_key_too(monkeypatch: pytest.MonkeyPatch) -> None:
    token = samples.expired()
    monkeypatch.setenv("JWE_KEYS", f"{secrets.token_urlsafe(32)},{b64(OURS)}")
    refuse(token, kit.verifier(), "ExpiredToken")
    refuse(forge(payload=good_claims() | {"aud": "x"}), kit.verifier(), "refused")


def test_it_reads_its_keys_at_the_start_and_not_again(
    monkeypatch: pytest.MonkeyPatch, issue: kit.Issue, verify: kit.Verify
) -> None:
    monkeypatch.delenv("JWE_KEYS")
    assert verify(issue("user-1"))


# python tokens.py new-key


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "tokens.py", *arguments]
    here = Path(kit.__file__).parent
    return subprocess.run(command, cwd=here, capture_output=True, text=True, check=False)


def test_it_makes_a_fresh_key_that_a_shell_and_an_env_file_can_take(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = [run("new-key") for _ in range(2)]
    assert [result.returncode for result in made] == [0, 0]
    assert made[0].stdout != made[1].stdout
    (line,) = made[0].stdout.splitlines()
    assert line.count("'") == 2
    assert line.endswith("'")
    name, value = shlex.split(line)[0].split("=", 1)
    assert name == "JWE_KEYS"
    monkeypatch.setenv(name, value)
    assert kit.verifier()(kit.issuer()("user-1"))
    refuse(forge(), kit.verifier(), "none of our keys")


@pytest.mark.parametrize("arguments", [[], ["new-keys"], ["new-key", "x"]])
def test_it_makes_no_key_unless_asked(arguments: list[str]) -> None:
    result = run(*arguments)
    assert (result.returncode, result.stdout) == (1, "")
    assert "python tokens.py new-key" in result.stderr


def test_it_changes_keys_under_load_and_refuses_no_good_token(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    """Two machines of one service, each restarted alone, in the order of README.md."""
    old, new = (keys.new_keys()["JWE_KEYS"] for _ in range(2))

    def restart(value: str) -> tuple[str, kit.Issue, kit.Verify]:
        monkeypatch.setenv("JWE_KEYS", value)
        return ("old" if value.startswith(old) else "new", kit.issuer(), kit.verifier())

    machines = [restart(old)] * 2
    before = machines[0][1]
    issued = deque([("old", clock.at, before("user-0"))], maxlen=60)
    accepted = [Counter[str](), Counter[str]()]
    refused: list[str] = []
    stop = threading.Event()

    def issuing(which: int) -> None:
        while not stop.is_set():
            (key, issue, _), at = machines[which], clock.at
            issued.append((key, at, issue("user-1")))

    def checking(which: int) -> None:
        while not stop.is_set():
            key, at, token = random.choice(issued)
            try:
                machines[which][2](token)
                accepted[which][key] += 1
            except kit.InvalidToken as error:
                if clock.at < at + LIFE:
                    refused.append(f"{key}: {error}")

    with ThreadPoolExecutor() as pool:
        jobs = [pool.submit(job, which) for job in (issuing, checking) for which in (0, 1)]

        def work(key: str) -> None:
            """Goes on until both machines have accepted 20 more tokens of the key."""
            goals, end = [count[key] + 20 for count in accepted], time.monotonic() + 30
            while any(count[key] < goal for count, goal in zip(accepted, goals, strict=True)):
                assert time.monotonic() < end, refused
                assert not any(job.done() for job in jobs)
                time.sleep(0.002)

        try:
            work("old")
            for which in (0, 1):
                machines[which] = restart(f"{old},{new}")
                work("old")
            for which in (0, 1):
                machines[which] = restart(f"{new},{old}")
                work("new")
            clock.at += LIFE
            for which in (0, 1):
                machines[which] = restart(new)
                work("new")
        finally:
            stop.set()
    for job in jobs:
        job.result()
    assert refused == []
    # A fresh token of the old key, which only a thief can still make.
    for _, _, verify in machines:
        refuse(before("user-1"), verify, "none of our keys")
