"""Real requests to a FastAPI application with a login, through its cookies."""

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, WebSocket
from fastapi.responses import FileResponse, PlainTextResponse, StreamingResponse
from fastapi.staticfiles import StaticFiles
from fastapi.testclient import TestClient
from starlette.requests import Request
from starlette.websockets import WebSocketDisconnect

import samples
import tokens
from asgi_guard import AsgiGuard
from fastapi_session import Session, Sessions, csrf_token
from lookalikes import lookalikes
from session_corner import NOWHERE, VARIABLE

ADA = {"name": "ada", "password": "correct horse"}
SET = re.compile(
    rf"{tokens.COOKIE_NAME}=([A-Za-z0-9_-]{{43}}); Path=/; Secure; HttpOnly; SameSite=Lax"
)
CLEARED = f"{tokens.COOKIE_NAME}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in samples.environment().items():
        monkeypatch.setenv(name, value)


def check_password(name: str, password: str) -> str | None:
    return f"user-{name}" if {"name": name, "password": password} == ADA else None


def application() -> FastAPI:
    sessions = Sessions(check_password)
    app, mounted = FastAPI(), FastAPI()
    app.include_router(sessions.router)
    app.add_middleware(
        AsgiGuard, check=sessions.check, name="session", open_paths=["/login", "/logout", "/open"]
    )
    Current = Annotated[Session, Depends(sessions.current)]  # noqa: N806 - a type

    def me(session: Current) -> str:
        return session.user

    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        app.add_api_route("/me", me, methods=[method])

    @app.get("/unasked")
    @mounted.get("/path")
    def unasked(request: Request) -> str:
        return str(request.state.session.user)

    @app.get("/open")
    def opened() -> str:
        return "open"

    @app.get("/response")
    def response() -> PlainTextResponse:
        return PlainTextResponse("x", headers={"Cache-Control": "public, max-age=600"})

    @app.get("/file")
    def file() -> FileResponse:
        return FileResponse(__file__)

    @app.get("/stream")
    def stream() -> StreamingResponse:
        def pieces() -> Iterator[str]:
            yield from "xy"

        return StreamingResponse(pieces())

    @app.websocket("/ws")
    async def socket(websocket: WebSocket, session: Current) -> None:
        await websocket.accept()
        await websocket.send_text(session.user)
        await websocket.close()

    app.mount("/mounted", mounted)
    app.mount("/files", StaticFiles(directory=Path(__file__).parent))
    app.add_route("/added", lambda request: PlainTextResponse(request.state.session.user))
    return app


CLOSED = ["/me", "/unasked", "/session", "/response", "/file", "/stream", "/mounted/path", "/added"]
CLOSED += [f"/files/{Path(__file__).name}", "/docs", "/openapi.json", "/nowhere"]


def client(token: str | None = None) -> TestClient:
    browser = TestClient(application(), base_url="https://testserver")
    if token is not None:
        browser.headers["Cookie"] = f"{tokens.COOKIE_NAME}={token}"
    return browser


def status_of(app: FastAPI, method: str, path: str, *cookies: bytes) -> tuple[int, str]:
    """Return status and body of a request whose `Cookie` headers are exactly these bytes."""
    headers = [(b"host", b"testserver"), *((b"cookie", each) for each in cookies)]
    if method == "POST":
        headers.append((b"content-type", b"application/json"))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "https",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers,
    }
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": json.dumps(ADA).encode()}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    body = b"".join(each.get("body", b"") for each in sent)
    return sent[0]["status"], body.decode()


def token_of(response: Any) -> str:
    """The token that was set, in a cookie that has exactly the attributes that it must have."""
    match = SET.fullmatch(response.headers["Set-Cookie"])
    assert match is not None
    return match[1]


def test_a_login_sets_the_cookie_and_the_cookie_lets_in() -> None:
    browser = client()
    response = browser.post("/login", json=ADA)
    token = token_of(response)
    assert response.json() == {"user": "user-ada", "csrf_token": csrf_token(token)}
    assert response.headers["Cache-Control"] == "no-store"
    assert browser.get("/me").json() == "user-ada"
    assert browser.get("/me").headers["Cache-Control"] == "no-store"
    assert browser.get("/session").json() == response.json()
    assert client(token).get("/me").json() == "user-ada"


