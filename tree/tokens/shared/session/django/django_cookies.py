"""Session and CSRF cookies by the exact bytes of their names, which Django does not compare.

List "django_cookies.ExactCookieMiddleware" before Django's SessionMiddleware and
CsrfViewMiddleware. It works under WSGI and ASGI.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.deprecation import MiddlewareMixin

from cookies import AmbiguousCookie, join_cookie_headers, read_cookie


class ExactCookieMiddleware(MiddlewareMixin):
    """Answers 400 where another host may have put a cookie in the place of ours."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        try:
            use_exact_cookies(request)
        except AmbiguousCookie:
            return refuse_cookies()
        return None

    def process_response(self, _: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Make a cookie that Django deletes HttpOnly: browsers ignore one that is named
        `__Host-Http-` and is not, so that a logout would leave it."""
        if settings.SESSION_COOKIE_NAME in response.cookies:
            response.cookies[settings.SESSION_COOKIE_NAME]["httponly"] = True
        return response


def refuse_cookies() -> HttpResponse:
    """Return what a person reads whose browser holds a cookie of another host."""
    text = "Delete the cookies of this site in your browser, and try again."
    return HttpResponse(text, status=400, content_type="text/plain")


def use_exact_cookies(request: HttpRequest) -> None:
    """Let Django see the cookies of exactly these names. Raise AmbiguousCookie where a name occurs
    twice or nearly."""
    scope = getattr(request, "scope", None)  # Django joins headers by a comma under ASGI
    raw = join_cookie_headers(scope["headers"]) if scope else request.META.get("HTTP_COOKIE", "")
    for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME):
        value = read_cookie(raw, name)
        if value is not None:
            request.COOKIES[name] = value
