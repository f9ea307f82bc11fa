"""Opens and reads sessions, with a look into their store."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

import tokens as kit
from session_corner import Corner, look


@dataclass(frozen=True)
class App:
    corner: Corner
    issue: kit.Issue
    verify: kit.Verify
    revoke: Callable[[str], None]
    revoke_all: Callable[[str], None]


ACTS: dict[str, Callable[[App], object]] = {
    "begin": lambda app: app.issue.begin(),
    "issue": lambda app: app.issue("alice"),
    "login over a session": lambda app: app.issue("alice", replaces="A" * 43),
    "verify": lambda app: app.verify("A" * 43),
    "revoke": lambda app: app.revoke("A" * 43),
    "revoke_all": lambda app: app.revoke_all("alice"),
}


def start() -> App:
    revoker = kit.revoker()
    return App(look(), kit.issuer(), kit.verifier(), revoker.revoke, revoker.revoke_all)


def moment(app: App, token: str, name: str) -> int:
    """Return when a session was `created`, or last `seen`."""
    return app.corner.moment(token, name)


class Clock:
    """Stands still until it is moved."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.time = kit.now()
        monkeypatch.setattr(kit, "now", lambda: self.time)
