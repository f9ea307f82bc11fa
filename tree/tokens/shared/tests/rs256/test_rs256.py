"""RS256, the documented choice for compatibility."""

import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

import keys
import tokens as kit
from by_hand import refuse, unb64
from forging import forge
from pem import pem

RSA = rsa.generate_private_key(public_exponent=65537, key_size=3072)


def rs256(message: bytes) -> bytes:
    return RSA.sign(message, padding.PKCS1v15(), hashes.SHA256())


def ps256(message: bytes) -> bytes:
    return RSA.sign(message, padding.PSS(padding.MGF1(hashes.SHA256()), 32), hashes.SHA256())


def test_it_does_rs256_when_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kit, "ALGORITHM", "RS256")
    monkeypatch.setenv("JWT_PRIVATE_KEY", pem(RSA))
    monkeypatch.setenv("JWT_PUBLIC_KEYS", pem(RSA.public_key()))
    verify = kit.verifier()
    token = kit.issuer()("user-1")
    assert verify(token)["sub"] == "user-1"
    header = json.loads(unb64(token.split(".")[0]))
    assert header["alg"] == "RS256"
    assert verify(forge(header, sign=rs256))
    refuse(forge(header | {"alg": "PS256"}, sign=ps256), verify, "wrong alg")
    refuse(forge(header, sign=ps256), verify, "InvalidSignature")
    refuse(forge(header | {"alg": "ES256"}), verify, "wrong alg")
    for name, value in keys.new_keys("RS256").items():
        monkeypatch.setenv(name, value)
    assert kit.verifier()(kit.issuer()("user-1"))


@pytest.mark.parametrize("bits", [1024, 2048])
def test_it_refuses_a_short_rsa_key(monkeypatch: pytest.MonkeyPatch, bits: int) -> None:
    monkeypatch.setattr(kit, "ALGORITHM", "RS256")
    short = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    monkeypatch.setenv("JWT_PRIVATE_KEY", pem(short))
    monkeypatch.setenv("JWT_PUBLIC_KEYS", pem(short.public_key()))
    for start in (kit.issuer, kit.verifier):
        with pytest.raises(kit.ConfigurationError):
            start()


@pytest.mark.parametrize("algorithm", ["HS256", "none", "RS256", "PS256", "ES384"])
def test_it_refuses_an_ec_key_for_another_algorithm(
    monkeypatch: pytest.MonkeyPatch, algorithm: str
) -> None:
    monkeypatch.setattr(kit, "ALGORITHM", algorithm)
    for start in (kit.issuer, kit.verifier):
        with pytest.raises(kit.ConfigurationError, match=algorithm):
            start()
