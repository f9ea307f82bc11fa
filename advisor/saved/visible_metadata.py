"""Decide what people may see of what an author typed."""

from dataclasses import dataclass

from django.urls import reverse

from advisor.models import Recommendation
from advisor.web.pages import Link


@dataclass(frozen=True, slots=True)
class VisibleMetadata:
    """Title, context and author of a record, as far as they may be shown."""

    title: str
    context: str
    author: str
    identified: bool


def visible_metadata(record: Recommendation) -> VisibleMetadata:
    """Return what may be shown of a record; nothing that was typed if it is withdrawn.

    The typed texts may be the reason for the withdrawal.
    """
    if record.withdrawn_at:
        return VisibleMetadata("Withdrawn decision", "", "", False)
    return VisibleMetadata(record.title, record.context, record.author, record.identified)


def record_link(record: Recommendation) -> Link:
    """Build a link to a record, with the title that may be shown."""
    return Link(visible_metadata(record).title, reverse("saved", args=[record.id]))
