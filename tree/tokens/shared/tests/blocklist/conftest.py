"""What the tests share. Each of them has keys, and a blocklist of its own that is a day old."""

import importlib.util
import time
from collections.abc import Iterator

import pytest

import forging
import tokens as kit
from blocklist_corner import Corner, corner
from fixtures import clock, issue, verify

__all__ = ["clock", "issue", "verify"]

# Whatever test comes first: the tables of a Django project are there once it is set up.
if importlib.util.find_spec("django_project"):
    importlib.import_module("django_project")


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
