"""A Django project's views, and a browser that signs in to them, for the tests."""

import asyncio
import datetime
import re
from typing import Any
from unittest.mock import patch

from django.contrib.auth import (
    authenticate,
    get_user_model,
    login,
    logout,
    update_session_auth_hash,
)
from django.core.asgi import get_asgi_application
from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.test import Client
from django.urls import path
from django.utils import timezone

import tokens

COOKIE = tokens.COOKIE_NAME
SET = re.compile(rf"Set-Cookie: {COOKIE}=([a-z0-9]{{32}}); HttpOnly; Path=/; SameSite=Lax; Secure")
CLEARED = re.compile(
    rf'Set-Cookie: {COOKIE}=""; expires=Thu, 01 Jan 1970 00:00:00 GMT; HttpOnly; Max-Age=0; '
    r"Path=/; SameSite=Lax; Secure"
)
CSRF = re.compile(
    r"Set-Cookie: __Host-Http-csrf=[A-Za-z0-9]{32}; expires=[^;]+; HttpOnly; Max-Age=31449600; "
    r"Path=/; SameSite=Lax; Secure"
)
IDLE = tokens.IDLE_MINUTES * 60
ABSOLUTE = tokens.ABSOLUTE_HOURS * 3600


def me(request: HttpRequest) -> HttpResponse:
    if not request.user.is_authenticated:
        return HttpResponse("nobody", status=401)
    return HttpResponse(request.user.get_username())


def sign_in(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return HttpResponse(get_token(request))
    name, password = request.POST["name"], request.POST["password"]
    user = authenticate(request, username=name, password=password)
    if user is None:
        return HttpResponse(status=401)
    login(request, user)
    return HttpResponse(status=204)


def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return HttpResponse(status=204)


def change_password(request: HttpRequest) -> HttpResponse:
    user: Any = request.user
    user.set_password(request.POST["password"])
    user.save()
    update_session_auth_hash(request, user)
    return HttpResponse(status=204)


def count(request: HttpRequest) -> HttpResponse:
    request.session["count"] = request.session.get("count", 0) + 1
    return HttpResponse(str(request.session["count"]))


def cached(request: HttpRequest) -> HttpResponse:
    headers = {"Cache-Control": "public, max-age=600", "Expires": "Fri, 01 Jan 2100 00:00:00 GMT"}
    return HttpResponse(me(request).content, headers=headers)


def stream(_: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse(iter(["a", "b"]))


async def asynchronous(request: Any) -> HttpResponse:
    user = await request.auser()
    await request.session.aset("seen", True)
    return HttpResponse(user.get_username() or "nobody")


urlpatterns = [
    path("me", me),
    path("login", sign_in),
    path("logout", sign_out),
    path("password", change_password),
    path("count", count),
    path("async", asynchronous),
    path("cached", cached),
    path("stream", stream),
]


def new_user(name: str, password: str) -> Any:
    user: Any = get_user_model()(username=name)
    user.set_password(password)
    user.save()
    return user


class Browser(Client):
    """Speaks HTTPS, and has to get past the CSRF check."""

    def __init__(self) -> None:
        super().__init__(enforce_csrf_checks=True, headers={"Referer": "https://testserver/"})

    def generic(self, *args: Any, **kwargs: Any) -> Any:
        return super().generic(*args, **(kwargs | {"secure": True}))


def browser(key: str | None = None) -> Any:
    client = Browser()
    if key is not None:
        client.cookies[COOKIE] = key
    return client


def post(client: Any, url: str, **data: str) -> Any:
    csrf = client.get("/login").content.decode()
    return client.post(url, {"csrfmiddlewaretoken": csrf, **data})


def signed_in() -> Any:
    client = browser()
    if post(client, "/login", name="ada", password="correct horse").status_code != 204:
        raise AssertionError("ada cannot sign in")
    return client


def key_of(client: Any) -> str:
    return str(client.cookies[COOKIE].value)


def later(seconds: int) -> Any:
    """The clocks of Django and of tokens.py go ahead; Redis' own clock does not."""
    then = timezone.now() + datetime.timedelta(seconds=seconds)
    stamp = tokens.now() + seconds
    clocks = patch.object(timezone, "now", lambda: then), patch.object(tokens, "now", lambda: stamp)
    return _Both(*clocks)


class _Both:
    def __init__(self, *patches: Any) -> None:
        self.patches = patches

    def __enter__(self) -> None:
        for each in self.patches:
            each.start()

    def __exit__(self, *_: object) -> None:
        for each in self.patches:
            each.stop()


def wsgi(method: str, path: str, cookie: str) -> tuple[int, bytes]:
    """Return the answer to a request with this HTTP_COOKIE, as a server hands it over."""
    response: Any = Client(enforce_csrf_checks=True).generic(
        method, path, secure=True, HTTP_COOKIE=cookie, HTTP_REFERER="https://testserver/"
    )
    return response.status_code, response.content


def asgi(method: str, path: str, *cookies: bytes) -> tuple[int, bytes]:
    """Return the answer to a request whose `Cookie` headers are exactly these bytes."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "https",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"testserver"), *((b"cookie", each) for each in cookies)],
    }
    sent: list[Any] = []
    received = [{"type": "http.request", "body": b""}]

    async def receive() -> Any:
        if not received:
            await asyncio.sleep(60)  # until Django no longer waits for the end
        return received.pop()

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(get_asgi_application()(scope, receive, send))
    return sent[0]["status"], b"".join(each.get("body", b"") for each in sent)


def rows() -> list[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_key, session_data FROM django_session")
        return list(cursor.fetchall())
