"""What a view is given: the query of a tree, a record, or what is asked of the register.

An address that names none of them is answered here.
"""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import resolve

from advisor import catalogue
from advisor.engine.walking.evaluate import UnknownAnswer
from advisor.kits.bundle import Bundle
from advisor.models import Recommendation
from advisor.register import build
from advisor.register.build import Asked
from advisor.saved import records
from advisor.web.addresses import BadQuery, Query, parse
from advisor.web.responses import SeeOther, message_page, unknown_answer, unreadable_page


class Elsewhere(Exception):
    """The address belongs to another page: go there."""

    def __init__(self, to: str) -> None:
        super().__init__(to)
        self.to = to


def of_tree(
    view: Callable[[HttpRequest, Query], HttpResponse],
) -> Callable[[HttpRequest, str], HttpResponse]:
    """Give a view the query of the tree that the address names, and answer for a bad one."""

    @wraps(view)
    def wrapper(request: HttpRequest, slug: str) -> HttpResponse:
        served = catalogue.trees().get(slug)
        if served is None:
            raise Http404
        try:
            return view(request, parse(request, served))
        except Elsewhere as elsewhere:
            return SeeOther(elsewhere.to)
        except BadQuery as bad:
            return message_page(
                request, "This address cannot be answered", bad.message, bad.status, served=served
            )
        except UnknownAnswer as unknown:
            return unknown_answer(request, served, unknown)

    return wrapper


def of_record(
    view: Callable[[HttpRequest, Recommendation, Bundle], HttpResponse],
) -> Callable[[HttpRequest, str], HttpResponse]:
    """Give a view the record that the address names, and answer for one that cannot be shown."""

    @wraps(view)
    def wrapper(request: HttpRequest, id: str) -> HttpResponse:
        record = get_object_or_404(Recommendation, pk=id)
        try:
            return view(request, record, records.read_record(record))
        except records.Unreadable as unreadable:
            return unreadable_page(request, record, unreadable)

    return wrapper


def of_register(
    view: Callable[[HttpRequest, Asked], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Give a view what its address asks of the register, where there is one. Robots stay out: they
    would carry to everyone what was meant for whoever reaches the site."""

    @wraps(view)
    def wrapper(request: HttpRequest) -> HttpResponse:
        if not settings.ADVISOR_REGISTER:
            raise Http404
        asked = build.parse(request.GET)
        if not asked.is_address_of(request.GET):
            name = resolve(request.path_info).view_name
            return SeeOther(asked.at(name, asked.number, after=asked.after))
        response = view(request, asked)
        response["X-Robots-Tag"] = "noindex"
        return response

    return wrapper
