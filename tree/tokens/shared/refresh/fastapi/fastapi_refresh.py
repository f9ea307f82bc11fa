"""Login, refresh and logout for FastAPI: the access token goes to the page, which sends it as a
bearer token; the refresh token stays in a cookie that no script can read.

With it, the issuer reads:

    app = FastAPI()
    app.include_router(refresh_router(check_password))  # (name, password) -> the user's id, or None
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from pydantic import BaseModel, Field

import tokens

CLIENT = "browser"  # who may refresh what was issued here; give each kind of client its own


class Credentials(BaseModel):
    name: str = Field(max_length=254)
    password: str = Field(max_length=1024)  # hashing takes time, so a long one is an attack


def refresh_router(check_password: Callable[[str, str], str | None]) -> APIRouter:
    """Make it as the program starts, so that one with an unfit key does not. All functions are
    plain `def`: FastAPI runs them in threads, so that no event loop waits for the store."""
    issuer, revoker = tokens.issuer(), tokens.revoker()
    router = APIRouter(dependencies=[Depends(_from_our_page)])

    @router.post("/login")
    def log_in(credentials: Credentials, request: Request, response: Response) -> dict[str, Any]:
        user = check_password(credentials.name, credentials.password)
        if user is None:
            raise HTTPException(401)
        with _refusals():
            if old := request.cookies.get(tokens.REFRESH_COOKIE_NAME):
                revoker.revoke(old)  # or it would live on with nobody who knows of it
            return _answer(response, issuer.log_in(user, CLIENT))

    @router.post("/refresh")
    def refresh(request: Request, response: Response) -> dict[str, Any]:
        with _refusals():
            token = request.cookies.get(tokens.REFRESH_COOKIE_NAME, "")
            return _answer(response, issuer.refresh(token, CLIENT))

    @router.post("/logout", status_code=204)
    def log_out(request: Request, response: Response) -> None:
        with _refusals():  # a logout that the store did not hear of is no logout
            revoker.revoke(request.cookies.get(tokens.REFRESH_COOKIE_NAME, ""))
        response.headers.append("Set-Cookie", tokens.clear_cookie())

    return router


def _from_our_page(request: Request) -> None:
    """Against CSRF. A form or an image of another site cannot add a header, and its scripts may do
    so only where a CORS header of ours allows it, so allow this one to no other origin. SameSite
    alone does not do: neighbouring subdomains are the same site."""
    if not request.headers.get("X-Requested-With"):
        raise HTTPException(403)


def _answer(response: Response, made: tokens.Tokens) -> dict[str, Any]:
    response.headers["Cache-Control"] = "no-store"
    if made.refresh is not None:  # None: another tab was quicker, and its cookie is the one
        response.headers.append("Set-Cookie", tokens.set_cookie(made.refresh))
    seconds = tokens.ACCESS_MINUTES * 60
    return {"access_token": made.access, "token_type": "Bearer", "expires_in": seconds}


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except tokens.InvalidToken:
        raise HTTPException(401) from None
    except tokens.StoreUnavailable:
        raise HTTPException(503) from None
