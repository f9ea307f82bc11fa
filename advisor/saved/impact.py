"""What trees say today to the recommendations that were saved.

Records with the same result are one group: counted by the database and evaluated once, so that a
million records cost what their few hundred results do.
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
from advisor.kits.kit import fingerprint
from advisor.models import Recommendation
from advisor.saved.drift_today import drifts_of

# The gravest first.
STATUSES: tuple[Status, ...] = ("unanswerable", "outcome", "advice", "current")


MAX_LINES = 5


_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one result comes to today; `today` is the outcome's id, empty where there is none.

    `why` holds the causes, or the changes that count, in plain words.
    """

    status: Status
    today: str
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The records of one result and one kit. `config` says whether today's kit of the same outcome
    is another; `unknown` where that was not noted.
    """

    tree: str
    result: str
    kit: str
    count: int
    verdict: Verdict
    config: Literal["same", "changed", "unknown"]

    @property
    def is_current(self) -> bool:
        return self.verdict.status == "current" and self.config != "changed"


@dataclass(frozen=True, slots=True)
class SavedRecord:
    """A record, as far as a list shows it."""

    id: str
    title: str
    saved_at: datetime


def impact(trees: Mapping[str, LoadedTree], only: str = "") -> list[Group]:
    """All groups, the gravest first and the largest of these. `only` leaves out other trees."""
    records = Recommendation.objects.order_by()
    if only:
        records = records.filter(tree=only)
    rows = list(records.values_list("tree", "result", "kit").annotate(count=Count("*")))
    wanted = {(tree, result) for tree, result, *_ in rows}
    verdicts = {key: _verdict(old, drift) for key, old, drift in drifts_of(wanted, trees)}
    kits = {
        (slug, outcome): fingerprint(kit)
        for slug, loaded in trees.items()
        for outcome, kit in loaded.kits.items()
    }
    groups = [
        Group(tree, result, kit, count, verdict, _config(kit, kits.get((tree, verdict.today), "")))
        if (verdict := verdicts[tree, result]).status in ("current", "advice")
        else Group(tree, result, kit, count, verdict, "same")
        for tree, result, kit, count in rows
    ]
    return sorted(groups, key=lambda group: (STATUSES.index(group.verdict.status), -group.count))


def records(group: Group) -> Iterator[SavedRecord]:
    """The group's records, the newest first; read from the database as they are asked for."""
    rows = Recommendation.objects.filter(tree=group.tree, result=group.result, kit=group.kit)
    for row in rows.values_list("id", "title", "saved_at").iterator(chunk_size=_AT_ONCE):
        yield SavedRecord(*row)


def _verdict(old: Result | None, drift: Drift) -> Verdict:
    today = drift.today.outcome if drift.today else ""
    if drift.status in ("outcome", "unanswerable"):
        lines = [cause.line for cause in drift.causes]
        if old is not None and drift.today is not None:
            lines.insert(
                0, f"“{old.name}” was recommended. The tree now recommends “{drift.today.name}”."
            )
        return Verdict(drift.status, today, tuple(lines))
    return Verdict(drift.status, today, tuple(_lines(drift.changes)))


def _lines(changes: tuple[Change, ...]) -> Iterator[str]:
    substantive = [change.line for change in changes if not change.editorial]
    yield from substantive[:MAX_LINES]
    if len(substantive) > MAX_LINES:
        yield f"and {len(substantive) - MAX_LINES} more changes"


def _config(then: str, today: str) -> Literal["same", "changed", "unknown"]:
    if not then:
        return "unknown" if today else "same"
    return "same" if then == today else "changed"
