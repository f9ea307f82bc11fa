"""The issuer's side in the tests of refresh tokens, with a look into its store."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

import tokens as kit
from login_corner import NOWHERE, VARIABLE, Corner, corner, look
from refresh_tokens import token_hashes


@dataclass(frozen=True)
class App:
    corner: Corner
    issuer: kit.Issuer
    revoke: Callable[[str], None]
    revoke_all: Callable[[str], None]

    def log_in(self, subject: str = "alice") -> str:
        return self.issuer.log_in(subject, "web").refresh

    def dump(self) -> str:
        return self.corner.dump()


ACTS: dict[str, Callable[[App], object]] = {
    "begin": lambda app: app.issuer.begin(),
    "log_in": lambda app: app.log_in(),
    "refresh": lambda app: app.issuer.refresh(f"{'A' * 43}.{'B' * 43}", "web"),
    "revoke": lambda app: app.revoke(f"{'A' * 43}.{'B' * 43}"),
    "revoke_all": lambda app: app.revoke_all("alice"),
}


def start() -> App:
    revoker = kit.revoker()
    return App(look(), kit.issuer(), revoker.revoke, revoker.revoke_all)


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    """With the times that the tests expect."""
    monkeypatch.setattr(kit, "REFRESH_IDLE_DAYS", 7)
    monkeypatch.setattr(kit, "REFRESH_ABSOLUTE_DAYS", 30)
    monkeypatch.setattr(kit, "GRACE_SECONDS", 60)
    with corner(monkeypatch):
        yield start()


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> App:
    """With a store that refuses connections."""
    with monkeypatch.context() as patch:
        patch.setenv(VARIABLE, NOWHERE)
        return start()


def refresh(app: App, token: str, client: str = "web") -> str:
    pair = app.issuer.refresh(token, client)
    assert kit.verifier()(pair.access)["sub"] == "alice"
    return pair.refresh


def cannot_refresh(app: App, token: Any, why: str = ".", client: str = "web") -> None:
    with pytest.raises(kit.InvalidToken, match=why) as refusal:
        app.issuer.refresh(token, client)
    assert not token or str(token) not in str(refusal.value)


def login_of(token: str) -> str:
    """Return the id of the login: `sid` in the access token, and in names in the store."""
    return token_hashes(token)[0]
