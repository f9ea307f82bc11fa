"""What people typed about a record, as far as it may be shown."""

from dataclasses import dataclass

from django.urls import reverse

from advisor.models import Recommendation
from advisor.web.pages import Link


@dataclass(frozen=True, slots=True)
class VisibleMetadata:
    """What people said about a record, as far as it may be shown."""

    title: str
    context: str
    author: str
    identified: bool


def visible_metadata(record: Recommendation) -> VisibleMetadata:
    """What was typed may be why a record was withdrawn, so of such a one it is shown nowhere."""
    if record.withdrawn_at:
        return VisibleMetadata("Withdrawn decision", "", "", False)
    return VisibleMetadata(record.title, record.context, record.author, record.identified)


def record_link(record: Recommendation) -> Link:
    return Link(visible_metadata(record).title, reverse("saved", args=[record.id]))
