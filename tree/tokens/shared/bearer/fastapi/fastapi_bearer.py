"""Bearer tokens for FastAPI: a request is let in by its Authorization header and by nothing else.

With it, an application reads:

    current_claims = CurrentClaims()
    app = FastAPI(dependencies=[Depends(current_claims)])  # every path, so that none is forgotten

    @app.get("/me")
    def me(claims: Annotated[dict[str, Any], Depends(current_claims)]) -> str:
        return claims["sub"]
"""

import logging
import re
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPBearer

import tokens

# One scheme, one space, one token.
HEADER = re.compile(r"Bearer ([A-Za-z0-9._-]{1,8192})", re.ASCII | re.IGNORECASE)
# For the OpenAPI document alone. It would read the first of two headers, and we refuse both.
DOCUMENTED = HTTPBearer(auto_error=False, scheme_name="Bearer")

log = logging.getLogger(__name__)


class CurrentClaims:
    """A dependency that gives the claims of the request's token. Make one as the program starts."""

    def __init__(self) -> None:
        self.verify = tokens.verifier()  # here, so that a service with an unfit key does not start

    # A plain `def`: FastAPI runs it in a thread, so a check that asks a store holds up no loop.
    def __call__(
        self, request: Request, _: Annotated[object, Depends(DOCUMENTED)]
    ) -> dict[str, Any]:
        headers = request.headers.getlist("Authorization")
        if not headers:
            raise _unauthorized("Bearer")
        match = HEADER.fullmatch(headers[0])
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
