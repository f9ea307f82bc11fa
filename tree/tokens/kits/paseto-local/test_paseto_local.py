"""Attacks on paseto_local. Forged tokens are built by hand, and encrypted by pyseto."""

import base64
import json
import os
import secrets
import subprocess
import sys
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import paseto_local as kit
import pyseto
import pytest

OURS = secrets.token_bytes(32)
STRANGER = secrets.token_bytes(32)
ASSERTION = f"access token for {kit.AUDIENCE}".encode()


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> pyseto.KeyInterface:
    monkeypatch.setenv("PASETO_LOCAL_KEY", b64(OURS))
    return kit.load_key()


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


def forge(
    payload: Any = None,
    *,
    key: bytes = OURS,
    footer: bytes = b"",
    assertion: bytes = ASSERTION,
) -> str:
    payload = good_claims() if payload is None else payload
    message = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    local = pyseto.Key.new(4, "local", key)
    return pyseto.encode(local, message, footer, assertion).decode()


def refuse(token: Any, key: pyseto.KeyInterface, reason: str | None = None) -> None:
    with pytest.raises(kit.InvalidToken, match=reason) as caught:
        kit.verify(token, key)
    if token:
        assert str(token) not in str(caught.value)


def test_it_accepts_what_it_issues(key: pyseto.KeyInterface) -> None:
    claims = kit.verify(kit.issue(key, "user-1", {"scope": "read"}), key)
    assert claims["sub"] == "user-1"
    assert claims["scope"] == "read"
    assert (claims["iss"], claims["aud"]) == (kit.ISSUER, kit.AUDIENCE)
    lifetime = datetime.fromisoformat(claims["exp"]) - datetime.fromisoformat(claims["iat"])
    assert lifetime == timedelta(minutes=kit.ACCESS_MINUTES)


def test_it_gives_every_token_its_own_jti(key: pyseto.KeyInterface) -> None:
    assert len({kit.verify(kit.issue(key, "user-1"), key)["jti"] for _ in range(5)}) == 5


def test_it_accepts_the_hand_made_token_on_which_the_attacks_build(
    key: pyseto.KeyInterface,
) -> None:
    assert kit.verify(forge(), key)["sub"] == "user-1"


def test_it_does_not_let_further_claims_replace_its_own(key: pyseto.KeyInterface) -> None:
    claims = kit.verify(kit.issue(key, "user-1", {"sub": "admin", "exp": iso(9**9)}), key)
    assert claims["sub"] == "user-1"
    assert claims["exp"] < iso(9**5)


def test_it_issues_no_token_without_a_subject(key: pyseto.KeyInterface) -> None:
    with pytest.raises(ValueError, match="subject"):
        kit.issue(key, "")


# Time


@pytest.mark.parametrize("shift", [-kit.ACCESS_MINUTES * 60 - 31, 60])
def test_it_refuses_a_token_outside_its_time(
    key: pyseto.KeyInterface,
    monkeypatch: pytest.MonkeyPatch,
    shift: int,
) -> None:
    token = kit.issue(key, "user-1")
    at = datetime.now(UTC) - timedelta(seconds=shift)
    # Only this module's clock moves, so that pyseto's own check cannot hide a missing one.
    monkeypatch.setattr(kit, "now", lambda: at)
    refuse(token, key, "expired, or not valid yet")


def test_it_refuses_a_token_that_expired_by_the_clock_of_the_system(
    key: pyseto.KeyInterface,
) -> None:
    refuse(forge(good_claims() | {"exp": iso(-31)}), key)
    assert kit.verify(forge(good_claims() | {"exp": iso(-20)}), key)


@pytest.mark.parametrize("name", ["iat", "nbf"])
def test_it_refuses_a_token_from_the_future(key: pyseto.KeyInterface, name: str) -> None:
    refuse(forge(good_claims() | {name: iso(60)}), key)
    assert kit.verify(forge(good_claims() | {name: iso(20)}), key)


@pytest.mark.parametrize("name", ["iat", "nbf"])
def test_it_refuses_a_token_that_is_early_by_its_own_clock_alone(
    key: pyseto.KeyInterface, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    at = datetime.now(UTC) - timedelta(seconds=300)
    monkeypatch.setattr(kit, "now", lambda: at)
    claims = good_claims() | {"iat": iso(-600), "nbf": iso(-600)}
    assert kit.verify(forge(claims), key)
    refuse(forge(claims | {name: iso(0)}), key, "not valid yet")


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
    key: pyseto.KeyInterface, name: str, value: Any
) -> None:
    refuse(forge(good_claims() | {name: value}), key)


@pytest.mark.parametrize(
    ("name", "value"),
    [("exp", "9999-12-31T23:59:59+00:00"), ("iat", "9999-12-31T23:59:59+00:00")],
)
def test_it_survives_a_time_at_the_end_of_the_calendar(
    key: pyseto.KeyInterface, name: str, value: str
) -> None:
    refuse(forge(good_claims() | {name: value}), key)


