"""Attacks on paseto_public. Forged tokens are built by hand, from the Paseto specification."""

import base64
import json
import subprocess
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import paseto_public as kit
import pyseto
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

OURS = ed25519.Ed25519PrivateKey.generate()
STRANGER = ed25519.Ed25519PrivateKey.generate()
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


@pytest.fixture
def private(monkeypatch: pytest.MonkeyPatch) -> pyseto.KeyInterface:
    monkeypatch.setenv("PASETO_PRIVATE_KEY", pem(OURS))
    return kit.load_private_key()


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> list[pyseto.KeyInterface]:
    monkeypatch.setenv("PASETO_PUBLIC_KEYS", pem(OURS.public_key()))
    return kit.load_public_keys()


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


def refuse(token: Any, keys: list[pyseto.KeyInterface], reason: str | None = None) -> None:
    with pytest.raises(kit.InvalidToken, match=reason) as caught:
        kit.verify(token, keys)
    if token:
        assert str(token) not in str(caught.value)


def test_it_accepts_what_it_issues(
    private: pyseto.KeyInterface, keys: list[pyseto.KeyInterface]
) -> None:
    claims = kit.verify(kit.issue(private, "user-1", {"scope": "read"}), keys)
    assert claims["sub"] == "user-1"
    assert claims["scope"] == "read"
    assert (claims["iss"], claims["aud"]) == (kit.ISSUER, kit.AUDIENCE)
    lifetime = datetime.fromisoformat(claims["exp"]) - datetime.fromisoformat(claims["iat"])
    assert lifetime == timedelta(minutes=kit.ACCESS_MINUTES)


def test_it_gives_every_token_its_own_jti(
    private: pyseto.KeyInterface, keys: list[pyseto.KeyInterface]
) -> None:
    assert len({kit.verify(kit.issue(private, "user-1"), keys)["jti"] for _ in range(5)}) == 5


def test_it_accepts_the_hand_made_token_on_which_the_attacks_build(
    keys: list[pyseto.KeyInterface],
) -> None:
    assert kit.verify(forge(), keys)["sub"] == "user-1"


def test_it_does_not_let_further_claims_replace_its_own(
    private: pyseto.KeyInterface, keys: list[pyseto.KeyInterface]
) -> None:
    claims = kit.verify(kit.issue(private, "user-1", {"sub": "admin", "exp": iso(9**9)}), keys)
    assert claims["sub"] == "user-1"
    assert claims["exp"] < iso(9**5)


def test_it_issues_no_token_without_a_subject(private: pyseto.KeyInterface) -> None:
    with pytest.raises(ValueError, match="subject"):
        kit.issue(private, "")


# Time


@pytest.mark.parametrize("shift", [-kit.ACCESS_MINUTES * 60 - 31, 60])
def test_it_refuses_a_token_outside_its_time(
    private: pyseto.KeyInterface,
    keys: list[pyseto.KeyInterface],
    monkeypatch: pytest.MonkeyPatch,
    shift: int,
) -> None:
    token = kit.issue(private, "user-1")
    at = datetime.now(UTC) - timedelta(seconds=shift)
    # Only this module's clock moves, so that pyseto's own check cannot hide a missing one.
    monkeypatch.setattr(kit, "now", lambda: at)
    refuse(token, keys, "expired, or not valid yet")


def test_it_refuses_a_token_that_expired_by_the_clock_of_the_system(
    keys: list[pyseto.KeyInterface],
) -> None:
    refuse(forge(good_claims() | {"exp": iso(-31)}), keys)
    assert kit.verify(forge(good_claims() | {"exp": iso(-20)}), keys)


@pytest.mark.parametrize("name", ["iat", "nbf"])
def test_it_refuses_a_token_from_the_future(keys: list[pyseto.KeyInterface], name: str) -> None:
    refuse(forge(good_claims() | {name: iso(60)}), keys)
    assert kit.verify(forge(good_claims() | {name: iso(20)}), keys)


