"""Decorate the views of a tree: parse the address, and answer invalid ones."""

from collections.abc import Callable
from functools import wraps

from django.http import Http404, HttpRequest, HttpResponse

from advisor import catalogue
from advisor.engine.walking.evaluate import ForbiddenOutcome, UnknownAnswer
from advisor.web.addresses import BadQuery, parse
from advisor.web.responses import (
    SeeOther,
    changed_meanwhile_page,
    forbidden_outcome_page,
    message_page,
    unknown_answer_page,
)


class RedirectTo(Exception):
    """A request that belongs to the page at the address `to`; the visitor is redirected there."""

    def __init__(self, to: str) -> None:
        super().__init__(to)
        self.to = to


def with_query(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Pass the view the parsed query of the tree whose slug is in the path, and what else is there.

    Answer 404 for an unknown tree, 303 where the view raises RedirectTo, and a message page with
    400 or 414 for an invalid address or an unknown answer, or with 422 where a policy forbids the
    outcome that the address chooses. A form that belongs elsewhere is not redirected, because what
    was typed would be lost: the page that shows it leads there.
    """

    @wraps(view)
    def wrapper(request: HttpRequest, slug: str, **rest: str) -> HttpResponse:
        loaded = catalogue.loaded_trees().get(slug)
        if loaded is None:
            raise Http404
        query = None
        try:
            query = parse(request, loaded)
            return view(request, query, **rest)
        except RedirectTo as redirect:
            if request.method == "POST":
                return changed_meanwhile_page(request, loaded, redirect.to)
            return SeeOther(redirect.to)
        except BadQuery as bad:
            return message_page(
                request, "This address is not valid", bad.message, bad.status, loaded=loaded
            )
        except UnknownAnswer as unknown:
            return unknown_answer_page(request, loaded, unknown)
        except ForbiddenOutcome as forbidden:
            assert query is not None  # noqa: S101 - only a view raises it
            return forbidden_outcome_page(request, query, forbidden)

    return wrapper
