"""What all attacks use: base64url by hand, the check that a token is refused, a clock to move.

The rest comes from the kit's own `forging.py`: keys, tokens made by hand, and the words in which
the kit refuses them. `times.py` says how its tokens write a time.
"""

import base64
import json
import sys
import time
from collections.abc import Callable
from datetime import datetime, tzinfo
from typing import Any

import pytest

import times
import tokens as kit

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
LIFE = kit.ACCESS_MINUTES * 60 + kit.LEEWAY_SECONDS

Issue = Callable[..., str]
Verify = Callable[[Any], dict[str, Any]]


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "==")


def octets(part: Any) -> bytes:
    """Return bytes as they are, and anything else as JSON."""
    return part if isinstance(part, bytes) else json.dumps(part).encode()


def other_spellings(token: str) -> list[str]:
    """Return the texts with the same bytes: the last character may have bits that nobody reads."""
    spellings = {2: 16, 3: 4}.get(len(token.rpartition(".")[2]) % 4, 1)
    last = ALPHABET.index(token[-1])
    return [token[:-1] + ALPHABET[last ^ bits] for bits in range(1, spellings)]


def refuse(token: Any, verify: Verify, reason: str | None = None) -> None:
    """Fail unless the token is refused for the reason, in a message that does not show it."""
    with pytest.raises(kit.InvalidToken, match=reason) as caught:
        verify(token)
    if token:
        assert str(token) not in str(caught.value)


class Clock:
    """Stands still until it is moved. PyJWT reads it too, in the kits that use PyJWT."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at = at = int(time.time())
        clock = self

        class Moved(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> "Moved":
                return cls.fromtimestamp(clock.at, tz)

        assert Moved.now().timestamp() == at
        monkeypatch.setattr(kit, "now", lambda: times.reading(self.at))
        if "jwt.api_jwt" in sys.modules:
            monkeypatch.setattr("jwt.api_jwt.datetime", Moved)
