"""Bearer tokens for Django: a request is let in by its Authorization header and by nothing else.

List "django_bearer.BearerMiddleware" in MIDDLEWARE and every view is closed, so that a forgotten
decorator cannot open one; `bearer_not_required` opens those that are for everybody. In a view,
`request.claims` is what the token says and `request.subject` whose it is.
"""

import logging
import re
from collections.abc import Callable
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.deprecation import MiddlewareMixin

import tokens

# One scheme, one space, one token. Servers join two headers with a comma, which does not match.
AUTHORIZATION = re.compile(r"Bearer ([A-Za-z0-9._-]{1,8192})", re.ASCII | re.IGNORECASE)

log = logging.getLogger("tokens")
View = TypeVar("View", bound=Callable[..., Any])


class BearerRequest(HttpRequest):
    """For the annotations of views behind the middleware."""

    claims: dict[str, Any]
    subject: str


class BearerMiddleware(MiddlewareMixin):
    """Works under WSGI and ASGI; under ASGI Django runs the check, which may ask a store, in a
    thread, so that the event loop does not wait for it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        super().__init__(get_response)
        self.verify = tokens.verifier()  # here, so that a service with an unfit key does not start

    def process_view(
        self, request: BearerRequest, view: Callable[..., Any], *_: object
    ) -> HttpResponse | None:
        if not getattr(view, "bearer_required", True):
            return None
        header = request.headers.get("Authorization")
        if header is None:
            return _unauthorized("Bearer")
        match = AUTHORIZATION.fullmatch(header)
        try:
            if match is None:
                raise tokens.InvalidToken("not the shape of a bearer token's header")
            request.claims = self.verify(match[1])
        except tokens.InvalidToken as error:
            log.info("refused: %s", error)  # for us alone: the answer gives no reason
            return _unauthorized('Bearer error="invalid_token"')
        except Exception:  # a store that is down, above all: we cannot tell, so nobody is let in
            log.exception("a token could not be checked")
            return HttpResponse(status=503)
        request.subject = request.claims["sub"]
        return None

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        patch_vary_headers(response, ["Authorization"])  # or Django's cache would mix up users
        if hasattr(request, "claims"):
            add_never_cache_headers(response)  # no-store, whatever the view says
        return response


def bearer_not_required(view: View) -> View:
    """For views that are open to everybody; they learn nothing about who asks."""
    view.bearer_required = False  # type: ignore[attr-defined]
    return view


def _unauthorized(challenge: str) -> HttpResponse:
    return HttpResponse(status=401, headers={"WWW-Authenticate": challenge})