@pytest.mark.parametrize("name", ["iat", "nbf"])
def test_it_refuses_a_token_that_is_early_by_its_own_clock_alone(
    keys: list[pyseto.KeyInterface], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    at = datetime.now(UTC) - timedelta(seconds=300)
    monkeypatch.setattr(kit, "now", lambda: at)
    claims = good_claims() | {"iat": iso(-600), "nbf": iso(-600)}
    assert kit.verify(forge(claims), keys)
    refuse(forge(claims | {name: iso(0)}), keys, "not valid yet")


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
    keys: list[pyseto.KeyInterface], name: str, value: Any
) -> None:
    refuse(forge(good_claims() | {name: value}), keys)


@pytest.mark.parametrize(
    ("name", "value"),
    [("exp", "9999-12-31T23:59:59+00:00"), ("iat", "9999-12-31T23:59:59+00:00")],
)
def test_it_survives_a_time_at_the_end_of_the_calendar(
    keys: list[pyseto.KeyInterface], name: str, value: str
) -> None:
    refuse(forge(good_claims() | {name: value}), keys)


# Claims


@pytest.mark.parametrize("name", ["exp", "iat", "nbf", "iss", "aud", "sub", "jti"])
def test_it_refuses_a_token_without(keys: list[pyseto.KeyInterface], name: str) -> None:
    claims = good_claims()
    del claims[name]
    refuse(forge(claims), keys)


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
def test_it_refuses_the_issuer(keys: list[pyseto.KeyInterface], iss: Any) -> None:
    refuse(forge(good_claims() | {"iss": iss}), keys, "wrong iss")


def test_it_does_not_read_the_issuer_from_the_footer(keys: list[pyseto.KeyInterface]) -> None:
    claims = good_claims()
    del claims["iss"]
    refuse(forge(claims, footer=json.dumps({"iss": kit.ISSUER}).encode()), keys)


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
def test_it_refuses_the_audience(keys: list[pyseto.KeyInterface], aud: Any) -> None:
    refuse(forge(good_claims() | {"aud": aud}), keys, "wrong iss or aud")


@pytest.mark.parametrize("name", ["sub", "jti"])
@pytest.mark.parametrize("value", ["", 7, None, ["user-1"]])
def test_it_refuses_an_unfit(keys: list[pyseto.KeyInterface], name: str, value: Any) -> None:
    refuse(forge(good_claims() | {name: value}), keys, "no sub or jti")


@pytest.mark.parametrize(
    "payload", [b"[]", b'"text"', b"null", b"7", b"{", b"\xff", b"[" * 1500, b'["exp"]']
)
def test_it_refuses_a_payload_that_is_no_object(
    keys: list[pyseto.KeyInterface], payload: bytes
) -> None:
    refuse(forge(payload), keys)


@pytest.mark.parametrize("name", ["sub", "exp", "iss", "scope"])
def test_it_refuses_a_payload_that_names_a_claim_twice(
    keys: list[pyseto.KeyInterface], name: str
) -> None:
    claims = json.dumps(good_claims() | {"scope": "read"})
    again = json.dumps({name: good_claims().get(name, "write")})
    refuse(forge(f"{claims[:-1]}, {again[1:]}".encode()), keys)


def test_it_refuses_a_name_that_stands_twice_deep_inside(keys: list[pyseto.KeyInterface]) -> None:
    claims = json.dumps(good_claims())
    refuse(forge(f'{claims[:-1]}, "a": {{"b": 1, "b": 2}}}}'.encode()), keys)


# What the signature covers


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
def test_it_refuses_the_implicit_assertion(
    keys: list[pyseto.KeyInterface], assertion: bytes
) -> None:
    refuse(forge(assertion=assertion), keys, "VerifyError")


def test_it_refuses_a_footer_even_if_it_is_signed(keys: list[pyseto.KeyInterface]) -> None:
    refuse(forge(footer=b'{"kid":"a"}'), keys, "footer|base64url")


