"""What stands between every request and its view."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from advisor import views
from advisor.catalogue import BrokenTree


class ProblemsOfTrees:
    """While trees are edited: answers with a tree's problems where a page needs it and an edit has
    broken it. Saved recommendations need none and go on. Visitors of a server see no problems."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if settings.ADVISOR_RELOAD and isinstance(error, BrokenTree):
            return views.broken_tree(request, error)
        return None
