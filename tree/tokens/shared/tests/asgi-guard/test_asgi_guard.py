"""Attempts to get past the guard, at all that a FastAPI application can serve."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request, WebSocket
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import FileResponse, PlainTextResponse, Response, StreamingResponse
from fastapi.staticfiles import StaticFiles
from fastapi.testclient import TestClient
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.websockets import WebSocketDisconnect

from asgi_guard import AsgiGuard

ADA = {"X-User": "ada"}
CLOSED = ["/path", "/ws", "/mounted/path", "/files/secret.txt", "/added", "/docs", "/openapi.json"]
UNCACHED = [
    "/path",
    "/response",
    "/file",
    "/stream",
    "/cached",
    "/mounted/path",
    "/files/secret.txt",
]


def check(connection: HTTPConnection) -> str:
    """Take the word of a header: what stands behind the guard is what is tested."""
    user = connection.headers.get("X-User")
    if user is None:
        raise HTTPException(401, headers={"WWW-Authenticate": "Test"})
    if user == "nobody knows":
        raise HTTPException(503)
    return user


def application(folder: Path) -> FastAPI:
    app = FastAPI()
    (folder / "secret.txt").write_text("secret")
    mounted = FastAPI()

    @app.api_route("/path", methods=["GET", "POST", "OPTIONS"])
    @mounted.get("/path")
    async def path(request: Request) -> str:
        return str(request.state.user)

    @app.get("/response")
    def response() -> Response:
        return PlainTextResponse("of its own")

    @app.get("/cached")
    def cached() -> Response:
        headers = {
            "cache-control": "public, max-age=600",
            "expires": "Fri, 01 Jan 2100 00:00:00 GMT",
        }
        return PlainTextResponse("cached", headers=headers)

    @app.get("/file")
    def file() -> Response:
        return FileResponse(folder / "secret.txt")

    @app.get("/stream")
    def stream() -> Response:
        return StreamingResponse(iter([b"a", b"b"]))

    @app.get("/open")
    def opened(request: Request, who: str = "") -> str:
        assert not hasattr(request.state, "user")
        if who:
            request.state.user = who  # as a dependency does that asks who is there
        return "open"

    @app.websocket("/ws")
    async def socket(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text(str(websocket.state.user))
        await websocket.close()

    async def added(request: Request) -> Response:
        return PlainTextResponse(str(request.state.user))

    app.add_route("/added", added)
    app.mount("/mounted", mounted)
    app.mount("/files", StaticFiles(directory=folder))
    app.mount("/assets", StaticFiles(directory=folder))
    app.add_middleware(
        AsgiGuard, check=check, name="user", open_paths=["/open"], open_prefixes=["/assets/"]
    )
    return app


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    return TestClient(application(tmp_path))


@pytest.mark.parametrize("path", [*CLOSED, "/unknown", "/open/", "/OPEN", "/opened", "/assets", ""])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "PROPFIND"])
def test_nothing_is_open_that_is_not_listed(client: TestClient, path: str, method: str) -> None:
    response = client.request(method, path, follow_redirects=False)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Test"
    assert response.headers["Cache-Control"] == "no-store"
    assert method == "HEAD" or response.json() == {"detail": "Unauthorized"}


@pytest.mark.parametrize(
    "path",
    [
        "/open/../path",
        "/assets/../path",
        "/assets/../files/secret.txt",
        "//open",
        "/open%2f..%2fpath",
    ],
)
def test_no_spelling_of_an_open_path_leads_to_a_closed_one(client: TestClient, path: str) -> None:
    """As a client sends it that resolves no dots."""
    assert asyncio.run(ask(client.app, path)) in (401, 404)


def test_open_paths_are_open_and_may_be_cached(client: TestClient) -> None:
    for path in ("/open", "/assets/secret.txt"):
        response = client.get(path)
        assert response.status_code == 200
        assert "no-store" not in response.headers.get("Cache-Control", "")


@pytest.mark.parametrize("path", UNCACHED)
def test_no_answer_to_somebody_who_is_signed_in_may_be_kept(client: TestClient, path: str) -> None:
    response = client.get(path, headers=ADA)
    assert response.status_code == 200
    assert response.headers.get_list("Cache-Control") == ["no-store"]
    assert "Expires" not in response.headers


@pytest.mark.parametrize("path", ["/unknown", "/docs", "/path?x=%ff"])
def test_nor_an_error_or_a_document(client: TestClient, path: str) -> None:
    assert client.get(path, headers=ADA).headers["Cache-Control"] == "no-store"


def test_an_open_path_that_learns_who_asks_may_not_be_kept(client: TestClient) -> None:
    assert client.get("/open?who=ada").headers["Cache-Control"] == "no-store"


def test_the_application_learns_who_asks_and_does_not_mix_them_up(client: TestClient) -> None:
    for name in ("ada", "grace", "ada"):
        for path in ("/path", "/mounted/path"):
            assert client.get(path, headers={"X-User": name}).json() == name
        assert client.get("/added", headers={"X-User": name}).text == name


@pytest.mark.parametrize(("headers", "code"), [({}, 1008), ({"X-User": "nobody knows"}, 1013)])
@pytest.mark.parametrize("path", ["/ws", "/unknown"])
def test_a_websocket_is_closed_before_it_opens(
    client: TestClient, path: str, headers: dict[str, str], code: int
) -> None:
    with (
        pytest.raises(WebSocketDisconnect) as refused,
        client.websocket_connect(path, headers=headers),
    ):
        pass
    assert refused.value.code == code


def test_a_websocket_of_somebody_who_is_signed_in_opens(client: TestClient) -> None:
    with client.websocket_connect("/ws", headers=ADA) as socket:
        assert socket.receive_text() == "ada"


def test_what_cannot_be_checked_is_503(client: TestClient) -> None:
    response = client.get("/path", headers={"X-User": "nobody knows"})
    assert (response.status_code, response.json()) == (503, {"detail": "Service Unavailable"})


def test_a_check_holds_up_no_event_loop() -> None:
    threads = []

    def watched(_: HTTPConnection) -> str:
        threads.append(threading.get_ident())
        return "ada"

    app = FastAPI()

    @app.get("/")
    async def loop() -> int:
        return threading.get_ident()

    app.add_middleware(AsgiGuard, check=watched, name="user")
    assert TestClient(app).get("/").json() not in threads
    assert len(threads) == 1


@pytest.mark.parametrize("prefix", ["", "/", "//", "static/", "/static"])
def test_a_prefix_that_would_open_more_than_it_says_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="no prefix"):
        AsgiGuard(FastAPI(), check, "user", open_prefixes=[prefix])


def test_open_paths_are_those_behind_the_prefix_of_a_proxy(tmp_path: Path) -> None:
    app = application(tmp_path)
    for path, status in [("/api/open", 200), ("/api/path", 401), ("/apiopen", 401)]:
        assert asyncio.run(ask(app, path, root_path="/api")) == status


def test_a_preflight_is_answered_around_the_guard(tmp_path: Path) -> None:
    app, page = application(tmp_path), "https://page.example.com"
    app.add_middleware(CORSMiddleware, allow_origins=[page], allow_headers=["X-User"])
    asked = {"Origin": page, "Access-Control-Request-Method": "GET"}
    client = TestClient(app)
    response = client.options("/path", headers=asked | {"Access-Control-Request-Headers": "X-User"})
    assert response.status_code == 200
    assert response.headers["Access-Control-Allow-Origin"] == page
    assert client.get("/path", headers={"Origin": page}).status_code == 401


def test_the_start_and_the_end_of_the_application_reach_it() -> None:
    seen = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        seen.append("start")
        yield
        seen.append("end")

    app = FastAPI(lifespan=lifespan)
    app.add_middleware(AsgiGuard, check=check, name="user")
    with TestClient(app):
        pass
    assert seen == ["start", "end"]


async def ask(app: Any, path: str, root_path: str = "") -> int:
    """Return the status of GET, with the path as it is and nobody signed in."""
    scope = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode()}
    scope |= {"root_path": root_path, "query_string": b"", "headers": [], "scheme": "http"}
    statuses = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await app(scope, receive, send)
    return int(statuses[0])