def test_it_refuses_a_footer_that_was_added_stripped_or_swapped(
    keys: list[pyseto.KeyInterface],
) -> None:
    refuse(forge() + "." + b64(b'{"kid":"a"}'), keys, "footer|base64url")
    refuse(forge(footer=b"a").rsplit(".", 1)[0], keys, "VerifyError")
    refuse(forge(footer=b"b", signed_footer=b"a"), keys, "footer|base64url")


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
def test_it_refuses_the_header(keys: list[pyseto.KeyInterface], header: str, signed: bool) -> None:
    token = forge(header=header, signed_header=header if signed else "v4.public.")
    refuse(token, keys, "not v4.public|base64url")


def test_it_refuses_a_local_token_made_with_the_public_key(
    keys: list[pyseto.KeyInterface],
) -> None:
    """pyseto takes a PEM file, or any other 1 to 64 bytes, as the key of v4.local."""
    raw = OURS.public_key().public_bytes_raw()
    token = pyseto.encode(
        pyseto.Key.new(4, "local", raw), good_claims(), implicit_assertion=ASSERTION
    ).decode()
    refuse(token, keys, "not v4.public")
    refuse(token.replace("v4.local.", "v4.public."), keys, "VerifyError")


def test_it_refuses_a_jwt(keys: list[pyseto.KeyInterface]) -> None:
    header = b64(b'{"alg":"EdDSA"}')
    message = f"{header}.{b64(json.dumps(good_claims()).encode())}"
    refuse(f"{message}.{b64(OURS.sign(message.encode()))}", keys, "not v4.public")


def test_it_refuses_the_signature_of_another_key(keys: list[pyseto.KeyInterface]) -> None:
    refuse(forge(key=STRANGER), keys, "VerifyError")


def test_it_refuses_a_change_of_any_one_byte(keys: list[pyseto.KeyInterface]) -> None:
    raw = unb64(forge().removeprefix("v4.public."))
    for at in range(len(raw)):
        changed = bytes([*raw[:at], raw[at] ^ 1, *raw[at + 1 :]])
        refuse("v4.public." + b64(changed), keys)


@pytest.mark.parametrize("left", [0, 1, 63, 64, 65, -1, -64])
def test_it_refuses_a_body_that_was_cut(keys: list[pyseto.KeyInterface], left: int) -> None:
    refuse("v4.public." + b64(unb64(forge().removeprefix("v4.public."))[:left]), keys)


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
        lambda _: "v4.public.",
        lambda _: "v4.public.A",
        lambda _: "." * 3000,
        lambda _: "v4.public." + "A" * 1_000_000,
        lambda token: token + token,
        lambda token: "Bearer " + token,
    ],
)
def test_it_refuses_a_token_of_another_shape(
    keys: list[pyseto.KeyInterface], spoil: Callable[[str], Any]
) -> None:
    refuse(spoil(forge()), keys)


def test_it_refuses_what_pyseto_would_accept(keys: list[pyseto.KeyInterface]) -> None:
    """The reason for the check of the shape: the library verifies this token."""
    token = forge()
    junk = token[:30] + "!!!!" + token[30:]
    assert pyseto.decode(keys, junk, ASSERTION).payload
    refuse(junk, keys, "canonical")


def test_it_refuses_a_token_that_is_not_ascii(keys: list[pyseto.KeyInterface]) -> None:
    refuse(forge() + "é", keys, "not ASCII")
    refuse(forge().replace("e", "\uff45", 1), keys, "not ASCII")


def test_it_refuses_unused_bits_in_the_last_character(keys: list[pyseto.KeyInterface]) -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    token = next(
        token
        for length in range(3)
        if len(unb64((token := forge(good_claims() | {"a": "x" * length}))[10:])) % 3
    )
    spelling = token[:-1] + alphabet[alphabet.index(token[-1]) + 1]
    assert unb64(spelling[10:]) == unb64(token[10:])
    refuse(spelling, keys, "canonical")


