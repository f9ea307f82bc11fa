"""Build the responses that only saved decisions need."""

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from advisor.models import Recommendation
from advisor.saved import records
from advisor.saved.build import identity
from advisor.web.responses import logger, message_page


def unreadable_page(
    request: HttpRequest, record: Recommendation, why: records.Unreadable
) -> HttpResponse:
    """Log the record that cannot be shown, and answer 501 with what identifies it.

    Not 404 or 500: the record exists, and another release may be able to show it.
    """
    logger.error("Recommendation %s cannot be shown: %s", record.id, why)
    message = f"The decision is stored, but this release cannot show it. {why}"
    return message_page(request, "This decision cannot be shown", message, 501, identity(record))


def permalink(request: HttpRequest, id: str | None) -> str:
    """Return the absolute address of a record, or an empty text for None."""
    return request.build_absolute_uri(reverse("saved", args=[id])) if id else ""
