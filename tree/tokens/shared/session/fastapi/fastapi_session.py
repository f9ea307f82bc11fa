"""Sessions in a cookie for FastAPI: login, logout, and a guard that keeps everybody else out.

With it, an application reads:

    sessions = Sessions(check_password)  # (name, password) -> the user's id, or None
    app = FastAPI()
    app.include_router(sessions.router)
    app.add_middleware(
        AsgiGuard, check=sessions.check, name="session", open_paths=["/login", "/logout"]
    )  # closes all that is not listed: paths, mounts, static files, WebSockets

    @app.get("/me")
    def me(session: Annotated[Session, Depends(sessions.current)]) -> str:
        return session.user
"""

import hashlib
import hmac
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response, WebSocketException
from fastapi.security import APIKeyCookie
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

import tokens
from cookies import join_cookie_headers
from credentials import UnreadableCredentials, WrongCredentials, read_credentials

NO_STORE = {"Cache-Control": "no-store"}
SAFE = {"GET", "HEAD", "OPTIONS"}  # must change nothing, so they need no CSRF token


class CookieDocumented(APIKeyCookie):
    """For the OpenAPI document alone. FastAPI's own asks a parser that mixes up names."""

    async def __call__(self, _: HTTPConnection) -> None:
        return None


DOCUMENTED = CookieDocumented(name=tokens.COOKIE_NAME, auto_error=False, scheme_name="Session")


@dataclass(frozen=True)
class Session:
    user: str
    csrf_token: str


async def read_login(request: Request) -> tuple[str, str]:
    """Return name and password. No model of Pydantic: where one does not fit, FastAPI answers with
    what was sent, password and all."""
    with _refusals():
        return read_credentials(request.headers.get("Content-Type"), await request.body())


class Sessions:
    """Make one as the program starts. All functions are plain `def`: FastAPI runs them in threads,
    so that waiting for the store or for a password hash holds up no event loop."""

    def __init__(self, check_password: Callable[[str, str], str | None]) -> None:
        self.check_password = check_password
        self.issue, self.verify, self.revoker = tokens.issuer(), tokens.verifier(), tokens.revoker()
        self.router = APIRouter()
        self.router.post("/login")(self.log_in)
        self.router.post("/logout", status_code=204)(self.log_out)
        self.router.post("/logout-everywhere", status_code=204)(self.log_out_everywhere)
        self.router.get("/session")(self.show)

    def check(self, connection: HTTPConnection) -> Session:
        """Return who is signed in, for the guard. 401 if nobody is, 403 without the CSRF token."""
        with _refusals():
            token = _cookie(connection)
            if connection.scope["type"] == "websocket" and _cross_site(connection):
                raise HTTPException(403)  # it carries the cookie, and no CSRF token
            if token and connection.scope.get("method", "GET") not in SAFE:
                _check_csrf(connection, token)
            return Session(self.verify(token)["sub"], csrf_token(token))

    def current(
        self,
        connection: HTTPConnection,
        response: Response,
        _: Annotated[object, Depends(DOCUMENTED)],
    ) -> Session:
        """The dependency: who is signed in."""
        response.headers.update(NO_STORE)  # the guard sets it on each response, whoever makes it
        session: Session | None = getattr(connection.state, "session", None)
        if session is None:  # an open path, or an application without the guard
            try:
                session = connection.state.session = self.check(connection)
            except HTTPException:
                if connection.scope["type"] == "websocket":
                    raise WebSocketException(1008) from None
                raise
        return session

    def log_in(
        self,
        credentials: Annotated[tuple[str, str], Depends(read_login)],
        request: Request,
        response: Response,
    ) -> dict[str, str]:
        if _cross_site(request):
            raise _refusal(403)
        with _refusals():
            replaces = _cookie(request)
            begun = self.issue.begin()  # before the password: a later log-out-everywhere counts
            user = self.check_password(*credentials)
            if user is None:
                raise _refusal(401)
            token = self.issue(user, begun=begun, replaces=replaces)
        response.headers.update(NO_STORE | {"Set-Cookie": tokens.set_cookie(token)})
        return {"user": user, "csrf_token": csrf_token(token)}

    def log_out(self, request: Request, response: Response) -> None:
        """Needs no session that still lives: whoever has a dead cookie gets rid of it, too."""
        with _refusals():  # a logout that the store did not hear of is no logout
            if token := _cookie(request):
                _check_csrf(request, token)
                self.revoker.revoke(token)
        response.headers.update(NO_STORE | {"Set-Cookie": tokens.clear_cookie()})

    def log_out_everywhere(self, request: Request, response: Response) -> None:
        session = self.current(request, response, None)
        with _refusals():
            self.revoker.revoke_all(session.user)
        response.headers["Set-Cookie"] = tokens.clear_cookie()

    def show(self, request: Request, response: Response) -> dict[str, str]:
        """Where a page that was loaded anew learns its CSRF token. Other origins cannot read the
        answer, as long as no CORS header lets them."""
        session = self.current(request, response, None)
        return {"user": session.user, "csrf_token": session.csrf_token}


def csrf_token(token: str) -> str:
    """Follows from the session, so there is nothing to store and no further secret to keep: who
    cannot read the cookie cannot know it, and from it nobody learns the cookie."""
    return hmac.new(token.encode(), b"csrf", hashlib.sha256).hexdigest()


def _cookie(connection: HTTPConnection) -> str:
    """Return the token, from the raw header: `connection.cookies` mixes up names."""
    return tokens.get_cookie(join_cookie_headers(connection.scope["headers"])) or ""


def _check_csrf(connection: HTTPConnection, token: str) -> None:
    sent = connection.headers.get("X-CSRF-Token", "")
    if not hmac.compare_digest(sent.encode(), csrf_token(token).encode()):
        raise _refusal(403)


def _cross_site(connection: HTTPConnection) -> bool:
    """Before the login there is no session to bind a token to, so the browser's word counts: or
    else another site could sign its visitors in to an account of its own. No browser, no victim."""
    headers = connection.headers
    site, origin = headers.get("Sec-Fetch-Site"), headers.get("Origin")
    if site is not None:
        return site not in ("same-origin", "none")
    return origin is not None and origin.partition("://")[2] != headers.get("Host")


def _refusal(status: int) -> HTTPException:
    return HTTPException(status, headers=NO_STORE)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except tokens.AmbiguousCookie:
        raise _refusal(400) from None
    except (tokens.InvalidToken, WrongCredentials) as error:
        logging.getLogger("tokens").info("refused: %s", error)  # the answer gives no reason
        raise _refusal(401) from None
    except UnreadableCredentials:
        raise _refusal(422) from None
    except tokens.StoreUnavailable:
        raise _refusal(503) from None
