"""List saved decisions, searched and filtered, newest first.

Tree, outcome, policies and the status today depend on the result alone. So filters choose among a
few hundred result summaries, and an index gives the records of those in order.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from advisor import catalogue
from advisor.engine.comparing.drift import Status
from advisor.models import Entry, Recommendation, ResultSummary, State
from advisor.register import search
from advisor.register.search import Span, Within, words_of
from advisor.saved.drift_today import drift_statuses
from advisor.saved.status import IN_FORCE, LABELS

# How many records a page lists.
PAGE = 25
MAX_QUERY = 200
# Every record has one status. The first five are for records in force.
STATUSES = {
    "current": "Current",
    "advice": "Advice changed",
    "outcome": "Different outcome today",
    "barred": "No longer allowed",
    "unanswerable": "Cannot be evaluated today",
    **{status: LABELS[status] for status in ("rejected", "deprecated", "superseded", "withdrawn")},
}
_STATES = {
    "rejected": State.REJECTED,
    "deprecated": State.DEPRECATED,
    "superseded": State.SUPERSEDED,
    "withdrawn": State.WITHDRAWN,
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What to search for; empty texts match everything. `status` is a key of STATUSES."""

    q: str = ""
    tree: str = ""
    outcome: str = ""
    policy: str = ""
    status: str = ""

    def given(self) -> dict[str, str]:
        """Return the filters in use, by name."""
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True, slots=True)
class ListedRecord:
    """A record as the register shows it. `status` is a key of STATUSES."""

    record: Recommendation
    summary: ResultSummary
    status: str
    superseded_by: tuple[Recommendation, ...]


@dataclass(frozen=True, slots=True)
class RecordPage:
    """The records of one page. `older` and `newer` are where the next pages start, or None.

    Both are numbers of register entries.
    """

    lines: tuple[ListedRecord, ...] = ()
    older: int | None = None
    newer: int | None = None


class Register:
    """All result summaries as they are now, with their status today."""

    def __init__(self) -> None:
        self.summaries = {summary.id: summary for summary in ResultSummary.objects.all()}
        try:
            trees = catalogue.loaded_trees()
        except catalogue.BrokenTree:
            trees = {}
        wanted = {(summary.tree, summary.result) for summary in self.summaries.values()}
        self._statuses = drift_statuses(wanted, trees)
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

    def problems(self, filters: Filters) -> dict[str, str]:
        """Return a message for each filter whose value is not valid, by its name."""
        known: dict[str, Iterable[str]] = {
            "tree": self.trees,
            "outcome": self.outcomes,
            "policy": self.policies,
            "status": STATUSES,
        }
        messages = {
            name: f"Unknown {name} “{value}”."
            for name, value in filters.given().items()
            if name in known and value not in known[name]
        }
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
        numbers = search.find(words_of(filters.q), self._within(filters), span)
        more = len(numbers) > PAGE
        shown = numbers[-PAGE:] if after else numbers[:PAGE]
        lines = self._lines(shown)
        is_last = not more and not after
        is_first = number is None or (after and not more)
        ends = shown or [number or 0]
        return RecordPage(
            lines,
            older=None if is_last else ends[-1],
            newer=None if is_first else ends[0],
        )

    def _within(self, filters: Filters) -> Within:
        chosen = {
            id
            for id, summary in self.summaries.items()
            if filters.tree in ("", summary.tree)
            and filters.outcome in ("", summary.outcome)
            and (not filters.policy or filters.policy in summary.policies)
        }
        states: tuple[State, ...] | None = None
        if filters.status in _STATES:
            states = (_STATES[filters.status],)
        elif filters.status:
            states = IN_FORCE
            chosen = {id for id in chosen if self._today(id) == filters.status}
        everything = len(chosen) == len(self.summaries)
        return Within(None if everything else frozenset(chosen), states)

    def _lines(self, numbers: list[int]) -> tuple[ListedRecord, ...]:
        entries = (
            Entry.objects.filter(number__in=numbers)
            .select_related("record")
            .prefetch_related("record__superseded_by")
            .order_by("-number")
        )
        # A record saved since the summaries were read may have a new result; it comes next time.
        return tuple(
            ListedRecord(
                entry.record,
                self.summaries[entry.summary_id],
                self._status(entry),
                tuple(entry.record.superseded_by.all()),
            )
            for entry in entries
            if entry.summary_id in self.summaries
        )

    def _status(self, entry: Entry) -> str:
        named = {state: status for status, state in _STATES.items()}
        return named.get(State(entry.state)) or self._today(entry.summary_id)

    def _today(self, summary: int) -> Status:
        result = self.summaries[summary]
        return self._statuses[result.tree, result.result]
