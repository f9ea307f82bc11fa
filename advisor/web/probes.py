"""Tell an orchestrator whether the process is alive, and whether it can serve pages."""

from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from advisor import catalogue
from advisor.models import Recommendation


@require_safe
@never_cache
def live(request: HttpRequest) -> HttpResponse:
    """Answer 200 while the process runs; touch neither trees nor database."""
    return HttpResponse("live\n", content_type="text/plain")


@require_safe
@never_cache
def ready(request: HttpRequest) -> HttpResponse:
    """Answer 200 if all trees are valid and the database answers a query, else 503."""
    try:
        catalogue.loaded_trees()
        connection.ensure_connection()
        Recommendation.objects.exists()
    except (catalogue.BrokenTree, DatabaseError):
        return HttpResponse("not ready\n", status=503, content_type="text/plain")
    return HttpResponse("ready\n", content_type="text/plain")
