"""Decorate the views of a saved decision: read the record that the address names."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404

from advisor.kits.bundle import Bundle
from advisor.models import Recommendation
from advisor.saved import records
from advisor.saved.responses import unreadable_page


def with_record(
    view: Callable[[HttpRequest, Recommendation, Bundle], HttpResponse],
) -> Callable[[HttpRequest, str], HttpResponse]:
    """Pass the view the record whose id is in the path, and its bundle.

    Answer 404 for an unknown id, and 501 for a record that this release cannot read.
    """

    @wraps(view)
    def wrapper(request: HttpRequest, id: str) -> HttpResponse:
        record = get_object_or_404(Recommendation, pk=id)
        try:
            return view(request, record, records.read_record(record))
        except records.Unreadable as unreadable:
            return unreadable_page(request, record, unreadable)

    return wrapper
