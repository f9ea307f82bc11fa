"""Sends requests to a Flask issuer, as an app does, for the tests."""

from typing import Any

from flask import Flask

import tokens
from flask_refresh_app import refresh_app_blueprint as start
from raw import Send, over_wsgi, over_wsgi_by_commas

INVALID = 400  # the status for JSON that says something odd
PREFLIGHT = 200  # the status for OPTIONS
SERVERS: dict[str, Send] = {"wsgi": over_wsgi, "wsgi by commas": over_wsgi_by_commas}

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


def application() -> Flask:
    app = Flask(__name__)
    app.register_blueprint(start(check_password))
    return app


def send(
    method: str, endpoint: str, token: str | None, headers: dict[str, str], body: bytes
) -> Any:
    cookie = {} if token is None else {"Cookie": f"{tokens.REFRESH_COOKIE_NAME}={token}"}
    client = application().test_client(use_cookies=False)
    return client.open(f"/{endpoint}", method=method, headers=headers | cookie, data=body)


def text(response: Any) -> str:
    return str(response.text)
