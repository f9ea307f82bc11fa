"""What stands between every request and its view."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control

from advisor.catalogue import BrokenTree
from advisor.web import access, errors

logger = logging.getLogger(__name__)


class SingleSignOn:
    """Lets nobody in whom the proxy has not named, but for probes. A page is for whom it was sent
    to: no cache on the way may give it to others."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if settings.ADVISOR_ACCESS == access.OPEN:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith("/healthz/"):
            return self.get_response(request)
        try:
            access.identity(request)
            response = self.get_response(request)
        except access.Refused as refused:
            response = self.refuse(request, refused)
        patch_cache_control(response, private=True)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return self.refuse(request, error) if isinstance(error, access.Refused) else None

    def refuse(self, request: HttpRequest, refused: access.Refused) -> HttpResponse:
        came_from = request.META.get("REMOTE_ADDR") or "a unix socket"
        logger.warning("%s: refused a request from %s", refused, came_from)
        return errors.refused(request, refused)


class ProblemsOfTrees:
    """While trees are edited: answers with a tree's problems where a page needs it and an edit has
    broken it. Saved recommendations need none and go on. Visitors of a server see no problems."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if settings.ADVISOR_RELOAD and isinstance(error, BrokenTree):
            return errors.broken_tree(request, error)
        return None
