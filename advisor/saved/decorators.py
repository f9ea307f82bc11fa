"""Give a view the record that its address names."""

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
    """Give a view the record that the address names, and answer for one that cannot be shown."""

    @wraps(view)
    def wrapper(request: HttpRequest, id: str) -> HttpResponse:
        record = get_object_or_404(Recommendation, pk=id)
        try:
            return view(request, record, records.read_record(record))
        except records.Unreadable as unreadable:
            return unreadable_page(request, record, unreadable)

    return wrapper
