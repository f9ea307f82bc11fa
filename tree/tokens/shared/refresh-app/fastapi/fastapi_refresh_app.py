"""Login, refresh and logout for FastAPI, for an app or another program: both tokens travel in JSON,
and no cookie is set or read.

With it, the issuer reads:

    app = FastAPI()
    app.include_router(refresh_app_router(check_password))  # (name, password) -> id, or None
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

import tokens
from credentials import UnreadableCredentials, WrongCredentials, read_credentials, read_texts

CLIENT = "app"  # who may refresh what was issued here; give each kind of client its own
NO_STORE = {"Cache-Control": "no-store"}


def refresh_app_router(check_password: Callable[[str, str], str | None]) -> APIRouter:
    """Return the three endpoints. Make it as the program starts, so that one with an unfit key or
    store does not. They are plain `def`: FastAPI runs them in threads, so that no event loop waits
    for the store. Without cookies, a page of another site has nothing to misuse: no check of where
    a request comes from is needed."""
    login_issuer, login_revoker = tokens.issuer(), tokens.revoker()
    router = APIRouter()

    @router.post("/login")
    def log_in(credentials: Credentials) -> Response:
        with _refusals():
            begun = login_issuer.begin()  # 1. first: a later log-out-everywhere counts
            user = check_password(*credentials)  # 2.
            if user is None:
                raise _refusal(401)
            return _answer(login_issuer.log_in(user, CLIENT, begun=begun))  # 3.

    @router.post("/refresh")
    def refresh(token: RefreshToken) -> Response:
        with _refusals():
            return _answer(login_issuer.refresh(token, CLIENT))

    @router.post("/logout")
    def log_out(token: RefreshToken) -> Response:
        with _refusals():  # a logout that the store did not hear of is no logout
            login_revoker.revoke(token)
        return Response(status_code=204, headers=NO_STORE)

    return router


# No models of Pydantic: where one does not fit, FastAPI answers with what was sent.
async def _credentials(request: Request) -> tuple[str, str]:
    with _refusals():
        return read_credentials(request.headers.get("Content-Type"), await request.body())


async def _refresh_token(request: Request) -> str:
    with _refusals():
        kind, body = request.headers.get("Content-Type"), await request.body()
        (token,) = read_texts(kind, body, ["refresh_token"])
        return token


Credentials = Annotated[tuple[str, str], Depends(_credentials)]
RefreshToken = Annotated[str, Depends(_refresh_token)]


def _answer(made: tokens.Tokens) -> Response:
    seconds = tokens.ACCESS_MINUTES * 60
    body = {"access_token": made.access, "token_type": "Bearer", "expires_in": seconds}
    return JSONResponse(body | {"refresh_token": made.refresh}, headers=NO_STORE)


def _refusal(status: int) -> HTTPException:
    return HTTPException(status, headers=NO_STORE)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except (tokens.InvalidToken, WrongCredentials):
        raise _refusal(401) from None
    except UnreadableCredentials:
        raise _refusal(422) from None
    except tokens.StoreUnavailable:
        raise _refusal(503) from None
