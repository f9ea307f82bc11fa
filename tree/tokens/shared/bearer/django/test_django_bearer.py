"""Real requests to a Django project of three views, through the middleware and our own tokens."""

import asyncio
import socket
from http.cookies import SimpleCookie
from typing import Any

import django
import pytest
from django.conf import settings
from django.core.asgi import get_asgi_application
from django.core.wsgi import get_wsgi_application
from django.http import HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.test import Client, override_settings
from django.urls import path
from django.utils.decorators import method_decorator
from django.views import View

import samples
import tokens
from django_bearer import BearerRequest, bearer_not_required

if not settings.configured:
    settings.configure(SECRET_KEY="only for these tests", ALLOWED_HOSTS=["*"])
    django.setup()


def me(request: BearerRequest) -> JsonResponse:
    return JsonResponse({"subject": request.subject, "sub": request.claims["sub"]})


def cached(_: BearerRequest) -> HttpResponse:
    return HttpResponse("cached", headers={"Cache-Control": "public, max-age=600"})


def stream(_: BearerRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse([b"a", b"b"])


@bearer_not_required
def health(request: HttpRequest) -> HttpResponse:
    assert not hasattr(request, "claims")
    return HttpResponse("alive")


@method_decorator(bearer_not_required, name="dispatch")
class About(View):
    def get(self, _: HttpRequest) -> HttpResponse:
        return HttpResponse("open")


urlpatterns = [path("me", me), path("cached", cached), path("stream", stream)]
urlpatterns += [path("health", health), path("about", About.as_view())]


@pytest.fixture(autouse=True)
def project(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in samples.environment().items():
        monkeypatch.setenv(name, value)
    with override_settings(
        ROOT_URLCONF=__name__, MIDDLEWARE=["django_bearer.BearerMiddleware"], ALLOWED_HOSTS=["*"]
    ):
        yield


def get(authorization: str | None, url: str = "/me") -> Any:
    headers = None if authorization is None else {"Authorization": authorization}
    return Client().get(url, headers=headers)


def refused(response: Any) -> bool:
    return (response.status_code, response.content, response.headers["WWW-Authenticate"]) == (
        401,
        b"",
        'Bearer error="invalid_token"',
    )


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_good_token_is_let_in(scheme: str) -> None:
    response = get(f"{scheme} {samples.good('ada')}")
    assert (response.status_code, response.json()) == (200, {"subject": "ada", "sub": "ada"})


def test_two_users_do_not_mix() -> None:
    client = Client()
    for name in ("ada", "grace", "ada"):
        header = {"Authorization": f"Bearer {samples.good(name)}"}
        assert client.get("/me", headers=header).json()["subject"] == name


def test_without_a_token_the_answer_asks_for_one() -> None:
    response = get(None)
    assert (response.status_code, response.content) == (401, b"")
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_an_expired_token_is_refused() -> None:
    assert refused(get(f"Bearer {samples.expired()}"))


def test_a_forged_token_is_refused() -> None:
    assert refused(get(f"Bearer {samples.forged()}"))


@pytest.mark.parametrize(
    "header",
    [
        *("", " ", "{0}", "Bearer", "Bearer ", "Bearer{0}", "Bearer  {0}", "Bearer\t{0}"),
        *("Token {0}", "Bearer {0},", "Bearer {0}, Bearer {0}", "Bearer {0} {0}", "Bearer {0} x"),
        *("Bearer token={0}", 'Bearer "{0}"', "Bearer Bearer {0}", "XBearer {0}", "Bearer {0}é"),
        *("Basic {0}", "Bearer {0}=", "Bearer {0}\n", "Bearer {0}\x00"),
    ],
)
def test_a_malformed_header_is_refused(header: str) -> None:
    token = samples.good()
    assert get(f"Bearer {token}").status_code == 200
    assert refused(get(header.format(token)))


def test_an_oversize_header_never_reaches_the_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "verifier", lambda: lambda _: {"sub": "anybody"})
    assert get("Bearer " + "A" * 8192).status_code == 200
    assert refused(get("Bearer " + "A" * 8193))


def test_only_the_header_counts() -> None:
    token = samples.good()
    client = Client()
    client.cookies = SimpleCookie({"access_token": token, "__Host-session": token})
    assert client.get(f"/me?access_token={token}&token={token}").status_code == 401
    assert client.post("/me", {"access_token": token}).status_code == 401


def test_two_headers_are_refused_under_asgi() -> None:
    """As a server hands them over: a list of headers in which one stands twice."""
    header = (b"authorization", f"Bearer {samples.good()}".encode())
    assert ask_asgi([header]) == 200
    assert ask_asgi([header, header]) == 401


def test_it_works_under_asgi_too() -> None:
    assert ask_asgi([]) == 401
    assert ask_asgi([(b"authorization", f"Bearer {samples.forged()}".encode())]) == 401


def test_open_views_are_open_and_ignore_the_token() -> None:
    for url in ("/health", "/about"):
        assert get(None, url).status_code == 200
        assert get(f"Bearer {samples.forged()}", url).status_code == 200


def test_a_check_that_fails_is_503_and_gives_no_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: str) -> dict[str, Any]:
        raise OSError("10.0.0.7:6379 refused the connection")

    monkeypatch.setattr(tokens, "verifier", lambda: broken)
    response = get(f"Bearer {samples.good()}")
    assert (response.status_code, response.content) == (503, b"")


