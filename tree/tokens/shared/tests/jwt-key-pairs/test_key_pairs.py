"""Keys that the kit reads, and those that it does not start with."""

import base64
import os

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

import tokens as kit
from by_hand import Issue
from forging import OURS, STRANGER
from pem import encrypted_pem, pem


def test_it_accepts_the_old_and_the_new_key_while_keys_change(
    monkeypatch: pytest.MonkeyPatch, issue: Issue
) -> None:
    monkeypatch.setenv("JWT_PUBLIC_KEYS", pem(OURS.public_key()) + pem(STRANGER.public_key()))
    verify = kit.verifier()
    monkeypatch.setenv("JWT_PRIVATE_KEY", pem(STRANGER))
    for either in (issue, kit.issuer()):
        assert verify(either("user-1"))["sub"] == "user-1"


def test_it_reads_keys_whose_line_breaks_are_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_PRIVATE_KEY", pem(OURS).replace("\n", "\\n"))
    monkeypatch.setenv("JWT_PUBLIC_KEYS", pem(OURS.public_key()).replace("\n", "\\n"))
    assert kit.verifier()(kit.issuer()("user-1"))


def test_it_reads_a_private_key_in_the_older_form(monkeypatch: pytest.MonkeyPatch) -> None:
    form = serialization.PrivateFormat.TraditionalOpenSSL
    text = OURS.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    assert b"BEGIN EC PRIVATE KEY" in text
    monkeypatch.setenv("JWT_PRIVATE_KEY", text.decode())
    assert kit.verifier()(kit.issuer()("user-1"))


def test_it_does_not_let_a_service_issue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_PRIVATE_KEY", os.environ["JWT_PUBLIC_KEYS"])
    with pytest.raises(kit.ConfigurationError, match="JWT_PRIVATE_KEY"):
        kit.issuer()


def unknown_curve() -> str:
    """Return a key on P-256 that says of itself to be on a curve that nobody knows."""
    body = base64.b64decode("".join(pem(OURS).splitlines()[1:-1]))
    p256 = bytes.fromhex("06082a8648ce3d030107")
    assert p256 in body
    text = base64.encodebytes(body.replace(p256, p256[:-1] + b"\x63")).decode()
    return f"-----BEGIN PRIVATE KEY-----\n{text}-----END PRIVATE KEY-----\n"


UNFIT = {
    "unset": "",
    "blank": " \n",
    "text": "secret",
    "broken": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
    "not ASCII": "-----BEGIN PRIVATE KEY-----\né\udcff\n-----END PRIVATE KEY-----",
    "an unknown curve": unknown_curve(),
    "P-384": pem(ec.generate_private_key(ec.SECP384R1())),
    "secp256k1": pem(ec.generate_private_key(ec.SECP256K1())),
    "Ed25519": pem(ed25519.Ed25519PrivateKey.generate()),
    "RSA-3072": pem(rsa.generate_private_key(public_exponent=65537, key_size=3072)),
}


@pytest.mark.parametrize("which", UNFIT)
def test_it_refuses_the_private_key(monkeypatch: pytest.MonkeyPatch, which: str) -> None:
    monkeypatch.setenv("JWT_PRIVATE_KEY", UNFIT[which])
    with pytest.raises(kit.ConfigurationError, match=r"JWT_PRIVATE_KEY .*tokens\.py new-key"):
        kit.issuer()


@pytest.mark.parametrize("which", UNFIT)
def test_it_refuses_the_public_key(monkeypatch: pytest.MonkeyPatch, which: str) -> None:
    text = UNFIT[which]
    try:
        private = serialization.load_pem_private_key(text.encode(), None)
        text = pem(private.public_key())
    except Exception:  # as it stands then
        text = text.replace("PRIVATE", "PUBLIC")
    # A good key beside it does not help.
    good = pem(OURS.public_key()) if text.strip() else ""
    monkeypatch.setenv("JWT_PUBLIC_KEYS", good + text)
    with pytest.raises(kit.ConfigurationError, match=r"JWT_PUBLIC_KEYS .*tokens\.py new-key"):
        kit.verifier()


def test_it_refuses_to_give_a_service_the_private_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for text in (pem(OURS), pem(OURS.public_key()) + pem(OURS)):
        monkeypatch.setenv("JWT_PUBLIC_KEYS", text)
        with pytest.raises(kit.ConfigurationError, match="something else than public keys"):
            kit.verifier()


def test_it_refuses_two_private_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_PRIVATE_KEY", pem(OURS) + pem(STRANGER))
    with pytest.raises(kit.ConfigurationError, match="one key"):
        kit.issuer()


@pytest.mark.parametrize("cut", [1, 30, 60])
def test_it_refuses_a_second_public_key_that_was_cut(
    monkeypatch: pytest.MonkeyPatch, cut: int
) -> None:
    both = pem(OURS.public_key()) + pem(STRANGER.public_key()).strip()
    monkeypatch.setenv("JWT_PUBLIC_KEYS", both[:-cut])
    with pytest.raises(kit.ConfigurationError, match="nothing else"):
        kit.verifier()


def test_it_refuses_an_encrypted_private_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JWT_PRIVATE_KEY", encrypted_pem(OURS))
    with pytest.raises(kit.ConfigurationError, match="can be read"):
        kit.issuer()


def test_it_never_shows_a_key_that_it_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    text = UNFIT["P-384"]
    monkeypatch.setenv("JWT_PRIVATE_KEY", text)
    with pytest.raises(kit.ConfigurationError) as caught:
        kit.issuer()
    assert not any(line in str(caught.value) for line in text.splitlines()[1:-1])
