"""What the tests share: an application with a corner of Redis, and a clock to move.

The kit is imported late: in one file with its Django part it needs Django's settings first.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from redis_corner import NOWHERE, corner

if TYPE_CHECKING:
    from sessions import App, Clock


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator["App"]:
    """With the times that the tests expect."""
    import store
    import tokens as kit
    from sessions import start

    monkeypatch.setattr(kit, "IDLE_MINUTES", 30)
    monkeypatch.setattr(kit, "ABSOLUTE_HOURS", 12)
    with corner(store, kit.STORE_URL, monkeypatch):
        yield start()


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> "App":
    """With a store that refuses connections."""
    from sessions import start

    with monkeypatch.context() as patch:
        patch.setenv("REDIS_URL", NOWHERE)
        return start()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> "Clock":
    from sessions import Clock

    return Clock(monkeypatch)
