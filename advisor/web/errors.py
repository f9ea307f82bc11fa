"""What is answered where something is wrong."""

from django.http import HttpRequest, HttpResponse

from advisor import catalogue
from advisor.web import access, pages
from advisor.web.frame import studio_address
from advisor.web.responses import message_page, rendered


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return message_page(
        request, "This request is not valid", "The site does not understand a part of it.", 400
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return message_page(
        request,
        "Page not found",
        "If you typed the address, check that it is correct. If you pasted it, check that you "
        "copied all of it.",
        404,
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return message_page(
        request,
        "Your form has expired",
        "Nothing was saved yet. You opened the form too long ago, or your browser blocks cookies. "
        "Go back, reload the page and send the form again. Only saving needs a cookie here.",
        403,
    )


def refused(request: HttpRequest, why: access.Refused) -> HttpResponse:
    return message_page(request, why.title, why.message, 403)


def broken_tree(request: HttpRequest, broken: catalogue.BrokenTree) -> HttpResponse:
    """Only while a tree is edited: a site does not start on a broken one."""
    page = pages.ProblemsPage(
        "The tree has errors",
        "Fix the problems below, save the file and reload this page.",
        tuple(map(str, broken.problems)),
        studio_address(broken.slug),
    )
    return rendered(request, "web/problems.html", page, status=503)


def server_error(request: HttpRequest) -> HttpResponse:
    return message_page(
        request,
        "There is a problem with this site",
        "This request saved nothing. Your answers are still in the address of the previous page.",
        500,
    )
