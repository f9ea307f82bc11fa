"""What a store that is down or silent does to logins: it gives nothing away."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import tokens as kit
from by_hand import Verify
from login_corner import VARIABLE, silent
from logins import ACTS, App, start


@pytest.mark.parametrize("act", ACTS)
def test_a_store_that_is_down_is_an_error_and_issues_nothing(nowhere: App, act: str) -> None:
    with pytest.raises(kit.StoreUnavailable):
        ACTS[act](nowhere)


def test_a_store_that_is_silent_is_an_error_too_and_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes connections and then says nothing. All at once, to wait for it only once."""
    with silent() as url, ThreadPoolExecutor() as threads:
        monkeypatch.setenv(VARIABLE, url)
        began, app = time.monotonic(), start()
        for act in [threads.submit(act, app) for act in ACTS.values()]:
            assert isinstance(act.exception(), kit.StoreUnavailable)
        assert time.monotonic() - began < 15


def test_access_tokens_are_checked_without_the_store(nowhere: App, verify: Verify) -> None:
    assert verify(nowhere.issuer("alice"))["sub"] == "alice"
