"""A guard around all that an ASGI application serves: routes, mounts, static files, WebSockets.

Nothing is open unless it is listed, so that no forgotten dependency opens a path:

    app.add_middleware(AsgiGuard, check=check, name="claims", open_paths=["/login"])

What `check` returns stands in `request.state.<name>`. Add CORSMiddleware after the guard, so that
it stands around it and answers preflights.
"""

from collections.abc import Callable, Iterable
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class AsgiGuard:
    """Runs `check` before each request and each WebSocket but those to the open paths.

    `check` returns who is signed in, or raises HTTPException. It is a plain function and runs in a
    thread, so that asking a store holds up no event loop. `open_paths` are whole paths;
    `open_prefixes` begin and end with a slash and open all that stands below, such as "/static/".
    """

    def __init__(
        self,
        app: ASGIApp,
        check: Callable[[HTTPConnection], Any],
        name: str,
        open_paths: Iterable[str] = (),
        open_prefixes: Iterable[str] = (),
    ) -> None:
        self.app, self.check, self.name = app, check, name
        self.open_paths, self.open_prefixes = frozenset(open_paths), tuple(open_prefixes)
        for prefix in self.open_prefixes:
            if len(prefix) < 3 or not (prefix.startswith("/") and prefix.endswith("/")):
                raise ValueError(f"{prefix!r} is no prefix such as '/static/'")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        state = dict(scope.get("state", {}))
        scope = {**scope, "state": state}

        async def send_uncached(message: Message) -> None:
            # Whoever asks may also be put into the state by a dependency of an open path.
            if message["type"] == "http.response.start" and self.name in state:
                forbid_caching(message)
            await send(message)

        if not self._is_open(_path(scope)):
            try:
                state[self.name] = await run_in_threadpool(self.check, HTTPConnection(scope))
            except HTTPException as refusal:
                await _refuse(refusal, scope, receive, send)
                return
        await self.app(scope, receive, send_uncached)

    def _is_open(self, path: str) -> bool:
        return path in self.open_paths or path.startswith(self.open_prefixes)


def forbid_caching(message: Message) -> None:
    """Replace what the start of a response says about caches: none may keep it."""
    headers = MutableHeaders(scope=message)
    headers["Cache-Control"] = "no-store"
    del headers["Expires"]


def _path(scope: Scope) -> str:
    """Return the path as the router of the application reads it, without the prefix that a proxy
    has in front of the application."""
    path, prefix = str(scope["path"]), str(scope.get("root_path", ""))
    return path[len(prefix) :] if prefix and path.startswith(prefix + "/") else path


async def _refuse(refusal: HTTPException, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        # Before the handshake: the client gets 403, and no connection. 1013 is "try again later".
        code = 1008 if refusal.status_code < 500 else 1013
        await send({"type": "websocket.close", "code": code})
        return
    body = {"detail": refusal.detail}
    response = JSONResponse(body, refusal.status_code, headers=refusal.headers)
    response.headers["Cache-Control"] = "no-store"
    await response(scope, receive, send)
