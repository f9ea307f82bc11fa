"""Decide what people may see of what was typed about a record."""

from dataclasses import dataclass

from django.urls import reverse

from advisor.models import Event, Recommendation
from advisor.web.pages import Link

WITHDRAWN_TITLE = "Withdrawn decision"


@dataclass(frozen=True, slots=True)
class VisibleMetadata:
    """What people typed when they saved a record, as far as it may be shown."""

    title: str
    context: str = ""
    author: str = ""
    identified: bool = False
    reason: str = ""
    decision_makers: str = ""
    consulted: str = ""
    informed: str = ""
    discussion: str = ""


def visible_metadata(record: Recommendation) -> VisibleMetadata:
    """Return what may be shown of a record; nothing that was typed if it is withdrawn.

    The typed texts may be the reason for the withdrawal.
    """
    if record.withdrawn_at:
        return VisibleMetadata(WITHDRAWN_TITLE)
    return VisibleMetadata(
        record.title,
        record.context,
        record.author,
        record.identified,
        record.reason,
        record.decision_makers,
        record.consulted,
        record.informed,
        record.discussion,
    )


def visible_events(record: Recommendation, events: tuple[Event, ...]) -> tuple[Event, ...]:
    """Return the events that may be shown: they name people and hold what these typed."""
    return () if record.withdrawn_at else events


def record_link(record: Recommendation) -> Link:
    """Build a link to a record, with the title that may be shown."""
    return Link(visible_metadata(record).title, reverse("saved", args=[record.id]))
