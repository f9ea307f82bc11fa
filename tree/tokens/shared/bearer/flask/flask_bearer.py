"""Bearer tokens for Flask: a request is let in by its Authorization header and by nothing else.

With it, an application reads:

    app = Flask(__name__)
    init_bearer(app)

    @app.get("/me")
    @bearer_required
    def me() -> str:
        return g.claims["sub"]
"""

import logging
import re
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Flask, Response, abort, after_this_request, current_app, g, request

import tokens

# One scheme, one space, one token. Werkzeug joins two headers with a comma, which does not match.
AUTHORIZATION = re.compile(r"Bearer ([A-Za-z0-9._-]{1,8192})", re.ASCII | re.IGNORECASE)

log = logging.getLogger("tokens")
P = ParamSpec("P")
R = TypeVar("R")


def init_bearer(app: Flask) -> None:
    """Call it as the application is made, so that one with an unfit key does not start."""
    app.extensions["bearer"] = tokens.verifier()


def bearer_required(view: Callable[P, R]) -> Callable[P, R]:
    """Below the route's decorator. In the view, `g.claims` is what the request's token says."""

    @wraps(view)
    def checked(*args: P.args, **kwargs: P.kwargs) -> R:
        check_bearer()
        answer: R = current_app.ensure_sync(view)(*args, **kwargs)
        return answer

    return checked


def check_bearer() -> None:
    """The same for a whole application or blueprint: `blueprint.before_request(check_bearer)`."""
    if request.method == "OPTIONS":
        # A browser asks without the header whether it may send one. The answer says nothing, runs
        # no view, and passes through what adds CORS headers.
        abort(Response(status=204))
    header = request.headers.get("Authorization")
    if header is None:
        abort(_unauthorized("Bearer"))
    match = AUTHORIZATION.fullmatch(header)
    try:
        if match is None:
            raise tokens.InvalidToken("not the shape of a bearer token's header")
        g.claims = current_app.extensions["bearer"](match[1])
        after_this_request(_forbid_caching)
    except tokens.InvalidToken as error:
        log.info("refused: %s", error)  # for us alone: the answer gives no reason
        abort(_unauthorized('Bearer error="invalid_token"'))
    except Exception:  # a store that is down, above all: we cannot tell, so nobody is let in
        log.exception("a token could not be checked")
        abort(503)


def _forbid_caching(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers.pop("Expires", None)
    return response


def _unauthorized(challenge: str) -> Response:
    return Response(status=401, headers={"WWW-Authenticate": challenge})
