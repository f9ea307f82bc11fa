"""Decorate the views of the register: parse the address."""

from collections.abc import Callable
from dataclasses import replace
from functools import wraps

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import resolve

from advisor.register.query import RegisterQuery, parse
from advisor.web.responses import SeeOther


def with_register_query(
    view: Callable[[HttpRequest, RegisterQuery], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Pass the view the parsed query of the register.

    Answer 404 where the register is off, and redirect to the canonical address. Search engines must
    not index the register: it is for people who can reach the site.
    """

    @wraps(view)
    def wrapper(request: HttpRequest) -> HttpResponse:
        if not settings.ADVISOR_REGISTER:
            raise Http404
        query = parse(request.GET)
        name = resolve(request.path_info).view_name
        if name == "register-feed":  # a feed is not divided into pages
            query = replace(query, number=None, after=False)
        if not query.is_address_of(request.GET):
            return SeeOther(query.at(name, query.number, after=query.after))
        response = view(request, query)
        response["X-Robots-Tag"] = "noindex"
        return response

    return wrapper
