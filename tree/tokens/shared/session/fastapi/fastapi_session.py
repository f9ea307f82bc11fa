"""Sessions in a cookie for FastAPI: login, logout, and a dependency that keeps everybody else out.

With it, an application reads:

    sessions = Sessions(check_password)  # (name, password) -> the user's id, or None
    app = FastAPI()
    app.include_router(sessions.router)
    app.include_router(closed, dependencies=[Depends(sessions.current)])

    @closed.get("/me")
    def me(session: Annotated[Session, Depends(sessions.current)]) -> str:
        return session.user
"""

import hashlib
import hmac
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from fastapi.security import APIKeyCookie
from pydantic import BaseModel, Field

import tokens

SAFE = {"GET", "HEAD", "OPTIONS"}  # must change nothing, so they need no CSRF token
# For the OpenAPI document alone.
DOCUMENTED = APIKeyCookie(name=tokens.COOKIE_NAME, auto_error=False, scheme_name="Session")


class Credentials(BaseModel):
    name: str = Field(max_length=254)
    password: str = Field(max_length=1024)  # hashing takes time, so a long one is an attack


@dataclass(frozen=True)
class Session:
    user: str
    csrf_token: str


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

    def current(
        self, request: Request, response: Response, _: Annotated[object, Depends(DOCUMENTED)]
    ) -> Session:
        """The dependency: who is signed in. 401 if nobody is, 403 without the CSRF token."""
        token = request.cookies.get(tokens.COOKIE_NAME, "")
        if token and request.method not in SAFE:
            _check_csrf(request, token)
        response.headers["Cache-Control"] = "no-store"
        with _refusals():
            return Session(self.verify(token)["sub"], csrf_token(token))

    def log_in(
        self, credentials: Credentials, request: Request, response: Response
    ) -> dict[str, str]:
        if _cross_site(request):
            raise HTTPException(403)
        user = self.check_password(credentials.name, credentials.password)
        if user is None:
            raise HTTPException(401)
        with _refusals():
            token = self.issue(user, replaces=request.cookies.get(tokens.COOKIE_NAME))
        response.headers.append("Set-Cookie", tokens.set_cookie(token))
        response.headers["Cache-Control"] = "no-store"
        return {"user": user, "csrf_token": csrf_token(token)}

    def log_out(self, request: Request, response: Response) -> None:
        """Needs no session that still lives: whoever has a dead cookie gets rid of it, too."""
        token = request.cookies.get(tokens.COOKIE_NAME, "")
        if token:
            _check_csrf(request, token)
            with _refusals():  # a logout that the store did not hear of is no logout
                self.revoker.revoke(token)
        response.headers.append("Set-Cookie", tokens.clear_cookie())

    def log_out_everywhere(self, request: Request, response: Response) -> None:
        session = self.current(request, response, None)
        with _refusals():
            self.revoker.revoke_all(session.user)
        response.headers.append("Set-Cookie", tokens.clear_cookie())

    def show(self, request: Request, response: Response) -> dict[str, str]:
        """Where a page that was loaded anew learns its CSRF token. Other origins cannot read the
        answer, as long as no CORS header lets them."""
        session = self.current(request, response, None)
        return {"user": session.user, "csrf_token": session.csrf_token}


def csrf_token(token: str) -> str:
    """Follows from the session, so there is nothing to store and no further secret to keep: who
    cannot read the cookie cannot know it, and from it nobody learns the cookie."""
    return hmac.new(token.encode(), b"csrf", hashlib.sha256).hexdigest()


def _check_csrf(request: Request, token: str) -> None:
    sent = request.headers.get("X-CSRF-Token", "")
    if not hmac.compare_digest(sent.encode(), csrf_token(token).encode()):
        raise HTTPException(403)


def _cross_site(request: Request) -> bool:
    """Before the login there is no session to bind a token to, so the browser's word counts: or
    else another site could sign its visitors in to an account of its own. No browser, no victim."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        return site not in ("same-origin", "none")
    return origin is not None and origin.partition("://")[2] != request.headers.get("Host")


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except tokens.InvalidToken:
        raise HTTPException(401) from None
    except tokens.StoreUnavailable:
        raise HTTPException(503) from None
