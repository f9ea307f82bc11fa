"""Responses that only saved recommendations need."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from advisor.models import Recommendation
from advisor.saved import records
from advisor.saved.build import identity
from advisor.web.responses import logger, message_page


def unreadable_page(
    request: HttpRequest, record: Recommendation, why: records.Unreadable
) -> HttpResponse:
    """Not a failure of this request, nor an answer: another release may well show the record."""
    logger.error("Recommendation %s cannot be shown: %s", record.id, why)
    message = f"The decision is stored, but this release cannot show it. {why}"
    return message_page(request, "This decision cannot be shown", message, 501, identity(record))


def permalink(request: HttpRequest, id: str | None) -> str:
    return request.build_absolute_uri(reverse("saved", args=[id])) if id else ""
