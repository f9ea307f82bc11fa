"""The issuer's side in the tests of refresh tokens, with a look into its store."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import redis

import families
import tokens as kit
from redis_corner import NOWHERE, corner


@dataclass(frozen=True)
class App:
    server: redis.Redis
    issuer: kit.Issuer
    revoke: Callable[[str], None]
    revoke_all: Callable[[str], None]

    def log_in(self, subject: str = "alice") -> str:
        return self.issuer.log_in(subject, "web").refresh

    def dump(self) -> str:
        """Return all that stands in the store: names, values and what ends by itself."""
        lines = []
        for name in sorted(map(str, self.server.scan_iter(f"{families.PREFIX}*", count=1000))):
            is_hash = self.server.type(name) == "hash"
            value = str(self.server.hgetall(name) if is_hash else self.server.get(name))
            lines.append(f"{name} {value}")
        return "\n".join(lines)


def start() -> App:
    revoker = kit.revoker()
    issuer = kit.issuer()
    return App(issuer.families.server, issuer, revoker.revoke, revoker.revoke_all)


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    """With the times that the tests expect."""
    monkeypatch.setattr(kit, "REFRESH_IDLE_DAYS", 7)
    monkeypatch.setattr(kit, "REFRESH_ABSOLUTE_DAYS", 30)
    monkeypatch.setattr(kit, "GRACE_SECONDS", 60)
    with corner(families, kit.STORE_URL, monkeypatch):
        yield start()


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch) -> App:
    """With a store that refuses connections."""
    with monkeypatch.context() as patch:
        patch.setenv("REDIS_URL", NOWHERE)
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
    return hashlib.sha256(token.partition(".")[0].encode()).hexdigest()


def record_of(token: str) -> str:
    """Return the name of the record of the login."""
    return f"{families.PREFIX}login:{login_of(token)}"


def retry_of(token: str) -> str:
    """Return the name of what a retry needs, which the store has until the grace ends."""
    return f"{families.PREFIX}retry:{login_of(token)}"
