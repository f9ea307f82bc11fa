"""Bearer tokens for FastAPI: a request is let in by its Authorization header and by nothing else.

With it, an application reads:

    current_claims = CurrentClaims()
    app = FastAPI()
    app.add_middleware(
        AsgiGuard, check=current_claims.check, name="claims", open_paths=["/health"]
    )  # closes all that is not listed: paths, mounts, static files, WebSockets

    @app.get("/me")
    def me(claims: Annotated[dict[str, Any], Depends(current_claims)]) -> str:
        return claims["sub"]
"""

import logging
import re
from typing import Annotated, Any

from fastapi import Depends
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException, WebSocketException
from starlette.requests import HTTPConnection

import tokens

# One scheme, one space, one token.
AUTHORIZATION = re.compile(r"Bearer ([A-Za-z0-9._-]{1,8192})", re.ASCII | re.IGNORECASE)

log = logging.getLogger("tokens")


class BearerDocumented(HTTPBearer):
    """For the OpenAPI document alone. FastAPI's own reads the first of two headers, where we refuse
    both, and fails on a WebSocket."""

    async def __call__(self, _: HTTPConnection) -> None:
        return None


DOCUMENTED = BearerDocumented(scheme_name="Bearer")


class CurrentClaims:
    """A dependency that gives the claims of the request's token. Make one as the program starts."""

    def __init__(self) -> None:
        self.verify = tokens.verifier()  # here, so that a service with an unfit key does not start

    # A plain `def`: FastAPI runs it in a thread, so a check that asks a store holds up no loop.
    def __call__(
        self, connection: HTTPConnection, _: Annotated[object, Depends(DOCUMENTED)]
    ) -> dict[str, Any]:
        claims: dict[str, Any] | None = getattr(connection.state, "claims", None)
        if claims is None:  # an open path, or an application without the guard
            try:
                claims = connection.state.claims = self.check(connection)
            except HTTPException:
                if connection.scope["type"] == "websocket":
                    raise WebSocketException(1008) from None
                raise
        return claims

    def check(self, connection: HTTPConnection) -> dict[str, Any]:
        """What the guard asks before each request; HTTPException for one that is not let in."""
        headers = connection.headers.getlist("Authorization")
        if not headers:
            raise _unauthorized("Bearer")
        match = AUTHORIZATION.fullmatch(headers[0])
        try:
            if match is None or len(headers) > 1:
                raise tokens.InvalidToken("not the shape of a bearer token's header")
            return self.verify(match[1])
        except tokens.InvalidToken as error:
            log.info("refused: %s", error)  # for us alone: the answer gives no reason
            raise _unauthorized('Bearer error="invalid_token"') from None
        except Exception:  # a store that is down, above all: we cannot tell, so nobody is let in
            log.exception("a token could not be checked")
            raise HTTPException(503) from None


def _unauthorized(challenge: str) -> HTTPException:
    return HTTPException(401, headers={"WWW-Authenticate": challenge})
