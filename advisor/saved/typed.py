"""What an author typed: read from the form, and taken from the decision that is replaced."""

from datetime import date

from advisor.models import Recommendation
from advisor.saved.forms import SaveForm
from advisor.saved.records import Typed
from advisor.saved.visible_metadata import visible_metadata
from advisor.web.addresses import Query


def typed_of(form: SaveForm, signed_in: str | None) -> Typed:
    """Return what a valid form holds. `signed_in` is the author's name where the site knows it."""
    data = form.cleaned_data
    return Typed(
        title=data["title"],
        author=signed_in or data["author"],
        submission=data["submission"],
        context=data["context"],
        identified=signed_in is not None,
        reason=data.get("reason", ""),
        decision_makers=data["decision_makers"],
        consulted=data["consulted"],
        informed=data["informed"],
        discussion=data["discussion"],
        review_by=data["review_by"],
    )


def typed_before(before: Recommendation | None, today: date) -> dict[str, object]:
    """Return what the form starts with: the texts of the record to be replaced.

    Nothing of a withdrawn record, and no review that is over.
    """
    if before is None or before.withdrawn_at:
        return {}
    metadata = visible_metadata(before)
    review_by = before.review_by
    return {
        "title": metadata.title,
        "context": metadata.context,
        "author": metadata.author,
        "reason": metadata.reason,
        "decision_makers": metadata.decision_makers,
        "consulted": metadata.consulted,
        "informed": metadata.informed,
        "discussion": metadata.discussion,
        "review_by": review_by if review_by and review_by > today else None,
    }


def review_hint(query: Query, today: date) -> str:
    """Return which policy is reviewed next, as a suggestion for the review of the decision."""
    coming = [policy for policy in query.loaded.tree.policies.values() if policy.review_by > today]
    if not coming:
        return ""
    first = min(coming, key=lambda policy: policy.review_by)
    return f"The policy “{first.title}” is reviewed by {first.review_by.isoformat()}."
