"""What stands between every request and its view."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from advisor import views
from advisor.catalogue import BrokenTree


class ProblemsOfTrees:
    """Answers with a tree's problems where a page needs a tree that an edit has broken. Saved
    recommendations need none and go on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return views.broken_tree(request, error) if isinstance(error, BrokenTree) else None
