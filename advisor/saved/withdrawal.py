"""Takes a record out of force, and puts it back: all that ever happens to one."""

from datetime import datetime

from django.db import transaction

from advisor.models import Entry, Recommendation, State


def withdraw(record: Recommendation, because: str, by: str, now: datetime) -> None:
    """Its link then shows when and why, and nothing of what was typed. Done again, it changes the
    reason."""
    record.withdrawn_at = record.withdrawn_at or now
    record.withdrawn_because, record.withdrawn_by = because, by
    _keep(record, State.WITHDRAWN)


def restore(record: Recommendation) -> None:
    """As if it had not been withdrawn."""
    record.withdrawn_at, record.withdrawn_because, record.withdrawn_by = None, "", ""
    _keep(record, State.SUPERSEDED if record.superseded_by.exists() else State.IN_FORCE)


def _keep(record: Recommendation, state: State) -> None:
    with transaction.atomic():
        record.save(update_fields=["withdrawn_at", "withdrawn_because", "withdrawn_by"])
        entry = Entry.objects.select_for_update().get(record=record)
        entry.record, entry.state = record, state
        entry.save()
