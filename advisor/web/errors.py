"""What is answered where something is wrong."""

from django.http import HttpRequest, HttpResponse

from advisor import catalogue
from advisor.web import access, pages
from advisor.web.frame import studio_address
from advisor.web.responses import message_page, rendered


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return message_page(
        request, "This request cannot be answered", "Something in it is not understood.", 400
    )


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return message_page(
        request,
        "There is no such page",
        "The address may be mistyped, or cut off where it was copied.",
        404,
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return message_page(
        request,
        "This form cannot be trusted any more",
        "It was opened too long ago, or cookies are off. Go back, reload the page and send it "
        "again; saving is the one thing here that needs a cookie.",
        403,
    )


def refused(request: HttpRequest, why: access.Refused) -> HttpResponse:
    return message_page(request, why.title, why.message, 403)


def broken_tree(request: HttpRequest, broken: catalogue.BrokenTree) -> HttpResponse:
    """Only while a tree is edited: a site does not start on a broken one."""
    page = pages.ProblemsPage(
        "The tree is broken",
        "Mend what is listed here, save the file, and load this page again.",
        tuple(map(str, broken.problems)),
        studio_address(broken.slug),
    )
    return rendered(request, "web/problems.html", page, status=503)


def server_error(request: HttpRequest) -> HttpResponse:
    return message_page(
        request,
        "Something broke on our side",
        "Nothing was saved by this request. Your answers are in the address of the page before.",
        500,
    )
