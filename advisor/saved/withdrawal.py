"""Withdraw a record, or restore it. Nothing else ever changes in a record."""

from datetime import datetime

from django.db import transaction

from advisor.models import Entry, Recommendation, State


def withdraw(record: Recommendation, because: str, by: str, now: datetime) -> None:
    """Withdraw a record: its page then shows when and why, and nothing that was typed.

    Withdrawing it again changes the reason, not the date.
    """
    record.withdrawn_at = record.withdrawn_at or now
    record.withdrawn_because, record.withdrawn_by = because, by
    _keep(record, State.WITHDRAWN)


def restore(record: Recommendation) -> None:
    """Undo a withdrawal. A record with a successor becomes superseded."""
    record.withdrawn_at, record.withdrawn_because, record.withdrawn_by = None, "", ""
    _keep(record, State.SUPERSEDED if record.superseded_by.exists() else State.IN_FORCE)


def _keep(record: Recommendation, state: State) -> None:
    with transaction.atomic():
        record.save(update_fields=["withdrawn_at", "withdrawn_because", "withdrawn_by"])
        entry = Entry.objects.select_for_update().get(record=record)
        entry.record, entry.state = record, state
        entry.save()
