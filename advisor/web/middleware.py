"""Guard every request: single sign-on, and what trees and the database may fail at."""

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
    """Access for people whom the proxy names, and for probes; 403 for everyone else.

    Marks every page as private, so that no shared cache gives it to others.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if settings.ADVISOR_ACCESS == access.OPEN:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the response of the site to a user or a probe, or 403."""
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
        """Answer 403 where a view raises Refused, as saving does for inactive users."""
        return self.refuse(request, error) if isinstance(error, access.Refused) else None

    def refuse(self, request: HttpRequest, refused: access.Refused) -> HttpResponse:
        """Log the refused request with the address of its client, and answer 403."""
        came_from = request.META.get("REMOTE_ADDR") or "a unix socket"
        logger.warning("%s: refused a request from %s", refused, came_from)
        return errors.refused(request, refused)


class Failures:
    """What a page says where the database fails, or a tree that is being edited is broken.

    The problems of a tree show only where `ADVISOR_RELOAD` is on: visitors of a production site see
    none. Pages that need no tree, such as saved decisions, are not affected.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Return the response of the site; `process_exception` handles the failures."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer 503 where the database fails, or a tree that is being edited is broken."""
        if isinstance(error, errors.DATABASE_FAILURES):
            return errors.database_failure(request, error)
        if settings.ADVISOR_RELOAD and isinstance(error, BrokenTree):
            return errors.broken_tree(request, error)
        return None
