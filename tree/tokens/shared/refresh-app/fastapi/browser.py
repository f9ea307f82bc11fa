"""Sends requests to a FastAPI issuer, as an app does, for the tests."""

from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

import tokens
from fastapi_refresh_app import refresh_app_router as start
from raw import Send, over_asgi

INVALID = 422  # the status for JSON that says something odd
PREFLIGHT = 405  # the status for OPTIONS; CORSMiddleware answers before the router does
SERVERS: dict[str, Send] = {"asgi": over_asgi}

__all__ = [
    "INVALID",
    "PREFLIGHT",
    "SERVERS",
    "application",
    "check_password",
    "send",
    "start",
    "text",
]


def check_password(name: str, password: str) -> str | None:
    return f"user-{name}" if (name, password) == ("ada", "correct horse") else None


def application() -> FastAPI:
    app = FastAPI()
    app.include_router(start(check_password))
    return app


def send(
    method: str, endpoint: str, token: str | None, headers: dict[str, str], body: bytes
) -> Any:
    cookie = {} if token is None else {"Cookie": f"{tokens.REFRESH_COOKIE_NAME}={token}"}
    client = TestClient(application(), base_url="https://testserver")
    return client.request(method, f"/{endpoint}", headers=headers | cookie, content=body)


def text(response: Any) -> str:
    return str(response.text)
