"""Secret keys that the kit starts with, those that it refuses, and their change."""

import base64
import secrets

import pytest

import forging
import keys
import samples
import times
import tokens as kit
from by_hand import LIFE, Clock, b64, refuse
from forging import KEYS, OURS, forge, good_claims
from load import under_load

UNFIT = {
    "unset": ("", forging.SIZES),
    "a word": ("hunter22", f"base64url|{forging.SIZES}"),
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
    "hexadecimal digits": (OURS.hex()[:42] + "0", "one case"),
    "capital letters": ("CHANGE-ME-BEFORE-YOU-GO-TO-PRODUCTION-OR-SOA"[:42] + "A", "one case"),
} | {size: (text, forging.SIZES) for size, text in forging.UNFIT_SIZES.items()}


@pytest.mark.parametrize("which", UNFIT)
@pytest.mark.parametrize("place", ["alone", "first", "last"])
def test_it_refuses_the_key(monkeypatch: pytest.MonkeyPatch, which: str, place: str) -> None:
    text, reason = UNFIT[which]
    # A good key beside it does not help.
    good = secrets.token_urlsafe(32)
    value = {"alone": text, "first": f"{text},{good}", "last": f"{good},{text}"}[place]
    monkeypatch.setenv(KEYS, value)
    for start in (kit.issuer, kit.verifier):
        with pytest.raises(kit.ConfigurationError, match=f"{KEYS} .*({reason})") as caught:
            start()
        assert "python tokens.py new-key" in str(caught.value)
        assert not text or text not in str(caught.value)


def test_it_refuses_more_keys_than_a_change_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    one, two, three = (secrets.token_urlsafe(32) for _ in range(3))
    monkeypatch.setenv(KEYS, f"{one},{two},{three}")
    with pytest.raises(kit.ConfigurationError, match="more than two"):
        kit.verifier()
    monkeypatch.setenv(KEYS, f"{one},{one}")
    with pytest.raises(kit.ConfigurationError, match="twice"):
        kit.verifier()


def test_it_never_refuses_a_random_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2000):
        monkeypatch.setenv(KEYS, keys.new_keys()[KEYS])
        assert len(keys.load_keys()) == 1


def test_it_issues_with_the_first_key_and_accepts_both(monkeypatch: pytest.MonkeyPatch) -> None:
    new, old = secrets.token_urlsafe(32), b64(OURS)
    before = kit.issuer()
    monkeypatch.setenv(KEYS, f"{new},{old}")
    verify, token = kit.verifier(), kit.issuer()("user-1")
    assert verify(token)
    assert verify(before("user-1"))
    monkeypatch.setenv(KEYS, new)
    assert kit.verifier()(token)
    refuse(before("user-1"), kit.verifier(), forging.UNKNOWN_KEY)
    monkeypatch.setenv(KEYS, old)
    refuse(token, kit.verifier(), forging.UNKNOWN_KEY)


def test_it_checks_claims_under_the_old_key_too(monkeypatch: pytest.MonkeyPatch) -> None:
    token = samples.expired()
    monkeypatch.setenv(KEYS, f"{secrets.token_urlsafe(32)},{b64(OURS)}")
    refuse(token, kit.verifier(), times.EXPIRED)
    refuse(forge(payload=good_claims() | {"aud": "x"}), kit.verifier(), forging.AUDIENCE)


def test_it_changes_keys_under_load_and_refuses_no_good_token(
    monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    """Two machines of one service, each restarted alone, in the order of README.md."""
    old, new = (keys.new_keys()[KEYS] for _ in range(2))
    monkeypatch.setenv(KEYS, old)
    before = kit.issuer()
    with under_load(clock) as load:
        monkeypatch.setenv(KEYS, f"{old},{new}")
        load.restart("old", "issuers", "services")
        monkeypatch.setenv(KEYS, f"{new},{old}")
        load.restart("new", "issuers", "services")
        clock.at += LIFE
        monkeypatch.setenv(KEYS, new)
        load.restart("new", "issuers", "services")
    # A fresh token of the old key, which only a thief can still make.
    for verify in load.services:
        refuse(before("user-1"), verify, forging.UNKNOWN_KEY)
