"""Requests as a server hands them to an application, with cookies byte for byte as they came."""

import asyncio
import io
from collections.abc import Callable, Iterable
from typing import Any

Answer = tuple[int, dict[str, str]]
Send = Callable[[Any, str, list[bytes], bytes], Answer]


def over_wsgi(
    app: Any, path: str, cookies: list[bytes], body: bytes, joined: bytes = b"; "
) -> Answer:
    """Return status and headers. Where there are several headers, servers join them."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "443",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "HTTP_X_REQUESTED_WITH": "fetch",
        "HTTP_COOKIE": joined.join(cookies).decode("latin-1"),
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": "application/json",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "https",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    answers: list[Answer] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> None:
        answers.append((int(status.split()[0]), dict(headers)))

    answer: Iterable[bytes] = app(environ, start_response)
    list(answer)
    if hasattr(answer, "close"):
        answer.close()
    return answers[-1]


def over_wsgi_by_commas(app: Any, path: str, cookies: list[bytes], body: bytes) -> Answer:
    """As some servers do it, among them Gunicorn."""
    return over_wsgi(app, path, cookies, body, b",")


def over_asgi(app: Any, path: str, cookies: list[bytes], body: bytes) -> Answer:
    """Return status and headers."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "2",
        "method": "POST",
        "scheme": "https",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [
            (b"host", b"localhost"),
            (b"x-requested-with", b"fetch"),
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            *((b"cookie", cookie) for cookie in cookies),
        ],
        "client": ("127.0.0.1", 5),
        "server": ("localhost", 443),
    }
    sent: list[dict[str, Any]] = []
    asked = 0

    async def receive() -> dict[str, Any]:
        nonlocal asked
        asked += 1
        if asked > 1:  # the browser stays; Django listens for its leaving
            await asyncio.sleep(60)
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    head = next(message for message in sent if message["type"] == "http.response.start")
    headers = {name.decode().title(): value.decode("latin-1") for name, value in head["headers"]}
    return head["status"], headers
