"""Login, refresh and logout for Django: the access token goes to the page, which sends it as a
bearer token; the refresh token stays in a cookie that no script can read.

With it, the issuer's URLs read:

    urlpatterns = [path("auth/", include(refresh_urls(check_password)))]

where check_password(request, name, password) gives the user's id, or None.
"""

import json
from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

import tokens

CLIENT = "browser"  # who may refresh what was issued here; give each kind of client its own

CheckPassword = Callable[[HttpRequest, str, str], str | None]
View = Callable[[HttpRequest], HttpResponse]


def refresh_urls(check_password: CheckPassword) -> list[URLPattern]:
    """Loads the keys. Django reads URLs with the first request: import them in wsgi.py or asgi.py,
    so that an issuer with an unfit key does not start."""
    issuer, revoker = tokens.issuer(), tokens.revoker()

    def log_in(request: HttpRequest) -> HttpResponse:
        credentials = _credentials(request)
        if credentials is None:
            return HttpResponse(status=400)
        user = check_password(request, *credentials)
        if user is None:
            return HttpResponse(status=401)
        if old := request.COOKIES.get(tokens.REFRESH_COOKIE_NAME):
            revoker.revoke(old)  # or it would live on with nobody who knows of it
        return _answer(issuer.log_in(user, CLIENT))

    def refresh(request: HttpRequest) -> HttpResponse:
        token = request.COOKIES.get(tokens.REFRESH_COOKIE_NAME, "")
        return _answer(issuer.refresh(token, CLIENT))

    def log_out(request: HttpRequest) -> HttpResponse:
        # A logout that the store did not hear of is none: then the cookie stays, for another try.
        revoker.revoke(request.COOKIES.get(tokens.REFRESH_COOKIE_NAME, ""))
        return HttpResponse(status=204, headers={"Set-Cookie": tokens.clear_cookie()})

    views = {"login": log_in, "refresh": refresh, "logout": log_out}
    return [path(name, _from_our_page(view)) for name, view in views.items()]


def _from_our_page(view: View) -> View:
    """Against CSRF, in place of Django's token. A form or an image of another site cannot add a
    header, and its scripts may do so only where a CORS header of ours allows it, so allow this one
    to no other origin. SameSite alone does not do: neighbouring subdomains are the same site."""

    @csrf_exempt
    @require_POST
    @wraps(view)
    def checked(request: HttpRequest) -> HttpResponse:
        if not request.headers.get("X-Requested-With"):
            return HttpResponse(status=403)
        try:
            return view(request)
        except tokens.InvalidToken:
            return HttpResponse(status=401)
        except tokens.StoreUnavailable:
            return HttpResponse(status=503)

    return checked


def _credentials(request: HttpRequest) -> tuple[str, str] | None:
    try:
        given = json.loads(request.body)
        name, password = given["name"], given["password"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    if not isinstance(name, str) or not isinstance(password, str):
        return None
    # Hashing takes time, so a long one is an attack.
    return (name, password) if len(name) <= 254 and len(password) <= 1024 else None


def _answer(made: tokens.Tokens) -> HttpResponse:
    seconds = tokens.ACCESS_MINUTES * 60
    body = {"access_token": made.access, "token_type": "Bearer", "expires_in": seconds}
    headers = {"Cache-Control": "no-store"}
    if made.refresh is not None:  # None: another tab was quicker, and its cookie is the one
        headers["Set-Cookie"] = tokens.set_cookie(made.refresh)
    return JsonResponse(body, headers=headers)
