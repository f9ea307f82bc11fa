"""Answer requests that fail: error pages with a way to go on."""

from django.http import HttpRequest, HttpResponse

from advisor import catalogue
from advisor.web import access, pages
from advisor.web.frame import studio_address
from advisor.web.responses import message_page, rendered


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400, as `handler400` of Django."""
    return message_page(
        request, "This request is not valid", "The site does not understand a part of it.", 400
    )


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
    return message_page(request, why.title, why.message, 403)


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
    return rendered(request, "web/problems.html", page, status=503)


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500, as `handler500` of Django.

    It must not read a tree or the database, because either may be the cause.
    """
    return message_page(
        request,
        "There is a problem with this site",
        "This request saved nothing. Your answers are still in the address of the previous page.",
        500,
    )
