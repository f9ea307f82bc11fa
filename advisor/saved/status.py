"""The status of a decision: one vocabulary and one order of precedence, for all that shows it.

What people decided about a record stands in its events, in its withdrawal and in the records that
supersede it. The status is computed from them here and nowhere else.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from django.db import models
from django.utils import timezone

from advisor.exports.as_badge import Sign
from advisor.models import Entry, Event, EventKind, Recommendation, State

Status = Literal["withdrawn", "superseded", "rejected", "deprecated", "accepted", "proposed"]
# Where several hold, the first counts.
PRECEDENCE: tuple[Status, ...] = (
    "withdrawn",
    "superseded",
    "rejected",
    "deprecated",
    "accepted",
    "proposed",
)
LABELS: dict[Status, str] = {
    "withdrawn": "Withdrawn",
    "superseded": "Superseded",
    "rejected": "Rejected",
    "deprecated": "Deprecated",
    "accepted": "Accepted",
    "proposed": "Proposed",
}
# Only what people accepted looks like approval.
SIGNS: dict[Status, Sign] = {
    "withdrawn": "gone",
    "superseded": "superseded",
    "rejected": "other",
    "deprecated": "changed",
    "accepted": "good",
    "proposed": "same",
}
# An event is called like the status that it gives a decision.
EVENT_SIGNS: dict[str, Sign] = {kind: SIGNS[kind] for kind in PRECEDENCE if kind in EventKind}
# A decision with another status must not be used.
IN_FORCE = (State.PROPOSED, State.ACCEPTED)


@dataclass(frozen=True, slots=True)
class Decision:
    """What has become of a record so far.

    `overdue` says that the day of its review is over while it is in force. `superseded_by` are the
    records that replace it, the oldest first; `events` what people recorded, in order.
    `accepted_by` counts the people who accepted it; `sign_offs` is how many have to.
    """

    status: Status
    overdue: bool
    review_by: date | None
    superseded_by: tuple[Recommendation, ...]
    events: tuple[Event, ...]
    accepted_by: int
    sign_offs: int

    @property
    def label(self) -> str:
        """Return the status in words."""
        return LABELS[self.status]

    @property
    def state(self) -> State:
        """Return the status as the register stores it."""
        return State[self.status.upper()]


def decision_of(record: Recommendation, today: date | None = None) -> Decision:
    """Return what has become of a record, on the day `today`."""
    events = tuple(record.events.all())
    successors = tuple(successors_of([record]))
    status = status_of(record, events, superseded=bool(successors))
    day = today or timezone.now().date()
    in_force = status in ("proposed", "accepted")
    return Decision(
        status=status,
        overdue=bool(in_force and record.review_by and record.review_by < day),
        # People typed it, as all else that a withdrawal hides.
        review_by=None if status == "withdrawn" else record.review_by,
        superseded_by=successors,
        events=events,
        accepted_by=accepted_by(events),
        sign_offs=record.sign_offs,
    )


def status_of(record: Recommendation, events: Iterable[Event], *, superseded: bool) -> Status:
    """Return the first status of PRECEDENCE that holds."""
    events = tuple(events)
    kinds = {event.kind for event in events}
    holds: dict[Status, bool] = {
        "withdrawn": record.withdrawn_at is not None,
        "superseded": superseded,
        "rejected": EventKind.REJECTED in kinds,
        "deprecated": EventKind.DEPRECATED in kinds,
        "accepted": accepted_by(events) >= record.sign_offs,
        "proposed": True,
    }
    return next(status for status in PRECEDENCE if holds[status])


def of_state(state: int) -> Status:
    """Return the status that the register stores as this number."""
    return next(status for status in PRECEDENCE if State[status.upper()] == state)


def accepted_by(events: Iterable[Event]) -> int:
    """Return how many people accepted."""
    return len({person(event.by) for event in events if event.kind == EventKind.ACCEPTED})


def person(name: str) -> str:
    """Return a name without what two spellings of one name may differ in."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def successors_of(records: Iterable[Recommendation]) -> models.QuerySet[Recommendation]:
    """Return the records that supersede these, the oldest first.

    A record that was withdrawn or rejected replaces nothing: what it named is in force again.
    """
    return (
        Recommendation.objects.filter(supersedes__in=list(records), withdrawn_at__isnull=True)
        .exclude(events__kind=EventKind.REJECTED)
        .order_by("saved_at", "id")
    )


def update_register(*records: Recommendation | None) -> None:
    """Write the status of the records to their entries in the register, where it has changed."""
    for record in records:
        if record is None:
            continue
        state = decision_of(record).state
        for entry in Entry.objects.select_for_update().filter(record=record).exclude(state=state):
            entry.record, entry.state = record, state
            entry.save()
