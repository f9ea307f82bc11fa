"""Decisions, settings, tokens and cookies to try confirm.py on."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

import confirm
from confirm_promises import PROMISES

FOLDER = Path(confirm.__file__).parent
VALUES: dict[str, str | int] = {
    "issuer": "https://auth.example.com",
    "audience": "https://api.example.com",
    "access-minutes": 15,
    "leeway-seconds": 30,
    "cookie-name": "__Host-session",
    "idle-minutes": 30,
    "absolute-hours": 12,
    "refresh-cookie-name": "__Host-refresh",
    "refresh-idle-days": 7,
    "refresh-absolute-days": 30,
    "grace-seconds": 10,
    "store-url": "redis://127.0.0.1:6379/0",
    "database-url": "sqlite:///tokens.sqlite3",
    "cache-seconds": 0,
}
# What a decision for Redis and for a browser has, where a kit offers other options, too.
OF_OPTIONS = ("store-url", "cookie-name", "refresh-cookie-name")
SECRET = "c2VjcmV0LXRoYXQtbXVzdC1uZXZlci1iZS1wcmludGVk"
HEADER = {"alg": "HS256", "typ": "at+jwt"}
CLAIMS: dict[str, Any] = {
    "iss": "https://auth.example.com",
    "aud": "https://api.example.com",
    "sub": "user-1",
    "jti": "4f1a",
    "iat": 1_800_000_000,
    "exp": 1_800_000_900,
}
ISO = {
    "iat": "2027-01-15T08:00:00+00:00",
    "nbf": "2027-01-15T08:00:00+00:00",
    "exp": "2027-01-15T08:15:00+00:00",
}
RANDOM = "x5" * 21 + "Q"
COOKIE = f"__Host-session={RANDOM}; Path=/; Secure; HttpOnly; SameSite=Lax"


def decision(outcome: str, **changed: Any) -> dict[str, Any]:
    return {
        "format": 1,
        "version": "0" * 64,
        "saved": {"permalink": "https://advisor.example/r/x/"},
        "settings": {
            id: VALUES[id]
            for id in (*PROMISES[outcome].settings, *PROMISES[outcome].of_variants)
            if id in (*PROMISES[outcome].settings, *OF_OPTIONS)
        },
        "result": {"outcome": outcome, "requirements": []},
        **changed,
    }


class Confirm:
    """Runs confirm.py on a decision for one outcome; `printed` is all that it printed."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.capsys = capsys
        self.printed = ""

    def file(self, name: str, text: str | bytes) -> str:
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    def __call__(self, outcome: str, *arguments: str, **changed: Any) -> int:
        made = json.dumps(decision(outcome, **changed))
        code = confirm.main([self.file("recommendation.json", made), *arguments])
        printed = self.capsys.readouterr()
        self.printed = printed.out + printed.err
        assert SECRET not in self.printed
        return code

    def settings(self, outcome: str, text: str, *more: str, name: str = "settings.py") -> int:
        return self(outcome, "--settings", self.file(name, text), *more)

    def token(self, outcome: str, token: str, **changed: Any) -> int:
        code = self(outcome, "--token", self.file("sample.txt", f"{token}\n"), **changed)
        assert token == "" or token not in self.printed
        return code

    def cookie(self, outcome: str, text: str, **changed: Any) -> int:
        return self(outcome, "--set-cookie", self.file("headers.txt", text), **changed)

    def lines(self, status: str) -> dict[str, str]:
        """Of this status, what was said by name."""
        rows = [line.split(None, 2) for line in self.printed.splitlines()]
        return {row[1]: row[2] for row in rows if row and row[0] == status}


def b64(data: bytes | dict[str, Any]) -> str:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def jwt(header: Any = HEADER, claims: Any = CLAIMS, signature: bytes = b"s" * 32) -> str:
    return f"{b64(header)}.{b64(claims)}.{b64(signature)}"


def paseto(claims: Any, purpose: str = "public") -> str:
    return f"v4.{purpose}.{b64(json.dumps(claims).encode() + b's' * 64)}"


def without(name: str, items: dict[str, Any] = CLAIMS) -> dict[str, Any]:
    return {key: value for key, value in items.items() if key != name}


OUTSIDE = {"alg": "dir", "enc": "A256GCM", "typ": "at+jwt"}
KINDS = {
    "opaque-session": RANDOM,
    "jwt-hs256": jwt(),
    "paseto-public": paseto({**CLAIMS, **ISO}),
    "paseto-local": paseto({}, "local"),
    "jwe": f"{b64(OUTSIDE)}..{b64(b'i' * 12)}.eA.{b64(b't' * 16)}",
}

HS256 = """
ISSUER = "https://auth.example.com"
AUDIENCE = "https://api.example.com"
ACCESS_MINUTES = 15
LEEWAY_SECONDS = 30
ALGORITHM = "HS256"
TYPE = "at+jwt"
"""
