"""Opaque tokens in a cookie for Django: login, logout, and a middleware that closes every view.

With "django_token_cookie.TokenCookieMiddleware" in MIDDLEWARE, the URLs of the issuer read:

    urlpatterns = [*token_cookie_urls(check_password), path("me", me)]

where check_password(request, name, password) gives the user's id, or None. In a view,
`request.subject` is who is signed in, and every form needs
<input type="hidden" name="csrf_token" value="{{ request.csrf_token }}">. Django's own decorator
`login_not_required` opens a view to everybody.
"""

import hashlib
import hmac
import logging
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import ParamSpec, TypeVar

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import URLPattern, path
from django.utils.cache import add_never_cache_headers
from django.utils.deprecation import MiddlewareMixin
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

import tokens
from cookies import join_cookie_headers

HOME = "/"  # where a login and a logout lead; never an address out of the request
SAFE = {"GET", "HEAD", "OPTIONS"}  # must change nothing, so they need no CSRF token
CLOSED = "django_token_cookie.closed"

CheckPassword = Callable[[HttpRequest, str, str], str | None]
P = ParamSpec("P")
R = TypeVar("R")
Response = TypeVar("Response", bound=HttpResponseBase)


class SignedInRequest(HttpRequest):
    """For the annotations of views behind the middleware."""

    subject: str
    csrf_token: str


def with_refusals(step: Callable[P, R]) -> Callable[P, R | HttpResponse]:
    """Answer with a status where nobody can be let in, and with no reason."""

    @wraps(step)
    def answered(*args: P.args, **kwargs: P.kwargs) -> R | HttpResponse:
        try:
            return step(*args, **kwargs)
        except tokens.AmbiguousCookie:
            status = HTTPStatus.BAD_REQUEST
        except PermissionDenied:
            status = HTTPStatus.FORBIDDEN
        except tokens.InvalidToken as error:
            logging.getLogger("tokens").info("refused: %s", error)
            status = HTTPStatus.UNAUTHORIZED
        except tokens.StoreUnavailable:
            status = HTTPStatus.SERVICE_UNAVAILABLE
        # Browsers put a page of their own in the place of an empty one.
        text = HttpResponse(status.phrase, status=status, content_type="text/plain")
        return _forbid_caching(text)

    return answered


class TokenCookieMiddleware(MiddlewareMixin):
    """Answers 401 where nobody is signed in, and 403 without the CSRF token. Works under WSGI and
    ASGI; under ASGI Django runs the check, which asks a store, in a thread."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        super().__init__(get_response)
        self.verify = tokens.verifier()  # here, so that an unfit store stops the start

    def process_view(
        self, request: SignedInRequest, view: Callable[..., object], *_: object
    ) -> HttpResponse | None:
        return self.check(request) if getattr(view, "login_required", True) else None

    @with_refusals
    def check(self, request: SignedInRequest) -> None:
        request.META[CLOSED] = True
        token = _cookie(request)
        if token and request.method not in SAFE:
            _check_csrf(request, token)
        request.subject = self.verify(token)["sub"]
        request.csrf_token = csrf_token(token)

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        return _forbid_caching(response) if CLOSED in request.META else response


def token_cookie_urls(check_password: CheckPassword) -> list[URLPattern]:
    """Return the three endpoints. Django reads URLs with the first request: import them in wsgi.py
    or asgi.py, so that an issuer with an unfit store does not start."""
    issue, token_revoker = tokens.issuer(), tokens.revoker()

    @with_refusals
    def log_in(request: HttpRequest) -> HttpResponse:
        if _cross_site(request):
            raise PermissionDenied
        replaces = _cookie(request)
        name, password = request.POST.get("name", ""), request.POST.get("password", "")
        begun = issue.begin()  # before the password: a later log-out-everywhere counts
        user = None
        # Hashing takes time, so a long password is an attack; a hash stumbles over a zero byte.
        if len(name) <= 254 and len(password) <= 1024 and "\0" not in name + password:
            user = check_password(request, name, password)
        if user is None:
            raise tokens.InvalidToken("a wrong name or password")
        return _leave(tokens.set_cookie(issue(user, begun=begun, replaces=replaces)))

    @with_refusals
    def log_out(request: HttpRequest) -> HttpResponse:
        """Needs no token that still counts: whoever has a dead cookie gets rid of it, too."""
        if token := _cookie(request):
            _check_csrf(request, token)
            token_revoker.revoke(token)  # a logout that the store did not hear of is no logout
        return _leave(tokens.clear_cookie())

    @with_refusals
    def log_out_everywhere(request: SignedInRequest) -> HttpResponse:
        token_revoker.revoke_all(request.subject)
        return _leave(tokens.clear_cookie())

    # Django's own CSRF check asks for a cookie of its own; these have the check of this module.
    return [
        path("login", login_not_required(csrf_exempt(require_POST(log_in)))),
        path("logout", login_not_required(csrf_exempt(require_POST(log_out)))),
        path("logout-everywhere", csrf_exempt(require_POST(log_out_everywhere))),
    ]


def csrf_token(token: str) -> str:
    """Follows from the token, so there is nothing to store and no further secret to keep: who
    cannot read the cookie cannot know it, and from it nobody learns the cookie."""
    return hmac.new(token.encode(), b"csrf", hashlib.sha256).hexdigest()


def _cookie(request: HttpRequest) -> str:
    """Return the token, from the raw header, in which names are compared byte by byte."""
    raw: str | bytes = request.META.get("HTTP_COOKIE", "")
    if isinstance(request, ASGIRequest):  # Django joins several headers by commas there
        raw = join_cookie_headers(request.scope["headers"])
    return tokens.get_cookie(raw) or ""


def _check_csrf(request: HttpRequest, token: str) -> None:
    sent = request.headers.get("X-CSRF-Token") or request.POST.get("csrf_token", "")
    if not hmac.compare_digest(sent.encode(), csrf_token(token).encode()):
        raise PermissionDenied


def _cross_site(request: HttpRequest) -> bool:
    """Before the login there is no token to bind another to, so the browser's word counts: or else
    another site could sign its visitors in to an account of its own. No browser, no victim."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:
        return site not in ("same-origin", "none")
    return origin is not None and origin.partition("://")[2] != request.get_host()


def _leave(cookie: str) -> HttpResponse:
    headers = {"Location": HOME, "Set-Cookie": cookie}
    return _forbid_caching(HttpResponse(status=303, headers=headers))


def _forbid_caching(response: Response) -> Response:
    del response["Expires"]  # what a view says counts for pages that are for all
    add_never_cache_headers(response)  # no-store; and private, for Django's own cache
    return response
