"""A change of keys, while issuers and services go on working."""

import pytest

import forging
import samples
import tokens as kit
from by_hand import LIFE, Clock, refuse
from load import under_load


@pytest.mark.parametrize(("one", "several"), forging.PAIRS)
def test_it_changes_keys_under_load_and_refuses_no_good_token(
    monkeypatch: pytest.MonkeyPatch, clock: Clock, one: str, several: str
) -> None:
    """In the order of README.md. The issuers use one key, the services accept several."""
    old, new = samples.environment(), samples.environment()
    for name, value in old.items():
        monkeypatch.setenv(name, value)
    before = kit.issuer()
    with under_load(clock) as load:
        monkeypatch.setenv(several, old[several] + new[several])
        load.restart("old", "services")
        monkeypatch.setenv(one, new[one])
        load.restart("new", "issuers")
        clock.at += LIFE
        monkeypatch.setenv(several, new[several])
        load.restart("new", "services")
    # A fresh token of the old key, which only a thief can still make.
    for verify in load.services:
        refuse(before("user-1"), verify, forging.UNKNOWN_KEY)