def test_it_refuses_a_genuine_token_above_the_size_limit(keys: list[pyseto.KeyInterface]) -> None:
    room = good_claims() | {"pad": ""}
    fits = kit.MAX_LENGTH - len(forge(room)) - 8
    assert kit.verify(forge(room | {"pad": "x" * (fits * 3 // 4)}), keys)
    refuse(forge(room | {"pad": "x" * kit.MAX_LENGTH}), keys, "too long")


# Keys


def test_it_accepts_the_old_and_the_new_key_while_keys_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    both = pem(OURS.public_key()) + pem(STRANGER.public_key())
    monkeypatch.setenv("PASETO_PUBLIC_KEYS", both.replace("\n", "\\n"))
    keys = kit.load_public_keys()
    assert len(keys) == 2
    for key in (OURS, STRANGER):
        assert kit.verify(forge(key=key), keys)
    refuse(forge(key=ed25519.Ed25519PrivateKey.generate()), keys, "VerifyError")


def test_it_does_not_let_a_service_issue(keys: list[pyseto.KeyInterface]) -> None:
    with pytest.raises(ValueError, match="public key"):
        kit.issue(keys[0], "user-1")


UNFIT = {
    "unset": "",
    "text": "secret",
    "broken": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
    "P-256": pem(ec.generate_private_key(ec.SECP256R1())),
    "P-384": pem(ec.generate_private_key(ec.SECP384R1())),
    "RSA": pem(rsa.generate_private_key(public_exponent=65537, key_size=2048)),
}


@pytest.mark.parametrize("which", UNFIT)
def test_it_refuses_the_private_key(monkeypatch: pytest.MonkeyPatch, which: str) -> None:
    monkeypatch.setenv("PASETO_PRIVATE_KEY", UNFIT[which])
    with pytest.raises(kit.ConfigurationError, match=r"PASETO_PRIVATE_KEY .*openssl genpkey"):
        kit.load_private_key()


@pytest.mark.parametrize("which", UNFIT)
def test_it_refuses_the_public_key(monkeypatch: pytest.MonkeyPatch, which: str) -> None:
    text = UNFIT[which]
    if text.startswith("-----") and which != "broken":
        private = serialization.load_pem_private_key(text.encode(), None)
        text = pem(private.public_key())
    # A good key beside it does not help.
    good = pem(OURS.public_key()) if text.startswith("-----") else ""
    monkeypatch.setenv("PASETO_PUBLIC_KEYS", good + text)
    with pytest.raises(kit.ConfigurationError, match=r"PASETO_PUBLIC_KEYS .*openssl genpkey"):
        kit.load_public_keys()


def test_it_refuses_to_give_a_service_the_private_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASETO_PUBLIC_KEYS", pem(OURS))
    with pytest.raises(kit.ConfigurationError):
        kit.load_public_keys()


def test_it_refuses_an_encrypted_private_key(monkeypatch: pytest.MonkeyPatch) -> None:
    form = serialization.PrivateFormat.PKCS8
    locked = serialization.BestAvailableEncryption(b"pass")
    text = OURS.private_bytes(serialization.Encoding.PEM, form, locked).decode()
    monkeypatch.setenv("PASETO_PRIVATE_KEY", text)
    with pytest.raises(kit.ConfigurationError):
        kit.load_private_key()


def test_it_reads_a_key_made_by_the_documented_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    make = "openssl genpkey -algorithm ed25519"
    assert make in (kit.__doc__ or "")
    private = subprocess.run(make.split(), capture_output=True, check=True).stdout
    public = subprocess.run(
        ["openssl", "pkey", "-pubout"],
        input=private,
        capture_output=True,
        check=True,
    ).stdout
    monkeypatch.setenv("PASETO_PRIVATE_KEY", private.decode())
    monkeypatch.setenv("PASETO_PUBLIC_KEYS", public.decode())
    assert kit.verify(kit.issue(kit.load_private_key(), "user-1"), kit.load_public_keys())
