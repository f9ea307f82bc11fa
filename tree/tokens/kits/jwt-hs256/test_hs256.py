"""Attacks on the signature of HS256, and on its secret key."""

import hmac
import json
import secrets

import pytest

import keys
import tokens as kit
from by_hand import Verify, b64, refuse, unb64
from forging import FORGED, HEADER, KEYS, OURS, forge, good_claims, good_header, hs256


@pytest.mark.parametrize("alg", ["none", "None", "NONE", "nOnE", "", None, ["HS256"], "hs256"])
def test_it_refuses_the_algorithm_without_a_signature(verify: Verify, alg: object) -> None:
    refuse(forge(good_header() | {"alg": alg}, sign=lambda _: b""), verify, HEADER)


@pytest.mark.parametrize("alg", ["HS384", "HS512"])
def test_it_refuses_another_hmac_made_with_its_key(verify: Verify, alg: str) -> None:
    def sign(message: bytes) -> bytes:
        return hmac.new(OURS, message, alg.replace("HS", "sha")).digest()

    refuse(forge(good_header() | {"alg": alg}, sign=sign), verify, HEADER)
    refuse(forge(sign=sign), verify, FORGED)


@pytest.mark.parametrize("other", [secrets.token_bytes(32), b"", b"secret", OURS[:31], OURS[::-1]])
def test_it_refuses_the_signature_of_another_key(verify: Verify, other: bytes) -> None:
    refuse(forge(sign=lambda message: hs256(message, other)), verify, FORGED)


@pytest.mark.parametrize("cut", [0, 1, 16, 31])
def test_it_refuses_a_shortened_signature(verify: Verify, cut: int) -> None:
    refuse(forge(sign=lambda message: hs256(message)[:cut]), verify, FORGED)


def test_it_refuses_a_changed_payload(verify: Verify) -> None:
    header, payload, signature = forge().split(".")
    changed = json.loads(unb64(payload)) | {"sub": "admin"}
    refuse(f"{header}.{b64(json.dumps(changed).encode())}.{signature}", verify, FORGED)


def test_it_refuses_the_signature_of_another_token(verify: Verify) -> None:
    one, other = forge(), forge(payload=good_claims() | {"sub": "admin"})
    refuse(f"{other.rpartition('.')[0]}.{one.rpartition('.')[2]}", verify, FORGED)


def test_the_library_compares_signatures_in_constant_time(
    monkeypatch: pytest.MonkeyPatch, verify: Verify
) -> None:
    """Time itself cannot be tested here: a `==` would tell how far a guess was right."""
    compared = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append(one)
        return constant_time(one, other)

    constant_time = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", compare)
    token = forge()
    assert verify(token)
    assert unb64(token.rpartition(".")[2]) in compared


@pytest.mark.parametrize("size", [32, 33, 48, 64, 128])
def test_it_takes_a_random_key_of_32_bytes_or_more(
    monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setenv(KEYS, secrets.token_urlsafe(size))
    assert [len(key) for key in keys.load_keys()] == [size]
    assert kit.verifier()(kit.issuer()("user-1"))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b64(b"correct horse battery staple, twice over"), "readable"),
        (b64(OURS.hex().encode()), "readable"),
        (("correct-horse-battery-staple-" * 2)[:44], "one case"),
        (OURS.hex(), "one case"),
        ("CHANGE-ME-BEFORE-YOU-GO-TO-PRODUCTION-PLEASE", "one case"),
    ],
    ids=["encoded passphrase", "encoded hexadecimal", "passphrase", "hexadecimal", "capitals"],
)
def test_it_refuses_a_long_key_that_is_not_random(
    monkeypatch: pytest.MonkeyPatch, text: str, reason: str
) -> None:
    monkeypatch.setenv(KEYS, text)
    for start in (kit.issuer, kit.verifier):
        with pytest.raises(kit.ConfigurationError, match=f"{KEYS} .*{reason}"):
            start()


@pytest.mark.parametrize("short", [b"", b"secret", OURS[:31]])
def test_it_neither_signs_nor_verifies_with_a_short_key(
    monkeypatch: pytest.MonkeyPatch, short: bytes
) -> None:
    """Such a key gets past `load_keys` only if somebody reads it in another way."""
    monkeypatch.setattr(kit, "load_keys", lambda: [short])
    with pytest.raises(Exception, match=r"key|HMAC"):
        kit.issuer()("user-1")
    refuse(forge(sign=lambda message: hs256(message, short)), kit.verifier(), "InvalidKey")
