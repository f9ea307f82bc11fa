"""Give a view what its address asks of the register."""

from collections.abc import Callable
from functools import wraps

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import resolve

from advisor.register.query import RegisterQuery, parse
from advisor.web.responses import SeeOther


def with_register_query(
    view: Callable[[HttpRequest, RegisterQuery], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Give a view what its address asks of the register, where there is one. Robots stay out: they
    would carry to everyone what was meant for whoever reaches the site."""

    @wraps(view)
    def wrapper(request: HttpRequest) -> HttpResponse:
        if not settings.ADVISOR_REGISTER:
            raise Http404
        asked = parse(request.GET)
        if not asked.is_address_of(request.GET):
            name = resolve(request.path_info).view_name
            return SeeOther(asked.at(name, asked.number, after=asked.after))
        response = view(request, asked)
        response["X-Robots-Tag"] = "noindex"
        return response

    return wrapper
