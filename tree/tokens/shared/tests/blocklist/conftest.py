"""What the tests share. Each of them has keys, and a blocklist of its own that is a day old."""

import time
from collections.abc import Iterator

import pytest

import forging
import tokens as kit
from blocklist_corner import Corner, corner
from fixtures import clock, issue, verify

__all__ = ["clock", "issue", "verify"]


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[Corner]:
    """Yield a look into the store of the test."""
    with corner(monkeypatch, (int(time.time()) - 86400) * 1_000_000) as kept:
        yield kept


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, kept: Corner) -> Corner:
    for name, value in forging.environment().items():
        monkeypatch.setenv(name, value)
    return kept


@pytest.fixture
def revoker() -> kit.Revoker:
    return kit.revoker()
