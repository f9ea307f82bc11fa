"""Login, refresh and logout for FastAPI: the access token goes to the page, which sends it as a
bearer token; the refresh token stays in a cookie that no script can read.

With it, the issuer reads:

    app = FastAPI()
    app.include_router(refresh_router(check_password))  # (name, password) -> the user's id, or None
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

import tokens
from cookies import join_cookie_headers
from credentials import UnreadableCredentials, WrongCredentials, read_credentials

CLIENT = "browser"  # who may refresh what was issued here; give each kind of client its own
NO_STORE = {"Cache-Control": "no-store"}


def refresh_router(check_password: Callable[[str, str], str | None]) -> APIRouter:
    """Return the three endpoints. Make it as the program starts, so that one with an unfit key or
    store does not. They are plain `def`: FastAPI runs them in threads, so that no event loop waits
    for the store."""
    login_issuer, login_revoker = tokens.issuer(), tokens.revoker()
    router = APIRouter(dependencies=[Depends(_from_our_page)])

    @router.post("/login")
    def log_in(credentials: Credentials, old: RefreshCookie) -> Response:
        with _refusals():
            begun = login_issuer.begin()  # 1. first: a later log-out-everywhere counts
            user = check_password(*credentials)  # 2.
            if user is None:
                raise _refusal(401)
            if old:
                login_revoker.revoke(old)  # or it would live on with nobody who knows of it
            return _answer(login_issuer.log_in(user, CLIENT, begun=begun))  # 3.

    @router.post("/refresh")
    def refresh(token: RefreshCookie) -> Response:
        with _refusals():
            return _answer(login_issuer.refresh(token, CLIENT))

    @router.post("/logout")
    def log_out(token: RefreshCookie) -> Response:
        with _refusals():  # a logout that the store did not hear of is no logout
            login_revoker.revoke(token)
        return Response(status_code=204, headers=NO_STORE | {"Set-Cookie": tokens.clear_cookie()})

    return router


def _from_our_page(request: Request) -> None:
    """Against CSRF. A form or an image of another site cannot add a header, and its scripts may do
    so only where a CORS header of ours allows it, so allow this one to no other origin. SameSite
    alone does not do: neighbouring subdomains are the same site."""
    if not request.headers.get("X-Requested-With"):
        raise _refusal(403)


async def _credentials(request: Request) -> tuple[str, str]:
    # No model of Pydantic: where one does not fit, FastAPI answers with what was sent.
    with _refusals():
        return read_credentials(request.headers.get("Content-Type"), await request.body())


def _cookie(request: Request) -> str:
    with _refusals():
        raw = join_cookie_headers(request.scope["headers"])
        return tokens.get_cookie(raw) or ""


Credentials = Annotated[tuple[str, str], Depends(_credentials)]
RefreshCookie = Annotated[str, Depends(_cookie)]


def _answer(made: tokens.Tokens) -> Response:
    seconds = tokens.ACCESS_MINUTES * 60
    body = {"access_token": made.access, "token_type": "Bearer", "expires_in": seconds}
    headers = NO_STORE | {"Set-Cookie": tokens.set_cookie(made.refresh)}
    return JSONResponse(body, headers=headers)


def _refusal(status: int) -> HTTPException:
    return HTTPException(status, headers=NO_STORE)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except tokens.AmbiguousCookie:
        raise _refusal(400) from None
    except (tokens.InvalidToken, WrongCredentials):
        raise _refusal(401) from None
    except UnreadableCredentials:
        raise _refusal(422) from None
    except tokens.StoreUnavailable:
        raise _refusal(503) from None
