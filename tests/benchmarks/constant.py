"""The site's addresses, and beside them pages that cost nothing to make.

A constant page is the bytes that a real page had when the benchmark began, under the same headers.
So what differs between the two is the work of the real view alone.
"""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from advisor.web.responses import revalidated

PAGES: dict[str, bytes] = {}


@revalidated
def constant(_: HttpRequest, name: str) -> HttpResponse:
    return HttpResponse(PAGES[name])


urlpatterns = [
    path("constant/<slug:name>", constant),
    path("", include("advisor.urls")),
]
