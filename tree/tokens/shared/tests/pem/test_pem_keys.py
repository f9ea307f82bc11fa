"""Key files as people have them: each that does not fit is refused with a word on what is wrong."""

import hashlib
import os
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

import forging
import tokens as kit
from pem import encrypted_pem, pem

PUBLIC = [name for name in forging.environment() if "PUBLIC" in name]
PRIVATE = [name for name in forging.environment() if "PRIVATE" in name]
EDWARDS = "PASETO_PRIVATE_KEY" in PRIVATE
BODY = "".join(pem(forging.OURS).splitlines()[1:-1])


def own_pair(secret: bytes) -> Any:
    """Return the private key of the kit's kind that a secret of 32 bytes makes."""
    if EDWARDS:
        return ed25519.Ed25519PrivateKey.from_private_bytes(secret)
    return ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1())


def block(label: str, body: str = BODY) -> str:
    return f"-----BEGIN {label}-----\n{body}\n-----END {label}-----\n"


def start(name: str) -> None:
    for begin in forging.STARTS[name]:
        begin()


def refusal(monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> str:
    """Return why the kit does not start with the text in a variable."""
    start(name)
    with monkeypatch.context() as patch:
        patch.setenv(name, text)
        with pytest.raises(kit.ConfigurationError) as caught:
            start(name)
    said = str(caught.value)
    assert said.startswith(f"{name} ")
    assert "python tokens.py new-key" in said
    assert not any(line in said for line in text.splitlines() if len(line) > 40)
    return said


TRADITIONAL = serialization.PrivateFormat.TraditionalOpenSSL
OPENSSH = serialization.PrivateFormat.OpenSSH
P256 = ec.generate_private_key(ec.SECP256R1())


def as_text(form: serialization.PrivateFormat, lock: bytes = b"") -> str:
    encryption = (
        serialization.BestAvailableEncryption(lock) if lock else serialization.NoEncryption()
    )
    return P256.private_bytes(serialization.Encoding.PEM, form, encryption).decode()


WRONG = {
    "a certificate": (block("CERTIFICATE"), "certificate where a key belongs.*openssl x509"),
    "a request for a certificate": (block("CERTIFICATE REQUEST"), "certificate request"),
    "parameters and a key": (
        block("EC PARAMETERS", "BggqhkjOPQMBBw==") + as_text(TRADITIONAL),
        "EC PARAMETERS block.*leave that block out",
    ),
    "an encrypted key": (encrypted_pem(forging.OURS), "encrypted.*openssl pkey"),
    "an encrypted key in the older form": (as_text(TRADITIONAL, b"pass"), "encrypted"),
    "a key for OpenSSH": (as_text(OPENSSH), "OpenSSH.*ssh-keygen"),
    "a block of another kind": (block("PKCS7"), "a block called PKCS7"),
    "no PEM": ("c2VjcmV0", "as PEM"),
    "a JSON Web Key": ('{"kty": "EC"}', "as PEM"),
    "nothing": ("", "as PEM"),
}


@pytest.mark.parametrize("name", [*PRIVATE, *PUBLIC])
@pytest.mark.parametrize("which", WRONG)
def test_it_says_what_is_wrong_with(monkeypatch: pytest.MonkeyPatch, name: str, which: str) -> None:
    text, reason = WRONG[which]
    said = refusal(monkeypatch, name, text)
    assert all(part.lower() in said.lower() for part in reason.split(".*")), said


@pytest.mark.parametrize("name", [*PRIVATE, *PUBLIC])
def test_it_says_that_the_other_half_stands_there(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    other = forging.OURS if name in PUBLIC else forging.OURS.public_key()
    said = refusal(monkeypatch, name, pem(other))
    assert ("a private key" if name in PUBLIC else "a public key") in said


@pytest.mark.parametrize("name", [name for name in [*PRIVATE, *PUBLIC] if not name.endswith("S")])
def test_it_says_how_many_keys_stand_where_one_must(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    keys = [forging.OURS, forging.STRANGER]
    text = "".join(pem(key.public_key() if name in PUBLIC else key) for key in keys)
    assert "holds 2" in refusal(monkeypatch, name, text)


@pytest.mark.parametrize("name", [*PRIVATE, *PUBLIC])
def test_it_says_of_which_kind_the_key_is(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    curve = ec.generate_private_key(ec.SECP384R1())
    for key, kind in ((curve, "secp384r1"), (rsa.generate_private_key(65537, 2048), "RSA 2048")):
        text = pem(key.public_key() if name in PUBLIC else key)
        assert kind in refusal(monkeypatch, name, text)


GUESSED = {
    "counting bytes": bytes(range(32)),
    "counting bytes from 1": bytes(range(1, 33)),
    "counting down": bytes(range(31, -1, -1)),
    "the same byte": b"\x01" * 32,
    "SHA-256 of secret": hashlib.sha256(b"secret").digest(),
    "SHA-256 of Password": hashlib.sha256(b"Password").digest(),
    "RFC 8037": bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"),
    "RFC 7515": bytes.fromhex("8e9b109e719098bf980487df1f5d77e9cb29606ebed2263b5f57c213df84f4b2"),
    "RFC 7517": bytes.fromhex("f3bd0c07a81fb932781ed52752f60cc89a6be5e51934fe01938ddb55d8f77801"),
    "PASETO": bytes.fromhex("b4cbfb43df4ce210727d953e4a713307fa19bb7d9f85041438d9e11b942a3774"),
    "jwt.io": bytes.fromhex("7af6732f581d005afcf216f6385ff6371029242cc60840dd7d2a7a5503b7d21c"),
    "the number 1": (1).to_bytes(32, "big"),
}


@pytest.mark.parametrize("name", [*PRIVATE, *PUBLIC])
@pytest.mark.parametrize("which", GUESSED)
def test_it_refuses_both_halves_of_a_pair_made_from(
    monkeypatch: pytest.MonkeyPatch, name: str, which: str
) -> None:
    key = own_pair(GUESSED[which])
    said = refusal(monkeypatch, name, pem(key.public_key() if name in PUBLIC else key))
    assert any(word in said for word in ("pattern", "published", "anybody can guess"))


def test_it_refuses_a_private_key_that_repeats_a_random_half(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    half = b"\x7f" + os.urandom(15)
    assert "pattern" in refusal(monkeypatch, PRIVATE[0], pem(own_pair(half * 2)))