# Claims


@pytest.mark.parametrize("name", ["exp", "iat", "nbf", "iss", "aud", "sub", "jti"])
def test_it_refuses_a_token_without(key: pyseto.KeyInterface, name: str) -> None:
    claims = good_claims()
    del claims[name]
    refuse(forge(claims), key)


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
def test_it_refuses_the_issuer(key: pyseto.KeyInterface, iss: Any) -> None:
    refuse(forge(good_claims() | {"iss": iss}), key, "wrong iss")


def test_it_does_not_read_the_issuer_from_the_footer(key: pyseto.KeyInterface) -> None:
    claims = good_claims()
    del claims["iss"]
    refuse(forge(claims, footer=json.dumps({"iss": kit.ISSUER}).encode()), key)


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
def test_it_refuses_the_audience(key: pyseto.KeyInterface, aud: Any) -> None:
    refuse(forge(good_claims() | {"aud": aud}), key, "wrong iss or aud")


@pytest.mark.parametrize("name", ["sub", "jti"])
@pytest.mark.parametrize("value", ["", 7, None, ["user-1"]])
def test_it_refuses_an_unfit(key: pyseto.KeyInterface, name: str, value: Any) -> None:
    refuse(forge(good_claims() | {name: value}), key, "no sub or jti")


@pytest.mark.parametrize(
    "payload", [b"[]", b'"text"', b"null", b"7", b"{", b"\xff", b"[" * 1500, b'["exp"]']
)
def test_it_refuses_a_payload_that_is_no_object(key: pyseto.KeyInterface, payload: bytes) -> None:
    refuse(forge(payload), key)


@pytest.mark.parametrize("name", ["sub", "exp", "iss", "scope"])
def test_it_refuses_a_payload_that_names_a_claim_twice(key: pyseto.KeyInterface, name: str) -> None:
    claims = json.dumps(good_claims() | {"scope": "read"})
    again = json.dumps({name: good_claims().get(name, "write")})
    refuse(forge(f"{claims[:-1]}, {again[1:]}".encode()), key)


def test_it_refuses_a_name_that_stands_twice_deep_inside(key: pyseto.KeyInterface) -> None:
    claims = json.dumps(good_claims())
    refuse(forge(f'{claims[:-1]}, "a": {{"b": 1, "b": 2}}}}'.encode()), key)


# What the tag covers


@pytest.mark.parametrize(
    "assertion",
    [
        b"",
        b"refresh token for https://api.example.com",
        b"access token for https://other.example.com",
        ASSERTION + b" ",
        ASSERTION.upper(),
    ],
)
def test_it_refuses_the_implicit_assertion(key: pyseto.KeyInterface, assertion: bytes) -> None:
    refuse(forge(assertion=assertion), key, "DecryptError")


def test_it_refuses_a_footer_even_if_it_is_authentic(key: pyseto.KeyInterface) -> None:
    refuse(forge(footer=b'{"kid":"a"}'), key, "footer|base64url")


def test_it_refuses_a_footer_that_was_added_stripped_or_swapped(
    key: pyseto.KeyInterface,
) -> None:
    refuse(forge() + "." + b64(b'{"kid":"a"}'), key, "footer|base64url")
    refuse(forge(footer=b"a").rsplit(".", 1)[0], key, "DecryptError")
    refuse(forge(footer=b"a").rsplit(".", 1)[0] + "." + b64(b"b"), key, "footer|base64url")


@pytest.mark.parametrize(
    "header",
    [
        "v1.local.",
        "v2.local.",
        "v3.local.",
        "v5.local.",
        "v4.public.",
        "v2.public.",
        "V4.local.",
        "v4.LOCAL.",
        "v4.local",
        "v4local.",
        "v4..",
        "",
    ],
)
def test_it_refuses_the_header(key: pyseto.KeyInterface, header: str) -> None:
    refuse(header + forge().removeprefix("v4.local."), key, "not v4.local|base64url")


@pytest.mark.parametrize(("version", "size"), [(2, 32), (3, 32)])
def test_it_refuses_a_token_of_an_older_version_made_with_its_key(
    key: pyseto.KeyInterface, version: int, size: int
) -> None:
    older = pyseto.Key.new(version, "local", OURS[:size])
    token = pyseto.encode(older, json.dumps(good_claims())).decode()
    refuse(token, key, "not v4.local")
    refuse("v4.local." + token.split(".")[2], key)


def test_it_refuses_a_public_token(key: pyseto.KeyInterface) -> None:
    signing = pyseto.Key.from_asymmetric_key_params(4, d=OURS)
    token = pyseto.encode(signing, json.dumps(good_claims()), implicit_assertion=ASSERTION).decode()
    refuse(token, key, "not v4.local")
    refuse(token.replace("v4.public.", "v4.local."), key, "DecryptError")


