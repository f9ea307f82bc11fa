"""Give a view the query of the tree that its address names."""

from collections.abc import Callable
from functools import wraps

from django.http import Http404, HttpRequest, HttpResponse

from advisor import catalogue
from advisor.engine.walking.evaluate import UnknownAnswer
from advisor.web.addresses import BadQuery, Query, parse
from advisor.web.responses import SeeOther, message_page, unknown_answer_page


class RedirectTo(Exception):
    """The address belongs to another page: go there."""

    def __init__(self, to: str) -> None:
        super().__init__(to)
        self.to = to


def with_query(
    view: Callable[[HttpRequest, Query], HttpResponse],
) -> Callable[[HttpRequest, str], HttpResponse]:
    """Give a view the query of the tree that the address names, and answer for a bad one."""

    @wraps(view)
    def wrapper(request: HttpRequest, slug: str) -> HttpResponse:
        loaded = catalogue.loaded_trees().get(slug)
        if loaded is None:
            raise Http404
        try:
            return view(request, parse(request, loaded))
        except RedirectTo as elsewhere:
            return SeeOther(elsewhere.to)
        except BadQuery as bad:
            return message_page(
                request, "This address is not valid", bad.message, bad.status, loaded=loaded
            )
        except UnknownAnswer as unknown:
            return unknown_answer_page(request, loaded, unknown)

    return wrapper
