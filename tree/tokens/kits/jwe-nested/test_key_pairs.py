"""Keys that issuer and service read, and those that they do not start with."""

import os

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

import tokens as kit
from by_hand import Verify, refuse
from es256 import new_key, signs_with
from forging import OURS, SERVICE, STARTS, STRANGER, forge, good_header, kid
from pem import encrypted_pem, pem


def test_it_accepts_old_and_new_keys_while_keys_change(monkeypatch: pytest.MonkeyPatch) -> None:
    new_issuer, new_service = (new_key() for _ in range(2))
    signing = pem(OURS.public_key()) + pem(new_issuer.public_key())
    monkeypatch.setenv("JWT_PUBLIC_KEYS", signing.replace("\n", "\\n"))
    monkeypatch.setenv("JWE_PRIVATE_KEYS", pem(SERVICE) + pem(new_service))
    verify = kit.verifier()
    for signer in (OURS, new_issuer):
        for recipient in (SERVICE, new_service):
            monkeypatch.setenv("JWT_PRIVATE_KEY", pem(signer))
            monkeypatch.setenv("JWE_PUBLIC_KEY", pem(recipient.public_key()))
            assert verify(kit.issuer()("user-1"))["sub"] == "user-1"


def test_it_does_not_let_a_service_issue(monkeypatch: pytest.MonkeyPatch, verify: Verify) -> None:
    """A service has the issuer's public key, and a private key that nobody trusts to sign."""
    monkeypatch.setenv("JWT_PRIVATE_KEY", os.environ["JWT_PUBLIC_KEYS"])
    with pytest.raises(kit.ConfigurationError, match="JWT_PRIVATE_KEY must hold private keys"):
        kit.issuer()
    monkeypatch.setenv("JWT_PRIVATE_KEY", os.environ["JWE_PRIVATE_KEYS"])
    with pytest.raises(kit.ConfigurationError, match="JWE_PUBLIC_KEY"):
        kit.issuer()
    header = good_header() | {"kid": kid(SERVICE)}
    refuse(forge(header, sign=signs_with(SERVICE)), verify, "unknown kid")


UNFIT = {
    "unset": "",
    "blank": " \n",
    "text": "secret",
    "broken": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
    "not ASCII": "-----BEGIN PRIVATE KEY-----\né\udcff\n-----END PRIVATE KEY-----",
    "P-384": pem(ec.generate_private_key(ec.SECP384R1())),
    "secp256k1": pem(ec.generate_private_key(ec.SECP256K1())),
    "a curve without a name in JOSE": pem(ec.generate_private_key(ec.BrainpoolP256R1())),
    "Ed25519": pem(ed25519.Ed25519PrivateKey.generate()),
    "RSA": pem(rsa.generate_private_key(public_exponent=65537, key_size=2048)),
}
PRIVATE = ("JWT_PRIVATE_KEY", "JWE_PRIVATE_KEYS")
PUBLIC = ("JWE_PUBLIC_KEY", "JWT_PUBLIC_KEYS")


def load(name: str) -> None:
    for start in STARTS[name]:
        start()


@pytest.mark.parametrize("which", UNFIT)
@pytest.mark.parametrize("name", [*PRIVATE, *PUBLIC])
def test_it_refuses_the_key(monkeypatch: pytest.MonkeyPatch, name: str, which: str) -> None:
    text = UNFIT[which]
    if name in PUBLIC and text.startswith("-----"):
        try:
            private = serialization.load_pem_private_key(text.encode(), None)
            text = pem(private.public_key())
        except ValueError:  # as broken as it is
            text = text.replace("PRIVATE", "PUBLIC")
    # Where several keys may stand, a good one beside it does not help.
    good = os.environ[name] if name.endswith("S") and text.strip() else ""
    load(name)
    monkeypatch.setenv(name, good + text)
    with pytest.raises(kit.ConfigurationError, match=rf"{name} .*tokens\.py new-key"):
        load(name)


@pytest.mark.parametrize("name", [*PRIVATE, *PUBLIC])
def test_it_refuses_the_wrong_half_of_a_pair(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    key = new_key()
    monkeypatch.setenv(name, pem(key) if name in PUBLIC else pem(key.public_key()))
    with pytest.raises(kit.ConfigurationError, match=name):
        load(name)


@pytest.mark.parametrize("name", ["JWT_PRIVATE_KEY", "JWE_PUBLIC_KEY"])
def test_it_refuses_two_keys_where_one_must_be_used(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    two = [new_key() for _ in range(2)]
    monkeypatch.setenv(name, "".join(pem(k.public_key() if name in PUBLIC else k) for k in two))
    with pytest.raises(kit.ConfigurationError, match=f"{name} must hold one key"):
        load(name)


@pytest.mark.parametrize("name", ["JWT_PUBLIC_KEYS", "JWE_PRIVATE_KEYS"])
@pytest.mark.parametrize("cut", [1, 30, 60])
def test_it_refuses_a_second_key_that_was_cut(
    monkeypatch: pytest.MonkeyPatch, name: str, cut: int
) -> None:
    second = pem(STRANGER if name in PRIVATE else STRANGER.public_key()).strip()
    monkeypatch.setenv(name, (os.environ[name] + second)[:-cut])
    with pytest.raises(kit.ConfigurationError, match="nothing else"):
        load(name)


def test_it_refuses_one_pair_for_both_purposes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWE_PUBLIC_KEY", pem(OURS.public_key()))
    with pytest.raises(kit.ConfigurationError, match="JWE_PUBLIC_KEY belongs to the pair"):
        kit.issuer()
    monkeypatch.setenv("JWE_PRIVATE_KEYS", pem(SERVICE) + pem(OURS))
    with pytest.raises(kit.ConfigurationError, match="JWE_PRIVATE_KEYS holds a key of the pair"):
        kit.verifier()


def test_it_refuses_an_encrypted_private_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PRIVATE:
        monkeypatch.setenv(name, encrypted_pem(OURS))
        with pytest.raises(kit.ConfigurationError, match=name):
            load(name)


def test_it_never_shows_a_key_that_it_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    text = UNFIT["P-384"]
    for name in PRIVATE:
        monkeypatch.setenv(name, text)
        with pytest.raises(kit.ConfigurationError) as caught:
            load(name)
        assert not any(line in str(caught.value) for line in text.splitlines()[1:-1])
