"""Login, refresh and logout for Django, for an app or another program: both tokens travel in JSON,
and no cookie is set or read.

With it, the issuer's URLs read:

    urlpatterns = [path("auth/", include(refresh_app_urls(check_password)))]

where check_password(request, name, password) gives the user's id, or None.
"""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

import tokens
from credentials import UnreadableCredentials, WrongCredentials, read_credentials, read_texts
from django_bearer import bearer_not_required

CLIENT = "app"  # who may refresh what was issued here; give each kind of client its own

CheckPassword = Callable[[HttpRequest, str, str], str | None]
RefreshView = Callable[[HttpRequest], HttpResponse]


def refresh_app_urls(check_password: CheckPassword) -> list[URLPattern]:
    """Return the three endpoints. Django reads URLs with the first request: import them in wsgi.py
    or asgi.py, so that an issuer with an unfit key or store does not start."""
    login_issuer, login_revoker = tokens.issuer(), tokens.revoker()

    def log_in(request: HttpRequest) -> HttpResponse:
        name, password = read_credentials(request.headers.get("Content-Type"), request.body)
        begun = login_issuer.begin()  # 1. first: a later log-out-everywhere counts
        user = check_password(request, name, password)  # 2.
        if user is None:
            return HttpResponse(status=401)
        return _answer(login_issuer.log_in(user, CLIENT, begun=begun))  # 3.

    def refresh(request: HttpRequest) -> HttpResponse:
        return _answer(login_issuer.refresh(_refresh_token(request), CLIENT))

    def log_out(request: HttpRequest) -> HttpResponse:
        login_revoker.revoke(_refresh_token(request))
        return HttpResponse(status=204)

    views = {"login": log_in, "refresh": refresh, "logout": log_out}
    return [path(name, _without_cookies(view)) for name, view in views.items()]


def _without_cookies(view: RefreshView) -> RefreshView:
    """Answer without Django's CSRF token: no cookie is read, so a page of another site has nothing
    to misuse."""

    @bearer_not_required  # they open the way to a token
    @csrf_exempt
    @require_POST
    @wraps(view)
    def answered(request: HttpRequest) -> HttpResponse:
        response = _answer_or_refusal(view, request)
        response.headers["Cache-Control"] = "no-store"
        return response

    return answered


def _answer_or_refusal(view: RefreshView, request: HttpRequest) -> HttpResponse:
    try:
        return view(request)
    except UnreadableCredentials:
        return HttpResponse(status=400)
    except (tokens.InvalidToken, WrongCredentials):
        return HttpResponse(status=401)
    except tokens.StoreUnavailable:
        return HttpResponse(status=503)


def _refresh_token(request: HttpRequest) -> str:
    (token,) = read_texts(request.headers.get("Content-Type"), request.body, ["refresh_token"])
    return token


def _answer(made: tokens.Tokens) -> HttpResponse:
    seconds = tokens.ACCESS_MINUTES * 60
    body = {"access_token": made.access, "token_type": "Bearer", "expires_in": seconds}
    return JsonResponse(body | {"refresh_token": made.refresh})
