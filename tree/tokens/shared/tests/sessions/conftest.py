"""What the tests share: an application with a corner of Redis, and a clock to move."""

from collections.abc import Iterator

import pytest

import store
import tokens as kit
from redis_corner import NOWHERE, corner
from sessions import App, Clock, start


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    """With the times that the tests expect."""
    monkeypatch.setattr(kit, "IDLE_MINUTES", 30)
    monkeypatch.setattr(kit, "ABSOLUTE_HOURS", 12)
    with corner(store, kit.STORE_URL, monkeypatch):
        yield start()


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> App:
    """With a store that refuses connections."""
    with monkeypatch.context() as patch:
        patch.setenv("REDIS_URL", NOWHERE)
        return start()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)