def test_it_refuses_a_jwt(key: pyseto.KeyInterface) -> None:
    refuse(f"{b64(b'{}')}.{b64(json.dumps(good_claims()).encode())}.{b64(OURS)}", key, "not v4")


@pytest.mark.parametrize("other", [STRANGER, OURS[:31], OURS[:6], OURS + b"\0", b"secret"])
def test_it_refuses_a_token_made_with_another_key(key: pyseto.KeyInterface, other: bytes) -> None:
    refuse(forge(key=other), key, "DecryptError")


def test_it_hides_the_claims(key: pyseto.KeyInterface) -> None:
    token = kit.issue(key, "user-1", {"diagnosis": "measles"})
    assert b"measles" not in unb64(token.removeprefix("v4.local."))
    assert kit.verify(token, key)["diagnosis"] == "measles"


def test_it_refuses_a_change_of_any_one_byte(key: pyseto.KeyInterface) -> None:
    raw = unb64(forge().removeprefix("v4.local."))
    for at in range(len(raw)):
        changed = bytes([*raw[:at], raw[at] ^ 1, *raw[at + 1 :]])
        refuse("v4.local." + b64(changed), key)


@pytest.mark.parametrize("left", [0, 1, 31, 32, 33, 63, 64, 65, -1, -32])
def test_it_refuses_a_body_that_was_cut(key: pyseto.KeyInterface, left: int) -> None:
    refuse("v4.local." + b64(unb64(forge().removeprefix("v4.local."))[:left]), key)


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
        lambda token: token + ".",
        lambda token: token + "..",
        lambda _: "v4.local.",
        lambda _: "v4.local.A",
        lambda _: "." * 3000,
        lambda _: "v4.local." + "A" * 1_000_000,
        lambda token: token + token,
        lambda token: "Bearer " + token,
    ],
)
def test_it_refuses_a_token_of_another_shape(
    key: pyseto.KeyInterface, spoil: Callable[[str], Any]
) -> None:
    refuse(spoil(forge()), key)


def test_it_refuses_what_pyseto_would_accept(key: pyseto.KeyInterface) -> None:
    """The reason for the check of the shape: the library verifies this token."""
    token = forge()
    junk = token[:30] + "!!!!" + token[30:]
    assert pyseto.decode(key, junk, ASSERTION).payload
    refuse(junk, key, "canonical")


def test_it_refuses_a_token_that_is_not_ascii(key: pyseto.KeyInterface) -> None:
    refuse(forge() + "é", key, "not ASCII")
    refuse(forge().replace("e", "\uff45", 1), key, "not ASCII")


def test_it_refuses_unused_bits_in_the_last_character(key: pyseto.KeyInterface) -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    token = next(
        token
        for length in range(3)
        if len(unb64((token := forge(good_claims() | {"a": "x" * length}))[9:])) % 3
    )
    spelling = token[:-1] + alphabet[alphabet.index(token[-1]) + 1]
    assert unb64(spelling[9:]) == unb64(token[9:])
    refuse(spelling, key, "canonical")


def test_it_refuses_a_genuine_token_above_the_size_limit(key: pyseto.KeyInterface) -> None:
    room = good_claims() | {"pad": ""}
    fits = kit.MAX_LENGTH - len(forge(room)) - 8
    assert kit.verify(forge(room | {"pad": "x" * (fits * 3 // 4)}), key)
    refuse(forge(room | {"pad": "x" * kit.MAX_LENGTH}), key, "too long")


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
    monkeypatch.setenv("PASETO_LOCAL_KEY", text)
    with pytest.raises(kit.ConfigurationError, match=reason) as caught:
        kit.load_key()
    assert "secrets.token_urlsafe(32)" in str(caught.value)
    assert not text or text not in str(caught.value)


def test_it_refuses_a_missing_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PASETO_LOCAL_KEY", raising=False)
    with pytest.raises(kit.ConfigurationError):
        kit.load_key()


def test_it_never_refuses_a_random_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2000):
        monkeypatch.setenv("PASETO_LOCAL_KEY", secrets.token_urlsafe(32))
        assert kit.load_key()


def test_it_reads_a_key_made_by_the_documented_line() -> None:
    line = "import secrets; print(secrets.token_urlsafe(32))"
    assert f'python -c "{line}"' in (kit.__doc__ or "")
    made = subprocess.run([sys.executable, "-c", line], capture_output=True, check=True).stdout
    load = "import paseto_local as kit; kit.verify(kit.issue(kit.load_key(), 'a'), kit.load_key())"
    here = Path(kit.__file__).parent
    environment = os.environ | {"PASETO_LOCAL_KEY": made.decode().strip()}
    subprocess.run([sys.executable, "-c", load], check=True, cwd=here, env=environment)