@pytest.mark.parametrize(
    "credentials", [ADA | {"password": "wrong"}, ADA | {"name": "grace"}, ADA | {"password": ""}]
)
def test_wrong_credentials_set_no_cookie(credentials: dict[str, str]) -> None:
    response = client().post("/login", json=credentials)
    assert response.status_code == 401
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("field", ["name", "password"])
def test_overlong_credentials_are_not_even_hashed(field: str) -> None:
    assert client().post("/login", json=ADA | {field: "x" * 1025}).status_code == 422


SECRET = "correct horse"


@pytest.mark.parametrize(
    "body",
    [
        f'"{SECRET}"',
        f'["{SECRET}"]',
        f'{{"name": "ada", "password": ["{SECRET}"]}}',
        f'{{"name": 7, "password": "{SECRET}"}}',
        f'{{"name": "ada", "Password": "{SECRET}"}}',
        f'{{"password": "{SECRET}"}}',
        f'{{"name": "ada", "password": "{SECRET}"',
        f'{{"name": "ada", "password": "{SECRET}", "password": "{SECRET}"}}',
        f'\ufeff{{"name": "ada", "password": "{SECRET}"}}',
        f'{{"name": "ada", "password": "{SECRET}", "x": NaN}}',
        f'{{"name": "{"x" * 300}", "password": "{SECRET}"}}',
        f'{{"name": "ada", "password": "{SECRET * 100}"}}',
        "[" * 100_000,
    ],
)
@pytest.mark.parametrize("kind", ["application/json", "application/JSON; charset=utf-8"])
def test_what_is_no_login_is_refused_and_not_repeated(body: str, kind: str) -> None:
    response = client().post("/login", content=body.encode(), headers={"Content-Type": kind})
    assert (response.status_code, response.headers["Cache-Control"]) == (422, "no-store")
    assert set(response.json()) == {"detail"}
    assert SECRET not in response.text
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("kind", ["", "text/plain", "application/x-www-form-urlencoded"])
def test_a_login_is_json_and_says_so(kind: str) -> None:
    response = client().post(
        "/login", content=json.dumps(ADA).encode(), headers={"Content-Type": kind}
    )
    assert response.status_code == 422
    assert SECRET not in response.text


@pytest.mark.parametrize("credentials", [ADA | {"name": "\ud800"}, ADA | {"password": "a\udfff"}])
def test_half_a_character_is_nobodys_name(credentials: dict[str, str]) -> None:
    response = client().post(
        "/login",
        content=json.dumps(credentials).encode(),
        headers={"Content-Type": "application/json"},
    )
    assert (response.status_code, response.json()) == (401, {"detail": "Unauthorized"})


def test_a_user_whose_id_is_no_text_is_not_let_in() -> None:
    app = FastAPI()
    app.include_router(Sessions(lambda *_: "\ud800").router)
    assert TestClient(app).post("/login", json=ADA).status_code == 401


def test_a_login_that_was_under_way_does_not_survive_a_log_out_everywhere() -> None:
    """The password is right, and changed before the session is opened."""

    def check(name: str, _: str) -> str:
        tokens.revoker().revoke_all(name)
        return name

    app = FastAPI()
    app.include_router(Sessions(check).router)
    response = TestClient(app).post("/login", json=ADA)
    assert (response.status_code, "Set-Cookie" in response.headers) == (401, False)


@pytest.mark.parametrize("path", CLOSED)
def test_without_a_cookie_nothing_is_open_that_is_not_listed(path: str) -> None:
    for method in ("GET", "POST", "HEAD", "OPTIONS"):
        assert client().request(method, path).status_code == 401
    assert client().get(path).json() == {"detail": "Unauthorized"}
    assert client().get("/open").json() == "open"


@pytest.mark.parametrize("path", CLOSED)
def test_no_answer_to_who_is_signed_in_may_be_kept(path: str) -> None:
    response = client(samples.good()).get(path)
    assert response.headers.get_list("Cache-Control") == ["no-store"]
    assert response.status_code == (404 if path == "/nowhere" else 200)


def test_a_socket_needs_a_session_too() -> None:
    with client(samples.good("ada")).websocket_connect("/ws") as socket:
        assert socket.receive_text() == "ada"
    for browser in (client(), client(samples.forged()), client(samples.expired())):
        with pytest.raises(WebSocketDisconnect) as refusal, browser.websocket_connect("/ws"):
            pass
        assert refusal.value.code == 1008


