"""The fixtures of the attacks. `conftest.py` hands them to pytest."""

import pytest

import forging
import tokens as kit
from by_hand import Clock, Issue, Verify


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in forging.environment().items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def issue() -> Issue:
    return kit.issuer()


@pytest.fixture
def verify() -> Verify:
    return kit.verifier()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)
