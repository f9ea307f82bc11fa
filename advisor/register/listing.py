"""List saved decisions, searched and filtered, newest first.

Tree, outcome, policies and drift depend on the result and the kit alone. So filters choose among a
few hundred result summaries, and an index gives the records of those in order.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta

from django.utils import timezone

from advisor import catalogue
from advisor.models import Entry, Recommendation, ResultSummary, State
from advisor.register import search
from advisor.register.index import words_of
from advisor.register.search import Span, Total, Within
from advisor.saved.drift_today import SummaryDrift, summary_drifts
from advisor.saved.status import (
    IN_FORCE,
    LABELS,
    PRECEDENCE,
    Status,
    of_state,
    successors_of,
)

# How many records a page lists.
PAGE = 25
MAX_QUERY = 200
ANY_IN_FORCE = "in-force"
STATUSES: dict[str, str] = {
    ANY_IN_FORCE: "In force: proposed or accepted",
    **{status: LABELS[status] for status in reversed(PRECEDENCE)},
}
# Changed code comes with any of the others.
DRIFTS = {
    "current": "Advice unchanged",
    "code": "Code changed",
    "advice": "Advice changed",
    "outcome": "Different recommendation today",
    "barred": "No longer allowed",
    "unanswerable": "Cannot be evaluated today",
}
DEPARTS = {"no": "As recommended", "yes": "Instead of the recommendation"}
REVIEWS = {"overdue": "Overdue"}
_ID = "[A-Za-z0-9_-]{22}"
_LINK = re.compile(rf"/r/({_ID})(?![A-Za-z0-9_-])")
_NO_DAY = "Enter a date as year, month and day, such as 2026-11-28."


@dataclass(frozen=True, slots=True)
class Filters:
    """What to search for; empty texts match everything.

    `q` is words, a link or an id. `status` is a key of STATUSES, `drift` of DRIFTS, `departs` of
    DEPARTS, `review` of REVIEWS. `since` and `until` are days in ISO format, both included.
    """

    q: str = ""
    tree: str = ""
    outcome: str = ""
    policy: str = ""
    status: str = ""
    drift: str = ""
    departs: str = ""
    review: str = ""
    since: str = ""
    until: str = ""

    def given(self) -> dict[str, str]:
        """Return the filters in use, by name."""
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True, slots=True)
class ListedRecord:
    """A record as the register shows it. `updated_at` is when something last became of it."""

    record: Recommendation
    summary: ResultSummary
    status: Status
    drift: SummaryDrift
    overdue: bool
    updated_at: datetime
    superseded_by: tuple[Recommendation, ...]


@dataclass(frozen=True, slots=True)
class RecordPage:
    """The records of one page. `older` and `newer` are where the next pages start, or None.

    Both are numbers of register entries. `total` counts the records of all pages.
    """

    lines: tuple[ListedRecord, ...] = ()
    older: int | None = None
    newer: int | None = None
    total: Total = field(default_factory=lambda: Total(0, exact=True))


class Register:
    """All result summaries as they are now, with their drift today."""

    def __init__(self) -> None:
        self.summaries = {summary.id: summary for summary in ResultSummary.objects.all()}
        try:
            trees = catalogue.loaded_trees()
        except catalogue.BrokenTree:
            trees = {}
        self._drifts = summary_drifts(self.summaries.values(), trees)
        self._today = timezone.localdate()
        self._outcomes_today = {
            (slug, outcome) for slug in trees for outcome in trees[slug].tree.document.outcomes
        }
        self.trees = {
            summary.tree: trees[summary.tree].tree.document.title
            if summary.tree in trees
            else summary.tree
            for summary in self.summaries.values()
        }
        # Later summaries overwrite the names of earlier ones, so the newest name stays.
        self.outcomes = {
            summary.outcome: summary.name for summary in self.summaries.values() if summary.outcome
        }
        self.policies: Mapping[str, str] = {
            id: title
            for summary in self.summaries.values()
            for id, title in summary.policies.items()
        }

    def has_page(self, summary: ResultSummary) -> bool:
        """Return whether today's tree still has the outcome, so that there is a page about it."""
        return (summary.tree, summary.outcome) in self._outcomes_today

    def problems(self, filters: Filters) -> dict[str, str]:
        """Return a message for each filter whose value is not valid, by its name."""
        known: dict[str, Iterable[str]] = {
            "tree": self.trees,
            "outcome": self.outcomes,
            "policy": self.policies,
            "status": STATUSES,
            "drift": DRIFTS,
            "departs": DEPARTS,
            "review": REVIEWS,
        }
        messages = {
            name: f"Unknown {name} “{value}”."
            for name, value in filters.given().items()
            if name in known and value not in known[name]
        }
        days = {name: _day(getattr(filters, name)) for name in ("since", "until")}
        for name, day in days.items():
            if getattr(filters, name) and day is None:
                messages[name] = _NO_DAY
        if days["since"] and days["until"] and days["since"] > days["until"]:
            messages["until"] = "The last day is before the first."
        if filters.q and not words_of(filters.q):
            messages["q"] = "Enter at least one letter or digit."
        return messages

    def find(
        self, filters: Filters, number: int | None = None, *, after: bool = False
    ) -> RecordPage:
        """Return the page of records before the entry `number`, or `after` it.

        Without a number, return the newest records. The filters must have no problems.
        """
        span = Span(PAGE + 1, number, after)
        words, within = words_of(filters.q), self._within(filters)
        numbers = search.find(words, within, span)
        more = len(numbers) > PAGE
        shown = numbers[-PAGE:] if after else numbers[:PAGE]
        is_last = not more and not after
        is_first = number is None or (after and not more)
        ends = shown or [number or 0]
        whole = Total(len(numbers), exact=True)
        return RecordPage(
            self._lines(shown),
            older=None if is_last else ends[-1],
            newer=None if is_first else ends[0],
            total=whole if number is None and is_last else search.total(words, within),
        )

    def _within(self, filters: Filters) -> Within:
        chosen = {
            id
            for id, summary in self.summaries.items()
            if filters.tree in ("", summary.tree)
            and filters.outcome in ("", summary.outcome)
            and (not filters.policy or filters.policy in summary.policies)
            and filters.departs in ("", "yes" if summary.recommended else "no")
            and (not filters.drift or self._drifts[id].matches(filters.drift))
        }
        unfiltered = len(chosen) == len(self.summaries)
        since, until = _day(filters.since), _day(filters.until)
        return Within(
            None if unfiltered else frozenset(chosen),
            _states(filters),
            since=_midnight(since) if since else None,
            until=_midnight(until + timedelta(days=1)) if until and until < date.max else None,
            due_before=self._today if filters.review else None,
            record=_record_id(filters.q),
        )

    def _lines(self, numbers: list[int]) -> tuple[ListedRecord, ...]:
        entries = list(
            Entry.objects.filter(number__in=numbers)
            .select_related("record")
            .prefetch_related("record__events")
            .order_by("-number")
        )
        successors: dict[str | None, list[Recommendation]] = {}
        for successor in successors_of(entry.record for entry in entries):
            successors.setdefault(successor.supersedes_id, []).append(successor)
        # A record saved since the summaries were read may have a new result; it comes next time.
        return tuple(
            self._line(entry, tuple(successors.get(entry.record_id, ())))
            for entry in entries
            if entry.summary_id in self.summaries
        )

    def _line(self, entry: Entry, successors: tuple[Recommendation, ...]) -> ListedRecord:
        record = entry.record
        in_force = entry.state in IN_FORCE
        times = (
            record.saved_at,
            record.withdrawn_at,
            *(event.at for event in record.events.all()),
            *(successor.saved_at for successor in successors),
        )
        return ListedRecord(
            record,
            self.summaries[entry.summary_id],
            of_state(entry.state),
            self._drifts[entry.summary_id],
            bool(in_force and record.review_by and record.review_by < self._today),
            max(time for time in times if time),
            successors,
        )


def _states(filters: Filters) -> tuple[State, ...] | None:
    """Return the states that the filters allow; a review is overdue only of what is in force."""
    if filters.status in ("", ANY_IN_FORCE):
        return IN_FORCE if filters.status or filters.review else None
    state = State[filters.status.upper()]
    return (state,) if state in IN_FORCE or not filters.review else ()


def _record_id(q: str) -> str:
    """Return the id in a pasted link, or the id that was typed; empty where there is none."""
    if linked := _LINK.search(q):
        return linked[1]
    typed = re.fullmatch(_ID, q) and Recommendation.objects.filter(pk=q).exists()
    return q if typed else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == len("2026-11-28") else None
    except ValueError:
        return None


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
