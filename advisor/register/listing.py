"""The register: saved recommendations, searched and filtered, newest first.

Tree, outcome, policies and today's status depend on a record's result alone, so filters choose
among the few hundred summaries, and the records of those are read in order of an index.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from advisor import catalogue
from advisor.engine.comparing.drift import Status
from advisor.models import Entry, Recommendation, ResultSummary, State
from advisor.register import search
from advisor.register.search import Span, Within, words_of
from advisor.saved.drift_today import drift_statuses

PAGE = 25


MAX_QUERY = 200


# A record has one of these: the four hold among those in force.
STATUSES = {
    "current": "Current",
    "advice": "Advice changed",
    "outcome": "Different outcome today",
    "unanswerable": "Cannot be evaluated today",
    "superseded": "Superseded",
    "withdrawn": "Withdrawn",
}


_STATES = {"superseded": State.SUPERSEDED, "withdrawn": State.WITHDRAWN}


@dataclass(frozen=True, slots=True)
class Filters:
    """What is looked for; empty where it does not matter. `status` is one of STATUSES."""

    q: str = ""
    tree: str = ""
    outcome: str = ""
    policy: str = ""
    status: str = ""

    def given(self) -> dict[str, str]:
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True, slots=True)
class ListedRecord:
    """A record as the register shows it; `status` is one of STATUSES."""

    record: Recommendation
    summary: ResultSummary
    status: str
    superseded_by: tuple[Recommendation, ...]


@dataclass(frozen=True, slots=True)
class RecordPage:
    """A page of lines. `older` and `newer` are the numbers that the next pages go on from, None
    where there is no such page."""

    lines: tuple[ListedRecord, ...] = ()
    older: int | None = None
    newer: int | None = None


class Register:
    """The summaries as they are now, and how each stands today."""

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
        # Of outcomes and policies that were renamed, the newest name.
        self.outcomes = {
            summary.outcome: summary.name for summary in self.summaries.values() if summary.outcome
        }
        self.policies: Mapping[str, str] = {
            id: title
            for summary in self.summaries.values()
            for id, title in summary.policies.items()
        }

    def problems(self, filters: Filters) -> dict[str, str]:
        """A message for each filter that cannot be used, by its name."""
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
        """The entries next before a number, or `after` it; without one the newest."""
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
        state = _STATES.get(filters.status)
        if filters.status and state is None:
            state = State.IN_FORCE
            chosen = {id for id in chosen if self._today(id) == filters.status}
        everything = len(chosen) == len(self.summaries)
        return Within(None if everything else frozenset(chosen), state)

    def _lines(self, numbers: list[int]) -> tuple[ListedRecord, ...]:
        entries = (
            Entry.objects.filter(number__in=numbers)
            .select_related("record")
            .prefetch_related("record__superseded_by")
            .order_by("-number")
        )
        # One with a result that was new a moment ago comes with the next page load.
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
