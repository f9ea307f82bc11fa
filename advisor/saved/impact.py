"""Compare all saved decisions with today's trees, in groups.

Records with the same result are one group: the database counts them, and the result is evaluated
once. So a million records cost no more than their few hundred results.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db.models import Count

from advisor.catalogue import LoadedTree
from advisor.engine.comparing.drift import Drift, Status
from advisor.engine.comparing.results import Change
from advisor.engine.walking.evaluate import Result
from advisor.models import Recommendation
from advisor.saved.drift_today import drifts_of, fingerprints, kit_drift
from advisor.saved.visible_metadata import WITHDRAWN_TITLE

# The most serious first.
STATUSES: tuple[Status, ...] = ("unanswerable", "outcome", "barred", "advice", "current")
# How many changes a verdict lists.
MAX_LINES = 5
_CHUNK_SIZE = 500


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the answers of one result lead to today.

    `today` is the id of the outcome, empty where there is none. `why` lists causes or advice
    changes in words.
    """

    status: Status
    today: str
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The records that share one result and one kit.

    `config` says whether today's kit of the outcome is another one; `unknown` where the record has
    no fingerprint of its kit.
    """

    tree: str
    result: str
    kit: str
    count: int
    verdict: Verdict
    config: Literal["same", "changed", "unknown"]

    @property
    def is_current(self) -> bool:
        """Return whether advice and code are the same today, as far as is known."""
        return self.verdict.status == "current" and self.config != "changed"


@dataclass(frozen=True, slots=True)
class SavedRecord:
    """The part of a record that a list shows."""

    id: str
    title: str
    saved_at: datetime


def impact(trees: Mapping[str, LoadedTree], only: str = "") -> list[Group]:
    """Return all groups, the most serious status first, then the largest.

    `only` limits them to one tree, by its slug.
    """
    records = Recommendation.objects.order_by()
    if only:
        records = records.filter(tree=only)
    rows = list(records.values_list("tree", "result", "kit").annotate(count=Count("*")))
    wanted = {(tree, result) for tree, result, *_ in rows}
    verdicts = {key: _verdict(old, drift) for key, old, drift in drifts_of(wanted, trees)}
    kits = {
        (slug, outcome): kit
        for slug, loaded in trees.items()
        for outcome, kit in fingerprints(loaded).items()
    }
    groups = [
        Group(
            tree, result, kit, count, verdict, kit_drift(kit, kits.get((tree, verdict.today), ""))
        )
        if (verdict := verdicts[tree, result]).status in ("current", "advice")
        else Group(tree, result, kit, count, verdict, "same")
        for tree, result, kit, count in rows
    ]
    return sorted(groups, key=lambda group: (STATUSES.index(group.verdict.status), -group.count))


def records(group: Group) -> Iterator[SavedRecord]:
    """Yield the records of a group, the newest first, without loading all of them at once."""
    rows = Recommendation.objects.filter(tree=group.tree, result=group.result, kit=group.kit)
    shown = rows.only("id", "title", "saved_at", "withdrawn_at")
    for row in shown.iterator(chunk_size=_CHUNK_SIZE):
        title = WITHDRAWN_TITLE if row.withdrawn_at else row.title
        yield SavedRecord(row.id, title, row.saved_at)


def _verdict(old: Result | None, drift: Drift) -> Verdict:
    today = drift.today.outcome if drift.today else ""
    if drift.status in ("outcome", "barred", "unanswerable"):
        lines = [cause.editors_line for cause in drift.causes]
        if old is not None and drift.today is not None and drift.status == "outcome":
            was, now = old.recommended_name, drift.today.name
            lines.insert(0, f"“{was}” was recommended. The tree now recommends “{now}”.")
        return Verdict(drift.status, today, tuple(lines))
    return Verdict(drift.status, today, tuple(_lines(drift.changes)))


def _lines(changes: tuple[Change, ...]) -> Iterator[str]:
    substantive = [change.line for change in changes if not change.editorial]
    yield from substantive[:MAX_LINES]
    if len(substantive) > MAX_LINES:
        yield f"and {len(substantive) - MAX_LINES} more changes"
