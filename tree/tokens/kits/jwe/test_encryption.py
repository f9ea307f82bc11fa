"""Attacks on the encryption of a token."""

import json
import secrets
import time
import zlib

import pytest
from cryptography.hazmat.primitives import hashes, keywrap
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from by_hand import Issue, Verify, b64, refuse, unb64
from forging import FORGED, HEADER, OURS, forge, good_claims, good_header


@pytest.mark.parametrize(
    "enc", ["A128GCM", "A192GCM", "A128CBC-HS256", "none", "", None, "a256gcm"]
)
def test_it_refuses_the_encryption(verify: Verify, enc: object) -> None:
    refuse(forge(good_header() | {"enc": enc}), verify, HEADER)


def test_it_refuses_a_weaker_encryption_under_a_part_of_its_key(verify: Verify) -> None:
    refuse(forge(good_header() | {"enc": "A128GCM"}, cek=OURS[:16]), verify, HEADER)


def test_it_refuses_a_wrapped_key(verify: Verify) -> None:
    cek = secrets.token_bytes(32)
    wrapped = keywrap.aes_key_wrap(OURS, cek)
    token = forge(good_header() | {"alg": "A256KW"}, cek=cek, encrypted_key=wrapped)
    refuse(token, verify, HEADER)


@pytest.mark.parametrize("count", [1000, 2**31 - 1])
def test_it_spends_no_time_on_a_password_based_key(verify: Verify, count: int) -> None:
    """A sender who may choose p2c may choose how long the service computes."""
    header = good_header() | {"alg": "PBES2-HS512+A256KW", "p2s": b64(b"salt" * 4), "p2c": count}
    cek = secrets.token_bytes(32)
    salt = b"PBES2-HS512+A256KW\0" + b"salt" * 4
    wrapping = PBKDF2HMAC(hashes.SHA512(), 32, salt, 1000).derive(OURS)
    token = forge(header, cek=cek, encrypted_key=keywrap.aes_key_wrap(wrapping, cek))
    start = time.perf_counter()
    refuse(token, verify, HEADER)
    assert time.perf_counter() - start < 0.1


def test_it_refuses_a_compressed_payload(verify: Verify) -> None:
    deflate = zlib.compressobj(wbits=-15)
    bomb = deflate.compress(json.dumps(good_claims() | {"a": "x" * 10**6}).encode())
    bomb += deflate.flush()
    refuse(forge(good_header() | {"zip": "DEF"}, bomb), verify, HEADER)
    refuse(forge(good_header() | {"zip": "GZ"}), verify, HEADER)


def test_it_hides_the_claims(issue: Issue, verify: Verify) -> None:
    token = issue("user-1", {"diagnosis": "measles"})
    assert not any(b"measles" in unb64(part) for part in token.split("."))
    assert verify(token)["diagnosis"] == "measles"


def test_it_refuses_a_token_made_with_another_key(verify: Verify) -> None:
    refuse(forge(cek=secrets.token_bytes(32)), verify, FORGED)


def test_it_draws_a_new_iv_for_every_token(issue: Issue) -> None:
    assert len({issue("user-1").split(".")[2] for _ in range(100)}) == 100


@pytest.mark.parametrize("size", [0, 1, 4, 8, 12, 15])
def test_it_refuses_a_short_tag(verify: Verify, size: int) -> None:
    refuse(forge(tag_size=size), verify, "wrong length")


def test_it_refuses_a_long_tag(verify: Verify) -> None:
    refuse(forge() + b64(b"\0" * 3), verify)


@pytest.mark.parametrize("size", [8, 11, 13, 16, 64])
def test_it_refuses_an_iv_of_another_length(verify: Verify, size: int) -> None:
    refuse(forge(iv_size=size), verify, "wrong length")


@pytest.mark.parametrize("encrypted_key", [OURS, b"\0", b"\0" * 40])
def test_it_refuses_an_encrypted_key(verify: Verify, encrypted_key: bytes) -> None:
    refuse(forge(encrypted_key=encrypted_key), verify, "wrong length")


def test_it_refuses_a_signed_token(verify: Verify) -> None:
    header = {"alg": "HS256", "typ": "at+jwt"}
    refuse(".".join(b64(json.dumps(part).encode()) for part in (header, good_claims(), 1)), verify)


def test_it_refuses_parts_of_two_tokens_put_together(verify: Verify) -> None:
    one, other = (token.split(".") for token in (forge(), forge()))
    for which in (2, 3, 4):
        mixed = [*one[:which], other[which], *one[which + 1 :]]
        refuse(".".join(mixed), verify, FORGED)
