"""Login, refresh and logout for Django: the access token goes to the page, which sends it as a
bearer token; the refresh token stays in a cookie that no script can read.

With it, the issuer's URLs read:

    urlpatterns = [path("auth/", include(refresh_urls(check_password)))]

where check_password(request, name, password) gives the user's id, or None.
"""

from collections.abc import Callable
from functools import wraps

from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

import tokens
from cookies import join_cookie_headers
from credentials import UnreadableCredentials, WrongCredentials, read_credentials
from django_bearer import bearer_not_required

CLIENT = "browser"  # who may refresh what was issued here; give each kind of client its own

CheckPassword = Callable[[HttpRequest, str, str], str | None]
RefreshView = Callable[[HttpRequest], HttpResponse]


def refresh_urls(check_password: CheckPassword) -> list[URLPattern]:
    """Return the three endpoints. Django reads URLs with the first request: import them in wsgi.py
    or asgi.py, so that an issuer with an unfit key or store does not start."""
    login_issuer, login_revoker = tokens.issuer(), tokens.revoker()

    def log_in(request: HttpRequest) -> HttpResponse:
        old = _cookie(request)
        name, password = read_credentials(request.headers.get("Content-Type"), request.body)
        begun = login_issuer.begin()  # 1. first: a later log-out-everywhere counts
        user = check_password(request, name, password)  # 2.
        if user is None:
            return HttpResponse(status=401)
        if old:
            login_revoker.revoke(old)  # or it would live on with nobody who knows of it
        return _answer(login_issuer.log_in(user, CLIENT, begun=begun))  # 3.

    def refresh(request: HttpRequest) -> HttpResponse:
        return _answer(login_issuer.refresh(_cookie(request), CLIENT))

    def log_out(request: HttpRequest) -> HttpResponse:
        # A logout that the store did not hear of is none: then the cookie stays, for another try.
        login_revoker.revoke(_cookie(request))
        return HttpResponse(status=204, headers={"Set-Cookie": tokens.clear_cookie()})

    views = {"login": log_in, "refresh": refresh, "logout": log_out}
    return [path(name, _from_our_page(view)) for name, view in views.items()]


def _from_our_page(view: RefreshView) -> RefreshView:
    """Against CSRF, in place of Django's token. A form or an image of another site cannot add a
    header, and its scripts may do so only where a CORS header of ours allows it, so allow this one
    to no other origin. SameSite alone does not do: neighbouring subdomains are the same site."""

    @bearer_not_required  # they open the way to a token
    @csrf_exempt
    @require_POST
    @wraps(view)
    def checked(request: HttpRequest) -> HttpResponse:
        response = HttpResponse(status=403)
        if request.headers.get("X-Requested-With"):
            response = _answer_or_refusal(view, request)
        response.headers["Cache-Control"] = "no-store"
        return response

    return checked


def _answer_or_refusal(view: RefreshView, request: HttpRequest) -> HttpResponse:
    try:
        return view(request)
    except (tokens.AmbiguousCookie, UnreadableCredentials):
        return HttpResponse(status=400)
    except (tokens.InvalidToken, WrongCredentials):
        return HttpResponse(status=401)
    except tokens.StoreUnavailable:
        return HttpResponse(status=503)


def _cookie(request: HttpRequest) -> str:
    raw: str | bytes = request.META.get("HTTP_COOKIE", "")
    if isinstance(request, ASGIRequest):  # Django joins several headers by commas there
        raw = join_cookie_headers(request.scope["headers"])
    return tokens.get_cookie(raw) or ""


def _answer(made: tokens.Tokens) -> HttpResponse:
    seconds = tokens.ACCESS_MINUTES * 60
    body = {"access_token": made.access, "token_type": "Bearer", "expires_in": seconds}
    return JsonResponse(body, headers={"Set-Cookie": tokens.set_cookie(made.refresh)})
