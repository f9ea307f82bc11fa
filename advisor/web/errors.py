"""Answer requests that fail: error pages with a way to go on."""

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, InternalError, OperationalError
from django.http import HttpRequest, HttpResponse

from advisor import catalogue
from advisor.web import access, pages
from advisor.web.frame import studio_address
from advisor.web.responses import logger, message_page, rendered_with_typed_text
from advisor.web.typed_text import typed_text

# The database is locked, full, read-only, or gone: errors of its state, not of this program.
DATABASE_FAILURES = (OperationalError, InternalError, InterfaceError)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400, as `handler400` of Django."""
    if isinstance(exception, RequestDataTooBig):
        message = "The text is too long. Nothing was saved."
    else:
        message = "The site does not understand a part of it."
    resend = _resend(request)
    return message_page(request, "This request is not valid", message, 400, resend=resend)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 404, as `handler404` of Django."""
    return message_page(
        request,
        "Page not found",
        "If you typed the address, check that it is correct. If you pasted it, check that you "
        "copied all of it.",
        404,
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 for a form without a valid token, as `CSRF_FAILURE_VIEW` of Django."""
    return message_page(
        request,
        "Your form has expired",
        "Nothing was saved yet. You opened the form too long ago, or your browser blocks cookies. "
        "Go back, reload the page and send the form again. Only saving needs a cookie here.",
        403,
    )


def refused(request: HttpRequest, why: access.Refused) -> HttpResponse:
    """Answer 403 with the reason why access control refused the request."""
    return message_page(request, why.title, why.message, 403, resend=_resend(request))


def database_failure(request: HttpRequest, failure: Exception) -> HttpResponse:
    """Log why the database does not do what is asked, and answer 503."""
    logger.error("The database failed: %s", failure, exc_info=failure)
    response = message_page(
        request,
        "The site cannot use its database",
        "Try again in a minute. If this goes on, tell the people who run this site.",
        503,
        resend=_resend(request),
    )
    response["Retry-After"] = "60"
    return response


def broken_tree(request: HttpRequest, broken: catalogue.BrokenTree) -> HttpResponse:
    """Answer 503 with the problems of a tree and a link to fix them.

    Only a site that reloads edited trees gets here: a site does not start on a broken tree.
    """
    page = pages.ProblemsPage(
        "The tree has errors",
        "Fix the problems below, save the file and reload this page.",
        tuple(map(str, broken.problems)),
        studio_address(broken.slug),
    )
    resend = _resend(request)
    return rendered_with_typed_text(request, "web/problems.html", page, None, 503, resend)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500, as `handler500` of Django.

    It must not read a tree or the database, because either may be the cause.
    """
    message = (
        "The site failed while it handled your form."
        if typed_text(request)
        else "This request saved nothing. Your answers are still in the address of the previous "
        "page."
    )
    title = "There is a problem with this site"
    return message_page(request, title, message, 500, resend=_resend(request))


def _resend(request: HttpRequest) -> str:
    """Return the address to which the same request can be sent again."""
    return request.get_full_path()