@pytest.mark.parametrize(
    ("headers", "opens"),
    [
        ({"Origin": "https://testserver"}, True),
        ({"Origin": "https://testserver", "Sec-Fetch-Site": "same-origin"}, True),
        ({"Origin": "https://evil.testserver"}, False),
        ({"Origin": "null"}, False),
        ({"Origin": "https://testserver", "Sec-Fetch-Site": "same-site"}, False),
    ],
)
def test_a_socket_is_opened_by_pages_of_this_host_alone(
    headers: dict[str, str], opens: bool
) -> None:
    browser = client(samples.good("ada"))
    if opens:
        with browser.websocket_connect("/ws", headers=headers) as socket:
            assert socket.receive_text() == "ada"
    else:
        with pytest.raises(WebSocketDisconnect), browser.websocket_connect("/ws", headers=headers):
            pass


def test_the_dependency_works_without_the_guard() -> None:
    sessions, app = Sessions(check_password), FastAPI()
    app.include_router(sessions.router)
    app.get("/me", dependencies=[Depends(sessions.current)])(lambda: "in")
    assert TestClient(app).get("/me").status_code == 401
    browser = TestClient(app, headers={"Cookie": f"{tokens.COOKIE_NAME}={samples.good('ada')}"})
    for url in ("/me", "/session"):
        response = browser.get(url)
        assert (response.status_code, response.headers["Cache-Control"]) == (200, "no-store")


def test_the_dependency_refuses_a_socket_without_the_guard() -> None:
    sessions, app = Sessions(check_password), FastAPI()

    @app.websocket("/ws")
    async def socket(
        websocket: WebSocket, session: Annotated[Session, Depends(sessions.current)]
    ) -> None:
        await websocket.accept()
        await websocket.send_text(session.user)
        await websocket.close()

    with (
        pytest.raises(WebSocketDisconnect) as refusal,
        TestClient(app).websocket_connect("/ws"),
    ):
        pass
    assert refusal.value.code == 1008
    browser = TestClient(app, headers={"Cookie": f"{tokens.COOKIE_NAME}={samples.good('ada')}"})
    with browser.websocket_connect("/ws") as opened:
        assert opened.receive_text() == "ada"


@pytest.mark.parametrize("lookalike", lookalikes(tokens.COOKIE_NAME), ids=ascii)
def test_a_cookie_that_is_named_almost_alike_is_refused(lookalike: str) -> None:
    """Whatever the parsers of the framework make of it, alone and beside the real one."""
    app, evil, good = application(), samples.good("mallory"), samples.good("ada")
    planted = f"{lookalike}={evil}".encode("latin-1")
    real = f"{tokens.COOKIE_NAME}={good}".encode()
    for headers in (
        *([planted], [planted + b"; " + real], [real + b"; " + planted]),
        *([planted, real], [real, planted], [b"a=1", planted, real]),
    ):
        for method, path in (("GET", "/me"), ("GET", "/session"), ("POST", "/login")):
            status, body = status_of(app, method, path, *headers)
            assert status == 400, (headers, path)
            assert "mallory" not in body
        assert status_of(app, "POST", "/logout", *headers)[0] == 400
    assert status_of(app, "GET", "/me", real) == (200, '"ada"')


def test_a_cookie_that_occurs_twice_is_refused() -> None:
    app = application()
    first, second = (f"{tokens.COOKIE_NAME}={samples.good()}".encode() for _ in range(2))
    for headers in ([first + b"; " + second], [first, second], [first, first]):
        assert status_of(app, "GET", "/me", *headers)[0] == 400


def test_a_header_that_was_split_is_read_as_one() -> None:
    real = f"{tokens.COOKIE_NAME}={samples.good('ada')}".encode()
    for headers in ([b"a=1", real], [real, b"a=1"], [b"a=1; " + real + b"; b=2"]):
        assert status_of(application(), "GET", "/me", *headers) == (200, '"ada"')


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "A" * 44, "A" * 10_000, "é", '"', "a b"])
def test_a_cookie_that_is_no_session_is_refused(token: str) -> None:
    headers = {"Cookie": f"{tokens.COOKIE_NAME}={token}".encode()}
    assert client().get("/me", headers=headers).status_code == 401


def test_an_expired_session_is_refused() -> None:
    assert client(samples.good()).get("/me").status_code == 200
    assert client(samples.expired()).get("/me").status_code == 401


def test_a_forged_session_is_refused() -> None:
    assert client(samples.forged()).get("/me").status_code == 401


def test_only_the_cookie_counts() -> None:
    token = samples.good()
    headers = {"Authorization": f"Bearer {token}", "Cookie": f"session={token}"}
    assert client().get(f"/me?session={token}", headers=headers).status_code == 401