def test_with_its_store_down_nobody_is_let_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kit whose check asks no store takes no notice."""
    token = samples.good()
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    monkeypatch.setenv("REDIS_URL", f"redis://127.0.0.1:{port}/0")
    monkeypatch.setenv("DATABASE_URL", f"postgresql://nobody@127.0.0.1:{port}/nowhere")
    try:
        expected = 200 if tokens.verifier()(token) else 401
    except Exception:
        expected = 503
    assert get(f"Bearer {token}").status_code == expected


def test_a_service_whose_keys_are_unfit_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def unfit() -> None:
        raise LookupError("no key")

    get_wsgi_application()
    monkeypatch.setattr(tokens, "verifier", unfit)
    with pytest.raises(LookupError):
        get_wsgi_application()


def test_a_cache_keeps_users_apart() -> None:
    assert get(f"Bearer {samples.good()}").headers["Vary"] == "Authorization"


@pytest.mark.parametrize("url", ["/me", "/cached", "/stream"])
def test_no_answer_to_a_bearer_may_be_kept(url: str) -> None:
    response = get(f"Bearer {samples.good()}", url)
    assert response.status_code == 200
    assert {"no-store", "private"} <= set(response.headers["Cache-Control"].split(", "))
    assert "public" not in response.headers["Cache-Control"]
    assert "Cache-Control" not in get(None, "/health").headers


def test_the_reason_is_in_the_log_and_the_token_is_not(caplog: pytest.LogCaptureFixture) -> None:
    token = samples.forged()
    with caplog.at_level("INFO", logger="tokens"):
        get(f"Bearer {token}")
    (record,) = [each for each in caplog.records if each.name == "tokens"]
    assert record.getMessage().startswith("refused: ")
    assert token not in caplog.text


def ask_asgi(headers: list[tuple[bytes, bytes]]) -> int:
    """The status of GET /me."""
    scope: dict[str, Any] = {"type": "http", "method": "GET", "path": "/me", "query_string": b""}
    scope |= {"asgi": {"version": "3.0"}, "headers": headers}
    statuses: list[int] = []
    arriving = [{"type": "http.request", "body": b""}]

    async def receive() -> dict[str, Any]:
        if arriving:
            return arriving.pop()
        await asyncio.sleep(60)  # the client stays; Django stops listening when it has answered
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    application: Any = get_asgi_application()
    asyncio.run(application(scope, receive, send))
    return statuses[0]
