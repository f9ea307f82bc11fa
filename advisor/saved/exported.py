"""What exports say about a record beside its result: who decided, and what has become of it."""

from collections.abc import Callable

from django.template.defaultfilters import date as format_date

from advisor.engine.walking.evaluate import Result
from advisor.exports import as_json
from advisor.exports.as_markdown import About, Review
from advisor.kits.download import Provenance
from advisor.models import Recommendation
from advisor.saved.status import Decision
from advisor.saved.visible_metadata import visible_events, visible_metadata

# An id of a record to its absolute address.
Permalink = Callable[[str], str]
# The parameter that asks for the Markdown as text for a comment, and its value.
AS, COMMENT = "as", "comment"
_QUIET = ("proposed", "accepted")


def exported_decision(
    record: Recommendation, decision: Decision, permalink: Permalink
) -> as_json.Decision | None:
    """Return what has become of a record, for JSON.

    None for a record of an earlier release that nothing has become of: its JSON stays as it was.
    """
    if record.format == 1 and decision.status == "proposed":
        return None
    metadata = visible_metadata(record)
    return as_json.Decision(
        status=decision.status,
        reason=metadata.reason,
        decision_makers=metadata.decision_makers,
        consulted=metadata.consulted,
        informed=metadata.informed,
        discussion=metadata.discussion,
        review_by=decision.review_by.isoformat() if decision.review_by else None,
        sign_offs=decision.sign_offs,
        events=tuple(
            as_json.Event(
                kind=event.kind,
                by=event.by,
                identified=event.identified,
                at=event.at.isoformat(),
                note=event.note,
            )
            for event in visible_events(record, decision.events)
        ),
        superseded_by=tuple(permalink(successor.id) for successor in decision.superseded_by),
    )


def about_record(record: Recommendation, decision: Decision, permalink: Permalink) -> About:
    """Return what a record adds to its result, for Markdown."""
    metadata = visible_metadata(record)
    return About(
        metadata.title,
        metadata.context,
        metadata.author,
        record.saved_at.isoformat(),
        permalink(record.id),
        permalink(record.supersedes_id) if record.supersedes_id else "",
        record.withdrawn_at.isoformat() if record.withdrawn_at else "",
        record.withdrawn_because,
        status=decision.status,
        reason=metadata.reason,
        decision_makers=metadata.decision_makers,
        consulted=metadata.consulted,
        informed=metadata.informed,
        discussion=metadata.discussion,
        review_by=decision.review_by.isoformat() if decision.review_by else "",
        overdue=decision.overdue,
        superseded_by=tuple(permalink(successor.id) for successor in decision.superseded_by),
        reviews=tuple(
            Review(event.kind, event.by, event.at.isoformat(), event.note)
            for event in visible_events(record, decision.events)
        ),
    )


def provenance(
    record: Recommendation, result: Result, decision: Decision, permalink: Permalink
) -> Provenance:
    """Return what the files of a kit say about the record that they come from."""
    notes = []
    if result.departure:
        notes.append(f"Chosen: {result.name}. Recommended: {result.recommended_name}.")
    if decision.status not in _QUIET or (record.format != 1 and decision.status == "accepted"):
        after = [f"<{permalink(successor.id)}>" for successor in decision.superseded_by]
        by = f" by {', '.join(after)}" if decision.status == "superseded" else ""
        notes.append(f"Status when downloaded: {decision.label.lower()}{by}.")
    if decision.overdue:
        notes.append(f"Its review was due by {format_date(decision.review_by, 'j F Y')}.")
    return Provenance(permalink(record.id), record.version, record.saved_at, tuple(notes))
