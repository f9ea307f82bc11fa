"""Decorate the views of a tree: parse the address, and answer invalid ones."""

from collections.abc import Callable
from functools import wraps

from django.http import Http404, HttpRequest, HttpResponse

from advisor import catalogue
from advisor.engine.walking.evaluate import UnknownAnswer
from advisor.web.addresses import BadQuery, Query, parse
from advisor.web.responses import SeeOther, message_page, unknown_answer_page


class RedirectTo(Exception):
    """A request that belongs to the page at the address `to`; the visitor is redirected there."""

    def __init__(self, to: str) -> None:
        super().__init__(to)
        self.to = to


def with_query(
    view: Callable[[HttpRequest, Query], HttpResponse],
) -> Callable[[HttpRequest, str], HttpResponse]:
    """Pass the view the parsed query of the tree whose slug is in the path.

    Answer 404 for an unknown tree, 303 where the view raises RedirectTo, and a message page with
    400 or 414 for an invalid address or an unknown answer.
    """

    @wraps(view)
    def wrapper(request: HttpRequest, slug: str) -> HttpResponse:
        loaded = catalogue.loaded_trees().get(slug)
        if loaded is None:
            raise Http404
        try:
            return view(request, parse(request, loaded))
        except RedirectTo as redirect:
            return SeeOther(redirect.to)
        except BadQuery as bad:
            return message_page(
                request, "This address is not valid", bad.message, bad.status, loaded=loaded
            )
        except UnknownAnswer as unknown:
            return unknown_answer_page(request, loaded, unknown)

    return wrapper
