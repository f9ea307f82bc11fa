"""Sends requests to a Django issuer, for the tests."""

from typing import Any

import django
from django.conf import settings
from django.http import HttpRequest
from django.test import Client, override_settings
from django.urls import URLResolver, clear_url_caches, include, path

import tokens
from django_refresh import refresh_urls as start

INVALID = 400  # the status for JSON that says something odd

__all__ = ["INVALID", "check_password", "send", "start", "text"]


class Urls:
    """Stands for the project's urls.py."""

    urlpatterns: list[URLResolver]


URLS = Urls()
if not settings.configured:
    settings.configure(SECRET_KEY="only for these tests", ALLOWED_HOSTS=["*"])
    django.setup()


def check_password(_: HttpRequest, name: str, password: str) -> str | None:
    return f"user-{name}" if (name, password) == ("ada", "correct horse") else None


@override_settings(ROOT_URLCONF=URLS, MIDDLEWARE=["django.middleware.csrf.CsrfViewMiddleware"])
def send(
    method: str, endpoint: str, token: str | None, headers: dict[str, str], body: bytes
) -> Any:
    """To a project with Django's CSRF middleware, which the three views do not depend on."""
    URLS.urlpatterns = [path("auth/", include(start(check_password)))]
    clear_url_caches()
    client = Client(enforce_csrf_checks=True)
    if token is not None:
        client.cookies[tokens.REFRESH_COOKIE_NAME] = token
    kind = headers.get("Content-Type", "application/json")
    url = f"/auth/{endpoint}"
    return client.generic(method, url, body, kind, secure=True, headers=headers)


def text(response: Any) -> str:
    return str(response.content.decode())
