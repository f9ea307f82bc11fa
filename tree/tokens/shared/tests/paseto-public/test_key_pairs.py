"""Keys that the kit reads, and those that it does not start with."""

from collections.abc import Callable

import pyseto
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

import keys
import tokens as kit
from by_hand import refuse
from forging import FORGED, OURS, STRANGER, forge
from pem import encrypted_pem, pem


def test_it_accepts_each_of_several_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    both = pem(OURS.public_key()) + pem(STRANGER.public_key())
    monkeypatch.setenv("PASETO_PUBLIC_KEYS", both)
    verify = kit.verifier()
    for key in (OURS, STRANGER):
        assert verify(forge(key=key))
    refuse(forge(key=ed25519.Ed25519PrivateKey.generate()), verify, FORGED)


@pytest.mark.parametrize("between", ["", "\\n", "\n", "\r\n", " "])
def test_it_reads_keys_that_follow_each_other_in_one_line(
    monkeypatch: pytest.MonkeyPatch, between: str
) -> None:
    both = [pem(key.public_key()).strip().replace("\n", "\\n") for key in (OURS, STRANGER)]
    monkeypatch.setenv("PASETO_PUBLIC_KEYS", between.join(both))
    verify = kit.verifier()
    assert verify(forge(key=OURS))
    assert verify(forge(key=STRANGER))


def test_it_does_not_let_a_service_issue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASETO_PUBLIC_KEYS", pem(OURS.public_key()))
    monkeypatch.setenv("PASETO_PRIVATE_KEY", pem(OURS.public_key()))
    with pytest.raises(kit.ConfigurationError):
        kit.issuer()
    with pytest.raises(ValueError, match="public key"):
        pyseto.encode(keys.load_public_keys()[0], b"{}")


UNFIT = {
    "unset": "",
    "blank": " \n",
    "text": "secret",
    "broken": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----",
    # Ed25519 in all but its object identifier, which no library knows.
    "unknown": pem(OURS).replace("K2Vw", "K2V3"),
    "P-256": pem(ec.generate_private_key(ec.SECP256R1())),
    "P-384": pem(ec.generate_private_key(ec.SECP384R1())),
    "RSA": pem(rsa.generate_private_key(public_exponent=65537, key_size=2048)),
}


@pytest.mark.parametrize("which", UNFIT)
def test_an_issuer_does_not_start_with(monkeypatch: pytest.MonkeyPatch, which: str) -> None:
    monkeypatch.setenv("PASETO_PRIVATE_KEY", UNFIT[which])
    with pytest.raises(kit.ConfigurationError, match=r"PASETO_PRIVATE_KEY .*tokens.py new-key"):
        kit.issuer()


@pytest.mark.parametrize("which", UNFIT)
def test_a_service_does_not_start_with(monkeypatch: pytest.MonkeyPatch, which: str) -> None:
    text = UNFIT[which]
    if which == "unknown":
        text = pem(OURS.public_key()).replace("K2Vw", "K2V3")
    elif which in ("P-256", "P-384", "RSA"):
        private = serialization.load_pem_private_key(text.encode(), None)
        text = pem(private.public_key())
    # A good key beside it does not help.
    good = pem(OURS.public_key()) if text.strip() else ""
    monkeypatch.setenv("PASETO_PUBLIC_KEYS", good + text)
    with pytest.raises(kit.ConfigurationError, match=r"PASETO_PUBLIC_KEYS .*tokens.py new-key"):
        kit.verifier()


@pytest.mark.parametrize("name", ["PASETO_PRIVATE_KEY", "PASETO_PUBLIC_KEYS"])
@pytest.mark.parametrize(
    "damage",
    [
        lambda text: "x" + text,
        lambda text: text + "x",
        lambda text: f"'{text}'",
        lambda text: text + text[: len(text) // 2],
        lambda text: text + text.partition("\n")[2],
        lambda text: text.replace("-----END", "----END"),
        lambda text: text.replace("-----BEGIN", "-----begin"),
        lambda text: text + "\udcff",
    ],
)
def test_it_ignores_nothing_that_stands_beside_a_key(
    monkeypatch: pytest.MonkeyPatch, name: str, damage: Callable[[str], str]
) -> None:
    private = name == "PASETO_PRIVATE_KEY"
    monkeypatch.setenv(name, damage(pem(OURS if private else OURS.public_key())))
    with pytest.raises(kit.ConfigurationError, match=name):
        kit.issuer() if private else kit.verifier()


def test_an_issuer_signs_with_one_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASETO_PRIVATE_KEY", pem(OURS) + pem(STRANGER))
    with pytest.raises(kit.ConfigurationError, match="must hold one key"):
        kit.issuer()


def test_it_refuses_to_give_a_service_the_private_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for text in (pem(OURS), pem(OURS.public_key()) + pem(OURS)):
        monkeypatch.setenv("PASETO_PUBLIC_KEYS", text)
        with pytest.raises(kit.ConfigurationError):
            kit.verifier()


def test_it_refuses_an_encrypted_private_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASETO_PRIVATE_KEY", encrypted_pem(OURS))
    with pytest.raises(kit.ConfigurationError):
        kit.issuer()


def test_no_message_shows_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASETO_PRIVATE_KEY", pem(OURS) + pem(STRANGER))
    with pytest.raises(kit.ConfigurationError) as caught:
        kit.issuer()
    assert pem(OURS).splitlines()[1] not in str(caught.value)