def test_a_logout_ends_the_session_and_clears_the_cookie() -> None:
    token = samples.good()
    response = client(token).post("/logout", headers={"X-CSRF-Token": csrf_token(token)})
    assert (response.status_code, response.headers["Set-Cookie"]) == (204, CLEARED)
    assert client(token).get("/me").status_code == 401


def test_a_logout_without_a_living_session_clears_the_cookie() -> None:
    token = samples.forged()
    for browser in (client(), client(token)):
        response = browser.post("/logout", headers={"X-CSRF-Token": csrf_token(token)})
        assert (response.status_code, response.headers["Set-Cookie"]) == (204, CLEARED)


def test_a_logout_everywhere_ends_all_sessions_of_this_user_alone() -> None:
    one, two, other = samples.good("a"), samples.good("a"), samples.good("b")
    response = client(one).post("/logout-everywhere", headers={"X-CSRF-Token": csrf_token(one)})
    assert (response.status_code, response.headers["Set-Cookie"]) == (204, CLEARED)
    assert [client(token).get("/me").status_code for token in (one, two, other)] == [401, 401, 200]


def test_a_login_ends_the_session_that_was_there() -> None:
    """Also one that somebody planted: it is neither taken over nor left alive."""
    planted = samples.good("mallory")
    token = token_of(client(planted).post("/login", json=ADA))
    assert token != planted
    assert client(planted).get("/me").status_code == 401
    assert client(token).get("/me").json() == "user-ada"
    token_of(client("no session at all").post("/login", json=ADA))


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_change_needs_the_csrf_token_of_this_very_session(method: str) -> None:
    token, other = samples.good("a"), samples.good("a")
    browser = client(token)
    right = csrf_token(token)
    for sent in ("", "x", right[:-1], right.upper(), token, csrf_token(other), "é"):
        headers = {"X-CSRF-Token": sent.encode()}
        assert browser.request(method, "/me", headers=headers).status_code == 403
    assert browser.request(method, "/me").status_code == 403
    assert browser.request(method, f"/me?csrf_token={right}").status_code == 403
    assert browser.request(method, "/me", headers={"X-CSRF-Token": right}).status_code == 200


@pytest.mark.parametrize("url", ["/logout", "/logout-everywhere"])
def test_nobody_is_logged_out_by_another_site(url: str) -> None:
    token = samples.good()
    assert client(token).post(url).status_code == 403
    assert client(token).get(url).status_code == 405
    assert client(token).get("/me").status_code == 200


def test_a_csrf_token_alone_lets_nobody_in() -> None:
    token = samples.forged()
    headers = {"X-CSRF-Token": csrf_token(token)}
    assert client(token).post("/me", headers=headers).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://testserver"}, 200),
        ({"Origin": "https://testserver"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": "https://testserver"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "https://testserver.evil.example"}, 403),
        ({"Origin": "https://testserver:8443"}, 403),
        ({"Origin": "null"}, 403),
    ],
)
def test_nobody_is_logged_in_by_another_site(headers: dict[str, str], status: int) -> None:
    response = client().post("/login", json=ADA, headers=headers)
    assert (response.status_code, "Set-Cookie" in response.headers) == (status, status == 200)


def test_with_the_store_down_nobody_is_let_in_or_told_that_he_is_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    token = samples.good()
    monkeypatch.setenv(VARIABLE, NOWHERE)
    browser = client(token)
    csrf = {"X-CSRF-Token": csrf_token(token)}
    responses = [
        browser.get("/me"),
        browser.get("/session"),
        browser.post("/login", json=ADA),
        browser.post("/logout", headers=csrf),
        browser.post("/logout-everywhere", headers=csrf),
    ]
    assert [each.status_code for each in responses] == [503] * 5
    assert not any("Set-Cookie" in each.headers for each in responses)


def test_a_logout_everywhere_that_fails_halfway_is_503(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        def revoke_all(self, subject: str) -> int:
            raise tokens.StoreUnavailable(subject)

    monkeypatch.setattr(tokens, "revoker", Broken)
    token = samples.good()
    csrf = {"X-CSRF-Token": csrf_token(token)}
    assert client(token).post("/logout-everywhere", headers=csrf).status_code == 503


def test_openapi_says_which_cookie_is_needed() -> None:
    document = client(samples.good()).get("/openapi.json").json()
    assert document["components"]["securitySchemes"] == {
        "Session": {"type": "apiKey", "in": "cookie", "name": tokens.COOKIE_NAME}
    }
    assert document["paths"]["/me"]["get"]["security"] == [{"Session": []}]
