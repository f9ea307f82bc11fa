"""What the tests share: an application with a corner of its store, and a clock to move.

The kit is imported late: in one file with its Django part it needs Django's settings first.
"""

import importlib.util
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from sessions import App, Clock

# Whatever test comes first.
if importlib.util.find_spec("django_project"):
    importlib.import_module("django_project")


@pytest.fixture(autouse=True)
def store_ready(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """With a store for tests that bring no corner of their own, or a line that starts one."""
    from session_corner import ready

    with ready(monkeypatch):
        yield


@pytest.fixture
def app(store_ready: None, monkeypatch: pytest.MonkeyPatch) -> Iterator["App"]:  # noqa: ARG001 - first
    """With the times that the tests expect."""
    import tokens as kit
    from session_corner import corner
    from sessions import start

    monkeypatch.setattr(kit, "IDLE_MINUTES", 30)
    monkeypatch.setattr(kit, "ABSOLUTE_HOURS", 12)
    with corner(monkeypatch):
        yield start()


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> "App":
    """With a store that refuses connections."""
    from session_corner import NOWHERE, VARIABLE
    from sessions import start

    with monkeypatch.context() as patch:
        patch.setenv(VARIABLE, NOWHERE)
        return start()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> "Clock":
    from sessions import Clock

    return Clock(monkeypatch)
