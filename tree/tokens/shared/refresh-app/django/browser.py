"""Sends requests to a Django issuer, as an app does, for the tests."""

from collections.abc import Callable
from threading import Lock
from typing import Any

import django
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest
from django.test import Client, override_settings
from django.urls import URLResolver, clear_url_caches, include, path

import tokens
from django_refresh_app import refresh_app_urls as start
from raw import Answer, Send, over_asgi, over_wsgi, over_wsgi_by_commas

INVALID = 400  # the status for JSON that says something odd
PREFLIGHT = 405  # the status for OPTIONS; CorsMiddleware answers before the view does

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


class Urls:
    """Stands for the project's urls.py."""

    urlpatterns: list[URLResolver]


URLS = Urls()
# With Django's CSRF middleware, which the three views do not depend on.
PROJECT = override_settings(
    ROOT_URLCONF=URLS, MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"]
)
TURN = Lock()  # the settings belong to the process, so the requests of threads take turns
if not settings.configured:
    settings.configure(SECRET_KEY="only for these tests", ALLOWED_HOSTS=["*"])
    django.setup()


def check_password(_: HttpRequest, name: str, password: str) -> str | None:
    return f"user-{name}" if (name, password) == ("ada", "correct horse") else None


def application() -> Any:
    """Give the project its URLs; a server makes its own application of the settings."""
    URLS.urlpatterns = [path("", include(start(check_password)))]
    clear_url_caches()


def _serve(over: Send, handler: Callable[[], Any]) -> Send:
    @PROJECT
    def answer(_: None, url: str, cookies: list[bytes], body: bytes) -> Answer:
        return over(handler(), url, cookies, body)

    return answer


SERVERS: dict[str, Send] = {
    "wsgi": _serve(over_wsgi, WSGIHandler),
    "wsgi by commas": _serve(over_wsgi_by_commas, WSGIHandler),
    "asgi": _serve(over_asgi, ASGIHandler),
}


def send(
    method: str, endpoint: str, token: str | None, headers: dict[str, str], body: bytes
) -> Any:
    kind = headers.get("Content-Type", "application/json")
    with TURN, PROJECT:
        application()
        client = Client(enforce_csrf_checks=True)
        if token is not None:
            client.cookies[tokens.REFRESH_COOKIE_NAME] = token
        return client.generic(method, f"/{endpoint}", body, kind, secure=True, headers=headers)


def text(response: Any) -> str:
    return str(response.content.decode())
