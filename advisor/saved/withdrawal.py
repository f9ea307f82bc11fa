"""Withdraw a record, or restore it. Nothing else ever changes in a record."""

from datetime import datetime

from django.db import transaction

from advisor.models import Recommendation
from advisor.saved.status import update_register


def withdraw(record: Recommendation, because: str, by: str, now: datetime) -> None:
    """Withdraw a record: its page then shows when and why, and nothing that was typed.

    Withdrawing it again changes the reason, not the date.
    """
    record.withdrawn_at = record.withdrawn_at or now
    record.withdrawn_because, record.withdrawn_by = because, by
    _keep(record)


def restore(record: Recommendation) -> None:
    """Undo a withdrawal. The record has the status again that its events and successors give it."""
    record.withdrawn_at, record.withdrawn_because, record.withdrawn_by = None, "", ""
    _keep(record)


def _keep(record: Recommendation) -> None:
    """Write the withdrawal; a withdrawn record supersedes nothing."""
    with transaction.atomic():
        record.save(update_fields=["withdrawn_at", "withdrawn_because", "withdrawn_by"])
        update_register(record, record.supersedes)
