"""Attacks on the outer layer, which is encrypted."""

import time
import zlib
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

import tokens as kit
from by_hand import Issue, Verify, b64, refuse, unb64
from es256 import jwk
from forging import HEADER, STRANGER, encrypted, kid, signed


def test_it_hides_the_claims(issue: Issue, verify: Verify) -> None:
    token = issue("user-1", {"diagnosis": "measles"})
    assert not any(b"measles" in unb64(part) for part in token.split("."))
    assert verify(token)["diagnosis"] == "measles"


@pytest.mark.parametrize("name", ["alg", "enc", "cty", "kid", "epk"])
def test_it_refuses_an_outer_header_without(verify: Verify, name: str) -> None:
    refuse(encrypted(signed(), extra={name: ...}), verify)


@pytest.mark.parametrize("cty", ["jwt", "application/jwt", "at+jwt", "", None, ["JWT"]])
def test_it_refuses_another_cty(verify: Verify, cty: Any) -> None:
    refuse(encrypted(signed(), extra={"cty": cty}), verify, HEADER)


@pytest.mark.parametrize(
    "alg",
    ["dir", "none", "", None, "ECDH-ES+A256KW", "RSA-OAEP", "RSA1_5", "A256KW", "ECDH-1PU"],
)
def test_it_refuses_the_outer_algorithm(verify: Verify, alg: Any) -> None:
    refuse(encrypted(signed(), extra={"alg": alg}), verify, HEADER)


@pytest.mark.parametrize("enc", ["A128GCM", "A128CBC-HS256", "A256CBC-HS512", "none", None, ""])
def test_it_refuses_the_encryption(verify: Verify, enc: Any) -> None:
    refuse(encrypted(signed(), extra={"enc": enc}), verify, HEADER)


@pytest.mark.parametrize(
    "extra",
    [
        {"zip": "DEF"},
        {"p2s": "c2FsdA", "p2c": 2**31 - 1},
        {"alg": "PBES2-HS512+A256KW", "p2s": "c2FsdA", "p2c": 2**31 - 1},
        {"apu": "QQ"},
        {"apv": "QQ"},
        {"typ": "JWT"},
        {"jwk": jwk(STRANGER)},
        {"jku": "https://evil.example/keys.json"},
        {"crit": ["exp"], "exp": 1},
        {"crit": []},
        {"iss": kit.ISSUER},
    ],
)
def test_it_refuses_an_outer_header_that_brings(verify: Verify, extra: Any) -> None:
    start = time.perf_counter()
    refuse(encrypted(signed(), extra=extra), verify, HEADER)
    assert time.perf_counter() - start < 0.1


def test_it_refuses_a_compressed_inner_token(verify: Verify) -> None:
    deflate = zlib.compressobj(wbits=-15)
    bomb = deflate.compress(signed().encode()) + deflate.flush()
    refuse(encrypted(bomb, extra={"zip": "DEF"}), verify, HEADER)


def off_curve() -> dict[str, str]:
    point = jwk(STRANGER)
    return point | {"y": b64(bytes(31) + b"\1")}


@pytest.mark.parametrize(
    "epk",
    [
        None,
        "",
        [],
        {},
        off_curve(),
        jwk(STRANGER) | {"crv": "P-384"},
        jwk(ec.generate_private_key(ec.SECP384R1()), "P-384"),
        jwk(STRANGER) | {"d": b64(b"\1" * 32)},
        jwk(STRANGER) | {"kid": "a"},
        jwk(STRANGER) | {"x": 7},
        jwk(STRANGER) | {"x": "!"},
        jwk(STRANGER) | {"kty": "oct"},
        {"kty": "OKP", "crv": "X25519", "x": b64(bytes(32)), "y": ""},
    ],
)
def test_it_refuses_the_ephemeral_key(verify: Verify, epk: Any) -> None:
    refuse(encrypted(signed(), extra={"epk": epk}), verify)


@pytest.mark.parametrize("epk", [{"kid": "a"}, {"use": "enc"}, {"x5u": "https://evil.example"}])
def test_it_refuses_more_than_a_point_in_an_ephemeral_key_that_would_work(
    verify: Verify, epk: dict[str, Any]
) -> None:
    assert verify(encrypted(signed(), epk={}))
    refuse(encrypted(signed(), epk=epk), verify, "epk")


@pytest.mark.parametrize("header", [b"[]", b"null", b'"alg"', b"{", b"", b"\xff", b"[" * 1500])
def test_it_refuses_an_outer_header_that_is_no_object(verify: Verify, header: bytes) -> None:
    refuse(encrypted(signed(), header), verify)


def test_it_refuses_a_token_encrypted_to_another_key(verify: Verify) -> None:
    refuse(encrypted(signed(), to=STRANGER), verify, "not decrypted")
    refuse(encrypted(signed(), to=STRANGER, extra={"kid": kid(STRANGER)}), verify, "unknown kid")


@pytest.mark.parametrize("size", [0, 1, 4, 8, 12, 15])
def test_it_refuses_a_short_tag(verify: Verify, size: int) -> None:
    refuse(encrypted(signed(), tag_size=size), verify, "wrong length")


@pytest.mark.parametrize("size", [8, 11, 13, 16])
def test_it_refuses_an_iv_of_another_length(verify: Verify, size: int) -> None:
    refuse(encrypted(signed(), iv_size=size), verify, "wrong length")


def test_it_refuses_an_encrypted_key(verify: Verify) -> None:
    refuse(encrypted(signed(), encrypted_key=b"\0" * 40), verify, "wrong length")
