"""Append what people decide about a record: accepted, rejected, deprecated."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from advisor.models import Event, EventKind, Recommendation
from advisor.saved.records import submission_hash
from advisor.saved.status import Decision, Status, decision_of, person, update_register

_POSSIBLE: dict[Status, tuple[EventKind, ...]] = {
    "proposed": (EventKind.ACCEPTED, EventKind.REJECTED),
    "accepted": (EventKind.DEPRECATED,),
}


class NotPossible(Exception):
    """An event that cannot be recorded. The message says why, in a sentence."""


@dataclass(frozen=True, slots=True)
class SignOff:
    """What somebody wants to record. `identified` says that single sign-on named the person.

    `submission` is the id of one opening of the form.
    """

    kind: EventKind
    by: str
    identified: bool
    note: str
    submission: str


def possible_kinds(decision: Decision) -> tuple[EventKind, ...]:
    """Return what can be recorded next; nothing where the decision has ended."""
    return _POSSIBLE.get(decision.status, ())


def append_event(record: Recommendation, sign_off: SignOff, now: datetime) -> Event:
    """Append an event, and return it, or the event that the same submission made before.

    Whoever sends at the same moment waits for the lock on the record, and sees this event. Raise
    NotPossible where the status of the decision, or the person, does not allow it.
    """
    hashed = submission_hash(
        {
            "record": record.id,
            "kind": sign_off.kind,
            "by": sign_off.by,
            "note": sign_off.note,
            "submission": sign_off.submission,
        }
    )
    with transaction.atomic():
        record = Recommendation.objects.select_for_update().get(pk=record.pk)
        if sent_before := Event.objects.filter(submission_hash=hashed).first():
            return sent_before
        _refuse_impossible(record, decision_of(record), sign_off)
        event = Event.objects.create(
            record=record,
            kind=sign_off.kind,
            by=sign_off.by,
            identified=sign_off.identified,
            # To the millisecond, because dumpdata and loaddata keep no more.
            at=now.replace(microsecond=now.microsecond // 1000 * 1000),
            note=sign_off.note,
            submission_hash=hashed,
        )
        # A rejected record supersedes nothing.
        update_register(record, record.supersedes)
    return event


def _refuse_impossible(record: Recommendation, decision: Decision, sign_off: SignOff) -> None:
    done = {(event.kind, person(event.by)) for event in decision.events}
    if (sign_off.kind, person(sign_off.by)) in done:
        raise NotPossible(f"{sign_off.by} has {sign_off.kind.value} this decision already.")
    if sign_off.kind not in possible_kinds(decision):
        raise NotPossible(f"This decision is {decision.status} by now.")
    is_author = record.identified and person(record.author) == person(sign_off.by)
    if sign_off.kind == EventKind.ACCEPTED and sign_off.identified and is_author:
        raise NotPossible("You are the author. Somebody else has to accept this decision.")
